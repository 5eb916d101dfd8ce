"""Letters of an idle-land case as DOCX drafts: facts filled in, blanks left, marked as drafts.

The letters are Chinese whatever the language of the page; they go to the holder of the land. The
layout follows GB/T 9704 as recalled: A4, type area 156 by 225 mm, title in 22 pt, text in 16 pt.
Fonts of the form are named first and the product's own font as their substitute.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal, get_args

import docx
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph

from domain.paths import DATA
from domain.rules import RuleSet
from export.docx_parts import (
    GREY,
    NOTE_FONT,
    RED,
    TITLE_FONT,
    clean,
    packed,
    page_number,
    rule_below,
    write,
)

Letter = Literal["notice", "determination", "hearing", "fee", "reclaim"]
LETTERS: Final[tuple[Letter, ...]] = get_args(Letter)

DRAFT: Final = "草稿 · 非正式文书 · DRAFT"
BLANK: Final = "＿" * 6
TO_CHECK: Final = "〔待核〕"
BY_DEFAULT: Final = "〔默认〕"


_MARGINS_MM: Final = {"top": 37, "bottom": 35, "left": 28, "right": 26}
_PLACE: Final = re.compile(r"\{([a-z0-9_]+|art:[A-Z0-9-]+)\}")


@dataclass(frozen=True, slots=True)
class Known:
    """A fact that a letter may state.

    Attributes:
        text: As it is written.
        source: Where it is on record, for the list of sources; empty where none is needed.
    """

    text: str
    source: str = ""


def write_letter(
    letter: Letter,
    facts: Mapping[str, Known],
    *,
    rules: RuleSet,
    made_on: dt.date,
    demonstration: bool = False,
) -> bytes:
    """A draft as a DOCX file.

    Args:
        letter: Which letter.
        facts: Facts by name; a name that is absent or empty leaves a blank.
        rules: The rules of ``idle``; articles are quoted from them by number only, with a mark
            where the rule is recalled or a default.
        made_on: Day on which the draft is made.
        demonstration: The case is invented.

    Returns:
        The file; the same input gives the same bytes.
    """
    form = _forms()[letter]
    document = docx.Document()
    _set_page(document, demonstration)
    notes: dict[str, int] = {}
    title = _paragraph(document, align=WD_ALIGN_PARAGRAPH.CENTER, first_line=0)
    write(title, form["title"], font=TITLE_FONT, size=22)
    number = _paragraph(document, align=WD_ALIGN_PARAGRAPH.CENTER, first_line=0)
    _fill(number, "{" + form["number"] + "}" if form["number"] else BLANK, facts, rules, notes)
    _fill(_paragraph(document, first_line=0), "{holder}：", facts, rules, notes)
    for text in form["body"]:
        _fill(_paragraph(document), text, facts, rules, notes)
    if form["contact"]:
        _fill(_paragraph(document), "联系人：{contact}　联系电话：{phone}", facts, rules, notes)
    _close(document, facts, rules, notes, form["dated"])
    _sources(document, notes, made_on)
    core = document.core_properties
    core.author, core.title = "赣园 Ganyuan", f"{form['title']}（草稿）"
    core.created = core.modified = dt.datetime.combine(made_on, dt.time())
    core.comments, core.keywords = DRAFT, ""
    return packed(document)


@cache
def _forms() -> dict[str, dict[str, Any]]:
    with (DATA / "letters" / "case.toml").open("rb") as f:
        return tomllib.load(f)


def names_in(letter: Letter) -> tuple[str, ...]:
    """Names of the facts that a letter asks for, in the order of its text."""
    form = _forms()[letter]
    texts = ["{" + form["number"] + "}", "{holder}", *form["body"]]
    texts += ["{contact}{phone}" if form["contact"] else "", "{authority}{" + form["dated"] + "}"]
    found = [name for text in texts for name in _PLACE.findall(text)]
    return tuple(dict.fromkeys(name for name in found if not name.startswith("art:")))


def article_of(rules: RuleSet, name: str) -> str:
    """The article of a rule by number, marked where it is not from a text that was read."""
    rule = rules.get(name)
    if rule is None:
        return ""
    marks = {"recalled": TO_CHECK, "default": BY_DEFAULT}
    return rule.article + marks.get(rule.status, "")


def _set_page(document: Document, demonstration: bool) -> None:  # noqa: FBT001 - one caller
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(_MARGINS_MM["top"]), Mm(_MARGINS_MM["bottom"])
    section.left_margin, section.right_margin = Mm(_MARGINS_MM["left"]), Mm(_MARGINS_MM["right"])
    section.header_distance, section.footer_distance = Mm(15), Mm(25)
    head = section.header.paragraphs[0]
    head.alignment = WD_ALIGN_PARAGRAPH.CENTER
    write(head, DRAFT, font=TITLE_FONT, size=18, colour=RED)
    if demonstration:
        write(head, "　演示数据 demonstration data", font=NOTE_FONT, size=10.5, colour=RED)
    rule_below(head)
    foot = section.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    write(foot, "— ", size=14)
    page_number(foot)
    write(foot, " —", size=14)


def _paragraph(
    document: Document,
    *,
    align: WD_ALIGN_PARAGRAPH = WD_ALIGN_PARAGRAPH.JUSTIFY,
    first_line: int = 2,
    pitch: float = 28,
) -> Paragraph:
    """A paragraph with a fixed line pitch in points, indented by characters of 16 points."""
    paragraph = document.add_paragraph()
    layout = paragraph.paragraph_format
    paragraph.alignment = align
    layout.first_line_indent = Pt(16 * first_line)
    layout.line_spacing_rule, layout.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(pitch)
    layout.space_before = layout.space_after = Pt(0)
    return paragraph


def _fill(
    paragraph: Paragraph,
    text: str,
    facts: Mapping[str, Known],
    rules: RuleSet,
    notes: dict[str, int],
) -> None:
    """Write a text with its places: a fact and the number of its source, or a blank."""
    for position, part in enumerate(_PLACE.split(text)):
        if position % 2 == 0:
            if part:
                write(paragraph, part)
            continue
        if part.startswith("art:"):
            known = Known(article_of(rules, part.removeprefix("art:")))
        else:
            known = facts.get(part, Known(""))
        value = clean(known.text)
        if not value:
            write(paragraph, BLANK)
            continue
        write(paragraph, value)
        source = clean(known.source)
        if source:
            number = notes.setdefault(source, len(notes) + 1)
            write(paragraph, f"[{number}]", colour=GREY).font.superscript = True


def _close(
    document: Document,
    facts: Mapping[str, Known],
    rules: RuleSet,
    notes: dict[str, int],
    dated: str,
) -> None:
    """Place of the seal: the authority and the day, at the right."""
    _paragraph(document)
    for text in ("{authority}（盖章）", "{" + dated + "}"):
        line = _paragraph(document, align=WD_ALIGN_PARAGRAPH.RIGHT, first_line=0)
        _fill(line, text, facts, rules, notes)
        line.paragraph_format.right_indent = Pt(32)
        line.paragraph_format.keep_with_next = True


def _sources(document: Document, notes: Mapping[str, int], made_on: dt.date) -> None:
    """What the draft rests on; to be taken out before the letter is issued."""
    _paragraph(document, pitch=14)
    head = f"以下供核对，正式行文时删除。草稿生成日期：{made_on.isoformat()}。"
    lines = [
        head + f"“{TO_CHECK}”表示条文系回忆、须与正式文本核对；空格处为系统没有记录的事实。",
        *(f"[{number}] {source}" for source, number in notes.items()),
    ]
    for text in lines:
        line = _paragraph(document, first_line=0, pitch=16)
        write(line, text, font=NOTE_FONT, size=10.5, colour=GREY)
