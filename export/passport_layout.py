"""Where the sections of a passport stand on its A4 sheet, in millimetres from the top left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from export.fonts import Fonts
from export.passport_fit import ROW_MM, rows_that_fit, words_of
from export.passport_page import Page

LEFT: Final = 14.0
RIGHT: Final = 196.0
BOTTOM: Final = 288.0
COLUMNS: Final = 132.0
"""Left edge of the column with the map."""
MIDDLE: Final = 86.0
"""Left edge of the right one of two columns."""
MAP_HEIGHT: Final = 46.0

INK: Final = "#222222"
GREY: Final = "#6B6B6B"
RULE: Final = "#C9CDD2"
WASH: Final = "#EDF3F9"
BAR: Final = "#AEB6BF"
ACCENT: Final = "#0B4F8A"
SEVERITY: Final[Mapping[str, str]] = {
    "error": "#BB232C",
    "warning": "#E37D30",
    "info": "#AEB6BF",
}

ACCOUNTING_Y: Final = 41.5
FACTS_Y: Final = 64.0
EVIDENCE_Y: Final = 117.0
FINDINGS_Y: Final = 156.0
ACCEPTANCE_Y: Final = 243.5
_HEAD_MM: Final = 7.4
_COLUMNS: Final[Mapping[str, float]] = {"code": 29.5, "count": 56.5, "rows": 58.0, "words": 90.0}
_ROWS_WIDTH: Final = 29.5


@dataclass(frozen=True)
class Layout:
    """The sheet of one page.

    Attributes:
        accounting_y: Top of the row accounting.
        facts_y: First baseline of the facts.
        evidence_y: Top of encoding and coordinate system.
        findings_y: Top of the findings.
        acceptance_y: Top of the acceptance.
        columns: Left edges of the columns of the findings; ``count`` is a right edge.
        rows_width: Width of the column with row numbers.
        heights: Height of each row of findings that is listed.
        others: Words for the codes that are not; empty where all are.
    """

    columns: Mapping[str, float]
    heights: tuple[float, ...]
    others: str
    accounting_y: float = ACCOUNTING_Y
    facts_y: float = FACTS_Y
    evidence_y: float = EVIDENCE_Y
    findings_y: float = FINDINGS_Y
    acceptance_y: float = ACCEPTANCE_Y
    rows_width: float = _ROWS_WIDTH


def lay_out(page: Page, fonts: Fonts) -> Layout:
    """Decide how many codes are listed; everything else has its fixed place."""
    room = ACCEPTANCE_Y - FINDINGS_Y - _HEAD_MM - 1.0
    listed = rows_that_fit(page.findings, fonts, room)
    rest = page.findings[listed:]
    others = (
        page.t("passport.more_codes", codes=len(rest), n=f"{sum(r.count for r in rest):,}")
        if rest
        else ""
    )
    heights = tuple(ROW_MM[len(words_of(line, fonts)) - 1] for line in page.findings[:listed])
    return Layout(_COLUMNS, heights, others)
