"""The pages that show parcels cite the passport of the version that they draw."""

from __future__ import annotations

import json

import pytest
from streamlit.testing.v1 import AppTest

from tests.export_world import NUMBER, filled

SCRIPT = """
from domain.i18n import translator
from settings import Settings
from store import Store, Viewer
from views.context import Context
from views.frame import guarded
from views.pages import {page}

settings = Settings(store={store!r})
guarded({page}.page)(
    Context(settings, Store(settings.store), Viewer("t"), translator({language!r}), "ha")
)
"""


def run(store, page, language="zh_CN"):
    script = SCRIPT.format(store=str(store.root), page=page, language=language)
    app = AppTest.from_string(script).run(timeout=120)
    assert not app.exception
    return app


def title(app):
    return next(b.proto.body for b in app.get("html") if "gy-title" in b.proto.body)


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("page", ["map", "land_use", "idle", "reports"])
def test_the_title_line_cites_the_passport(empty_store, page, language):
    filled(empty_store)
    assert NUMBER in title(run(empty_store, page, language))


@pytest.mark.parametrize("page", ["land_use", "idle"])
def test_the_line_under_tables_cites_the_passport(empty_store, page):
    filled(empty_store)
    lines = [
        b.proto.body for b in run(empty_store, page).get("html") if "gy-source" in b.proto.body
    ]
    assert any(NUMBER in line for line in lines)


def test_the_web_map_carries_the_passport_in_its_legend_source(empty_store):
    filled(empty_store)
    (component,) = run(empty_store, "map").get("bidi_component")
    content = json.loads(json.loads(component.proto.json)["payload"])
    assert NUMBER in json.dumps(content, ensure_ascii=False)
