"""Batches one by one, their accounts, and supplies without a batch, on worlds known by hand."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pandas as pd
import pytest

from analytics.approval_states import STATES
from analytics.reconciliation import VERDICTS
from domain.i18n import translator
from store import Viewer
from tests.app.idle_parts import open_part
from tests.app.land_pages import html, words
from tests.land_world import parcels
from views.idle import batches_allocate
from views.idle.batches_words import COLOURS

DAY = dt.date(2024, 6, 1)
VIEW = "idle-batches-view"
S1, S2, S3 = (f"3601122020B0000{i}" for i in (1, 2, 3))
HA = 10_000.0


def batch(batch_id, *, approved=HA, supplied=0.0, off=0.0, **facts):
    return {
        "batch_id": batch_id,
        "approved_on": pd.Timestamp("2016-01-01"),
        "county_adcode": "360112",
        "approved_m2": approved,
        "supplied_m2": supplied,
        "written_off_m2": off,
        "unsupplied_m2": approved - supplied - off,
        "acquisition": "完成",
        "acquired_on": pd.Timestamp("2017-01-01"),
        "ready_on": pd.Timestamp("2018-01-01"),
        **facts,
    }


def supply(number, area, batch_id=None, **facts):
    return {
        "supply_no": number,
        "county_adcode": "360112",
        "supplied_m2": area,
        "signed_on": pd.Timestamp("2020-05-01"),
        "batch_id": batch_id,
        **facts,
    }


def untouched(batch_id, day):
    return batch(
        batch_id,
        approved_on=pd.Timestamp(day),
        acquisition="未实施",
        acquired_on=pd.NaT,
        ready_on=pd.NaT,
    )


def put(store, viewer, table, rows):
    store.put_ledger(table, pd.DataFrame(rows), viewer=viewer, reason="录入")


@pytest.fixture
def world(empty_store, viewer):
    """Five squares of 1 ha: A is sound, B too much supplied, C may lapse, D will, E waits."""
    records = [
        {"parcel_id": "P0", "batch_id": "A", "supply_no": S1, "signed_on": "2020-05-01"},
        {"parcel_id": "P1", "batch_id": "B", "supply_no": S2, "signed_on": "2020-05-01"},
        {"parcel_id": "P2", "batch_id": "C"},
        {"parcel_id": "P3", "batch_id": "E"},
    ]
    empty_store.commit("parcels", parcels(records), kind="parcels", viewer=viewer, reason="t")
    put(
        empty_store,
        viewer,
        "batch",
        [
            batch("A", supplied=HA),
            batch("B", supplied=HA),
            untouched("C", "2022-06-01"),
            untouched("D", "2022-06-02"),
            batch("E", unsupplied_cause="招商项目未落地", office="第一所"),
        ],
    )
    put(empty_store, viewer, "supply", [supply(S1, HA, "A"), supply(S2, 1.5 * HA, "B")])
    return empty_store


def view(store, name, **options):
    state = {"as_of": DAY, VIEW: name, **options.pop("state", {})}
    return open_part("batches.show_batches", store.root, state=state, **options)


def table(app, column):
    return next(frame.value for frame in app.dataframe if column in frame.value)


def test_every_state_and_verdict_has_word_and_colour():
    for language in ("zh_CN", "en"):
        t = translator(language)
        assert all(t(f"batches.state.{state}") for state in STATES)
        assert all(t(f"batches.verdict.{verdict}") for verdict in VERDICTS)
    assert set(COLOURS) == set(STATES)


def test_what_may_lapse_is_listed_first_then_the_oldest(world):
    app = view(world, "list")
    assert not app.exception
    rows = table(app, "距可能失效（天）")
    # C has lapsed to the day, D will on the next one.
    assert rows["批次名称"].tolist()[:3] == ["C", "E", "D"]
    by = rows.set_index("批次名称")
    assert by.loc["C", "状态"] == ["批文可能失效"]
    assert by.loc["C", "标记"] == "待核"
    assert by.loc["D", "状态"] == ["已批未征"]
    assert by.loc["D", "距可能失效（天）"] == 1
    assert by.loc["E", "未供（公顷）"] == 1.0
    assert by.loc["E", "未供原因"] == "招商项目未落地"
    assert by.loc["A", "状态"] == ["已供完"]
    assert by.loc["B", "对账"] == "超供"
    # The sums are those of the four sound batches.
    assert "5 个批次，批准 4.00 公顷，未供 3.00 公顷" in words(app).replace("\\", "")
    assert "另有 1 个超供批次（批准 1.00 公顷）" in words(app).replace("\\", "")


def test_the_day_before_nothing_may_have_lapsed(world):
    app = view(world, "list", state={"as_of": DAY - dt.timedelta(days=1)})
    by = table(app, "距可能失效（天）").set_index("批次名称")
    assert by.loc["C", "状态"] == ["已批未征"]
    assert by.loc["C", "距可能失效（天）"] == 1
    assert by.loc["D", "距可能失效（天）"] == 2


def test_state_and_text_narrow_the_list(world):
    app = view(world, "list")
    app.multiselect(key="idle-batch-states").set_value(["ready", "lapse_risk"]).run()
    assert table(app, "对账")["批次名称"].tolist() == ["C", "E"]
    app.text_input(key="idle-batch-search").set_value("第一").run()
    assert table(app, "对账")["批次名称"].tolist() == ["E"]
    app.text_input(key="idle-batch-search").set_value("无此").run()
    assert "没有批次" in app.info[0].value


def test_mu_everywhere(world):
    app = view(world, "list", unit="mu")
    assert table(app, "对账").set_index("批次名称").loc["E", "未供（亩）"] == 15.0


def test_a_row_opens_its_batch_and_back(world):
    app = view(world, "list")
    app.session_state["idle-batches-0"] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    app.session_state["idle-batch"] = "A"
    app.run()
    assert not app.exception
    assert "已供完" in html(app)
    accounts = table(app, "供地追溯").set_index("账目")
    assert accounts.loc["已供（平方米）"].tolist() == [HA, HA, HA]
    assert accounts.loc["未供（平方米）"].tolist() == [0.0, 0.0, 0.0]
    part = "idle-batch-part"
    app.session_state[part] = "supplies"
    app.run()
    rows = table(app, "如何追溯")
    assert rows["如何追溯"].tolist() == ["按供地所写批次"]
    assert rows["面积（平方米）"].tolist() == [HA]
    app.session_state[part] = "parcels"
    app.run()
    assert table(app, "地块编号")["地块编号"].tolist() == ["P0"]
    app.button(key="idle-batch-back").click().run()
    assert len(table(app, "对账")) == 5


def test_the_history_tells_which_entry_changed_the_state(world, viewer):
    put(world, viewer, "batch", [batch("C", approved_on=pd.Timestamp("2022-06-01"))])
    app = view(world, "list", state={"idle-batch": "C", "idle-batch-part": "history"})
    assert not app.exception
    rows = table(app, "变更内容")
    assert rows["变更后状态（按 2024-06-01）"].tolist() == ["具备供地条件", "批文可能失效"]
    assert "征地实施 未实施 → 完成" in rows["变更内容"].iloc[0]
    assert rows["变更内容"].iloc[1] == "新增"


def test_links_count_before_the_batch_that_a_supply_names(world, viewer):
    link = {"supply_no": S1, "county_adcode": "360112", "area_m2": 4_000.0}
    put(world, viewer, "supply_batch", [{**link, "link_id": "L", "batch_id": "E"}])
    app = view(world, "list", state={"idle-batch": "E", "idle-batch-part": "supplies"})
    rows = table(app, "如何追溯")
    assert rows["面积（平方米）"].tolist() == [4_000.0]
    assert rows["如何追溯"].tolist() == ["按关联"]
    lost = {**link, "supply_no": S3, "link_id": "M", "batch_id": "E"}
    put(world, viewer, "supply_batch", [lost])
    rows = table(app.run(), "如何追溯")
    assert rows["如何追溯"].tolist() == ["按关联", "关联的供地未入台账"]


def test_the_accounts_stand_side_by_side_and_the_gravest_first(world, viewer):
    put(world, viewer, "batch", [batch("E", supplied=2_000.0)])
    app = view(world, "reconcile")
    assert not app.exception
    rows = table(app, "台账已供")
    assert rows["批次名称"].tolist()[:2] == ["B", "E"]
    by = rows.set_index("批次名称")
    assert by["对账"].to_dict() == {
        "B": "超供",
        "E": "供地无从追溯",
        "D": "图上无地块",
        "A": "平衡",
        "C": "平衡",
    }
    assert by.loc["B", "其他问题"] == "台账与供地不符"
    assert by.loc["B", ["台账已供", "追溯已供", "台账－供地"]].tolist() == [HA, 1.5 * HA, -0.5 * HA]
    assert by.loc["B", "追溯未供"] == -0.5 * HA
    assert by.loc["E", ["台账未供", "追溯未供", "图上未供"]].tolist() == [8_000.0, HA, HA]
    assert by.loc["A", "图上容差"] == 100.0
    assert by.loc["A", "图上在容差内"] == "是"
    warning = app.warning[0].value
    assert "1 个批次" in warning
    assert "批准 1.00 公顷" in warning
    assert "超出 5,000 平方米" in warning
    assert "B" in warning
    assert "4 个批次：批准 40,000 ＝ 已供 10,000 ＋ 核销 0 ＋ 未供 30,000" in html(app)
    assert "默认" in html(app)


def test_a_verdict_narrows_accounts_and_sums(world):
    app = view(world, "reconcile", state={"idle-batch-verdicts": ["no_parcels"]})
    assert table(app, "台账已供")["批次名称"].tolist() == ["D"]
    assert "1 个批次：批准 10,000" in html(app)


def test_before_the_first_approval_there_are_no_accounts(world):
    app = view(world, "reconcile", state={"as_of": dt.date(2015, 1, 1)})
    assert not app.exception
    assert "没有已批准的批次" in words(app)


@pytest.fixture
def gaps(empty_store, viewer):
    """Three supplies without batch: on A, half way out of every batch, and off the map."""
    records = [
        {"parcel_id": "P0", "batch_id": "A", "supply_no": S1, "signed_on": "2020-05-01"},
        {"parcel_id": "P1", "batch_id": "A", "supply_no": S2, "signed_on": "2020-05-01"},
        {"parcel_id": "P2", "supply_no": S2, "signed_on": "2020-05-01"},
        {"parcel_id": "P3", "batch_id": "unknown"},
    ]
    empty_store.commit("parcels", parcels(records), kind="parcels", viewer=viewer, reason="t")
    put(empty_store, viewer, "batch", [batch("A", approved=5 * HA)])
    rows = [supply(S1, HA, name="甲厂"), supply(S2, 2 * HA), supply(S3, HA)]
    put(empty_store, viewer, "supply", rows)
    return empty_store


def chosen(app, *numbers, why=None):
    """The page after the rows of supplies were ticked and accepted."""
    frame = next(f for f in app.dataframe if "建议面积与批次（公顷）" in f.value)
    listed = frame.value["电子监管号"].tolist()
    rows = [listed.index(number) for number in numbers]
    key = "idle-allocate-" + str(marks(frame))
    app.session_state[key] = {"selection": {"rows": rows, "columns": [], "cells": []}}
    if why is not None:
        app.session_state["idle-allocate-why"] = why
    app.run()
    return press(app, "接受所选")


def marks(frame):
    return frame.proto.id.rsplit("-", maxsplit=1)[-1]


def press(app, label):
    return next(b for b in app.button if b.label == label).click().run()


def links(store, viewer):
    rows = store.ledger("supply_batch", viewer)
    return {
        (s, b): round(a)
        for s, b, a in zip(rows["supply_no"], rows["batch_id"], rows["area_m2"], strict=True)
    }


def test_proposals_say_what_is_left(gaps):
    app = view(gaps, "allocate")
    assert not app.exception
    rows = table(app, "建议面积与批次（公顷）").set_index("电子监管号")
    assert rows.loc[S1, "建议面积与批次（公顷）"] == "1.00 A"
    assert rows.loc[S2, "建议面积与批次（公顷）"] == "1.00 A"
    assert rows.loc[S2, "余量：图上无批次（公顷）"] == 1.0
    assert rows.loc[S2, "余量或不能接受的原因"] == "落在批次范围之外"
    assert pd.isna(rows.loc[S3, "建议面积与批次（公顷）"])
    assert rows.loc[S3, "余量或不能接受的原因"] == "图上没有该供地的地块"
    said = words(app).replace("\\", "")
    assert "3 宗供地（4.00 公顷）未写明批次；2 宗有可接受的建议，共可归批 2.00 公顷" in said


def test_accepted_rows_are_written_with_a_reason_and_undone(gaps, viewer):
    app = chosen(view(gaps, "allocate"), S1, S3)
    assert not app.exception
    assert "已写入 1 条关联，涉及 1 宗供地" in app.success[0].value
    assert "另外 1 宗" in app.success[0].value
    assert links(gaps, viewer) == {(S1, "A"): 10_000}
    row = gaps.changes("supply_batch", viewer).iloc[0]
    assert (row["viewer"], row["reason"]) == ("t", "按图形叠加归批，已核对")
    assert S1 not in table(app, "建议面积与批次（公顷）")["电子监管号"].tolist()
    app = press(app, "撤销")
    assert "已撤销 1 条关联" in app.success[0].value
    assert links(gaps, viewer) == {}
    # What was taken back can be accepted again.
    app = chosen(app, S1, S2)
    assert "已写入 2 条关联" in app.success[0].value
    assert links(gaps, viewer) == {(S1, "A"): 10_000, (S2, "A"): 10_000}


def test_nothing_ticked_or_no_reason_writes_nothing(gaps, viewer):
    app = press(view(gaps, "allocate"), "接受所选")
    assert "请先勾选" in app.error[0].value
    app = chosen(app, S1, why="  ")
    assert "请填写" in app.error[0].value
    assert links(gaps, viewer) == {}


def test_somebody_else_was_faster(gaps, viewer, monkeypatch):
    app = view(gaps, "allocate")
    other = {"link_id": "X", "supply_no": S1, "batch_id": "A", "county_adcode": "360112"}
    real = batches_allocate.accept

    def late(store, who, rows, *, reason):
        gaps.put_ledger(
            "supply_batch",
            pd.DataFrame([{**other, "area_m2": 1.0}]),
            viewer=Viewer("乙"),
            reason="先",
        )
        return real(store, who, rows, reason=reason)

    monkeypatch.setattr(batches_allocate, "accept", late)
    app = chosen(app, S1, S2)
    assert not app.exception
    assert "乙 已于" in app.error[0].value
    assert S1 in app.error[0].value
    assert links(gaps, viewer) == {(S1, "A"): 1}


def test_out_of_scope_is_said_in_words(gaps, viewer, monkeypatch):
    app = view(gaps, "allocate")
    real = Viewer
    monkeypatch.setattr(batches_allocate, "Viewer", lambda name, _: real(name, {"360700"}))
    app = chosen(app, S1)
    assert not app.exception
    assert app.error[0].value.startswith("**STO-004**")
    assert "没有写入任何内容" in words(app)
    assert links(gaps, viewer) == {}


def test_a_batch_approved_after_the_contract_is_barred(gaps, viewer):
    put(gaps, viewer, "batch", [batch("A", approved_on=pd.Timestamp("2020-05-02"))])
    app = view(gaps, "allocate")
    rows = table(app, "建议面积与批次（公顷）").set_index("电子监管号")
    assert rows.loc[S1, "余量或不能接受的原因"] == "批次批准晚于合同签订，不能接受"
    app = chosen(app, S1, S2, S3)
    assert "请先勾选" in app.error[0].value
    assert links(gaps, viewer) == {}


def test_links_of_supplies_that_name_their_batch_are_no_acceptance(world, viewer):
    link = {"link_id": "L", "supply_no": S1, "batch_id": "A", "county_adcode": "360112"}
    put(world, viewer, "supply_batch", [{**link, "area_m2": HA}])
    app = view(world, "allocate")
    assert not app.exception
    assert not [b for b in app.button if b.label == "撤销"]


def test_nothing_to_allocate_is_said(world):
    app = view(world, "allocate")
    assert not app.exception
    assert "2 宗供地都已写明批次" in app.info[0].value


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("name", ["overview", "list", "reconcile", "allocate"])
def test_every_view_draws_the_demonstration(demo_root, language, name):
    app = view(SimpleNamespace(root=demo_root), name, language=language)
    assert not app.exception
    assert not app.error


def test_foreign_text_stays_text(world, viewer):
    bad = "<img src=x onerror=alert(1)>**[a](b)"
    put(world, viewer, "batch", [batch(bad, approved=1.0, supplied=1.0, approval_no=bad)])
    put(world, viewer, "supply", [supply(S3, HA, bad)])
    for state in ({VIEW: "reconcile"}, {"idle-batch": bad}):
        app = view(world, "reconcile", state=state)
        assert not app.exception
        assert "<img" not in html(app)
        assert not any("**[a](b)" in warning.value for warning in app.warning)
