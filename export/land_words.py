"""Words about land that a unit gains or gives up, for page and command alike."""

from __future__ import annotations

from analytics.consolidation.land import SIDES, UnitLand
from domain import formats
from domain.formats import AreaUnit
from domain.i18n import Translator


def undrawn(t: Translator, land: UnitLand, unit: AreaUnit) -> str:
    """Where areas that were entered without polygons count, and where not; empty without any.

    Args:
        t: Texts.
        land: Land of a unit.
        unit: Unit of the areas.
    """
    told = [
        t(f"conunit.undrawn.{name}", area=formats.area(side.area_m2, unit), unit=t(f"unit.{unit}"))
        for name, side in zip(SIDES, (land.expanded, land.removed), strict=True)
        if side.area_m2 and not len(side.parts)
    ]
    if not told:
        return ""
    areas = t.pick("、", ", ").join(told)
    return t(f"conunit.undrawn_{'beside' if land.drawn else 'alone'}", areas=areas)
