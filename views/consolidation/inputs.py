"""What consolidation rests on in a store: figures of zones, outlines, overlays; for pages and CLI.

Frames are shared: never change one in place.
"""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import dataclass, field
from typing import Final

import geopandas as gpd
import pandas as pd
from cachetools import LRUCache

from analytics.consolidation import candidates as consolidation
from analytics.consolidation import places as consolidation_places
from analytics.consolidation import whatif as consolidation_whatif
from analytics.consolidation.barriers import Overlay, overlay
from analytics.consolidation.checks import faults, usable
from analytics.consolidation.evidence import evidence
from analytics.consolidation.published import published_inputs
from analytics.evaluation import zone_figures
from domain import boundaries
from domain.rules import RuleSet
from export.references import cited
from geo.errors import GanyuanError
from store import Version
from views import data
from views.consolidation.road_tables import Roads
from views.context import Context
from views.judged import key_of
from views.zone_figures import Known
from views.zone_figures import zone_figures as known_figures

_KEPT: Final = 4

Key = tuple[object, ...]
_measured: LRUCache[Key, tuple[pd.DataFrame, pd.DataFrame]] = LRUCache(_KEPT)
_overlays: LRUCache[Key, list[Overlay]] = LRUCache(_KEPT)
_making = threading.RLock()


@dataclass(frozen=True)
class Base:
    """What the score rests on, and what is wrong with it.

    Attributes:
        inputs: For :func:`analytics.consolidation.candidates.candidates`.
        known: Figures of zones; those made up among them.
        outlines: The newest outlines of zones with their version; None without any.
        faults: Faults of the inputs, one entry a kind.
        demonstration: Something of it is made up.
        cited: Versions and years that it rests on, as they are cited; empty without any.
    """

    inputs: consolidation.Inputs
    known: Known
    outlines: tuple[Version, gpd.GeoDataFrame] | None
    faults: list[GanyuanError] = field(repr=False)
    demonstration: bool
    cited: str


def read_base(ctx: Context, *, as_of: dt.date, rules: RuleSet, roads: Roads | None = None) -> Base:
    """Read it for a day.

    Args:
        ctx: The run, of a page or of a command.
        as_of: The day that is judged.
        rules: The rules ``consolidation``.
        roads: Distances by road; None for straight distances alone.
    """
    known = known_figures(ctx, as_of=as_of)
    outlines = data.footprints(ctx)
    between = areas = None
    made_up = known.figures.demonstration
    told = [f"{known.figures.year}"] if known.figures.figures.notna().any(axis=None) else []
    if outlines is not None:
        between, areas = _between(ctx, outlines, rules)
        made_up = made_up or outlines[0].demonstration
    told += [cited(v) for v in ([outlines[0]] if outlines else []) + _versions(ctx)]
    told += [name for name in known.cited.values() if name not in told]
    by_road = None
    if roads is not None:
        by_road, made_up = roads.table, made_up or roads.demonstration
        told.append(roads.cited)
    inputs = published_inputs(evidence(known.figures), outlines=between, areas=areas, roads=by_road)
    wrong = faults(inputs, known.figures, rules=rules)
    return Base(inputs, known, outlines, wrong, made_up, " · ".join(told))


def facts(ctx: Context, base: Base, *, as_of: dt.date, counted: bool) -> pd.DataFrame:
    """What is known of every zone, for plans and cards.

    Args:
        ctx: The run.
        base: :func:`read_base` of the day.
        as_of: The day that is judged.
        counted: Made-up figures are counted; else they are left out.

    Returns:
        :func:`analytics.consolidation.whatif.figures`.
    """
    known = base.known if counted else known_figures(ctx, as_of=as_of, demonstration=False)
    parcels = next(iter(data.in_force(ctx, "parcels")), None)
    idle = known.idle_parcels if counted or not (parcels and parcels.demonstration) else None
    return consolidation_whatif.figures(
        base.inputs,
        as_of=as_of,
        footprints=zone_figures.facts(usable(known.figures)),
        idle_parcels=idle,
    )


def overlays_in_force(ctx: Context) -> list[Overlay]:
    """Land that links should not cross; made-up datasets only where there are no others."""
    found = _versions(ctx)
    key = tuple(key_of(ctx.store, ctx.viewer, v) for v in found)
    with _making:
        known = _overlays.get(key)
        if known is None:
            counties = boundaries.layer("county")
            known = _overlays[key] = [
                overlay(
                    data.parcels(ctx, version),
                    counties,
                    name=version.id,
                    date=str(version.passport.get("as_of") or version.committed_at.date()),
                    demonstration=version.demonstration,
                )
                for version in found
            ]
    return known


def _versions(ctx: Context) -> list[Version]:
    found = data.in_force(ctx, "overlay")
    return [v for v in found if not v.demonstration] or found


def _between(
    ctx: Context, outlines: tuple[Version, gpd.GeoDataFrame], rules: RuleSet
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Outlines towards each other, and their areas; kept for the same versions."""
    version, rows = outlines
    reach = rules.value("CON-DISTANCE-REACH")
    named = (key_of(ctx.store, ctx.viewer, v) for v in (version, *_versions(ctx)))
    key = (*named, reach)
    with _making:
        found = _measured.get(key)
        if found is None:
            table = consolidation_places.between(
                rows,
                overlays_in_force(ctx),
                reach_km=reach,
                demonstration=version.demonstration,
            )
            areas = consolidation_places.areas(rows, demonstration=version.demonstration)
            found = _measured[key] = (table, areas)
    return found
