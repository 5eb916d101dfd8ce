"""Two to four scenarios side by side: what they chose, what they come to, what they share."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd

from analytics.consolidation.scenario import Choices, PairKept, Scenario
from analytics.consolidation.task import GOALS
from geo.errors import GanyuanError

FEWEST, MOST = 2, 4
"""Scenarios that are set side by side."""
MARKS: Final = ("all", "form", "some", "only", "absent")
"""What a pair is in one of several scenarios: in all of them, in all but in other forms, in some
others as well, in this one only, in others only."""
_SIMPLE: Final = (
    "place", "day", "demonstration", "goals", "per_host", "across", "national_hosts", "roads",
)  # fmt: skip
_SETS: Final = ("barred_hosts", "admitted_hosts", "locked", "forbidden", "trustees")


class CompareError(GanyuanError):
    """Too few or too many scenarios to be set side by side."""

    code = "CSC-003"


@dataclass(frozen=True)
class Comparison:
    """Scenarios side by side; a column for each: 0, 1 ... in the order of their names.

    Attributes:
        names: Names of the scenarios.
        measures: Index ``pairs``, ``hosts`` and the goals of
            :func:`analytics.consolidation.plan.measures`, float64; missing without a plan.
        pairs: One row per pair of any scenario, index ``host>absorbed``, those of most scenarios
            first: ``host_id``, ``absorbed_id``, ``in_scenarios`` (in how many), ``in_all``, and
            for each scenario the form (``merge``, ``trusteeship``; empty where it is not chosen).
        choices: One row per choice: ``choice`` (a field of :class:`Choices`, ``rule:<id>``,
            ``share:<code>``, ``land_expanded:<host>`` or ``land_removed:<host>``), ``differs``, and
            for each scenario its value as text, lists joined by ``;``; of land the area in m2, then
            its files.
        basis: One row per thing any of them rests on: ``origin``, ``name``, ``differs``, and for
            each scenario the version.
    """

    names: tuple[str, ...]
    measures: pd.DataFrame = field(repr=False)
    pairs: pd.DataFrame = field(repr=False)
    choices: pd.DataFrame = field(repr=False)
    basis: pd.DataFrame = field(repr=False)


def compare(scenarios: Mapping[str, Scenario]) -> Comparison:
    """Set scenarios side by side.

    Args:
        scenarios: Two to four, by name.

    Raises:
        CompareError: There are fewer or more.
    """
    if not FEWEST <= len(scenarios) <= MOST:
        raise CompareError(
            f"{len(scenarios)} scenarios cannot be compared; choose {FEWEST} to {MOST}",
            values={"n": len(scenarios), "fewest": FEWEST, "most": MOST},
        )
    every = list(scenarios.values())
    return Comparison(
        tuple(scenarios),
        _measures(every),
        _pairs(every),
        pd.concat([side_by_side([one.choices for one in every]), _land(every)], ignore_index=True),
        _basis(every),
    )


def marks(found: Comparison) -> pd.DataFrame:
    """What every pair is in every scenario.

    Returns:
        Index and numbered columns of :attr:`Comparison.pairs`; one of :data:`MARKS`.
    """
    forms = found.pairs[list(range(len(found.names)))]
    chosen = forms != ""
    count, kinds = chosen.sum(axis=1), forms.nunique(axis=1)
    own = np.select(
        [count.lt(len(found.names)) & count.gt(1), count.eq(1), kinds.gt(1)],
        ["some", "only", "form"],
        default="all",
    )
    table = {name: np.where(chosen[name], own, "absent") for name in forms}
    return pd.DataFrame(table, index=forms.index, columns=forms.columns, dtype="object")


def place_of(scenarios: Iterable[Scenario]) -> str:
    """Code of the place that all scenarios are about; empty for the province."""
    places = {one.choices.place for one in scenarios}
    return places.pop() if len(places) == 1 else ""


def _measures(scenarios: Sequence[Scenario]) -> pd.DataFrame:
    columns: dict[int, pd.Series] = {}
    for name, scenario in enumerate(scenarios):
        result = scenario.result
        told: dict[str, float | None] = {"pairs": None, "hosts": None}
        if result.after:
            told = {"pairs": len(result.pairs), "hosts": len(result.units), **result.after}
        columns[name] = pd.Series(told, dtype="float64")
    return pd.DataFrame(columns).reindex(["pairs", "hosts", *GOALS])


def _pairs(scenarios: Sequence[Scenario]) -> pd.DataFrame:
    by_name = {name: {p.key: p for p in s.result.pairs} for name, s in enumerate(scenarios)}
    known: dict[str, PairKept] = {}
    for pairs in by_name.values():
        known = {**pairs, **known}
    index = pd.Index(list(known), name="pair", dtype="object")
    out = pd.DataFrame(
        {
            "host_id": [pair.host_id for pair in known.values()],
            "absorbed_id": [pair.absorbed_id for pair in known.values()],
        },
        index=index,
        dtype="object",
    )
    forms = pd.DataFrame(
        {
            name: [pairs[key].form if key in pairs else "" for key in known]
            for name, pairs in by_name.items()
        },
        index=index,
        dtype="object",
    )
    count = (forms != "").sum(axis=1)
    out = pd.concat([out.assign(in_scenarios=count, in_all=count == len(scenarios)), forms], axis=1)
    return out.sort_values("in_scenarios", ascending=False, kind="stable")


def _said(value: Any) -> str:  # noqa: ANN401 - a field of a model
    if value is None:
        return ""
    if isinstance(value, tuple):
        return ";".join(">".join(one) if isinstance(one, tuple) else str(one) for one in value)
    return str(value)


def side_by_side(choices: Sequence[Choices]) -> pd.DataFrame:
    """Choices side by side; see :attr:`Comparison.choices`.

    All choices, of the rules those only that somebody moved or that differ.
    """
    rows: dict[str, dict[int, str]] = {}
    for column, chosen in enumerate(choices):
        told = {key: _said(getattr(chosen, key)) for key in (*_SIMPLE, *_SETS)}
        told |= {f"share:{code}": f"{share:g}" for code, share in chosen.shares.items()}
        told |= {f"rule:{key}": f"{value:g}" for key, value in chosen.rule_values.items()}
        for key, value in told.items():
            rows.setdefault(key, {})[column] = value
    moved = {f"rule:{key}" for chosen in choices for key in chosen.moved}
    out = _table(pd.DataFrame({"choice": list(rows)}), list(rows.values()), len(choices))
    rule = out["choice"].str.startswith("rule:")
    return out[~rule | out["differs"] | out["choice"].isin(moved)].reset_index(drop=True)


def _land(scenarios: Sequence[Scenario]) -> pd.DataFrame:
    """Land added to units and taken out of them, in the form of :attr:`Comparison.choices`."""
    rows: dict[str, dict[int, str]] = {}
    for column, scenario in enumerate(scenarios):
        for unit in scenario.result.units:
            for side in dict.fromkeys(one.side for one in unit.land):
                mine = [one for one in unit.land if one.side == side]
                known_m2 = sum(one.known_m2 for one in mine)
                area = "" if math.isnan(known_m2) else f"{known_m2:.2f}"
                told = ";".join([area, *(one.source for one in mine if one.source)])
                rows.setdefault(f"land_{side}:{unit.host_id}", {})[column] = told
    head = pd.DataFrame({"choice": list(rows)}, dtype="object")
    return _table(head, list(rows.values()), len(scenarios))


def _basis(scenarios: Sequence[Scenario]) -> pd.DataFrame:
    """What they rest on; of two states with one name the digest tells them apart."""
    told: dict[tuple[str, str], dict[int, str]] = {}
    content: dict[tuple[str, str], dict[int, str]] = {}
    for name, scenario in enumerate(scenarios):
        for one in scenario.basis:
            key = (one.origin, one.name)
            told.setdefault(key, {})[name] = one.version
            content.setdefault(key, {})[name] = one.digest or one.version
    head = pd.DataFrame(list(told), columns=["origin", "name"], dtype="object")
    out = _table(head, list(told.values()), len(scenarios))
    contents = _table(head, list(content.values()), len(scenarios))
    return out.assign(differs=contents["differs"])


def _table(head: pd.DataFrame, rows: list[dict[int, str]], width: int) -> pd.DataFrame:
    told = pd.DataFrame(rows, columns=list(range(width)), index=head.index, dtype="object")
    values = told.fillna("")
    differs = values.ne(values[0], axis=0).any(axis=1)
    return pd.concat([head.assign(differs=differs), values], axis=1)
