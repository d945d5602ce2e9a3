"""The pipeline as a plain function of texts; torch and transformers are loaded when it is asked for."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from hf_toxspan._version import __version__
from hf_toxspan.cli.flow import Classify
from hf_toxspan.core.rewriting import Rewriting


def load_classify(
    model: str | None = None,
    *,
    device: str | None = None,
    dtype: str = "float32",
    toxic_labels: Sequence[str] | None = None,
    second_reading: Callable[[str], Rewriting] | None = None,
    **options: object,
) -> Classify:
    """Load a model and return the function that classifies texts with it.

    Args:
        model: Folder or Hub id; the model inside the package when None.
        device: As torch names it; the best there is when None.
        dtype: Name of a torch dtype, or "auto" for the checkpoint's own.
        toxic_labels: Names of the toxic labels, where the checkpoint does not say.
        second_reading: Undoes obfuscated spellings, or None.
        **options: Those of a call of the pipeline.

    Returns:
        Texts -> the pipeline's dicts, each with `toxic` (whether its label is a toxic one) after its score.

    Raises:
        FileNotFoundError: If a folder is named that does not exist.
        ValueError: If the model can't be loaded.
    """
    pipe = load_pipeline(model, device=device, dtype=dtype, toxic_labels=toxic_labels, second_reading=second_reading)
    return classify_with(pipe, **options)


def classify_with(pipe: Any, **options: object) -> Classify:
    """Return the function that classifies texts with a pipeline.

    Args:
        pipe: One of ours.
        **options: Those of a call.

    Returns:
        Texts -> the pipeline's dicts, each with `toxic` (whether its label is a toxic one) after its score.
    """
    labels = pipe.extractor.labels
    toxic = {labels.names[index] for index in labels.toxic}

    def classify(texts: list[str]) -> list[Mapping[str, Any]]:
        return [_with_toxic(result, toxic) for result in pipe(texts, **options)]

    return classify


def silence_transformers() -> None:
    """Keep the bars and warnings of loading a model out of a command's output."""
    import transformers

    logging: Any = transformers.utils.logging  # its functions have no types
    logging.set_verbosity_error()
    logging.disable_progress_bar()


def load_pipeline(model: str | None, *, task: str = "toxic-span-extraction", **settings: Any) -> Any:
    """Load one of our pipelines.

    Args:
        model: Folder or Hub id; the model inside the package when None.
        task: Its task.
        **settings: Those of the pipeline.

    Returns:
        The pipeline.

    Raises:
        FileNotFoundError: If a folder is named that does not exist.
        ValueError: If the model can't be loaded.
    """
    if model is not None and model.startswith((".", "/", "~")) and not Path(model).expanduser().is_dir():
        raise FileNotFoundError(f"model folder {model!r} does not exist; expected a folder with a config.json")
    import transformers

    build: Any = transformers.pipeline  # a plain callable for mypy: the task is not one of the overloads
    silence_transformers()
    source = str(Path(model).expanduser()) if model is not None and model.startswith("~") else model
    try:
        # The task is registered: this module lies in the package that does so when imported.
        return build(task, model=source, **settings)
    except (ValueError, ImportError, MemoryError):
        raise
    except Exception as error:
        # Broken files surface as OSError, SafetensorError, JSON errors, RuntimeError, ...: one clear error for all.
        raise ValueError(f"can't load the model {model or 'inside the package'!r}: {error}") from error


def _with_toxic(result: Mapping[str, Any], toxic: set[str]) -> dict[str, Any]:
    first = {"label": result["label"], "score": result["score"], "toxic": result["label"] in toxic}
    return {**first, **{name: value for name, value in result.items() if name not in first}}


def fingerprint(model: str | None) -> dict[str, Any]:
    """Return what tells one model from another without reading it: name, and for a folder its files' sizes and times.

    Args:
        model: As for `load_classify`.

    Returns:
        JSON values.
    """
    if model is None:
        return {"model": f"inside hf_toxspan {__version__}"}
    folder = Path(model).expanduser()
    if not folder.is_dir():
        return {"model": model, "hf_toxspan": __version__}
    files = {path.name: [path.stat().st_size, path.stat().st_mtime_ns] for path in sorted(folder.iterdir())}
    return {"model": str(folder.resolve()), "model files": files, "hf_toxspan": __version__}
