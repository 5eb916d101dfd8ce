"""Before and after of a pair side by side; what is missing stays missing."""

from __future__ import annotations

from typing import Final

import pandas as pd
import streamlit as st

from analytics.consolidation_whatif import Card, Form, card
from domain import formats
from domain.rules import RuleSet
from views import consolidation_words as words
from views import places
from views.context import Context
from views.frame import section

_SHOWN: Final = {
    "area_m2": 2, "revenue_yi": 1, "tax_per_mu": 2, "sectors": 0, "idle_parcels": 0,
    "idle_share": 1, "digestion_years": 1, "bodies": 0,
}  # fmt: skip
"""Figures of the card in order, and their decimals."""
_AREAS: Final = frozenset({"area_m2"})
_SHARES: Final = frozenset({"idle_share"})
_SIDES: Final = ("host", "absorbed", "after")


def show_what_if(
    ctx: Context,
    pair: pd.Series,
    facts: pd.DataFrame,
    rules: RuleSet,
    *,
    demonstration: bool,
    form: Form | None = None,
) -> None:
    """Draw the card of a pair.

    Args:
        ctx: The run of the page.
        pair: One row of the candidates.
        facts: :func:`analytics.consolidation_whatif.figures`.
        rules: The rules after the sliders.
        demonstration: Demonstration figures are among the facts.
        form: Integration or trusteeship; None lets the reader choose.
    """
    t = ctx.t
    names = {side: words.zone_name(ctx, pair, side) for side in ("host", "absorbed")}
    section(t("conplan.what_if", **names), help_text=t("conplan.what_if_help"))
    chosen = _form(ctx) if form is None else form
    found = card(pair["host_id"], [pair["absorbed_id"]], facts, rules=rules, form=chosen)
    shown = pd.DataFrame(
        {
            "figure": [_name(ctx, name) for name in _SHOWN],
            **{side: [_told(ctx, found, name, side) for name in _SHOWN] for side in _SIDES},
            "missing": [_missing(ctx, found.figures.loc[name, "missing"]) for name in _SHOWN],
        }
    )
    config = {
        "figure": st.column_config.TextColumn(t("conplan.col.figure")),
        **{
            side: st.column_config.TextColumn(t(f"conplan.side.{side}"), alignment="right")
            for side in _SIDES
        },
        "missing": st.column_config.TextColumn(t("conplan.col.missing")),
    }
    st.dataframe(shown, column_config=config, hide_index=True, key=f"consolidation-what-if-{form}")
    st.markdown(_lines(ctx, found, rules))
    st.caption(t(f"conplan.what_if_{'demonstration' if demonstration else 'note'}"))


def _form(ctx: Context) -> Form:
    options: tuple[Form, ...] = ("merge", "trusteeship")
    chosen = st.segmented_control(
        ctx.t("conplan.col.form"),
        options,
        default=options[0],
        required=True,
        format_func=lambda name: ctx.t(f"conplan.form.{name}"),
        key="consolidation-form",
        label_visibility="collapsed",
    )
    return chosen or options[0]


def _name(ctx: Context, name: str) -> str:
    return ctx.t(f"conplan.what.{name}", unit=ctx.t(f"unit.{ctx.unit}"))


def _told(ctx: Context, found: Card, name: str, side: str) -> str:
    value = found.figures.loc[[name], side].iloc[0]
    if formats.is_missing(value):
        return formats.MISSING
    if name in _AREAS:
        return formats.area(value, ctx.unit)
    return formats.share(value) if name in _SHARES else formats.number(value, _SHOWN[name])


def _missing(ctx: Context, zones: object) -> str:
    """Which zones lack a figure, in words."""
    t, names = ctx.t, places.unit_names(ctx, "zone_id")
    if str(zones) == "year":
        return t("conplan.other_year")
    listed = [words.short(names.get(zone, zone)) for zone in str(zones).split(";") if zone]
    return t.pick("、", ", ").join(listed)


def _lines(ctx: Context, found: Card, rules: RuleSet) -> str:
    """Sectors gained, and which targets the host and the unit reach."""
    t = ctx.t
    gained = words.sector_names(ctx, found.sectors["gained"])
    lines = [t("conplan.gained", sectors=gained) if gained else t("conplan.gained_none")]
    for row in found.targets.to_dict("records"):
        rule = rules.rule(str(row["rule"]))
        limit = formats.number(row["limit"], 2)
        if row["figure"] in _SHARES:
            limit = formats.share(row["limit"])
        states = {side: t(f"conplan.reached.{_reached(row[side])}") for side in ("host", "after")}
        status = t(f"consolidation.status.{rule.status}")
        lines.append(t(f"conplan.target.{row['figure']}", limit=limit, status=status, **states))
    return "\n".join(f"- {line}" for line in lines)


def _reached(value: object) -> str:
    if formats.is_missing(value):
        return "unknown"
    return "yes" if value else "no"
