from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from domain import boundaries
from domain.i18n import translator
from export import base
from export.inset import LEAST_GAIN, Cluster, arrange, clusters
from export.panels import legend_rows
from export.region import Region
from export.statistics import MOST_UNITS, statistics_panel, unit_names
from tests.sheet_world import SPEC, bound, sheet, squares

T = translator("zh_CN")


def test_every_boundary_is_drawn_once():
    lines = base._lines()
    counties = shapely.union_all(shapely.boundary(boundaries.layer("county").geometry.to_numpy()))
    between = [lines["prefecture"], lines["county"]]
    outline = shapely.boundary(boundaries.geometry_of("360000"))
    assert sum(line.length for line in between) + outline.length == pytest.approx(
        counties.length, rel=1e-3
    )
    assert shapely.intersection(*between).length == 0
    assert shapely.intersection(lines["county"], lines["province"]).length == 0


def test_ranks_are_those_that_the_view_shows():
    assert base.ranks_present(sheet("江西").view) == ["province", "prefecture", "county"]
    inner = Region.zone("z", "甲", shapely.box(115.0, 26.9, 115.01, 26.91))
    assert "province" not in base.ranks_present(replace(sheet(layers=()), region=inner).view)


def test_names_of_the_ground_know_their_role():
    found = {p.name: p.role for p in base.places(Region.of("赣州"), sheet("赣州").view)}
    assert found["兴国县"] == "inside"
    assert found["吉安市"] == "around"
    assert found["福建省"] == "neighbour"
    assert "赣州市" not in found


def test_places_lie_on_the_map():
    _, _, width, height = sheet("赣州").view.paper
    for place in base.places(Region.of("赣州"), sheet("赣州").view):
        assert 0 < place.x < width
        assert 0 < place.y < height


def test_units_are_ordered_by_area_with_their_extent():
    frame = pd.concat([squares(["idle"]), squares(["idle"] * 3, south=25.90)], ignore_index=True)
    layer = SPEC.bind(gpd.GeoDataFrame(frame, crs=4490))
    of = sheet(layers=(layer,))
    names = pd.Series(["small", "large", "large", "large"])
    large, small = clusters(layer, names, of.view)
    assert (large.name, small.name) == ("large", "small")
    assert large.bounds[2] - large.bounds[0] > 2 * (small.bounds[2] - small.bounds[0])


def found_at(of, *places, side=800.0):
    """Clusters of ``side`` metres at shares of the map."""
    left, low, right, high = of.view.extent
    out = []
    for i, (x, y) in enumerate(places):
        at = left + x * (right - left), low + y * (high - low)
        out.append(Cluster(f"u{i}", (*at, at[0] + side, at[1] + side)))
    return out


@pytest.mark.parametrize("orientation", ["landscape", "portrait"])
def test_enlargements_stand_in_the_map_apart_and_cover_no_feature(orientation):
    of = sheet(orientation=orientation)
    units = found_at(of, (0.5, 0.5), (0.55, 0.6), (0.02, 0.02))
    room = of.rooms.map
    insets = arrange(units, of.region.geometry, of.view, room, k=1.0)
    assert 1 <= len(insets) <= 2
    for inset in insets:
        box = inset.box
        assert room.x < box.x < box.right < room.right
        assert room.y < box.y < box.top < room.top
        paper = np.array([[box.x - room.x, box.y - room.y], [box.right - room.x, box.top - room.y]])
        ground = shapely.box(*of.view.to_ground(paper).ravel())
        assert not any(shapely.box(*unit.bounds).intersects(ground) for unit in units)
    if len(insets) == 2:
        a, b = (i.box for i in insets)
        assert a.right <= b.x or b.right <= a.x or a.top <= b.y or b.top <= a.y


def test_an_enlargement_shows_its_whole_unit_at_a_true_scale():
    of = sheet()
    (unit,) = found_at(of, (0.5, 0.5))
    (inset,) = arrange([unit], of.region.geometry, of.view, of.rooms.map, k=1.0)
    left, low, right, high = inset.view.extent
    assert left <= unit.bounds[0]
    assert low <= unit.bounds[1]
    assert right >= unit.bounds[2]
    assert high >= unit.bounds[3]
    assert (right - left) * 1000 / inset.map.width == pytest.approx(inset.view.denominator)
    assert inset.view.denominator * LEAST_GAIN <= of.view.denominator


def test_a_unit_that_fills_the_map_is_not_enlarged():
    of = sheet()
    left, low, right, high = of.view.extent
    whole = Cluster("all", (left, low, right, high))
    assert arrange([whole], of.region.geometry, of.view, of.rooms.map, k=1.0) == []


def test_the_box_of_statistics_adds_up_to_the_legend():
    layer = bound()
    panel = statistics_panel((layer,), Region.of("赣州"), T, "ha")
    assert [row.label for row in panel.rows] == ["县（市、区）", "章贡区", "合计"]
    assert panel.rows[1].cells == ("3", "12.00")
    assert panel.rows[2].cells == ("3", "12.00")
    assert any("椭球面积" in note for note in panel.notes)
    assert any("疑似" in note for note in panel.notes)


def test_more_units_than_room_are_summed():
    counties = boundaries.layer("county")
    codes = counties.loc[counties["city_adcode"] == "360700", "adcode"].tolist()
    frame = pd.concat([squares(["idle"], county=code) for code in codes], ignore_index=True)
    layer = SPEC.bind(gpd.GeoDataFrame(frame, crs=4490))
    rows = statistics_panel((layer,), Region.of("赣州"), T, "ha").rows
    assert len(rows) == MOST_UNITS + 3
    rest = rows[-2]
    assert rest.label == f"其余 {len(codes) - MOST_UNITS} 个"
    assert rest.cells[0] == str(len(codes) - MOST_UNITS)
    assert rows[-1].cells[0] == str(len(codes))


def test_parcels_without_a_unit_are_counted_apart():
    frame = squares()
    frame["zone_id"] = ["jx-ganzhou-etdz", None, None]
    names = unit_names(frame, Region.of("章贡区"), T)
    assert names.tolist() == ["赣州经济技术开发区", "未落入开发区", "未落入开发区"]
    assert unit_names(frame.drop(columns="zone_id"), Region.of("章贡区"), T) is None


def test_legend_rows_end_with_the_boundary_symbols():
    rows = legend_rows((bound(),), ["province", "county"], T, "mu")
    assert rows[0].cells == ("宗数", "面积/亩")
    assert rows[1].cells == ("2", "120.0")
    assert [row.label for row in rows[-2:]] == ["省级界", "县级界"]
    assert rows[-1].symbol == base.SYMBOLS["county"]


def test_boundary_symbols_are_told_apart_by_their_dashes():
    dots = {rank: len(symbol.dash) // 2 - 1 for rank, symbol in base.SYMBOLS.items()}
    assert dots == {"province": 2, "prefecture": 1, "county": 0}
