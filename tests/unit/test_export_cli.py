"""``ganyuan export``."""

from __future__ import annotations

import json

import geopandas as gpd
import pytest
import typer
from typer.testing import CliRunner

from cli import exports
from cli.main import app as whole
from export.dataset_types import ChoiceError
from store import UnknownDatasetError
from tests.export_world import ANN, COUNTIES, GANZHOU, NANCHANG, NUMBER, filled
from tests.store_world import batches, parcels


@pytest.fixture
def run():
    app = typer.Typer()
    exports.register(app)
    app.command("other")(lambda: None)
    return lambda *arguments: CliRunner().invoke(
        app, ["export", *map(str, arguments)], catch_exceptions=False
    )


@pytest.fixture
def land(empty_store):
    empty_store.commit("land", parcels(2), kind="parcels", viewer=ANN, reason="first")
    filled(empty_store)
    return empty_store


def test_it_is_a_command_of_the_program():
    assert "export" in CliRunner().invoke(whole, ["--help"]).output


def test_a_version_is_named_by_its_number(run, land, tmp_path):
    target = tmp_path / "one.gpkg"
    done = run("land@1", "--output", target, "--store", land.root)
    assert done.exit_code == 0
    assert len(gpd.read_file(target)) == 2
    newest = run("land", "--output", tmp_path / "two.gpkg", "--store", land.root, "--json")
    answer = json.loads(newest.output)
    assert (answer["version"], answer["passport"], answer["rows"]) == ("land@2", NUMBER, 9)


def test_warnings_are_told_and_give_exit_code_one(run, land, tmp_path):
    done = run("land", "--format", "shapefile", "-o", tmp_path, "--store", land.root, "--json")
    assert done.exit_code == 1
    answer = json.loads(done.output)
    assert answer["file"].endswith("ganyuan_land_v2_EPSG4490.zip")
    told = {finding["code"]: finding for finding in answer["findings"]}
    assert told["EXP-020"]["count"] == len(told["EXP-020"]["rows"]) == 1
    assert "截断" in told["EXP-020"]["message"]
    assert answer["fields"][0] == {
        "name": "DKBH", "column": "parcel_id", "zh": "地块编号", "en": "Parcel ID", "unit": "",
    }  # fmt: skip
    words = run(
        "land", "--format", "shapefile", "-o", tmp_path, "--store", land.root, "--language", "en"
    )
    assert "warning EXP-020 [" in words.output
    assert "cut between characters" in words.output


def test_crs_encoding_places_and_columns_are_options(run, land, tmp_path):
    target = tmp_path / "points.txt"
    done = run(
        "land", "-o", target, "--crs", "4548", "--encoding", "utf-8", "--line-end", "lf",
        "--county", COUNTIES[NANCHANG], "--column", "name", "--store", land.root, "--json",
    )  # fmt: skip
    answer = json.loads(done.output)
    assert (answer["crs"], answer["encoding"], answer["rows"]) == (4548, "utf-8", 7)
    assert [field["column"] for field in answer["fields"]] == ["parcel_id", "name"]
    assert b"\r" not in target.read_bytes()
    south = run("land", "-o", tmp_path, "--prefecture", "赣州", "--store", land.root, "--json")
    assert json.loads(south.output)["rows"] == 2


@pytest.mark.parametrize(
    ("ending", "form"),
    [(".zip", "shapefile"), (".parquet", "geoparquet"), (".txt", "boundary_points"),
     (".CSV", "csv"), (".xlsx", "xlsx"), ("", "gpkg")],
)  # fmt: skip
def test_the_ending_tells_the_format(run, land, tmp_path, ending, form):
    target = tmp_path / f"land{ending}"
    answer = json.loads(run("land@1", "-o", target, "--store", land.root, "--json").output)
    assert answer["format"] == form
    assert target.is_file()


def test_ledgers_are_named_like_datasets(run, empty_store, tmp_path):
    empty_store.put_ledger("batch", batches(GANZHOU), viewer=ANN, reason="r")
    done = run("batch", "-o", tmp_path, "--store", empty_store.root, "--json")
    answer = json.loads(done.output)
    assert (answer["format"], answer["version"], answer["rows"]) == ("xlsx", None, 1)


def test_what_cannot_be_is_refused(run, land, tmp_path):
    with pytest.raises(UnknownDatasetError):
        run("nowhere", "-o", tmp_path, "--store", land.root)
    with pytest.raises(ChoiceError):
        run("land", "-o", tmp_path, "--crs", "3857", "--store", land.root)
    for wrong in (("land@x",), ("land", "--format", "dwg"), ("land", "--encoding", "big5")):
        assert run(*wrong, "-o", tmp_path, "--store", land.root).exit_code == 2
