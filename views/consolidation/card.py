"""The card of a pair: both zones side by side, reasons in plain words, every term of the score."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pandas as pd
import streamlit as st

from analytics.consolidation import card as consolidation_card
from analytics.consolidation.compare import FACTS, Ground, compare
from analytics.consolidation.terms import TERMS
from analytics.evaluation.zone_rates import checked
from domain import formats, reference
from domain.rules import load_rules
from views import tables
from views.consolidation import words
from views.consolidation.between import show_between
from views.consolidation.study import Study
from views.context import Context
from views.frame import section

_SIDES: Final = ("host", "absorbed")
_TERM_COLUMNS: Final = (
    "term",
    "points",
    "weight",
    "contribution",
    "verdict",
    "value",
    "state",
    "date",
    "source",
    "precision",
)
_SIDE_WIDTHS: Final = {"zh_CN": 250, "en": 205}
"""Of the facts of a zone in pixels, by language: English origins take more room."""
_DECIMALS: Final = {"revenue_yi": 1, "tax_per_mu": 2, "digestion_years": 1, "idle_parcels": 0}
_SAID: Final[dict[str, Callable[[Any], str]]] = {
    "code": lambda value: f"consolidation.level.{value}",
    "flag": lambda value: f"consolidation.flag.{'yes' if value else 'no'}",
    "km": lambda value: "consolidation.fact.seat" if value else "consolidation.precision.outlines",
}
"""Kinds of facts that are told by a text."""


def card(ctx: Context, study: Study, position: int) -> None:
    """One pair of the list: what it is, the two zones, the reasons, the terms.

    Args:
        ctx: The run of the page.
        study: What the page shows.
        position: Row of the pair.
    """
    t, pair, told = ctx.t, study.pairs.iloc[position], study.told.iloc[position]
    host, absorbed = (words.zone_name(ctx, pair, side) for side in _SIDES)
    section(t("consolidation.card.title", host=host, absorbed=absorbed))
    figures = {
        "score": formats.number(pair["score"], 1),
        "known": formats.share(pair["known_share"]),
        "rank": pair["rank"],
        "low": formats.number(told["score_low"], 1),
        "high": formats.number(told["score_high"], 1),
        "missing": words.term_names(ctx, told["missing"]) or t("consolidation.card.none"),
    }
    ranked = "score" if pair["enough_known"] else "unranked"
    st.markdown(t(f"consolidation.card.{ranked}", **figures))
    st.caption(t("consolidation.card.bounds", **figures))
    marks = words.marks(ctx, pair.to_dict())
    if marks:
        st.warning(marks)
    _reasons(ctx, pair)
    _two_columns(ctx, study, pair)
    _national_mean(ctx, study)
    _terms(ctx, study, pair)


def _national_mean(ctx: Context, study: Study) -> None:
    """The published mean of all national zones, from the day on which it is in force."""
    rules = dict(load_rules("intensity", as_of=study.as_of).items())
    if "INT-NAT-USE" in rules:
        rate = formats.share(rules["INT-NAT-USE"].value)
        st.caption(ctx.t("consolidation.card.national", rate=rate))


def _reasons(ctx: Context, pair: pd.Series) -> None:
    """Reasons for and against, and what is not known, in words."""
    t = ctx.t
    columns = st.columns([3, 3, 2], gap="medium")
    verdicts = (("for", "for"), ("against", "against"), ("open", "unknown"))
    for column, (title, verdict) in zip(columns, verdicts, strict=True):
        found = [term for term in TERMS if pair[f"{term}_verdict"] == verdict]
        if title == "open":
            said = [t(f"consolidation.term.{term}") for term in found]
        else:
            said = [words.reason(ctx, pair, term) for term in found]
        lines = said or [t("consolidation.card.none")]
        heading = t(f"consolidation.card.{title}")
        column.markdown("\n".join([f"**{heading}**", "", *(f"- {line}" for line in lines)]))


def _two_columns(ctx: Context, study: Study, pair: pd.Series) -> None:
    """Host and the other zone, fact by fact, each with its origin and year."""
    t = ctx.t
    known = study.base.known.figures
    rates = checked(known, rules=load_rules("intensity", as_of=study.as_of))
    parcels = study.base.known.version
    ground = Ground(
        study.inputs, known, rates, study.facts, study.base.known.idle_parcels,
        bool(parcels and parcels.demonstration), study.as_of, study.rules,
    )  # fmt: skip
    rows = compare(pair["host_id"], pair["absorbed_id"], ground)
    shown = pd.DataFrame({"fact": [_fact_name(ctx, fact) for fact in rows.index]})
    text = st.column_config.TextColumn
    head = t("consolidation.col.fact")
    config: dict[str, Any] = {
        "fact": text(head, width=tables.text_width([head, *shown["fact"]])),
    }
    for side in _SIDES:
        told = zip(rows.index, rows.to_dict("records"), strict=True)
        texts = [(_value(ctx, fact, row[side]), _origin(ctx, row, side)) for fact, row in told]
        shown[side] = [value for value, _ in texts]
        shown[f"{side}_origin"] = [origin for _, origin in texts]
        role = t(f"consolidation.side.{side}")
        name = words.short(words.zone_name(ctx, pair, side))
        config[side] = text(f"{role} {name}", width=_SIDE_WIDTHS[t.language])
        head = t("consolidation.col.origin")
        width = tables.text_width([head, *shown[f"{side}_origin"]])
        config[f"{side}_origin"] = text(head, width=width)
    st.dataframe(
        shown, column_config=config, hide_index=True, placeholder=formats.MISSING,
        height="content", key="consolidation-compare",
    )  # fmt: skip
    show_between(ctx, pair)


def _fact_name(ctx: Context, fact: str) -> str:
    unit = ctx.t(f"consolidation.area.{ctx.unit}")
    return ctx.t(f"consolidation.fact.{fact}", unit=unit)


def _value(ctx: Context, fact: str, value: Any) -> str:  # noqa: ANN401 - a cell
    if formats.is_missing(value):
        return formats.MISSING
    kind = FACTS[fact]
    if kind == "text":
        return _text(ctx, fact, str(value))
    if kind in _SAID:
        return ctx.t(_SAID[kind](value), km=formats.number(value, 0) if kind == "km" else "")
    if kind == "area":
        return formats.area(value, ctx.unit)
    return formats.share(value) if kind == "share" else formats.number(value, _DECIMALS[fact])


def _text(ctx: Context, fact: str, value: str) -> str:
    """Words that are recorded in Chinese; clusters have an English name."""
    parts = [part for part in value.split(";") if part]
    if fact == "clusters" and ctx.t.language == "en":
        known = reference.table("clusters").set_index("name_zh")["name_en"]
        parts = [str(known.get(part, part)) for part in parts]
    return ctx.t.pick("、", ", ").join(parts)


def _origin(ctx: Context, row: dict[Any, Any], side: str) -> str:
    origin, year = row[f"{side}_origin"], row[f"{side}_year"]
    if formats.is_missing(origin):
        return formats.MISSING
    parts = [ctx.t(f"consolidation.source.{origin}")]
    if not formats.is_missing(year):
        parts.append(str(year))
    if row[f"{side}_demonstration"]:
        parts.append(ctx.t("consolidation.state.demonstration"))
    return " · ".join(parts)


def _terms(ctx: Context, study: Study, pair: pd.Series) -> None:
    """Every term with facts, points, weight and what it adds."""
    t = ctx.t
    rows = consolidation_card.terms(pair, rules=study.rules, demonstration=study.counted)
    known = rows["state"] != "unknown"
    said = {"source": words.source, "date": words.date, "precision": words.precision}
    shown = rows.assign(
        term=[t(f"consolidation.term.{term}") for term in rows["term"]],
        value=[words.value(ctx, pair, term) for term in TERMS],
        state=[t(f"consolidation.state.{state}") for state in rows["state"]],
        verdict=[t(f"consolidation.verdict.{verdict}") for verdict in rows["verdict"]],
        **{
            part: [
                told(ctx, pair, term) if has else formats.MISSING
                for term, has in zip(TERMS, known, strict=True)
            ]
            for part, told in said.items()
        },
    )[list(_TERM_COLUMNS)]
    config: dict[str, Any] = {
        c: st.column_config.Column(t(f"consolidation.col.{c}")) for c in _TERM_COLUMNS
    }
    config["points"] = st.column_config.ProgressColumn(
        t("consolidation.col.points"), format="%.0f", min_value=0, max_value=100, width=120
    )
    for name in ("term", "value"):
        head = t(f"consolidation.col.{name}")
        width = tables.text_width([head, *shown[name]])
        config[name] = st.column_config.TextColumn(head, width=width)
    config["contribution"] = st.column_config.NumberColumn(
        t("consolidation.col.contribution"),
        format="%.1f",
        help=t("consolidation.col.contribution_help"),
    )
    st.caption(t("consolidation.card.terms"))
    st.dataframe(
        shown,
        column_config=config,
        hide_index=True,
        placeholder=formats.MISSING,
        key="consolidation-terms",
    )
