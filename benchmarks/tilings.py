"""Parcels that share their edges exactly, and what goes wrong with them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

Shapes = npt.NDArray[np.object_]
ORIGIN = (39_400_000.0, 3_150_000.0)
"""Somewhere in zone 39, metres."""


def tiling(side: int, *, seed: int = 0, cell: float = 200.0, most: int = 6) -> Shapes:
    """A square of parcels with crooked shared edges; a few have a pond in a hole that fits.

    Args:
        side: Parcels in a row.
        seed: Source of all that is random.
        cell: Mean side of a parcel in metres.
        most: Most vertices within an edge.

    Returns:
        side * side polygons and the ponds behind them, EPSG:4527, to the millimetre.
    """
    rng = np.random.default_rng(seed)
    grid = np.stack(np.meshgrid(np.arange(side + 1.0), np.arange(side + 1.0)), axis=-1)
    nodes = grid + rng.uniform(-0.2, 0.2, grid.shape)
    across = _edges(nodes[:, :-1], nodes[:, 1:], rng, most)
    up = _edges(nodes[:-1], nodes[1:], rng, most)
    shapes = []
    ponds = []
    turn = np.linspace(0, 2 * np.pi, 7)[:-1]
    for i in range(side):
        for j in range(side):
            ring = np.concatenate(
                [across[i][j], up[i][j + 1], across[i + 1][j][::-1], up[i][j][::-1]]
            )
            holes = []
            if rng.random() < 0.03:
                around = ring.mean(axis=0) + 0.1 * np.stack([np.cos(turn), np.sin(turn)], axis=1)
                holes.append(_metres(around[::-1], cell))
                ponds.append(shapely.Polygon(_metres(around, cell)))
            shapes.append(shapely.Polygon(_metres(ring, cell), holes))
    return np.array([*shapes, *ponds], dtype=object)


def _edges(
    start: npt.NDArray[np.float64],
    end: npt.NDArray[np.float64],
    rng: np.random.Generator,
    most: int,
) -> list[list[npt.NDArray[np.float64]]]:
    """Crooked lines from each start to each end, without their last vertex set apart."""
    lines = []
    for starts, ends in zip(start, end, strict=True):
        row = []
        for a, b in zip(starts, ends, strict=True):
            t = np.linspace(0, 1, int(rng.integers(2, most + 2)))[:, None]
            line = a + t * (b - a)
            line[1:-1] += rng.uniform(-0.04, 0.04, (len(t) - 2, 2))
            row.append(line)
        lines.append(row)
    return lines


def _metres(ring: npt.NDArray[np.float64], cell: float) -> npt.NDArray[np.float64]:
    return np.round(ring * cell + ORIGIN, 3)


def with_defects(shapes: Shapes, *, seed: int = 1, share: float = 0.005) -> Shapes:
    """Some parcels repeated, some grown over their neighbours, some shrunk away from them."""
    rng = np.random.default_rng(seed)
    out = shapes.copy()
    n = max(1, round(len(out) * share))
    chosen = rng.permutation(len(out))
    again, grown, shrunk = chosen[:n], chosen[n : 2 * n], chosen[2 * n : 3 * n]
    out[again] = out[(again + 1) % len(out)]
    out[grown] = shapely.buffer(out[grown], 4.0, quad_segs=1)
    out[shrunk] = shapely.buffer(out[shrunk], -1.5, quad_segs=1)
    return out[~shapely.is_empty(out) & shapely.is_valid(out)]
