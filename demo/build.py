"""Write a whole demonstration store from a seed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from demo import (
    defects,
    enterprises,
    evaluation,
    idle,
    indicators,
    ledgers,
    lives,
    overlays,
    parcels,
    places,
    rasters,
    roads,
    steps,
)
from demo.draws import Days, Floats, Ints
from domain import reference
from domain.ledgers import KEY, TABLES, Table
from geo.crs import CGCS2000
from store import Store, Viewer
from store.networks import digest_of

SEED: Final = 20190226
"""Seed of the demonstration data: the day of the plan 赣府字〔2019〕17号."""

AS_OF: Final = dt.date(2026, 6, 30)
"""Reference day of the demonstration data."""

_LATER_FACTS: Final = 5  # a stream of its own beside the seed
_REPORTS: Final = 6  # likewise
_OVERLAYS: Final = 7
_ROADS: Final = 9
_FIRMS: Final = 8

REASON: Final = "演示数据，按种子生成，非真实数据"

# How slowly each prefecture disposes of its land; invented, so that prefectures differ.
_PACE: Final = (0.82, 0.95, 1.12, 0.98, 0.86, 0.9, 1.06, 1.02, 0.96, 1.2, 1.08)
_PACE_SPREAD: Final = 0.35


@dataclass(frozen=True)
class World:
    """Everything the demonstration store holds, before it is written.

    Attributes:
        parcels: Rows of the dataset ``parcels``.
        quarantined: Parcels whose outline crosses itself.
        zones: Rows of the dataset ``zone-footprints``.
        overlays: Rows of the datasets of :data:`demo.overlays.DATASETS`, by name.
        batch, supply, idle_case, supply_batch, indicators, enterprises: Ledger rows.
    """

    parcels: gpd.GeoDataFrame
    quarantined: gpd.GeoDataFrame
    zones: gpd.GeoDataFrame
    overlays: dict[str, gpd.GeoDataFrame]
    batch: pd.DataFrame
    supply: pd.DataFrame
    idle_case: pd.DataFrame
    supply_batch: pd.DataFrame
    indicators: pd.DataFrame
    enterprises: pd.DataFrame


def world(*, seed: int = SEED, as_of: dt.date = AS_OF) -> World:
    """Invent a province: the same for the same seed and day.

    Args:
        seed: Any number.
        as_of: Reference day; nothing later is on record.
    """
    rng = np.random.default_rng(seed)
    zones = places.standing_zones()
    areas = places.areas_ha(zones, rng)
    sites, area_ha = places.sites(zones, areas, rng)
    land = parcels.ground(sites, (zones["kind"] == "cbz").to_numpy(), rng)
    cell_batch, cell_day = lives.approvals(land.cells, as_of, rng)
    life = lives.draw(
        cell_day[land.cell], cell_batch[land.cell], _pace(zones, rng)[land.zone], as_of, rng
    )
    batches = _batches(land, cell_batch, cell_day, zones)
    batches["acquired"] = ledgers.acquired(life, batches, as_of, rng)
    frame = parcels.frame(land, life, zones, batches, as_of, rng)
    frame = defects.blank_dates(defects.wrong_areas(frame, rng), rng)
    opened = idle.open_cases(frame, as_of, rng)
    for column in ("notice_no", "letter_no", "letter_on", "idle_cause", "disposal_route"):
        frame[column] = opened[column].reindex(frame.index).astype(frame[column].dtype)
    streets = (land.cells["area_m2"] - land.cells["block_m2"]).groupby(cell_batch).sum().round(0)
    supply = ledgers.supplies(frame, batches, streets, rng)
    links = ledgers.links(supply)
    batch = ledgers.batch_ledger(batches, frame, supply, links, streets, as_of, rng)
    cases = idle.ledger(frame, opened, rng)
    outline = gpd.GeoSeries(places.footprints(sites), crs=CGCS2000)
    known = zones.assign(approved_area_ha=area_ha, approved_area_known=areas["approved_area_known"])
    facts = frame.assign(idle_open=frame.index.isin(opened.index))
    records = evaluation.Records(land, facts, batch, supply, as_of)
    footprints = evaluation.footprints(known, outline, records, rng)
    sound, quarantined = defects.spoil_shapes(frame.drop(columns="planned_use"), rng)
    later = np.random.default_rng([seed, _LATER_FACTS])
    first = ledgers.first_supply(supply, links, batch["batch_id"])
    reports = indicators.reported(footprints, records, np.random.default_rng([seed, _REPORTS]))
    return World(
        parcels=sound,
        quarantined=quarantined,
        zones=footprints,
        overlays=overlays.overlays(footprints, np.random.default_rng([seed, _OVERLAYS])),
        batch=steps.with_readiness(batch, first, as_of, later),
        supply=steps.with_permits(supply.drop(columns=["second_batch", "second_m2"]), as_of, later),
        idle_case=steps.with_steps(cases, as_of, later),
        supply_batch=links,
        indicators=reports,
        enterprises=enterprises.reported(
            reports, np.random.default_rng([seed, _FIRMS]), as_of=as_of
        ),
    )


def _pace(zones: pd.DataFrame, rng: np.random.Generator) -> Floats:
    """How slowly each zone disposes of its land: its prefecture, and a part of its own."""
    codes = sorted(zones["prefecture_adcode"].unique())
    pace = zones["prefecture_adcode"].map(dict(zip(codes, _PACE, strict=True))).to_numpy()
    return np.asarray(pace * np.exp(rng.normal(0.0, _PACE_SPREAD, len(zones))), dtype="float64")


def _batches(
    land: parcels.Ground, cell_batch: Ints, cell_day: Days, zones: pd.DataFrame
) -> pd.DataFrame:
    cells = pd.DataFrame({"zone": land.cells["zone"], "day": cell_day}).groupby(cell_batch).first()
    return ledgers.batch_names(cells["zone"], pd.to_datetime(cells["day"]), zones)


def build(
    store: Store,
    *,
    seed: int = SEED,
    as_of: dt.date = AS_OF,
    viewer: Viewer | None = None,
    again: bool = False,
) -> None:
    """Write demonstration data: parcels, zone footprints, overlays, ledgers, land-cover rasters.

    The same seed and day give the same rows; what stands already is not written again.

    Args:
        store: Where to write.
        seed: Any number.
        as_of: Reference day of the data, kept in the passport of each version.
        viewer: Written into the trail; the demonstration builder by default.
        again: Make a new version even where the same rows stand.
    """
    viewer = viewer or Viewer("demo")
    made = world(seed=seed, as_of=as_of)
    passport: dict[str, object] = {"source": "demo", "seed": seed, "as_of": as_of.isoformat()}
    if not again:
        passport["sha256"] = _mark(seed, as_of)
    store.commit(
        "zone-footprints",
        made.zones,
        kind="zones",
        viewer=viewer,
        reason=REASON,
        demonstration=True,
        passport=passport,
    )
    put_roads(
        store, roads.network(reference.zones(), np.random.default_rng([seed, _ROADS])), viewer
    )
    for name, rows in made.overlays.items():
        store.commit(
            name,
            rows,
            kind="overlay",
            viewer=viewer,
            reason=REASON,
            demonstration=True,
            passport=passport,
        )
    for table in TABLES:
        put_rows(store, table, getattr(made, table), viewer=viewer)
    rasters.write(store, made.zones, seed=seed, viewer=viewer, reason=REASON)
    # Parcels last: whoever sees them sees everything else as well.
    store.commit(
        "parcels",
        made.parcels,
        kind="parcels",
        viewer=viewer,
        reason=REASON,
        demonstration=True,
        passport=passport | {"rows_in_file": len(made.parcels) + len(made.quarantined)},
        quarantined=made.quarantined,
    )


def put_roads(store: Store, lines: gpd.GeoDataFrame, viewer: Viewer) -> None:
    """Keep the invented road network; where the same lines stand, nothing is done.

    Args:
        store: Where to write.
        lines: Lines, EPSG:4490.
        viewer: Written into the trail.
    """
    last = next(iter(store.network_history(roads.NAME, viewer)), None)
    if last is not None and not last.withdrawn and last.digest == digest_of(lines):
        return
    store.put_network(
        roads.NAME,
        lines,
        prefectures=roads.PREFECTURES,
        viewer=viewer,
        reason=REASON,
        facts=roads.facts(lines),
        demonstration=True,
        number=None if last is None else last.number,
    )


def put_rows(store: Store, table: Table, rows: pd.DataFrame, *, viewer: Viewer) -> None:
    """Write invented rows of a ledger; invented ones of an earlier release that are no more end.

    Args:
        store: Where to write; real rows are left alone.
        table: Ledger.
        rows: All of the ledger that is invented.
        viewer: Written into the trail.
    """
    key = KEY[table]
    stands = store.ledger(table, viewer)
    # Zone and year name real figures as well as invented ones; the real ones stay.
    rows = rows[~rows[key].isin(stands.loc[~stands["demonstration"], key])]
    old = stands[stands["demonstration"] & ~stands[key].isin(rows[key])]
    if len(old):
        revisions = dict(zip(old[key], old["revision"].tolist(), strict=True))
        store.end_ledger(table, revisions, viewer=viewer, reason=REASON)
    store.put_ledger(table, rows, viewer=viewer, reason=REASON, demonstration=True)


def _mark(seed: int, as_of: dt.date) -> str:
    return f"demo-{seed}-{as_of.isoformat()}"


def standing(store: Store, *, seed: int = SEED, as_of: dt.date = AS_OF) -> bool:
    """Whether the current parcels are the demonstration data of this seed and day.

    A store of an earlier release that lacks a ledger or an overlay does not stand yet; what it has
    is kept when the rest is built.
    """
    viewer = Viewer("demo")
    if not set(overlays.DATASETS) <= {v.dataset for v in store.datasets(viewer, kind="overlay")}:
        return False
    for version in store.datasets(viewer, kind="parcels"):
        facts = version.passport
        same = facts.get("seed") == seed and facts.get("as_of") == as_of.isoformat()
        if version.dataset == "parcels" and version.demonstration and same:
            return all(store.ledger(table, viewer)["demonstration"].any() for table in TABLES)
    return False


def ensure(root: Path, *, seed: int = SEED, as_of: dt.date = AS_OF) -> bool:
    """Build the demonstration store where a store holds no dataset yet, or finish one begun.

    Returns:
        Whether anything was built.
    """
    store = Store(root)
    found = store.datasets(Viewer("demo"))
    begun = all(version.demonstration and version.dataset != "parcels" for version in found)
    if not begun:
        return False
    build(store, seed=seed, as_of=as_of)
    return True
