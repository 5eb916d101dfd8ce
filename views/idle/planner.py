"""The disposal planner: targets in, the cheapest plan out, with reasons, forecast and benefits."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
import streamlit as st

from analytics.disposal.plan import Plan, plan
from analytics.disposal.targets import Metric, Target, target
from domain import formats
from export.references import cited
from views.context import Context
from views.frame import Figure, empty_state, key_figures, progress_bar, section, source_line
from views.idle import planner_data as kept
from views.idle.forecast import show_forecast
from views.idle.planner_data import Asked, Ground
from views.idle.planner_result import show_benefits, show_choices, show_conflicts
from views.idle.planner_words import mark
from views.idle.run import IdleRun
from views.places import named

CAUSES: Final = ("H", "G1", "")
"""Causes assumed of suspected land; the last assumes none, and leaves only a real start."""
METRICS: Final[tuple[Metric, ...]] = ("idle_rate", "old_rate", "cycle")
_GAP: Final = 1e-3
_PER_CENT: Final = 100.0
_MONTHS: Final = (1, 36)
_SECONDS: Final = (2, 60)
_HEIGHT: Final = 320


def show_planner(ctx: Context, run: IdleRun) -> None:
    """Draw the planner.

    Args:
        ctx: The run of the page.
        run: What the page is about.
    """
    t = ctx.t
    st.caption(t("planner.intro"))
    cause, horizon = _course(ctx)
    land = kept.ground(ctx, run, cause=cause, horizon=horizon)
    if land.candidates.empty:
        empty_state(t("planner.empty"), next_step=t("planner.empty_next"))
        return
    _left_out(ctx, land)
    asked = _form(ctx, land, cause, horizon)
    if asked is None:
        st.info(t("planner.not_yet"))
        return
    _result(ctx, run, land, asked)


def _course(ctx: Context) -> tuple[str, int]:
    """Cause of suspected land and months, which decide what there is to choose from."""
    t = ctx.t
    left, right = st.columns(2)
    with left:
        cause = st.selectbox(
            t("planner.cause"),
            CAUSES,
            format_func=lambda code: t(f"planner.cause_{code or 'none'}"),
            key="idle-plan-cause",
            help=t("planner.cause_help"),
        )
    with right:
        horizon = st.number_input(
            t("planner.horizon"), *_MONTHS, 12, key="idle-plan-horizon", help=t("planner.time_help")
        )
    return cause or "", int(horizon)


def _left_out(ctx: Context, land: Ground) -> None:
    if land.left_out:
        area = formats.area(land.left_out_m2, ctx.unit)
        unit = ctx.t(f"unit.{ctx.unit}")
        st.caption(ctx.t("planner.left_out", n=land.left_out, area=area, unit=unit))


def _form(ctx: Context, land: Ground, cause: str, horizon: int) -> Asked | None:
    """The targets and limits; the plan that stands, made anew when the button is pressed."""
    t = ctx.t
    with st.form("idle-plan-form", border=True):
        section(t("planner.targets"), help_text=t("planner.targets_help"))
        table = _target_table(ctx, land)
        a, b, c, d = st.columns(4)
        with a:
            budget = st.number_input(
                t("planner.budget"), 0.0, None, None, key="idle-plan-budget",
                placeholder=t("planner.no_limit"),
            )  # fmt: skip
        with b:
            staff = st.number_input(
                t("planner.staff"), 0.0, None, None, key="idle-plan-staff",
                placeholder=t("planner.no_limit"),
            )  # fmt: skip
        with c:
            share = st.number_input(
                t("planner.start_share"), 0.0, _PER_CENT,
                formats.per_cent(land.rules.value("DISP-START-SHARE")),
                key="idle-plan-share", help=t("planner.start_share_help"),
            )  # fmt: skip
        with d:
            seconds = st.number_input(
                t("planner.seconds"), *_SECONDS, 10, key="idle-plan-seconds",
                help=t("planner.seconds_help"),
            )  # fmt: skip
        pressed = st.form_submit_button(t("planner.solve"), type="primary")
    found: Asked | None = st.session_state.get(kept.PLAN)
    if found is not None and (found.key != land.key or found.cause != cause):
        found = None
    if pressed or st.session_state.pop("idle-plan-again", False):
        goals = _targets(table, land)
        found = _solve(
            ctx, land, goals, cause, horizon, (budget, staff, share / _PER_CENT, seconds)
        )
        st.session_state[kept.PLAN] = found
    return found


def _target_table(ctx: Context, land: Ground) -> pd.DataFrame:
    """One line a county: what is there, and what is asked; an empty cell asks for nothing."""
    t, unit = ctx.t, ctx.t(f"unit.{ctx.unit}")
    bases = land.bases[land.bases.index != ""]
    pace = bases["digested_m2"] / land.years
    cycle = (bases["stock_m2"] / pace.where(pace > 0)).to_numpy(dtype="float64")
    rules = {"idle_rate": "DISP-TARGET-IDLE", "old_rate": "DISP-TARGET-OLD"}
    shown = pd.DataFrame({"county": named(ctx, pd.Series(bases.index), "county_adcode").to_numpy()})
    for name in ("idle", "old", "stock"):
        shown[name] = [round(formats.in_unit(m2, ctx.unit), 2) for m2 in bases[f"{name}_m2"]]
    shown["now"] = np.round(cycle, 2)
    for metric, rule in rules.items():
        base = bases["idle_m2" if metric == "idle_rate" else "old_m2"].to_numpy()
        asked = formats.per_cent(land.rules.value(rule))
        shown[metric] = np.where(base > 0, asked, np.nan)
    limit = (
        land.approvals.value("APPR-CYCLE-LIMIT") if "APPR-CYCLE-LIMIT" in land.approvals else None
    )
    # Without any pace there is no cycle, and no target of one to begin with.
    shown["cycle"] = np.nan if limit is None else np.where(pace > 0, limit, np.nan)
    number = st.column_config.NumberColumn
    config = {
        "county": st.column_config.TextColumn(t("planner.col.county"), pinned=True),
        **{
            n: number(t(f"planner.col.{n}", unit=unit), format="accounting")
            for n in ("idle", "old", "stock")
        },
        "now": number(t("planner.col.now"), help=t("planner.now_help"), format="accounting"),
        "idle_rate": number(
            mark(ctx, t("planner.col.idle_rate"), "default"), min_value=0.0, max_value=_PER_CENT
        ),
        "old_rate": number(
            mark(ctx, t("planner.col.old_rate"), "default"), min_value=0.0, max_value=_PER_CENT
        ),
        "cycle": number(t("planner.col.cycle"), min_value=0.0),
    }
    edited: pd.DataFrame = st.data_editor(
        shown,
        hide_index=True,
        height=_HEIGHT if len(shown) > 7 else "auto",  # noqa: PLR2004 - rows that fit
        column_config=config,
        disabled=["county", "idle", "old", "stock", "now"],
        placeholder=formats.MISSING,
        key=f"idle-plan-targets-{hash((land.key, ctx.unit)) & 0xFFFFFF:x}",
    )
    return edited.set_axis(bases.index, axis=0)


def _targets(table: pd.DataFrame, land: Ground) -> list[Target]:
    """The targets of the filled cells."""
    out = []
    for metric in METRICS:
        factor = 1.0 if metric == "cycle" else 1.0 / _PER_CENT
        for county, value in table[metric].dropna().items():
            out.append(target(str(county), metric, float(value) * factor, land.bases, land.years))
    return out


def _solve(
    ctx: Context,
    land: Ground,
    goals: list[Target],
    cause: str,
    horizon: int,
    terms: tuple[float | None, float | None, float, float],
) -> Asked:
    budget, staff, share, seconds = terms
    before: Asked | None = st.session_state.get(kept.PLAN)
    locked, forbidden = kept.standing(land.candidates)
    with progress_bar(ctx.t("planner.solving")) as told:
        found = plan(
            land.candidates,
            goals,
            horizon_months=horizon,
            budget_wan=budget,
            staff_days=staff,
            start_share=share,
            locked=locked,
            forbidden=forbidden,
            time_limit=float(seconds),
            gap=_GAP,
            known=before.plan.solved if before is not None else None,
            progress=told,
        )
    return Asked(land.key, found, cause, budget, staff, share)


def _result(ctx: Context, run: IdleRun, land: Ground, asked: Asked) -> None:
    t, found = ctx.t, asked.plan
    if found.status == "unknown":
        st.warning(t("planner.unknown"))
        return
    _figures(ctx, found)
    _status(ctx, found)
    show_conflicts(ctx, found)
    if found.choices.empty and found.status != "infeasible":
        st.info(t("planner.nothing_needed"))
    elif len(found.choices):
        show_choices(ctx, run, land, asked)
    show_forecast(ctx, run, land, found)
    show_benefits(ctx, run, land, found)
    source_line(t("planner.source", version=cited(run.version), date=run.day.isoformat()))


def _figures(ctx: Context, found: Plan) -> None:
    t, rows, unit = ctx.t, found.choices, ctx.t(f"unit.{ctx.unit}")
    money = t("planner.unit.wan")
    default = t("planner.default_money")
    met = f"{int(found.outcomes['met'].sum())} / {len(found.outcomes)}"
    area = formats.area(rows["area_m2"].sum(), ctx.unit)
    cost = formats.count(rows["cost_wan"].sum())
    own = t("planner.figure.cost_note", own=formats.count(rows["own_wan"].sum()))
    income = t("planner.figure.income_note", income=formats.count(rows["income_wan"].sum()))
    late = formats.count(rows["months"].max() if len(rows) else 0.0)
    key_figures(
        [
            Figure(t("planner.figure.targets"), met, note=t("planner.figure.targets_note")),
            Figure(
                t("planner.figure.choices"),
                formats.count(len(rows)),
                note=t("planner.figure.choices_note", area=area, unit=unit),
            ),
            Figure(t("planner.figure.cost"), cost, money, f"{own} · {default}"),
            Figure(
                t("planner.figure.staff"),
                formats.count(rows["staff_days"].sum()),
                t("planner.unit.days"),
                f"{income} · {default}",
            ),
            Figure(
                t("planner.figure.months"), late, t("planner.unit.months"),
                t("planner.figure.months_note", months=formats.count(found.horizon_months)),
            ),
        ]
    )  # fmt: skip


def _status(ctx: Context, found: Plan) -> None:
    """Proven, or how far from it."""
    if found.status == "infeasible":
        st.warning(ctx.t("planner.status.infeasible"))
        return
    values = {
        "effort": formats.number(found.effort_wan, 1),
        "bound": formats.number(found.bound_wan, 1),
        "gap": f"{formats.per_cent(found.gap):.3f} %",
    }
    st.caption(ctx.t(f"planner.status.{found.status}", **values))
