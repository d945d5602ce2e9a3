"""The harness itself: a page that says what is not so fails, and nothing is passed over."""

from pathlib import Path

import pytest

from tests.docs import running
from tests.docs.blocks import REPO, Block
from tests.docs.programs import WrongPageError, check_extras
from tests.docs.running import Page


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Page:
    monkeypatch.chdir(tmp_path)
    return Page("http://127.0.0.1:1/v1")


def block(language: str, text: str, name: str = "") -> Block:
    return Block(REPO / "page.md", 7, language, name, text)


def test_names_are_kept_from_block_to_block_and_prints_are_compared(page: Page) -> None:
    page.run(block("python", "x = 1\nprint(x + 1)\n"))
    page.run(block("text", "2\n"))
    page.run(block("python", "x  # 1\nprint(x)\nprint(2)\n"))
    page.run(block("text", "1\n...\n"))


@pytest.mark.parametrize(
    ("language", "text", "message"),
    [
        ("python", "1 + 1  # 3\n", r"page.md:8: promised 3, got 2"),
        ("python", "1 / 0\n", r"page.md:7: ZeroDivisionError"),
        ("python", "nobody\n", r"page.md:7: NameError"),
        ("python", ">>> 1 + 1\n3\n", r"Expected:\n    3"),
        ("text", "something\n", r"page.md:7: the page shows\nsomething"),
        ("json", '{"a": 1}\n', r"page.md:7"),
        ("bash", "rm -rf /nowhere\n", r"is neither run nor listed in tests/docs/tables.py"),
        ("bash", "hf-toxspan extract --no-such-option x\n", r"page.md:7: SystemExit"),
        ("bash", "hf-toxspan score toxic_span_f1 -p nowhere -r nowhere\n", r"ended with 2: hf-toxspan: error"),
        ("bash", 'pip install "hf_toxspan[nothing]"\n', r"names the extra 'nothing'"),
        ("ruby", "x\n", r"a block of 'ruby'"),
        ("csv", "a,b\n", r"expected the name of a file"),
    ],
)
def test_what_is_not_so_is_told_with_its_place(page: Page, language: str, text: str, message: str) -> None:
    with pytest.raises(WrongPageError, match=message):
        page.run(block(language, text))


def test_a_block_with_a_name_is_a_file(page: Page) -> None:
    page.run(block("csv", "a,b\n", "x.csv"))
    page.run(block("bash", "cat x.csv\n"))
    page.run(block("text", "a,b\n"))


def test_json_is_compared_as_values_one_or_one_a_line(page: Page) -> None:
    page.printed = '{"a": 0.123456, "b": [1]}\n{"c": null}\n'
    page.run(block("json", '{"b": [1],\n "a": 0.123}\n'.replace("\n ", " ") + '{"c": null}\n'))


def test_the_address_of_the_language_model_is_moved_and_that_of_a_service_is_not(page: Page) -> None:
    moved = page._moved("http://127.0.0.1:8000/v1 http://127.0.0.1:8000/v1/extract http://127.0.0.1:8000/v1alpha1/c")
    assert moved == "http://127.0.0.1:1/v1 http://127.0.0.1:8000/v1/extract http://127.0.0.1:8000/v1alpha1/c"


def test_extras_of_the_package_are_known() -> None:
    check_extras('pip install "hf_toxspan[sft,retrieval]" -e ".[dev]"', "here")


def test_a_page_can_be_written_anew(tmp_path: Path, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "page.md"
    path.write_text("```text\nold\n```\n", encoding="utf-8")
    monkeypatch.setenv(running.UPDATE, "1")
    page.printed = "new \n"
    page.run(Block(path, 1, "text", "", "old\n"))
    assert path.read_text(encoding="utf-8") == "```text\nnew\n```\n"
