"""Columns of text from small numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from analytics.coded_texts import bits, joined, texts

NAMES = tuple(f"name_{i}" for i in range(32))


@given(st.lists(st.sets(st.sampled_from(NAMES)), max_size=30))
def test_flags_become_lists_of_names(rows):
    flags = {name: np.array([name in row for row in rows], dtype=bool) for name in NAMES}
    out = joined(bits(flags, NAMES, len(rows)), NAMES)
    expected = [";".join(name for name in NAMES if name in row) for row in rows]
    assert list(out) == expected
    assert pd.Series(out).dtype == "str"


@given(st.lists(st.integers(-1, 2), max_size=30))
def test_a_number_below_zero_is_no_text(codes):
    out = texts(np.array(codes, dtype=np.int8), ["甲", "", "c"])
    for code, text in zip(codes, out, strict=True):
        assert pd.isna(text) if code < 0 else text == ["甲", "", "c"][code]
