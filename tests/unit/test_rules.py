"""Rule files: every id has exactly one row on each day between its first and its last."""

from __future__ import annotations

import datetime as dt

import pytest

from cli import main
from domain.rules import (
    RuleFileError,
    RuleGapError,
    RuleOverlapError,
    check_rules,
    load_rules,
    subjects,
)
from views import startup

ROW = """
[[rule]]
id = "{id}"
value = {value}
unit = "years"
title_zh = "甲"
title_en = "A"
article = "条"
article_en = "Art."
status = "recalled"
"""


def row(first=None, last=None, *, id="X", value=1):  # noqa: A002 - the name in the file
    text = ROW.format(id=id, value=value)
    return text + (f"valid_from = {first}\n" * bool(first)) + (f"valid_to = {last}\n" * bool(last))


def check(folder, *rows):
    (folder / "bad.toml").write_text("".join(rows), encoding="utf-8")
    return check_rules(folder)


@pytest.mark.parametrize(
    "rows",
    [
        [row()],
        [row("2012-07-01")],
        [row(None, "2012-06-30"), row("2012-07-01")],
        [row("2012-07-01"), row("1999-04-28", "2012-06-30")],  # in any order
        [row("2012-02-28", "2012-02-28"), row("2012-02-29", "2012-02-29"), row("2012-03-01")],
        [row("2012-07-01", "2012-07-01")],
        [row("2012-07-01", id="X"), row("2012-07-01", id="Y")],
    ],
)
def test_periods_that_adjoin_are_accepted(tmp_path, rows):
    assert check(tmp_path, *rows) == len(rows)


@pytest.mark.parametrize(
    ("rows", "since", "until"),
    [
        ([row(None, "2012-07-01"), row("2012-07-01")], "2012-07-01", "2012-07-01"),
        ([row("2012-01-01"), row("2012-07-01", "2012-08-01")], "2012-07-01", "2012-08-01"),
        ([row(None, "2012-06-30"), row(None, "2010-01-01")], "0001-01-01", "2010-01-01"),
        ([row(), row("2030-01-01")], "2030-01-01", "9999-12-31"),
    ],
)
def test_an_overlap_is_named_with_file_rule_and_days(tmp_path, rows, since, until):
    with pytest.raises(RuleOverlapError, match="twice") as caught:
        check(tmp_path, row(id="FINE"), *rows)
    assert caught.value.code == "RUL-002"
    assert {key: str(value) for key, value in caught.value.values.items()} == {
        "file": "bad.toml", "rule": "X", "since": since, "until": until,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("first", "since", "until"),
    [
        ("2012-07-02", "2012-07-01", "2012-07-01"),
        ("2013-01-01", "2012-07-01", "2012-12-31"),
    ],
)
def test_a_gap_is_named_with_file_rule_and_days(tmp_path, first, since, until):
    with pytest.raises(RuleGapError, match="missing") as caught:
        check(tmp_path, row("2012-01-01", "2012-06-30"), row(first))
    assert caught.value.code == "RUL-003"
    assert [str(caught.value.values[key]) for key in ("rule", "since", "until")] == [
        "X", since, until,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (row("2012-07-02", "2012-07-01"), "before it begins"),
        (row(value='"two"'), "validation error"),
        ("[[rule]\n", "cannot be used"),
        ("[rule]\nid = 1\n", "cannot be used"),
        ("", "rule"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path, text, reason):
    with pytest.raises(RuleFileError, match=reason) as caught:
        check(tmp_path, text)
    assert (caught.value.code, caught.value.values["file"]) == ("RUL-004", "bad.toml")


def test_the_rules_that_ship_adjoin():
    assert check_rules() > 100


def broken():
    raise RuleGapError("a gap")


def test_a_bad_rule_file_ends_every_command(monkeypatch, capsys):
    monkeypatch.setattr(main, "check_rules", broken)
    with pytest.raises(SystemExit) as ended:
        main.run()
    assert ended.value.code == main.EXIT_REFUSED
    assert "RUL-003" in capsys.readouterr().err


def test_a_bad_rule_file_ends_the_start_of_the_server(monkeypatch):
    monkeypatch.setattr(startup, "PAGES", ())
    monkeypatch.setattr(startup, "check_rules", broken)
    with pytest.raises(RuleGapError):
        startup.prepare()


def test_every_rule_of_every_period_says_how_certain_it_is():
    for subject in subjects():
        for year in (2000, 2010, 2013, 2019, 2026):
            for rule in load_rules(subject, as_of=dt.date(year, 1, 1)).values():
                assert all([rule.article, rule.article_en, rule.title_zh, rule.title_en]), rule.id
                assert rule.source or rule.status != "sourced", rule.id


@pytest.mark.parametrize(
    ("day", "value", "order"), [("2012-06-30", 0, "第5号"), ("2012-07-01", 1, "第二条第一款")]
)
def test_a_day_is_judged_by_the_measures_of_that_day(day, value, order):
    rule = load_rules("idle", as_of=dt.date.fromisoformat(day)).rule("IDLE-A1")
    assert rule.value == value
    assert order in rule.article


def test_every_step_that_the_law_asks_for_has_its_rule():
    rules = load_rules("idle", as_of=dt.date(2026, 1, 1))
    days = {"INVESTIGATE": 30, "MATERIAL": 30, "PAY": 30, "DEREGISTER": 30}
    assert {name: rules.value(f"IDLE-{name}") for name in days} == days
    for name in ("HEARING", "PUBLISH", "PLAN", "GUARD-B", "GUARD-CAUSE", "SEALED", "D5-PAID"):
        assert f"IDLE-{name}" in rules
    assert "IDLE-COMMENCE-CONTRACT" not in rules
    assert "IDLE-COMMENCE-CONTRACT" in load_rules("idle", as_of=dt.date(2009, 1, 1))
    assert "IDLE-HANDOVER" not in load_rules("idle", as_of=dt.date(2012, 6, 30))


@pytest.mark.parametrize(("day", "known"), [("2024-11-10", False), ("2024-11-11", True)])
def test_the_bond_funded_buy_back_exists_since_its_notice(day, known):
    assert ("IDLE-D4B" in load_rules("idle", as_of=dt.date.fromisoformat(day))) is known


def test_sanctions_and_quota_rules_of_the_province_and_the_ministry():
    rules = load_rules("approvals", as_of=dt.date(2026, 1, 1))
    expected = {"SHARE-YEARS": 3, "SHARE-TOP": 5, "QUOTA-UP": 0.1, "QUOTA-DOWN": 0.2}
    assert {name: rules.value(f"APPR-{name}") for name in expected} == expected
    assert "APPR-QUOTA-UP" not in load_rules("approvals", as_of=dt.date(2018, 5, 31))
