"""The annex of a scenario as PDF: two A4 pages, embedded fonts, the same bytes twice."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from export.fonts import Fonts
from export.passport_fit import PT_PER_MM, drawable, fit
from export.passport_layout import ACCENT, GREY, INK, WASH
from export.pdf_pen import A4, LINE, Pen
from export.scenario_annex import Annex, Table
from export.scenario_map import HEIGHT_MM, WIDTH_MM

_LEFT: Final = 16.0
_RIGHT: Final = 194.0
_TOP: Final = 24.0
_FOOT: Final = 285.0
_RED: Final = "#8C1D18"
_TEXT: Final = 8.6
_CELL: Final = 7.6
_LINE_MM: Final = 3.7
_PAD_MM: Final = 1.5
_PAGES: Final = 2


def annex_pdf(content: Annex, *, fonts: Fonts | None = None) -> bytes:
    """Draw an annex on exactly two pages.

    Args:
        content: What stands on it; rows that find no room are said to be in the workbook.
        fonts: Fonts that measure; the shipped ones by default.

    Returns:
        The file; the same content gives the same bytes.
    """
    content = fitted(content, fonts=fonts)
    buffer = io.BytesIO()
    lang = content.t.language.replace("_", "-")
    canvas = Canvas(buffer, pagesize=A4, invariant=1, pageCompression=1, lang=lang)
    canvas.setTitle(f"{content.title} {content.name}")
    canvas.setAuthor("Ganyuan")
    sheet = _Sheet(canvas, content, fonts or Fonts())
    sheet.first()
    canvas.showPage()
    sheet.second()
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def fitted(content: Annex, *, fonts: Fonts | None = None) -> Annex:
    """The annex with as many rows of its two long tables as two pages have room for."""
    trial = _Sheet(Canvas(io.BytesIO(), pagesize=A4), content, fonts or Fonts())
    trial.first()
    pairs = trial.shown
    trial.second()
    cut = [
        _cut(table, n, content)
        for table, n in ((content.pairs, pairs), (content.units, trial.shown))
    ]
    return replace(content, pairs=cut[0], units=cut[1])


def _cut(table: Table, rows: int, content: Annex) -> Table:
    if rows == len(table.rows):
        return table
    return replace(
        table, rows=table.rows[:rows], more=content.t("scenario.annex.more_rows", shown=rows)
    )


class _Sheet(Pen):
    """Draws the two pages, each from top to bottom."""

    def __init__(self, canvas: Canvas, content: Annex, fonts: Fonts) -> None:
        super().__init__(canvas, fonts)
        self.content, self.t, self.y = content, content.t, _TOP
        self.shown = 0

    def first(self) -> None:
        """Title, what it is about, goals and conditions, measures, chosen pairs."""
        content = self.content
        self._frame(1)
        self._middle(content.title, 17, bold=True)
        self.y += 7.4
        self._middle(content.name, 10.5)
        self.y += 7.0
        for label, value in content.facts:
            self.text(_LEFT, self.y, label, size=_TEXT, colour=GREY)
            self.y = self.paragraph(
                _LEFT + 24, self.y, value, _RIGHT - _LEFT - 24, size=_TEXT, lines=2
            )
            self.y += 0.4
        self._head("scenario.annex.conditions")
        for text in content.conditions:
            self._bullet(text, lines=2)
        self._head("scenario.annex.result")
        self._bullet(content.outcome, lines=2)
        self.y += 1.4
        self._table(content.goals, _FOOT)
        self.y += 1.6
        self._table(content.measures, _FOOT)
        self._head("scenario.annex.pairs")
        self._table(content.pairs, _FOOT - 3)

    def second(self) -> None:
        """Map, units before and after, robustness, sources, doubts."""
        content = self.content
        self.y = _TOP
        self._frame(_PAGES)
        self._head("scenario.annex.map_head", first=True)
        self._picture()
        self.y += 3.4
        width = _RIGHT - _LEFT
        self.y = self.paragraph(_LEFT, self.y, content.caption, width, size=7, lines=3, colour=GREY)
        below = 13.0 + sum(self._height(text, lines) for text, lines in self._said())
        self._head("scenario.annex.units")
        self._table(content.units, _FOOT - below - 8.0)
        self.y += 1.2
        self._head("scenario.annex.standing_head")
        self._bullet(content.standing, lines=2)
        self._head("scenario.annex.doubts")
        for text, lines in self._said():
            self._bullet(text, lines=lines)

    def _said(self) -> list[tuple[str, int]]:
        """Doubts and sources, and how many lines each may take."""
        joined = self.t.pick("；", "; ").join(self.content.sources)
        sources = self.t("scenario.annex.sources", list=joined)
        return [*((text, 2) for text in self.content.doubts), (sources, 5)]

    def _frame(self, page: int) -> None:
        """The marks at the head and the line at the foot, on every page."""
        content = self.content
        self.text(_LEFT, 13.0, "　".join(content.marks), size=9.5, bold=True, colour=_RED)
        self.rule(15.4, _LEFT, _RIGHT, colour=_RED, width=1.0)
        self.rule(_FOOT + 2.0, _LEFT, _RIGHT)
        self.text(_LEFT, _FOOT + 5.8, content.foot, size=7, colour=GREY)
        number = self.t("scenario.annex.page", n=page, of=_PAGES)
        self.text(_RIGHT, _FOOT + 5.8, number, size=7, colour=GREY, right=True)

    def _middle(self, text: str, size: float, *, bold: bool = False) -> None:
        shown = fit(drawable(text, self.fonts), self.fonts, size, (_RIGHT - _LEFT) * PT_PER_MM)[0]
        width = self.fonts.width(shown, size, weight="bold" if bold else "normal") / PT_PER_MM
        self.text((_LEFT + _RIGHT - width) / 2, self.y, shown, size=size, bold=bold)

    def _head(self, key: str, *, first: bool = False) -> None:
        self.y += 0.0 if first else 4.6
        self.text(_LEFT, self.y, self.t(key), size=10, bold=True, colour=ACCENT)
        self.y += 4.6

    def _bullet(self, text: str, *, lines: int) -> None:
        self.text(_LEFT, self.y, "·", size=_TEXT)
        self.y = self.paragraph(
            _LEFT + 3, self.y, text, _RIGHT - _LEFT - 3, size=_TEXT, lines=lines
        )

    def _height(self, text: str, lines: int) -> float:
        width = (_RIGHT - _LEFT - 3) * PT_PER_MM
        shown = fit(drawable(text, self.fonts), self.fonts, _TEXT, width, lines=lines)
        return len(shown) * _TEXT * LINE / PT_PER_MM

    def _picture(self) -> None:
        image = ImageReader(io.BytesIO(self.content.picture))
        up = A4[1] - (self.y + HEIGHT_MM) * PT_PER_MM
        size = WIDTH_MM * PT_PER_MM, HEIGHT_MM * PT_PER_MM
        self.canvas.drawImage(image, _LEFT * PT_PER_MM, up, *size)
        self.y += HEIGHT_MM

    def _table(self, table: Table, end: float) -> None:
        """As many rows as stand above ``end``, noted in ``shown``; what is left out is said."""
        lines = self._cells(table.head, table.widths, lines=2, bold=True)
        height = max(map(len, lines)) * _LINE_MM + _PAD_MM
        self.box(_LEFT, self.y - 3.2, sum(table.widths), height, WASH)
        self._row(lines, table, bold=True)
        shown = 0
        for row in table.rows:
            lines = self._cells(row, table.widths, lines=2)
            height = max(map(len, lines)) * _LINE_MM + _PAD_MM
            last = shown + 1 == len(table.rows) and not table.more
            if self.y + height > end - (0.0 if last else 4.0):
                break
            self._row(lines, table)
            shown += 1
        self.shown = shown
        if table.more:
            self.text(_LEFT, self.y + 0.6, table.more, size=7, colour=GREY)
            self.y += 4.0

    def _cells(
        self, row: Sequence[str], widths: Sequence[float], *, lines: int, bold: bool = False
    ) -> list[list[str]]:
        weight = "bold" if bold else "normal"
        return [
            fit(
                drawable(cell, self.fonts), self.fonts, _CELL, (width - 1.6) * PT_PER_MM,
                lines=lines, weight=weight,  # type: ignore[arg-type]
            ) or [""]
            for cell, width in zip(row, widths, strict=True)
        ]  # fmt: skip

    def _row(self, lines: list[list[str]], table: Table, *, bold: bool = False) -> None:
        x, first_figure = _LEFT, len(table.widths) - table.figures
        for i, (cell, width) in enumerate(zip(lines, table.widths, strict=True)):
            for j, text in enumerate(cell):
                right = i >= first_figure
                at = x + width - 0.8 if right else x + 0.8
                y = self.y + j * _LINE_MM
                self.text(at, y, text, size=_CELL, bold=bold, colour=INK, right=right)
            x += width
        self.y += max(map(len, lines)) * _LINE_MM + _PAD_MM
        self.rule(self.y - 3.2, _LEFT, _LEFT + sum(table.widths))
