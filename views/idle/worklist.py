"""The worklist: what presses most comes first; a row opens the case file of its parcel."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import pandas as pd
import streamlit as st

from analytics.idle.status import STATUSES
from analytics.idle.worklist import URGENCIES, WorkFilter, matching, most_urgent
from domain import formats
from domain.parcels import AREA
from layers.palette import STATUS
from views import address
from views.context import Context
from views.idle import words
from views.idle.run import IdleRun
from views.markup import plain
from views.places import named

SHOWN: Final = 5_000
"""Rows that a browser bears; the files hold all."""
CASE: Final = "idle-case"
"""Parcel whose case file is open."""
_ROUND: Final = "idle-list-round"


@dataclass(frozen=True)
class Worklist:
    """The parcels that a filter asks for.

    Attributes:
        asked: The filter.
        order: Their labels, most urgent first.
        area_m2: Their area.
        wider: Labels of those that the filter asks for whatever their status.
    """

    asked: WorkFilter
    order: pd.Index
    area_m2: float
    wider: pd.Index

    def parcels(self, run: IdleRun, *, limit: int | None = None) -> pd.DataFrame:
        """Their rows in order."""
        return run.parcels.loc[self.order[:limit]]


def worklist(run: IdleRun, asked: WorkFilter) -> Worklist:
    """What a filter asks for of a run."""
    parcels = run.parcels
    wider = matching(parcels, run.steps, asked.without_status(), as_of=run.day, rules=run.rules)
    wanted = wider & (not asked.statuses or parcels["status"].isin(asked.statuses).to_numpy())
    return Worklist(
        asked,
        order=most_urgent(run.steps[wanted]),
        area_m2=float(parcels.loc[wanted, AREA].sum()),
        wider=parcels.index[wider],
    )


def list_table(ctx: Context, run: IdleRun, labels: pd.Index) -> pd.DataFrame:
    """The list as it is shown and exported: words instead of keys, areas in the chosen unit.

    Args:
        ctx: The run of the page.
        run: What the page is about.
        labels: Rows, in order.

    Returns:
        On ``labels``; columns named in the language of the page.
    """
    t = ctx.t
    parcels, steps = run.parcels.loc[labels], run.steps.loc[labels]
    article = {key: t.pick(rule.article, rule.article_en) for key, rule in run.rules.items()}
    area = parcels[AREA].map(lambda m2: round(formats.in_unit(m2, ctx.unit), 2))
    return pd.DataFrame(
        {
            t("idle.list.urgency"): words.translated(
                steps["urgency"], lambda i: t(f"idle.urgency.{URGENCIES[int(i)]}")
            ),
            t("idle.status"): words.statuses(ctx, parcels["status"]),
            t("idle.list.step"): _step(ctx, steps),
            t("idle.list.due"): steps["due_on"].dt.date,
            t("idle.list.days"): steps["days_left"],
            t("idle.field.parcel_id"): parcels["parcel_id"],
            t("idle.field.name"): parcels["name"],
            t("idle.field.holder"): parcels["holder"],
            t("idle.field.county"): named(ctx, parcels["county_adcode"], "county_adcode"),
            t("idle.field.zone"): named(ctx, parcels["zone_id"].fillna(""), "zone_id"),
            t("idle.col.area", unit=t(f"unit.{ctx.unit}")): area,
            t("idle.field.start_on"): parcels["start_on"].dt.date,
            t("idle.field.rule"): steps["rule"],
            t("idle.field.article"): steps["rule"].map(article),
            t("idle.field.certainty"): words.translated(
                steps["certainty"], lambda key: t.get(f"idle.mark.{key}", "")
            ),
            t("idle.field.missing"): words.translated(
                parcels["missing"], lambda keys: words.missing_names(ctx, keys)
            ),
        },
        index=labels,
    )


def _step(ctx: Context, steps: pd.DataFrame) -> pd.Series:
    """The next step, or what time brings where that is nearer or nothing else is due."""
    asked = words.translated(steps["step"], lambda key: ctx.t(f"idle.step.{key}"))
    coming = words.translated(
        steps["becomes"],
        lambda key: ctx.t("idle.list.becomes", status=ctx.t(f"idle.status.{key}")),
    )
    by_time = (steps["step"] == "none") | (steps["urgency"] == URGENCIES.index("turning"))
    return coming.where(by_time & coming.notna(), asked)


def show_list(ctx: Context, run: IdleRun, found: Worklist, *, height: int) -> None:
    """Draw the list; a row that is chosen opens its case."""
    t = ctx.t
    st.caption(count_line(ctx, found))
    table = list_table(ctx, run, found.order[:SHOWN])
    area = t("idle.col.area", unit=t(f"unit.{ctx.unit}"))
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    key = f"idle-list-{visits()}"
    ids = run.parcels.loc[table.index, "parcel_id"].astype(str).tolist()
    status = t("idle.status")
    st.dataframe(
        table.assign(**{status: pd.Series([[w] for w in table[status]], index=table.index)}),
        hide_index=True,
        height=height,
        key=key,
        placeholder=formats.MISSING,
        on_select=partial(_row_chosen, key, ids),
        selection_mode="single-row",
        column_config={
            t("idle.list.urgency"): text(help=t("idle.list.urgency_help"), width=76),
            t("idle.list.step"): text(width=190),
            t("idle.list.days"): number(help=t("idle.list.days_help"), format="localized"),
            status: _status_column(ctx),
            area: number(format="accounting"),
            t("idle.field.certainty"): text(help=t("idle.mark_help")),
        },
    )


def _status_column(ctx: Context) -> Any:  # noqa: ANN401 - Streamlit's own type is private
    """Statuses in the colours of the map."""
    return st.column_config.MultiselectColumn(
        options=[ctx.t(f"idle.status.{key}") for key in STATUSES],
        color=[STATUS[key] for key in STATUSES],
        width=140,
    )


def _row_chosen(key: str, ids: Sequence[str]) -> None:
    event: Any = st.session_state[key]
    rows = event["selection"]["rows"]
    # A selection may outlive a filter that made the list shorter.
    if rows and rows[0] < len(ids):
        open_case(ids[rows[0]])


def count_line(ctx: Context, found: Worklist) -> str:
    """How many parcels and how much area, and whether the list shows fewer."""
    t, n = ctx.t, len(found.order)
    line = t(
        "idle.list_count",
        count=formats.count(n),
        area=formats.area(found.area_m2, ctx.unit),
        unit=t(f"unit.{ctx.unit}"),
    )
    return line + (t("idle.list.cut", shown=formats.count(SHOWN)) if n > SHOWN else "")


def open_case(parcel_id: str) -> None:
    """Open the case file of a parcel."""
    st.session_state[CASE] = parcel_id


def visits() -> int:
    """How many cases were closed in this session.

    As part of the key of a table it lets the same row be chosen again after a visit, and leaves no
    choice behind that the table does not show, even where a visit ends before its page has drawn.
    """
    count: int = st.session_state.setdefault(_ROUND, 0)
    return count


def close_case() -> None:
    """Go back to the list."""
    st.session_state[CASE] = ""
    address.write(CASE, "")
    st.session_state[_ROUND] = visits() + 1


def chosen_case(run: IdleRun) -> Hashable | None:
    """Label of the parcel whose case is open: by the address, the list or the map."""
    parcel_id = address.chosen(CASE)
    label: Hashable | None = None
    if parcel_id:
        rows = run.everything.index[(run.everything["parcel_id"] == parcel_id).fillna(value=False)]
        label = rows[0] if len(rows) else None
    st.session_state[CASE] = parcel_id if label is not None else ""
    address.write(CASE, st.session_state[CASE])
    return label


def case_bar(ctx: Context, run: IdleRun, found: Worklist, label: Hashable) -> None:
    """The way back to the list, and to the neighbours of a case in it."""
    t = ctx.t
    at = found.order.get_indexer(pd.Index([label]))[0]
    ids = {
        "before": found.order[at - 1] if at > 0 else None,
        "after": found.order[at + 1] if 0 <= at < len(found.order) - 1 else None,
    }
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(t("idle.case.back"), key="idle-case-back", on_click=close_case)
        for name, other in ids.items():
            st.button(
                t(f"idle.case.{name}"),
                key=f"idle-case-{name}",
                disabled=other is None,
                on_click=open_case,
                args=(None if other is None else str(run.parcels.loc[other, "parcel_id"]),),
            )
        place = t("idle.case.outside")
        if at >= 0:
            place = t(
                "idle.case.place", at=formats.count(at + 1), n=formats.count(len(found.order))
            )
        st.caption(plain(place))
