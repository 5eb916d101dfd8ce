"""The browse page as the walks handle it: one map of every parcel, its panel and its drawer."""

from __future__ import annotations

from urllib.parse import urlencode

from playwright.sync_api import expect

from domain.i18n import translator
from scripts.served import BROWSE_MAP, BROWSE_STILL
from tests.browser.walk import TWO_FRAMES, settled

CODE = """([host, given]) => {
  const app = host.ganyuan && host.ganyuan.app, map = app && app.chart && app.chart.map;
  %s
}"""
DRAWN = """
  const chart = given ? app.split.chart : app.chart;
  const ids = chart.map.getStyle().layers.filter(({ id, metadata, type }) => type === "fill" &&
    metadata && metadata.parcels && (chart.map.getPaintProperty(id, "fill-opacity") ?? 1) > 0);
  if (!ids.length) return [];
  return chart.map.queryRenderedFeatures({ layers: ids.map(({ id }) => id) })
    .map(({ id, layer }) => [id, layer.metadata.key]);
"""


class ParcelsMap:
    """The browse page; texts of controls are the product's own, whatever the language."""

    def __init__(self, page, language="zh_CN"):
        self.page = page
        self.t = translator(language)
        self.host = page.locator(BROWSE_MAP)
        self.stage = page.locator(".gb-stage")
        self.panel = page.locator(".gb-panel")
        self.drawer = page.locator(".gb-drawer")
        self.tip = page.locator(".gb-tip")
        self.notice = page.locator(".gb-notice")
        self.total = page.locator(".gb-total")
        self.finder = page.locator(".gb-finder input")
        self.finds = page.locator(".gb-finds")
        self.handle = page.locator(".gb-handle")
        self.label = page.locator(".gb-measure b")

    def open(self, server, **query):
        return self.go(f"{server.url}/browse?{urlencode(query)}")

    def go(self, url):
        self.page.goto(url)
        settled(self.page)
        self.host.wait_for(state="attached")
        self.idle()
        return self

    def say(self, name):
        return self.t(f"browse.{name}")

    # What the page runs.

    def js(self, code, given=None):
        return self.page.evaluate(CODE % code, [self.host.element_handle(), given])

    def wait(self, code, given=None):
        self.page.wait_for_function(CODE % code, arg=[self.host.element_handle(), given])

    def idle(self):
        """Wait until nothing is asked of the server, and what came has been drawn."""
        self._still()
        self.page.evaluate(TWO_FRAMES)
        self._still()

    def _still(self):
        self.page.wait_for_function(BROWSE_STILL, arg=self.host.element_handle())

    def state(self):
        return self.js("return JSON.parse(JSON.stringify(app.state));")

    def view(self):
        view = self.js("return app.chart.view();")
        return [view["lon"], view["lat"], view["zoom"]]

    def drawn(self, *, right=False):
        """Row and class of every parcel that is drawn in sight."""
        self.idle()
        return {(row, key) for row, key in self.js(DRAWN, right)}

    def counts(self, number):
        """Wait until the page counts so many parcels."""
        expect(self.host).to_have_attribute("data-count", str(number))

    # The view.

    def look_at(self, lon, lat, zoom):
        self.js("app.chart.jump(given);", {"lon": lon, "lat": lat, "zoom": zoom})
        self.idle()

    def noted(self):
        """Wait until the address holds the view that the map shows."""
        self.wait("""
          const { lon, lat, zoom } = app.chart.view();
          return new URLSearchParams(location.search).get("at") ===
            `${lon.toFixed(5)},${lat.toFixed(5)},${zoom.toFixed(2)}`;
        """)

    def spot(self, lon, lat):
        """Where a place lies on the screen."""
        x, y = self.js("return app.chart.project(given);", [lon, lat])
        box = self.stage.bounding_box()
        return box["x"] + x, box["y"] + y

    def hover(self, lon, lat):
        x, y = self.spot(lon, lat)
        # From beside it: a pointer that lies there already tells nothing new.
        self.page.mouse.move(x + 3, y + 3)
        self.page.mouse.move(x, y)

    def click(self, lon, lat):
        self.page.mouse.click(*self.spot(lon, lat))

    def drag(self, start, end):
        """Press at one place of the screen and let go at another."""
        self.page.mouse.move(*start)
        self.page.mouse.down()
        self.page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        self.page.mouse.move(*end)
        self.page.mouse.up()

    def across(self, *shares):
        """Places of the screen by their shares of the stage, from left to right and downwards."""
        box = self.stage.bounding_box()
        return [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in shares]

    def press(self, key):
        self.page.keyboard.press(key)

    # The panel.

    def legend(self):
        """Count and area by class, as they are written."""
        rows = self.panel.locator(".gb-class").all()
        return {row.get_attribute("data-key"): row.locator(".gb-n").all_inner_texts()
                for row in rows}  # fmt: skip

    def class_row(self, key):
        return self.panel.locator(f'.gb-class[data-key="{key}"]')

    def segment(self, value):
        return self.panel.locator(f'.gb-segments [data-value="{value}"]')

    def field(self, name):
        return self.panel.locator(".gb-filters").get_by_label(self.say(name), exact=True)

    def tool(self, name):
        return self.page.locator(f'.gb-tools [data-tool="{name}"]')

    def unfold(self, name):
        section = self.panel.locator(f".gb-{name}")
        if section.get_attribute("open") is None:
            section.locator("summary").click()
        return section

    def seek(self, text):
        """Write into the search box and wait for what is found."""
        self.finder.fill("")
        expect(self.finds).to_be_hidden()
        self.finder.fill(text)
        expect(self.finds).to_be_visible()
        return self.finds.locator("[role=option]")
