"""Words and tables of the consolidation page."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd
import streamlit as st

from analytics import consolidation_card
from analytics.consolidation_terms import TERMS
from domain import formats, reference
from views import places
from views.context import Context

_SIDES: Final = ("host", "absorbed")
_SHORT: Final = (
    ("江西", ""),
    ("经济技术开发区", "经开区"),
    ("高新技术产业开发区", "高新区"),
    ("高新技术产业园区", "高新区"),
    ("Jiangxi ", ""),
    ("Economic and Technological Development Zone", "ETDZ"),
    ("National High-tech Industrial Development Zone", "HTDZ"),
    ("High-tech Industrial Development Zone", "HTDZ"),
    ("High-tech Industrial Park", "HTIP"),
    ("Economic Development Zone", "EDZ"),
)
"""Common short forms for the list; the card has the full name."""
_RATIO_TERMS: Final = ("pressure", "benefit")


def zone_name(ctx: Context, pair: pd.Series, side: str) -> str:
    """Name of one side of a pair in the language of the page."""
    return ctx.t.pick(str(pair[f"{side}_name_zh"]), str(pair[f"{side}_name_en"]))


def short(name: str) -> str:
    """The common short form of a zone's name."""
    for long, brief in _SHORT:
        name = name.replace(long, brief)
    return name


def brief(ctx: Context, names: pd.Series) -> pd.Series:
    """Names of units for a column: English ones are long and take their short form."""
    return names.map(short) if ctx.t.language == "en" else names


def sector_names(ctx: Context, codes: str) -> str:
    """Names of sectors whose codes are joined by ``;``."""
    table = reference.table("sectors").set_index("sector_code")
    names = table["name_zh"] if ctx.t.language == "zh_CN" else table["name_en"]
    joiner = ctx.t.pick("、", ", ")
    return joiner.join(str(names.get(code, code)) for code in codes.split(";") if code)


def table(ctx: Context, pairs: pd.DataFrame) -> pd.DataFrame:
    """The pairs as they are listed, one column for each term, numbers unformatted."""
    pick = "zh" if ctx.t.language == "zh_CN" else "en"
    shown = pd.DataFrame(
        {
            "rank": pairs["rank"],
            "score": pairs["score"],
            "host": [short(name) for name in pairs[f"host_name_{pick}"]],
            "absorbed": [short(name) for name in pairs[f"absorbed_name_{pick}"]],
            "known": pairs["known_share"],
            "distance": pairs["distance_km"],
            "shared": [sector_names(ctx, codes) for codes in pairs["shared_sectors"]],
        }
    )
    shown = shown.join(consolidation_card.points(pairs))
    names = places.unit_names(ctx, "prefecture_adcode")
    shown["prefecture"] = pairs["host_prefecture_adcode"].map(names)
    return shown


def columns(ctx: Context, shown: pd.DataFrame) -> dict[str, Any]:
    """How each column of :func:`table` is headed and written."""
    t = ctx.t
    config: dict[str, Any] = {}
    for name in map(str, shown.columns):
        if name in TERMS:
            title = t(f"consolidation.term.{name}")
            config[name] = st.column_config.NumberColumn(title, format="%.0f")
        else:
            config[name] = st.column_config.Column(t(f"consolidation.col.{name}"))
    config["score"] = st.column_config.NumberColumn(t("consolidation.col.score"), format="%.1f")
    config["known"] = st.column_config.NumberColumn(t("consolidation.col.known"), format="percent")
    config["distance"] = st.column_config.NumberColumn(
        t("consolidation.col.distance"), format="%.1f"
    )
    return config


def value(ctx: Context, pair: pd.Series, term: str) -> str:
    """The facts of one term in words."""
    t, raw = ctx.t, pair[f"{term}_value"]
    if term == "adjacency":
        return _place(ctx, pair)
    if formats.is_missing(raw) and pair[f"{term}_state"] == "unknown":
        return t("consolidation.value.unknown")
    if term == "industry":
        names = sector_names(ctx, str(raw))
        return (
            t("consolidation.value.shared", names=names)
            if names
            else t("consolidation.value.shared_none")
        )
    if term == "ranking":
        return t(f"consolidation.value.{raw}")
    host, absorbed = str(raw).split(">")
    if term == "level":
        host, absorbed = (t(f"consolidation.level.{x}") for x in (host, absorbed))
    elif term == "disposal":
        host, absorbed = (_disposal(ctx, side) for side in (host, absorbed))
    elif term in _RATIO_TERMS:
        host, absorbed = formats.share(float(host)), formats.share(float(absorbed))
    return t(f"consolidation.value.{term}", host=host, absorbed=absorbed)


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
    if pair["same_point"]:
        parts.append(t("consolidation.value.same_point", error=error))
    elif not formats.is_missing(pair["distance_km"]):
        km = formats.number(pair["distance_km"], 1)
        parts.append(t("consolidation.value.distance", km=km, error=error))
    if pair["same_county"]:
        parts.append(t("consolidation.value.same_county"))
    elif pair["neighbours"]:
        parts.append(t("consolidation.value.neighbours"))
    return t.pick("；", "; ").join(parts)


def reason(ctx: Context, pair: pd.Series, term: str) -> str:
    """Why a term speaks for or against a pair, in words."""
    key = f"consolidation.reason.{term}.{pair[f'{term}_verdict']}"
    facts = value(ctx, pair, term)
    name = ctx.t(f"consolidation.term.{term}")
    said = ctx.t(key if key in ctx.t else "consolidation.reason.any", term=name, value=facts)
    made_up = pair[f"{term}_state"] == "demonstration"
    return said + (ctx.t("consolidation.reason.demonstration") if made_up else "")
