"""What holds for every row of a layer, once it is settled."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from domain import schema
from domain.rules import RuleSet
from domain.schema import SpatialKind
from geo.crs import CGCS2000, zone_of
from ingest import crs_candidates, mapping

Geometries = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Settled:
    """What holds for every row of a layer.

    Attributes:
        kind: What a row is.
        mapping: Which source field becomes which column.
        epsg: System of the file.
        swapped: Its first coordinate is the northing.
        metres: EPSG code of the 3-degree zone in which shapes are judged.
        unit: Unit of the stated area; empty where unknown.
        standard: Standard of the land class codes; empty where unknown.
        repair_rows: Rows, from 1, whose proposed repair a person accepted.
        zones: Outlines of development zones in EPSG:4490 with ``name``; None where there are none.
        blank: Columns that are empty throughout the sample.
        as_of: Day for which rules apply.
        rules: Rules ``ingest``.
    """

    kind: SpatialKind
    mapping: mapping.Plan
    epsg: int
    swapped: bool
    metres: int
    unit: str
    standard: str
    repair_rows: frozenset[int]
    zones: gpd.GeoDataFrame | None
    blank: frozenset[str]
    as_of: dt.date
    rules: RuleSet

    @property
    def key(self) -> str:
        """Column that names a row."""
        return schema.KEY[self.kind]


def metric_zone(lonlat: npt.NDArray[np.float64], epsg: int) -> int:
    """EPSG code of the 3-degree zone for a file: its own where it is in one, else by longitude.

    Args:
        lonlat: Sample of its vertices in degrees.
        epsg: System of the file.
    """
    if crs_candidates.zone_of_epsg(epsg) is not None:
        return epsg
    zone = zone_of(float(np.nanmedian(lonlat[:, 0])))
    return crs_candidates.epsg_of_zone(zone, prefixed=True)


def in_metres(own: Geometries, geographic: Geometries, settled: Settled) -> Geometries:
    """Shapes in metres: the file's own numbers where it is in a 3-degree zone.

    Args:
        own: n shapes in the coordinates of the file.
        geographic: The same in EPSG:4490.
        settled: What holds for the layer.
    """
    if settled.metres != settled.epsg:
        series = gpd.GeoSeries(list(geographic), crs=CGCS2000)
        return np.asarray(series.to_crs(settled.metres).to_numpy(), dtype=object)
    if settled.swapped:
        return np.asarray(shapely.transform(own, lambda xy: xy[:, ::-1]), dtype=object)
    return own
