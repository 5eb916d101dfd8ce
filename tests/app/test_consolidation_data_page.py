"""Data for the terms on the consolidation page: road networks, barriers, barred hosts."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely
from streamlit.testing.v1 import AppTest

from analytics.consolidation.scenario import KIND, from_json
from analytics.consolidation.task import Conditions
from domain import reference
from domain.i18n import translator
from export.scenario_basis import basis_now
from store import Store
from tests.app.test_consolidation_scenarios_page import put, script, select
from tests.app.test_planning_pages import SCRIPT, WHO, footprints, frame, layers, run, sound, text
from tests.scenario_world import made

T = translator("zh_CN")
HOST, OTHER = "jx-ganzhou-etdz", "jx-ganxian-xijin"
PLACE = "360700"
KEEP = "consolidation-roads-keep"


def road_file(kind="line"):
    """A road between the seats of two zones of 赣州, as GeoJSON."""
    seats = reference.zones().set_index("zone_id").geometry
    shape = shapely.LineString([seats[HOST], seats[OTHER]])
    shape = shape if kind == "line" else shape.buffer(0.01)
    return gpd.GeoDataFrame(geometry=[shape], crs=4326).to_json().encode()


def give(app, data, *, name="国省道", reason="测试", file="roads.geojson", turn=0):
    app.file_uploader(key=f"consolidation-roads-file-{turn}").upload(file, data).run(timeout=60)
    app.text_input(key="consolidation-roads-name").set_value(name)
    app.text_input(key="consolidation-roads-reason").set_value(reason)
    return app.button(key=KEEP).click().run(timeout=60)


def test_a_network_is_given_used_taken_out_and_brought_back(tmp_path):
    app = sound(run("consolidation", tmp_path))
    assert T("roads.no_network") in text(app)
    app = sound(give(app, road_file()))
    (kept,) = Store(tmp_path).networks(WHO)
    assert (kept.id, kept.facts["file"], kept.prefectures) == (
        "国省道@1",
        "roads.geojson",
        (PLACE,),
    )
    assert app.selectbox(key="consolidation-roads").value == "国省道"
    assert "国省道" in app.success[0].value
    listed = frame(app, "digest")
    assert listed["digest"].tolist() == [kept.digest[:12]]
    assert "consolidation_roads" in layers(app)
    app.text_input(key="consolidation-roads-change-reason").set_value("作废")
    app.button(key="consolidation-roads-withdraw").click().run(timeout=60)
    assert Store(tmp_path).networks(WHO) == []
    assert "consolidation_roads" not in layers(sound(app))
    app.text_input(key="consolidation-roads-change-reason").set_value("恢复")
    app.button(key="consolidation-roads-restore-1").click().run(timeout=60)
    assert [one.id for one in Store(tmp_path).networks(WHO)] == ["国省道@3"]
    sound(app)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (road_file("polygon"), "ROA-001"),
        (b'{"type":"FeatureCollection","features":[]}', "FIL-010"),
        (b"", "FIL-001"),
        (gpd.GeoDataFrame(geometry=[shapely.LineString([(100, 20), (101, 20)])], crs=4326)
         .to_json().encode(), "PLC-002"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_road_network_is_turned_away_in_words(tmp_path, data, code):
    app = give(run("consolidation", tmp_path), data)
    assert [e.value for e in app.exception] == []
    assert code in app.error[0].value
    assert Store(tmp_path).networks(WHO, include_withdrawn=True) == []


def test_without_a_name_or_a_reason_nothing_is_kept(tmp_path):
    app = give(run("consolidation", tmp_path), road_file(), name=" ")
    assert "ROA-006" in app.error[0].value
    app = give(app, road_file(), reason=" ")
    assert "STO-003" in app.error[0].value
    assert Store(tmp_path).networks(WHO) == []


def overlay_rows():
    west = shapely.box(114.5, 25.0, 116.5, 27.0)
    return gpd.GeoDataFrame(
        {
            "feature_id": ["1", "2"],
            "category": ["生态保护红线", "数据范围"],
            "name": ["<b>某线", ""],
            "county_adcode": "360702",
            "prefecture_adcode": PLACE,
        },
        geometry=[shapely.box(114.6, 25.1, 114.7, 25.2), west],
        crs=4490,
    )


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_barriers_are_listed_drawn_and_told_of_a_pair(tmp_path, language):
    t, store = translator(language), Store(tmp_path)
    store.commit("zone-footprints", footprints(), kind="zones", viewer=WHO, reason="t")
    store.commit("红线", overlay_rows(), kind="overlay", viewer=WHO, reason="t")
    app = sound(run("consolidation", tmp_path, language))
    listed = frame(app, "cover")
    assert listed["dataset"].tolist() == ["红线@1"]
    assert listed["cover"].tolist() == [t("roads.cover.stated")]
    assert "consolidation_barriers" in layers(app)
    between = frame(app, "origin")
    assert between["fact"].tolist() == [
        t("consolidation.between.adjacency"), t("consolidation.between.barrier"),
    ]  # fmt: skip


def planned(store):
    script = SCRIPT.format(page="consolidation", store=str(store), language="zh_CN")
    app = AppTest.from_string(script, default_timeout=60)
    app.query_params["as_of"] = "2026-06-01"
    app.query_params["consolidation-view"] = "plan"
    return app.run(timeout=60)


def test_a_barred_host_leaves_the_plan_and_its_reason_is_kept(tmp_path):
    app = sound(planned(tmp_path))
    before = frame(app, "form")["host"].tolist()
    app.multiselect(key="consolidation-barred").select(HOST).run(timeout=60)
    app.text_input(key=f"consolidation-host-reason-{HOST}").set_value("督察未销号").run(timeout=60)
    after = frame(sound(app), "form")["host"].tolist()
    name = next(one for one in before if one not in after)
    assert "赣州" in name
    app.text_input(key="consolidation-scenario-name").set_value("甲")
    app.text_input(key="consolidation-scenario-reason").set_value("测试")
    app.button(key="consolidation-scenario-keep").click().run(timeout=60)
    (saved,) = Store(tmp_path).scenarios(KIND, WHO)
    choices = from_json(saved.content).choices
    assert choices.barred_hosts == (HOST,)
    assert choices.host_reasons == {HOST: "督察未销号"}
    app.multiselect(key="consolidation-barred").set_value([]).run(timeout=60)
    assert "不得作主体" in text(sound(app)) or "不作主体" in text(app)
    assert frame(app, "form")["host"].tolist() == before


def test_a_provincial_host_is_admitted_where_only_national_ones_may_be(tmp_path):
    app = sound(planned(tmp_path))
    app.toggle(key="consolidation-national").set_value(True).run(timeout=60)
    few = len(frame(sound(app), "form"))
    app.multiselect(key="consolidation-admitted").select("jx-xiajiang-ip").run(timeout=60)
    assert len(frame(sound(app), "form")) >= few
    app.multiselect(key="consolidation-barred").select("jx-xiajiang-ip").run(timeout=60)
    assert "按不得计" in text(sound(app))
    assert len(frame(app, "form")) == few


def test_an_opened_scenario_brings_hosts_reasons_and_network_back(tmp_path):
    store = Store(tmp_path)
    seats = reference.zones().set_index("zone_id").geometry
    line = gpd.GeoDataFrame(geometry=[shapely.LineString([seats[HOST], seats[OTHER]])], crs=4490)
    store.put_network("国省道", line, prefectures=[PLACE], viewer=WHO, reason="t")
    store.put_network("新网", line, prefectures=[PLACE], viewer=WHO, reason="t")
    rests_on = basis_now(store, WHO, place=PLACE, across=False, demonstration=False, roads="国省道")
    whole = made(Conditions(per_host=3, barred_hosts=frozenset({HOST})), basis=rests_on)
    chosen = {"host_reasons": {HOST: "督察未销号"}, "roads": "国省道"}
    kept = whole.model_copy(update={"choices": whole.choices.model_copy(update=chosen)})
    put(store, "甲", kept)
    app = script(SCRIPT, "consolidation", tmp_path)
    app.query_params["consolidation-view"] = "scenarios"
    app = select(sound(app.run(timeout=60)), "甲")
    app.button(key="consolidation-scenario-open").click().run(timeout=60)
    sound(app)
    assert app.selectbox(key="consolidation-roads").value == "国省道"
    assert app.multiselect(key="consolidation-barred").value == [HOST]
    assert app.text_input(key=f"consolidation-host-reason-{HOST}").value == "督察未销号"
    assert "与保存时不同的选择" not in text(app)
    store.withdraw_network("国省道", viewer=WHO, reason="x", number=1)
    app.run(timeout=60)
    said = "".join(block.value for block in app.warning).replace("\\", "")
    assert "路网 国省道" in said
    assert app.selectbox(key="consolidation-roads").value == ""
