"""A pen for documents drawn as PDF: texts that are measured, rules, boxes, embedded fonts."""

from __future__ import annotations

from functools import cache
from typing import Final

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from export.fonts import BOLD, REGULAR, Fonts
from export.passport_fit import PT_PER_MM, drawable, fit
from export.passport_layout import INK, LEFT, RIGHT, RULE

A4: Final = (210 * PT_PER_MM, 297 * PT_PER_MM)
LINE: Final = 1.36
"""Distance between lines as a multiple of the font size."""


@cache
def register_fonts() -> None:
    """Make the shipped fonts known under ``gy`` and ``gy-bold``."""
    for name, path in (("gy", REGULAR), ("gy-bold", BOLD)):
        pdfmetrics.registerFont(TTFont(name, str(path)))


class Pen:
    """Draws on one A4 page. Millimetres from the upper left corner; font sizes in points.

    Args:
        canvas: The document.
        fonts: Fonts that measure.
    """

    def __init__(self, canvas: Canvas, fonts: Fonts) -> None:
        register_fonts()
        self.canvas, self.fonts = canvas, fonts

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 8.5,
        bold: bool = False,
        colour: str = INK,
        right: bool = False,
    ) -> float:
        """Write a line with its baseline at ``y``; returns its width in mm."""
        text = drawable(text, self.fonts)
        self.canvas.setFont("gy-bold" if bold else "gy", size)
        self.canvas.setFillColor(colour)
        at = x * PT_PER_MM, A4[1] - y * PT_PER_MM
        (self.canvas.drawRightString if right else self.canvas.drawString)(*at, text)
        weight = "bold" if bold else "normal"
        return self.fonts.width(text, size, weight=weight) / PT_PER_MM  # type: ignore[arg-type]

    def paragraph(
        self,
        x: float,
        y: float,
        text: str,
        width: float,
        *,
        size: float = 8.5,
        lines: int = 1,
        colour: str = INK,
    ) -> float:
        """Write at most ``lines`` lines; returns the baseline below the last one."""
        text = drawable(text, self.fonts)
        for line in fit(text, self.fonts, size, width * PT_PER_MM, lines=lines):
            self.text(x, y, line, size=size, colour=colour)
            y += size * LINE / PT_PER_MM
        return y

    def rule(
        self,
        y: float,
        x: float = LEFT,
        end: float = RIGHT,
        *,
        colour: str = RULE,
        width: float = 0.5,
    ) -> None:
        """A horizontal line."""
        self.canvas.setStrokeColor(colour)
        self.canvas.setLineWidth(width)
        up = A4[1] - y * PT_PER_MM
        self.canvas.line(x * PT_PER_MM, up, end * PT_PER_MM, up)

    def box(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        """A filled rectangle; ``y`` is its upper edge."""
        self.canvas.setFillColor(colour)
        up = A4[1] - (y + height) * PT_PER_MM
        size = width * PT_PER_MM, height * PT_PER_MM
        self.canvas.rect(x * PT_PER_MM, up, *size, stroke=0, fill=1)
