"""A parcel: the exact files that go into a repository of the Hub, to be looked at in a folder or to be sent."""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Literal

RepoType = Literal["model", "dataset", "space"]
Content = bytes | Path


@dataclass(frozen=True)
class Parcel:
    """The files of a repository.

    Attributes:
        repo_type: What kind of repository they are for.
        files: What each file holds, or where it lies, by its path in the repository.
        left_out: Files that stay behind, with the reason.
    """

    repo_type: RepoType
    files: Mapping[str, Content]
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes in all."""
        return sum(size for _, size in self.sizes())

    def sizes(self) -> Iterator[tuple[str, int]]:
        """Yield each file's path and bytes, in order of the paths."""
        for name in sorted(self.files):
            content = self.files[name]
            yield name, len(content) if isinstance(content, bytes) else content.stat().st_size

    def write(self, folder: Path) -> None:
        """Write the files into a folder: the very ones that would be sent.

        Args:
            folder: Made where there is none; an empty one is taken too.

        Raises:
            FileExistsError: If something is in it.
        """
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise FileExistsError(
                f"{folder} exists and is not empty; pass another folder: it will hold what would be sent, nothing else"
            )
        for name, content in self.files.items():
            target = folder / check_path(name)
            target.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, bytes):
                target.write_bytes(content)
            else:
                shutil.copyfile(content, target)


def check_path(name: str) -> PurePosixPath:
    """Return a path in a repository, checked: it stays inside, and no part of it is hidden from the Hub.

    Args:
        name: The path.

    Returns:
        The same.

    Raises:
        ValueError: If it leads out, or is none.
    """
    path = PurePosixPath(name)
    if not name or path.is_absolute() or ".." in path.parts or "\\" in name or "\0" in name or path.parts[0] == ".git":
        raise ValueError(f"{name!r} is no path inside a repository")
    return path
