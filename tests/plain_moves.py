"""Moves of one weight and random weightings in whole tables, slowly, to hold the fast way to."""

from __future__ import annotations

import numpy as np

from analytics.consolidation.robust import NIL, PERCENT, TIE


def moves_of(points, known, weights, term, k):
    """(4, n) distances: the rank changes going down and up, the first k are crossed down and up."""
    top, bottom = points @ weights, known @ weights
    curve = curves(top, bottom, points[:, term], known[:, term])
    down = events(curve, -1.0, float(weights[term]), k)
    up = events(curve, 1.0, np.inf, k)
    return np.stack([down[0], up[0], down[1], up[1]])


def curves(top, bottom, a, has):
    """Coefficients c0, c1, c2 by (pair, other pair); above 0 the other is better."""
    n_p, d_p, a_p, k_p = (x[:, None] for x in (top, bottom, a, has))
    n_q, d_q, a_q, k_q = (x[None] for x in (top, bottom, a, has))
    c0 = n_q * d_p - n_p * d_q
    c1 = k_q * a_q * d_p + n_q * k_p - k_p * a_p * d_q - n_p * k_q
    c2 = k_p * k_q * (a_q - a_p)
    c0 = np.where(np.abs(c0) <= TIE / PERCENT * np.maximum(d_p * d_q, NIL), 0.0, c0)
    c1 = np.where(np.abs(c1) <= NIL * (d_p + d_q), 0.0, c1)
    return c0, c1, np.where(np.abs(c2) <= NIL, 0.0, c2)


def events(curve, sign, reach, k):
    """Nearest distance at which the rank changes, and at which the first k are crossed."""
    c0, c1, c2 = curve[0], sign * curve[1], curve[2]
    better_now = c0 > 0
    soon = np.where(c0 != 0, c0, np.where(c1 != 0, c1, c2)) > 0
    first, second = roots(c0, c1, c2)
    flips = np.concatenate([np.where(soon & ~better_now, 0.0, np.inf), first, second], axis=1)
    step = np.concatenate([np.ones_like(c0), np.where(soon, -1, 1), np.where(soon, 1, -1)], axis=1)
    flips = np.where(flips <= reach, flips, np.inf)
    step = np.where(np.isfinite(flips), step, 0).astype(np.int64)
    order = np.argsort(flips, axis=1, kind="stable")
    at = np.take_along_axis(flips, order, axis=1)
    ahead = better_now.sum(axis=1)
    count = ahead[:, None] + np.cumsum(np.take_along_axis(step, order, axis=1), axis=1)
    last = np.ones(at.shape, dtype=bool)
    last[:, :-1] = at[:, 1:] > at[:, :-1] + NIL
    real = last & np.isfinite(at)
    changed = real & (count != ahead[:, None])
    crossed = real & ((count < k) != (ahead < k)[:, None])
    return [
        np.where(m.any(axis=1), at[np.arange(len(at)), m.argmax(axis=1)], np.nan)
        for m in (changed, crossed)
    ]


def roots(c0, c1, c2):
    """The two places above 0 where the curve crosses 0; infinite where there is none."""
    with np.errstate(divide="ignore", invalid="ignore"):
        line = np.where(c1 != 0, -c0 / c1, np.inf)
        under = c1 * c1 - 4 * c2 * c0
        half = -0.5 * (c1 + np.where(c1 >= 0, 1.0, -1.0) * np.sqrt(np.maximum(under, 0.0)))
        one = np.where(half != 0, c0 / half, np.inf)
        two = np.where(half != 0, half / c2, np.inf)
    crossing = under > NIL * np.maximum(c1 * c1, NIL)
    first = np.where(c2 != 0, np.where(crossing, one, np.inf), line)
    second = np.where((c2 != 0) & crossing, two, np.inf)
    both = np.stack([first, second])
    return np.sort(np.where(np.isfinite(both) & (both > NIL), both, np.inf), axis=0)


def hits_of(points, known, weights, k):
    """In how many weightings each pair stands among the first k; equal scores share a rank."""
    scores = (PERCENT * (weights @ points.T) / np.maximum(weights @ known.T, NIL)).round(6)
    better = (scores[:, None, :] > scores[:, :, None]).sum(axis=2)
    return (better < k).sum(axis=0)
