"""What a hand does on the browse map: drawing, measuring, and every key of the help."""

from __future__ import annotations

import csv
import re
from urllib.parse import parse_qs, urlsplit

import pytest
import shapely
from playwright.sync_api import expect
from pyproj import Geod

from domain.formats import count
from geo.area import ellipsoidal_areas
from store import Store, Viewer
from tests.browse_world import judged
from tests.browser.parcels_map import ParcelsMap

VIEWER = Viewer("t")
NANCHANG = (115.95, 28.55)
EARTH = Geod(ellps="GRS80")


@pytest.fixture(scope="module")
def held(demo_server):
    """Every parcel of the store with its status, in the order of the version."""
    store = Store(demo_server.store)
    return judged(store, store.version("parcels", VIEWER))


@pytest.fixture
def chart(page, demo_server):
    opened = ParcelsMap(page).open(demo_server)
    opened.look_at(*NANCHANG, 13)
    return opened


def drawn_shape(chart):
    """The shape in the address, as a polygon of degrees."""
    chart.wait("return new URLSearchParams(location.search).has('shape');")
    kind, _, rest = parse_qs(urlsplit(chart.page.url).query)["shape"][0].partition(":")
    pairs = [[float(n) for n in pair.split(",")] for pair in rest.split(";")]
    if kind == "ring":
        return shapely.Polygon(pairs)
    [[lon, lat, radius]] = pairs
    rim = [EARTH.fwd(lon, lat, turn, radius)[:2] for turn in range(360)]
    return shapely.Polygon(rim)


def met(held, shape):
    """Parcels that share ground with a shape."""
    near = held.iloc[held.sindex.query(shape, predicate="intersects")]
    return near[shapely.area(shapely.intersection(near.geometry.to_numpy(), shape)) > 0]


def fact(chart, name):
    row = chart.drawer.locator("tr").filter(has=chart.page.get_by_text(chart.say(name), exact=True))
    return row.locator("td")


def outline(chart):
    for place in chart.across((0.2, 0.2), (0.55, 0.15), (0.5, 0.6), (0.25, 0.5)):
        chart.page.mouse.click(*place)
    chart.press("Enter")


def across(start, end):
    return lambda chart: chart.drag(*chart.across(start, end))


@pytest.mark.parametrize(
    ("tool", "draw"),
    [
        ("box", across((0.2, 0.2), (0.6, 0.7))),
        ("outline", outline),
        ("circle", across((0.4, 0.45), (0.5, 0.6))),
    ],
    ids=["box", "outline", "circle"],
)
def test_a_drawn_shape_selects_what_it_meets(chart, held, tool, draw):
    chart.class_row("completed").get_by_role("checkbox").uncheck()
    chart.counts((held["status"] != "completed").sum())
    chart.tool(tool).click()
    expect(chart.tool(tool)).to_have_attribute("aria-pressed", "true")
    draw(chart)
    expect(chart.drawer.locator("h2")).to_have_text(chart.say("selection"))
    shape = drawn_shape(chart)
    found = met(held, shape)
    shown = found[found["status"] != "completed"]
    assert 0 < len(shown) < len(found)
    expect(fact(chart, "sel_count")).to_have_text(count(len(shown)))
    expect(fact(chart, "sel_area")).to_contain_text(
        f"{shown['area_ellipsoidal_m2'].sum() / 1e4:,.2f}"
    )
    whole = shapely.contains_properly(shape, shown.geometry.to_numpy()).sum()
    expect(fact(chart, "sel_whole")).to_have_text(count(whole))
    ground = float(fact(chart, "sel_shape").inner_text().split()[0].replace(",", ""))
    exact = ellipsoidal_areas([shape])[0] / 1e4
    # A circle is judged as 128 corners, 0.04 % smaller than it is.
    assert ground == pytest.approx(exact, rel=5e-4 if tool == "circle" else 1e-5)
    # The filter is asked for again when it changes under the selection.
    chart.panel.get_by_role("button", name=chart.say("reset"), exact=True).click()
    expect(fact(chart, "sel_count")).to_have_text(count(len(found)))
    chart.drawer.get_by_role("button", name=chart.say("sel_clear")).click()
    expect(chart.drawer).to_be_hidden()
    chart.wait("return !new URLSearchParams(location.search).has('shape');")


def test_a_selection_is_sorted_opened_and_saved(chart, page, held, tmp_path):
    chart.press("b")
    chart.drag(*chart.across((0.2, 0.2), (0.5, 0.55)))
    lines = chart.drawer.locator(".gb-row")
    expect(lines.first).to_be_visible()
    found = met(held, drawn_shape(chart))
    assert 1 < len(found) <= 200
    expect(lines).to_have_count(len(found))
    ids = chart.drawer.locator(".gb-row td:first-child")
    by_area = found.sort_values("area_ellipsoidal_m2", ascending=False)["parcel_id"].tolist()
    assert ids.all_inner_texts() == by_area
    chart.drawer.locator("th").get_by_role("button", name=chart.say("parcel")).click()
    assert ids.all_inner_texts() == sorted(by_area)
    chart.drawer.locator("th").get_by_role("button", name=chart.say("parcel")).click()
    assert ids.all_inner_texts() == sorted(by_area, reverse=True)
    with page.expect_download() as download:
        chart.drawer.get_by_role("link", name=chart.say("sel_export")).click()
    saved = tmp_path / download.value.suggested_filename
    download.value.save_as(saved)
    assert saved.name == "parcels-v1-selection.csv"
    with saved.open(encoding="utf-8-sig", newline="") as text:
        mark, heads, *rows = csv.reader(text)
    assert "演示" in mark[0]
    assert {row[heads.index("地块编号")] for row in rows} == set(by_area)
    assert len(rows) == len(found)
    lines.nth(2).click()
    expect(chart.drawer.locator("h2")).to_contain_text(sorted(by_area, reverse=True)[2])


def test_a_distance_and_an_area_are_those_of_the_ellipsoid(chart):
    places = [(115.93, 28.56), (115.97, 28.56), (115.97, 28.535)]
    chart.press("d")
    for place in places[:2]:
        chart.click(*place)
    chart.press("Enter")
    expect(chart.label).to_be_visible()
    measured = chart.js("return app.tools.measured.points;")
    # A click lies on a whole pixel.
    assert [n for p in measured for n in p] == pytest.approx([*places[0], *places[1]], abs=2e-4)
    metres = EARTH.line_length(*zip(*measured, strict=True))
    assert metres < 10_000
    expect(chart.label).to_have_text(f"{metres:,.1f} m")
    chart.press("Escape")
    expect(chart.label).to_be_hidden()
    chart.press("a")
    for place in places:
        chart.click(*place)
    chart.press("Enter")
    measured = chart.js("return app.tools.measured.points;")
    area, around = EARTH.polygon_area_perimeter(*zip(*measured, strict=True))
    text = chart.label.inner_text()
    assert f"{abs(area) / 1e4:,.2f}" in text
    assert f"{abs(area):,.0f} m²" in text
    assert f"{around:,.1f} m" in text or f"{around / 1000:,.3f} km" in text


def test_points_are_taken_back_and_a_double_click_ends(chart, page):
    chart.press("d")
    for place in chart.across((0.2, 0.3), (0.4, 0.3), (0.6, 0.3)):
        page.mouse.click(*place)
    assert chart.js("return app.tools.points.length;") == 3
    chart.press("Backspace")
    assert chart.js("return app.tools.points.length;") == 2
    page.mouse.dblclick(*chart.across((0.5, 0.5))[0])
    measured = chart.js("return app.tools.measured.points;")
    assert len(measured) == 3
    assert chart.state()["pick"] is None


def test_every_key_of_the_help_does_what_it_says(chart, page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    chart.press("?")
    expect(chart.drawer.locator("h2")).to_have_text(chart.say("help"))
    keys = chart.drawer.locator("kbd").all_inner_texts()
    assert keys == ["/", "← ↑ → ↓", "+ −", "H", "L", "B", "P", "C", "D", "A", "Enter",
                    "Backspace", "S", "K", "Esc"]  # fmt: skip
    chart.press("Escape")
    expect(chart.drawer).to_be_hidden()
    moves = {"ArrowLeft": (0, -1), "ArrowRight": (0, 1), "ArrowUp": (1, 1), "ArrowDown": (1, -1)}
    for key, (axis, sign) in moves.items():
        before = chart.view()
        chart.press(key)
        chart.idle()
        after = chart.view()
        assert (after[axis] - before[axis]) * sign > 0.005
        # To a pixel: the middle of the stage may lie between two.
        assert after[1 - axis] == pytest.approx(before[1 - axis], abs=1e-4)
    for key, step in (("+", 1), ("-", -1), ("=", 1)):
        zoom = chart.view()[2]
        chart.press(key)
        chart.wait("return !map.isMoving() && Math.abs(map.getZoom() - given) < 1e-6;", zoom + step)
    for key, tool in zip("bpcda", ("box", "outline", "circle", "length", "area"), strict=True):
        chart.press(key)
        expect(chart.tool(tool)).to_have_attribute("aria-pressed", "true")
    chart.press("Escape")
    expect(page.locator('.gb-tools [aria-pressed="true"]')).to_have_count(0)
    chart.press("l")
    expect(chart.panel).to_be_hidden()
    chart.press("L")
    expect(chart.panel).to_be_visible()
    chart.press("k")
    expect(chart.notice).to_contain_text(chart.say("copied"))
    chart.press("h")
    chart.idle()
    assert chart.view()[2] < 8
    chart.press("s")
    expect(page.locator(".maplibregl-canvas")).to_have_count(2)
    chart.press("/")
    expect(chart.finder).to_be_focused()


def test_escape_goes_one_step_back_at_a_time(chart, page):
    chart.press("s")
    expect(page.locator(".maplibregl-canvas")).to_have_count(2)
    chart.press("b")
    chart.drag(*chart.across((0.2, 0.2), (0.4, 0.5)))
    expect(chart.drawer.locator("h2")).to_have_text(chart.say("selection"))
    chart.press("d")
    expect(chart.tool("length")).to_have_attribute("aria-pressed", "true")
    chart.press("Escape")
    expect(chart.tool("length")).to_have_attribute("aria-pressed", "false")
    expect(chart.drawer).to_be_visible()
    chart.press("Escape")
    expect(chart.drawer).to_be_hidden()
    assert chart.state()["shape"] is None
    expect(page.locator(".maplibregl-canvas")).to_have_count(2)
    chart.press("Escape")
    expect(page.locator(".maplibregl-canvas")).to_have_count(1)


def test_letters_in_a_field_do_nothing_to_the_map(chart, page):
    view = chart.view()
    for field in (chart.finder, chart.field("q")):
        field.focus()
        page.keyboard.type("hlbpcdask?+-/")
        assert field.input_value() == "hlbpcdask?+-/"
    expect(chart.panel).to_be_visible()
    expect(page.locator('.gb-tools [aria-pressed="true"]')).to_have_count(0)
    expect(page.locator(".maplibregl-canvas")).to_have_count(1)
    chart.counts(0)
    chart.idle()
    assert chart.view() == view
    expect(page).to_have_url(re.compile(r"q=hlbpcdask"))


def test_a_click_on_the_first_point_closes_and_opens_nothing_else(chart, page, held):
    # A click there without a tool would open the card of the parcel.
    parcel = held.geometry.iloc[min(row for row, _ in chart.drawn())].representative_point()
    chart.look_at(parcel.x, parcel.y, 14)
    middle, *others = chart.across((0.5, 0.5), (0.3, 0.2), (0.2, 0.7))
    chart.press("p")
    for place in (middle, *others, middle):
        page.mouse.click(*place)
    expect(chart.drawer.locator("h2")).to_have_text(chart.say("selection"))
    chart.idle()
    expect(chart.drawer.locator("h2")).to_have_text(chart.say("selection"))
    assert chart.state()["pick"] is None


def test_a_field_is_left_alone_while_somebody_writes_in_it(chart, page, held):
    area = chart.field("area_to")
    area.focus()
    page.keyboard.type("1.0")
    chart.counts((held["area_ellipsoidal_m2"] <= 10_000).sum())
    page.keyboard.type("5")
    assert area.input_value() == "1.05"
    chart.counts((held["area_ellipsoidal_m2"] <= 10_500).sum())
