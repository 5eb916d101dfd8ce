"""What one run of the consolidation page rests on: choices of the sidebar, inputs, pairs."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd
import streamlit as st

from analytics.consolidation import candidates as consolidation
from analytics.consolidation.bounds import bounds
from analytics.consolidation.published import published_inputs
from analytics.consolidation.region import facts_in, pairs_in
from analytics.consolidation.terms import TERMS
from domain import boundaries, formats
from domain.rules import RuleSet, load_rules
from views import places
from views.consolidation import robust
from views.consolidation.hosts import admitted_hosts
from views.consolidation.inputs import Base, facts, read_base
from views.consolidation.outlines import held_outlines
from views.consolidation.plan_result import Ground
from views.consolidation.road_choice import choose_roads
from views.consolidation.road_tables import roads_of
from views.consolidation.scored import scored
from views.consolidation.weights import MOST, seed_weights
from views.context import Context


@dataclass(frozen=True)
class Study:
    """What one run of the page shows.

    Attributes:
        pairs: Candidates of the chosen place, best first.
        told: :func:`analytics.consolidation.bounds.bounds` of them.
        linked: Existing links of the chosen place.
        rules: The rules after the sliders.
        base: What the score rests on.
        as_of: The day that is judged.
        drawn: Pairs drawn on the map.
        place: Code of the chosen prefecture; empty for the province.
        standing: How far the ranks of the province depend on the weights.
        counted: Demonstration figures are counted.
        facts: :func:`analytics.consolidation.whatif.figures` of all zones; demonstration figures
            only where they are counted.
    """

    pairs: pd.DataFrame
    told: pd.DataFrame
    linked: pd.DataFrame
    rules: RuleSet
    base: Base
    as_of: dt.date
    drawn: int
    place: str
    standing: robust.Standing
    counted: bool
    facts: pd.DataFrame

    @property
    def inputs(self) -> consolidation.Inputs:
        """What the score rests on, as the analysis takes it."""
        return self.base.inputs

    @property
    def demonstration(self) -> bool:
        """Demonstration figures are shown or counted."""
        return self.base.demonstration

    @property
    def version(self) -> str:
        """What the figures rest on, as it is cited; empty without any."""
        return self.base.cited

    @property
    def outlines(self) -> gpd.GeoDataFrame | None:
        """Outlines of zones; None without any."""
        return self.base.outlines[1] if self.base.outlines else None


def read_study(ctx: Context, as_of: dt.date) -> Study:
    """Draw the sidebar and work out the pairs that its choices lead to.

    Args:
        ctx: The run of the page.
        as_of: The day that is judged.
    """
    rules = load_rules("consolidation", as_of=as_of)
    with st.sidebar:
        place = _place(ctx)
        network = choose_roads(ctx)
    roads = None
    if network is not None:
        with st.spinner(ctx.t("roads.measuring"), show_time=False):
            roads = roads_of(ctx.store, ctx.viewer, network, rules=rules)
    base = read_base(ctx, as_of=as_of, rules=rules, roads=roads)
    with st.sidebar:
        counted = base.demonstration and st.toggle(
            ctx.t("consolidation.filter.demonstration"),
            key="consolidation-demonstration",
            help=ctx.t("consolidation.filter.demonstration_help"),
        )
        if network is not None and network.demonstration and not counted:
            st.caption(ctx.t("roads.not_counted"))
        drawn = st.slider(ctx.t("consolidation.filter.drawn"), 0, 60, 30, key="consolidation-drawn")
        rules = _sliders(ctx, rules)
    lifted = admitted_hosts()
    base = dataclasses.replace(base, inputs=dataclasses.replace(base.inputs, lifted=lifted))
    inputs = base.inputs
    pairs = scored(inputs, as_of=as_of, rules=rules, counted=counted)
    linked = consolidation.links(inputs.zones, inputs.merges)
    standing = robust.standing(pairs, rules, demonstration=counted)
    if place:
        pairs = pairs_in(pairs, place)
        inside = inputs.zones.loc[inputs.zones["prefecture_adcode"] == place, "zone_id"]
        linked = linked[linked["host_id"].isin(inside)]
    return Study(
        pairs=pairs,
        told=bounds(pairs, rules=rules, demonstration=counted),
        linked=linked,
        rules=rules,
        base=base,
        as_of=as_of,
        drawn=drawn,
        place=place,
        standing=standing,
        counted=counted,
        facts=facts(ctx, base, as_of=as_of, counted=counted),
    )


def ground(study: Study) -> Ground:
    """What plans are made from."""
    known = facts_in(study.facts, study.pairs, study.place)
    return Ground(
        study.pairs, known, study.rules, study.inputs.zones, study.linked, study.standing,
        f"{study.version} {study.as_of}".strip(), study.place, study.counted, study.as_of,
        outlines=held_outlines(study.base.outlines, study.rules),
    )  # fmt: skip


def hits(study: Study) -> pd.DataFrame:
    """The check against real cases, with the facts of the reference tables alone."""
    values = tuple((rule.id, rule.value) for rule in study.rules.values())
    return _hits((study.as_of, values), _rules=study.rules)


@st.cache_data(max_entries=8, show_spinner=False)
def _hits(key: tuple[dt.date, tuple[object, ...]], *, _rules: RuleSet) -> pd.DataFrame:
    published = published_inputs()
    rules = consolidation.with_values(_rules, {"CON-ACROSS": 0.0, "CON-VETO": 0.0})
    replayed = scored(published, as_of=key[0], rules=rules, replay=True)
    return consolidation.hit_rate(replayed, published.zones, published.merges, rules=rules)


def pair_ids(pairs: pd.DataFrame) -> pd.Series:
    """``host>absorbed`` of every pair, on their index."""
    return pairs["host_id"] + ">" + pairs["absorbed_id"]


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
        total = formats.number(sum(values.values()), 0)
        st.caption(t("consolidation.filter.total", total=total))
    with st.expander(t("consolidation.filter.limits")):
        # Values by key, so that a saved scenario can be loaded into the sliders.
        st.session_state.setdefault("consolidation-km", int(rules.value("CON-DISTANCE-MAX")))
        st.session_state.setdefault("consolidation-known", rules.value("CON-KNOWN-MIN"))
        lowest = int(rules.value("CON-DISTANCE-FULL")) + 5
        reach = int(rules.value("CON-DISTANCE-REACH"))
        values["CON-DISTANCE-MAX"] = float(
            st.slider(t("consolidation.filter.distance"), lowest, reach, key="consolidation-km")
        )
        values["CON-KNOWN-MIN"] = st.slider(
            t("consolidation.filter.known"),
            0.0,
            1.0,
            step=0.05,
            format="percent",
            key="consolidation-known",
        )
        for name in ("across", "veto"):
            rule, key = f"CON-{name.upper()}", f"consolidation-{name}"
            st.session_state.setdefault(key, bool(rules.value(rule)))
            help_text = t(f"consolidation.filter.{name}_help")
            values[rule] = float(
                st.toggle(t(f"consolidation.filter.{name}"), key=key, help=help_text)
            )
    return consolidation.with_values(rules, values)
