"""Words of the idle-land page for the keys of tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pandas as pd

from domain.parcels import columns
from views.context import Context

ROUTES: Final = ("D1", "D2", "D3", "D4", "D4B", "D5", "D6", "D7", "D8", "D9")
"""Codes of disposal routes."""


def translated(values: pd.Series, word: Callable[[str], str]) -> pd.Series:
    """Keys of a column in words; each key is looked up once, missing ones stay missing."""
    return values.map({key: word(key) for key in values.dropna().unique()})


def statuses(ctx: Context, values: pd.Series) -> pd.Series:
    """Statuses in words."""
    return translated(values, lambda key: ctx.t(f"idle.status.{key}"))


def missing_names(ctx: Context, keys: str) -> str:
    """Names of the columns whose evidence is absent, joined for reading."""
    names = {c.column: ctx.t.pick(c.zh, c.en) for c in columns()}
    return ctx.t.pick("、", ", ").join(names.get(key, key) for key in keys.split(";") if key)
