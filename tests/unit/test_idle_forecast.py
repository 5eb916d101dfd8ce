"""Coming months from worlds known by hand; every stock adds up in every month."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.disposal.options import OPTIONS
from analytics.idle.benefits import land_by_zone, quota, tax_per_mu
from analytics.idle.forecast import BALANCE, STOCKS, Opening, Paces, forecast
from analytics.idle.opening import _months_signed, _months_until, assumptions, opening, paces
from domain import reference
from domain.i18n import LANGUAGES, translator
from domain.rules import load_rules

HA = 10_000.0
DAY = dt.date(2026, 6, 30)


def world(unsupplied=40 * HA, digested=None):
    parcels = pd.DataFrame(
        {
            "item": ["p:0", "p:1", "p:2", "p:3", "p:4"],
            "area_m2": [10 * HA, 20 * HA, 5 * HA, 3 * HA, 2 * HA],
            "state": ["waiting", "waiting", "idle", "stopped", "building"],
            "due": [3.0, np.nan, np.nan, np.nan, 2.0],
        }
    )
    past = np.full(36, 2 * HA) if digested is None else digested
    return Opening(unsupplied, parcels, past)


def acts(*rows):
    return pd.DataFrame(rows, columns=["item", "option", "area_m2", "months"])


def conserved(out):
    for stock, (ins, outs) in BALANCE.items():
        change = out[stock].diff().iloc[1:]
        flow = out[sorted(ins)].sum(axis=1) - out[sorted(outs)].sum(axis=1)
        assert np.allclose(change, flow.iloc[1:], atol=1e-6), stock
    assert (out[list(STOCKS)] >= -1e-6).all().all()


def test_nothing_done_and_no_pace_leaves_the_clock_alone():
    out = forecast(world(), paces=Paces(), months=6)
    assert (out["unsupplied"] == 40 * HA).all()
    assert out["waiting"].tolist() == [30 * HA] * 3 + [20 * HA] * 4
    assert out["idle"].tolist() == [5 * HA] * 3 + [15 * HA] * 4
    assert out["stopped"].tolist() == [3 * HA] * 2 + [5 * HA] * 5
    assert (out["stock"] == 75 * HA).all()
    assert out["net_idle"].tolist() == [0, 0, 2 * HA, 12 * HA, 12 * HA, 12 * HA, 12 * HA]
    # 72 ha in three years at first; each month without any loses 2 ha of the window.
    assert out.loc[0, "cycle"] == pytest.approx(75 / 24)
    assert out.loc[6, "cycle"] == pytest.approx(75 / ((72 - 12) / 3))
    conserved(out)


def test_steady_paces():
    out = forecast(world(), paces=Paces(HA, 2 * HA, 3 * HA), months=2)
    assert out["unsupplied"].tolist() == [40 * HA, 39 * HA, 38 * HA]
    assert out["waiting"].tolist() == pytest.approx([30 * HA, 29 * HA, 28 * HA])
    # What starts is taken off all waiting land alike: of p:0 less than 10 ha becomes idle.
    later = forecast(world(), paces=Paces(HA, 2 * HA, 3 * HA), months=3)
    assert later.loc[3, "became_idle"] == pytest.approx(10 * HA * (29 / 32) * (28 / 31))
    conserved(later)


def test_a_plan_acts_in_its_month_and_late_when_it_slips():
    choices = acts(("p:2", "D4", 5 * HA, 1.5), ("p:3", "D1", 3 * HA, 1), ("b:x", "S3", 8 * HA, 2))
    out = forecast(world(), paces=Paces(), months=4, choices=choices)
    assert out["unsupplied"].tolist() == [40 * HA, 40 * HA, 37 * HA, 37 * HA, 37 * HA]
    assert out["stopped"].tolist() == [3 * HA, 0, 2 * HA, 2 * HA, 2 * HA]
    assert out["idle"].tolist() == [5 * HA, 5 * HA, 0, 10 * HA, 10 * HA]
    late = forecast(world(), paces=Paces(), months=4, choices=choices, slip=2)
    assert late["unsupplied"].tolist() == [40 * HA, 40 * HA, 40 * HA, 40 * HA, 37 * HA]
    conserved(out)
    conserved(late)


def test_planned_supply_counts_into_the_ordinary_pace_first():
    choices = acts(("b:x", "S1", 3 * HA, 2))
    out = forecast(world(), paces=Paces(0, 2 * HA, 0), months=4, choices=choices)
    # Month 1: 2 ordinary. Month 2: 3 planned; 4 were due by then, so 5 are ahead. Month 3: 1.
    assert out["supplied"].tolist() == [0, 2 * HA, 3 * HA, 1 * HA, 2 * HA]
    conserved(out)


def test_the_fee_leaves_land_idle_and_an_extension_does_not():
    fee = forecast(world(), paces=Paces(), months=2, choices=acts(("p:2", "D7", 5 * HA, 1)))
    assert fee["idle"].tolist() == [5 * HA] * 3
    more = forecast(world(), paces=Paces(), months=2, choices=acts(("p:2", "D1", 5 * HA, 1)))
    assert more["idle"].tolist() == [5 * HA, 0, 0]
    assert more["waiting"].tolist() == [30 * HA, 35 * HA, 35 * HA]


def test_urging_a_start_keeps_land_from_falling_idle():
    out = forecast(world(), paces=Paces(), months=4, choices=acts(("p:0", "N1", 10 * HA, 2)))
    assert out["idle"].tolist() == [5 * HA] * 5
    late = forecast(world(), paces=Paces(), months=4, choices=acts(("p:0", "N1", 10 * HA, 4)))
    assert late["idle"].tolist() == [5 * HA] * 3 + [15 * HA, 5 * HA]
    conserved(late)


@settings(max_examples=60)
@given(seed=st.integers(0, 10_000), slip=st.integers(0, 6))
def test_every_month_adds_up(seed, slip):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 30))
    state = rng.choice(["waiting", "idle", "stopped", "building"], n)
    parcels = pd.DataFrame(
        {
            "item": [f"p:{i}" for i in range(n)],
            "area_m2": rng.integers(1, 50, n) * 1000.0,
            "state": state,
            "due": np.where(rng.random(n) < 0.6, rng.integers(1, 30, n), np.nan),
        }
    )
    start = Opening(float(rng.integers(0, 200)) * 1000, parcels, rng.random(36) * 1000)
    rows = [
        (f"p:{i}" if rng.random() < 0.7 else f"b:{i}", str(rng.choice(OPTIONS)), 5000.0, m)
        for i, m in enumerate(rng.integers(1, 24, n))
    ]
    course = Paces(*(rng.random(3) * 4000))
    out = forecast(start, paces=course, months=24, choices=acts(*rows), slip=slip)
    conserved(out)
    assert len(out) == 25


def test_a_forecast_begins_with_the_land_of_the_day():
    parcels = pd.DataFrame(
        {
            "status": ["unsupplied", "overdue", "suspected_a1", "determined", "in_progress", "x"],
            "started": [False, False, False, True, True, False],
            "excluded": ["", "", "", "", "", ""],
            "batch_id": [None, "B", "B", "B", "B", "B"],
            "start_on": pd.to_datetime([None, "2026-01-15", "2025-01-01", None, None, None]),
            "next_on": pd.to_datetime([None, "2027-01-15", "2027-01-01", None, "2026-07-31", None]),
            "started_on": pd.to_datetime([None, None, None, "2020-01-01", "2025-01-01", None]),
            "area_ellipsoidal_m2": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
        }
    )
    batches = pd.DataFrame(
        {
            "batch_id": ["B"],
            "approved_on": pd.to_datetime(["2025-03-01"]),
            "approved_m2": [720.0],
            "written_off_on": pd.to_datetime(["2026-06-01"]),
            "written_off_m2": [36.0],
        }
    )
    supplies = pd.DataFrame(
        {
            "batch_id": ["B", "B", "C"],
            "signed_on": pd.to_datetime(["2026-06-30", "2023-06-30", "2026-01-01"]),
            "supplied_m2": [100.0, 50.0, 7.0],
        }
    )
    left = pd.DataFrame({"unsupplied_m2": [80.0]})
    start = opening(parcels, left, batches, supplies, as_of=DAY, years=3, idle_years=1)
    assert start.unsupplied_m2 == 81.0
    assert start.parcels["state"].tolist() == ["waiting", "idle", "stopped", "building"]
    assert start.parcels["due"].iloc[[0, 3]].tolist() == [7.0, 2.0]
    assert start.digested[-1] == 136.0  # June 2026, to the day three years on nothing
    assert start.digested.sum() == 136.0
    course = paces(parcels, batches, start, as_of=DAY, years=3, mode="mean")
    assert course == Paces(720 / 36, 136 / 36, 5 / 36)
    assert paces(parcels, batches, start, as_of=DAY, years=3, mode="zero") == Paces()


def test_land_that_is_listed_apart_waits_and_no_clock_moves_it():
    """It is supplied and not used, so the stock of a forecast is the one of the figures."""
    parcels = pd.DataFrame(
        {
            "status": ["suspected_a1", "determined", "overdue"],
            "started": [False, False, False],
            "excluded": ["sealed", "temporary_use", ""],
            "batch_id": ["B", "B", "B"],
            "start_on": pd.to_datetime(["2025-01-01", "2025-01-01", "2026-01-15"]),
            "next_on": pd.to_datetime(["2027-01-01", None, "2027-01-15"]),
            "area_ellipsoidal_m2": [1.0, 2.0, 4.0],
        }
    )
    nothing = pd.DataFrame(
        {
            "batch_id": pd.Series(dtype="str"),
            "signed_on": pd.Series(dtype="datetime64[s]"),
            "supplied_m2": pd.Series(dtype="float64"),
            "written_off_on": pd.Series(dtype="datetime64[s]"),
            "written_off_m2": pd.Series(dtype="float64"),
        }
    )
    left = pd.DataFrame({"unsupplied_m2": [80.0]})
    start = opening(parcels, left, nothing, nothing, as_of=DAY, years=3, idle_years=1)
    assert start.parcels["state"].tolist() == ["waiting"] * 3
    assert start.parcels["due"].isna().tolist() == [True, True, False]
    assert forecast(start, paces=Paces(), months=1)["stock"].iloc[0] == 87.0


def test_months_are_counted_to_the_day():
    on = pd.Series(pd.to_datetime(["2026-07-30", "2026-07-31", "2026-06-01", None, "2026-12-30"]))
    assert np.array_equal(_months_until(on, DAY), [1, 2, 1, np.nan, 6], equal_nan=True)
    back = pd.Series(pd.to_datetime(["2026-06-30", "2026-05-31", "2026-05-30", "2026-07-01"]))
    assert np.array_equal(_months_signed(back, DAY), [0, 0, -1, np.nan], equal_nan=True)


@pytest.mark.parametrize("mode", ["mean", "zero"])
def test_every_assumption_has_words(mode):
    rules = load_rules("disposal", as_of=DAY)
    found = assumptions(Paces(1, 2, 3), mode=mode, years=3, months=24, slip=3, rules=rules)
    for language in LANGUAGES:
        words = translator(language)
        assert all(a.key in words for a in found)


def test_quota_needs_both_tasks():
    rules = load_rules("approvals", as_of=DAY)
    both = quota(unsupplied_met=True, idle_met=True, rules=rules)
    assert (both.verdict, both.change, both.rule) == ("both", 0.10, "APPR-QUOTA-UP")
    for met in ((True, False), (False, True), (False, False)):
        out = quota(unsupplied_met=met[0], idle_met=met[1], rules=rules)
        assert (out.verdict, out.change) == ("failed", -0.20)
    assert quota(unsupplied_met=None, idle_met=True, rules=rules).verdict == "unknown"
    before = load_rules("approvals", as_of=dt.date(2017, 1, 1))
    assert quota(unsupplied_met=True, idle_met=True, rules=before).verdict == "unknown"


def test_tax_per_mu_of_zones_on_record_and_no_other():
    found = tax_per_mu(reference.table("zone_indicators"))
    assert found.index.tolist() == ["jx-suichuan-htdz", "jx-xiaolan-etdz"]
    # 10.32 yi over 820 ha (12,300 mu); 64.5 yi over 60.5 km2 (90,750 mu).
    assert found["tax_wan_mu"].tolist() == pytest.approx([103_200 / 12_300, 645_000 / 90_750])
    assert found["area"].tolist() == ["built_area_ha", "administered_area_km2"]


def test_land_by_zone_estimates_only_where_a_mean_is_known():
    chosen = pd.DataFrame(
        {
            "zone_id": ["jx-suichuan-htdz", "jx-suichuan-htdz", None, "z"],
            "option": ["D4", "S1", "D9", "D7"],
            "area_m2": [2000.0, 2000.0, 500.0, 900.0],
        }
    )
    out = land_by_zone(chosen, tax_per_mu(reference.table("zone_indicators")))
    assert out.index.tolist() == ["jx-suichuan-htdz", ""]
    assert out.iloc[0][["freed_m2", "supplied_m2", "used_m2"]].tolist() == [2000.0, 2000.0, 0.0]
    assert out["tax_wan"].iloc[0] == pytest.approx(6 * 103_200 / 12_300)
    assert np.isnan(out["tax_wan"].iloc[1])
