"""Work on columns of text that repeat few values over many rows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd


def of_distinct(values: pd.Series, read: Callable[[pd.Series], pd.Series]) -> pd.Series:
    """Apply a function to every distinct value once.

    Args:
        values: n cells.
        read: Gives one answer a cell, whatever the others are; missing cells need not be asked.

    Returns:
        n answers on the index of ``values``; missing where the cell is missing.
    """
    codes, distinct = pd.factorize(values)
    answers = read(pd.Series(distinct, dtype=values.dtype))
    # A missing cell has code -1, which takes the last answer.
    padded = answers.reindex(range(len(answers) + 1))
    return padded.iloc[np.asarray(codes)].set_axis(values.index)
