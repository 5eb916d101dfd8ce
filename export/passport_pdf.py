"""The page of a passport as PDF: one A4 sheet, vectors and embedded fonts, the same bytes twice."""

from __future__ import annotations

import io
from collections.abc import Sequence

from reportlab.pdfgen.canvas import Canvas

from export.fonts import Fonts
from export.passport_fit import PT_PER_MM, drawable, fit, words_of
from export.passport_layout import (
    ACCENT,
    BAR,
    BOTTOM,
    COLUMNS,
    GREY,
    INK,
    LEFT,
    MAP_HEIGHT,
    MIDDLE,
    RIGHT,
    SEVERITY,
    WASH,
    Layout,
    lay_out,
)
from export.passport_page import Page
from export.passport_sketch import Ring, Sketch
from export.pdf_pen import A4, Pen
from layers.palette import PREFECTURE_LINE, PROVINCE


def passport_pdf(pages: Sequence[Page], *, fonts: Fonts | None = None) -> bytes:
    """Draw passports, one A4 sheet each.

    Args:
        pages: What stands on the sheets; at least one.
        fonts: Fonts that measure; the shipped ones by default.

    Returns:
        The file; the same pages give the same bytes.
    """
    buffer = io.BytesIO()
    lang = pages[0].t.language.replace("_", "-")
    canvas = Canvas(buffer, pagesize=A4, invariant=1, pageCompression=1, lang=lang)
    canvas.setTitle(f"{pages[0].t('passport.title')} {pages[0].number}")
    canvas.setAuthor("Ganyuan")
    for page in pages:
        _Sheet(canvas, page, fonts or Fonts()).draw()
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


class _Sheet(Pen):
    """Draws the page of a passport."""

    def __init__(self, canvas: Canvas, page: Page, fonts: Fonts) -> None:
        super().__init__(canvas, fonts)
        self.page, self.t = page, page.t

    def draw(self) -> None:
        """Everything, from top to bottom."""
        layout = lay_out(self.page, self.fonts)
        self.head()
        self.accounting(layout.accounting_y)
        self.facts(layout.facts_y)
        self.map(layout.facts_y)
        self.evidence(layout.evidence_y)
        self.findings(layout)
        self.acceptance(layout.acceptance_y)
        self.foot()

    def heading(self, x: float, y: float, text: str) -> None:
        """Head of a section."""
        self.text(x, y, text, size=9, bold=True)

    def head(self) -> None:
        """Title and number, then what it is about."""
        page = self.page
        number = self.text(RIGHT, 20.5, page.number, size=13, bold=True, colour=ACCENT, right=True)
        self.text(RIGHT, 15.2, self.t("passport.number"), size=7, colour=GREY, right=True)
        left = LEFT + 5 + self.text(LEFT, 20.5, self.t("passport.title"), size=20, bold=True)
        room = RIGHT - number - 5 - left
        self.paragraph(left, 20.5, page.demonstration, room, size=7.5, colour="#8C1D18")
        self.rule(23.6, colour=ACCENT, width=1.4)
        width = (RIGHT - LEFT) * PT_PER_MM
        standing = fit(drawable(page.standing, self.fonts), self.fonts, 10, width, weight="bold")
        self.text(LEFT, 29.6, standing[0], size=10, bold=True)
        self.paragraph(LEFT, 35.0, page.verdict, RIGHT - LEFT, size=9, lines=2)

    def accounting(self, y: float) -> None:
        """The rows as a sum that can be read off."""
        terms = self.page.rows
        self.box(LEFT, y, RIGHT - LEFT, 15.5, WASH)
        self.text(LEFT + 3, y + 9.2, self.t("passport.rows_head"), size=9, bold=True)
        step = (RIGHT - LEFT - 34) / len(terms)
        for i, term in enumerate(terms):
            x = LEFT + 34 + i * step
            if i:
                self.text(x - 4, y + 8.4, "=" if i == 1 else "+", size=13, colour=GREY, right=True)
            self.text(x, y + 8.4, f"{term.value:,}", size=15, bold=True)
            self.text(x, y + 12.8, term.label, size=7.5, colour=GREY)

    def facts(self, y: float) -> None:
        """What was sent."""
        label, width = 23.0, COLUMNS - LEFT - 27
        for name, value in self.page.facts:
            self.text(LEFT, y, name, size=8, colour=GREY)
            size = 6.6 if name == "SHA-256" else 8.0
            lines = 1 if name == "SHA-256" else 2
            y = self.paragraph(LEFT + label, y, value, width, size=size, lines=lines) + 1.25

    def map(self, y: float) -> None:
        """Where the data lies."""
        sketch = self.page.sketch
        top = y - 3.0
        width = sketch.width * MAP_HEIGHT
        left = COLUMNS + (RIGHT - COLUMNS - width) / 2
        for ring in sketch.outlines:
            self.ring(ring, left, top, fill=PROVINCE)
        for ring in sketch.lit:
            self.ring(ring, left, top, fill=WASH)
        self.frame(sketch, left, top)
        under = top + MAP_HEIGHT + 4
        caption = sketch.place or self.t("passport.map_head")
        if sketch.frame is None:
            caption = self.t("passport.map_unknown")
        middle = (COLUMNS + RIGHT) / 2
        for i, text in enumerate((caption, sketch.extent)):
            size, colour = ((8.0, INK), (6.6, GREY))[i]
            half = self.fonts.width(drawable(text, self.fonts), size) / PT_PER_MM / 2
            self.text(middle - half, under + i * 3.4, text, size=size, colour=colour)

    def ring(self, ring: Ring, left: float, top: float, *, fill: str) -> None:
        """One outline."""
        path = self.canvas.beginPath()
        for i, (x, y) in enumerate(ring):
            point = (left + x * MAP_HEIGHT) * PT_PER_MM, A4[1] - (top + y * MAP_HEIGHT) * PT_PER_MM
            (path.lineTo if i else path.moveTo)(*point)
        path.close()
        self.canvas.setFillColor(fill)
        self.canvas.setStrokeColor(PREFECTURE_LINE)
        self.canvas.setLineWidth(0.45)
        self.canvas.setLineJoin(1)
        self.canvas.drawPath(path, stroke=1, fill=1)

    def frame(self, sketch: Sketch, left: float, top: float) -> None:
        """The data's frame; a small one gets a dot and a ring."""
        if sketch.frame is None:
            return
        x0, y0, x1, y1 = (v * MAP_HEIGHT for v in sketch.frame)
        self.canvas.setStrokeColor(ACCENT)
        self.canvas.setLineWidth(1.2)
        x, y = (left + (x0 + x1) / 2) * PT_PER_MM, A4[1] - (top + (y0 + y1) / 2) * PT_PER_MM
        if sketch.small:
            self.canvas.setFillColor(ACCENT)
            self.canvas.circle(x, y, 1.5, stroke=0, fill=1)
            self.canvas.circle(x, y, 6.0, stroke=1, fill=0)
            return
        corner = (left + x0) * PT_PER_MM, A4[1] - (top + y1) * PT_PER_MM
        self.canvas.rect(*corner, (x1 - x0) * PT_PER_MM, (y1 - y0) * PT_PER_MM, stroke=1, fill=0)

    def evidence(self, y: float) -> None:
        """Encoding on the left, coordinate system on the right."""
        self.rule(y)
        width = MIDDLE - LEFT - 6
        self.heading(LEFT, y + 5.5, self.t("passport.encoding_head"))
        self.text(LEFT, y + 10.4, self.page.encoding[0], size=9.5, bold=True, colour=ACCENT)
        low = self.paragraph(LEFT, y + 14.6, self.page.encoding[1], width, size=7.5, colour=GREY)
        for sample in self.page.samples:
            low = self.paragraph(LEFT, low + 0.4, sample, width, size=8)
        self.heading(MIDDLE, y + 5.5, self.t("passport.crs_head"))
        width = RIGHT - MIDDLE
        head, name, why = self.page.crs
        code = self.text(MIDDLE, y + 10.4, head, size=9.5, bold=True, colour=ACCENT)
        self.paragraph(MIDDLE + code + 2, y + 10.4, name, width - code - 2, size=8)
        low = self.paragraph(MIDDLE, y + 14.6, why, width, size=7.5, colour=GREY)
        if self.page.candidates:
            inside = self.t("passport.inside")
            self.text(RIGHT, y + 5.5, inside, size=6.6, colour=GREY, right=True)
        self.candidates(MIDDLE, low + 0.4)

    def candidates(self, x: float, y: float) -> None:
        """Possible systems with a bar for the share inside the province."""
        if not self.page.candidates:
            return
        bar = 16.0
        for candidate in self.page.candidates:
            width = RIGHT - x - bar - 14
            name = drawable(candidate.name, self.fonts)
            shown = fit(name, self.fonts, 7.6, width * PT_PER_MM)[0]
            self.text(x, y, shown, size=7.6, bold=candidate.chosen)
            self.box(RIGHT - bar - 11, y - 2.2, bar, 2.2, WASH)
            colour = ACCENT if candidate.chosen else BAR
            if candidate.share > 0:
                self.box(RIGHT - bar - 11, y - 2.2, bar * candidate.share, 2.2, colour)
            self.text(RIGHT, y, f"{candidate.share:.1%}", size=7.6, right=True)
            y += 4.1

    def findings(self, layout: Layout) -> None:
        """Findings by code as far as there is room; the others are counted."""
        y = layout.findings_y
        self.rule(y)
        self.heading(LEFT, y + 5.5, self.t("passport.findings_head"))
        if not self.page.findings:
            self.text(LEFT, y + 11, self.t("passport.findings_none"), size=8)
            return
        at = layout.columns
        for key in ("count", "rows", "words"):
            x = at[key] - (3 if key == "count" else 0)
            text = self.t(f"passport.column_{key}")
            self.text(x, y + 5.5, text, size=7, colour=GREY, right=key == "count")
        y += 7.4
        for line, height in zip(self.page.findings, layout.heights, strict=False):
            base = y + 3.6
            self.box(LEFT, base - 2.3, 2.3, 2.3, SEVERITY[line.severity])
            severity = self.t(f"passport.severity_{line.severity}")
            self.text(LEFT + 3.6, base, severity, size=7.5)
            self.text(at["code"], base, line.code, size=7.5, bold=True)
            self.text(at["count"] - 3, base, f"{line.count:,}", size=7.5, right=True)
            self.paragraph(at["rows"], base, line.rows, layout.rows_width, size=7)
            for i, words in enumerate(words_of(line, self.fonts)):
                self.text(at["words"], base + i * 3.5, words, size=7.5)
            y += height
            self.rule(y, colour=WASH)
        if layout.others:
            self.text(LEFT, y + 4, layout.others, size=7.5, colour=GREY)

    def acceptance(self, y: float) -> None:
        """Who took it over, when and why; what was decided; room for signatures."""
        self.rule(y)
        middle = MIDDLE
        self.heading(LEFT, y + 5.5, self.t("passport.accepted_head"))
        low = y + 10.6
        for label, value in self.page.signed:
            self.text(LEFT, low, label, size=8, colour=GREY)
            low = self.paragraph(LEFT + 20, low, value, middle - LEFT - 26, size=8, lines=2) + 0.8
        if not self.page.signed:
            self.text(LEFT, low, self.t("passport.not_published"), size=8, colour=GREY)
        self.heading(middle, y + 5.5, self.t("passport.decided_head"))
        said = self.t("passport.decided_joiner").join(self.page.decisions)
        said = said or self.t("passport.decided_none")
        self.paragraph(middle, y + 10.6, said, RIGHT - middle, size=8, lines=4)
        low = y + 33.0
        third = (RIGHT - LEFT) / 3
        for i, who in enumerate(("clerk", "checker", "office")):
            x = LEFT + i * third
            width = self.text(x, low, self.t(f"passport.sign_{who}"), size=8, colour=GREY)
            self.rule(low + 0.6, x + width + 2, x + third - 6, colour=BAR)

    def foot(self) -> None:
        """Releases and checksums, and what the page does not prove."""
        self.rule(BOTTOM - 8.4)
        width = RIGHT - LEFT
        self.paragraph(LEFT, BOTTOM - 4.6, self.t("passport.caution"), width, size=6.6, colour=GREY)
        self.paragraph(LEFT, BOTTOM - 1.2, self.page.footer, width, size=6.6, colour=GREY)
