from __future__ import annotations

import datetime as dt
import io

import numpy as np
import openpyxl
import pandas as pd
import pytest

from export.workbook import Column, Sheet, write_workbook

DANGEROUS = ["=1+1", "@SUM(A1)", "+1", "-1", "\tx", '=HYPERLINK("http://x")', "http://x.cn", "'a"]


def day(*date):
    """A day as a workbook gives it back."""
    return dt.datetime(*date)  # noqa: DTZ001 - cells know no time zone


def table(**columns):
    return pd.DataFrame(columns)


def load(frame, *columns, notes=None, **options):
    data = write_workbook(
        [Sheet("表", frame, columns, **options)], notes=notes or {"版本": "parcels@1"}
    )
    return openpyxl.load_workbook(io.BytesIO(data))


def cells(book, column=1, top=2):
    page = book.worksheets[0]
    return [page.cell(row, column) for row in range(top, page.max_row + 1)]


def test_texts_stay_texts_whatever_they_begin_with():
    book = load(table(a=DANGEROUS), Column("a", "文本"))
    found = cells(book)
    assert [c.value for c in found] == DANGEROUS
    assert {c.data_type for c in found} == {"s"}
    assert not any(c.hyperlink for c in found)


def test_headings_and_notes_cannot_become_formulas():
    book = load(table(a=[1]), Column("a", "=1+1"), notes={"=2+2": "=3+3"})
    assert book.worksheets[0]["A1"].data_type == "s"
    assert [c.data_type for c in book.worksheets[1][1]] == ["s", "s"]


def test_numbers_and_dates_keep_their_type():
    frame = table(n=[1234.5], d=[pd.Timestamp("2026-06-30")], s=[0.769], p=[dt.date(2026, 1, 2)])
    book = load(
        frame,
        Column("n", "面积", "area"),
        Column("d", "日期", "date"),
        Column("s", "占比", "share"),
        Column("p", "日", "date"),
    )
    n, d, s, p = (c for c in book.worksheets[0][2])
    assert n.value == 1234.5
    assert n.number_format == "#,##0.00"
    assert d.value == day(2026, 6, 30)
    assert d.number_format == "yyyy-mm-dd"
    assert s.number_format == "0.0%"
    assert p.value == day(2026, 1, 2)


def test_numbers_kept_as_text_are_not_turned_into_numbers():
    book = load(table(a=["0012", "36010020260001"]), Column("a", "电子监管号"))
    assert [c.value for c in cells(book)] == ["0012", "36010020260001"]


def test_missing_values_are_empty_and_never_zero():
    frame = table(
        n=pd.Series([1.0, np.nan, np.inf]),
        t=pd.Series(["a", pd.NA, None], dtype="string"),
        d=pd.to_datetime(pd.Series(["2026-01-01", None, None])),
        c=pd.Series([1, pd.NA, pd.NA], dtype="Int64"),
    )
    book = load(
        frame, Column("n", "n", "number"), Column("t", "t"), Column("d", "d", "date"),
        Column("c", "c", "count"),
    )  # fmt: skip
    page = book.worksheets[0]
    assert [c.value for c in page[2]] == [1.0, "a", day(2026, 1, 1), 1.0]
    assert [[c.value for c in row] for row in page.iter_rows(min_row=3)] == []


@pytest.mark.parametrize(("factor", "value", "unit"), [(1e-4, 4.0, "公顷"), (3 / 2000, 60.0, "亩")])
def test_areas_follow_the_unit_and_the_heading_names_it(factor, value, unit):
    book = load(table(a=[40_000.0]), Column("a", "面积", "area", unit, factor))
    assert book.worksheets[0]["A1"].value == f"面积 ({unit})"
    assert book.worksheets[0]["A2"].value == pytest.approx(value)


def test_the_heading_is_frozen_and_filtered():
    page = load(table(a=[1, 2], b=[3, 4]), Column("a", "a"), Column("b", "b")).worksheets[0]
    assert page.freeze_panes == "B2"
    assert page.auto_filter.ref == "A1:B3"


def test_made_up_rows_are_marked_above_their_heading_and_in_the_notes():
    book = load(table(a=[1]), Column("a", "a", "count"), demonstration=True)
    page, notes = book.worksheets
    assert "演示数据" in page["A1"].value
    assert page["A2"].value == "a"
    assert page["A3"].value == 1
    assert page.freeze_panes == "B3"
    assert "演示数据" in notes["A1"].value
    assert "演示数据" not in str(load(table(a=[1]), Column("a", "a")).worksheets[0]["A1"].value)


def test_the_notes_stand_on_their_own_sheet():
    book = load(table(a=[1]), Column("a", "a"), notes={"数据版本": "parcels@3", "规则": "IDLE-A1"})
    rows = [[c.value for c in row] for row in book.worksheets[-1].iter_rows()]
    assert rows == [["数据版本", "parcels@3"], ["规则", "IDLE-A1"]]


def test_sheet_names_fit_excel():
    frame, column = table(a=[1]), (Column("a", "a"),)
    names = ["地块[1]:状态/图", "x" * 40, "x" * 40, "", "'"]
    data = write_workbook([Sheet(n, frame, column) for n in names], notes={})
    found = openpyxl.load_workbook(io.BytesIO(data)).sheetnames
    assert len({n.lower() for n in found}) == 6
    assert all(0 < len(n) <= 31 for n in found)
    assert not any(c in name for name in found for c in "[]:*?/\\")


def test_control_characters_and_overlong_texts_do_not_break_the_file():
    book = load(table(a=["甲\x00\x0b乙", "长" * 40_000]), Column("a", "a"))
    first, second = cells(book)
    assert first.value == "甲乙"
    assert len(second.value) == 32_767


def test_an_empty_table_still_has_its_heading():
    page = load(table(a=pd.Series([], dtype="float64")), Column("a", "面积", "area")).worksheets[0]
    assert page["A1"].value == "面积"


def test_the_same_tables_give_the_same_bytes():
    made = [
        write_workbook([Sheet("表", table(a=[1, 2]), (Column("a", "a"),))], notes={"a": "b"})
        for _ in range(2)
    ]
    assert made[0] == made[1]
