"""The worklist as files: all of what the filter asks for, with the notes that say how it came."""

from __future__ import annotations

import pandas as pd

from export.references import cited
from views.context import Context
from views.downloads import download_table, rule_notes
from views.idle.filters import in_words
from views.idle.run import IdleRun
from views.idle.worklist import Worklist, list_table


def show_exports(ctx: Context, run: IdleRun, found: Worklist) -> None:
    """Draw the buttons; a file is made when its button is pressed."""
    t = ctx.t

    def table() -> pd.DataFrame:
        return list_table(ctx, run, found.order)

    download_table(
        ctx,
        table,
        key="idle-download",
        name=t("idle.file_name", date=run.day.isoformat()),
        kinds={
            t("idle.col.area", unit=t(f"unit.{ctx.unit}")): "area",
            t("idle.list.due"): "date",
            t("idle.list.days"): "count",
            t("idle.field.start_on"): "date",
        },
        notes=notes(ctx, run, found),
        demonstration=run.version.demonstration,
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
