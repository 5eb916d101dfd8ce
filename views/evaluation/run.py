"""What one run of the evaluation page is about: zones, year, type, day; chosen in the sidebar."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import pandas as pd
import streamlit as st

from analytics.evaluation import enterprises, intensity_score, zone_rates
from analytics.evaluation import zone_figures as zone_figures_of
from analytics.evaluation.zone_figures import ZoneFigures
from domain import boundaries
from domain.indicators import ZONE_TYPES
from domain.rules import RuleSet, load_rules
from domain.schemes import intensity_scheme
from store import Version
from views import address, data, places
from views.context import Context
from views.kept_ledgers import kept_ledger
from views.zone_figures import Known, zone_figures, zones_of

YEAR: Final = "evaluation-year"
TYPE: Final = "evaluation-type"
PREFECTURE: Final = "prefecture"
OLDER: Final = "evaluation-older"
ZONE: Final = "evaluation-zone"

_STANDING: Final = "active"


@dataclass(frozen=True)
class Intensity:
    """Intensity of zones.

    Attributes:
        table: :func:`analytics.evaluation.intensity_score.indicators`.
        scores: :func:`analytics.evaluation.intensity_score.scores`.
        rates: :func:`analytics.evaluation.zone_rates.checked`.
    """

    table: pd.DataFrame = field(repr=False)
    scores: pd.DataFrame = field(repr=False)
    rates: pd.DataFrame = field(repr=False)


@dataclass(frozen=True)
class Run:
    """What the page shows.

    Attributes:
        known: What is known of all zones that are the viewer's.
        zones: Zones of the choice (reference table, index ``zone_id``): those that stand, and
            those of which something is known.
        everything: The same of all prefectures.
        version: Version of parcels; None where the store holds none.
        day: Day that is judged.
        place: Code of the prefecture; empty for the province.
        zone_type: Type that is asked for; empty for all.
        rules: The rules ``intensity``.
        older: Older rows stand in for missing ones.
    """

    known: Known
    zones: pd.DataFrame = field(repr=False)
    everything: pd.DataFrame = field(repr=False)
    version: Version | None
    day: dt.date
    place: str
    zone_type: str
    rules: RuleSet
    older: bool

    @property
    def figures(self) -> ZoneFigures:
        """The figures of all zones."""
        return self.known.figures

    @cached_property
    def intensity(self) -> Intensity:
        """Intensity of all zones, ranked over all of them; worked out once a run."""
        scheme = intensity_scheme()
        inputs = zone_figures_of.inputs(self.figures).loc[self.everything.index]
        table = intensity_score.indicators(inputs, scheme, rules=self.rules)
        scores = intensity_score.scores(table, scheme, rules=self.rules)
        return Intensity(table, scores, zone_rates.checked(self.figures, rules=self.rules))

    @cached_property
    def listed(self) -> pd.Index:
        """Zones of the choice that are of the type asked for, stated or by share."""
        if not self.zone_type:
            return self.zones.index
        kinds = self.intensity.scores["zone_type"].reindex(self.zones.index)
        return self.zones.index[(kinds == self.zone_type).fillna(value=False).astype("bool")]

    @property
    def nothing_known(self) -> bool:
        """No figure is known of any zone."""
        return bool(self.figures.figures.isna().to_numpy().all())

    @property
    def demonstration(self) -> bool:
        """A figure of a zone of the choice is made up."""
        made_up = self.figures.facts["demonstration"]
        return bool(made_up.reindex(self.zones.index).any())


def chosen_run(ctx: Context) -> Run:
    """Draw the choices of the sidebar and read what they ask for."""
    version = data.choose_version(ctx)
    day = data.choose_day(ctx, version)
    with st.spinner(ctx.t("evaluation.working")):
        newest = zone_figures(ctx, as_of=day, version=version)
    year = _choose_year(ctx, newest, day)
    older = _choose_older(ctx)
    known = zone_figures(ctx, as_of=day, year=year, version=version, older=older)
    place = _choose_prefecture(ctx)
    zone_type = _choose_type(ctx)
    return run_of(ctx, known, version, day, place, zone_type, older=older)


def run_of(
    ctx: Context,
    known: Known,
    version: Version | None,
    day: dt.date,
    place: str = "",
    zone_type: str = "",
    *,
    older: bool = False,
) -> Run:
    """What is shown of what is known; see :class:`Run`."""
    everything = _listed(zones_of(ctx), known.figures)
    here = everything if not place else everything[everything["prefecture_adcode"] == place]
    rules = load_rules("intensity", as_of=day)
    return Run(known, here, everything, version, day, place, zone_type, rules, older)


def _listed(zones: pd.DataFrame, figures: ZoneFigures) -> pd.DataFrame:
    """Zones that stand, and others of which something is known."""
    told = figures.figures.notna().any(axis=1).reindex(zones.index, fill_value=False)
    return zones[(zones["status"] == _STANDING) | told]


def enterprise_years(ctx: Context) -> tuple[int, ...]:
    """Years of which the viewer has rows of enterprises, the newest first."""
    return enterprises.years(kept_ledger(ctx.store, "enterprises", ctx.viewer)[1])


def _choose_year(ctx: Context, newest: Known, day: dt.date) -> int:
    """The newest year of zones opens the page; where nothing is known of them, of enterprises."""
    told = [year for year in enterprise_years(ctx) if year <= day.year]
    bare = bool(newest.figures.figures.isna().to_numpy().all())
    opening = str(told[0] if bare and told else newest.figures.year)
    years = sorted({*newest.years, newest.figures.year, *told}, reverse=True)
    codes = [str(year) for year in years]
    address.seed(YEAR, codes, opening)
    with st.sidebar:
        chosen = st.selectbox(
            ctx.t("evaluation.year"), codes, key=YEAR, help=ctx.t("evaluation.year_help")
        )
    address.keep(YEAR, opening)
    return int(chosen or opening)


def _choose_older(ctx: Context) -> bool:
    if OLDER not in st.session_state:
        st.session_state[OLDER] = address.chosen(OLDER) == "1"
    with st.sidebar:
        older = st.toggle(ctx.t("evaluation.older"), key=OLDER, help=ctx.t("evaluation.older_help"))
    address.write(OLDER, "1" if older else "", "")
    return older


def _choose_prefecture(ctx: Context) -> str:
    names = places.unit_names(ctx, "prefecture_adcode")
    mine = [code for code in boundaries.layer("prefecture")["adcode"] if ctx.viewer.sees(code)]
    codes = ["", *map(str, mine)]
    address.seed(PREFECTURE, codes, "")
    with st.sidebar:
        chosen = st.selectbox(
            ctx.t("data.prefecture"),
            codes,
            format_func=lambda code: names[code] if code else ctx.t("data.all_prefecture"),
            key=PREFECTURE,
            persist_state="session",
        )
    address.keep(PREFECTURE, "")
    return chosen or ""


def _choose_type(ctx: Context) -> str:
    codes = ["", *ZONE_TYPES]
    address.seed(TYPE, codes, "")
    with st.sidebar:
        chosen = st.selectbox(
            ctx.t("evaluation.type"),
            codes,
            format_func=lambda code: (
                ctx.t.pick(*ZONE_TYPES[code]) if code else ctx.t("evaluation.type_all")
            ),
            key=TYPE,
            help=ctx.t("evaluation.type_help"),
        )
    address.keep(TYPE, "")
    return chosen or ""
