"""Texts of a passport cut to the room that they have: measured, never guessed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from export.fonts import Fonts, Weight
from export.passport_page import Line

ELLIPSIS: Final = "…"
STAND_IN: Final = "〓"
"""Geta mark, the printer's sign for a character that the font lacks."""

FINDINGS_PT: Final = 7.5
WORDS_WIDTH_MM: Final = 106.0
PT_PER_MM: Final = 72 / 25.4
_MOST_LINES: Final = 2
_LONGEST: Final = 2000
"""Characters of a text that are looked at; no place on the page holds as many."""
ROW_MM: Final = (5.2, 8.4)
"""Height of a row of findings with one line of words, and with two."""


def drawable(text: str, fonts: Fonts) -> str:
    """The text with a stand-in for every character that no font has."""
    for char in fonts.missing(text):
        text = text.replace(char, STAND_IN)
    return text


def fit(
    text: str, fonts: Fonts, size: float, width: float, *, lines: int = 1, weight: Weight = "normal"
) -> list[str]:
    """At most ``lines`` lines of at most ``width``; what does not fit ends in an ellipsis.

    Args:
        text: One paragraph.
        fonts: Fonts that measure.
        size: Font size.
        width: In the unit of ``size``.
        lines: Most lines.
        weight: Weight of the font.
    """
    text = _with_breaks(text[:_LONGEST], fonts, size, width)
    wrapped = fonts.wrap(text, size, width, weight=weight)
    if len(wrapped) <= lines:
        return wrapped
    start = 0
    for line in wrapped[: lines - 1]:
        start = text.index(line, start) + len(line)
    return [*wrapped[: lines - 1], _cut(text[start:].lstrip(), fonts, size, width, weight)]


def _with_breaks(text: str, fonts: Fonts, size: float, width: float) -> str:
    """Words longer than a line are broken with spaces, as there is no better place."""
    out: list[str] = []
    for word in text.split(" "):
        if fonts.width(word, size) <= width or not word.isascii():
            out.append(word)
            continue
        most = max(1, int(len(word) * width / fonts.width(word, size) * 0.95))
        out += [word[i : i + most] for i in range(0, len(word), most)]
    return " ".join(out)


def _cut(line: str, fonts: Fonts, size: float, width: float, weight: Weight) -> str:
    while line and fonts.width(line + ELLIPSIS, size, weight=weight) > width:
        line = line[:-1]
    return line.rstrip("，、；：,;: ") + ELLIPSIS


def words_of(line: Line, fonts: Fonts) -> list[str]:
    """Words of a row of findings, on one line or two."""
    text = drawable(line.words, fonts)
    return fit(text, fonts, FINDINGS_PT, WORDS_WIDTH_MM * PT_PER_MM, lines=_MOST_LINES)


def rows_that_fit(lines: Sequence[Line], fonts: Fonts, room_mm: float) -> int:
    """How many codes can be listed in the room; the last row is kept for the others."""
    heights = [ROW_MM[len(words_of(line, fonts)) - 1] for line in lines]
    if sum(heights) <= room_mm:
        return len(lines)
    used, fitting = ROW_MM[0], 0
    for height in heights:
        used += height
        if used > room_mm:
            break
        fitting += 1
    return fitting
