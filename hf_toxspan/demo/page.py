"""The page: paste a text or drop a file, see the label, the spans and why, compare models, take the results home."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hf_toxspan.demo.words import check_language

if TYPE_CHECKING:
    import gradio

    from hf_toxspan.pipelines.cascade_judge import CascadeJudgePipeline
    from hf_toxspan.pipelines.toxic_span_extraction import ToxicSpanExtractionPipeline


def build_page(
    model: "str | ToxicSpanExtractionPipeline | None" = None,
    *,
    compare: str | Sequence[str] | None = None,
    cascade: "CascadeJudgePipeline | None" = None,
    language: str = "en",
    **settings: Any,
) -> "gradio.Blocks":
    """Build the page; `.launch()` serves it, on loopback and without telemetry.

    A Space's `app.py` is `build_page("owner/model").launch()`.

    Args:
        model: Folder or Hub id, or a loaded pipeline; the model inside the package when None.
        compare: One or more further models, which a visitor may see beside it; visitors choose among these alone.
        cascade: Offers the cascade with its judge as a method of the first model; its classifier is used, `model` says
            what it is called.
        language: The page's first language: en, zh or vi.
        **settings: Of the pipelines that are loaded here (``device``, ``dtype``, ``toxic_labels``, ``second_reading``).

    Returns:
        A gradio app.

    Raises:
        ImportError: If gradio is not installed.
        ValueError: If a model can't be loaded, or the language is not spoken.
    """
    check_language(language)
    try:
        import gradio  # noqa: F401 - asked for before anything heavy is loaded
    except ImportError as error:
        raise ImportError('the page needs gradio: pip install "hf_toxspan[demo]"') from error
    from hf_toxspan.demo.analysis import describe
    from hf_toxspan.demo.app import build_app

    first = cascade or (load(model, **settings) if model is None or isinstance(model, str) else model)
    systems = [describe(first, model if model is None or isinstance(model, str) else first.model.name_or_path)]
    for other in [compare] if isinstance(compare, str) else compare or ():
        systems.append(describe(load(other, **settings), other, taken=[system.name for system in systems]))
    return build_app(systems, language)


def load(model: str | None, **settings: Any) -> "ToxicSpanExtractionPipeline":
    """Load a model as the page uses it.

    Args:
        model: Folder or Hub id; the model inside the package when None.
        **settings: Of the pipeline.

    Returns:
        The pipeline.

    Raises:
        FileNotFoundError: If a folder is named that does not exist.
        ValueError: If it can't be loaded.
    """
    from hf_toxspan.modeling.checkpoint import load_classifier
    from hf_toxspan.pipelines.toxic_span_extraction import TASK, ToxicSpanExtractionPipeline

    own = {name: settings.pop(name) for name in ("dtype",) if settings.get(name) is not None}
    found, tokenizer = load_classifier(model, **own)
    return ToxicSpanExtractionPipeline(model=found, tokenizer=tokenizer, task=TASK, **settings)
