"""The pair that is open: the last row, link or outline; what is of no pair changes nothing."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely
import streamlit as st

from views.consolidation.opened import Opened, pair_of
from views.map_panel import Click

KEYS = pd.Series(["a>b", "a>c", "d>e"], index=[7, 8, 9])
SHAPES = gpd.GeoDataFrame(
    {
        "id": ["1", "2", "3", "4"],
        "host_id": ["a", "a", "a", "d"],
        "zone_id": ["a", "c", "a", "e"],
        "part": ["host", "absorbed", "unit", "trust"],
    },
    geometry=[shapely.box(0, 0, 1, 1)] * 4,
    crs=4490,
)


@pytest.fixture
def state(monkeypatch):
    kept = {}
    reruns = []
    monkeypatch.setattr(st, "session_state", kept)
    monkeypatch.setattr(st, "rerun", lambda: reruns.append(dict(kept)))
    kept["reruns"] = reruns
    return kept


@pytest.mark.parametrize(
    ("layer", "feature", "pair"),
    [
        ("consolidation_links", "d>e", "d>e"),
        ("consolidation_outlines", "1", "a>b"),
        ("consolidation_outlines", "2", "a>c"),
        ("consolidation_outlines", "3", "a>b"),
        ("consolidation_outlines", "4", "d>e"),
        ("consolidation_outlines", "9", ""),
        ("consolidation_zones", "1", ""),
    ],
)
def test_a_link_or_an_outline_is_of_a_pair(layer, feature, pair):
    assert pair_of(Click(layer, feature), KEYS, SHAPES) == pair


def test_no_click_and_an_outline_of_no_pair_open_nothing():
    assert pair_of(None, KEYS, SHAPES) == ""
    assert pair_of(Click("consolidation_outlines", "1"), KEYS[2:], SHAPES) == ""


def test_the_last_of_row_and_click_is_open(state):
    opened = Opened("x", KEYS)
    assert opened.choose(None, "") == 0
    assert opened.choose(None, "d>e") == opened.position == 2
    assert len(state["reruns"]) == 1
    # The same click is still reported, a row is selected after it.
    assert opened.choose(1, "d>e") == opened.position == 1
    assert opened.choose(1, "d>e") == 1
    assert len(state["reruns"]) == 1
    assert opened.before_click(1) == "a>c"


def test_a_click_on_something_else_keeps_what_is_open(state):
    opened = Opened("x", KEYS)
    opened.choose(1, "")
    assert opened.choose(1, "gone>zone") == 1
    assert state["reruns"] == []


@pytest.mark.usefixtures("state")
def test_a_pair_that_is_gone_gives_way_to_the_first():
    Opened("x", KEYS).choose(2, "")
    assert Opened("x", KEYS[:2]).position == 0
