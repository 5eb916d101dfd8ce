"""Maps of scenarios: outlines of their version, enlargements, small maps side by side."""

from __future__ import annotations

import datetime as dt
import io

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely

from analytics.consolidation.outline import STEPS, adds_up, placed, zone_outlines
from analytics.consolidation.scenario import Basis, LandKept, from_json
from analytics.consolidation.scenario_compare import compare, marks, place_of
from analytics.consolidation.task import Conditions
from domain import reference
from domain.i18n import translator
from export import scenario_compare_map as compare_map
from export import scenario_map
from export.paper import Box
from export.region import Region
from export.scenario_annex import annex
from export.scenario_compare_file import comparison_workbook
from export.scenario_compare_map import draw_comparison, legend, small_maps
from export.scenario_inset import arithmetic, enlargements
from export.scenario_map import LEGIBLE_MM, MOST_INSETS, draw_units, drawing
from export.scenario_outlines import ScenarioOutlines, changes, no_outlines, outlines_of, units_of
from export.scenario_words import Words
from export.scenario_workbook import scenario_workbook
from export.sheet import view_of
from geo.area import ellipsoidal_areas
from geo.errors import GanyuanError
from layers.catalogue.consolidation import unit_outlines
from layers.legend import legend_html
from layers.sheet import View
from store import Scenario as Saved
from store import Store, Viewer
from tests.scenario_world import BASIS, PAIR, PLACE, made

ZH = translator("zh_CN")
WHO = Viewer("t")
DAY = dt.date(2026, 11, 26)
KM = 0.01  # degrees, about a kilometre


def footprints(side=KM, **given):
    """Outlines of the zones of a prefecture: squares at their seats, side by side at one seat."""
    zones = reference.zones().query("geometry.notna() and prefecture_adcode == @PLACE")
    nth = zones.groupby([zones.geometry.x, zones.geometry.y]).cumcount()
    shapes = [
        given.get(zone, shapely.box(p.x + n * 2 * KM, p.y, p.x + n * 2 * KM + side, p.y + side))
        for zone, p, n in zip(zones["zone_id"], zones.geometry, nth, strict=True)
    ]
    columns = ["zone_id", "county_adcode", "prefecture_adcode"]
    rows = zones[columns].assign(name=zones["name_zh"]).reset_index(drop=True)
    return gpd.GeoDataFrame(rows, geometry=shapes, crs=4490)


def resting_on(version, digest, **more):
    basis = Basis(origin="dataset", name="outlines", version=version, digest=digest)
    return made(basis=(basis, *BASIS[1:]), **more)


def held(scenario, **shapes):
    units = units_of(scenario, zone_outlines(footprints(**shapes)))
    return ScenarioOutlines(units, "drawn", "zone-footprints@1", demonstration=True)


def saved(scenario):
    return Saved(
        kind="consolidation", name="甲", number=1, prefectures=[PLACE], demonstration=True,
        content=scenario.to_json(), withdrawn=False, saved_by="t",
        saved_at=dt.datetime(2026, 11, 26, tzinfo=dt.UTC), reason="r",
    )  # fmt: skip


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path)
    store.commit("zone-footprints", footprints(), kind="zones", viewer=WHO, reason="t")
    return store


def test_outlines_are_of_the_version_that_the_scenario_rests_on(store):
    first = store.version("zone-footprints", WHO)
    store.commit(
        "zone-footprints", footprints(side=KM / 2), kind="zones", viewer=WHO, reason="t", seen=1
    )
    found = outlines_of(store, WHO, resting_on("zone-footprints@1 · JX-7", first.sha256))
    assert (found.state, found.version) == ("drawn", "zone-footprints@1 · JX-7")
    host = found.units.shapes.query("part == 'host'").iloc[0]
    west, _, east, _ = host.geometry.bounds
    assert east - west == pytest.approx(KM)
    assert not found.demonstration


@pytest.mark.parametrize(
    ("version", "digest"),
    [("zone-footprints@1", "other"), ("zone-footprints@9", "aa"), ("gone@1", "aa"), ("odd", "aa")],
)
def test_no_other_version_stands_in_for_one_that_is_gone(store, version, digest):
    scenario = resting_on(version, digest)
    found = outlines_of(store, WHO, scenario)
    assert (found.state, found.version, len(found.units.shapes)) == ("gone", version, 0)
    made_of = annex(saved(scenario), scenario, ZH, made_on=DAY, outlines=found)
    assert ZH("scenario.annex.map_gone", version=version) in made_of.caption


def test_a_viewer_of_another_prefecture_sees_no_outlines(store):
    first = store.version("zone-footprints", WHO)
    scenario = resting_on(first.id, first.sha256)
    assert outlines_of(store, Viewer("b", frozenset({"360100"})), scenario).state == "gone"


def test_a_scenario_without_outlines_says_so(store):
    scenario = made(basis=BASIS[1:])
    found = outlines_of(store, WHO, scenario)
    assert found.state == "none"
    made_of = annex(saved(scenario), scenario, ZH, made_on=DAY)
    assert ZH("scenario.annex.map_none") in made_of.caption


def test_every_unit_is_drawn_with_all_its_zones_and_adds_up():
    scenario = made(Conditions(trustees={PAIR}, locked={PAIR}))
    units = held(scenario).units
    result = scenario.result
    parts = units.shapes["part"].value_counts()
    merged = [pair for pair in result.pairs if pair.form == "merge"]
    assert parts["host"] == len(result.units)
    assert parts["absorbed"] == len(merged)
    assert parts["trust"] == len(result.pairs) - len(merged) == 1
    assert parts["unit"] == len({pair.host_id for pair in merged})
    for found in units.merged.values():
        for column in found.areas:
            old, plus, minus, new, off = found.areas[column]
            assert new == pytest.approx(old + plus - minus, abs=1.0)
            assert abs(off) < 1.0


def taken(scenario):
    """A strip beside the first host that is added, and a corner of it that is taken out."""
    host = scenario.result.units[0].host_id
    shape = footprints().set_index("zone_id").geometry[host]
    west, south, east, _ = shape.bounds
    added = shapely.box(west - KM, south, west, south + KM / 2)
    cut = shapely.box(east - KM / 4, south, east, south + KM / 4)
    return host, added, cut


def test_land_that_a_scenario_keeps_is_drawn_counted_and_told():
    host, added, cut = taken(made())
    more, less = (float(ellipsoidal_areas(np.array([shape]))[0]) for shape in (added, cut))
    land = {
        host: (
            LandKept(side="expanded", area_m2=more, shapes=(added.wkt,), source="plus.zip"),
            LandKept(side="removed", area_m2=less, shapes=(cut.wkt,)),
        )
    }
    scenario = made(land=land, area_m2=1e7)
    assert from_json(scenario.to_json()) == scenario
    unit = next(unit for unit in scenario.result.units if unit.host_id == host)
    area = next(figure for figure in unit.figures if figure.figure == "area_m2")
    assert area.after == pytest.approx(area.host + area.absorbed + more - less)
    units = held(scenario).units
    shapes = units.shapes[units.shapes["host_id"] == host].set_index("part")
    assert shapes.loc["expanded", "area_m2"] == pytest.approx(more, abs=1.0)
    assert shapes.loc["removed", "area_m2"] == pytest.approx(less, abs=1.0)
    steps = units.merged[host].areas["ellipsoidal_m2"]
    assert steps["new"] == pytest.approx(steps["old"] + more - less, abs=1.0)
    assert changes(units).index[0] == host
    told = Words(scenario, ZH).land()
    assert len(told) == 2
    assert f"{more / 1e4:,.2f}" in told[0]
    assert "plus.zip" in told[0]
    made_of = annex(saved(scenario), scenario, ZH, made_on=DAY, outlines=held(scenario))
    assert set(told) <= set(made_of.conditions)


def test_an_area_alone_counts_and_is_not_drawn_and_too_much_is_refused():
    host, _, _ = taken(made())
    some = {host: (LandKept(side="removed", area_m2=1e4),)}
    scenario = made(land=some, area_m2=1e7)
    assert held(scenario).units.shapes["part"].eq("removed").sum() == 0
    assert ZH("scenario.land_area") in Words(scenario, ZH).land()[0]
    with pytest.raises(GanyuanError, match="ADJ-001"):
        made(land={host: (LandKept(side="removed", area_m2=1e12),)}, area_m2=1e7)


def test_the_largest_changes_come_first_and_trust_changes_nothing():
    scenario = made(Conditions(trustees={PAIR}, locked={PAIR}))
    found = held(scenario)
    merged = [pair for pair in scenario.result.pairs if pair.form == "merge"]
    order = changes(found.units)
    assert order.is_monotonic_decreasing
    assert set(order.index) == {pair.host_id for pair in merged}
    own = found.units.shapes.query("part == 'absorbed'")["area_m2"].sum()
    assert order.sum() == pytest.approx(own)
    assert changes(no_outlines().units).empty


def square_of(paper_mm, view, zone_id):
    """A square at the seat of a zone with that side on paper."""
    zones = reference.zones().set_index("zone_id").to_crs(view.crs)
    at = zones.geometry[zone_id]
    half = paper_mm * view.metres_per_mm / 2
    shape = shapely.box(at.x - half, at.y - half, at.x + half, at.y + half)
    return gpd.GeoSeries([shape], crs=view.crs).to_crs(4490).iloc[0]


@pytest.mark.parametrize(("factor", "outlined"), [(0.97, False), (1.03, True)])
def test_an_outline_below_drawing_size_is_a_point_on_the_overview(factor, outlined):
    scenario = made()
    view = view_of(Region.of(PLACE), Box(0, 0, 78, 104))
    unit = scenario.result.units[0]
    zone = unit.host_id
    found = held(scenario, side=KM / 100, **{zone: square_of(LEGIBLE_MM * factor, view, zone)})
    shown = drawing(scenario, found, view, ZH)
    assert (zone in set(shown.dots.frame["zone_id"])) is outlined
    assert (zone in set(shown.markers.frame["zone_id"])) is not outlined
    assert (shown.overview is not None) is outlined
    every = len(found.units.shapes)
    below = every - (0 if shown.overview is None else len(shown.overview.frame))
    assert shown.notes == (ZH("scenario.map.below", n=below, size=f"{LEGIBLE_MM:g}"),)
    zones = {z for u in scenario.result.units for z in (u.host_id, *u.merged, *u.entrusted)}
    assert len(shown.dots.frame) + len(shown.markers.frame) == len(zones)
    assert sum(row.count for row in shown.outlines.legend) == every


def test_enlargements_share_the_room_and_show_the_whole_unit():
    scenario = made()
    found = held(scenario)
    view, room = view_of(Region.of(PLACE), Box(0, 0, 78, 104)), Box(78, 0, 56, 104)
    shown = drawing(scenario, found, view, ZH)
    every = scenario_map._subjects(scenario, found, shown, ZH)
    assert len(every) == min(MOST_INSETS, len(changes(found.units)))
    for n in range(1, len(every) + 1):
        made_of = enlargements(every[:n], view, room)
        boxes = [shapely.box(i.box.x, i.box.y, i.box.right, i.box.top) for i in made_of]
        together = shapely.union_all(boxes)
        assert together.area == pytest.approx(sum(box.area for box in boxes))
        assert together.area == pytest.approx(room.width * room.height)
        for inset in made_of:
            subject = inset.subject
            shown_there = shapely.union_all([shapely.box(*v.extent) for _, v in inset.cells])
            shapes = subject.outlines.frame.to_crs(view.crs).geometry
            assert all(shown_there.covers(part) for part in shapely.get_parts(shapes.to_numpy()))
            assert len({v.denominator for _, v in inset.cells}) == 1
            cells = [shapely.box(c.x, c.y, c.right, c.top) for c, _ in inset.cells]
            assert shapely.union_all(cells).area == pytest.approx(sum(c.area for c in cells))
            new, more = arithmetic(subject.found, ZH)
            told = f"{subject.found.areas.loc['new', 'ellipsoidal_m2'] / 1e4:,.2f}"
            assert told in new
            assert "0.00" in more


@pytest.mark.parametrize(("gap", "cells"), [(0.5, 1), (60.0, 2)])
def test_zones_far_apart_are_enlarged_in_cells_of_one_scale(gap, cells):
    scenario = made(Conditions(per_host=1))
    unit = scenario.result.units[0]
    near = shapely.box(115.0, 25.8, 115.0 + KM, 25.8 + KM)
    far = shapely.box(115.0 + gap * KM, 25.8, 115.0 + (gap + 1) * KM, 25.8 + KM)
    if gap < 1:
        far = shapely.difference(far, near)
    found = held(scenario, side=KM / 10, **{unit.host_id: near, unit.merged[0]: far})
    view = view_of(Region.of(PLACE), Box(0, 0, 78, 104))
    every = scenario_map._subjects(scenario, found, drawing(scenario, found, view, ZH), ZH)
    (subject,) = [one for one in every if one.number == "1"]
    (inset,) = enlargements([subject], view, Box(78, 0, 56, 104))
    assert len(inset.cells) == cells


def test_the_map_carries_the_marks_of_a_draft_and_of_demonstration(monkeypatch):
    scenario, told = made(), []
    monkeypatch.setattr(scenario_map, "draw_watermark", lambda *given, **_: told.append(given[3]))
    picture = draw_units(scenario, ZH, demonstration=False, outlines=held(scenario))
    assert picture.startswith(b"\x89PNG")
    draw_units(scenario, ZH, demonstration=False)
    draft = ZH("scenario.annex.draft")
    assert told == [[ZH("sheet.demonstration"), draft], [draft]]


def test_outlines_that_lie_on_each_other_are_named_under_the_map():
    scenario = made()
    unit = scenario.result.units[0]
    where = shapely.box(114.9, 25.8, 114.91, 25.81)
    found = held(scenario, **{unit.host_id: where, unit.merged[0]: where})
    assert set(found.units.faults) == {unit.host_id}
    made_of = annex(saved(scenario), scenario, ZH, made_on=DAY, outlines=found)
    assert "CPL-006" in made_of.caption
    view = view_of(Region.of(PLACE), Box(0, 0, 78, 104))
    assert ZH("scenario.map.faults", n=1) in drawing(scenario, found, view, ZH).notes


def test_the_workbook_holds_the_boundary_arithmetic_of_every_unit():
    scenario = made()
    found = held(scenario)
    raw = scenario_workbook(saved(scenario), scenario, ZH, made_on=DAY, outlines=found)
    sheet = openpyxl.load_workbook(io.BytesIO(raw))[ZH("scenario.sheet.boundaries")]
    rows = list(sheet.iter_rows(min_row=3, values_only=True))
    assert len(rows) == len(STEPS) * len(found.units.merged)
    for at in range(0, len(rows), len(STEPS)):
        old, plus, minus, new, _ = (row[5] for row in rows[at : at + len(STEPS)])
        assert new == pytest.approx(old + plus - minus, abs=1.0)


def test_zones_with_an_outline_stand_in_it_and_the_others_where_they_stood():
    zones = reference.zones()
    shapes = held(made()).units.shapes
    moved = placed(zones, shapes)
    own = shapes[shapes["part"] != "unit"].drop_duplicates("zone_id").set_index("zone_id")
    inside = moved.set_index("zone_id").geometry
    assert all(shape.contains(inside[zone]) for zone, shape in own.geometry.items())
    rest = ~zones["zone_id"].isin(own.index) & zones.geometry.notna()
    assert moved.geometry[rest].geom_equals(zones.geometry[rest]).all()
    assert moved.geometry.isna().sum() <= zones.geometry.isna().sum()


@pytest.mark.parametrize(
    ("figures", "whole"),
    [((1.0, 0.5, 0.25, 1.25), True), ((1.004, 0.004, 0.0, 1.008), False)],
)
def test_rounded_figures_add_up_or_say_that_they_do_not(figures, whole):
    told = pd.Series(figures, index=list(STEPS[:4]))
    assert adds_up(told, 2) is whole


def test_a_swatch_has_the_marks_of_the_map():
    box = shapely.box(115, 28, 115.1, 28.1)
    frame = gpd.GeoDataFrame(
        {"id": ["a", "b"], "part": ["expanded", "removed"], "name": "", "label": "", "pairs": "",
         "area_m2": 1.0},
        geometry=[box, box], crs=4490,
    )  # fmt: skip
    added, removed = legend_html([unit_outlines().bind(frame)], ZH, "ha").split("<tr>")[-2:]
    assert "<circle" not in added
    assert removed.count("<circle") == 8
    assert "stroke-dasharray" in removed


@pytest.fixture(scope="module")
def several():
    whole, one = made(), made(Conditions(per_host=1))
    first = whole.result.pairs[0]
    trust = made(Conditions(trustees={(first.host_id, first.absorbed_id)}, locked={PAIR}))
    return {"甲": whole, "<b>一\U0002a6d6" * 30: one, "丙": trust}


def test_a_pair_is_in_all_in_some_in_one_or_elsewhere(several):
    two = compare(dict(list(several.items())[:2]))
    table = marks(two)
    chosen = [{p.key for p in one.result.pairs} for one in list(several.values())[:2]]
    for i, own in enumerate(chosen):
        other = chosen[1 - i]
        assert set(table.index[table[i] == "all"]) == own & other
        assert set(table.index[table[i] == "only"]) == own - other
        assert set(table.index[table[i] == "absent"]) == other - own
    three = marks(compare(several))
    first = several["甲"].result.pairs[0]
    if first.key in chosen[1]:
        assert three.loc[first.key].to_list() == ["form"] * 3
    counts = (compare(several).pairs[[0, 1, 2]] != "").sum(axis=1)
    assert (three.eq("some").any(axis=1) == counts.eq(2)).all()
    assert set(np.unique(three)) >= {"all", "some", "absent"}


def test_scenarios_of_several_places_are_drawn_over_the_province(several):
    assert place_of(several.values()) == PLACE
    assert place_of([*several.values(), made(place="")]) == ""


def test_every_map_has_every_pair_at_one_scale(several, monkeypatch):
    found = compare(several)
    maps = small_maps(found, ZH, outlines=[held(one) for one in several.values()])
    assert len(maps) == 3
    table = marks(found)
    for i, one in enumerate(maps):
        drawn = one.links.frame.set_index("id")["link"]
        assert drawn.to_dict() == table[i].loc[drawn.index].to_dict()
        assert str(int(table[i].ne("absent").sum())) in one.said
    assert len(maps[0].links.frame) == len(found.pairs)
    assert "\U0002a6d6" not in maps[1].name
    views: list[View] = []
    real = compare_map.view_of
    monkeypatch.setattr(
        compare_map, "view_of", lambda *given: views.append(real(*given)) or views[-1]
    )
    picture = draw_comparison(several, found, ZH, demonstration=True)
    assert picture.startswith(b"\x89PNG")
    assert len(views) == 1
    told = [row.label for row in legend(found, maps, views[0], ZH)]
    assert ZH("scenario.compare_map.more.some") in told
    assert ZH("scenario.compare_map.more.only") not in told or "only" in set(np.unique(table))


def test_two_scenarios_are_told_apart_in_their_own_words(several):
    found = compare(dict(list(several.items())[:2]))
    maps = small_maps(found, ZH)
    view = view_of(Region.of(PLACE), Box(0, 0, 100, 100))
    told = [row.label for row in legend(found, maps, view, ZH)]
    assert ZH("scenario.compare_map.two.all") in told
    assert ZH("scenario.compare_map.more.all") not in told


def test_a_scenario_without_a_plan_has_a_map_of_what_it_lacks(several):
    nothing = made(Conditions(locked={PAIR}, forbidden={PAIR}))
    found = compare({"甲": several["甲"], "乙": nothing})
    _, empty = small_maps(found, ZH)
    assert set(empty.links.frame["link"]) == {"absent"}
    assert draw_comparison(
        {"甲": several["甲"], "乙": nothing}, found, ZH, demonstration=False
    ).startswith(b"\x89PNG")


def test_the_workbook_of_a_comparison_has_a_column_for_each_scenario():
    names = ("=1+1", "b")
    frame = pd.DataFrame({"measure": ["m"], 0: [1.5], 1: [None]})
    words = pd.DataFrame({"choice": ["c"], 0: ["=2"], 1: [""]})
    tables = {
        "measures": frame, "choices": words, "pairs": words.rename(columns={"choice": "host"}),
        "basis": words.rename(columns={"choice": "basis"}),
    }  # fmt: skip
    raw = comparison_workbook(tables, names, ZH, notes={"n": "x"}, demonstration=True)
    book = openpyxl.load_workbook(io.BytesIO(raw))
    sheet = book[ZH("scenario.sheet.compare_measures")]
    assert [cell.value for cell in sheet[2]] == [
        ZH("scenario.col.measure"), f"{ZH('scenario.letter.0')} =1+1",
        f"{ZH('scenario.letter.1')} b",
    ]  # fmt: skip
    assert [cell.value for cell in sheet[3]] == ["m", 1.5, None]
    cells = [cell for one in book for row in one.iter_rows() for cell in row]
    assert not any(cell.data_type == "f" for cell in cells)
    assert sheet["A1"].value == ZH("scenario.annex.demonstration")
