"""The coming two years of a plan: stock, cycle and net change, assumptions beside the chart."""

from __future__ import annotations

from typing import Final

import altair as alt
import pandas as pd
import streamlit as st

from analytics.disposal.plan import Plan
from analytics.idle.forecast import forecast
from analytics.idle.opening import Mode, assumptions, paces
from domain import formats
from layers.palette import ACCENT
from views.charts import MUTED, show_chart
from views.context import Context
from views.frame import section
from views.idle.planner_data import Ground, opening_of
from views.idle.run import IdleRun

SCENARIOS: Final = ("nothing", "plan", "late")
SHOWN: Final = ("stock", "idle_all", "cycle", "net_idle")
MODES: Final[tuple[Mode, ...]] = ("mean", "zero")
_COLOURS: Final = (MUTED, ACCENT, "#E37D30")
_HEIGHT: Final = 260
_SLIP: Final = 6


def show_forecast(ctx: Context, run: IdleRun, land: Ground, found: Plan) -> None:
    """Draw the forecast with and without the plan.

    Args:
        ctx: The run of the page.
        run: What the page is about.
        land: What the plan rests on.
        found: The plan.
    """
    t = ctx.t
    months = int(land.rules.value("DISP-FORECAST"))
    section(t("planner.forecast", months=months))
    shown, mode, slip = _choices(ctx)
    begins = opening_of(ctx, run, land.years)
    course = paces(run.parcels, run.batches, begins, as_of=run.day, years=land.years, mode=mode)
    runs = {
        "nothing": forecast(begins, paces=course, months=months),
        "plan": forecast(begins, paces=course, months=months, choices=found.choices),
        "late": forecast(begins, paces=course, months=months, choices=found.choices, slip=slip),
    }
    left, right = st.columns([3, 2], gap="medium")
    with left:
        show_chart(
            _chart(ctx, run, runs, shown, slip),
            key="idle-plan-forecast",
            source=t("planner.forecast_source", date=run.day.isoformat()),
        )
        _ends(ctx, runs, slip, months)
    with right:
        st.markdown(f"**{t('planner.assumptions')}**")
        given = assumptions(
            course, mode=mode, years=land.years, months=months, slip=slip, rules=land.rules
        )
        for one in given:
            st.caption(f"- {_words(ctx, one.key, one.values)}")


def _choices(ctx: Context) -> tuple[str, Mode, int]:
    t = ctx.t
    a, b, c = st.columns([2, 2, 1])
    with a:
        shown = st.segmented_control(
            t("planner.shown"), SHOWN, default=SHOWN[0], required=True,
            format_func=lambda name: t(f"planner.shown_{name}"), key="idle-plan-shown",
        )  # fmt: skip
    with b:
        mode = st.segmented_control(
            t("planner.pace"), MODES, default=MODES[0], required=True,
            format_func=lambda name: t(f"planner.pace_{name}"), key="idle-plan-pace",
        )  # fmt: skip
    with c:
        slip = st.number_input(t("planner.slip"), 0, 24, _SLIP, key="idle-plan-slip")
    return shown or SHOWN[0], mode or MODES[0], int(slip)


def _words(ctx: Context, key: str, values: dict[str, float]) -> str:
    """An assumption with its figures in the units of the page."""
    said = {name: formats.count(value) for name, value in values.items() if name != "m2"}
    if "m2" in values:
        said["area"] = formats.area(values["m2"], ctx.unit)
        said["unit"] = ctx.t(f"unit.{ctx.unit}")
    return ctx.t(key, **said)


def _chart(
    ctx: Context, run: IdleRun, runs: dict[str, pd.DataFrame], shown: str, slip: int
) -> alt.Chart:
    t = ctx.t
    names = [t(f"planner.scenario.{name}", months=slip) for name in SCENARIOS]
    start = pd.Timestamp(run.day)
    parts = []
    for name, label in zip(SCENARIOS, names, strict=True):
        rows = runs[name]
        values = (
            rows[shown]
            if shown == "cycle"
            else [formats.in_unit(m2, ctx.unit) for m2 in rows[shown]]
        )
        on = [start + pd.DateOffset(months=int(month)) for month in rows["month"]]
        parts.append(pd.DataFrame({"on": on, "value": values, "scenario": label}))
    unit = t("planner.unit.years") if shown == "cycle" else t(f"unit.{ctx.unit}")
    title = f"{t(f'planner.shown_{shown}')} · {unit}"
    zero = shown != "net_idle"
    chart: alt.Chart = (
        alt.Chart(pd.concat(parts, ignore_index=True))
        .mark_line()
        .encode(
            x=alt.X("on:T", title=None, axis=alt.Axis(format="%Y-%m", labelOverlap=True)),
            y=alt.Y("value:Q", title=title, scale=alt.Scale(zero=zero)),
            color=alt.Color("scenario:N", scale=alt.Scale(domain=names, range=list(_COLOURS))),
            strokeDash=alt.StrokeDash(
                "scenario:N", scale=alt.Scale(domain=names, range=[[1, 0], [1, 0], [5, 3]])
            ),
            tooltip=[
                alt.Tooltip("on:T", format="%Y-%m", title=" "),
                alt.Tooltip("scenario:N", title=" "),
                alt.Tooltip("value:Q", format=",.2f", title=title),
            ],
        )
        .properties(height=_HEIGHT)
    )
    return chart


def _ends(ctx: Context, runs: dict[str, pd.DataFrame], slip: int, months: int) -> None:
    """Where each scenario ends, as figures."""
    t, unit = ctx.t, ctx.t(f"unit.{ctx.unit}")
    rows = []
    for name in SCENARIOS:
        last = runs[name].iloc[-1]
        rows.append(
            {
                t("planner.col.scenario", months=months): t(
                    f"planner.scenario.{name}", months=slip
                ),
                t("planner.col.end_stock", unit=unit): formats.area(last["stock"], ctx.unit),
                t("planner.col.end_idle", unit=unit): formats.area(last["idle_all"], ctx.unit),
                t("planner.col.end_net", unit=unit): formats.area(last["net_idle"], ctx.unit),
                t("planner.col.end_cycle"): formats.number(last["cycle"]),
            }
        )
    table = pd.DataFrame(rows)
    config = dict.fromkeys(table.columns[1:], st.column_config.TextColumn(alignment="right"))
    st.dataframe(table, hide_index=True, key="idle-plan-ends", column_config=config)
