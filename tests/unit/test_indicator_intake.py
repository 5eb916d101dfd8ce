"""Yearly figures of zones come in by the one door: recognised, counted, kept apart, refused."""

from __future__ import annotations

import csv
import io
import zipfile

import openpyxl
import pandas as pd
import pytest
import xlsxwriter

from domain import reference
from domain.code_lists import LIST_OF, code_of
from domain.indicators import ZONE_TYPES
from domain.ledgers import conform, contradictions
from domain.passport import read
from export import datasets
from export.indicator_template import template
from ingest import inspect
from ingest.correction_rows import to_correct
from ingest.kinds import detect
from ingest.passport import accounting, passport
from store import Store
from tests.export_world import options
from tests.upload_world import look, told

ZONE, OTHER = "jx-nanchang-htdz", "jx-nanchang-etdz"
HEAD = ["开发区代码", "年度", "已供应国有建设用地面积(公顷)", "已建成城镇建设用地面积(公顷)"]


def book(*rows, head=HEAD):
    made = openpyxl.Workbook()
    for row in (head, *rows):
        made.active.append(row)
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def table(*rows, head=HEAD, encoding="utf-8-sig"):
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows([head, *rows])
    return buffer.getvalue().encode(encoding)


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (HEAD, "indicators"),
        (["KFQDM", "ND", "SSZE"], "indicators"),
        (["Zone ID", "Year", "Tax(10k CNY)"], "indicators"),
        (["开发区名称", "年份", "税收总额（亿元）", "联系人"], "indicators"),
        (["开发区代码", "年度", "备注"], None),  # no figure
        (["开发区代码", "税收总额(万元)"], None),  # no year
        (["年度", "税收总额(万元)"], None),  # no zone
        # A ledger that names zone, year and areas stays what most of its fields say.
        (["电子监管号", "合同签订日期", "约定动工", "供应面积", "开发区代码"], "supply"),
        (["PCMC", "PZWH", "PZRQ", "PZMJ", "GYMJ", "HXMJ", "WGMJ", "KFQDM", "ND"], "batch"),
    ],
)
def test_zone_year_and_a_figure_make_yearly_figures(names, kind):
    assert detect(names, has_shapes=False) == kind


def test_fields_of_figures_with_shapes_are_not_yearly_figures():
    assert detect(HEAD, has_shapes=True) == "parcels"


@pytest.mark.parametrize(
    "data",
    [
        book([ZONE, 2022, 76.0, 70.0]),
        table([ZONE, 2022, 76.0, 70.0]),
        table([ZONE, 2022, 76.0, 70.0], encoding="gb18030"),
        book([ZONE, 2022, 1140.0, 1050.0], head=[*HEAD[:2], "已供应面积(亩)", "已建成面积(亩)"]),
        book(
            [ZONE, 2022, 76.0, 70.0],
            head=["Zone ID", "Year", "Supplied state construction land(ha)", "built_m2(ha)"],
        ),
    ],
)
def test_a_row_is_the_same_however_it_is_written(data):
    found = look(data, name="a.xlsx")
    assert (found.status, found.report.kind) == ("accepted", "indicators")
    row = found.records().iloc[0]
    assert row["record_id"] == f"{ZONE}/2022"
    assert row[["supplied_m2", "built_m2"]].tolist() == pytest.approx([76e4, 70e4])
    assert row["prefecture_adcode"] == "360100"
    assert pd.isna(row["tax_wan"])


def test_rows_are_what_the_ledger_takes():
    records = look(book([ZONE, 2022, 76.0, 70.0]), name="a.xlsx").records()
    again = conform("indicators", records)
    pd.testing.assert_frame_equal(again, records)
    assert contradictions("indicators", again).empty


def test_every_row_of_the_file_is_accounted_for():
    data = book(
        [ZONE, 2022, 76.0, 80.0],  # contradicts itself: kept, with a warning
        [ZONE, 2023, 76.0, 70.0],
        [OTHER, 2024, 76.0, 70.0],  # a year that has not ended on the day of the check
        ["jx-nowhere", 2022, 76.0, 70.0],
        [OTHER, 2022, "约十", 70.0],
        [OTHER, 2023, None, None],
        ["jx-pingxiang-etdz", 2022, 1.0, 1.0],
        ["jx-pingxiang-etdz", 2022, 1.0, 1.0],
        ["合计", None, 400.0, 300.0],
    )
    found = look(data, name="a.xlsx")
    report = found.report
    assert (report.rows_in_file, report.rows_ok, report.rows_quarantined) == (9, 2, 7)
    assert report.rows_refused == 0
    apart = found.quarantined().set_index("source_row")["code"].to_dict()
    assert apart == {
        3: "IND-008", 4: "IND-007", 5: "IND-010", 6: "IND-014", 7: "IND-009", 8: "IND-009",
        9: "TAB-003",
    }  # fmt: skip
    rows = accounting(report)
    assert (rows.file, rows.committed, rows.quarantined, rows.unfilled) == (9, 2, 6, 1)
    (record,) = read(passport(found))
    assert 6 not in to_correct(record, found.quarantined())
    said = told(found)
    assert said["IND-012"] == ("warning", [1])
    assert said["IND-008"] == ("error", [3])
    assert said["IND-014"] == ("info", [])
    assert found.records()["year"].tolist() == [2022.0, 2023.0]


def test_the_template_is_read_without_a_question():
    zones = reference.zones().head(4)
    ids = zones["zone_id"]
    known = pd.DataFrame({"tax_wan": [5.0, 6.0], "safety_open": [True, False]}, index=ids[:2])
    for language in ("zh_CN", "en"):
        data = template(zones, year=2022, language=language, known=known)
        found = look(data, name="t.xlsx")
        assert (found.status, found.report.kind) == ("accepted", "indicators")
        assert found.records()[["zone_id", "tax_wan"]].to_numpy().tolist() == [
            [ids[0], 5.0],
            [ids[1], 6.0],
        ]
        assert (found.report.rows_ok, found.report.rows_quarantined) == (2, 2)
        assert not [i for i in found.issues if i.severity != "info"]


def test_two_sheets_with_figures_are_asked_about():
    made = openpyxl.Workbook()
    for name, year in (("甲", 2021), ("乙", 2022)):
        sheet = made.create_sheet(name)
        sheet.append(HEAD)
        sheet.append([ZONE, year, 76.0, 70.0])
    buffer = io.BytesIO()
    made.save(buffer)
    found = look(buffer.getvalue(), name="a.xlsx")
    assert found.report.decisions == ("layer",)
    chosen = look(buffer.getvalue(), name="a.xlsx", layer="乙")
    assert chosen.records()["year"].tolist() == [2022.0]


def test_a_template_that_nobody_filled_in_is_refused_in_words():
    found = look(template(reference.zones().head(3), year=2022), name="t.xlsx")
    assert (found.status, found.report.refused_by) == ("refused", "IND-020")
    assert found.report.rows_refused == 3


@pytest.mark.parametrize(
    ("row", "code"),
    [([ZONE, 2022, -1.0, 1.0], "LED-050"), ([ZONE, 2022, None, None], "IND-020")],
)
def test_a_table_without_a_good_row_is_refused(row, code):
    assert look(book(row), name="a.xlsx").report.refused_by == code


def test_columns_are_shown_with_the_unit_in_which_they_were_read():
    head = ["开发区代码", "年度", "税收(亿元)", "闲置面积", "企业数", "经办人"]
    found = look(book([ZONE, 2022, 1.5, 2.0, 3, "张"], head=head), name="a.xlsx")
    read = {m.column: (m.source, m.unit) for m in found.report.mapping if m.source}
    assert read["tax_wan"] == ("税收(亿元)", "亿元")
    assert read["idle_m2"] == ("闲置面积", "公顷")
    assert read["enterprises"] == ("企业数", "")
    assert found.report.unmapped == ("经办人",)
    assert told(found)["IND-006"][0] == "warning"
    assert found.report.area_unit == "ha"


def test_a_person_says_which_column_is_which_and_in_which_unit():
    head = ["开发区代码", "年度", "税额", "闲置面积", "税收(亿元)"]
    data = book([ZONE, 2022, 7.0, 15.0, 1.0], head=head)
    found = look(data, name="a.xlsx", fields={"tax_wan": "税额"}, area_unit="mu")
    row = found.records().iloc[0]
    assert (row["tax_wan"], row["idle_m2"]) == (7.0, pytest.approx(1e4))
    how = {m.column: m.how for m in found.report.mapping}
    assert (how["tax_wan"], how["idle_m2"], how["built_m2"]) == ("choice", "synonym", "none")
    closed = look(data, name="a.xlsx", fields={"tax_wan": ""})
    assert closed.records()["tax_wan"].isna().all()
    assert "税收(亿元)" in closed.report.unmapped


def test_a_unit_that_is_not_known_leaves_its_column_out():
    found = look(book([ZONE, 2022, 1.0, 2.0], head=[*HEAD[:3], "闲置面积(顷)"]), name="a.xlsx")
    assert told(found)["IND-005"] == ("error", [])
    assert found.records()["idle_m2"].isna().all()


def test_formulas_and_links_are_told_and_their_saved_values_read():
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as made:
        page = made.add_worksheet()
        for column, text in enumerate(HEAD):
            page.write_string(0, column, text)
        page.write_string(1, 0, ZONE)
        page.write_number(1, 1, 2022)
        page.write_formula(1, 2, "=70+6", None, 76.0)
        page.write_formula(1, 3, "=1+1", None, "")
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("xl/externalLinks/externalLink1.xml", "<externalLink/>")
    found = look(buffer.getvalue(), name="a.xlsx")
    assert found.records()["supplied_m2"].tolist() == [76e4]
    assert found.records()["built_m2"].isna().all()
    assert told(found)["TAB-007"][0] == "warning"
    assert told(found)["TAB-015"] == ("warning", [])


def test_hostile_texts_are_told_and_stay_texts():
    data = book([ZONE, 2022, 1.0, "甲\ue000<b>"], head=[*HEAD[:3], "备注"])
    found = look(data, name="a.xlsx")
    assert told(found)["VAL-019"] == ("warning", [1])
    assert found.records()["note"].tolist() == ["甲\ue000<b>"]


@pytest.mark.parametrize("cut", [40, 400, 2000])
def test_a_damaged_workbook_is_refused_by_the_sandbox(cut, tmp_path):
    path = tmp_path / "t.xlsx"
    path.write_bytes(template(reference.zones().head(2), year=2022)[:cut])
    found = inspect(path)
    assert found.status == "refused"
    assert found.report.rows_ok == 0


def test_types_of_zones_have_one_dictionary():
    assert LIST_OF["indicators", "zone_type"] == "zone_type"
    for code, names in ZONE_TYPES.items():
        assert set(code_of("zone_type", pd.Series([code, *names]))) == {code}


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_the_exported_ledger_comes_in_again_as_the_same_rows(form, language, tmp_path, viewer):
    rows = pd.DataFrame(
        {
            "record_id": [f"{ZONE}/2022", f"{OTHER}/2022"], "zone_id": [ZONE, OTHER],
            "year": 2022.0, "supplied_m2": [760_000.5, 100.0], "tax_wan": [1.25, None],
            "energy_tce": [3.0, 4.0], "emission_eq": 1.5, "digestion_years": 2.5,
            "safety_open": [True, None], "zone_type": ["mixed", None],
            "development_rate": [89.46, None], "figures_source": "年报",
        }
    )  # fmt: skip
    store = Store(tmp_path / "store")
    store.put_ledger("indicators", rows, viewer=viewer, reason="年报")
    how = options(language=language)
    kept = datasets.of_ledger(store, "indicators", viewer, how)
    done = datasets.write(kept, form, tmp_path, how)
    found = look(done.path.read_bytes(), name=done.path.name)
    assert not [i for i in found.issues if i.severity != "info"], found.issues
    back = found.records().set_index("record_id")[list(rows.columns.drop("record_id"))]
    wanted = conform("indicators", rows).set_index("record_id")[list(back.columns)]
    pd.testing.assert_frame_equal(back.sort_index(), wanted.sort_index())
