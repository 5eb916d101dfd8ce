"""The tile index: what it finds, what it gives back, and that only a whole one is ever seen."""

from __future__ import annotations

import json
import shutil
import threading

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo import tile_index_build
from geo.cells import FINER, FINEST
from geo.mercator import EXTENT, MAX_ZOOM, SIDE, lonlat_bounds, tile_box, world_of
from geo.tile_index import BLOCK, DamagedIndexError, TileIndex, build
from geo.tile_index_files import ArrayFile

NANCHANG = (115.9, 28.7)
PIERCED = shapely.Polygon(
    [(115.9, 28.7), (115.91, 28.7), (115.91, 28.71), (115.9, 28.71)],
    [[(115.902, 28.702), (115.904, 28.702), (115.904, 28.704)]],
)
PARTS = shapely.MultiPolygon([shapely.box(115.95, 28.7, 115.96, 28.71), PIERCED])
NOT_A_NUMBER = shapely.from_wkt("POLYGON ((115.9 28.7, 115.91 inf, 115.91 28.71, 115.9 28.7))")
WITHOUT = (None, shapely.Polygon(), shapely.Point(115.9, 28.7), NOT_A_NUMBER)


def written(path, shapes, **options):
    frame = gpd.GeoDataFrame({"name": np.arange(len(shapes))}, geometry=list(shapes), crs=4490)
    frame.to_parquet(path, **options)
    return path


@pytest.fixture
def indexed(tmp_path):
    """Builds and opens the index of some shapes."""

    def make(shapes, **options):
        source = written(tmp_path / "source.parquet", shapes, **options)
        shutil.rmtree(tmp_path / "index", ignore_errors=True)
        build(source, tmp_path / "index")
        return TileIndex.opened(tmp_path / "index")

    return make


def grid(side, step=0.001):
    """Squares in rows from the south-west, each half as wide as its place."""
    west, south = NANCHANG
    x, y = np.meshgrid(np.arange(side) * step + west, np.arange(side) * step + south)
    return shapely.box(x.ravel(), y.ravel(), x.ravel() + step / 2, y.ravel() + step / 2)


def test_shapes_come_back_to_a_step_of_the_world(indexed):
    shapes = [PIERCED, None, PARTS, *grid(3)]
    index = indexed(shapes)
    found = index.polygons(np.arange(len(shapes)))
    assert found[1] is None
    for back, given_shape in zip(found, shapes, strict=True):
        if given_shape is not None:
            assert back.geom_type == given_shape.geom_type
            assert shapely.equals_exact(back, given_shape, tolerance=360 / SIDE)


def test_rings_stand_in_the_order_asked_for(indexed):
    index = indexed([PIERCED, None, PARTS])
    rings = index.rings(np.array([2, 1, 0, 2]))
    assert rings.owner.tolist() == [0, 0, 0, 2, 2, 3, 3, 3]
    assert rings.hole.tolist() == [False, False, True, False, True, False, False, True]
    first = rings.xy[rings.start[3] : rings.start[4]]
    np.testing.assert_array_equal(first, world_of(np.array(PIERCED.exterior.coords)))
    assert rings.start[-1] == len(rings.xy)
    assert index.rings(np.zeros(0, dtype=np.intp)).start.tolist() == [0]


@pytest.mark.parametrize("nothing", WITHOUT)
def test_a_row_without_a_surface_keeps_its_number_and_is_never_found(indexed, nothing):
    index = indexed([PIERCED, nothing, PIERCED])
    assert index.rows == 3
    assert index.present.tolist() == [True, False, True]
    assert index.rows_in(0, 0, 0, buffer=64).tolist() == [0, 2]
    assert index.rows_meeting((0, 0, SIDE - 1, SIDE - 1)).tolist() == [0, 2]
    assert index.cells.of_row.tolist() == [0, -1, 0]
    assert index.polygons(np.array([1])).tolist() == [None]


@pytest.mark.parametrize("shapes", [[], [None, None]])
def test_files_without_any_shape(indexed, shapes):
    index = indexed(shapes)
    assert index.rows == len(shapes)
    assert index.rows_in(0, 0, 0).tolist() == []
    n = len(shapes)
    sums = index.cells.sums(np.ones(n), np.zeros(n, dtype=np.uint8), 1)
    assert sums.in_tile(3, 0, 0).position.tolist() == []
    assert sums.missing.counts.tolist() == [[n]]


@pytest.mark.parametrize("rows", [BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 5])
def test_blocks_end_where_the_rows_do(indexed, rows):
    shapes = grid(20)[:rows]
    index = indexed(shapes)
    assert index.rows_in(0, 0, 0).tolist() == list(range(rows))
    last = world_of(np.array([shapes[-1].centroid.coords[0]])).astype(np.int64)[0]
    assert index.rows_meeting((*last, *last)).tolist() == [rows - 1]


@pytest.mark.parametrize(
    ("shift", "found"), [((1, 0), []), ((0, 0), [0]), ((-1, 0), [0]), ((0, 1), []), ((0, -1), [0])]
)
def test_edges_belong_to_a_box(indexed, shift, found):
    """A box that begins at the south-eastern corner of a row, and one step beyond it."""
    index = indexed([shapely.box(115.9, 28.7, 115.91, 28.71)])
    x, y = index.boxes[0, 2:].astype(np.int64) + shift
    assert index.rows_meeting((x, y, x + 10, y + 10)).tolist() == found


@pytest.mark.parametrize(
    "box",
    [(-9, 5, -1, 9), (5, -9, 9, -1), (SIDE, 5, SIDE + 9, 9), (5, SIDE, 9, SIDE), (9, 5, 5, 9)],
)
def test_boxes_beyond_the_world_hold_nothing(indexed, box):
    edge = shapely.box(-180, -90, 180, 90)
    index = indexed([edge])
    assert index.boxes.tolist() == [[0, 0, SIDE - 1, SIDE - 1]]
    assert index.rows_meeting(box).tolist() == []
    assert index.rows_meeting((-9, -9, SIDE + 9, SIDE + 9)).tolist() == [0]


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """2,000 shapes of any size, along no curve at all, some of them missing."""
    folder = tmp_path_factory.mktemp("many")
    rng = np.random.default_rng(8)
    low = np.array(NANCHANG) + rng.normal(0, 0.4, (2_000, 2))
    high = low + rng.exponential(0.02, (2_000, 2))
    shapes = shapely.box(*low.T, *high.T)
    shapes[rng.random(2_000) < 0.05] = None
    source = written(folder / "source.parquet", shapes, row_group_size=300)
    build(source, folder / "index")
    return shapes, TileIndex.opened(folder / "index")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(st.integers(0, MAX_ZOOM), st.integers(0, 1_999), st.sampled_from([0, 64, 4_096]))
def test_a_tree_finds_the_same_rows_in_a_tile(many, z, near, buffer):
    shapes, index = many
    place = index.centres[near] if shapes[near] is not None else index.centres[0]
    x, y = (int(v) >> (32 - z) for v in place)
    west, north, east, south = tile_box(z, x, y, buffer).tolist()
    boxes = index.boxes.astype(np.float64)
    boxes[~index.present] = np.nan
    tree = shapely.STRtree(shapely.box(*boxes.T))
    expected = np.sort(tree.query(shapely.box(west, north, east, south)))
    np.testing.assert_array_equal(index.rows_in(z, x, y, buffer=buffer), expected)


def test_boxes_centres_and_cells_are_those_of_the_vertices(many):
    shapes, index = many
    there = np.flatnonzero(index.present)
    assert there.tolist() == [i for i, shape in enumerate(shapes) if shape is not None]
    bounds = shapely.bounds(shapes[there])
    corners = np.hstack([world_of(bounds[:, [0, 3]]), world_of(bounds[:, [2, 1]])])
    np.testing.assert_array_equal(index.boxes[there], corners)
    wide = corners.astype(np.int64)
    np.testing.assert_array_equal(index.centres[there], (wide[:, :2] + wide[:, 2:]) // 2)
    cells = index.cells
    found = cells.places(FINEST, cells.of_row[there])
    np.testing.assert_array_equal(found, index.centres[there] >> np.uint32(32 - FINEST))
    sums = cells.sums(np.ones(2_000), np.zeros(2_000, dtype=np.uint8), 1)
    z = 9
    tiles = np.unique(index.centres[there] >> np.uint32(32 - z), axis=0)
    total = sum(int(sums.in_tile(z, *tile).sums.counts.sum()) for tile in tiles.tolist())
    assert total == len(there)
    assert sums.in_tile(z, *tiles[0].tolist()).level == z + FINER


def test_tiles_that_lie_side_by_side_draw_a_shape_at_the_same_place(many):
    _, index = many
    row = np.flatnonzero(index.present)[:1]
    z = 12
    x, y = (int(v) >> (32 - z) for v in index.centres[row[0]])
    here, beside = (index.rings(row).in_tile(z, x + i, y) for i in (0, 1))
    assert ((here.xy - beside.xy) == (EXTENT, 0)).all()
    west, south, east, north = lonlat_bounds(z, x, y)
    middle = shapely.box(*index.polygons(row)[0].bounds).centroid
    assert west <= middle.x <= east
    assert south <= middle.y <= north


def test_progress_rises_to_one(tmp_path, monkeypatch):
    monkeypatch.setattr(tile_index_build, "_BATCH", 40)
    source = written(tmp_path / "source.parquet", grid(10), row_group_size=30)
    told = []
    build(source, tmp_path / "index", progress=told.append)
    assert told == sorted(told)
    assert len(told) >= 4
    assert told[-1] == 1.0
    whole = TileIndex.opened(tmp_path / "index")
    assert shapely.equals_exact(whole.polygons(np.arange(100)), grid(10), tolerance=1e-7).all()


def test_the_arrays_are_mapped_and_cannot_be_changed(indexed):
    index = indexed([PIERCED])
    for array in (index.boxes, index.centres, index.cells.of_row):
        assert not array.flags.owndata
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_a_build_that_fails_leaves_nothing(tmp_path):
    source = written(tmp_path / "source.parquet", grid(10))

    def stop(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(source, tmp_path / "index", progress=stop)
    assert [path.name for path in tmp_path.iterdir()] == ["source.parquet"]


def test_while_it_is_built_there_is_no_index(tmp_path):
    source = written(tmp_path / "source.parquet", grid(10))
    seen = []
    build(
        source,
        tmp_path / "index",
        progress=lambda share: seen.append(share < 1.0 and (tmp_path / "index").exists()),
    )
    assert not any(seen)
    assert {path.name for path in tmp_path.iterdir()} == {"source.parquet", "index"}


def test_of_builders_at_the_same_time_one_stays(tmp_path):
    source = written(tmp_path / "source.parquet", grid(12))
    ready = threading.Barrier(4)
    failures = []

    def work():
        try:
            build(source, tmp_path / "index", progress=lambda share: share < 1 and ready.wait(60))
        except (OSError, threading.BrokenBarrierError) as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert {path.name for path in tmp_path.iterdir()} == {"source.parquet", "index"}
    assert len(TileIndex.opened(tmp_path / "index").rows_in(0, 0, 0)) == 144


def test_a_whole_index_stays_and_a_damaged_one_is_replaced(tmp_path):
    first = written(tmp_path / "first.parquet", grid(3))
    second = written(tmp_path / "second.parquet", grid(4))
    build(first, tmp_path / "index")
    build(second, tmp_path / "index")
    assert TileIndex.opened(tmp_path / "index").rows == 9
    (tmp_path / "index" / "boxes.npy").unlink()
    build(second, tmp_path / "index")
    assert TileIndex.opened(tmp_path / "index").rows == 16
    assert len(list(tmp_path.iterdir())) == 3


def test_who_never_gets_the_name_says_so(tmp_path, monkeypatch):
    source = written(tmp_path / "source.parquet", grid(3))
    (tmp_path / "index").mkdir()
    (tmp_path / "index" / "other").touch()
    monkeypatch.setattr(tile_index_build, "_discard", lambda _: None)
    with pytest.raises(FileExistsError):
        build(source, tmp_path / "index")
    assert {path.name for path in tmp_path.iterdir()} == {"source.parquet", "index"}


def test_a_source_that_is_no_parquet_file_is_refused(tmp_path):
    (tmp_path / "source.parquet").write_bytes(b"PAR1 but not quite so")
    with pytest.raises(pa.ArrowInvalid):
        build(tmp_path / "source.parquet", tmp_path / "index")
    with pytest.raises(FileNotFoundError):
        build(tmp_path / "none.parquet", tmp_path / "index")
    assert [path.name for path in tmp_path.iterdir()] == ["source.parquet"]


def cut(path):
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 1)


def other_format(path):
    facts = json.loads(path.read_text())
    path.write_text(json.dumps(facts | {"format": 0}))


def without_cells(path):
    facts = json.loads(path.read_text())
    del facts["arrays"]["cell"]
    path.write_text(json.dumps(facts))


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("xy.npy", cut),
        ("boxes.npy", cut),
        ("boxes.npy", lambda path: path.write_bytes(b"")),
        ("boxes.npy", lambda path: np.save(path, np.zeros((3, 4), dtype=np.uint32))),
        ("hole.npy", lambda path: np.save(path, np.array([None, 1]), allow_pickle=True)),
        ("first_ring.npy", lambda path: path.unlink()),
        ("meta.json", lambda path: path.unlink()),
        ("meta.json", cut),
        ("meta.json", lambda path: path.write_text("[]")),
        ("meta.json", lambda path: path.write_bytes(b"\xff\xfe")),
        ("meta.json", other_format),
        ("meta.json", without_cells),
    ],
)
def test_damage_is_told_before_anything_is_drawn(tmp_path, name, damage):
    build(written(tmp_path / "source.parquet", grid(3)), tmp_path / "index")
    damage(tmp_path / "index" / name)
    with pytest.raises(DamagedIndexError, match=r"TIL-001.*build it anew") as caught:
        TileIndex.opened(tmp_path / "index")
    assert caught.value.code == "TIL-001"
    assert caught.value.values == {"folder": "index"}


def test_an_index_that_is_not_there_is_damaged_too(tmp_path):
    with pytest.raises(DamagedIndexError):
        TileIndex.opened(tmp_path / "nowhere")


@given(st.lists(st.integers(0, 5)))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_files_that_grow_are_those_that_numpy_writes_at_once(tmp_path, sizes):
    pieces = [np.arange(2 * n, dtype=np.uint32).reshape(n, 2) for n in sizes]
    with ArrayFile(tmp_path / "grown.npy", "<u4", 2) as file:
        for piece in pieces:
            file.append(piece)
    whole = np.concatenate([np.zeros((0, 2), dtype=np.uint32), *pieces])
    np.save(tmp_path / "whole.npy", whole)
    assert (tmp_path / "grown.npy").read_bytes() == (tmp_path / "whole.npy").read_bytes()
