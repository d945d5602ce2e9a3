"""Build the API reference from the docstrings, offline: python docs/build_api.py [FOLDER] (default: site).

Needs pdoc: pip install "hf_toxspan[docs]". Every module has a page; the names of `hf_toxspan` stand on the first one.
"""

import importlib
import pkgutil
import sys
import warnings
from pathlib import Path

import hf_toxspan


def module_names() -> list[str]:
    """Return the package and every module in it, private ones left out."""
    found = pkgutil.walk_packages(hf_toxspan.__path__, "hf_toxspan.")
    return ["hf_toxspan", *(own.name for own in found if not own.name.rpartition(".")[2].startswith("_"))]


def build(folder: Path) -> list[str]:
    """Write the pages.

    Args:
        folder: Where to; made if it is not there.

    Returns:
        The names of the modules.

    Raises:
        ImportError: Without pdoc, or if a module can't be imported.
    """
    try:
        import pdoc
    except ImportError as error:
        raise ImportError('the API reference needs pdoc: pip install "hf_toxspan[docs]"') from error
    names = module_names()
    # pdoc looks into the package itself, which loads its names when they are first used.
    vars(hf_toxspan).update({name: getattr(hf_toxspan, name) for name in hf_toxspan.__all__})
    for name in names:
        importlib.import_module(name)
    pdoc.render.configure(docformat="google", show_source=False)
    pdoc.pdoc(*_specifications(names), output_directory=folder)
    return names


def _specifications(names: list[str]) -> list[str]:
    """Return what to tell pdoc, which walks into a package on its own, but only to what its `__all__` names."""
    from pdoc.extract import walk_specs

    wanted, known = [], set[str]()
    for name in names:
        if name not in known:
            wanted.append(name)
            known |= set(walk_specs([name]))
    return wanted


def main() -> None:
    """Build the pages and say where they are; a warning is an error."""
    warnings.simplefilter("error")
    # Known to type checkers alone (a generic of argparse, `_typeshed`): the pages show these as they are written.
    warnings.filterwarnings("ignore", message=r"Error parsing type annotation argparse\._SubParsersAction")
    warnings.filterwarnings("ignore", message=r".* type annotation .*hf_toxspan\.recipes\.run_folder")
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "site")
    names = build(folder)
    sys.stdout.write(f"{len(names)} pages: {folder / 'index.html'}\n")


if __name__ == "__main__":
    main()
