"""The map page as the walks handle it."""

from __future__ import annotations

from urllib.parse import urlencode

from tests.browser.walk import drawn, look_at, map_frame, settled


class Map:
    """The map of a page, and what the page sent to the server."""

    def __init__(self, page):
        self.page = page
        self.sent = []
        page.on("websocket", lambda ws: ws.on("framesent", lambda _: self.sent.append(1)))

    def open(self, server, **query):
        self.page.goto(f"{server.url}/map?{urlencode(query, doseq=True)}")
        settled(self.page)
        drawn(self.page)
        return self

    @property
    def frame(self):
        return map_frame(self.page)

    def js(self, code):
        return self.frame.evaluate(code)

    def view(self):
        return self.js(
            "() => { const c = ganyuan.map.getCenter();"
            " return [c.lat, c.lng, ganyuan.map.getZoom()]; }"
        )

    def look_at(self, lat, lon, zoom):
        look_at(self.page, lat, lon, zoom)

    def view_noted(self):
        """Wait until the page holds the view that the map shows."""
        self.page.wait_for_function(
            "(view) => Object.keys(sessionStorage).some((key) => key.startsWith('ganyuan-view:')"
            " && String(JSON.parse(sessionStorage[key]).view) === String(view))",
            arg=self.view(),
        )

    def version(self):
        return int(self.js("() => document.documentElement.dataset.ready"))

    def choose(self, layer, name):
        """Choose a feature by its id, as a click on it does."""
        self.js(
            "() => { parent.postMessage({ganyuan: true, type: 'select',"
            f" selected: {{layer: {layer!r}, id: {name!r}}}}}, '*'); }}"
        )
