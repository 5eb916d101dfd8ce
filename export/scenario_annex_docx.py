"""The annex of a scenario as DOCX: the same two pages, to be worked on in an office."""

from __future__ import annotations

import datetime as dt
import io
from typing import Final

import docx
from docx.document import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.table import _Cell
from docx.text.paragraph import Paragraph

from export.docx_parts import (
    BODY_FONT,
    GREY,
    RED,
    TITLE_FONT,
    packed,
    page_number,
    rule_below,
    write,
)
from export.scenario_annex import Annex, Table
from export.scenario_annex_pdf import fitted
from export.scenario_map import WIDTH_MM

_HEAD_FONT: Final = "黑体"
_MARGIN_MM: Final = 16.0
_TEXT: Final = 9.0
_CELL: Final = 8.0
_NOTE: Final = 7.5
_PITCH: Final = 12.0
_ROW_PITCH: Final = 10.5
_BLACK: Final = RGBColor(0x22, 0x22, 0x22)
_BORDERS: Final = ("top", "bottom", "insideH")


def annex_docx(content: Annex) -> bytes:
    """Write an annex as DOCX.

    Args:
        content: What stands on it; the long tables are cut to what two pages hold.

    Returns:
        The file; the same content gives the same bytes.
    """
    content = fitted(content)
    document = docx.Document()
    _page(document, content)
    _first(document, content)
    document.paragraphs[-1].paragraph_format.space_after = Pt(0)
    _second(document, content)
    core = document.core_properties
    core.author, core.title = "赣园 Ganyuan", f"{content.title} {content.name}"
    core.created = core.modified = dt.datetime.combine(content.made_on, dt.time())
    core.comments, core.keywords = content.marks[0], ""
    return packed(document)


def _page(document: Document, content: Annex) -> None:
    """Paper, and what stands at the head and the foot of every page."""
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(20), Mm(14)
    section.left_margin = section.right_margin = Mm(_MARGIN_MM)
    section.header_distance, section.footer_distance = Mm(9), Mm(7)
    head = section.header.paragraphs[0]
    write(head, "　".join(content.marks), font=_HEAD_FONT, size=9.5, colour=RED)
    rule_below(head)
    foot = section.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    write(foot, f"{content.foot}　", size=_NOTE, colour=GREY)
    page_number(foot, size=_NOTE)


def _first(document: Document, content: Annex) -> None:
    t = content.t
    title = _line(document, pitch=24, align=WD_ALIGN_PARAGRAPH.CENTER)
    write(title, content.title, font=TITLE_FONT, size=17)
    name = _line(document, pitch=18, align=WD_ALIGN_PARAGRAPH.CENTER)
    write(name, content.name, size=10.5)
    for label, value in content.facts:
        line = _line(document)
        write(line, f"{label}　", size=_TEXT, colour=GREY)
        write(line, value, size=_TEXT)
    _heading(document, t("scenario.annex.conditions"))
    for text in content.conditions:
        _bullet(document, text)
    _heading(document, t("scenario.annex.result"))
    _bullet(document, content.outcome)
    _table(document, content.goals)
    _line(document, pitch=5)
    _table(document, content.measures)
    _heading(document, t("scenario.annex.pairs"))
    _table(document, content.pairs)


def _second(document: Document, content: Annex) -> None:
    t = content.t
    _heading(document, t("scenario.annex.map_head"), new_page=True)
    picture = document.add_paragraph()
    picture.paragraph_format.space_after = Pt(0)
    picture.add_run().add_picture(io.BytesIO(content.picture), width=Mm(WIDTH_MM - 1.0))
    _note(document, content.caption)
    _heading(document, t("scenario.annex.units"))
    _table(document, content.units)
    _heading(document, t("scenario.annex.standing_head"))
    _bullet(document, content.standing)
    _heading(document, t("scenario.annex.doubts"))
    sources = t.pick("；", "; ").join(content.sources)
    for text in (*content.doubts, t("scenario.annex.sources", list=sources)):
        _bullet(document, text)


def _line(
    document: Document,
    *,
    pitch: float = _PITCH,
    align: WD_ALIGN_PARAGRAPH = WD_ALIGN_PARAGRAPH.LEFT,
) -> Paragraph:
    paragraph = document.add_paragraph()
    paragraph.alignment = align
    _pitch(paragraph, pitch)
    return paragraph


def _pitch(paragraph: Paragraph, pitch: float) -> None:
    layout = paragraph.paragraph_format
    layout.line_spacing_rule, layout.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(pitch)
    layout.space_before = layout.space_after = Pt(0)


def _heading(document: Document, text: str, *, new_page: bool = False) -> None:
    line = _line(document, pitch=15)
    line.paragraph_format.space_before = Pt(0 if new_page else 5)
    line.paragraph_format.page_break_before = new_page
    line.paragraph_format.keep_with_next = True
    write(line, text, font=_HEAD_FONT, size=10.5)


def _bullet(document: Document, text: str) -> None:
    line = _line(document)
    line.paragraph_format.left_indent, line.paragraph_format.first_line_indent = Mm(3), Mm(-3)
    write(line, f"· {text}", size=_TEXT)


def _note(document: Document, text: str) -> None:
    write(_line(document, pitch=10), text, size=_NOTE, colour=GREY)


def _table(document: Document, table: Table) -> None:
    made = document.add_table(rows=0, cols=len(table.widths))
    made.alignment, made.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    _lined(made._tbl)  # noqa: SLF001 - the library has no call for borders
    for column, width in zip(made.columns, table.widths, strict=True):
        column.width = Mm(width)
    for i, row in enumerate((table.head, *table.rows)):
        cells = made.add_row().cells
        for j, (cell, text, width) in enumerate(zip(cells, row, table.widths, strict=True)):
            cell.width = Mm(width)
            _cell(cell, text, head=i == 0, figure=j >= len(row) - table.figures)
    if table.more:
        _note(document, table.more)


def _cell(cell: _Cell, text: str, *, head: bool, figure: bool) -> None:
    paragraph = cell.paragraphs[0]
    _pitch(paragraph, _ROW_PITCH)
    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT if figure else WD_ALIGN_PARAGRAPH.LEFT
    font = _HEAD_FONT if head else BODY_FONT
    write(paragraph, text, font=font, size=_CELL, colour=_BLACK)
    if head:
        shade = OxmlElement("w:shd")
        for name, value in (("val", "clear"), ("color", "auto"), ("fill", "EDF3F9")):
            shade.set(qn(f"w:{name}"), value)
        cell._tc.get_or_add_tcPr().append(shade)  # noqa: SLF001 - the library has no call for it


def _lined(element: object) -> None:
    """Hairlines between rows, and narrow cell margins."""
    properties = element.tblPr  # type: ignore[attr-defined]
    borders = OxmlElement("w:tblBorders")
    for edge in _BORDERS:
        line = OxmlElement(f"w:{edge}")
        for name, value in (("val", "single"), ("sz", "4"), ("space", "0"), ("color", "C9CDD2")):
            line.set(qn(f"w:{name}"), value)
        borders.append(line)
    margins = OxmlElement("w:tblCellMar")
    for edge in ("left", "right"):
        space = OxmlElement(f"w:{edge}")
        space.set(qn("w:w"), "45")
        space.set(qn("w:type"), "dxa")
        margins.append(space)
    properties.append(borders)
    properties.append(margins)
