"""Enterprises that a viewer may see, evaluated by a scheme, and what is listed of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from analytics.evaluation import enterprises, permu
from analytics.evaluation.permu import Evaluation
from domain.permu_schemes import PermuScheme
from views import address
from views.context import Context
from views.evaluation import words
from views.evaluation.run import ZONE, Run
from views.kept_ledgers import kept_ledger

SEARCH: Final = "evaluation-search"
CLASS: Final = "evaluation-class"
_KEPT: Final = 6

Key = tuple[object, ...]


@dataclass(frozen=True)
class Firms:
    """Enterprises of the year of the page.

    Attributes:
        units: All that the viewer may see (:func:`analytics.evaluation.enterprises.units`).
        found: Their evaluation, ranked over all of them.
        here: Keys of those in the zones of the choice, by rank.
        years: Years of which there are rows, the newest first.
        day: Day on which the age of an enterprise is counted: the last of the year.
    """

    units: pd.DataFrame = field(repr=False)
    found: Evaluation = field(repr=False)
    here: pd.Index = field(repr=False)
    years: tuple[int, ...]
    day: dt.date

    @property
    def demonstration(self) -> bool:
        """An enterprise of the choice is made up."""
        return bool(self.units.loc[self.here, "demonstration"].any())


def firms_of(ctx: Context, run: Run, scheme: PermuScheme) -> Firms | None:
    """Enterprises of the year of the page; None where there are none."""
    mark, rows = kept_ledger(ctx.store, "enterprises", ctx.viewer)
    year, scope = run.figures.year, ctx.viewer.prefectures
    years = enterprises.years(rows)
    if year not in years:
        return None
    key = (str(ctx.store.root), mark, year, tuple(sorted(scope)) if scope is not None else None)
    units, found = _evaluated((*key, scheme.id), _rows=rows, _scheme=scheme)
    here = units["zone_id"].isin(run.listed)
    table = found.table[here].sort_values(["rank", "score"], ascending=[True, False])
    return Firms(units, found, table.index, years, _last_day(year))


@st.cache_resource(max_entries=_KEPT, show_spinner=False)
def _evaluated(
    key: Key, *, _rows: pd.DataFrame, _scheme: PermuScheme
) -> tuple[pd.DataFrame, Evaluation]:
    year = int(str(key[2]))
    units = enterprises.units(_rows, year)
    return units, permu.evaluate(units, _scheme, as_of=_last_day(year))


def _last_day(year: int) -> dt.date:
    return dt.date(year, 12, 31)


def choose_listed(
    ctx: Context, run: Run, firms: Firms, scheme: PermuScheme, places: Sequence[DeltaGenerator]
) -> pd.Index:
    """Draw the three filters of the list, each in its place.

    Returns:
        The keys of the enterprises that are left, by rank.
    """
    one, two, three = places
    with one:
        text = _search(ctx)
    with two:
        zone = _zone(ctx, run, firms)
    with three:
        name = _class(ctx, scheme)
    table, units = firms.found.table.loc[firms.here], firms.units.loc[firms.here]
    return table.index[matches(units, table, text=text, zone=zone, name=name)]


def matches(
    units: pd.DataFrame, table: pd.DataFrame, *, text: str = "", zone: str = "", name: str = ""
) -> pd.Series:
    """Which enterprises a choice leaves.

    Args:
        units: Rows of :func:`analytics.evaluation.enterprises.units`.
        table: Their evaluation, same index.
        text: Part of a name or a credit code; empty for all.
        zone: Id of a zone; empty for all.
        name: A class, or :data:`analytics.evaluation.enterprises.UNRANKED`; empty for all.
    """
    left = pd.Series(data=True, index=units.index)
    if text:
        both = units["name"].astype("string").fillna("") + "\n" + units["credit_code"]
        left &= both.str.contains(text.strip(), case=False, regex=False).fillna(value=False)
    if zone:
        left &= (units["zone_id"] == zone).fillna(value=False)
    if name:
        placed = table["class"].astype("string").fillna(enterprises.UNRANKED)
        left &= placed == name
    return left.astype(bool)


def _search(ctx: Context) -> str:
    if SEARCH not in st.session_state:
        st.session_state[SEARCH] = address.chosen(SEARCH)
    text = st.text_input(
        ctx.t("enterprises.search"),
        key=SEARCH,
        placeholder=ctx.t("enterprises.search_hint"),
        max_chars=60,
    )
    address.write(SEARCH, text or "", "")
    return text or ""


def _zone(ctx: Context, run: Run, firms: Firms) -> str:
    counts = firms.units.loc[firms.here, "zone_id"].value_counts()
    codes = ["", *(str(zone) for zone in run.listed if zone in counts.index)]
    address.seed(ZONE, codes, "")
    chosen = st.selectbox(
        ctx.t("enterprises.zone"),
        codes,
        format_func=lambda code: (
            f"{words.zone_name(ctx, run, code)} · {counts[code]}"
            if code
            else ctx.t("enterprises.zone_all")
        ),
        key=ZONE,
    )
    address.keep(ZONE, "")
    return chosen or ""


def _class(ctx: Context, scheme: PermuScheme) -> str:
    t = ctx.t
    names = {one.name: t("evaluation.permu.class", name=one.name) for one in scheme.classes}
    names |= {
        "": t("enterprises.class_all"),
        enterprises.UNRANKED: t("evaluation.permu.not_ranked"),
    }
    codes = ["", *(one.name for one in scheme.classes), enterprises.UNRANKED]
    address.seed(CLASS, codes, "")
    chosen = st.selectbox(
        t("evaluation.col.class"), codes, format_func=names.__getitem__, key=CLASS
    )
    address.keep(CLASS, "")
    return chosen or ""
