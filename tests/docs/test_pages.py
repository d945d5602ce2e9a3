"""Every code block of every page runs, on tiny models and small files, and prints what the page shows."""

from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest
from transformers import BertForSequenceClassification, PreTrainedTokenizerFast, Trainer

from hf_toxspan.modeling.rationale import RationaleForToxicSpans
from tests.chat_servers import Serve
from tests.docs import tables
from tests.docs.answers import answer
from tests.docs.blocks import REPO, commands, pages, read_blocks
from tests.docs.desk import write_data, write_models
from tests.docs.programs import WrongPageError
from tests.docs.running import Page

PAGES = {str(page.relative_to(REPO)): page for page in pages()}
HERE = [name for name in PAGES if not any(fnmatch(name, other) for other in tables.ELSEWHERE)]
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*gradient_checkpointing.*:FutureWarning"),  # TRL asks by the old name
    pytest.mark.filterwarnings("ignore:.*pin_memory.*:UserWarning"),  # the usual default, on a machine without a GPU
]


@pytest.fixture
def desk(
    tmp_path: Path,
    tiny_tokenizer: PreTrainedTokenizerFast,
    taught_model: BertForSequenceClassification,
    taught_rationale_model: RationaleForToxicSpans,
    encoder_folder: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """A folder with the files and models that the pages name; the process stands in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    write_data(tmp_path)
    write_models(
        tmp_path,
        tiny_tokenizer,
        classifier=taught_model,
        rationale=taught_rationale_model,
        embedder=Path(encoder_folder),
    )
    return tmp_path


@pytest.fixture
def few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a trainer of a Python block stop early; commands say themselves how long they train."""
    original = Trainer.train

    def train(trainer: Trainer, *args: object, **settings: object) -> object:
        trainer.args.max_steps = tables.STEPS
        return original(trainer, *args, **settings)  # type: ignore[arg-type]

    monkeypatch.setattr(Trainer, "train", train)


@pytest.fixture
def page(desk: Path, few_steps: None, serve: Serve) -> Iterator[Page]:
    """Runs blocks on the desk, with a language model at the address that the pages name."""
    own = Page(serve(answer).url)
    yield own
    own.close()


@pytest.mark.parametrize("name", HERE)
def test_every_block_of_a_page_runs(name: str, page: Page) -> None:
    wrong = []
    for block in read_blocks(PAGES[name]):
        try:
            page.run(block)
        except WrongPageError as error:
            wrong.append(str(error))
    assert not wrong, "\n\n".join(wrong)


def test_pages_that_are_not_run_here_are_run_elsewhere_or_have_no_block() -> None:
    for pattern, reason in tables.ELSEWHERE.items():
        found = [name for name in PAGES if fnmatch(name, pattern)]
        assert found, f"tests/docs/tables.py names {pattern}, which is not there"
        for name in found if not reason else ():
            assert not read_blocks(PAGES[name]), f"{name} has blocks, and tests/docs/tables.py says that it has none"


def test_every_command_of_the_tables_stands_on_a_page() -> None:
    text = " ".join(
        command.text
        for name in HERE
        for block in read_blocks(PAGES[name])
        if block.language == "bash"
        for command in commands(block.text)
    )
    for start in [*(own.start for own in tables.NOT_RUN), *tables.PARSED, *(own.start for own in tables.SHORTENED)]:
        assert start in text, f"tests/docs/tables.py names {start!r}, which no page has"
