"""A metric's Space: its folder of `evaluate_metrics/`, with what only a published one knows."""

import yaml

from hf_toxspan.cards.places import shipped
from hf_toxspan.cards.space_cards import requirement, write_metric_card
from hf_toxspan.hub.gradio_version import gradio_version
from hf_toxspan.hub.parcel import Content, Parcel
from hf_toxspan.scoring.catalogue import METRICS


def pack_metric(name: str, *, repo: str | None = None, requires: str | None = None) -> Parcel:
    """Make the parcel of a metric's Space.

    Args:
        name: One of the six metrics.
        repo: Where it will lie; its last part has to be the metric's name.
        requires: The line of ``requirements.txt`` that installs this package; a version of the index when None.

    Returns:
        The files.

    Raises:
        ImportError: If gradio is not installed, whose version the Space names.
        ValueError: If there is no such metric, or the repository is called otherwise.
    """
    if name not in METRICS:
        raise ValueError(f"{name!r} is no metric of hf_toxspan; expected one of {', '.join(METRICS)}")
    if repo is not None and repo.rpartition("/")[2] != name:
        raise ValueError(
            f"--repo is {repo!r}; expected {repo.rpartition('/')[0] or 'namespace'}/{name}: evaluate.load looks for a "
            "file with the repository's name"
        )
    folder = shipped("evaluate_metrics") / name
    # The five files of a Space, by name: what else lies in a checkout, such as caches, is no part of it.
    files: dict[str, Content] = {own: (folder / own).read_bytes() for own in ("app.py", "tests.py", f"{name}.py")}
    header, body = split_front_matter((folder / "README.md").read_text(encoding="utf-8"))
    card = write_metric_card(header, body, name=name, repo=repo, gradio=gradio_version("space"))
    files["README.md"] = card.encode()
    files["requirements.txt"] = f"{requires or requirement('space')}\n".encode()
    return Parcel("space", files)


def split_front_matter(readme: str) -> tuple[dict[str, object], str]:
    """Split a README of ours.

    Args:
        readme: The README.

    Returns:
        Its settings, and its text.
    """
    _, settings, body = readme.split("---\n", maxsplit=2)
    return yaml.safe_load(settings), body
