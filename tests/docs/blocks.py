"""Code blocks of the Markdown pages, and the commands in them."""

import ast
import contextlib
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

REPO = Path(__file__).parents[2]

_FENCE = re.compile(r"^(`{3,})(.*)$")


class Block(NamedTuple):
    """A fenced block: its page, the line of its fence, the first word behind it, the rest, and its text."""

    page: Path
    line: int
    language: str
    name: str
    text: str

    @property
    def where(self) -> str:
        """Name the block as an editor does."""
        return f"{self.page.relative_to(REPO)}:{self.line}"


class Command(NamedTuple):
    """A shell command as it is written, in one line without its comment, and in words."""

    text: str
    words: tuple[str, ...]


def pages() -> list[Path]:
    """Return every page that people read: the README, the guides, the metrics' pages, the model's card."""
    patterns = ("*.md", "docs/**/*.md", "evaluate_metrics/*/README.md", "hf_toxspan/**/*.md", "tests/benchmarks/*.md")
    return sorted(path for pattern in patterns for path in REPO.glob(pattern))


def read_blocks(page: Path) -> list[Block]:
    """Read the fenced blocks of a page.

    Raises:
        ValueError: If a block has no end.
    """
    blocks, lines = [], page.read_text(encoding="utf-8").splitlines()
    places = iter(enumerate(lines, start=1))
    for number, line in places:
        opened = _FENCE.match(line)
        if opened is None:
            continue
        language, _, name = opened[2].strip().partition(" ")
        inside = []
        for _, own in places:
            if own.rstrip() == opened[1]:
                break
            inside.append(own)
        else:
            raise ValueError(f"{page}:{number}: the block has no end")
        blocks.append(Block(page, number, language, name.strip(), "\n".join(inside) + "\n"))
    return blocks


def write_block(block: Block, text: str) -> None:
    """Put another text into a block of a page; blocks below keep their numbers only if it has as many lines."""
    lines = "\n".join(line.rstrip() for line in text.strip("\n").splitlines())
    page = block.page.read_text(encoding="utf-8")
    fence = f"```{block.language}\n"
    block.page.write_text(page.replace(f"{fence}{block.text}```", f"{fence}{lines}\n```", 1), encoding="utf-8")


def commands(text: str) -> list[Command]:
    """Split the text of a shell block into commands: continued lines are joined, `&&` parts them, comments go."""
    found = []
    for words in _lines_in_words(re.sub(r"\\\n\s*", " ", text)):
        found += [Command(" ".join(part), tuple(part)) for part in _split(words, "&&")]
    return found


def _lines_in_words(text: str) -> Iterator[list[str]]:
    """Split lines into words; an open quote goes on in the next line."""
    open_line = ""
    for line in text.splitlines():
        open_line = f"{open_line}\n{line}" if open_line else line
        words = _words(open_line)
        if words is not None:
            open_line = ""
            yield words
    if open_line:
        raise ValueError(f"a quote is open: {open_line}")


def _words(line: str) -> list[str] | None:
    """Split a line into words, without its comment, which begins behind a blank; None where a quote is open."""
    ends = [found.start() for found in re.finditer(r"(?:^|(?<=\s))#", line)]
    for end in [*ends, len(line)]:
        with contextlib.suppress(ValueError):
            return shlex.split(line[:end])
    return None


def _split(words: list[str], border: str) -> Iterator[list[str]]:
    part: list[str] = []
    for word in [*words, border]:
        if word != border:
            part.append(word)
        elif part:
            yield part
            part = []


class Step(NamedTuple):
    """A statement of a Python block; if it is an expression, the value that the comment behind it promises."""

    code: Any
    is_expression: bool
    promised: Any
    promises: bool
    line: int


def steps(block: Block) -> list[Step]:
    """Compile a Python block, statement by statement, with the values that comments promise."""
    tree, lines = ast.parse(block.text), block.text.splitlines()
    starts = [node.lineno for node in tree.body[1:]] + [len(lines) + 1]
    found = []
    for node, following in zip(tree.body, starts, strict=True):
        ast.increment_lineno(node, block.line)
        expression = isinstance(node, ast.Expr)
        code: Any = ast.Expression(node.value) if isinstance(node, ast.Expr) else ast.Module([node], [])
        end = (node.end_lineno or node.lineno) - block.line
        promised = literal(_comment(lines, end, following)) if expression else ()
        compiled = compile(code, str(block.page), "eval" if expression else "exec")
        found.append(Step(compiled, expression, promised[0] if promised else None, bool(promised), node.lineno))
    return found


def _comment(lines: list[str], end: int, following: int) -> str:
    """Return the comment on the last line of a statement and on the lines below it."""
    said = [part for part in [lines[end - 1].rpartition("  # ")[2] if "  # " in lines[end - 1] else ""] if part]
    for line in lines[end : following - 1]:
        if not line.startswith("#"):
            break
        said.append(line.removeprefix("#").strip())
    return " ".join(said)


def literal(comment: str) -> tuple[Any, ...]:
    """Return the value that a comment begins with, in a tuple; an empty one where it begins with words.

    >>> literal('0.667, as the paper says'), literal("a list for a list")
    ((0.667,), ())
    """
    ends = [len(comment), *(found.start() for found in reversed(list(re.finditer(r"[,;:.]?\s", comment))))]
    for end in ends:
        try:
            return (ast.literal_eval(comment[:end].strip()),)
        except (ValueError, SyntaxError):
            continue
    return ()


def agrees(promised: Any, found: Any) -> bool:
    """Say whether a value is what a page promises.

    Numbers agree as exactly as they are written, `...` agrees with anything (at the end of a list with any rest), a set
    of names with a dict of these; everything else must be equal.
    """
    if promised is ...:
        return True
    if isinstance(promised, float):
        digits = len(repr(promised).partition(".")[2])
        return isinstance(found, float | int) and round(float(found), digits) == promised
    if isinstance(promised, set):
        return isinstance(found, dict) and promised == found.keys()
    if isinstance(promised, dict):
        return isinstance(found, dict) and _agree_by_name(promised, found)
    if isinstance(promised, list | tuple):
        return isinstance(found, list | tuple) and _agree_in_order(list(promised), list(found))
    return bool(promised == found)


def _agree_by_name(promised: dict[Any, Any], found: dict[Any, Any]) -> bool:
    return promised.keys() == found.keys() and all(agrees(own, found[name]) for name, own in promised.items())


def _agree_in_order(promised: list[Any], found: list[Any]) -> bool:
    if promised and promised[-1] is ...:
        promised = promised[:-1]
        found = found[: len(promised)]
    return len(promised) == len(found) and all(map(agrees, promised, found))
