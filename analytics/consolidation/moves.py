"""Moves of weights that change a rank, compiled for :mod:`analytics.consolidation.robust`.

The quadratics are told there. Only it imports this module, when it first needs it: the compiler
takes a third of a second to load.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from geo.raster_runs import compiled

Values = npt.NDArray[np.float64]


@compiled
def _roots(c0: float, c1: float, c2: float, nil: float) -> tuple[float, float]:
    """The two places above 0 where a curve crosses 0, in order; infinite where there is none."""
    one, two = np.inf, np.inf
    if c2 == 0.0:
        if c1 != 0.0:
            one = -c0 / c1
    else:
        under = c1 * c1 - 4 * c2 * c0
        if under > nil * max(c1 * c1, nil):
            half = -0.5 * (c1 + (1.0 if c1 >= 0 else -1.0) * np.sqrt(max(under, 0.0)))
            if half != 0.0:
                one, two = c0 / half, half / c2
    if not (np.isfinite(one) and one > nil):
        one = np.inf
    if not (np.isfinite(two) and two > nil):
        two = np.inf
    return min(one, two), max(one, two)


@compiled
def _walk(more: Values, less: Values, ahead: int, k: int, nil: float) -> tuple[float, float]:
    """Where the number of better pairs first differs, and where it first crosses k.

    Args:
        more: Places where one more pair gets better, rising.
        less: Places where one less is better, rising.
        ahead: Better pairs at the start.
        k: Length of the leading group.
        nil: Places nearer than this are one.
    """
    changed, crossed, count, i, j = np.nan, np.nan, ahead, 0, 0
    while i < len(more) or j < len(less):
        if j == len(less) or (i < len(more) and more[i] <= less[j]):
            at = more[i]
            count += 1
            i += 1
        else:
            at = less[j]
            count -= 1
            j += 1
        # Flips at one place count together: only the last of them shows the new number.
        if (i < len(more) and more[i] <= at + nil) or (j < len(less) and less[j] <= at + nil):
            continue
        if np.isnan(changed) and count != ahead:
            changed = at
        if (count < k) != (ahead < k):
            crossed = at
            break
    return changed, crossed


@compiled
def _curve(
    ours: tuple[float, float, float, float],
    others: tuple[float, float, float, float],
    tie: float,
    nil: float,
) -> tuple[float, float, float]:
    """Coefficients c0, c1, c2; above 0 the other pair is better.

    Args:
        ours: Sum of weight times points, sum of weights, points in the term, 1 where it is known.
        others: The same of the other pair.
        tie: Scores (0 to 1) this near are equal.
        nil: Coefficients this small are 0.
    """
    n_p, d_p, a_p, k_p = ours
    n_q, d_q, a_q, k_q = others
    c0 = n_q * d_p - n_p * d_q
    c1 = k_q * a_q * d_p + n_q * k_p - k_p * a_p * d_q - n_p * k_q
    c2 = k_p * k_q * (a_q - a_p)
    if abs(c0) <= tie * max(d_p * d_q, nil):
        c0 = 0.0
    if abs(c1) <= nil * (d_p + d_q):
        c1 = 0.0
    return c0, c1, 0.0 if abs(c2) <= nil else c2


@compiled
def _flips(curves: Values, sign: float, reach: float, nil: float) -> tuple[Values, Values]:
    """Places on the way up (or, with sign -1, down) where one more, and one less, is better."""
    n = curves.shape[1]
    more, less = np.empty(3 * n), np.empty(3 * n)
    ups, downs = 0, 0
    for q in range(n):
        c0, c1, c2 = curves[0, q], sign * curves[1, q], curves[2, q]
        # Just after the start, a tie is broken by the next coefficient that is not 0.
        soon = (c0 if c0 != 0 else (c1 if c1 != 0 else c2)) > 0
        if soon and not c0 > 0:
            more[ups] = 0.0
            ups += 1
        better = soon
        for at in _roots(c0, c1, c2, nil):
            if at <= reach and np.isfinite(at):
                if better:
                    less[downs] = at
                    downs += 1
                else:
                    more[ups] = at
                    ups += 1
            better = not better
    return np.sort(more[:ups]), np.sort(less[:downs])


@compiled
def events(pairs: Values, weight: float, k: int, tie: float, nil: float) -> Values:
    """Nearest moves of one weight for every pair.

    Args:
        pairs: (n, 4): sum of weight times points, sum of weights, points in the term, 1 where it
            is known and else 0.
        weight: The weight of the term, the longest way down.
        k: Length of the leading group.
        tie: Scores (0 to 1) this near are equal.
        nil: Coefficients and moves this small are 0.

    Returns:
        (4, n): distance down and up at which the rank changes, down and up at which the first k
        are crossed; NaN where none does it.
    """
    n = len(pairs)
    out = np.full((4, n), np.nan)
    curves = np.empty((3, n))
    for p in range(n):
        ours = (pairs[p, 0], pairs[p, 1], pairs[p, 2], pairs[p, 3])
        ahead = 0
        for q in range(n):
            others = (pairs[q, 0], pairs[q, 1], pairs[q, 2], pairs[q, 3])
            curves[0, q], curves[1, q], curves[2, q] = _curve(ours, others, tie, nil)
            ahead += curves[0, q] > 0
        for side in range(2):
            sign, reach = (-1.0, weight) if side == 0 else (1.0, np.inf)
            more, less = _flips(curves, sign, reach, nil)
            out[side, p], out[2 + side, p] = _walk(more, less, ahead, k, nil)
    return out


@compiled
def leading(points: Values, known: Values, weights: Values, k: int, nil: float) -> Values:
    """In how many weightings each pair stands among the first k, by scores of six decimals.

    Args:
        points: (m, n) points of each term, 0 where it is not counted.
        known: (m, n) 1 where it is counted, else 0.
        weights: (draws, m).
        k: Length of the leading group, below n; equal scores share the better rank.
        nil: Sums of weights below this count as this.

    Returns:
        n numbers.
    """
    terms, n = points.shape
    found = np.zeros(n)
    score, top, bottom = np.empty(n), np.empty(n), np.empty(n)
    for draw in range(len(weights)):
        top[:] = 0.0
        bottom[:] = 0.0
        for term in range(terms):
            weight = weights[draw, term]
            for i in range(n):
                top[i] += weight * points[term, i]
                bottom[i] += weight * known[term, i]
        for i in range(n):
            score[i] = np.rint(100.0 * top[i] / max(bottom[i], nil) * 1e6)
        last = np.partition(score, n - k)[n - k]
        for i in range(n):
            found[i] += score[i] >= last
    return found
