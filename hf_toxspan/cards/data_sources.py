"""What a card says of training data: their names, how many texts, and under what licence they are published."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from hf_toxspan.cards.markdown import Markdown, table
from hf_toxspan.cards.reports import short_name


class Published(NamedTuple):
    """A data set as its authors publish it."""

    name: str
    licence: str
    citation: str


KNOWN = {
    "cold": Published("COLD", "Apache-2.0", "Deng et al., EMNLP 2022"),
    "sample": Published("the packaged sample of COLD", "Apache-2.0", "Deng et al., EMNLP 2022"),
    "hatexplain": Published("HateXplain", "MIT", "Mathew et al., AAAI 2021"),
    "vihos": Published("ViHOS", "MIT", "Hoang et al., EACL 2023"),
    "semeval2021": Published("SemEval-2021 task 5", "CC0 1.0", "Pavlopoulos et al., 2021"),
    "state_toxicn": Published("STATE-ToxiCN", "research only, no commercial use", "Bai et al., Findings of ACL 2025"),
    "toxirewritecn": Published("ToxiRewriteCN", 'Apache-2.0, "for research purposes only"', "Wang et al., EMNLP 2025"),
    "toxicn": Published("ToxiCN", "CC BY-NC-ND 4.0", "Lu et al., ACL 2023"),
    "cntp": Published("CNTP", "MIT", "Yang et al., Findings of ACL 2025"),
}
"""Data sets by the name before the colon; licences as the authors state them, read in 2026."""
NOT_STATED = "not stated"


class Source(NamedTuple):
    """Data that a model learnt from.

    Attributes:
        source: As the recipe was given it, such as ``cold:train.csv``, or any name.
        texts: How many; None where nobody counted.
        licence: As the author of the card states it; None asks `KNOWN`.
    """

    source: str
    texts: int | None = None
    licence: str | None = None

    @property
    def published(self) -> Published | None:
        """The data set as it is published; None where it is not a known one."""
        return KNOWN.get(self.source.partition(":")[0]) if ":" in self.source else None


def data_table(sources: Sequence[Source]) -> Markdown:
    """Lay out where a model's knowledge comes from.

    Args:
        sources: The sources.

    Returns:
        The table; empty without sources.
    """
    rows = []
    for own in sources:
        known = own.published
        named = short_name(own.source) if known is None else f"{known.name} ({short_name(own.source)})"
        rows.append(
            [
                named,
                own.licence or (known.licence if known else NOT_STATED),
                known.citation if known else None,
                NOT_STATED if own.texts is None else f"{own.texts:,}",
            ]
        )
    return table(["data", "licence", "cite", "texts"], rows, text_columns=3)


def count_table(counts: Mapping[str, Mapping[str, int]]) -> Markdown:
    """Lay out how many texts each part of the data had.

    Args:
        counts: By part ("train", "tuning", "dev") numbers by what they count ("texts", "toxic", "annotated").

    Returns:
        The table; empty where nothing was counted.
    """
    heads = [*dict.fromkeys(name for own in counts.values() for name in own)]
    return table(
        ["part", *heads],
        [[part, *(f"{own[name]:,}" if name in own else None for name in heads)] for part, own in counts.items()],
    )
