"""Official numbers as foreign text: no input may break the reading of them."""

from __future__ import annotations

import re

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from domain import code_lists, codes
from domain.distinct import of_distinct

TEXT = st.lists(
    st.one_of(
        st.none(),
        st.text(max_size=30),
        st.text(alphabet="36012X.-GBJF〔〕()（）[]【】年号赣国土资核 \t", max_size=32),
        st.from_regex(r"36[0-9]{10}[GJZ][A-Z][0-9]{4,6}", fullmatch=True),
        st.from_regex(r"[0-9]{10}[A-Z][0-9]{4,9}", fullmatch=True),
    ),
    max_size=8,
)


def cells(values):
    return pd.Series(values, dtype="string", index=range(5, 5 + len(values)))


@given(TEXT)
def test_every_text_has_an_answer_on_its_own_row(values):
    given_ = cells(values)
    for read in (
        codes.place_code_fault,
        codes.parcel_code_fault,
        codes.unit_number_fault,
        codes.county_of_code,
        codes.supply_no_fault,
        codes.damaged_number,
        codes.normal_approval_no,
        codes.approval_no_fault,
        codes.approval_year,
        codes.is_known_county,
        codes.current_county,
        lambda v: codes.supply_no_parts(v)["year"],
    ):
        found = read(given_)
        assert found.index.equals(given_.index)
        assert found[given_.isna()].isna().all()


@given(TEXT)
def test_forms_are_those_of_plain_patterns(values):
    given_ = cells(values)
    whole = codes.parcel_code_fault(given_).fillna(value=False)
    for value, fault in zip(given_.fillna(""), whole, strict=True):
        if re.fullmatch(codes.PARCEL_CODE, value):
            assert not fault
    county = codes.county_of_code(given_)
    for value, found in zip(given_.fillna(""), county, strict=True):
        formed = re.fullmatch(f"{codes.PARCEL_CODE}|{codes.UNIT_NUMBER}", value)
        assert (value[:6] if formed else None) == (None if pd.isna(found) else found)
    parts = codes.supply_no_parts(given_)
    for value, year in zip(given_.fillna(""), parts["year"], strict=True):
        formed = re.fullmatch(r"\d{10}[A-Z]\d{5,8}", value, flags=re.ASCII)
        assert (int(value[6:10]) if formed else None) == (None if pd.isna(year) else year)


@given(TEXT)
def test_a_normal_approval_number_stays_as_it_is(values):
    once = codes.normal_approval_no(cells(values))
    assert codes.normal_approval_no(once).equals(once)


@given(TEXT)
def test_reading_distinct_values_is_reading_all(values):
    given_ = cells(values)
    assert of_distinct(given_, codes.normal_approval_no).equals(codes.normal_approval_no(given_))


@given(TEXT, st.sampled_from(["disposal_route", "supply_mode", "tenure"]))
def test_any_word_is_in_a_dictionary_or_not(values, name):
    given_ = cells(values)
    found = code_lists.code_of(name, given_)
    assert found.index.equals(given_.index)
    assert set(found.dropna()) <= set(code_lists.codes(name))
