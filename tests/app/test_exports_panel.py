"""The export panel: choices, help, names, the file that comes out; both languages."""

from __future__ import annotations

import threading
import time

import pytest
from streamlit.testing.v1 import AppTest

from export.dataset_types import CancelledError
from export.datasets import FORMATS
from store import Viewer
from tests.export_world import ANN, GANZHOU, NANCHANG, filled
from tests.store_world import batches, two_prefectures
from views.export_jobs import Jobs

SCRIPT = """
from domain.i18n import translator
from settings import Settings
from store import Store, Viewer
from views.context import Context
from views.dataset_downloads import show_exports, show_ledger_exports
from views.frame import guarded

settings = Settings(store={store!r})
viewer = Viewer("t", {prefectures!r})
store = Store(settings.store)

def page(ctx):
    found = store.datasets(viewer)
    show_exports(ctx, found[0] if found else None)
    show_ledger_exports(ctx)

guarded(page)(Context(settings, store, viewer, translator({language!r}), "ha"))
"""
KEY = "export_land@1"


def run(store, language="zh_CN", prefectures=None):
    script = SCRIPT.format(store=str(store.root), language=language, prefectures=prefectures)
    app = AppTest.from_string(script, default_timeout=60).run()
    assert not app.exception
    return app


@pytest.fixture
def land(empty_store):
    filled(empty_store)
    return empty_store


def chosen(app, form):
    app.selectbox(key=f"{KEY}_format").set_value(form).run()
    assert not app.exception
    return app


def prepared(app, key=KEY):
    """Press the button and look again until the file stands."""
    app.button(key=f"{key}_go").click().run()
    for _ in range(200):
        assert not app.exception
        if app.success or app.error:
            return app
        time.sleep(0.05)
        app.run()
    raise AssertionError("the file was not made")


def words(app):
    return " ".join(str(e.value) for e in [*app.caption, *app.warning, *app.success, *app.error])


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_without_data_the_panel_says_what_to_do(empty_store, language):
    app = run(empty_store, language)
    assert len(app.info) == 1
    assert not app.button


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("form", FORMATS)
def test_every_format_is_explained_and_made(land, form, language):
    app = chosen(run(land, language), form)
    help_line = app.caption[0].value
    app = prepared(app)
    assert "ganyuan\\_land\\_v1" in app.success[0].value
    (button,) = app.get("download_button")
    assert button.label == ("下载" if language == "zh_CN" else "Download")
    assert help_line in [c.value for c in app.caption]


def test_defaults_are_what_most_want(land):
    app = run(land)
    assert app.selectbox(key=f"{KEY}_format").value == "gpkg"
    assert app.selectbox(key=f"{KEY}_crs_gpkg_4490").value == 4490
    app = chosen(app, "boundary_points")
    assert app.selectbox(key=f"{KEY}_crs_boundary_points_4526").value == 4526
    assert "默认" in app.selectbox(key=f"{KEY}_crs_boundary_points_4526").options[0]
    assert app.selectbox(key=f"{KEY}_encoding_boundary_points").value == "gb18030"
    app = chosen(app, "csv")
    assert len(app.selectbox) == 1


def test_a_shapefile_shows_its_names_and_what_was_lost(land):
    app = chosen(run(land), "shapefile")
    table = app.dataframe[0].value
    assert table["字段名"].tolist()[:2] == ["DKBH", "XMMC"]
    assert table["中文名"].tolist()[:2] == ["地块编号", "项目名称"]
    app = prepared(app)
    assert "EXP\\-020" in words(app) or "EXP-020" in words(app)
    assert "涉及行" in words(app)


def test_places_and_fields_can_be_chosen(land):
    app = run(land)
    prefecture = app.multiselect(key=f"{KEY}_prefecture")
    assert {"南昌市", "赣州市"} <= set(prefecture.options)
    prefecture.set_value([GANZHOU]).run()
    app.multiselect(key=f"{KEY}_columns").set_value(["name"]).run()
    app = prepared(app)
    assert "2 行" in app.success[0].value


def test_nothing_left_is_told_in_words(land):
    app = run(land)
    app.multiselect(key=f"{KEY}_prefecture").set_value(["360900"]).run()
    app = prepared(app)
    assert "EXP-009" in words(app)


def test_a_viewer_chooses_among_the_own_places(land):
    app = run(land, prefectures=frozenset({GANZHOU}))
    assert app.multiselect(key=f"{KEY}_prefecture").options == ["赣州市"]
    assert "2 行" in prepared(app).success[0].value


def test_ledgers_leave_as_tables(empty_store):
    empty_store.put_ledger("batch", batches(NANCHANG, GANZHOU), viewer=ANN, reason="r")
    app = run(empty_store)
    assert not app.selectbox  # nothing is read before somebody looks
    app.session_state["export_ledgers"] = True
    app.run()
    assert app.selectbox(key="export_batch_format").options == ["XLSX 表格", "CSV 表格"]
    assert "2 行" in prepared(app, "export_batch").success[0].value


def test_hostile_names_stay_text(empty_store):
    frame = two_prefectures()
    frame["<img src=x onerror=alert(1)>"] = "![x](http://a.cn)"
    empty_store.commit("land", frame, kind="parcels", viewer=ANN, reason="r")
    app = chosen(run(empty_store), "shapefile")
    assert any("onerror" in text for text in app.dataframe[0].value["中文名"])
    assert "_img_src_x" in app.dataframe[0].value["字段名"].tolist()


def test_jobs_belong_to_their_viewer_and_go_in_turn():
    jobs = Jobs(most=2)
    made = []

    def work(folder, tell):
        tell(0.5)
        made.append(folder)

    first, *others = (jobs.start(ANN, work) for _ in range(3))
    for job in others:
        job.future.result(timeout=10)
    assert jobs.get(first.key, ANN) is None
    assert jobs.get(others[0].key, ANN) is others[0]
    assert jobs.get(others[0].key, Viewer("eve")) is None
    assert jobs.get(others[0].key, Viewer("ann", frozenset({GANZHOU}))) is None
    first.future.result(timeout=10)
    assert not first.folder.exists()
    assert others[0].folder.exists()


def test_a_stopped_job_ends_at_the_next_piece():
    jobs, begun, go = Jobs(), threading.Event(), threading.Event()

    def work(_folder, tell):
        tell(0.1)
        begun.set()
        go.wait(10)
        tell(0.2)

    job = jobs.start(ANN, work)
    begun.wait(10)
    assert job.running
    job.stop()
    go.set()
    with pytest.raises(CancelledError) as caught:
        job.future.result(timeout=10)
    assert caught.value.code == "EXP-014"
    assert job.share == 0.1
