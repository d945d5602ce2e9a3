"""The systems that need no model, beside which every score is read."""

from hf_toxspan.core.spans import Span, trim
from hf_toxspan.scoring.metric import Inputs


def systems(
    *, nothing: Inputs | None = None, everything: Inputs | None = None, annotator: Inputs | None = None
) -> dict[str, Inputs]:
    """Name the trivial systems that there are.

    Args:
        nothing: What a system brings that marks nothing.
        everything: What one brings that marks everything.
        annotator: What one annotator marked, as if a system had.

    Returns:
        The given ones by the name that tables show.
    """
    named = {"mark nothing": nothing, "mark everything": everything, "copy one annotator": annotator}
    return {name: brought for name, brought in named.items() if brought is not None}


def for_spans(inputs: Inputs) -> dict[str, Inputs]:
    """Return the trivial systems of a metric of character spans.

    Args:
        inputs: ``references``, and where they are given ``texts`` and ``annotator``.

    Returns:
        Predictions by the system's name; marking everything needs the texts, copying an annotator one.
    """
    texts, annotator = inputs.get("texts"), inputs.get("annotator")
    return systems(
        nothing={"predictions": [[] for _ in inputs["references"]]},
        everything=None if texts is None else {"predictions": [trim([Span(0, len(text))], text) for text in texts]},
        annotator=None if annotator is None else {"predictions": annotator},
    )
