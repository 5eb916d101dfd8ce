"""Boundary adjustments of zones (扩区调区): new = (old without removed) with expanded.

Three things have to hold before the new boundary is worth anything: what is removed lies inside the
old boundary, what is added does not lie on land that stays, and the areas add up. Land may be taken
out and the same amount added back elsewhere, or even the same land; land that stays cannot be added
a second time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.crs import require_geographic
from geo.errors import GanyuanError
from geo.tabulate_rows import polygon_areas

Shapes = npt.NDArray[np.object_]

_HECTARE: Final = 10_000.0
_EDGE: Final = 0.001  # degrees, about 100 m
SLIVER_M2: Final = 1.0
"""Overlaps up to this come from rounded coordinates."""


class ZoneAdjustmentError(GanyuanError):
    """The adjustment does not hold; subclasses say why and name the rows."""


class RemovedOutsideError(ZoneAdjustmentError):
    """Land is removed that the zone does not have."""

    code = "ADJ-002"


class AddedTwiceError(ZoneAdjustmentError):
    """Land is added that stays in the zone anyway."""

    code = "ADJ-003"


class AreasDifferError(ZoneAdjustmentError):
    """Areas do not add up, or are not those that the approval states."""

    code = "ADJ-004"


class BrokenOutlineError(ZoneAdjustmentError):
    """Outlines are missing or invalid."""

    code = "ADJ-005"


class UnknownZoneError(ZoneAdjustmentError):
    """Parts name a zone that has no old boundary, or a zone has two."""

    code = "ADJ-006"


class PartsOverlapError(ZoneAdjustmentError):
    """Two added or two removed parts cover the same land."""

    code = "ADJ-007"


class NothingLeftError(ZoneAdjustmentError):
    """Everything is removed and nothing added."""

    code = "ADJ-008"


class ZonesOverlapError(ZoneAdjustmentError):
    """Added land lies in another zone."""

    code = "ADJ-009"


@dataclass(frozen=True)
class Adjusted:
    """Zones after an adjustment.

    Attributes:
        zones: The form of ``old`` with the new outlines (multipolygons), same index.
        areas: On the same index, ha on the ellipsoid: ``old_ha``, ``expanded_ha``, ``removed_ha``,
            ``new_ha`` and ``difference_ha`` = new - (old + expanded - removed).
    """

    zones: gpd.GeoDataFrame
    areas: pd.DataFrame


def adjust(
    old: gpd.GeoDataFrame,
    *,
    removed: gpd.GeoDataFrame,
    expanded: gpd.GeoDataFrame,
    tolerance_ha: float,
    stated_ha: pd.Series | None = None,
    zone_column: str = "zone_id",
) -> Adjusted:
    """Outlines of zones after an adjustment, with its identities checked.

    Args:
        old: One row a zone with ``zone_column``; polygons with longitudes and latitudes in degrees.
        removed: Parts taken out, any number a zone, with ``zone_column``; same system.
        expanded: Parts added, in the same form.
        tolerance_ha: How far areas may differ.
        stated_ha: Areas after the adjustment by the approval, on zone ids; None checks only that
            the areas of the outlines add up.
        zone_column: Column of the zone's id.

    Returns:
        The new zones; those without parts stay as they were.

    Raises:
        MissingCRSError: A layer has no CRS.
        NotGeographicError: A layer is projected.
        ZoneAdjustmentError: What the subclasses say; rows are labels of the layer concerned.
    """
    layers = {"old": old, "removed": removed, "expanded": expanded}
    for name, layer in layers.items():
        require_geographic(layer)
        _require_sound(layer, name)
    ids = old[zone_column].astype("str")
    _require_known(ids, removed[zone_column].astype("str"), expanded[zone_column].astype("str"))
    outlines: Shapes = old.geometry.to_numpy()
    out, in_ = _parts(ids, removed, zone_column), _parts(ids, expanded, zone_column)
    kept = shapely.difference(outlines, out.union)
    _require_inside(outlines, removed, out)
    _require_apart(kept, expanded, in_)
    for name, layer, parts in (("removed", removed, out), ("expanded", expanded, in_)):
        _require_parts_apart(layer, parts, name)
    new = shapely.union(kept, in_.union)
    areas = _areas(outlines, in_.union, out.union, new, old.index)
    _require_left(areas, ids)
    _require_areas(areas, ids, tolerance_ha, stated_ha)
    _require_zones_apart(new, ids, outlines)
    zones = old.set_geometry(gpd.GeoSeries(_multi(new), index=old.index, crs=old.crs))
    return Adjusted(zones=zones, areas=areas)


@dataclass(frozen=True)
class _Parts:
    """Parts of zones: position of the zone of each, and their union by zone."""

    zone: npt.NDArray[np.intp]
    union: Shapes


def _parts(ids: pd.Series, layer: gpd.GeoDataFrame, column: str) -> _Parts:
    zone = pd.Index(ids).get_indexer(layer[column].astype("str"))
    shapes: Shapes = layer.geometry.to_numpy()
    union = np.full(len(ids), shapely.MultiPolygon(), dtype=object)
    for position in np.unique(zone):
        union[position] = shapely.union_all(shapes[zone == position])
    return _Parts(zone, union)


def _areas(
    old: Shapes, expanded: Shapes, removed: Shapes, new: Shapes, index: pd.Index
) -> pd.DataFrame:
    named = {"old_ha": old, "expanded_ha": expanded, "removed_ha": removed, "new_ha": new}
    # A vertex that a cut puts into a long edge bends the great circle there; short edges hide that.
    dense = {name: shapely.segmentize(shapes, _EDGE) for name, shapes in named.items()}
    areas = {name: polygon_areas(shapes) / _HECTARE for name, shapes in dense.items()}
    computed = areas["old_ha"] + areas["expanded_ha"] - areas["removed_ha"]
    return pd.DataFrame(areas | {"difference_ha": areas["new_ha"] - computed}, index=index)


def _multi(shapes: Shapes) -> Shapes:
    """Polygons and multipolygons as multipolygons; lines that a cut left are dropped."""
    out = np.empty(len(shapes), dtype=object)
    for i, shape in enumerate(shapes):
        parts = shapely.get_parts(shapely.get_parts(shape))
        out[i] = shapely.MultiPolygon(
            parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON].tolist()
        )
    return out


def _require_sound(layer: gpd.GeoDataFrame, name: str) -> None:
    shapes: Shapes = layer.geometry.to_numpy()
    kind = shapely.get_type_id(shapes)
    area = (kind == shapely.GeometryType.POLYGON) | (kind == shapely.GeometryType.MULTIPOLYGON)
    bad = ~area | shapely.is_empty(shapes) | ~shapely.is_valid(shapes)
    if bad.any():
        raise BrokenOutlineError(
            f"{int(bad.sum())} outlines of the layer {name} are missing or invalid; repair them",
            rows=layer.index[bad].tolist(),
            values={"count": int(bad.sum())},
        )


def _require_known(ids: pd.Series, *parts: pd.Series) -> None:
    twice = ids[ids.duplicated(keep=False)]
    named = pd.concat(parts, ignore_index=True)
    strange = sorted({*twice.tolist(), *named[~named.isin(ids)].tolist()})
    if strange:
        raise UnknownZoneError(
            f"zones {', '.join(strange)} have no old boundary or more than one",
            rows=strange,
            values={"zones": ", ".join(strange)},
        )


def _require_inside(outlines: Shapes, removed: gpd.GeoDataFrame, parts: _Parts) -> None:
    beyond = polygon_areas(shapely.difference(removed.geometry.to_numpy(), outlines[parts.zone]))
    bad = beyond > SLIVER_M2
    if bad.any():
        raise RemovedOutsideError(
            f"{beyond[bad].sum():.1f} m2 are removed outside the old boundary",
            rows=removed.index[bad].tolist(),
            values={"count": int(bad.sum()), "area": f"{beyond[bad].sum():.1f}"},
        )


def _require_apart(kept: Shapes, expanded: gpd.GeoDataFrame, parts: _Parts) -> None:
    double = polygon_areas(shapely.intersection(expanded.geometry.to_numpy(), kept[parts.zone]))
    bad = double > SLIVER_M2
    if bad.any():
        raise AddedTwiceError(
            f"{double[bad].sum():.1f} m2 are added on land that stays",
            rows=expanded.index[bad].tolist(),
            values={"count": int(bad.sum()), "area": f"{double[bad].sum():.1f}"},
        )


def _require_parts_apart(layer: gpd.GeoDataFrame, parts: _Parts, name: str) -> None:
    shapes: Shapes = layer.geometry.to_numpy()
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    once = (first < second) & (parts.zone[first] == parts.zone[second])
    first, second = first[once], second[once]
    both = polygon_areas(shapely.intersection(shapes[first], shapes[second]))
    bad = np.unique(np.concatenate([first[both > SLIVER_M2], second[both > SLIVER_M2]]))
    if len(bad):
        raise PartsOverlapError(
            f"{len(bad)} parts of the layer {name} overlap each other",
            rows=layer.index[bad].tolist(),
            values={"count": len(bad)},
        )


def _require_left(areas: pd.DataFrame, ids: pd.Series) -> None:
    gone = areas["new_ha"] * _HECTARE <= SLIVER_M2
    if gone.any():
        rows = ids[gone].tolist()
        raise NothingLeftError(
            f"nothing is left of {', '.join(rows)}; end the zone instead",
            rows=rows,
            values={"zones": ", ".join(rows)},
        )


def _require_areas(
    areas: pd.DataFrame, ids: pd.Series, tolerance_ha: float, stated_ha: pd.Series | None
) -> None:
    off = areas["difference_ha"].abs()
    if stated_ha is not None:
        stated = ids.map(stated_ha.set_axis(stated_ha.index.astype("str"))).astype(float)
        off = off.combine((areas["new_ha"] - stated).abs(), np.fmax)
    bad = off > tolerance_ha
    if bad.any():
        rows = ids[bad].tolist()
        raise AreasDifferError(
            f"areas of {', '.join(rows)} differ by up to {off[bad].max():.4f} ha",
            rows=rows,
            values={"zones": ", ".join(rows), "area": f"{off[bad].max():.4f}"},
        )


def _require_zones_apart(new: Shapes, ids: pd.Series, old: Shapes) -> None:
    """Zones that an adjustment has laid over each other; older overlaps are not its doing."""
    first, second = shapely.STRtree(new).query(new, predicate="intersects")
    first, second = first[first < second], second[first < second]
    both = polygon_areas(shapely.intersection(new[first], new[second]))
    before = polygon_areas(shapely.intersection(old[first], old[second]))
    bad = both > before + SLIVER_M2
    if bad.any():
        rows = sorted({*ids.iloc[first[bad]], *ids.iloc[second[bad]]})
        raise ZonesOverlapError(
            f"{(both - before)[bad].sum():.1f} m2 would lie in two zones",
            rows=rows,
            values={"zones": ", ".join(rows), "area": f"{(both - before)[bad].sum():.1f}"},
        )
