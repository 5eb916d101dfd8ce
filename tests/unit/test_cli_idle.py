"""``ganyuan idle`` on the demonstration store and on a world known by hand."""

from __future__ import annotations

import json

import openpyxl
import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from cli import idle
from cli.idle_case import NoParcelError
from cli.idle_plan import TargetsError
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


def test_the_calendar_and_its_file(app, store, tmp_path):
    file = tmp_path / "days.ics"
    out = asked(app, store, "calendar", "--as-of", "2024-05-31", "--ics", str(file))
    kinds = {(event["key"], event["kind"]): event["on"] for event in out["events"]}
    assert kinds["P0", "suspected_a"] == "2024-06-01"
    assert kinds["P2", "start_due"] == "2025-01-01"
    text = file.read_bytes()
    assert text.startswith(b"BEGIN:VCALENDAR")
    assert text.count(b"BEGIN:VEVENT") == len(out["events"])
    again = tmp_path / "again.ics"
    run(app, store, "calendar", "--as-of", "2024-05-31", "--ics", str(again))
    assert again.read_bytes() == text
    assert "suspected_a" in run(app, store, "calendar", "--as-of", "2024-05-31")


def test_faults_are_named_and_left_out(app, empty_store, viewer):
    records = [
        {"parcel_id": "P1", "supply_no": SUPPLY, "start_due": "2023-06-01"},
        {"parcel_id": "P1", "supply_no": SUPPLY, "start_due": "2023-06-01"},
    ]
    world = parcels(records, area_m2=1000.0)
    empty_store.commit("parcels", world, kind="parcels", viewer=viewer, reason="test")
    out = asked(app, empty_store, "faults", "--as-of", "2024-06-01")
    assert [row["code"] for row in out["faults"]] == ["IDL-112"]
    assert out["left_out"][-1] == {"fault": "", "code": "", "count": 1, "area_m2": 1000.0}
    whole = asked(app, empty_store, "--as-of", "2024-06-01")
    assert whole["total"]["suspected_area_m2"] == 1000.0
    assert whole["left_out"][-1]["count"] == 1
    assert "1 parcels, 0.10 ha" in run(app, empty_store, "--as-of", "2024-06-01")
    assert "IDL-112" in run(app, empty_store, "faults", "--as-of", "2024-06-01")
    listed = asked(app, empty_store, "list", "--as-of", "2024-06-01")
    assert (listed["count"], listed["area_m2"]) == (1, 1000.0)
    coming = asked(app, empty_store, "calendar", "--as-of", "2024-05-31")["events"]
    assert [row["on"] for row in coming if row["kind"] == "suspected_a"] == ["2024-06-01"]


def test_the_case_of_a_parcel(app, store, viewer):
    record_case(store, viewer, suspected_on=pd.Timestamp("2024-06-01"))
    out = asked(app, store, "case", "P0", "--as-of", "2024-06-20")
    assert out["parcel"]["status"] == "suspected_a1"
    assert (out["step"]["step"], out["step"]["due_on"]) == ("notice", "2024-07-01")
    assert [(f["on"], f["kind"]) for f in out["facts"]] == [
        ("2023-06-01", "start_due"),
        ("2024-06-01", "suspected"),
    ]
    assert {row["route"] for row in out["routes"]} >= {"D1", "D7", "D8"}
    assert "next: notice by 2024-07-01" in run(app, store, "case", "P0", "--as-of", "2024-06-20")


def test_a_letter_is_written_with_its_blanks(app, store, tmp_path):
    file = tmp_path / "notice.docx"
    out = asked(app, store, "letter", "P0", "notice", str(file), "--as-of", "2024-06-20")
    assert file.read_bytes().startswith(b"PK")
    assert out["blanks"]
    result = RUN.invoke(app, ["idle", "letter", "P0", "poem", str(file), "--store", "x"])
    assert result.exit_code == 2


def test_a_parcel_that_is_not_there_is_refused(app, store):
    result = RUN.invoke(app, ["idle", "case", "moon", "--store", str(store.root)])
    assert isinstance(result.exception, NoParcelError)
    assert result.exception.code == "CLI-020"


def test_figures_and_reconciliation(app, demo_store):
    figures = asked(app, demo_store, "figures", "--whole")
    assert figures["baseline"] == "2025-12-31"
    assert figures["left_out"]["count"] == 0
    total = asked(app, demo_store)["total"]
    idle = next(row for row in figures["figures"] if row["figure"] == "idle")
    assert (idle["count"], idle["area_m2"]) == (total["idle_count"], total["idle_area_m2"])
    out = asked(app, demo_store, "reconcile")
    assert sum(out["verdicts"].values()) == len(out["batches"])
    parts = ("supplied_m2", "written_off_m2", "unsupplied_m2")
    assert sum(out["totals"][name] for name in parts) == pytest.approx(out["totals"]["approved_m2"])


def test_the_ledgers_as_one_workbook(app, store, viewer, tmp_path):
    record_case(store, viewer, suspected_on=pd.Timestamp("2024-06-01"))
    file = tmp_path / "ledgers.xlsx"
    out = asked(app, store, "export", str(file), "--as-of", "2024-06-20")
    assert out["rows"] == {
        "batch": 0,
        "supply": 0,
        "idle_case": 1,
        "supply_batch": 0,
        "worklist": 1,
    }
    sheets = openpyxl.load_workbook(file).worksheets
    cells = [cell for sheet in sheets for row in sheet.iter_rows(values_only=True) for cell in row]
    assert "甲厂" in cells
    assert SUPPLY in cells


@pytest.mark.parametrize("form", ["csv", "toml"])
def test_a_plan_for_targets_of_a_file(app, demo_store, tmp_path, form):
    texts = {
        "csv": "county,metric,value\n,idle_rate,0.05\n",
        "toml": '[[target]]\nmetric = "idle_rate"\nvalue = 0.05\n',
    }
    file = tmp_path / f"targets.{form}"
    file.write_text(texts[form], encoding="utf-8")
    out = asked(app, demo_store, "plan", str(file))
    assert out["status"] in ("optimal", "gap")
    (line,) = out["outcomes"]
    assert line["met"]
    assert line["reached"] >= 0.05
    assert out["effort_wan"] >= out["bound_wan"] - 1e-6


def test_a_plan_keeps_the_share_that_may_rest_on_a_start(app, demo_store, tmp_path):
    file = tmp_path / "targets.csv"
    file.write_text("county,metric,value\n,idle_rate,0.05\n", encoding="utf-8")
    out = asked(app, demo_store, "plan", str(file))
    caps = [row for row in out["limits"] if row["kind"] == "start"]
    assert caps
    assert all(row["used"] <= row["amount"] + 1e-6 for row in caps)


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "county,metric,value\n,moon,1\n", "\x00"])
def test_a_file_without_targets_is_refused(app, store, tmp_path, text):
    file = tmp_path / "targets.csv"
    file.write_text(text, encoding="utf-8")
    if text == "\x00":
        file = tmp_path / "absent.csv"
    result = RUN.invoke(app, ["idle", "plan", str(file), "--store", str(store.root)])
    assert isinstance(result.exception, TargetsError)
    assert result.exception.code == "CLI-021"


def test_a_forecast_begins_with_the_stock_of_the_day(app, demo_store):
    out = asked(app, demo_store, "forecast", "--months", "3")
    assert [row["month"] for row in out["months"]] == [0, 1, 2, 3]
    assert out["months"][0]["net_idle"] == 0
    assert "month  3" in run(app, demo_store, "forecast", "--months", "3")


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
