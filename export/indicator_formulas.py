"""The sheet of a table of yearly figures that says what the figures are used for."""

from __future__ import annotations

from typing import Final

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook

from domain import formats
from domain.i18n import Translator
from domain.indicators import ZONE_TYPES
from domain.permu_schemes import permu_schemes
from domain.schema import YearlyKind
from domain.schemes import IntensityScheme, intensity_scheme

_WIDTH: Final = 16.0
_WIDTHS: Final = {
    "order": 8.0,
    "indicator": 30.0,
    "formula": 70.0,
    "scheme": 44.0,
    "weight": 10.0,
}


def write_formulas(
    book: Workbook, kind: YearlyKind, head: Format, wrapped: Format, t: Translator
) -> None:
    """Write the sheet: indicators with formulas in words; ideal values or weights.

    Args:
        book: The workbook.
        kind: Whose figures it takes: zones' (intensity) or enterprises' (per-mu schemes).
        head: Format of the headings.
        wrapped: Format of the cells.
        t: Language.
    """
    if kind == "indicators":
        _intensity(book, intensity_scheme(), head, wrapped, t)
    else:
        _permu(book, head, wrapped, t)


def _intensity(
    book: Workbook, scheme: IntensityScheme, head: Format, wrapped: Format, t: Translator
) -> None:
    page = book.add_worksheet(t("indicators.formulas"))
    heads = ("order", "indicator", "formula", "formula_status", *ZONE_TYPES, "ideal_status")
    for place, name in enumerate(heads):
        page.write_string(0, place, t(f"indicators.{name}"), head)
        page.set_column(place, place, _WIDTHS.get(name, _WIDTH))
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
            page.write_string(row, place, text, wrapped)
        for place, kind in enumerate(ZONE_TYPES, start=4):
            ideals: dict[str, float] = {str(name): value for name, value in one.ideal.items()}
            ideal = 0.0 if one.zero_at is not None else ideals.get(kind)
            if ideal is not None:
                page.write_number(row, place, ideal)
    page.freeze_panes(1, 2)


def _permu(book: Workbook, head: Format, wrapped: Format, t: Translator) -> None:
    page = book.add_worksheet(t("indicators.formulas"))
    heads = ("scheme", "indicator", "weight", "formula", "formula_status")
    for place, name in enumerate(heads):
        page.write_string(0, place, t(f"indicators.{name}"), head)
        page.set_column(place, place, _WIDTHS.get(name, _WIDTH))
    schemes = [one for one in permu_schemes().values() if one.subject == "enterprise"]
    lines = [(scheme, one) for scheme in schemes for one in scheme.indicator]
    for row, (scheme, one) in enumerate(lines, start=1):
        texts = (
            t.pick(scheme.title_zh, scheme.title_en),
            t.pick(one.title_zh, one.title_en),
            formats.share(one.weight),
            t.pick(one.formula_zh, one.formula_en),
            t(f"indicators.{one.status}"),
        )
        for place, text in enumerate(texts):
            page.write_string(row, place, text, wrapped)
    page.freeze_panes(1, 2)
