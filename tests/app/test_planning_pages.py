"""Consolidation, belt and targets without a browser: good, absent and bad data, both languages."""

from __future__ import annotations

import datetime as dt
import json
import re

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from streamlit.testing.v1 import AppTest

from domain import reference
from domain.i18n import translator
from store import Store, Viewer

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
PAGES = ("consolidation", "belt", "targets")
WHO = Viewer("t")


def run(page, store, language="zh_CN", as_of="2026-06-01"):
    script = SCRIPT.format(page=page, store=str(store), language=language)
    app = AppTest.from_string(script, default_timeout=60)
    app.query_params["as_of"] = as_of
    return app.run(timeout=60)


def sound(app):
    assert [e.value for e in app.exception] == []
    assert [e.value for e in app.error] == []
    return app


def text(app):
    kinds = ("markdown", "caption", "info", "warning")
    parts = [block.value for kind in kinds for block in app.get(kind)]
    parts += [block.proto.body for block in app.get("html")]
    return "\n".join([*parts, *(block.label for block in app.expander)])


def frame(app, column):
    """The table on the page that has this column."""
    return next(d.value for d in app.dataframe if column in d.value)


def layers(app):
    (component,) = app.get("bidi_component")
    content = json.loads(json.loads(component.proto.json)["payload"])
    return {layer["id"]: layer for layer in content["layers"]}


def footprints(**changes):
    zones = reference.zones().query("geometry.notna()")
    seats = zones.groupby([zones.geometry.x, zones.geometry.y])
    rows = gpd.GeoDataFrame(
        {
            "zone_id": zones["zone_id"],
            "name": zones["name_zh"],
            "county_adcode": zones["county_adcode"],
            "prefecture_adcode": zones["prefecture_adcode"],
            "developable_m2": 4e6,
            "ready_m2": 3e6,
            "supplied_m2": 2e6,
            "built_m2": 1e6,
            "tax_wan": 9000.0,
            "idle_m2": 1e4,
        },
        geometry=[
            shapely.box(p.x + 0.02 * nth, p.y, p.x + 0.02 * nth + 0.01, p.y + 0.01)
            for p, nth in zip(zones.geometry, seats.cumcount(), strict=True)
        ],
        crs=4490,
    )
    return rows.assign(**changes).reset_index(drop=True)


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory):
    root = tmp_path_factory.mktemp("store")
    Store(root).commit(
        "zone-footprints", footprints(), kind="zones", viewer=WHO, reason="test", demonstration=True
    )
    return root


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("page", PAGES)
def test_each_page_opens_on_an_empty_store(tmp_path, page, language):
    app = sound(run(page, tmp_path, language))
    assert translator(language)(f"{page}.title") in text(app)
    assert "2026-06-01" in text(app)
    assert not re.search(rf"\b{page}\.[a-z_]+\b", text(app).replace(".csv", ""))


@pytest.mark.parametrize("page", PAGES)
def test_each_page_opens_on_the_first_day(tmp_path, page):
    assert "2009-01-01" in text(sound(run(page, tmp_path, as_of="2009-01-01")))


def test_without_footprints_the_evaluation_terms_are_unknown(tmp_path):
    app = sound(run("consolidation", tmp_path))
    assert translator("zh_CN")("consolidation.no_footprints") in text(app)
    terms = frame(app, "term").set_index("term")
    assert terms.loc["亩均税收", "state"] == "未知，不计分"
    assert pd.isna(terms.loc["亩均税收", "points"])
    assert "consolidation-demonstration" not in [toggle.key for toggle in app.toggle]
    assert "gy-ribbon" not in text(app)


def test_demonstration_figures_are_marked_and_not_counted_by_default(evaluated):
    app = sound(run("consolidation", evaluated))
    assert "gy-ribbon" in text(app)
    terms = frame(app, "term").set_index("term")
    assert terms.loc["用地压力", "state"] == "演示数据"
    assert "55.0 %" in text(app)


def test_counting_demonstration_figures_changes_the_known_weight(evaluated):
    app = run("consolidation", evaluated)
    app.toggle(key="consolidation-demonstration").set_value(True).run()
    assert frame(sound(app), "rank")["known"].max() == pytest.approx(90.0)


def test_the_pages_never_say_should(tmp_path):
    said = text(run("consolidation", tmp_path))
    assert "整合研究对象" in said
    assert "应当整合" not in said
    assert "should be" not in text(run("consolidation", tmp_path, "en"))


def test_the_hit_rate_stands_with_its_denominator(tmp_path):
    app = sound(run("consolidation", tmp_path))
    assert "真实案例回溯：5 / 9 例进入前 3 位" in text(app)
    assert len(frame(app, "case")) == 9
    adjustments = frame(app, "approval")
    assert adjustments["holds"].tolist() == ["是"] * 9


def test_links_and_zones_are_drawn_and_the_prefecture_filters_them(tmp_path):
    app = run("consolidation", tmp_path)
    everything = layers(app)
    assert {"consolidation_links", "consolidation_zones"} <= set(everything)
    app.selectbox(key="consolidation-prefecture").select("360800").run()
    table = frame(sound(app), "rank")
    assert set(table["prefecture"]) == {"吉安市"}


def test_the_national_mean_is_shown_from_its_day_on(tmp_path):
    assert "76.9 %" in text(run("consolidation", tmp_path, as_of="2019-12-31"))
    assert "76.9 %" not in text(run("consolidation", tmp_path, as_of="2019-12-30"))


def test_a_slider_moves_the_score(tmp_path):
    app = run("consolidation", tmp_path)
    before = frame(app, "rank")
    app.slider(key="consolidation-w-industry").set_value(0).run()
    after = frame(sound(app), "rank")
    assert not before["score"].equals(after["score"])


def test_all_weights_at_zero_is_said_in_words(tmp_path):
    app = run("consolidation", tmp_path)
    for slider in app.slider:
        if slider.key.startswith("consolidation-w-"):
            slider.set_value(0)
    app.run(timeout=60)
    assert [e.value for e in app.exception] == []
    (told,) = app.error
    assert "CND-001" in told.value
    assert translator("zh_CN")("consolidation.no_weight") in told.value


def faulty(tmp_path, **changes):
    """The warnings of the page on outlines with a fault; the list stands all the same."""
    rows = footprints(**changes)
    Store(tmp_path).commit(
        "zone-footprints", rows, kind="zones", viewer=WHO, reason="bad", demonstration=True
    )
    app = run("consolidation", tmp_path)
    assert [e.value for e in app.exception] == []
    assert len(frame(app, "rank")) > 100
    return "\n".join(w.value for w in app.warning)


def test_figures_that_do_not_nest_are_told_and_left_out(tmp_path):
    told = faulty(tmp_path, built_m2=9e6)
    assert "CND-006" in told
    assert "南昌经济技术开发区" in told


def test_negative_areas_are_told_and_left_out(tmp_path):
    told = faulty(tmp_path, built_m2=-1.0)
    assert "CND-004" in told
    assert "built\\_m2" in told


def test_outlines_that_lie_on_each_other_are_told_and_measure_nothing(tmp_path):
    places = reference.zones().query("geometry.notna()").geometry
    told = faulty(tmp_path, geometry=[p.buffer(0.01) for p in places])
    assert "CND-002" in told
    assert " × " in told


def test_words_that_lead_to_no_sector_are_told_with_their_zones(tmp_path):
    told = "\n".join(w.value for w in sound(run("consolidation", tmp_path)).warning)
    assert "CND-003" in told
    assert "日用艺术瓷" in told
    assert "江西景德镇陶瓷工业园区" in told


def test_zones_without_a_place_or_figures_are_listed_with_what_is_missing(tmp_path):
    app = sound(run("consolidation", tmp_path))
    gaps = frame(app, "gaps").set_index("zone")
    assert len(gaps) == 110
    placeless = reference.zones().query("geometry.isna() and status == 'active'")["name_zh"]
    assert [("位置" in gaps.loc[name, "gaps"]) for name in placeless] == [True] * len(placeless)
    known = gaps.dropna(subset="score")
    assert (known["score_low"] <= known["score"]).all()
    assert (known["score"] <= known["score_high"]).all()


def test_a_pair_stands_in_two_columns_with_origin_and_year(evaluated):
    app = run("consolidation", evaluated)
    app.toggle(key="consolidation-demonstration").set_value(True).run()
    facts = frame(sound(app), "fact").set_index("fact")
    assert facts.loc["综合利用率", "host"] == "25.0 %"
    assert "边界数据集" in facts.loc["综合利用率", "host_origin"]
    assert "演示数据" in facts.loc["综合利用率", "host_origin"]
    assert facts.loc["位置精度", "host"] == "按边界量算"
    terms = frame(app, "term").set_index("term")
    assert terms["contribution"].sum() == pytest.approx(
        frame(app, "rank")["score"].iloc[0], abs=0.1
    )


def test_pairs_across_prefectures_come_by_a_switch_and_are_marked(tmp_path):
    app = run("consolidation", tmp_path)
    before = frame(app, "rank")
    assert (before["marks"] == "").all()
    app.toggle(key="consolidation-across").set_value(True).run()
    after = frame(sound(app), "rank")
    assert len(after) > len(before)
    assert "跨市" in set(after["marks"])


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_the_list_has_a_bar_for_each_term_and_can_be_taken_away(tmp_path, language):
    app = sound(run("consolidation", tmp_path, language))
    table = frame(app, "rank")
    assert {"level", "size", "barrier", "industry", "adds", "missing"} <= set(table)
    assert table["barrier"].isna().all()
    keys = [b.key for b in app.get("download_button") if b.key]
    assert "consolidation-download-xlsx" in keys


def test_the_belt_names_its_proxy_and_its_contradiction(tmp_path):
    app = sound(run("belt", tmp_path))
    assert "676.1" in text(app)
    assert "替代指标" in text(app)
    assert "3,822（推算）" in text(app)
    assert "ODbL" in text(app)
    cities = frame(app, "number")
    assert cities.set_index("name_zh").loc["赣州市", "number"] == "未见公布"


def test_the_belt_map_has_axis_members_and_ticks(tmp_path):
    app = run("belt", tmp_path)
    assert {"belt_axis", "belt_stations", "belt_members", "belt_counties", "belt_places"} <= set(
        layers(app)
    )
    app.toggle(key="belt-stations").set_value(False).run()
    assert "belt_stations" not in layers(sound(app))


def test_the_distance_along_the_belt_can_be_moved(tmp_path):
    app = run("belt", tmp_path)
    app.slider(key="belt-near").set_value(5).run()
    assert "距轴线 5 公里以内" in text(sound(app))


def test_targets_list_55_rows_and_filter_by_state(tmp_path):
    app = run("targets", tmp_path)
    assert len(frame(app, "id")) == 55
    app.multiselect(key="targets-state").set_value(["missed"]).run()
    shown = frame(sound(app), "id")
    assert shown["id"].tolist() == ["T01", "T18", "T42"]


def test_a_filter_without_a_target_says_so(tmp_path):
    app = run("targets", tmp_path)
    app.multiselect(key="targets-state").set_value(["qualitative"])
    app.multiselect(key="targets-tier").set_value(["2"]).run()
    assert "没有符合筛选条件的目标" in app.info[0].value
    assert sound(app)


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_every_state_of_a_target_opens_with_its_rows(tmp_path, language):
    for state in ("met", "near", "on_the_way", "missed", "no_data", "qualitative"):
        app = run("targets", tmp_path, language)
        app.multiselect(key="targets-state").set_value([state]).run()
        assert translator(language)(f"targets.state.{state}") in text(sound(app))


def test_the_belt_target_opens_with_its_stand_in(tmp_path):
    app = run("targets", tmp_path)
    app.multiselect(key="targets-clause").set_value(["三(集群)"])
    app.multiselect(key="targets-state").set_value(["no_data"]).run()
    ids = frame(sound(app), "id")["id"].tolist()
    assert ids[:2] == ["T15", "T16"]


def test_an_earlier_day_leaves_later_figures_out(tmp_path):
    app = sound(run("targets", tmp_path, as_of="2021-12-31"))
    table = frame(app, "id").set_index("id")
    assert table.loc["T02", "actual"] == "超过 6,500（2021）"
    assert table.loc["T02", "state"] != "已达到"


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_every_target_unit_and_role_has_words(language):
    t = translator(language)
    units = {
        *reference.table("targets")["unit"].dropna(),
        *reference.table("actuals").query("target_id.notna()")["unit"].dropna(),
    }
    wanted = [f"targets.unit.{unit}" for unit in units]
    wanted += [f"targets.subject.T{i:02d}" for i in range(1, 56)]
    wanted += [f"targets.sector.T{i:02d}" for i in range(1, 15)]
    wanted += [f"targets.clause.{c}" for c in reference.table("targets")["clause"].unique()]
    assert [key for key in wanted if key not in t] == []


def test_today_is_the_default_day(tmp_path):
    script = SCRIPT.format(page="targets", store=str(tmp_path), language="en")
    app = AppTest.from_string(script).run(timeout=60)
    today = dt.datetime.now(tz=dt.UTC).astimezone().date()
    assert sound(app).date_input[0].value == today
