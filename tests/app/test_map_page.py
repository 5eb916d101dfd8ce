"""The map page without a browser: filters, cards, empty results, both languages."""

from __future__ import annotations

import json
import re

import pytest
from streamlit.testing.v1 import AppTest

from analytics.idle.status import parcel_status
from domain import boundaries, reference
from domain.i18n import translator
from domain.rules import load_rules
from settings import Settings
from store import Store, Viewer
from views import map_cards, map_layers
from views.context import Context
from views.day import default_day
from views.facts import Card, Fact, card_html, fact
from views.map_cards import zone_certainty
from views.map_filters import Filters
from views.map_panel import Click, _click

SCRIPT = """
from domain.i18n import translator
from domain.rules import load_rules
from settings import Settings
from store import Store, Viewer
from views.context import Context
from views.frame import guarded
from views.pages import map

settings = Settings(store={store!r})
guarded(map.page)(
    Context(settings, Store(settings.store), Viewer("t"), translator({language!r}), "ha")
)
"""


def run(store, language="zh_CN", **query):
    app = AppTest.from_string(SCRIPT.format(store=str(store), language=language))
    for key, value in query.items():
        app.query_params[key] = value
    return app.run(timeout=60)


def content(app):
    """What the map component was given."""
    (component,) = app.get("bidi_component")
    return json.loads(json.loads(component.proto.json)["payload"])


def layer(app, name):
    return next((one for one in content(app)["layers"] if one["id"] == name), None)


def html(app):
    return " ".join(block.proto.body for block in app.get("html"))


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_the_page_opens_on_an_empty_store_with_the_real_zones(tmp_path, language):
    app = run(tmp_path, language)
    assert not app.exception
    assert not app.error
    zones = layer(app, "zones")
    assert len(zones["ids"]) == 116
    assert content(app)["demonstration"] is False
    assert "lazy" not in content(app)


def test_zones_without_a_place_are_named_beside_the_map(tmp_path):
    app = run(tmp_path)
    assert any("江西赣江新区" in caption.value for caption in app.caption)


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_parcels_are_summed_per_county_and_drawn_by_view(demo_root, language):
    app = run(demo_root, language)
    assert not app.exception
    assert not app.error
    got = content(app)
    assert got["lazy"]["url"].startswith("/gy/parcels?ticket=")
    assert got["lazy"]["overview"] == ["parcel-totals"]
    assert got["demonstration"] is True
    assert "演示数据" in html(app)
    totals = layer(app, "parcel-totals")
    counts = [int(row[0].replace(",", "")) for row in totals["rows"]]
    version = Store(demo_root).version("parcels", Viewer("t"))
    assert sum(counts) == version.rows


def test_a_county_filter_leaves_its_own_zones_only(tmp_path):
    app = run(tmp_path)
    app.selectbox(key="prefecture").select("360700").run(timeout=60)
    app.selectbox(key="county").select("360703").run(timeout=60)
    assert not app.exception
    table = reference.zones()
    own = table[(table["county_adcode"] == "360703") & table.geometry.notna()]
    assert sorted(layer(app, "zones")["ids"]) == sorted(own["zone_id"])
    assert "南康区" in html(app)


def test_a_filter_moves_the_home_frame_but_not_the_view(tmp_path):
    app = run(tmp_path)
    before = content(app)
    app.selectbox(key="prefecture").select("360700").run(timeout=60)
    after = content(app)
    assert after["bounds"] == before["bounds"]
    assert after["home"] != before["home"]


def test_the_search_finds_former_and_english_names(tmp_path):
    app = run(tmp_path)
    app.text_input(key="q").set_value("XIAOLAN").run(timeout=60)
    assert "jx-xiaolan-etdz" in layer(app, "zones")["ids"]
    app.text_input(key="q").set_value("江西南昌小蓝经济开发区").run(timeout=60)
    assert layer(app, "zones")["ids"] == ["jx-xiaolan-etdz"]


@pytest.mark.parametrize("text", ["(", "[", "\\", ".*", "没有这样的名字"])
def test_a_search_without_a_find_says_so_and_still_draws_the_province(tmp_path, text):
    app = run(tmp_path)
    app.text_input(key="q").set_value(text).run(timeout=60)
    assert not app.exception
    zones = layer(app, "zones")
    if zones is None:
        assert app.info
    assert layer(app, "prefecture")


def test_clusters_are_filtered_by_sector(tmp_path):
    app = run(tmp_path)
    app.pills(key="show").set_value(["clusters"]).run(timeout=60)
    app.multiselect(key="sector").set_value(["electronics"]).run(timeout=60)
    clusters = layer(app, "clusters")
    assert len(clusters["ids"]) == 21
    assert "电子信息" in content(app)["legend"]
    assert "有色金属" not in content(app)["legend"]


def test_zones_are_filtered_by_level_and_kind(tmp_path):
    app = run(tmp_path)
    app.multiselect(key="zone_class").set_value(["cbz"]).run(timeout=60)
    assert len(layer(app, "zones")["ids"]) == 4


def test_the_belt_is_drawn_with_axis_stations_and_members(tmp_path):
    app = run(tmp_path)
    app.pills(key="show").set_value(["belt"]).run(timeout=60)
    assert not app.exception
    assert not app.error
    assert layer(app, "belt_axis")
    assert layer(app, "belt_stations")
    assert layer(app, "belt_members")


def test_the_address_carries_the_filter(tmp_path):
    app = run(tmp_path, prefecture="360700", q="高新")
    assert app.selectbox(key="prefecture").value == "360700"
    ids = layer(app, "zones")["ids"]
    table = reference.zones().set_index("zone_id").loc[ids]
    assert ids
    assert (table["prefecture_adcode"] == "360700").all()


def test_parcels_are_filtered_by_status_in_totals_legend_and_address(demo_root):
    app = run(demo_root)
    everything = content(app)
    app.multiselect(key="status").set_value(["suspected_a2"]).run(timeout=60)
    got = content(app)
    assert got["lazy"]["url"] != everything["lazy"]["url"]
    assert "疑似闲置" in got["legend"]
    assert "已竣工" not in got["legend"]


def test_totals_per_zone_rest_on_footprints(demo_root):
    app = run(demo_root)
    app.segmented_control(key="by").set_value("zone").run(timeout=60)
    assert not app.exception
    assert layer(app, "parcel-totals")["geometry"] == "polygon"


# ---- cards


@pytest.fixture
def ctx(demo_root):
    return Context(Settings(), Store(demo_root), Viewer("t"), translator("zh_CN"), "ha")


@pytest.fixture
def scene(ctx):
    everything = Filters("", "", (), (), "", ("zones", "parcels"), (), "county")
    version = ctx.store.version("parcels", ctx.viewer)
    return map_layers.scene(ctx, everything, version, default_day(version))


def facts(card):
    return {f.label: f for _, group in card.facts for f in group}


def test_a_zone_card_shows_every_fact_with_source_and_certainty(ctx, scene):
    day = default_day(scene.version)
    card = map_cards.card(ctx, Click("zones", "jx-xiaolan-etdz"), scene, day)
    got = facts(card)
    assert got["核准面积（公顷）"].value == "1,800"
    assert got["核准面积（公顷）"].source
    assert got["曾用名"].value == "江西南昌小蓝经济开发区"
    assert "位置为县城驻地" in got["图上位置"].note


def test_recalled_facts_carry_their_mark(ctx, scene):
    table = reference.zones().set_index("zone_id", drop=False)
    marked = table[table["recalled_fields"].fillna("") == "approved_year"].iloc[0]
    assert zone_certainty(marked, "approved_year") == "recalled"
    assert zone_certainty(marked, "county") == "sourced"
    recalled = table[table["confidence"] == "recalled"].iloc[0]
    assert zone_certainty(recalled, "county") == "recalled"
    day = default_day(scene.version)
    card = map_cards.card(ctx, Click("zones", marked["zone_id"]), scene, day)
    assert "待核" in card_html(ctx, card)


def test_a_parcel_card_names_status_rule_and_version(ctx, scene):
    parcels = ctx.store.read(scene.version, ctx.viewer)
    parcel = parcels.iloc[0]
    day = default_day(scene.version)
    card = map_cards.card(ctx, Click("parcel_status", parcel["parcel_id"]), scene, day)
    assert card.title == parcel["parcel_id"]
    assert card.demonstration
    first = card.facts[0][1][0]
    rules = load_rules("idle", as_of=day)
    judged = parcel_status(parcels.iloc[:1], as_of=day, rules=rules)
    assert first.note == judged["rule"].iloc[0]
    assert "parcels@1" in card_html(ctx, card)


def test_a_county_card_adds_up(ctx, scene):
    counties = ctx.store.read(scene.version, ctx.viewer)["county_adcode"]
    county = counties.iloc[0]
    card = map_cards.card(ctx, Click("parcel-totals", county), scene, default_day(scene.version))
    counts = [int(re.match(r"[\d,]+", f.value)[0].replace(",", "")) for f in card.facts[0][1]]
    assert sum(counts) == (counties == county).sum()


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_every_zone_cluster_member_and_station_has_a_card(ctx, scene, language):
    other = Context(ctx.settings, ctx.store, ctx.viewer, translator(language), "mu")
    clicks = [
        *(Click("zones", key) for key in reference.zones()["zone_id"]),
        *(Click("clusters", key) for key in reference.clusters()["cluster_id"]),
        *(Click("belt_members", key) for key in boundaries.layer("prefecture")["adcode"]),
        Click("belt_stations", "庐山"),
    ]
    for click in clicks:
        card = map_cards.card(other, click, scene, default_day(scene.version))
        assert card.title
        assert card_html(other, card)


@pytest.mark.parametrize(
    "click",
    [
        Click("zones", "nowhere"),
        Click("clusters", "<script>"),
        Click("parcel_status", "nobody"),
        Click("parcel-totals", "360199"),
        Click("belt_members", "x"),
        Click("no-layer", "x"),
    ],
)
def test_what_is_not_there_has_no_card(ctx, scene, click):
    assert map_cards.card(ctx, click, scene, default_day(scene.version)) is None


def test_card_texts_are_escaped_and_missing_is_a_dash(ctx):
    evil = "<img src=x onerror=window.__x=1>"
    card = Card(evil, evil, [(evil, [Fact(evil, evil, evil, "recalled", evil)])])
    assert "<img" not in card_html(ctx, card)
    assert fact("a", None, source="s", certainty="recalled") == Fact("a", "—")


def test_sources_are_listed_once(ctx):
    card = Card("t", "k", [("", [Fact("a", "1", "S"), Fact("b", "2", "S"), Fact("c", "3", "T")])])
    out = card_html(ctx, card)
    assert out.count("<li>") == 2
    assert out.count("[1]") == 2


# ---- what the browser reports


@pytest.mark.parametrize(
    ("selected", "click"),
    [
        (["zones", "jx-xiaolan-etdz"], Click("zones", "jx-xiaolan-etdz")),
        (["zones", "forged"], None),
        (["prefecture", "360100"], None),
        (["nothing", "x"], None),
        (None, None),
        ("zones", None),
        (["zones"], None),
        ({"layer": "zones"}, None),
    ],
)
def test_only_what_is_on_the_map_can_be_selected(scene, selected, click):
    assert _click(selected, scene.layers, None) == click
