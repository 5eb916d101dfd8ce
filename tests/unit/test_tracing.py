"""Which batch a supply comes from: links go before the batch that it names, sums are conserved."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.tracing import orphans, trace
from geo.errors import SchemaError

SUPPLIES = pd.DataFrame(
    {
        "supply_no": ["s1", "s2", "s3", "s4", "s5"],
        "batch_id": ["A", "A", None, "C", None],
        "supplied_m2": [100.0, 50.0, 30.0, 10.0, 7.0],
        "holder": ["h1", "h2", "h3", "h4", "h5"],
    },
    index=[7, 3, 5, 1, 9],
)


def links(*rows):
    return pd.DataFrame(list(rows), columns=["supply_no", "batch_id", "area_m2"])


def told(traced):
    return [
        (label, None if pd.isna(batch) else batch, area, by)
        for label, batch, area, by in zip(
            traced.index,
            traced["batch_id"],
            traced["supplied_m2"],
            traced["traced_by"],
            strict=True,
        )
    ]


@pytest.mark.parametrize("none", [None, links()])
def test_without_links_a_supply_is_of_the_batch_that_it_names(none):
    assert told(trace(SUPPLIES, none)) == [
        (7, "A", 100.0, "batch"),
        (3, "A", 50.0, "batch"),
        (5, None, 30.0, "none"),
        (1, "C", 10.0, "batch"),
        (9, None, 7.0, "none"),
    ]


def test_a_supply_with_links_is_traced_by_them_alone():
    of_two = links(("s1", "A", 60.0), ("s1", "B", 40.0), ("s3", "B", 30.0))
    out = trace(SUPPLIES, of_two)
    assert told(out) == [
        (7, "A", 60.0, "link"),
        (7, "B", 40.0, "link"),
        (3, "A", 50.0, "batch"),
        (5, "B", 30.0, "link"),
        (1, "C", 10.0, "batch"),
        (9, None, 7.0, "none"),
    ]
    assert out["holder"].tolist() == ["h1", "h1", "h2", "h3", "h4", "h5"]


def test_what_links_leave_or_take_too_much_is_named():
    odd = links(("s1", "B", 99.0), ("s2", "A", 50.5), ("s4", "C", 10.0))
    assert told(trace(SUPPLIES, odd)) == [
        (7, "B", 99.0, "link"),
        (7, None, 1.0, "remainder"),
        (3, "A", 50.5, "link"),
        (3, None, -0.5, "excess"),
        (5, None, 30.0, "none"),
        (1, "C", 10.0, "link"),
        (9, None, 7.0, "none"),
    ]


def test_links_of_supplies_that_are_not_recorded_are_apart():
    odd = links(("s9", "A", 5.0), ("s1", "A", 100.0))
    assert orphans(SUPPLIES, odd)["supply_no"].tolist() == ["s9"]
    assert trace(SUPPLIES, odd)["supplied_m2"].sum() == 197.0
    only = trace(SUPPLIES.iloc[:0], odd)
    assert only.empty
    assert "traced_by" in only


def test_a_supply_stands_once_beside_its_links():
    twice = pd.concat([SUPPLIES, SUPPLIES.iloc[:1]])
    assert len(trace(twice)) == 6
    with pytest.raises(SchemaError, match="s1"):
        trace(twice, links(("s2", "A", 1.0)))
    with pytest.raises(SchemaError, match="supply_no"):
        trace(SUPPLIES.drop(columns="supply_no"), links(("s2", "A", 1.0)))


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["s1", "s2", "s3", "s4", "s5", "s9"]),
            st.sampled_from("ABCD"),
            st.floats(0.01, 1e6),
        ),
        max_size=12,
    )
)
def test_areas_are_conserved_and_no_supply_is_traced_twice(rows):
    out = trace(SUPPLIES, links(*rows))
    assert out["supplied_m2"].sum() == pytest.approx(197.0)
    each = out.groupby("supply_no")["supplied_m2"].sum()
    assert each[SUPPLIES["supply_no"]].tolist() == pytest.approx(SUPPLIES["supplied_m2"].tolist())
    ways = out.groupby("supply_no")["traced_by"].agg("/".join)
    whole = ways.str.contains("batch|none")
    assert not ways[whole].str.contains("/").any()
