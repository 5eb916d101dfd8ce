"""Street grids: cells of a warped lattice, blocks inside them, parcels inside the blocks.

Everything is bilinear inside a cell, so straight cuts stay straight; the nodes where cuts meet the
middle line are vertices of the parcels on both of its sides, so neighbours share exact edges.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from demo.draws import Floats, Geometries, Ints

_WIDE_STREET = 3  # every third street is a main street


@dataclass(frozen=True)
class Lattice:
    """Cells of one zone in metres around its centre.

    Attributes:
        corners: float64 (n, 4, 2), counter-clockwise from the lower left.
        margins: float64 (n, 4), share of the cell that is street: left, right, bottom, top.
        rank: float64 (n,), 0 in the middle of the zone to 1 on its edge.
    """

    corners: Floats
    margins: Floats
    rank: Floats

    @property
    def radius(self) -> float:
        """Distance of the farthest corner from the centre, in metres."""
        return float(np.hypot(self.corners[..., 0], self.corners[..., 1]).max())


def lattice(area_m2: float, cell_m2: float, rng: np.random.Generator) -> Lattice:
    """Cells of a zone whose areas sum to ``area_m2``.

    Args:
        area_m2: Planar area of the zone.
        cell_m2: Area of a cell, streets included, about.
        rng: Source of the shape.
    """
    count = max(3, round(area_m2 / cell_m2))
    reach = int(np.ceil(1.3 * np.sqrt(count))) + 2
    index = np.arange(-reach, reach + 1)
    i, j = (axis.ravel() for axis in np.meshgrid(index[:-1], index[:-1], indexing="ij"))
    nodes = _nodes(index, rng)
    low = i + reach
    left = j + reach
    corners = np.stack(
        [nodes[low, left], nodes[low + 1, left], nodes[low + 1, left + 1], nodes[low, left + 1]],
        axis=1,
    )
    middle = corners.mean(axis=1)
    chosen = np.argsort(_outward(middle, rng), kind="stable")[:count]
    corners = corners[chosen]
    corners = corners - corners.reshape(-1, 2).mean(axis=0)
    corners = corners * np.sqrt(area_m2 / np.abs(shoelace(corners)).sum())
    rank = (np.arange(count) + 0.5) / count
    return Lattice(corners, _margins(i[chosen], j[chosen], corners), rank)


def _nodes(index: Ints, rng: np.random.Generator) -> Floats:
    """Street crossings of a lattice of unit cells: rotated, stretched, bent, jittered."""
    grid = np.stack(np.meshgrid(index, index, indexing="ij"), axis=-1).astype("float64")
    stretch = rng.uniform(1.0, 1.35)
    grid = grid * np.array([stretch, 1.0 / stretch])
    phase = rng.uniform(0.0, 2.0 * np.pi, size=4)
    wave = 2.0 * np.pi / rng.uniform(7.0, 14.0)
    bend = 0.16 * np.stack(
        [
            np.sin(wave * grid[..., 1] + phase[0]) + np.sin(wave * grid[..., 0] + phase[1]),
            np.sin(wave * grid[..., 0] + phase[2]) + np.sin(wave * grid[..., 1] + phase[3]),
        ],
        axis=-1,
    )
    jitter = rng.uniform(-0.045, 0.045, size=grid.shape)
    angle = rng.uniform(0.0, np.pi / 2.0)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return np.asarray((grid + bend + jitter) @ turn, dtype="float64")


def _outward(middle: Floats, rng: np.random.Generator) -> Floats:
    """Order in which cells join the zone: distance from the centre, by an uneven outline."""
    theta = np.arctan2(middle[:, 1], middle[:, 0])
    phase = rng.uniform(0.0, 2.0 * np.pi, size=3)
    outline = 1.0 + 0.26 * np.cos(2 * theta - phase[0])
    outline += 0.12 * np.cos(3 * theta - phase[1]) + 0.07 * np.cos(5 * theta - phase[2])
    return np.asarray(np.hypot(middle[:, 0], middle[:, 1]) / outline, dtype="float64")


def _margins(i: Ints, j: Ints, corners: Floats) -> Floats:
    """Half the street on each side of a cell, as a share of the cell."""
    width = np.hypot(*(corners[:, 1] - corners[:, 0]).T)
    height = np.hypot(*(corners[:, 3] - corners[:, 0]).T)
    half = {False: 9.0, True: 18.0}  # metres

    def street(line: Ints, across: Floats) -> Floats:
        metres = np.where(line % _WIDE_STREET == 0, half[True], half[False])
        return np.minimum(metres / across, 0.2)

    return np.stack(
        [street(i, width), street(i + 1, width), street(j, height), street(j + 1, height)], axis=1
    )


def shoelace(corners: Floats) -> Floats:
    """Signed area of n quadrilaterals (n, 4, 2)."""
    x, y = corners[..., 0], corners[..., 1]
    following = np.roll(np.arange(corners.shape[1]), -1)
    return np.asarray(0.5 * (x * y[:, following] - x[:, following] * y).sum(axis=1))


def bilinear(corners: Floats, u: Floats, v: Floats) -> Floats:
    """Points of cells: u along the first edge, v along the last, both 0 to 1.

    Args:
        corners: float64 (n, 4, 2).
        u: float64 (n,).
        v: float64 (n,).

    Returns:
        float64 (n, 2).
    """
    weights = np.stack([(1 - u) * (1 - v), u * (1 - v), u * v, (1 - u) * v], axis=1)
    return np.asarray((weights[:, :, None] * corners).sum(axis=1), dtype="float64")


def cell_outlines(corners: Floats) -> Geometries:
    """Cells as polygons; neighbours share exact edges."""
    closed = np.concatenate([corners, corners[:, :1]], axis=1)
    return np.asarray(shapely.polygons(closed), dtype=object)


def block_outlines(corners: Floats, margins: Floats) -> Geometries:
    """The block of each cell: the cell without half of the streets around it."""
    low_u, high_u = margins[:, 0], 1.0 - margins[:, 1]
    low_v, high_v = margins[:, 2], 1.0 - margins[:, 3]
    ring = [
        bilinear(corners, u, v)
        for u, v in ((low_u, low_v), (high_u, low_v), (high_u, high_v), (low_u, high_v))
    ]
    return np.asarray(shapely.polygons(np.stack([*ring, ring[0]], axis=1)), dtype=object)


def subdivide(per_row: Ints, rng: np.random.Generator) -> pd.DataFrame:
    """Cut blocks into two rows of parcels.

    Args:
        per_row: int64 (n, 2), parcels in the lower and upper row of each block.
        rng: Source of the cuts.

    Returns:
        One line per parcel: ``cell``, ``row`` (0, 1), ``u0``, ``u1`` (shares of the block), and
        ``middle``, where the line between the rows is.
    """
    cells = len(per_row)
    middle = rng.uniform(0.42, 0.58, size=cells)
    count = per_row.ravel()
    row_of = np.repeat(np.arange(2 * cells), count)
    position = np.arange(len(row_of)) - np.repeat(np.cumsum(count) - count, count)
    cut = (position + rng.uniform(-0.14, 0.14, size=len(row_of))) / np.repeat(count, count)
    u0 = np.where(position == 0, 0.0, cut)
    last = position == np.repeat(count, count) - 1
    u1 = np.where(last, 1.0, np.roll(u0, -1))
    cell = row_of // 2
    return pd.DataFrame(
        {"cell": cell, "row": row_of % 2, "u0": u0, "u1": u1, "middle": middle[cell]}
    )


def parcel_vertices(parcels: pd.DataFrame, corners: Floats, margins: Floats) -> tuple[Floats, Ints]:
    """Ring vertices of parcels, not closed.

    Args:
        parcels: Lines of :func:`subdivide`.
        corners: Corners of the cells (n, 4, 2).
        margins: Streets of the cells (n, 4).

    Returns:
        float64 (m, 2) coordinates and int64 (m,) positions of the parcels, grouped by parcel and
        counter-clockwise.
    """
    owner, u, v, order = _ring(parcels)
    sort = np.lexsort((order, owner))
    owner, u, v = owner[sort], u[sort], v[sort]
    cell = parcels["cell"].to_numpy()[owner]
    low_u, high_u, low_v, high_v = margins[cell].T
    xy = bilinear(corners[cell], low_u + u * (1 - low_u - high_u), low_v + v * (1 - low_v - high_v))
    return xy, owner


def _ring(parcels: pd.DataFrame) -> tuple[Ints, Floats, Floats, Floats]:
    """Owner, u, v and order of every vertex: four corners and the cuts of the row opposite."""
    n = len(parcels)
    u0, u1 = parcels["u0"].to_numpy(), parcels["u1"].to_numpy()
    middle, upper = parcels["middle"].to_numpy(), parcels["row"].to_numpy() == 1
    here = np.arange(n, dtype="int64")
    low, high = np.where(upper, middle, 0.0), np.where(upper, 1.0, middle)
    # Counter-clockwise: 0 lower left, 1 lower right, 2 upper right, 3 upper left. The middle line
    # is the upper edge of a lower parcel (between 2 and 3) and the lower edge of an upper one.
    owner = [here, here, here, here]
    us, vs = [u0, u1, u1, u0], [low, low, high, high]
    order = [np.full(n, float(k)) for k in range(4)]
    row_key = parcels["cell"].to_numpy() * 2 + parcels["row"].to_numpy()
    inner = u0 > 0.0
    cut_row, cut_u = row_key[inner] ^ 1, u0[inner]  # seen from the row opposite
    keys = row_key + np.minimum(u0, 0.999999)
    target = np.searchsorted(keys, cut_row + cut_u, side="right") - 1
    between = (cut_u > u0[target]) & (cut_u < u1[target])
    target, cut_u = target[between], cut_u[between]
    share = (cut_u - u0[target]) / (u1[target] - u0[target])
    owner.append(target)
    us.append(cut_u)
    vs.append(middle[target])
    order.append(np.where(upper[target], share, 2.0 + (1.0 - share)))
    return np.concatenate(owner), np.concatenate(us), np.concatenate(vs), np.concatenate(order)
