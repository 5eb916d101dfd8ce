"""Tables of the land pages as files: made when the button is pressed, safe to open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from domain.rules import RuleSet
from export.delimited import write_csv
from export.workbook import Column, Kind, Sheet, write_workbook
from views.context import Context


def download_table(
    ctx: Context,
    table: pd.DataFrame | Callable[[], pd.DataFrame],
    *,
    key: str,
    name: str,
    kinds: Mapping[str, Kind],
    notes: Mapping[str, str],
    demonstration: bool,
) -> None:
    """Draw the buttons for XLSX and CSV.

    Args:
        ctx: The run.
        table: Columns named as they are printed; n rows. Or what makes it when it is asked for.
        key: Key of the buttons.
        name: File name without its ending, and name of the sheet.
        kinds: Kind of the columns that are no texts.
        notes: Provenance, written to the last sheet of the workbook.
        demonstration: The rows are made up; both files say so.
    """
    mark = ctx.t("frame.demonstration") if demonstration else ""

    def rows() -> pd.DataFrame:
        return table() if callable(table) else table

    def workbook() -> bytes:
        made = rows()
        columns = tuple(
            Column(str(label), str(label), kinds.get(str(label), "text")) for label in made
        )
        sheet = Sheet(name, made, columns, demonstration=demonstration)
        return write_workbook([sheet], notes=notes, notes_name=ctx.t("data.notes_name"), mark=mark)

    def text() -> bytes:
        return write_csv(rows(), kinds=kinds, mark=mark)

    with st.container(horizontal=True, width="content"):
        for ending, make, mime in (
            ("xlsx", workbook, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            ("csv", text, "text/csv"),
        ):
            options: Any = {"data": make, "mime": mime}
            st.download_button(
                ctx.t(f"data.download_{ending}"),
                file_name=f"{name}.{ending}",
                key=f"{key}-{ending}",
                on_click="ignore",
                **options,
            )


def rule_notes(ctx: Context, rules: RuleSet, used: pd.Series) -> dict[str, str]:
    """The rules that results rest on, by id: title, article, certainty."""
    pick = ctx.t.pick
    return {
        rule.id: f"{pick(rule.title_zh, rule.title_en)} · {pick(rule.article, rule.article_en)} · "
        + ctx.t(f"data.certainty_{rule.status}")
        for rule in (rules[key] for key in sorted(used.unique()))
    }
