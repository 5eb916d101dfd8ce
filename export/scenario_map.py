"""The map of a scenario: units as zones and links over the boundaries, drawn without network."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pandas as pd

from analytics.consolidation import card as consolidation_card
from analytics.consolidation.scenario import Scenario
from domain import boundaries, reference
from domain.i18n import Translator
from export import base
from export.canvas import Canvas, draw, rectangle
from export.fonts import Fonts
from export.furniture import draw_scale_bar, draw_watermark
from export.naming import Naming
from export.panels import Panel, draw_panel, legend_rows
from export.paper import Box
from export.passport_fit import drawable
from export.region import Region
from export.scale import scale_bar
from export.scenario_words import Words
from export.sheet import view_of
from layers.catalogue import consolidation as catalogue
from layers.palette import INK
from layers.sheet import View
from layers.sheet import draw as draw_layer
from layers.spec import BoundLayer, LayerClass, Symbol

WIDTH_MM: Final = 178.0
HEIGHT_MM: Final = 88.0
_LEGEND_MM: Final = 44.0
_DPI: Final = 220
_BAR_MM: Final = 26.0
_FORMS: Final = (
    LayerClass("merge", "conplan.form.merge", Symbol(None, "#C8631B", 2.4)),
    LayerClass(
        "trusteeship", "conplan.form.trusteeship", Symbol(None, "#C8631B", 1.8, dash=(5.0, 3.0))
    ),
)


def draw_units(scenario: Scenario, t: Translator, *, demonstration: bool) -> bytes:
    """The units of a scenario as a PNG of 178 by 88 mm.

    Zones carry the number of their unit in the tables. Zones without a known place are not drawn.

    Args:
        scenario: What is drawn.
        t: Texts in the language of the map.
        demonstration: Mark the map as resting on invented figures.
    """
    page = Box(0, 0, WIDTH_MM, HEIGHT_MM)
    region = Region.of(scenario.choices.place or boundaries.PROVINCE_ADCODE)
    layers = _layers(scenario, t)
    room = Box(0, 0, WIDTH_MM - _LEGEND_MM, HEIGHT_MM)

    def paint(canvas: Canvas) -> None:
        view = view_of(region, room)
        _map(canvas, room, region, view, layers, t)
        over = canvas.overlay()
        rectangle(over, page.inset(0.2), stroke=INK, weight=0.5)
        rectangle(over, room, stroke=INK, weight=0.3)
        rows = legend_rows(layers, base.ranks_present(view), t, "ha")
        box = Box(room.right, 12.0, _LEGEND_MM, HEIGHT_MM - 12.0)
        draw_panel(canvas, over, box, Panel(t("sheet.legend"), rows), k=0.9)
        bar = scale_bar(view.denominator, longest_mm=_BAR_MM)
        unit = t("sheet.km" if bar.in_km else "sheet.m")
        draw_scale_bar(canvas, over, bar, x=room.right + 4.0, y=4.0, unit=unit, k=0.9)
        marks = [t("sheet.demonstration")] if demonstration else []
        draw_watermark(canvas, over, room, marks, k=0.9)

    return draw(page, Fonts(), dpi=_DPI, form="png", paint=paint)


def _map(
    canvas: Canvas,
    room: Box,
    region: Region,
    view: View,
    layers: list[BoundLayer],
    t: Translator,
) -> None:
    ax = canvas.axes(room)
    left, low, right, high = view.extent
    ax.set_xlim(left, right)
    ax.set_ylim(low, high)
    base.draw_ground(ax, region, view)
    base.draw_boundaries(ax, view, zorder=2.5)
    for step, layer in enumerate(layers):
        draw_layer(ax, layer, view, zorder=3.5 + step * 0.1)
    naming = Naming(canvas, ax, view, 1.1)
    naming.write(base.places(region, view, t.language), layers, None, t)


def _layers(scenario: Scenario, t: Translator) -> list[BoundLayer]:
    """Links below zones; empty layers are left out."""
    zones = reference.zones()
    pairs = pd.DataFrame(
        [(p.host_id, p.absorbed_id, p.form) for p in scenario.result.pairs],
        columns=["host_id", "absorbed_id", "form"],
        dtype="object",
    )
    lines = consolidation_card.link_lines(pairs, zones, link="")
    forms = pairs["form"].set_axis(pairs["host_id"] + ">" + pairs["absorbed_id"])
    lines["link"] = lines["id"].map(forms)
    parts = consolidation_card.zone_parts(pairs, pairs.iloc[:0], zones)
    parts = parts.assign(label=parts["zone_id"].map(_labels(scenario, t)).astype("object"))
    links = replace(catalogue.candidates_links(), classes=_FORMS)
    spots = replace(catalogue.candidates_zones(), label_column="label")
    return [layer for layer in (links.bind(lines), spots.bind(parts)) if layer.legend]


def _labels(scenario: Scenario, t: Translator) -> dict[str, str]:
    """Number of the unit and name of the zone, in characters that the fonts have."""
    words, fonts = Words(scenario, t), Fonts()
    return {
        zone: drawable(f"{i} {words.brief(zone)}", fonts)
        for i, unit in enumerate(scenario.result.units, 1)
        for zone in (unit.host_id, *unit.merged, *unit.entrusted)
    }
