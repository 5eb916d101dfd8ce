"""Weights from pairwise judgements (analytic hierarchy process), refused where they contradict.

The weights are the principal eigenvector of the reciprocal matrix. Its eigenvalue exceeds the
number of criteria n by the inconsistency of the judgements: ``CI = (lambda - n) / (n - 1)``, held
against the mean index of random matrices: ``CR = CI / RI``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from domain.rules import RuleSet
from geo.errors import GanyuanError

Values = npt.NDArray[np.float64]

STRONGEST: Final = 9.0
"""End of the scale of judgements: extremely more important."""
_PLAIN: Final = 3
"""Fewer criteria than this cannot contradict each other."""
_TOLERANCE: Final = 1e-9


class JudgementError(GanyuanError):
    """A judgement is missing, off the scale, or names an unknown criterion."""

    code = "CPL-003"


class InconsistentError(GanyuanError):
    """The judgements contradict each other beyond the accepted ratio."""

    code = "CPL-002"


@dataclass(frozen=True)
class Weighed:
    """What pairwise judgements come to.

    Attributes:
        weights: By criterion, adding to 1.
        eigenvalue: Principal eigenvalue.
        index: Consistency index.
        ratio: Consistency ratio; 0 for fewer than three criteria.
        judgements: One row per judgement, the least consistent first, RangeIndex: ``first``,
            ``second``, ``given``, ``implied`` (ratio of the weights), ``off`` (by which factor
            the two differ, >= 1).
    """

    weights: pd.Series
    eigenvalue: float
    index: float
    ratio: float
    judgements: pd.DataFrame = field(repr=False)


def weigh(
    judgements: Mapping[tuple[str, str], float], criteria: list[str], *, rules: RuleSet
) -> Weighed:
    """Weights of criteria from how much more important each is than each other.

    Args:
        judgements: For every pair of criteria, in one of its two orders, a number between 1/9
            and 9: 3 for ``(a, b)`` says that a is moderately more important than b.
        criteria: 2 to 9 names.
        rules: The rules ``consolidation``: ``CON-AHP-RI-3`` to ``-9`` and ``CON-AHP-CR``.

    Raises:
        JudgementError: A judgement is missing, given twice, off the scale, or of no criterion.
        InconsistentError: The consistency ratio exceeds ``CON-AHP-CR``; the judgement that lies
            farthest from what the others imply is named.
    """
    matrix = _matrix(judgements, criteria, rules)
    eigenvalue, weights = _principal(matrix)
    n = len(criteria)
    index = max(eigenvalue - n, 0.0) / (n - 1)
    ratio = index / rules.value(f"CON-AHP-RI-{n}") if n >= _PLAIN else 0.0
    out = Weighed(
        pd.Series(weights, index=pd.Index(criteria, name="criterion")),
        eigenvalue, index, ratio, _judged(matrix, weights, criteria),
    )  # fmt: skip
    _require_consistent(out, rules.value("CON-AHP-CR"))
    return out


def shared_out(weights: pd.Series, now: pd.Series, *, most: int) -> pd.Series:
    """Whole points of all terms after some of them were weighed against each other.

    The terms that were weighed share what they have now; the others keep theirs. Where one would
    pass ``most``, all are made smaller in proportion, which changes no score.

    Args:
        weights: By criterion, adding to 1.
        now: Present points of all terms, >= 0.
        most: Largest number of points of a term.

    Returns:
        int64, index of ``now``. Rounded to whole points.
    """
    out = now.astype("float64").copy()
    together = float(out.loc[weights.index].sum())
    # Terms without any points still are given the proportions that were judged.
    out.loc[weights.index] = weights * (together if together > 0 else float(most))
    top = float(out.max())
    return (out * min(1.0, most / top)).round().astype("int64")


def _matrix(
    judgements: Mapping[tuple[str, str], float], criteria: list[str], rules: RuleSet
) -> Values:
    n, place = len(criteria), {name: i for i, name in enumerate(criteria)}
    if len(place) < n or n < len(("a", "b")) or (n >= _PLAIN and f"CON-AHP-RI-{n}" not in rules):
        raise _unusable(f"{n} criteria")
    matrix = np.eye(n)
    for (first, second), value in judgements.items():
        if first not in place or second not in place or first == second:
            raise _unusable(f"{first} / {second}")
        if not 1 / STRONGEST - _TOLERANCE <= value <= STRONGEST + _TOLERANCE:
            raise _unusable(f"{first} / {second}: {value:g}")
        i, j = place[first], place[second]
        if matrix[i, j]:
            raise _unusable(f"{first} / {second}")
        matrix[i, j], matrix[j, i] = value, 1 / value
    for first, second in combinations(criteria, 2):
        if not matrix[place[first], place[second]]:
            raise _unusable(f"{first} / {second}")
    return matrix


def _unusable(detail: str) -> JudgementError:
    return JudgementError(
        f"pairwise judgements cannot be used: {detail}; give one number between 1/9 and 9 for "
        "every pair of 2 to 9 criteria",
        values={"detail": detail},
    )


def _principal(matrix: Values) -> tuple[float, Values]:
    """Principal eigenvalue and its eigenvector, adding to 1."""
    values, vectors = np.linalg.eig(matrix)
    at = int(np.argmax(values.real))
    weights = np.abs(vectors[:, at].real)
    return float(values[at].real), weights / weights.sum()


def _judged(matrix: Values, weights: Values, criteria: list[str]) -> pd.DataFrame:
    rows = []
    for i, j in combinations(range(len(criteria)), 2):
        given, implied = float(matrix[i, j]), float(weights[i] / weights[j])
        off = max(given / implied, implied / given)
        rows.append((criteria[i], criteria[j], given, implied, off))
    out = pd.DataFrame(rows, columns=["first", "second", "given", "implied", "off"])
    return out.sort_values("off", ascending=False, kind="stable", ignore_index=True)


def _require_consistent(found: Weighed, limit: float) -> None:
    if found.ratio <= limit + _TOLERANCE:
        return
    worst = found.judgements.iloc[0]
    raise InconsistentError(
        f"the judgements contradict each other: consistency ratio {found.ratio:.2f}, above "
        f"{limit:g}; the worst is {worst['first']} against {worst['second']}, entered as "
        f"{worst['given']:.3g} where the others imply about {worst['implied']:.3g}; change it",
        values={
            "ratio": f"{found.ratio:.2f}",
            "limit": f"{limit:g}",
            "first": worst["first"],
            "second": worst["second"],
            "given": f"{worst['given']:.3g}",
            "implied": f"{worst['implied']:.3g}",
        },
    )
