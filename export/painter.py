"""Draws a map sheet on its page: the map with its names, the panels, title and footer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from matplotlib.axes import Axes

from domain import boundaries
from export import base
from export.canvas import Canvas, Format, Type
from export.canvas import draw as draw_page
from export.fonts import Fonts
from export.furniture import draw_north, draw_scale_bar, draw_watermark, neat_lines
from export.inset import Cluster, Inset, arrange, clusters, draw_inset, mark
from export.naming import Naming
from export.panels import Panel, draw_panel, legend_rows
from export.scale import scale_bar
from export.sheet import MapSheet
from export.statistics import statistics_panel, unit_names
from layers.palette import INK
from layers.sheet import Pies, draw, draw_pies, paper_size_mm, pies, project
from layers.spec import BoundLayer, is_demonstration

LEGIBLE_MM: Final = 0.3
"""Polygons whose side is below this on paper are shown as circles by unit instead."""
ENLARGED_BELOW_MM: Final = 2.5
"""Polygons whose side is below this on paper are shown once more in enlargements."""
LARGEST_PIE_MM: Final = 7.5
PUBLIC_RED: Final = "#8C1D18"
_GREY: Final = "#6A6A6A"


def render(sheet: MapSheet, form: Format) -> bytes:
    """A sheet as PNG, PDF or SVG.

    Raises:
        MissingGlyphError: A text holds a character that no font can draw.
        CrowdedSheetError: The legend has more rows than the paper has room.
        GanyuanError: See :attr:`MapSheet.shown`.
    """
    fonts = Fonts(sheet.fallback_font)
    page = sheet.rooms.page
    return draw_page(page, fonts, dpi=sheet.dpi, form=form, paint=lambda c: paint(sheet, c))


def save(sheet: MapSheet, path: Path) -> Path:
    """Write a sheet to a file named ``.png``, ``.pdf`` or ``.svg``.

    Raises:
        ValueError: The name has another suffix.
        GanyuanError: See :func:`render`.
    """
    forms: dict[str, Format] = {".png": "png", ".pdf": "pdf", ".svg": "svg"}
    if path.suffix.lower() not in forms:
        raise ValueError(f"{path.name}: choose .png, .pdf or .svg")
    path.write_bytes(render(sheet, forms[path.suffix.lower()]))
    return path


def paint(sheet: MapSheet, canvas: Canvas) -> None:
    """Draw everything that the sheet carries."""
    _Painter(sheet, canvas).paint()


class _Painter:
    """Draws one sheet on one canvas."""

    def __init__(self, sheet: MapSheet, canvas: Canvas) -> None:
        self.sheet = sheet
        self.layers = sheet.shown
        self.canvas = canvas
        self.rooms = sheet.rooms
        self.k = self.rooms.type_scale
        self.view = sheet.view
        self.t = sheet.t
        self.circles: Pies | None = None
        self.small: BoundLayer | None = None
        self.units: list[Cluster] = []
        self.insets: list[Inset] = []
        self.notes: list[str] = list(sheet.notes)

    def paint(self) -> None:
        self._decide()
        self._map()
        page = self.canvas.overlay()
        neat_lines(page, self.rooms)
        self._title(page)
        self._panels(page)
        self._scale_and_north(page)
        self._footer(page)
        draw_watermark(self.canvas, page, self.rooms.map, self._marks(), k=self.k)

    def _decide(self) -> None:
        """How parcels are shown at this scale: as circles by unit, enlarged, or as they are."""
        for layer in self.layers:
            if layer.spec.geometry != "polygon" or not layer.spec.area_column:
                continue
            names = unit_names(layer.frame, self.sheet.region, self.t)
            size = paper_size_mm(project(layer.frame, self.view).geometry, self.view)
            if names is None or not size:
                continue
            if size < LEGIBLE_MM:
                self.small = layer
                self.circles = pies(layer, self.view, names, largest_mm=LARGEST_PIE_MM * self.k)
                self.notes.append(self.t("sheet.pies_note", size=f"{LEGIBLE_MM:g}"))
            elif size < ENLARGED_BELOW_MM:
                self.units = clusters(layer, names, self.view)
                room = self.rooms.map
                self.insets = arrange(
                    self.units, self.sheet.region.geometry, self.view, room, k=self.k
                )
                framed = {inset.name: inset.view.extent for inset in self.insets}
                self.units = [
                    replace(unit, bounds=framed.get(unit.name, unit.bounds)) for unit in self.units
                ]
            return

    def _map(self) -> None:
        view = self.view
        ax = self.canvas.axes(self.rooms.map)
        left, low, right, high = view.extent
        ax.set_xlim(left, right)
        ax.set_ylim(low, high)
        base.draw_ground(ax, self.sheet.region, view)
        areas = [la for la in self.layers if la.spec.geometry == "polygon"]
        for step, layer in enumerate(areas):
            if layer is not self.small:
                draw(ax, layer, view, zorder=1.0 + step * 0.1)
        base.draw_boundaries(ax, view, zorder=2.5)
        if self.small is not None and self.circles is not None:
            draw_pies(ax, self.small, self.circles, view, zorder=3.0)
        others = [la for la in self.layers if la.spec.geometry != "polygon"]
        for step, layer in enumerate(sorted(others, key=lambda la: la.spec.geometry == "point")):
            draw(ax, layer, view, zorder=3.5 + step * 0.1)
        self._name(ax)
        for inset in self.insets:
            mark(ax, inset, k=self.k)
            scale = self.t("sheet.scale_short", number=_grouped(inset.view.denominator))
            draw_inset(self.canvas, inset, self.layers, scale=scale, k=self.k)

    def _name(self, ax: Axes) -> None:
        room = self.rooms.map
        naming = Naming(self.canvas, ax, self.view, self.k)
        naming.block(
            (i.box.x - room.x, i.box.y - room.y, i.box.right - room.x, i.box.top - room.y)
            for i in self.insets
        )
        places = base.places(self.sheet.region, self.view, self.t.language)
        naming.write(places, self.layers, self.circles, self.t)
        naming.write_units(self.units)
        if naming.shortened:
            self.notes.append(self.t("sheet.short_names"))

    def _title(self, ax: Axes) -> None:
        room, k = self.rooms.title, self.k
        style = Type(17 * k, "bold", "#1E1E1E")
        mark_style = Type(
            8.2 * k, "bold", INK if self.sheet.release.mode == "public" else PUBLIC_RED
        )
        side = self.canvas.width(self._mode_mark(), mark_style) + 6 * k
        width = self.canvas.width(self.sheet.full_title, style)
        if width > room.width - 2 * side:
            style = replace(style, size=style.size * (room.width - 2 * side) / width)
        middle = room.x + room.width / 2
        self.canvas.text(ax, middle, room.y + 2.4 * k, self.sheet.full_title, style, align="center")
        y = room.y + 1.6 * k
        self.canvas.text(ax, room.x, y, self._mode_mark(), mark_style)
        if self.sheet.figure_number.strip():
            text = self.t("sheet.figure", number=self.sheet.figure_number.strip())
            self.canvas.text(ax, room.right, y, text, Type(9 * k), align="right")

    def _mode_mark(self) -> str:
        release = self.sheet.release
        if release.mode == "public":
            return self.t("sheet.review", number=release.review_number.strip())
        return self.t(f"sheet.mark_{release.mode}")

    def _marks(self) -> list[str]:
        """Texts of the watermark; none on a public map of real data."""
        marks = []
        release = self.sheet.release
        if is_demonstration(self.layers):
            marks.append(self.t("sheet.demonstration"))
        if release.mode != "public":
            when = self.sheet.drawn_at.strftime("%Y-%m-%d %H:%M")
            who = release.user if release.mode == "internal" else ""
            marks.append("  ".join(p for p in (self.t("sheet.mark_internal"), who, when) if p))
        return marks

    def _panels(self, ax: Axes) -> None:
        legend, statistics, _ = self.rooms.panels
        ranks = base.ranks_present(self.view)
        panel = Panel(
            self.t("sheet.legend"),
            legend_rows(self.layers, ranks, self.t, self.sheet.unit),
            tuple(self.notes),
            sample=self.circles,
            unit=self.sheet.unit,
            unit_label=self.t(f"sheet.unit_{self.sheet.unit}"),
        )
        draw_panel(self.canvas, ax, legend, panel, k=self.k)
        panel = statistics_panel(self.layers, self.sheet.region, self.t, self.sheet.unit)
        draw_panel(self.canvas, ax, statistics, panel, k=self.k)

    def _scale_and_north(self, ax: Axes) -> None:
        room, k = self.rooms.panels[2], self.k
        side = 14 * k
        bar = scale_bar(self.view.denominator, longest_mm=room.width - side - 11 * k)
        x, foot = room.x + side + 2 * k, room.y + room.height / 2 - 4.5 * k
        draw_north(
            self.canvas, ax, x=room.x + 7.5 * k, y=foot - 3 * k, text=self.t("sheet.north"), k=k
        )
        unit = self.t("sheet.km" if bar.in_km else "sheet.m")
        draw_scale_bar(self.canvas, ax, bar, x=x, y=foot, unit=unit, k=k)
        text = self.t("sheet.scale", number=_grouped(self.view.denominator))
        self.canvas.text(ax, x, foot + 7 * k, text, Type(8.6 * k, "bold"))
        small = Type(5.8 * k, colour=_GREY)
        self.canvas.text(ax, x, foot - 4.2 * k, self.t("sheet.grid_north"), small)

    def _footer(self, ax: Axes) -> None:
        room, k, sheet = self.rooms.footer, self.k, self.sheet
        style = Type(6.4 * k)
        right = [
            self.t("sheet.drawn_by", who=sheet.organisation.strip() or self.t("sheet.nobody")),
            self.t("sheet.dates", data=sheet.data_date, drawn=f"{sheet.drawn_at:%Y-%m-%d}"),
            self._status_line(),
        ]
        widest = max(self.canvas.width(text, style) for text in right)
        left = [sheet.projection.line(self.t), self._sources(), self.t("sheet.boundary_note")]
        width = room.width - widest - 6 * k
        lines = [part for text in left for part in self.canvas.wrap(text, style, width)]
        step = 3.3 * k * min(1.0, 4.0 / len(lines))
        size = replace(style, size=style.size * min(1.0, 4.6 / len(lines)))
        for i, text in enumerate(right):
            y = room.top - 3.6 * k - i * 3.3 * k
            self.canvas.text(ax, room.right, y, text, style, align="right")
        for i, text in enumerate(lines):
            self.canvas.text(ax, room.x, room.top - 3.6 * k - i * step, text, size)

    def _status_line(self) -> str:
        release = self.sheet.release
        if is_demonstration(self.layers):
            return self.t("sheet.demonstration_footer")
        if release.mode == "public":
            return self.t("sheet.issuer", issuer=release.issuer.strip())
        return self.t("sheet.draft")

    def _sources(self) -> str:
        note = boundaries.source()
        ground = self.t.pick(note["attribution"], note["attribution_en"])
        keys = dict.fromkeys(layer.spec.source for layer in self.layers)
        texts = [self.t.get(key, key) for key in keys if key != "layers.source.boundaries"]
        joint = self.t("sheet.list_joint")
        return self.t("sheet.sources", list=joint.join([*texts, *self.sheet.sources, ground]))


def _grouped(number: int) -> str:
    """A denominator in groups of three, parted by fixed spaces."""
    return f"{number:,}".replace(",", "\u00a0")
