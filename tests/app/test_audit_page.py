"""The audit page without a browser: filters, detail, empty states, both languages."""

from __future__ import annotations

import datetime as dt

import pytest

from domain.i18n import translator
from store import Store, Viewer
from tests.app.land_pages import html, open_page, words
from tests.store_world import GANZHOU, NANCHANG, batches, parcels

ANN, BO = Viewer("ann"), Viewer("bo <b>")
NOW = dt.datetime.now(dt.UTC)
DAY = dt.timedelta(days=1)
ZH, EN = translator("zh_CN"), translator("en")


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Six acts: one two years ago, one two months ago, the others yesterday."""
    moments = iter([NOW - 730 * DAY, NOW - 60 * DAY] + [NOW - DAY] * 9)
    store = Store(tmp_path_factory.mktemp("store"), clock=lambda: next(moments))
    facts = {"kind": "parcels", "viewer": ANN}
    store.commit("land", parcels(1), reason="first", **facts)
    store.commit("land", parcels(2), reason="second", **facts)
    store.undo("land", viewer=BO, reason="=1+1 wrong file")
    store.put_ledger("batch", batches(NANCHANG, GANZHOU), viewer=ANN, reason="r")
    rows = batches(NANCHANG).assign(supplied_m2=70_000.0, unsupplied_m2=20_000.0)
    store.put_ledger("batch", rows, viewer=BO, reason="supplied 1 ha")
    store.end("land", viewer=BO, reason="merged")
    return store.root


def table(app, t=ZH):
    return next(d.value for d in app.dataframe if t("audit.col.reason") in d.value)


def select(app, position):
    """The page with a row of the list selected."""
    state = {"selection": {"rows": [position], "columns": [], "cells": []}}
    app.session_state["audit-list"] = state
    return app.run()


@pytest.mark.parametrize(("language", "t"), [("zh_CN", ZH), ("en", EN)])
def test_every_act_is_listed_newest_first(root, language, t):
    app = open_page("audit", root, language=language)
    assert not app.exception
    assert not app.error
    shown = table(app, t)
    assert shown[t("audit.col.action")].tolist() == [
        t(f"audit.action.{code}")
        for code in ("end", "ledger", "ledger", "undo", "commit", "commit")
    ]
    assert shown[t("audit.col.subject")].tolist()[:4] == [
        "land@3", t("audit.ledger.batch"), t("audit.ledger.batch"), "land@3",
    ]  # fmt: skip
    assert shown[t("audit.col.rows_before")].tolist() == [1, 1, 0, 2, 1, 0]
    assert shown[t("audit.col.rows_after")].tolist() == [0, 1, 2, 1, 2, 1]
    assert set(shown[t("audit.col.sha256")].dropna().str.len()) == {12}
    assert t("audit.title") in html(app)


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({}, 6),
        ({"period": "week"}, 4),
        ({"period": "month"}, 4),
        ({"period": "year"}, 5),
        ({"person": "ann"}, 3),
        ({"action": "ledger"}, 2),
        ({"subject": "land"}, 4),
        ({"person": "bo <b>", "subject": "batch"}, 1),
        ({"person": "nobody"}, 6),  # an address of another installation
    ],
)
def test_filters_come_from_the_address(root, filters, count):
    from streamlit.testing.v1 import AppTest  # noqa: PLC0415

    from tests.app.land_pages import SCRIPT  # noqa: PLC0415

    script = SCRIPT.format(page="audit", store=str(root), language="zh_CN", unit="ha")
    app = AppTest.from_string(script, default_timeout=60)
    for name, value in filters.items():
        app.query_params[f"audit_{name}"] = value
    app.run()
    assert not app.exception
    assert len(table(app)) == count


def test_a_choice_goes_into_the_address(root):
    app = open_page("audit", root)
    app.selectbox("audit_person").select("ann").run()
    assert len(table(app)) == 3
    assert app.query_params["audit_person"] == "ann"
    app.selectbox("audit_person").select("*").run()
    assert "audit_person" not in app.query_params
    assert len(table(app)) == 6


def test_filters_that_leave_nothing_say_so(root):
    app = open_page("audit", root)
    app.selectbox("audit_person").select("ann")
    app.selectbox("audit_action").select("end").run()
    assert not app.exception
    assert ZH("audit.none") in app.info[0].value


def test_key_figures_count_what_is_shown(root):
    text = html(open_page("audit", root))
    for name, count in {"acts": 6, "people": 2, "versions": 3, "ledger": 2, "ended": 1}.items():
        label = ZH(f"audit.figure.{name}")
        assert f'{label}</div><div class="gy-value">{count}<' in text


def test_a_ledger_act_opens_with_before_and_after(root):
    app = select(open_page("audit", root), 1)
    assert not app.exception
    changes = next(d.value for d in app.dataframe if ZH("audit.col.before") in d.value)
    assert changes.to_numpy().tolist() == [
        ["360100演示批次", "已供面积 (m2)", "60,000", "70,000"],
        ["360100演示批次", "未供面积 (m2)", "30,000", "20,000"],
    ]


def test_a_version_opens_with_its_digest_and_texts_stay_texts(root):
    app = select(open_page("audit", root), 3)
    assert not app.exception
    text = html(app)
    version = Store(root).version("land", ANN, 3)
    assert version.sha256 in text
    assert "bo &lt;b&gt;" in text
    assert "=1+1 wrong file" in text
    assert ZH("audit.to_map", name="land") in words(app)


def test_an_empty_store_says_what_to_do(tmp_path):
    app = open_page("audit", tmp_path)
    assert not app.exception
    assert ZH("audit.empty") in app.info[0].value


def test_acts_on_foreign_rows_are_not_shown(root):
    assert Store(root).audit(Viewer("s", frozenset({GANZHOU}))).empty
