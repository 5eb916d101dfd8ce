"""``ganyuan consolidate scenario save``: a plan solved as the page does, and kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from analytics.consolidation import candidates as consolidation
from analytics.consolidation import robust as consolidation_robust
from analytics.consolidation.land import UnitLand
from analytics.consolidation.plan import solve
from analytics.consolidation.region import facts_in, pairs_in
from analytics.consolidation.scenario import KIND, Basis, Scenario
from analytics.consolidation.scenario_result import choices_of, scenario_of
from analytics.consolidation.task import Conditions, task
from cli.consolidation_asked import KEPT, Ground, ground, moved
from cli.consolidation_land import (
    AddedOption,
    TakenOutOption,
    land_asked,
    land_of_plan,
    uncounted,
)
from cli.consolidation_options import (
    AcrossOption,
    AdmitOption,
    BarOption,
    DemonstrationOption,
    ForbidOption,
    LockOption,
    PerHostOption,
    RegionOption,
    RoadsOption,
    ShareOption,
    TrustOption,
    WeightsOption,
)
from cli.consolidation_parts import conditions, reasons_of
from cli.datasets import opened
from cli.printed import DayOption, JsonOption, StoreOption, judged_day, print_json
from domain import boundaries
from domain.i18n import translator
from domain.rules import RuleSet, load_rules
from export.scenario_basis import basis_now, prefectures_of
from export.scenario_words import Words
from settings import Settings
from store import Scenario as Saved

NameArgument = Annotated[str, typer.Argument(help="Name of the scenario.")]


@dataclass(frozen=True)
class _Wish:
    """What a scenario was asked for.

    Attributes:
        asked: Conditions of the plan.
        rules: The rules ``consolidation`` as moved.
        place: Code of the prefecture; empty for the province.
        day: Day that is judged.
        counted: Made-up figures count.
        why: Reasons for hosts that are barred or admitted, by zone.
        lands: Land of units, by host.
    """

    asked: Conditions
    rules: RuleSet
    place: str
    day: dt.date
    counted: bool
    why: Mapping[str, str]
    lands: Mapping[str, UnitLand]


def save(  # noqa: PLR0913 - one parameter an option
    name: NameArgument,
    *,
    goals: Annotated[
        list[str], typer.Option("--plan", help="Goal: score, large, bodies or balance; in order.")
    ],
    reason: Annotated[str, typer.Option("--reason", help="Why it is kept.")],
    state: Annotated[
        int | None,
        typer.Option("--state", min=1, help="State that was read, to save a further one."),
    ] = None,
    region: RegionOption = "",
    as_of: DayOption = None,
    demonstration: DemonstrationOption = False,
    weights: WeightsOption = "",
    across: AcrossOption = False,
    national: Annotated[bool, typer.Option("--national", help="Only national hosts.")] = False,
    per_host: PerHostOption = None,
    lock: LockOption = None,
    forbid: ForbidOption = None,
    trust: TrustOption = None,
    share: ShareOption = None,
    bar: BarOption = None,
    admit: AdmitOption = None,
    roads: RoadsOption = KEPT,
    added: AddedOption = None,
    taken_out: TakenOutOption = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Solve a plan and keep it as a scenario, new or as a further state."""
    if Path(roads).is_file():
        raise typer.BadParameter(
            "a scenario rests on a network of the store; add the file with "
            "`ganyuan consolidate roads add`",
            param_hint="--roads",
        )
    target, viewer = opened(store)
    place = boundaries.adcode_of(region) if region else ""
    asked = conditions(
        goals, per_host=per_host, lock=lock, forbid=forbid, trust=trust, share=share,
        across=across, national=national, bar=bar, admit=admit,
    )  # fmt: skip
    day = judged_day(as_of)
    rules = moved(load_rules("consolidation", as_of=day), weights, across=across)
    lands = land_asked(added, taken_out)
    why = reasons_of([*(bar or []), *(admit or [])])
    lifted = asked.admitted_hosts - asked.barred_hosts
    found = ground(store, roads, day=day, rules=rules, counted=demonstration, lifted=lifted)
    counted = demonstration and found.demonstration
    basis = basis_now(
        target, viewer, place=place, across=across, demonstration=counted, roads=found.network
    )
    scenario = _solved(found, _Wish(asked, rules, place, day, counted, why, lands), basis)
    kept = target.put_scenario(
        KIND,
        name,
        scenario.to_json(),
        prefectures=prefectures_of(place, across=across),
        viewer=viewer,
        reason=reason,
        demonstration=counted,
        number=state,
    )
    for line in uncounted(lands, scenario):
        typer.echo(line, err=True)
    _tell(kept, scenario, as_json=as_json)


def _tell(kept: Saved, scenario: Scenario, *, as_json: bool) -> None:
    if as_json:
        print_json({**state_record(kept), "scenario": kept.content})
        return
    typer.echo(f"{kept.name}: state {kept.number}, {len(scenario.result.pairs)} pairs for study")
    for line in Words(scenario, translator(Settings().language)).land():
        typer.echo(f"- {line}")


def _solved(found: Ground, wish: _Wish, basis: tuple[Basis, ...]) -> Scenario:
    """The plan of a place, as the page solves it."""
    rules, counted = wish.rules, wish.counted
    every = consolidation.candidates(
        found.inputs, as_of=wish.day, rules=rules, demonstration=counted
    )
    pairs, zones = pairs_in(every, wish.place), found.inputs.zones
    facts = facts_in(found.facts, pairs, wish.place)
    shipped = load_rules("consolidation", as_of=wish.day)
    choices = choices_of(
        wish.asked, rules=rules, shipped=shipped, place=wish.place, day=wish.day,
        demonstration=counted, roads=found.network, host_reasons=wish.why,
    )  # fmt: skip
    both = zip(zones["name_zh"], zones["name_en"], strict=True)
    plan = solve(task(pairs, facts, wish.asked, rules=rules), rules=rules)
    land = land_of_plan(wish.lands, plan.pairs, found.outlines, rules=rules)
    return scenario_of(
        choices,
        plan,
        facts,
        rules=rules,
        basis=basis,
        names=dict(zip(zones["zone_id"], both, strict=True)),
        standing=consolidation_robust.stability(every, rules=rules, demonstration=counted),
        land=land,
    )


def state_record(saved: Saved) -> dict[str, Any]:
    """A state of a scenario in a row, without what it holds."""
    return {
        "name": saved.name,
        "state": saved.number,
        "saved_by": saved.saved_by,
        "saved_at": saved.saved_at.isoformat(timespec="seconds"),
        "reason": saved.reason,
        "withdrawn": saved.withdrawn,
        "demonstration": saved.demonstration,
    }
