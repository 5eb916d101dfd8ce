"""``ganyuan map-index``."""

from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

from cli import map_index
from store import UnknownDatasetError, Viewer
from tests.store_world import parcels

ANN = Viewer("ann")


@pytest.fixture
def run():
    app = typer.Typer()
    map_index.register(app)
    return lambda *arguments: CliRunner().invoke(
        app, [str(a) for a in arguments], catch_exceptions=False
    )


@pytest.fixture
def filled(empty_store):
    for count in (2, 3):
        empty_store.commit("land", parcels(count), kind="parcels", viewer=ANN, reason="r")
    return empty_store


def test_the_index_of_the_version_in_force_is_made_once(run, filled):
    first = json.loads(run("--store", filled.root, "--json").output)
    assert [(one["version"], one["rows"], one["made"]) for one in first] == [("land@2", 3, True)]
    assert filled.has_map_index(filled.version("land", ANN), ANN)
    assert "stands already" in run("--store", filled.root).output


def test_a_version_is_named_and_made_anew(run, filled):
    assert "land@1: 2 rows, made" in run("land@1", "--store", filled.root).output
    assert "land@1: 2 rows, made" in run("land@1", "--store", filled.root, "--rebuild").output


@pytest.mark.parametrize("name", ["land@x", "land@-1"])
def test_a_number_that_is_none_is_refused(run, filled, name):
    done = run(name, "--store", filled.root)
    assert done.exit_code == 2
    assert "DATASET@N" in done.output


def test_an_unknown_version_is_refused(run, filled):
    with pytest.raises(UnknownDatasetError):
        run("land@9", "--store", filled.root)
