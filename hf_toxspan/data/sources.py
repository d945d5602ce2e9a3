"""One name for every data set: what the command line and the examples take."""

from collections.abc import Callable, Collection
from pathlib import Path

from datasets import Dataset

from hf_toxspan.data.cold import read_cold
from hf_toxspan.data.files import read_rows
from hf_toxspan.data.samples import cold_sample
from hf_toxspan.data.toxirewritecn import read_toxirewritecn

LOADERS: dict[str, Callable[[str], Dataset]] = {
    "cold": read_cold,
    "toxirewritecn": read_toxirewritecn,
    "sample": cold_sample,
    "rows": read_rows,
}
"""Loader of each name that may stand before the colon; each takes what stands after it."""


def load_data(source: str, *, toxic_labels: Collection[str] | None = None) -> Dataset:
    """Load a data set by name and place, or a file of rows by its path.

    | source | what is read |
    |---|---|
    | ``file.jsonl``, ``file.json``, ``file.csv`` (or with ``.gz``) | our own rows: `read_rows` |
    | ``rows:file.jsonl`` | the same, said explicitly |
    | ``cold:path/to/dev.csv`` | COLD, the authors' CSV: `read_cold` |
    | ``toxirewritecn:path/to/file.json`` | ToxiRewriteCN, the authors' JSON: `read_toxirewritecn` |
    | ``sample:train``, ``sample:dev`` | rows of COLD inside this package: `cold_sample` |

    Args:
        source: A line of the table.
        toxic_labels: Labels that mean toxic, for a file of rows without a column `toxic`.

    Returns:
        Rows with the columns of `Row`, then the data set's own fields.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the name is unknown, nothing stands after the colon, or the content is wrong.
    """
    name, place = _split(source)
    if name == "rows":
        return read_rows(place, toxic_labels=toxic_labels)
    if toxic_labels is not None:
        raise ValueError(
            f"toxic_labels={sorted(toxic_labels)} was given with {source!r}, which says itself what is toxic. Leave "
            "it out."
        )
    return LOADERS[name](place)


def _split(source: str) -> tuple[str, str]:
    name, colon, place = source.partition(":")
    if colon and name in LOADERS and place:
        return name, place
    if source.rstrip(":") in LOADERS and not Path(source).exists():
        example = "train" if name == "sample" else "path/to/file"
        raise ValueError(f"{source!r} names a data set but not where it is; expected for example '{name}:{example}'.")
    if colon and not Path(source).exists():
        raise ValueError(
            f"Unknown data set {name!r} in {source!r}; known: {', '.join(LOADERS)} (then a colon and a place), or "
            "the path of a .jsonl, .json or .csv file."
        )
    return "rows", source
