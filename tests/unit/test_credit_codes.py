"""Unified social credit codes: published codes hold, every other last character does not."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.credit_codes import ALPHABET, BODY, check_character, faults

KNOWN = ("91350100M000100Y43", "914403001922038216", "91110000802100433B")


@pytest.mark.parametrize("code", KNOWN)
def test_published_codes_hold_and_no_other_last_character_does(code):
    assert check_character(code[:BODY]) == code[BODY]
    others = pd.Series([code[:BODY] + c for c in ALPHABET])
    assert others[faults(others) == ""].tolist() == [code]


@given(st.text(ALPHABET, min_size=BODY, max_size=BODY), st.integers(0, BODY - 1), st.data())
def test_one_wrong_character_is_always_found(body, place, data):
    """31 is a prime, so that no weight hides a change."""
    code = body + check_character(body)
    other = data.draw(st.sampled_from([c for c in ALPHABET if c != code[place]]))
    wrong = code[:place] + other + code[place + 1 :]
    assert faults(pd.Series([code, wrong])).tolist() == ["", "check"]


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        (None, "missing"),
        ("", "form"),
        ("91350100M000100Y4", "form"),
        ("91350100M000100Y433", "form"),
        ("91350100M000100YI3", "form"),
        ("91350100m000100y43", "form"),
        ("9.1350100e+17", "form"),
        ("91350100M000100Y43\n", "form"),
        ("91350100M000100Y44", "check"),
    ],
)
def test_what_cannot_be_a_code_is_told(code, fault):
    assert faults(pd.Series([code], dtype="string")).tolist() == [fault]


@pytest.mark.parametrize("body", ["", "9" * 18, "I" * BODY])
def test_only_a_body_has_a_check_character(body):
    with pytest.raises(ValueError, match="not the beginning"):
        check_character(body)
