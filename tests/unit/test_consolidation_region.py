"""Pairs and facts of one prefecture, by hand."""

from __future__ import annotations

import pandas as pd

from analytics.consolidation.region import facts_in, pairs_in

PAIRS = pd.DataFrame(
    [
        ("A", "B", "p1", "p1"),
        ("C", "A", "p2", "p1"),
        ("C", "D", "p2", "p2"),
        ("A", "D", "p1", "p2"),
    ],
    columns=["host_id", "absorbed_id", "host_prefecture_adcode", "absorbed_prefecture_adcode"],
)
FACTS = pd.DataFrame(
    {"prefecture_adcode": ["p1", "p1", "p2", "p2", "p1", "p2"]}, index=list("ABCDEF")
)


def test_a_pair_belongs_to_the_prefectures_of_both_sides():
    found = pairs_in(PAIRS, "p1")
    assert [*zip(found["host_id"], found["absorbed_id"], strict=True)] == [
        ("A", "B"), ("C", "A"), ("A", "D"),
    ]  # fmt: skip
    assert found.index.tolist() == [0, 1, 2]
    assert pairs_in(PAIRS, "p3").empty


def test_zones_without_a_pair_count_where_they_lie_and_partners_from_elsewhere_too():
    pairs = pairs_in(PAIRS, "p1")
    assert facts_in(FACTS, pairs, "p1").index.tolist() == ["A", "B", "C", "D", "E"]
    # E takes part in the mean of its prefecture; F is neither of it nor a partner.


def test_the_province_is_everything():
    assert pairs_in(PAIRS, "") is PAIRS
    assert facts_in(FACTS, PAIRS, "") is FACTS
