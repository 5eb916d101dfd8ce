"""Demonstration parcels in the schema of :mod:`domain.parcels`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from demo import cells as grid
from demo import uses
from demo.draws import Flags, Floats, Geometries, Ints, chance
from demo.lives import Lives
from demo.places import Site, to_degrees
from domain.boundaries import prefecture_of
from domain.parcels import conform
from geo.area import ellipsoidal_areas
from geo.crs import CGCS2000
from geo.units import M2_PER_HA, M2_PER_MU

RESERVE: Final = (0.78, 1.0)
"""Share of a zone's cells that is approved, from and to; the outer ones hold no parcels yet."""

# Unit prices in 10k CNY per mu (median); allocation is free of a price.
_PRICE_WAN_MU: Final = {"0601": 15.0, "0508": 17.0, "0701": 165.0, "05H1": 120.0}
_PRICE_DEVELOPED: Final = frozenset({"360100", "360400", "360700", "361100"})


@dataclass(frozen=True)
class Ground:
    """Parcels before they get a life.

    Attributes:
        zone, cell: int64 (n,), position of the zone; position of the cell among all cells.
        rank: float64 (n,), rank of the cell within its zone.
        block_use: int64 (n,), use of the block, position in ``uses.PLANNED``.
        geometry: n polygons in degrees, sharing exact edges inside a block.
        area_planar_m2: float64 (n,), in the 3-degree zone.
        cells: One line per cell with parcels: ``zone``, ``rank``, ``area_m2`` with streets,
            ``block_m2`` without.
    """

    zone: Ints
    cell: Ints
    rank: Floats
    block_use: Ints
    geometry: Geometries
    area_planar_m2: Floats
    cells: pd.DataFrame


def ground(sites: list[Site], bonded: Flags, rng: np.random.Generator) -> Ground:
    """Cut the cells of all zones into parcels.

    Args:
        sites: The zones.
        bonded: Which zones are bonded zones.
        rng: Source.
    """
    corners = np.concatenate([site.lattice.corners for site in sites])
    margins = np.concatenate([site.lattice.margins for site in sites])
    rank = np.concatenate([site.lattice.rank for site in sites])
    counts = [len(site.lattice.rank) for site in sites]
    zone = np.repeat(np.arange(len(sites)), counts)
    gk_zone = np.repeat([site.gk_zone for site in sites], counts)
    taken = rank < rng.uniform(*RESERVE, len(sites))[zone]
    corners, margins, rank = corners[taken], margins[taken], rank[taken]
    zone, gk_zone = zone[taken], gk_zone[taken]
    block_use = uses.of_blocks(rank, bonded[zone], rng)
    pieces = grid.subdivide(uses.per_row(block_use, rng), rng)
    xy, owner = grid.parcel_vertices(pieces, corners, margins)
    cell = pieces["cell"].to_numpy()
    degrees = to_degrees(xy, gk_zone[cell[owner]])
    geometry = _polygons(degrees, owner)
    planar = shapely.area(_polygons(xy, owner))
    blocks = grid.block_outlines(corners, margins)
    table = pd.DataFrame(
        {
            "zone": zone,
            "rank": rank,
            "area_m2": np.abs(grid.shoelace(corners)),
            "block_m2": shapely.area(blocks),
        }
    )
    return Ground(zone[cell], cell, rank[cell], block_use[cell], geometry, planar, table)


def _polygons(xy: Floats, owner: Ints) -> Geometries:
    return np.asarray(shapely.polygons(shapely.linearrings(xy, indices=owner)), dtype=object)


def frame(
    land: Ground,
    life: Lives,
    zones: pd.DataFrame,
    batches: pd.DataFrame,
    as_of: dt.date,
    rng: np.random.Generator,
) -> gpd.GeoDataFrame:
    """Parcels with every column of the schema.

    Args:
        land: Shapes.
        life: Dates.
        zones: Zone table, in the order that ``land.zone`` counts.
        batches: One line per batch number: ``batch_id``, ``approval_no``, ``acquired``.
        as_of: Reference day.
        rng: Source.

    Returns:
        n rows, RangeIndex, EPSG:4490; besides the schema ``planned_use`` (survey code) for the
        other tables.
    """
    n = len(land.zone)
    zone = zones.iloc[land.zone].reset_index(drop=True)
    batch = batches.iloc[life.batch].reset_index(drop=True)
    planned = uses.of_parcels(land.block_use, rng)
    supplied = life.supplied
    code = uses.on_the_ground(planned, supplied, batch["acquired"].to_numpy(bool), rng)
    serial = pd.Series(np.arange(1, n + 1)).astype(str).str.zfill(6)
    county = zone["county_adcode"].astype("string")
    stated = land.area_planar_m2.round(0)
    columns = {
        "parcel_id": county + "D" + serial,
        "county_adcode": county,
        "zone_id": zone["zone_id"],
        "land_class": code,
        "area_stated_m2": stated,
        "batch_id": batch["batch_id"],
        "approval_no": batch["approval_no"],
        "approved_on": life.approved,
        "signed_on": life.signed,
        "handover_due": life.handover_due,
        "handover_on": life.handover_on,
        "start_due": life.start_due,
        "start_due_amended": life.start_due_amended,
        "started_on": life.started,
        "finish_due": life.finish_due,
        "finished_on": life.finished,
        "stopped_since": life.stopped,
        "source_row": np.arange(1, n + 1),
        "prefecture_adcode": county.map(prefecture_of),
        "area_planar_m2": land.area_planar_m2,
        "area_ellipsoidal_m2": ellipsoidal_areas(land.geometry),
        "planned_use": planned,
    }
    table = pd.DataFrame(columns)
    table[["land_class_name", "analysis_class"]] = uses.names_and_groups(table["land_class"])
    table = table.assign(**_identity(table, zone, serial, supplied))
    table = table.assign(**_contract(table, supplied, rng), **_progress(table, as_of, rng))
    return conform(gpd.GeoDataFrame(table, geometry=land.geometry, crs=CGCS2000))


def _identity(
    table: pd.DataFrame, zone: pd.DataFrame, serial: pd.Series, supplied: Flags
) -> dict[str, pd.Series]:
    """Invented names, all of which say that they are invented."""
    industry = zone["leading_industries"].fillna("工业").str.split(";").str[0]
    private = table["planned_use"].isin(["0601", "0508"]).to_numpy()
    category = table["planned_use"].map(uses.CATEGORY)
    kind = pd.Series(np.where(private, industry, category), dtype="string")
    public = table["planned_use"].isin(uses.ALLOCATED)
    holder = pd.Series(np.where(public, "演示单位", "演示企业"), dtype="string")
    block = (table["source_row"] // 4 + 1).astype(str)
    return {
        "name": (kind + "演示项目" + serial).where(supplied),
        "holder": (holder + serial.str[-4:]).where(supplied),
        "location": zone["name_zh"] + "演示路" + block + "号",
    }


def _contract(
    table: pd.DataFrame, supplied: Flags, rng: np.random.Generator
) -> dict[str, pd.Series]:
    """Supervision number, mode and price of supplied parcels."""
    n = len(table)
    allocated = table["planned_use"].isin(uses.ALLOCATED)
    base = table["planned_use"].map(_PRICE_WAN_MU).fillna(0.0)
    developed = np.where(table["prefecture_adcode"].isin(_PRICE_DEVELOPED), 1.25, 0.95)
    unit = base * developed * np.exp(rng.normal(0.0, 0.22, n))
    price = (unit * table["area_stated_m2"] / M2_PER_MU).round(2)
    leased = chance(0.02, n, rng)
    mode = pd.Series(np.where(allocated, "划拨", np.where(leased, "租赁", "出让")))
    return {
        "supply_no": supply_numbers(table, allocated).where(supplied),
        "supply_mode": mode.where(supplied),
        "price_wan": price.where(supplied),
        "mortgaged": pd.Series(chance(0.12, n, rng)).astype("boolean").where(supplied),
        "sealed": pd.Series(chance(0.004, n, rng)).astype("boolean").where(supplied),
    }


def supply_numbers(table: pd.DataFrame, allocated: pd.Series) -> pd.Series:
    """Electronic supervision numbers: county, year of the contract, A or B, serial of the year.

    Args:
        table: ``county_adcode`` and ``signed_on``; rows without a contract get no number.
        allocated: Whether a row is an allocation (A) or a transfer (B).
    """
    year = table["signed_on"].dt.year.astype("Int64").astype("string")
    head = table["county_adcode"].astype("string") + year
    head = head + pd.Series(np.where(allocated, "A", "B"), index=table.index)
    serial = head.groupby(head, dropna=False).cumcount() + 1
    number: pd.Series = head + serial.astype("string").str.zfill(5)
    return number


def _progress(
    table: pd.DataFrame, as_of: dt.date, rng: np.random.Generator
) -> dict[str, pd.Series]:
    """Areas and sums built so far on parcels that have been started."""
    n = len(table)
    started, finished = table["started_on"].notna(), table["finished_on"].notna()
    required = (table["area_stated_m2"] * rng.uniform(0.9, 1.0, n)).round(0)
    total = (table["area_stated_m2"] / M2_PER_HA * rng.lognormal(8.25, 0.35, n)).round(0)
    age = (pd.Timestamp(as_of) - table["started_on"]).dt.days / 900.0
    share = np.clip(age * rng.uniform(0.7, 1.2, n), 0.03, 0.98)
    stopped = table["stopped_since"].notna()
    share = np.where(stopped, rng.uniform(0.04, 0.42, n), share)
    share = np.where(finished, 1.0, share)
    invested = np.clip(share * rng.uniform(0.75, 1.25, n), 0.02, 1.05)
    has_contract = table["signed_on"].notna()
    return {
        "dev_area_required_m2": required.where(has_contract),
        "dev_area_m2": (required * share).round(0).where(started),
        "invest_total_wan": total.where(has_contract),
        "invested_wan": (total * invested).round(0).where(started),
    }
