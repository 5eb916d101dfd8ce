"""True scales: a round 1:n for the paper, and the bar that shows it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

MM_PER_M: Final = 1000.0
_ROUND: Final = (
    1.0, 1.2, 1.5, 1.8, 2.0, 2.2, 2.5, 2.8, 3.0, 3.2, 3.5, 3.6, 4.0, 4.5, 5.0, 6.0, 7.0, 8.0, 9.0,
    10.0,
)  # fmt: skip
_STEPS: Final = (5.0, 4.0, 2.0, 1.0)


def round_denominator(needed: float) -> int:
    """Smallest round denominator that is not below ``needed`` (1,736,000 -> 1,800,000)."""
    power = 10.0 ** math.floor(math.log10(needed))
    step = next(s for s in _ROUND if s * power >= needed * (1 - 1e-9))
    return round(step * power)


def fitting_denominator(extent_m: tuple[float, float], paper_mm: tuple[float, float]) -> int:
    """Round denominator at which a ground extent fits a paper rectangle.

    Args:
        extent_m: Width and height on the ground in metres.
        paper_mm: Width and height on paper in millimetres.
    """
    needed = max(e * MM_PER_M / p for e, p in zip(extent_m, paper_mm, strict=True))
    return round_denominator(needed)


@dataclass(frozen=True, slots=True)
class ScaleBar:
    """A graphic scale.

    Attributes:
        step_m: Ground length of one section in metres.
        sections: How many sections the bar has.
        step_mm: Length of one section on paper in millimetres.
    """

    step_m: float
    sections: int
    step_mm: float

    @property
    def length_mm(self) -> float:
        """Length of the whole bar on paper in millimetres."""
        return self.step_mm * self.sections

    @property
    def in_km(self) -> bool:
        """Whether it is labelled in kilometres rather than metres."""
        return self.step_m * self.sections > MM_PER_M

    def labels(self) -> list[str]:
        """Figures at the ends of the sections, from 0, in the bar's unit."""
        unit = MM_PER_M if self.in_km else 1.0
        return [f"{i * self.step_m / unit:g}" for i in range(self.sections + 1)]


def scale_bar(denominator: int, *, longest_mm: float, sections: int = 4) -> ScaleBar:
    """The longest bar with round sections that fits ``longest_mm``."""
    longest_step = longest_mm / sections * denominator / MM_PER_M
    power = 10.0 ** math.floor(math.log10(longest_step))
    step = next(s for s in _STEPS if s * power <= longest_step * (1 + 1e-9)) * power
    return ScaleBar(step, sections, step * MM_PER_M / denominator)
