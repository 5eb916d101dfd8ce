"""The layering and the house rules are tests, not wishes."""

from __future__ import annotations

import ast
import tomllib
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = (
    "geo", "domain", "layers", "analytics", "ingest", "store", "export", "demo", "views", "cli",
)  # fmt: skip
MAY_IMPORT = {
    "geo": set(),
    "domain": {"geo"},
    "layers": {"geo", "domain"},
    "analytics": {"geo", "domain"},
    "ingest": {"geo", "domain"},
    "store": {"geo", "domain"},
    "export": {"geo", "domain", "layers", "analytics", "store"},
    "demo": {"geo", "domain", "store", "analytics"},
    "views": {"geo", "domain", "layers", "analytics", "ingest", "store", "export", "settings"},
    "cli": set(PACKAGES) | {"settings"},
}
FOREIGN_LIMITS = {
    "streamlit": {"views"},
    "streamlit_folium": {"views"},
    "folium": {"layers", "views"},
    "sqlalchemy": {"store"},
    "typer": {"cli"},
}
FILES = {p: sorted((ROOT / p).rglob("*.py")) for p in PACKAGES}
ALL_FILES = [f for files in FILES.values() for f in files]


def imports(path):
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {a.name.split(".")[0] for a in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_import_only_downwards(package):
    ours = set(PACKAGES) | {"settings", "streamlit_app"}
    for path in FILES[package]:
        wrong = (imports(path) & ours) - MAY_IMPORT[package] - {package}
        assert not wrong, f"{path.relative_to(ROOT)} imports {sorted(wrong)}"


@pytest.mark.parametrize("library", FOREIGN_LIMITS)
def test_libraries_stay_in_their_rooms(library):
    for package, files in FILES.items():
        if package in FOREIGN_LIMITS[library]:
            continue
        for path in files:
            assert library not in imports(path), path.relative_to(ROOT)


def module_name(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_modules(path, known):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = {f"{node.module}.{a.name}" for a in node.names}
            below = names & known
            yield from below
            if names - below and node.module in known:
                yield node.module


def test_no_modules_import_each_other():
    known = {module_name(path) for path in ALL_FILES}
    graph = {module_name(path): set(imported_modules(path, known)) for path in ALL_FILES}
    assert graph["export.painter"] >= {"export.sheet", "domain.boundaries"}
    TopologicalSorter(graph).prepare()  # names the circle, if there is one


@pytest.mark.parametrize("package", ["analytics", "layers"])
def test_pure_rooms_ask_no_clock_and_no_global_seed(package):
    banned = {"today", "now", "utcnow", "seed"}
    for path in FILES[package]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                assert node.func.attr not in banned, f"{path.relative_to(ROOT)}:{node.lineno}"


@pytest.mark.parametrize("path", ALL_FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_modules_and_functions_fit_in_the_head(path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            doc = ast.get_docstring(node, clean=False) or ""
            length = node.end_lineno - node.lineno + 1 - doc.count("\n")
            assert length <= 70, f"{node.name} has {length} lines"


def test_broad_excepts_stand_only_at_the_boundary():
    found = []
    for path in ALL_FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ExceptHandler):
                names = (
                    {n.id for n in ast.walk(node.type) if isinstance(n, ast.Name)}
                    if node.type
                    else {"bare"}
                )
                if names & {"Exception", "BaseException", "bare"}:
                    found.append(str(path.relative_to(ROOT)))
    assert set(found) <= {"views/frame.py", "views/browse/routes.py", "ingest/worker.py"}


def test_files_are_handed_out_in_one_place():
    """A finished file would be kept for each page and fetched whenever its button is drawn."""
    found = [p.name for p in ALL_FILES if "download_button" in p.read_text(encoding="utf-8")]
    assert found == ["downloads.py"]


def test_packages_of_the_distribution_are_all_there():
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    declared = set(config["tool"]["setuptools"]["packages"])
    present = {
        ".".join(p.parent.relative_to(ROOT).parts)
        for package in PACKAGES
        for p in (ROOT / package).rglob("__init__.py")
    }
    assert declared == present
