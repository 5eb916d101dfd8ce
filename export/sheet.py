"""Map sheets: one region, some layers, one paper, all that a figure of a report carries."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Final

import geopandas as gpd

from domain.formats import AreaUnit
from domain.i18n import Translator
from export.modes import PUBLIC_GENERALISATION_M, Release
from export.paper import Box, Layout, Orientation, PaperSize, layout
from export.projection import Projection
from export.region import EmptyRegionError, Region
from export.scale import fitting_denominator
from export.statistics import MOST_UNITS
from geo.crs import CGCS2000
from layers.sheet import View
from layers.spec import BoundLayer

MARGIN_SHARE: Final = 0.05
_ROW_MM: Final = 4.3
_HEAD_MM: Final = 10.0


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
        theme: Theme of a composed title; empty takes the titles of the layers.
        paper: ``A4`` or ``A3``.
        orientation: ``landscape`` or ``portrait``.
        dpi: Resolution of pictures in dots per inch.
        unit: Unit of areas.
        release: Mode with its marks.
        organisation: Drawing unit or author.
        figure_number: Number of the figure in its report.
        sources: Further sources (file, provider, cut-off) besides those of the layers.
        notes: What else must be said under the legend, such as filters.
        fallback_font: A fuller font for rare characters.
    """

    region: Region
    layers: tuple[BoundLayer, ...]
    t: Translator = field(repr=False)
    drawn_at: dt.datetime
    data_date: str
    title: str = ""
    theme: str = ""
    paper: PaperSize = "A4"
    orientation: Orientation = "landscape"
    dpi: int = 300
    unit: AreaUnit = "ha"
    release: Release = field(default_factory=Release)
    organisation: str = ""
    figure_number: str = ""
    sources: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    fallback_font: Path | None = None

    @cached_property
    def rooms(self) -> Layout:
        """Where things stand on the paper; the tables get the room that their rows ask for."""
        rows = sum(1 + len(layer.legend) for layer in self.shown) + 4
        units = MOST_UNITS + 2 if self.region.level in {"province", "prefecture"} else 4
        others = len(self.shown)
        legend, statistics = (n * _ROW_MM + _HEAD_MM + 4.0 for n in (rows, units + others))
        return layout(self.paper, self.orientation, legend=legend, statistics=statistics)

    @cached_property
    def projection(self) -> Projection:
        """The projection of the region."""
        return self.region.projection

    @cached_property
    def view(self) -> View:
        """Extent and scale: the region, centred, at a round true scale."""
        return view_of(self.region, self.rooms.map)

    @property
    def full_title(self) -> str:
        """The title as printed: as given, or place + theme + year."""
        if self.title.strip():
            return self.title.strip()
        theme, place = self.theme, self.region.name_in(self.t)
        if not theme:
            titles = dict.fromkeys(la.spec.title for la in self.layers)
            theme = self.t("sheet.and").join(self.t.get(key, key) for key in titles)
        theme = theme or self.t("sheet.layer_boundaries")
        return self.t("sheet.title", place=place, theme=theme, year=self.data_date[:4])

    @cached_property
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


def view_of(region: Region, room: Box) -> View:
    """A region in the middle of a room on paper, at the largest round true scale."""
    crs = region.projection.crs
    outline = gpd.GeoSeries([region.geometry], crs=CGCS2000).to_crs(crs)
    left, low, right, high = outline.total_bounds
    extent = ((right - left) * (1 + MARGIN_SHARE), (high - low) * (1 + MARGIN_SHARE))
    denominator = fitting_denominator(extent, (room.width, room.height))
    half = (room.width * denominator / 2000, room.height * denominator / 2000)
    x, y = (left + right) / 2, (low + high) / 2
    return View(crs, (x - half[0], y - half[1], x + half[0], y + half[1]), denominator)


def _generalised(layer: BoundLayer, projection: Projection) -> BoundLayer:
    """Outlines of a polygon layer generalised as public maps ask."""
    if layer.spec.geometry != "polygon":
        return layer
    frame = layer.frame
    simple = frame.geometry.to_crs(projection.crs).simplify(PUBLIC_GENERALISATION_M)
    return replace(layer, frame=frame.set_geometry(simple.to_crs(frame.crs)))
