"""Web renderer: layers as a folium document that needs nothing but this product's own files.

Data never becomes code. The document carries one block of JSON, read by ``static/ganyuan/map.js``,
which writes every text with ``textContent``; folium's own popups, tooltips and layer names, which
put strings into script and markup, are not used.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from folium.elements import JSCSSMixin
from folium.template import Template

from domain import formats
from domain.formats import AreaUnit
from domain.i18n import Translator
from geo.errors import GanyuanError
from layers.encode import encode
from layers.legend import legend_html
from layers.spec import BoundLayer, Field, LayerSpec, LegendRow, is_demonstration, spoken

Bounds = tuple[float, float, float, float]
Payload = dict[str, Any]

JIANGXI: Final[Bounds] = (113.57, 24.48, 118.49, 30.08)
"""Frame of the province in degrees: west, south, east, north."""

INLINE_LIMIT: Final = 5_000
"""Shapes that one layer may carry; beyond it a layer is aggregated or drawn per view."""

PARCEL_ZOOM: Final = 12
"""Zoom from which parcels are drawn one by one."""

MAX_ZOOM: Final = 18


class TooManyShapesError(GanyuanError):
    """A layer holds more shapes than a page can draw."""

    code = "LYR-002"


@dataclass(frozen=True)
class LazyLayer:
    """Shapes that the browser asks for by view, once the map is close enough.

    Attributes:
        spec: The specification; its classes are those that the address answers with.
        url: Address that answers with the shapes of a view; the browser adds ``bbox``.
        legend: Classes of the whole layer with counts and areas.
        overview: Ids of the layers that stand in for it at smaller scales.
        min_zoom: Zoom from which the shapes are drawn.
        demonstration: The data is made up.
    """

    spec: LayerSpec
    url: str
    legend: tuple[LegendRow, ...]
    overview: tuple[str, ...] = ()
    min_zoom: int = PARCEL_ZOOM
    demonstration: bool = False


class _Map(folium.Map):
    """A folium map whose scripts and styles come from this product."""

    default_js: list[tuple[str, str]]
    default_css: list[tuple[str, str]]


class _Layers(JSCSSMixin):
    """The element that hands the layers over to the script of the product."""

    default_js: list[tuple[str, str]]
    default_css: list[tuple[str, str]]
    _template = Template(
        """
        {% macro html(this, kwargs) %}
            <script type="application/json" id="gy-payload">{{ this.payload }}</script>
        {% endmacro %}
        {% macro script(this, kwargs) %}
            ganyuan.start({{ this._parent.get_name() }});
        {% endmacro %}
        """
    )

    def __init__(self, payload: Payload, base_url: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "GanyuanLayers"
        self.payload = script_json(payload)
        own = f"{base_url}/app/static/ganyuan"
        self.default_js = [
            ("gy_geometry", f"{own}/geometry.js"),
            ("gy_draw", f"{own}/draw.js"),
            ("gy_map", f"{own}/map.js"),
        ]
        self.default_css = [("gy_map_css", f"{own}/map.css")]


def script_json(value: object) -> str:
    """JSON that may stand inside a script element of a folium document.

    It can neither close the element nor open a comment. folium reads what was rendered as a Jinja
    template once more, so ``{{``, ``{%`` and ``{#``, which JSON has inside strings only, are
    escaped as well: else a name in a file could run code on the server.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    text = re.sub(r"\{(?=[{%#])", r"\\u007b", text)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def folium_map(
    layers: Sequence[BoundLayer],
    *,
    t: Translator,
    unit: AreaUnit = "ha",
    bounds: Bounds | None = None,
    base_url: str = "",
) -> folium.Map:
    """A complete map document.

    Args:
        layers: Drawn from first to last, the last on top.
        t: Language of titles, legend and hover tables.
        unit: Unit of areas.
        bounds: West, south, east and north of the opening view in degrees; the province if None.
        base_url: Path under which the product is served, without a closing slash.

    Raises:
        TooManyShapesError: A layer holds more than :data:`INLINE_LIMIT` shapes.
    """
    return document(payload(layers, t=t, unit=unit, bounds=bounds), base_url=base_url)


def document(content: Payload, *, base_url: str = "") -> folium.Map:
    """The folium document round a payload."""
    west, south, east, north = content.get("bounds") or JIANGXI
    web = _Map(
        location=((south + north) / 2, (west + east) / 2),
        zoom_start=7,
        tiles=None,
        prefer_canvas=True,
        zoom_control=False,
        maxZoom=MAX_ZOOM,
        minZoom=5,
        zoomSnap=0.25,
        attributionControl=False,
        # The script answers changes of the frame; Leaflet would move the middle by part of a pixel.
        trackResize=False,
    )
    vendor = f"{base_url}/app/static/vendor"
    web.default_js = [("leaflet", f"{vendor}/leaflet/leaflet.js")]
    web.default_css = [("leaflet_css", f"{vendor}/leaflet/leaflet.css")]
    web._id = "ganyuan"  # noqa: SLF001 (folium draws a random name; a fixed one keeps the text stable)
    _Layers(content, base_url).add_to(web)
    return web


def payload(
    layers: Sequence[BoundLayer],
    *,
    t: Translator,
    unit: AreaUnit = "ha",
    bounds: Bounds | None = None,
    lazy: LazyLayer | None = None,
) -> Payload:
    """What the browser draws, as plain JSON values.

    Raises:
        TooManyShapesError: A layer holds more than :data:`INLINE_LIMIT` shapes.
    """
    content: Payload = {
        "bounds": list(bounds or JIANGXI),
        "layers": [_layer(layer, t, unit) for layer in layers],
        "legend": legend_html(layers, t, unit, lazy=_lazy_entry(lazy)),
        "demonstration": is_demonstration(layers) or bool(lazy and lazy.demonstration),
        "sources": _sources(layers, lazy, t),
        "texts": {name: t(f"layers.ui.{name}") for name in _TEXTS},
    }
    if lazy is not None:
        content["lazy"] = _lazy(lazy, t)
    return content


_TEXTS: Final = (
    "home",
    "zoom_in",
    "zoom_out",
    "legend",
    "loading",
    "zoom_for_parcels",
    "too_many",
    "failed",
    "crs_zone",
    "demonstration",
    "source",
    "joint",
)


def _lazy_entry(lazy: LazyLayer | None) -> BoundLayer | None:
    if lazy is None:
        return None
    empty = gpd.GeoDataFrame(geometry=[], crs=4490)
    return BoundLayer(lazy.spec, empty, lazy.legend, demonstration=lazy.demonstration)


def _sources(layers: Sequence[BoundLayer], lazy: LazyLayer | None, t: Translator) -> list[str]:
    keys = [layer.spec.source for layer in layers] + ([lazy.spec.source] if lazy else [])
    return [t.get(key, key) for key in dict.fromkeys(keys) if key]


def _lazy(lazy: LazyLayer, t: Translator) -> Payload:
    return {
        "id": lazy.spec.id,
        "title": t.get(lazy.spec.title, lazy.spec.title),
        "url": lazy.url,
        "min_zoom": lazy.min_zoom,
        "overview": list(lazy.overview),
        "classes": [_symbol(lazy.spec, i, t) for i in range(len(lazy.spec.classes))],
    }


def _symbol(spec: LayerSpec, position: int, t: Translator) -> Payload:
    entry = spec.classes[position]
    return {"key": entry.key, "label": t.get(entry.label, entry.label), **asdict(entry.symbol)}


def _layer(layer: BoundLayer, t: Translator, unit: AreaUnit) -> Payload:
    spec, frame = layer.spec, layer.frame
    if len(frame) > INLINE_LIMIT:
        raise TooManyShapesError(
            f"layer {spec.id!r} has {len(frame)} shapes; aggregate it or draw it per view",
            values={"layer": t.get(spec.title, spec.title), "n": len(frame), "limit": INLINE_LIMIT},
        )
    position = {c.key: i for i, c in enumerate(spec.classes)}
    content: Payload = {
        "id": spec.id,
        "title": t.get(spec.title, spec.title),
        "geometry": spec.geometry,
        "interactive": spec.interactive,
        "anchored": spec.anchored,
        "visible": layer.visible,
        "classes": [_symbol(spec, i, t) for i in range(len(spec.classes))],
        "shapes": encode(frame.geometry.to_numpy()),
        "class_of": spec.keys(frame).map(position).astype(int).tolist(),
    }
    if spec.interactive:
        content["ids"] = _texts(frame[spec.id_column])
        content["fields"] = [t.get(f.label, f.label) for f in spec.fields]
        content["rows"] = _rows(frame, spec.fields, t, unit)
        if spec.name_column:
            content["names"] = _texts(frame[spoken(frame, spec.name_column, t)])
    if spec.label_column:
        content["labels"] = _texts(frame[spoken(frame, spec.label_column, t)])
        content["label_at"] = _label_points(frame)
    content["hash"] = hashlib.sha256(script_json(content).encode()).hexdigest()[:16]
    return content


def _texts(column: pd.Series) -> list[str]:
    return column.astype("string").fillna("").tolist()


def _rows(
    frame: gpd.GeoDataFrame, fields: Sequence[Field], t: Translator, unit: AreaUnit
) -> list[list[str]]:
    columns = [
        [write(value, f, t, unit) for value in frame[spoken(frame, f.column, t)]] for f in fields
    ]
    return [list(row) for row in zip(*columns, strict=True)]


def write(value: object, entry: Field, t: Translator, unit: AreaUnit) -> str:
    """One attribute as text, the way its field asks for."""
    if formats.is_missing(value):
        return formats.MISSING
    if entry.format == "area":
        return f"{formats.area(float(str(value)), unit)} {t(f'layers.unit.{unit}')}"
    writers = {
        "count": formats.count,
        "number": formats.number,
        "share": formats.share,
        "date": formats.date,
        "year": lambda year: f"{float(year):.0f}",
    }
    return str(writers.get(entry.format, str)(value))  # type: ignore[operator]


def _label_points(frame: gpd.GeoDataFrame) -> list[float]:
    """Longitude and latitude of each label, flat."""
    if {"label_lon", "label_lat"} <= set(frame.columns):
        xy = frame[["label_lon", "label_lat"]].to_numpy(np.float64)
    else:
        points = shapely.point_on_surface(frame.geometry.to_numpy())
        xy = np.column_stack([shapely.get_x(points), shapely.get_y(points)])
    flat: list[float] = np.nan_to_num(xy).round(5).ravel().tolist()
    return flat
