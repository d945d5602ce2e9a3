"""Answers kept for good in one SQLite file: no call is paid twice, by a second run or by a second process.

::

    sqlite3 answers.sqlite "select model, answer ->> 'text' from answers"

A process *claims* a request before it asks, and the claim goes when the answer is in. A claim of a process that died is
void at once on the same machine, and after its lease anywhere. The file must lie on a local disk: SQLite's write-ahead
log does not work over a network file system.
"""

import contextlib
import os
import socket
import sqlite3
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from hf_toxspan.llm.calls import Answer, Request

SCHEMA_VERSION = 1
_APPLICATION = 0x746F7873  # "toxs": tells our files from other SQLite files
_SCHEMA = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS answers (
    key TEXT PRIMARY KEY, model TEXT NOT NULL, request TEXT NOT NULL, answer TEXT NOT NULL, answered_at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS claims (
    key TEXT PRIMARY KEY, store TEXT NOT NULL, host TEXT NOT NULL, process INTEGER NOT NULL, expires_at REAL NOT NULL
) WITHOUT ROWID;
PRAGMA application_id = {_APPLICATION};
PRAGMA user_version = {SCHEMA_VERSION};
COMMIT;
"""
_AT_ONCE = 500  # keys of one query; SQLite's oldest limit is 999 variables

Claim = Literal["ours", "taken"]


class StoreError(OSError):
    """The file can't be read or written; what was in it before is in it still."""


class AnswerStore:
    """A file of answers; threads may share one, processes open one each.

    Use it as a context manager, or `close` it: that gives back what it has claimed.

    Args:
        path: The file; made, with a log beside it, when it is not there.
        lease: Seconds for which a claim holds when its process can't be seen; longer than any call takes.
        patience: Seconds to wait for another process that is writing.
    """

    def __init__(self, path: str | os.PathLike[str], *, lease: float = 900.0, patience: float = 30.0) -> None:
        self.path = Path(path)
        self.lease = lease
        self._name = uuid.uuid4().hex
        self._host = socket.gethostname()
        self._lock = threading.Lock()
        if not self.path.parent.is_dir():
            raise FileNotFoundError(f"the folder of the answer store, {self.path.parent.absolute()}, does not exist")
        with self._guarded():
            # Autocommit: transactions are begun and ended below, by name.
            self._base = sqlite3.connect(self.path, timeout=patience, isolation_level=None, check_same_thread=False)
        try:
            with self._guarded():
                self._open()
        except BaseException:
            self._base.close()
            raise

    def _open(self) -> None:
        self._check_version()
        self._base.execute("PRAGMA journal_mode = WAL")
        # Full: an answer that was returned survives a power cut; a sync is nothing beside a call.
        self._base.execute("PRAGMA synchronous = FULL")
        if self._pragma("user_version") == 0:
            self._base.executescript(_SCHEMA)

    def _check_version(self) -> None:
        version, application = self._pragma("user_version"), self._pragma("application_id")
        has_tables = self._base.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] > 0
        if has_tables and application != _APPLICATION:
            raise ValueError(f"{self.path} is a database of another program; pass the name of a new file")
        if version > SCHEMA_VERSION:
            raise ValueError(
                f"{self.path} has schema version {version}, this release knows {SCHEMA_VERSION}; upgrade hf_toxspan"
            )

    def _pragma(self, name: str) -> int:
        value: int = self._base.execute(f"PRAGMA {name}").fetchone()[0]
        return value

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[None]:
        """Let one thread in at a time, and give SQLite's errors the name of the file and the next step."""
        with self._lock:
            try:
                yield
            except sqlite3.Error as error:
                raise StoreError(f"the answer store {self.path}: {error}; {self._advice(str(error))}") from error

    def _advice(self, trouble: str) -> str:
        if "malformed" in trouble:
            return f"move it away, or put a copy in its place; sqlite3 '{self.path}' .dump shows what can be read"
        if "full" in trouble:
            return "every answer before is kept; make room and run again"
        return "is it a store, writable, on a local disk with room?"

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """Run a block as one transaction that no other process can come between."""
        with self._guarded():
            self._base.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._base.execute("COMMIT")
            except BaseException:
                if self._base.in_transaction:
                    self._base.execute("ROLLBACK")
                raise

    def get(self, keys: Sequence[str]) -> dict[str, Answer]:
        """Look answers up.

        Args:
            keys: Keys of requests (`Request.key`).

        Returns:
            The answers that are there, by key.
        """
        found: dict[str, Answer] = {}
        with self._guarded():
            for first in range(0, len(keys), _AT_ONCE):
                found |= self._read(keys[first : first + _AT_ONCE])
        return found

    def _read(self, keys: Sequence[str]) -> dict[str, Answer]:
        marks = ",".join("?" * len(keys))
        rows = self._base.execute(f"SELECT key, answer FROM answers WHERE key IN ({marks})", keys)
        return {key: self._answer(key, written) for key, written in rows}

    def _answer(self, key: str, written: str) -> Answer:
        try:
            return Answer.from_json(written)
        except (TypeError, ValueError) as error:  # a row that somebody has edited, or a later release has written
            raise StoreError(
                f"the answer store {self.path}: the answer {key} can't be read ({error}); upgrade hf_toxspan, or ask "
                f"anew after: sqlite3 '{self.path}' \"delete from answers where key = '{key}'\""
            ) from error

    def claim(self, key: str) -> Answer | Claim:
        """Take a request upon oneself, if nobody has answered it or is about to.

        Args:
            key: The request's key; claiming it again renews the lease.

        Returns:
            The answer, where there is one; else ``"ours"``, or ``"taken"`` while somebody else is asking.
        """
        with self._writing():
            if answered := self._read([key]):
                return answered[key]
            holder = self._base.execute("SELECT store, host, process, expires_at FROM claims WHERE key = ?", [key])
            if (row := holder.fetchone()) and row[0] != self._name and self._holds(*row[1:]):
                return "taken"
            claim = (key, self._name, self._host, os.getpid(), time.time() + self.lease)
            self._base.execute("INSERT OR REPLACE INTO claims VALUES (?, ?, ?, ?, ?)", claim)
            return "ours"

    def _holds(self, host: str, process: int, expires_at: float) -> bool:
        return time.time() < expires_at and (host != self._host or _is_alive(process))

    def put(self, request: Request, model: str, answer: Answer) -> None:
        """Keep an answer, and give its claim back. An answer that is there already stays: the first counts.

        Args:
            request: What was asked.
            model: Who answered.
            answer: The answer; it is on the disk when this returns.

        Raises:
            StoreError: If it can't be written, as on a full disk.
        """
        key = request.key(model)
        row = (key, model, request.to_json(model), answer.to_json(), time.time())
        with self._writing():
            self._base.execute("INSERT OR IGNORE INTO answers VALUES (?, ?, ?, ?, ?)", row)
            self._base.execute("DELETE FROM claims WHERE key = ?", [key])

    def release(self, key: str) -> None:
        """Give a claim back without an answer; one of somebody else stays."""
        with self._writing():
            self._base.execute("DELETE FROM claims WHERE key = ? AND store = ?", [key, self._name])

    def __len__(self) -> int:
        """Count the answers."""
        with self._guarded():
            count: int = self._base.execute("SELECT count(*) FROM answers").fetchone()[0]
            return count

    def close(self) -> None:
        """Give all claims back and close the file; closing twice is no error."""
        with contextlib.suppress(StoreError), self._writing():
            self._base.execute("DELETE FROM claims WHERE store = ?", [self._name])
        self._base.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the store."""
        self.close()


def _is_alive(process: int) -> bool:
    if os.name != "posix":  # there, signal 0 is no question but Ctrl-C: the lease decides
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it is there, but somebody else's
        return True
    return True
