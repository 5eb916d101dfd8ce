"""Several scenarios as small maps side by side, at one extent and one scale.

Every map holds every pair of all scenarios, drawn by what it is in that one: in all, in some, in
this one only, or in others only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import geopandas as gpd
import pandas as pd
from matplotlib.axes import Axes

from analytics.consolidation import card as consolidation_card
from analytics.consolidation.outline import placed
from analytics.consolidation.scenario import Scenario
from analytics.consolidation.scenario_compare import MARKS, Comparison, marks, place_of
from domain import boundaries, formats, reference
from domain.i18n import Translator
from domain.zone_names import short
from export import base
from export.canvas import Canvas, Type, draw, line, rectangle
from export.docx_parts import clean
from export.fonts import Fonts
from export.furniture import draw_scale_bar, draw_watermark
from export.naming import Naming
from export.panels import Panel, Row, draw_panel
from export.paper import MM_PER_PT, Box
from export.passport_fit import drawable, fit
from export.region import Region
from export.scale import scale_bar
from export.scenario_outlines import ScenarioOutlines
from export.sheet import view_of
from layers.catalogue import consolidation as catalogue
from layers.palette import ACCENT, INK
from layers.sheet import View
from layers.sheet import draw as draw_layer
from layers.spec import BoundLayer, LayerClass, Symbol

WIDTH_MM: Final = 260.0
_HEIGHTS_MM: Final = {2: 108.0, 3: 92.0, 4: 76.0}
"""Height of the picture by the number of maps."""
_LEGEND_MM: Final = 48.0
_HEAD_MM: Final = 5.2
_DPI: Final = 150
_BAR_MM: Final = 26.0
_GREY: Final = "#6F6F6F"
_MARKER: Final = 0.75
"""Of the usual size of markers."""
_HEAD: Final = Type(7.4, "bold")
_SMALL: Final = Type(6.2)
_SYMBOLS: Final = {
    "all": Symbol(None, ACCENT, 2.2),
    "form": Symbol(None, ACCENT, 2.2, dash=(5.0, 2.5)),
    "some": Symbol(None, "#608EDF", 2.2, dash=(8.0, 2.0, 2.0, 2.0)),
    "only": Symbol(None, "#C8631B", 3.4),
    "absent": Symbol(None, _GREY, 2.0, dash=(1.6, 2.4)),
}
"""How a pair is drawn; told apart by width and dash as well as by colour."""
_SHOWN: Final = ("host", "absorbed", "both", "linked")


@dataclass(frozen=True)
class SmallMap:
    """One of the maps.

    Attributes:
        name: Name of the scenario, in characters that the fonts have.
        said: How many pairs it chose, and how many of them no other one did.
        links: Every pair of all scenarios that has a line.
        zones: The zones of the pairs; those of other scenarios' pairs alone are grey.
    """

    name: str
    said: str
    links: BoundLayer
    zones: BoundLayer

    @property
    def layers(self) -> list[BoundLayer]:
        """From the lowest to the highest; without features none."""
        return [layer for layer in (self.links, self.zones) if layer.legend]


def draw_comparison(
    scenarios: Mapping[str, Scenario],
    found: Comparison,
    t: Translator,
    *,
    demonstration: bool,
    outlines: Sequence[ScenarioOutlines] = (),
) -> bytes:
    """The maps as one PNG of 260 mm width.

    Args:
        scenarios: Two to four, by name.
        found: The same, compared.
        t: Texts in the language of the maps.
        demonstration: Mark them as resting on invented figures.
        outlines: Outlines of their units: zones that have one stand in it.
    """
    n = len(scenarios)
    page = Box(0, 0, WIDTH_MM, _HEIGHTS_MM[n])
    width = (WIDTH_MM - _LEGEND_MM) / n
    rooms = [Box(i * width, 0, width, page.height - _HEAD_MM) for i in range(n)]
    region = Region.of(place_of(scenarios.values()) or boundaries.PROVINCE_ADCODE)
    view = view_of(region, rooms[0])
    maps = small_maps(found, t, outlines=outlines)
    words = [t("sheet.demonstration")] if demonstration else []
    words.append(t("scenario.annex.draft"))

    def paint(canvas: Canvas) -> None:
        for room, one in zip(rooms, maps, strict=True):
            _map(canvas, room, region, view, one, t)
        over = canvas.overlay()
        rectangle(over, page.inset(0.2), stroke=INK, weight=0.5)
        for room, one in zip(rooms, maps, strict=True):
            _head(canvas, over, room, one)
        left = rooms[-1].right
        box = Box(left, 14.0, _LEGEND_MM, page.height - 14.0)
        panel = Panel(t("sheet.legend"), legend(found, maps, view, t), _notes(found, maps, t))
        draw_panel(canvas, over, box, panel, k=0.95)
        bar = scale_bar(view.denominator, longest_mm=_BAR_MM)
        unit = t("sheet.km" if bar.in_km else "sheet.m")
        draw_scale_bar(canvas, over, bar, x=left + 4.0, y=5.0, unit=unit, k=0.95)
        area = Box(0, 0, left, page.height - _HEAD_MM)
        draw_watermark(canvas, over, area, words, k=0.9)

    return draw(page, Fonts(), dpi=_DPI, form="png", paint=paint)


def small_maps(
    found: Comparison, t: Translator, *, outlines: Sequence[ScenarioOutlines] = ()
) -> list[SmallMap]:
    """What each of the maps holds, in the order of the scenarios."""
    fonts, zones = Fonts(), reference.zones()
    shapes = [one.units.shapes for one in outlines if len(one.units.shapes)]
    if shapes:
        together = pd.concat(shapes, ignore_index=True)
        zones = placed(zones, gpd.GeoDataFrame(together, crs=zones.crs))
    lines = consolidation_card.link_lines(found.pairs.reset_index(drop=True), zones, link="")
    table, out = marks(found), []
    for i, name in enumerate(found.names):
        own = table[i]
        said = t(
            "scenario.compare_map.said",
            n=formats.count(own.ne("absent").sum()),
            only=formats.count(own.eq("only").sum()),
        )
        links = replace(catalogue.candidates_links(), classes=_classes(len(found.names)))
        out.append(
            SmallMap(
                drawable(clean(name), fonts),
                said,
                links.bind(lines.assign(link=lines["id"].map(own))),
                _zones(found, own, zones, t, fonts),
            )
        )
    return out


def _zones(
    found: Comparison, own: pd.Series, zones: gpd.GeoDataFrame, t: Translator, fonts: Fonts
) -> BoundLayer:
    """Zones of the pairs; names stand at those of pairs that not all scenarios have alike."""
    here, elsewhere = found.pairs[own.ne("absent")], found.pairs[own.eq("absent")]
    parts = consolidation_card.zone_parts(here, elsewhere, zones)
    apart = found.pairs[own.isin(["only", "some", "form"])]
    named = parts["zone_id"].isin([*apart["host_id"], *apart["absorbed_id"]])
    names = [drawable(short(name), fonts) for name in parts[t.pick("name_zh", "name_en")]]
    label = pd.Series(names, index=parts.index, dtype="object").where(named, "")
    spec = replace(catalogue.chosen_zones(size=_MARKER), label_column="label")
    return spec.bind(parts.assign(label=label))


def _classes(n: int) -> tuple[LayerClass, ...]:
    """The marks as classes, the most striking last; two scenarios have words of their own."""
    return tuple(
        LayerClass(mark, f"scenario.compare_map.{'two' if n == 2 else 'more'}.{mark}", symbol)  # noqa: PLR2004
        for mark, symbol in reversed(list(_SYMBOLS.items()))
    )


def legend(
    found: Comparison, maps: Sequence[SmallMap], view: View, t: Translator
) -> tuple[Row, ...]:
    """The marks and kinds of zones that are on any of the maps, and the boundaries."""
    present = set(marks(found).to_numpy().ravel())
    named = {c.key: c for c in _classes(len(found.names))}
    rows = [Row(t("scenario.compare_map.pairs"), heading=True)]
    rows += [
        Row(t(named[mark].label), (), named[mark].symbol, "line")
        for mark in MARKS
        if mark in present
    ]
    rows.append(Row(t("scenario.compare_map.zones"), heading=True))
    kinds = {row.layer_class.key: row.layer_class for one in maps for row in one.zones.legend}
    for key in _SHOWN:
        if key in kinds:
            rows.append(Row(t(kinds[key].label), (), kinds[key].symbol, "point"))
    ranks = base.ranks_present(view)
    rows.append(Row(t("sheet.boundaries"), heading=True))
    rows += [Row(t(f"sheet.line_{r}"), (), base.SYMBOLS[r], "line") for r in ranks]
    return tuple(rows)


def _notes(found: Comparison, maps: Sequence[SmallMap], t: Translator) -> tuple[str, ...]:
    told = [t("scenario.compare_map.same")]
    missing = len(found.pairs) - len(maps[0].links.frame)
    return (*told, t("scenario.compare_map.no_line", n=missing)) if missing else tuple(told)


def _map(
    canvas: Canvas, room: Box, region: Region, view: View, one: SmallMap, t: Translator
) -> None:
    ax = canvas.axes(room)
    left, low, right, high = view.extent
    ax.set_xlim(left, right)
    ax.set_ylim(low, high)
    base.draw_ground(ax, region, view)
    base.draw_boundaries(ax, view, zorder=2.5)
    for step, layer in enumerate(one.layers):
        draw_layer(ax, layer, view, zorder=3.5 + step * 0.1)
    places = [p for p in base.places(region, view, t.language) if p.role == "inside"]
    Naming(canvas, ax, view, 0.9).write(places, one.layers, None, t)


def _head(canvas: Canvas, over: Axes, room: Box, one: SmallMap) -> None:
    """Name and number of pairs over a map."""
    box = Box(room.x, room.top, room.width, _HEAD_MM)
    rectangle(over, room, stroke=INK, weight=0.3)
    line(over, [box.x, box.x], [box.y, box.top], weight=0.3)
    base_y = box.y + 1.5
    canvas.text(over, box.right - 1.5, base_y, one.said, _SMALL, align="right")
    space = (box.width - canvas.width(one.said, _SMALL) - 5.0) / MM_PER_PT
    (name,) = fit(one.name, canvas.fonts, _HEAD.size, space, weight="bold") or ("",)
    canvas.text(over, box.x + 1.5, base_y, name, _HEAD)
