"""``ganyuan idle`` on the demonstration store and on a world known by hand."""

from __future__ import annotations

import json

import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from cli import idle
from cli.land import NoParcelsError
from domain.parcels import AREA
from geo.errors import GanyuanError
from tests.land_world import parcels

RUN = CliRunner()
SUPPLY = "3601122020B00001"


@pytest.fixture(scope="module")
def app():
    out = typer.Typer()
    idle.register(out)
    return out


@pytest.fixture
def store(empty_store, viewer):
    world = parcels(
        [
            {"supply_no": SUPPLY, "start_due": "2023-06-01", "name": "甲厂"},
            {"batch_id": "B", "name": "乙地"},
            {"supply_no": "S", "start_due": "2025-01-01", "name": "丙厂"},
        ]
    )
    world[AREA] = [1000.0, 200.0, 30.0]
    empty_store.commit("parcels", world, kind="parcels", viewer=viewer, reason="test")
    return empty_store


def run(app, store, *args):
    result = RUN.invoke(app, ["idle", *args, "--store", str(store.root)])
    assert result.exit_code == 0, result.output
    return result.output


def asked(app, store, *args):
    return json.loads(run(app, store, *args, "--json"))


def record_case(store, viewer, **facts):
    row = {"case_id": "C1", "supply_no": SUPPLY, "county_adcode": "360112", "idle_m2": 1000.0}
    rows = pd.DataFrame([{**row, **facts}])
    store.put_ledger("idle_case", rows, viewer=viewer, reason="test")


def test_idle_as_json(app, store):
    out = asked(app, store, "--as-of", "2024-06-01", "--rows")
    assert (out["dataset"], out["as_of"], out["demonstration"]) == (
        "parcels@1",
        "2024-06-01",
        False,
    )
    assert out["total"]["suspected_count"] == 1
    assert out["total"]["suspected_area_m2"] == 1000.0
    assert out["total"]["unsupplied_area_m2"] == 200.0
    assert out["units"][0]["name"] == "南昌市"
    row = out["rows"][0]
    assert (row["parcel_id"], row["status"], row["rule"]) == ("P0", "suspected_a1", "IDLE-A1")
    assert (row["start_on"], row["next_on"], row["days_to_next"]) == (
        "2023-06-01",
        "2025-06-01",
        365,
    )
    assert out["digestion"] is None
    assert sum(line["area_m2"] for line in out["statuses"]) == 1230.0


def test_the_day_before_nothing_is_suspected(app, store):
    out = asked(app, store, "--as-of", "2024-05-31")
    assert out["total"]["suspected_count"] == 0
    assert "rows" not in out
    event = {"becomes": "suspected_a1", "within_days": 30, "count": 1, "area_m2": 1000.0}
    assert event in out["calendar"]


def test_a_letter_of_the_ledger_determines_the_land(app, store, viewer):
    record_case(
        store,
        viewer,
        notice_no="告1号",
        notice_on=pd.Timestamp("2024-06-10"),
        letter_no="认1号",
        letter_on=pd.Timestamp("2024-07-01"),
    )
    assert asked(app, store, "--as-of", "2024-06-30")["total"]["determined_count"] == 0
    out = asked(app, store, "--as-of", "2024-07-01")["total"]
    assert (out["determined_count"], out["suspected_count"]) == (1, 0)


def test_idle_in_words(app, store):
    out = run(app, store, "--as-of", "2024-06-01")
    assert "南昌市" in out
    assert "疑似" in out
    assert "demonstration" not in out


def test_the_worklist_begins_with_what_presses_most(app, store):
    # Suspected since 2024-06-01: the investigation notice is due by 2024-07-01.
    out = asked(app, store, "list", "--as-of", "2024-07-01")
    assert [row["parcel_id"] for row in out["rows"]] == ["P0"]
    row = out["rows"][0]
    assert (row["urgency"], row["step"], row["due_on"]) == ("week", "notice", "2024-07-01")
    assert (row["days_left"], row["rule"]) == (0, "IDLE-INVESTIGATE")
    late = asked(app, store, "list", "--as-of", "2024-07-02")["rows"][0]
    assert (late["urgency"], late["days_left"]) == ("late", -1)


def test_the_worklist_is_filtered_and_cut(app, store):
    day = ("list", "--as-of", "2024-12-31")
    every = ("--status", "suspected_a1", "--status", "unsupplied", "--status", "due_soon")
    out = asked(app, store, *day, *every, "--limit", "1")
    assert (out["count"], len(out["rows"]), out["area_m2"]) == (3, 1, 1230.0)
    assert asked(app, store, *day, *every, "--text", "丙")["count"] == 1
    assert asked(app, store, *day, *every, "--within", "1")["count"] == 2
    assert asked(app, store, *day, *every, "--county", "360781")["count"] == 0


def test_options_before_a_sub_command_hold_for_it(app, store):
    args = ["idle", "--store", str(store.root), "--as-of", "2024-06-01", "--json", "list"]
    result = RUN.invoke(app, args)
    assert result.exit_code == 0, result.output
    assert json.loads(result.output)["as_of"] == "2024-06-01"
    later = RUN.invoke(app, [*args, "--as-of", "2024-06-02"])
    assert json.loads(later.output)["as_of"] == "2024-06-02"


def test_the_worklist_in_words(app, store):
    out = run(app, store, "list", "--as-of", "2024-06-01")
    assert "P0" in out
    assert "1 of 1 parcels" in out


def test_the_demonstration_store_says_so(app, demo_store):
    out = asked(app, demo_store, "--by", "zone")
    assert out["demonstration"] is True
    assert out["as_of"] == "2026-06-30"
    assert sum(row["all_count"] for row in out["units"]) == out["parcels"]
    assert out["digestion"]["years"] == 3
    assert out["digestion"]["cycle_years"] > 0
    assert "演示数据" in run(app, demo_store, "list")


def test_an_unknown_dataset_and_an_empty_store_are_refused(app, empty_store, tmp_path):
    result = RUN.invoke(app, ["idle", "--store", str(empty_store.root), "--dataset", "nothing"])
    assert isinstance(result.exception, GanyuanError)
    assert result.exception.code.startswith("STO")
    result = RUN.invoke(app, ["idle", "list", "--store", str(tmp_path / "new")])
    assert isinstance(result.exception, NoParcelsError)


@pytest.mark.parametrize(
    "args", [["--by", "moon"], ["--as-of", "yesterday"], ["moon"], ["list", "--limit", "0"]]
)
def test_misuse_ends_with_two(app, store, args):
    assert RUN.invoke(app, ["idle", "--store", str(store.root), *args]).exit_code == 2
