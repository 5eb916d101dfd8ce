"""Classes by share: cuts, ties on both sides, vetoes, groups, and counts that were published."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.evaluation import permu_classes
from domain.permu_schemes import permu_schemes

SCHEMES = permu_schemes()
ZONES, TONGLING = SCHEMES["jiangxi-zones"], SCHEMES["tongling-2021"]
PUBLISHED = {"A": 154, "B": 341, "C": 223, "D": 37}


def variant(**changes):
    return ZONES.model_copy(update=changes)


def classes(scores, scheme=ZONES, **more):
    table = permu_classes.assign(pd.Series(scores, dtype="float64"), scheme, **more)
    return "".join(table["class"].fillna("-"))


def test_twenty_units_fall_where_the_shares_say():
    assert classes(range(20, 0, -1)) == "A" * 4 + "B" * 9 + "C" * 6 + "D"


def test_shares_of_an_odd_number_are_rounded_as_the_scheme_says():
    assert permu_classes.cuts(7, variant(rounding="down")).tolist() == [1, 4, 6, 7]
    assert permu_classes.cuts(7, variant(rounding="up")).tolist() == [2, 5, 7, 7]
    assert permu_classes.cuts(20, variant(rounding="up")).tolist() == [4, 13, 19, 20]


@pytest.mark.parametrize(("ties", "expected"), [("better", "AAAB"), ("worse", "ABBB")])
def test_equal_scores_across_a_cut_stay_together_on_either_side(ties, expected):
    scores = [9.0, 8.0, 8.0, *range(7, 0, -1)]  # of ten, two are A
    assert classes(scores, variant(ties=ties))[:4] == expected


@pytest.mark.parametrize("ties", ["better", "worse"])
def test_ties_that_end_at_the_cut_are_the_same_either_way(ties):
    assert classes([9.0, 9.0, *range(8, 0, -1)], variant(ties=ties))[:3] == "AAB"


@pytest.mark.parametrize(("ties", "expected"), [("better", "A" * 10), ("worse", "D" * 10)])
def test_where_all_are_equal_all_are_in_one_class(ties, expected):
    assert classes([5.0] * 10, variant(ties=ties)) == expected


def test_a_hair_of_rounding_is_no_difference():
    assert classes([0.1 + 0.2, 0.3, *[0.0] * 8])[:2] == "AA"


def test_units_without_a_score_have_no_class_and_no_place():
    table = permu_classes.assign(pd.Series([1.0, np.nan, 2.0]), ZONES)
    assert table["rank"].tolist() == [2, pd.NA, 1]
    assert table["of"].tolist() == [2, pd.NA, 2]
    assert table["class"].isna().tolist() == [False, True, False]
    assert classes([np.nan]) == "-"
    assert classes([]) == ""


@pytest.mark.parametrize(
    ("place", "veto", "expected"),
    [(0, True, "C"), (0, False, "A"), (18, True, "C"), (19, True, "D")],
)
def test_a_veto_takes_down_and_never_lifts(place, veto, expected):
    flags = pd.DataFrame({"safety_open": False, "environment_open": False}, index=range(20))
    flags.loc[place, "safety_open"] = veto
    assert classes(range(20, 0, -1), vetoes=flags)[place] == expected


def test_without_columns_no_veto_holds_and_all_are_unknown():
    table = permu_classes.assign(pd.Series([1.0]), ZONES)
    assert table.loc[0, "vetoes"] == ""
    assert table.loc[0, "vetoes_unknown"] == "safety_open;environment_open"


def test_groups_are_ranked_each_by_itself():
    county = pd.Series(["x"] * 5 + ["y"] * 5 + [None])
    table = permu_classes.assign(pd.Series([*range(10), 99.0]), ZONES, within=county)
    assert table["class"].fillna("-").tolist() == [*"DCBBA", *"DCBBA", "-"]
    assert table["of"].tolist() == [5] * 10 + [pd.NA]


def test_the_published_counts_of_tongling_are_its_shares_within_a_few_firms():
    total = sum(PUBLISHED.values())
    assert total == 755
    shares = [round(100 * n / total) for n in PUBLISHED.values()]
    assert shares == [20, 45, 30, 5]
    table = permu_classes.assign(pd.Series(np.arange(total, dtype="float64")), TONGLING)
    counts = permu_classes.counts(table, TONGLING)
    assert counts.to_dict() == {"A": 151, "B": 339, "C": 227, "D": 38}
    assert (counts - pd.Series(PUBLISHED)).abs().max() <= 4
    # Ranked county by county with cuts rounded up, a few more reach the better classes.
    up = TONGLING.model_copy(update={"rounding": "up"})
    counties = pd.Series(np.arange(total) % 7).astype("string")
    table = permu_classes.assign(pd.Series(np.arange(total, dtype="float64")), up, within=counties)
    assert 151 <= permu_classes.counts(table, up)["A"] <= 151 + 7


def test_the_published_counts_follow_from_their_own_cuts():
    cumulated = np.cumsum(list(PUBLISHED.values())) / 755
    exact = TONGLING.model_copy(
        update={
            "classes": tuple(
                cut.model_copy(update={"upto": float(share)})
                for cut, share in zip(TONGLING.classes, cumulated, strict=True)
            )
        }
    )
    table = permu_classes.assign(pd.Series(np.arange(755, dtype="float64")), exact)
    assert permu_classes.counts(table, exact).to_dict() == PUBLISHED


@given(
    st.lists(st.integers(0, 9), max_size=60),
    st.sampled_from(["better", "worse"]),
    st.sampled_from(["down", "up"]),
)
def test_better_scores_are_never_in_worse_classes_and_nobody_is_lost(scores, ties, rounding):
    scheme = variant(ties=ties, rounding=rounding)
    series = pd.Series(scores, dtype="float64")
    table = permu_classes.assign(series, scheme)
    assert permu_classes.counts(table, scheme).sum() == len(scores)
    order = table["class"][series.sort_values(ascending=False, kind="stable").index]
    assert order.is_monotonic_increasing
    by_score = table["class"].groupby(series).nunique()
    assert (by_score == 1).all()
    if ties == "worse":
        ends = permu_classes.cuts(len(scores), scheme)
        assert (table["class"] == "A").sum() <= ends[0] or len(scores) == 0
