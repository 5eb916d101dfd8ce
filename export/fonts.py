"""The Chinese fonts of every figure: shipped with the product, checked glyph by glyph.

Fonts are loaded by path, never by what a machine happens to have installed, so that a sheet is the
same everywhere. A text that holds a character without a glyph is refused instead of printed with
empty boxes; rare characters of personal and company names can be covered by a fuller font that the
installation configures.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import matplotlib as mpl
from fontTools.ttLib import TTFont
from matplotlib import font_manager

from domain.paths import STATIC
from geo.errors import GanyuanError

Weight = Literal["normal", "bold"]

REGULAR: Final = STATIC / "fonts" / "NotoSansSC-Regular.ttf"
BOLD: Final = STATIC / "fonts" / "NotoSansSC-Bold.ttf"

_RC: Final[dict[Any, Any]] = {
    "axes.unicode_minus": True,
    "axes.linewidth": 0.4,
    "hatch.linewidth": 0.45,
    "lines.scale_dashes": False,
    "lines.antialiased": True,
    "path.simplify": False,
    "pdf.compression": 9,
    "pdf.fonttype": 42,
    "svg.fonttype": "none",
    "svg.hashsalt": "ganyuan",
    "text.hinting": "none",
    "text.parse_math": False,
    "text.usetex": False,
}


class MissingGlyphError(GanyuanError):
    """A font file is absent, or a text holds a character that no loaded font can draw."""

    code = "FNT-001"


@dataclass(frozen=True, slots=True)
class Metrics:
    """What a font covers and how wide its characters are.

    Attributes:
        family: Name under which the font is registered.
        advances: Width of each covered code point as a share of the font size.
    """

    family: str
    advances: dict[int, float]


@cache
def metrics(path: Path) -> Metrics:
    """Coverage and widths of a font file, read once.

    Raises:
        MissingGlyphError: There is no such file.
    """
    if not path.is_file():
        raise MissingGlyphError(
            f"the font {path} is missing; run scripts/vendor_fonts.py or mend the setting",
            values={"characters": path.name, "where": str(path)},
        )
    with TTFont(path, fontNumber=0, lazy=True) as font:
        upem = font["head"].unitsPerEm
        widths = font["hmtx"].metrics
        advances = {code: widths[name][0] / upem for code, name in font.getBestCmap().items()}
        family = str(font["name"].getBestFamilyName())
    font_manager.fontManager.addfont(str(path))
    return Metrics(family, advances)


@dataclass(frozen=True, slots=True)
class Fonts:
    """The fonts of one figure.

    Attributes:
        fallback: A fuller font for characters that the shipped one lacks; None for none.
    """

    fallback: Path | None = None

    def _loaded(self, weight: Weight) -> list[Metrics]:
        paths = [BOLD if weight == "bold" else REGULAR]
        return [metrics(p) for p in [*paths, *([self.fallback] if self.fallback else [])]]

    @property
    def families(self) -> list[str]:
        """Family names in the order in which glyphs are looked up."""
        metrics(BOLD)
        return [m.family for m in self._loaded("normal")]

    def missing(self, text: str) -> str:
        """The characters of ``text`` that no loaded font can draw, each once."""
        known = self._loaded("normal")
        seen = dict.fromkeys(c for c in text if c != "\n")
        return "".join(c for c in seen if not any(ord(c) in m.advances for m in known))

    def require(self, text: str, *, where: str) -> None:
        """Refuse a text that cannot be drawn whole.

        Args:
            text: What is to be drawn.
            where: Which part of the figure it belongs to, for the message.

        Raises:
            MissingGlyphError: A character has no glyph.
        """
        missing = self.missing(text)
        if missing:
            raise MissingGlyphError(
                f"no glyph for {missing!r} in {where}; configure a fuller font",
                values={"characters": missing, "where": where},
            )

    def width(self, text: str, size: float, *, weight: Weight = "normal") -> float:
        """Width of one line of text, in the unit of ``size``."""
        known = self._loaded(weight)
        return size * sum(
            next((m.advances[ord(c)] for m in known if ord(c) in m.advances), 1.0) for c in text
        )

    def wrap(self, text: str, size: float, width: float, *, weight: Weight = "normal") -> list[str]:
        """Break a text into lines of at most ``width``, by the rules of Chinese setting.

        Lines break between any two Chinese characters and at spaces; no line begins with a closing
        mark. Given line feeds are kept.
        """
        lines: list[str] = []
        for paragraph in text.split("\n"):
            lines += self._wrap_one(paragraph, size, width, weight)
        return lines

    def _wrap_one(self, text: str, size: float, width: float, weight: Weight) -> list[str]:
        lines, line = [], ""
        for piece in _pieces(text):
            if line and self.width((line + piece).rstrip(), size, weight=weight) > width:
                lines.append(line.rstrip())
                line = piece.lstrip()
            else:
                line += piece
        return [*lines, line.rstrip()]


_CLOSING: Final = frozenset(
    "\uff0c\u3002\uff1b\uff1a\u3001\uff01\uff1f\uff09\u300b\u300d\u300f\u3011\u3015\uff05\u2103\u2026"
    ",.;:!?)]}%"
)
_OPENING: Final = frozenset("\uff08\u300a\u300c\u300e\u3010\u3014([{")
_FULL_WIDTH: Final = {",": "\uff0c", ":": "\uff1a", ";": "\uff1b", "!": "\uff01", "?": "\uff1f"}
_HAN: Final = "[\u3400-\u9fff\u3001-\u3015\uff08\uff09]"
_MARK_BY_HAN: Final = re.compile(rf"(?<={_HAN})[,:;!?](?! )|(?<=\S)[,:;!?](?={_HAN})")
_BRACKETS_WITH_HAN: Final = re.compile(r"\(([^()]*[\u3400-\u9fff][^()]*)\)")


def set_chinese(text: str) -> str:
    """Full-width punctuation where a Chinese text was keyed with half-width marks.

    Marks beside a Chinese character and brackets that hold one are widened; numbers, Latin text and
    its punctuation stay as they are.
    """
    wide = _BRACKETS_WITH_HAN.sub("\uff08\\1\uff09", text)
    return _MARK_BY_HAN.sub(lambda m: _FULL_WIDTH[m.group()], wide)


def _pieces(text: str) -> Iterator[str]:
    """Units that a line break must not part: Latin words, a character with its closing marks."""
    piece = ""
    for char in text:
        joins = piece and (
            char in _CLOSING or piece[-1] in _OPENING or (_is_latin(char) and _is_latin(piece[-1]))
        )
        if piece and not joins:
            yield piece
            piece = ""
        piece += char
    if piece:
        yield piece


def _is_latin(char: str) -> bool:
    return ord(char) < 0x2E80 and not char.isspace()  # noqa: PLR2004 - first CJK block


@contextmanager
def drawing(families: Sequence[str]) -> Iterator[None]:
    """Matplotlib settings under which every figure is drawn: fonts, Type 42, no chance."""
    with mpl.rc_context({**_RC, "font.family": list(families)}):
        yield
