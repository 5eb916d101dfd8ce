from __future__ import annotations

import json

import openpyxl
import pytest
import typer
from PIL import Image
from typer.testing import CliRunner

from cli import maps
from geo.errors import GanyuanError

app = typer.Typer()


@app.callback()
def main():
    """Commands keep their names."""


maps.register(app)


def run(store, out, *options):
    base = ["map", "--store", str(store), "--out", str(out), "--dpi", "50"]
    return CliRunner().invoke(app, [*base, *options])


@pytest.mark.parametrize(
    ("suffix", "magic"), [("png", b"\x89PNG"), ("pdf", b"%PDF"), ("svg", b"<?xml")]
)
def test_a_sheet_is_written_in_each_form(demo_root, tmp_path, suffix, magic):
    out = tmp_path / f"map.{suffix}"
    result = run(demo_root, out, "--layers", "parcels,zones", "--region", "360700", "--json")
    assert result.exit_code == 0, result.output
    assert out.read_bytes().startswith(magic)
    facts = json.loads(result.output)
    assert facts["region"] == "360700"
    assert facts["scale"] == 2_000_000
    assert facts["crs"] == "EPSG:4547"
    assert facts["demonstration"] is True
    assert [la["id"] for la in facts["layers"]] == ["parcel_status", "zones"]
    assert sum(row["count"] for row in facts["layers"][0]["legend"]) > 1_000


def test_paper_orientation_and_resolution_are_obeyed(demo_root, tmp_path):
    out = tmp_path / "a.png"
    options = ["--layers", "zones", "--paper", "a3", "--orientation", "portrait", "--dpi", "100"]
    assert run(demo_root, out, *options).exit_code == 0
    with Image.open(out) as picture:
        assert picture.size == (1169, 1654)


def test_the_table_comes_along_on_request(demo_root, tmp_path):
    table = tmp_path / "rows.xlsx"
    result = run(
        demo_root, tmp_path / "a.svg", "--layers", "parcels", "--region", "章贡区",
        "--status", "overdue,suspected_a1,unsupplied", "--table", str(table),
    )  # fmt: skip
    assert result.exit_code == 0
    assert "演示数据" in result.output
    assert openpyxl.load_workbook(table).worksheets[0].max_row > 3


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--layers", "nothing"], "EXP-005"),
        (["--layers", "zones", "--region", "乌有镇"], "PLC-001"),
        (["--layers", "zones", "--mode", "public"], "EXP-001"),
        (["--layers", "zones", "--title", "𠮷"], "FNT-001"),
    ],
)
def test_refusals_carry_their_code_and_leave_no_file(demo_root, tmp_path, options, code):
    out = tmp_path / "a.png"
    result = run(demo_root, out, *options)
    assert isinstance(result.exception, GanyuanError)
    assert result.exception.code == code
    assert not out.exists()


@pytest.mark.parametrize("name", ["map.gif", "missing/map.png"])
def test_a_file_that_cannot_be_written_is_refused(demo_root, tmp_path, name):
    result = run(demo_root, tmp_path / name, "--layers", "zones")
    assert result.exception.code == "EXP-007"


@pytest.mark.parametrize("options", [["--paper", "A9"], ["--mode", "secret"], ["--unit", "acre"]])
def test_misuse_ends_with_code_2(demo_root, tmp_path, options):
    assert run(demo_root, tmp_path / "a.png", "--layers", "zones", *options).exit_code == 2
