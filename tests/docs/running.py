"""Run the blocks of a page, in order, as a reader would."""

import contextlib
import doctest
import io
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.docs import tables
from tests.docs.blocks import Block, Command, agrees, commands, steps, write_block
from tests.docs.programs import PROGRAMS, WrongPageError, check_extras, parse, run
from tests.docs.servers import SERVERS, Servers

CHAT_SERVER = re.compile(r"http://127\.0\.0\.1:8000/v1(?![\w/])")
UPDATE = "HF_TOXSPAN_UPDATE_DOCS"
"""Set to write what is printed into the pages, where they show something else; look at the difference afterwards."""


class Page:
    """Runs a page's blocks in the folder it stands in; names of Python blocks are kept from block to block."""

    def __init__(self, chat_url: str) -> None:
        self.chat_url = chat_url
        self.names: dict[str, Any] = {"__name__": "__page__"}
        self.printed = ""
        self.servers = Servers()

    def run(self, block: Block) -> None:
        """Run one block, or say what is wrong with it, and where."""
        runners: dict[str, Callable[[Block], None]] = {
            "python": self._python, "bash": self._bash, "text": self._output, "json": self._output,
            "csv": self._file, "jsonl": self._file,
        }  # fmt: skip
        if block.language in tables.SHOWN:
            return
        if block.language not in runners:
            raise WrongPageError(f"{block.where}: a block of {block.language!r}: expected one of {', '.join(runners)}")
        try:
            runners[block.language](block)
        except WrongPageError:
            raise
        except (Exception, SystemExit) as error:
            raise WrongPageError(f"{block.where}: {type(error).__name__}: {error}\n{block.text}") from error

    def _file(self, block: Block) -> None:
        if not block.name:
            raise WrongPageError(f"{block.where}: expected the name of a file behind {block.language!r}")
        Path(block.name).write_text(block.text, encoding="utf-8")

    def _output(self, block: Block) -> None:
        """Compare with what was printed last; a line of `...` stands for any lines. With a name it is a file."""
        if block.name:
            self._file(block)
            return
        same = _json_equal if block.language == "json" else _text_equal
        if same(block.text, self.printed):
            return
        if os.environ.get(UPDATE) and "\n...\n" not in f"\n{block.text}":
            write_block(block, _pretty(self.printed) if block.language == "json" else self.printed)
        else:
            raise WrongPageError(f"{block.where}: the page shows\n{block.text}\nand this was printed:\n{self.printed}")

    def _python(self, block: Block) -> None:
        text = self._moved(block.text)
        if ">>>" in text:
            self._doctest(block)
            return
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            for step in steps(block._replace(text=text)):
                value = eval(step.code, self.names) if step.is_expression else exec(step.code, self.names)
                if step.promises and not agrees(step.promised, value):
                    raise WrongPageError(f"{block.page.name}:{step.line}: promised {step.promised!r}, got {value!r}")
        self.printed = printed.getvalue()

    def _doctest(self, block: Block) -> None:
        test = doctest.DocTestParser().get_doctest(block.text, self.names, block.where, str(block.page), block.line)
        said: list[str] = []
        if doctest.DocTestRunner().run(test, out=said.append, clear_globs=False).failed:
            raise WrongPageError("".join(said))
        self.names = test.globs

    def _bash(self, block: Block) -> None:
        for command in commands(block.text):
            self._command(command, block.where)

    def _command(self, command: Command, where: str) -> None:
        check_extras(command.text, where)
        if any(command.text.startswith(own.start) for own in tables.NOT_RUN):
            return
        if command.text in tables.PARSED:
            parse(command)
            return
        more = [own.options.split() for own in tables.SHORTENED if command.text.startswith(own.start)]
        words = [*command.words, *(word for own in more for word in own)]
        if words[0] in PROGRAMS and words[1] in SERVERS:
            self.servers.start(words[1:])
            return
        self.printed = run([self._moved(word) for word in words], where)

    def _moved(self, text: str) -> str:
        """Return a text with the addresses that the page names replaced by those that are used."""
        return self.servers.moved(CHAT_SERVER.sub(self.chat_url, text))

    def close(self) -> None:
        """Stop the servers that the page has started."""
        self.servers.stop()


def _text_equal(shown: str, printed: str) -> bool:
    lines = [line.rstrip() for line in shown.strip("\n").splitlines()]
    pattern = "\n".join("(?:.*\n?)*?" if line == "..." else re.escape(line) for line in lines)
    own = "\n".join(line.rstrip() for line in printed.strip("\n").splitlines())
    return re.fullmatch(pattern, own) is not None


def _json_equal(shown: str, printed: str) -> bool:
    return agrees(_values(shown), _values(printed))


def _pretty(text: str) -> str:
    return "\n".join(json.dumps(value, ensure_ascii=False, indent=2) for value in _values(text))


def _values(text: str) -> list[Any]:
    """Return one JSON value, or one a line."""
    try:
        return [json.loads(text)]
    except ValueError:
        return [json.loads(line) for line in text.splitlines()]
