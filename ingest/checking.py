"""All checks in order: those of a piece of a file, and those of the whole."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Final

import geopandas as gpd
import numpy as np

from domain.rules import RuleSet
from domain.schema import is_spatial
from ingest import (
    check_areas,
    check_cells,
    check_classes,
    check_codes,
    check_dates,
    check_ledgers,
    check_places,
    check_shapes,
    land_class,
)
from ingest.check_areas import AreaTotals
from ingest.found import Found, Rows, about_file

_COUNTED: Final = 20_000
"""Vertices of a piece that are looked at for decimals."""


def chunk_checks(
    rows: Rows,
    *,
    as_of: dt.date,
    standard: str = "",
    zones: gpd.GeoDataFrame | None = None,
) -> list[Found]:
    """Checks that need no other row.

    Args:
        rows: m rows of any kind; stated areas in m2, the county as the sender states it.
        as_of: Today, for the file.
        standard: Standard of the land class codes; empty where it is unknown.
        zones: Outlines of development zones in EPSG:4490 with ``name``, where the store has them.

    Returns:
        What was found; codes GEO, PLC, VAL, COD, CLS and ARE.
    """
    out = [
        *check_cells.cell_checks(rows),
        *check_dates.date_checks(rows, as_of),
        *check_codes.code_checks(rows),
    ]
    if is_spatial(rows.kind):
        out += check_shapes.shape_checks(rows)
        out += check_places.place_checks(rows, zones)
        out += check_areas.area_checks(rows)
        out += check_classes.class_checks(rows, standard)
    return out


ledger_checks = check_ledgers.ledger_checks


@dataclass(frozen=True)
class FileTotals:
    """What is counted piece by piece and judged at the end; totals of pieces are added.

    Attributes:
        areas: Sums and matches of areas.
        vertices: Vertices that were looked at.
        whole: Vertices of them without decimals.
        proven: Standards of which the file holds codes that no other has.
    """

    areas: AreaTotals = field(default_factory=AreaTotals)
    vertices: int = 0
    whole: int = 0
    proven: frozenset[str] = frozenset()

    def __add__(self, other: FileTotals) -> FileTotals:
        """Totals of both pieces."""
        return FileTotals(
            self.areas + other.areas,
            self.vertices + other.vertices,
            self.whole + other.whole,
            self.proven | other.proven,
        )


def chunk_totals(rows: Rows) -> FileTotals:
    """Totals of some rows of a kind with shapes, stated areas in m2."""
    xy = rows.drawn.rings.xy if rows.drawn is not None else np.zeros((0, 2))
    xy = xy[:: max(1, len(xy) // _COUNTED)]
    codes = rows.column("land_class")
    return FileTotals(
        areas=check_areas.area_totals(rows),
        vertices=len(xy),
        whole=int((xy == np.round(xy)).all(axis=1).sum()),
        proven=frozenset(land_class.proven(codes.astype("string")) if codes is not None else ()),
    )


def file_checks(totals: FileTotals, rules: RuleSet) -> list[Found]:
    """Checks of the whole file that its totals allow.

    Args:
        totals: Sum over all pieces.
        rules: Rules ``ingest``.
    """
    out = check_areas.file_areas(totals.areas, rules)
    if totals.vertices and totals.whole / totals.vertices >= rules.value("ING-COARSE"):
        out.append(about_file("GEO-025", percent=f"{totals.whole / totals.vertices:.0%}"))
    if len(totals.proven) > 1:
        named = sorted(totals.proven)
        out.append(about_file("CLS-009", standards="、".join(named), standards_en=", ".join(named)))
    return out
