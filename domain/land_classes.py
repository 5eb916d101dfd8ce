"""From the codes of land statistics and land-cover rasters to the groups that maps and tables show.

Parcels carry an ``analysis_class`` (``data/reference/land_classes.csv``); rasters carry the pixel
codes of their product (``data/rules/land_cover.toml``). Both end in the groups of :data:`GROUPS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import pandas as pd

from domain.rules import RuleSet
from geo.errors import GanyuanError

GROUPS: Final = (
    "industrial",
    "warehousing",
    "residential",
    "commercial",
    "public",
    "transport",
    "other_built",
    "cropland",
    "orchard",
    "forest",
    "grass",
    "water",
    "wetland",
    "unused",
    "unknown",
)
"""Display groups in the fixed order of legends and tables."""

GROUP_OF: Final[Mapping[str, str]] = MappingProxyType(
    {
        "industrial": "industrial",
        "warehousing": "warehousing",
        "residential": "residential",
        "commercial": "commercial",
        "public": "public",
        "utility": "public",
        "green": "public",
        "transport": "transport",
        "rural_road": "transport",
        "mining": "other_built",
        "special": "other_built",
        "built_mixed": "other_built",
        # The palette has no colour for agricultural buildings; the label of the group names them.
        "cropland": "cropland",
        "agri_facility": "cropland",
        "agri_mixed": "cropland",
        "orchard": "orchard",
        "forest": "forest",
        "grassland": "grass",
        "water": "water",
        "sea": "water",
        "wetland": "wetland",
        "vacant": "unused",
        "reserve": "unused",
        "unused": "unused",
    }
)
"""Display group of each analysis class; the classes of a group still differ in detailed tables."""


class UnknownLandClassError(GanyuanError):
    """A land class or pixel code belongs to no group."""

    code = "LND-001"


def groups(analysis_class: pd.Series) -> pd.Series:
    """Display group of each parcel.

    Args:
        analysis_class: n text values; missing ones become ``unknown``.

    Returns:
        Text Series on the same index, named ``land_group``, values of :data:`GROUPS`.

    Raises:
        UnknownLandClassError: A value is no analysis class.
    """
    known = analysis_class.isna() | analysis_class.isin(list(GROUP_OF))
    if not known.all():
        strange = sorted(set(analysis_class[~known]))
        raise UnknownLandClassError(
            f"unknown land classes {', '.join(strange)}; import the dataset again",
            rows=analysis_class.index[~known].tolist(),
            values={"classes": ", ".join(strange)},
        )
    out = analysis_class.astype("object").map(dict(GROUP_OF)).fillna("unknown")
    return out.astype("str").rename("land_group")


def sources(rules: RuleSet) -> tuple[str, ...]:
    """Names of the land-cover products whose codes are known, sorted."""
    return tuple(sorted({key.split("-", maxsplit=1)[0] for key in rules}))


def cover_groups(source: str, rules: RuleSet) -> dict[int, str]:
    """Display group of each pixel code of a land-cover product.

    Args:
        source: ``CLCD`` or ``WORLDCOVER``; case does not matter.
        rules: The rules of ``land_cover``.

    Raises:
        UnknownLandClassError: The product has no class list.
    """
    prefix = source.upper() + "-"
    found = {
        int(rule.value): key.removeprefix(prefix).rsplit("-", maxsplit=1)[0].lower()
        for key, rule in rules.items()
        if key.startswith(prefix)
    }
    if not found:
        raise UnknownLandClassError(
            f"no class list for land cover {source!r}; known are {', '.join(sources(rules))}",
            values={"classes": source},
        )
    return found
