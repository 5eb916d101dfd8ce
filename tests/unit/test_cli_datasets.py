"""``ganyuan demo``, ``datasets`` and ``history``."""

from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

from cli import datasets
from store import UnknownDatasetError, Viewer
from tests.store_world import parcels


@pytest.fixture
def run():
    app = typer.Typer()
    datasets.register(app)
    return lambda *arguments: CliRunner().invoke(
        app, [str(a) for a in arguments], catch_exceptions=False
    )


@pytest.fixture
def filled(empty_store):
    for count in (2, 3):
        empty_store.commit(
            "land", parcels(count), kind="parcels", viewer=Viewer("ann"), reason=f"{count} parcels"
        )
    return empty_store


def test_demo_does_nothing_where_it_stands(run, demo_root):
    done = run("demo", "--store", demo_root)
    assert done.exit_code == 0
    assert "stands already: parcels@1" in done.output


def test_demo_as_json(run, demo_root):
    answer = json.loads(run("demo", "--store", demo_root, "--json").output)
    assert answer["built"] is False
    assert answer["id"] == "parcels@1"
    assert answer["demonstration"] is True
    assert answer["passport"]["as_of"] == "2026-06-30"


@pytest.mark.slow
def test_demo_builds_and_with_force_builds_again(run, tmp_path):
    first = json.loads(run("demo", "--store", tmp_path, "--seed", 5, "--json").output)
    assert (first["built"], first["number"]) == (True, 1)
    assert json.loads(run("demo", "--store", tmp_path, "--seed", 5, "--json").output)["number"] == 1
    again = json.loads(run("demo", "--store", tmp_path, "--seed", 5, "--force", "--json").output)
    assert (again["built"], again["number"]) == (True, 2)
    assert again["sha256"] == first["sha256"]


def test_an_empty_store_says_what_to_do(run, empty_store):
    assert "ganyuan demo" in run("datasets", "--store", empty_store.root).output


def test_datasets_shows_the_current_version(run, filled):
    output = run("datasets", "--store", filled.root).output
    assert "land@2" in output
    assert "ann: 3 parcels" in output
    assert "land@1" not in output


def test_datasets_as_json(run, demo_root):
    answer = json.loads(run("datasets", "--store", demo_root, "--json").output)
    names = [d["dataset"] for d in answer["datasets"]]
    assert names == ["parcels", "permanent-farmland", "red-line", "zone-footprints"]
    assert answer["rasters"] == ["landcover-2018", "landcover-2023"]


def test_invented_datasets_are_marked(run, demo_root):
    assert run("datasets", "--store", demo_root).output.count("演示数据") >= 2


def test_history_is_newest_first(run, filled):
    answer = json.loads(run("history", "land", "--store", filled.root, "--json").output)
    assert [v["number"] for v in answer["versions"]] == [2, 1]
    lines = run("history", "land", "--store", filled.root).output.splitlines()
    assert [line.split()[0] for line in lines] == ["land@2", "land@1"]


def test_history_of_nothing_is_refused(run, filled):
    with pytest.raises(UnknownDatasetError):
        run("history", "other", "--store", filled.root)
