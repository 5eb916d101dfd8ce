"""Units of Chinese land records, with their exact ratios."""

from __future__ import annotations

from typing import Final

M2_PER_MU: Final = 2000.0 / 3.0
"""One mu (亩) is exactly 2000/3 square metres."""

M2_PER_HA: Final = 10_000.0
"""One hectare in square metres; one hectare is 15 mu."""

M2_PER_KM2: Final = 1_000_000.0
"""One square kilometre in square metres."""
