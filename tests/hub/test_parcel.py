"""Promises of a parcel: what is written to be looked at is what would be sent, and nothing leaves the folder."""

from pathlib import Path

import pytest

from hf_toxspan.hub.parcel import Parcel, check_path


def test_it_writes_bytes_and_files_alike(tmp_path: Path) -> None:
    own = tmp_path / "own.bin"
    own.write_bytes(b"\0\1")
    parcel = Parcel("model", {"a/b.txt": b"b", "c.bin": own})

    parcel.write(tmp_path / "new" / "look")

    assert (tmp_path / "new" / "look" / "a" / "b.txt").read_bytes() == b"b"
    assert (tmp_path / "new" / "look" / "c.bin").read_bytes() == b"\0\1"
    assert (list(parcel.sizes()), parcel.size) == ([("a/b.txt", 1), ("c.bin", 2)], 3)


def test_a_link_inside_is_written_as_the_file_that_it_means(tmp_path: Path) -> None:
    (tmp_path / "own").write_text("x")
    (tmp_path / "link").symlink_to("own")
    Parcel("model", {"f": tmp_path / "link"}).write(tmp_path / "look")
    assert not (tmp_path / "look" / "f").is_symlink()


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("x")
    with pytest.raises(FileExistsError, match="exists and is not empty"):
        Parcel("model", {"a": b""}).write(tmp_path)
    with pytest.raises(FileExistsError, match="exists and is not empty"):
        Parcel("model", {"a": b""}).write(tmp_path / "mine")
    assert [own.name for own in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize("name", ["", "/etc/passwd", "../x", "a/../../x", "a\\b", ".git/config", "a\0b"])
def test_no_path_leads_out(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="is no path inside a repository"):
        check_path(name)
    with pytest.raises(ValueError, match="is no path inside a repository"):
        Parcel("model", {name: b""}).write(tmp_path / "look")
