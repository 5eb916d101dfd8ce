"""The usual faults of real parcel files, in a small share."""

from __future__ import annotations

from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

_WRONG_AREA: Final = 0.006
_NO_START: Final = 0.009
_NO_FINISH_DUE: Final = 0.004
_NO_HANDOVER: Final = 0.01
OVERLAPPING: Final = 0.002
"""Share of the parcels drawn too large, into the street or the neighbour."""

_GROWTH: Final = 1.04
_QUADRILATERAL: Final = 5  # coordinates of a closed ring of four corners

CROSSED: Final = 14
"""Parcels whose outline crosses itself."""

CROSSED_CODE: Final = "GEO-002"


def wrong_areas(frame: gpd.GeoDataFrame, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Some stated areas that do not fit the outline: a typing error of 5 to 20 per cent."""
    hit = rng.random(len(frame)) < _WRONG_AREA
    factor = 1.0 + rng.uniform(0.05, 0.2, len(frame)) * rng.choice([-1.0, 1.0], len(frame))
    stated = frame["area_stated_m2"].mask(hit, (frame["area_stated_m2"] * factor).round(0))
    return frame.assign(area_stated_m2=stated)


def blank_dates(frame: gpd.GeoDataFrame, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Some dates that nobody typed in: the agreed start with its hand-over, the completion due."""
    n = len(frame)
    out = frame.copy()
    no_start = (rng.random(n) < _NO_START) & frame["finished_on"].isna().to_numpy()
    no_start |= rng.random(n) < _NO_START / 4.0
    for column in ("start_due", "start_due_amended", "handover_on"):
        out[column] = out[column].mask(no_start)
    out["finish_due"] = out["finish_due"].mask(rng.random(n) < _NO_FINISH_DUE)
    out["handover_on"] = out["handover_on"].mask(rng.random(n) < _NO_HANDOVER)
    return out


def spoil_shapes(
    frame: gpd.GeoDataFrame, rng: np.random.Generator
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Enlarge a few parcels, and cross the outline of a few more.

    Returns:
        The parcels that can be taken over, on a fresh RangeIndex, and those to be quarantined,
        with ``code``.
    """
    n = len(frame)
    grown = np.flatnonzero(rng.random(n) < OVERLAPPING)
    shapes = frame.geometry.to_numpy().copy()
    shapes[grown] = [_grown(shape) for shape in shapes[grown]]
    plain = np.flatnonzero(shapely.get_num_coordinates(shapes) == _QUADRILATERAL)
    crossed = np.sort(rng.choice(np.setdiff1d(plain, grown), CROSSED, replace=False))
    shapes[crossed] = [_crossed(shape) for shape in shapes[crossed]]
    spoilt = frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs))
    for column in ("area_planar_m2", "area_ellipsoidal_m2"):
        factor = pd.Series(1.0, index=frame.index)
        factor.iloc[grown] = _GROWTH**2
        spoilt[column] = frame[column] * factor
    bad = np.zeros(n, dtype=bool)
    bad[crossed] = True
    kept = spoilt[~bad].reset_index(drop=True)
    return kept, spoilt[bad].assign(code=CROSSED_CODE).reset_index(drop=True)


def _grown(shape: shapely.Polygon) -> shapely.Polygon:
    """The outline stretched about its middle."""
    middle = np.asarray(shape.centroid.coords)[0]
    return shapely.transform(shape, lambda xy: middle + (xy - middle) * _GROWTH)


def _crossed(shape: shapely.Polygon) -> shapely.Polygon:
    """A quadrilateral with two neighbouring corners exchanged, as by a slip in a point list."""
    ring = shapely.get_coordinates(shape)[:-1]
    return shapely.Polygon(ring[[0, 2, 1, 3]])
