"""A JSONL file that survives being interrupted: appended to as `OUTPUT.partial`, renamed when it is whole."""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from hf_toxspan.cli.flow import Row
from hf_toxspan.views.pieces import kind

Converter = Callable[[Path, Path], None]


def dump(row: Mapping[str, Any]) -> bytes:
    r"""Return a row as one line of JSON in UTF-8; one that holds a lone surrogate keeps the JSON escapes.

    >>> dump({"id": "é"}).decode(), dump({"id": "\ud83d"}).decode()
    ('{"id": "é"}\n', '{"id": "\\ud83d"}\n')
    """
    try:
        return (json.dumps(row, ensure_ascii=False) + "\n").encode()
    except UnicodeEncodeError:
        return (json.dumps(row) + "\n").encode()


def check_output(output: Path, *, force: bool) -> None:
    """Say now what would stop the writing of a file later.

    Args:
        output: The file.
        force: It may be replaced.

    Raises:
        FileExistsError: If it exists and may not be replaced, or is a folder.
        FileNotFoundError: If its folder does not exist.
    """
    if not output.parent.is_dir():
        raise FileNotFoundError(f"the folder of the output, {output.parent.absolute()}, does not exist")
    if output.is_dir():
        raise FileExistsError(f"{output} is a folder; pass the name of a file")
    if output.exists() and not force:
        raise FileExistsError(f"{output} exists; pass --force to replace it, or the name of another file")


def write_whole(output: Path, content: bytes) -> None:
    """Write a file at once or not at all: on a full disk an old one stays as it is.

    Args:
        output: The file, replaced where it exists; a link's target; what is no regular file is written to as it is.
        content: What it will hold.

    Raises:
        OSError: If it can't be written; the file is named.
    """
    target = output.resolve()
    partial = target.with_name(target.name + ".partial")
    try:
        if target.exists() and not target.is_file():  # such as /dev/stdout
            target.write_bytes(content)
            return
        partial.write_bytes(content)
        partial.replace(target)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(output)) from error
    finally:
        partial.unlink(missing_ok=True)


def load(path: Path) -> Iterator[Row]:
    """Yield the rows of a JSONL file that `dump` wrote."""
    with path.open("rb") as stream:
        for line in stream:
            yield json.loads(line)


class ResumableFile:
    """A sink for rows that can be left at any moment and taken up again.

    Rows go to `OUTPUT.partial` in JSONL, each call of `write` to the disk at once. `OUTPUT.partial.json` holds the
    fingerprint of the run, so that rows of different runs are never mixed. `finish` turns the partial file into
    OUTPUT. Use it as a context manager: leaving it keeps the partial file.

    Args:
        output: The file to write in the end.
        fingerprint: What must be equal for a run to be continued; JSON values.
        restart: Throw an earlier partial file away.
        force: Replace an existing OUTPUT, when the new one is whole.
    """

    def __init__(
        self, output: Path, fingerprint: Mapping[str, Any], *, restart: bool = False, force: bool = False
    ) -> None:
        self.output = output
        self.partial = output.with_name(output.name + ".partial")
        self.sidecar = output.with_name(output.name + ".partial.json")
        self.fingerprint = dict(fingerprint)
        self.restart = restart
        self.force = force
        self.counts: Counter[str] = Counter()

    @property
    def done(self) -> int:
        """Number of rows in the partial file."""
        return self.counts.total()

    def check(self) -> None:
        """Say now what would stop the run later: an output that exists, a missing folder, another run's rows.

        Raises:
            FileExistsError: If OUTPUT exists and may not be replaced.
            FileNotFoundError: If its folder does not exist.
            ValueError: If the partial file belongs to another run.
        """
        check_output(self.output, force=self.force)
        if not self.restart and self.partial.exists():
            self._check_fingerprint()

    def _check_fingerprint(self) -> None:
        try:
            stored = json.loads(self.sidecar.read_bytes())
        except (OSError, ValueError):
            stored = None
        if not isinstance(stored, dict):
            raise ValueError(
                f"{self.partial} is there without a readable {self.sidecar.name}, so it can't be continued; "
                "--restart begins anew"
            )
        wanted = json.loads(json.dumps(self.fingerprint))
        names = [name for name in {**stored, **wanted} if stored.get(name) != wanted.get(name)]
        if names:
            changes = "; ".join(f"{name} was {stored.get(name)!r}, is {wanted.get(name)!r}" for name in names)
            raise ValueError(
                f"{self.partial} belongs to another run ({changes}); --restart begins anew, or pass another --output"
            )

    def __enter__(self) -> Self:
        """Open the partial file behind its last complete row."""
        self.check()
        if self.restart:
            self.partial.unlink(missing_ok=True)
        if not self.partial.exists():
            _write_whole(self.sidecar, json.dumps(self.fingerprint, indent=1).encode())
        # Unbuffered: what `write` has returned from is in the file, and an error leaves nothing behind for `close`.
        self._stream = self.partial.open("r+b" if self.partial.exists() else "w+b", buffering=0)
        self._stream.truncate(self._end_of_complete_rows())
        self._stream.seek(0, os.SEEK_END)
        return self

    def _end_of_complete_rows(self) -> int:
        end = 0
        self.counts.clear()
        with self.partial.open("rb") as stream:
            for line in stream:
                row = _row_or_none(line)
                if row is None:
                    break
                end += len(line)
                self.counts[kind(row)] += 1
        return end

    def write(self, rows: Iterable[Row]) -> None:
        """Append rows.

        Args:
            rows: JSON values.

        Raises:
            OSError: If the disk is full or fails; the rows before stay and can be continued from.
        """
        for row in rows:
            left = memoryview(dump(row))
            try:
                while left:
                    left = left[self._stream.write(left) :]
            except OSError as error:
                raise OSError(
                    error.errno,
                    f"{error.strerror} (after {self.done} records, kept in {self.partial}; "
                    "make room and run the same command again to go on)",
                ) from error
            self.counts[kind(row)] += 1

    def finish(self, convert: Converter | None = None) -> None:
        """Make OUTPUT of the partial file and take the partial file away.

        Args:
            convert: Writes the rows of one file (JSONL) to another; None leaves them as they are.

        Raises:
            OSError: If the disk is full or fails; the partial file stays.
        """
        os.fsync(self._stream.fileno())
        self._stream.close()
        if convert is None:
            self.partial.replace(self.output)
        else:
            whole = self.output.with_name(self.output.name + ".whole")
            try:
                convert(self.partial, whole)
                whole.replace(self.output)
            finally:
                whole.unlink(missing_ok=True)
            self.partial.unlink()
        self.sidecar.unlink(missing_ok=True)

    def __exit__(
        self, kind_: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the partial file and keep it."""
        self._stream.close()


def _row_or_none(line: bytes) -> Row | None:
    """Return the row of a complete line, or None for one that was cut off or spoilt."""
    if not line.endswith(b"\n"):
        return None
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) else None


def _write_whole(path: Path, content: bytes) -> None:
    """Write a small file so that it is there whole or not at all."""
    draft = path.with_name(path.name + ".draft")
    draft.write_bytes(content)
    draft.replace(path)
