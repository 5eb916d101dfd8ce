"""Parcels under names of their own: the kind that most of the product is about.

The list of columns is ``data/schemas/parcels.csv``; see :mod:`domain.schema`.
"""

from __future__ import annotations

from typing import Final

import geopandas as gpd

from domain import schema
from domain.schema import AREA, Column, Dtype

__all__ = ["AREA", "COMPUTED", "Column", "Dtype", "columns", "conform"]

COMPUTED: Final[dict[str, str]] = schema.computed("parcels")
"""Columns that ingest adds, with their dtypes."""


def columns() -> tuple[Column, ...]:
    """Every attribute of a parcel, in display order."""
    return schema.columns("parcels")


def conform(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The same parcels with every schema column; see :func:`domain.schema.conform`."""
    return schema.conform("parcels", frame)
