"""Evaluation of zones: intensive use, per-mu performance, control indicators, entered figures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import streamlit as st

from analytics.evaluation.zone_summary import summary
from domain import formats
from views import address
from views.context import Context
from views.evaluation import words
from views.evaluation.compare import comparison, show_compare
from views.evaluation.control import show_control
from views.evaluation.enterprise_figures import show_enterprise_figures
from views.evaluation.intensity import show_intensity
from views.evaluation.permu import of_enterprises, show_permu
from views.evaluation.run import Run, chosen_run, enterprise_years
from views.frame import (
    Figure,
    demonstration_ribbon,
    door,
    empty_state,
    key_figures,
    title_line,
)

PART: Final = "evaluation-part"
_PER_MU: Final = "permu"
PARTS: Final[dict[str, Callable[[Context, Run], None]]] = {
    "intensity": show_intensity,
    _PER_MU: show_permu,
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
    if run.nothing_known:
        _without_zones(ctx, run)
        return
    figures = st.container()
    part = _choose_part(ctx)
    with figures:
        if part == _PER_MU and of_enterprises():
            show_enterprise_figures(ctx, run)
        else:
            _key_figures(ctx, run)
    PARTS[part](ctx, run)


def _without_zones(ctx: Context, run: Run) -> None:
    """Nothing is known of zones; enterprises may be on record all the same."""
    figures = st.container()
    part = _choose_part(ctx) if enterprise_years(ctx) else ""
    if part == _PER_MU:
        if of_enterprises():
            with figures:
                show_enterprise_figures(ctx, run)
        show_permu(ctx, run)
        return
    empty_state(ctx.t("evaluation.empty"), next_step=ctx.t("evaluation.empty_next"))
    door(ctx, "upload", ctx.t("evaluation.to_template"))


def _choose_part(ctx: Context) -> str:
    return address.switch(
        PART,
        list(PARTS),
        next(iter(PARTS)),
        label=ctx.t("evaluation.part"),
        names=lambda name: ctx.t(f"evaluation.part_{name}"),
    )


def _key_figures(ctx: Context, run: Run) -> None:
    t = ctx.t
    scores, rates = run.intensity.scores, run.intensity.rates
    found = summary(run.listed, run.figures, scores=scores, rates=rates, comparison=comparison(run))
    zones, least = t("evaluation.unit.zones"), formats.share(run.rules.value("INT-KNOWN-MIN"))
    key_figures(
        [
            Figure(
                t("evaluation.figure.entered", year=run.figures.year),
                formats.count(found.entered),
                unit=t("evaluation.figure.of", n=found.zones),
                note=t("evaluation.figure.entered_note", n=found.older),
            ),
            Figure(
                t("evaluation.figure.ranked"),
                formats.count(found.ranked),
                unit=zones,
                note=t("evaluation.figure.ranked_note", share=least),
            ),
            Figure(
                t("evaluation.figure.score"),
                formats.number(found.median_score, 1),
                note=t("evaluation.figure.score_note"),
            ),
            Figure(
                t("evaluation.figure.identity"),
                formats.count(found.rates_hold),
                unit=zones,
                note=t(
                    "evaluation.figure.identity_note",
                    wrong=found.rates_wrong,
                    missing=found.rates_missing,
                ),
            ),
            Figure(
                t("evaluation.figure.differ"),
                formats.count(found.differ),
                unit=t("evaluation.unit.figures"),
                note=t("evaluation.figure.differ_note", n=found.differ_zones),
            ),
        ]
    )
