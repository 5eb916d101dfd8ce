"""``ganyuan consolidate``: weights, roads, pairs across, bounds and faults."""

from __future__ import annotations

import json

import geopandas as gpd
import pytest
import shapely
import typer
from typer.testing import CliRunner

from analytics.consolidation.candidates import WeightsError
from analytics.road_distance import RoadNetworkError
from cli import planning
from domain import reference
from store import Store, Viewer

app = typer.Typer()
planning.register(app)
DAY = ("--as-of", "2026-06-01")


def call(store, *args):
    return CliRunner().invoke(app, ["consolidate", "--store", str(store), *args, *DAY])


def answer(store, *args):
    result = call(store, *args, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_each_pair_has_bounds_and_each_zone_what_it_lacks(tmp_path):
    found = answer(tmp_path / "none", "--first", "1")
    pair = found["pairs"][0]
    assert pair["score_low"] <= pair["score"] <= pair["score_high"]
    assert "pressure" in pair["missing"].split(";")
    assert (pair["level_precision"], pair["industry_precision"]) == ("", "words")
    assert len(found["missing"]) == 110
    assert [fault["code"] for fault in found["faults"]] == ["CND-003"]


def test_a_full_set_of_weights_moves_the_scores(tmp_path):
    found = answer(tmp_path / "none", "--weights", "adjacency=60, industry=40", "--first", "1")
    assert found["rules"]["CON-W-ADJACENCY"] == 60.0
    assert found["rules"]["CON-W-LEVEL"] == 0.0
    assert found["pairs"][0]["known_share"] == 1.0


@pytest.mark.parametrize(
    "given",
    [
        "level=nan",
        "level=-5,size=105",
        "level=99",
        "level",
        "level=ten",
        "level=50,level=50",
        "x=1",
    ],
)
def test_weights_that_cannot_be_used_are_refused(tmp_path, given):
    result = call(tmp_path / "none", "--weights", given)
    assert isinstance(result.exception, WeightsError)
    assert result.exception.code == "CND-001"


def test_pairs_across_come_on_request_marked(tmp_path):
    within = answer(tmp_path / "none", "--first", "1000")
    across = answer(tmp_path / "none", "--first", "1000", "--across")
    assert all(pair["same_prefecture"] for pair in within["pairs"])
    assert across["pairs_found"] > within["pairs_found"]
    assert not all(pair["same_prefecture"] for pair in across["pairs"])
    assert "跨市" in call(tmp_path / "none", "--first", "1000", "--across").stdout
    assert across["hits"] == within["hits"]


def roads(tmp_path, *, crs=4490):
    """One straight road between two zones of 赣州, and a file of it."""
    zones = reference.zones().set_index("zone_id").geometry
    ends = [zones["jx-ganzhou-etdz"], zones["jx-ganxian-xijin"]]
    path = tmp_path / "roads.geojson"
    layer = gpd.GeoDataFrame(geometry=[shapely.LineString(ends)], crs=crs)
    layer.to_file(path, driver="GeoJSON")
    return path


def test_roads_give_distances_and_name_who_has_none(tmp_path):
    found = answer(tmp_path / "none", "--roads", str(roads(tmp_path)), "--first", "1000")
    pairs = {f"{p['host_id']}>{p['absorbed_id']}": p for p in found["pairs"]}
    joined = pairs["jx-ganzhou-etdz>jx-ganxian-xijin"]
    assert joined["road_km"] == pytest.approx(joined["distance_km"], abs=0.01)
    assert joined["adjacency_source"] == "roads|roads.geojson"
    assert joined["road_gap"] == ""
    assert "jx-nanchang-etdz" in found["without_road"]
    assert "jx-ganzhou-etdz" not in found["without_road"]
    apart = pairs[
        "jx-nanchang-etdz>"
        + next(p["absorbed_id"] for p in found["pairs"] if p["host_id"] == "jx-nanchang-etdz")
    ]
    assert apart["road_km"] is None
    assert apart["road_gap"] == "far"


def test_the_network_of_the_store_counts_unless_another_one_or_none_is_asked_for(tmp_path):
    store = Store(tmp_path / "store")
    lines = gpd.read_file(roads(tmp_path)).to_crs(4490)
    store.put_network("国省道", lines, prefectures=["360700"], viewer=Viewer("t"), reason="t")
    sources = {}
    for asked in ((), ("--roads", "kept"), ("--roads", "国省道"), ("--roads", "none")):
        found = answer(store.root, *asked, "--first", "1000")
        pairs = {f"{p['host_id']}>{p['absorbed_id']}": p for p in found["pairs"]}
        sources[asked[-1:]] = pairs["jx-ganzhou-etdz>jx-ganxian-xijin"]["adjacency_source"]
        assert ("国省道@1" in found["rests_on"]) is (asked[-1:] != ("none",))
    assert set(sources.values()) == {"roads|国省道@1", "seats"}
    assert sources[("none",)] == "seats"
    refused = call(store.root, "--roads", "县道").exception
    assert isinstance(refused, RoadNetworkError)
    assert "县道" in str(refused)


@pytest.mark.parametrize("content", [b"", b"no roads", b'{"type":"FeatureCollection"'])
def test_a_file_that_holds_no_roads_is_refused(tmp_path, content):
    path = tmp_path / "roads.geojson"
    path.write_bytes(content)
    result = call(tmp_path / "none", "--roads", str(path))
    assert isinstance(result.exception, RoadNetworkError)
    assert result.exception.code == "CND-005"


def test_a_layer_of_points_is_no_network(tmp_path):
    path = tmp_path / "points.gpkg"
    gpd.GeoDataFrame(geometry=[shapely.Point(115, 26)], crs=4490).to_file(path)
    assert isinstance(call(tmp_path / "none", "--roads", str(path)).exception, RoadNetworkError)
