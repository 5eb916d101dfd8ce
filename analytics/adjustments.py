"""Boundary adjustments of zones (扩区调区): new area = old + expanded − removed."""

from __future__ import annotations

from typing import Final

import pandas as pd
import shapely

from domain.rules import RuleSet
from geo.errors import GanyuanError

_SLIVER_M2: Final = 1.0
"""Overlaps below this come from rounded coordinates."""


class AdjustmentError(GanyuanError):
    """An adjustment removes land that is not there or adds land that is there already."""

    code = "ADJ-001"


def new_area(old: pd.Series, expanded: pd.Series, removed: pd.Series) -> pd.Series:
    """Area after an adjustment, float64 in the unit of the arguments, on the index of ``old``.

    Args:
        old: Approved area before.
        expanded: Area added.
        removed: Area taken out.

    Raises:
        AdjustmentError: An area is negative, or more is removed than there was.
    """
    bad = (old < 0) | (expanded < 0) | (removed < 0) | (removed > old)
    if bad.any():
        rows = old.index[bad].tolist()
        raise AdjustmentError(
            "areas must not be negative and no more can be removed than there was",
            rows=rows,
            values={"rows": ", ".join(map(str, rows))},
        )
    return (old + expanded - removed).rename("new_area")


def check(adjustments: pd.DataFrame, *, rules: RuleSet) -> pd.DataFrame:
    """Hold published areas against the arithmetic.

    Args:
        adjustments: The table ``boundary_adjustments`` of :mod:`domain.reference`, in ha.
        rules: The rules ``consolidation``.

    Returns:
        ``computed_ha``, ``difference_ha`` (published less computed, to 0.0001 ha) float64 and
        ``holds`` bool (within ``CON-AREA-TOLERANCE``) on the same index.
    """
    computed = new_area(
        adjustments["old_ha"], adjustments["expanded_ha"], adjustments["removed_ha"]
    )
    difference = (adjustments["new_ha"] - computed).round(4)
    return pd.DataFrame(
        {
            "computed_ha": computed,
            "difference_ha": difference,
            "holds": difference.abs() <= rules.value("CON-AREA-TOLERANCE"),
        }
    )


def new_boundary(
    old: shapely.Geometry, expanded: shapely.Geometry, removed: shapely.Geometry
) -> shapely.Geometry:
    """Boundary after an adjustment: what stays of the old one, with the expansion.

    Land may be taken out and other land of the same zone added back, but land that stays cannot
    be added a second time.

    Args:
        old: Approved boundary, polygons in one projected CRS.
        expanded: Land added, same CRS.
        removed: Land taken out, same CRS.

    Raises:
        AdjustmentError: ``removed`` reaches outside ``old``, or ``expanded`` lies on land that
            stays, by more than one square metre.
    """
    kept = shapely.difference(old, removed)
    outside = shapely.area(shapely.difference(removed, old))
    double = shapely.area(shapely.intersection(expanded, kept))
    if max(outside, double) > _SLIVER_M2:
        raise AdjustmentError(
            f"{outside:.1f} m2 are removed outside the old boundary and {double:.1f} m2 are "
            "added on land that stays",
            values={"rows": f"{outside:.1f} m2 / {double:.1f} m2"},
        )
    merged: shapely.Geometry = shapely.union(kept, expanded)
    return merged
