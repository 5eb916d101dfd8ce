"""The drawing of a case file: stretches of the clock, the line of facts, texts that stay text."""

from __future__ import annotations

import re

import pytest

from analytics.cases.checks import contradictions, marks, spans
from analytics.cases.file import case_file
from analytics.idle.status import parcel_status
from domain.i18n import translator
from domain.rules import load_rules
from layers.palette import STATUS
from tests.case_world import SUPPLY_NO, case_rows
from tests.land_world import date, parcels
from views.idle.case_timeline import Scale, clock_html, timeline_html

DAY = date("2024-06-15")
RULES = load_rules("idle", as_of=DAY)
ZH = translator("zh_CN")
BAR = re.compile(r'<i class="([^"]*)" style="left:([\d.]+)%;width:([\d.]+)%;background:(#\w+)"')


def world(parcel, *cases):
    frame = parcels([{"supply_no": SUPPLY_NO, **parcel}])
    status = parcel_status(frame, as_of=DAY, rules=RULES).iloc[0].to_dict()
    rows = case_rows(*cases)
    file = case_file(frame.iloc[0].to_dict(), version="land@1", cases=rows)
    stops = spans(file, rows, sealed=False, rules=RULES)
    return file, status, stops, marks(file, status, as_of=DAY, rules=RULES, spans=stops), rows


def clock(parcel, *cases, **more):
    file, status, stops, found, _ = world(parcel, *cases)
    days = {mark.kind: mark.on for mark in found}
    years = {"year1": days.get("year1"), "year2": days.get("year2")}
    return clock_html(ZH, status, file.entries, stops, today=DAY, **{**years, **more})


def test_days_have_their_share_of_the_width():
    scale = Scale(date("2024-01-01"), date("2024-04-10"))  # 100 days
    assert scale.share(date("2024-01-01")) == 0
    assert scale.share(date("2024-01-26")) == 25
    assert scale.share(date("2030-01-01")) == 100
    assert scale.share(date("2000-01-01")) == 0
    assert Scale(DAY, DAY).share(DAY) == 0


def test_the_clock_changes_colour_at_each_threshold_and_pales_ahead():
    bars = BAR.findall(clock({"start_due": "2023-06-01"}))
    assert [(name, colour) for name, _, _, colour in bars] == [
        ("", STATUS["not_due"]),
        ("", STATUS["overdue"]),
        ("", STATUS["suspected_a1"]),
        ("gy-ahead", STATUS["suspected_a1"]),
        ("gy-ahead", STATUS["suspected_a2"]),
    ]
    # The stretches follow each other without a gap.
    ends = [round(float(left) + float(width), 1) for _, left, width, _ in bars]
    assert [round(float(left), 1) for _, left, _, _ in bars[1:]] == ends[:-1]
    assert ends[-1] == 100.0


def test_a_real_start_ends_the_clock_and_a_year_of_stop_is_suspected_again():
    years = {"year1": date("2023-01-01"), "year2": date("2024-01-01")}
    begun = {"start_due": "2022-01-01", "started_on": "2022-06-01"}
    bars = BAR.findall(clock(begun, **years))
    assert [c for *_, c in bars] == [
        STATUS["not_due"], STATUS["overdue"], STATUS["in_progress"], STATUS["in_progress"],
    ]  # fmt: skip
    stopped = clock({**begun, "stopped_since": "2023-03-01"}, **years, stop_year=date("2024-03-01"))
    assert [c for *_, c in BAR.findall(stopped)][-1] == STATUS["suspected_b"]
    assert "2024-03-01" in stopped
    assert "2024-01-01" not in stopped  # two years say nothing of started land


def test_a_stop_of_the_clock_is_hatched():
    case = {"disposal_route": "D3", "disposed_on": "2024-01-01"}
    assert clock({"start_due": "2023-06-01"}, case).count("gy-stop") == 1


def test_without_a_start_date_there_is_no_clock():
    assert clock({}) == ""


def line(parcel, *cases):
    file, _, _, found, rows = world(parcel, *cases)
    faults = contradictions(file, rows, as_of=DAY)
    return timeline_html(ZH, file.entries, found, faults, today=DAY)


def test_the_line_runs_in_time_with_today_among_the_facts():
    html = line({"start_due": "2023-06-01", "signed_on": "2022-01-10"})
    days = re.findall(r"<time>([\d-]+)</time>", html)
    assert days == ["2022-01-10", "2023-06-01", "2024-06-01", "2024-06-15", "2025-06-01"]
    names = re.findall(r'<li class="([^"]*)"', html)
    assert names == ["", "gy-planned", "gy-reckoned", "gy-now", "gy-reckoned"]
    assert "还有 351 天" in html


def test_facts_that_contradict_each_other_are_marked():
    html = line({"signed_on": "2022-01-10", "start_due": "2022-01-09"})
    assert html.count("gy-wrong") == 2


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", '"><img src=x>', "a & b < c"])
def test_text_from_outside_is_escaped(hostile):
    case = {"case_id": hostile, "letter_no": hostile, "letter_on": "2024-01-01"}
    html = line({"approval_no": hostile, "approved_on": "2020-01-01"}, case)
    assert hostile not in html
    assert "&lt;" in html
