"""Where names go on a printed map: greedy placement without overlaps, in millimetres of paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

Rect = tuple[float, float, float, float]
"""xmin, ymin, xmax, ymax in millimetres."""

_AROUND: Final = (
    (1.0, 0.0),
    (-1.0, 0.0),
    (0.0, 1.0),
    (0.0, -1.0),
    (0.8, 0.8),
    (-0.8, 0.8),
    (0.8, -0.8),
    (-0.8, -0.8),
)
_RINGS: Final = (0.0, 1.1, 2.2, 3.3, 4.4)
_TURNS: Final = 8


@dataclass(frozen=True, slots=True)
class Candidate:
    """A name that wants a place.

    Attributes:
        x: Anchor, millimetres.
        y: Anchor, millimetres.
        width: Width of the text, millimetres.
        height: Height of the text, millimetres.
        gap: Distance to keep from the anchor, millimetres; 0 sets the name on it.
    """

    x: float
    y: float
    width: float
    height: float
    gap: float = 0.0


@dataclass
class Placer:
    """The room that is left on a map.

    Attributes:
        bounds: Names stay inside this rectangle.
        pad: Space between names, millimetres.
    """

    bounds: Rect
    pad: float = 0.3
    _taken: list[Rect] = field(default_factory=list)

    def block(self, rects: Sequence[Rect]) -> None:
        """Keep names out of these rectangles."""
        self._taken.extend(rects)

    def place(self, name: Candidate) -> tuple[float, float] | None:
        """Centre of the first free position of a name, which is then taken; None without room."""
        for x, y in _positions(name):
            rect = (
                x - name.width / 2 - self.pad,
                y - name.height / 2 - self.pad,
                x + name.width / 2 + self.pad,
                y + name.height / 2 + self.pad,
            )
            if self._free(rect):
                self._taken.append(rect)
                return x, y
        return None

    def _free(self, rect: Rect) -> bool:
        left, low, right, high = self.bounds
        if rect[0] < left or rect[1] < low or rect[2] > right or rect[3] > high:
            return False
        if not self._taken:
            return True
        taken: npt.NDArray[np.float64] = np.asarray(self._taken)
        apart = (
            (taken[:, 0] >= rect[2])
            | (taken[:, 2] <= rect[0])
            | (taken[:, 1] >= rect[3])
            | (taken[:, 3] <= rect[1])
        )
        return bool(apart.all())


def _positions(name: Candidate) -> list[tuple[float, float]]:
    if not name.gap:
        return [
            (
                name.x + ring * 1.6 * name.height * np.cos(2 * np.pi * turn / _TURNS),
                name.y + ring * name.height * np.sin(2 * np.pi * turn / _TURNS),
            )
            for ring in _RINGS
            for turn in range(_TURNS if ring else 1)
        ]
    reach_x, reach_y = name.gap + name.width / 2, name.gap + name.height / 2
    return [(name.x + dx * reach_x, name.y + dy * reach_y) for dx, dy in _AROUND]


def push_apart(
    centres: npt.NDArray[np.float64],
    radii: npt.NDArray[np.float64],
    *,
    gap: float,
    bounds: Rect,
    rounds: int = 200,
) -> npt.NDArray[np.float64]:
    """Move circles until none covers another.

    Args:
        centres: (n, 2) wanted centres.
        radii: n radii in the same unit.
        gap: Space to keep between circles.
        bounds: Circles stay inside this rectangle.
        rounds: Most steps to take.

    Returns:
        (n, 2) centres; those that had room stay where they were.
    """
    out = centres.astype(np.float64).copy()
    n = len(out)
    least = radii[:, None] + radii[None, :] + gap
    low = np.column_stack([bounds[0] + radii, bounds[1] + radii])
    high = np.column_stack([bounds[2] - radii, bounds[3] - radii])
    for _ in range(rounds):
        delta = out[:, None, :] - out[None, :, :]
        distance = np.hypot(delta[..., 0], delta[..., 1])
        overlap = np.where(np.eye(n, dtype=bool), 0.0, np.maximum(least - distance, 0.0))
        if not (overlap > 1e-6).any():  # noqa: PLR2004 - rounding
            break
        # Two circles on one spot part along fixed directions, so that the result is repeatable.
        angle = np.arange(n)[:, None] - np.arange(n)[None, :]
        fallback = np.stack([np.sign(angle) * 1.0, np.sign(angle) * 0.5], axis=-1)
        unit = np.where(
            distance[..., None] > 1e-9,  # noqa: PLR2004 - rounding
            delta / np.maximum(distance[..., None], 1e-9),
            fallback,
        )
        out += (unit * (overlap * 0.35)[..., None]).sum(axis=1)
        out = np.clip(out, low, high)
    return out
