"""CSV that spreadsheets open without running anything."""

from __future__ import annotations

import csv
import io

import pandas as pd
import pytest

from export.delimited import write_csv


def read(data):
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_formulas_become_texts(text):
    rows = read(write_csv(pd.DataFrame({"a": [text], text: ["b"]})))
    assert rows == [["a", "'" + text], ["'" + text, "b"]]


def test_numbers_dates_and_missing_values():
    frame = pd.DataFrame({"n": [-1.5, None], "d": pd.to_datetime(["2024-02-29", None]).date})
    rows = read(write_csv(frame))
    assert rows == [["n", "d"], ["-1.5", "2024-02-29"], ["", ""]]


def test_chinese_opens_in_a_spreadsheet_and_the_mark_stands_first():
    data = write_csv(pd.DataFrame({"地块": ["a,b"]}), mark="演示数据")
    assert data.startswith(b"\xef\xbb\xbf")
    assert read(data) == [["演示数据"], ["地块"], ["a,b"]]


def test_the_frame_is_left_alone():
    frame = pd.DataFrame({"a": ["=1"]})
    write_csv(frame)
    assert frame["a"].tolist() == ["=1"]
