"""Scenarios on the consolidation page: saved, opened, outdated, compared, withdrawn, damaged."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from analytics.consolidation.scenario import KIND
from analytics.consolidation.task import Conditions
from domain.i18n import translator
from export.scenario_basis import basis_now
from store import Store, Viewer
from tests.app.test_planning_pages import SCRIPT, footprints, frame, sound, text
from tests.scenario_world import PLACE, made

T = translator("zh_CN")
PAIR = "jx-ganzhou-etdz>jx-ganxian-xijin"
WHO = Viewer("t")
CHOSEN = tuple(PAIR.split(">"))
AREA = "consolidation-area-expanded-plan-"
LIST = SCRIPT.replace("views.pages import {page}", "views.consolidation.scenarios import {page}")
LIST = LIST.replace("{page}.page", "{page}")


def script(source, page, store, language="zh_CN"):
    made_up = source.format(page=page, store=str(store), language=language)
    return AppTest.from_string(made_up, default_timeout=120)


def opened(store):
    """The page in the view of plans."""
    app = script(SCRIPT, "consolidation", store)
    app.query_params["as_of"] = "2026-06-01"
    app.query_params["consolidation-view"] = "plan"
    app.session_state["consolidation-prefecture"] = PLACE
    return app.run()


def listed(store, language="zh_CN"):
    """The view of scenarios alone, which needs no candidates."""
    return sound(script(LIST, "show_scenarios", store, language).run())


def saved(app, name, reason="r"):
    if name:
        app.text_input(key="consolidation-scenario-name").set_value(name)
    app.text_input(key="consolidation-scenario-reason").set_value(reason)
    return app.button(key="consolidation-scenario-keep").click().run()


def put(store, name, scenario=None, **more):
    content = (scenario or made(basis=now(store))).to_json()
    facts = {"prefectures": [PLACE], "viewer": WHO, "reason": "r"}
    return store.put_scenario(KIND, name, content, **facts | more)


def now(store):
    return basis_now(store, WHO, place=PLACE, across=False, demonstration=False)


def kept(root):
    return {one.name: one for one in Store(root).scenarios(KIND, WHO, include_withdrawn=True)}


def select(app, *names, acts=0, withdrawn=0):
    table = frame(app, "standing")["name"].to_list()
    rows = [table.index(name) for name in names]
    key = f"consolidation-scenarios-{acts}-{withdrawn}"
    app.session_state[key] = {"selection": {"rows": rows, "columns": []}}
    return app.run()


def act(app, name, reason):
    app.text_input(key=f"consolidation-scenario-{name}-reason").set_value(reason)
    return app.button(key=f"consolidation-scenario-{name}-do").click().run()


def test_a_plan_is_saved_whole_and_never_over_another_state(tmp_path):
    app = opened(tmp_path)
    app.multiselect(key=f"consolidation-lock-{PLACE}").select(PAIR)
    app.number_input(key="consolidation-per-host").set_value(1).run()
    saved(sound(app), "甲 <b>", reason=" ")
    assert "STO-003" in app.error[0].value
    saved(app, "甲 <b>")
    assert "第 1 版" in sound(app).success[0].value
    one = kept(tmp_path)["甲 <b>"]
    choices = one.content["choices"]
    assert (choices["per_host"], choices["place"], choices["day"]) == (1, PLACE, "2026-06-01")
    assert choices["locked"] == [PAIR.split(">")]
    assert (one.prefectures, one.demonstration) == ([PLACE], False)
    assert "结果与保存时相同" in text(app)
    # Somebody else saves meanwhile: nothing is written over unseen.
    put(Store(tmp_path), "甲 <b>", number=1, viewer=Viewer("ann"))
    saved(app, "", reason="again")
    assert "STO-002" in app.error[0].value
    assert "ann" in app.error[0].value


def test_an_opened_scenario_stands_in_the_controls_and_says_what_changed(tmp_path):
    store = Store(tmp_path)
    store.commit("zone-footprints", footprints(), kind="zones", viewer=WHO, reason="test")
    wishes = Conditions(
        goals=("bodies", "score"), per_host=2, locked=frozenset({tuple(PAIR.split(">"))}),
        shares={PLACE: 0.3},
    )  # fmt: skip
    put(store, "甲", made(wishes, moved=[("CON-W-LEVEL", 33.0)], basis=now(store)))
    store.commit(
        "zone-footprints", footprints(tax_wan=9500.0), kind="zones", viewer=WHO, reason="new",
        seen=1,
    )  # fmt: skip
    app = script(SCRIPT, "consolidation", tmp_path)
    app.query_params["consolidation-view"] = "scenarios"
    app = select(sound(app.run()), "甲")
    assert frame(app, "standing")["standing"].to_list() == [T("scenario.standing.outdated", n=1)]
    app.button(key="consolidation-scenario-open").click().run()
    sound(app)
    assert app.number_input(key="consolidation-per-host").value == 2
    assert app.multiselect(key=f"consolidation-lock-{PLACE}").value == [PAIR]
    assert app.multiselect(key="consolidation-goals").value == ["bodies", "score"]
    assert app.slider(key="consolidation-plan-share").value == 0.3
    assert app.slider(key="consolidation-w-level").value == 33
    assert app.date_input(key="as_of").value.isoformat() == "2026-06-01"
    warnings = [block.value.replace("\\", "") for block in app.warning]
    (told,) = [value for value in warnings if "zone-footprints@2" in value]
    assert "开发区边界”：zone-footprints@1 → zone-footprints@2" in told
    assert "已打开情景 **甲** 第 1 版" in text(app)
    assert "与保存时不同的选择" not in text(app)
    app.number_input(key="consolidation-per-host").set_value(3).run()
    assert "每个主体最多 2→3" in text(sound(app)).replace("\\", "")


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_without_scenarios_the_list_says_what_to_do(tmp_path, language):
    assert translator(language)("scenario.none") in listed(tmp_path, language).info[0].value


def test_scenarios_stand_side_by_side(tmp_path):
    store = Store(tmp_path)
    put(store, "甲")
    put(store, "<b>乙*", made(Conditions(per_host=1), basis=now(store)))
    app = listed(tmp_path)
    assert set(frame(app, "standing")["standing"]) == {T("scenario.standing.now")}
    app = sound(select(app, "甲", "<b>乙*"))
    assert len(frame(app, "measure")) == 6
    assert {"全部", "1/2"} == set(frame(app, "in_scenarios")["in_scenarios"])
    assert frame(app, "choice")["1"].to_list() == ["1"]
    assert "组在所有情景中都有" in text(app)
    assert T("scenario.compare_map.caption") in text(app)
    assert {"各情景都有", "只在：甲"} == set(frame(app, "in_scenarios")["where"])
    five = [f"丙{i}" for i in range(3)]
    for name in five:
        put(store, name)
    app = select(listed(tmp_path), "甲", "<b>乙*", *five)
    assert "CSC-003" in app.error[0].value


def test_scenarios_without_pairs_have_no_map_and_say_so(tmp_path):
    store = Store(tmp_path)
    nothing = made(Conditions(locked={CHOSEN}, forbidden={CHOSEN}), basis=now(store))
    for name in ("甲", "乙"):
        put(store, name, nothing)
    app = sound(select(listed(tmp_path), "甲", "乙"))
    assert T("scenario.compare_map.none") in [box.value for box in app.info]
    assert T("scenario.compare_map.caption") not in text(app)


def test_land_of_a_unit_is_kept_with_the_plan_and_comes_back(tmp_path):
    app = opened(tmp_path)
    app.number_input(key="consolidation-per-host").set_value(1).run()
    (area,) = [n for n in app.number_input if str(n.key).startswith(AREA)]
    host = str(area.key).removeprefix(AREA).removesuffix("-ha")
    area.set_value(12.5).run()
    saved(sound(app), "甲")
    units = kept(tmp_path)["甲"].content["result"]["units"]
    land = {unit["host_id"]: unit["land"] for unit in units if unit["land"]}
    told = {"side": "expanded", "area_m2": 125_000.0, "shapes": [], "source": ""}
    assert land == {host: [told]}
    again = script(SCRIPT, "consolidation", tmp_path)
    again.query_params["consolidation-view"] = "scenarios"
    again = select(sound(again.run()), "甲")
    assert "扩入 12.50 公顷" in text(again).replace("\\", "")
    again.button(key="consolidation-scenario-open").click().run()
    assert sound(again).number_input(key=str(area.key)).value == 12.5


def test_a_scenario_is_withdrawn_with_a_reason_and_comes_back(tmp_path):
    put(Store(tmp_path), "甲")
    app = act(select(listed(tmp_path), "甲"), "withdraw", "too old")
    assert T("scenario.none") in sound(app).info[0].value
    app.toggle(key="consolidation-scenarios-withdrawn").set_value(True).run()
    app = select(app, "甲", acts=1, withdrawn=1)
    assert app.button(key="consolidation-scenario-open").disabled
    sound(act(app, "restore", "needed"))
    states = Store(tmp_path).scenario_history(KIND, "甲", WHO)
    assert [(one.number, one.withdrawn) for one in states] == [(3, False), (2, True), (1, False)]


def test_a_scenario_gets_another_name(tmp_path):
    put(Store(tmp_path), "甲")
    app = select(listed(tmp_path), "甲")
    app.text_input(key="consolidation-scenario-rename").set_value("丙")
    app.checkbox(key="consolidation-scenario-rename-old").set_value(True)
    sound(act(app, "rename", "r"))
    assert {n: one.withdrawn for n, one in kept(tmp_path).items()} == {"甲": True, "丙": False}


def test_a_damaged_scenario_is_listed_and_refused(tmp_path):
    store = Store(tmp_path)
    for name, content in (("坏", {"format": 1}), ("新", {"format": 9})):
        store.put_scenario(KIND, name, content, prefectures=[PLACE], viewer=WHO, reason="r")
    app = listed(tmp_path)
    assert set(frame(app, "standing")["standing"]) == {
        T("scenario.standing.damaged", code=code) for code in ("CSC-001", "CSC-002")
    }
    app = select(app, "坏")
    assert [e.value for e in app.exception] == []
    assert "CSC-001" in app.error[0].value
