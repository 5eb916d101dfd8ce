"""``ganyuan tabulate``: squares known by hand, the same bits by any workers, and refusals."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import typer
from typer.testing import CliRunner

from cli import tabulate
from cli.maps import UnwritableFileError
from domain import boundaries
from domain.schema import AREA
from geo.executors import SchedulerUnreachableError, WorkerNumberError
from geo.located import MissingFileError, UnknownSchemeError
from geo.tabulate import ParcelColumnsError
from ingest import Choices, deliver, inspect
from store import UnknownDatasetError, Viewer
from store.errors import WholeFileError
from tests.cluster_kernels import local_cluster
from tests.land_world import parcels
from tests.range_server import range_server

RUN = CliRunner()
WEST, SOUTH = 115.90, 28.65
STEP = 0.001


def square(x, y, w=1.0, h=1.0):
    return shapely.box(
        WEST + x * STEP, SOUTH + y * STEP, WEST + (x + w) * STEP, SOUTH + (y + h) * STEP
    )


@pytest.fixture(scope="module")
def app():
    out = typer.Typer()
    tabulate.register(out)
    # A second command keeps the first one a sub-command.
    out.command("other")(lambda: None)
    return out


@pytest.fixture
def store(empty_store, viewer):
    """Four parcels: two in the left unit, one cut in half, one in no unit."""
    world = parcels(
        [{"analysis_class": name} for name in ("industrial", "vacant", "industrial", "vacant")]
    )
    world = world.set_geometry([square(0, 0), square(1, 0), square(3.5, 0), square(8, 0)], crs=4490)
    world[AREA] = [1000.0, 200.0, 300.0, 50.0]
    empty_store.commit("parcels", world, kind="parcels", viewer=viewer, reason="test")
    return empty_store


@pytest.fixture
def two(tmp_path):
    """A GeoPackage of two units."""
    path = tmp_path / "units.gpkg"
    frame = gpd.GeoDataFrame(
        {"BSM": ["L", "R"], "MC": ["左", "右"]},
        geometry=[square(-1, -1, 3, 3), square(4, -1, 3, 3)], crs=4490,
    )  # fmt: skip
    frame.to_file(path, layer="units")
    return path


def run(app, store, *args):
    result = RUN.invoke(app, ["tabulate", *map(str, args), "--store", str(store.root)])
    assert result.exit_code == 0, (result.output, result.exception)
    return result


def content(app, store, *args):
    return json.loads(run(app, store, *args, "--json").stdout)


def refused(app, store, *args):
    return RUN.invoke(app, ["tabulate", *map(str, args), "--store", str(store.root)]).exception


def test_counties_by_default(app, store):
    out = content(app, store, "parcels")
    assert (out["source"], out["demonstration"], out["units"]) == ("parcels@1", False, "county")
    assert {row["unit"] for row in out["rows"]} <= set(boundaries.layer("county")["adcode"])
    assert sum(row["area_m2"] for row in out["rows"]) == pytest.approx(out["area_m2"])
    prefectures = content(app, store, "parcels", "--by", "prefecture")
    assert prefectures["rows"][0]["name"] == "南昌市"
    assert prefectures["area_m2"] == pytest.approx(out["area_m2"])


def test_units_from_a_geopackage(app, store, two):
    out = content(app, store, "parcels@1", "--units", two)
    areas = store_areas(store)
    rows = {(r["unit"], r["name"], r["class"]): (r["parcels"], r["area_m2"]) for r in out["rows"]}
    assert set(rows) == {
        ("L", "左", "industrial"),
        ("L", "左", "vacant"),
        ("R", "右", "industrial"),
    }
    assert rows["L", "左", "industrial"] == (1, areas[0])
    assert rows["L", "左", "vacant"] == (1, areas[1])
    assert rows["R", "右", "industrial"] == (1, pytest.approx(areas[2] / 2, rel=1e-6))
    outside = {r["class"]: (r["parcels"], r["area_m2"]) for r in out["outside"]}
    assert outside["vacant"] == (1, areas[3])
    assert outside["industrial"] == (1, pytest.approx(areas[2] / 2, rel=1e-6))
    assert out["area_m2"] == pytest.approx(sum(areas), rel=1e-12)
    assert (out["counted_twice_m2"], out["overlaps"]) == (0.0, [])


def store_areas(store):
    viewer = Viewer("t")
    frame = store.read(store.version("parcels", viewer), viewer)
    place = frame.geometry.bounds["minx"].to_numpy().argsort()
    return frame[AREA].to_numpy()[place].tolist()


def test_units_from_a_dataset_and_several_rows_of_one_unit(app, store, viewer, tmp_path):
    path = tmp_path / "zones.gpkg"
    frame = gpd.GeoDataFrame(
        {"KFQDM": ["Z1", "Z2"], "KFQMC": ["一", "二"]},
        geometry=[square(-1, -1, 3, 3), square(0, -1, 8, 3)], crs=4490,
    )  # fmt: skip
    frame.to_file(path, layer="zones")
    done = deliver([inspect(path, choices=Choices(kind="zones"))])
    store.commit("zones", gpd.read_parquet(done.rows), kind="zones", viewer=viewer, reason="test")
    out = content(app, store, "parcels", "--units", "zones@1")
    assert {row["unit"] for row in out["rows"]} == {"Z1", "Z2"}
    areas = store_areas(store)
    assert out["counted_twice_m2"] == pytest.approx(areas[0] + areas[1], rel=1e-6)
    assert out["area_m2"] == pytest.approx(sum(areas), rel=1e-9)
    assert [(o["first"], o["second"], o["parcels"]) for o in out["overlaps"]] == [("Z1", "Z2", 2)]
    assert "more than once" in run(app, store, "parcels", "--units", "zones").stdout


def test_workers_change_no_bit(app, store, two):
    alone = content(app, store, "parcels", "--units", two)
    assert content(app, store, "parcels", "--units", two, "--workers", "2") == alone


def test_a_cluster_changes_no_bit(app, store, two):
    alone = content(app, store, "parcels", "--units", two)
    with local_cluster(1) as made:
        args = ("parcels", "--units", two, "--scheduler", made.scheduler_address)
        assert content(app, store, *args) == alone


def test_a_file_and_its_address(app, store, two):
    viewer = Viewer("t")
    path = store.whole_file(store.version("parcels", viewer), viewer)
    expected = content(app, store, "parcels", "--units", two)
    given = content(app, store, path, "--units", two)
    assert given["rows"] == expected["rows"]
    assert (given["sha256"], given["demonstration"]) == (None, None)
    with range_server(path.parent) as server:
        address = f"http://{server.host}/{path.name}"
        there = content(app, store, address, "--units", two)
    assert there["rows"] == expected["rows"]
    assert there["source"] == path.name


def test_the_table_as_a_file(app, store, two, tmp_path):
    out = content(app, store, "parcels", "--units", two)
    for name, read in (("t.csv", pd.read_csv), ("t.parquet", pd.read_parquet)):
        run(app, store, "parcels", "--units", two, "--out", tmp_path / name)
        table = read(tmp_path / name)
        assert list(table) == ["unit", "name", "class", "parcels", "area_m2"]
        assert table["area_m2"].sum() == pytest.approx(out["area_m2"], rel=1e-12)
        assert len(table) == len(out["rows"]) + len(out["outside"])
    np.testing.assert_array_equal(
        pd.read_csv(tmp_path / "t.csv")["area_m2"],
        pd.read_parquet(tmp_path / "t.parquet")["area_m2"],
    )


def test_a_name_that_would_be_a_formula_stays_text(app, store, tmp_path):
    path = tmp_path / "units.gpkg"
    frame = gpd.GeoDataFrame(
        {"BSM": ["L"], "MC": ["=1+1"]}, geometry=[square(-1, -1, 3, 3)], crs=4490
    )
    frame.to_file(path, layer="units")
    run(app, store, "parcels", "--units", path, "--out", tmp_path / "t.csv")
    assert "'=1+1" in (tmp_path / "t.csv").read_text(encoding="utf-8-sig")


def test_progress_is_on_standard_error_only(app, store, two):
    result = run(app, store, "parcels", "--units", two)
    assert "1/1 row groups" in result.stderr
    assert "row groups" not in result.stdout
    assert "outside" in result.stdout


def test_few_lines_of_progress_whatever_the_size():
    lines = []
    progress = tabulate._Progress()
    for done in range(1001):
        before = progress.shown
        progress.tell(done, 1000)
        lines += [done] if progress.shown != before else []
    assert lines == list(range(0, 1001, 100))


def test_invented_data_say_so_in_the_file(app, demo_store, tmp_path):
    run(app, demo_store, "parcels", "--by", "prefecture", "--out", tmp_path / "t.csv")
    assert "演示数据" in (tmp_path / "t.csv").read_text(encoding="utf-8-sig").splitlines()[0]
    assert content(app, demo_store, "parcels", "--by", "prefecture")["demonstration"] is True
    assert "演示数据" in run(app, demo_store, "parcels", "--units", "zone-footprints").stdout


@pytest.mark.parametrize(
    ("args", "error"),
    [
        (["nothing"], UnknownDatasetError),
        (["parcels@9"], UnknownDatasetError),
        (["parcels", "--units", "nothing"], UnknownDatasetError),
        (["./none.parquet"], MissingFileError),
        (["nowhere://bucket/a.parquet"], UnknownSchemeError),
        (["parcels", "--class-column", "no_such"], ParcelColumnsError),
        (["parcels", "--scheduler", "tcp://127.0.0.1:1"], SchedulerUnreachableError),
        (["parcels", "--out", "/no/such/folder/t.csv"], UnwritableFileError),
    ],
)
def test_refusals_in_words(app, store, monkeypatch, args, error):
    monkeypatch.setattr("geo.executors._CONNECT_S", 0.5)
    assert isinstance(refused(app, store, *args), error)


@pytest.mark.parametrize(
    "args",
    [
        ["--out", "t.doc"],
        ["--workers", "0"],
        ["--workers", "2", "--scheduler", "tcp://127.0.0.1:1"],
        ["--by", "moon"],
        ["--units", "./none.gpkg"],
    ],
)
def test_misuse_ends_with_two(app, store, args):
    result = RUN.invoke(app, ["tabulate", "parcels", *args, "--store", str(store.root)])
    assert result.exit_code == 2
    assert not isinstance(result.exception, WorkerNumberError)


def test_units_are_taken_whole_or_not_at_all(app, store, tmp_path):
    """One of the two crosses itself; a table of the other alone would look complete."""
    bow = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    bow = shapely.transform(bow, lambda xy: xy * STEP + (WEST, SOUTH))
    path = tmp_path / "broken.gpkg"
    gpd.GeoDataFrame({"BSM": ["A", "B"]}, geometry=[square(0, 0), bow], crs=4490).to_file(path)
    err = refused(app, store, "parcels", "--units", path)
    assert isinstance(err, tabulate.UnitsRefusedError)
    assert str(err).startswith("[CLI-011] broken.gpkg is not accepted as a whole: ")


def test_who_may_see_a_part_gets_no_file(store):
    version = store.version("parcels", Viewer("t"))
    with pytest.raises(WholeFileError, match="SCL-012"):
        store.whole_file(version, Viewer("clerk", frozenset({"360100"})))
