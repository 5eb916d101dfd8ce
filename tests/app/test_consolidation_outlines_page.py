"""Merged outlines on the page: drawn, checked in figures, refused where they overlap."""

from __future__ import annotations

import json

import geopandas as gpd
import pytest
import shapely

from domain import reference
from domain.i18n import translator
from store import Store
from tests.app.test_consolidation_plan_page import PAIR, opened
from tests.app.test_planning_pages import WHO, footprints, frame, layers, run, sound, text

T = translator("zh_CN")
LAYER = "consolidation_outlines"
HOST, OTHER = PAIR.split(">")
LEFT = shapely.box(114.90, 25.80, 114.92, 25.82)
RIGHT = shapely.box(114.92, 25.80, 114.93, 25.82)
MORE = shapely.box(114.90, 25.82, 114.91, 25.83)


def store_with(root, **shapes):
    """A store whose outlines are those of two zones."""
    zones = reference.zones().set_index("zone_id").loc[list(shapes)].reset_index()
    rows = footprints().iloc[: len(shapes)].drop(columns="geometry")
    for column in ("zone_id", "county_adcode", "prefecture_adcode"):
        rows[column] = zones[column].to_numpy()
    rows["name"] = zones["name_zh"].to_numpy()
    frame = gpd.GeoDataFrame(rows, geometry=list(shapes.values()), crs=4490)
    Store(root).commit("zone-footprints", frame, kind="zones", viewer=WHO, reason="t")
    return root


def named(**shapes):
    return {HOST: shapes["host"], OTHER: shapes["other"]}


def pair_page(root, language="zh_CN"):
    """The page with the pair of the two zones open."""
    app = run("consolidation", root, language)
    app.session_state["consolidation-chosen"] = PAIR
    return app.run(timeout=60)


def legend_of(app):
    (component,) = app.get("bidi_component")
    return json.loads(json.loads(component.proto.json)["payload"])["legend"]


def upload(side, shape, app):
    body = {"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(shape)}
    data = json.dumps({"type": "FeatureCollection", "features": [body]}).encode()
    key = f"consolidation-file-{side}-pair-{HOST}-{OTHER}"
    app.file_uploader(key=key).upload(f"{side}.geojson", data)
    return app.run(timeout=60)


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_the_merged_outline_is_drawn_and_adds_up(tmp_path, language):
    t = translator(language)
    app = sound(pair_page(store_with(tmp_path, **named(host=LEFT, other=RIGHT)), language))
    assert LAYER in layers(app)
    table = frame(app, "planar").set_index("step")
    assert table.loc[t("conunit.step.new"), "planar"] == pytest.approx(
        table.loc[t("conunit.step.old"), "planar"], abs=1.0
    )
    # 0.03 by 0.02 degrees at 25.8 N: about 3.01 km by 2.22 km.
    assert table.loc[t("conunit.step.new"), "ellipsoidal"] == pytest.approx(6.66e6, rel=0.01)
    assert abs(table.loc[t("conunit.step.difference"), "ellipsoidal"]) < 1.0


def test_land_from_a_file_is_added_and_an_area_alone_too(tmp_path):
    app = pair_page(store_with(tmp_path, **named(host=LEFT, other=RIGHT)))
    app = sound(upload("expanded", MORE, app))
    table = frame(app, "planar").set_index("step")["ellipsoidal"]
    assert table[T("conunit.step.expanded")] == pytest.approx(1.11e6, rel=0.01)
    assert table[T("conunit.step.new")] == pytest.approx(
        table[T("conunit.step.old")] + table[T("conunit.step.expanded")], abs=1.0
    )
    assert T("conunit.part.expanded") in legend_of(app)


def test_the_figures_stand_under_the_map_and_pairs_are_told_on_it(tmp_path):
    app = pair_page(store_with(tmp_path, **named(host=LEFT, other=RIGHT)))
    app = sound(upload("expanded", MORE, app))
    areas = frame(app, "planar").set_index("step")["ellipsoidal"] / 1e4
    (line,) = [m.value for m in app.markdown if m.value.startswith("新面积 **")]
    for step in ("old", "expanded", "removed", "new"):
        assert f"{areas[T(f'conunit.step.{step}')]:,.2f}" in line
    (component,) = app.get("bidi_component")
    drawn = json.loads(json.loads(component.proto.json)["payload"])["layers"]
    (outlines,) = [layer for layer in drawn if layer["id"] == LAYER]
    assert len(outlines["ids"]) == 4
    assert all("←" in row[1] and "公里" in row[1] for row in outlines["rows"])
    (links,) = [layer for layer in drawn if layer["id"] == "consolidation_links"]
    assert len(links["fields"]) == 2


def test_land_that_lies_in_the_zone_already_is_refused_in_words(tmp_path):
    app = pair_page(store_with(tmp_path, **named(host=LEFT, other=RIGHT)))
    app = upload("expanded", LEFT, app)
    assert [e.value for e in app.exception] == []
    assert any("ADJ-003" in w.value for w in app.warning)
    assert LAYER not in layers(app)


def test_a_file_without_polygons_is_not_used(tmp_path):
    app = pair_page(store_with(tmp_path, **named(host=LEFT, other=RIGHT)))
    app = sound(upload("removed", shapely.Point(114.9, 25.8), app))
    assert any(T("conunit.refused")[:8] in w.value for w in app.warning)
    table = frame(app, "planar").set_index("step")["planar"]
    assert table[T("conunit.step.removed")] == 0.0


def test_outlines_that_lie_on_each_other_are_told_with_their_zones_and_not_drawn(tmp_path):
    over = shapely.box(114.91, 25.80, 114.93, 25.82)
    app = pair_page(store_with(tmp_path, **named(host=LEFT, other=over)))
    assert [e.value for e in app.exception] == []
    (told,) = [w.value for w in app.warning if "CPL-006" in w.value]
    assert "赣州经开区" in told
    # 0.01 by 0.02 degrees.
    assert "2222328" in told
    assert LAYER not in layers(app)
    app = opened(tmp_path)
    app.multiselect(key="consolidation-lock-").select(PAIR).run()
    assert any("CPL-006" in w.value for w in app.warning)


def test_a_zone_without_an_outline_is_named_and_shown_as_a_point(tmp_path):
    app = sound(pair_page(store_with(tmp_path, **{HOST: LEFT})))
    assert "没有轮廓的开发区 1 个" in text(app)
    assert "consolidation_zones" in layers(app)
    assert LAYER in layers(app)


def test_held_in_trust_two_outlines_stay_two(tmp_path):
    app = pair_page(store_with(tmp_path, **named(host=LEFT, other=RIGHT)))
    app.segmented_control(key="consolidation-form").set_value("trusteeship").run(timeout=60)
    legend = legend_of(sound(app))
    assert T("conunit.part.trust") in legend
    assert T("conunit.part.unit") not in legend
    assert not [d for d in app.dataframe if "planar" in d.value]


def test_an_area_alone_counts_in_the_card_and_cannot_be_more_than_there_is(tmp_path):
    app = pair_page(tmp_path)
    name = f"pair-{HOST}-{OTHER}-ha"
    before = frame(app, "after").set_index("figure")["after"]
    app.number_input(key=f"consolidation-area-removed-{name}").set_value(1e7).run(timeout=60)
    assert [e.value for e in app.exception] == []
    area = T("conplan.what.area_m2", unit=T("unit.ha"))
    if before[area] != "—":
        assert "ADJ-001" in app.error[0].value


def test_an_area_without_an_outline_is_told_to_stay_out_of_the_arithmetic(tmp_path):
    app = pair_page(store_with(tmp_path, **named(host=LEFT, other=RIGHT)))
    start = T("conunit.undrawn_alone").split("{")[0]
    assert start not in text(app)
    name = f"pair-{HOST}-{OTHER}-ha"
    app.number_input(key=f"consolidation-area-expanded-{name}").set_value(10.0).run(timeout=60)
    area = T("conunit.undrawn.expanded", area="10.00", unit=T("unit.ha"))
    assert T("conunit.undrawn_alone", areas=area) in text(sound(app))
    app = sound(upload("removed", shapely.box(114.901, 25.801, 114.902, 25.802), app))
    assert T("conunit.undrawn_beside", areas=area) in text(app)


def test_several_zones_at_once_are_one_unit(tmp_path):
    app = pair_page(tmp_path)
    more = app.multiselect(key=f"consolidation-more-pair-{HOST}-{OTHER}")
    bodies = T("conplan.what.bodies")
    assert frame(app, "after").set_index("figure").loc[bodies, "absorbed"] == "1"
    more.select(more.options[0]).run(timeout=60)
    table = frame(sound(app), "after").set_index("figure")
    assert table.loc[bodies, ["absorbed", "after"]].to_list() == ["2", "1"]
