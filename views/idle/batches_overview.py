"""The batches as a whole: digestion cycle, ages, disposal, supply by unit."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Final

import pandas as pd
import streamlit as st

from analytics import approvals
from analytics.approvals import Cycle
from analytics.idle.figures import Land, balance_on
from domain import formats
from domain.rules import RuleSet
from views import data, tables
from views.charts import show_chart
from views.context import Context
from views.frame import section, source_line
from views.idle.figures_data import Both, both, table_of
from views.idle.figures_parts import age_words
from views.idle.figures_words import areas, in_unit, labelled_bars, note_left_out
from views.idle.run import IdleRun
from views.places import By, named

_VINTAGES: Final = ("disposal_old", "disposal_new", "disposal_idle")


def show_overview(ctx: Context, run: IdleRun) -> None:
    """Draw everything that rests on the batch and supply ledgers.

    Args:
        ctx: The run of the page.
        run: What the page is about; with batches.
    """
    t = ctx.t
    land = both(ctx, run)
    note_left_out(ctx, run, land)
    balances = balance_on(land.now, run.day)
    _formula(ctx, run, land, balances)
    left, right = st.columns(2, gap="medium")
    with left:
        _ages(ctx, run, balances, land.rules)
    with right:
        _cohorts(ctx, run, land)
    _by_unit(ctx, land.now, balances, run.by)
    _notes(ctx, run, land, balances)
    source_line(t("idle.source.ledger", date=run.day.isoformat()))


def _formula(ctx: Context, run: IdleRun, land: Both, balances: pd.DataFrame) -> None:
    t = ctx.t
    not_started = float(run.whole["not_started_area_m2"])
    turned = _cycle(land, not_started)
    st.markdown(
        t(
            "idle.batches.cycle",
            years=turned.years,
            unsupplied=formats.area(balances["unsupplied_m2"].sum(), ctx.unit),
            not_started=formats.area(not_started, ctx.unit),
            digested=formats.area(turned.digested_m2, ctx.unit),
            cycle=formats.number(turned.cycle_years),
            unit=t(f"unit.{ctx.unit}"),
        )
    )
    if "APPR-CYCLE-LIMIT" in land.rules:
        limit = land.rules.value("APPR-CYCLE-LIMIT")
        st.caption(t("idle.batches.cycle_note", limit=f"{limit:g}"))


def _cycle(land: Both, not_started_m2: float) -> Cycle:
    return approvals.digestion_cycle(
        land.now.batches,
        land.now.supplies,
        not_started_m2=not_started_m2,
        as_of=land.now.day,
        rules=land.rules,
        links=land.now.links,
    )


def _ages(ctx: Context, run: IdleRun, balances: pd.DataFrame, rules: RuleSet) -> None:
    t, unit = ctx.t, ctx.t(f"unit.{ctx.unit}")
    section(t("idle.batches.age"))
    aged = approvals.ageing(balances, as_of=run.day, rules=rules)
    frame = pd.DataFrame(
        {
            "age": [
                age_words(ctx, a, b)
                for a, b in zip(aged["from_years"], aged["to_years"], strict=True)
            ],
            "area": in_unit(ctx, aged["unsupplied_m2"]),
            "label": [
                f"{formats.area(m2, ctx.unit)} · {formats.count(n)} · {formats.share(share)}"
                for m2, n, share in zip(
                    aged["unsupplied_m2"], aged["count"], aged["share"], strict=True
                )
            ],
        }
    )
    title = t("idle.batches.unsupplied", unit=unit)
    chart = labelled_bars(frame, value="area", category="age", title=title, text="label")
    show_chart(chart, key="idle-ages", source="")


def _cohorts(ctx: Context, run: IdleRun, land: Both) -> None:
    """Old and new cohort, and idle land, against the stock at the end of the year before."""
    t = ctx.t
    unit = t(f"unit.{ctx.unit}")
    section(t("figures.vintage.title", baseline=land.before.day.isoformat(), unit=unit))
    table = table_of(ctx, run, None)
    found = {str(row["figure"]): row for row in table.to_dict("records")}
    rows = [_vintage(ctx, key, found[key]) for key in _VINTAGES if key in found]
    shown = pd.DataFrame(rows)
    config = dict.fromkeys(shown.columns[1:], st.column_config.TextColumn(alignment="right"))
    st.dataframe(shown, hide_index=True, key="idle-cohorts", column_config=config)


def _vintage(ctx: Context, key: str, row: dict[Hashable, Any]) -> dict[str, str]:
    t = ctx.t
    out = approvals.disposal_rate(stock_m2=row["of_m2"], disposed_m2=row["area_m2"])
    return {
        t("idle.batches.cohort"): t(f"figures.vintage.{key}"),
        t("figures.vintage.stock"): formats.area(out["stock_m2"], ctx.unit),
        t("figures.vintage.disposed"): formats.area(out["disposed_m2"], ctx.unit),
        t("figures.vintage.remaining"): formats.area(out["remaining_m2"], ctx.unit),
        t("figures.vintage.rate"): formats.share(out["disposal_rate"]),
        t("figures.rate_count"): t(
            "figures.of_count",
            part=formats.count(row["count"]),
            whole=formats.count(row["of_count"]),
            share=formats.share(row["share_count"]),
        ),
    }


def _by_unit(ctx: Context, now: Land, balances: pd.DataFrame, by: By) -> None:
    t, unit = ctx.t, ctx.t(f"unit.{ctx.unit}")
    section(t("idle.batches.by_unit"))
    deduct = st.toggle(
        t("idle.batches.deduct"),
        value=True,
        key="idle-deduct",
        help=t("idle.batches.deduct_help"),
    )
    sums = approvals.by_unit(now.batches, balances, by=by, deduct_write_offs=deduct)
    kinds = ("approved", "supplied", "written_off", "unsupplied")
    table = pd.DataFrame({t("idle.col.unit"): named(ctx, sums["unit"], by)})
    for name in ("count", "unsupplied_count"):
        table[t(f"idle.batches.{name}")] = sums[name]
    labels = [t(f"idle.batches.{name}", unit=unit) for name in kinds]
    for name, label in zip(kinds, labels, strict=True):
        table[label] = in_unit(ctx, sums[f"{name}_m2"])
    shares = [t(f"idle.batches.{name}") for name in ("supply_rate", "unsupplied_rate")]
    for name, label in zip(("supply_rate", "unsupplied_rate"), shares, strict=True):
        table[label] = sums[name]
    config = areas(*labels) | dict.fromkeys(shares, tables.share_column())
    st.dataframe(
        tables.shown(table, config), hide_index=True, key="idle-batch-units", column_config=config
    )


def _notes(ctx: Context, run: IdleRun, land: Both, balances: pd.DataFrame) -> None:
    now, rules = land.now, land.rules
    lost = approvals.untraced(data.ledger(ctx, "batch"), now.supplies, links=now.links)
    st.caption(
        ctx.t(
            "idle.batches.notes",
            lapse=formats.count(
                approvals.lapse_risk(now.batches, as_of=run.day, rules=rules).sum()
            ),
            residue=formats.count(approvals.residues(balances, rules).sum()),
            untraced=formats.count(len(lost)),
        )
    )
