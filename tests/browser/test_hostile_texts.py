"""No text of a dataset runs in a real browser, wherever the map and its cards show it."""

from __future__ import annotations

import re

import geopandas as gpd
import pytest
import shapely
from playwright.sync_api import expect

from domain.parcels import conform
from scripts.served import served
from store import Store, Viewer
from tests.browser.chart import Map
from tests.browser.walk import MAP, painted, spot
from tests.unit.test_web import HOSTILE


def hostile_parcels():
    """One parcel a payload, its text in every column that a page may show."""
    side = 0.002
    rows = gpd.GeoDataFrame(
        {
            "parcel_id": list(HOSTILE),
            "name": list(HOSTILE),
            "holder": list(HOSTILE),
            "zone_id": list(HOSTILE),
            "location": list(HOSTILE),
            "supply_no": list(HOSTILE),
            "county_adcode": "360112",
            "prefecture_adcode": "360100",
            "analysis_class": "industrial",
            "source_row": range(1, len(HOSTILE) + 1),
            "area_planar_m2": 1.0,
            "area_ellipsoidal_m2": 1.0,
            "<img src=x onerror=window.__x=1>": "x",
        },
        geometry=[
            shapely.box(115.8 + side * k, 28.6, 115.8 + side * (k + 1), 28.6 + side)
            for k in range(len(HOSTILE))
        ],
        crs=4490,
    )
    return conform(rows)


def hostile_zones():
    return gpd.GeoDataFrame(
        {
            "zone_id": list(HOSTILE),
            "name": list(HOSTILE),
            "county_adcode": "360112",
            "prefecture_adcode": "360100",
            "level": "provincial",
            "kind": "other",
            "approved_area_ha": 1.0,
        },
        geometry=[
            shapely.box(115.8 + 0.02 * k, 28.2, 115.81 + 0.02 * k, 28.21)
            for k in range(len(HOSTILE))
        ],
        crs=4490,
    )


@pytest.fixture(scope="module")
def hostile_server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    store = Store(folder / "store")
    clerk = Viewer("<img src=x onerror=window.__x=1>")
    store.commit("land", hostile_parcels(), kind="parcels", viewer=clerk, reason=HOSTILE[0])
    store.commit("zones", hostile_zones(), kind="zones", viewer=clerk, reason="r")
    with served(folder / "store", folder / "server.log") as running:
        yield running


def test_no_text_of_a_dataset_runs(page, hostile_server):
    chart = Map(page).open(hostile_server, show=["zones", "footprints", "parcels"])
    untouched = [page.evaluate("() => window.__x"), chart.js("() => window.__x")]
    chart.look_at(28.205, 116.02, 11)
    seen = hovered(chart, 28.205, 0.02)
    with page.expect_response(re.compile("/gy/parcels")):
        chart.look_at(28.601, 115.82, 14)
    chart.frame.wait_for_function("() => document.querySelector('.gy-note').hidden")
    seen += hovered(chart, 28.601, 0.002)
    assert any("onerror" in text for text in seen), seen
    for name in ("<img src=x onerror=window.__x=1>", "${window.__x=1}"):
        chart.choose("parcel_status", name)
        expect(page.locator(".gy-card h3")).to_have_text(name)
    untouched += [page.evaluate("() => window.__x"), chart.js("() => window.__x")]
    assert untouched == [None] * 4


def hovered(chart, lat, width):
    """Point at every shape in sight; what was written beside the pointer."""
    frame = chart.page.locator(MAP).bounding_box()
    seen = []
    for k in range(len(HOSTILE)):
        at = spot(chart.page, lat, 115.8 + width * k + width / 4)
        if 0 < at["x"] < frame["width"] and 0 < at["y"] < frame["height"]:
            chart.page.mouse.move(frame["x"] + at["x"], frame["y"] + at["y"])
            painted(chart.page)
            seen += chart.frame.locator(".leaflet-tooltip").all_inner_texts()
    return seen
