"""Files that pages hand out: made when their button is pressed, tables safe to open."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, TypedDict, Unpack

import pandas as pd
import streamlit as st

from domain.i18n import Translator
from domain.rules import RuleSet
from export.delimited import write_csv
from export.workbook import XLSX, Column, Kind, Sheet, write_workbook
from views.context import Context

BYTES: Final = "application/octet-stream"
"""What a file is handed out as that a browser shall save and never open."""


class Looks(TypedDict, total=False):
    """What a button may look like.

    Attributes:
        type: Weight.
        icon: Material icon in front of the label.
        help: What is shown beside a resting pointer.
        width: As wide as the label, or as the place.
    """

    type: Literal["primary", "secondary", "tertiary"]
    icon: str
    help: str
    width: Literal["content", "stretch"]


def download(
    label: str,
    make: Callable[[], bytes],
    *,
    name: str,
    key: str,
    mime: str = BYTES,
    **looks: Unpack[Looks],
) -> None:
    """Draw the button of one file.

    The file is made when it is asked for. A finished one would be kept for every open page, and the
    page would fetch it, as a trial, whenever its button is drawn.

    Args:
        label: What stands on the button.
        make: Makes the file, in another thread than that of the page. Where it fails the button
            says so.
        name: File name.
        key: Key of the button.
        mime: What the file is handed out as.
        looks: Looks of the button.
    """
    # The stubs of Streamlit know finished files of every type, but only texts that are made.
    options: Any = {"data": make, "mime": mime, "on_click": "ignore", **looks}
    st.download_button(label, file_name=name, key=key, **options)


def download_words(t: Translator) -> None:
    """Hand ``app.css`` what a button says whose file could not be made."""
    # JSON escapes what CSS would end a string at.
    said = json.dumps(t("data.download_failed"), ensure_ascii=False)
    st.html(f"<style>:root {{ --gy-download-failed: {said}; }}</style>")


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
            ("xlsx", workbook, XLSX),
            ("csv", text, "text/csv"),
        ):
            label = ctx.t(f"data.download_{ending}")
            download(label, make, name=f"{name}.{ending}", key=f"{key}-{ending}", mime=mime)


def rule_notes(ctx: Context, rules: RuleSet, used: pd.Series) -> dict[str, str]:
    """The rules that results rest on, by id: title, article, certainty."""
    pick = ctx.t.pick
    return {
        rule.id: f"{pick(rule.title_zh, rule.title_en)} · {pick(rule.article, rule.article_en)} · "
        + ctx.t(f"data.certainty_{rule.status}")
        for rule in (rules[key] for key in sorted(used.unique()))
    }
