"""Supplies shared out among batches by where they lie: known squares, sums, a second engine."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import box

from analytics.allocation import SLIVER_M2, allocate, batch_outlines, unlinked
from geo.errors import NotGeographicError, SchemaError
from geo.overlay import OverlayError

E0, N0 = 115.0, 28.0
SIDE = 0.001


def cell(x, y=0.0, w=1.0, h=1.0):
    """A rectangle in steps of 0.001 degrees."""
    return box(E0 + x * SIDE, N0 + y * SIDE, E0 + (x + w) * SIDE, N0 + (y + h) * SIDE)


def layer(column, **shapes):
    return gpd.GeoDataFrame(
        {column: pd.array(list(shapes), dtype="string")}, geometry=list(shapes.values()), crs=4490
    )


def supplies(**areas):
    return pd.DataFrame(
        {
            "supply_no": pd.array(list(areas), dtype="string"),
            "batch_id": pd.array([None] * len(areas), dtype="string"),
            "county_adcode": "360112",
            "supplied_m2": list(areas.values()),
        },
        index=range(10, 10 + len(areas)),
    )


def told(out):
    links = out.links
    return {
        (no, batch): round(area, 2)
        for no, batch, area in zip(
            links["supply_no"], links["batch_id"], links["area_m2"], strict=True
        )
    }


# Two batches side by side, each two steps wide.
BATCHES = layer("batch_id", A=cell(0, 0, 2, 2), B=cell(2, 0, 2, 2))


def test_inside_across_half_outside_and_away():
    ground = layer(
        "supply_no", s1=cell(0, 0), s2=cell(1.5, 0), s3=cell(3.25, 0), s4=cell(9, 9), s5=cell(2, 0)
    )
    mine = supplies(s1=1000.0, s2=1000.0, s3=1000.0, s4=1000.0, s5=7.0, s6=500.0)
    out = allocate(mine, ground, BATCHES)
    assert told(out) == {
        ("s1", "A"): 1000.0,
        ("s2", "A"): 500.0,
        ("s2", "B"): 500.0,
        ("s3", "B"): 750.0,
        ("s5", "B"): 7.0,
    }
    assert out.links["link_id"].tolist() == ["s1/A", "s2/A", "s2/B", "s3/B", "s5/B"]
    assert set(out.links["county_adcode"]) == {"360112"}
    rest = out.remainder
    assert rest.index.tolist() == mine.index.tolist()
    assert rest["why"].tolist() == ["", "", "outside", "outside", "", "no_parcel"]
    assert rest["outside_m2"].tolist() == pytest.approx([0, 0, 250.0, 1000.0, 0, 500.0], abs=1e-3)
    assert rest["contested_m2"].tolist() == [0.0] * 6


def test_what_lies_in_two_outlines_is_given_to_nobody():
    outlines = layer("batch_id", A=cell(0, 0, 2, 1), B=cell(1, 0, 2, 1))
    ground = layer("supply_no", s1=cell(0.5, 0, 2, 1), s2=cell(1, 0))
    out = allocate(supplies(s1=2000.0, s2=100.0), ground, outlines)
    assert told(out) == {("s1", "A"): 500.0, ("s1", "B"): 500.0}
    assert out.remainder["contested_m2"].tolist() == pytest.approx([1000.0, 100.0], abs=1e-3)
    assert out.remainder["outside_m2"].tolist() == pytest.approx([0.0, 0.0], abs=1e-3)
    assert out.remainder["why"].tolist() == ["contested", "contested"]


def test_three_outlines_over_one_place_are_contested_once():
    outlines = layer("batch_id", A=cell(0, 0, 2, 1), B=cell(1, 0, 2, 1), C=cell(1, 0, 1, 1))
    out = allocate(supplies(s1=300.0), layer("supply_no", s1=cell(0, 0, 3, 1)), outlines)
    assert told(out) == {("s1", "A"): 100.0, ("s1", "B"): 100.0}
    assert out.remainder["contested_m2"].tolist() == pytest.approx([100.0], abs=1e-3)


@pytest.mark.parametrize(("over", "linked"), [(SLIVER_M2 * 1.01, True), (SLIVER_M2 * 0.99, False)])
def test_slivers_are_no_links(over, linked):
    """A parcel of 1,000 m2 that reaches into the next batch by about a square metre."""
    ground = layer("supply_no", s1=cell(1 + over / 1000, 0))
    out = allocate(supplies(s1=1000.0), ground, BATCHES)
    assert (("s1", "B") in told(out)) == linked
    left = out.remainder.iloc[0]
    assert left["allocated_m2"] + left["outside_m2"] == pytest.approx(1000.0, abs=1e-9)
    assert left["why"] == ""


def test_parcels_of_a_supply_and_outlines_of_a_batch_count_together():
    ground = pd.concat([layer("supply_no", s1=cell(0, 0)), layer("supply_no", s1=cell(2, 0))])
    parts = pd.concat([BATCHES, layer("batch_id", B=cell(4, 0)), layer("batch_id", B=cell(4, 1))])
    assert told(allocate(supplies(s1=10.0), ground, parts)) == {("s1", "A"): 5.0, ("s1", "B"): 5.0}
    again = batch_outlines(parts)
    assert again["batch_id"].tolist() == ["A", "B"]
    assert again.geometry.iloc[1].equals(shapely.union_all(parts.geometry.to_numpy()[1:]))


def test_outlines_leave_out_parcels_without_a_batch_or_a_shape():
    frame = layer("batch_id", A=cell(0, 0), B=cell(1, 0), C=cell(2, 0))
    frame.loc[1, "batch_id"] = None
    frame.loc[2, "geometry"] = None
    assert batch_outlines(frame)["batch_id"].tolist() == ["A"]


def test_only_supplies_that_nothing_says_anything_about_are_unlinked():
    mine = supplies(s1=1.0, s2=1.0, s3=1.0)
    mine.loc[10, "batch_id"] = "A"
    links = pd.DataFrame({"supply_no": ["s3"]})
    assert unlinked(mine)["supply_no"].tolist() == ["s2", "s3"]
    assert unlinked(mine, links)["supply_no"].tolist() == ["s2"]


def test_nothing_to_share_out():
    out = allocate(supplies(), layer("supply_no", s1=cell(0, 0)), BATCHES)
    assert out.links.empty
    assert out.remainder.empty
    none = allocate(supplies(s1=5.0), layer("supply_no", s1=cell(0, 0)), BATCHES.iloc[:0])
    assert none.remainder["why"].tolist() == ["outside"]


def test_layers_that_do_not_fit_are_refused():
    ground = layer("supply_no", s1=cell(0, 0))
    with pytest.raises(OverlayError, match="one system"):
        allocate(supplies(s1=1.0), ground.to_crs(4326), BATCHES)
    with pytest.raises(NotGeographicError):
        allocate(supplies(s1=1.0), ground.to_crs(4526), BATCHES.to_crs(4526))
    bow = shapely.Polygon([(E0, N0), (E0 + SIDE, N0 + SIDE), (E0 + SIDE, N0), (E0, N0 + SIDE)])
    with pytest.raises(OverlayError, match="invalid") as refusal:
        allocate(supplies(s1=1.0), layer("supply_no", s1=bow), BATCHES)
    assert refusal.value.rows == (0,)
    with pytest.raises(SchemaError, match="batch_id"):
        batch_outlines(ground)


@given(
    st.lists(
        st.tuples(st.floats(0, 8), st.floats(0, 3), st.floats(0.1, 3), st.floats(0.1, 3)),
        min_size=1,
        max_size=6,
    ),
    st.lists(st.tuples(st.floats(0, 8), st.floats(0.5, 4)), min_size=1, max_size=4),
)
def test_every_square_metre_is_somewhere(grounds, strips):
    mine = {f"s{i}": cell(*place) for i, place in enumerate(grounds)}
    outlines = {f"b{i}": cell(west, -1, wide, 9) for i, (west, wide) in enumerate(strips)}
    areas = {name: 1000.0 * (i + 1) for i, name in enumerate(mine)}
    out = allocate(supplies(**areas), layer("supply_no", **mine), layer("batch_id", **outlines))
    rest = out.remainder
    parts = rest["allocated_m2"] + rest["outside_m2"] + rest["contested_m2"]
    assert parts.tolist() == pytest.approx(rest["supplied_m2"].tolist(), abs=0.01)
    assert (rest[["allocated_m2", "contested_m2"]] >= 0).all(axis=None)
    assert rest["outside_m2"].min() > -0.01
    by_links = out.links.groupby("supply_no")["area_m2"].sum().reindex(rest["supply_no"])
    assert by_links.fillna(0.0).tolist() == pytest.approx(rest["allocated_m2"].tolist())


def test_geopandas_gives_the_same_shares():
    """Rotated and slanted shapes, cut by the overlay of geopandas in metres."""
    rng = np.random.default_rng(7)
    shapes = {}
    for i in range(60):
        x, y = rng.uniform(-0.5, 3.5, 2)
        shapes[f"s{i}"] = shapely.affinity.rotate(cell(x, y, 0.8, 0.5), rng.uniform(0, 180))
    outlines = {
        f"b{i}{j}": shapely.affinity.skew(cell(i, j), 10, 5, origin=(E0, N0))
        for i in range(4)
        for j in range(4)
    }
    ground, batches = layer("supply_no", **shapes), layer("batch_id", **outlines)
    mine = supplies(**dict.fromkeys(shapes, 10_000.0))
    out = allocate(mine, ground, batches)
    cut = gpd.overlay(ground.to_crs(4526), batches.to_crs(4526), how="intersection")
    whole = ground.to_crs(4526).set_index("supply_no").area
    share = cut.area / cut["supply_no"].map(whole)
    expected = (share * 10_000.0).groupby([cut["supply_no"], cut["batch_id"]]).sum()
    expected = expected[expected >= SLIVER_M2 * 1.5]
    found = out.links.set_index(["supply_no", "batch_id"])["area_m2"]
    assert found.reindex(expected.index).tolist() == pytest.approx(expected.tolist(), abs=0.01)
    assert set(expected.index) <= set(found.index)
