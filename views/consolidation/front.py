"""What a front of two goals looks like: chart, list of its points, plan of a point, file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import altair as alt
import pandas as pd
import streamlit as st

from analytics.consolidation.pareto import WHOLE, Front
from analytics.consolidation.task import FEWER, GOALS, Conditions, Goal, Pair
from domain import formats
from export.front_table import front_kinds, front_said, front_table, goal_named
from layers.palette import ACCENT
from views import tables
from views.charts import MUTED, styled
from views.consolidation import words
from views.consolidation.plan_result import Ground
from views.context import Context
from views.downloads import download_table
from views.frame import source_line

SEEN: Final = "consolidation-front-seen"
DECIMALS: Final[dict[Goal, int]] = {"score": 1, "large": 0, "bodies": 0, "balance": 0}
_CHART: Final = "consolidation-front-chart"
_PICKED: Final = "picked"
_CHOSEN_COLOUR: Final = "#C8631B"
_HEIGHT: Final = 330
_LIST_HEIGHT: Final = 352
_TABLE_HEIGHT: Final = 300
_FEW: Final = 9
_VISIBLE_GAP: Final = 1e-4
_LARGE: Final = 90
_SMALL: Final = 36
_MANY: Final = 40
_UNSURE: Final = 0.4


@dataclass(frozen=True)
class Kept:
    """A front with what it was worked out from.

    Attributes:
        key: Digest of all that it rests on.
        goals: The goals, the first upright in the chart.
        conditions: The conditions; their own goals do not count.
        front: The front.
        unknown: Number of zones that a goal leaves out, by goal.
    """

    key: tuple[object, ...]
    goals: tuple[Goal, Goal]
    conditions: Conditions
    front: Front
    unknown: dict[str, int]


def show_points(ctx: Context, ground: Ground, kept: Kept) -> int:
    """Draw chart and list of a front; gives the position of the point that is open.

    Args:
        ctx: The run of the page.
        ground: What plans are made from.
        kept: The front.
    """
    t, points = ctx.t, kept.front.points
    st.markdown(front_said(kept.front, t, unknown=kept.unknown))
    left, right = st.columns(2, gap="medium")
    with right:
        row = _table(ctx, kept)
        _download(ctx, ground, kept)
    at = _chosen(row, _clicked(len(points)), len(points))
    with left:
        _chart(ctx, kept, at)
    source_line(t("conplan.source", version=ground.key))
    return at


def _table(ctx: Context, kept: Kept) -> int | None:
    t, points = ctx.t, kept.front.points
    number = st.column_config.NumberColumn
    config: dict[str, Any] = {
        "point": number(t("conpareto.col.point"), width=56),
        "count": number(t("conpareto.col.count")),
        "gap": tables.share_column(t("conpareto.col.gap"), decimals=3),
        "proven": st.column_config.CheckboxColumn(t("conpareto.is_proven")),
        "left": tables.share_column(
            t("conpareto.col.left"), decimals=3, help=t("conpareto.col.left_help")
        ),
        **{g: number(goal_named(g, ctx.t), format=f"%.{DECIMALS[g]}f") for g in GOALS},
    }
    known = [goal for goal in ("score", "large", "bodies") if goal not in kept.goals]
    # Columns that say the same of every point are left to the sentence above.
    gap = ["gap"] if points["gap"].max() > _VISIBLE_GAP else []
    gap += [] if points["proven"].all() else ["proven"]
    gap += ["left"] if points["left"].max() > 0.0 else []
    shown = points[[*kept.goals, "count", *gap, *known]]
    shown.insert(0, "point", range(1, len(points) + 1))
    event = st.dataframe(
        tables.shown(shown, config),
        column_config=config,
        hide_index=True,
        height=_TABLE_HEIGHT if len(points) >= _FEW else "auto",
        placeholder=formats.MISSING,
        on_select="rerun",
        selection_mode="single-row",
        key="consolidation-front-table",
    )
    rows = event.selection.rows
    return rows[0] if rows and rows[0] < len(points) else None


def _chart(ctx: Context, kept: Kept, at: int) -> None:
    """The front as points; a click on one opens it."""
    first, second = kept.goals
    chart = front_chart(
        kept.front,
        first=first,
        second=second,
        titles={goal: goal_named(goal, ctx.t) for goal in kept.goals},
        point=ctx.t("conpareto.col.point"),
        at=at,
    )
    st.altair_chart(
        styled(chart),
        width="stretch",
        theme=None,
        key=_CHART,
        on_select="rerun",
        selection_mode=[_PICKED],
    )


def _clicked(count: int) -> int | None:
    """Position of the point that is clicked in the chart; known before the chart is drawn."""
    state = st.session_state.get(_CHART)
    marks = state["selection"].get(_PICKED, []) if state else []
    at = int(marks[0]["point"]) - 1 if marks else None
    return at if at is not None and at < count else None


def front_chart(
    front: Front, *, first: Goal, second: Goal, titles: dict[Goal, str], point: str, at: int
) -> alt.LayerChart:
    """The front as a chart: plans, the line between them, and how far the bounds are.

    Args:
        front: The front.
        first: Goal of the upright axis.
        second: Goal of the level axis.
        titles: Titles of both with their units.
        point: Title of the number of a point.
        at: Position of the point that is open.
    """
    rows = front.points[[first, second, "bound", "gap", "proven"]].reset_index(drop=True)
    rows.insert(0, "point", range(1, len(rows) + 1))
    # Less is better on some axes; the better end is up or right on every one.
    scales = {
        goal: alt.Scale(zero=False, nice=True, reverse=goal in FEWER) for goal in (first, second)
    }
    axes = {g: alt.Axis(tickMinStep=1 if g in WHOLE else 0) for g in (first, second)}
    x = alt.X(f"{second}:Q", title=titles[second], scale=scales[second], axis=axes[second])
    y = alt.Y(f"{first}:Q", title=titles[first], scale=scales[first], axis=axes[first])
    base = alt.Chart(rows).encode(x=x, y=y)
    picked = alt.selection_point(name=_PICKED, fields=["point"], toggle=False)
    line = base.mark_line(color=MUTED, strokeWidth=1, strokeDash=[4, 3]).encode(order="point:Q")
    tips = [
        alt.Tooltip("point:Q", title=point),
        alt.Tooltip(f"{first}:Q", title=titles[first], format=",.1f"),
        alt.Tooltip(f"{second}:Q", title=titles[second], format=",.1f"),
    ]
    dots = (
        base.mark_point(
            filled=True, size=_LARGE if len(rows) <= _MANY else _SMALL, cursor="pointer"
        )
        .encode(
            color=alt.condition(
                alt.datum.point == at + 1, alt.value(_CHOSEN_COLOUR), alt.value(ACCENT)
            ),
            opacity=alt.condition("datum.proven", alt.value(1.0), alt.value(_UNSURE)),
            tooltip=tips,
        )
        .add_params(picked)
    )
    layers: list[alt.Chart] = [line]
    if rows["gap"].max() > _VISIBLE_GAP:
        layers.append(_bounds(base, front.bounded, first))
    return alt.LayerChart(layer=[*layers, dots]).properties(height=_HEIGHT)


def _bounds(base: alt.Chart, bounded: Goal, first: Goal) -> alt.Chart:
    """From each plan to the bound that none passes."""
    rule = base.mark_rule(color=MUTED, strokeWidth=1)
    out: alt.Chart = rule.encode(y2="bound:Q") if bounded == first else rule.encode(x2="bound:Q")
    return out


def _chosen(row: int | None, clicked: int | None, count: int) -> int:
    """Position of the point that is open: the last row or mark that was selected."""
    seen = st.session_state.get(SEEN, (None, None, 0))
    at = seen[2]
    if clicked is not None and clicked != seen[1]:
        at = clicked
    if row is not None and row != seen[0]:
        at = row
    at = at if at < count else 0
    st.session_state[SEEN] = (row, clicked, at)
    return int(at)


def members(points: pd.DataFrame, at: int) -> frozenset[Pair]:
    """Host and absorbed zone of every pair of a point."""
    keys = [key.split(">") for key in str(points["pairs"].iloc[at]).split(";") if key]
    return frozenset((host, absorbed) for host, absorbed in keys)


def show_pairs(ctx: Context, ground: Ground, points: pd.DataFrame, at: int) -> None:
    """Draw the pairs of a point, and in how many points of the front each stands.

    Args:
        ctx: The run of the page.
        ground: What plans are made from.
        points: Points of a front.
        at: Position of the point.
    """
    t = ctx.t
    pick = "zh" if t.language == "zh_CN" else "en"
    wanted = members(points, at)
    keys = list(zip(ground.pairs["host_id"], ground.pairs["absorbed_id"], strict=True))
    rows = ground.pairs[[key in wanted for key in keys]]
    all_points = [members(points, i) for i in range(len(points))]
    held = [
        sum((host, absorbed) in one for one in all_points)
        for host, absorbed in zip(rows["host_id"], rows["absorbed_id"], strict=True)
    ]
    shown = pd.DataFrame(
        {
            "host": [words.short(name) for name in rows[f"host_name_{pick}"]],
            "absorbed": [words.short(name) for name in rows[f"absorbed_name_{pick}"]],
            "score": rows["score"].to_numpy(),
            "rank": rows["rank"].to_numpy(),
            "distance": rows["distance_km"].to_numpy(),
            "in_points": held,
        }
    )
    number = st.column_config.NumberColumn
    config: dict[str, Any] = {
        str(c): st.column_config.Column(t(f"consolidation.col.{c}"))
        for c in ("host", "absorbed", "rank")
    }
    config["score"] = number(t("consolidation.col.score"), format="%.1f")
    config["distance"] = number(t("consolidation.col.distance"), format="%.1f")
    config["in_points"] = number(t("conpareto.col.in_points", n=len(points)))
    st.dataframe(
        shown,
        column_config=config,
        hide_index=True,
        height=_LIST_HEIGHT if len(shown) > _FEW else "auto",
        placeholder=formats.MISSING,
        key="consolidation-front-pairs",
    )


def _download(ctx: Context, ground: Ground, kept: Kept) -> None:
    """The points as a table file, with the pairs of each by name."""
    t, front = ctx.t, kept.front
    pick = "zh" if t.language == "zh_CN" else "en"
    sides = zip(
        ground.pairs["host_id"] + ">" + ground.pairs["absorbed_id"],
        ground.pairs[f"host_name_{pick}"] + " ← " + ground.pairs[f"absorbed_name_{pick}"],
        strict=True,
    )
    names = dict(sides)

    download_table(
        ctx,
        partial(front_table, front, names, t),
        key="consolidation-front-download",
        name=t("conpareto.file_name"),
        kinds=front_kinds(front, t),
        notes=_notes(ctx, ground, kept),
        demonstration=ground.demonstration,
    )


def _notes(ctx: Context, ground: Ground, kept: Kept) -> dict[str, str]:
    """What the front was worked out from."""
    t, asked = ctx.t, kept.conditions
    return {
        t("conpareto.note.basis"): ground.key,
        t("conpareto.note.goals"): t.pick("、", ", ").join(
            t(f"conplan.goal.{goal}") for goal in kept.goals
        ),
        t("conpareto.note.state"): front_said(kept.front, t, unknown=kept.unknown),
        t("conpareto.note.locked"): formats.count(len(asked.locked)),
        t("conpareto.note.forbidden"): formats.count(len(asked.forbidden)),
        t("conpareto.note.trustees"): formats.count(len(asked.trustees)),
        t("conpareto.note.study"): t("conplan.intro"),
    }
