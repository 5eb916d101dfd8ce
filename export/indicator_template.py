"""The workbook in which an office fills in the yearly figures of its zones.

One row per zone and one column per figure, headings with units, a definition beside every cell and
a drop-down where only some words will do. There are no formulas in it and none can come from data;
:mod:`ingest.indicators` reads it back.
"""

from __future__ import annotations

import datetime as dt
import io
import math
from dataclasses import dataclass
from typing import Final

import pandas as pd
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from domain import indicators, reference
from domain.i18n import Language, Translator, translator
from domain.indicators import KEY, PRINTED, ZONE_TYPES, Definition, as_printed
from domain.schema import Column
from domain.schemes import IntensityScheme, intensity_scheme
from export.workbook import cell_text
from store import Store, Viewer

_HEAD: Final = 2
"""Row of the headings, from 0: below the title and the guide."""
_FROZEN: Final = 3
"""Columns that stay in sight: code, name, year."""
_TIP_TITLE: Final = 32
_TIP: Final = 255
_WIDTHS: Final = {"zone_id": 24.0, "zone_name": 30.0, "year": 8.0, "leading_industries": 30.0}
_WIDTH: Final = 16.0
_FORMULA_WIDTHS: Final = {"number": 8.0, "indicator": 30.0, "formula": 70.0}
_NUMBER: Final = {"m2": "#,##0.0000", "%": "0.00", "": "General"}
_COLOURS: Final = {
    "identity": "#EDF3F9",
    "land": "#E6F1E6",
    "building": "#FBF1DF",
    "economy": "#F3EAF6",
    "management": "#E9F0F0",
    "rates": "#EFEFEF",
}


@dataclass(frozen=True)
class Formats:
    """Cell formats of the workbook by use."""

    title: Format
    note: Format
    heads: dict[str, Format]
    cells: dict[str, Format]
    wrapped: Format


def template(
    zones: pd.DataFrame,
    *,
    year: int,
    language: Language = "zh_CN",
    known: pd.DataFrame | None = None,
    demonstration: bool = False,
) -> bytes:
    """The workbook with a row for each zone.

    Args:
        zones: n zones with ``zone_id`` and ``name_zh``, in the order of the rows.
        year: Year of the figures.
        language: Language of headings and definitions; both are read back.
        known: Figures that stand already, index ``zone_id`` (unique), any columns of
            :func:`domain.indicators.columns` in stored units; the others stay empty.
        demonstration: The known figures are made up; the title says so.

    Returns:
        The bytes of an XLSX file; the same arguments give the same bytes.
    """
    t, buffer = translator(language), io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
    }
    columns = [c for c in indicators.columns() if c.column != KEY]
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"created": dt.datetime(2000, 1, 1)})  # noqa: DTZ001
        formats = _formats(book)
        page = book.add_worksheet(t("indicators.sheet"))
        title = t("indicators.title", year=year)
        mark = f" · {t('indicators.mark')}" if demonstration else ""
        page.write_string(0, 0, title + mark, formats.title)
        page.write_string(1, 0, t("indicators.guide"), formats.note)
        rows = _rows(zones, columns, year, known)
        for place, column in enumerate(columns):
            _write_column(page, place, column, rows[column.column], formats, t)
        page.freeze_panes(_HEAD + 1, _FROZEN)
        page.set_row(_HEAD, 48)
        _write_definitions(book, columns, formats, t)
        _write_formulas(book, intensity_scheme(), formats, t)
    return buffer.getvalue()


def standing_template(
    store: Store,
    viewer: Viewer,
    *,
    year: int,
    prefecture: str = "",
    language: Language = "zh_CN",
) -> bytes:
    """The workbook with a row for each standing zone of a viewer, filled with what is known.

    Real figures go before invented ones: these are filled in only where the year has no real row,
    and then the title says so.

    Args:
        store: The store.
        viewer: Whose zones and figures.
        year: Year of the figures.
        prefecture: Code of the prefecture; empty for all.
        language: Language of headings and definitions.
    """
    rows = store.ledger("indicators", viewer)
    rows = rows[rows["year"] == year]
    invented = rows["demonstration"].astype(bool)
    made_up = bool(len(rows)) and bool(invented.all())
    known = rows if made_up else rows[~invented]
    zones = reference.zones()
    stands = (zones["status"] == "active") | zones["zone_id"].isin(known["zone_id"])
    visible = zones["prefecture_adcode"].map(viewer.sees).astype(bool)
    chosen = zones[
        stands & visible & (zones["prefecture_adcode"].eq(prefecture) | (not prefecture))
    ]
    return template(
        chosen,
        year=year,
        language=language,
        known=known.set_index("zone_id"),
        demonstration=made_up,
    )


def _formats(book: Workbook) -> Formats:
    head = {"bold": True, "bottom": 1, "text_wrap": True, "valign": "vcenter"}
    return Formats(
        title=book.add_format({"bold": True, "font_size": 14}),
        note=book.add_format({"font_color": "#555555"}),
        heads={
            group: book.add_format({**head, "bg_color": colour})
            for group, colour in _COLOURS.items()
        },
        cells={
            kind: book.add_format({"num_format": number})
            for kind, number in {**_NUMBER, "text": "@", "money": "#,##0.00"}.items()
        },
        wrapped=book.add_format({"text_wrap": True, "valign": "top"}),
    )


def _rows(
    zones: pd.DataFrame, columns: list[Column], year: int, known: pd.DataFrame | None
) -> pd.DataFrame:
    """What is written, in stored units, one row per zone."""
    ids = zones["zone_id"].astype("string")
    figures = pd.DataFrame(index=ids) if known is None else known.reindex(ids)
    names = [column.column for column in columns]
    out = figures.reindex(columns=names).reset_index(drop=True).astype("object")
    out["zone_id"] = ids.to_numpy(dtype=object)
    out["zone_name"] = zones["name_zh"].astype("string").to_numpy(dtype=object)
    out["year"] = float(year)
    return out


def heading(column: Column, t: Translator) -> str:
    """Heading of a column with its unit in brackets."""
    name = t.pick(column.zh, column.en)
    unit = _unit(column, t)
    return f"{name}({unit})" if unit else name


def _unit(column: Column, t: Translator) -> str:
    return t.pick(*PRINTED[column.unit]) if column.unit in PRINTED else ""


def _write_column(
    page: Worksheet,
    place: int,
    column: Column,
    values: pd.Series,
    formats: Formats,
    t: Translator,
) -> None:
    kind = column.unit if column.unit in _NUMBER else "money"
    cells = formats.cells[kind if column.dtype == "float64" else "text"]
    page.set_column(place, place, _WIDTHS.get(column.column, _WIDTH), cells)
    page.write_string(_HEAD, place, heading(column, t), formats.heads[column.group])
    for row, value in enumerate(values.tolist(), start=_HEAD + 1):
        if value is None or pd.isna(value):
            continue
        if column.dtype == "float64":
            if math.isfinite(float(value)):
                page.write_number(row, place, as_printed(column.unit, float(value)), cells)
        else:
            page.write_string(row, place, cell_text(_word(column, value, t)), cells)
    first, last = _HEAD + 1, max(_HEAD + len(values), _HEAD + 1)
    page.data_validation(first, place, last, place, _validation(column, t))


def _word(column: Column, value: object, t: Translator) -> str:
    if column.dtype == "bool":
        return t("indicators.yes") if value else t("indicators.no")
    if column.column == "zone_type" and value in ZONE_TYPES:
        return ZONE_TYPES[str(value)][0]
    return str(value)


def choices(column: Column, t: Translator) -> list[str]:
    """Words that a column may hold; empty where any will do."""
    if column.dtype == "bool":
        return [t("indicators.yes"), t("indicators.no")]
    if column.column == "zone_type":
        return [zh for zh, _ in ZONE_TYPES.values()]
    return []


def _validation(column: Column, t: Translator) -> dict[str, object]:
    """What the cells of a column accept, and what is said beside them."""
    meaning = indicators.definitions()[column.column]
    name = t.pick(column.zh, column.en)
    about = t.pick(meaning.definition_zh, meaning.definition_en)
    rule: dict[str, object] = {
        "input_title": name[:_TIP_TITLE],
        "input_message": about[:_TIP],
        "error_title": t("indicators.stop")[:_TIP_TITLE],
        "ignore_blank": True,
    }
    words = choices(column, t)
    if words:
        return rule | {"validate": "list", "source": words, "error_message": t("indicators.choice")}
    if column.dtype != "float64":
        return rule | {"validate": "any"}
    message = t.pick("；", "; ").join([t("indicators.number"), *_limits(meaning, t)])
    rule |= {"validate": "integer" if meaning.whole else "decimal", "error_message": message}
    if meaning.minimum is not None and meaning.maximum is not None:
        between = {"minimum": meaning.minimum, "maximum": meaning.maximum}
        return rule | {"criteria": "between"} | between
    least = meaning.minimum if meaning.minimum is not None else -1e15
    return rule | {"criteria": ">=", "value": least}


def _limits(meaning: Definition, t: Translator) -> list[str]:
    """Limits of a figure in words."""
    out: list[str] = []
    if meaning.minimum is not None:
        out.append(t("indicators.least", limit=meaning.minimum))
    if meaning.maximum is not None:
        out.append(t("indicators.most", limit=meaning.maximum))
    if meaning.whole:
        out.append(t("indicators.whole"))
    if meaning.part_of:
        whole = next(c for c in indicators.columns() if c.column == meaning.part_of)
        name = t.pick(whole.zh, whole.en)
        out.append(t("indicators.part", whole=name))
    return out


def _write_definitions(
    book: Workbook, columns: list[Column], formats: Formats, t: Translator
) -> None:
    """The second sheet: every figure with unit, meaning, limits and certainty."""
    page = book.add_worksheet(t("indicators.definitions"))
    heads = ("column", "unit", "definition", "limits", "code", "confidence")
    for place, (head, width) in enumerate(zip(heads, (34, 12, 60, 40, 12, 12), strict=True)):
        page.write_string(0, place, t(f"indicators.{head}"), formats.heads["identity"])
        page.set_column(place, place, width)
    for row, column in enumerate(columns, start=1):
        meaning = indicators.definitions()[column.column]
        limits = _limits(meaning, t)
        limits += [t("indicators.words")] if choices(column, t) else []
        cells = (
            t.pick(column.zh, column.en),
            _unit(column, t),
            t.pick(meaning.definition_zh, meaning.definition_en),
            t.pick("；", "; ").join(limits),
            column.code,
            t(f"indicators.{meaning.confidence}"),
        )
        for place, text in enumerate(cells):
            page.write_string(row, place, text, formats.wrapped)
    page.freeze_panes(1, 1)


def _write_formulas(
    book: Workbook, scheme: IntensityScheme, formats: Formats, t: Translator
) -> None:
    """The third sheet: what the figures are used for, with formulas in words and ideal values."""
    page = book.add_worksheet(t("indicators.formulas"))
    heads = ("number", "indicator", "formula", "formula_status", *ZONE_TYPES, "ideal_status")
    for place, head in enumerate(heads):
        page.write_string(0, place, t(f"indicators.{head}"), formats.heads["identity"])
        page.set_column(place, place, _FORMULA_WIDTHS.get(head, _WIDTH))
    for row, one in enumerate(scheme.indicator, start=1):
        scored = bool(one.ideal) or one.zero_at is not None
        texts = {
            0: one.id,
            1: t.pick(one.title_zh, one.title_en),
            2: t.pick(one.formula_zh, one.formula_en),
            3: t(f"indicators.{one.status}"),
            6: t(f"indicators.{one.ideal_status}") if scored else t("indicators.not_scored"),
        }
        for place, text in texts.items():
            page.write_string(row, place, text, formats.wrapped)
        for place, kind in enumerate(ZONE_TYPES, start=4):
            ideals: dict[str, float] = {str(name): value for name, value in one.ideal.items()}
            ideal = 0.0 if one.zero_at is not None else ideals.get(kind)
            if ideal is not None:
                page.write_number(row, place, ideal, formats.cells[""])
    page.freeze_panes(1, 2)
