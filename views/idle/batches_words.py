"""Words and colours of batches: states, verdicts, how a supply is traced, missing evidence."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any, Final

import pandas as pd
import streamlit as st

from analytics.approval_states import STATES
from analytics.cases.entries import changed_fields
from analytics.cases.file import Cells
from domain.ledgers import columns
from domain.rules import RuleSet
from layers.palette import RAMP, STATUS
from views.context import Context
from views.idle import words
from views.idle.case_words import value_words

COLOURS: Final[dict[str, str]] = {
    "future": STATUS["not_due"],
    "unknown": STATUS["unknown_start"],
    "approved": RAMP[1],
    "lapse_risk": STATUS["suspected_a2"],
    "acquired": RAMP[2],
    "ready": RAMP[3],
    "reserved": STATUS["unsupplied"],
    "supplied_part": STATUS["in_progress"],
    "supplied": STATUS["completed"],
    "withdrawn": STATUS["unsupplied"],
}
"""Fill of each state: the further the ground has come the deeper, green once it is supplied."""


def state_words(ctx: Context, states: pd.Series) -> pd.Series:
    """States in words."""
    return words.translated(states, lambda key: ctx.t(f"batches.state.{key}"))


def state_column(ctx: Context) -> Any:  # noqa: ANN401 - Streamlit's own type is private
    """States in their colours."""
    return st.column_config.MultiselectColumn(
        options=[ctx.t(f"batches.state.{key}") for key in STATES],
        color=[COLOURS[key] for key in STATES],
        width=128,
    )


def state_html(ctx: Context, state: str) -> str:
    """One state with its colour, escaped."""
    dot = (
        f"display:inline-block;width:11px;height:11px;margin-right:6px;"
        f"border:1px solid #8a8a8a;background:{COLOURS[state]}"
    )
    return f'<span style="{dot}"></span><b>{escape(ctx.t(f"batches.state.{state}"))}</b>'


def verdicts(ctx: Context, keys: str) -> str:
    """Verdicts joined by ``;`` as they are read."""
    named = [ctx.t(f"batches.verdict.{key}") for key in keys.split(";") if key]
    return ctx.t.pick("；", "; ").join(named)


def missing(ctx: Context, keys: str) -> str:
    """Fields of the batch ledger whose entry is absent, joined for reading."""
    names = {c.column: ctx.t.pick(c.zh, c.en) for c in columns("batch")}
    return ctx.t.pick("、", ", ").join(names.get(key, key) for key in keys.split(";") if key)


def articles(ctx: Context, rules: RuleSet) -> dict[str, str]:
    """Article of each rule in the language of the page."""
    return {key: ctx.t.pick(rule.article, rule.article_en) for key, rule in rules.items()}


def listing(ctx: Context, names: Sequence[str], most: int) -> str:
    """Some names joined for reading; says so where there are more."""
    more = ctx.t("figures.more") if len(names) > most else ""
    return ctx.t.pick("、", ", ").join(names[:most]) + more


def names_of(ctx: Context) -> dict[str, str]:
    """Names of the fields of the batch ledger."""
    return {c.column: ctx.t.pick(c.zh, c.en) for c in columns("batch")}


def changed(ctx: Context, before: Cells, after: Cells) -> str:
    """What a change did to the fields of a batch."""
    name = names_of(ctx)
    parts = [
        f"{name[key]} {value_words(ctx.t, key, old)} → {value_words(ctx.t, key, new)}"
        for key, old, new in changed_fields(before, after)
        if key in name
    ]
    return ctx.t.pick("；", "; ").join(parts)
