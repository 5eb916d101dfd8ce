"""Land of a unit given on the page and on the command line is kept alike."""

from __future__ import annotations

import pytest
import shapely
from streamlit.testing.v1 import AppTest

from cli.consolidation_land import land_asked, land_of_plan
from geo.errors import GanyuanError
from store import Store
from tests.app.test_planning_pages import WHO, sound
from tests.unit.test_cli_scenario_land import HOST, OTHER, PAIRS, RULES, SQUARES, square, written
from views.consolidation.land import area_key, plan_land

STEP = 0.005  # degrees
SCRIPT = """
import streamlit as st

from domain.i18n import translator
from geo.errors import GanyuanError
from settings import Settings
from store import Store, Viewer
from tests.app.test_consolidation_land_page import UNIT
from tests.unit.test_cli_scenario_land import HOST, RULES
from views import data
from views.consolidation.land import plan_land, show_land
from views.consolidation.land_kept import land_to_keep
from views.consolidation.outlines import held_outlines
from views.context import Context

settings = Settings(store={store!r})
ctx = Context(settings, Store(settings.store), Viewer("t"), translator("zh_CN"), "ha")
show_land(ctx, plan_land(HOST))
try:
    kept = land_to_keep(ctx, held_outlines(data.footprints(ctx), RULES), UNIT)
except GanyuanError as error:
    kept = error
st.session_state["kept"] = kept
"""
UNIT = PAIRS.assign(host_id=HOST, absorbed_id=OTHER)


def fields(root):
    """The fields of the unit, and what is kept of them."""
    return AppTest.from_string(SCRIPT.format(store=str(root)), default_timeout=60).run()


def upload(app, side, path):
    field = app.file_uploader(key=f"consolidation-file-{side}-{plan_land(HOST)}")
    field.upload(path.name, path.read_bytes())
    return app.run()


@pytest.mark.parametrize("drawn", [True, False])
def test_page_and_command_keep_the_same_of_the_same_files(tmp_path, drawn):
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
    for side, path in files.items():
        app = sound(upload(app, side, path))
    asked = [[f"{HOST}={path}"] for path in files.values()]
    outlines = SQUARES if drawn else None
    kept = land_of_plan(land_asked(*asked), UNIT, outlines, rules=RULES)
    assert app.session_state["kept"] == kept
    assert [(one.side, bool(one.area_m2)) for one in kept[HOST]] == [
        ("expanded", drawn), ("removed", drawn),
    ]  # fmt: skip


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
