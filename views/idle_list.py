"""The list of the idle-land page, and the card of one parcel."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Sequence
from typing import Any, Final

import pandas as pd
import streamlit as st

from analytics.idle import milestones
from analytics.idle_routes import permitted_routes
from domain import formats
from domain.parcels import AREA, Column, columns
from domain.paths import STATIC
from domain.rules import RuleSet
from views.context import Context
from views.facts import Card, Certainty, Fact, fact, show_card
from views.places import By, named

_HEIGHT: Final = 400
_FEW: Final = 10

_CARDS: Final = {
    "record": ("identity", "place", "use", "area", "approval"),
    "life": ("supply", "progress", "idle"),
}
"""Cards beside the clock and the sections of the schema that each shows."""
_UNITS: Final[dict[str, By]] = {"county_adcode": "county_adcode", "zone_id": "zone_id"}
_CODED: Final = {"idle_cause": "cause", "disposal_route": "route"}

Row = dict[Hashable, Any]


def list_table(ctx: Context, parcels: pd.DataFrame, rules: RuleSet) -> pd.DataFrame:
    """The list as it is shown and exported: words instead of keys, areas in the chosen unit.

    Args:
        ctx: The run.
        parcels: Parcels with their status columns.
        rules: The rules of ``idle``.

    Returns:
        On the index of ``parcels``; columns named in the language of the page.
    """
    t = ctx.t
    article = {key: t.pick(rule.article, rule.article_en) for key, rule in rules.items()}
    marks = {key: t(f"idle.mark.{key}") for key in ("recalled", "default")}
    area = parcels[AREA].map(lambda m2: round(formats.in_unit(m2, ctx.unit), 2))
    return pd.DataFrame(
        {
            t("idle.field.parcel_id"): parcels["parcel_id"],
            t("idle.status"): _words(ctx, parcels["status"]),
            t("idle.field.name"): parcels["name"],
            t("idle.field.holder"): parcels["holder"],
            t("idle.field.county"): named(ctx, parcels["county_adcode"], "county_adcode"),
            t("idle.field.zone"): named(ctx, parcels["zone_id"].fillna(""), "zone_id"),
            t("idle.col.area", unit=t(f"unit.{ctx.unit}")): area,
            t("idle.field.start_on"): parcels["start_on"].dt.date,
            t("idle.field.days_to_next"): parcels["days_to_next"],
            t("idle.field.next_status"): _words(ctx, parcels["next_status"]),
            t("idle.field.rule"): parcels["rule"],
            t("idle.field.article"): parcels["rule"].map(article),
            t("idle.field.certainty"): parcels["certainty"].map(marks),
            t("idle.field.missing"): _translated(
                parcels["missing"], lambda keys: missing_names(ctx, keys)
            ),
        },
        index=parcels.index,
    )


def show_list(ctx: Context, table: pd.DataFrame) -> Hashable | None:
    """Draw the list.

    Returns:
        Label of the selected row; None where none is.
    """
    t = ctx.t
    area = t("idle.col.area", unit=t(f"unit.{ctx.unit}"))
    number = st.column_config.NumberColumn
    event: Any = st.dataframe(
        table,
        hide_index=True,
        height=_HEIGHT if len(table) > _FEW else "auto",
        key="idle-list",
        placeholder=formats.MISSING,
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            area: number(format="accounting"),
            t("idle.field.certainty"): st.column_config.TextColumn(help=t("idle.mark_help")),
            t("idle.field.days_to_next"): number(format="localized"),
        },
    )
    rows = event["selection"]["rows"]
    # A selection may outlive a filter that made the list shorter.
    return table.index[rows[0]] if rows and rows[0] < len(table) else None


def show_parcel(
    ctx: Context, parcels: pd.DataFrame, *, day: dt.date, rules: RuleSet, demonstration: bool
) -> None:
    """Draw the card of one parcel: the clock, the routes left open, and every recorded fact.

    Args:
        ctx: The run.
        parcels: One row, with its status columns.
        day: The day that is judged.
        rules: The rules of ``idle``.
        demonstration: The parcel is made up.
    """
    row = parcels.iloc[0].to_dict()
    routes = permitted_routes(parcels, parcels, as_of=day, rules=rules)
    steps = milestones(parcels, rules)
    t = ctx.t
    clock = [*_clock(ctx, row, steps.iloc[0].to_dict()), *_rule(ctx, row, rules)]
    clock += _routes(ctx, routes.iloc[0].to_dict(), row, rules)
    kind = t("idle.card.kind", status=t(f"idle.status.{row['status']}"), date=day.isoformat())
    recorded = _recorded(ctx, row)
    st.html(STATIC / "ganyuan" / "card.css")
    cards = [Card(str(row["parcel_id"]), kind, ((t("idle.card.clock"), clock),), demonstration)]
    cards += [
        Card(t(f"idle.card.{name}"), t("idle.card.recorded"), _sections(ctx, recorded, groups))
        for name, groups in _CARDS.items()
    ]
    for column, card in zip(st.columns(len(cards), gap="medium"), cards, strict=True):
        with column:
            show_card(ctx, card)


def missing_names(ctx: Context, keys: str) -> str:
    """Names of the columns whose evidence is absent, joined for reading."""
    names = {c.column: ctx.t.pick(c.zh, c.en) for c in columns()}
    return ctx.t.pick("、", ", ").join(names[key] for key in keys.split(";") if key)


def _words(ctx: Context, status: pd.Series) -> pd.Series:
    return _translated(status, lambda key: ctx.t(f"idle.status.{key}"))


def _translated(values: pd.Series, word: Any) -> pd.Series:  # noqa: ANN401 - str to str
    return values.map({key: word(key) for key in values.dropna().unique()})


def _clock(ctx: Context, row: Row, steps: Row) -> list[Fact]:
    t = ctx.t
    by_handover: Certainty = "recalled" if row["start_basis"] == "handover" else "sourced"
    following = t("idle.card.none")
    if not formats.is_missing(row["next_status"]):
        following = t(
            "idle.card.next_value",
            status=t(f"idle.status.{row['next_status']}"),
            date=formats.date(row["next_on"]),
            days=row["days_to_next"],
        )
    return [
        fact(
            t("idle.card.start"),
            formats.date(row["start_on"]),
            certainty=by_handover,
            note=t(f"idle.basis.{row['start_basis']}"),
        ),
        fact(t("idle.card.year1"), formats.date(steps["year1_on"])),
        fact(t("idle.card.year2"), formats.date(steps["year2_on"])),
        fact(t("idle.card.next"), following),
    ]


def _rule(ctx: Context, row: Row, rules: RuleSet) -> list[Fact]:
    t, rule = ctx.t, rules[row["rule"]]
    facts = [
        fact(
            t("idle.card.rule"),
            f"{rule.id} {t.pick(rule.title_zh, rule.title_en)}",
            source=rule.source,
            certainty=rule.status,
            note=t.pick(rule.article, rule.article_en),
        )
    ]
    if row["missing"]:
        facts.append(fact(t("idle.card.missing"), missing_names(ctx, row["missing"])))
    if row["excluded"]:
        facts.append(fact(t("idle.field.excluded"), t(f"idle.excluded.{row['excluded']}")))
    return facts


def _routes(ctx: Context, routes: Row, row: Row, rules: RuleSet) -> list[Fact]:
    """What may be done; never which of it should be."""
    t = ctx.t
    facts = []
    if routes["investigate"]:
        rule = rules.rule("IDLE-INVESTIGATE")
        text = t("idle.card.investigate", days=f"{rule.value:g}")
        facts.append(fact("", text, certainty=rule.status, note=t.pick(rule.article, "")))
    if routes["routes"]:
        codes = routes["routes"].split(";")
        names = t.pick("；", "; ").join(f"{code} {t(f'idle.route.{code}')}" for code in codes)
        cause = "" if not formats.is_missing(row["idle_cause"]) else t("idle.card.cause_first")
        facts.append(fact(t("idle.card.routes"), names, certainty="recalled", note=cause))
    if not formats.is_missing(routes["fee_wan"]):
        amount = t("idle.card.wan", value=formats.number(routes["fee_wan"]))
        facts.append(fact(t("idle.card.fee"), amount, source=rules.rule("IDLE-FEE").source))
    if routes["notify_mortgagee"]:
        facts.append(fact("", t("idle.card.mortgagee"), certainty="recalled"))
    return facts


def _recorded(ctx: Context, row: Row) -> dict[str, list[Fact]]:
    """Every fact on record by section of the schema; absent ones stay out."""
    sections: dict[str, list[Fact]] = {}
    for column in columns():
        value = row.get(column.column)
        if column.column == "parcel_id" or formats.is_missing(value):
            continue
        text = _written(ctx, column, value)
        sections.setdefault(column.group, []).append(fact(ctx.t.pick(column.zh, column.en), text))
    return sections


def _sections(
    ctx: Context, recorded: dict[str, list[Fact]], groups: Sequence[str]
) -> list[tuple[str, Sequence[Fact]]]:
    return [(ctx.t(f"idle.group.{key}"), recorded[key]) for key in groups if key in recorded]


def _written(ctx: Context, column: Column, value: Any) -> str:  # noqa: ANN401 - a cell
    if column.column in _UNITS:
        return str(named(ctx, pd.Series([value]), _UNITS[column.column]).iloc[0])
    if column.column in _CODED:
        return ctx.t.get(f"idle.{_CODED[column.column]}.{value}", str(value))
    if column.unit == "m2":
        return f"{formats.area(value, ctx.unit)} {ctx.t(f'unit.{ctx.unit}')}"
    if column.dtype == "date":
        return formats.date(value)
    if column.dtype == "bool":
        return ctx.t("idle.yes" if value else "idle.no")
    return formats.number(value) if column.dtype == "float64" else str(value)
