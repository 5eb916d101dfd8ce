"""``ganyuan diff``, ``undo``, ``end``, ``verify``, ``backup`` and ``restore``."""

from __future__ import annotations

import json

import geopandas as gpd
import pytest
import typer
from typer.testing import CliRunner

from cli import safekeeping
from store import (
    EndedDatasetError,
    NotComparableError,
    NotEmptyError,
    NothingToUndoError,
    StaleVersionError,
    Store,
    Viewer,
)
from tests.store_world import parcels

ANN = Viewer("ann")


@pytest.fixture
def run():
    app = typer.Typer()
    safekeeping.register(app)
    return lambda *arguments: CliRunner().invoke(
        app, [str(a) for a in arguments], catch_exceptions=False
    )


@pytest.fixture
def filled(empty_store):
    """Three parcels; then the first is gone, the second renamed, one more is there."""
    first = parcels(3).assign(area_ellipsoidal_m2=[100.0, 200.0, 300.0])
    second = parcels(4).assign(area_ellipsoidal_m2=[100.0, 200.0, 300.0, 400.0]).drop(index=0)
    second.loc[1, "name"] = "乙"
    for frame in (first, second):
        empty_store.commit("land", frame, kind="parcels", viewer=ANN, reason="r")
    zones = parcels(1).assign(zone_id="z")
    empty_store.commit("zones", zones, kind="zones", viewer=ANN, reason="r")
    return empty_store


def test_diff_is_a_table_with_the_rows_below(run, filled):
    done = run("diff", "land@1", "land@2", "--store", filled.root)
    assert done.exit_code == 1
    lines = [line.split() for line in done.output.splitlines()]
    assert lines[0] == ["land@1", "->", "land@2"]
    table = {line[0]: line[1:] for line in lines[2:10]}
    assert table["before"] == ["3", "600.00", "0.00"]
    assert table["added"] == ["1", "0.00", "400.00"]
    assert table["gone"] == ["1", "100.00", "0.00"]
    assert table["changed"] == ["1", "200.00", "200.00"]
    assert table["after"] == ["3", "0.00", "900.00"]
    assert ["changed", "P3601000001", "name"] in lines


def test_diff_as_json(run, filled):
    answer = json.loads(run("diff", "land@1", "land", "--store", filled.root, "--json").output)
    assert (answer["before"], answer["after"]) == ("land@1", "land@2")
    assert answer["totals"]["added"] == {"rows": 1, "area_before_m2": 0, "area_after_m2": 400}
    assert {row["status"] for row in answer["rows"]} == {"added", "gone", "changed"}
    assert answer["cells"] == [
        {"id": "P3601000001", "column": "name", "before": None, "after": "乙"}
    ]


def test_diff_into_a_file(run, filled, tmp_path):
    output = tmp_path / "diff.gpkg"
    run("diff", "land@1", "land@2", "--output", output, "--store", filled.root)
    rows = gpd.read_file(output).set_index("id")
    assert rows["status"].to_dict() == {
        "P3601000003": "added", "P3601000000": "gone", "P3601000001": "changed",
    }  # fmt: skip
    assert rows["columns"]["P3601000001"] == "name"
    assert rows.crs.to_epsg() == 4490
    assert [path.name for path in tmp_path.iterdir() if "diff" in path.name] == ["diff.gpkg"]


def test_equal_versions_end_with_zero(run, filled):
    done = run("diff", "land@2", "land@2", "--store", filled.root)
    assert done.exit_code == 0


def test_versions_of_two_kinds_cannot_be_compared(run, filled):
    with pytest.raises(NotComparableError) as refusal:
        run("diff", "land@1", "zones@1", "--store", filled.root)
    assert refusal.value.code == "STO-019"
    assert run("diff", "land@x", "land@2", "--store", filled.root).exit_code == 2


def test_undo_and_undo_to_a_version(run, filled):
    done = run("undo", "land", "--reason", "wrong file", "--store", filled.root)
    assert done.output.startswith("land@3 brings back land@1, 3 rows")
    answer = json.loads(
        run("undo", "land", "--to", 2, "--reason", "r", "--json", "--store", filled.root).output
    )
    assert answer == {"id": "land@4", "restores": 2}
    with pytest.raises(StaleVersionError):
        run("undo", "land", "--reason", "r", "--seen", 1, "--store", filled.root)
    with pytest.raises(NothingToUndoError):
        run("undo", "zones", "--reason", "r", "--store", filled.root)


def test_end_and_back(run, filled):
    done = run("end", "land", "--reason", "merged", "--store", filled.root)
    assert "land ended with land@2" in done.output
    with pytest.raises(EndedDatasetError):
        run("end", "land", "--reason", "merged", "--store", filled.root, "--json")
    run("undo", "land", "--reason", "r", "--store", filled.root)
    assert filled.version("land", ANN).rows == 3
    answer = json.loads(
        run("end", "land", "--reason", "r", "--store", filled.root, "--json").output
    )
    assert answer["id"] == "land@3"
    assert answer["ended_at"]


def test_verify_names_what_is_wrong(run, filled):
    done = run("verify", "--store", filled.root)
    assert (done.exit_code, "as it was committed" in done.output) == (0, True)
    path = next(filled._folder.iterdir())
    path.write_bytes(b"x")
    done = run("verify", "--store", filled.root, "--json")
    assert done.exit_code == 1
    assert json.loads(done.output) == {"problems": [f"{path.name} was changed"]}


def test_backup_and_restore(run, filled, tmp_path):
    done = run("backup", tmp_path / "backup", "--store", filled.root)
    assert done.output.startswith("4 files")
    answer = json.loads(
        run("restore", tmp_path / "backup", "--store", tmp_path / "new", "--json").output
    )
    assert (answer["files"], answer["database"]) == (4, "sqlite")
    assert [v.id for v in Store(tmp_path / "new").datasets(ANN)] == ["land@2", "zones@1"]
    with pytest.raises(NotEmptyError):
        run("backup", tmp_path / "backup", "--store", filled.root)
    with pytest.raises(NotEmptyError):
        run("restore", tmp_path / "backup", "--store", filled.root)
