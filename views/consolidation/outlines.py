"""Outlines of units on the maps of the consolidation page, and their arithmetic in figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import pandas as pd
import streamlit as st
from cachetools import LRUCache

from analytics.consolidation.land import UnitLand
from analytics.consolidation.outline import (
    STEPS,
    Merged,
    Units,
    adds_up,
    merged,
    plan_units,
    unit_shapes,
    zone_outlines,
)
from analytics.consolidation.whatif import Form
from domain import boundaries, digests, formats
from domain.issues import explain
from domain.rules import RuleSet
from geo.errors import GanyuanError
from layers.catalogue import base
from layers.catalogue import consolidation as catalogue
from layers.spec import BoundLayer
from store import Version
from views import places
from views.consolidation import words
from views.consolidation.ground_layers import barrier_layers, road_layers
from views.context import Context
from views.markup import plain

_KEPT: Final = 64
_UNITS: Final = 512
_NAMED: Final = 12
_PAIRS: Final = 4
"""Pairs that are told when the mouse is over a unit."""
_NO_PAIRS: Final = pd.DataFrame({"host_id": [], "absorbed_id": [], "form": []}, dtype="object")


@dataclass(frozen=True)
class Outlines:
    """Outlines that may be drawn.

    Attributes:
        rows: Dataset of outlines with ``zone_id``, EPSG:4490; None without any.
        demonstration: They are made up.
        key: Version that they are of, and which of its rows.
        rules: The rules ``consolidation``.
    """

    rows: gpd.GeoDataFrame | None
    demonstration: bool
    key: str
    rules: RuleSet


def held_outlines(outlines: tuple[Version, gpd.GeoDataFrame] | None, rules: RuleSet) -> Outlines:
    """The newest outlines of zones as they may be drawn.

    Args:
        outlines: Version and rows; None without any.
        rules: The rules ``consolidation``.
    """
    if outlines is None:
        return Outlines(None, demonstration=False, key="", rules=rules)
    version, rows = outlines
    # Which rows of a version are there is a matter of the viewer.
    key = f"{version.id} {version.sha256} {digests.of_frame(rows[['zone_id']])}"
    return Outlines(rows, demonstration=version.demonstration, key=key, rules=rules)


@dataclass(frozen=True)
class Unit:
    """A host with zones that are studied with it.

    Attributes:
        host: The host.
        absorbed: The others.
        form: How they are held.
        land: Land added and taken out.
    """

    host: str
    absorbed: tuple[str, ...]
    form: Form
    land: UnitLand


@dataclass(frozen=True)
class Drawn:
    """What is drawn of a unit.

    Attributes:
        shapes: See :class:`analytics.consolidation.outline.Units`.
        found: Its outline with figures; None where nothing is joined or known.
        without: Zones without an outline.
        error: Why there is nothing to draw.
    """

    shapes: gpd.GeoDataFrame
    found: Merged | None
    without: tuple[str, ...]
    error: GanyuanError | None = None


def draw_unit(held: Outlines, unit: Unit) -> Drawn:
    """The outline of a unit; nothing is drawn where it cannot be right."""
    empty = plan_units(_NO_PAIRS, _series(held), rules=held.rules).shapes
    zones = (unit.host, *unit.absorbed)
    series = _series(held)
    without = tuple(zone for zone in zones if zone not in series.index)
    if len(without) == len(zones):
        return Drawn(empty, None, without)
    limit = held.rules.value("CON-AREA-TOLERANCE")
    try:
        return _unit((held.key, zones, unit.form, unit.land.key, limit), held, unit, without)
    except GanyuanError as error:
        return Drawn(empty, None, without, error)


def draw_plan(
    held: Outlines, pairs: pd.DataFrame, land: Mapping[str, UnitLand] | None = None
) -> Units:
    """Outlines of all units of a plan.

    Args:
        held: The outlines.
        pairs: Chosen pairs with ``host_id``, ``absorbed_id`` and ``form``.
        land: Land added and taken out, by host.
    """
    told = tuple(pairs[["host_id", "absorbed_id", "form"]].itertuples(index=False, name=None))
    drawn = {host: one for host, one in (land or {}).items() if one.drawn}
    keys = tuple((host, one.key) for host, one in drawn.items())
    limit = held.rules.value("CON-AREA-TOLERANCE")
    return _plan((held.key, told, keys, limit), held, pairs, drawn)


def map_layers(
    ctx: Context,
    held: Outlines,
    shapes: gpd.GeoDataFrame,
    *,
    links: gpd.GeoDataFrame,
    parts: gpd.GeoDataFrame,
    pairs: pd.DataFrame,
) -> list[BoundLayer]:
    """Every layer of a map of this page: boundaries, outlines of units, links, zones.

    Args:
        ctx: The run of the page.
        held: Outlines that may be drawn.
        shapes: Outlines of units; none where it is empty.
        links: :func:`analytics.consolidation.card.link_lines`.
        parts: :func:`analytics.consolidation.card.zone_parts`.
        pairs: Pairs of the units that are drawn.
    """
    return [
        base.neighbour().bind(boundaries.layer("neighbour")),
        base.province().bind(boundaries.layer("province")),
        base.county().bind(boundaries.layer("county")),
        base.prefecture().bind(boundaries.layer("prefecture")),
        *barrier_layers(ctx),
        *road_layers(ctx),
        *_outline_layer(ctx, held, shapes, pairs),
        catalogue.candidates_links().bind(links),
        catalogue.candidates_zones().bind(parts),
    ]


def _outline_layer(
    ctx: Context, held: Outlines, shapes: gpd.GeoDataFrame, pairs: pd.DataFrame
) -> list[BoundLayer]:
    """The layer of outlines, marked where they are made up; none without shapes."""
    if shapes.empty:
        return []
    names = places.unit_names(ctx, "zone_id")
    zones = [names.get(zone, zone) for zone in shapes["zone_id"]]
    own = shapes["part"].isin(["host", "absorbed", "trust"])
    labels = [words.short(name) if one else "" for name, one in zip(zones, own, strict=True)]
    told = _pair_lines(ctx, pairs)
    by_part = zip(shapes["host_id"], shapes["zone_id"], shapes["part"], strict=True)
    said = [
        _few(ctx, [line for pair, line in told.items() if _is_of(pair, host, zone, part)])
        for host, zone, part in by_part
    ]
    named = shapes.assign(name=zones, label=labels, pairs=said)
    return [catalogue.unit_outlines().bind(named, demonstration=held.demonstration)]


def _is_of(pair: tuple[str, str], host: str, zone: str, part: str) -> bool:
    """Whether a pair is told with a part of a unit: its own with a zone that is taken, else all."""
    return pair[0] == host and (part not in ("absorbed", "trust") or pair[1] == zone)


def _pair_lines(ctx: Context, pairs: pd.DataFrame) -> dict[tuple[str, str], str]:
    """Pair, score and distance in words, by host and other zone."""
    return {
        (row["host_id"], row["absorbed_id"]): pair_line(ctx, row)
        for row in pairs.to_dict("records")
    }


def pair_line(ctx: Context, row: Mapping[Any, Any] | pd.Series) -> str:
    """Pair, score and distance in words.

    Args:
        ctx: The run of the page.
        row: ``host_id``, ``absorbed_id``, ``score``, ``distance_km``.
    """
    names = places.unit_names(ctx, "zone_id")
    sides = {
        side: words.short(names.get(row[f"{side}_id"], row[f"{side}_id"]))
        for side in ("host", "absorbed")
    }
    return ctx.t(
        "conunit.pair_line",
        score=formats.number(row["score"], 1),
        distance=formats.number(row["distance_km"], 1),
        **sides,
    )


def _few(ctx: Context, lines: list[str]) -> str:
    more = ctx.t("conunit.and_more") if len(lines) > _PAIRS else ""
    return ctx.t.pick("；", "; ").join(lines[:_PAIRS]) + more


def arithmetic_line(ctx: Context, drawn: Drawn) -> str:
    """New = old + added - taken out in one line; empty where nothing is joined."""
    t, found = ctx.t, drawn.found
    if found is None:
        return ""
    decimals = 2 if ctx.unit == "ha" else 1
    areas = found.areas["ellipsoidal_m2"]
    figures = areas.map(lambda m2: formats.in_unit(m2, ctx.unit))
    told = {str(step): formats.area(m2, ctx.unit) for step, m2 in areas.items()}
    tail = "" if adds_up(figures, decimals) else t("conunit.rounded")
    return t("conunit.sum", unit=t(f"unit.{ctx.unit}"), tail=tail, **told)


def outline_notes(
    ctx: Context, held: Outlines, without: tuple[str, ...], faults: dict[str, GanyuanError]
) -> None:
    """Which zones have no outline, and which units are not drawn because theirs cannot be right."""
    t, names = ctx.t, places.unit_names(ctx, "zone_id")
    if without and held.rows is not None:
        listed = [words.short(names.get(zone, zone)) for zone in without[:_NAMED]]
        more = t("conunit.and_more") if len(without) > _NAMED else ""
        zones = t.pick("、", ", ").join(listed) + more
        st.caption(t("conunit.without", n=len(without), zones=zones))
    for host, error in faults.items():
        rows = [words.short(names.get(str(row), str(row))) for row in error.rows]
        said = [
            t("conunit.not_drawn", host=words.short(names.get(host, host))),
            f"**{error.code}** {plain(explain(error, t.language))}",
            plain(t.pick("、", ", ").join(rows)),
        ]
        st.warning("\n\n".join(line for line in said if line))


def show_arithmetic(ctx: Context, drawn: Drawn) -> None:
    """Old, expanded, removed and new area of a unit, planar and of the ellipsoid."""
    t, found = ctx.t, drawn.found
    if found is None:
        return
    steps = list(STEPS)
    shown = pd.DataFrame(
        {
            "step": [t(f"conunit.step.{step}") for step in steps],
            "planar": found.areas["planar_m2"].to_numpy(),
            "ellipsoidal": found.areas["ellipsoidal_m2"].to_numpy(),
        }
    )
    number = st.column_config.NumberColumn
    config: dict[str, Any] = {
        "step": st.column_config.TextColumn(t("conunit.col.step")),
        "planar": number(t("conunit.col.planar", zone=found.zone), format="accounting"),
        "ellipsoidal": number(t("conunit.col.ellipsoidal"), format="accounting"),
    }
    st.caption(t("conunit.arithmetic"))
    st.dataframe(
        shown, column_config=config, hide_index=True, placeholder=formats.MISSING,
        key="consolidation-arithmetic",
    )  # fmt: skip


def _series(held: Outlines) -> gpd.GeoSeries:
    if held.rows is None:
        return zone_outlines(
            gpd.GeoDataFrame({"zone_id": []}, geometry=gpd.GeoSeries([], crs=4490), crs=4490)
        )
    return _outlines(held.key, held.rows)


@st.cache_resource(max_entries=4, show_spinner=False)
def _outlines(key: str, _rows: gpd.GeoDataFrame) -> gpd.GeoSeries:
    del key
    return zone_outlines(_rows)


@st.cache_resource(max_entries=_KEPT, show_spinner=False)
def _unit(
    key: tuple[object, ...], _held: Outlines, _unit_asked: Unit, _without: tuple[str, ...]
) -> Drawn:
    del key
    unit, series = _unit_asked, _series(_held)
    joined, trust = (unit.absorbed, ()) if unit.form == "merge" else ((), unit.absorbed)
    land = {"expanded": unit.land.expanded.parts, "removed": unit.land.removed.parts}
    found = merged([unit.host, *joined], series, rules=_held.rules, **land)
    shapes = unit_shapes(unit.host, joined, trust, series, found, **land)
    return Drawn(shapes, found, _without)


@st.cache_resource(max_entries=_KEPT, show_spinner=False)
def _plan(
    key: tuple[object, ...], _held: Outlines, _pairs: pd.DataFrame, _land: Mapping[str, UnitLand]
) -> Units:
    del key
    land = {host: one.shapes for host, one in _land.items()}
    limit = _held.rules.value("CON-AREA-TOLERANCE")
    memory = _memory((_held.key, limit))
    return plan_units(_pairs, _series(_held), rules=_held.rules, land=land, memory=memory)


@st.cache_resource(max_entries=4, show_spinner=False)
def _memory(key: tuple[object, ...]) -> LRUCache[tuple[str, ...], Merged]:
    """Units drawn before: a weight that moves leaves most of a plan as it was."""
    del key
    return LRUCache(_UNITS)
