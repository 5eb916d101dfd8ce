"""Evaluation of zones: intensive use, per-mu performance, control indicators, entered figures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pandas as pd
import streamlit as st

from analytics import intensity_score, zone_figures, zone_rates
from domain import formats
from domain.schemes import intensity_scheme
from views import address
from views import evaluation_words as words
from views.context import Context
from views.evaluation_compare import comparison, show_compare
from views.evaluation_control import show_control
from views.evaluation_intensity import show_intensity
from views.evaluation_permu import show_permu
from views.evaluation_run import Run, chosen_run
from views.frame import (
    Figure,
    demonstration_ribbon,
    door,
    empty_state,
    key_figures,
    title_line,
)

PART: Final = "evaluation-part"
PARTS: Final[dict[str, Callable[[Context, Run], None]]] = {
    "intensity": show_intensity,
    "permu": show_permu,
    "control": show_control,
    "compare": show_compare,
}
"""Parts of the page, in order."""


def page(ctx: Context) -> None:
    """Draw the page."""
    t = ctx.t
    run = chosen_run(ctx)
    title_line(
        ctx,
        t("evaluation.title"),
        place=words.place_name(ctx, run),
        as_of=run.day.isoformat(),
        version=words.version_line(run),
        help_text=t("evaluation.help"),
    )
    if run.demonstration:
        demonstration_ribbon(ctx)
    if run.figures.figures.isna().to_numpy().all():
        empty_state(t("evaluation.empty"), next_step=t("evaluation.empty_next"))
        door(ctx, "upload", t("evaluation.to_template"))
        return
    _key_figures(ctx, run)
    part = _choose_part(ctx)
    PARTS[part](ctx, run)


def _choose_part(ctx: Context) -> str:
    first = next(iter(PARTS))
    address.seed(PART, list(PARTS), first)
    chosen = st.segmented_control(
        ctx.t("evaluation.part"),
        list(PARTS),
        required=True,
        format_func=lambda name: ctx.t(f"evaluation.part_{name}"),
        key=PART,
        label_visibility="collapsed",
    )
    address.keep(PART, first)
    return chosen or first


def _key_figures(ctx: Context, run: Run) -> None:
    t, here = ctx.t, run.zones.index
    facts = run.figures.facts.loc[here]
    entered, older = facts["year"].notna(), facts["older"]
    table = intensity_score.indicators(
        zone_figures.inputs(run.figures).loc[here], intensity_scheme(), rules=run.rules
    )
    scores = intensity_score.scores(table, intensity_scheme(), rules=run.rules)
    states = zone_rates.checked(run.figures, rules=run.rules).loc[here, "state"]
    differ = comparison(run).query("state == 'differ'")
    zones = t("evaluation.unit.zones")
    key_figures(
        [
            Figure(
                t("evaluation.figure.entered", year=run.figures.year),
                formats.count(int((entered & ~older).sum())),
                unit=t("evaluation.figure.of", n=len(here)),
                note=t("evaluation.figure.entered_note", n=int((entered & older).sum())),
            ),
            Figure(
                t("evaluation.figure.ranked"),
                formats.count(int(scores["rank"].notna().sum())),
                unit=zones,
                note=t(
                    "evaluation.figure.ranked_note",
                    share=formats.share(run.rules.value("INT-KNOWN-MIN")),
                ),
            ),
            Figure(
                t("evaluation.figure.score"),
                formats.number(_middle(scores["score"]), 1),
                note=t("evaluation.figure.score_note"),
            ),
            Figure(
                t("evaluation.figure.identity"),
                formats.count(int((states == "holds").sum())),
                unit=zones,
                note=t(
                    "evaluation.figure.identity_note",
                    wrong=int(states.isin(["stated_differs", "not_nested"]).sum()),
                    missing=int((states == "missing").sum()),
                ),
            ),
            Figure(
                t("evaluation.figure.differ"),
                formats.count(len(differ)),
                unit=t("evaluation.unit.figures"),
                note=t("evaluation.figure.differ_note", n=differ["zone"].nunique()),
            ),
        ]
    )


def _middle(scores: pd.Series) -> float | None:
    """The median of the known scores; None without any."""
    known = scores.dropna()
    return float(known.median()) if len(known) else None
