"""The record of an upload: number, row accounting, findings, both formats."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import row_runs
from domain.correction_marks import PASSPORT_NUMBER
from domain.passport import MOST_VALUES, NoPassportError, Rows, UnbalancedRowsError, read
from ingest.model import Choices, Finding, Report
from ingest.passport import accounting, issues_of, passport, passport_number
from tests.passport_world import KEPT_APART, NUMBER, ROWS, findings, inspection, record, report

DAY = dt.date(2026, 11, 23)


def test_the_number_is_the_same_for_the_same_bytes_and_choices():
    number = passport_number("ab" * 32, Choices(), DAY)
    assert PASSPORT_NUMBER.fullmatch(number)
    assert number.startswith("GY20261123-")
    assert passport_number("ab" * 32, Choices(), DAY) == number
    others = {
        passport_number("ac" * 32, Choices(), DAY),
        passport_number("ab" * 32, Choices(crs_epsg=4527), DAY),
        passport_number("ab" * 32, Choices(), DAY + dt.timedelta(days=1)),
    }
    assert len(others | {number}) == 4


def test_the_record_is_plain_data_that_reads_back():
    again = json.loads(json.dumps(record()))
    (found,) = read(again)
    assert (found.number, found.kind, found.format_of_file) == (NUMBER, "parcels", "shapefile")
    assert [f.name for f in found.files] == ["供地.shp", "供地.dbf"]
    assert found.rows == Rows(file=ROWS, committed=ROWS - 2, quarantined=2)
    assert found.crs.candidates[0].inside == 0.98
    assert found.encoding.samples == ("工业用地", "某公司")
    assert found.mapping["parcel_id"] == "地块编号"
    assert found.lineage == (NUMBER,)
    assert found.closes is None
    assert [i.severity for i in found.issues] == sorted(
        (i.severity for i in found.issues), key=["error", "warning", "info"].index
    )
    assert found.program.startswith("ganyuan ")


def test_repairs_keep_their_areas_but_not_their_shapes():
    repair = {"row": 3, "reason": "Self-intersection", "area_before_m2": 1.0, "parts": 2}
    made = passport(
        inspection(report(repairs=[repair | {"area_after_m2": 2.5, "after_wkb": "01"}]))
    )
    assert made["repairs"][0]["area_after_m2"] == 2.5
    assert "after_wkb" not in made["repairs"][0]


@given(
    st.integers(0, 10**7),
    st.integers(0, 10**7),
    st.integers(0, 10**7),
    st.booleans(),
    st.booleans(),
)
def test_rows_always_add_up_or_nothing_is_recorded(ok, out, rest, refused, asked):
    made = Report(
        name="a",
        rows_in_file=ok + out + rest,
        rows_ok=ok,
        rows_quarantined=out,
        refused_by="FIL-001" if refused else "",
        decisions=("crs",) if asked else (),
    )
    rows = accounting(made)
    rows.require_balance()
    assert rows.committed + rows.quarantined + rows.refused + rows.undecided == rows.file
    assert (rows.undecided == rest) if asked and not refused else (rows.refused == rest)
    part = accounting(made.model_copy(update={"rows_unfilled": out // 2}))
    assert (part.quarantined, part.unfilled) == (out - out // 2, out // 2)
    short = made.model_copy(update={"rows_in_file": ok + out - 1})
    with pytest.raises(UnbalancedRowsError, match="PAS-002"):
        accounting(short)


def test_an_upload_whose_rows_do_not_add_up_gets_no_passport():
    with pytest.raises(UnbalancedRowsError) as caught:
        passport(inspection(report(rows_in_file=3)))
    assert caught.value.code == "PAS-002"


@given(st.lists(st.integers(1, 3000)))
def test_rows_as_runs_lose_nothing(rows):
    text = row_runs.pack(rows)
    assert row_runs.unpack(text) == tuple(sorted(set(rows)))
    assert len(row_runs.shown(rows, 30)) <= 60


@pytest.mark.parametrize("text", ["1-", "a", "1,,2", "-3", "1 2"])
def test_what_is_no_list_of_rows_is_refused(text):
    with pytest.raises(ValueError, match="list of rows"):
        row_runs.unpack(text)


def test_rows_for_a_narrow_column_are_cut_between_two_runs():
    assert row_runs.shown([1, 2, 3, 5, 8, 9], 30) == "1-3, 5, 8-9"
    assert row_runs.shown(range(1, 200, 2), 10) == "1, 3, 5, 7, 9 …"


def test_findings_are_kept_by_code_with_rows_and_the_values_of_the_first():
    many = [Finding(code="GEO-006", row=n, values={"other": n + 1}) for n in range(1, 3001)]
    (issue,) = issues_of(many, {"GEO-006": 12_345})
    assert (issue["count"], issue["rows"]) == (12_345, "1-3000")
    assert len(issue["values"]) == MOST_VALUES
    assert issue["values"][0] == [1, {"other": 2}]
    by_code = {i["code"]: i for i in issues_of(findings())}
    assert by_code["CRS-010"]["rows"] == ""
    assert by_code["GEO-002"]["rows"] == "3"


def test_format_1_is_still_read():
    old = {
        "format": 1, "file": "a.zip", "sha256": "ab", "size": 3,
        "rows_in_file": 9, "rows_ok": 7, "rows_quarantined": 2,
        "issues": [
            {"code": "GEO-002", "severity": "error", "rows": [4, 2, 3]},
            {"code": "ENC-004", "severity": "info", "rows": []},
        ],
        "choices": {}, "seconds": {},
    }  # fmt: skip
    (found,) = read(old)
    assert (found.number, found.rows.file, found.rows.committed) == ("", 9, 7)
    assert [(i.count, i.rows) for i in found.issues] == [(3, "2-4"), (1, "")]
    assert [p.file for p in read({"format": 1, "parts": [old, old | {"file": "b"}]})] == [
        "a.zip",
        "b",
    ]


def test_a_version_that_was_published_again_says_so_on_every_page():
    several = {"format": 2, "repeats": "gd@1", "parts": [record(), record()]}
    assert [p.repeats for p in read(several)] == ["gd@1", "gd@1"]


@pytest.mark.parametrize(
    "other",
    [{}, {"source": "demo", "seed": 1}, {"format": 9, "file": "a"}, {"format": 2, "file": ["a"]}],
)
def test_what_is_no_passport_is_refused(other):
    with pytest.raises(NoPassportError) as caught:
        read(other)
    assert caught.value.code == "PAS-001"


def test_fields_of_later_releases_are_passed_over():
    assert read(record() | {"moon": "full"})[0].number == NUMBER
    assert len(KEPT_APART) == 2
