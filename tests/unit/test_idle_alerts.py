"""Sanction alerts on both sides of each limit, and the trend of figures over points."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from analytics.idle.alerts import COLUMNS, KINDS, UNCHECKED, alerts
from analytics.idle.figures import figures
from analytics.idle.rows import ALERT_FIGURES, rows_of_alert
from analytics.idle.trend import MOST, Point, month_ends, trend, year_ends
from domain.rules import load_rules
from tests.idle_world import HA, batches, land, supplies
from tests.land_world import date

DAY = date("2026-06-30")
APPROVALS = load_rules("approvals", as_of=DAY)
RULES = load_rules("alerts", as_of=DAY)


def rows(*found):
    """Rows of ``unit, figure, area_m2, of_m2`` and, where it counts, the change."""
    out = pd.DataFrame(
        [(*row, np.nan)[:5] for row in found],
        columns=["unit", "figure", "area_m2", "of_m2", "change_m2"],
    )
    out["count"] = pd.array([1] * len(out), dtype="Int64")
    out["share"] = out["area_m2"] / out["of_m2"].where(out["of_m2"] > 0)
    return out


NONE = rows()


def told(counties=NONE, zones=NONE, *, day=DAY):
    found = alerts(
        counties,
        zones,
        approvals=load_rules("approvals", as_of=day),
        rules=load_rules("alerts", as_of=day),
    )
    return found.set_index("unit")


@pytest.mark.parametrize(
    ("stock", "pace", "listed"),
    [(3.0, 1.0, False), (3.001, 1.0, True), (0.9, 0.3, False), (5.0, 0.0, True), (0.0, 0.0, False)],
)
def test_a_cycle_of_three_years_is_within_the_limit(stock, pace, listed):
    found = told(rows(("360702", "cycle", stock, pace)))
    assert ("360702" in found.index) is listed
    if listed:
        row = found.loc["360702"]
        assert (row["kind"], row["limit"], row["rule"]) == ("cycle", 3.0, "APPR-CYCLE-LIMIT")
        assert row["certainty"] == "default"  # the formula is not the province's
        assert row["concerns"] == "county_government"
        assert row["value"] == (np.inf if pace == 0 else pytest.approx(stock / pace))


def test_the_five_counties_with_the_highest_share_are_listed():
    shares = {f"36070{i}": (10 - i) / 10 for i in range(7)}
    found = told(rows(*((unit, "nonuse_3y", share, 1.0) for unit, share in shares.items())))
    assert found.index.tolist() == [f"36070{i}" for i in range(5)]
    assert found["limit"].unique().tolist() == [0.6]
    assert set(found["certainty"]) == {"sourced"}


def test_whoever_ties_with_the_fifth_is_listed_and_who_has_nothing_is_not():
    shares = [0.9, 0.8, 0.7, 0.6, 0.5, 0.5, 0.4]
    table = rows(*((f"36070{i}", "nonuse_3y", share, 1.0) for i, share in enumerate(shares)))
    assert len(told(table)) == 6
    few = rows(("360701", "nonuse_3y", 0.1, 1.0), ("360702", "nonuse_3y", 0.0, 1.0))
    assert told(few).index.tolist() == ["360701"]


@pytest.mark.parametrize(
    ("change", "listed"), [(-1.0, False), (0.0, False), (1.0, True), (np.nan, False)]
)
def test_idle_land_that_grew_since_the_year_before(change, listed):
    found = told(rows(("360702", "net_status", 5.0, 4.0, change)))
    assert ("net_decline" in found["kind"].tolist()) is listed


@pytest.mark.parametrize(("idle", "listed"), [(5.0, False), (5.001, True)])
def test_the_idle_rate_of_a_zone(idle, listed):
    found = told(zones=rows(("z1", "idle", idle, 100.0)))
    assert ("zone_idle" in found["kind"].tolist()) is listed


@pytest.mark.parametrize(("waiting", "listed"), [(12.0, False), (12.001, True)])
def test_undeveloped_land_of_a_zone_is_measured_against_all_its_land(waiting, listed):
    zones = rows(("z1", "unsupplied_drawn", 8.0, 100.0), ("z1", "not_started", waiting, 92.0))
    found = told(zones=zones)
    kinds = ["zone_outside", "zone_undeveloped"] if listed else []
    assert [kind for kind in found["kind"] if kind != "zone_idle"] == kinds
    if listed:
        assert found["value"].iloc[0] == pytest.approx(0.20001)
        assert found["count"].tolist() == [2, 2]
        assert set(found["certainty"]) == {"default"}
        assert set(found["by"]) == {"zone_id"}


@pytest.mark.parametrize(
    ("day", "kinds"),
    [
        ("2013-12-31", {"zone_idle"}),
        ("2014-01-01", {"top_share", "zone_idle"}),
        ("2018-12-31", {"top_share", "zone_idle"}),
        ("2019-01-01", {"cycle", "top_share", "net_decline", "zone_idle"}),
        ("2023-12-31", {"cycle", "top_share", "net_decline", "zone_idle"}),
        ("2024-01-01", {"cycle", "top_share", "net_decline", "zone_idle", "zone_outside"}),
        ("2025-08-31", {"cycle", "top_share", "net_decline", "zone_idle", "zone_outside"}),
        (
            "2025-09-01",
            {"cycle", "top_share", "net_decline", "zone_idle", "zone_outside", "zone_undeveloped"},
        ),
    ],
)
def test_a_limit_holds_from_its_first_day(day, kinds):
    counties = rows(
        ("360702", "cycle", 9.0, 1.0),
        ("360702", "nonuse_3y", 1.0, 1.0),
        ("360702", "net_status", 1.0, 0.0, 1.0),
    )
    zones = rows(("z1", "idle", 1.0, 1.0), ("z1", "unsupplied_drawn", 1.0, 1.0))
    assert set(told(counties, zones, day=date(day))["kind"]) == kinds


def test_land_of_no_unit_and_no_figures_give_no_alert():
    assert told(rows(("", "cycle", 9.0, 1.0)), rows(("", "idle", 1.0, 1.0))).empty
    found = told()
    assert found.empty
    assert set(found.columns) == set(COLUMNS) - {"unit"}


def test_what_cannot_be_checked_has_a_rule_to_say_so():
    assert set(UNCHECKED) <= set(RULES)


def summary(**values):
    return pd.DataFrame(
        [
            {"figure": key, "count": count, "area_m2": area, "share": share}
            for key, (count, area, share) in values.items()
        ]
    ).astype({"count": "Int64"})


def test_a_trend_tells_the_change_to_the_point_before_and_to_the_first():
    points = [
        Point("a@1", date("2024-12-31"), summary(idle=(4, 40.0, 0.4), cycle=(9, 90.0, 3.0))),
        Point("a@2", date("2025-12-31"), summary(idle=(6, 50.0, 0.5))),
        Point("a@3", date("2026-06-30"), summary(idle=(3, 45.0, 0.3), cycle=(9, 80.0, 2.5))),
    ]
    out = trend(points)
    idle = out[out["figure"] == "idle"]
    assert idle["label"].tolist() == ["a@1", "a@2", "a@3"]
    assert idle["change_m2"].tolist()[1:] == [10.0, -5.0]
    assert idle["change_count"].tolist() == [pd.NA, 2, -3]
    assert idle["since_first_m2"].tolist() == [0.0, 10.0, 5.0]
    assert idle["since_first_count"].tolist() == [0, 2, -1]
    cycle = out[out["figure"] == "cycle"]
    assert cycle["area_m2"].isna().tolist() == [False, True, False]
    assert cycle["change_m2"].isna().all()
    assert cycle["since_first_m2"].tolist()[2] == -10.0
    assert trend([]).empty


def test_a_figure_that_the_first_point_lacks_has_no_change_since_then():
    out = trend(
        [
            Point("1", date("2024-12-31"), summary(idle=(1, 1.0, 0.1))),
            Point("2", date("2025-12-31"), summary(idle=(1, 1.0, 0.1), cycle=(9, 9.0, 3.0))),
        ]
    )
    assert out.loc[out["figure"] == "cycle", "since_first_m2"].isna().all()


def test_the_days_of_a_trend_end_with_the_day_itself():
    first = date("2012-07-01")
    ends = year_ends(DAY, first=first)
    assert (len(ends), ends[0], ends[-1]) == (MOST, date("2015-12-31"), DAY)
    assert year_ends(date("2013-01-01"), first=first) == [date("2012-12-31"), date("2013-01-01")]
    assert year_ends(date("2025-12-31"), first=date("2024-01-01")) == [
        date("2024-12-31"),
        date("2025-12-31"),
    ]
    months = month_ends(DAY, first=first)
    assert months == sorted(set(months))
    assert (len(months), months[0], months[-2], months[-1]) == (
        MOST, date("2025-07-31"), date("2026-05-31"), DAY,
    )  # fmt: skip
    assert month_ends(first, first=first) == [first]
    assert all(day < DAY + dt.timedelta(days=1) for day in months)


def test_the_rows_of_an_alert_add_up_to_its_land():
    zone = {"zone_id": "z1"}
    records = [
        {"supply_no": "S0", "start_due": "2022-06-30", **zone},
        {"batch_id": "B", **zone},
        {"supply_no": "S1", "start_due": "2022-06-30"},
        {"supply_no": "S2", "finished_on": "2020-01-01", **zone},
    ]
    batch = batches(("B", "2024-01-01", 9 * HA))
    supply = supplies(("B", "2025-01-01", HA))
    now, before = (
        land(day, records, batch=batch, supply=supply, areas=[4 * HA, 2 * HA, HA, 8 * HA])
        for day in ("2026-06-30", "2025-12-31")
    )
    counties, zones = (
        figures(now, before, by=by, rules=APPROVALS) for by in ("county_adcode", "zone_id")
    )
    found = alerts(counties, zones, approvals=APPROVALS, rules=RULES)
    assert {"cycle", "top_share", "zone_outside", "zone_idle"} <= set(found["kind"])
    for row in found.itertuples():
        rows = rows_of_alert(now, row.kind, by=row.by, unit=row.unit, rules=APPROVALS)
        assert rows["area_m2"].sum() == pytest.approx(row.area_m2), row.kind
    assert set(ALERT_FIGURES) == set(KINDS)
