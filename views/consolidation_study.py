"""What one run of the consolidation page rests on: choices of the sidebar, inputs, pairs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd
import streamlit as st

from analytics import consolidation, consolidation_card, consolidation_whatif
from analytics.consolidation_published import published_inputs
from analytics.consolidation_terms import TERMS
from domain import boundaries
from domain.rules import RuleSet, load_rules
from export.references import cited
from views import consolidation_robust as robust
from views import places
from views.consolidation_plan_result import Ground
from views.consolidation_weights import MOST, seed_weights
from views.context import Context


@dataclass(frozen=True)
class Study:
    """What one run of the page shows.

    Attributes:
        pairs: Candidates of the chosen place, best first.
        linked: Existing links of the chosen place.
        rules: The rules after the sliders.
        inputs: What the score rests on.
        as_of: The day that is judged.
        drawn: Pairs drawn on the map.
        demonstration: Demonstration figures are shown or counted.
        place: Code of the chosen prefecture; empty for the province.
        standing: How far the ranks of the province depend on the weights.
        version: What the evaluation figures rest on; empty without any.
        counted: Demonstration figures are counted.
        outlines: Evaluation figures of zones; None without any.
    """

    pairs: pd.DataFrame
    linked: pd.DataFrame
    rules: RuleSet
    inputs: consolidation.Inputs
    as_of: dt.date
    drawn: int
    demonstration: bool
    place: str
    standing: robust.Standing
    version: str
    counted: bool
    outlines: gpd.GeoDataFrame | None


def read_study(
    ctx: Context, as_of: dt.date, outlines: tuple[Any, gpd.GeoDataFrame] | None
) -> Study:
    """Draw the sidebar and work out the pairs that its choices lead to.

    Args:
        ctx: The run of the page.
        as_of: The day that is judged.
        outlines: Newest outlines of zones with their version; None without any.
    """
    made_up = bool(outlines and outlines[0].demonstration)
    rules = load_rules("consolidation", as_of=as_of)
    with st.sidebar:
        place = _place(ctx)
        counted = made_up and st.toggle(
            ctx.t("consolidation.filter.demonstration"),
            key="consolidation-demonstration",
            help=ctx.t("consolidation.filter.demonstration_help"),
        )
        drawn = st.slider(ctx.t("consolidation.filter.drawn"), 0, 60, 30, key="consolidation-drawn")
        rules = _sliders(ctx, rules)
    inputs = _inputs(outlines)
    pairs = consolidation.candidates(inputs, as_of=as_of, rules=rules, demonstration=counted)
    linked = consolidation.links(inputs.zones, inputs.merges)
    version = cited(outlines[0]) if outlines else ""
    standing = robust.standing(pairs, rules, demonstration=counted, key=f"{version} {as_of}")
    if place:
        pairs = pairs[pairs["host_prefecture_adcode"] == place].reset_index(drop=True)
        inside = inputs.zones.loc[inputs.zones["prefecture_adcode"] == place, "zone_id"]
        linked = linked[linked["host_id"].isin(inside)]
    rows = outlines[1] if outlines else None
    return Study(
        pairs, linked, rules, inputs, as_of, drawn, made_up, place, standing, version, counted, rows
    )


def facts(study: Study) -> pd.DataFrame:
    """What is known of every zone; demonstration figures only where they are counted."""
    usable = study.counted or not study.demonstration
    return consolidation_whatif.figures(
        study.inputs, as_of=study.as_of, footprints=study.outlines if usable else None
    )


def ground(study: Study) -> Ground:
    """What plans are made from."""
    known = facts(study)
    if study.place:
        known = known[known["prefecture_adcode"] == study.place]
    return Ground(
        study.pairs, known, study.rules, study.inputs.zones, study.linked, study.standing,
        f"{study.version} {study.as_of}".strip(), study.place, study.counted,
    )  # fmt: skip


def hits(study: Study) -> pd.DataFrame:
    """The check against real cases, with the facts of the reference tables alone."""
    replayed = consolidation.candidates(
        study.inputs, as_of=study.as_of, rules=study.rules, replay=True
    )
    return consolidation.hit_rate(
        replayed, study.inputs.zones, study.inputs.merges, rules=study.rules
    )


def pair_ids(pairs: pd.DataFrame) -> pd.Series:
    """``host>absorbed`` of every pair, on their index."""
    return pairs["host_id"] + ">" + pairs["absorbed_id"]


def _inputs(outlines: tuple[Any, gpd.GeoDataFrame] | None) -> consolidation.Inputs:
    evidence = None
    if outlines is not None:
        version, rows = outlines
        evidence = consolidation_card.evidence(rows, demonstration=version.demonstration)
    return published_inputs(evidence)


def _place(ctx: Context) -> str:
    names = places.unit_names(ctx, "prefecture_adcode")
    codes = ["", *boundaries.layer("prefecture")["adcode"]]
    chosen = st.selectbox(
        ctx.t("consolidation.filter.prefecture"),
        codes,
        format_func=lambda c: names[c] if c else ctx.t("consolidation.filter.all"),
        key="consolidation-prefecture",
    )
    return chosen or ""


def _sliders(ctx: Context, rules: RuleSet) -> RuleSet:
    """The rules with the values that the sliders show."""
    t, values = ctx.t, {}
    seed_weights(rules)
    with st.expander(t("consolidation.filter.weights")):
        for term in TERMS:
            rule = f"CON-W-{term.upper()}"
            values[rule] = float(
                st.slider(
                    t(f"consolidation.term.{term}"),
                    0,
                    MOST,
                    key=f"consolidation-w-{term}",
                )
            )
    with st.expander(t("consolidation.filter.limits")):
        limit = int(rules.value("CON-DISTANCE-MAX"))
        lowest = int(rules.value("CON-DISTANCE-FULL")) + 5
        values["CON-DISTANCE-MAX"] = float(
            st.slider(t("consolidation.filter.distance"), lowest, 80, limit, key="consolidation-km")
        )
        values["CON-KNOWN-MIN"] = st.slider(
            t("consolidation.filter.known"),
            0.0,
            1.0,
            rules.value("CON-KNOWN-MIN"),
            step=0.05,
            format="percent",
            key="consolidation-known",
        )
    return consolidation.with_values(rules, values)
