"""GeoPackages and file geodatabases: rows as GDAL reads them, and nothing in them ever runs."""

from __future__ import annotations

import sqlite3
import struct
import tempfile
import warnings
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from ingest.readers import geopackage
from ingest.source import LayerChoice
from scripts.build_samples import parcels
from tests.readers_world import ROOT, codes, loaded, opened, refusal, rows_of, zipped

NORTH = parcels(code="360121", east=39_391_000.0, north=3_158_500.0).set_crs(4527)
NORTH["登记日"] = pd.Timestamp("2020-01-02")
NORTH["数"] = range(12)


def written(driver: str, layers: dict[str, gpd.GeoDataFrame], *, suffix: str) -> Path:
    path = Path(tempfile.mkdtemp(dir=ROOT)) / f"a{suffix}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for i, (name, frame) in enumerate(layers.items()):
            frame.to_file(path, layer=name, driver=driver, engine="pyogrio", mode="a" if i else "w")
    return path


def gpkg(layers: dict[str, gpd.GeoDataFrame] | None = None, *statements: str) -> bytes:
    """A GeoPackage, with statements of SQL run on it afterwards."""
    path = written("GPKG", layers or {"地块": NORTH}, suffix=".gpkg")
    if statements:
        with sqlite3.connect(path) as database:
            for statement in statements:
                database.execute(statement)
        database.close()
    return path.read_bytes()


def gdb_zip(layers: dict[str, gpd.GeoDataFrame], *, folder: str = "南昌/数据.gdb") -> bytes:
    path = written("OpenFileGDB", layers, suffix=".gdb")
    return zipped({f"{folder}/{p.name}": p.read_bytes() for p in path.iterdir()})


def test_geopackage_gives_rows_types_and_system():
    source, chunk = opened(gpkg())
    assert (source.format, source.rows, source.declared.epsg) == ("geopackage", 12, 4527)
    assert source.has_shapes
    assert source.encoding.samples[0] == "电子信息产业园"
    assert chunk.fields["登记日"].dtype.kind == "M"
    assert chunk.fields["数"].tolist() == list(range(12))
    assert chunk.fields["实际动工"].isna().sum() == 7
    assert shapely.equals(chunk.geometries, NORTH.geometry.to_numpy()).all()


def test_file_geodatabase_in_a_sub_folder_of_a_zip():
    source, chunk = opened(gdb_zip({"地块": NORTH}))
    assert (source.format, source.rows, source.declared.epsg) == ("filegdb", 12, 4527)
    assert source.files[0].name == "南昌/数据.gdb"
    assert chunk.fields["项目名称"].iloc[0] == "电子信息产业园"
    # The format keeps coordinates on a grid of a tenth of a millimetre.
    assert shapely.hausdorff_distance(chunk.geometries, NORTH.geometry.to_numpy()).max() < 1e-3


@pytest.mark.parametrize(
    ("make", "names"),
    [(gpkg, ("地块", "红线")), (gdb_zip, ("数据.gdb/地块", "数据.gdb/红线"))],
)
def test_several_layers_wait_for_a_choice(make, names: tuple[str, ...]):
    data = make({"地块": NORTH, "红线": NORTH.head(3)})
    found = loaded(data)
    assert isinstance(found, LayerChoice)
    assert found.layers == names
    source, _ = opened(data, layer=names[1])
    assert (source.layer, source.rows, source.layers) == (names[1], 3, names)


def test_layers_with_shapes_go_before_tables():
    plain = pd.DataFrame({"a": [1, 2]})
    path = written("GPKG", {"地块": NORTH}, suffix=".gpkg")
    pyogrio.write_dataframe(plain, path, layer="说明", append=True)
    source, chunk = opened(path.read_bytes())
    assert source.layer == "地块"
    assert "ZIP-014" in codes(source, chunk)
    table, rows = opened(path.read_bytes(), layer="说明")
    assert not table.has_shapes
    assert rows.fields["a"].tolist() == [1, 2]


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE VIEW v AS SELECT * FROM 地块",
        "CREATE TRIGGER t AFTER INSERT ON 地块 BEGIN SELECT 1; END",
        "CREATE VIRTUAL TABLE f USING fts4(a)",
        'CREATE VIRTUAL TABLE "x USING rtree(" USING fts4(a)',
        "CREATE TABLE g (a, b GENERATED ALWAYS AS (a || a))",
        "INSERT INTO gpkg_contents (table_name, data_type) VALUES ('gone', 'tiles')",
    ],
)
def test_what_could_run_is_refused_by_name(statement: str):
    extra = ["INSERT INTO gpkg_contents (table_name, data_type) VALUES ('g', 'attributes')"]
    statements = [statement, *(extra if "TABLE g" in statement else [])]
    if "gone" in statement:
        assert opened(gpkg(None, *statements))[0].layers == ("地块",)
    else:
        assert refusal(gpkg(None, *statements)) == "VEC-003"


ENDLESS = (
    "CREATE VIEW endless AS WITH RECURSIVE t(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM t) "
    "SELECT x FROM t"
)


def test_an_endless_view_is_refused_before_gdal_sees_it():
    registered = (
        "INSERT INTO gpkg_contents (table_name, data_type, identifier) "
        "VALUES ('endless', 'attributes', 'endless')"
    )
    assert refusal(gpkg(None, ENDLESS, registered)) == "VEC-003"


def test_a_catalogue_that_is_itself_endless_is_stopped(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(geopackage, "_STEPS", 1)
    monkeypatch.setattr(geopackage, "_MOST_CALLS", 5)
    assert refusal(gpkg()) == "VEC-004"


def test_other_databases_and_damage():
    path = Path(tempfile.mkdtemp(dir=ROOT)) / "a.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE a (b)")
    database.close()
    assert refusal(path.read_bytes()) == "FIL-028"
    sound = gpkg()
    assert refusal(sound[:5000]) == "FIL-033"
    assert refusal(b"SQLite format 3\x00" + b"\xff" * 5000) == "FIL-033"
    assert refusal(gpkg(None, "DELETE FROM gpkg_contents")) == "VEC-003"


def test_a_broken_layer_is_refused_with_its_name():
    spoilt = bytearray(gpkg())
    page = spoilt.index("医药包装项目".encode()) // 4096 * 4096
    spoilt[page : page + 4096] = b"\xff" * 4096
    assert refusal(bytes(spoilt)) == "VEC-005"


def test_an_incomplete_or_compressed_geodatabase():
    whole = gdb_zip({"地块": NORTH})
    assert opened(whole)[0].rows == 12
    cut = zipped({"a.gdb/a00000001.gdbtable": b"\x03" + bytes(300)})
    assert refusal(cut) == "FIL-034"
    packed = zipped({"a.gdb/a00000001.gdbtable": b"", "a.gdb/a00000009.cdf": b"x"})
    assert refusal(packed) == "FIL-034"


def blob(wkb: bytes) -> str:
    return "X'" + (b"GP\x00\x01" + struct.pack("<i", 4527) + wkb).hex() + "'"


def with_shapes(*shapes: bytes | None) -> bytes:
    """A GeoPackage whose first shapes are given as bytes."""
    path = written("GPKG", {"a": NORTH[["地块编号", "geometry"]]}, suffix=".gpkg")
    with sqlite3.connect(path) as database:
        triggers = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in triggers.fetchall():
            if name.startswith("rtree"):
                database.execute(f'DROP TRIGGER "{name}"')
        for i, shape in enumerate(shapes, start=1):
            value = "NULL" if shape is None else blob(shape)
            database.execute(f"UPDATE a SET geom = {value} WHERE fid = {i}")  # noqa: S608 - a test
    database.close()
    return path.read_bytes()


def arc_wkb(code: int, points: list[tuple[float, float]]) -> bytes:
    return struct.pack("<BII", 1, code, len(points)) + np.array(points, dtype="<f8").tobytes()


def test_arcs_are_drawn_within_a_centimetre_and_told():
    centre, radius = np.array([39_391_000.0, 3_158_500.0]), 100.0
    corners = [(1, 0), (0, 1), (-1, 0), (0, -1), (1, 0)]
    circle = arc_wkb(8, [tuple(centre + radius * np.array(c)) for c in corners])
    curve = struct.pack("<BII", 1, 10, 1) + circle
    surface = struct.pack("<BII", 1, 12, 1) + curve
    source, chunk = opened(with_shapes(curve, surface))
    assert rows_of(chunk, "VEC-006") == [1, 2]
    assert source.rows == 12
    for shape in chunk.geometries[:2]:
        assert shape.is_valid
        edges = shapely.get_coordinates(shape)
        middles = (edges[1:] + edges[:-1]) / 2
        depth = radius - np.hypot(*(middles - centre).T)
        assert 0 <= depth.max() <= 0.0101
        assert shape.area == pytest.approx(np.pi * radius**2, rel=2e-4)


def test_solids_broken_bytes_and_nothing_are_told_apart():
    tin = struct.pack("<BII", 1, 16, 0)
    high = shapely.to_wkb(shapely.force_3d(NORTH.geometry[3], 9.0), flavor="iso")
    ring = np.array([(0, 0), (float("nan"), 1), (1, 1), (0, 0)], dtype="<f8")
    nan = struct.pack("<BIII", 1, 3, 1, 4) + ring.tobytes()
    broken_arc = struct.pack("<BII", 1, 10, 1) + struct.pack("<BII", 1, 8, 900)
    source, chunk = opened(with_shapes(tin, None, high, nan, broken_arc))
    assert chunk.faults[[0, 1, 2, 3]].tolist() == ["VEC-002", "", "", "VEC-001"]
    assert chunk.geometries[1] is None
    assert chunk.faults[4] in {"GEO-003", ""}
    assert chunk.geometries[4] is None
    assert "GEO-008" in codes(source, chunk)
    assert chunk.faults[5:].tolist() == [""] * 7
