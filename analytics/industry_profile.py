"""How alike the industries of two zones are: the cosine of profiles over the sectors of the plan.

A profile is built from the leading industries that a zone names, through the synonyms of
``industry_words``; where revenue by sector is known it weighs the sectors instead. A zone that
names nothing, or only words that can be anything (新材料), has no profile, and no likeness to
anything is made up for it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics import industries
from geo.errors import SchemaError

Floats = npt.NDArray[np.float64]
BASES: Final = ("words", "figures", "open", "none")
"""What a profile rests on: leading industries by words; revenue by sector; only words without a
sector (no profile); nothing at all (no profile)."""


def profiles(
    texts: pd.Series,
    words: pd.DataFrame,
    sectors: pd.DataFrame,
    *,
    figures: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Share of each sector in the industries of a zone.

    Args:
        texts: n texts of leading industries, separated by ``;``, unique index; missing allowed.
        words: The table ``industry_words``.
        sectors: The table ``sectors``: 14 industries of the plan and those outside it.
        figures: Revenue (or another figure above zero) by zone and sector, indexed like
            ``texts`` with sector codes as columns; a row with any value replaces the words.

    Returns:
        float64 on the index of ``texts``, one column per sector in the order of ``sectors``; each
        row adds up to 1, or is missing as a whole where there is no profile.

    Raises:
        SchemaError: ``figures`` names an unknown sector or holds a value below zero.
    """
    codes = sectors["sector_code"].tolist()
    named = _named(texts, words).reindex(columns=codes, fill_value=False)
    weights = named.astype("float64")
    if figures is not None:
        weights = _with_figures(weights, figures)
    total = weights.sum(axis=1)
    return weights.div(total.where(total > 0), axis=0)


def from_sectors(named: pd.DataFrame) -> pd.DataFrame:
    """Profiles in which every sector that a zone has weighs the same.

    Args:
        named: bool frame of n zones, one column a sector.

    Returns:
        float64 of the same shape; each row adds up to 1, or is missing as a whole.
    """
    total = named.sum(axis=1)
    return named.astype("float64").div(total.where(total > 0), axis=0)


def basis(
    texts: pd.Series, words: pd.DataFrame, *, figures: pd.DataFrame | None = None
) -> pd.DataFrame:
    """What each profile rests on.

    Args:
        texts: As for :func:`profiles`.
        words: The table ``industry_words``.
        figures: As for :func:`profiles`.

    Returns:
        On the index of ``texts``: ``basis`` (:data:`BASES`), ``open_words`` (known words without
        a sector) and ``unknown_words`` (parts of the text in which no known word stands), both
        joined by ``;``.
    """
    known = _named(texts, words).any(axis=1)
    given = texts.astype("string").fillna("")
    parts = [[p.strip() for p in text.replace("；", ";").split(";") if p.strip()] for text in given]
    vocabulary = words["word"].tolist()
    unplaced = words.loc[words["sector_code"].isna(), "word"].tolist()
    sectoral = words.loc[words["sector_code"].notna(), "word"].tolist()
    open_words = [
        ";".join(p for p in those if _holds(p, unplaced) and not _holds(p, sectoral))
        for those in parts
    ]
    unknown = [";".join(p for p in those if not _holds(p, vocabulary)) for those in parts]
    weighed = pd.Series(data=False, index=texts.index)
    if figures is not None:
        weighed = figures.reindex(texts.index).fillna(0.0).gt(0.0).any(axis=1)
    rests = np.select(
        [weighed.to_numpy(bool), known.to_numpy(bool), (given != "").to_numpy(bool)],
        ["figures", "words", "open"],
        "none",
    )
    return pd.DataFrame(
        {"basis": rests, "open_words": open_words, "unknown_words": unknown}, index=texts.index
    ).astype("string")


def cosine(left: pd.DataFrame, right: pd.DataFrame) -> pd.Series:
    """Likeness of profiles paired by position.

    Args:
        left: n profiles.
        right: n profiles with the same columns.

    Returns:
        float64 between 0 (nothing in common) and 1 (the same mixture) on the index of ``left``;
        missing where one of the two has no profile.

    Raises:
        SchemaError: The columns differ.
    """
    _require_same_columns(left, right)
    one, other = _unit(left), _unit(right)
    return pd.Series((one * other).sum(axis=1).clip(0.0, 1.0), index=left.index, name="cosine")


def likeness(table: pd.DataFrame) -> pd.DataFrame:
    """Cosine of every zone with every other.

    Args:
        table: n profiles.

    Returns:
        n by n, symmetric, 1 on the diagonal; rows and columns of zones without a profile are
        missing.
    """
    unit = _unit(table)
    return pd.DataFrame((unit @ unit.T).clip(0.0, 1.0), index=table.index, columns=table.index)


def contributions(left: pd.DataFrame, right: pd.DataFrame) -> pd.DataFrame:
    """What each sector adds to the cosine of paired profiles; a row adds up to it.

    Raises:
        SchemaError: The columns differ.
    """
    _require_same_columns(left, right)
    return pd.DataFrame(_unit(left) * _unit(right), index=left.index, columns=left.columns)


def _named(texts: pd.Series, words: pd.DataFrame) -> pd.DataFrame:
    """Which sectors each text names; texts without a known word name none."""
    vocabulary = words["word"].tolist()
    telling = texts[[_holds(text, vocabulary) for text in texts.astype("string").fillna("")]]
    if telling.empty:
        return pd.DataFrame(index=texts.index)
    return industries.sectors(telling, words).reindex(texts.index, fill_value=False)


def _with_figures(weights: pd.DataFrame, figures: pd.DataFrame) -> pd.DataFrame:
    strange = [str(name) for name in figures.columns if name not in weights.columns]
    if strange:
        raise SchemaError(
            f"unknown sectors: {', '.join(strange)}", values={"columns": ", ".join(strange)}
        )
    below = (figures < 0).any(axis=1)
    if below.any():
        raise SchemaError(
            "figures of sectors must not be below zero",
            rows=figures.index[below].tolist(),
            values={"columns": ", ".join(map(str, figures.columns))},
        )
    given = figures.reindex(index=weights.index, columns=weights.columns).astype("float64")
    given = given.fillna(0.0)
    return weights.where(~given.gt(0.0).any(axis=1), given)


def _unit(table: pd.DataFrame) -> Floats:
    """Profiles as vectors of length 1; a row without a profile is missing."""
    values = table.to_numpy(dtype=np.float64)
    # Scaled first, so that the squares of small figures do not vanish.
    scale = values.max(axis=1, keepdims=True, initial=0.0)
    scaled = np.divide(values, scale, out=np.full_like(values, np.nan), where=scale > 0)
    unit: Floats = scaled / np.sqrt((scaled**2).sum(axis=1, keepdims=True))
    return unit


def _holds(part: str, words: list[str]) -> bool:
    return any(word in part for word in words)


def _require_same_columns(left: pd.DataFrame, right: pd.DataFrame) -> None:
    if list(left.columns) != list(right.columns):
        raise SchemaError("profiles must have the same sectors", values={"columns": "sector_code"})
