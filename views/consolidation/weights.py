"""Weights from pairwise judgements, entered on the page, with their consistency ratio."""

from __future__ import annotations

from functools import partial
from itertools import combinations
from typing import Final

import pandas as pd
import streamlit as st

from analytics.consolidation.ahp import InconsistentError, Weighed, shared_out, weigh
from analytics.consolidation.terms import TERMS
from domain import formats
from domain.rules import RuleSet
from views import tables
from views.context import Context
from views.frame import section

MOST: Final = 50
"""Largest value of a weight's slider."""
_KEY: Final = "consolidation-w-{}"
_PENDING: Final = "consolidation-weights-taken"
_FIRST: Final = ("level", "adjacency", "industry")
_SCALE: Final = (9, 7, 5, 3, 1, -3, -5, -7, -9)
"""Judgements offered; a negative number is for the second of the two."""


def seed_weights(rules: RuleSet) -> None:
    """Give the sliders their values, before they are drawn: taken over, kept, or of the rules."""
    taken = st.session_state.pop(_PENDING, {})
    for term in TERMS:
        key = _KEY.format(term)
        kept = st.session_state.get(key, int(rules.value(f"CON-W-{term.upper()}")))
        st.session_state[key] = taken.get(term, kept)


def show_weights(ctx: Context, rules: RuleSet) -> None:
    """Draw the comparison.

    Args:
        ctx: The run of the page.
        rules: The rules after the sliders.
    """
    t = ctx.t
    section(t("conplan.ahp"), help_text=t("conplan.ahp_help"))
    st.caption(t("conplan.ahp_intro"))
    terms: list[str] = st.multiselect(
        t("conplan.ahp_terms"),
        list(map(str, TERMS)),
        default=_FIRST,
        format_func=lambda term: t(f"consolidation.term.{term}"),
        key="consolidation-ahp-terms",
    )
    if len(terms) < len(("first", "second")):
        st.info(t("conplan.ahp_two"))
        return
    judged = _judgements(ctx, terms)
    limit = rules.rule("CON-AHP-CR")
    status = t(f"consolidation.status.{limit.status}")
    try:
        found = weigh(judged, terms, rules=rules)
    except InconsistentError as error:
        named = {n: t(f"consolidation.term.{error.values[n]}") for n in ("first", "second")}
        told = {**error.values, **named, "code": error.code}
        st.warning(t("conplan.ahp_worst", **told))
        return
    ratio, most = formats.number(found.ratio, 3), formats.number(limit.value, 2)
    st.markdown(t("conplan.ahp_ratio", ratio=ratio, limit=most, status=status))
    _taken(ctx, found, rules)


def _judgements(ctx: Context, terms: list[str]) -> dict[tuple[str, str], float]:
    """One choice for every pair of terms."""
    t, out = ctx.t, {}
    columns = st.columns(3)
    for i, (first, second) in enumerate(combinations(terms, 2)):
        names = [t(f"consolidation.term.{term}") for term in (first, second)]
        value = columns[i % len(columns)].select_slider(
            t("conplan.ahp_pair", first=names[0], second=names[1]),
            _SCALE,
            1,
            format_func=partial(_said, ctx, names),
            key=f"consolidation-ahp-{first}-{second}",
        )
        out[(first, second)] = float(value) if value > 0 else 1 / float(-value)
    return out


def _said(ctx: Context, names: list[str], judgement: int) -> str:
    if judgement == 1:
        return ctx.t("conplan.ahp_equal")
    name = names[0] if judgement > 0 else names[1]
    return ctx.t("conplan.ahp_more", name=name, n=abs(judgement))


def _taken(ctx: Context, found: Weighed, rules: RuleSet) -> None:
    """The weights that follow, and the button that moves the sliders there."""
    t = ctx.t
    now = pd.Series({term: rules.value(f"CON-W-{term.upper()}") for term in TERMS})
    points = shared_out(found.weights, now, most=MOST)
    shown = pd.DataFrame(
        {
            "term": [t(f"consolidation.term.{term}") for term in TERMS],
            "weight_now": now.to_numpy(),
            "ahp_share": found.weights.reindex(list(TERMS)).to_numpy(),
            "ahp_points": points.to_numpy(),
        }
    )
    config = {
        "term": st.column_config.TextColumn(t("consolidation.col.term")),
        "weight_now": st.column_config.NumberColumn(t("conplan.col.weight_now"), format="%.0f"),
        "ahp_share": tables.share_column(t("conplan.col.ahp_share")),
        "ahp_points": st.column_config.NumberColumn(t("conplan.col.ahp_points")),
    }
    st.dataframe(
        tables.shown(shown, config), column_config=config, hide_index=True,
        placeholder=formats.MISSING,
        key="consolidation-ahp-table",
    )  # fmt: skip
    if st.button(t("conplan.ahp_take"), type="primary", key="consolidation-ahp-take"):
        st.session_state[_PENDING] = {str(term): int(value) for term, value in points.items()}
        st.rerun()
