"""``ganyuan consolidate roads``, and hosts that are barred or admitted."""

from __future__ import annotations

import json

import geopandas as gpd
import shapely
import typer
from typer.testing import CliRunner

from analytics.road_distance import RoadNetworkError
from cli import planning
from cli.consolidation_parts import conditions, reasons_of
from scripts.build_samples import shapefile_parts
from store import NetworkError, StaleVersionError

app = typer.Typer()
planning.register(app)
ROAD = shapely.LineString([(115.0, 26.0), (115.0, 26.1)])


def call(store, *args):
    # The store stands behind the sub-command.
    return CliRunner().invoke(app, ["consolidate", "roads", *args, "--store", str(store)])


def done(store, *args):
    result = call(store, *args)
    assert result.exit_code == 0, result.output
    return result.stdout


def listed(store, *args):
    return json.loads(done(store, "list", *args, "--json"))["networks"]


def written(folder, shape=ROAD, *, bare=False):
    rows = gpd.GeoDataFrame({"NAME": ["路"]}, geometry=[shape], crs=4490)
    if not bare:
        rows.to_file(folder / "roads.gpkg", layer="roads")
        return folder / "roads.gpkg"
    for suffix, data in shapefile_parts(rows, encoding="UTF-8").items():
        (folder / f"roads{suffix}").write_bytes(data)
    return folder / "roads.shp"


def test_a_network_is_added_listed_withdrawn_and_restored(tmp_path):
    store = tmp_path / "store"
    path = str(written(tmp_path))
    assert "No road network yet" in done(store, "list")
    assert "国省道@1: 1 lines, 11.1 km" in done(store, "add", "国省道", path, "--reason", "测试")
    (row,) = listed(store)
    assert (row["file"], row["state"], row["length_km"]) == ("roads.gpkg", 1, 11.079)
    assert row["digest"][:12] in done(store, "list")
    done(store, "withdraw", "国省道", "--state", "1", "--reason", "作废")
    assert listed(store) == []
    assert listed(store, "--all")[0]["withdrawn"]
    assert "withdrawn" in done(store, "list", "--all")
    done(store, "restore", "国省道", "--to", "1", "--state", "2", "--reason", "恢复")
    assert listed(store)[0]["state"] == 3
    bare = str(written(tmp_path, bare=True))
    stale = call(store, "add", "国省道", bare, "--reason", "x", "--state", "1").exception
    assert isinstance(stale, StaleVersionError)
    assert isinstance(call(store, "add", "国省道", bare, "--reason", "x").exception, NetworkError)


def test_a_file_that_is_no_network_is_refused_with_its_code(tmp_path):
    path = written(tmp_path, ROAD.buffer(0.01))
    refused = call(tmp_path / "store", "add", "面", str(path), "--reason", "x").exception
    assert isinstance(refused, RoadNetworkError)
    assert "ROA-001" in str(refused)


def test_hosts_come_with_their_reasons():
    assert reasons_of(["a=督察=未销号", " b ", "c="]) == {"a": "督察=未销号", "b": "", "c": ""}
    asked = conditions(["score"], bar=["a=x"], admit=["b"])
    assert (asked.barred_hosts, asked.admitted_hosts) == (frozenset("a"), frozenset("b"))
