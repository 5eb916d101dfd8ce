"""Pieces of official papers as DOCX: runs in the fonts of the form, marks, page numbers, packing.

Fonts of the form are named first and the product's own font as their substitute.
"""

from __future__ import annotations

import io
import unicodedata
import zipfile
from typing import Final

from docx.document import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor
from docx.text.paragraph import Paragraph
from docx.text.run import Run

MIME: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
"""What a document is handed out as."""

TITLE_FONT: Final = "方正小标宋简体"
BODY_FONT: Final = "仿宋_GB2312"
NOTE_FONT: Final = "楷体_GB2312"
FALLBACK_FONT: Final = "Noto Sans SC"

RED: Final = RGBColor(0xB0, 0x1E, 0x1E)
GREY: Final = RGBColor(0x5F, 0x68, 0x6F)

_LONGEST: Final = 400
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_XML_SPACE: Final = "{http://www.w3.org/XML/1998/namespace}space"


def clean(text: str) -> str:
    """Foreign text as one line of at most 400 characters that a document can hold.

    Control characters, marks of writing direction and unassigned characters are dropped.
    """
    kept = "".join(
        " " if char in "\n\r\t" else char
        for char in text
        if char in "\n\r\t" or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn")
    )
    short = " ".join(kept.split())
    return short if len(short) <= _LONGEST else short[: _LONGEST - 1] + "…"


def write(
    paragraph: Paragraph,
    text: str,
    *,
    font: str = BODY_FONT,
    size: float = 16,
    colour: RGBColor | None = None,
) -> Run:
    """A run of text at the end of a paragraph; ``size`` in points."""
    run = paragraph.add_run(text)
    run.font.name, run.font.size = FALLBACK_FONT, Pt(size)
    run.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
    if colour is not None:
        run.font.color.rgb = colour
    return run


def rule_below(paragraph: Paragraph) -> None:
    """A red line under the mark of the head, as on every page of a draft."""
    borders = OxmlElement("w:pBdr")
    line = OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "12"), ("space", "4"), ("color", "B01E1E")):
        line.set(qn(f"w:{name}"), value)
    borders.append(line)
    paragraph.paragraph_format.element.get_or_add_pPr().append(borders)


def page_number(paragraph: Paragraph, *, size: float = 14) -> None:
    """The number of the page, as a field."""
    run = write(paragraph, "", size=size)
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        if kind:
            part = OxmlElement("w:fldChar")
            part.set(qn("w:fldCharType"), kind)
        else:
            part = OxmlElement("w:instrText")
            part.set(_XML_SPACE, "preserve")
            part.text = text
        run.element.append(part)


def packed(document: Document) -> bytes:
    """The file with fixed times, and with substitutes named for fonts that are not installed."""
    raw, out = io.BytesIO(), io.BytesIO()
    document.save(raw)
    with zipfile.ZipFile(raw) as before, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            content = before.read(name)
            if name == "word/fontTable.xml":
                content = _font_table(content)
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            after.writestr(entry, content)
    return out.getvalue()


def _font_table(content: bytes) -> bytes:
    fonts = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{FALLBACK_FONT}"/>'
        '<w:charset w:val="86"/><w:family w:val="auto"/></w:font>'
        for name in (TITLE_FONT, BODY_FONT, NOTE_FONT)
    )
    return content.replace(b"</w:fonts>", fonts.encode() + b"</w:fonts>")
