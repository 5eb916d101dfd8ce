"""The ledgers as a workbook: the official form, totals, hostile text, and the way back."""

from __future__ import annotations

import io

import openpyxl
import pandas as pd
import pytest

import demo
from domain.i18n import translator
from domain.ledgers import KEY, LAND, columns, conform
from export import idle_ledgers
from export.idle_ledgers import FORMS, LedgerTooLongError, idle_workbook
from tests.store_world import NANCHANG, batches, supplies
from tests.upload_world import look

ZH, EN = translator("zh_CN"), translator("en")
SHEETS = {
    "batch": "批次台账",
    "supply": "供地台账",
    "idle_case": "闲置台账",
    "supply_batch": "供地批次关联",
    "worklist": "待办清单",
}
DANGEROUS = ["=1+1", "@x", "+1", "-1", '=HYPERLINK("http://x")', "http://x.cn"]


def small():
    """A batch, its supply, a case and the link."""
    supply = supplies().assign(batch_id=f"{NANCHANG}演示批次", price_wan=12.5)
    case = pd.DataFrame(
        {
            "case_id": ["演示1"],
            "supply_no": supply["supply_no"],
            "county_adcode": ["360112"],
            "idle_m2": [60_000.0],
            "mortgaged": [True],
            "sealed": [False],
            "letter_on": [pd.Timestamp("2024-02-29")],
        }
    )
    link = pd.DataFrame(
        {
            "link_id": ["L1"],
            "supply_no": supply["supply_no"],
            "batch_id": supply["batch_id"],
            "county_adcode": ["360112"],
            "area_m2": [60_000.0],
        }
    )
    rows = {"batch": batches(NANCHANG), "supply": supply, "idle_case": case, "supply_batch": link}
    return {table: conform(table, frame) for table, frame in rows.items()}


def made(tables, *, t=ZH, demonstration=False, **options):
    notes = {"版本": "台账@1", "=2+2": "=3+3"}
    data = idle_workbook(tables, t=t, notes=notes, demonstration=demonstration, **options)
    return openpyxl.load_workbook(io.BytesIO(data))


def heads(page, line=1):
    return [cell.value for cell in page[line]]


def test_sheets_and_columns_are_those_of_the_forms():
    book = made(small() | {"worklist": pd.DataFrame({"地块": ["P1"]})})
    assert book.sheetnames == [*SHEETS.values(), "来源与规则"]
    form = " ".join(heads(book["批次台账"]))
    assert form.startswith(
        "批次名称 批次类型 批准文号 批准机关 批准日期 行政区代码 行政区名称 批准面积 (公顷) "
        "新增建设用地 (公顷) 农用地 (公顷) 耕地 (公顷) 征地实施 征地完成日期 已供面积 (公顷) "
        "核销面积 (公顷) 未供面积 (公顷) 未供原因 处置路径 处置时限 责任单位 所在开发区 "
    )
    form = " ".join(heads(book["供地台账"]))
    assert form.startswith(
        "电子监管号 合同编号 项目名称 使用权人 土地坐落 供应面积 (公顷) 供应方式 土地用途 行业分类 "
        "成交价款(万元) 容积率下限 容积率上限 约定交地 实际交地 约定动工 实际动工 约定竣工 "
        "实际竣工 批准单位 合同签订日期 约定投资强度 批次名称 "
    )
    form = " ".join(heads(book["闲置台账"]))
    assert form.startswith(
        "电子监管号 闲置类型 疑似日期 调查通知书号 调查通知书日期 认定书号 认定日期 闲置原因 "
        "闲置面积 (公顷) 闲置费应收(万元) 闲置费实收(万元) 处置方式 处置日期 抵押 查封 公示网址 "
    )
    assert heads(book["供地批次关联"])[-1] == "本批次供应面积 (公顷)"


@pytest.mark.parametrize("table", LAND)
def test_every_column_of_a_ledger_is_there_once(table):
    page = made(small())[SHEETS[table]]
    names = [head.split(" (")[0] for head in heads(page)]
    assert len(names) == len(set(names))
    assert set(names) - {"行政区名称"} == {column.zh for column in columns(table)}
    assert set(FORMS[table]) - {"county_name"} <= {column.column for column in columns(table)}


def test_cells_are_typed_and_in_the_units_of_the_form():
    book = made(small())
    page = book["批次台账"]
    row = dict(zip(heads(page), page[2], strict=True))
    assert row["批准面积 (公顷)"].value == pytest.approx(10.0)
    assert row["批准面积 (公顷)"].number_format == "0.0000"
    assert row["批准日期"].is_date
    assert row["行政区名称"].value == "青山湖区" or row["行政区代码"].value == "360112"
    page = book["闲置台账"]
    row = dict(zip(heads(page), page[2], strict=True))
    assert (row["抵押"].value, row["查封"].value, row["公示网址"].value) == ("是", "否", None)
    assert row["认定日期"].value.strftime("%Y-%m-%d") == "2024-02-29"


def test_totals_are_formulas_over_the_cells_of_numbers():
    tables = small()
    tables["batch"] = conform("batch", batches(NANCHANG, "360700"))
    page = made(tables)["批次台账"]
    last = page[page.max_row]
    assert last[0].value == "合计"
    found = {head: cell for head, cell in zip(heads(page), last, strict=True) if cell.value}
    assert set(found) == {
        "批次名称",
        *(f"{c.zh} (公顷)" for c in columns("batch") if c.unit == "m2"),
    }
    approved = found["批准面积 (公顷)"]
    assert (approved.data_type, approved.value) == ("f", "=SUM(H2:H3)")
    every = [c for row in page.iter_rows(min_row=2, max_row=3) for c in row if c.value is not None]
    assert {c.data_type for c in every} <= {"s", "n", "d"}


def test_no_rows_have_no_total():
    page = made({"batch": small()["batch"].iloc[:0]})["批次台账"]
    assert page.max_row == 1


@pytest.mark.parametrize("text", DANGEROUS)
def test_texts_stay_texts(text):
    tables = small()
    tables["supply"] = tables["supply"].assign(holder=text, supply_no=text)
    listed = pd.DataFrame({"地块": [text], "面积": [text], text: [1.0]})
    tables["worklist"] = listed
    book = made(tables, worklist_kinds={"面积": "area"})
    for page in book:
        for row in page.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    assert cell.value.startswith("=SUM(")
                    assert page[cell.coordinate].row == page.max_row
                assert cell.hyperlink is None
    row = dict(zip(heads(book["供地台账"]), book["供地台账"][2], strict=True))
    assert (row["使用权人"].value, row["使用权人"].data_type) == (text, "s")
    cell = book["待办清单"]["B3"]
    assert cell.value is None  # a column that holds a text is not added up


def test_the_worklist_adds_its_areas_up():
    listed = pd.DataFrame({"地块": ["P1", "P2"], "面积(亩)": [1.5, 2.25], "天数": [3, 4]})
    kinds = {"面积(亩)": "area", "天数": "count"}
    page = made({"worklist": listed}, worklist_kinds=kinds)["待办清单"]
    assert [cell.value for cell in page[4]] == ["合计", "=SUM(B2:B3)", None]


def test_made_up_rows_say_so_on_every_sheet():
    book = made(small(), demonstration=True)
    for page in book:
        assert "演示" in str(page["A1"].value)
    assert heads(book["批次台账"], 2)[0] == "批次名称"
    assert heads(made(small(), t=EN, demonstration=True)["Approval batches"], 2)[0] == "批次名称"


def test_tables_that_do_not_fit_are_refused_by_name(monkeypatch):
    monkeypatch.setattr(idle_ledgers, "ROWS", 1)
    made(small())
    with pytest.raises(LedgerTooLongError, match="批次台账 has 2 rows") as refusal:
        made({"batch": conform("batch", batches(NANCHANG, "360700"))})
    assert refusal.value.code == "LED-060"
    with pytest.raises(KeyError, match="parcels"):
        made({"parcels": pd.DataFrame()})


@pytest.fixture(scope="module")
def some():
    """Rows of one county of the demonstration, as the store types them."""
    world = demo.world()
    county = world.batch["county_adcode"].value_counts().index[0]
    frames = {table: getattr(world, table) for table in LAND}
    return {
        table: conform(table, rows[rows["county_adcode"] == county].reset_index(drop=True))
        for table, rows in frames.items()
    }


@pytest.fixture(scope="module")
def book_of_some(some):
    return idle_workbook(some, t=ZH, notes={"版本": "台账@1"}, demonstration=True)


@pytest.mark.parametrize("table", LAND)
def test_a_sheet_that_is_uploaded_again_gives_the_same_rows(some, book_of_some, table):
    found = look(book_of_some, name="台账.xlsx", layer=SHEETS[table])
    assert found.report.kind == table
    assert "LED-051" not in {issue.code for issue in found.issues}  # the unit is in the heading
    assert found.quarantined()["code"].tolist() == ["TAB-003"]  # the totals
    back = found.records().sort_values(KEY[table], ignore_index=True)
    rows = some[table].sort_values(KEY[table], ignore_index=True)
    assert len(back) == len(rows)
    for column in columns(table):
        name = column.column
        if column.unit == "m2":
            assert back[name].sub(rows[name]).abs().max() <= 1.0 or rows[name].isna().all(), name
        elif column.dtype == "float64":
            assert back[name].fillna(-1).tolist() == pytest.approx(rows[name].fillna(-1).tolist())
        else:
            same = (back[name] == rows[name]) | (back[name].isna() & rows[name].isna())
            assert same.fillna(value=False).all(), name


@pytest.mark.parametrize("table", LAND)
def test_totals_are_those_of_pandas(some, book_of_some, table):
    """The value that is saved beside each formula, in hectares and 万元."""
    book = openpyxl.load_workbook(io.BytesIO(book_of_some), data_only=True)
    page = book[SHEETS[table]]
    totals = dict(zip(heads(page, 2), page[page.max_row], strict=True))
    summed = [c for c in columns(table) if c.unit in {"m2", "10k CNY"}]
    assert summed
    for column in summed:
        factor, unit = (1e-4, " (公顷)") if column.unit == "m2" else (1.0, "")
        expected = float(some[table][column.column].sum()) * factor
        assert totals[f"{column.zh}{unit}"].value == pytest.approx(expected, abs=1e-6)
