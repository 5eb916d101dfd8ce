"""Consolidation: pairs of zones for study, every term of their score in sight."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import pandas as pd
import streamlit as st

from analytics import consolidation, consolidation_card, consolidation_whatif
from analytics.consolidation_published import published_inputs
from analytics.consolidation_terms import TERMS
from domain import boundaries, formats
from domain.rules import RuleSet, load_rules
from export.references import cited
from layers.catalogue import base
from layers.catalogue import consolidation as catalogue
from views import address, data, places
from views import consolidation_robust as robust
from views import consolidation_words as words
from views.consolidation_plan import show_plan
from views.consolidation_plan_result import Ground
from views.consolidation_weights import MOST, seed_weights, show_weights
from views.consolidation_whatif import show_what_if
from views.context import Context
from views.frame import (
    Figure,
    demonstration_ribbon,
    empty_state,
    key_figures,
    section,
    source_line,
    title_line,
)
from views.map_panel import show_map
from views.pages import consolidation_notes as notes

_CHOSEN: Final = "consolidation-chosen"
_SEEN: Final = "consolidation-seen"
VIEW: Final = "consolidation-view"
PAIRS: Final = "pairs"
VIEWS: Final = (PAIRS, "plan", "weights")
_MAP_HEIGHT: Final = 540


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
    study = _study(ctx, as_of, outlines)
    if study.demonstration:
        demonstration_ribbon(ctx)
    if outlines is None:
        st.caption(t("consolidation.no_footprints"))
    hits = _hits(study)
    _key_figures(ctx, study, hits)
    chosen = _choose_view(ctx)
    if chosen == "weights":
        show_weights(ctx, study.rules)
    elif _something(ctx, study):
        if chosen == PAIRS:
            _body(ctx, study)
        else:
            show_plan(ctx, _ground(study))
    notes.show(ctx, study.inputs, study.linked, hits, study.rules)


def _choose_view(ctx: Context) -> str:
    address.seed(VIEW, VIEWS, PAIRS)
    chosen = st.segmented_control(
        ctx.t("conplan.view"),
        VIEWS,
        required=True,
        format_func=lambda name: ctx.t(f"conplan.view_{name}"),
        key=VIEW,
        label_visibility="collapsed",
    )
    address.keep(VIEW, PAIRS)
    return chosen or PAIRS


def _facts(study: Study) -> pd.DataFrame:
    """What is known of every zone; demonstration figures only where they are counted."""
    usable = study.counted or not study.demonstration
    return consolidation_whatif.figures(
        study.inputs, as_of=study.as_of, footprints=study.outlines if usable else None
    )


def _ground(study: Study) -> Ground:
    """What plans are made from."""
    facts = _facts(study)
    if study.place:
        facts = facts[facts["prefecture_adcode"] == study.place]
    return Ground(
        study.pairs, facts, study.rules, study.inputs.zones, study.linked, study.standing,
        f"{study.version} {study.as_of}".strip(), study.place, study.counted,
    )  # fmt: skip


def _study(ctx: Context, as_of: dt.date, outlines: tuple[Any, gpd.GeoDataFrame] | None) -> Study:
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


def _inputs(outlines: tuple[Any, gpd.GeoDataFrame] | None) -> consolidation.Inputs:
    evidence = None
    if outlines is not None:
        version, rows = outlines
        evidence = consolidation_card.evidence(rows, demonstration=version.demonstration)
    return published_inputs(evidence)


def _hits(study: Study) -> pd.DataFrame:
    """The check against real cases, with the facts of the reference tables alone."""
    replayed = consolidation.candidates(
        study.inputs, as_of=study.as_of, rules=study.rules, replay=True
    )
    return consolidation.hit_rate(
        replayed, study.inputs.zones, study.inputs.merges, rules=study.rules
    )


def _key_figures(ctx: Context, study: Study, hits: pd.DataFrame) -> None:
    t, pairs = ctx.t, study.pairs
    ranked = pairs[pairs["enough_known"]]
    first = formats.count(study.rules.value("CON-HIT-K"))
    chance = formats.number(hits["by_chance"].sum(), 1)
    names = ("pairs", "hosts", "absorbed", "links", "hits")
    values = (
        len(ranked),
        pairs["host_id"].nunique(),
        pairs["absorbed_id"].nunique(),
        len(study.linked),
        hits["hit"].sum(),
    )
    units = (
        t("consolidation.unit.pairs"),
        t("consolidation.unit.zones"),
        t("consolidation.unit.zones"),
        t("consolidation.unit.links"),
        t("consolidation.figure.hits_unit", n=len(hits)),
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
        st.warning(t("consolidation.no_weight"))
    elif study.pairs.empty:
        empty_state(t("consolidation.no_pairs"), next_step=t("consolidation.no_pairs_next"))
    else:
        return True
    return False


def _body(ctx: Context, study: Study) -> None:
    left, right = st.columns([3, 2], gap="medium")
    with right:
        row = _table(ctx, study)
    with left:
        clicked = _map(ctx, study, row)
    chosen = _choose(study, row, clicked)
    pair = study.pairs.iloc[chosen]
    notes.card(ctx, pair, study.inputs, study.rules, study.as_of)
    robust.card(ctx, _ids(study.pairs).iloc[chosen], study.standing, study.rules)
    show_what_if(ctx, pair, _facts(study), study.rules, demonstration=study.counted)


def _table(ctx: Context, study: Study) -> int | None:
    """The pairs; returns the position of the selected row."""
    t, pairs = ctx.t, study.pairs
    section(t("consolidation.table.title", n=len(pairs)))
    listed = words.table(ctx, pairs)
    shown = robust.with_columns(ctx, listed, _ids(pairs), study.standing)
    robust.summary(ctx, _ids(pairs), study.standing, study.rules)
    event = st.dataframe(
        shown,
        column_config=words.columns(ctx, listed) | robust.columns(ctx, study.rules),
        hide_index=True,
        height=_MAP_HEIGHT - 90,
        placeholder=formats.MISSING,
        on_select="rerun",
        selection_mode="single-row",
        key="consolidation-table",
    )
    source_line(t("consolidation.table.source"))
    rows = event.selection.rows
    return rows[0] if rows and rows[0] < len(pairs) else None


def _map(ctx: Context, study: Study, row: int | None) -> str:
    """Zones and links; returns the id of the link that was clicked, else empty text.

    A row that was just selected moves the view to its pair.
    """
    drawn = study.pairs[study.pairs["enough_known"]].head(study.drawn)
    zones = study.inputs.zones
    lines = [
        consolidation_card.link_lines(study.linked, zones, link="existing"),
        consolidation_card.link_lines(drawn, zones, link="candidate"),
    ]
    links = gpd.GeoDataFrame(pd.concat(lines, ignore_index=True), crs=zones.crs)
    chosen = _before_click(study, row)
    links["link"] = links["link"].mask(links["id"] == chosen, "selected")
    parts = consolidation_card.zone_parts(drawn, study.linked, zones)
    layers = [
        base.neighbour().bind(boundaries.layer("neighbour")),
        base.province().bind(boundaries.layer("province")),
        base.county().bind(boundaries.layer("county")),
        base.prefecture().bind(boundaries.layer("prefecture")),
        catalogue.candidates_links().bind(links),
        catalogue.candidates_zones().bind(parts),
    ]
    click = show_map(ctx, layers, key="consolidation", height=_MAP_HEIGHT, bounds=_view(study, row))
    st.caption(
        ctx.t(
            "consolidation.legend_position",
            town=formats.number(study.rules.value("CON-POSITION-TOWN"), 0),
            county=formats.number(study.rules.value("CON-POSITION-COUNTY"), 0),
            n=int(drawn["same_point"].sum()),
        )
    )
    return click.feature_id if click and click.layer_id == "consolidation_links" else ""


def _view(study: Study, row: int | None) -> tuple[float, float, float, float] | None:
    """The selected pair, else the chosen prefecture, else the province."""
    if row is not None:
        return consolidation_card.pair_bounds(study.pairs.iloc[row], study.inputs.zones)
    if study.place:
        west, south, east, north = boundaries.geometry_of(study.place).bounds
        return west, south, east, north
    return None


def _before_click(study: Study, row: int | None) -> str:
    """Id of the pair that is open as far as the table tells."""
    seen = st.session_state.get(_SEEN, (None, ""))
    if row is not None and row != seen[0]:
        return str(_ids(study.pairs).iloc[row])
    return str(st.session_state.get(_CHOSEN, ""))


def _ids(pairs: pd.DataFrame) -> pd.Series:
    return pairs["host_id"] + ">" + pairs["absorbed_id"]


def _choose(study: Study, row: int | None, clicked: str) -> int:
    """Position of the pair whose card is open: the last row or line that was selected."""
    keys = _ids(study.pairs)
    seen = st.session_state.get(_SEEN, (None, ""))
    chosen = _before_click(study, row)
    if clicked and clicked != seen[1]:
        chosen = clicked
    st.session_state[_SEEN] = (row, clicked)
    positions = keys.index[keys == chosen]
    position = int(positions[0]) if len(positions) else 0
    st.session_state[_CHOSEN] = keys.iloc[position]
    return position
