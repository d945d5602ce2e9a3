"""The folder of a run that may be interrupted: whose results it holds, and files that are whole or not there."""

import json
import os
from collections.abc import Collection, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import DataclassInstance
    from datasets import Dataset as Rows


def check_folder(options: "DataclassInstance", output: Path, *, free: Collection[str]) -> None:
    """Refuse a folder whose results other options brought about: results of two settings are never mixed.

    The options lie in ``options.json``, written by the first run.

    Args:
        options: The options of this run.
        output: The folder; made where there is none.
        free: Options that may change between two runs.

    Raises:
        ValueError: If the folder holds results of other options; these are named.
    """
    settings = {name: value for name, value in asdict(options).items() if name not in free}
    path = output / "options.json"
    if path.exists():
        before = json.loads(path.read_text(encoding="utf-8"))
        changed = sorted(name for name in settings if settings[name] != before.get(name))
        if changed:
            raise ValueError(
                f"{output} holds results with other values of {', '.join(changed)}; pass those of {path}, or another "
                "output"
            )
    output.mkdir(parents=True, exist_ok=True)
    write_json(path, settings)


def write_run(output: str | Path, recipe: str, *, sources: Collection[str], parts: Mapping[str, "Rows"]) -> None:
    """Keep beside a model what it learnt from, for its card: names of the data and counts, no texts.

    Args:
        output: The folder of the run.
        recipe: Its name.
        sources: Training data, as the recipe was given them.
        parts: Rows by what they were for, such as "train".
    """
    Path(output).mkdir(parents=True, exist_ok=True)
    counts = {name: _count(rows) for name, rows in parts.items()}
    write_json(Path(output) / "run.json", {"recipe": recipe, "sources": list(sources), "counts": counts})


def _count(rows: "Rows") -> dict[str, int]:
    counts = {"texts": len(rows)}
    if "toxic" in rows.column_names:
        counts["toxic"] = sum(map(bool, rows["toxic"]))
    if "spans" in rows.column_names:
        counts["annotated"] = sum(own is not None for own in rows["spans"])
    if "quads" in rows.column_names:
        counts["quadruples"] = sum(len(own or ()) for own in rows["quads"])
    return counts


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON file so that it is there whole or not at all.

    Args:
        path: The file.
        content: What it holds.
    """
    draft = path.with_suffix(f".{os.getpid()}.partial")  # runs of several seeds may share the folder
    draft.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    draft.replace(path)
