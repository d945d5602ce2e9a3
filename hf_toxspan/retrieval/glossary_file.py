"""A glossary as a file to read, review and correct by hand: JSONL, its first line says where it comes from.

{"glossary": 1, "made_by": "hf_toxspan 0.6", "rules": {"min_count": 5, ...}, "sources": {"vihos:train": {...}}}
{"term": "ngu", "origin": "mined", "context_dependent": false, "z": 21.4, "log_odds": 3.1, "definition": "",
 "categories": [], "lexicons": [], "counts": {"vihos:train": {"toxic": 41, "beside": 0, "clean": 3}},
 "marks": {"vihos:train": {"clean": ["5f0c2a91", "9b1e...", "..."]}}}
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, fields
from os import PathLike
from pathlib import Path
from typing import Any, TypeVar

from hf_toxspan._version import __version__
from hf_toxspan.core.slang import KINDS, Counts, Evidence, Glossary, Rules, SlangEntry, Source
from hf_toxspan.core.terms import normal_form

FORMAT = 1
ORIGINS = ("mined", "given", "both")
_ENTRY: dict[str, tuple[type, ...]] = {
    "term": (str,),
    "origin": (str,),
    "context_dependent": (bool, type(None)),
    "z": (int, float, type(None)),
    "log_odds": (int, float, type(None)),
    "definition": (str,),
    "categories": (list,),
    "lexicons": (list,),
    "counts": (dict,),
    "marks": (dict,),
}
_HEADER: dict[str, tuple[type, ...]] = {"glossary": (int,), "made_by": (str,), "rules": (dict,), "sources": (dict,)}
_Settings = TypeVar("_Settings", Rules, Source)


def write_glossary(glossary: Glossary, path: str | PathLike[str]) -> None:
    """Write a glossary; the file appears when it is complete.

    Args:
        glossary: The glossary.
        path: The file, in ``.jsonl``.

    Raises:
        OSError: If it can't be written.
    """
    path = Path(path)
    header = {
        "glossary": FORMAT,
        "made_by": f"hf_toxspan {__version__}",
        "rules": asdict(glossary.rules),
        "sources": {name: asdict(source) for name, source in glossary.sources.items()},
    }
    lines = [header, *map(_to_json, glossary.entries)]
    unfinished = path.with_name(f"{path.name}.part")
    unfinished.write_bytes(b"".join(map(_dump, lines)))
    unfinished.replace(path)


def _dump(line: Mapping[str, Any]) -> bytes:
    try:
        return f"{json.dumps(line, ensure_ascii=False)}\n".encode()
    except UnicodeEncodeError:  # a lone surrogate: JSON can only hold it as an escape
        return f"{json.dumps(line)}\n".encode()


def _to_json(entry: SlangEntry) -> dict[str, Any]:
    return {
        "term": entry.term,
        "origin": entry.origin,
        "context_dependent": entry.context_dependent,
        "z": entry.z,
        "log_odds": entry.log_odds,
        "definition": entry.definition,
        "categories": entry.categories,
        "lexicons": entry.lexicons,
        "counts": {name: own.counts._asdict() for name, own in entry.evidence.items()},
        "marks": {name: own.marks for name, own in entry.evidence.items() if own.marks},
    }


def read_glossary(path: str | PathLike[str]) -> Glossary:
    """Read a glossary that `write_glossary` wrote, perhaps corrected by hand: numbers are taken as they stand.

    Args:
        path: The file.

    Returns:
        The glossary.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If a line is wrong; file, line and what was expected are named.
    """
    glossary: Glossary | None = None
    entries: dict[str, SlangEntry] = {}
    for where, line in _read_lines(Path(path)):
        with _telling(where):
            fields = json.loads(line)
            if glossary is None:
                glossary = _header(fields)
                continue
            entry = _from_json(fields, glossary.sources)
            if entry.term in entries:
                raise ValueError(f"lists {entry.term!r} again")
            entries[entry.term] = entry
    if glossary is None:
        raise ValueError(f"{path} is empty; expected a glossary, which hf-toxspan mine-slang writes")
    return Glossary(tuple(entries.values()), glossary.sources, glossary.rules)


def _read_lines(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the lines that are not blank, each with its place."""
    if not path.is_file():
        raise FileNotFoundError(f"looked for a glossary at {path.absolute()} and found no file; check the path")
    # Only \n ends a line: JSON strings may hold U+2028.
    for number, line in enumerate(path.read_bytes().split(b"\n"), start=1):
        where = f"{path}, line {number}"
        with _telling(where):
            text = line.decode()
        if text.strip():
            yield where, text


@contextmanager
def _telling(where: str) -> Iterator[None]:
    """Tell the place of what is found wrong."""
    try:
        yield
    except (ValueError, TypeError, AttributeError) as error:
        raise ValueError(f"{where}: {error}. Correct the line, or mine again.") from error


def _header(line: Any) -> Glossary:
    _check(line, _HEADER, "the first line of a glossary, which hf-toxspan mine-slang writes")
    if line["glossary"] != FORMAT:
        raise ValueError(f"is a glossary of format {line['glossary']}; this version reads {FORMAT}")
    sources = {name: _settings(Source, own) for name, own in line["sources"].items()}
    return Glossary((), sources, _settings(Rules, line["rules"]))


def _settings(kind: type[_Settings], values: Mapping[str, Any]) -> _Settings:
    expected = {field.name for field in fields(kind)}
    if set(values) != expected:
        raise ValueError(f"{kind.__name__} has {', '.join(sorted(values))}; expected {', '.join(sorted(expected))}")
    return kind(**values)


def _from_json(line: Any, sources: Mapping[str, Source]) -> SlangEntry:
    _check(line, _ENTRY, "an entry")
    if line["term"] != normal_form(line["term"]) or not line["term"]:
        raise ValueError(f"`term` is {line['term']!r}; expected it as texts are read: {normal_form(line['term'])!r}")
    if line["origin"] not in ORIGINS:
        raise ValueError(f"`origin` is {line['origin']!r}; expected {', '.join(ORIGINS)}")
    if line["origin"] != "mined" and not line["lexicons"]:
        raise ValueError(f"`origin` is {line['origin']!r}, but `lexicons` names none")
    unknown = [name for name in {**line["counts"], **line["marks"]} if name not in sources]
    if unknown:
        raise ValueError(f"counts {unknown[0]!r}, which is none of the sources of the first line")
    return SlangEntry(
        term=line["term"],
        definition=line["definition"],
        categories=tuple(line["categories"]),
        lexicons=tuple(line["lexicons"]),
        evidence={name: _evidence(counts, line["marks"].get(name, {})) for name, counts in line["counts"].items()},
        log_odds=line["log_odds"],
        z=line["z"],
        mined=line["origin"] != "given",
        context_dependent=line["context_dependent"],
    )


def _evidence(counts: Any, marks: Any) -> Evidence:
    if set(counts) != set(Counts._fields) or not all(type(count) is int and count >= 0 for count in counts.values()):
        raise ValueError(f"counts are {counts}; expected whole numbers for {', '.join(Counts._fields)}")
    for kind, own in marks.items():
        if kind not in KINDS or len(own) != counts[kind]:
            raise ValueError(f"{len(own)} marks of {kind!r} texts; expected as many as it counts: {counts.get(kind)}")
    return Evidence(Counts(**counts), {kind: tuple(own) for kind, own in marks.items()})


def _check(line: Any, expected: Mapping[str, tuple[type, ...]], what: str) -> None:
    if not isinstance(line, dict) or set(line) != set(expected):
        found = ", ".join(line) if isinstance(line, dict) else repr(line)[:40]
        raise ValueError(f"holds {found or 'nothing'}; expected {what}: {', '.join(expected)}")
    for name, kinds in expected.items():
        if not isinstance(line[name], kinds):
            words = " or ".join("null" if kind is type(None) else kind.__name__ for kind in kinds)
            raise ValueError(f"`{name}` is {line[name]!r:.60}; expected {words}")
