"""Browse: every parcel of a version on one map, from the province to the street."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import streamlit as st

from domain.paths import STATIC
from store import Version
from views import data
from views.browse.ready import make_ready
from views.browse.scene import scene
from views.context import Context
from views.day import default_day
from views.frame import door, empty_state, progress_bar, title_line

_CSS: Final = (STATIC / "ganyuan" / "browse" / "browse.css").read_text(encoding="utf-8")
_HTML: Final = '<div class="gb-host">\n</div>'


@cache
def _component() -> Any:  # noqa: ANN401 (Streamlit types it as a private protocol)
    code = (STATIC / "ganyuan" / "browse" / "host.js").read_text(encoding="utf-8")
    maplibre = (STATIC / "vendor" / "maplibre-gl" / "maplibre-gl.css").read_text(encoding="utf-8")
    leaflet = (STATIC / "vendor" / "leaflet" / "leaflet.css").read_text(encoding="utf-8")
    css = f"{maplibre}\n{leaflet}\n{_CSS}"
    return st.components.v2.component("ganyuan.browse", html=_HTML, css=css, js=code)


def page(ctx: Context) -> None:
    """Draw the browse page."""
    versions = data.in_force(ctx, "parcels")
    chosen = data.current_version(ctx)
    if chosen is None:
        title_line(ctx, ctx.t("nav.browse"), place="", as_of=default_day(None).isoformat())
        empty_state(ctx.t("browse.empty"), next_step=ctx.t("browse.empty_next"))
        door(ctx, "upload", ctx.t("nav.upload"))
        return
    _ready(ctx, chosen)
    _component()(key="browse", data=scene(ctx, versions, chosen), height="content")


def _ready(ctx: Context, version: Version) -> None:
    """Make what the map reads, with its progress shown where it takes a while."""
    if ctx.store.has_map_index(version, ctx.viewer):
        return
    with progress_bar(ctx.t("browse.preparing", n=f"{version.rows:,}")) as told:
        make_ready(ctx.store, version, ctx.viewer, progress=told)
