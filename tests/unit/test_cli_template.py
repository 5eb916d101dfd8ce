"""``ganyuan template``, and its workbook back through ``check`` and ``import``."""

from __future__ import annotations

import datetime as dt
import json

import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

from cli import main
from domain import boundaries, reference
from domain.indicators import last_year, record_ids
from export.indicator_template import standing_template
from store import Store, Viewer

VIEWER = Viewer("李工")
ZONE = "jx-nanchang-htdz"
LAST = last_year(dt.datetime.now(tz=dt.UTC).astimezone().date())


def run(*arguments):
    result = CliRunner().invoke(main.app, [str(a) for a in arguments])
    return result.exit_code, result.stdout, result.exception


def put(store, *years, zone=ZONE, demonstration=False, **figures):
    rows = pd.DataFrame({"zone_id": zone, "year": [float(y) for y in years]}).assign(**figures)
    rows["record_id"] = record_ids(rows["zone_id"], rows["year"])
    store.put_ledger("indicators", rows, viewer=VIEWER, reason="年报", demonstration=demonstration)
    return store.ledger("indicators", VIEWER)


def sheet(path):
    """Title of the workbook, and its rows by heading."""
    page = openpyxl.load_workbook(path).worksheets[0]
    heads = [cell.value for cell in page[3]]
    rows = [
        dict(zip(heads, row, strict=True)) for row in page.iter_rows(min_row=4, values_only=True)
    ]
    return page["A1"].value, rows


def test_a_template_of_the_record_comes_back_as_the_same_rows(tmp_path):
    store = Store(tmp_path / "store")
    before = put(
        store, 2022, 2023, zone_name="南昌高新技术产业开发区", zone_type="mixed",
        supplied_m2=123_456.78, built_m2=100_000.01, tax_wan=-12.5, employees=40.0,
        safety_open=True, figures_source="年报", leading_industries="电子信息;生物医药",
    )  # fmt: skip
    out = tmp_path / "t.xlsx"
    for language in ("zh_CN", "en"):
        code, said, _ = run(
            "template", "indicators", "--year", 2023, "--out", out, "--store", store.root,
            "--language", language, "--json",
        )  # fmt: skip
        assert code == 0
        assert json.loads(said)["year"] == 2023
        code, said, _ = run("check", out, "--json", "--store", store.root)
        assert code == 0
        report = json.loads(said)
        assert (report["kind"], report["rows_ok"]) == ("indicators", 1)
        code, said, _ = run(
            "import", out, "--dataset", "indicators", "--by", "李工", "--reason", "再报",
            "--store", store.root,
        )  # fmt: skip
        assert code == 0
        assert "records: 0" in said
        assert "109 not filled in" in said
    pd.testing.assert_frame_equal(store.ledger("indicators", VIEWER), before)


def test_a_template_has_the_zones_that_stand_and_those_on_record(tmp_path):
    store = Store(tmp_path / "store")
    out = tmp_path / "t.xlsx"
    run("template", "indicators", "--out", out, "--store", store.root, "--prefecture", "南昌")
    title, rows = sheet(out)
    assert str(LAST) in title
    zones = reference.zones()
    mine = zones[zones["prefecture_adcode"] == boundaries.adcode_of("南昌")]
    standing = mine[mine["status"] == "active"]
    assert [row["开发区代码"] for row in rows] == standing["zone_id"].tolist()
    merged = mine.loc[mine["status"] != "active", "zone_id"].iloc[0]
    put(store, LAST, zone=merged, tax_wan=1.0)
    run("template", "indicators", "--out", out, "--store", store.root, "--prefecture", "南昌")
    assert merged in [row["开发区代码"] for row in sheet(out)[1]]


@pytest.mark.parametrize("real", [False, True])
def test_invented_figures_are_filled_in_only_alone_and_marked(tmp_path, *, real):
    store = Store(tmp_path / "store")
    put(store, LAST, demonstration=True, tax_wan=7.0)
    if real:
        put(store, LAST, zone="jx-nanchang-etdz", tax_wan=8.0)
    out = tmp_path / "t.xlsx"
    run("template", "indicators", "--out", out, "--store", store.root)
    title, rows = sheet(out)
    filled = [row["税收总额(万元)"] for row in rows if row["税收总额(万元)"] is not None]
    assert filled == ([8.0] if real else [7.0])
    assert ("演示数据" in title) is not real


@pytest.mark.parametrize(("year", "code"), [(LAST, 0), (LAST + 1, 1), (1990, 0), (1989, 1)])
def test_only_a_year_that_has_ended_has_a_template(tmp_path, year, code):
    out = tmp_path / "t.xlsx"
    found, _, error = run(
        "template", "indicators", "--year", year, "--out", out, "--store", tmp_path / "store"
    )
    assert found == code
    assert out.exists() is (code == 0)
    if code:
        assert getattr(error, "code", "") == "IND-023"


def test_a_table_is_imported_and_its_bad_rows_are_told(tmp_path):
    book = openpyxl.Workbook()
    for row in (
        ["开发区代码", "年度", "税收总额(万元)"],
        [ZONE, 2022, 5.0],
        [ZONE, LAST + 1, 5.0],
        ["jx-nowhere", 2022, 5.0],
    ):
        book.active.append(row)
    path = tmp_path / "a.xlsx"
    book.save(path)
    store = tmp_path / "store"
    code, said, _ = run("check", path, "--json", "--store", store)
    assert code == 1
    assert {i["code"]: i["rows"] for i in json.loads(said)["issues"]} == {
        "IND-007": [3],
        "IND-008": [2],
    }
    options = ["--dataset", "x", "--by", "李工", "--reason", "年报", "--store", store]
    code, said, _ = run("import", path, *options)
    assert code == 1
    assert "records: 1" in said
    rows = Store(store).ledger("indicators", VIEWER)
    assert rows[["record_id", "tax_wan"]].to_numpy().tolist() == [[f"{ZONE}/2022", 5.0]]
    assert rows["demonstration"].tolist() == [False]


def test_a_place_that_is_not_in_the_province_is_refused(tmp_path):
    out = tmp_path / "t.xlsx"
    code, _, error = run(
        "template", "indicators", "--out", out, "--prefecture", "巴黎", "--store", tmp_path / "s"
    )
    assert code == 1
    assert "巴黎" in str(error)
    assert not out.exists()


def test_a_template_has_only_the_zones_of_its_viewer(tmp_path):
    store = Store(tmp_path / "store")
    put(store, 2023, tax_wan=1.0)
    put(store, 2023, zone="jx-pingxiang-etdz", tax_wan=2.0)
    path = tmp_path / "t.xlsx"
    path.write_bytes(standing_template(store, Viewer("x", frozenset({"360300"})), year=2023))
    _, rows = sheet(path)
    prefectures = reference.zone_prefectures()
    assert {prefectures[row["开发区代码"]] for row in rows} == {"360300"}
    assert [row["税收总额(万元)"] for row in rows if row["税收总额(万元)"] is not None] == [2.0]
