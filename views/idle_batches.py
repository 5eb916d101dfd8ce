"""The batch ledger on the idle-land page: digestion cycle, ages, disposal, supply by unit."""

from __future__ import annotations

import datetime as dt
from typing import Final

import pandas as pd
import streamlit as st

from analytics import approvals
from analytics.approvals import Cycle
from domain import formats
from domain.rules import RuleSet, load_rules
from views import data
from views.charts import bars, show_chart
from views.context import Context
from views.frame import empty_state, section, source_line
from views.places import By, Place, named

_LAST_YEAR: Final = 9999


def ledgers(ctx: Context, place: Place) -> tuple[pd.DataFrame, pd.DataFrame] | None:
    """Batches of the place and all supplies; None where no batch is on record."""
    batches = data.ledger(ctx, "batch")
    batches = batches[place.here(batches)]
    return (batches, data.ledger(ctx, "supply")) if len(batches) else None


def cycle(ctx: Context, place: Place, *, not_started_m2: float, day: dt.date) -> Cycle | None:
    """The digestion cycle of the place; None without a batch ledger."""
    found = ledgers(ctx, place)
    if found is None:
        return None
    return approvals.digestion_cycle(
        *found,
        not_started_m2=not_started_m2,
        as_of=day,
        rules=load_rules("approvals", as_of=day),
    )


def show_batches(
    ctx: Context, place: Place, *, not_started_m2: float, by: By, day: dt.date
) -> None:
    """Draw everything that rests on the batch and supply ledgers."""
    t = ctx.t
    found = ledgers(ctx, place)
    if found is None:
        empty_state(t("idle.batches.empty"), next_step=t("idle.batches.empty_next"))
        return
    batches, supplies = found
    rules = load_rules("approvals", as_of=day)
    balances = approvals.balance(batches, supplies, as_of=day)
    turned = approvals.digestion_cycle(
        batches, supplies, not_started_m2=not_started_m2, as_of=day, rules=rules
    )
    _formula(ctx, balances, turned, not_started_m2, rules)
    left, right = st.columns(2, gap="medium")
    with left:
        _ages(ctx, balances, day, rules)
    with right:
        _cohorts(ctx, place, found, day, rules)
    _by_unit(ctx, batches, balances, by)
    st.caption(
        t(
            "idle.batches.notes",
            lapse=formats.count(approvals.lapse_risk(batches, as_of=day, rules=rules).sum()),
            residue=formats.count(approvals.residues(balances, rules).sum()),
            untraced=formats.count(len(approvals.untraced(data.ledger(ctx, "batch"), supplies))),
        )
    )
    source_line(t("idle.source.ledger", date=day.isoformat()))


def _formula(
    ctx: Context, balances: pd.DataFrame, turned: Cycle, not_started_m2: float, rules: RuleSet
) -> None:
    t = ctx.t
    st.markdown(
        t(
            "idle.batches.cycle",
            years=turned.years,
            unsupplied=formats.area(balances["unsupplied_m2"].sum(), ctx.unit),
            not_started=formats.area(not_started_m2, ctx.unit),
            digested=formats.area(turned.digested_m2, ctx.unit),
            cycle=formats.number(turned.cycle_years),
            unit=t(f"unit.{ctx.unit}"),
        )
    )
    st.caption(t("idle.batches.cycle_note", limit=f"{rules.value('APPR-CYCLE-LIMIT'):g}"))


def _ages(ctx: Context, balances: pd.DataFrame, day: dt.date, rules: RuleSet) -> None:
    t, unit = ctx.t, ctx.t(f"unit.{ctx.unit}")
    section(t("idle.batches.age"))
    aged = approvals.ageing(balances, as_of=day, rules=rules)
    frame = pd.DataFrame(
        {
            "age": [
                _age(ctx, a, b) for a, b in zip(aged["from_years"], aged["to_years"], strict=True)
            ],
            "area": [formats.in_unit(m2, ctx.unit) for m2 in aged["unsupplied_m2"]],
            "label": [
                f"{formats.area(m2, ctx.unit)} · {formats.count(n)} · {formats.share(share)}"
                for m2, n, share in zip(
                    aged["unsupplied_m2"], aged["count"], aged["share"], strict=True
                )
            ],
        }
    )
    chart = bars(
        frame,
        value="area",
        category="age",
        value_title=t("idle.batches.unsupplied", unit=unit),
        text="label",
        sort=list(frame["age"]),
    )
    show_chart(chart, key="idle-ages", source="")


def _age(ctx: Context, a: float, b: float) -> str:
    if a == 0:
        return ctx.t("idle.batches.age_below", b=f"{b:g}")
    if b == float("inf"):
        return ctx.t("idle.batches.age_from", a=f"{a:g}")
    return ctx.t("idle.batches.age_between", a=f"{a:g}", b=f"{b:g}")


def _cohorts(
    ctx: Context,
    place: Place,
    ledgers_: tuple[pd.DataFrame, pd.DataFrame],
    day: dt.date,
    rules: RuleSet,
) -> None:
    """Old and new cohort, and idle land, against the stock at the end of the year before."""
    t, unit = ctx.t, ctx.t(f"unit.{ctx.unit}")
    baseline = day.replace(year=day.year - 1, month=12, day=31)
    section(t("idle.batches.cohorts", baseline=baseline.isoformat()))
    first, split = (int(rules.value(key)) for key in ("APPR-FIRST-YEAR", "APPR-COHORT"))
    cohorts = {f"{first}–{split - 1}": (first, split - 1), f"{split}–": (split, _LAST_YEAR)}
    sums = {
        name: approvals.disposal(*ledgers_, baseline=baseline, as_of=day, cohort=cohort)
        for name, cohort in cohorts.items()
    }
    sums[t("idle.batches.idle")] = approvals.idle_disposal(
        _cases(ctx, place), baseline=baseline, as_of=day
    )
    rows = [
        {
            t("idle.batches.cohort"): name,
            t("idle.batches.stock", unit=unit): formats.area(out["stock_m2"], ctx.unit),
            t("idle.batches.disposed", unit=unit): formats.area(out["disposed_m2"], ctx.unit),
            t("idle.batches.remaining", unit=unit): formats.area(out["remaining_m2"], ctx.unit),
            t("idle.batches.rate"): formats.share(out["disposal_rate"]),
        }
        for name, out in sums.items()
    ]
    table = pd.DataFrame(rows)
    config = dict.fromkeys(table.columns[1:], st.column_config.TextColumn(alignment="right"))
    st.dataframe(table, hide_index=True, key="idle-cohorts", column_config=config)


def _cases(ctx: Context, place: Place) -> pd.DataFrame:
    """Idle cases of the place; they name no zone, but the supply that they are about does."""
    cases, supplies = data.ledger(ctx, "idle_case"), data.ledger(ctx, "supply")
    if not place.zone:
        return cases[place.here(cases)]
    return cases[cases["supply_no"].isin(supplies.loc[place.here(supplies), "supply_no"])]


def _by_unit(ctx: Context, batches: pd.DataFrame, balances: pd.DataFrame, by: By) -> None:
    t, unit = ctx.t, ctx.t(f"unit.{ctx.unit}")
    section(t("idle.batches.by_unit"))
    deduct = st.toggle(
        t("idle.batches.deduct"),
        value=True,
        key="idle-deduct",
        help=t("idle.batches.deduct_help"),
    )
    sums = approvals.by_unit(batches, balances, by=by, deduct_write_offs=deduct)
    areas = ("approved", "supplied", "written_off", "unsupplied")
    table = pd.DataFrame({t("idle.col.unit"): named(ctx, sums["unit"], by)})
    for name in ("count", "unsupplied_count"):
        table[t(f"idle.batches.{name}")] = sums[name]
    labels = [t(f"idle.batches.{name}", unit=unit) for name in areas]
    for name, label in zip(areas, labels, strict=True):
        table[label] = [round(formats.in_unit(m2, ctx.unit), 2) for m2 in sums[f"{name}_m2"]]
    shares = [t(f"idle.batches.{name}") for name in ("supply_rate", "unsupplied_rate")]
    for name, label in zip(("supply_rate", "unsupplied_rate"), shares, strict=True):
        table[label] = sums[name].map(formats.per_cent)
    number = st.column_config.NumberColumn
    config = dict.fromkeys(labels, number(format="accounting"))
    config |= dict.fromkeys(shares, number(format="%.1f %%"))
    st.dataframe(table, hide_index=True, key="idle-batch-units", column_config=config)
