"""The card of one parcel: status and clock, every fact, and what the ledgers say of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Final

import pandas as pd

from analytics.idle.facts import facts_in_effect
from analytics.idle.status import parcel_status
from domain import boundaries, formats, ledgers, reference
from domain.ledgers import Table
from domain.parcels import Column, columns
from domain.rules import load_rules
from export.references import cited
from store import Version
from views.context import Context
from views.facts import Card, Certainty, Fact, fact

_PARCEL_GROUPS: Final = (
    "identity",
    "place",
    "use",
    "area",
    "approval",
    "supply",
    "progress",
    "idle",
)
_LEDGER_OF: Final[tuple[tuple[Table, str], ...]] = (
    ("batch", "batch_id"),
    ("supply", "supply_no"),
    ("idle_case", "supply_no"),
    ("supply_batch", "supply_no"),
)
"""Ledger and the column by which a parcel names its rows."""


def parcel_card(ctx: Context, row: pd.Series, version: Version, day: dt.date) -> Card:
    """The card of one parcel: its status and clock on a day, every fact, and what ledgers say.

    Args:
        ctx: Language, unit, store and viewer.
        row: The parcel with the columns of ``domain.parcels``.
        version: The version that it belongs to.
        day: The day that is judged.
    """
    frame = pd.DataFrame([row]).astype({c.column: c.pandas_dtype for c in columns()})
    records = _records(ctx, row)
    facts = facts_in_effect(
        frame, supply=records.get("supply"), cases=records.get("idle_case"), as_of=day
    )
    status = parcel_status(facts, as_of=day, rules=load_rules("idle", as_of=day)).iloc[0]
    judged = pd.concat([row, status])
    return judged_card(ctx, judged, version, day, records=_ledger_facts(ctx, records))


def judged_card(
    ctx: Context,
    row: pd.Series,
    version: Version,
    day: dt.date,
    *,
    records: list[tuple[str, list[Fact]]] | None = None,
) -> Card:
    """The card of a parcel whose status is known already.

    Args:
        ctx: Language and unit.
        row: The parcel with the columns of :func:`analytics.idle.status.parcel_status`.
        version: The version that it belongs to.
        day: The day that is judged.
        records: Facts of ledgers by heading.
    """
    groups = [
        (ctx.t(f"map.group.{name}"), _parcel_facts(ctx, row, name)) for name in _PARCEL_GROUPS
    ]
    return Card(
        title=str(row["parcel_id"]),
        kind=ctx.t(f"idle.status.{row['status']}"),
        facts=[
            ("", _status_facts(ctx, row, day)),
            *(g for g in [*groups, *(records or [])] if g[1]),
        ],
        demonstration=version.demonstration,
        source=ctx.t("map.version_source", version=cited(version)),
    )


def _parcel_facts(ctx: Context, row: pd.Series, group: str) -> list[Fact]:
    facts = [
        fact(ctx.t.pick(c.zh, c.en), _parcel_value(ctx, c, row[c.column]))
        for c in columns()
        if c.group == group and not formats.is_missing(row[c.column])
    ]
    if group == "area":
        name = "area_ellipsoidal_m2"
        value = area_text(ctx, row[name])
        facts.append(fact(ctx.t(f"map.field.{name}"), value))
    return facts


def area_text(ctx: Context, area_m2: float) -> str:
    """An area in the unit of the page and in m2."""
    unit = ctx.t(f"layers.unit.{ctx.unit}")
    return f"{formats.area(area_m2, ctx.unit)} {unit} ({formats.number(area_m2)} m²)"


def _parcel_value(ctx: Context, column: Column, value: object) -> str:
    text = str(value)
    if column.column == "county_adcode" and text in boundaries.known_adcodes():
        return f"{boundaries.name_of(text, ctx.t.language)} ({text})"
    if column.column == "zone_id":
        return unit_name(ctx, text, "zone_id")
    if column.unit == "m2":
        return area_text(ctx, float(text))
    writers: dict[str, Callable[[], str]] = {
        "bool": lambda: ctx.t("map.yes") if value else ctx.t("map.no"),
        "date": lambda: formats.date(pd.Timestamp(text)),
        "float64": lambda: formats.number(float(text)),
    }
    return writers.get(column.dtype, lambda: text)()


def _status_facts(ctx: Context, row: pd.Series, day: dt.date) -> list[Fact]:
    rules = load_rules("idle", as_of=day)
    rule = rules[str(row["rule"])]
    certainty: Certainty = row["certainty"]
    article = ctx.t.pick(rule.article, rule.article_en)
    facts = [
        fact(
            ctx.t("map.field.status_on", date=day.isoformat()),
            ctx.t(f"idle.status.{row['status']}"),
            source=article,
            certainty=certainty,
            note=rule.id,
        )
    ]
    if not formats.is_missing(row["days_to_next"]):
        days = ctx.t("map.days", n=int(row["days_to_next"]))
        facts.append(
            fact(
                ctx.t("map.field.days_to_next"),
                days,
                note=ctx.t(f"idle.status.{row['next_status']}"),
            )
        )
    return facts


def unit_name(ctx: Context, unit: str, by: str) -> str:
    """Name of a county or zone in the language of the page; the code where it has none."""
    if by == "county_adcode":
        return boundaries.name_of(unit, ctx.t.language)
    zones = reference.zones()
    row = zones[zones["zone_id"] == unit]
    return unit if row.empty else str(row.iloc[0][ctx.t.pick("name_zh", "name_en")])


def _records(ctx: Context, row: pd.Series) -> dict[Table, pd.DataFrame]:
    """Rows of the ledgers under the numbers that a parcel names."""
    return {
        table: ctx.store.ledger(table, ctx.viewer, where={column: str(row[column])})
        for table, column in _LEDGER_OF
        if not formats.is_missing(row.get(column))
    }


def _ledger_facts(ctx: Context, records: dict[Table, pd.DataFrame]) -> list[tuple[str, list[Fact]]]:
    """What the ledgers record, by heading."""
    return [
        (
            f"{ctx.t(f'map.ledger.{table}')} {record[ledgers.KEY[table]]}",
            _record_facts(ctx, table, record),
        )
        for table, rows in records.items()
        for _, record in rows.iterrows()
    ]


def _record_facts(ctx: Context, table: Table, record: pd.Series) -> list[Fact]:
    changed = ctx.t(
        "map.ledger.changed",
        who=record["changed_by"],
        on=formats.date(record["changed_at"]),
        revision=int(record["revision"]),
    )
    return [
        fact(ctx.t.pick(c.zh, c.en), _parcel_value(ctx, c, record[c.column]), source=changed)
        for c in ledgers.columns(table)
        if c.column != ledgers.KEY[table] and not formats.is_missing(record[c.column])
    ]
