"""Land of a unit given on the page and on the command line is kept alike."""

from __future__ import annotations

import pytest
import shapely
from streamlit.testing.v1 import AppTest

from analytics.consolidation.land import SIDES
from analytics.consolidation.scenario import LandKept
from analytics.consolidation.task import Conditions
from cli.consolidation_land import land_asked, land_of_plan
from domain.formats import MISSING
from domain.i18n import translator
from geo.errors import GanyuanError
from store import Store
from tests.app.test_consolidation_scenarios_page import listed, put, select
from tests.app.test_planning_pages import WHO, frame, sound
from tests.scenario_world import made
from tests.unit.test_cli_scenario_land import HOST, OTHER, PAIRS, RULES, SQUARES, square, written
from views.consolidation.land import area_key, plan_land

T = translator("zh_CN")
STEP = 0.005  # degrees
SCRIPT = """
import streamlit as st

from analytics.consolidation.scenario import KIND, from_json
from domain.i18n import translator
from geo.errors import GanyuanError
from settings import Settings
from store import Store, Viewer
from tests.app.test_consolidation_land_page import UNIT
from tests.unit.test_cli_scenario_land import HOST, RULES
from views import data
from views.consolidation.land import land_of, plan_land, show_land, show_uncounted
from views.consolidation.land_kept import hold_land, land_to_keep
from views.consolidation.outlines import held_outlines
from views.context import Context

settings = Settings(store={store!r})
ctx = Context(settings, Store(settings.store), Viewer("t"), translator("zh_CN"), "ha")
for saved in ctx.store.scenarios(KIND, ctx.viewer):
    if "opened" not in st.session_state:
        hold_land(from_json(saved.content))
    st.session_state["opened"] = True
show_land(ctx, plan_land(HOST))
outlined = data.footprints(ctx) is not None
show_uncounted(ctx, land_of(ctx, plan_land(HOST)), outlined=outlined)
try:
    kept = land_to_keep(ctx, held_outlines(data.footprints(ctx), RULES), UNIT)
except GanyuanError as error:
    kept = error
st.session_state["kept"] = kept
"""
UNIT_WKT = shapely.box(*square(HOST)).wkt
UNIT = PAIRS.assign(host_id=HOST, absorbed_id=OTHER)


def fields(root):
    """The fields of the unit, and what is kept of them."""
    return AppTest.from_string(SCRIPT.format(store=str(root)), default_timeout=60).run()


def upload(app, side, path):
    field = app.file_uploader(key=f"consolidation-file-{side}-{plan_land(HOST)}")
    field.upload(path.name, path.read_bytes())
    return app.run()


@pytest.mark.parametrize(("drawn", "sides"), [(True, SIDES), (False, SIDES[:1])])
def test_page_and_command_keep_the_same_of_the_same_files(tmp_path, drawn, sides):
    root = tmp_path / "store"
    if drawn:
        Store(root).commit("zone-footprints", SQUARES, kind="zones", viewer=WHO, reason="t")
    west, south, _, _ = square(HOST)
    added = shapely.box(west - STEP, south, west, south + STEP)
    files = {
        "expanded": written(tmp_path, "a.geojson", added),
        "removed": written(
            tmp_path, "b.geojson", shapely.box(west, south, west + STEP, south + STEP)
        ),
    }
    app = fields(root)
    for side in sides:
        app = sound(upload(app, side, files[side]))
    asked = [[f"{HOST}={files[side]}"] if side in sides else None for side in SIDES]
    kept = land_of_plan(land_asked(*asked), UNIT, SQUARES if drawn else None, rules=RULES)
    assert app.session_state["kept"] == kept
    said = [caption.value for caption in app.caption]
    assert (T("conunit.unmeasured") in said) is not drawn
    # Without outlines the polygons are kept, but nothing of them counts.
    assert [(one.side, bool(one.area_m2)) for one in kept[HOST]] == [(s, drawn) for s in sides]


def test_page_and_command_keep_the_same_of_an_area_alone(tmp_path):
    app = fields(tmp_path)
    app.number_input(key=area_key("ha", "removed", plan_land(HOST))).set_value(12.5).run()
    kept = land_of_plan(land_asked(None, [f"{HOST}=12.5ha"]), UNIT, None, rules=RULES)
    assert sound(app).session_state["kept"] == kept
    assert kept[HOST][0].area_m2 == 125_000.0


def test_land_that_does_not_fit_is_refused_alike(tmp_path):
    root = tmp_path / "store"
    Store(root).commit("zone-footprints", SQUARES, kind="zones", viewer=WHO, reason="t")
    path = written(tmp_path, "a.geojson", shapely.box(*square(HOST)))
    app = upload(fields(root), "expanded", path)
    with pytest.raises(GanyuanError) as caught:
        land_of_plan(land_asked([f"{HOST}={path}"], None), UNIT, SQUARES, rules=RULES)
    assert app.session_state["kept"].code == caught.value.code == "ADJ-003"


def test_what_the_command_kept_stands_in_the_fields_again(tmp_path):
    root, files = tmp_path / "store", tmp_path
    Store(root).commit("zone-footprints", SQUARES, kind="zones", viewer=WHO, reason="t")
    west, south, _, _ = square(HOST)
    path = written(files, "a.geojson", shapely.box(west - STEP, south, west, south + STEP))
    kept = land_of_plan(land_asked([f"{HOST}={path}"], None), UNIT, SQUARES, rules=RULES)
    put(Store(root), "甲", made(Conditions(locked=frozenset({(HOST, OTHER)})), land=kept))
    app = sound(fields(root))
    (again,) = app.session_state["kept"][HOST]
    (one,) = kept[HOST]
    assert (again.side, again.shapes, again.source) == (one.side, one.shapes, one.source)
    assert again.area_m2 == pytest.approx(one.area_m2)
    assert any(one.source in caption.value for caption in app.caption)
    app.button(key=f"consolidation-land-drop-expanded-{plan_land(HOST)}").click().run()
    assert sound(app).session_state["kept"] == {}


def test_scenarios_side_by_side_tell_their_land(tmp_path):
    chosen = Conditions(locked=frozenset({(HOST, OTHER)}))
    file = LandKept(side="removed", area_m2=5e4, shapes=[UNIT_WKT], source="a_*.zip")
    lands = {"甲": (LandKept(side="expanded", area_m2=125_000.0), file), "乙": ()}
    for name, land in lands.items():
        put(Store(tmp_path), name, made(chosen, land={HOST: land}))
    app = sound(select(listed(tmp_path), *lands))
    found = frame(app, "choice").set_index("choice")
    names = {side: T(f"scenario.choice.land_{side}", host="于都工业园区") for side in SIDES}
    one, other = (f"{i}" for i in range(2))
    told = {name: set(found.loc[name, [one, other]]) for name in names.values()}
    assert told[names["expanded"]] == {"12.50", MISSING}
    assert told[names["removed"]] == {"5.00（a_*.zip）", MISSING}
