"""Map sheets: one region, some layers, one paper, everything a figure of a planning report carries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import shapely
from matplotlib.axes import Axes

from domain import boundaries
from domain.formats import AreaUnit
from domain.i18n import Translator
from export import base
from export.canvas import Canvas, Format, Type, draw, rectangle
from export.fonts import Fonts
from export.furniture import draw_north, draw_scale_bar, draw_watermark, neat_lines
from export.modes import PUBLIC_GENERALISATION_M, Release
from export.naming import Naming
from export.panels import Panel, draw_panel, legend_rows
from export.paper import Layout, Orientation, PaperSize, layout
from export.projection import Projection
from export.region import EmptyRegionError, Region
from export.scale import fitting_denominator, scale_bar
from export.statistics import statistics_panel, unit_names
from layers.palette import INK
from layers.sheet import Pies, View, draw_pies, paper_size_mm, pies, project
from layers.sheet import draw as draw_layer
from layers.spec import BoundLayer, is_demonstration

LEGIBLE_MM: Final = 0.9
"""Polygons whose side is below this on paper are summed into circles as well."""
MARGIN_SHARE: Final = 0.05
LARGEST_PIE_MM: Final = 7.0
_GREY: Final = "#6A6A6A"


@dataclass(frozen=True)
class MapSheet:
    """A sheet before it is drawn.

    Attributes:
        region: The place.
        layers: What is shown, lowest first, each bound to its data in EPSG:4490.
        t: Texts in the language of the sheet.
        drawn_at: Time of drawing; printed, so that the same arguments give the same bytes.
        data_date: Date of the data as printed.
        title: Title; empty composes place, theme and year.
        paper: ``A4`` or ``A3``.
        orientation: ``landscape`` or ``portrait``.
        dpi: Resolution of pictures in dots per inch.
        unit: Unit of areas.
        release: Mode with its marks.
        organisation: Drawing unit or author.
        figure_number: Number of the figure in its report.
        sources: Further sources (file, provider, cut-off) besides those of the layers.
        fallback_font: A fuller font for rare characters.
    """

    region: Region
    layers: tuple[BoundLayer, ...]
    t: Translator = field(repr=False)
    drawn_at: dt.datetime
    data_date: str
    title: str = ""
    paper: PaperSize = "A4"
    orientation: Orientation = "landscape"
    dpi: int = 300
    unit: AreaUnit = "ha"
    release: Release = field(default_factory=Release)
    organisation: str = ""
    figure_number: str = ""
    sources: tuple[str, ...] = ()
    fallback_font: Path | None = None

    @property
    def rooms(self) -> Layout:
        """Where things stand on the paper."""
        return layout(self.paper, self.orientation)

    @property
    def projection(self) -> Projection:
        """The projection of the region."""
        return self.region.projection

    @property
    def view(self) -> View:
        """Extent and scale: the region, centred, at a round true scale."""
        crs = self.projection.crs
        left, low, right, high = _outline(self.region, crs).bounds
        room = self.rooms.map
        extent = ((right - left) * (1 + MARGIN_SHARE), (high - low) * (1 + MARGIN_SHARE))
        denominator = fitting_denominator(extent, (room.width, room.height))
        half = (room.width * denominator / 2000, room.height * denominator / 2000)
        x, y = (left + right) / 2, (low + high) / 2
        return View(crs, (x - half[0], y - half[1], x + half[0], y + half[1]), denominator)

    @property
    def full_title(self) -> str:
        """The title as printed: as given, or place + theme + year."""
        if self.title.strip():
            return self.title.strip()
        themes = [self.t.get(la.spec.title, la.spec.title) for la in self.layers]
        theme = self.t("sheet.and").join(themes[-2:])
        return self.t(
            "sheet.title", place=self.region.name, theme=theme, year=self.data_date[:4]
        )

    def shown(self) -> tuple[BoundLayer, ...]:
        """The layers cut to the region, with legends counted anew.

        Raises:
            ReviewNumberError: A public sheet without review number.
            NotForPublicError: A public sheet with parcels.
            EmptyRegionError: Nothing of any layer lies in the region.
        """
        self.release.check(self.layers)
        cut = tuple(self.region.within(layer) for layer in self.layers)
        present = tuple(layer for layer in cut if layer.legend)
        if self.layers and not present:
            raise EmptyRegionError(
                f"none of the layers has anything in {self.region.name}",
                values={"place": self.region.name},
            )
        if self.release.mode == "public":
            return tuple(_generalised(layer, self.projection) for layer in present)
        return present

    def render(self, form: Format) -> bytes:
        """The sheet as PNG, PDF or SVG.

        Raises:
            MissingGlyphError: A text holds a character that no font can draw.
            CrowdedSheetError: The legend has more rows than the paper has room.
            GanyuanError: See :meth:`shown`.
        """
        shown = self.shown()
        fonts = Fonts(self.fallback_font)
        return draw(
            self.rooms.page, fonts, dpi=self.dpi, form=form,
            paint=lambda canvas: _Painter(self, shown, canvas).paint(),
        )

    def save(self, path: Path) -> Path:
        """Write the sheet to a file named ``.png``, ``.pdf`` or ``.svg``.

        Raises:
            ValueError: The name has another suffix.
            GanyuanError: See :meth:`render`.
        """
        forms: dict[str, Format] = {".png": "png", ".pdf": "pdf", ".svg": "svg"}
        if path.suffix.lower() not in forms:
            raise ValueError(f"{path.name}: choose .png, .pdf or .svg")
        content = self.render(forms[path.suffix.lower()])
        path.write_bytes(content)
        return path


def _outline(region: Region, crs: object) -> shapely.Geometry:
    import geopandas as gpd

    return gpd.GeoSeries([region.geometry], crs=4490).to_crs(crs).iloc[0]


def _generalised(layer: BoundLayer, projection: Projection) -> BoundLayer:
    """Outlines of a polygon layer generalised as public maps ask."""
    if layer.spec.geometry != "polygon":
        return layer
    frame = layer.frame
    simple = frame.geometry.to_crs(projection.crs).simplify(PUBLIC_GENERALISATION_M)
    return replace(layer, frame=frame.set_geometry(simple.to_crs(frame.crs)))


class _Painter:
    """Draws one sheet on one canvas."""

    def __init__(self, sheet: MapSheet, layers: Sequence[BoundLayer], canvas: Canvas) -> None:
        self.sheet = sheet
        self.layers = layers
        self.canvas = canvas
        self.rooms = sheet.rooms
        self.k = self.rooms.type_scale
        self.view = sheet.view
        self.t = sheet.t

    def paint(self) -> None:
        circles = self._map()
        page = self.canvas.overlay()
        neat_lines(page, self.rooms)
        self._title(page)
        self._panels(page, circles)
        self._scale_and_north(page)
        self._footer(page)
        draw_watermark(self.canvas, page, self.rooms.map, self._marks(), k=self.k)

    def _map(self) -> Pies | None:
        box, view = self.rooms.map, self.view
        ax = self.canvas.axes(box)
        left, low, right, high = view.extent
        ax.set_xlim(left, right)
        ax.set_ylim(low, high)
        base.draw_ground(ax, self.sheet.region, view)
        lines = [la for la in self.layers if la.spec.geometry != "polygon"]
        for step, layer in enumerate(la for la in self.layers if la.spec.geometry == "polygon"):
            draw_layer(ax, layer, view, zorder=1.0 + step * 0.1)
        base.draw_boundaries(ax, view, zorder=2.5)
        circles = self._circles(ax)
        for step, layer in enumerate(lines):
            draw_layer(ax, layer, view, zorder=3.5 + step * 0.1)
        Naming(self.canvas, ax, view, self.k).write(
            base.places(self.sheet.region, view), self.layers, circles
        )
        return circles

    def _circles(self, ax: Axes) -> Pies | None:
        """Circles of areas by unit where single parcels are too small to be read."""
        for layer in self.layers:
            if layer.spec.geometry != "polygon" or not layer.spec.area_column:
                continue
            names = unit_names(layer.frame, self.sheet.region, self.t)
            frame = project(layer.frame, self.view)
            if names is None or paper_size_mm(frame.geometry, self.view) >= LEGIBLE_MM:
                continue
            circles = pies(layer, self.view, names, largest_mm=LARGEST_PIE_MM * self.k)
            draw_pies(ax, layer, circles, self.view, zorder=3.0)
            return circles
        return None

    def _title(self, ax: Axes) -> None:
        room, k = self.rooms.title, self.k
        style = Type(17 * k, "bold", "#1E1E1E")
        side = 46 * k
        width = self.canvas.width(self.sheet.full_title, style)
        if width > room.width - 2 * side:
            style = replace(style, size=style.size * (room.width - 2 * side) / width)
        middle = room.x + room.width / 2
        self.canvas.text(ax, middle, room.y + 2.4 * k, self.sheet.full_title, style, align="center")
        mark = Type(8.2 * k, "bold", "#8C1D18" if self.sheet.release.mode != "public" else INK)
        y = room.y + 1.6 * k
        self.canvas.text(ax, room.x, y, self._mode_mark(), mark)
        if self.sheet.figure_number.strip():
            text = self.t("sheet.figure", number=self.sheet.figure_number.strip())
            self.canvas.text(ax, room.right, y, text, Type(9 * k), align="right")

    def _mode_mark(self) -> str:
        release = self.sheet.release
        if release.mode == "public":
            return self.t("sheet.review", number=release.review_number.strip())
        return self.t(f"sheet.mark_{release.mode}")

    def _marks(self) -> list[str]:
        """Texts of the watermark."""
        marks = []
        release = self.sheet.release
        if is_demonstration(self.layers):
            marks.append(self.t("sheet.demonstration"))
        if release.mode != "public":
            when = self.sheet.drawn_at.strftime("%Y-%m-%d %H:%M")
            who = release.user if release.mode == "internal" else ""
            marks.append("  ".join(p for p in (self.t("sheet.mark_internal"), who, when) if p))
        return marks

    def _panels(self, ax: Axes, circles: Pies | None) -> None:
        legend, statistics, _ = self.rooms.panels
        ranks = base.ranks_present(self.view)
        rows = legend_rows(self.layers, ranks, self.t, self.sheet.unit)
        notes = (self.t("sheet.pies_note"),) if circles else ()
        panel = Panel(
            self.t("sheet.legend"), rows, notes, sample=circles, unit=self.sheet.unit,
            unit_label=self.t(f"sheet.unit_{self.sheet.unit}"),
        )
        draw_panel(self.canvas, ax, legend, panel, k=self.k)
        panel = statistics_panel(self.layers, self.sheet.region, self.t, self.sheet.unit)
        draw_panel(self.canvas, ax, statistics, panel, k=self.k)

    def _scale_and_north(self, ax: Axes) -> None:
        room, k = self.rooms.panels[2], self.k
        side = 14 * k
        bar = scale_bar(self.view.denominator, longest_mm=room.width - side - 14 * k)
        x = room.x + side + 2 * k
        foot = room.y + (9 * k if room.height < 30 * k else room.height / 2 - 4 * k)  # noqa: PLR2004
        draw_north(
            self.canvas, ax, x=room.x + 7.5 * k, y=foot - 3 * k, text=self.t("sheet.north"), k=k
        )
        unit = self.t("sheet.km" if bar.in_km else "sheet.m")
        draw_scale_bar(self.canvas, ax, bar, x=x, y=foot, unit=unit, k=k)
        number = f"{self.view.denominator:,}".replace(",", "\u00a0")
        text = self.t("sheet.scale", number=number)
        self.canvas.text(ax, x, foot + 7 * k, text, Type(8.6 * k, "bold"))
        self.canvas.text(
            ax, x, foot - 4.2 * k, self.t("sheet.grid_north"), Type(5.8 * k, colour=_GREY)
        )

    def _footer(self, ax: Axes) -> None:
        room, k, sheet = self.rooms.footer, self.k, self.sheet
        style = Type(6.4 * k)
        right = [
            self.t("sheet.drawn_by", who=sheet.organisation or self.t("sheet.nobody")),
            self.t("sheet.dates", data=sheet.data_date, drawn=f"{sheet.drawn_at:%Y-%m-%d}"),
            self._status_line(),
        ]
        widest = max(self.canvas.width(text, style) for text in right)
        left = [sheet.projection.line(self.t), self._sources(), self.t("sheet.boundary_note")]
        y = room.top - 3.6 * k
        for text in right:
            self.canvas.text(ax, room.right, y, text, style, align="right")
            y -= 3.3 * k
        y = room.top - 3.6 * k
        for text in left:
            for part in self.canvas.wrap(text, style, room.width - widest - 6 * k):
                self.canvas.text(ax, room.x, y, part, style)
                y -= 3.3 * k

    def _status_line(self) -> str:
        release = self.sheet.release
        if release.mode == "public":
            return self.t("sheet.issuer", issuer=release.issuer.strip())
        if is_demonstration(self.layers):
            return self.t("sheet.demonstration_footer")
        return self.t("sheet.draft")

    def _sources(self) -> str:
        note = boundaries.source()
        ground = self.t.pick(note["attribution"], note["attribution_en"])
        keys = dict.fromkeys(layer.spec.source for layer in self.layers)
        texts = [self.t.get(key, key) for key in keys if key != "layers.source.boundaries"]
        return self.t("sheet.sources", list=self.t("sheet.list_joint").join(
            [*texts, *self.sheet.sources, ground]
        ))
