"""What rows are, told from field names; how an office's mapping is recognised."""

from __future__ import annotations

import pandas as pd
import pytest

from domain import schema
from ingest import mapping
from ingest.findings import MOST, FindingList
from ingest.kinds import detect
from ingest.model import Finding


@pytest.mark.parametrize(
    ("names", "shapes", "kind"),
    [
        (["地块编号", "项目名称", "面积"], True, "parcels"),
        ([], True, "parcels"),
        (["BSM", "DLBM", "DLMC", "TBMJ", "ZLDWDM"], True, "land_use"),
        (["BSM", "DLBM", "TBMJ"], True, "parcels"),
        (["KFQDM", "KFQMC", "PZMJ"], True, "zones"),
        (["KFQDM", "KFQMC", "DZJGH"], True, "parcels"),
        (["PCMC", "PZWH", "PZRQ", "PZMJ", "GYMJ", "HXMJ", "WGMJ"], False, "batch"),
        (["电子监管号", "合同签订日期", "约定动工", "供应面积"], False, "supply"),
        (["案件编号", "电子监管号", "闲置原因"], False, "idle_case"),
        (["关联编号", "电子监管号", "批次名称", "行政区代码", "面积"], False, "supply_batch"),
        (["电子监管号", "批次名称", "行政区代码", "本批次供应面积"], False, "supply_batch"),
        (["DZJGH", "PCMC", "XZQDM", "FTMJ"], False, "supply_batch"),
        # A supply ledger that says how much is of the batch stays one; so does one without dates.
        (["电子监管号", "批次名称", "行政区代码", "供应面积"], False, "supply"),
        (
            ["电子监管号", "批次名称", "行政区代码", "供应面积", "合同签订日期", "分摊面积"],
            False,
            "supply",
        ),
        (["姓名", "电话"], False, None),
        ([], False, None),
    ],
)
def test_kind_is_told_by_fields(names, shapes, kind):
    assert detect(names, has_shapes=shapes) == kind


@pytest.mark.parametrize(
    "name", ["XMMC", "项目名称", "project_name", "项目名称（必填）", "Project Name"]
)
def test_one_column_takes_every_name_of_it(name):
    plan = mapping.plan([name], "parcels", {}, codec="utf-8")
    assert plan.source_of("name") == name
    assert plan.unmapped == ()


@pytest.mark.parametrize("kind", schema.KINDS)
def test_every_own_name_and_code_leads_to_its_column(kind):
    for column in schema.columns(kind):
        for name in (*column.synonyms, column.column, column.zh, column.code):
            assert mapping.synonyms(kind)[mapping.canonical(name)] == column.column, name
        assert len(column.code.encode()) <= 10


def test_fields_that_are_kept_never_share_a_name():
    names = ["source_row", "source_row_", "备注2", "source_row__"]
    plan = mapping.plan(names, "parcels", {}, codec="utf-8")
    assert list(plan.rest) == names
    assert list(plan.rest.values()) == ["source_row_", "source_row__", "备注2", "source_row___"]


def test_a_person_s_mapping_goes_first_and_may_close_a_column():
    names = ["地块编号", "代码", "备注"]
    plan = mapping.plan(names, "parcels", {"parcel_id": "代码", "name": ""}, codec="utf-8")
    assert plan.sources["parcel_id"] == ("代码", "choice")
    assert plan.source_of("name") == ""
    assert set(plan.unmapped) == {"地块编号", "备注"}


def test_fields_that_are_kept_never_take_a_name_of_the_product():
    fields = pd.DataFrame({"geometry": ["x"], "source_row": ["7"], "bbox": ["b"]})
    plan = mapping.plan(list(fields), "overlay", {}, codec="utf-8")
    frame = mapping.apply(fields, plan).frame
    assert not set(frame.columns) & {"geometry", "source_row", "bbox", "hilbert"}
    assert frame.iloc[0].tolist() == ["x", "7", "b"]


def test_fingerprint_knows_the_layout_whatever_the_order():
    one = mapping.fingerprint("parcels", ["地块编号", "XMMC"])
    assert one == mapping.fingerprint("parcels", ["xmmc", "地块编号 "])
    assert one != mapping.fingerprint("overlay", ["地块编号", "XMMC"])
    assert one != mapping.fingerprint("parcels", ["地块编号", "XMMC", "备注"])


@pytest.mark.parametrize("n", [MOST, MOST + 1])
def test_findings_are_all_counted(n):
    found = FindingList()
    found.add(Finding(code="PLC-004", row=i + 1) for i in range(n))
    assert len(found.kept) == MOST
    assert found.counts == ({"PLC-004": n} if n > MOST else {})
