"""No text of a dataset runs in a real browser, wherever the map and its cards show it."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.chart import Map
from tests.browser.walk import MAP, painted, spot
from tests.unit.test_web import HOSTILE


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
