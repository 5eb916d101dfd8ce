"""A plan that was found turned into what a scenario keeps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from analytics.consolidation import card as consolidation_card
from analytics.consolidation.plan import Plan, measures
from analytics.consolidation.scenario import (
    Basis,
    Choices,
    FigureKept,
    GoalKept,
    LackKept,
    LandKept,
    PairKept,
    Result,
    Scenario,
    TermKept,
    UnitKept,
)
from analytics.consolidation.task import GOALS, Conditions
from analytics.consolidation.units import tax_surplus
from analytics.consolidation.whatif import Form, card
from domain.rules import RuleSet

_DECIMALS: Final = 9
"""Kept of a figure: beyond them sums differ by the order in which they were added."""
_COUNTED_APART: Final = "demonstration"
_SAID: Final = ("source", "date", "precision")
_SIDES: Final = ("expanded", "removed")


def choices_of(
    conditions: Conditions,
    *,
    rules: RuleSet,
    shipped: RuleSet,
    place: str,
    day: dt.date,
    demonstration: bool,
    roads: str = "",
    host_reasons: Mapping[str, str] | None = None,
) -> Choices:
    """What was chosen, in the order in which it is kept.

    Args:
        conditions: What the plan was asked for.
        rules: The rules ``consolidation`` as moved.
        shipped: The same as the rule file gives them for the day.
        place: Code of the prefecture; empty for the province.
        day: Day that is judged.
        demonstration: Demonstration figures counted.
        roads: Name of the road network that distances follow; empty for none.
        host_reasons: Why a zone is barred or admitted as a host, by zone; only those that are
            barred or admitted are kept.
    """
    named = conditions.barred_hosts | conditions.admitted_hosts
    said = {zone: text.strip() for zone, text in sorted((host_reasons or {}).items())}
    values = {rule.id: float(rule.value) for rule in rules.values()}
    moved = [key for key, value in values.items() if value != float(shipped.value(key))]
    return Choices(
        place=place,
        day=day,
        rule_values=values,
        moved=tuple(sorted(moved)),
        demonstration=demonstration,
        goals=conditions.goals,
        per_host=conditions.per_host,
        across=not conditions.same_prefecture,
        national_hosts=conditions.national_hosts,
        barred_hosts=tuple(sorted(conditions.barred_hosts)),
        admitted_hosts=tuple(sorted(conditions.admitted_hosts)),
        host_reasons={zone: text for zone, text in said.items() if zone in named and text},
        roads=roads,
        locked=tuple(sorted(conditions.locked)),
        forbidden=tuple(sorted(conditions.forbidden)),
        trustees=tuple(sorted(conditions.trustees)),
        shares={k: float(v) for k, v in sorted(conditions.shares.items())},
    )


def scenario_of(
    choices: Choices,
    found: Plan,
    facts: pd.DataFrame,
    *,
    rules: RuleSet,
    basis: Iterable[Basis],
    names: Mapping[str, tuple[str, str]],
    standing: pd.DataFrame | None = None,
    land: Mapping[str, Sequence[LandKept]] | None = None,
) -> Scenario:
    """A scenario from a plan.

    Args:
        choices: What was chosen.
        found: What :func:`analytics.consolidation.plan.solve` found for it.
        facts: :func:`analytics.consolidation.whatif.figures` of the zones of the place.
        rules: The rules ``consolidation`` as moved.
        basis: What all of it rests on.
        names: Chinese and English name of every zone.
        standing: :func:`analytics.consolidation.robust.stability` of the province; None leaves
            the robustness of the pairs open.
        land: Land added to the units and taken out of them, by host.

    Raises:
        AdjustmentError: More land is taken out of a unit than it has.
    """
    units = tuple(
        _unit(str(host), rows, facts, rules, tuple((land or {}).get(str(host), ())))
        for host, rows in found.pairs.groupby("host_id", sort=False)
    )
    lacking = tuple(
        LackKept(goal=row["goal"], zone_id=row["zone_id"])
        for row in found.unknown.to_dict("records")
    )
    none = found.pairs.iloc[:0]
    result = Result(
        outcome=found.outcome,
        pairs=_pairs(found.pairs, choices, rules, standing),
        goals=_goals(found),
        before=_measured(measures(none, facts, rules=rules), facts),
        after=_measured(found.measures, facts) if found.outcome in ("optimal", "gap") else {},
        units=units,
        lacking=lacking,
        left_out={name: int(n) for name, n in found.left_out.items()},
        zone_names=_named(units, lacking, choices, names),
    )
    return Scenario(choices=choices, basis=tuple(basis), result=result)


def _goals(found: Plan) -> tuple[GoalKept, ...]:
    if found.outcome not in ("optimal", "gap"):
        return ()
    rows = found.goals.round(_DECIMALS).reset_index().to_dict("records")
    return tuple(GoalKept(**{str(key): value for key, value in row.items()}) for row in rows)


def _measured(values: pd.Series, facts: pd.DataFrame) -> dict[str, float | None]:
    """The four measures; one of which nothing at all is known is missing and not zero."""
    nothing = {
        "large": bool(facts["revenue_yi"].isna().all()),
        "balance": bool(tax_surplus(facts).isna().all()),
    }
    return {goal: None if nothing.get(goal) else _figure(values[goal]) for goal in GOALS}


def _figure(value: Any) -> float | None:  # noqa: ANN401 - a cell of a frame
    if pd.isna(value) or not np.isfinite(float(value)):
        return None
    return round(float(value), _DECIMALS)


def _text(value: Any) -> str:  # noqa: ANN401 - a cell of a frame
    return "" if pd.isna(value) else str(value)


def _pairs(
    pairs: pd.DataFrame, choices: Choices, rules: RuleSet, standing: pd.DataFrame | None
) -> tuple[PairKept, ...]:
    known: dict[tuple[str, str], dict[Any, Any]] = {}
    if standing is not None:
        known = {(row["host_id"], row["absorbed_id"]): row for row in standing.to_dict("records")}
    out = []
    for row in pairs.to_dict("records"):
        told = known.get((row["host_id"], row["absorbed_id"]), {})
        out.append(
            PairKept(
                host_id=row["host_id"],
                absorbed_id=row["absorbed_id"],
                host_name=(row["host_name_zh"], row["host_name_en"]),
                absorbed_name=(row["absorbed_name_zh"], row["absorbed_name_en"]),
                form=row["form"],
                score=round(float(row["score"]), _DECIMALS),
                rank=None if pd.isna(row["rank"]) else int(row["rank"]),
                known_share=round(float(row["known_share"]), _DECIMALS),
                distance_km=_figure(row["distance_km"]),
                standing=_text(told.get("standing")),
                in_first=_figure(told.get("in_first")),
                terms=_terms(pd.Series(row), choices, rules),
            )
        )
    return tuple(out)


def _terms(pair: pd.Series, choices: Choices, rules: RuleSet) -> tuple[TermKept, ...]:
    out = []
    counted = choices.demonstration
    for row in consolidation_card.terms(pair, rules=rules, demonstration=counted).to_dict(
        "records"
    ):
        shown = counted or row["state"] != _COUNTED_APART
        out.append(
            TermKept(
                term=row["term"],
                state=row["state"],
                weight=float(row["weight"]),
                value=_text(row["value"]) if shown else "",
                points=_figure(row["points"]) if shown else None,
                contribution=_figure(row["contribution"]),
                **{part: _text(row[part]) for part in _SAID},
            )
        )
    return tuple(out)


def _unit(
    host: str,
    rows: pd.DataFrame,
    facts: pd.DataFrame,
    rules: RuleSet,
    land: tuple[LandKept, ...],
) -> UnitKept:
    """A host before and after; only what is merged is added, bodies fall with every pair."""
    merged = [str(zone) for zone in rows.loc[rows["form"] == "merge", "absorbed_id"]]
    entrusted = [str(zone) for zone in rows.loc[rows["form"] != "merge", "absorbed_id"]]
    form: Form = "merge" if merged else "trusteeship"
    area = {side: sum(one.area_m2 for one in land if one.side == side) for side in _SIDES}
    found = card(
        host, merged or entrusted, facts, rules=rules, form=form,
        expanded_m2=area["expanded"], removed_m2=area["removed"],
    )  # fmt: skip
    every = card(host, [*merged, *entrusted], facts, rules=rules, form=form).figures
    table = found.figures.copy()
    table.loc["bodies"] = every.loc["bodies"]
    figures = tuple(
        FigureKept(
            figure=str(name),
            host=_figure(row["host"]),
            absorbed=_figure(row["absorbed"]),
            after=_figure(row["after"]),
            missing=tuple(zone for zone in _text(row["missing"]).split(";") if zone),
        )
        for name, row in table.iterrows()
    )
    gained = tuple(code for code in found.sectors["gained"].split(";") if code)
    return UnitKept(
        host_id=host, merged=tuple(merged), entrusted=tuple(entrusted), figures=figures,
        gained=gained, land=land,
    )  # fmt: skip


def _named(
    units: Iterable[UnitKept],
    lacking: Iterable[LackKept],
    choices: Choices,
    names: Mapping[str, tuple[str, str]],
) -> dict[str, tuple[str, str]]:
    """Names of the zones that choices and result speak of."""
    said = {zone for unit in units for zone in (unit.host_id, *unit.merged, *unit.entrusted)}
    said |= {lack.zone_id for lack in lacking} | set(choices.barred_hosts)
    said |= set(choices.admitted_hosts)
    chosen = (*choices.locked, *choices.forbidden, *choices.trustees)
    said |= {zone for pair in chosen for zone in pair}
    return {zone: names[zone] for zone in sorted(said) if zone in names}
