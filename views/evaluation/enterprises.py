"""Per-mu evaluation of enterprises: classes, the list, and what they add up to in each zone."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Final

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from analytics.evaluation import enterprises
from domain import formats
from domain.permu_schemes import PermuScheme
from export.workbook import Kind
from views import address, tables
from views.context import Context
from views.downloads import download_table
from views.evaluation import words
from views.evaluation.enterprise_card import show_enterprise
from views.evaluation.enterprise_run import Firms, choose_listed, firms_of
from views.evaluation.run import ZONE, Run, enterprise_years
from views.evaluation.scheme import (
    column_config,
    permu_kinds,
    result_columns,
    scheme_line,
    scheme_notes,
    scheme_table,
    value_columns,
)
from views.frame import (
    Figure,
    door,
    empty_state,
    key_figures,
    section,
    source_line,
)
from views.markup import plain

VIEW: Final = "evaluation-firm-view"
VIEWS: Final = ("list", "zones")
FIRM: Final = "evaluation-firm"
_HEIGHT: Final = 430
_VETOES_WIDTH: Final = 130


def show_enterprises(ctx: Context, run: Run, scheme: PermuScheme) -> None:
    """Draw the part for enterprises."""
    t = ctx.t
    with st.spinner(t("evaluation.working")):
        firms = firms_of(ctx, run, scheme)
    if firms is None or firms.here.empty:
        _nothing(ctx, run)
        return
    n = formats.count(len(firms.here))
    section(t("enterprises.heading", n=n), help_text=t("enterprises.help"))
    told = (scheme_line(ctx, scheme), t("enterprises.age", day=firms.day))
    st.caption(plain(t("enterprises.between").join(told)))
    _classes(ctx, scheme, firms)
    switch, *filters = st.columns([6, 6, 6, 3], vertical_alignment="bottom")
    with switch:
        view = address.switch(
            VIEW,
            VIEWS,
            VIEWS[0],
            label=t("enterprises.view"),
            names=lambda name: t(f"enterprises.view_{name}"),
        )
    if view == "zones":
        _zones(ctx, run, scheme, firms)
    else:
        _list(ctx, run, scheme, firms, filters)
    scheme_table(ctx, scheme)


def _nothing(ctx: Context, run: Run) -> None:
    """What to do where no enterprise of the year and the choice is on record."""
    t = ctx.t
    years = enterprise_years(ctx)
    told = t("enterprises.empty", year=run.figures.year, place=words.place_name(ctx, run))
    step = t("enterprises.empty_next")
    if years:
        shown = t("evaluation.joiner").join(map(str, years))
        step = t("enterprises.empty_years", years=shown) + " " + step
    empty_state(told, next_step=step)
    door(ctx, "upload", t("enterprises.to_template"))


def _classes(ctx: Context, scheme: PermuScheme, firms: Firms) -> None:
    """Number, land and tax of each class."""
    t = ctx.t
    table = firms.found.table.loc[firms.here]
    held = enterprises.by_class(firms.units.loc[firms.here], table, scheme)
    cells = []
    for name, row in held.iterrows():
        ranked = name != enterprises.UNRANKED
        shares = t(
            "enterprises.shares",
            land=formats.share(row["land_share"]),
            tax=formats.share(row["tax_share"]),
        )
        before = formats.count(row["before_veto"])
        cells.append(
            Figure(
                t("evaluation.permu.class", name=name)
                if ranked
                else t("evaluation.permu.not_ranked"),
                formats.count(row["enterprises"]),
                unit=t("enterprises.unit"),
                note=shares,
                hint=f"{shares}; {t('enterprises.before_veto', n=before)}" if ranked else shares,
            )
        )
    key_figures(cells)


def _list(
    ctx: Context, run: Run, scheme: PermuScheme, firms: Firms, filters: Sequence[DeltaGenerator]
) -> None:
    t = ctx.t
    left = choose_listed(ctx, run, firms, scheme, filters)
    if left.empty:
        empty_state(t("evaluation.none_left"), next_step=t("evaluation.none_left_next"))
        return
    shown = enterprise_table(ctx, run, scheme, firms, left)
    told = _first_results(ctx)[0]
    columns = column_config(ctx, shown) | {told: st.column_config.TextColumn(width=_VETOES_WIDTH)}
    st.dataframe(
        tables.shown(shown, columns),
        hide_index=True,
        height=_HEIGHT,
        placeholder=formats.MISSING,
        key="evaluation-firms",
        on_select=words.follow("evaluation-firms", [str(key) for key in left], FIRM),
        selection_mode="single-row",
        column_config=columns,
    )
    source_line(t("enterprises.source", n=formats.count(len(left)), year=run.figures.year))
    download_table(
        ctx,
        shown,
        key="evaluation-firms",
        name=t("enterprises.file", year=run.figures.year),
        kinds=permu_kinds(ctx, shown) | {_land_head(ctx): "number"},
        notes=notes(ctx, run, scheme, firms),
        demonstration=firms.demonstration,
    )
    key = address.chosen(FIRM)
    key = key if key in firms.here else ""
    address.write(FIRM, key)
    if key:
        show_enterprise(ctx, run, scheme, firms, key)
    else:
        st.caption(t("enterprises.open"))


def enterprise_table(
    ctx: Context, run: Run, scheme: PermuScheme, firms: Firms, keys: pd.Index
) -> pd.DataFrame:
    """One row an enterprise, as it is shown and exported; land in the chosen unit."""
    t = ctx.t
    units, listed = firms.units.loc[keys], firms.found.table.loc[keys]
    results = result_columns(ctx, scheme, listed)
    first = {name: results.pop(name) for name in _first_results(ctx)}
    out: dict[str, Any] = {
        t("evaluation.col.rank"): listed["rank"],
        t("enterprises.name"): units["name"],
        t("evaluation.col.zone"): words.names_of(ctx, run, pd.Index(units["zone_id"])),
        t("evaluation.col.class"): listed["class"],
        t("evaluation.col.score"): listed["score"],
        **first,
        **value_columns(ctx, scheme, firms.found, keys),
        _land_head(ctx): units["land_m2"].map(lambda m2: formats.in_unit(m2, ctx.unit)),
        t("evaluation.col.known"): listed["known_share"],
        **results,
        t("enterprises.credit_code"): units["credit_code"],
        t("evaluation.col.demonstration"): [
            t("evaluation.yes") if made_up else "" for made_up in units["demonstration"]
        ],
    }
    return pd.DataFrame(out, index=keys)


def _first_results(ctx: Context) -> tuple[str, str]:
    """Results that stand beside the score: what took an enterprise down, or out of the ranking."""
    return ctx.t("evaluation.col.vetoes"), ctx.t("evaluation.col.not_ranked")


def _land_head(ctx: Context) -> str:
    return ctx.t("enterprises.land", unit=ctx.t(f"unit.{ctx.unit}"))


def notes(ctx: Context, run: Run, scheme: PermuScheme, firms: Firms) -> dict[str, str]:
    """How a file of enterprises came about."""
    t = ctx.t
    return {
        **words.notes(ctx, run, scheme_notes(ctx, scheme)),
        t("enterprises.note_age"): firms.day.isoformat(),
        t("enterprises.note_land"): t("enterprises.note_land_text"),
    }


def _zones(ctx: Context, run: Run, scheme: PermuScheme, firms: Firms) -> None:
    t = ctx.t
    found = zone_sums(run, scheme, firms)
    st.caption(t("enterprises.beside"))
    shown = zone_table(ctx, run, scheme, found)
    share = {
        t(f"enterprises.share_{name}"): tables.share_column() for name in ("land_m2", "tax_wan")
    }
    number = st.column_config.NumberColumn(format="accounting")
    floats = [str(c) for c in shown if pd.api.types.is_float_dtype(shown[c].dtype)]
    told = {t("enterprises.told"): st.column_config.TextColumn(width="medium")}
    columns = dict.fromkeys(floats, number) | share | told
    st.dataframe(
        tables.shown(shown, columns),
        hide_index=True,
        height=_HEIGHT,
        placeholder=formats.MISSING,
        key="evaluation-firm-zones",
        on_select=words.follow("evaluation-firm-zones", [str(zone) for zone in found.index]),
        selection_mode="single-row",
        column_config=columns,
    )
    source_line(t("enterprises.source_zones", year=run.figures.year))
    kinds: dict[str, Kind] = dict.fromkeys(floats, "number")
    kinds |= dict.fromkeys(share, "share")
    download_table(
        ctx,
        shown,
        key="evaluation-firm-zones",
        name=t("enterprises.file_zones", year=run.figures.year),
        kinds=kinds,
        notes=notes(ctx, run, scheme, firms),
        demonstration=firms.demonstration or run.demonstration,
    )
    zone = address.chosen(ZONE)
    if zone in found.index:
        st.caption(plain(t("enterprises.zone_chosen", zone=words.zone_name(ctx, run, zone))))


def zone_sums(run: Run, scheme: PermuScheme, firms: Firms) -> pd.DataFrame:
    """Enterprises of the zones of the choice by class, beside the figures of the zones."""
    units, table = firms.units.loc[firms.here], firms.found.table.loc[firms.here]
    return enterprises.by_zone(units, table, scheme, run.figures.figures)


def zone_table(ctx: Context, run: Run, scheme: PermuScheme, found: pd.DataFrame) -> pd.DataFrame:
    """One row a zone, as it is shown and exported; land in the chosen unit."""
    t = ctx.t
    unit = t(f"unit.{ctx.unit}")
    out: dict[str, Any] = {
        t("evaluation.col.zone"): words.names_of(ctx, run, found.index),
        t("enterprises.on_record"): found["enterprises"].astype("int64"),
        **{t("evaluation.permu.class", name=one.name): found[one.name] for one in scheme.classes},
        t("evaluation.permu.not_ranked"): found[enterprises.UNRANKED],
        t("enterprises.share_land_m2"): found["share_land_m2"],
        t("enterprises.share_tax_wan"): found["share_tax_wan"],
        t("enterprises.told"): [_told(ctx, row) for row in found.to_dict("records")],
        t("enterprises.sum_land_m2", unit=unit): _areas(ctx, found["land_m2"]),
        t("enterprises.zone_land_m2", unit=unit): _areas(ctx, found["zone_land_m2"]),
        t("enterprises.sum_tax_wan"): found["tax_wan"],
        t("enterprises.zone_tax_wan"): found["zone_tax_wan"],
        t("enterprises.zone_enterprises"): found["zone_enterprises"].astype("Int64"),
    }
    return pd.DataFrame(out, index=found.index)


def _areas(ctx: Context, areas_m2: pd.Series) -> pd.Series:
    return areas_m2.map(lambda m2: formats.in_unit(m2, ctx.unit))


def _told(ctx: Context, row: Mapping[Hashable, Any]) -> str:
    """Where a sum is more than the figure of the zone, and how many enterprises it lacks."""
    t = ctx.t
    parts = [
        t(f"enterprises.more_{name}") for name in ("land_m2", "tax_wan") if row[f"gap_{name}"] > 0
    ]
    parts += [
        t(f"enterprises.lacking_{name}", n=row[f"lacking_{name}"])
        for name in ("land_m2", "tax_wan")
        if row[f"lacking_{name}"]
    ]
    return t("evaluation.joiner").join(parts)
