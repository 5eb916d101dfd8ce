"""Consolidation: pairs of zones for study, every term of their score in sight."""

from __future__ import annotations

from typing import Final

import pandas as pd
import streamlit as st

from analytics.consolidation.candidates import WeightsError
from domain import formats
from export.references import cited
from views import address, data
from views.consolidation import notes, robust
from views.consolidation.card import card
from views.consolidation.list import show_list
from views.consolidation.map import asked_pair, choose, show_pairs
from views.consolidation.outlines import held_outlines
from views.consolidation.plan import show_plan
from views.consolidation.scenarios import show_scenarios
from views.consolidation.study import Study, ground, hits, pair_ids, read_study
from views.consolidation.weights import show_weights
from views.consolidation.whatif import show_what_if
from views.context import Context
from views.frame import (
    Figure,
    demonstration_ribbon,
    empty_state,
    key_figures,
    show_error,
    title_line,
)

VIEW: Final = "consolidation-view"
PAIRS: Final = "pairs"
VIEWS: Final = (PAIRS, "plan", "scenarios", "weights")


def page(ctx: Context) -> None:
    """Draw the page."""
    t = ctx.t
    outlines = data.footprints(ctx)
    as_of = data.choose_day(ctx, outlines[0] if outlines else None)
    title_line(
        ctx,
        t("consolidation.title"),
        place=t("consolidation.place"),
        as_of=as_of.isoformat(),
        version=cited(outlines[0]) if outlines else t("consolidation.version"),
        help_text=t("consolidation.help"),
    )
    study = read_study(ctx, as_of)
    if study.demonstration:
        demonstration_ribbon(ctx)
    if not study.version:
        st.caption(t("consolidation.no_footprints"))
    notes.show_faults(ctx, study)
    found = hits(study)
    _key_figures(ctx, study, found)
    chosen = _choose_view(ctx)
    if chosen == "weights":
        show_weights(ctx, study.rules)
    elif chosen == "scenarios":
        show_scenarios(ctx)
    elif _something(ctx, study):
        if chosen == PAIRS:
            _body(ctx, study)
        else:
            show_plan(ctx, ground(study))
    notes.show(ctx, study, found)


def _choose_view(ctx: Context) -> str:
    return address.switch(
        VIEW,
        VIEWS,
        PAIRS,
        label=ctx.t("conplan.view"),
        names=lambda name: ctx.t(f"conplan.view_{name}"),
    )


def _key_figures(ctx: Context, study: Study, found: pd.DataFrame) -> None:
    t, pairs = ctx.t, study.pairs
    ranked = pairs[pairs["enough_known"]]
    first = formats.count(study.rules.value("CON-HIT-K"))
    chance = formats.number(found["by_chance"].sum(), 1)
    names = ("pairs", "hosts", "absorbed", "links", "hits")
    values = (
        len(ranked),
        pairs["host_id"].nunique(),
        pairs["absorbed_id"].nunique(),
        len(study.linked),
        found["hit"].sum(),
    )
    units = (
        t("consolidation.unit.pairs"),
        t("consolidation.unit.zones"),
        t("consolidation.unit.zones"),
        t("consolidation.unit.links"),
        t("consolidation.figure.hits_unit", n=len(found)),
    )
    note = {"n": (~pairs["enough_known"]).sum(), "k": first, "chance": chance}
    key_figures(
        [
            Figure(
                t(f"consolidation.figure.{name}"),
                formats.count(value),
                unit=unit,
                note=t(f"consolidation.figure.{name}_note", **note),
            )
            for name, value, unit in zip(names, values, units, strict=True)
        ]
    )


def _something(ctx: Context, study: Study) -> bool:
    """Whether there are scored pairs; says why where there are none."""
    t = ctx.t
    if study.pairs["score"].isna().all() and len(study.pairs):
        detail = t("consolidation.no_weight")
        show_error(ctx, WeightsError(detail, values={"detail": detail}))
    elif study.pairs.empty:
        empty_state(t("consolidation.no_pairs"), next_step=t("consolidation.no_pairs_next"))
    else:
        return True
    return False


def _body(ctx: Context, study: Study) -> None:
    # The province stands upright; the list needs the room for two names.
    left, right = st.columns([2, 3], gap="medium")
    with right:
        row = show_list(ctx, study)
    with left:
        clicked = show_pairs(ctx, study, row)
    chosen = choose(study, row, clicked)
    pair = study.pairs.iloc[chosen]
    card(ctx, study, chosen)
    robust.card(ctx, pair_ids(study.pairs).iloc[chosen], study.standing, study.rules)
    show_what_if(
        ctx,
        asked_pair(study, pair),
        study.facts,
        study.rules,
        held_outlines(study.base.outlines, study.rules),
        demonstration=study.counted,
        basis=f"{study.version} {study.as_of}".strip(),
    )
