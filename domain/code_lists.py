"""Dictionaries of the ledgers and surveys: which words a column may hold."""

from __future__ import annotations

import csv
import unicodedata
from functools import cache
from typing import Final

import pandas as pd

from domain.distinct import of_distinct
from domain.paths import DATA
from domain.schema import Kind

LIST_OF: Final[dict[tuple[Kind, str], str]] = {
    ("parcels", "supply_mode"): "supply_mode",
    ("parcels", "idle_cause"): "idle_cause",
    ("parcels", "disposal_route"): "disposal_route",
    ("land_use", "tenure"): "tenure",
    ("land_use", "land_status"): "land_status",
    ("zones", "level"): "zone_level",
    ("batch", "batch_kind"): "batch_kind",
    ("batch", "acquisition"): "acquisition",
    ("batch", "unsupplied_cause"): "unsupplied_cause",
    ("batch", "disposal_path"): "disposal_path",
    ("supply", "supply_mode"): "supply_mode",
    ("idle_case", "idle_type"): "idle_type",
    ("idle_case", "cause"): "idle_cause",
    ("idle_case", "disposal_route"): "disposal_route",
    ("indicators", "zone_type"): "zone_type",
    ("enterprises", "kind"): "enterprise_kind",
}
"""The dictionary of a column, by kind."""


@cache
def _words() -> dict[str, dict[str, str]]:
    """Code by every word that means it, by list."""
    lists: dict[str, dict[str, str]] = {}
    with (DATA / "reference" / "code_lists.csv").open(encoding="utf-8", newline="") as f:
        for row in csv.DictReader(f):
            words = lists.setdefault(row["list"], {})
            for word in (row["code"], row["name_zh"], *row["aliases"].split(";")):
                if word:
                    words[_plain(word)] = row["code"]
    return lists


def _plain(word: str) -> str:
    return unicodedata.normalize("NFKC", word).strip().casefold()


def codes(name: str) -> tuple[str, ...]:
    """Codes of one dictionary, in its order."""
    return tuple(dict.fromkeys(_words()[name].values()))


def code_of(name: str, values: pd.Series) -> pd.Series:
    """Code of each word.

    Args:
        name: Dictionary.
        values: n words: codes, names or other spellings; a code may stand before its name
            (``D7 征缴土地闲置费``).

    Returns:
        string Series on the index of ``values``; missing where there is no word or it is unknown.
    """
    words = _words()[name]

    def read(distinct: pd.Series) -> pd.Series:
        return pd.Series([_code(words, str(value)) for value in distinct], dtype="string")

    return of_distinct(values, read)


def _code(words: dict[str, str], value: str) -> str | None:
    plain = _plain(value)
    if plain in words:
        return words[plain]
    first = plain.replace(":", " ").replace(".", " ").split()
    return words.get(first[0]) if len(first) > 1 else None
