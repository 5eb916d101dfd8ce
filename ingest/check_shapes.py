"""One shape at a time: spikes, slivers, repeated vertices, tiny rings, smallest mapped areas."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from domain.rules import RuleSet
from geo import shape_defects
from geo.rings import Rings
from ingest.found import Found, Rows, Text, where

_DUPLICATE_VERTEX_M: Final = 0.001
_SURVEY: Final = "land_use"
_BUILT: Final = frozenset({"05", "06", "07", "08", "09", "10"})
_FARM: Final = frozenset({"01", "02", "03", "04"})
_FARM_BUILDINGS: Final = "1202"

Floats = npt.NDArray[np.float64]


def shape_checks(rows: Rows) -> list[Found]:
    """Everything about single shapes.

    Args:
        rows: m rows of a kind with shapes.
    """
    if rows.drawn is None:
        return []
    rings, n = rows.drawn.rings, len(rows.drawn.metres)
    area, length = shapely.area(rows.drawn.metres), shapely.length(rows.drawn.metres)
    out = _spikes(rows, rings, n)
    out += _slivers(rows, area, length)
    out += _vertices(rows, rings, n)
    out += _tiny_rings(rows, rings, n)
    if rows.kind == _SURVEY:
        out += _survey(rows, rings, area, length)
    return out


def _spikes(rows: Rows, rings: Rings, n: int) -> list[Found]:
    spikes = shape_defects.spikes(
        rings,
        n,
        max_degrees=rows.rules.value("ING-SPIKE-ANGLE"),
        min_leg=rows.rules.value("ING-SPIKE-LEG"),
    )
    place = np.stack([spikes.x, spikes.y], axis=1)
    return where(
        rows,
        "GEO-010",
        spikes.count > 0,
        n=spikes.count,
        degrees=Text(spikes.degrees, "{:.2f}"),
        place=Text(place, "{0[0]:.3f}, {0[1]:.3f}"),
    )


def _slivers(rows: Rows, area: Floats, length: Floats) -> list[Found]:
    thin = is_sliver(area, length, rows.rules)
    return where(rows, "GEO-007", thin)


def is_sliver(area: Floats, length: Floats, rules: RuleSet) -> npt.NDArray[np.bool_]:
    """Whether shapes of an area and perimeter in metres are small and thin."""
    round_area = rules.value("ING-SLIVER-THINNESS") * 4.0 * np.pi * area
    thin = (area < rules.value("ING-SLIVER-AREA")) & (length**2 > round_area)
    return np.asarray(thin, dtype=bool)


def _vertices(rows: Rows, rings: Rings, n: int) -> list[Found]:
    repeated = shape_defects.repeated_vertices(rings, n, tolerance=_DUPLICATE_VERTEX_M)
    counts = np.bincount(rings.owner, weights=np.diff(rings.start), minlength=n).astype(np.int64)
    most = int(rows.rules.value("ING-VERTICES"))
    return where(rows, "GEO-009", repeated > 0, n=repeated) + where(
        rows, "GEO-013", counts > most, n=counts, most=most
    )


def _tiny_rings(rows: Rows, rings: Rings, n: int) -> list[Found]:
    limit = rows.rules.value("ING-TINY-RING")
    holes, parts = shape_defects.tiny_rings(rings, n, area_m2=limit)
    limits = f"{limit:g}"
    return where(rows, "GEO-021", holes > 0, n=holes, limit=limits) + where(
        rows, "GEO-022", parts > 0, n=parts, limit=limits
    )


def _survey(rows: Rows, rings: Rings, area: Floats, length: Floats) -> list[Found]:
    """What a land-use survey asks of its polygons."""
    n = len(area)
    parts = shape_defects.part_counts(rings, n)
    out = where(rows, "GEO-016", parts > 1, n=parts)
    width = np.divide(2.0 * area, length, out=np.full(n, np.inf), where=length > 0)
    narrowest = rows.rules.value("ING-NARROW")
    out += where(
        rows,
        "GEO-023",
        width < narrowest,
        width=Text(width, "{:.2f}"),
        limit=f"{narrowest:g}",
    )
    codes = rows.column("land_class")
    if codes is None:
        return out
    least = smallest_areas(codes, rows.rules)
    return out + where(
        rows,
        "GEO-015",
        area < least,
        area=Text(area, "{:,.1f}"),
        limit=Text(least, "{:g}"),
    )


def smallest_areas(codes: pd.Series, rules: RuleSet) -> Floats:
    """Smallest area in m2 that a survey maps, by land class code; zero without a code."""
    group = codes.str[:2]
    built = group.isin(_BUILT) | (codes.str[:4] == _FARM_BUILDINGS).fillna(value=False)
    farm = group.isin(_FARM) & ~built
    known = codes.notna().to_numpy(dtype=bool)
    least = np.select(
        [~known, built.to_numpy(dtype=bool), farm.to_numpy(dtype=bool)],
        [0.0, rules.value("ING-MAP-BUILT"), rules.value("ING-MAP-FARM")],
        rules.value("ING-MAP-OTHER"),
    )
    return np.asarray(least, dtype=np.float64)
