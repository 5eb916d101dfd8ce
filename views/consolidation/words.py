"""Words and tables of the consolidation page."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, Final

import pandas as pd
import streamlit as st

from analytics.consolidation import card as consolidation_card
from analytics.consolidation.barriers import KINDS
from analytics.consolidation.terms import TERMS
from domain import formats, reference, zone_names
from domain.code_lists import code_of
from views import places, tables
from views.context import Context

LISTED: Final = (
    "rank",
    "score",
    "host",
    "absorbed",
    "marks",
    "adds",
    "known",
    "score_low",
    "score_high",
    "missing",
    "distance",
    "shared",
    "prefecture",
)
"""Columns of the list that are no terms."""
short = zone_names.short
"""The common short form of a zone's name, for lists; cards have the full name."""


def zone_name(ctx: Context, pair: pd.Series, side: str) -> str:
    """Name of one side of a pair in the language of the page."""
    return ctx.t.pick(str(pair[f"{side}_name_zh"]), str(pair[f"{side}_name_en"]))


def brief(ctx: Context, names: pd.Series) -> pd.Series:
    """Names of units for a column: English ones are long and take their short form."""
    return names.map(short) if ctx.t.language == "en" else names


def sector_names(ctx: Context, codes: str) -> str:
    """Names of sectors whose codes are joined by ``;``."""
    names = _sectors(ctx.t.language)
    joiner = ctx.t.pick("、", ", ")
    return joiner.join(names.get(code, code) for code in codes.split(";") if code)


@cache
def _sectors(language: str) -> Mapping[str, str]:
    """Name of every sector; a list asks for them in each of its rows."""
    table = reference.table("sectors")
    names = table["name_zh"] if language == "zh_CN" else table["name_en"]
    return MappingProxyType(dict(zip(map(str, table["sector_code"]), map(str, names), strict=True)))


def table(ctx: Context, pairs: pd.DataFrame, told: pd.DataFrame) -> pd.DataFrame:
    """The pairs as they are listed, one column for each term, numbers unformatted.

    Args:
        ctx: The run.
        pairs: :func:`analytics.consolidation.candidates.candidates`.
        told: :func:`analytics.consolidation.bounds.bounds` of them.

    Returns:
        :data:`LISTED` and the points of each term (0-100), on the index of ``pairs``.
    """
    pick = "zh" if ctx.t.language == "zh_CN" else "en"
    points = consolidation_card.points(pairs)
    names = places.unit_names(ctx, "prefecture_adcode")
    shown = pd.DataFrame(
        {
            "rank": pairs["rank"],
            "score": pairs["score"],
            "adds": pd.Series(points.fillna(0.0).to_numpy().tolist(), index=pairs.index),
            "host": [short(name) for name in pairs[f"host_name_{pick}"]],
            "absorbed": [short(name) for name in pairs[f"absorbed_name_{pick}"]],
            "marks": [marks(ctx, pair) for pair in pairs.to_dict("records")],
            "known": pairs["known_share"],
            "score_low": told["score_low"],
            "score_high": told["score_high"],
            "missing": [term_names(ctx, terms) for terms in told["missing"]],
            "distance": pairs["distance_km"],
            "shared": [sector_names(ctx, codes) for codes in pairs["shared_sectors"]],
        }
    )
    shown = shown.join(points)
    shown["prefecture"] = pairs["host_prefecture_adcode"].map(names)
    return shown


def marks(ctx: Context, pair: Mapping[Hashable, Any]) -> str:
    """What has to be seen at once: a pair across prefectures, an open case of the host."""
    told = [] if pair["same_prefecture"] else [ctx.t("consolidation.mark.across")]
    told += [ctx.t(f"consolidation.mark.{name}") for name in str(pair["vetoes"]).split(";") if name]
    return ctx.t.pick("、", ", ").join(told)


def term_names(ctx: Context, terms: str) -> str:
    """Names of terms that are joined by ``;``."""
    named = [ctx.t(f"consolidation.term.{term}") for term in terms.split(";") if term]
    return ctx.t.pick("、", ", ").join(named)


def columns(ctx: Context, shown: pd.DataFrame) -> dict[str, Any]:
    """How each column of :func:`table` is headed and written."""
    t, column = ctx.t, st.column_config
    config: dict[str, Any] = {}
    for name in map(str, shown.columns):
        if name in TERMS:
            config[name] = column.ProgressColumn(
                t(f"consolidation.term.{name}"), format="%.0f", min_value=0, max_value=100, width=92
            )
        else:
            config[name] = column.Column(t(f"consolidation.col.{name}"))
    head = t("consolidation.col.marks")
    config["marks"] = column.TextColumn(head, width=tables.text_width([head, *shown["marks"]]))
    for name in ("score", "distance", "score_low", "score_high"):
        config[name] = column.NumberColumn(t(f"consolidation.col.{name}"), format="%.1f")
    config["known"] = tables.share_column(t("consolidation.col.known"))
    config["adds"] = column.BarChartColumn(
        t("consolidation.col.adds"),
        y_min=0,
        y_max=100,
        width=96,
        help=t(
            "consolidation.col.adds_help",
            terms=t.pick("、", ", ").join(t(f"consolidation.term.{term}") for term in TERMS),
        ),
    )
    return config


def value(ctx: Context, pair: pd.Series, term: str) -> str:
    """The facts of one term in words."""
    t, raw = ctx.t, pair[f"{term}_value"]
    if term == "adjacency":
        return _place(ctx, pair)
    if formats.is_missing(raw) and pair[f"{term}_state"] == "unknown":
        return _uncovered(ctx, pair) if term == "barrier" else t("consolidation.value.unknown")
    if term == "industry":
        return _industry(ctx, str(raw))
    if term == "barrier":
        return _barrier(ctx, str(raw))
    if term == "ranking":
        return t(f"consolidation.value.{raw}")
    host, absorbed = (_side(ctx, term, side) for side in str(raw).split(">"))
    return t(f"consolidation.value.{term}", host=host, absorbed=absorbed)


def _side(ctx: Context, term: str, raw: str) -> str:
    """One side of a two-sided fact."""
    if term == "level":
        return ctx.t(f"consolidation.level.{raw}")
    if term == "disposal":
        return _disposal(ctx, raw)
    if term == "environment":
        return _open_cases(ctx, raw)
    if term == "size":
        unit = ctx.t(f"consolidation.area.{ctx.unit}")
        return f"{formats.area(float(raw), ctx.unit)} {unit}"
    return formats.share(float(raw))


def _industry(ctx: Context, raw: str) -> str:
    cosine, codes = raw.split("|")
    names = sector_names(ctx, codes)
    key = "shared" if names else "shared_none"
    return ctx.t(f"consolidation.value.{key}", names=names, cosine=formats.number(float(cosine), 2))


def _barrier(ctx: Context, raw: str) -> str:
    share, km, kinds = raw.split("|")
    if not float(share):
        return ctx.t("consolidation.value.barrier_none")
    named = ctx.t.pick("、", ", ").join(_kind(ctx, kind) for kind in kinds.split(";") if kind)
    return ctx.t(
        "consolidation.value.barrier",
        share=formats.share(float(share)),
        km=formats.number(float(km), 1),
        names=named or ctx.t("consolidation.value.barrier_any"),
    )


def _kind(ctx: Context, written: str) -> str:
    """A kind of land in the language of the page; what the lists do not know as it is written."""
    code = code_of("overlay_kind", pd.Series([written])).iloc[0]
    known = not formats.is_missing(code) and code in KINDS
    return ctx.t(f"consolidation.barrier.{code}") if known else written


def _uncovered(ctx: Context, pair: pd.Series) -> str:
    """Why it is not known what lies between: no data, or data that do not reach there."""
    names = pair["barrier_uncovered"]
    if formats.is_missing(names) or not names:
        return ctx.t("consolidation.value.barrier_no_data")
    named = ctx.t.pick("、", ", ").join(str(names).split(";"))
    return ctx.t("consolidation.value.barrier_uncovered", names=named)


def _open_cases(ctx: Context, raw: str) -> str:
    """Open environmental and safety cases of one zone, as far as they are known."""
    told = []
    for name, flag in zip(("environment", "safety"), raw.split("|"), strict=True):
        if flag:
            state = "open" if float(flag) else "closed"
            told.append(ctx.t(f"consolidation.value.{name}_{state}"))
    return ctx.t.pick("、", ", ").join(told)


def _disposal(ctx: Context, side: str) -> str:
    """Digestion cycle and idle share of one zone, as far as they are known."""
    years, idle = side.split("|")
    parts = []
    if years:
        parts.append(ctx.t("consolidation.value.years", years=formats.number(float(years), 1)))
    if idle:
        parts.append(ctx.t("consolidation.value.idle", share=formats.share(float(idle))))
    return ctx.t.pick("、", ", ").join(parts)


def _place(ctx: Context, pair: pd.Series) -> str:
    t = ctx.t
    error = formats.number(pair["position_error_km"], 0)
    parts = []
    if not formats.is_missing(pair["road_km"]):
        parts.append(t("consolidation.value.road", km=formats.number(pair["road_km"], 1)))
    elif not formats.is_missing(pair["road_gap"]) and pair["road_gap"]:
        parts.append(t(f"consolidation.value.road_{pair['road_gap']}"))
    if pair["same_point"]:
        parts.append(t("consolidation.value.same_point", error=error))
    elif not formats.is_missing(pair["distance_km"]):
        km = formats.number(pair["distance_km"], 1)
        parts.append(_distance(ctx, pair, km, error))
    if pair["same_county"]:
        parts.append(t("consolidation.value.same_county"))
    elif pair["neighbours"]:
        parts.append(t("consolidation.value.neighbours"))
    if not pair["same_prefecture"]:
        parts.append(t("consolidation.value.across"))
    return t.pick("；", "; ").join(parts)


def _distance(ctx: Context, pair: pd.Series, km: str, error: str) -> str:
    if pair["distance_basis"] != "outlines":
        return ctx.t("consolidation.value.distance", km=km, error=error)
    if not pair["distance_km"]:
        return ctx.t("consolidation.value.touching")
    return ctx.t("consolidation.value.outlines", km=km)


def source(ctx: Context, pair: pd.Series, term: str) -> str:
    """Where the facts of a term come from; both sides apart where they differ."""
    raw = pair[f"{term}_source"]
    if formats.is_missing(raw):
        return formats.MISSING
    return " / ".join(_origin(ctx, side) for side in str(raw).split(">"))


def _origin(ctx: Context, raw: str) -> str:
    """One source; names of datasets stand behind a bar, joined by ``;``."""
    origin, _, names = raw.partition("|")
    if not origin:
        return formats.MISSING
    told = ctx.t(f"consolidation.source.{origin}")
    named = ctx.t.pick("、", ", ").join(names.split(";")) if names else ""
    return f"{told} · {named}" if named else told


def date(ctx: Context, pair: pd.Series, term: str) -> str:
    """Year of the facts of a term; both sides apart where they differ."""
    raw = pair[f"{term}_date"]
    if formats.is_missing(raw) or not raw:
        return ctx.t("consolidation.date.today")
    return " / ".join(side or formats.MISSING for side in str(raw).split(">"))


def precision(ctx: Context, pair: pd.Series, term: str) -> str:
    """How exact the facts of a term are."""
    raw = pair[f"{term}_precision"]
    if formats.is_missing(raw) or not raw:
        return formats.MISSING
    name, km, ways, *_ = [*str(raw).split("|"), "", ""]
    return ctx.t(f"consolidation.precision.{name}", km=km, ways=ways)


def reason(ctx: Context, pair: pd.Series, term: str) -> str:
    """Why a term speaks for or against a pair, in words."""
    key = f"consolidation.reason.{term}.{pair[f'{term}_verdict']}"
    facts = value(ctx, pair, term)
    name = ctx.t(f"consolidation.term.{term}")
    said = ctx.t(key if key in ctx.t else "consolidation.reason.any", term=name, value=facts)
    made_up = pair[f"{term}_state"] == "demonstration"
    return said + (ctx.t("consolidation.reason.demonstration") if made_up else "")
