"""``ganyuan land-use`` on the demonstration store and on a world known by hand."""

from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

from cli import analyses, idle
from cli.land import NoParcelsError
from domain.parcels import AREA
from geo.errors import GanyuanError
from tests.land_world import parcels

RUN = CliRunner()


@pytest.fixture(scope="module")
def app():
    out = typer.Typer()
    analyses.register(out)
    idle.register(out)  # a single command would stand without its name
    return out


@pytest.fixture
def store(empty_store, viewer):
    world = parcels(
        [
            {"supply_no": "S", "start_due": "2023-06-01", "analysis_class": "industrial"},
            {"batch_id": "B", "analysis_class": "vacant"},
            {"supply_no": "S", "start_due": "2025-01-01", "analysis_class": "industrial"},
        ]
    )
    world[AREA] = [1000.0, 200.0, 30.0]
    empty_store.commit("parcels", world, kind="parcels", viewer=viewer, reason="test")
    return empty_store


def run(app, store, *args):
    result = RUN.invoke(app, [*args, "--store", str(store.root)])
    assert result.exit_code == 0, result.output
    return result.output


def test_land_use_adds_up(app, store):
    out = json.loads(run(app, store, "land-use", "--by", "county", "--json"))
    assert {row["land_class"]: row["area_m2"] for row in out["rows"]} == {
        "industrial": 1030.0,
        "unused": 200.0,
    }
    fine = json.loads(run(app, store, "land-use", "--detail", "class", "--json"))
    assert {row["land_class"] for row in fine["rows"]} == {"industrial", "vacant"}
    assert "0.10 ha" in run(app, store, "land-use")


def test_the_demonstration_store_says_so(app, demo_store):
    out = json.loads(run(app, demo_store, "land-use", "--by", "zone", "--json"))
    assert out["demonstration"] is True
    assert out["as_of"] == "2026-06-30"
    assert "演示数据" in run(app, demo_store, "land-use")


def test_an_empty_store_and_an_unknown_dataset_are_refused(app, empty_store, store):
    del store
    result = RUN.invoke(app, ["land-use", "--store", str(empty_store.root), "--dataset", "nothing"])
    assert isinstance(result.exception, GanyuanError)
    assert result.exception.code.startswith("STO")


def test_no_parcels_at_all(app, tmp_path):
    result = RUN.invoke(app, ["land-use", "--store", str(tmp_path / "new")])
    assert isinstance(result.exception, NoParcelsError)


@pytest.mark.parametrize("args", [["--by", "moon"], ["--as-of", "yesterday"]])
def test_misuse_ends_with_two(app, store, args):
    assert RUN.invoke(app, ["land-use", "--store", str(store.root), *args]).exit_code == 2
