"""The map of a scenario: units as outlines, zones and links over the boundaries, and enlargements.

Drawn without network. An outline that would be smaller than :data:`LEGIBLE_MM` on paper is a
marker on the overview; the units that change most are drawn once more at scales of their own.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.axes import Axes

from analytics.consolidation import card as consolidation_card
from analytics.consolidation.outline import placed
from analytics.consolidation.scenario import Scenario
from domain import boundaries, reference
from domain.i18n import Translator
from export import base
from export.canvas import Canvas, Type, draw, rectangle
from export.fonts import Fonts
from export.furniture import draw_scale_bar, draw_watermark
from export.naming import Naming
from export.panels import Panel, draw_panel, legend_rows
from export.paper import Box
from export.passport_fit import drawable
from export.region import Region
from export.scale import scale_bar
from export.scenario_inset import Enlargement, Subject, draw_enlargement, enlargements
from export.scenario_outlines import ScenarioOutlines, changes, no_outlines, pairs_of
from export.scenario_words import Words
from export.sheet import view_of
from layers.catalogue import consolidation as catalogue
from layers.palette import ACCENT, INK
from layers.sheet import View
from layers.sheet import draw as draw_layer
from layers.spec import BoundLayer, LayerClass, LayerSpec, Symbol

WIDTH_MM: Final = 178.0
HEIGHT_MM: Final = 104.0
LEGIBLE_MM: Final = 2.0
"""Side of a square on paper below which an outline is a marker on the overview."""
MOST_INSETS: Final = 4
_LEGEND_MM: Final = 44.0
_OVERVIEW_MM: Final = 78.0
"""Width of the overview where there are enlargements beside it."""
_DPI: Final = 220
_BAR_MM: Final = 26.0
_AROUND_MM: Final = 1.8
"""Room between a unit and its frame on the overview."""
_NUMBER: Final = Type(5.4, "bold", ACCENT, halo=1.2)
_FORMS: Final = (
    LayerClass("merge", "conplan.form.merge", Symbol(None, "#C8631B", 2.4)),
    LayerClass(
        "trusteeship", "conplan.form.trusteeship", Symbol(None, "#C8631B", 1.8, dash=(5.0, 3.0))
    ),
)
_WEIGHTS: Final = {"unit": 0.9, "trust": 1.0}
_WEIGHT: Final = 0.6
"""Widths of outlines on paper, in pixels; outlines are small there."""
_DOT: Final = Symbol(INK, INK, 0.5, 1.0, size=2.2)


@dataclass(frozen=True)
class Drawing:
    """What the map of a scenario shows.

    Attributes:
        outlines: All outlines of the units; None without any.
        overview: Those that are large enough on the overview; None without any.
        links: Links between the zones.
        markers: Zones whose outline is not on the overview.
        dots: Places of the names of the others.
        notes: What the legend says beside its symbols.
    """

    outlines: BoundLayer | None = field(repr=False)
    overview: BoundLayer | None = field(repr=False)
    links: BoundLayer = field(repr=False)
    markers: BoundLayer = field(repr=False)
    dots: BoundLayer = field(repr=False)
    notes: tuple[str, ...]

    @property
    def listed(self) -> list[BoundLayer]:
        """Layers of the legend."""
        every = (self.outlines, self.links, self.markers)
        return [layer for layer in every if layer is not None and layer.legend]

    @property
    def drawn(self) -> list[BoundLayer]:
        """Layers of the overview from the lowest to the highest."""
        every = (self.overview, self.links, self.markers, self.dots)
        return [layer for layer in every if layer is not None and layer.legend]


def draw_units(
    scenario: Scenario,
    t: Translator,
    *,
    demonstration: bool,
    outlines: ScenarioOutlines | None = None,
) -> bytes:
    """The units of a scenario as a PNG of 178 by 104 mm.

    Zones carry the number of their unit in the tables. Zones without a known place are not drawn.

    Args:
        scenario: What is drawn.
        t: Texts in the language of the map.
        demonstration: Mark the map as resting on invented figures.
        outlines: Outlines of its units; None draws places and links alone.
    """
    held = outlines or no_outlines()
    page = Box(0, 0, WIDTH_MM, HEIGHT_MM)
    inner = Box(0, 0, WIDTH_MM - _LEGEND_MM, HEIGHT_MM)
    room = Box(0, 0, _OVERVIEW_MM, HEIGHT_MM) if len(changes(held.units)) else inner
    region = Region.of(scenario.choices.place or boundaries.PROVINCE_ADCODE)
    view = view_of(region, room)
    shown = drawing(scenario, held, view, t)
    subjects = _subjects(scenario, held, shown, t)
    beside = Box(room.right, 0, inner.right - room.right, HEIGHT_MM)
    insets = enlargements(subjects, view, beside)
    marks = [t("sheet.demonstration")] if demonstration or held.demonstration else []
    marks.append(t("scenario.annex.draft"))

    def paint(canvas: Canvas) -> None:
        _map(canvas, room, region, view, shown, insets, t)
        for inset in insets:
            draw_enlargement(canvas, inset, region, t)
        over = canvas.overlay()
        rectangle(over, page.inset(0.2), stroke=INK, weight=0.5)
        rectangle(over, inner, stroke=INK, weight=0.3)
        _furniture(canvas, over, view, shown, t)
        draw_watermark(canvas, over, inner, marks, k=0.9)

    return draw(page, Fonts(), dpi=_DPI, form="png", paint=paint)


def _furniture(canvas: Canvas, over: Axes, view: View, shown: Drawing, t: Translator) -> None:
    """Legend and scale bar at the right."""
    left = WIDTH_MM - _LEGEND_MM
    rows = legend_rows(shown.listed, base.ranks_present(view), t, "ha")
    box = Box(left, 12.0, _LEGEND_MM, HEIGHT_MM - 12.0)
    panel = Panel(t("sheet.legend"), rows, shown.notes)
    draw_panel(canvas, over, box, panel, k=0.9)
    bar = scale_bar(view.denominator, longest_mm=_BAR_MM)
    unit = t("sheet.km" if bar.in_km else "sheet.m")
    draw_scale_bar(canvas, over, bar, x=left + 4.0, y=4.0, unit=unit, k=0.9)


def _map(
    canvas: Canvas,
    room: Box,
    region: Region,
    view: View,
    shown: Drawing,
    insets: list[Enlargement],
    t: Translator,
) -> None:
    ax = canvas.axes(room)
    left, low, right, high = view.extent
    ax.set_xlim(left, right)
    ax.set_ylim(low, high)
    base.draw_ground(ax, region, view)
    if shown.overview is not None:
        draw_layer(ax, shown.overview, view, zorder=2.0)
    base.draw_boundaries(ax, view, zorder=2.5)
    for step, layer in enumerate(la for la in shown.drawn if la is not shown.overview):
        draw_layer(ax, layer, view, zorder=3.5 + step * 0.1)
    for inset in insets:
        x, y, right, top = inset.extent
        around = Box(x, y, right - x, top - y).inset(-_AROUND_MM * view.metres_per_mm)
        rectangle(ax, around, stroke=ACCENT, weight=0.6, zorder=5.5)
        canvas.text(
            ax, around.x, around.top, f" {inset.subject.number}", _NUMBER, valign="top", zorder=7
        )
    naming = Naming(canvas, ax, view, 0.9 if insets else 1.1)
    naming.write(base.places(region, view, t.language), shown.drawn, None, t)


def drawing(scenario: Scenario, held: ScenarioOutlines, view: View, t: Translator) -> Drawing:
    """What the map of a scenario shows at a scale.

    Args:
        scenario: What is drawn.
        held: Outlines of its units.
        view: The overview.
        t: Texts.
    """
    shapes = held.units.shapes
    legible = _legible(shapes, view)
    seen = shapes[legible]
    zones, pairs = placed(reference.zones(), shapes), pairs_of(scenario)
    lines = consolidation_card.link_lines(pairs, zones, link="")
    forms = pairs["form"].set_axis(pairs["host_id"] + ">" + pairs["absorbed_id"])
    lines["link"] = lines["id"].map(forms)
    parts = consolidation_card.zone_parts(pairs, pairs.iloc[:0], zones)
    parts = parts.assign(label=parts["zone_id"].map(_labels(scenario, t)).astype("object"))
    own = seen.loc[seen["part"].isin(["host", "absorbed", "trust"]), "zone_id"]
    outlined = parts["zone_id"].isin(own)
    spots = replace(catalogue.chosen_zones(), label_column="label")
    return Drawing(
        outlines=_outlines(shapes, held),
        overview=_outlines(seen, held),
        links=replace(catalogue.candidates_links(), classes=_FORMS).bind(lines),
        markers=spots.bind(parts[~outlined]),
        dots=name_dots().bind(parts[outlined]),
        notes=_notes(held, int((~legible).sum()), t),
    )


def name_dots() -> LayerSpec:
    """Places of names on outlines, small enough not to cover them; needs ``label``."""
    return LayerSpec(
        id="consolidation_names",
        title="consolidation.layer.zones",
        geometry="point",
        classes=(LayerClass("name", "", _DOT),),
        source=catalogue.SOURCE,
        id_column="zone_id",
        label_column="label",
        listed=False,
    )


def _outlines(shapes: gpd.GeoDataFrame, held: ScenarioOutlines) -> BoundLayer | None:
    if shapes.empty:
        return None
    spec = catalogue.unit_outlines()
    fine = tuple(
        replace(c, symbol=replace(c.symbol, weight=_WEIGHTS.get(c.key, _WEIGHT)))
        for c in spec.classes
    )
    spec = replace(spec, label_column=None, classes=fine)
    return spec.bind(shapes, demonstration=held.demonstration)


def _thin(spec: LayerSpec) -> LayerSpec:
    """Links that do not cover the outlines that they join."""
    classes = (replace(c, symbol=replace(c.symbol, weight=_WEIGHT)) for c in spec.classes)
    return replace(spec, classes=tuple(classes))


def _legible(shapes: gpd.GeoDataFrame, view: View) -> np.ndarray:
    """Which outlines are large enough to be seen as such."""
    if shapes.empty:
        return np.zeros(0, dtype=bool)
    side = np.sqrt(shapely.area(shapes.geometry.to_crs(view.crs).to_numpy()))
    legible: np.ndarray = side / view.metres_per_mm >= LEGIBLE_MM
    return legible


def _notes(held: ScenarioOutlines, below: int, t: Translator) -> tuple[str, ...]:
    """What is not drawn as an outline, and why."""
    if held.state != "drawn":
        return (t(f"scenario.map.{held.state}"),)
    told = [t("scenario.map.below", n=below, size=f"{LEGIBLE_MM:g}")] if below else []
    told += [t("scenario.map.without", n=len(held.units.without))] if held.units.without else []
    told += [t("scenario.map.faults", n=len(held.units.faults))] if held.units.faults else []
    return tuple(told)


def _subjects(
    scenario: Scenario, held: ScenarioOutlines, shown: Drawing, t: Translator
) -> list[Subject]:
    """The units that change most, with what their enlargements show."""
    numbers = {unit.host_id: i for i, unit in enumerate(scenario.result.units, 1)}
    shapes, words, fonts = held.units.shapes, Words(scenario, t), Fonts()
    out = []
    for host in changes(held.units).index[:MOST_INSETS]:
        own = shapes[shapes["host_id"] == host]
        layer = _outlines(own, held)
        if layer is None:
            continue
        named = own[own["part"].isin(["host", "absorbed", "trust"])]
        labels = [drawable(words.brief(zone), fonts) for zone in named["zone_id"]]
        points = shapely.point_on_surface(named.geometry.to_numpy())
        dots = name_dots().bind(
            named.assign(label=labels).set_geometry(gpd.GeoSeries(points, named.index, crs=4490))
        )
        title = t("scenario.map.unit", n=numbers[host], host=drawable(words.brief(host), fonts))
        links = shown.links.frame[shown.links.frame["host_id"] == host]
        lines = _thin(shown.links.spec).bind(links)
        found = held.units.merged.get(str(host))
        out.append(Subject(str(numbers[host]), title, layer, lines, dots, found))
    return out


def _labels(scenario: Scenario, t: Translator) -> dict[str, str]:
    """Number of the unit and name of the zone, in characters that the fonts have."""
    words, fonts = Words(scenario, t), Fonts()
    return {
        zone: drawable(f"{i} {words.brief(zone)}", fonts)
        for i, unit in enumerate(scenario.result.units, 1)
        for zone in (unit.host_id, *unit.merged, *unit.entrusted)
    }
