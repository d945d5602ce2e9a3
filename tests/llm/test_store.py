"""Answers are kept for good, and one process at a time asks for each."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from hf_toxspan.llm.calls import Answer, Message, Request
from hf_toxspan.llm.store import AnswerStore, StoreError
from tests.chat_servers import environment


def ask(text: str) -> Request:
    return Request((Message(role="user", content=text),))


REQUEST = ask("hi")
KEY = REQUEST.key("m")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "answers.sqlite"


def test_an_answer_is_there_after_the_store_was_closed(path: Path) -> None:
    answer = Answer("ngu 😀", "stop", 3, 1, [{"token": "ngu", "logprob": -1.5}])
    with AnswerStore(path) as store:
        store.put(REQUEST, "m", answer)
    with AnswerStore(path) as store:
        assert store.get([KEY, ask("ho").key("m")]) == {KEY: answer}
        assert store.claim(KEY) == answer
        assert len(store) == 1


def test_the_first_answer_stays(path: Path) -> None:
    with AnswerStore(path) as store:
        store.put(REQUEST, "m", Answer("first"))
        store.put(REQUEST, "m", Answer("second"))
        assert store.get([KEY])[KEY].text == "first"


def test_many_keys_are_looked_up_at_once(path: Path) -> None:
    with AnswerStore(path) as store:
        store.put(REQUEST, "m", Answer("first"))
        assert len(store.get([*map(str, range(2500)), KEY])) == 1
        assert store.get([]) == {}


def test_sqlite3_reads_it_without_us(path: Path) -> None:
    with AnswerStore(path) as store:
        store.put(REQUEST, "m", Answer("well"))
    base = sqlite3.connect(path)
    columns = "model, json_extract(answer, '$.text'), json_extract(request, '$.messages[0].content')"
    rows = base.execute(f"SELECT {columns} FROM answers")
    assert rows.fetchall() == [("m", "well", "hi")]
    base.close()


def test_what_one_store_has_claimed_another_must_leave(path: Path) -> None:
    with AnswerStore(path) as one, AnswerStore(path) as other:
        assert [one.claim(KEY), other.claim(KEY), one.claim(KEY)] == ["ours", "taken", "ours"]
        other.release(KEY)
        assert other.claim(KEY) == "taken"
        one.release(KEY)
        assert other.claim(KEY) == "ours"
        other.put(REQUEST, "m", Answer("well"))
        assert one.claim(KEY) == Answer("well")


def test_closing_gives_claims_back_and_may_be_done_twice(path: Path) -> None:
    with AnswerStore(path) as one, AnswerStore(path) as other:
        one.claim(KEY)
        one.close()
        assert other.claim(KEY) == "ours"


def test_a_claim_ends_with_its_lease(path: Path) -> None:
    with AnswerStore(path, lease=0) as one, AnswerStore(path) as other:
        assert [one.claim(KEY), other.claim(KEY)] == ["ours", "ours"]


def test_a_claim_of_a_killed_process_is_void_and_its_answers_stay(path: Path) -> None:
    code = (
        "import os, signal, sys; from hf_toxspan.llm.store import AnswerStore; from hf_toxspan.llm.calls import *\n"
        f"store = AnswerStore({str(path)!r})\n"
        "ask = lambda text: Request((Message(role='user', content=text),))\n"
        "store.put(ask('ho'), 'm', Answer('kept')); store.claim(ask('hi').key('m'))\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert subprocess.run([sys.executable, "-c", code], env=environment(), check=False).returncode == -9
    with AnswerStore(path) as store:
        assert store.claim(KEY) == "ours"
        assert store.claim(ask("ho").key("m")) == Answer("kept")
        assert store._base.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_full_disk_is_named_and_loses_nothing(path: Path) -> None:
    with AnswerStore(path) as store:
        store.put(REQUEST, "m", Answer("kept"))
        store._base.execute(f"PRAGMA max_page_count = {store._pragma('page_count')}")
        with pytest.raises(StoreError, match=r"full; every answer before is kept; make room"):
            store.put(ask("long"), "m", Answer("x" * 100_000))
        assert store.get([KEY])[KEY].text == "kept"
        store._base.execute("PRAGMA max_page_count = 100000")
        store.put(ask("long"), "m", Answer("x" * 100_000))
        assert len(store) == 2


def test_a_file_that_is_no_store_is_left_alone(path: Path) -> None:
    path.write_bytes(b"my diary, not a data base" * 100)
    with pytest.raises(StoreError, match="is it a store"):
        AnswerStore(path)
    with pytest.raises(StoreError, match="is it a store"):
        AnswerStore(path.parent)
    path.unlink()
    base = sqlite3.connect(path)
    base.execute("CREATE TABLE mine (x)")
    base.close()
    with pytest.raises(ValueError, match="another program"):
        AnswerStore(path)


def test_a_damaged_file_is_not_said_to_be_kept(path: Path) -> None:
    with AnswerStore(path) as store:
        for number in range(100):
            store.put(ask(str(number)), "m", Answer("x" * 300))
    content = path.read_bytes()
    path.write_bytes(content[:8192] + bytes(len(content) - 8192))
    with AnswerStore(path) as store, pytest.raises(StoreError, match=r"malformed; move it away.* \.dump") as told:
        store.get([ask(str(number)).key("m") for number in range(100)])
    assert "kept" not in str(told.value)


@pytest.mark.parametrize("written", ["{", "[]", "{}", '{"text": "well", "field_of_a_later_release": 1}'])
def test_an_answer_that_cannot_be_read_is_named_with_the_way_out(written: str, path: Path) -> None:
    with AnswerStore(path) as store:
        store.put(REQUEST, "m", Answer("well"))
        store._base.execute("UPDATE answers SET answer = ?", [written])
        for look in (lambda: store.get([KEY]), lambda: store.claim(KEY)):
            with pytest.raises(StoreError, match=f"{KEY} can't be read .*delete from answers where key = '{KEY}'"):
                look()
        store._base.execute(f"delete from answers where key = '{KEY}'")
        assert store.claim(KEY) == "ours"


def test_a_store_of_a_later_release_is_left_alone(path: Path) -> None:
    with AnswerStore(path) as store:
        store._base.execute("PRAGMA user_version = 99")
    with pytest.raises(ValueError, match="schema version 99, this release knows 1; upgrade"):
        AnswerStore(path)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no_such"):
        AnswerStore(tmp_path / "no_such" / "answers.sqlite")
