"""The resumable file: what was written stays, what was cut off goes, and different runs never mix."""

import errno
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_toxspan.cli.writing import ResumableFile, dump, load, write_whole

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def rows(*numbers: int) -> list[dict[str, Any]]:
    return [{"id": n, "text": f"你 {n}", "label": "clean", "score": 0.5, "spans": []} for n in numbers]


def write(sink: ResumableFile, content: Iterable[dict[str, Any]]) -> None:
    with sink:
        sink.write(content)


@given(st.dictionaries(st.text(st.characters()), JSON))
def test_line_gives_its_row_back_lone_surrogates_too(row: dict[str, Any]) -> None:
    line = dump(row)
    assert json.loads(line) == row
    assert line.count(b"\n") == 1


def test_finished_file_has_the_rows_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    with ResumableFile(tmp_path / "out.jsonl", {"a": 1}) as sink:
        sink.write(rows(1, 2))
        sink.finish()
    assert list(load(tmp_path / "out.jsonl")) == rows(1, 2)
    assert [path.name for path in tmp_path.iterdir()] == ["out.jsonl"]


def test_left_file_goes_on_behind_its_last_row(tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    write(ResumableFile(output, {"a": 1}), rows(1, 2))
    assert not output.exists()
    with ResumableFile(output, {"a": 1}) as sink:
        assert sink.done == 2
        sink.write(rows(3))
        sink.finish()
    assert list(load(output)) == rows(1, 2, 3)


@pytest.mark.parametrize("tail", [b'{"id": 3, "te', b'{"id": 3}', b"\0\0\0\n", b"[1]\n", b'"\xff"\n'])
def test_cut_off_or_spoilt_last_line_is_dropped(tmp_path: Path, tail: bytes) -> None:
    output = tmp_path / "out.jsonl"
    write(ResumableFile(output, {}), rows(1, 2))
    with (tmp_path / "out.jsonl.partial").open("ab") as stream:
        stream.write(tail)
    with ResumableFile(output, {}) as sink:
        assert sink.done == 2
        sink.write(rows(3))
        sink.finish()
    assert list(load(output)) == rows(1, 2, 3)


def test_rows_of_another_run_are_not_mixed_in_and_what_differs_is_named(tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    write(ResumableFile(output, {"model": "a", "max spans": None}), rows(1))
    with pytest.raises(ValueError, match=r"model was 'a', is 'b'\); --restart begins anew"):
        ResumableFile(output, {"model": "b", "max spans": None}).check()
    assert len((tmp_path / "out.jsonl.partial").read_bytes().splitlines()) == 1


@pytest.mark.parametrize("sidecar", [None, b"", b"{", b"[]"])
def test_partial_file_of_unknown_origin_is_refused(tmp_path: Path, sidecar: bytes | None) -> None:
    (tmp_path / "out.jsonl.partial").write_bytes(b'{"id": 1}\n')
    if sidecar is not None:
        (tmp_path / "out.jsonl.partial.json").write_bytes(sidecar)
    with pytest.raises(ValueError, match="--restart begins anew"):
        ResumableFile(tmp_path / "out.jsonl", {"a": 1}).check()


def test_restart_begins_anew(tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    write(ResumableFile(output, {"a": 1}), rows(1, 2))
    with ResumableFile(output, {"a": 2}, restart=True) as sink:
        assert sink.done == 0
        sink.write(rows(9))
        sink.finish()
    assert list(load(output)) == rows(9)


def test_existing_output_is_kept_without_force_and_until_the_new_one_is_whole(tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    output.write_text("precious")
    with pytest.raises(FileExistsError, match="pass --force"):
        ResumableFile(output, {}).check()
    with ResumableFile(output, {}, force=True) as sink:
        sink.write(rows(1))
        assert output.read_text() == "precious"
        sink.finish()
    assert list(load(output)) == rows(1)


def test_output_that_cannot_be_written_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="does not exist"):
        ResumableFile(tmp_path / "no" / "out.jsonl", {}).check()
    with pytest.raises(FileExistsError, match="is a folder"):
        ResumableFile(tmp_path, {}, force=True).check()


class FullDisk:
    """A stream on a disk with room for some bytes more."""

    def __init__(self, stream: Any, room: int) -> None:
        self.stream, self.room = stream, room

    def write(self, content: memoryview) -> int:
        if not self.room:
            raise OSError(errno.ENOSPC, "No space left on device")
        written: int = self.stream.write(content[: self.room])
        self.room -= written
        return written

    def close(self) -> None:
        self.stream.close()


def test_full_disk_is_said_and_the_rows_before_can_be_gone_on_from(tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    with ResumableFile(output, {}) as sink:
        sink._stream = FullDisk(sink._stream, room=len(dump(rows(1)[0])) + 5)  # type: ignore[assignment]
        with pytest.raises(OSError, match=r"No space left on device .after 1 records, kept in .*run the same command"):
            sink.write(rows(1, 2))
    with ResumableFile(output, {}) as sink:
        assert sink.done == 1
        sink.write(rows(2))
        sink.finish()
    assert list(load(output)) == rows(1, 2)


def test_conversion_that_fails_leaves_the_rows_and_no_half_output(tmp_path: Path) -> None:
    def fail(_source: Path, target: Path) -> None:
        target.write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device")

    output = tmp_path / "out.csv"
    with ResumableFile(output, {}) as sink:
        sink.write(rows(1))
        with pytest.raises(OSError, match="No space"):
            sink.finish(fail)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.csv.partial", "out.csv.partial.json"]
    with ResumableFile(output, {}) as sink:
        assert sink.done == 1


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"old")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    write_whole(tmp_path / "link", b"new")

    assert (tmp_path / "target").read_bytes() == b"new"
    assert (tmp_path / "link").is_symlink()


def test_a_full_disk_is_told_with_the_file(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full")
    (tmp_path / "full").symlink_to("/dev/full")

    with pytest.raises(OSError, match=r"No space left on device: '.*full'"):
        write_whole(tmp_path / "full", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["full"]
