"""Reads the period text of a published figure: year, part of the year, and how sure the figure is.

Sources say "2022 (passed one trillion)", "2023 (close to)", "2020 Jan-Oct". What such words mean
for a figure is kept apart from the figure itself.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

import pandas as pd

Qualifier = Literal["exact", "above", "below", "about", "expected", "derived"]
QUALIFIERS: Final[tuple[Qualifier, ...]] = get_args(Qualifier)

_WORDS: Final[dict[Qualifier, str]] = {
    "above": r"exceeded|passed|more than|above",
    "below": r"close to|nearly",
    "about": r"\babout\b",
    "expected": r"expected|target",
    "derived": r"derived",
}
_MONTH: Final = r"Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"


def parse(period: pd.Series) -> pd.DataFrame:
    """Take period texts apart.

    Args:
        period: n texts as sources give them; missing ones are allowed.

    Returns:
        n rows on the index of ``period``:

        - ``year`` Int64, the last year named before any bracket; missing where there is none,
        - ``month`` Int64, where the text is one month (``2021-11``); December for a whole year,
        - ``partial`` bool, the figure covers a part of the year or several years together,
        - ``qualifier`` string, one of :data:`QUALIFIERS`: ``above`` for "exceeded", ``below`` for
          "close to", ``about``, ``expected`` for a forecast, ``derived`` for a computed figure.
    """
    text = period.astype("string").fillna("")
    head = text.str.split("(").str[0]
    year = head.str.findall(r"(?:19|20)\d{2}").str[-1]
    month = head.str.extract(r"\d{4}-(\d{2})(?!\d)", expand=False)
    month_range = head.str.contains(rf"(?:{_MONTH})-(?:{_MONTH})", regex=True)
    part = head.str.contains(r"mid-year|cumulative|\bH1\b|\bH2\b", regex=True)
    return pd.DataFrame(
        {
            "year": pd.to_numeric(year, errors="coerce").astype("Int64"),
            "month": pd.to_numeric(month, errors="coerce").fillna(12).astype("Int64"),
            "partial": (month_range | part).astype(bool),
            "qualifier": _qualifier(text),
        },
        index=period.index,
    )


def _qualifier(text: pd.Series) -> pd.Series:
    out = pd.Series("exact", index=text.index, dtype="string")
    for name, words in _WORDS.items():
        hit = text.str.contains(words, regex=True, case=False)
        out = out.mask(hit & (out == "exact"), name)
    return out
