"""Land use: classes map completely, tables add up."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import box

from analytics.land_use import (
    by_outline,
    by_unit,
    change_in_groups,
    changed_area,
    in_groups,
    legend_groups,
    net_change,
    share_of,
    wide,
)
from domain import reference
from domain.land_classes import (
    GROUP_OF,
    GROUPS,
    UnknownLandClassError,
    cover_groups,
    groups,
    sources,
)
from domain.parcels import AREA
from domain.rules import load_rules
from geo.errors import SchemaError
from layers.catalogue.parcels import land_use, parcel_status
from layers.palette import LAND, STATUS
from tests.land_world import DEGREE, parcels

COVER = load_rules("land_cover", as_of=dt.date(2024, 1, 1))


def test_every_class_of_the_reference_has_a_group_with_a_colour():
    used = set(reference.table("land_classes")["analysis_class"])
    assert used == set(GROUP_OF)
    assert set(GROUP_OF.values()) <= set(LAND)
    assert tuple(LAND) == GROUPS


def test_groups_keep_the_index_and_name_missing_and_unknown():
    values = pd.Series(["grassland", None, "mining"], index=[5, 6, 7], dtype="string")
    out = groups(values)
    assert out.to_dict() == {5: "grass", 6: "unknown", 7: "other_built"}
    with pytest.raises(UnknownLandClassError) as caught:
        groups(pd.Series(["forest", "moon"], index=["a", "b"]))
    assert caught.value.rows == ("b",)


@pytest.mark.parametrize("source", sources(COVER))
def test_every_pixel_code_has_a_group(source):
    found = cover_groups(source, COVER)
    assert set(found.values()) <= set(GROUPS)
    assert 0 not in found  # zero is no data in both products


def test_products_and_their_codes_are_not_mixed_up():
    assert cover_groups("clcd", COVER)[8] == "other_built"
    assert cover_groups("WorldCover", COVER)[50] == "other_built"
    with pytest.raises(UnknownLandClassError, match="GLC"):
        cover_groups("GLC", COVER)
    assert {1, 8} <= set(cover_groups("CLCD", COVER))
    assert 50 not in cover_groups("CLCD", COVER)


@pytest.fixture
def land():
    world = parcels(
        [
            {"analysis_class": "industrial", "zone_id": "z1"},
            {"analysis_class": "utility", "zone_id": "z1"},
            {"analysis_class": "green", "zone_id": "z1"},
            {"analysis_class": "industrial", "zone_id": "z2"},
            {"zone_id": None},
        ]
    )
    world[AREA] = [10.0, 2.0, 3.0, 5.0, 1.0]
    return world


def test_areas_by_unit_and_group(land):
    out = by_unit(land, by="zone_id")
    rows = out.set_index(["unit", "land_class"])
    assert rows.loc[("z1", "public"), "area_m2"] == 5.0
    assert rows.loc[("z1", "public"), "count"] == 2
    assert rows.loc[("z1", "industrial"), "share"] == pytest.approx(2 / 3)
    assert rows.loc[("", "unknown"), "area_m2"] == 1.0
    assert out["area_m2"].sum() == 21.0
    assert out["count"].sum() == 5


def test_finer_classes_keep_the_same_total(land):
    out = by_unit(land, by="zone_id", detail="class")
    assert set(out["land_class"]) == {"industrial", "utility", "green", "unknown"}
    assert out["area_m2"].sum() == 21.0


def test_the_wide_table_has_row_sums(land):
    out = wide(by_unit(land, by="zone_id"))
    assert out.columns.tolist() == ["industrial", "public", "unknown", "total"]
    assert out.index.tolist() == ["z1", "z2", ""]
    assert out["total"].tolist() == [15.0, 5.0, 1.0]
    counts = wide(by_unit(land, by=None), "count")
    assert counts.loc["", "total"] == 5


def test_the_share_of_one_class(land):
    out = share_of(by_unit(land, by="zone_id"), "industrial")
    assert out["area_m2"].to_dict() == {"": 0.0, "z1": 10.0, "z2": 5.0}
    assert out["share"].to_dict() == pytest.approx({"": 0.0, "z1": 2 / 3, "z2": 1.0})
    assert out.loc["", "count"] == 0


def test_the_area_that_changed():
    assert changed_area(pd.DataFrame([[5.0, 1.0], [2.0, 2.0]])) == (3.0, 0.3)
    changed, share = changed_area(pd.DataFrame(dtype=float))
    assert (changed, pd.isna(share)) == (0.0, True)


def test_each_year_may_have_its_own_class_list():
    matrix = pd.DataFrame([[0.0, 3.0], [0.0, 0.0]], index=[1, 50], columns=[1, 50])
    out = change_in_groups(matrix, {1: "cropland"}, {50: "other_built"})
    assert out.loc["cropland", "other_built"] == 3.0
    assert out.to_numpy().sum() == 3.0


def test_missing_columns_are_named(land):
    with pytest.raises(SchemaError, match="analysis_class"):
        by_unit(land.drop(columns="analysis_class"), by="zone_id")


def test_pixel_codes_in_groups():
    table = pd.DataFrame({1: [4.0, 0.0], 2: [1.0, 1.0], 3: [2.0, 0.0]}, index=["u", "v"])
    out = in_groups(table, cover_groups("CLCD", COVER))
    assert out.columns.tolist() == ["cropland", "forest"]
    assert out["forest"].tolist() == [3.0, 1.0]
    with pytest.raises(UnknownLandClassError, match="77"):
        in_groups(table.rename(columns={3: 77}), cover_groups("CLCD", COVER))


def test_change_in_groups_and_net():
    codes = [1, 2, 3, 8]
    cells = np.array([[5, 0, 0, 3], [0, 4, 1, 2], [0, 1, 1, 0], [0, 0, 0, 7]])
    matrix = pd.DataFrame(cells, index=codes, columns=codes)
    out = change_in_groups(matrix, cover_groups("CLCD", COVER))
    assert out.index.tolist() == out.columns.tolist() == ["other_built", "cropland", "forest"]
    assert out.loc["forest", "forest"] == 7  # forest and shrub are one group
    assert out.to_numpy().sum() == cells.sum()
    net = net_change(out)
    assert net.loc["other_built", ["before", "after", "gained", "net"]].tolist() == [7, 12, 5, 5]
    assert net.loc["cropland", "lost"] == 3
    assert net["net"].sum() == 0
    assert (net["gained"] - net["lost"] == net["net"]).all()
    assert net.loc["cropland", "share"] == pytest.approx(-3 / 8)


def test_a_class_that_is_new_has_no_share():
    matrix = pd.DataFrame([[0, 0], [2, 1]], index=[8, 1], columns=[8, 1])
    net = net_change(change_in_groups(matrix, cover_groups("CLCD", COVER)))
    assert pd.isna(net.loc["other_built", "share"])


def test_layers_know_every_status_and_group():
    assert {c.key for c in parcel_status().classes} == set(STATUS)
    assert {c.key for c in land_use().classes} == set(LAND)
    hatched = [c.key for c in parcel_status().classes if c.symbol.hatch]
    assert hatched == ["unsupplied"]


def test_a_registered_legend_gives_groups():
    assert legend_groups({4: "grassland", 8: "built_mixed"}) == {4: "grass", 8: "other_built"}
    with pytest.raises(UnknownLandClassError, match="moon"):
        legend_groups({1: "moon"})


def test_outlines_count_land_that_names_no_unit(land):
    outlines = gpd.GeoDataFrame(
        {"zone_id": ["east", "west"]},
        geometry=[
            box(115.0 + 2.5 * DEGREE, 28.0, 115.0 + 4 * DEGREE, 28.1),
            box(115.0, 28.0 - 0.1, 115.0 + 2 * DEGREE, 28.1),
        ],
        crs=4490,
    )
    out = by_outline(land, outlines, unit_column="zone_id").set_index(["unit", "land_class"])
    assert out.loc[("west", "industrial"), "area_m2"] == pytest.approx(10.0)
    assert out.loc[("west", "public"), "area_m2"] == pytest.approx(2.0)
    assert out.loc[("east", "public"), "area_m2"] == pytest.approx(1.5, rel=1e-4)
    assert out.loc[("east", "industrial"), "count"] == 1
    assert out.loc[("", "public"), "area_m2"] == pytest.approx(1.5, rel=1e-4)
    assert out.loc[("", "unknown"), "area_m2"] == pytest.approx(1.0)
    assert out["area_m2"].sum() == pytest.approx(21.0)
    assert out.groupby("unit")["share"].sum().to_numpy() == pytest.approx(1.0)
    fine = by_outline(land, outlines, unit_column="zone_id", detail="class")
    assert fine["area_m2"].sum() == pytest.approx(21.0)


def test_without_outlines_all_land_is_outside(land):
    outlines = gpd.GeoDataFrame({"zone_id": []}, geometry=[], crs=4490)
    out = by_outline(land, outlines, unit_column="zone_id")
    assert set(out["unit"]) == {""}
    assert out["area_m2"].sum() == pytest.approx(21.0)
