"""What lies under the browse map: nothing, tiles of one's own, or Tianditu."""

from __future__ import annotations

import pytest

from domain.i18n import translator
from settings import Settings
from store import Viewer
from views.browse.scene import scene
from views.context import Context


@pytest.fixture(autouse=True)
def clean(monkeypatch):
    for name in ("BASEMAP_URL", "BASEMAP_ATTRIBUTION", "TIANDITU_KEY", "ATTRIBUTION"):
        monkeypatch.delenv(f"GANYUAN_{name}", raising=False)


def told(demo_store):
    version = demo_store.version("parcels", Viewer("t"))
    ctx = Context(Settings(), demo_store, Viewer("t"), translator("zh_CN"), "ha")
    return scene(ctx, [version], version)


def test_there_is_none_by_default(demo_store):
    found = told(demo_store)
    assert found["basemap"] is None
    assert not any("tianditu.gov.cn" in str(value) for value in found.values())


def test_tiles_of_ones_own_are_named_with_their_source(demo_store, monkeypatch):
    monkeypatch.setenv("GANYUAN_BASEMAP_URL", "https://maps.example/{z}/{x}/{y}.png")
    monkeypatch.setenv("GANYUAN_BASEMAP_ATTRIBUTION", "某测绘院")
    monkeypatch.setenv("GANYUAN_TIANDITU_KEY", "k")
    found = told(demo_store)
    assert [one["url"] for one in found["basemap"]] == ["https://maps.example/{z}/{x}/{y}.png"]
    assert found["sources"][-1] == "某测绘院"


def test_tiles_of_this_server_lie_below_its_address(demo_store, monkeypatch):
    monkeypatch.setenv("GANYUAN_BASEMAP_URL", "/tiles/{z}/{x}/{y}.png")
    monkeypatch.setattr("views.address.st.get_option", lambda _: "/land/")
    assert told(demo_store)["basemap"][0]["url"] == "/land/tiles/{z}/{x}/{y}.png"


def test_a_key_of_tianditu_brings_its_map_and_its_names(demo_store, monkeypatch):
    monkeypatch.setenv("GANYUAN_TIANDITU_KEY", "abc123")
    found = told(demo_store)
    for layer, one in zip(("vec", "cva"), found["basemap"], strict=True):
        assert f"/{layer}_w/wmts?" in one["url"]
        assert one["url"].endswith("&tk=abc123")
        assert all(f"{{{name}}}" in one["url"] for name in "zxy")
    assert "天地图" in found["sources"]
