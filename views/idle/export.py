"""The worklist as files: all of what the filter asks for, with the notes that say how it came."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from export.idle_ledgers import idle_workbook
from export.references import cited
from export.workbook import XLSX, Kind
from views.context import Context
from views.downloads import download, download_table, rule_notes
from views.idle.filters import in_words
from views.idle.run import IdleRun
from views.idle.worklist import Worklist, list_table


def show_exports(ctx: Context, run: IdleRun, found: Worklist) -> None:
    """Draw the buttons; a file is made when its button is pressed."""
    t = ctx.t

    def table() -> pd.DataFrame:
        return list_table(ctx, run, found.order)

    with st.container(horizontal=True):
        download_table(
            ctx,
            table,
            key="idle-download",
            name=t("idle.file_name", date=run.day.isoformat()),
            kinds=kinds(ctx),
            notes=notes(ctx, run, found),
            demonstration=run.version.demonstration,
        )
        download(
            t("idle.official"),
            partial(official, ctx, run, found),
            name=t("idle.official_file", date=run.day.isoformat()) + ".xlsx",
            key="idle-official",
            mime=XLSX,
            help=t("idle.official_help"),
        )


def kinds(ctx: Context) -> dict[str, Kind]:
    """Kind of the columns of the list that are no texts."""
    t = ctx.t
    return {
        t("idle.col.area", unit=t(f"unit.{ctx.unit}")): "area",
        t("idle.list.due"): "date",
        t("idle.list.days"): "count",
        t("idle.field.start_on"): "date",
    }


def official(ctx: Context, run: IdleRun, found: Worklist) -> bytes:
    """The ledgers of the place as the official forms have them, and the list, as one workbook."""
    ledgers = {
        "batch": run.batches,
        "supply": run.supplies,
        "idle_case": run.cases,
        "supply_batch": run.links,
    }
    made_up = any(frame["demonstration"].any() for frame in ledgers.values() if len(frame))
    return idle_workbook(
        {**ledgers, "worklist": list_table(ctx, run, found.order)},
        t=ctx.t,
        notes=notes(ctx, run, found),
        demonstration=run.version.demonstration or made_up,
        worklist_kinds=kinds(ctx),
    )


def notes(ctx: Context, run: IdleRun, found: Worklist) -> dict[str, str]:
    """How the rows of a file came about: version, day, place, filter, rules."""
    t = ctx.t
    used = run.steps.loc[found.order, "rule"]
    return {
        t("data.note_version"): cited(run.version),
        t("data.note_day"): run.day.isoformat(),
        t("data.note_place"): run.place.name(ctx),
        t("data.note_filter"): in_words(ctx, found.asked) or t("idle.filter.none"),
        t("data.note_area"): t("data.note_area_text"),
        **rule_notes(ctx, run.rules, used[used.isin(list(run.rules))]),
    }
