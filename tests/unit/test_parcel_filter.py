"""Filters of the browse map: both sides of every threshold, and sums that add up."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.parcel_filter import SUMMED, FilterError, ParcelFilter, sums
from domain.i18n import LANGUAGES
from domain.issues import explain
from store.column_files import NO_DAY

EPOCH = dt.date(1970, 1, 1)


def days(*dates):
    return np.array(
        [NO_DAY if d is None else (dt.date.fromisoformat(d) - EPOCH).days for d in dates],
        dtype=np.int32,
    )


@dataclass
class Parcels:
    """Four parcels: columns of codes with their texts, areas, dates, and words to look in."""

    area_m2: np.ndarray = field(default_factory=lambda: np.array([100.0, 200.0, 300.0, 0.0]))
    codes: dict[str, tuple[list[int], tuple[str, ...]]] = field(
        default_factory=lambda: {
            "status": ([0, 1, 1, 2], ("completed", "not_due", "overdue")),
            "group": ([0, 0, 1, 1], ("industrial", "unknown")),
            "prefecture_adcode": ([0, 0, 1, 1], ("360100", "360700")),
            "county_adcode": ([0, -1, 1, 1], ("360112", "360702")),
            "zone_id": ([-1, -1, 0, -1], ("jx-a",)),
        }
    )

    @property
    def rows(self):
        return len(self.area_m2)

    def coded(self, name):
        codes, texts = self.codes[name]
        return np.array(codes, dtype=np.int32), texts

    def days(self, name):
        return {
            "approved_on": days("2020-01-01", "2020-01-02", None, "1969-12-31"),
            "signed_on": days(None, None, None, "2021-01-01"),
        }[name]

    def matching(self, text):
        return np.array([text in word for word in ("a", "ab", "abc", "")])


def passing(**query):
    return np.flatnonzero(ParcelFilter.asked(query).mask(Parcels())).tolist()


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ({}, [0, 1, 2, 3]),
        ({"status": "not_due"}, [1, 2]),
        ({"status": "not_due,completed"}, [0, 1, 2]),
        ({"status": ",not_due,,"}, [1, 2]),
        ({"status": "nothing_like_it"}, []),
        ({"status": "not_due,nothing_like_it"}, [1, 2]),
        ({"group": "unknown"}, [2, 3]),
        ({"group": "unknown", "status": "not_due"}, [2]),
        ({"prefecture": "360100"}, [0, 1]),
        ({"prefecture": "3601"}, []),
        ({"county": "360112"}, [0]),
        ({"county": "360702"}, [2, 3]),
        ({"zone": "jx-a"}, [2]),
        ({"zone": "jx-a,"}, []),
        ({"area_from": "200"}, [1, 2]),
        ({"area_from": "200.001"}, [2]),
        ({"area_to": "200"}, [0, 1, 3]),
        ({"area_to": "199.999"}, [0, 3]),
        ({"area_from": "200", "area_to": "200"}, [1]),
        ({"area_from": "300", "area_to": "100"}, []),
        ({"area_from": "0"}, [0, 1, 2, 3]),
        ({"area_to": "0"}, [3]),
        ({"area_from": " 2e2 "}, [1, 2]),
        ({"date_from": "2020-01-01"}, [0, 1]),
        ({"date_from": "2020-01-02"}, [1]),
        ({"date_from": "2020-01-03"}, []),
        ({"date_to": "2020-01-01"}, [0, 3]),
        ({"date_to": "2019-12-31"}, [3]),
        ({"date_to": "1969-12-30"}, []),
        ({"date_from": "0001-01-01"}, [0, 1, 3]),
        ({"date_to": "9999-12-31"}, [0, 1, 3]),
        ({"date_from": "1969-12-31", "date_to": "1969-12-31"}, [3]),
        ({"dated": "signed_on"}, [0, 1, 2, 3]),
        ({"dated": "signed_on", "date_from": "2021-01-01"}, [3]),
        ({"dated": "signed_on", "date_from": "2021-01-02"}, []),
        ({"dated": "", "date_to": "2020-01-01"}, [0, 3]),
        ({"q": "ab"}, [1, 2]),
        ({"q": "  ab "}, [1, 2]),
        ({"q": "   "}, [0, 1, 2, 3]),
        ({"q": "ab", "area_to": "200"}, [1]),
        ({"something": "else", "lang": "en"}, [0, 1, 2, 3]),
    ],
)
def test_each_field_and_both_sides_of_its_limits(query, rows):
    assert passing(**query) == rows


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, value) for name in ("area_from", "area_to")
          for value in ("x", "nan", "inf", "-inf", "1e999", "1,000", "５ha", "1 2", "0x10")),
        *((name, value) for name in ("date_from", "date_to")
          for value in ("x", "2026", "2026-13-01", "2026-02-30", "30.6.2026", "2026-6-30",
                        "10000-01-01", "2026-06-30T00:00")),
        *(("dated", value) for value in ("finished_on", "parcel_id", "__class__", "APPROVED_ON")),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_its_field_and_value(name, value):
    with pytest.raises(FilterError) as caught:
        ParcelFilter.asked({name: value})
    assert caught.value.code == "FLT-001"
    for language in LANGUAGES:
        text = explain(caught.value, language)
        assert name in text
        assert value in text


def test_filters_of_the_same_meaning_are_the_same():
    one = ParcelFilter.asked({"status": "b,a,b", "q": " x "})
    assert one == ParcelFilter.asked({"status": "a,b", "q": "x"})
    assert hash(one) == hash(ParcelFilter.asked({"status": "a,b", "q": "x"}))


def test_a_long_text_is_cut():
    assert len(ParcelFilter.asked({"q": "x" * 1000}).text) == 60


@pytest.mark.parametrize(
    ("query", "everything"),
    [
        ({}, True),
        ({"dated": "signed_on"}, True),
        ({"q": " "}, True),
        ({"area_from": "0"}, False),
        ({"status": "x"}, False),
        ({"date_to": "9999-12-31"}, False),
    ],
)
def test_a_filter_knows_that_it_asks_for_everything(query, everything):
    assert ParcelFilter.asked(query).everything is everything


# ---- sums


def test_sums_of_the_four_parcels():
    found = sums(Parcels(), np.array([True, True, True, False]))
    assert (found.count, found.area_m2) == (3, 600.0)
    status = found.by["status"]
    assert status.keys == ("completed", "not_due")
    assert status.count.tolist() == [1, 2]
    assert status.area_m2.tolist() == [100.0, 500.0]
    assert found.by["county_adcode"].keys == ("", "360112", "360702")
    assert found.by["county_adcode"].area_m2.tolist() == [200.0, 100.0, 300.0]
    assert found.by["zone_id"].count.tolist() == [2, 1]


@given(
    st.lists(
        st.tuples(st.integers(-1, 2), st.integers(-1, 0), st.floats(0, 1e9), st.booleans()),
        max_size=40,
    )
)
def test_every_table_adds_up_to_the_whole(rows):
    first, second = [r[0] for r in rows], [r[1] for r in rows]
    area = np.array([r[2] for r in rows], dtype=np.float64)
    keep = np.array([r[3] for r in rows], dtype=bool)
    coded = (first, ("x", "y", "z"))
    parcels = Parcels(
        area, {"status": coded, "group": coded, "county_adcode": coded, "zone_id": (second, ("w",))}
    )
    found = sums(parcels, keep)
    assert found.count == keep.sum()
    assert found.area_m2 == pytest.approx(area[keep].sum())
    assert set(found.by) == set(SUMMED)
    for amounts in found.by.values():
        count, area_m2 = amounts.total
        assert count == found.count
        assert area_m2 == pytest.approx(found.area_m2)
        assert (amounts.count > 0).all()
        assert len(amounts.keys) == len(set(amounts.keys))


def test_a_missing_area_counts_as_a_parcel_without_area():
    found = sums(Parcels(np.array([np.nan, 1.0, 2.0, 3.0])), np.ones(4, dtype=bool))
    assert (found.count, found.area_m2) == (4, 6.0)
    assert found.by["status"].total == (4, 6.0)
