"""Land that units of a scenario gain or give up on the command line: files, areas, refusals."""

from __future__ import annotations

import json
import math

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from analytics.consolidation.land import UnitLand, kept_land, shapes_of
from analytics.consolidation.outline import no_units
from analytics.consolidation.scenario import from_json
from analytics.consolidation.scenario_compare import compare
from analytics.consolidation.task import Conditions
from cli.consolidation_land import (
    LandFileError,
    LandWishError,
    NoHostError,
    land_asked,
    land_of_plan,
    uncounted,
)
from domain.i18n import translator
from domain.issues import explain
from domain.rules import load_rules
from export.scenario_outlines import outlines_of
from export.scenario_words import Words
from geo.errors import GanyuanError
from store import Store, Viewer
from tests.scenario_world import DAY, made
from tests.unit.test_cli_scenarios import MORE, call, scenario
from tests.unit.test_scenario_maps import KM, footprints
from views.consolidation.scenarios_words import choice_value

ZH = translator("zh_CN")
WHO = Viewer("t")
RULES = load_rules("consolidation", as_of=DAY)
HOST, OTHER = "jx-yudu-ip", "jx-ningdu-ip"
PAIR = ("--lock", f"{HOST}>{OTHER}")
SECOND = "jx-longnan-etdz"
SQUARES = footprints()
PAIRS = pd.DataFrame({"host_id": ["A"], "absorbed_id": ["B"], "form": ["merge"]}, dtype="object")
A, B = shapely.box(115.0, 26.0, 115.01, 26.01), shapely.box(115.02, 26.0, 115.03, 26.01)
ZONES = gpd.GeoDataFrame({"zone_id": ["A", "B"]}, geometry=[A, B], crs=4490)


def box_m2(west, south, east, north):
    """Area between two meridians and two parallels of the ellipsoid of CGCS2000, closed form."""
    axis, flat = 6_378_137.0, 1 / 298.257222101
    e = math.sqrt(flat * (2 - flat))

    def up_to(latitude):
        s = math.sin(math.radians(latitude))
        return s / (1 - (e * s) ** 2) + math.log((1 + e * s) / (1 - e * s)) / (2 * e)

    b2 = (axis * (1 - flat)) ** 2
    return b2 * math.radians(east - west) * (up_to(north) - up_to(south)) / 2


def written(folder, name, *shapes):
    features = [
        {"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(shape)}
        for shape in shapes
    ]
    path = folder / name
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def square(zone):
    return SQUARES.set_index("zone_id").geometry[zone].bounds


def kept_of(content):
    """What is kept of land, by host."""
    units = content["result"]["units"]
    return {unit["host_id"]: unit["land"] for unit in units if unit["land"]}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A store with two scenarios of one plan: one with land of two units, one without."""
    root = tmp_path_factory.mktemp("land")
    folder = tmp_path_factory.mktemp("files")
    Store(root).commit("zone-footprints", SQUARES, kind="zones", viewer=WHO, reason="t")
    west, south, _, north = square(HOST)
    added = (west - KM, south, west, south + KM / 2), (west - KM, south + KM / 2, west, north)
    taken = (west, south, west + KM / 4, south + KM / 4)
    files = {
        "added": (written(folder, "added.geojson", *(shapely.box(*box) for box in added)), added),
        "taken": (written(folder, "taken.geojson", shapely.box(*taken)), (taken,)),
    }
    land = (
        "--added", f"{HOST}={files['added'][0]}", "--taken-out", f"{HOST}={files['taken'][0]}",
        "--added", f"{SECOND}=12.5ha", "--taken-out", f"{SECOND} = 300 MU",
    )  # fmt: skip
    scenario(root, "save", "甲", "--plan", "score", *PAIR, *land, *MORE)
    scenario(root, "save", "乙", "--plan", "score", *PAIR, *MORE)
    return root, files


def test_polygons_are_kept_with_their_areas_and_the_name_of_their_file(world):
    root, files = world
    added, taken = kept_of(scenario(root, "show", "甲")["scenario"])[HOST]
    assert (added["side"], taken["side"]) == ("expanded", "removed")
    for one, (path, boxes) in zip((added, taken), files.values(), strict=True):
        assert one["area_m2"] == pytest.approx(sum(box_m2(*box) for box in boxes), rel=1e-6)
        bounds = sorted(shapely.from_wkt(wkt).bounds for wkt in one["shapes"])
        assert bounds == [pytest.approx(box, abs=1e-9) for box in sorted(boxes)]
        assert one["source"].startswith(f"{path.name} · SHA-256 ")


def test_an_area_alone_is_kept_in_square_metres(world):
    root, _ = world
    assert kept_of(scenario(root, "show", "甲")["scenario"])[SECOND] == [
        {"side": "expanded", "area_m2": 125_000.0, "shapes": [], "source": ""},
        {"side": "removed", "area_m2": 200_000.0, "shapes": [], "source": ""},
    ]


def test_new_is_old_and_added_less_taken_out(world):
    root, _ = world
    found = scenario(root, "show", "甲")["scenario"]
    plus, minus = (one["area_m2"] for one in kept_of(found)[HOST])
    (unit,) = [unit for unit in found["result"]["units"] if unit["host_id"] == HOST]
    (area,) = [one for one in unit["figures"] if one["figure"] == "area_m2"]
    assert unit["merged"] == [OTHER]
    assert area["after"] == pytest.approx(area["host"] + area["absorbed"] + plus - minus)
    drawn = outlines_of(Store(root), WHO, from_json(found)).units
    assert drawn.faults == {}
    told = drawn.merged[HOST].areas["ellipsoidal_m2"]
    old = sum(box_m2(*square(zone)) for zone in (HOST, OTHER))
    assert told["old"] == pytest.approx(old, rel=1e-6)
    assert (told["expanded"], told["removed"]) == pytest.approx((plus, minus), abs=0.01)
    assert told["new"] == pytest.approx(old + plus - minus, rel=1e-6)


def test_the_land_is_shown_and_nothing_else_of_the_plan_is_moved(world):
    root, _ = world
    said = call("scenario", "show", "甲", "--store", str(root)).stdout
    assert (
        ZH(
            "scenario.land.expanded",
            host="龙南经开区",
            area="12.50",
            source=ZH("scenario.land_area"),
        )
        in said
    )
    assert "taken.geojson · SHA-256" in said
    one, other = (from_json(scenario(root, "show", name)["scenario"]) for name in ("甲", "乙"))
    assert one.result.pairs == other.result.pairs
    assert one.choices == other.choices
    assert kept_of(other.to_json()) == {}


def test_polygons_that_were_kept_are_read_back_as_they_were(world):
    root, _ = world
    lands = from_json(scenario(root, "show", "甲")["scenario"]).result.units
    (land,) = [unit.land for unit in lands if unit.host_id == HOST]
    back = shapes_of(land)
    assert (len(back.expanded), len(back.removed), back.removed.crs.to_epsg()) == (2, 1, 4490)
    assert kept_land({"x": UnitLand()}, None) == {"x": ()}


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (["A=12.5"], "12.5ha or 300mu"),
        (["A=-3"], "12.5ha or 300mu"),
        (["A=1,200mu"], "no such file"),
        (["A=none.geojson"], "no such file"),
        ([f"A={'x' * 5000}"], "no such file"),
        (["A=0ha"], "above zero"),
        (["A=" + "9" * 400 + "ha"], "above zero"),
        (["A"], "host=file"),
        (["=3ha"], "host=file"),
        (["A="], "host=file"),
        (["A=3ha", "A=4ha"], "already"),
        (["A=3ha", "A=land.geojson"], "already"),
    ],
)
def test_land_that_is_written_wrongly_is_refused_with_what_to_write(given, why):
    for added, taken_out in ((given, None), (None, given)):
        with pytest.raises(LandWishError, match=why) as caught:
            land_asked(added, taken_out)
        assert caught.value.code == "CSC-005"
        assert given[-1] in explain(caught.value, "zh_CN")


def test_the_smallest_area_counts_and_one_host_may_have_both_sides():
    found = land_asked(["A=0.01ha", "B=3公顷"], ["A=1亩"])
    assert found["A"].expanded.area_m2 == 100.0
    assert found["A"].removed.area_m2 == pytest.approx(2000 / 3)
    assert (found["B"].expanded.area_m2, found["B"].removed.area_m2) == (30_000.0, 0.0)
    assert land_asked(None, []) == {}


@given(st.text())
def test_whatever_is_written_is_land_or_a_coded_refusal(text):
    try:
        (land,) = land_asked([text], None).values()
    except LandWishError:
        return
    assert 0 < land.expanded.area_m2 < math.inf


@pytest.mark.parametrize(
    ("shapes", "code"),
    [
        ([], "FIL-010"),
        ([A, shapely.Point(115.0, 26.0)], "GEO-004"),
        ([shapely.Polygon([(115, 26), (115.1, 26.1), (115.1, 26), (115, 26.1)])], "GEO-002"),
    ],
)
def test_a_file_counts_whole_or_not_at_all_and_its_findings_are_named(tmp_path, shapes, code):
    path = written(tmp_path, "land.geojson", *shapes)
    with pytest.raises(LandFileError) as caught:
        land_asked(None, [f"A={path}"])
    assert caught.value.code == "CSC-007"
    assert code in str(caught.value)
    assert code in explain(caught.value, "en")
    assert "land.geojson" in explain(caught.value, "en")


def test_only_hosts_of_the_plan_have_land():
    for zone, pairs in (("B", PAIRS), ("A", PAIRS.iloc[:0])):
        with pytest.raises(NoHostError, match=f"{zone} is no host") as caught:
            land_of_plan(land_asked([f"{zone}=3ha"], None), pairs, ZONES, rules=RULES)
        assert caught.value.code == "CSC-006"
        assert zone in explain(caught.value, "zh_CN")


@pytest.mark.parametrize(
    ("option", "shape", "code"),
    [("added", A, "ADJ-003"), ("taken_out", shapely.box(115.1, 26, 115.11, 26.01), "ADJ-002")],
)
def test_land_that_does_not_fit_is_refused_as_on_the_page(tmp_path, option, shape, code):
    given = [f"A={written(tmp_path, 'land.geojson', shape)}"]
    lands = land_asked(**{"added": None, "taken_out": None, option: given})
    with pytest.raises(GanyuanError) as caught:
        land_of_plan(lands, PAIRS, ZONES, rules=RULES)
    assert caught.value.code == code
    assert caught.value.__notes__ == ["land of A"]
    # Areas alone ask nothing of the outlines, broken as they may be.
    over = ZONES.set_geometry([A, A])
    area = land_of_plan(land_asked(["A=3ha"], None), PAIRS, over, rules=RULES)
    assert area["A"][0].area_m2 == 30_000.0


def test_without_outlines_polygons_are_kept_and_told_not_to_count(tmp_path):
    lands = land_asked([f"{HOST}={written(tmp_path, 'land.geojson', A)}"], None)
    pairs = PAIRS.assign(host_id=HOST, absorbed_id=OTHER)
    for outlines in (None, ZONES):
        kept = land_of_plan(lands, pairs, outlines, rules=RULES)
        (one,) = kept[HOST]
        assert (len(one.shapes), one.area_m2) == (1, 0.0)
        assert math.isnan(one.known_m2)
        plan = made(Conditions(locked=frozenset({(HOST, OTHER)})), land=kept)
        assert "扩入 — 公顷（land.geojson" in Words(plan, ZH).land()[0]
        choice = f"land_expanded:{HOST}"
        row = compare({"甲": plan, "乙": plan}).choices.set_index("choice").loc[choice]
        assert choice_value(Words(plan, ZH), choice, row[0]).startswith("—（land.geojson")
        assert uncounted(lands, plan) == [f"{HOST}: {ZH('conunit.unmeasured')}"]
    assert kept == kept_land(lands, no_units())


def test_an_area_beside_polygons_of_the_other_side_is_told_not_to_count(tmp_path):
    more = shapely.box(115.0, 26.01, 115.01, 26.02)
    given = f"{HOST}={written(tmp_path, 'land.geojson', more)}"
    zones = ZONES.replace({"zone_id": {"A": HOST, "B": OTHER}})
    pairs = PAIRS.assign(host_id=HOST, absorbed_id=OTHER)
    lands = land_asked([given], [f"{HOST}=3ha"])
    alone = {HOST: UnitLand(lands[HOST].expanded)}
    for asked, said in ((alone, []), (lands, ["3.00"])):
        kept = land_of_plan(asked, pairs, zones, rules=RULES)
        assert [one.side for one in kept[HOST]] == ["expanded"]
        assert kept[HOST][0].area_m2 == pytest.approx(box_m2(*more.bounds), rel=1e-6)
        told = uncounted(asked, made(Conditions(locked=frozenset({(HOST, OTHER)})), land=kept))
        assert [part for part in said if part in told[0]] == said
        assert len(told) == len(said)


def test_scenarios_side_by_side_tell_their_land(world):
    root, _ = world
    rows = scenario(root, "compare", "甲", "乙")["choices"]
    land = {
        row["choice"]: (row["0"], row["1"], row["differs"])
        for row in rows
        if "land" in row["choice"]
    }
    assert land[f"land_expanded:{SECOND}"] == ("125000.00", "", True)
    assert land[f"land_removed:{SECOND}"] == ("200000.00", "", True)
    assert land[f"land_removed:{HOST}"][0].split(";")[1].startswith("taken.geojson · SHA-256")
    lines = call("scenario", "compare", "甲", "乙", "--store", str(root)).stdout.splitlines()
    (line,) = [line.split() for line in lines if f"land_expanded:{SECOND}" in line]
    assert line[1:] == ["125000.00", "m2", "—"]
    one = from_json(scenario(root, "show", "甲")["scenario"])
    same = compare({"甲": one, "丙": one}).choices.set_index("choice")
    assert not same.loc[list(land), "differs"].any()
