"""The workbook in which an office fills in yearly figures of its zones or its enterprises.

One row per zone or enterprise and one column per figure, headings with units, a definition beside
every cell and a drop-down where only some words will do. There are no formulas in it and none can
come from data; :mod:`ingest.indicators` reads it back.
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
from domain.indicators import KEY, WORDS, Definition, as_printed, printed_unit
from domain.schema import Column, YearlyKind
from export.indicator_formulas import write_formulas
from export.workbook import cell_text
from store import Store, Viewer

_HEAD: Final = 2
"""Row of the headings, from 0: below the title and the guide."""
_FROZEN: Final = 3
"""Columns that stay in sight: code, name, year."""
_SPARE: Final = 300
"""Empty rows below those of known enterprises that have limits and drop-downs as well."""
_TIP_TITLE: Final = 32
_TIP: Final = 255
_WIDTHS: Final = {
    "zone_id": 24.0,
    "zone_name": 30.0,
    "year": 8.0,
    "leading_industries": 30.0,
    "credit_code": 24.0,
    "name": 30.0,
}
_WIDTH: Final = 16.0
_NUMBER: Final = {"m2": "#,##0.0000", "%": "0.00", "": "General"}
_DATE: Final = "yyyy-mm-dd"
_FIRST_DAY: Final = dt.date(1949, 10, 1)
_CARRIED: Final = (
    "credit_code",
    "name",
    "zone_id",
    "zone_name",
    "industry_code",
    "kind",
    "started_on",
)
"""What an enterprise keeps from year to year; everything else is filled in anew."""
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
    rows = _rows(zones, year, known)
    return _workbook("indicators", rows, year, language, demonstration=demonstration)


def enterprise_template(
    known: pd.DataFrame,
    *,
    year: int,
    language: Language = "zh_CN",
    demonstration: bool = False,
) -> bytes:
    """The workbook with a row for each enterprise that is known, and room below for more.

    Args:
        known: n enterprises of any year with columns of the ledger ``enterprises`` in stored units,
            in the order of the rows; those of another year keep only who and where they are.
        year: Year of the figures.
        language: Language of headings and definitions; both are read back.
        demonstration: The known figures are made up; the title says so.

    Returns:
        The bytes of an XLSX file; the same arguments give the same bytes.
    """
    names = [c.column for c in indicators.columns("enterprises") if c.column != KEY]
    rows = known.reindex(columns=names).reset_index(drop=True).astype("object")
    other = (rows["year"] != year).to_numpy(dtype=bool)
    rows.loc[other, [name for name in names if name not in _CARRIED]] = None
    rows["year"] = float(year)
    return _workbook("enterprises", rows, year, language, demonstration=demonstration)


def _workbook(
    kind: YearlyKind,
    rows: pd.DataFrame,
    year: int,
    language: Language,
    *,
    demonstration: bool,
) -> bytes:
    """Three sheets: what is filled in, what each figure means, what the figures are used for."""
    t, buffer = translator(language), io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
    }
    columns = [c for c in indicators.columns(kind) if c.column != KEY]
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"created": dt.datetime(2000, 1, 1)})  # noqa: DTZ001
        formats = _formats(book)
        page = book.add_worksheet(t("indicators.sheet"))
        title = t(f"{kind}.title", year=year)
        mark = f" · {t('indicators.mark')}" if demonstration else ""
        page.write_string(0, 0, title + mark, formats.title)
        page.write_string(1, 0, t(f"{kind}.guide"), formats.note)
        for place, column in enumerate(columns):
            _write_column(page, place, column, rows[column.column], formats, kind, t)
        page.freeze_panes(_HEAD + 1, _FROZEN)
        page.set_row(_HEAD, 48)
        _write_definitions(book, columns, formats, kind, t)
        write_formulas(book, kind, formats.heads["identity"], formats.wrapped, t)
    return buffer.getvalue()


def standing_template(
    store: Store,
    viewer: Viewer,
    *,
    year: int,
    prefecture: str = "",
    language: Language = "zh_CN",
    kind: YearlyKind = "indicators",
) -> bytes:
    """The workbook of a viewer, filled with what is known.

    That of zones has a row for each standing zone, that of enterprises one for each that is on
    record: with its figures where the year has them, else with who and where it is.

    Real figures go before invented ones: these are filled in only where the year has no real row,
    and then the title says so.

    Args:
        store: The store.
        viewer: Whose zones and figures.
        year: Year of the figures.
        prefecture: Code of the prefecture; empty for all.
        language: Language of headings and definitions.
        kind: Whose figures: zones' or enterprises'.
    """
    if kind == "enterprises":
        return _standing_enterprises(store, viewer, year, prefecture, language)
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


def _standing_enterprises(
    store: Store, viewer: Viewer, year: int, prefecture: str, language: Language
) -> bytes:
    """The workbook of enterprises: of each its newest row up to the year, real ones first."""
    rows = store.ledger("enterprises", viewer)
    rows = rows[rows["year"] <= year]
    if prefecture:
        rows = rows[rows["prefecture_adcode"] == prefecture]
    invented = rows["demonstration"].astype(bool)
    made_up = bool(len(rows)) and bool(invented.all())
    known = rows if made_up else rows[~invented]
    known = known.sort_values("year").drop_duplicates("credit_code", keep="last")
    return enterprise_template(
        known.sort_values(["zone_id", "name", "credit_code"]),
        year=year,
        language=language,
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
            for kind, number in {**_NUMBER, "text": "@", "money": "#,##0.00", "date": _DATE}.items()
        },
        wrapped=book.add_format({"text_wrap": True, "valign": "top"}),
    )


def _rows(zones: pd.DataFrame, year: int, known: pd.DataFrame | None) -> pd.DataFrame:
    """What is written, in stored units, one row per zone."""
    ids = zones["zone_id"].astype("string")
    figures = pd.DataFrame(index=ids) if known is None else known.reindex(ids)
    names = [c.column for c in indicators.columns() if c.column != KEY]
    out = figures.reindex(columns=names).reset_index(drop=True).astype("object")
    out["zone_id"] = ids.to_numpy(dtype=object)
    out["zone_name"] = zones["name_zh"].astype("string").to_numpy(dtype=object)
    out["year"] = float(year)
    return out


def heading(column: Column, t: Translator, kind: YearlyKind = "indicators") -> str:
    """Heading of a column with its unit in brackets."""
    name = t.pick(column.zh, column.en)
    unit = t.pick(*printed_unit(column, kind))
    return f"{name}({unit})" if unit else name


def _write_column(
    page: Worksheet,
    place: int,
    column: Column,
    values: pd.Series,
    formats: Formats,
    kind: YearlyKind,
    t: Translator,
) -> None:
    number = column.unit if column.unit in _NUMBER else "money"
    style = {"float64": number, "date": "date"}.get(column.dtype, "text")
    cells = formats.cells[style]
    page.set_column(place, place, _WIDTHS.get(column.column, _WIDTH), cells)
    page.write_string(_HEAD, place, heading(column, t, kind), formats.heads[column.group])
    for row, value in enumerate(values.tolist(), start=_HEAD + 1):
        if value is None or pd.isna(value):
            continue
        if column.dtype == "float64":
            if math.isfinite(float(value)):
                page.write_number(row, place, as_printed(column, float(value), kind), cells)
        elif column.dtype == "date":
            page.write_datetime(row, place, pd.Timestamp(value).to_pydatetime(), cells)
        else:
            page.write_string(row, place, cell_text(_word(column, value, kind, t)), cells)
    spare = _SPARE if kind == "enterprises" else 0
    first, last = _HEAD + 1, max(_HEAD + len(values) + spare, _HEAD + 1)
    page.data_validation(first, place, last, place, _validation(column, kind, t))


def _word(column: Column, value: object, kind: YearlyKind, t: Translator) -> str:
    if column.dtype == "bool":
        return t("indicators.yes") if value else t("indicators.no")
    names = WORDS.get((kind, column.column), {})
    return names[str(value)][0] if value in names else str(value)


def choices(column: Column, t: Translator, kind: YearlyKind = "indicators") -> list[str]:
    """Words that a column may hold; empty where any will do."""
    if column.dtype == "bool":
        return [t("indicators.yes"), t("indicators.no")]
    return [zh for zh, _ in WORDS.get((kind, column.column), {}).values()]


def _validation(column: Column, kind: YearlyKind, t: Translator) -> dict[str, object]:
    """What the cells of a column accept, and what is said beside them."""
    meaning = indicators.definitions(kind)[column.column]
    name = t.pick(column.zh, column.en)
    about = t.pick(meaning.definition_zh, meaning.definition_en)
    rule: dict[str, object] = {
        "input_title": name[:_TIP_TITLE],
        "input_message": about[:_TIP],
        "error_title": t("indicators.stop")[:_TIP_TITLE],
        "ignore_blank": True,
    }
    words = choices(column, t, kind)
    if words:
        return rule | {"validate": "list", "source": words, "error_message": t("indicators.choice")}
    if column.dtype == "date":
        first = {"criteria": ">=", "value": _FIRST_DAY, "error_message": t("indicators.date")}
        return rule | {"validate": "date"} | first
    if column.dtype != "float64":
        return rule | {"validate": "any"}
    message = t.pick("；", "; ").join([t("indicators.figure"), *_limits(meaning, kind, t)])
    rule |= {"validate": "integer" if meaning.whole else "decimal", "error_message": message}
    if meaning.minimum is not None and meaning.maximum is not None:
        between = {"minimum": meaning.minimum, "maximum": meaning.maximum}
        return rule | {"criteria": "between"} | between
    least = meaning.minimum if meaning.minimum is not None else -1e15
    return rule | {"criteria": ">=", "value": least}


def _limits(meaning: Definition, kind: YearlyKind, t: Translator) -> list[str]:
    """Limits of a figure in words."""
    out: list[str] = []
    if meaning.minimum is not None:
        out.append(t("indicators.least", limit=meaning.minimum))
    if meaning.maximum is not None:
        out.append(t("indicators.most", limit=meaning.maximum))
    if meaning.whole:
        out.append(t("indicators.whole"))
    if meaning.part_of:
        whole = next(c for c in indicators.columns(kind) if c.column == meaning.part_of)
        name = t.pick(whole.zh, whole.en)
        out.append(t("indicators.part", whole=name))
    return out


def _write_definitions(
    book: Workbook, columns: list[Column], formats: Formats, kind: YearlyKind, t: Translator
) -> None:
    """The second sheet: every figure with unit, meaning, limits and certainty."""
    page = book.add_worksheet(t("indicators.definitions"))
    heads = ("column", "unit", "definition", "limits", "code", "confidence")
    for place, (head, width) in enumerate(zip(heads, (34, 12, 60, 40, 12, 12), strict=True)):
        page.write_string(0, place, t(f"indicators.{head}"), formats.heads["identity"])
        page.set_column(place, place, width)
    for row, column in enumerate(columns, start=1):
        meaning = indicators.definitions(kind)[column.column]
        limits = _limits(meaning, kind, t)
        limits += [t("indicators.words")] if choices(column, t, kind) else []
        cells = (
            t.pick(column.zh, column.en),
            t.pick(*printed_unit(column, kind)),
            t.pick(meaning.definition_zh, meaning.definition_en),
            t.pick("；", "; ").join(limits),
            column.code,
            t(f"indicators.{meaning.confidence}"),
        )
        for place, text in enumerate(cells):
            page.write_string(row, place, text, formats.wrapped)
    page.freeze_panes(1, 1)
