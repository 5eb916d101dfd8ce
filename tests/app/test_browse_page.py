"""The browse page without a browser: what the map is told, in both languages."""

from __future__ import annotations

import json
import shutil

import pytest
from streamlit.testing.v1 import AppTest

from analytics.idle.status import STATUSES
from domain.land_classes import GROUPS
from store import Store, Viewer

SCRIPT = """
from domain.i18n import translator
from settings import Settings
from store import Store, Viewer
from views.context import Context
from views.frame import guarded
from views.pages import browse

settings = Settings(store={store!r})
guarded(browse.page)(
    Context(settings, Store(settings.store), {viewer}, translator({language!r}), {unit!r})
)
"""


def run(store, language="zh_CN", unit="ha", viewer='Viewer("t")', **query):
    script = SCRIPT.format(store=str(store), language=language, unit=unit, viewer=viewer)
    app = AppTest.from_string(script)
    for key, value in query.items():
        app.query_params[key] = value
    return app.run(timeout=120)


@pytest.fixture(scope="module")
def root(demo_root, tmp_path_factory):
    """A demonstration store of one's own: the page writes its index into it."""
    copy = tmp_path_factory.mktemp("browse") / "store"
    shutil.copytree(demo_root, copy)
    return copy


def content(app):
    """What the map was given."""
    (component,) = app.get("bidi_component")
    return json.loads(component.proto.json)


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_an_empty_store_leads_to_the_upload(tmp_path, language):
    app = run(tmp_path, language)
    assert not app.exception
    assert not app.error
    assert not app.get("bidi_component")


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("unit", ["ha", "mu"])
def test_the_map_is_told_everything_but_parcels(root, language, unit):
    app = run(root, language, unit)
    assert not app.exception
    assert not app.error
    told = content(app)
    assert (told["language"], told["unit"]) == (language, unit)
    assert told["unit_m2"] == pytest.approx({"ha": 10_000, "mu": 10_000 / 15}[unit])
    version = Store(root).version("parcels", Viewer("t"))
    assert told["dataset"] == version.dataset
    assert told["datasets"][0]["demonstration"] is True
    assert told["datasets"][0]["versions"][0]["ticket"].count(".") == 1
    assert all(told["texts"].values())
    assert not [text for text in told["texts"].values() if text.startswith("browse.")]
    assert len(json.dumps(told)) < 150_000
    for name, keys in {"status": STATUSES, "group": GROUPS}.items():
        assert {one["key"]: one["number"] for one in told["classes"][name]} == {
            key: i for i, key in enumerate(keys) if key in {o["key"] for o in told["classes"][name]}
        }
    assert len(told["prefectures"]) == 11
    assert len(told["counties"]) == 100


def test_every_status_and_class_has_a_colour(root):
    told = content(run(root))
    assert {one["key"] for one in told["classes"]["status"]} == set(STATUSES)
    assert {one["key"] for one in told["classes"]["group"]} == set(GROUPS)


def test_the_first_visit_makes_the_index_the_second_finds_it(root):
    store = Store(root)
    version = store.version("parcels", Viewer("t"))
    store.drop_map_index(version, Viewer("t"))
    run(root)
    assert store.has_map_index(version, Viewer("t"))
    again = run(root)
    assert not again.exception


def test_the_same_page_sends_the_same_map(root):
    """A rerun must not reload the map: nothing in it depends on the second."""
    assert content(run(root)) == content(run(root))


def test_the_ticket_of_a_viewer_names_the_own_prefectures_only(root):
    one = content(run(root, viewer='Viewer("n", frozenset({"360100"}))'))
    all_ = content(run(root))
    assert (
        one["datasets"][0]["versions"][0]["ticket"] != all_["datasets"][0]["versions"][0]["ticket"]
    )


def test_a_viewer_without_parcels_sees_the_empty_page(root):
    app = run(root, viewer='Viewer("n", frozenset())')
    assert not app.exception
    assert not app.get("bidi_component")
