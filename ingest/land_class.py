"""Which of the colliding code lists a file uses, and what its codes mean for the analyses.

Code 0601 is industrial land in GB/T 21010 and a rural road in the 2023 guide, so a code says
nothing before its standard is known.
"""

from __future__ import annotations

import csv
from collections import Counter
from functools import cache
from typing import Final

import pandas as pd

from domain.paths import DATA

GB21010: Final = "GB/T 21010-2017"
THIRD_SURVEY: Final = "三调工作分类"
LAND_SEA: Final = "用地用海分类 2023"
CITY_PLAN: Final = "GB 50137-2011"
SECOND_SURVEY: Final = "二调 (GB/T 21010-2007)"
STANDARDS: Final = (THIRD_SURVEY, GB21010, LAND_SEA, CITY_PLAN, SECOND_SURVEY)
"""Standards that a file may use, in order of preference among equals."""

_ONLY_THIRD: Final = r"^(?:05H1|08H1|08H2|0810A|\d{4}K)$"
_ONLY_LAND_SEA: Final = r"^(?:\d{6}|(?:1[3-9]|2[0-4])\d{0,2})$"
_ONLY_GB: Final = r"^(?:0604|0808)$"
_LETTERS: Final = r"^[A-Z]\d*$"
_THREE_DIGITS: Final = r"^\d{3}$"
_PROOFS: Final = (
    (_ONLY_THIRD, THIRD_SURVEY),
    (_LETTERS, CITY_PLAN),
    (_THREE_DIGITS, SECOND_SURVEY),
    (_ONLY_LAND_SEA, LAND_SEA),
    (_ONLY_GB, GB21010),
)
"""Codes that only one standard has, in order of preference."""


@cache
def _lists() -> dict[str, dict[str, tuple[str, str]]]:
    """Name and analysis class by code by standard."""
    lists: dict[str, dict[str, tuple[str, str]]] = {name: {} for name in STANDARDS}
    path = DATA / "reference" / "land_classes.csv"
    with path.open(encoding="utf-8", newline="") as f:
        for row in csv.DictReader(f):
            entry = (row["name_zh"], row["analysis_class"])
            lists.setdefault(row["standard"], {})[row["code"].upper()] = entry
    return lists


def detect(codes: pd.Series, names: pd.Series | None, *, least_vote: float) -> str:
    """Standard of the codes of a file.

    Args:
        codes: Land class codes, text; missing ones do not count.
        names: Class names on the same index, where the file has them.
        least_vote: Share of the rows whose names must agree with a standard.

    Returns:
        One of :data:`STANDARDS`; empty where the codes do not tell and the meanings differ.
    """
    present = codes.dropna().str.upper()
    if present.empty:
        return ""
    sure = proven(present)
    if sure:
        return sure[0]
    voted = _vote(present, names, least_vote) if names is not None else ""
    return voted or _indifferent(frozenset(present))


def proven(codes: pd.Series) -> list[str]:
    """Standards of which some code is in no other one; more than one is a mixture.

    Args:
        codes: Land class codes, text; missing ones do not count.
    """
    distinct = pd.Series(codes.dropna().str.upper().unique(), dtype="string")
    return [standard for pattern, standard in _PROOFS if distinct.str.match(pattern).any()]


def names(standard: str) -> dict[str, str]:
    """Name by code of one standard; empty for an unknown one."""
    return {code: entry[0] for code, entry in _lists().get(standard, {}).items()}


def same_name(listed: pd.Series, given: pd.Series) -> pd.Series:
    """Whether names of a list and of a file mean the same class (boolean)."""
    plain = [
        values.astype("string").str.strip().str.removesuffix("用地") for values in (listed, given)
    ]
    return (plain[0] == plain[1]).astype("boolean").fillna(value=False)


def _vote(codes: pd.Series, names: pd.Series, least: float) -> str:
    """Standard whose names agree best with those of the file."""
    named = names.reindex(codes.index).dropna()
    if named.empty:
        return ""
    pairs = pd.DataFrame({"code": codes.loc[named.index], "name": named})
    distinct = pairs.value_counts().reset_index(name="rows")
    given: Counter[tuple[str, str]] = Counter()
    for code, name, rows in zip(*(distinct[c] for c in ("code", "name", "rows")), strict=True):
        given[str(code), str(name)] += int(rows)
    shares = {}
    for standard in STANDARDS:
        entries = _lists()[standard]
        agree = [
            count
            for (code, name), count in given.items()
            if code in entries and _same_name(entries[code][0], name)
        ]
        shares[standard] = sum(agree) / given.total()
    best = max(STANDARDS, key=lambda s: shares[s])
    rivals = [s for s in STANDARDS if s != best and shares[s] == shares[best]]
    if shares[best] < least:
        return ""
    if rivals and not _agree(frozenset(codes), (best, *rivals)):
        return ""
    return best


def _same_name(listed: str, given: str) -> bool:
    return listed.removesuffix("用地") == given.strip().removesuffix("用地")


def _indifferent(codes: frozenset[str]) -> str:
    """A standard that lists all codes, if every such standard means the same by them."""
    able = tuple(s for s in STANDARDS if codes <= _lists()[s].keys())
    return able[0] if able and _agree(codes, able) else ""


def _agree(codes: frozenset[str], standards: tuple[str, ...]) -> bool:
    return all(
        len({_lists()[s][code][1] for s in standards if code in _lists()[s]}) <= 1 for code in codes
    )


def analysis_classes(codes: pd.Series, standard: str) -> pd.Series:
    """Analysis class of each code.

    Args:
        codes: n land class codes, text.
        standard: One of :data:`STANDARDS`; empty leaves every row without a class.

    Returns:
        string Series on the index of ``codes``, named ``analysis_class``; missing where the
        standard does not list the code.
    """
    entries = _lists().get(standard, {})
    table = {code: entry[1] for code, entry in entries.items()}
    return codes.str.upper().map(table).astype("string").rename("analysis_class")
