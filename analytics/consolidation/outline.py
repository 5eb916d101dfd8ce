"""Outlines of units on the map: zones that are joined, with land added and taken out.

Figures are kept twice: planar in the 3-degree zone that the unit lies in, as survey reports state
them, and on the ellipsoid. Zones held in trust keep their own outline.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final, Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import Transformer

from analytics.consolidation import whatif as consolidation_whatif
from domain.rules import RuleSet
from geo import zone_adjustment
from geo.crs import CGCS2000, gauss_kruger, zone_of
from geo.errors import GanyuanError
from geo.tabulate_rows import polygon_areas
from geo.units import M2_PER_HA

Part = Literal["host", "absorbed", "trust", "expanded", "removed", "unit"]
PARTS: Final[tuple[Part, ...]] = ("host", "absorbed", "trust", "expanded", "removed", "unit")
"""What a drawn outline is, from the lowest to the highest."""
STEPS: Final = ("old", "expanded", "removed", "new", "difference")
"""Rows of the boundary arithmetic: new = old + expanded - removed, and what is off."""

Shapes = npt.NDArray[np.object_]

_EDGE: Final = 0.001  # degrees, about 100 m
_NEAR: Final = 0.15
_FAR: Final = 0.45
"""Room round a unit on the map, over its extent."""
_NO_SHAPES: Final = gpd.GeoSeries([], crs=CGCS2000)
_OWN: Final = ("host", "absorbed", "trust")
"""Parts that are the outline of a zone."""


@dataclass(frozen=True)
class Merged:
    """Outline of one unit.

    Attributes:
        shape: The unit, multipolygon in EPSG:4490.
        zone: 3-degree zone of the planar figures.
        areas: Index :data:`STEPS`, ``planar_m2`` and ``ellipsoidal_m2``.
        without: Zones of the unit that have no outline and are not in the figures.
    """

    shape: shapely.Geometry = field(repr=False)
    zone: int
    areas: pd.DataFrame = field(repr=False)
    without: tuple[str, ...]


@dataclass(frozen=True)
class Land:
    """Land of one unit that is added and taken out.

    Attributes:
        expanded: Parts added, EPSG:4490.
        removed: Parts taken out, EPSG:4490.
    """

    expanded: gpd.GeoSeries = field(default_factory=lambda: _NO_SHAPES, repr=False)
    removed: gpd.GeoSeries = field(default_factory=lambda: _NO_SHAPES, repr=False)


@dataclass(frozen=True)
class Units:
    """Outlines of all units of a plan.

    Attributes:
        shapes: RangeIndex, EPSG:4490: ``id``, ``zone_id``, ``host_id``, ``part``, ``area_m2`` of
            the ellipsoid.
        faults: Why a unit has no outline, by host.
        without: Zones without an outline.
        merged: Outline and figures of every unit that is drawn, by host.
    """

    shapes: gpd.GeoDataFrame = field(repr=False)
    faults: dict[str, GanyuanError]
    without: tuple[str, ...]
    merged: dict[str, Merged] = field(default_factory=dict, repr=False)


def zone_outlines(rows: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Outline of every zone, the parts of one together.

    Args:
        rows: Dataset of outlines with ``zone_id``, EPSG:4490; zones may have several rows.

    Returns:
        Index ``zone_id``, zones without a shape left out.
    """
    drawn = rows[rows.geometry.notna() & ~rows.geometry.is_empty]
    shapes = {
        str(zone): shapely.union_all(parts.to_numpy()) if len(parts) > 1 else parts.iloc[0]
        for zone, parts in drawn.geometry.groupby(drawn["zone_id"].astype("str"))
    }
    index = pd.Index(shapes, name="zone_id", dtype="object")
    return gpd.GeoSeries(list(shapes.values()), index=index, crs=rows.crs)


def merged(
    zone_ids: Sequence[str],
    outlines: gpd.GeoSeries,
    *,
    rules: RuleSet,
    expanded: gpd.GeoSeries = _NO_SHAPES,
    removed: gpd.GeoSeries = _NO_SHAPES,
) -> Merged | None:
    """The outline of zones that are joined, checked in figures.

    Args:
        zone_ids: The host first.
        outlines: :func:`zone_outlines`.
        rules: The rules ``consolidation``; areas may be off by ``CON-AREA-TOLERANCE``.
        expanded: Parts added, EPSG:4490.
        removed: Parts taken out, EPSG:4490.

    Returns:
        The outline of those zones that have one; None where none has.

    Raises:
        OverlapError: Zones of the unit lie on each other.
        ZoneAdjustmentError: An outline is broken, or land that is added or taken out does not
            fit; rows are labels of ``expanded`` or ``removed``.
    """
    known = [zone for zone in zone_ids if zone in outlines.index]
    if not known:
        return None
    old = outlines.loc[known]
    _require_sound(old)
    zone = _zone(old)
    consolidation_whatif.outline(list(_flat(old.to_numpy(), zone)), names=known)
    unit = _with_neighbours(known, outlines, expanded)
    found = zone_adjustment.adjust(
        unit,
        expanded=_labelled(expanded, known[0]),
        removed=_labelled(removed, known[0]),
        tolerance_ha=rules.value("CON-AREA-TOLERANCE"),
    )
    new = found.zones.geometry.iloc[0]
    drawn = [unit.geometry.iloc[0], *(shapely.union_all(x.to_numpy()) for x in (expanded, removed))]
    before, plus, minus, after = shapely.area(_flat(np.array([*drawn, new], dtype=object), zone))
    areas = pd.DataFrame(
        {
            "planar_m2": [before, plus, minus, after, after - (before + plus - minus)],
            "ellipsoidal_m2": [found.areas[f"{step}_ha"].iloc[0] * M2_PER_HA for step in STEPS],
        },
        index=list(STEPS),
    )
    without = tuple(name for name in zone_ids if name not in outlines.index)
    return Merged(new, zone, areas.astype("float64"), without)


def unit_shapes(
    host_id: str,
    absorbed_ids: Sequence[str],
    trust_ids: Sequence[str],
    outlines: gpd.GeoSeries,
    found: Merged | None,
    *,
    expanded: gpd.GeoSeries = _NO_SHAPES,
    removed: gpd.GeoSeries = _NO_SHAPES,
) -> gpd.GeoDataFrame:
    """What is drawn of one unit; see :class:`Units`.

    Args:
        host_id: The host.
        absorbed_ids: Zones that are joined with it.
        trust_ids: Zones that it holds in trust.
        outlines: :func:`zone_outlines`.
        found: :func:`merged`.
        expanded: Parts added.
        removed: Parts taken out.
    """
    named: list[tuple[Part, Sequence[str]]] = [
        ("host", [host_id]), ("absorbed", absorbed_ids), ("trust", trust_ids),
    ]  # fmt: skip
    rows = [
        (part, zone, outlines[zone])
        for part, ids in named
        for zone in ids
        if zone in outlines.index
    ]
    rows += [("expanded", host_id, shape) for shape in expanded]
    rows += [("removed", host_id, shape) for shape in removed]
    if found is not None and absorbed_ids:
        rows.append(("unit", host_id, found.shape))
    return _drawn(host_id, rows)


def plan_units(
    pairs: pd.DataFrame,
    outlines: gpd.GeoSeries,
    *,
    rules: RuleSet,
    land: Mapping[str, Land] | None = None,
    memory: MutableMapping[tuple[str, ...], Merged] | None = None,
) -> Units:
    """Outlines of all units of a plan.

    Args:
        pairs: Chosen pairs with ``host_id``, ``absorbed_id`` and ``form``.
        outlines: :func:`zone_outlines`.
        rules: The rules ``consolidation``.
        land: Land added and taken out, by host; none by default.
        memory: Units without such land from before, for the same outlines and rules; new ones are
            added. It never changes an answer.

    Returns:
        A unit whose zones lie on each other is not drawn; see ``faults``.
    """
    frames: list[gpd.GeoDataFrame] = [_drawn("", [])]
    faults: dict[str, GanyuanError] = {}
    units: dict[str, Merged] = {}
    for host, rows in pairs.groupby("host_id", sort=False):
        merge = rows["form"] == "merge"
        joined, trust = rows.loc[merge, "absorbed_id"], rows.loc[~merge, "absorbed_id"]
        own = (land or {}).get(str(host))
        parts = {"expanded": own.expanded, "removed": own.removed} if own else {}
        asked = (str(host), *joined)
        found = memory.get(asked) if memory is not None and own is None else None
        try:
            found = found or merged(asked, outlines, rules=rules, **parts)
        except (consolidation_whatif.OverlapError, zone_adjustment.ZoneAdjustmentError) as error:
            faults[str(host)] = error
            continue
        frames.append(unit_shapes(str(host), [*joined], [*trust], outlines, found, **parts))
        if found is not None:
            units[str(host)] = found
            if memory is not None and own is None:
                memory[asked] = found
    shapes = gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), crs=CGCS2000)
    zones = dict.fromkeys([*pairs["host_id"], *pairs["absorbed_id"]])
    without = tuple(zone for zone in zones if zone not in outlines.index)
    return Units(shapes, faults, without, units)


def no_units() -> Units:
    """No outline at all."""
    return Units(_drawn("", []), {}, ())


def placed(zones: gpd.GeoDataFrame, shapes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Zones whose outline is drawn stand in it, the others where they stood.

    Args:
        zones: Development zones with ``zone_id`` and their points, EPSG:4490.
        shapes: :attr:`Units.shapes`.
    """
    own = shapes[shapes["part"].isin(_OWN)].drop_duplicates("zone_id")
    inside = pd.Series(shapely.point_on_surface(own.geometry.to_numpy()), index=own["zone_id"])
    known = zones["zone_id"].map(inside)
    points = np.where(known.notna(), known, zones.geometry)
    return zones.set_geometry(gpd.GeoSeries(points, index=zones.index, crs=zones.crs))


def adds_up(figures: pd.Series, decimals: int) -> bool:
    """Whether new = old + expanded - removed holds for the figures as they are written.

    Args:
        figures: Index :data:`STEPS`, in the unit in which they are written.
        decimals: With how many decimals.
    """
    old, plus, minus, new = (float(figures[step]) for step in ("old", "expanded", "removed", "new"))
    told = [round(value, decimals) for value in (old, plus, minus, new)]
    return round(told[0] + told[1] - told[2] - told[3], decimals) == 0.0


def unit_bounds(
    shapes: gpd.GeoDataFrame, points: gpd.GeoSeries
) -> tuple[float, float, float, float] | None:
    """West, south, east, north of a view of one unit, degrees; None without any outline.

    There is more room to the south and east, where the legend of the map lies.

    Args:
        shapes: Outlines of the unit, EPSG:4490.
        points: Places of its zones, EPSG:4490; missing ones are passed over.
    """
    if shapes.empty:
        return None
    places = points[points.notna()]
    boxes = np.array([shapes.total_bounds, *([places.total_bounds] if len(places) else [])])
    (west, south), (east, north) = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    wide, high = east - west, north - south
    return (
        float(west - _NEAR * wide), float(south - _FAR * high),
        float(east + _FAR * wide), float(north + _NEAR * high),
    )  # fmt: skip


def _drawn(host: str, rows: Sequence[tuple[str, str, shapely.Geometry]]) -> gpd.GeoDataFrame:
    shapes = np.array([shape for _, _, shape in rows], dtype=object)
    numbers = [f"{host}:{part}:{zone}:{i}" for i, (part, zone, _) in enumerate(rows)]
    frame = {
        "id": pd.Series(numbers, dtype="object"),
        "zone_id": pd.Series([zone for _, zone, _ in rows], dtype="object"),
        "host_id": host,
        "part": pd.Series([part for part, _, _ in rows], dtype="object"),
        "area_m2": polygon_areas(shapely.segmentize(shapes, _EDGE)) if rows else np.empty(0),
    }
    return gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries(shapes, crs=CGCS2000), crs=CGCS2000)


def _zone(shapes: gpd.GeoSeries) -> int:
    """The 3-degree zone of the middle of some outlines."""
    west, _, east, _ = shapes.total_bounds
    return zone_of(float(west + east) / 2)


def _flat(shapes: Shapes, zone: int) -> Shapes:
    """Shapes in the plane of a zone; long edges stay what they are in longitude and latitude."""
    dense = shapely.segmentize(shapes, _EDGE)
    xy = shapely.get_coordinates(dense)
    east, north = _to_plane(zone).transform(xy[:, 0], xy[:, 1])
    flat: Shapes = shapely.set_coordinates(dense, np.column_stack([east, north]))
    return flat


@cache
def _to_plane(zone: int) -> Transformer:
    return Transformer.from_crs(CGCS2000, gauss_kruger(zone, prefixed=False), always_xy=True)


def _require_sound(shapes: gpd.GeoSeries) -> None:
    bad = ~shapes.is_valid
    if bad.any():
        names = shapes.index[bad].tolist()
        raise zone_adjustment.BrokenOutlineError(
            f"{len(names)} outlines are invalid; repair them",
            rows=names,
            values={"count": len(names)},
        )


def _with_neighbours(
    known: Sequence[str], outlines: gpd.GeoSeries, expanded: gpd.GeoSeries
) -> gpd.GeoDataFrame:
    """The unit as one zone, and other zones that added land might reach into."""
    joined = shapely.union_all(outlines.loc[list(known)].to_numpy())
    others = outlines.drop(index=list(known))
    near = others[others.intersects(shapely.union_all(expanded.to_numpy())) & others.is_valid]
    ids = [known[0], *near.index]
    return gpd.GeoDataFrame({"zone_id": ids}, geometry=[joined, *near], crs=CGCS2000)


def _labelled(parts: gpd.GeoSeries, unit: str) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"zone_id": unit}, index=parts.index, geometry=parts, crs=CGCS2000)
