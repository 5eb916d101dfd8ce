"""The enterprises of the choice in a few figures, above the parts of the page."""

from __future__ import annotations

import streamlit as st

from analytics.evaluation import enterprises
from domain import formats
from views.context import Context
from views.evaluation import words
from views.evaluation.enterprise_run import firms_of
from views.evaluation.run import Run
from views.evaluation.scheme import scheme_chosen
from views.frame import Figure, demonstration_ribbon, key_figures


def show_enterprise_figures(ctx: Context, run: Run) -> None:
    """Draw them, marked where one is made up; nothing where the choice has none of the year."""
    t, scheme = ctx.t, scheme_chosen("enterprise")
    with st.spinner(t("evaluation.working")):
        firms = firms_of(ctx, run, scheme)
    if firms is None or firms.here.empty:
        return
    if firms.demonstration and not run.demonstration:
        demonstration_ribbon(ctx)
    found = enterprises.summary(firms.units.loc[firms.here], firms.found.table.loc[firms.here])
    unit, status = t("enterprises.unit"), words.certainty(ctx, scheme.status)
    lacking = found.enterprises - found.land_known
    key_figures(
        [
            Figure(
                t("enterprises.figure.on_record", year=run.figures.year),
                formats.count(found.enterprises),
                unit=unit,
                note=t("enterprises.figure.on_record_note", n=found.zones),
            ),
            Figure(
                t("enterprises.figure.ranked"),
                formats.count(found.ranked),
                unit=unit,
                note=t("enterprises.figure.ranked_note", n=found.vetoed),
            ),
            Figure(
                t("enterprises.figure.score"),
                formats.number(found.median_score, 1),
                note=t("enterprises.figure.score_note", status=status),
            ),
            Figure(
                t("enterprises.figure.tax"),
                formats.number(found.tax_wan_per_mu, 2),
                unit=t("evaluation.unit.wan/mu"),
                note=t("enterprises.figure.tax_note", n=found.both),
            ),
            Figure(
                t("enterprises.figure.land"),
                formats.count(found.land_known),
                unit=unit,
                note=t("enterprises.figure.land_note", n=lacking, torn=found.torn),
            ),
        ]
    )
