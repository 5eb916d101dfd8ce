"""Shares on the screen and in files: one rule, fixed decimals."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pandas as pd
import streamlit as st

from export.delimited import write_csv
from views import tables

ROOT = Path(__file__).resolve().parents[2]
FRAME = pd.DataFrame({"share": [0.7696, 1.0, None], "n": [0.5, 2.0, 3.0]}, index=[7, 8, 9])


def test_a_share_becomes_a_number_of_per_cent_with_one_decimal():
    config = {"share": tables.share_column("Share"), "n": st.column_config.NumberColumn()}
    out = tables.shown(FRAME, config)
    assert out["share"].tolist()[:2] == [77.0, 100.0]
    assert pd.isna(out["share"].iloc[2])
    assert out["n"].tolist() == [0.5, 2.0, 3.0]
    assert out.index.tolist() == [7, 8, 9]
    assert config["share"]["type_config"]["format"] == "%.1f %%"
    assert FRAME["share"].iloc[0] == 0.7696


def test_a_gap_keeps_its_decimals_and_a_bar_runs_to_one_hundred():
    config = {"share": tables.share_column("Gap", decimals=3), "n": tables.share_bar("n")}
    out = tables.shown(FRAME, config | {"elsewhere": tables.share_column()})
    assert out["share"].iloc[0] == 76.96
    assert out["n"].iloc[0] == 50.0
    assert config["n"]["type_config"]["max_value"] == 100.0
    assert list(out.columns) == ["share", "n"]


def test_no_table_uses_the_format_that_drops_zeros():
    # Sliders write one number alone; there is nothing to line up with.
    drops = re.compile(r'Column\([^)]*format="percent"|number\([^)]*format="percent"', re.DOTALL)
    found = [p for p in (ROOT / "views").rglob("*.py") if drops.search(p.read_text("utf-8"))]
    assert found == []


def test_a_csv_has_the_decimals_of_the_workbook():
    frame = pd.DataFrame(
        {
            "share": [1 / 3, None],
            "area": [2.0, 1.005],
            "n": pd.array([3, None], "Int64"),
            "told": [0.125, "=x"],
            "as is": [1 / 8, 2.0],
            "endless": [float("inf"), 2.5],
        }
    )
    kinds = {"share": "share", "area": "area", "n": "count", "told": "number", "as is": "plain"}
    kinds["endless"] = "number"
    text = write_csv(frame, kinds=kinds).decode("utf-8-sig")
    first, second = list(csv.reader(io.StringIO(text)))[1:]
    assert first == ["33.3%", "2.00", "3", "0.12", "0.125", ""]
    assert second == ["", "1.00", "", "'=x", "2.0", "2.50"]


def test_a_column_is_as_wide_as_its_longest_text():
    short, long = tables.text_width(["Level"]), tables.text_width(["Level", "Environment"])
    assert long > short
    assert tables.text_width(["Environment", "Level"]) == long
    assert tables.text_width(["级别级别级"]) > short
    assert tables.text_width([]) < short
