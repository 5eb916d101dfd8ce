"""Options of a world known by hand: what is open, what it takes, what it counts for, why."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from analytics.disposal.causes import OPEN, PATHS, batch_options
from analytics.disposal.options import COLUMNS, OPTIONS, candidates, option_figures
from analytics.disposal.plan import LEAVE, plan
from analytics.disposal.reasons import reasons, topics
from analytics.disposal.targets import Target, baselines, target
from analytics.idle.routes import routes_of
from analytics.idle.status import parcel_status
from domain.code_lists import codes
from domain.rules import load_rules
from geo.errors import SchemaError
from tests.land_world import parcels

DAY = dt.date(2024, 6, 1)
RULES = load_rules("disposal", as_of=DAY)
IDLE = load_rules("idle", as_of=DAY)
LETTER = {"letter_no": "L", "letter_on": "2023-10-01"}
WORLD = [
    {"supply_no": "A", "start_due": "2022-09-01", "price_wan": 100.0, "idle_cause": "H", **LETTER},
    {"supply_no": "B", "start_due": "2022-09-01", "price_wan": 80.0, "idle_cause": "G1", **LETTER},
    {"supply_no": "C", "start_due": "2022-09-01"},
    {"supply_no": "D", "start_due": "2024-01-01"},
    {"batch_id": "B1"},
    {"batch_id": "nowhere", "approved_on": "2015-01-01"},
    {"supply_no": "E", "start_due": "2022-09-01", "sealed": True},
    {"supply_no": "F", "start_due": "2020-01-01", "started_on": "2020-02-01",
     "stopped_since": "2022-01-01", "dev_area_m2": 1.0, "dev_area_required_m2": 10.0,
     "idle_cause": "G1", **LETTER},
]  # fmt: skip
BATCHES = pd.DataFrame(
    {
        "batch_id": ["B1", "B2", "B3"],
        "county_adcode": ["360112", "360112", "360100"],
        "zone_id": ["z", None, None],
        "approved_on": pd.to_datetime(["2012-01-01", "2021-01-01", "2021-01-01"]),
        "approved_m2": [30_000.0, 20_000.0, 500.0],
        "written_off_m2": [0.0, 0.0, 0.0],
        "written_off_on": pd.to_datetime([None, None, None]),
        "unsupplied_cause": ["征地拆迁未完成", None, "其他"],
        "disposal_path": ["加快供应", "置换", None],
        "acquisition": ["部分", "完成", "完成"],
    }
)
BALANCES = pd.DataFrame(
    {
        "batch_id": BATCHES["batch_id"],
        "approved_on": BATCHES["approved_on"],
        "unsupplied_m2": [25_000.0, 8_000.0, 0.5],
    }
)


def land():
    frame = pd.DataFrame(parcels(WORLD).drop(columns="geometry"))
    status = parcel_status(frame, as_of=DAY, rules=IDLE)
    return frame.assign(**{name: status[name] for name in status})


def rows(cause="H"):
    frame = land()
    routes = routes_of(frame, frame, as_of=DAY, rules=IDLE, assume_cause=cause)
    return candidates(frame, routes, BATCHES, BALANCES, rules=RULES, fee_share=0.2, old_before=2019)


def one(frame, item, option):
    return frame[(frame["item"] == item) & (frame["option"] == option)].iloc[0]


def open_of(frame, item):
    return set(frame.loc[(frame["item"] == item) & frame["permitted"], "option"])


def test_every_item_stands_once_for_its_land():
    found = rows()
    assert list(found.columns) == list(COLUMNS)
    items = found.drop_duplicates("item").set_index("item")["area_m2"]
    # The parcel of B1 is in its batch; B3 has nothing left; sealed land is listed apart.
    assert sorted(items.index) == ["b:B1", "b:B2", "p:0", "p:1", "p:2", "p:3", "p:5", "p:7"]
    assert items["b:B1"] == 25_000.0
    assert items["p:5"] == 10_000.0


def test_the_law_decides_what_is_open():
    found = rows()
    assert open_of(found, "p:0") == {"D7", "D9"}
    assert open_of(found, "p:1") >= {"D1", "D3", "D4", "D9"}
    assert one(found, "p:1", "D4B")["barred_by"] == "not_in_force"  # of 2024-11
    assert not open_of(found, "p:1") & {"D7", "D8"}
    assert not open_of(found, "p:7") & {"D7", "D8"}
    assert one(found, "p:1", "D7")["barred_by"] == "government_cause"


def test_suspected_land_is_investigated_first_and_marked():
    found = rows()
    suspected, known = one(found, "p:2", "D7"), one(found, "p:0", "D7")
    assert suspected["assumed"]
    assert not known["assumed"]
    assert suspected["needs"].startswith("investigate")
    assert suspected["months"] == known["months"] + RULES.value("DISP-INVESTIGATE-MONTHS")
    assert suspected["staff_days"] == known["staff_days"] + RULES.value("DISP-INVESTIGATE-DAYS")
    assert open_of(rows("G1"), "p:2") >= {"D1", "D4"}
    assert open_of(rows(None), "p:2") <= {"D9"}


def test_money_of_fee_take_back_and_bond():
    found = rows()
    fee = one(found, "p:0", "D7")
    assert (fee["cost_wan"], fee["income_wan"]) == (0.0, 20.0)
    assert fee["effort_wan"] == pytest.approx(12 * 0.08)
    back = one(found, "p:1", "D4")
    assert (back["cost_wan"], back["own_wan"], back["price_assumed"]) == (80.0, 80.0, False)
    bond = one(found, "p:1", "D4B")
    assert (bond["cost_wan"], bond["own_wan"]) == (100.0, 20.0)
    unknown = one(found, "p:7", "D4")  # 1 ha at 300 yuan a m2
    assert (unknown["cost_wan"], unknown["price_assumed"]) == (300.0, True)
    assert np.isnan(one(found, "p:2", "D7")["income_wan"])


def test_acquisition_that_is_not_finished_takes_time_and_money():
    found = rows()
    slow, fast = one(found, "b:B1", "S1"), one(found, "b:B2", "S1")
    assert slow["months"] - fast["months"] == RULES.value("DISP-ACQUIRE-MONTHS")
    assert slow["cost_wan"] == pytest.approx((60 + 150) * 2.5)
    assert fast["cost_wan"] == pytest.approx(60 * 0.8)
    assert slow["needs"].startswith("acquisition")
    assert slow["recorded"]
    assert one(found, "b:B2", "S6")["recorded"]


EFFECTS = [
    ("p:0", "D7", (10_000, 0, 0, 0, 0)),
    ("p:0", "D9", (10_000, 0, 0, -10_000, 0)),
    ("p:1", "D1", (10_000, 0, 0, 0, 0)),
    ("p:1", "D4", (10_000, 0, 0, 0, 0)),
    ("p:7", "D4", (10_000, 0, 0, 10_000, 0)),  # started land was no part of the stock
    ("p:7", "D9", (10_000, 0, 0, 0, 0)),
    ("p:3", "N1", (0, 0, 0, -10_000, 0)),
    ("b:B1", "S1", (0, 25_000, 25_000, 0, 25_000)),
    ("b:B1", "S3", (0, 25_000, 25_000, -25_000, 25_000)),
    ("b:B2", "S6", (0, 8_000, 0, 0, 8_000)),
]


@pytest.mark.parametrize(("item", "option", "counts"), EFFECTS)
def test_what_an_option_counts_for(item, option, counts):
    row = one(rows(), item, option)
    names = ["idle_m2", "unsupplied_m2", "old_m2", "stock_m2", "digested_m2"]
    assert tuple(row[names]) == counts


def test_every_option_has_months_and_days_and_all_are_defaults():
    figures = option_figures(RULES)
    assert figures.index.tolist() == list(OPTIONS)
    assert (figures[["months", "staff_days"]] > 0).all().all()
    assert all(rule.status == "default" for rule in RULES.values())


def test_causes_and_ways_are_those_of_the_code_lists():
    assert set(OPEN) == set(codes("unsupplied_cause"))
    assert set(PATHS) == set(codes("disposal_path"))


def test_protected_land_is_never_built_on_whatever_the_ledger_says():
    items = pd.DataFrame(
        {
            "item": ["x", "y", "z"],
            "cause": ["生态红线/永久基本农田冲突", "储备待供", "规划调整"],
            "path": ["加快供应", None, None],
            "acquisition": ["完成", "完成", "完成"],
        }
    )
    found = batch_options(items).set_index(["item", "option"])["barred_by"]
    assert found["x"].to_dict() == {
        "S1": "conflict", "S2": "conflict", "S3": "", "S4": "conflict", "S5": "", "S6": "",
    }  # fmt: skip
    assert found["y"]["S3"] == "acquired"
    assert found["z"]["S3"] == ""


def test_missing_columns_are_named():
    with pytest.raises(SchemaError, match="price_wan"):
        candidates(
            land().drop(columns="price_wan"), pd.DataFrame(), BATCHES, BALANCES, rules=RULES,
            fee_share=0.2, old_before=2019,
        )  # fmt: skip


def bases(**more):
    supplies = pd.DataFrame(
        {
            "batch_id": ["B1", "B1", "B1", "B9"],
            "signed_on": pd.to_datetime(["2022-06-01", "2022-06-02", "2024-06-02", "2024-01-01"]),
            "supplied_m2": [700.0, 5_000.0, 9_000.0, 3.0],
        }
    )
    how = {"as_of": DAY, "horizon_months": 12, "years": 3, "old_before": 2019, **more}
    return baselines(land(), BATCHES, BALANCES, supplies, **how)


def test_baselines_are_the_stocks_of_the_day():
    row = bases().loc["360112"]
    assert row["idle_m2"] == 40_000.0  # p:0, p:1, p:2, p:7
    assert row["unsupplied_m2"] == 25_000 + 8_000 + 10_000
    assert row["old_m2"] == 25_000 + 10_000
    assert row["not_started_m2"] == 50_000  # p:0 to p:3 and the sealed one
    assert row["stock_m2"] == 93_000
    # Three years that end on 2025-06-01 begin after 2022-06-01.
    assert row["digested_m2"] == 5_000
    assert bases(horizon_months=6).loc["360112", "digested_m2"] == 5_700


def test_a_target_takes_its_baseline():
    found = target("360112", "idle_rate", 0.5, bases(), 3)
    assert found.need_m2 == 20_000
    assert target("", "cycle", 3.0, bases(), 3).need_m2 == pytest.approx(93_000.5 - 5_000)
    assert target("999999", "old_rate", 0.5, bases(), 3).need_m2 == 0


def said(frame, found, item):
    return {
        topic: [(r.key.removeprefix("planner."), dict(r.values)) for r in group]
        for topic, group in topics(reasons(frame, found, item)).items()
    }


def test_reasons_of_a_choice():
    frame = rows()
    goal = [Target("360112", "idle_rate", 1.0, base_m2=40_000.0)]
    found = plan(frame, goal, horizon_months=7, start_share=0.0)
    assert found.status == "optimal"
    words = said(frame, found, "p:2")
    assert [key for key, _ in words["why"]][-2:] == ["reason.counts_idle", "reason.assumed"]
    assert ("need.investigate", {}) in words["needs"]
    assert words["next"] == [("next.d7", {})]
    assert words["cost"][0][0] == "cost.fee"
    kinds = {values["option"]: key for key, values in words["others"]}
    assert kinds["D1"] == "other.barred"
    assert kinds["D9"] == "other.late"
    assert len(kinds) == 9


def test_reasons_of_a_lock_and_of_nothing():
    frame = rows()
    found = plan(frame, [], horizon_months=12, locked={"p:1": "D4", "p:0": LEAVE})
    words = said(frame, found, "p:1")
    assert words["why"][0] == ("reason.locked", {})
    assert {"other.capped"} <= {key for key, _ in words["others"]}
    with pytest.raises(KeyError):
        reasons(frame, found, "p:0")
