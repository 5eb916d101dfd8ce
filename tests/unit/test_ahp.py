"""Pairwise judgements: consistent ones give their ratios back, contradictions are named."""

from __future__ import annotations

import datetime as dt
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.consolidation import ahp
from domain.issues import catalogue
from domain.rules import load_rules

RULES = load_rules("consolidation", as_of=dt.date(2026, 6, 1))


def consistent(weights):
    names = [f"c{i}" for i in range(len(weights))]
    pairs = {
        (names[i], names[j]): weights[i] / weights[j]
        for i, j in combinations(range(len(weights)), 2)
    }
    return pairs, names


@given(st.lists(st.floats(1.0, 9.0), min_size=2, max_size=9))
def test_consistent_judgements_give_their_weights_back(weights):
    found = ahp.weigh(*consistent(weights), rules=RULES)
    assert found.weights.to_numpy() == pytest.approx(np.array(weights) / sum(weights), rel=1e-6)
    assert found.ratio == pytest.approx(0.0, abs=1e-6)
    assert found.judgements["off"].max() == pytest.approx(1.0, rel=1e-6)


def test_three_criteria_by_hand():
    # For n = 3 the eigenvalue is 1 + r + 1/r with r the cube root of a12 * a23 / a13.
    found = ahp.weigh({("a", "b"): 2, ("b", "c"): 2, ("a", "c"): 5}, ["a", "b", "c"], rules=RULES)
    r = (2 * 2 / 5) ** (1 / 3)
    assert found.eigenvalue == pytest.approx(1 + r + 1 / r)
    assert found.index == pytest.approx((found.eigenvalue - 3) / 2)
    assert found.ratio == pytest.approx(found.index / 0.58)
    means = np.array([10.0, 1.0, 0.1]) ** (1 / 3)
    assert found.weights.to_numpy() == pytest.approx(means / means.sum(), rel=1e-9)


def test_either_order_of_a_pair_says_the_same():
    names = ["a", "b", "c"]
    one = ahp.weigh({("a", "b"): 3, ("b", "c"): 2, ("a", "c"): 5}, names, rules=RULES)
    two = ahp.weigh({("b", "a"): 1 / 3, ("c", "b"): 1 / 2, ("c", "a"): 1 / 5}, names, rules=RULES)
    assert one.weights.to_numpy() == pytest.approx(two.weights.to_numpy())


def ratio_of(a13):
    names = ["a", "b", "c"]
    return ahp.weigh({("a", "b"): 2, ("b", "c"): 2, ("a", "c"): a13}, names, rules=RULES).ratio


def test_the_limit_of_the_ratio_on_both_sides():
    # CR = 0.1 where r + 1/r = 2.116, i.e. r = 1.4063 and a13 = 4 * r**3.
    r = (2.116 + (2.116**2 - 4) ** 0.5) / 2
    limit = 4 / r**3
    assert ratio_of(limit * 1.001) < 0.1
    with pytest.raises(ahp.InconsistentError):
        ratio_of(limit * 0.999)


def test_the_worst_judgement_is_named_in_words():
    pairs, names = consistent([8.0, 4.0, 2.0, 1.0])
    pairs[("c1", "c2")] = 1 / 7
    with pytest.raises(ahp.InconsistentError, match=r"CPL-002.*c1 against c2") as error:
        ahp.weigh(pairs, names, rules=RULES)
    text = catalogue()["CPL-002"]
    assert error.value.values["first"] == "c1"  # noqa: PD011 - of an error
    assert "c1" in text.en.format(**error.value.values)
    assert "c2" in text.zh.format(**error.value.values)


@pytest.mark.parametrize(
    ("pairs", "names"),
    [
        ({}, ["a", "b"]),
        ({("a", "b"): 9.1}, ["a", "b"]),
        ({("a", "b"): 0.1}, ["a", "b"]),
        ({("a", "b"): float("nan")}, ["a", "b"]),
        ({("a", "x"): 2}, ["a", "b"]),
        ({("a", "a"): 1}, ["a", "b"]),
        ({("a", "b"): 2, ("b", "a"): 2}, ["a", "b"]),
        ({}, ["a"]),
        ({("a", "b"): 2}, ["a", "b", "b"]),
        (consistent([1.0] * 10)[0], consistent([1.0] * 10)[1]),
    ],
)
def test_a_table_that_cannot_be_used_is_refused(pairs, names):
    with pytest.raises(ahp.JudgementError, match="CPL-003"):
        ahp.weigh(pairs, names, rules=RULES)


@pytest.mark.parametrize("n", range(3, 10))
def test_the_random_index_is_that_of_random_matrices(n):
    """Saaty's table comes from small samples; a drawn mean lies within 0.07 of it."""
    rng = np.random.default_rng(n)
    scale = np.array([*range(1, 10), *(1 / k for k in range(2, 10))])
    count = 3_000
    upper = np.triu(rng.choice(scale, size=(count, n, n)), 1)
    lower = np.where(upper > 0, 1 / np.where(upper > 0, upper, 1.0), 0.0).transpose(0, 2, 1)
    eigenvalues = np.linalg.eigvals(upper + lower + np.eye(n)).real.max(axis=1)
    drawn = (eigenvalues.mean() - n) / (n - 1)
    assert drawn == pytest.approx(RULES.value(f"CON-AHP-RI-{n}"), abs=0.07)


def test_judged_terms_share_what_they_have_and_the_most_is_kept():
    now = pd.Series({"a": 30.0, "b": 10.0, "c": 20.0})
    even = ahp.shared_out(pd.Series({"a": 0.5, "b": 0.5}), now, most=50)
    assert even.to_dict() == {"a": 20, "b": 20, "c": 20}
    # 40 in parts of 9 and 1 would be 36 and 4; at most 18 makes all half as large.
    small = ahp.shared_out(pd.Series({"a": 0.9, "b": 0.1}), now, most=18)
    assert small.to_dict() == {"a": 18, "b": 2, "c": 10}
    nothing = ahp.shared_out(pd.Series({"a": 0.8, "b": 0.2}), now * 0.0, most=50)
    assert nothing.to_dict() == {"a": 40, "b": 10, "c": 0}
