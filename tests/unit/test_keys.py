"""Numbers looked up in Arrow: what plain dictionaries and sets say of the same texts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.keys import differing, numbered, places, within

TEXTS = st.lists(st.one_of(st.none(), st.sampled_from(["", " ", "a", "b", "甲", "a "])), max_size=9)


def series(values, dtype):
    return pd.Series(values, dtype=dtype, index=range(5, 5 + len(values)))


@given(TEXTS, TEXTS, st.sampled_from(["string", "str", "object"]))
def test_a_key_stands_where_it_is_first_and_one_that_is_missing_nowhere(keys, among, dtype):
    first = [among.index(key) if key is not None and key in among else -1 for key in keys]
    assert places(series(keys, dtype), series(among, "string")).tolist() == first
    there = [place >= 0 for place in first]
    assert within(series(keys, dtype), series(among, "string")).tolist() == there


@given(TEXTS)
def test_different_keys_are_numbered_in_order(keys):
    codes, names = numbered(series(keys, "string"))
    assert names.tolist() == list(dict.fromkeys(key for key in keys if key is not None))
    assert [names[code] if code >= 0 else None for code in codes] == keys


@given(st.lists(st.tuples(st.integers(-1, 3), st.integers(-1, 2)), max_size=12))
def test_a_group_differs_where_it_has_two_known_values(rows):
    groups, values = (np.array([row[i] for row in rows], dtype=np.intp) for i in (0, 1))
    of = {group: {value for g, value in rows if g == group and value >= 0} for group, _ in rows}
    wanted = [group >= 0 and len(of[group]) > 1 for group, _ in rows]
    assert differing(groups, values).tolist() == wanted


@pytest.mark.parametrize("values", [[0, 0], [0, -1]])
def test_one_value_is_not_several(values):
    assert not differing(np.array([1, 1]), np.array(values)).any()
