"""The upload page with good, open and bad files, without a browser."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from analytics.evaluation.enterprises import units
from domain.passport import read
from domain.schema import LEDGER
from export.correction import Package
from geo.units import M2_PER_MU
from scripts import sample_enterprises, sample_indicators
from scripts.build_samples import archive, parcels, shapefile_parts
from store import Store, Viewer
from tests.app.upload_pages import (
    CLERK,
    NORTH,
    SAMPLES,
    checked,
    given,
    held_by,
    opened,
    part,
    publish,
    published,
    publishing,
    without_system,
    words,
)
from tests.unit.bad_uploads import BAD_FILES
from tests.unit.test_codes_uploads import undecided
from tests.unit.test_correction_roundtrip import mended, unpacked
from views.corrections import package_of_version


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_empty_page_says_what_to_do(tmp_path: Path, language: str):
    app = opened(tmp_path, language)
    assert not app.exception
    assert "boundary_points_gbk.txt" in [b.label for b in app.get("download_button")]
    assert not app.error


def test_good_file_is_published_once(tmp_path: Path):
    app = given(opened(tmp_path), "zone39_gbk.zip", (SAMPLES / "zone39_gbk.zip").read_bytes())
    assert not app.exception
    assert "12 行可以入库" in words(app)
    publish(app)
    assert "请填写" in words(app)
    assert Store(tmp_path).datasets(Viewer("x")) == []
    app.text_input(key="upload_reason").input("第三季度台账")
    publish(app)
    assert not app.exception
    assert "zone39-gbk@1" in words(app)
    (version,) = Store(tmp_path).datasets(Viewer("x"))
    assert (version.rows, version.committed_by) == (12, "测试员")
    assert str(version.passport["number"]) in words(app)
    assert not publishing(app)
    assert Store(tmp_path).has_map_index(version, Viewer("x"))


def test_bad_file_is_refused_in_words_and_nothing_is_saved(tmp_path: Path):
    app = given(opened(tmp_path), "a.zip", (SAMPLES / "not_a_shapefile.zip").read_bytes())
    assert not app.exception
    assert "内容不是 shapefile" in words(app)
    assert not publishing(app)
    assert Store(tmp_path).datasets(Viewer("x")) == []


def test_a_system_is_asked_for_with_its_evidence_and_taken(tmp_path: Path):
    app = given(opened(tmp_path), "a.zip", without_system())
    assert not app.exception
    assert not publishing(app)
    said = words(app)
    assert "数据在什么坐标系里" in said
    assert "也不能证明是 2000 国家大地坐标系" in said
    assert "data:image/svg+xml;base64," in said
    app.button(key="upload_crs_0").click().run()
    checked(app)
    assert not app.exception
    assert "12 行可以入库" in words(app)


def test_open_questions_come_one_at_a_time_and_are_checked_together(tmp_path: Path):
    parts = shapefile_parts(parcels(**NORTH), encoding="utf-8")
    table = bytearray(parts[".dbf"])
    table[1:4] = bytes([116, 1, 1])
    members = {f"{n}{s}": parts[s] for n in ("供地", "批地") for s in (".shp", ".shx")}
    data = archive(members | {f"{n}.dbf": bytes(table) for n in ("供地", "批地")})
    app = given(opened(tmp_path), "a.zip", data)
    assert "要哪一个" in words(app)
    app.button(key="upload_layer_1").click().run()
    checked(app)
    assert "数据在什么坐标系里" in words(app)
    app.button(key="upload_crs_0").click().run()
    checked(app)
    assert "12 行可以入库" in words(app)
    assert held_by(app).choices.layer == "批地"


@pytest.mark.parametrize("name", [n for n in BAD_FILES if n != "xian80.zip"])
def test_each_bad_file_is_one_sentence_on_the_page(tmp_path: Path, name: str):
    store = Store(tmp_path)
    before = sorted(store.root.rglob("*"))
    app = given(opened(tmp_path), name, BAD_FILES[name][0])
    assert not app.exception
    assert [e.value.startswith("**不能入库。**") for e in app.error] == [True]
    assert "没有保存任何内容" in words(app)
    assert "Traceback" not in words(app)
    assert not publishing(app)
    assert sorted(store.root.rglob("*")) == before


def test_a_superseded_datum_is_shown_but_cannot_be_published(tmp_path: Path):
    app = given(opened(tmp_path), "xian80.zip", BAD_FILES["xian80.zip"][0])
    assert not app.exception
    said = words(app)
    assert "只能显示，不能入库" in said
    assert "国土资发〔2017〕30号" in said
    assert "仅供查看" in said
    assert "1980西安坐标系" in said
    assert not publishing(app)


def test_parts_that_disagree_can_be_read_as_far_as_they_agree(tmp_path: Path):
    parts = shapefile_parts(parcels(**NORTH))
    shorter = shapefile_parts(parcels(**NORTH).iloc[:10])
    data = archive({"a.shp": parts[".shp"], "a.shx": parts[".shx"], "a.dbf": shorter[".dbf"]})
    app = given(opened(tmp_path), "a.zip", data)
    assert "对不上" in words(app)
    assert "第 11-12 行（2 行）只有一半" in words(app)
    app.button(key="upload_anyway").click().run()
    checked(app)
    assert not app.exception
    assert held_by(app).choices.anyway == ("FIL-006",)
    report = held_by(app).inspection.report
    assert (report.rows_in_file, report.rows_ok, report.rows_quarantined) == (12, 10, 2)


def test_a_check_can_be_cancelled_and_started_again(tmp_path: Path):
    app = opened(tmp_path)
    app.file_uploader[0].upload("a.zip", (SAMPLES / "zone39_gbk.zip").read_bytes()).run()
    app.button(key="upload_cancel").click().run()
    held_by(app).check.wait(30)
    checked(app.run())
    assert "检查已取消" in words(app)
    assert held_by(app).inspection is None
    app.button(key="upload_check_again").click().run()
    assert "12 行可以入库" in words(checked(app))


def test_a_file_is_let_go(tmp_path: Path):
    app = given(opened(tmp_path), "a.zip", (SAMPLES / "zone39_gbk.zip").read_bytes())
    app.button(key="upload_discard").click().run()
    assert not app.exception
    assert "check" not in app.query_params
    assert app.file_uploader[0].value == []


def test_findings_are_counted_by_code_and_listed_with_the_numbers_of_the_sender(tmp_path: Path):
    app = given(opened(tmp_path), "with_defects.zip", (SAMPLES / "with_defects.zip").read_bytes())
    part(app, "findings")
    assert not app.exception
    codes, rows = (table.value for table in app.dataframe)
    report = held_by(app).inspection.report
    assert codes["条数"].sum() == len(rows) == len(report.findings) >= 13
    assert codes.iloc[0]["级别"] == "错误"
    assert set(codes["由谁处理"]) == {"报送单位", "入库人员"}
    assert rows.iloc[0]["编号"] == "3601212024001"
    app.text_input[0].input("GEO-006").run()
    assert len(app.dataframe[1].value) == 2
    app.text_input[0].input("没有这样的文字").run()
    assert "没有符合条件的结果" in words(app)


def test_a_row_that_is_looked_at_shows_its_fields_and_findings(tmp_path: Path):
    app = given(opened(tmp_path), "with_defects.zip", (SAMPLES / "with_defects.zip").read_bytes())
    app.session_state[f"upload_row_{held_by(app).digest[:12]}"] = 1
    app.run()
    said = words(app)
    assert "第 1 行" in said
    assert "电子信息产业园" in said
    assert "GEO-002" in said
    app.button(key="upload_close_row").click().run()
    assert "电子信息产业园" not in words(app)


def test_a_repair_needs_consent_and_puts_the_row_in(tmp_path: Path):
    app = given(opened(tmp_path), "with_defects.zip", (SAMPLES / "with_defects.zip").read_bytes())
    assert held_by(app).inspection.report.rows_ok == 9
    part(app, "repairs")
    assert not app.exception
    table = app.dataframe[0].value if app.dataframe else None
    assert table is None or not table["accepted"].any()
    everything = next(b for b in app.button if b.label.startswith("全部同意"))
    everything.click().run()
    checked(app)
    assert not app.exception
    assert held_by(app).inspection.report.rows_ok == 10
    assert held_by(app).choices.repair_rows == (1,)


def test_a_remembered_mapping_is_applied_said_and_forgotten(tmp_path: Path):
    data = (SAMPLES / "zone39_gbk.zip").read_bytes()
    app = given(opened(tmp_path), "a.zip", data)
    fingerprint = held_by(app).inspection.report.fingerprint
    fields = {"parcel_id": "地块编号", "name": "使用权人"}
    Store(tmp_path).remember(f"mapping:{fingerprint}", {"fields": fields}, viewer=CLERK)
    later = given(opened(tmp_path), "b.zip", data)
    mapped = {m.column: m.source for m in held_by(later).inspection.report.mapping}
    assert mapped["name"] == "使用权人"
    part(later, "mapping")
    assert not later.exception
    assert "已套用本单位上次记住的字段对应" in words(later)
    later.button(key="upload_forget").click().run()
    checked(later)
    mapped = {m.column: m.source for m in held_by(later).inspection.report.mapping}
    assert mapped["name"] == "项目名称"
    assert not Store(tmp_path).remembered(f"mapping:{fingerprint}", CLERK)


def test_another_kind_is_checked_anew(tmp_path: Path):
    app = given(opened(tmp_path), "a.zip", (SAMPLES / "zone39_gbk.zip").read_bytes())
    part(app, "reading")
    assert not app.exception
    kind = next(s for s in app.selectbox if "_kind_" in str(s.key))
    assert kind.value == "parcels"
    kind.set_value("overlay").run()
    checked(app)
    assert not app.exception
    assert held_by(app).inspection.report.kind == "overlay"


def test_history_tells_the_versions_and_takes_the_last_one_back(tmp_path: Path):
    store = Store(tmp_path)
    published(store, "gd", "zone39_gbk", "with_defects")
    app = opened(tmp_path)
    assert not app.exception
    table = app.dataframe[0].value
    assert table.iloc[0]["数据集"] == "gd"
    assert table.iloc[0]["版本"] == 2
    assert store.undo("gd", viewer=CLERK, reason="第 2 版有误", seen=2).restores == 1
    assert opened(tmp_path).dataframe[0].value.iloc[0]["版本"] == 3


def test_of_two_who_publish_the_slower_sees_what_the_other_changed_and_decides(tmp_path: Path):
    store = Store(tmp_path)
    published(store, "gd", "zone39_gbk")
    app = given(opened(tmp_path), "gd.zip", (SAMPLES / "with_defects.zip").read_bytes())
    published(store, "gd", "zone38_gbk")
    app.text_input(key="upload_reason").input("第三季度台账")
    publish(app)
    assert not app.exception
    said = words(app)
    assert "别人先入库了" in said
    assert "李工" in said
    assert "gd@2" in said
    assert "您看到的是 @1" in said
    assert len(store.history("gd", CLERK)) == 2
    assert set(app.dataframe[0].value["变化"]) == {"新增", "减少"}
    app.button(key="upload_conflict_publish").click().run()
    assert not app.exception
    assert "gd@3" in words(app)
    assert [v.committed_by for v in store.history("gd", CLERK)] == ["测试员", "李工", "李工"]


def test_a_conflict_can_be_left_and_nothing_is_lost(tmp_path: Path):
    store = Store(tmp_path)
    app = given(opened(tmp_path), "gd.zip", (SAMPLES / "with_defects.zip").read_bytes())
    published(store, "gd", "zone38_gbk")
    app.text_input(key="upload_reason").input("第三季度台账")
    publish(app)
    assert "还没有这个数据集的状态" in words(app)
    app.button(key="upload_conflict_back").click().run()
    assert not app.exception
    assert len(publishing(app)) == 1
    assert len(store.history("gd", CLERK)) == 1


def returned(package: Package, folder: Path) -> Path:
    """The layer of a package with every row mended."""
    layer = unpacked(package, folder)
    frame = mended(layer)
    layer.unlink()
    frame.to_file(layer, layer="GY_ROWS", engine="pyogrio")
    return layer


def test_a_returned_package_closes_its_findings(tmp_path: Path):
    store = Store(tmp_path)
    (version,) = published(store, "gd", "with_defects")
    back = returned(package_of_version(store, version, CLERK), tmp_path / "back")
    app = given(opened(tmp_path), back.name, back.read_bytes())
    assert not app.exception
    said = words(app)
    assert f"这是 {version.passport['number']} 的更正文件" in said
    assert "gd@1" in said
    next(b for b in app.button if b.label.startswith("合并入库")).click().run()
    assert not app.exception
    made = store.version("gd", CLERK)
    assert (made.number, made.rows, made.quarantined) == (2, 12, 0)
    closes = read(made.passport)[0].closes
    assert closes is not None
    assert closes.number == version.passport["number"]
    assert "gd@2" in words(app)
    assert store.has_map_index(made, CLERK)


def test_of_a_file_in_several_datasets_the_one_that_still_stands_is_corrected(tmp_path: Path):
    store = Store(tmp_path)
    published(store, "first", "with_defects", "zone39_gbk")
    (version,) = published(store, "second", "with_defects")
    package = package_of_version(store, version, CLERK)
    back = returned(package, tmp_path / "back")
    app = given(opened(tmp_path), back.name, back.read_bytes())
    assert "second@1" in words(app)
    published(store, "third", "with_defects")
    app.run()
    choice = app.selectbox(key="upload_correction_which")
    assert choice.options == ["third@1", "second@1"]


def test_a_ledger_goes_into_its_own_place(tmp_path: Path):
    app = given(opened(tmp_path), "batches.xlsx", (SAMPLES / "batches.xlsx").read_bytes())
    assert not app.exception
    assert held_by(app).inspection.report.kind == "batch"
    app.text_input(key="upload_reason").input("批次台账")
    publish(app)
    assert not app.exception
    rows = held_by(app).inspection.report.rows_ok
    assert f"已写入批次台账，新增或更新 {rows} 条" in words(app)
    assert len(Store(tmp_path).ledger("batch", CLERK)) == rows


def test_the_sample_of_yearly_figures_goes_on_record(tmp_path: Path):
    name = "zone_indicators.xlsx"
    app = given(opened(tmp_path), name, (SAMPLES / name).read_bytes())
    assert not app.exception
    report = held_by(app).inspection.report
    assert (report.kind, report.rows_in_file, report.rows_ok, report.rows_unfilled) == (
        "indicators", 6, 5, 1,
    )  # fmt: skip
    assert {finding.severity for finding in report.findings} == {"info"}
    app.text_input(key="upload_reason").input("试用")
    publish(app)
    assert not app.exception
    kept = Store(tmp_path).ledger("indicators", CLERK).set_index("zone_id")
    made = sample_indicators.figures()
    assert set(kept.index) == set(made.index)
    for column in ("developable_m2", "tax_wan", "leading_industries"):
        assert kept[column].to_dict() == made[column].to_dict()
    assert kept["energy_tce"].isna().sum() == 1


def test_the_sample_of_enterprises_goes_on_record(tmp_path: Path):
    name = "enterprises.xlsx"
    data = (SAMPLES / name).read_bytes()
    assert data == sample_enterprises.workbook()
    app = opened(tmp_path)
    assert any(b.label == name for b in app.get("download_button"))
    given(app, name, data)
    assert not app.exception
    report = held_by(app).inspection.report
    assert (report.kind, report.rows_in_file, report.rows_ok, report.rows_unfilled) == (
        "enterprises", 9, 8, sample_enterprises.UNFILLED,
    )  # fmt: skip
    assert {finding.severity for finding in report.findings} == {"info"}
    app.text_input(key="upload_reason").input("试用")
    publish(app)
    assert not app.exception
    kept = Store(tmp_path).ledger("enterprises", CLERK)
    made = sample_enterprises.figures().dropna(subset="tax_wan").set_index("credit_code")
    assert not kept["demonstration"].any()
    held = kept.set_index("credit_code")
    for column in ("name", "tax_wan", "plant_id"):
        assert held[column].dropna().to_dict() == made[column].dropna().to_dict()
    assert held["energy_tce"].isna().sum() == 1
    land = units(kept, sample_indicators.YEAR)["land_m2"] / M2_PER_MU
    # Two tenants split 24 mu by floor area, 9,600 to 6,400.
    assert sorted(land.round(6)) == [9.6, 14.4, 21.0, 28.0, 35.0, 54.0, 55.0, 62.0]


def test_readings_as_good_as_each_other_are_offered_alike(tmp_path: Path):
    app = given(opened(tmp_path), "a.zip", undecided())
    assert "哪一种读法的文字是对的" in words(app)
    assert "最可能" not in words(app)
    readings = [b for b in app.button if b.label == "选这个"]
    assert len(readings) == 2
    readings[0].click().run()
    checked(app)
    assert held_by(app).inspection.report.encoding.source == "choice"
    assert publishing(app)


def test_a_table_of_unknown_kind_is_asked_for_and_nothing_is_guessed(tmp_path: Path):
    table = "甲,乙\n一,二\n三,四\n".encode("utf-8-sig")
    app = given(opened(tmp_path), "表.csv", table)
    assert not app.exception
    assert "每一行是什么" in words(app)
    assert [b.key for b in app.button if b.label == "选这个"] == [
        f"upload_kind_{n}" for n in range(len(LEDGER))
    ]
    assert not publishing(app)


def test_layers_are_named_as_they_are_and_never_as_markup(tmp_path: Path):
    parts = shapefile_parts(parcels(**NORTH))
    members = {f"{n}{s}": parts[s] for n in ("a*b*", "c") for s in (".shp", ".shx", ".dbf")}
    app = given(opened(tmp_path), "a.zip", archive(members))
    assert "<h4>a*b*</h4>" in words(app)


def test_the_state_of_a_past_day_is_shown(tmp_path: Path):
    published(Store(tmp_path), "gd", "zone39_gbk")
    app = opened(tmp_path)
    assert app.dataframe[0].value["数据集"].tolist() == ["gd"]
    app.date_input(key="upload_as_of").set_value(dt.date(2021, 1, 1)).run()
    assert not app.exception
    assert not app.dataframe
    assert "还没有入库的数据" in words(app)


def test_an_ended_dataset_is_marked_and_comes_back(tmp_path: Path):
    store = Store(tmp_path)
    published(store, "gd", "zone39_gbk")
    store.end("gd", viewer=CLERK, reason="并入新数据集", seen=1)
    app = opened(tmp_path)
    assert not app.exception
    assert "停用" in app.dataframe[0].value["数据集"].iloc[0]
    assert store.datasets(CLERK) == []
