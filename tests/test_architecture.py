"""The drawing of the package, checked on every run: floors, circles, sizes, mirrored tests."""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

REPO = Path(__file__).parents[1]
PACKAGE = "hf_toxspan"
# A module imports from its own folder, or from folders on a lower floor.
FLOORS = {
    "core": 0,
    "tensor": 1, "views": 1, "scoring": 1, "obfuscation": 1, "cards": 1,
    "data": 2, "modeling": 2, "metrics": 2, "llm": 2, "retrieval": 2,
    "training": 3, "annotation": 3, "judging": 3, "generation": 3,
    "pipelines": 4,
    "evaluation": 5, "hub": 5, "demo": 5, "serving": 5,
    "recipes": 6,
    "cli": 7,
}  # fmt: skip
THIRD_PARTY = {
    "core": {"numpy"},
    "tensor": {"numpy", "torch"},
    "views": {"rich", "matplotlib"},
    "scoring": set(),
    "obfuscation": set(),
}
HEAVY = {
    "torch",
    "transformers",
    "datasets",
    "evaluate",
    "peft",
    "sklearn",
    "pandas",
    "gradio",
    "rich",
    "numpy",
    "matplotlib",
}
MAX_LINES = 300

MODULES = {
    ".".join(path.relative_to(REPO).with_suffix("").parts): path
    for path in sorted((REPO / PACKAGE).rglob("*.py"))
    if path.name != "__init__.py"
}


def imported_by(path: Path) -> set[str]:
    """Return the name of every module a file imports, inside functions too."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            source = "." * node.level + (node.module or "")
            children = {f"{source}.{alias.name}" for alias in node.names}
            names |= (children & MODULES.keys()) or {source}
    return names


IMPORTS = {name: imported_by(path) for name, path in MODULES.items()}
GRAPH = {name: {other for other in found if other.split(".")[0] == PACKAGE} for name, found in IMPORTS.items()}


def folder(name: str) -> str:
    return name.split(".")[1]


IN_FOLDERS = [name for name in MODULES if name.count(".") > 1]


def test_every_folder_has_a_floor() -> None:
    assert {folder(name) for name in IN_FOLDERS} == set(FLOORS)


@pytest.mark.parametrize("name", MODULES)
def test_imports_name_a_module(name: str) -> None:
    """No relative import, and none through a package's __init__: that is where circles begin."""
    assert not {other for other in IMPORTS[name] if other.startswith(".")}
    assert GRAPH[name] <= MODULES.keys() | ({PACKAGE} if folder(name) == "cli" else set())


@pytest.mark.parametrize("name", IN_FOLDERS)
def test_imports_point_down(name: str) -> None:
    for other in GRAPH[name] & set(IN_FOLDERS):
        if folder(other) != folder(name):
            assert FLOORS[folder(other)] < FLOORS[folder(name)], other


@pytest.mark.parametrize("name", [name for name in IN_FOLDERS if folder(name) in THIRD_PARTY])
def test_ground_floors_stay_light(name: str) -> None:
    tops = {other.split(".")[0] for other in IMPORTS[name]}
    assert tops & HEAVY <= THIRD_PARTY[folder(name)]


def test_no_import_circle() -> None:
    try:
        TopologicalSorter(GRAPH).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


@pytest.mark.parametrize("name", MODULES)
def test_file_is_short(name: str) -> None:
    assert len(MODULES[name].read_text(encoding="utf-8").splitlines()) < MAX_LINES


@pytest.mark.parametrize("name", IN_FOLDERS)
def test_has_a_mirror_test(name: str) -> None:
    _, *folders, module = name.split(".")
    assert REPO.joinpath("tests", *folders, f"test_{module}.py").exists()
