"""The demo Space: a few lines that show the page of `hf-toxspan demo`."""

from hf_toxspan.cards.places import shipped
from hf_toxspan.cards.space_cards import requirement, write_demo_card
from hf_toxspan.hub.gradio_version import gradio_version
from hf_toxspan.hub.parcel import Parcel
from hf_toxspan.hub.sending import check_repo


def pack_demo(*, model: str | None = None, title: str = "Toxic spans", requires: str | None = None) -> Parcel:
    """Make the parcel of the demo Space.

    Args:
        model: Hub id of the model that it shows; the one inside the package when None.
        title: Of the page.
        requires: The line of ``requirements.txt`` that installs this package; a version of the index when None.

    Returns:
        The files.

    Raises:
        ImportError: If gradio is not installed, whose version the Space names.
        ValueError: If `model` is no Hub id.
    """
    if model is not None:
        check_repo(model, option="--model")
    app = (shipped("hub_cards") / "demo_space_app.py").read_text(encoding="utf-8")
    card = write_demo_card(title=title, model=model, gradio=gradio_version("demo"))
    return Parcel(
        "space",
        {
            "app.py": app.replace("MODEL = None\n", f"MODEL = {model!r}\n").encode(),
            "README.md": card.encode(),
            "requirements.txt": f"{requires or requirement('demo')}\n".encode(),
        },
    )
