"""Parts of the reports page: the place, the cached layers, the preview."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import geopandas as gpd
import streamlit as st

from domain import boundaries
from export.compose import Composition, compose
from export.painter import render
from export.region import Region
from export.sheet import MapSheet
from geo.errors import GanyuanError
from store import Version
from views import data, places
from views.context import Context
from views.frame import show_error

PREVIEW_DPI: Final = 120
_WHOLE: Final = ""
# The whole sheet stays in sight whatever its orientation.
_WHOLE_SHEET: Final = (
    "<style>.st-key-reports-preview img{max-height:calc(100vh - 13rem);width:auto!important;"
    "max-width:100%;border:1px solid #D8DADC;object-fit:contain}"
    ".st-key-reports-preview{align-items:center}</style>"
)

__all__ = ["GanyuanError", "Key", "Region", "choose_place", "composed", "show_preview"]


@dataclass(frozen=True, slots=True)
class Key:
    """What makes two compositions the same; part of every cache key."""

    names: tuple[str, ...]
    version: str
    footprints: str
    day: str
    place: str
    statuses: tuple[str, ...]
    language: str
    scope: tuple[str, ...] | None

    @classmethod
    def of(
        cls,
        ctx: Context,
        names: Sequence[str],
        version: Version | None,
        day: dt.date,
        place: Region,
        statuses: Sequence[str],
    ) -> Key:
        """The key of one run of the page."""
        scope = ctx.viewer.prefectures
        outlines = data.footprints(ctx)
        return cls(
            tuple(names),
            f"{version.id} {version.sha256}" if version else "",
            f"{outlines[0].id} {outlines[0].sha256}" if outlines else "",
            day.isoformat(),
            place.code,
            tuple(statuses),
            ctx.t.language,
            tuple(sorted(scope)) if scope is not None else None,
        )


def choose_place(ctx: Context) -> Region:
    """Province, prefecture, county or zone, from the widest to the narrowest."""
    t = ctx.t
    prefectures = boundaries.layer("prefecture")["adcode"].tolist()
    prefecture = _pick(ctx, "prefecture", prefectures, t("reports.whole_province"))
    if not prefecture:
        return Region.of(boundaries.PROVINCE_ADCODE)
    counties = boundaries.layer("county")
    inside = counties.loc[counties["city_adcode"] == prefecture, "adcode"].tolist()
    county = _pick(ctx, f"county-{prefecture}", inside, t("reports.whole_prefecture"))
    zone = _zone(ctx, county or prefecture)
    return zone or Region.of(county or prefecture)


def _pick(ctx: Context, key: str, codes: list[str], whole: str) -> str:
    chosen = st.selectbox(
        ctx.t(f"reports.{key.split('-', maxsplit=1)[0]}"),
        [_WHOLE, *codes],
        format_func=lambda code: boundaries.name_of(code, ctx.t.language) if code else whole,
        key=f"reports-{key}",
    )
    return chosen or _WHOLE


def _zone(ctx: Context, place: str) -> Region | None:
    """The zone that was picked, where outlines of zones are known."""
    found = data.footprints(ctx)
    if found is None:
        return None
    column = "prefecture_adcode" if place.endswith("00") else "county_adcode"
    rows: gpd.GeoDataFrame = found[1][found[1][column] == place].set_index("zone_id")
    names = places.unit_names(ctx, "zone_id")
    chosen = st.selectbox(
        ctx.t("reports.zone"),
        [_WHOLE, *rows.index],
        format_func=lambda code: names.get(code, code) if code else ctx.t("reports.no_zone"),
        key=f"reports-zone-{place}",
    )
    if not chosen:
        return None
    return Region.zone(chosen, str(rows.loc[chosen, "name"]), rows.loc[chosen, "geometry"])


def composed(
    ctx: Context,
    names: Sequence[str],
    version: Version | None,
    day: dt.date,
    place: Region,
    statuses: Sequence[str],
) -> Composition:
    """The layers, read once for all reruns with the same choice; shared, never change them."""
    key = Key.of(ctx, names, version, day, place, statuses)
    return _composed(
        key, _ctx=ctx, _day=day, _place=place, _dataset=version.dataset if version else ""
    )


@st.cache_resource(max_entries=12, show_spinner=False)
def _composed(
    key: Key, *, _ctx: Context, _day: dt.date, _place: Region, _dataset: str
) -> Composition:
    return compose(
        key.names,
        store=_ctx.store,
        viewer=_ctx.viewer,
        as_of=_day,
        chinese=_ctx.t.language == "zh_CN",
        region=_place,
        dataset=_dataset,
        statuses=key.statuses,
    )


def show_preview(ctx: Context, sheet: MapSheet, *, key: Key) -> None:
    """The sheet at screen resolution, or in words why it cannot be drawn."""
    try:
        with st.spinner(ctx.t("reports.drawing")):
            picture = _preview(key, _form(sheet), _sheet=sheet)
    except GanyuanError as error:
        show_error(ctx, error)
        return
    with st.container(key="reports-preview"):
        st.html(_WHOLE_SHEET)
        st.image(picture, output_format="PNG")
    scale = f"{sheet.view.denominator:,}".replace(",", "\u00a0")
    st.caption(ctx.t("reports.preview", scale=scale, paper=sheet.paper))


def _form(sheet: MapSheet) -> tuple[object, ...]:
    """Everything else that changes the picture."""
    return (
        sheet.paper,
        sheet.orientation,
        sheet.full_title,
        sheet.unit,
        sheet.release,
        sheet.organisation,
        sheet.figure_number,
        sheet.drawn_at.isoformat(),
        str(sheet.fallback_font),
    )


@st.cache_data(max_entries=16, show_spinner=False)
def _preview(key: Key, form: tuple[object, ...], *, _sheet: MapSheet) -> bytes:
    del key, form
    return render(replace(_sheet, dpi=PREVIEW_DPI), "png")
