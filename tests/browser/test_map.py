"""The map in a real browser: it keeps its view and runs nothing that it should not."""

from __future__ import annotations

import re

import geopandas as gpd
import pytest
import shapely
from playwright.sync_api import expect

from store import Store, Viewer
from tests.browser.chart import Map
from tests.browser.walk import click_place, drawn, painted


@pytest.fixture
def chart(page):
    return Map(page)


def test_pan_and_zoom_never_run_the_page(chart, demo_server):
    chart.open(demo_server)
    box = chart.page.locator("iframe[sandbox]").bounding_box()
    before, view = len(chart.sent), chart.view()
    x, y = box["x"] + 250, box["y"] + 300
    chart.page.mouse.move(x, y)
    chart.page.mouse.down()
    chart.page.mouse.move(x + 120, y + 60, steps=8)
    chart.page.mouse.up()
    chart.frame.wait_for_function(f"() => ganyuan.map.getCenter().lat !== {view[0]}")
    chart.page.mouse.wheel(0, -400)
    chart.frame.wait_for_function(f"() => ganyuan.map.getZoom() > {view[2]}")
    with chart.page.expect_response(re.compile("/gy/parcels")):
        chart.look_at(28.55, 115.95, 13)
    chart.view_noted()
    # A click does run the page, once; a run that panning had begun would have been sent before it.
    chart.choose("zones", "jx-ganzhou-etdz")
    expect(chart.page.locator(".gy-card")).to_be_visible()
    assert len(chart.sent) == before + 1


def test_a_filter_keeps_the_view_and_the_document(chart, demo_server):
    chart.open(demo_server)
    chart.js("() => { window.sameDocument = true; }")
    chart.look_at(25.9, 114.9, 9)
    view, version = chart.view(), chart.version()
    chart.page.get_by_label("名称检索").fill("赣州")
    chart.page.get_by_label("名称检索").press("Enter")
    chart.frame.wait_for_function(f"() => document.documentElement.dataset.ready > {version}")
    assert chart.view() == pytest.approx(view)
    assert chart.js("() => window.sameDocument") is True
    expect(chart.page).to_have_url(re.compile("q=%E8%B5%A3%E5%B7%9E"))
    legend = chart.frame.locator('[data-for="zones"]')
    expect(legend).not_to_contain_text("91")


def test_the_view_outlives_a_visit_to_another_page(chart, demo_server):
    chart.open(demo_server)
    chart.look_at(25.9, 114.9, 9)
    view = chart.view()
    chart.page.get_by_role("link", name="目标进度").click()
    expect(chart.page.locator("iframe[sandbox]")).to_have_count(0)
    chart.page.get_by_role("link", name="地图").first.click()
    drawn(chart.page)
    assert chart.view() == pytest.approx(view)


def test_an_address_opens_on_its_place(chart, demo_server):
    chart.open(demo_server, prefecture="360700")
    lat, lon, zoom = chart.view()
    assert 24.4 < lat < 27.2
    assert 113.8 < lon < 116.7
    assert zoom > 7


def test_a_click_opens_the_card_and_outlines_the_choice(chart, demo_server):
    chart.open(demo_server, q="南昌小蓝经济技术开发区")
    chart.frame.locator(".gy-marker .gy-shape").first.click()
    card = chart.page.locator(".gy-card")
    expect(card).to_contain_text("南昌小蓝经济技术开发区")
    expect(card).to_contain_text("1,800")
    expect(card).to_contain_text("出处")
    assert chart.frame.locator('.gy-shape [stroke="#0B4F8A"][display="inline"]').count() == 1


def test_a_parcel_is_drawn_by_view_and_opens_its_card(chart, demo_server):
    store = Store(demo_server.store)
    viewer = Viewer("t")
    parcel = store.read(store.version("parcels", viewer), viewer).iloc[100]
    at = parcel.geometry.representative_point()
    chart.open(demo_server)
    with chart.page.expect_response(re.compile("/gy/parcels")) as answer:
        chart.look_at(at.y, at.x, 16)
    assert answer.value.headers["content-encoding"] == "gzip"
    assert parcel["parcel_id"] in answer.value.json()["ids"]
    chart.frame.wait_for_function("() => document.querySelector('.gy-note').hidden")
    click_place(chart.page, at.y, at.x)
    expect(chart.page.locator(".gy-card")).to_contain_text(parcel["parcel_id"])
    expect(chart.page.locator(".gy-card")).to_contain_text("演示数据")


def test_an_empty_result_says_so_on_a_map_that_stays(chart, demo_server):
    chart.open(demo_server, q="没有这样的名字", show="zones")
    expect(chart.page.get_by_text("当前筛选条件下没有")).to_be_visible()
    assert chart.js("() => document.querySelectorAll('.gy-marker').length") == 0


def test_no_marker_hides_another_at_any_scale(chart, demo_server):
    chart.open(demo_server, show=["zones", "clusters"])
    for zoom in (6, 7, 8.5, 10):
        chart.look_at(27.8, 115.8, zoom)
        painted(chart.page)
        closest = chart.js(
            """() => {
              const all = [];
              ganyuan.map.eachLayer((item) => {
                if (!item.gyOffset) return;
                const p = ganyuan.map.latLngToLayerPoint(item.getLatLng());
                all.push([p.x + item.gyOffset[0], p.y + item.gyOffset[1], item.gyRadius]);
              });
              let gap = Infinity;
              for (let i = 0; i < all.length; i++) {
                for (let j = 0; j < i; j++) {
                  const d = Math.hypot(all[i][0] - all[j][0], all[i][1] - all[j][1]);
                  gap = Math.min(gap, d - all[i][2] - all[j][2]);
                }
              }
              return [all.length, gap];
            }"""
        )
        assert closest[0] == 221
        assert closest[1] > 0


def test_the_scale_bar_is_true_at_the_latitude(chart, demo_server):
    chart.open(demo_server)
    chart.look_at(27.0, 115.0, 9)
    bar = chart.frame.locator(".leaflet-control-scale-line")
    text = bar.inner_text()
    metres = float(text.split()[0]) * (1000 if "km" in text else 1)
    # The metre at the middle of the frame, on the ellipsoid: prime vertical radius times cosine.
    per_pixel = chart.js(
        """() => {
          const size = ganyuan.map.getSize(), y = size.y / 2;
          const a = ganyuan.map.containerPointToLatLng([0, y]);
          const b = ganyuan.map.containerPointToLatLng([100, y]);
          const phi = a.lat * Math.PI / 180, e2 = 0.00669438;
          const n = 6378137 / Math.sqrt(1 - e2 * Math.sin(phi) ** 2);
          return n * Math.cos(phi) * (b.lng - a.lng) * Math.PI / 180 / 100;
        }"""
    )
    length = bar.evaluate("node => node.offsetWidth") * per_pixel
    assert length == pytest.approx(metres, rel=0.01)


def test_the_read_out_gives_the_zone_of_the_county(chart, demo_server):
    chart.open(demo_server)
    # pyproj, EPSG:4490 to EPSG:4527 (zone 39, prefixed) at 116 E 28 N.
    east, north = gpd.GeoSeries([shapely.Point(116, 28)], crs=4490).to_crs(4527).iloc[0].coords[0]
    got = chart.js("() => ganyuan.gaussKruger(28, 116, 39)")
    assert got["x"] == pytest.approx(north, abs=0.001)
    assert 39_000_000 + got["y"] == pytest.approx(east, abs=0.001)
    box = chart.page.locator("iframe[sandbox]").bounding_box()
    chart.page.mouse.move(box["x"] + 200, box["y"] + 300)
    expect(chart.frame.locator(".gy-readout")).to_contain_text("CGCS2000")


def test_layers_are_switched_in_the_browser(chart, demo_server):
    chart.open(demo_server)
    before = len(chart.sent)
    chart.frame.locator('input[data-layer="zones"]').uncheck()
    assert chart.js("() => document.querySelectorAll('.gy-marker').length") == 0
    chart.frame.locator('input[data-layer="zones"]').check()
    assert chart.js("() => document.querySelectorAll('.gy-marker').length") == 116
    assert len(chart.sent) == before


def test_the_map_document_cannot_reach_the_page(chart, demo_server):
    chart.open(demo_server)
    reached = chart.js(
        "() => { try { return parent.document.title; } catch (e) { return e.name; } }"
    )
    assert reached == "SecurityError"
