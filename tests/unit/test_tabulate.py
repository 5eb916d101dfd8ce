"""Area of class within units from stored files: known squares, conservation, second engines."""

from __future__ import annotations

import json
import pickle
from concurrent.futures import ThreadPoolExecutor

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Polygon, box

from benchmarks.tilings import tiling
from geo.area import ellipsoidal_area_m2, ellipsoidal_areas
from geo.errors import MissingCRSError, NotGeographicError
from geo.executors import Here
from geo.overlay import OverlayError, area_by_class
from geo.tabulate import ParcelFile, RowGroups, tabulate

E0, N0 = 115.0, 28.0
CLASSES = np.array(["0601", "0701", "1001"])


def cell(x, y, w=0.01, h=0.01):
    return box(E0 + x, N0 + y, E0 + x + w, N0 + y + h)


def layer(shapes, crs=4490, **columns):
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=crs)


def stored(folder, land, rows=50, name="land.parquet", **options):
    """A file as the store writes it: boxes, stored areas, row groups."""
    path = folder / name
    if "area" not in land:
        land = land.assign(area=ellipsoidal_areas(land.geometry.to_numpy()))
    land.to_parquet(
        path, index=False, write_covering_bbox=True, row_group_size=rows, schema_version="1.1.0",
        **options,
    )  # fmt: skip
    return ParcelFile(str(path), "use", "area")


def crooked(seed, side=14, cell_m=150.0):
    """Crooked parcels that share their edges, in degrees."""
    shapes = tiling(side, seed=seed, cell=cell_m)
    land = gpd.GeoDataFrame(geometry=shapes, crs=4527).to_crs(4490)
    rng = np.random.default_rng(seed)
    return land.assign(use=CLASSES[rng.integers(0, 3, len(land))])


def crooked_units(seed, land, count=4):
    """Units that share crooked edges, cut parcels anywhere and leave some outside."""
    shapes = tiling(count, seed=seed + 100, cell=1.0, most=3)
    low, high = shapely.bounds(shapes).min(axis=0)[:2], shapely.bounds(shapes).max(axis=0)[2:]
    west, south, east, north = land.total_bounds
    size = np.array([east - west, north - south]) * 0.9
    corner = np.array([west, south]) + size * 0.03
    shapes = shapely.transform(shapes, lambda xy: (xy - low) / (high - low) * size + corner)
    shapes = shapes[shapely.is_valid(shapes)]
    return layer(shapes, unit=np.arange(len(shapes))).set_index("unit", drop=False)


def naive(land, units):
    """The usual way: geopandas.overlay, then the area of every piece."""
    pieces = gpd.overlay(
        land[["use", "geometry"]], units.reset_index(drop=True)[["unit", "geometry"]],
        how="intersection", keep_geom_type=True,
    )  # fmt: skip
    pieces["m2"] = ellipsoidal_area_m2(pieces)
    table = pieces.pivot_table(index="unit", columns="use", values="m2", aggfunc="sum")
    return table.reindex(index=units["unit"], columns=sorted(land["use"].unique())).fillna(0.0)


def assert_same(found, second, tolerance=0.01):
    np.testing.assert_allclose(found.table.to_numpy(), second.to_numpy(), atol=tolerance, rtol=0)
    total = found.table.to_numpy().sum(), second.to_numpy().sum()
    assert total[0] == pytest.approx(total[1], abs=tolerance)


def assert_conserved(found, land):
    area = land["area"] if "area" in land else ellipsoidal_area_m2(land)
    total = area.groupby(land["use"]).sum()
    kept = found.table.sum() + found.outside - found.repeated
    np.testing.assert_allclose(kept.to_numpy(), total.to_numpy(), rtol=1e-12)


def test_inside_cut_outside_and_none(tmp_path):
    land = layer(
        [cell(0.01, 0.01), cell(0.045, 0.01), cell(0.2, 0), cell(0.01, 0.03)],
        use=["a", "b", "b", "a"], area=[100.0, 50.0, 7.0, 1.0],
    )  # fmt: skip
    out = tabulate(stored(tmp_path, land), layer([cell(0, 0, 0.05, 0.05)]).rename(index={0: "u"}))
    assert out.table.index.tolist() == ["u"]
    assert out.table.loc["u"].tolist() == pytest.approx([101.0, 25.0], rel=1e-6)
    assert out.outside.tolist() == pytest.approx([0.0, 32.0], rel=1e-6)
    assert out.counts.loc["u"].tolist() == [2, 1]
    assert out.outside_counts.tolist() == [0, 2]
    assert out.repeated.sum() == 0
    assert out.overlaps.empty


def test_units_that_overlap_are_reported_even_where_they_cover_half(tmp_path):
    """Both units hold the same western half: half is outside and half is counted twice."""
    land = layer([cell(0, 0), cell(0.3, 0)], use=["a", "b"], area=[100.0, 10.0])
    half = cell(-0.01, -0.01, 0.015, 0.05)
    units = layer([half, half, cell(0.29, -0.01, 0.05, 0.05)])
    out = tabulate(stored(tmp_path, land), units)
    assert out.table["a"].tolist() == pytest.approx([50.0, 50.0, 0.0], rel=1e-6)
    assert out.outside.tolist() == pytest.approx([50.0, 0.0], rel=1e-6)
    assert out.repeated.tolist() == pytest.approx([50.0, 0.0], rel=1e-6)
    assert out.overlaps[["first", "second", "parcels"]].to_numpy().tolist() == [[0, 1, 1]]
    assert out.overlaps["area_m2"][0] == pytest.approx(50.0, rel=1e-6)
    assert_conserved(out, land)


def test_three_units_over_one_parcel(tmp_path):
    land = layer([cell(0, 0)], use=["a"], area=[90.0])
    units = layer([cell(-0.1, -0.1, 1, 1), cell(-0.2, -0.2, 1, 1), cell(-0.1, -0.1, 0.105, 1)])
    out = tabulate(stored(tmp_path, land), units)
    assert out.table["a"].tolist() == pytest.approx([90.0, 90.0, 45.0], rel=1e-6)
    assert out.repeated["a"] == pytest.approx(135.0, rel=1e-6)
    assert out.outside["a"] == pytest.approx(0.0, abs=1e-6)
    assert len(out.overlaps) == 3


@pytest.mark.parametrize("seed", range(4))
def test_random_tilings_agree_with_the_naive_way_to_a_hundredth_of_a_square_metre(tmp_path, seed):
    land = crooked(seed)
    units = crooked_units(seed, land)
    out = tabulate(stored(tmp_path, land), units)
    assert_same(out, naive(land, units))
    assert_conserved(out, land)
    assert out.overlaps.empty
    assert out.outside.sum() > 0


@given(st.integers(0, 10_000), st.integers(2, 7), st.sampled_from([8, 32, 256]))
@settings(max_examples=12, deadline=None)
def test_whatever_the_tiling_and_the_pieces_totals_hold(tmp_path_factory, seed, count, vertices):
    land = crooked(seed, side=7)
    units = crooked_units(seed, land, count)
    # Many vertices, so that units are cut into many pieces.
    units = units.set_geometry(units.geometry.segmentize(0.0004))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("geo.unit_pieces.VERTICES", vertices)
        out = tabulate(stored(tmp_path_factory.mktemp("t"), land), units)
    assert_same(out, naive(land, units))
    assert_conserved(out, land)


def test_units_of_several_parts_with_holes_that_overlap(tmp_path):
    land = crooked(21)
    rng = np.random.default_rng(3)
    west, south, east, north = land.total_bounds
    shapes = []
    for _ in range(6):
        x, y = rng.uniform(west, east, 2), rng.uniform(south, north, 2)
        blob = shapely.union_all(shapely.buffer(shapely.points(x, y), 0.003, quad_segs=40))
        shapes.append(blob.difference(shapely.Point(x[0], y[0]).buffer(0.001)))
    units = layer(shapes, unit=np.arange(6)).set_index("unit", drop=False)
    out = tabulate(stored(tmp_path, land), units)
    assert_same(out, naive(land, units))
    assert_conserved(out, land)
    covered = naive(land, layer([shapely.union_all(np.array(shapes))], unit=[0]))
    once = out.table.sum() - out.repeated
    np.testing.assert_allclose(once.to_numpy(), covered.loc[0].to_numpy(), atol=0.05)


def test_a_sql_engine_agrees(tmp_path):
    """A third way, in another library, without any of ours: planar areas of the degrees."""
    sedonadb = pytest.importorskip("sedonadb", reason="a peer for tests only")
    land = crooked(5)
    units = crooked_units(5, land)
    land["area"] = shapely.area(land.geometry.to_numpy()) * 1e10
    source = stored(tmp_path, land)
    units.to_parquet(tmp_path / "units.parquet", index=False)
    engine = sedonadb.connect()
    engine.read_parquet(source.path).to_view("p")
    engine.read_parquet(str(tmp_path / "units.parquet")).to_view("z")
    found = engine.sql(
        "select z.unit, p.use, sum(ST_Area(ST_Intersection(p.geometry, z.geometry))) * 1e10 a "
        "from p join z on ST_Intersects(p.geometry, z.geometry) group by 1, 2"
    )
    rows = pa.table(found).to_pandas()
    table = rows.pivot_table(index="unit", columns="use", values="a").reindex(units["unit"])
    out = tabulate(source, units)
    # Shares of a cut are of areas on the ellipsoid, here of plane ones: 1e-5 within a parcel.
    np.testing.assert_allclose(
        out.table.to_numpy(), table.fillna(0.0).to_numpy(), rtol=1e-5, atol=2.0
    )


def test_the_file_and_the_frame_give_the_same(tmp_path):
    land = crooked(8)
    units = crooked_units(8, land)
    land["area"] = ellipsoidal_area_m2(land)
    one = tabulate(stored(tmp_path, land), units)
    two = area_by_class(land, units, class_column="use", area_column="area")
    pd.testing.assert_frame_equal(one.table, two.table, rtol=1e-10, atol=1e-5, check_names=False)
    pd.testing.assert_frame_equal(one.counts, two.counts, check_names=False)


def test_row_groups_without_units_and_without_shapes(tmp_path):
    land = layer([cell(0, 0), None, Polygon(), cell(0.4, 0)], use=["a", "a", "b", "b"],
                 area=[1.0, 2.0, 4.0, 8.0])  # fmt: skip
    out = tabulate(stored(tmp_path, land, rows=2), layer([cell(-0.1, -0.1, 0.2, 0.2)]))
    assert out.table.to_numpy().tolist() == [[1.0, 0.0]]
    assert out.outside.tolist() == [2.0, 12.0]
    none = tabulate(stored(tmp_path, land), layer([cell(9, 9)]).iloc[:0])
    assert none.outside.tolist() == [3.0, 12.0]
    unshaped = tabulate(stored(tmp_path, land), layer([None, Polygon()]))
    assert unshaped.table.to_numpy().sum() == 0


def test_boxes_of_single_precision_are_widened(tmp_path):
    """A box rounded to 24 bits may lie inside a unit that its parcel leaves."""
    east = next(x for x in E0 + 0.01 + np.arange(9) * 1e-6 if np.float64(np.float32(x)) < x - 2e-6)
    land = layer([box(E0, N0, east, N0 + 0.01)], use=["a"], area=[100.0])
    source = stored(tmp_path, land)
    table = pq.read_table(source.path)
    boxes = table["bbox"].combine_chunks()
    narrow = pa.StructArray.from_arrays(
        [boxes.field(k).cast(pa.float32(), safe=False) for k in range(4)],
        [boxes.type.field(k).name for k in range(4)],
    )
    at = table.schema.get_field_index("bbox")
    pq.write_table(table.set_column(at, "bbox", narrow), source.path)
    edge = (np.float64(np.float32(east)) + east) / 2
    out = tabulate(source, layer([box(E0 - 1, N0 - 1, edge, N0 + 1)]))
    assert out.table.loc[0, "a"] == pytest.approx(100.0 * (edge - E0) / (east - E0), rel=1e-7)
    assert out.table.loc[0, "a"] < 100.0 - 1e-3


def test_the_kernel_travels_and_threads_do_not_share_it(tmp_path):
    land = crooked(2)
    units = crooked_units(2, land)
    seen = []

    class Threads:
        def run(self, kernel, items):
            assert isinstance(kernel, RowGroups)
            again = pickle.loads(pickle.dumps(kernel))  # noqa: S301
            seen.append(len(items))
            with ThreadPoolExecutor(4) as pool:
                yield from pool.map(again, items)

    source = stored(tmp_path, land, rows=10)
    one, two = tabulate(source, units, executor=Here()), tabulate(source, units, executor=Threads())
    assert one.table.equals(two.table)
    assert one.outside.equals(two.outside)
    assert seen == [-(-len(land) // 10)]


def refused(code, work):
    """Rows and said values of the error that the work raises."""
    with pytest.raises(OverlayError, match=code) as caught:
        work()
    return caught.value.rows, dict(caught.value.values)


def test_files_that_do_not_serve(tmp_path):
    land = layer([cell(0, 0)], use=["a"], area=[1.0])
    units = layer([cell(0, 0)])
    source = stored(tmp_path, land)
    other = ParcelFile(source.path, "colour", "area")
    assert refused("OVL-002", lambda: tabulate(other, units))[1] == {"columns": "colour"}
    plain = tmp_path / "plain.parquet"
    land.to_parquet(plain)
    _, said = refused("OVL-002", lambda: tabulate(ParcelFile(str(plain), "use", "area"), units))
    assert "bbox.xmin" in said["columns"]
    refused("OVL-003", lambda: tabulate(source, layer([cell(0, 0)], crs=4326)))
    gone = ParcelFile(str(tmp_path / "gone.parquet"), "use", "area")
    refused("OVL-007", lambda: tabulate(gone, units))
    (tmp_path / "text.parquet").write_text("no parquet at all")
    text = ParcelFile(str(tmp_path / "text.parquet"), "use", "area")
    assert refused("OVL-007", lambda: tabulate(text, units))[1]["name"] == "text.parquet"


def test_systems_that_do_not_serve(tmp_path):
    land = layer([cell(0, 0)], use=["a"], area=[1.0])
    source = stored(tmp_path, land)
    with pytest.raises(NotGeographicError):
        tabulate(source, layer([cell(0, 0)]).to_crs(4527))
    with pytest.raises(MissingCRSError):
        tabulate(source, layer([cell(0, 0)], crs=None))
    flat = stored(tmp_path, land.to_crs(4527), name="flat.parquet")
    with pytest.raises(NotGeographicError):
        tabulate(flat, layer([cell(0, 0)]))
    table = pq.read_table(source.path)
    told = json.loads(table.schema.metadata[b"geo"])
    told["columns"]["geometry"]["crs"] = None
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(told)}), source.path)
    with pytest.raises(MissingCRSError):
        tabulate(source, layer([cell(0, 0)]))


def test_rows_that_cannot_be_counted_are_named(tmp_path):
    units = layer([cell(0, 0, 0.05, 0.05)])
    good = [cell(0.001 * i, 0) for i in range(6)]
    use, area = np.array(list("ababab"), dtype=object), np.arange(1.0, 7.0)
    missing = use.copy()
    missing[[1, 4]] = None
    land = layer(good, use=missing, area=area)
    assert refused("OVL-004", lambda: tabulate(stored(tmp_path, land, 2), units))[0] == (1, 4)
    for wrong in (np.nan, -1.0, np.inf):
        land = layer(good, use=use, area=np.r_[area[:5], wrong])
        assert refused("OVL-006", lambda: tabulate(stored(tmp_path, land, 2), units))[0] == (5,)  # noqa: B023
    bow = Polygon([(E0 - 1, N0), (E0 + 1, N0 + 1), (E0 + 1, N0), (E0 - 1, N0 + 1)])
    land = layer([*good[:3], bow, *good[4:]], use=use, area=area)
    rows, said = refused("OVL-005", lambda: tabulate(stored(tmp_path, land, 2), units))
    assert (rows, said["count"]) == ((3,), 1)


def test_broken_units_are_named(tmp_path):
    source = stored(tmp_path, layer([cell(0, 0)], use=["a"], area=[1.0]))
    bow = Polygon([(E0, N0), (E0 + 1, N0 + 1), (E0 + 1, N0), (E0, N0 + 1)])
    units = layer([cell(0, 0), bow]).rename(index={1: "Z9"})
    assert refused("OVL-008", lambda: tabulate(source, units))[0] == ("Z9",)


def test_classes_of_numbers(tmp_path):
    land = layer([cell(0, 0), cell(0.02, 0)], use=[601, 1201], area=[1.0, 2.0])
    out = tabulate(stored(tmp_path, land), layer([cell(-1, -1, 3, 3)]))
    assert out.table.columns.tolist() == [601, 1201]
    assert out.table.to_numpy().tolist() == [[1.0, 2.0]]
