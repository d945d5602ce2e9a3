"""One name for every data set: what the command line and the examples take."""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from datasets import Dataset, concatenate_datasets

from hf_toxspan.data.cntp import read_cntp
from hf_toxspan.data.cold import read_cold
from hf_toxspan.data.files import read_rows
from hf_toxspan.data.hatexplain import read_hatexplain
from hf_toxspan.data.samples import cold_sample
from hf_toxspan.data.semeval2021 import read_semeval2021
from hf_toxspan.data.state_toxicn import read_state_toxicn
from hf_toxspan.data.toxicn import read_toxicn
from hf_toxspan.data.toxirewritecn import read_toxirewritecn
from hf_toxspan.data.vihos import read_vihos


def _hatexplain_split(place: str) -> Dataset:
    """Read ``dataset.json#split``; a place without a split has the empty one, and is told which there are."""
    path, mark, split = place.rpartition("#")
    return read_hatexplain(path, split=split) if mark else read_hatexplain(place, split="")


LOADERS: dict[str, Callable[[str], Dataset]] = {
    "cold": read_cold,
    "toxicn": read_toxicn,
    "toxirewritecn": read_toxirewritecn,
    "cntp": read_cntp,
    "state_toxicn": read_state_toxicn,
    "hatexplain": _hatexplain_split,
    "semeval2021": read_semeval2021,
    "vihos": read_vihos,
    "sample": cold_sample,
    "rows": read_rows,
}
"""Loader of each name that may stand before the colon; each takes what stands after it."""

_EXAMPLES = {"sample": "train", "hatexplain": "path/to/dataset.json#train"}


def load_data(source: str, *, toxic_labels: Collection[str] | None = None) -> Dataset:
    """Load a data set by name and place, or a file of rows by its path.

    All files may be packed, with ``.gz`` added to their names.

    | source | what is read |
    |---|---|
    | ``file.jsonl``, ``file.json``, ``file.csv`` | our own rows: `read_rows` |
    | ``rows:file.jsonl`` | the same, said explicitly |
    | ``cold:path/to/dev.csv`` | COLD, the authors' CSV: `read_cold` |
    | ``toxicn:path/to/ToxiCN_1.0.csv`` | ToxiCN, the authors' CSV: `read_toxicn` |
    | ``toxirewritecn:path/to/file.json`` | ToxiRewriteCN, the authors' JSON: `read_toxirewritecn` |
    | ``cntp:path/to/toxic_base.json`` | CNTP, the authors' JSON: `read_cntp` |
    | ``state_toxicn:path/to/train.json`` | STATE-ToxiCN, the authors' JSON: `read_state_toxicn` |
    | ``hatexplain:path/to/dataset.json#dev`` | HateXplain, a split by the authors' ``post_id_divisions.json`` beside \
the file: `read_hatexplain` |
    | ``semeval2021:path/to/tsd_train.csv`` | SemEval-2021 task 5, the organisers' CSV: `read_semeval2021` |
    | ``vihos:path/to/dev.csv`` | ViHOS, the authors' CSV in either layout: `read_vihos` |
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


def load_all(sources: Sequence[str]) -> Dataset:
    """Load several sources one behind the other: of a single one all columns, of several those that they share.

    Args:
        sources: As for `load_data`, at least one.

    Returns:
        The rows.
    """
    parts = [load_data(source) for source in sources]
    shared = [name for name in parts[0].column_names if all(name in part.column_names for part in parts)]
    return concatenate_datasets([part.select_columns(shared) for part in parts])


def _split(source: str) -> tuple[str, str]:
    name, colon, place = source.partition(":")
    if colon and name in LOADERS and place:
        return name, place
    if source.rstrip(":") in LOADERS and not Path(source).exists():
        example = _EXAMPLES.get(name, "path/to/file")
        raise ValueError(f"{source!r} names a data set but not where it is; expected for example '{name}:{example}'.")
    if colon and not Path(source).exists():
        raise ValueError(
            f"Unknown data set {name!r} in {source!r}; known: {', '.join(LOADERS)} (then a colon and a place), or "
            "the path of a .jsonl, .json or .csv file."
        )
    return "rows", source
