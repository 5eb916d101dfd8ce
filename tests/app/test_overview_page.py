from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest

from store import Store
from tests.land_world import parcels

SCRIPT = """
from domain.i18n import translator
from settings import Settings
from store import Store, Viewer
from views.context import Context
from views.frame import guarded
from views.pages import overview

settings = Settings(store={store!r})
guarded(overview.page)(
    Context(settings, Store(settings.store), Viewer("t"), translator({language!r}), "ha")
)
"""


def run(store, language="zh_CN"):
    return AppTest.from_string(SCRIPT.format(store=str(store), language=language)).run(timeout=60)


def html(app):
    return " ".join(block.proto.body for block in app.get("html"))


@pytest.mark.parametrize(("language", "title"), [("zh_CN", "总览"), ("en", "Development zones")])
def test_the_page_opens_with_published_figures(tmp_path, language, title):
    app = run(tmp_path, language)
    assert not app.exception
    assert not app.error
    text = html(app)
    assert title in text
    assert "10,800" in text
    assert "115" in text


def test_an_empty_store_says_what_to_do_next(tmp_path):
    app = run(tmp_path)
    app.radio(key="overview-figure").set_value("unused_m2").run(timeout=60)
    assert not app.exception
    assert "ganyuan demo" in app.info[0].value


def test_the_chosen_figure_names_itself_on_the_page(tmp_path):
    app = run(tmp_path)
    app.radio(key="overview-figure").set_value("population_2020").run(timeout=60)
    assert not app.exception
    assert "2020" in html(app)


def test_made_up_land_wears_its_mark(demo_root):
    app = run(demo_root)
    assert "演示数据" not in html(app)
    app.radio(key="overview-figure").set_value("unused_m2").run(timeout=60)
    assert not app.exception
    assert "演示数据" in html(app)


def test_land_with_faults_is_left_out_and_said(empty_store, viewer):
    records = [
        {"batch_id": "A", "approved_on": "2020-01-01"},
        {"batch_id": "B", "approved_on": "2090-01-01"},
    ]
    empty_store.commit("land", parcels(records), kind="parcels", viewer=viewer, reason="r")
    app = run(empty_store.root)
    app.radio(key="overview-figure").set_value("unused_m2").run(timeout=60)
    assert not app.exception
    assert any("1 宗、1.00 公顷记录有误" in caption.value for caption in app.caption)


@pytest.mark.parametrize(
    ("language", "mark"), [("zh_CN", "（演示数据）"), ("en", "(demonstration data)")]
)
def test_doors_tell_what_lies_behind_them(demo_root, viewer, language, mark):
    said = " ".join(caption.value for caption in run(demo_root, language).caption)
    rows = Store(demo_root).ledger("indicators", viewer)
    zones = rows.loc[rows["year"] == rows["year"].max(), "zone_id"].nunique()
    assert f"**{zones}**" in said
    assert mark in said
    assert len(re.findall(r"\*\*\d+\*\*", said)) == 2


def test_without_figures_the_door_tells_what_the_page_is_for(tmp_path):
    said = " ".join(caption.value for caption in run(tmp_path, "en").caption)
    assert "Intensity, per-mu" in said
    assert "demonstration data" not in said
    assert "Pairs for study" in said
