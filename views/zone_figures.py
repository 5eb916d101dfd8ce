"""What is known of every zone, ready made for pages and commands; kept until something changes.

``zone_figures(ctx, as_of=day)`` gives the newest year that there is; see
:mod:`analytics.evaluation.zone_figures` for what can be made of the result::

    known = zone_figures(ctx, as_of=day, demonstration=counted)
    terms = analytics.evaluation.zone_figures.evidence(known.figures)
    footprints = analytics.evaluation.zone_figures.facts(known.figures)
    idle_parcels = known.idle_parcels

Frames are shared: never change one in place.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import geopandas as gpd
import pandas as pd
from cachetools import LRUCache

from analytics.evaluation import intensity_inputs
from analytics.evaluation.parcel_figures import is_idle, parcel_figures
from analytics.evaluation.zone_figures import Source, ZoneFigures, covered, from_outlines
from analytics.evaluation.zone_figures import zone_figures as figures_of
from domain import reference
from domain.ledgers import LAND
from domain.rules import load_rules
from domain.schemes import intensity_scheme
from export.references import cited
from store import Kind, Version
from views import data
from views.context import Context
from views.judged import digest, judged_parcels, key_of
from views.kept_ledgers import kept_ledger

STATUS_COLUMN: Final = "land_status"
"""Column of a land-use dataset that states the land status of an evaluation."""

_KEPT: Final = 6
_RULES: Final = ("idle", "approvals", "ingest", "intensity")

Key = tuple[object, ...]


@dataclass(frozen=True)
class Known:
    """What is known of the zones that are the viewer's.

    Attributes:
        figures: One figure a cell, with where it comes from.
        day: Day on which parcels were judged.
        years: Years of entered rows up to the day, the newest first.
        cited: What each source but the entered one rests on, by its name, as it is cited.
        idle_parcels: Number of idle parcels by zone, float64, 0 where a zone has parcels and none
            is idle; zones without parcels are not in it.
        left_out: Labels of parcels that a fault keeps out of figures.
        version: Version of the parcels; None without any.
    """

    figures: ZoneFigures
    day: dt.date
    years: tuple[int, ...]
    cited: Mapping[str, str]
    idle_parcels: pd.Series = field(repr=False)
    left_out: pd.Index = field(repr=False)
    version: Version | None


@dataclass(frozen=True)
class _Ground:
    """What is worked out from datasets on a day, for every year the same."""

    sources: tuple[Source, ...]
    footprints: pd.DataFrame | None
    cited: Mapping[str, str]
    idle_parcels: pd.Series
    left_out: pd.Index
    version: Version | None


_grounds: LRUCache[Key, _Ground] = LRUCache(_KEPT)
_known: LRUCache[Key, Known] = LRUCache(_KEPT)
_making = threading.RLock()


def zone_figures(
    ctx: Context,
    *,
    as_of: dt.date,
    year: int | None = None,
    version: Version | None = None,
    older: bool = True,
    demonstration: bool = True,
) -> Known:
    """What is known of every zone.

    Args:
        ctx: The run, of a page or of a command.
        as_of: Day on which parcels are judged; entered years after it do not count.
        year: Year of the figures; None takes the newest entered one, and without any the year of
            the outlines' figures or of the day.
        version: Version of parcels; None takes the newest one, made-up ones only where there is
            no other.
        older: Take older rows of zones that have none of the year, and tell; see
            :func:`analytics.evaluation.zone_figures.zone_figures`.
        demonstration: Use made-up figures where a zone has no real one.

    Returns:
        All zones of the reference table that are the viewer's, in its order.
    """
    parcels = version or next(iter(data.in_force(ctx, "parcels")), None)
    mark, entered = kept_ledger(ctx.store, "indicators", ctx.viewer)
    key = _key(ctx, parcels, as_of)
    with _making:
        asked = (*key, mark, year, older, demonstration)
        found = _known.get(asked)
        if found is None:
            ground = _grounds.get(key)
            if ground is None:
                ground = _grounds[key] = _worked_out(ctx, parcels, as_of)
            found = _known[asked] = _put_together(
                ctx, ground, entered, as_of, year, older=older, demonstration=demonstration
            )
    return found


def zones_of(ctx: Context) -> pd.DataFrame:
    """The zones of the reference table that are the viewer's, index ``zone_id``."""
    rows = pd.DataFrame(reference.zones())
    mine = [ctx.viewer.sees(str(code)) for code in rows["prefecture_adcode"]]
    return rows[mine].set_index("zone_id")


def _key(ctx: Context, parcels: Version | None, day: dt.date) -> Key:
    """What the figures of datasets depend on: versions, day, rules and ledgers."""
    versions = [parcels, *(_first(ctx, kind) for kind in ("zones", "land_use"))]
    named = tuple(key_of(ctx.store, ctx.viewer, v) if v is not None else None for v in versions)
    marks = tuple(ctx.store.ledger_mark(table, ctx.viewer) for table in LAND)
    rules = tuple(digest(load_rules(name, as_of=day)) for name in _RULES)
    return named, day, marks, rules, str(ctx.store.root)


def _first(ctx: Context, kind: Kind) -> Version | None:
    return next(iter(data.in_force(ctx, kind)), None)


def _put_together(
    ctx: Context,
    ground: _Ground,
    entered: pd.DataFrame,
    day: dt.date,
    year: int | None,
    *,
    older: bool,
    demonstration: bool,
) -> Known:
    past = entered[entered["year"] <= day.year]
    usable = past if demonstration else past[~past["demonstration"].astype("bool")]
    years = tuple(sorted({int(y) for y in usable["year"]}, reverse=True))
    wanted = year if year is not None else _newest(years, ground.footprints, day)
    outlines = None
    if ground.footprints is not None:
        outlines = from_outlines(ground.footprints, year=wanted, older=older)
    found = figures_of(
        pd.Index(zones_of(ctx).index),
        year=wanted,
        entered=past,
        computed=(*ground.sources, *([outlines] if outlines else [])),
        older=older,
        demonstration=demonstration,
    )
    return Known(
        found, day, years, ground.cited, ground.idle_parcels, ground.left_out, ground.version
    )


def _newest(years: tuple[int, ...], footprints: pd.DataFrame | None, day: dt.date) -> int:
    """The newest year that anything says something of."""
    stated = []
    if footprints is not None and "figures_year" in footprints:
        told = footprints["figures_year"].dropna().astype("int64")
        stated = [int(y) for y in told[told <= day.year].unique()]
    return max([*years, *stated], default=day.year)


def _worked_out(ctx: Context, parcels: Version | None, day: dt.date) -> _Ground:
    sources: list[Source] = []
    names: dict[str, str] = {}
    idle_parcels, left_out = pd.Series(dtype="float64"), pd.Index([])
    outlines, land_use = _first(ctx, "zones"), _first(ctx, "land_use")
    footprints: pd.DataFrame | None = None
    if outlines is not None:
        shapes = data.parcels(ctx, outlines)
        footprints = pd.DataFrame(shapes).drop(columns="geometry")
        footprints = footprints.assign(demonstration=outlines.demonstration)
        names["outlines"] = cited(outlines)
        if land_use is not None:
            found = _surveyed(ctx, land_use, shapes, day, made_up=outlines.demonstration)
            sources += found
            names |= {one.name: f"{cited(land_use)} · {cited(outlines)}" for one in found}
    if parcels is not None:
        source, idle_parcels, left_out = _of_parcels(ctx, parcels, day)
        sources.append(source)
        names["parcels"] = cited(parcels)
    return _Ground(tuple(sources), footprints, names, idle_parcels, left_out, parcels)


def _surveyed(
    ctx: Context, version: Version, shapes: gpd.GeoDataFrame, day: dt.date, *, made_up: bool
) -> list[Source]:
    """Figures of surveyed land use and of the land status, where it is stated, in the outlines."""
    polygons = data.parcels(ctx, version)
    units = shapes[["zone_id", "geometry"]].dropna(subset=["zone_id"])
    units = units.dissolve("zone_id").reset_index()
    rules = load_rules("intensity", as_of=day)
    made_up = made_up or version.demonstration
    classes = intensity_scheme().land_use
    surveyed = intensity_inputs.from_land_use(polygons, units, classes=classes)
    out = [Source("land_use", covered(surveyed, rules=rules), demonstration=made_up)]
    if STATUS_COLUMN in polygons:
        codes = intensity_inputs.status_codes(polygons[STATUS_COLUMN])
        stated = polygons.assign(**{STATUS_COLUMN: codes})[codes.notna()]
        if len(stated):
            found = intensity_inputs.from_status(stated, units, status=STATUS_COLUMN)
            out.append(Source("status", covered(found, rules=rules), demonstration=made_up))
    return out


def parcels_behind(ctx: Context, known: Known, zone: str, figure: str) -> pd.DataFrame | None:
    """The parcels that a computed figure of a zone is the area of.

    Args:
        ctx: The run.
        known: What :func:`zone_figures` gave.
        zone: Id of the zone.
        figure: One of the figures that parcels give.

    Returns:
        Judged parcels (:func:`views.judged.judged_parcels`); None where parcels give no such
        figure.
    """
    if known.version is None:
        return None
    judged = judged_parcels(ctx.store, ctx.viewer, known.version, known.day)
    mine = judged[(judged["zone_id"] == zone).fillna(value=False).astype("bool")]
    mine = mine[~mine.index.isin(known.left_out)]
    masks = intensity_inputs.which_parcels(
        mine,
        as_of=known.day,
        classes=intensity_scheme().land_use,
        batches=_batches(ctx),
        idle=is_idle(mine),
    )
    mask = masks.get(figure)
    return None if mask is None else mine[mask.fillna(value=False).astype("bool")]


def _of_parcels(ctx: Context, version: Version, day: dt.date) -> tuple[Source, pd.Series, pd.Index]:
    """Figures of the parcels that count, the number of idle ones by zone, and those left out."""
    found = parcel_figures(
        judged_parcels(ctx.store, ctx.viewer, version, day),
        {table: kept_ledger(ctx.store, table, ctx.viewer)[1] for table in LAND},
        as_of=day,
        classes=intensity_scheme().land_use,
        rules=load_rules("approvals", as_of=day),
    )
    source = Source("parcels", found.figures, demonstration=version.demonstration)
    return source, found.idle_parcels, found.left_out


def _batches(ctx: Context) -> pd.DataFrame | None:
    """The batch ledger; None where it is empty, since then nothing is known of ready land."""
    rows = kept_ledger(ctx.store, "batch", ctx.viewer)[1]
    return rows if len(rows) else None
