"""A comparison of scenarios as a workbook: what stands on the page, with figures as figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pandas as pd

from domain.i18n import Translator
from export.docx_parts import clean
from export.workbook import Column, Kind, Sheet, write_workbook

TABLES: Final = ("measures", "pairs", "choices", "basis")


def comparison_workbook(
    tables: Mapping[str, pd.DataFrame],
    names: tuple[str, ...],
    t: Translator,
    *,
    notes: Mapping[str, str],
    demonstration: bool,
) -> bytes:
    """Write a comparison as XLSX; see :func:`export.workbook.write_workbook`.

    Args:
        tables: By :data:`TABLES`; columns 0, 1 ... are the scenarios.
        names: Their names.
        t: Texts in the language of the file.
        notes: What else is said, by heading.
        demonstration: Made-up figures are among it.
    """
    sheets = []
    for name in TABLES:
        frame = tables[name]
        columns = tuple(_column(frame, column, names, t) for column in frame)
        shown = frame.set_axis([str(c) for c in frame], axis=1)
        title = t(f"scenario.sheet.compare_{name}")
        sheets.append(Sheet(title, shown, columns, demonstration=demonstration))
    heads = {t(f"scenario.letter.{i}"): clean(name) for i, name in enumerate(names)}
    return write_workbook(
        sheets,
        notes={**heads, **notes},
        notes_name=t("data.notes_name"),
        mark=t("scenario.annex.demonstration"),
    )


def _column(frame: pd.DataFrame, column: object, names: tuple[str, ...], t: Translator) -> Column:
    kind: Kind = "number" if pd.api.types.is_numeric_dtype(frame[column].dtype) else "text"
    if isinstance(column, int):
        head = f"{t(f'scenario.letter.{column}')} {clean(names[column])}"
        return Column(str(column), head, kind)
    return Column(str(column), t(f"scenario.col.{column}"), kind)
