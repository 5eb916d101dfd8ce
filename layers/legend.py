"""Legend as markup: the classes that are present, with counts and areas. All text is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from domain import formats
from domain.formats import AreaUnit
from domain.i18n import Translator
from layers.spec import BoundLayer, GeometryKind, LegendRow, Symbol

LONG: Final = 12
"""A layer with more classes than this opens folded."""


def legend_html(
    layers: Sequence[BoundLayer],
    t: Translator,
    unit: AreaUnit,
    *,
    lazy: BoundLayer | None = None,
) -> str:
    """The legend of a map, topmost layer first.

    Args:
        layers: The layers in drawing order; one without features is left out.
        t: Language of titles and labels.
        unit: Unit of areas.
        lazy: A layer that is drawn per view; its legend covers the whole layer.

    Returns:
        Sections with a check box per layer; escaped, without script.
    """
    top_down = [*([lazy] if lazy is not None else []), *reversed(layers)]
    return "".join(
        _section(layer, t, unit) for layer in top_down if layer.legend and layer.spec.listed
    )


def _section(layer: BoundLayer, t: Translator, unit: AreaUnit) -> str:
    spec, rows = layer.spec, layer.legend
    title = f"<b>{escape(t.get(spec.title, spec.title))}</b>"
    checked = " checked" if layer.visible else ""
    box = f'<input type="checkbox" data-layer="{escape(spec.id)}"{checked}>'
    if len(rows) == 1 and len(spec.classes) == 1:
        swatch = _swatch(rows[0].layer_class.symbol, spec.geometry)
        amount = _amounts(rows[0], unit) if spec.interactive else ""
        return (
            f'<table class="gy-lg"><tr><td><label>{box}{swatch}{title}</label></td>{amount}</tr>'
            "</table>"
        )
    opened = "" if len(rows) > LONG else " open"
    body = "".join(_row(row, spec.geometry, t, unit) for row in rows)
    return (
        f'<details class="gy-lg" data-for="{escape(spec.id)}"{opened}>'
        f"<summary>{box}{title}{_head(rows, t, unit)}</summary><table>{body}</table></details>"
    )


def _head(rows: Sequence[LegendRow], t: Translator, unit: AreaUnit) -> str:
    """What the columns of figures are."""
    if all(row.area_m2 is None for row in rows):
        return ""
    names = f"{t('layers.legend.count')} · {t(f'layers.unit.{unit}')}"
    return f"<i>{escape(names)}</i>"


def _row(row: LegendRow, geometry: GeometryKind, t: Translator, unit: AreaUnit) -> str:
    label = escape(t.get(row.layer_class.label, row.layer_class.label))
    return (
        f"<tr><td>{_swatch(row.layer_class.symbol, geometry)}<span>{label}</span></td>"
        f"{_amounts(row, unit)}</tr>"
    )


def _amounts(row: LegendRow, unit: AreaUnit) -> str:
    count = f"<td>{escape(formats.count(row.count))}</td>"
    if row.area_m2 is None:
        return count
    return f"{count}<td>{escape(formats.area(row.area_m2, unit))}</td>"


def _swatch(symbol: Symbol, geometry: GeometryKind) -> str:
    stroke = f'stroke="{escape(symbol.stroke)}" stroke-width="{symbol.weight:g}"' + (
        f' stroke-dasharray="{" ".join(f"{d:g}" for d in symbol.dash)}"' if symbol.dash else ""
    )
    fill = (
        f'fill="{escape(symbol.fill)}" fill-opacity="{symbol.opacity:g}"'
        if symbol.fill
        else ('fill="none"')
    )
    if geometry == "line":
        inner = f'<line x1="1" y1="6" x2="19" y2="6" {stroke}/>'
    elif geometry == "point":
        inner = _marker(symbol, fill, stroke)
    elif symbol.hatch:
        inner = (
            f'{_hatching(symbol)}<rect x="1" y="1" width="18" height="10" fill="none" {stroke}/>'
        )
    else:
        inner = f'<rect x="1" y="1" width="18" height="10" {fill} {stroke}/>'
    margin = 2 if geometry == "point" and symbol.glyph else 0
    height = 12 + 2 * margin
    return (
        f'<svg width="20" height="{height}" viewBox="0 {-margin} 20 {height}" aria-hidden="true">'
        f"{inner}</svg>"
    )


def _hatching(symbol: Symbol) -> str:
    """What fills a hatched swatch: the same marks as on the map."""
    ink = escape(symbol.fill or symbol.stroke)
    if symbol.hatch == "dots":
        spots = ((x, y) for y in (3.5, 8.5) for x in (4, 8, 12, 16))
        return "".join(f'<circle cx="{x}" cy="{y}" r="1.1" fill="{ink}"/>' for x, y in spots)
    lines = "".join(f"M{x} 11L{x + 10} 1" for x in (-6, -1, 4, 9, 14))
    return f'<path d="{lines}" stroke="{ink}" stroke-width="1.2"/>'


_OUTLINES = {
    "triangle": "M10 1L15.5 11H4.5Z",
    "diamond": "M10 .5L15.5 6L10 11.5L4.5 6Z",
    "square": "M5.5 1.5H14.5V10.5H5.5Z",
}


def _marker(symbol: Symbol, fill: str, stroke: str) -> str:
    if symbol.shape == "circle":
        shape = f'<circle cx="10" cy="6" r="5" {fill} {stroke}/>'
    else:
        shape = f'<path d="{_OUTLINES[symbol.shape]}" {fill} {stroke}/>'
    if not symbol.glyph:
        return shape
    return (
        f'<g transform="translate(-3 -1.8) scale(1.3)">{shape}</g>'
        f'<text x="10" y="9.6" font-size="10" text-anchor="middle" fill="#fff">'
        f"{escape(symbol.glyph)}</text>"
    )
