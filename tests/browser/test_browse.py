"""The browse page in a real browser: it says what the store holds, and keeps what it was told."""

from __future__ import annotations

import re
import shutil
from urllib.parse import parse_qs, urlsplit

import pytest
import shapely
from playwright.sync_api import expect

from domain.formats import count
from scripts.served import CHROMIUM, PROBE, WITHOUT_GRAPHICS, served
from store import Store, Viewer
from tests.browse_world import judged
from tests.browser.parcels_map import ParcelsMap
from tests.browser.walk import settled
from tests.unit.test_web import HOSTILE

VIEWER = Viewer("t")
NANCHANG = (115.95, 28.55)


@pytest.fixture(scope="module")
def held(demo_server):
    """Every parcel of the store with its status and land class, in the order of the version."""
    store = Store(demo_server.store)
    frame = judged(store, store.version("parcels", VIEWER))
    return frame.assign(place=frame.geometry.representative_point())


@pytest.fixture
def chart(page):
    return ParcelsMap(page)


def rows_of(drawn):
    return {row for row, _ in drawn}


def test_it_opens_whole_and_keeps_its_map(chart, page, traffic, demo_server):
    said = []
    page.on("console", lambda m: m.type == "error" and said.append((m.text, m.location["url"])))
    chart.open(demo_server)
    chart.look_at(*NANCHANG, 10.5)
    chart.noted()
    chart.js("map.mine = true;")
    view = chart.view()
    # Streamlit's own key runs the page again.
    page.locator("body").press("r")
    settled(page)
    assert chart.js("return map.mine;") is True
    chart.field("prefecture").select_option("360100")
    chart.field("area_from").fill("2")
    chart.field("area_from").press("Enter")
    chart.idle()
    assert chart.js("return map.mine;") is True
    assert chart.view() == view
    page.get_by_test_id("stButtonGroup").get_by_text("EN", exact=True).click()
    chart.wait("return app?.config.language === 'en' && app.keys;")
    page.get_by_test_id("stButtonGroup").get_by_text("mu", exact=False).last.click()
    chart.wait("return app?.config.unit === 'mu' && app.keys;")
    chart.idle()
    assert chart.view() == pytest.approx(view, abs=0.006)
    assert chart.state()["filters"]["prefecture"] == "360100"
    assert page.locator(".maplibregl-canvas").count() == 1
    assert [(text, url) for text, url in said if not PROBE.search(url)] == []
    assert (traffic.external, traffic.failed, traffic.errors) == ([], [], [])


def test_the_legend_counts_what_the_store_holds(chart, demo_server, held):
    chart.open(demo_server)
    chart.counts(len(held))
    for value in ("status", "group"):
        chart.segment(value).click()
        chart.idle()
        there = held.groupby(value)["area_ellipsoidal_m2"].agg(["size", "sum"])
        told = {key: (n, area) for key, (n, area) in chart.legend().items() if n != "—"}
        assert told == {
            key: (count(row["size"]), f"{row['sum'] / 1e4:,.2f}") for key, row in there.iterrows()
        }
    expect(chart.total).to_contain_text(count(len(held)))
    expect(chart.total).to_contain_text(f"{held['area_ellipsoidal_m2'].sum() / 1e4:,.2f}")


def test_a_class_is_switched_off_and_on(chart, demo_server, held):
    chart.open(demo_server)
    chart.look_at(*NANCHANG, 13)
    whole = chart.drawn()
    assert {(row, held["status"].iloc[row]) for row in rows_of(whole)} == whole
    completed = (held["status"] == "completed").sum()
    legend = chart.legend()
    chart.class_row("completed").get_by_role("checkbox").uncheck()
    chart.counts(len(held) - completed)
    assert chart.drawn() == {(row, key) for row, key in whole if key != "completed"}
    assert chart.legend() == legend
    chart.class_row("in_progress").hover()
    chart.class_row("in_progress").get_by_role("button").click()
    chart.counts((held["status"] == "in_progress").sum())
    assert {key for _, key in chart.drawn()} == {"in_progress"}
    chart.panel.get_by_role("button", name=chart.say("none"), exact=True).click()
    chart.counts(0)
    assert chart.drawn() == set()
    chart.panel.get_by_role("button", name=chart.say("all"), exact=True).click()
    chart.counts(len(held))
    assert chart.drawn() == whole


def test_every_filter_narrows_the_count_to_what_the_store_says(chart, demo_server, held):
    chart.open(demo_server)
    reset = chart.panel.get_by_role("button", name=chart.say("reset"), exact=True)
    zone, holder = held["zone_id"].iloc[100], held["holder"].iloc[100]
    area, day = held["area_ellipsoidal_m2"], held["approved_on"]
    signed = held["signed_on"]
    asked = (
        ({"prefecture": "360700"}, held["prefecture_adcode"] == "360700"),
        ({"county": "360723"}, held["county_adcode"] == "360723"),
        ({"zone": zone}, held["zone_id"] == zone),
        ({"q": holder}, held["holder"] == holder),
        ({"area_from": "6"}, area >= 60_000),
        ({"area_to": "1.5"}, area <= 15_000),
        ({"area_from": "2", "area_to": "3"}, area.between(20_000, 30_000)),
        ({"date_from": "2022-10-07"}, day >= "2022-10-07"),
        ({"date_to": "2020-01-31"}, day <= "2020-01-31"),
        ({"dated": "signed_on", "date_from": "2024-01-21"}, signed >= "2024-01-21"),
    )
    for fields, passes in asked:
        for name, value in fields.items():
            field = chart.field(name)
            if field.evaluate("e => e.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)
                field.press("Tab")
        assert 0 < passes.sum() < len(held), fields
        chart.counts(passes.sum())
        reset.click()
        chart.counts(len(held))
        expect(reset).to_be_hidden()
        assert chart.field(name).input_value() in {"", "approved_on"}


def test_hover_names_a_parcel_and_a_click_opens_its_card(chart, demo_server, held):
    chart.open(demo_server)
    row = int(held["letter_no"].notna().to_numpy().nonzero()[0][0])
    parcel = held.iloc[row]
    at = parcel["place"].x, parcel["place"].y
    chart.look_at(*at, 16)
    chart.hover(*at)
    expect(chart.tip.locator("b")).to_have_text(parcel["parcel_id"])
    expect(chart.tip).to_contain_text(parcel["name"])
    chart.click(*at)
    card = chart.drawer
    expect(card.locator("h2")).to_contain_text(parcel["parcel_id"])
    for text in (parcel["holder"], parcel["letter_no"], parcel["approval_no"], "2026-06-30",
                 chart.say("sources"), chart.say("demonstration")):  # fmt: skip
        expect(card).to_contain_text(text)
    assert card.locator("ol li").count() > 1
    assert card.locator("h3").count() > 8
    assert chart.state()["pick"] == row
    card.get_by_role("button", name=chart.say("close")).click()
    expect(card).to_be_hidden()


def test_the_search_finds_parcels_zones_and_places(chart, demo_server, held):
    chart.open(demo_server)
    parcel = held.iloc[100]
    found = chart.seek(parcel["parcel_id"])
    expect(found).to_have_count(1)
    chart.press("Enter")
    expect(chart.drawer.locator("h2")).to_contain_text(parcel["parcel_id"])
    assert chart.view()[:2] == pytest.approx([parcel["place"].x, parcel["place"].y], abs=0.005)
    expect(chart.seek(parcel["name"]).first).to_contain_text(parcel["parcel_id"])
    expect(chart.seek("没有这样的名字")).to_have_count(0)
    expect(chart.finds).to_contain_text(chart.say("nothing_found"))
    chart.seek("大余")
    chart.press("ArrowDown")
    chart.press("ArrowDown")
    chart.press("ArrowUp")
    expect(chart.finds.locator("[role=option]").first).to_be_focused()
    expect(chart.finds.locator("[role=option]").first).to_contain_text(chart.say("level_county"))
    chart.press("Enter")
    chart.idle()
    assert chart.view()[:2] == pytest.approx([114.36, 25.4], abs=0.1)
    assert 9 < chart.view()[2] < 12
    zone = chart.seek("南昌小蓝经济技术开发区")
    expect(zone.first).to_contain_text(chart.say("zone"))
    zone.first.click()
    chart.idle()
    assert chart.view()[2] == 12.5


def test_counties_and_zones_open_their_amounts(chart, demo_server, held):
    chart.open(demo_server)
    here = held[held["county_adcode"] == "360723"]
    for level, ids in (("county", ["units"]), ("zone", ["unit-points"])):
        chart.segment(level).click()
        chart.idle()
        chart.wait("return given.every((id) => map.getLayer(id)) && !map.getLayer('cells');", ids)
        expect(chart.panel.locator(".gb-steps div")).to_have_count(5)
    chart.segment("county").click()
    chart.idle()
    # In the county and away from the mark of its zone.
    chart.look_at(114.25, 25.45, 9)
    chart.click(114.25, 25.45)
    expect(chart.drawer).to_contain_text("大余县")
    cells = chart.drawer.locator("tbody tr").last.locator("td")
    area = here["area_ellipsoidal_m2"].sum() / 1e4
    expect(cells.nth(1)).to_have_text(count(len(here)))
    expect(cells.nth(2)).to_have_text(f"{area:,.2f}")
    chart.segment("grid").click()
    chart.idle()
    chart.look_at(*NANCHANG, 9)
    # The fullest cell in sight opens what lies in it.
    fullest = chart.js("""
      const cells = map.queryRenderedFeatures({ layers: ["cells"] });
      const best = cells.sort((a, b) => b.properties.n - a.properties.n)[0];
      const { n } = best.properties;
      return app.overview({ kind: "cell", id: best.id }).then(() => n);
    """)
    assert fullest > 1
    expect(chart.drawer.locator("tbody tr").last.locator("td").nth(1)).to_have_text(count(fullest))


def test_two_days_lie_side_by_side(chart, page, demo_server, held):
    chart.open(demo_server, day="2026-06-30")
    chart.look_at(*NANCHANG, 12.5)
    chart.tool("compare").click()
    chart.wait("return app.split.chart && app.split.chart.numbers;")
    expect(page.locator(".maplibregl-canvas")).to_have_count(2)
    source = chart.panel.locator(".gb-source")
    source.get_by_label(chart.say("day"), exact=True).nth(1).fill("2019-06-30")
    source.get_by_label(chart.say("day"), exact=True).nth(1).press("Tab")
    expect(page.locator(".gb-right")).to_contain_text("2019-06-30")
    left, right = chart.drawn(), chart.drawn(right=True)
    assert rows_of(left) == rows_of(right) != set()
    assert left != right
    assert {(row, held["status"].iloc[row]) for row in rows_of(left)} == left
    handle = chart.handle.bounding_box()
    middle = handle["x"] + handle["width"] / 2, handle["y"] + 80
    chart.drag(middle, (middle[0] - 200, middle[1]))
    width = chart.stage.bounding_box()["width"]
    assert chart.state()["split"] == pytest.approx(0.5 - 200 / width, abs=0.01)
    share = chart.state()["split"]
    chart.handle.focus()
    chart.press("ArrowRight")
    assert chart.state()["split"] == pytest.approx(share + 0.02)
    # Right of the line the parcel is named and opened as it was on that day.
    inside = shapely.box(*chart.js("return map.getBounds().toArray().flat();"))
    east = held.iloc[[row for row, _ in left - right]]
    east = east[shapely.get_x(east["place"].to_numpy()) > chart.view()[0]]
    parcel = east[shapely.within(east["place"].to_numpy(), inside.buffer(-0.005))].iloc[-1]
    then = dict(right - left)[parcel.name]
    chart.hover(parcel["place"].x, parcel["place"].y)
    expect(chart.tip).to_contain_text(chart.t(f"idle.status.{then}"))
    chart.click(parcel["place"].x, parcel["place"].y)
    expect(chart.drawer.locator("h2")).to_contain_text(parcel["parcel_id"])
    expect(chart.drawer).to_contain_text("2019-06-30")
    chart.tool("compare").click()
    expect(page.locator(".maplibregl-canvas")).to_have_count(1)
    assert "with" not in parse_qs(urlsplit(page.url).query)


def test_a_link_opens_the_same_picture(chart, page, browser, demo_server, held):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    row = 100
    at = held["place"].iloc[row]
    shape = f"circle:{at.x:.6f},{at.y:.6f},1500.0"
    chart.open(demo_server, prefecture="360700", area_from="10000", shape=shape)
    chart.segment("group").click()
    chart.segment("county").click()
    chart.class_row("industrial").get_by_role("checkbox").uncheck()
    section = chart.unfold("layers")
    section.get_by_label(chart.say("layer_labels"), exact=True).uncheck()
    fade = f"{chart.say('layer_parcels')} {chart.say('opacity')}"
    section.get_by_label(fade, exact=True).fill("0.6")
    chart.look_at(at.x, at.y, 14)
    chart.tool("compare").click()
    chart.wait("return app.split.chart && app.split.chart.numbers;")
    chart.noted()
    chart.tool("link").click()
    expect(chart.notice).to_contain_text(chart.say("copied"))
    link = page.evaluate("() => navigator.clipboard.readText()")
    assert link == page.url
    told = picture(chart)
    assert told["state"]["other"]
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
    try:
        again = ParcelsMap(context.new_page()).go(link)
        again.wait("return app.split.chart && app.split.chart.numbers;")
        assert picture(again) == told
    finally:
        context.close()


def picture(chart):
    """What a page shows, as far as it can be told in figures."""
    drawn = chart.drawn()
    expect(chart.drawer.locator("h2")).to_have_text(chart.say("selection"))
    state = chart.state()
    # The address holds the view to a metre.
    view = {name: round(value, 3) for name, value in state.pop("view").items()}
    return {
        "view": view,
        "state": state,
        "drawn": drawn,
        "right": chart.drawn(right=True),
        "legend": chart.legend(),
        "total": chart.total.inner_text(),
        "drawer": chart.drawer.inner_text(),
    }


def test_an_address_that_makes_no_sense_still_opens(chart, traffic, demo_server, held):
    chart.open(
        demo_server, at="500,95,x", day="2026-02-30", shape="junk", fade="parcels:x", v="77",
        ds="none", over="x", colour="x", **{"with": "parcels~1~2026-99-99"},
    )  # fmt: skip
    chart.counts(len(held))
    state = chart.state()
    assert (state["shape"], state["other"], state["day"]) == (None, None, "2026-06-30")
    chart.look_at(*NANCHANG, 13)
    assert chart.drawn()
    assert traffic.errors == []


def test_a_browser_without_graphics_gets_pictures(browser, demo_server, held):
    other = browser.browser_type.launch(executable_path=CHROMIUM, args=WITHOUT_GRAPHICS)
    try:
        page = other.new_page(viewport={"width": 1366, "height": 768}, locale="zh-CN")
        chart = ParcelsMap(page).open(demo_server)
        expect(chart.notice).to_have_text(chart.say("no_webgl"))
        expect(page.locator(".maplibregl-canvas")).to_have_count(0)
        chart.counts(len(held))
        parcel = held.iloc[100]
        at = parcel["place"].x, parcel["place"].y
        with page.expect_response(re.compile("/picture/")) as answer:
            chart.look_at(*at, 15)
        assert answer.value.headers["content-type"] == "image/png"
        chart.click(*at)
        expect(chart.drawer.locator("h2")).to_contain_text(parcel["parcel_id"])
        with page.expect_response(re.compile("/picture/.*status=")):
            chart.class_row("completed").get_by_role("checkbox").uncheck()
        chart.counts((held["status"] != "completed").sum())
    finally:
        other.close()


def test_on_a_tablet_the_panel_folds_out(chart, page, demo_server):
    page.set_viewport_size({"width": 820, "height": 1180})
    chart.open(demo_server)
    expect(chart.panel).to_be_hidden()
    chart.tool("panel").click()
    expect(chart.panel).to_be_visible()
    expect(chart.finder).to_be_visible()
    panel, tools = chart.panel.bounding_box(), page.locator(".gb-tools").bounding_box()
    assert panel["x"] + panel["width"] <= tools["x"]
    assert tools["x"] + tools["width"] <= 820
    chart.tool("panel").click()
    expect(chart.panel).to_be_hidden()
    chart.tool("help").click()
    drawer, tools = chart.drawer.bounding_box(), page.locator(".gb-tools").bounding_box()
    foot = page.locator(".gb-foot").bounding_box()
    assert drawer["x"] >= tools["x"] + tools["width"]
    assert drawer["y"] + drawer["height"] <= foot["y"]


def test_a_refused_ticket_is_said_in_words(chart, page, demo_server):
    chart.open(demo_server)
    addresses = []
    page.on("request", lambda r: "/tile/" in r.url and addresses.append(r.url))
    chart.look_at(*NANCHANG, 12.5)
    ticket = chart.js("return app.where().ticket;")
    assert page.request.get(addresses[0]).status == 200
    assert page.request.get(addresses[0].replace(ticket, ticket[:-2] + "AA")).status == 403
    head, seal = ticket.split(".")
    widened = head[:-6] + ("A" if head[-6] != "A" else "B") + head[-5:]
    assert page.request.get(addresses[0].replace(ticket, f"{widened}.{seal}")).status == 403
    chart.js("app.config.datasets[0].versions[0].ticket = given;", f"{widened}.{seal}")
    chart.segment("group").click()
    expect(chart.notice).to_contain_text("刷新")


def test_an_empty_store_says_what_to_do(chart, page, tmp_path):
    with served(tmp_path / "store", tmp_path / "server.log") as empty:
        page.goto(empty.page("browse"))
        settled(page)
        expect(page.get_by_text(chart.say("empty"))).to_be_visible()
        expect(page.get_by_text(chart.say("empty_next"))).to_be_visible()
        page.get_by_test_id("stMain").get_by_role("link", name=chart.t("nav.upload")).click()
        expect(page).to_have_url(re.compile("/upload"))
        page.goto("about:blank")


def test_an_index_that_is_gone_is_made_again_before_the_eyes(chart, page, demo_root, tmp_path):
    shutil.copytree(demo_root, tmp_path / "store", ignore=shutil.ignore_patterns("derived"))
    page.add_init_script("""
      window.progress = [];
      new MutationObserver(() => {
        const bar = document.querySelector("[data-testid=stProgress]");
        if (bar) progress.push(bar.innerText);
      }).observe(document, { childList: true, subtree: true, characterData: true });
    """)
    with served(tmp_path / "store", tmp_path / "server.log") as fresh:
        chart.open(fresh)
        told = page.evaluate("() => window.progress")
        assert any(chart.say("preparing").replace("{n}", "20,048") in text for text in told)
        expect(page.get_by_test_id("stProgress")).to_have_count(0)
        chart.counts(20_048)
        assert (tmp_path / "store" / "derived").is_dir()
        page.goto("about:blank")


def test_no_text_of_a_dataset_runs(chart, page, traffic, hostile_server):
    chart.open(hostile_server, off="labels")
    chart.look_at(115.812, 28.601, 14)
    for k in (0, 4, 11):
        at = 115.8 + 0.002 * k + 0.001, 28.601
        chart.hover(*at)
        expect(chart.tip.locator("b")).to_have_text(HOSTILE[k])
        chart.click(*at)
        expect(chart.drawer.locator("h2")).to_contain_text(HOSTILE[k])
        chart.press("Escape")
        expect(chart.drawer).to_be_hidden()
    found = chart.seek(HOSTILE[0])
    expect(found.locator("b").first).to_have_text(HOSTILE[0])
    found.first.click()
    expect(chart.drawer.locator("h2")).to_contain_text(HOSTILE[0])
    chart.look_at(115.823, 28.601, 13)
    chart.press("b")
    chart.drag(*chart.across((0.1, 0.1), (0.9, 0.6)))
    listed = chart.drawer.locator(".gb-row td:first-child")
    expect(listed).to_have_count(len(HOSTILE))
    assert set(listed.all_inner_texts()) == set(HOSTILE)
    assert page.evaluate("() => window.__x") is None
    assert page.locator(".gb-host img, .gb-host script").count() == 0
    assert (traffic.external, traffic.errors) == ([], [])
