"""Profiles of industries: synonyms, the 14 industries, cosine by hand, and zones that name none."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics import industry_profile
from domain import reference
from geo.errors import SchemaError

WORDS, SECTORS = reference.table("industry_words"), reference.table("sectors")
CODES = SECTORS["sector_code"].tolist()


def texts(*those):
    return pd.Series(list(those), dtype="string")


def profiles(*those, **more):
    return industry_profile.profiles(texts(*those), WORDS, SECTORS, **more)


def pair(left, right):
    return industry_profile.cosine(profiles(left), profiles(right))[0]


def test_a_profile_shares_one_among_the_sectors_named():
    found = profiles("电子信息;有色金属;食品;电子").loc[0]
    assert found[found > 0].to_dict() == pytest.approx(
        {"nonferrous": 1 / 3, "electronics": 1 / 3, "food": 1 / 3}
    )
    assert found.index.tolist() == CODES


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("电子信息", "电子信息", 1.0),
        ("铜及铜加工", "有色金属", 1.0),  # synonyms
        ("电子信息", "食品", 0.0),
        ("电子信息;食品", "电子信息", 1 / math.sqrt(2)),
        ("电子信息;食品", "电子信息;纺织", 0.5),
        ("电子信息;食品;纺织", "食品;纺织;化工", 2 / 3),
        ("新能源汽车", "新能源", 0.0),  # automotive, not new energy
    ],
)
def test_cosine_by_hand(left, right, expected):
    assert pair(left, right) == pytest.approx(expected)
    assert pair(right, left) == pytest.approx(expected)


@pytest.mark.parametrize("nothing", [None, "", "新材料", "保税物流", "不知所云"])
def test_a_zone_that_names_none_is_like_nobody_and_that_is_missing(nothing):
    assert profiles(nothing).isna().all().all()
    assert math.isnan(pair(nothing, "电子信息"))
    assert math.isnan(pair("电子信息", nothing))
    assert math.isnan(pair(nothing, nothing))


@pytest.mark.parametrize(
    ("text", "basis", "open_words", "unknown"),
    [
        ("电子信息;新材料", "words", "新材料", ""),
        ("新材料", "open", "新材料", ""),
        ("钨和稀土；某某产业", "words", "", "某某产业"),
        ("某某产业", "open", "", "某某产业"),
        ("", "none", "", ""),
        (None, "none", "", ""),
    ],
)
def test_what_a_profile_rests_on_is_told(text, basis, open_words, unknown):
    found = industry_profile.basis(texts(text), WORDS).loc[0]
    assert found.tolist() == [basis, open_words, unknown]


def test_revenue_by_sector_weighs_instead_of_words_where_it_is_known():
    figures = pd.DataFrame({"electronics": [30.0, np.nan], "food": [10.0, 0.0]}, index=[0, 1])
    found = profiles("纺织", "纺织", figures=figures)
    assert found.loc[0, ["electronics", "food", "textiles"]].tolist() == [0.75, 0.25, 0.0]
    assert found.loc[1, "textiles"] == 1.0
    rests = industry_profile.basis(texts("纺织", "纺织"), WORDS, figures=figures)
    assert rests["basis"].tolist() == ["figures", "words"]


@pytest.mark.parametrize(
    "figures", [pd.DataFrame({"magic": [1.0]}), pd.DataFrame({"food": [-1.0]})]
)
def test_figures_of_unknown_sectors_or_below_zero_are_refused(figures):
    with pytest.raises(SchemaError):
        profiles("食品", figures=figures)


def test_profiles_of_other_sectors_are_not_compared():
    some = profiles("食品")
    with pytest.raises(SchemaError):
        industry_profile.cosine(some, some.iloc[:, ::-1])
    with pytest.raises(SchemaError):
        industry_profile.contributions(some, some.iloc[:, 1:])


def test_the_zones_of_the_province():
    zones = reference.zones().set_index("zone_id")
    table = industry_profile.profiles(zones["leading_industries"], WORDS, SECTORS)
    rests = industry_profile.basis(zones["leading_industries"], WORDS)
    assert (table.notna().all(axis=1) == (rests["basis"] == "words")).all()
    assert table.dropna().sum(axis=1).to_numpy() == pytest.approx(1.0)
    assert len(table.dropna()) >= 100
    assert (rests["basis"] == "none").sum() == zones["leading_industries"].isna().sum()


MIXTURES = st.lists(
    st.lists(st.floats(0, 100), min_size=4, max_size=4), min_size=1, max_size=6
).map(lambda rows: pd.DataFrame(rows, columns=list("abcd")))


@given(MIXTURES)
def test_likeness_is_symmetric_between_nothing_and_one_and_adds_up(table):
    whole = industry_profile.likeness(table)
    known = table.gt(0).any(axis=1)
    pd.testing.assert_frame_equal(whole, whole.T)
    assert (whole.notna().to_numpy() == np.outer(known, known)).all()
    assert np.diag(whole)[known] == pytest.approx(1.0)
    filled = whole.fillna(0.5).to_numpy()
    assert filled.min() >= 0
    assert filled.max() <= 1
    back = table.iloc[::-1].set_axis(table.index)
    parts = industry_profile.contributions(table, back).sum(axis=1, skipna=False)
    assert parts.to_numpy() == pytest.approx(
        industry_profile.cosine(table, back).to_numpy(), nan_ok=True
    )


@given(MIXTURES, st.floats(0.01, 100))
def test_the_size_of_a_zone_does_not_matter(table, factor):
    table = table.where(table > 1e-6, 0.0)
    pd.testing.assert_frame_equal(
        industry_profile.likeness(table * factor), industry_profile.likeness(table)
    )
