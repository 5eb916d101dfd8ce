"""The case file of a parcel: what is shown, entered, refused, undone, and told of a conflict."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from domain.i18n import translator
from ingest.photos import MAX_BYTES
from settings import Settings
from store import OutOfScopeError, Viewer
from tests.app.case_pages import open_case
from tests.app.land_pages import html, words
from tests.case_world import SUPPLY_NO, case_rows, supply_row
from tests.land_world import parcels
from views.context import Context
from views.idle.case_acts import put_row
from views.idle.case_documents import AttachmentError, keep_document

PARCEL = {
    "supply_no": SUPPLY_NO, "start_due": "2023-06-01", "signed_on": "2022-01-10",
    "name": "甲厂", "holder": "甲公司",
}  # fmt: skip
OPENED = {"case_id": f"{SUPPLY_NO}-1", "suspected_on": "2024-06-01", "idle_type": "A"}
NOTICED = {**OPENED, "notice_no": "调1", "notice_on": "2024-06-05"}
LETTER = {**NOTICED, "letter_no": "认1", "letter_on": "2024-06-10", "cause": "H"}
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def store(empty_store, viewer):
    world = parcels([PARCEL, {**PARCEL, "supply_no": None, "name": HOSTILE, "holder": HOSTILE}])
    empty_store.commit("land", world, kind="parcels", viewer=viewer, reason="t")
    return empty_store


def record(store, row, *, who="李", reason="t", **more):
    store.put_ledger("idle_case", case_rows(row), viewer=Viewer(who), reason=reason, **more)


def cases(store):
    return store.ledger("idle_case", Viewer("t"))


def field(app, kind, ending):
    """The field of the open form whose key ends so."""
    return next(w for w in getattr(app, kind) if str(w.key).endswith(ending))


def choose(app, act):
    next(s for s in app.selectbox if "-act-r" in str(s.key)).set_value(act).run()
    return app


def press(app, label):
    next(b for b in app.button if b.label == label).click().run()
    assert not app.exception
    return app


def text(app):
    parts = [*app.success, *app.warning]
    return words(app) + " ".join(part.value for part in parts)


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("part", ["line", "act", "documents", "letters", "facts", "history"])
def test_every_part_draws_in_both_languages(store, language, part):
    store.put_ledger("supply", supply_row(), viewer=Viewer("t"), reason="t")
    record(store, LETTER)
    app = open_case(store.root, language=language, part=part)
    assert not app.exception
    assert not app.error


def test_the_head_says_status_step_and_deadline(store):
    app = open_case(store.root)
    assert "疑似闲置（满一年）" in html(app)
    assert "发出《闲置土地调查通知书》" in html(app)
    assert "还有 16 天（2024-07-01 前）" in html(app)
    late = open_case(store.root, day="2024-07-02")
    assert "逾期 1 天" in html(late)


def test_an_officer_walks_from_the_opening_to_the_letter_and_back(store):
    app = open_case(store.root, part="act")
    press(app, "登记")
    assert "已登记" in text(app)
    row = cases(store).iloc[0]
    assert row["case_id"] == f"{SUPPLY_NO}-1"
    assert row["suspected_on"] == pd.Timestamp("2024-06-01")
    assert (row["idle_m2"], row["idle_type"], row["changed_by"]) == (10_000.0, "A", "李")
    # The next step of the procedure stands ready.
    field(app, "text_input", "-notice_no").set_value("赣调〔2024〕1号")
    press(app, "登记")
    choose(app, "letter")
    field(app, "text_input", "-letter_no").set_value("赣认〔2024〕1号")
    field(app, "selectbox", "-cause").set_value("H")
    press(app, "登记")
    assert "已认定闲置" in html(app)
    row = cases(store).iloc[0]
    assert (row["letter_no"], row["cause"]) == ("赣认〔2024〕1号", "H")
    assert row["letter_on"] == pd.Timestamp("2024-06-15")
    press(app, "撤销")
    assert "已撤销" in text(app)
    assert "疑似闲置（满一年）" in html(app)
    row = cases(store).iloc[0]
    assert pd.isna(row["letter_no"])
    assert row["notice_no"] == "赣调〔2024〕1号"
    assert row["revision"] == 4


def test_undo_of_the_opening_ends_the_case_and_undo_brings_it_back(store):
    app = open_case(store.root, part="act")
    press(app, "登记")
    press(app, "撤销（案件停止使用）")
    assert cases(store).empty
    assert "未立案" in html(app)
    press(app, "登记")
    assert cases(store)["case_id"].tolist() == [f"{SUPPLY_NO}-2"]


def test_a_letter_without_number_is_refused_in_words_and_typing_stays(store):
    record(store, NOTICED)
    app = choose(open_case(store.root, part="act"), "letter")
    field(app, "date_input", "-letter_on").set_value(dt.date(2024, 6, 4))
    field(app, "selectbox", "-cause").set_value("G1")
    press(app, "登记")
    said = text(app)
    assert "“认定书号”必填" in said
    assert "“认定日期”早于“调查通知书日期”（2024-06-05）" in said
    assert field(app, "selectbox", "-cause").value == "G1"
    assert cases(store)["letter_on"].isna().all()


def test_a_barred_route_is_refused_with_the_reason(store):
    record(store, {**LETTER, "cause": "G1"})
    app = choose(open_case(store.root, part="act"), "dispose")
    field(app, "selectbox", "-disposal_route").set_value("D7")
    press(app, "登记")
    assert "属政府原因或不可抗力，不征费、不无偿收回" in text(app)
    assert cases(store)["disposal_route"].isna().all()


def test_the_fee_stands_beside_the_routes_and_in_the_form(store):
    store.put_ledger("supply", supply_row(price_wan=1000.0, start_due="2023-06-01"),
                     viewer=Viewer("t"), reason="t")  # fmt: skip
    record(store, {**LETTER, "hearing_notice_on": "2024-06-11"})
    assert "闲置费（价款的 20.0 %）：200 万元" in words(open_case(store.root))
    app = choose(open_case(store.root, part="act"), "decision")
    assert field(app, "number_input", "-fee_due_wan").value == 200.0


def test_the_history_tells_each_change_by_field(store):
    record(store, OPENED)
    record(store, NOTICED, who="王")
    app = open_case(store.root, part="history")
    assert "<b>调查通知书日期</b> — → 2024-06-05" in html(app)
    assert "<b>疑似日期</b> 2024-06-01" in html(app)
    assert html(app).index("王") < html(app).index("<b>疑似日期</b>")


def test_reason_and_name_are_required(store):
    app = open_case(store.root, part="act")
    field(app, "text_input", "-why").set_value(" ")
    press(app, "登记")
    assert "请填写经办人、事由" in text(app)
    assert cases(store).empty


def test_a_conflict_is_told_and_nothing_typed_is_lost(store):
    record(store, OPENED)
    app = open_case(store.root, part="act")
    field(app, "text_input", "-notice_no").set_value("我的文号")
    changed = cases(store).assign(notice_no="别人的文号", notice_on=pd.Timestamp("2024-06-03"))
    store.put_ledger("idle_case", changed, viewer=Viewer("王<b>"), reason="t")
    press(app, "登记")
    said = html(app)
    assert "王&lt;b&gt;" in said
    assert "别人的文号" in said
    assert "我的文号" in said
    assert cases(store)["notice_no"].tolist() == ["别人的文号"]
    assert field(app, "text_input", "-notice_no").value == "我的文号"
    # Pressing once more is no decision to write over what somebody else has entered.
    press(app, "登记")
    assert cases(store)["notice_no"].tolist() == ["别人的文号"]
    assert "已由他人改过" in "".join(e.value for e in app.error)
    assert field(app, "text_input", "-notice_no").value == "我的文号"
    field(app, "checkbox", "-over").set_value(True)
    press(app, "登记")
    assert cases(store)["notice_no"].tolist() == ["我的文号"]


def test_after_a_conflict_the_value_of_the_other_needs_no_tick(store):
    record(store, OPENED)
    app = open_case(store.root, part="act")
    field(app, "text_input", "-notice_no").set_value("我的文号")
    changed = cases(store).assign(notice_no="别人的文号", notice_on=pd.Timestamp("2024-06-03"))
    store.put_ledger("idle_case", changed, viewer=Viewer("王"), reason="t")
    press(app, "登记")
    field(app, "text_input", "-notice_no").set_value("别人的文号")
    field(app, "date_input", "-notice_on").set_value(dt.date(2024, 6, 4))
    press(app, "登记")
    row = cases(store).iloc[0]
    assert (row["notice_no"], row["notice_on"]) == ("别人的文号", pd.Timestamp("2024-06-04"))


def test_flags_name_the_other_parcels_of_the_holder_with_article_and_mark(empty_store, viewer):
    letter = {"letter_no": "认", "letter_on": "2024-06-10", "idle_cause": "H"}
    world = parcels(
        [
            {**PARCEL, "mortgaged": True},
            {**PARCEL, **letter, "supply_no": "S2", "holder": " 甲公司 "},
            {**PARCEL, **letter, "supply_no": "S3", "idle_cause": "G1"},
            {**PARCEL, "supply_no": "S4", "holder": "乙公司"},
        ]
    )
    empty_store.commit("land", world, kind="parcels", viewer=viewer, reason="t")
    said = html(open_case(empty_store.root))
    assert "另有 1 宗：P1" in said
    assert "《闲置土地处置办法》第二十四条" in said
    assert "IDLE-MORTGAGEE" in said
    itself = html(open_case(empty_store.root, 1))
    assert "本宗即为" in itself
    assert "IDLE-MORTGAGEE" not in itself
    assert 'class="gy-flags"' not in html(open_case(empty_store.root, 3))


@pytest.mark.parametrize(("day", "rule"), [("2024-06-09", ""), ("2024-06-10", "IDLE-FARM-1"),
                                           ("2025-06-10", "IDLE-FARM-2")])  # fmt: skip
def test_cropland_that_lies_unused_is_told(empty_store, viewer, day, rule):
    land = {"batch_id": "B", "approved_on": "2023-06-10", "analysis_class": "cropland"}
    empty_store.commit("land", parcels([land]), kind="parcels", viewer=viewer, reason="t")
    said = html(open_case(empty_store.root, day=day))
    assert ("IDLE-FARM-1" in said, "IDLE-FARM-2" in said) == (
        rule == "IDLE-FARM-1",
        rule == "IDLE-FARM-2",
    )


def test_the_fee_of_real_estate_land_is_a_ceiling(empty_store, viewer):
    world = parcels([{**PARCEL, "analysis_class": "residential"}, PARCEL])
    empty_store.commit("land", world, kind="parcels", viewer=viewer, reason="t")
    assert "IDLE-FEE-CEILING" in html(open_case(empty_store.root))
    assert "IDLE-FEE-CEILING" not in html(open_case(empty_store.root, 1))


def test_two_people_who_open_a_case_at_once_do_not_write_over_each_other(store):
    app = open_case(store.root, part="act")
    record(store, {**OPENED, "idle_m2": 5.0}, who="王")
    press(app, "登记")
    assert "王" in html(app)
    assert cases(store)["idle_m2"].tolist() == [5.0]


def test_a_parcel_without_a_number_says_what_to_do(store):
    app = open_case(store.root, 1, part="act")
    assert not app.exception
    assert "没有有效的电子监管号" in text(app)


@pytest.mark.parametrize("part", ["line", "act", "documents", "letters", "facts", "history"])
def test_hostile_text_stays_text(store, part):
    record(store, {**LETTER, "letter_no": HOSTILE, "published_at": HOSTILE}, reason=HOSTILE)
    store.put_document(
        "idle_case", OPENED["case_id"], kind="evidence", number=HOSTILE, dated=None,
        content=b"<script>", name=HOSTILE, viewer=Viewer(HOSTILE), reason=HOSTILE,
    )  # fmt: skip
    for label in (0, 1):
        app = open_case(store.root, label, part=part)
        assert not app.exception
        assert HOSTILE not in html(app)
        assert not any(HOSTILE in m.value for m in app.markdown)


def test_a_withdrawn_document_stays_listed(store):
    record(store, OPENED)
    common = {"kind": "evidence", "number": "照片1", "viewer": Viewer("李")}
    store.put_document(
        "idle_case", OPENED["case_id"], dated=None, content=b"x", name="a.txt", reason="t", **common
    )
    app = open_case(store.root, part="documents")
    next(w for w in app.text_input if str(w.key).endswith("-1-why")).set_value("传错")
    press(app, "撤回")
    assert "已撤回" in text(app)
    (paper,) = store.documents("idle_case", OPENED["case_id"], Viewer("t"), include_withdrawn=True)
    assert (paper.withdrawn, paper.reason) == (True, "传错")


@pytest.mark.parametrize("size", [0, MAX_BYTES + 1])
def test_a_document_is_neither_empty_nor_too_large(store, size):
    record(store, OPENED)
    ctx = Context(Settings(store=store.root), store, Viewer("李"), translator("zh_CN"), "ha")
    common = {
        "kind": "evidence",
        "number": "1",
        "dated": None,
        "name": "a",
        "who": "李",
        "why": "t",
    }
    with pytest.raises(AttachmentError) as raised:
        keep_document(ctx, "idle_case", OPENED["case_id"], content=bytes(size), **common)
    assert raised.value.code == "CSE-002"
    kept = keep_document(ctx, "idle_case", OPENED["case_id"], content=bytes(MAX_BYTES), **common)
    assert kept.size == MAX_BYTES


def test_demonstration_cases_are_marked_and_stay_so(empty_store, viewer):
    world = parcels([PARCEL])
    empty_store.commit("demo", world, kind="parcels", viewer=viewer, reason="t", demonstration=True)
    app = open_case(empty_store.root, part="act")
    assert "演示数据" in html(app)
    press(app, "登记")
    assert cases(empty_store)["demonstration"].tolist() == [True]


def test_an_office_writes_in_its_own_prefecture_alone(store):
    row = {"case_id": "C", "supply_no": SUPPLY_NO, "county_adcode": "360112", "idle_m2": 1.0}
    other = Viewer("赣州", frozenset({"360700"}))
    with pytest.raises(OutOfScopeError):
        put_row(store, {**row, "revision": 0}, viewer=other, reason="t", demonstration=False)
    assert cases(store).empty
