"""Adjusted boundaries: rectangles known by hand, every identity broken once on either side."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Polygon, box

from domain import reference
from geo.area import ellipsoidal_area_m2
from geo.errors import MissingCRSError, NotGeographicError
from geo.zone_adjustment import ZoneAdjustmentError, adjust

E0, N0, STEP = 115.0, 28.0, 0.001
METRE = 1e-5 / 1.1
TOLERANCE = 0.02


def cells(column, row, width=1.0, height=1.0):
    west, south = E0 + column * STEP, N0 + row * STEP
    return box(west, south, west + width * STEP, south + height * STEP)


def layer(*rows, crs=4490):
    return gpd.GeoDataFrame(
        {"zone_id": pd.array([zone for zone, _ in rows], dtype="str")},
        geometry=[shape for _, shape in rows],
        index=[f"r{i}" for i in range(len(rows))],
        crs=crs,
    )


OLD = layer(("A", cells(0, 0, 10, 10)), ("B", cells(20, 0, 5, 5)))


def work(removed=(), expanded=(), old=OLD, **options):
    return adjust(
        old, removed=layer(*removed), expanded=layer(*expanded), tolerance_ha=TOLERANCE, **options
    )


def refused(code, *given, **options):
    with pytest.raises(ZoneAdjustmentError, match=code) as caught:
        work(*given, **options)
    return list(caught.value.rows)


def hectares(shape):
    dense = shapely.segmentize(shape, STEP)
    return ellipsoidal_area_m2(gpd.GeoDataFrame(geometry=[dense], crs=4490))[0] / 10_000


def test_taken_out_and_added():
    out = work([("A", cells(8, 0, 2, 10))], [("A", cells(10, 0, 2, 4)), ("A", cells(0, 10, 3, 1))])
    expected = cells(0, 0, 8, 10).union(cells(10, 0, 2, 4)).union(cells(0, 10, 3, 1))
    assert out.zones.geometry.iloc[0].symmetric_difference(expected).area < 1e-15
    assert out.zones.geometry.iloc[0].geom_type == "MultiPolygon"
    assert out.zones.geometry.iloc[1].equals(OLD.geometry.iloc[1])
    assert out.zones.index.tolist() == ["r0", "r1"]
    row = out.areas.iloc[0]
    assert row["old_ha"] == pytest.approx(hectares(cells(0, 0, 10, 10)))
    assert row["removed_ha"] == pytest.approx(hectares(cells(8, 0, 2, 10)))
    assert row["new_ha"] == pytest.approx(hectares(expected), abs=1e-3)
    assert abs(row["difference_ha"]) < 1e-3
    assert out.areas.iloc[1].tolist()[1:3] == [0.0, 0.0]


def test_land_taken_out_may_be_added_back():
    out = work([("A", cells(0, 0, 5, 10))], [("A", cells(0, 0, 5, 10))])
    assert out.zones.geometry.iloc[0].symmetric_difference(OLD.geometry.iloc[0]).area < 1e-15


def test_no_parts_change_nothing():
    out = work()
    assert out.zones.geometry.iloc[0].equals(OLD.geometry.iloc[0])
    assert out.areas["difference_ha"].tolist() == pytest.approx([0.0, 0.0], abs=1e-9)


def strip(beyond_m2):
    """The eastern column of A, and so many square metres beyond its edge."""
    width = beyond_m2 / (10 * STEP / METRE) * METRE / STEP
    return cells(9, 0, 1 + width, 10)


@pytest.mark.parametrize(("beyond", "good"), [(0.0, True), (0.7, True), (2.0, False)])
def test_removed_land_lies_inside(beyond, good):
    given_ = [("A", cells(0, 0)), ("A", strip(beyond))]
    if good:
        work(given_)
    else:
        assert refused("ADJ-002", given_) == ["r1"]


def test_land_of_another_zone_cannot_be_removed():
    assert refused("ADJ-002", [("A", cells(20, 0))]) == ["r0"]


@pytest.mark.parametrize(("into", "good"), [(0.0, True), (0.7, True), (2.0, False)])
def test_added_land_does_not_lie_on_land_that_stays(into, good):
    width = into / (10 * STEP / METRE) * METRE / STEP
    given_ = [("A", cells(10 - width, 0, 1 + width, 10))]
    if good:
        work([], given_)
    else:
        assert refused("ADJ-003", [], given_) == ["r0"]


def test_areas_are_held_against_the_approval():
    added = [("A", cells(10, 0, 1, 10))]
    after = hectares(cells(0, 0, 11, 10))
    for off, good in ((0.0, True), (TOLERANCE * 0.98, True), (TOLERANCE * 1.02, False)):
        stated = pd.Series({"A": after + off})
        if good:
            work([], added, stated_ha=stated)
        else:
            assert refused("ADJ-004", [], added, stated_ha=stated) == ["A"]


def test_broken_and_missing_outlines():
    bow = Polygon([(E0, N0), (E0 + STEP, N0 + STEP), (E0 + STEP, N0), (E0, N0 + STEP)])
    line = shapely.LineString([(E0, N0), (E0 + 1, N0)])
    for bad in (bow, Polygon(), None, line):
        assert refused("ADJ-005", [], [("A", cells(10, 0)), ("A", bad)]) == ["r1"]
    assert refused("ADJ-005", old=layer(("A", bow))) == ["r0"]


def test_zones_without_a_boundary_or_with_two():
    assert refused("ADJ-006", [], [("C", cells(30, 0))]) == ["C"]
    assert refused("ADJ-006", [("D", cells(0, 0))]) == ["D"]
    assert refused("ADJ-006", old=layer(("A", cells(0, 0)), ("A", cells(3, 0)))) == ["A"]


def test_parts_that_overlap_each_other():
    twice = [("A", cells(10, 0, 2, 2)), ("A", cells(11, 1, 2, 2)), ("A", cells(13, 5))]
    assert refused("ADJ-007", [], twice) == ["r0", "r1"]
    out = [("A", cells(0, 0, 2, 2)), ("A", cells(1, 1, 2, 2))]
    assert refused("ADJ-007", out) == ["r0", "r1"]
    work([], [("A", cells(10, 0, 2, 2)), ("A", cells(12, 0, 2, 2))])


def test_nothing_left():
    assert refused("ADJ-008", [("B", cells(20, 0, 5, 5))]) == ["B"]
    work([("B", cells(20, 0, 5, 5))], [("B", cells(30, 0))])


def test_land_of_a_neighbour_cannot_be_added():
    assert refused("ADJ-009", [], [("A", cells(20, 0))]) == ["A", "B"]
    assert refused("ADJ-009", [], [("A", cells(12, 0)), ("B", cells(12, 0))]) == ["A", "B"]
    # A neighbour may give the land at the same time.
    work([("B", cells(20, 0))], [("A", cells(20, 0))])
    # Zones that overlapped before are not this adjustment's doing.
    work([("A", cells(0, 0))], old=layer(("A", cells(0, 0, 9, 9)), ("B", cells(5, 5, 9, 9))))


def test_systems_that_do_not_serve():
    with pytest.raises(NotGeographicError):
        work(old=OLD.to_crs(4527))
    with pytest.raises(MissingCRSError):
        adjust(
            layer(("A", cells(0, 0)), crs=None), removed=layer(), expanded=layer(), tolerance_ha=1.0
        )


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), unique=True, max_size=20),
    st.lists(st.tuples(st.integers(0, 19), st.integers(0, 9)), unique=True, max_size=30),
)
@settings(max_examples=40, deadline=None)
def test_cells_taken_out_and_added_are_a_matter_of_sets(out, more):
    """The second engine is set arithmetic on cells."""
    whole = {(x, y) for x in range(10) for y in range(10)}
    added = [cell for cell in more if cell not in whole - set(out)]
    expected = (whole - set(out)) | set(added)
    found = work(
        [("A", cells(*cell)) for cell in out], [("A", cells(*cell)) for cell in added]
    ).zones.geometry.iloc[0]
    points = {
        (x, y)
        for x in range(20)
        for y in range(10)
        if found.covers(cells(x + 0.4, y + 0.4, 0.2, 0.2))
    }
    assert points == expected


@pytest.mark.parametrize("row", range(9))
def test_the_nine_approved_adjustments_as_outlines(row):
    """Rectangles of the published areas: the new outline has the published new area."""
    published = reference.table("boundary_adjustments").iloc[row]
    unit = hectares(cells(0, 0, 1, 10)) / 10.0

    def wide(ha):
        return ha / unit / 10.0

    old, gone, more = (
        wide(float(published[name])) for name in ("old_ha", "removed_ha", "expanded_ha")
    )
    removed = [("A", cells(old - gone, 0, gone, 10))] if gone else []
    out = work(
        removed, [("A", cells(old, 0, more, 10))], old=layer(("A", cells(0, 0, old, 10))),
        stated_ha=pd.Series({"A": float(published["new_ha"])}),
    )  # fmt: skip
    assert out.areas["new_ha"].iloc[0] == pytest.approx(float(published["new_ha"]), abs=TOLERANCE)
    assert abs(out.areas["difference_ha"].iloc[0]) <= TOLERANCE


def blob(x, y, radius, seed):
    """A crooked outline about a place in steps."""
    rng = np.random.default_rng(seed)
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    reach = radius * rng.uniform(0.6, 1.0, 24) * STEP
    return Polygon(
        np.c_[E0 + x * STEP + reach * np.cos(angle), N0 + y * STEP + reach * np.sin(angle)]
    )


@pytest.mark.parametrize("seed", range(6))
def test_a_sql_engine_has_the_same_outlines(seed):
    """A second engine: (old \\ removed) + expanded as SQL, and the identities of the areas."""
    sedonadb = pytest.importorskip("sedonadb", reason="a peer for tests only")
    old, out = blob(0, 0, 10, seed), blob(-8, 2, 5, seed + 50)
    removed = old & out
    expanded = blob(8, 1, 6, seed + 100) - (old - out)
    found = work([("A", removed)], [("A", expanded)], old=layer(("A", old)))
    engine = sedonadb.connect()
    old_, removed_, expanded_ = (
        f"ST_GeomFromText('{shape.wkt}')" for shape in (old, removed, expanded)
    )
    query = f"select ST_AsBinary(ST_Union(ST_Difference({old_}, {removed_}), {expanded_})) as g"
    second = shapely.from_wkb(pa.table(engine.sql(query))["g"][0].as_py())
    new = found.zones.geometry.iloc[0]
    assert new.symmetric_difference(second).area < 1e-9 * new.area
    areas = found.areas.iloc[0]
    assert areas["new_ha"] == pytest.approx(
        areas["old_ha"] + areas["expanded_ha"] - areas["removed_ha"], abs=1e-6
    )
    assert areas["new_ha"] == pytest.approx(hectares(second), rel=1e-9)
    kept = old - removed
    assert (expanded & kept).area < 1e-9 * expanded.area
    assert removed.difference(old).area < 1e-9 * removed.area
