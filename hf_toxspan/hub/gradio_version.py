"""The version of gradio that a Space is told to run on: the one that its page was tried with here."""

from importlib.metadata import PackageNotFoundError, version


def gradio_version(extra: str) -> str:
    """Return the installed version of gradio; gradio itself is not imported.

    Args:
        extra: The extra of this package that installs it.

    Returns:
        The version.

    Raises:
        ImportError: If it is not installed.
    """
    try:
        return version("gradio")
    except PackageNotFoundError as error:
        raise ImportError(
            f'a Space names the version of gradio that it was tried with: pip install "hf_toxspan[{extra}]"'
        ) from error
