"""The filters of the worklist, in the sidebar; they narrow figures, map, list and export alike."""

from __future__ import annotations

from typing import Final

import streamlit as st

from analytics.idle.routes import GOVERNMENT_CAUSES, HOLDER_CAUSE
from analytics.idle.status import STATUSES
from analytics.idle.worklist import ACTION, NO_CAUSE, WorkFilter
from domain import formats
from views import address
from views.context import Context
from views.idle.words import ROUTES

CAUSES: Final = (*GOVERNMENT_CAUSES, HOLDER_CAUSE, NO_CAUSE)
WITHIN: Final = ("", "0", "30", "90", "180", "365")
"""Days until something is due; nothing for any time."""


def choose_filter(ctx: Context) -> WorkFilter:
    """Draw the filters and give what is asked for."""
    with st.sidebar:
        statuses = _several(ctx, "status", STATUSES, ACTION)
        text = st.text_input(
            ctx.t("idle.search"),
            key="idle-search",
            placeholder=ctx.t("idle.search_hint"),
            max_chars=60,
            bind="query-params",
        )
        within = _within(ctx)
        causes = _several(ctx, "cause", CAUSES, ())
        routes = _several(ctx, "route", ROUTES, ())
        low, high = _area(ctx)
    return WorkFilter(
        statuses=statuses,
        causes=causes,
        routes=routes,
        area_from=formats.to_m2(low, ctx.unit),
        area_to=formats.to_m2(high, ctx.unit),
        due_within=int(within) if within else None,
        text=text.strip(),
    )


def in_words(ctx: Context, asked: WorkFilter) -> str:
    """A filter as a line for captions and the notes of a file; empty where it asks for all."""
    t = ctx.t
    join = t.pick("、", ", ")
    parts = []
    for name, codes in (
        ("status", asked.statuses),
        ("cause", asked.causes),
        ("route", asked.routes),
    ):
        if codes:
            words = join.join(t(f"idle.{name}.{code}") for code in codes)
            parts.append(t("idle.filter.is", field=t(f"idle.filter.{name}"), value=words))
    if asked.due_within is not None:
        parts.append(t("idle.filter.due", days=asked.due_within))
    for name, bound in (("area_from", asked.area_from), ("area_to", asked.area_to)):
        if bound is not None:
            area, unit = formats.area(bound, ctx.unit), t(f"unit.{ctx.unit}")
            parts.append(t(f"idle.filter.{name}", area=area, unit=unit))
    if asked.text:
        parts.append(t("idle.filter.text", text=asked.text))
    return t.pick("；", "; ").join(parts)


def _several(
    ctx: Context, name: str, codes: tuple[str, ...], default: tuple[str, ...]
) -> tuple[str, ...]:
    key = f"idle-{name}"
    address.seed_many(key, codes, default)
    chosen = st.multiselect(
        ctx.t(f"idle.filter.{name}"),
        codes,
        format_func=lambda code: ctx.t(f"idle.{name}.{code}"),
        key=key,
        placeholder=ctx.t(f"idle.filter.{name}_all"),
        persist_state="session",
    )
    address.keep_many(key, default)
    return tuple(chosen)


def _within(ctx: Context) -> str:
    address.seed("idle-due", WITHIN, "")

    def label(code: str) -> str:
        name = {"": "any", "0": "over"}.get(code, "within")
        return ctx.t(f"idle.filter.due_{name}", days=code)

    chosen = st.selectbox(
        ctx.t("idle.filter.due_title"),
        WITHIN,
        format_func=label,
        key="idle-due",
        persist_state="session",
    )
    address.keep("idle-due", "")
    return chosen or ""


def _area(ctx: Context) -> tuple[float | None, float | None]:
    unit = ctx.t(f"unit.{ctx.unit}")
    bounds: list[float | None] = []
    for column, name in zip(st.columns(2), ("from", "to"), strict=True):
        with column:
            value = st.number_input(
                ctx.t(f"idle.filter.area_{name}_title", unit=unit),
                min_value=0.0,
                value=None,
                key=f"idle-area-{name}",
                bind="query-params",
            )
        bounds.append(None if value is None else float(value))
    return bounds[0], bounds[1]
