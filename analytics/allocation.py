"""Which batches a supply comes from where no record says so: its parcels over outlines of batches.

The result is a proposal. What lies in no outline, and what lies in several, is given to nobody and
stated, so that every supply adds up.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from domain.ledgers import AREA_TOLERANCE_M2, with_link_ids
from geo.area import ellipsoidal_areas
from geo.crs import require_geographic
from geo.errors import SchemaError
from geo.overlay import OverlayError
from geo.tabulate_rows import ROUNDING, polygon_areas

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Shapes = npt.NDArray[np.object_]

SLIVER_M2: Final = AREA_TOLERANCE_M2
"""Smaller parts come from lines that were drawn twice; they are no link."""


@dataclass(frozen=True)
class Allocation:
    """Supplies shared out among batches by where they lie; areas are m2.

    Attributes:
        links: Proposed rows of ``supply_batch``, RangeIndex, by supply and batch: ``link_id``,
            ``supply_no``, ``batch_id``, ``county_adcode``, ``area_m2``, and ``share`` of the
            supply.
        remainder: On the index of the supplies that were shared out: ``supply_no``,
            ``supplied_m2``, ``allocated_m2``, ``outside_m2`` (in no outline), ``contested_m2`` (in
            the outlines of several batches) and ``why`` something is left: ``no_parcel``,
            ``contested``, ``outside`` or empty. ``supplied`` is the sum of the three others.
    """

    links: pd.DataFrame
    remainder: pd.DataFrame


def batch_outlines(parcels: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Outlines of batches: what the parcels that name them cover.

    Args:
        parcels: n valid polygons in EPSG:4490 (or other degrees) with ``batch_id``; rows without
            one are left out.

    Returns:
        One row a batch, sorted: ``batch_id`` and its outline, in the same system.

    Raises:
        SchemaError: ``batch_id`` is absent.
        OverlayError: A shape is invalid.
    """
    return _dissolved(parcels, "batch_id")


def unlinked(supplies: pd.DataFrame, links: pd.DataFrame | None = None) -> pd.DataFrame:
    """Supplies of which nothing says where they come from: no link and no batch.

    Args:
        supplies: Rows with ``supply_no`` and ``batch_id``.
        links: Rows with ``supply_no``; None is no link.
    """
    bare = supplies["batch_id"].isna()
    if links is not None:
        bare &= ~supplies["supply_no"].isin(links["supply_no"])
    return supplies[bare]


def allocate(
    supplies: pd.DataFrame, parcels: gpd.GeoDataFrame, outlines: gpd.GeoDataFrame
) -> Allocation:
    """Share supplies out among the batches in whose outlines their parcels lie.

    A batch gets the recorded area of the supply times the share of its parcels, measured on the
    ellipsoid, that lies in the outline of this batch and of no other.

    Args:
        supplies: n rows with ``supply_no``, ``county_adcode`` and ``supplied_m2``; as a rule those
            of :func:`unlinked`.
        parcels: Valid polygons in degrees with ``supply_no``; a supply may have several.
        outlines: Valid polygons in the same system with ``batch_id``: of :func:`batch_outlines` or
            drawn by an office; a batch may have several.

    Returns:
        Proposed links and, for every supply, what is left; parts below :data:`SLIVER_M2` count as
        outside.

    Raises:
        SchemaError: A column is absent.
        NotGeographicError: Coordinates are metres.
        OverlayError: The two systems differ, or a shape is invalid.
    """
    _require(supplies, ("supply_no", "county_adcode", "supplied_m2"))
    grounds, batches = _dissolved(parcels, "supply_no"), _dissolved(outlines, "batch_id")
    if grounds.crs != batches.crs:
        raise OverlayError(
            f"parcels are in {grounds.crs.name}, outlines in {batches.crs.name}; use one system",
            values={"reason": f"{grounds.crs.name} / {batches.crs.name}"},
        )
    place = pd.Index(grounds["supply_no"]).get_indexer(pd.Index(supplies["supply_no"]))
    mapped = np.flatnonzero(place >= 0)
    area = supplies["supplied_m2"].to_numpy(dtype=np.float64)
    at, batch, share, contested = _shares(
        grounds.geometry.to_numpy()[place[mapped]], batches.geometry.to_numpy()
    )
    row = mapped[at]
    kept = share * area[row] >= SLIVER_M2
    row, batch, share = row[kept], batch[kept], share[kept]
    links = _links(supplies, row, batches["batch_id"].to_numpy()[batch], share)
    contested_share = np.zeros(len(supplies))
    contested_share[mapped] = contested
    return Allocation(links, _remainder(supplies, place >= 0, links, row, contested_share))


def _links(supplies: pd.DataFrame, row: Ints, batch: Shapes, share: Floats) -> pd.DataFrame:
    mine = supplies.iloc[row]
    frame = pd.DataFrame(
        {
            "supply_no": mine["supply_no"].array,
            "batch_id": pd.array(batch, dtype="string"),
            "county_adcode": mine["county_adcode"].array,
            "area_m2": share * mine["supplied_m2"].to_numpy(dtype=np.float64),
            "share": share,
        }
    )
    named = with_link_ids(frame)
    return named[["link_id", *frame.columns]]


def _remainder(
    supplies: pd.DataFrame,
    mapped: npt.NDArray[np.bool_],
    links: pd.DataFrame,
    row: Ints,
    contested_share: Floats,
) -> pd.DataFrame:
    supplied = supplies["supplied_m2"].to_numpy(dtype=np.float64)
    allocated = np.bincount(row, weights=links["area_m2"], minlength=len(supplies))
    contested = contested_share * supplied
    contested[contested < SLIVER_M2] = 0.0
    outside = supplied - allocated - contested
    why = np.select(
        [~mapped, contested > 0.0, outside >= SLIVER_M2], ["no_parcel", "contested", "outside"], ""
    )
    return pd.DataFrame(
        {
            "supply_no": supplies["supply_no"],
            "supplied_m2": supplied,
            "allocated_m2": allocated,
            "outside_m2": outside,
            "contested_m2": contested,
            "why": pd.array(why, dtype="string"),
        },
        index=supplies.index,
    )


def _shares(shapes: Shapes, outlines: Shapes) -> tuple[Ints, Ints, Floats, Floats]:
    """What share of each shape lies in which outline alone, and in several.

    Returns:
        Positions of shape and outline with the share, by shape and outline; then for each shape
        the share that lies in more than one outline.
    """
    at, outline = shapely.STRtree(outlines).query(shapes, predicate="intersects")
    order = np.lexsort((outline, at))
    at, outline = at[order], outline[order]
    part = shapely.intersection(shapes[at], outlines[outline])
    size = ellipsoidal_areas(shapes)
    share = polygon_areas(part) / size[at]
    real = share > ROUNDING
    at, outline, part, share = at[real], outline[real], part[real], share[real]
    contested = np.zeros(len(shapes))
    starts = np.flatnonzero(np.diff(at, prepend=-1))
    for start, stop in pairwise([*starts.tolist(), len(at)]):
        if stop - start > 1:
            shape = at[start]
            own, common = _own_parts(part[start:stop])
            share[start:stop] = own / size[shape]
            contested[shape] = common / size[shape]
    # Edges of a cut are straight in degrees and great circles in area: what is whole is one.
    total = np.bincount(at, weights=share, minlength=len(shapes)) + contested
    whole = np.abs(total - 1.0) < _WHOLE
    scale = np.where(whole, total, 1.0)
    return at, outline, share / scale[at], contested / scale


_WHOLE: Final = 1e-6


def _own_parts(parts: Shapes) -> tuple[Floats, float]:
    """Area of each part that no other part covers, and the area that several cover."""
    own = np.array(
        [
            shapely.difference(part, shapely.union_all(np.delete(parts, i)))
            for i, part in enumerate(parts)
        ],
        dtype=object,
    )
    alone = polygon_areas(own)
    union = polygon_areas(np.array([shapely.union_all(parts)], dtype=object))[0]
    return alone, max(float(union - alone.sum()), 0.0)


def _dissolved(layer: gpd.GeoDataFrame, column: str) -> gpd.GeoDataFrame:
    """One row a value, with the union of its shapes; rows without a value or a shape go."""
    _require(layer, (column,))
    require_geographic(layer)
    shapes: Shapes = layer.geometry.to_numpy()
    broken = ~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)
    if broken.any():
        raise OverlayError(
            f"{int(broken.sum())} outlines are invalid; repair them at import",
            rows=layer.index[broken].tolist(),
            values={"reason": column},
        )
    there = layer[column].notna().to_numpy() & ~shapely.is_missing(shapes)
    there &= ~shapely.is_empty(shapes)
    code, names = pd.factorize(layer[column].to_numpy()[there], sort=True)
    order = np.argsort(code, kind="stable")
    groups = np.split(shapes[there][order], np.flatnonzero(np.diff(code[order])) + 1)
    merged = [one[0] if len(one) == 1 else shapely.union_all(one) for one in groups if len(one)]
    return gpd.GeoDataFrame(
        {column: pd.array(names, dtype="string")}, geometry=merged, crs=layer.crs
    )


def _require(frame: pd.DataFrame, columns: tuple[str, ...]) -> None:
    absent = ", ".join(name for name in columns if name not in frame.columns)
    if absent:
        raise SchemaError(f"missing columns: {absent}", values={"columns": absent})
