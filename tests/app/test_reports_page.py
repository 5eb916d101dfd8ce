from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

SCRIPT = """
from domain.i18n import translator
from settings import Settings
from store import Store, Viewer
from views.context import Context
from views.frame import guarded
from views.pages import reports

settings = Settings(store={store!r}, organisation="某市规划设计院")
viewer = Viewer("t", {prefectures!r})
guarded(reports.page)(
    Context(settings, Store(settings.store), viewer, translator({language!r}), {unit!r})
)
"""


def run(store, language="zh_CN", unit="ha", prefectures=None):
    script = SCRIPT.format(store=str(store), language=language, unit=unit, prefectures=prefectures)
    return AppTest.from_string(script).run(timeout=120)


def html(app):
    return " ".join(block.proto.body for block in app.get("html"))


def buttons(app):
    return [b.proto.label for b in app.get("download_button")]


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_the_page_previews_the_province_and_hands_out_four_files(demo_root, language):
    app = run(demo_root, language)
    assert not app.exception
    assert not app.error
    assert len(app.get("image")) == 1
    assert buttons(app) == ["PNG", "PDF", "SVG", "XLSX"]
    assert "演示数据" in html(app)


def test_places_narrow_down_from_prefecture_to_zone(demo_root):
    app = run(demo_root)
    app.selectbox(key="reports-prefecture").set_value("360700").run(timeout=120)
    app.selectbox(key="reports-county-360700").set_value("360702").run(timeout=120)
    assert "章贡区" in html(app)
    zone = app.selectbox(key="reports-zone-360702")
    zone.set_value("jx-ganzhou-etdz").run(timeout=120)
    assert not app.exception
    assert not app.error
    assert "赣州经济技术开发区" in html(app)


def test_a_public_sheet_is_refused_in_words_until_it_has_its_number(demo_root):
    app = run(demo_root)
    app.multiselect(key="reports-layers").set_value(["zones"]).run(timeout=120)
    app.button_group(key="reports-mode").set_value("public").run(timeout=120)
    assert "EXP-001" in app.error[0].value
    assert "审图号" in app.error[0].value
    assert buttons(app) == []
    app.text_input(key="reports-review").set_value("赣S（2026）012号")
    app.text_input(key="reports-issuer").set_value("江西省自然资源厅").run(timeout=120)
    assert not app.error
    assert len(buttons(app)) == 4


def test_a_public_sheet_with_parcels_is_refused(demo_root):
    app = run(demo_root)
    app.button_group(key="reports-mode").set_value("public").run(timeout=120)
    app.text_input(key="reports-review").set_value("赣S（2026）012号")
    app.text_input(key="reports-issuer").set_value("江西省自然资源厅").run(timeout=120)
    assert "EXP-002" in app.error[0].value


def test_a_rare_character_in_the_title_is_refused_in_words(demo_root):
    app = run(demo_root)
    app.text_input(key="reports-title").set_value("𠮷林图").run(timeout=120)
    assert "FNT-001" in app.error[0].value
    assert "𠮷" in app.error[0].value


def test_an_empty_store_still_draws_reference_layers(tmp_path):
    app = run(tmp_path)
    assert not app.exception
    assert not app.error
    assert len(buttons(app)) == 4
    assert "演示数据" not in html(app)


def test_parcels_of_an_empty_store_say_what_to_do(tmp_path):
    app = run(tmp_path)
    app.multiselect(key="reports-layers").set_value(["parcels"]).run(timeout=120)
    assert "EXP-006" in app.error[0].value


def test_no_layer_is_an_empty_state(demo_root):
    app = run(demo_root)
    app.multiselect(key="reports-layers").set_value([]).run(timeout=120)
    assert not app.exception
    assert app.info


def test_statuses_that_are_nowhere_in_the_region_say_so(demo_root):
    app = run(demo_root, prefectures=frozenset({"360500"}))
    app.selectbox(key="reports-prefecture").set_value("360700").run(timeout=120)
    assert "EXP-003" in app.error[0].value
    assert buttons(app) == []
