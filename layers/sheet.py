"""Print renderer: draws a bound layer on matplotlib axes whose coordinates are projected metres.

Colours, hatching, dashes and markers come from the same symbols as on the web map; pixels count
1/96 inch of paper.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgba
from matplotlib.patches import PathPatch, Wedge
from matplotlib.path import Path
from pyproj import CRS

from domain.i18n import Translator
from layers.fan import fan_out
from layers.labels import Rect, push_apart
from layers.spec import BoundLayer, Symbol, spoken

PT_PER_PX: Final = 0.75
MM_PER_PX: Final = 25.4 / 96
MARKERS: Final = {"circle": "o", "triangle": "^", "diamond": "D", "square": "s"}
# Markers of equal "size" look unequal; these factors give them about the same area.
_MARKER_FACTOR: Final = {"circle": 1.0, "triangle": 1.08, "diamond": 0.8, "square": 0.88}
HATCHES: Final = {"diagonal": "//////", "dots": "......", None: None}
FINE_MM: Final = 1.2
"""Polygons smaller than this on paper are drawn without their full outline."""


@dataclass(frozen=True, slots=True)
class View:
    """What part of the ground a map shows, and how.

    Attributes:
        crs: Projected CRS in metres.
        extent: xmin, ymin, xmax, ymax in metres.
        denominator: n of the scale 1:n.
    """

    crs: CRS
    extent: Rect
    denominator: int

    @property
    def metres_per_mm(self) -> float:
        """Ground metres to one millimetre of paper."""
        return self.denominator / 1000

    def to_paper(self, xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Projected coordinates (n, 2) as millimetres from the lower left corner of the map."""
        shifted = xy - np.array(self.extent[:2])
        return np.asarray(shifted / self.metres_per_mm, dtype=np.float64)

    def to_ground(self, mm: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Millimetres from the lower left corner of the map as projected coordinates."""
        grown = mm * self.metres_per_mm + np.array(self.extent[:2])
        return np.asarray(grown, dtype=np.float64)

    @property
    def paper(self) -> Rect:
        """The map in millimetres: 0, 0, width, height."""
        left, low, right, high = self.extent
        return 0.0, 0.0, (right - left) / self.metres_per_mm, (high - low) / self.metres_per_mm


def project(frame: gpd.GeoDataFrame, view: View) -> gpd.GeoDataFrame:
    """The features that a view can show, in its CRS; missing geometries are left out."""
    shown = frame[frame.geometry.notna() & ~frame.geometry.is_empty].to_crs(view.crs)
    bounds = shown.geometry.bounds
    left, low, right, high = view.extent
    inside = (
        (bounds["maxx"] >= left)
        & (bounds["minx"] <= right)
        & (bounds["maxy"] >= low)
        & (bounds["miny"] <= high)
    )
    return shown[inside.to_numpy()]


def draw(ax: Axes, layer: BoundLayer, view: View, *, zorder: float) -> None:
    """Draw every class of a layer that is present, in legend order."""
    frame = project(layer.frame, view)
    keys = layer.spec.keys(frame)
    is_point = layer.spec.geometry == "point"
    spots = point_positions(frame, view, _sizes(keys, layer)) if is_point else np.zeros((0, 2))
    for step, row in enumerate(layer.legend):
        own = (keys == row.layer_class.key).to_numpy()
        if not own.any():
            continue
        # The first classes of a legend weigh most: their markers lie on top.
        order = zorder + (len(layer.legend) - step if is_point else step) * 0.001
        symbol = row.layer_class.symbol
        if layer.spec.geometry == "polygon":
            _draw_polygons(ax, frame.geometry[own], symbol, view, zorder=order)
        elif layer.spec.geometry == "line":
            draw_lines(ax, frame.geometry[own], symbol, zorder=order)
        else:
            draw_markers(ax, spots[own], symbol, zorder=order)


def stroke_pt(symbol: Symbol) -> float:
    """Width of outlines and lines in points."""
    return symbol.weight * PT_PER_PX


def dash_of(symbol: Symbol) -> object:
    """Matplotlib line style of a symbol."""
    if not symbol.dash:
        return "solid"
    return (0, tuple(length * PT_PER_PX for length in symbol.dash))


def compound_path(geometries: Iterable[shapely.Geometry]) -> Path | None:
    """One path of many polygons, holes included; None where there is no polygon."""
    parts = shapely.get_parts(np.asarray(list(geometries), dtype=object))
    parts = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    if len(parts) == 0:
        return None
    rings = shapely.get_rings(shapely.orient_polygons(parts))
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    codes = np.full(len(xy), Path.LINETO, dtype=np.uint8)
    starts = np.r_[True, ring[1:] != ring[:-1]]
    ends = np.r_[starts[1:], True]
    codes[starts] = Path.MOVETO
    codes[ends] = Path.CLOSEPOLY
    return Path(xy, codes)


def paper_size_mm(geometries: gpd.GeoSeries, view: View) -> float:
    """Side of a square with the median area of projected polygons, in millimetres of paper."""
    if len(geometries) == 0:
        return 0.0
    median = float(np.median(shapely.area(geometries.to_numpy())))
    return float(np.sqrt(median)) / view.metres_per_mm


# Shapes are added as artists: ``add_patch`` would work out data limits of every vertex, and the
# limits of a sheet are set beforehand.
def _draw_polygons(
    ax: Axes, geometries: gpd.GeoSeries, symbol: Symbol, view: View, *, zorder: float
) -> None:
    path = compound_path(geometries)
    if path is None:
        return
    fine = paper_size_mm(geometries, view) < FINE_MM
    width = min(stroke_pt(symbol), 0.1) if fine else stroke_pt(symbol)
    fill = to_rgba(symbol.fill, symbol.opacity) if symbol.fill and not symbol.hatch else "none"
    if symbol.hatch and symbol.fill:
        hatch = PathPatch(
            path,
            facecolor="none",
            edgecolor=symbol.fill,
            hatch=HATCHES[symbol.hatch],
            linewidth=0,
            zorder=zorder,
        )
        ax.add_artist(hatch)
    ax.add_artist(
        PathPatch(
            path,
            facecolor=fill,
            edgecolor=symbol.stroke,
            linewidth=width,
            linestyle="solid" if fine else dash_of(symbol),
            joinstyle="round",
            zorder=zorder,
        )
    )


def draw_lines(ax: Axes, geometries: gpd.GeoSeries, symbol: Symbol, *, zorder: float) -> None:
    """Lines of one symbol."""
    parts = shapely.get_parts(geometries.to_numpy())
    segments = [shapely.get_coordinates(p) for p in parts]
    ax.add_collection(
        LineCollection(
            segments,
            colors=symbol.stroke,
            linewidths=stroke_pt(symbol),
            linestyles=[dash_of(symbol)],
            capstyle="butt",
            joinstyle="round",
            zorder=zorder,
        )
    )


def point_positions(
    frame: gpd.GeoDataFrame, view: View, sizes_px: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Where markers stand, in projected metres.

    Coinciding ones stand on a small ring round their place; those that would still cover each
    other on paper are moved apart just enough to be seen.

    Args:
        frame: n points in the CRS of the view.
        view: The map.
        sizes_px: Diameters of the n markers in pixels.
    """
    xy = shapely.get_coordinates(shapely.centroid(frame.geometry.to_numpy()))
    degrees = shapely.get_coordinates(frame.geometry.to_crs(4490).to_numpy())
    offset = fan_out(degrees[:, 0], degrees[:, 1], sizes_px) * (1.0, -1.0)
    mm = view.to_paper(xy) + offset * MM_PER_PX
    apart = push_apart(mm, sizes_px * MM_PER_PX / 2, gap=0.15, bounds=view.paper)
    return view.to_ground(apart)


def _sizes(layer_keys: pd.Series, layer: BoundLayer) -> npt.NDArray[np.float64]:
    size = {row.layer_class.key: row.layer_class.symbol.size for row in layer.legend}
    return np.asarray(layer_keys.map(size), dtype=np.float64)


def draw_markers(
    ax: Axes, positions: npt.NDArray[np.float64], symbol: Symbol, *, zorder: float
) -> None:
    """Markers of one symbol, with its glyph inside where it has one."""
    diameter = symbol.size * PT_PER_PX * _MARKER_FACTOR[symbol.shape]
    ax.scatter(
        positions[:, 0],
        positions[:, 1],
        s=diameter**2,
        marker=MARKERS[symbol.shape],
        facecolors=to_rgba(symbol.fill, symbol.opacity) if symbol.fill else "white",
        edgecolors=symbol.stroke,
        linewidths=stroke_pt(symbol) * 0.8,
        zorder=zorder,
    )
    if not symbol.glyph:
        return
    for x, y in positions:
        ax.text(
            x,
            y,
            symbol.glyph,
            fontsize=symbol.size * PT_PER_PX * 0.58,
            color="white",
            ha="center",
            va="center_baseline",
            zorder=zorder + 0.0005,
            clip_on=True,
        )


def marker_boxes(
    layer: BoundLayer, view: View, t: Translator | None = None
) -> list[tuple[str, float, float, float]]:
    """Name, x and y in paper millimetres and radius of each marker of a point layer, by legend.

    Names come from ``label_column`` or else ``name_column``, in the language of ``t`` where the
    frame has it; empty where the layer has neither.
    """
    frame = project(layer.frame, view)
    if frame.empty:
        return []
    keys = layer.spec.keys(frame)
    sizes = _sizes(keys, layer)
    mm = view.to_paper(point_positions(frame, view, sizes))
    column = layer.spec.label_column or layer.spec.name_column
    if column and t is not None:
        column = spoken(frame, column, t)
    names = frame[column].astype("object") if column else pd.Series("", index=frame.index)
    rank = {row.layer_class.key: i for i, row in enumerate(layer.legend)}
    order = np.argsort(keys.map(rank).to_numpy(), kind="stable")
    return [
        (
            "" if pd.isna(names.iloc[i]) else str(names.iloc[i]),
            float(mm[i, 0]),
            float(mm[i, 1]),
            float(sizes[i] * MM_PER_PX / 2),
        )
        for i in order
    ]


@dataclass(frozen=True)
class Pies:
    """Areas by class and unit, as circles whose surface is proportional to the area.

    Attributes:
        units: Names of the n units.
        centres: (n, 2) centres in paper millimetres, pushed apart.
        anchors: (n, 2) where the parcels of the unit lie, in paper millimetres.
        radii: n radii in millimetres.
        areas: n x classes areas in m2, columns in legend order.
        m2_per_mm2: Ground area to one square millimetre of circle.
    """

    units: tuple[str, ...]
    centres: npt.NDArray[np.float64]
    anchors: npt.NDArray[np.float64]
    radii: npt.NDArray[np.float64]
    areas: pd.DataFrame
    m2_per_mm2: float


def pies(layer: BoundLayer, view: View, unit: pd.Series, *, largest_mm: float) -> Pies:
    """Sum a polygon layer by unit and class, and lay the circles out.

    Args:
        layer: Polygons with an ``area_column``.
        view: The map.
        unit: Name of the unit of each feature, on the index of the layer's frame.
        largest_mm: Radius of the largest circle.
    """
    column = layer.spec.area_column
    if column is None:
        raise ValueError(f"layer {layer.spec.id!r} has no area column to sum")
    frame = project(layer.frame, view)
    named = unit.loc[frame.index]
    keys = layer.spec.keys(frame)
    area = frame[column].astype("float64")
    columns = [row.layer_class.key for row in layer.legend]
    table = area.groupby([named.to_numpy(), keys.to_numpy()]).sum().unstack(fill_value=0.0)  # noqa: PD010 - nothing to pivot but two index levels
    table = table.reindex(columns=columns, fill_value=0.0)
    table = table.loc[table.sum(axis=1).sort_values(ascending=False, kind="stable").index]
    xy = shapely.get_coordinates(shapely.centroid(frame.geometry.to_numpy()))
    weighted = pd.DataFrame(xy * area.to_numpy()[:, None]).groupby(named.to_numpy()).sum()
    centre = weighted.div(area.groupby(named.to_numpy()).sum(), axis=0).loc[table.index]
    anchors = view.to_paper(centre.to_numpy(dtype=np.float64))
    totals = table.sum(axis=1).to_numpy(dtype=np.float64)
    radii = largest_mm * np.sqrt(totals / totals.max())
    centres = push_apart(anchors, radii, gap=0.8, bounds=view.paper)
    names = tuple(str(u) for u in table.index)
    return Pies(
        names, centres, anchors, radii, table, float(totals.max() / (np.pi * largest_mm**2))
    )


def draw_pies(ax: Axes, layer: BoundLayer, circles: Pies, view: View, *, zorder: float) -> None:
    """Circles divided by class, with a leader to where the parcels lie when they were moved."""
    symbols = {row.layer_class.key: row.layer_class.symbol for row in layer.legend}
    ground = view.to_ground(circles.centres)
    home = view.to_ground(circles.anchors)
    for i, radius_mm in enumerate(circles.radii):
        radius = radius_mm * view.metres_per_mm
        x, y = ground[i]
        if np.hypot(*(circles.centres[i] - circles.anchors[i])) > radius_mm:
            ax.plot([x, home[i, 0]], [y, home[i, 1]], color="#555555", linewidth=0.4, zorder=zorder)
        ax.add_artist(
            Wedge((x, y), radius, 0, 360, facecolor="white", edgecolor="none", zorder=zorder + 0.1)
        )
        end = 90.0
        shares = circles.areas.iloc[i] / circles.areas.iloc[i].sum()
        for key, share in shares.items():
            if share <= 0:
                continue
            start = end - 360.0 * float(share)
            ax.add_artist(_slice((x, y), radius, start, end, symbols[str(key)], zorder + 0.2))
            end = start
        ax.add_artist(
            Wedge(
                (x, y),
                radius,
                0,
                360,
                facecolor="none",
                edgecolor="#333333",
                linewidth=0.5,
                zorder=zorder + 0.3,
            )
        )


def _slice(
    centre: tuple[float, float],
    radius: float,
    start: float,
    end: float,
    symbol: Symbol,
    zorder: float,
) -> Wedge:
    hatch = HATCHES[symbol.hatch]
    # The same opacity as on the map and in the legend, here over the white disc.
    fill = "white" if hatch or not symbol.fill else to_rgba(symbol.fill, symbol.opacity)
    return Wedge(
        centre,
        radius,
        start,
        end,
        facecolor=fill,
        edgecolor=(symbol.fill or symbol.stroke) if hatch else "white",
        hatch=hatch,
        linewidth=0.3,
        zorder=zorder,
    )
