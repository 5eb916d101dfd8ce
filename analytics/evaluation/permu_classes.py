"""Classes of a ranking by shares of the ranked units, with ties and vetoes."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from domain.permu_schemes import PermuScheme

_DIGITS: Final = 9
_HAIR: Final = 1e-9


def cuts(n: int, scheme: PermuScheme) -> npt.NDArray[np.int64]:
    """Last rank of each class among n units; the last is always n.

    Where a share of n is no whole number the scheme rounds it ``down`` or ``up``.
    """
    exact = [one.upto * n for one in scheme.classes]
    if scheme.rounding == "up":
        whole = [math.ceil(value - _HAIR) for value in exact]
    else:
        whole = [math.floor(value + _HAIR) for value in exact]
    return np.array([*whole[:-1], n], dtype=np.int64)


def assign(
    scores: pd.Series,
    scheme: PermuScheme,
    *,
    vetoes: pd.DataFrame | None = None,
    within: pd.Series | None = None,
) -> pd.DataFrame:
    """Rank and class of each unit.

    Args:
        scores: n scores; missing ones are not ranked.
        scheme: The scheme.
        vetoes: boolean columns named by ``scheme.veto`` on the index of ``scores``; missing values
            and absent columns cap nothing and are told. None stands for no column.
        within: Groups that are ranked each by itself, such as counties; units without one are
            not ranked. None ranks all together.

    Returns:
        On the index of ``scores``: ``rank`` (1 best; of equal scores the better rank) and ``of``
        (both Int64), ``class_before_veto`` and ``class`` (text, missing where unranked),
        ``vetoes`` (columns that are true, joined by ``;``) and ``vetoes_unknown`` (columns
        without a value).
    """
    ranked = scores.round(_DIGITS)
    group = pd.Series("", index=scores.index) if within is None else within.astype("string")
    ranked = ranked.where(group.notna())
    keys = group.fillna("")
    best = ranked.groupby(keys).rank(method="min", ascending=False)
    judged = best
    if scheme.ties == "worse":
        judged = ranked.groupby(keys).rank(method="max", ascending=False)
    of = ranked.groupby(keys).transform("count").where(ranked.notna())
    names = np.array([one.name for one in scheme.classes], dtype=object)
    place = np.full(len(scores), len(names) - 1)
    for n in of.dropna().unique():
        mine = (of == n).to_numpy()
        place[mine] = np.searchsorted(cuts(int(n), scheme), judged[mine].to_numpy())
    known = ranked.notna().to_numpy()
    stated = pd.DataFrame(index=scores.index) if vetoes is None else vetoes
    floor, hit, unknown = _vetoes(stated, scheme)
    return pd.DataFrame(
        {
            "rank": best.astype("Int64"),
            "of": of.astype("Int64"),
            "class_before_veto": np.where(known, names[place], None),
            "class": np.where(known, names[np.maximum(place, floor)], None),
            "vetoes": hit,
            "vetoes_unknown": unknown,
        },
        index=scores.index,
    ).astype(dict.fromkeys(("class_before_veto", "class", "vetoes", "vetoes_unknown"), "string"))


def counts(table: pd.DataFrame, scheme: PermuScheme, *, before_veto: bool = False) -> pd.Series:
    """Units of each class in the order of the scheme, zero where there is none; int64."""
    column = "class_before_veto" if before_veto else "class"
    names = [one.name for one in scheme.classes]
    return table[column].value_counts().reindex(names, fill_value=0).astype("int64")


def _vetoes(
    stated: pd.DataFrame, scheme: PermuScheme
) -> tuple[npt.NDArray[np.int64], list[str], list[str]]:
    """Best place that remains for each row, the vetoes that hold, and those without a value."""
    order = {one.name: i for i, one in enumerate(scheme.classes)}
    columns = [veto.column for veto in scheme.veto]
    values = stated.reindex(columns=columns).astype("boolean")
    holds = values.fillna(value=False).to_numpy(dtype=bool)
    best = np.array([order[veto.at_best] for veto in scheme.veto], dtype=np.int64)
    floor = np.where(holds, best, 0).max(axis=1, initial=0)
    return floor, _names(columns, holds), _names(columns, values.isna().to_numpy(dtype=bool))


def _names(columns: list[str], marks: npt.NDArray[np.bool_]) -> list[str]:
    named = np.array(columns, dtype=object)
    return [";".join(named[row]) for row in marks]
