"""Where the telephone is: asked of the browser, or typed; and what that means for the parcel."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Any, Final

import shapely
import streamlit as st

from domain import formats
from domain.paths import STATIC
from geo.errors import GanyuanError
from geo.position import Standing, standing
from views.context import Context
from views.field.sketch import sketch_svg
from views.frame import show_error
from views.upload.sketch import as_image

_HTML: Final = '<button type="button" class="gf-locate"></button><p class="gf-said"></p>'
_TEXTS: Final = ("locate", "insecure", "waiting", "denied", "unavailable", "timeout")
_DIRECTIONS: Final = ("n", "ne", "e", "se", "s", "sw", "w", "nw")
_PARTS: Final = 4  # longitude, latitude, accuracy, time
_KM: Final = 1_000.0


@dataclass(frozen=True, slots=True)
class Here:
    """A position and where it comes from.

    Attributes:
        lon: Longitude in degrees.
        lat: Latitude in degrees.
        accuracy: Radius in metres; NaN where it is typed.
        stands: Against the boundary; None where there is none.
    """

    lon: float
    lat: float
    accuracy: float
    stands: Standing | None


@cache
def _component() -> Any:  # noqa: ANN401 (Streamlit types it as a private protocol)
    folder = STATIC / "ganyuan" / "field"
    code = (folder / "locate.js").read_text(encoding="utf-8")
    css = (folder / "field.css").read_text(encoding="utf-8")
    return st.components.v2.component("ganyuan.field", html=_HTML, css=css, js=code)


def show_place(ctx: Context, shape: shapely.Geometry | None, parcel_id: str) -> Here | None:
    """Draw the sketch with the position of the telephone, and the ways to give it.

    Args:
        ctx: The run.
        shape: The parcel in degrees; None where it has no shape.
        parcel_id: Its number; positions are kept for one parcel.
    """
    t = ctx.t
    room = st.container()
    texts = {name: t(f"field.{name}") for name in _TEXTS}
    found = _component()(
        key="field-locate",
        data={"texts": texts},
        default={"position": None},
        on_position_change=lambda: None,
    )
    with st.expander(t("field.type_in")):
        lon_text = st.text_input(t("field.lon"), key=f"field-lon-{parcel_id}", max_chars=20)
        lat_text = st.text_input(t("field.lat"), key=f"field-lat-{parcel_id}", max_chars=20)
    here = _typed(lon_text, lat_text) or located(getattr(found, "position", None))
    if here is not None and shape is not None:
        try:
            here = Here(here.lon, here.lat, here.accuracy, standing(shape, here.lon, here.lat))
        except GanyuanError as error:
            show_error(ctx, error)
            here = None
    with room:
        _sketch(ctx, shape, here)
    if lon_text.strip() and lat_text.strip() and _typed(lon_text, lat_text) is None:
        st.error(t("field.no_number"))
    return here


def located(position: Any) -> Here | None:  # noqa: ANN401 - what a browser sent
    """A position of the browser; None for anything that is none."""
    if not isinstance(position, list) or len(position) != _PARTS:
        return None
    try:
        lon, lat, accuracy = (float(part) for part in position[:3])
    except (TypeError, ValueError):
        return None
    return Here(lon, lat, accuracy, None)


def _typed(lon: str, lat: str) -> Here | None:
    """Typed coordinates; None where they are no numbers."""
    try:
        return Here(float(lon), float(lat), math.nan, None)
    except ValueError:
        return None


def _sketch(ctx: Context, shape: shapely.Geometry | None, here: Here | None) -> None:
    t = ctx.t
    accuracy = 0.0 if here is None or math.isnan(here.accuracy) else here.accuracy
    spot = None if here is None else (here.lon, here.lat)
    svg = sketch_svg(shape, here=spot, accuracy=accuracy)
    if not svg:
        st.caption(t("field.no_shape"))
        return
    st.html(f'<div class="gy-field-sketch">{as_image(svg, t("field.sketch"))}</div>')
    if here is not None and here.stands is not None:
        st.html(stand_html(ctx, here, here.stands))


def stand_html(ctx: Context, here: Here, stands: Standing) -> str:
    """Inside or how far outside, in which direction the boundary lies, how sure."""
    t = ctx.t
    metres = distance_words(ctx, stands.metres)
    way = ""
    if stands.sector is not None:
        way = t(f"field.way.{_DIRECTIONS[stands.sector]}")
    key = "inside" if stands.inside else "outside"
    said = t(f"field.{key}", metres=metres, way=way)
    unsure = not math.isnan(here.accuracy) and stands.metres < here.accuracy
    parts = [f"{here.lon:.6f}, {here.lat:.6f}"]
    if not math.isnan(here.accuracy):
        parts.append(t("field.accuracy", metres=distance_words(ctx, here.accuracy)))
    if unsure:
        parts.append(t("field.unsure"))
    tone = "gy-in" if stands.inside else "gy-out"
    return (
        f'<p class="gy-field-stand {tone}">{escape(said)}'
        f"<small>{escape(' · '.join(parts))}</small></p>"
    )


def distance_words(ctx: Context, metres: float) -> str:
    """A distance in metres, or in kilometres from one on."""
    if metres >= _KM:
        return ctx.t("field.km", n=formats.number(metres / _KM, 1))
    return ctx.t("field.m", n=formats.number(metres, 1))
