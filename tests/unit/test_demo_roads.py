"""The invented road network joins most zones of its prefectures, and not all."""

from __future__ import annotations

import numpy as np

from analytics.road_distance import distances
from analytics.road_distance import network as graph
from demo.roads import PREFECTURES, network
from domain import reference
from tests.pair_world import RULES


def test_zones_are_joined_some_are_not_and_the_prefectures_are_apart():
    zones = reference.zones()
    lines = network(zones, np.random.default_rng(1))
    found = distances(zones, graph(lines, rules=RULES), rules=RULES, name="x").reset_index()
    place = zones.set_index("zone_id")["prefecture_adcode"]
    host, other = found["host_id"].map(place), found["absorbed_id"].map(place)
    within = host.isin(PREFECTURES) & (host == other)
    assert found.loc[within, "road_km"].notna().mean() > 0.6
    assert (found.loc[within, "road_gap"] == "far").any()
    across = host.isin(PREFECTURES) & other.isin(PREFECTURES) & (host != other)
    assert set(found.loc[across, "road_gap"]) <= {"apart", "far"}
    assert (found.loc[~host.isin(PREFECTURES), "road_km"].isna()).mean() > 0.9


def test_the_same_source_gives_the_same_lines():
    zones = reference.zones()
    made = [network(zones, np.random.default_rng(seed)).geometry.to_wkb() for seed in (1, 1, 2)]
    assert made[0].tolist() == made[1].tolist()
    assert made[0].tolist() != made[2].tolist()
