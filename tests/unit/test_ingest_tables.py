"""Ledgers without shapes: batches, supplies, idle cases from workbooks and separated text."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from ingest import Inspection, deliver
from store import Store, Viewer
from tests.upload_world import look
from views.publishing import publish

BATCH = [
    "批次名称",
    "批准文号",
    "批准日期",
    "行政区代码",
    "批准面积(公顷)",
    "已供面积(公顷)",
    "核销面积(公顷)",
    "未供面积(公顷)",
]
SUPPLY = ["电子监管号", "行政区代码", "供应面积(平方米)", "合同签订日期", "约定动工", "约定竣工"]
CASE = ["案件编号", "电子监管号", "行政区代码", "闲置面积(亩)", "抵押"]


LINK = ["电子监管号", "批次名称", "行政区代码", "本批次供应面积(公顷)"]


KEPT_OUT = {"LED-056", "LED-057", "LED-058", "VAL-009"}


def workbook(head: list[str], *rows: list[Any]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in [head, *rows]:
        sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def batch(name: str, *areas: float) -> list[Any]:
    return [name, "赣国土资核〔2019〕1号", dt.date(2019, 3, 1), "360121", *areas]


def supply(number: str, *, start: str = "2020-06-01", finish: str = "2022-06-01") -> list[Any]:
    return [number, "360121", 1000.0, "2019.12.1", start, finish]


def codes(found: Inspection) -> dict[str, list[int]]:
    return {issue.code: list(issue.rows) for issue in found.issues}


@pytest.mark.parametrize(("unsupplied", "good"), [(3.0001, 1), (3.00011, 0)])
def test_areas_of_a_batch_add_up_to_the_square_metre(unsupplied: float, good: int):
    found = look(workbook(BATCH, batch("甲", 10, 6, 1, unsupplied), batch("乙", 10, 6, 1, 3)))
    assert found.report.kind == "batch"
    assert found.report.rows_ok == 1 + good
    assert codes(found).get("LED-001", []) == ([] if good else [1])
    assert found.records()["approved_m2"].tolist() == [100_000.0] * (1 + good)
    assert "LED-051" not in codes(found)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (supply("3601212019B00001", start="2019-11-30"), "LED-056"),
        (supply("3601212019B00001", start="2019-12-01"), ""),
        (supply("3601212019B00001", finish="2020-06-01"), "LED-057"),
        (supply("3601212019B00001", finish="2020-06-02"), ""),
        (supply("3601212019B0001"), "LED-058"),
        (supply("3601212019B12345678"), ""),
        ([*supply("3601212019B00001")[:2], None, *supply("x")[3:]], "VAL-009"),
    ],
)
def test_each_side_of_every_check_of_a_supply(row: list[Any], code: str):
    found = look(workbook(SUPPLY, row, supply("3601212019B99999")))
    assert {c: r for c, r in codes(found).items() if c in KEPT_OUT} == ({code: [1]} if code else {})
    assert found.quarantined()["code"].tolist() == ([code] if code else [])


def test_links_need_no_number_of_their_own():
    rows = [
        ["3601212019B00001", "甲批次", "360121", 1.5],
        ["3601212019B00001", "乙批次", "南昌县", 0.0001],
        ["3601212019B00001", "甲批次", "360121", 2.5],
        ["3601212019B00002", "甲批次", "360121", 0.0],
        ["3601212019B00002", None, "360121", 1.0],
    ]
    found = look(workbook(LINK, *rows))
    assert found.report.kind == "supply_batch"
    kept_out = {code: rows for code, rows in codes(found).items() if code in {"LED-007", "LED-059"}}
    assert kept_out == {"LED-007": [3], "LED-059": [4]}
    records = found.records()
    assert records["link_id"].tolist() == ["3601212019B00001/甲批次", "3601212019B00001/乙批次"]
    assert records["area_m2"].tolist() == [15_000.0, 1.0]
    assert records["county_adcode"].tolist() == ["360121"] * 2
    assert found.quarantined()["source_row"].tolist() == [3, 4, 5]


def test_links_that_are_numbered_keep_their_numbers():
    found = look(workbook(["关联编号", *LINK], ["L1", "3601212019B00001", "甲", "360121", 1.0]))
    assert found.records()["link_id"].tolist() == ["L1"]


def test_a_number_that_comes_twice_is_kept_once():
    twice = supply("3601212019B00001")
    found = look(workbook(SUPPLY, twice, twice, supply("3601212019B00002")))
    assert codes(found)["LED-007"] == [2]
    assert found.report.rows_ok == 2


def test_records_are_counted_from_zero_whatever_was_kept_out_before_them():
    bad = [*supply("3601212019B00001")[:2], None, *supply("x")[3:]]
    rows = [bad, supply("3601212019B00002"), supply("3601212019B00003")]
    records = look(workbook(SUPPLY, *rows)).records()
    assert records.index.tolist() == [0, 1]
    assert records["supply_no"].tolist() == ["3601212019B00002", "3601212019B00003"]


@pytest.mark.parametrize(("chosen", "area"), [(None, 10_000.0), ("mu", 666.67)])
def test_a_heading_without_unit_is_read_as_the_form_has_it(chosen: str | None, area: float):
    head = [*CASE[:3], "闲置面积"]
    row = ["A1", "3601212019B00001", "360121", 1.0]
    found = look(workbook(head, row), area_unit=chosen)
    assert found.records()["idle_m2"].tolist() == pytest.approx([area], abs=0.01)
    assert ("LED-051" in codes(found)) == (chosen is None)


def test_a_heading_says_its_unit():
    found = look(workbook(CASE, ["A1", "3601212019B00001", "360121", 3.0, "是"]))
    assert found.records()["idle_m2"].tolist() == pytest.approx([2000.0])
    assert found.records()["mortgaged"].tolist() == [True]


@pytest.mark.parametrize(
    ("head", "rows", "code"),
    [
        (
            [*BATCH[:4], BATCH[5], *BATCH[6:]],
            [["甲", "x", "2019-1-1", "360121", 1, 1, 1]],
            "LED-052",
        ),
        (SUPPLY, [supply("坏")], "LED-050"),
    ],
)
def test_tables_that_cannot_be_used_are_refused_in_words(head, rows, code: str):
    found = look(workbook(head, *rows))
    assert (found.status, found.report.refused_by) == ("refused", code)
    assert all("{" not in i.message(lang) for i in found.issues for lang in ("zh_CN", "en"))


def test_a_table_that_is_no_ledger_asks_what_it_is():
    data = workbook(["姓名", "电话", "地址"], ["李", "1", "甲"], ["王", "2", "乙"])
    found = look(data)
    assert (found.status, found.report.decisions) == ("needs_decision", ("kind",))
    assert "MAP-002" in codes(found)
    refused = look(data, kind="parcels")
    assert refused.report.refused_by == "MAP-003"


def test_an_unknown_county_is_kept_out_and_said():
    found = look(
        workbook(
            SUPPLY,
            [*supply("3601212019B00001")[:1], "无名县", *supply("x")[2:]],
            supply("3601212019B00002"),
        )
    )
    assert codes(found)["LED-053"] == [1]
    assert found.report.rows_ok == 1


def test_records_reach_their_ledger_once(tmp_path: Path):
    store, ann = Store(tmp_path), Viewer("李工")
    delivery = deliver([look(workbook(BATCH, batch("甲", 10, 6, 1, 3)))])
    assert publish(store, delivery, "", viewer=ann, reason="年度台账").records == 1
    assert publish(store, delivery, "", viewer=ann, reason="再次上传").records == 0
    assert store.ledger("batch", ann)["unsupplied_m2"].tolist() == [30_000.0]


def test_links_reach_their_ledger_and_are_replaced_under_the_same_name(tmp_path: Path):
    store, ann = Store(tmp_path), Viewer("李工")
    for area in (1.5, 2.5):
        rows = [["3601212019B00001", "甲批次", "360121", area]]
        delivery = deliver([look(workbook(LINK, *rows))])
        assert publish(store, delivery, "", viewer=ann, reason="关联表").records == 1
    kept = store.ledger("supply_batch", ann)
    assert kept["link_id"].tolist() == ["3601212019B00001/甲批次"]
    assert kept["area_m2"].tolist() == [25_000.0]
    assert kept["revision"].tolist() == [2]
