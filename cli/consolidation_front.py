"""``ganyuan consolidate front``: the trade-off of two goals, point by point."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from analytics.consolidation import candidates as consolidation
from analytics.consolidation import plan as consolidation_plan
from analytics.consolidation.pareto import Budget, Front, front
from analytics.consolidation.region import facts_in, pairs_in
from analytics.consolidation.task import Conditions, task
from cli.consolidation_asked import KEPT, Ground, ground, moved
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
from cli.consolidation_parts import conditions
from cli.printed import DayOption, JsonOption, StoreOption, judged_day, print_json, records
from cli.written import write_file
from domain import boundaries
from domain.i18n import Translator, translator
from domain.rules import RuleSet, load_rules
from export.front_table import front_kinds, front_said, front_table
from export.workbook import Column, Sheet, write_workbook
from settings import Settings


def front_command(  # noqa: PLR0913 - one parameter an option
    *,
    first: Annotated[str, typer.Option("--first", help="score, large, bodies or balance.")],
    second: Annotated[str, typer.Option("--second", help="Another of them.")],
    store: StoreOption = None,
    as_of: DayOption = None,
    region: RegionOption = "",
    demonstration: DemonstrationOption = False,
    per_host: PerHostOption = None,
    lock: LockOption = None,
    forbid: ForbidOption = None,
    trust: TrustOption = None,
    share: ShareOption = None,
    bar: BarOption = None,
    admit: AdmitOption = None,
    weights: WeightsOption = "",
    across: AcrossOption = False,
    roads: RoadsOption = KEPT,
    solves: Annotated[
        int | None, typer.Option("--solves", min=0, help="Solves at most, besides both ends.")
    ] = None,
    seconds: Annotated[float | None, typer.Option("--seconds", min=0, help="Time at most.")] = None,
    gap: Annotated[
        float | None,
        typer.Option("--gap", min=0, max=1, help="Largest box left of a part; 0 finds all."),
    ] = None,
    xlsx: Annotated[Path | None, typer.Option("--xlsx", help="Workbook to write.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List the plans that no other beats in two goals (两个目标的取舍), for study."""
    day = judged_day(as_of)
    rules = moved(load_rules("consolidation", as_of=day), weights, across=across)
    asked = conditions(
        [first, second], per_host=per_host, lock=lock, forbid=forbid, trust=trust, share=share,
        across=across, bar=bar, admit=admit,
    )  # fmt: skip
    lifted = asked.admitted_hosts - asked.barred_hosts
    base = ground(store, roads, day=day, rules=rules, counted=demonstration, lifted=lifted)
    pairs = consolidation.candidates(
        base.inputs, as_of=day, rules=rules, demonstration=demonstration
    )
    code = boundaries.adcode_of(region) if region else ""
    pairs = pairs_in(pairs, code)
    facts = facts_in(base.facts, pairs, code)
    usual = Budget.of(rules)
    budget = Budget(
        usual.solves if solves is None else solves,
        usual.seconds if seconds is None else seconds,
        usual.gap if gap is None else gap,
    )
    made = task(pairs, facts, asked, rules=rules)
    found = front(made, rules=rules, budget=budget)
    counts = consolidation_plan.unknown(made)["goal"].value_counts()
    unknown = {str(goal): int(n) for goal, n in counts.items()}
    t = translator(Settings().language)
    counted = demonstration and base.demonstration
    if xlsx is not None:
        notes = _notes(found, asked, base, rules, unknown, t)
        _write(xlsx, found, pairs, notes, t, demonstration=counted)
    if as_json:
        print_json(_told(found, asked, base, unknown, demonstration=counted))
        return
    _print(found, (first, second), unknown, t)
    if counted:
        typer.echo("演示数据 counted")


def _told(
    found: Front,
    asked: Conditions,
    base: Ground,
    unknown: dict[str, int],
    *,
    demonstration: bool,
) -> dict[str, Any]:
    rows = records(found.points)
    for row in rows:
        row["pairs"] = row["pairs"].split(";") if row["pairs"] else []
    return {
        "goals": list(asked.goals),
        "demonstration": demonstration,
        "rests_on": base.cited,
        "complete": found.complete,
        "stopped": found.stopped,
        "plans_known": found.known,
        "proven": int(found.points["proven"].sum()),
        "largest_box_left": found.left,
        "bound_of": found.bounded,
        "solves": found.solves,
        "not_known": unknown,
        "points": rows,
    }


def _print(found: Front, goals: tuple[str, str], unknown: dict[str, int], t: Translator) -> None:
    typer.echo(front_said(found, t, unknown=unknown))
    heads = [t(f"conpareto.goal.{goal}") for goal in goals]
    typer.echo("  ".join(["  #", *heads, t("conpareto.col.count"), t("conpareto.col.left")]))
    for at, row in enumerate(found.points.to_dict("records"), 1):
        mark = "" if row["proven"] else f"  {t('conpareto.not_proven')}"
        figures = "  ".join(f"{row[goal]:12,.1f}" for goal in goals)
        typer.echo(f"{at:>3}  {figures}  {row['count']:>4}  {row['left']:9.4%}{mark}")


def _notes(
    found: Front,
    asked: Conditions,
    base: Ground,
    rules: RuleSet,
    unknown: dict[str, int],
    t: Translator,
) -> dict[str, str]:
    """What the front was worked out from."""
    return {
        t("conpareto.note.basis"): base.cited,
        t("conpareto.note.goals"): t.pick("、", ", ").join(
            t(f"conplan.goal.{goal}") for goal in asked.goals
        ),
        t("conpareto.note.state"): front_said(found, t, unknown=unknown),
        t("conpareto.note.locked"): ", ".join(sorted(">".join(p) for p in asked.locked)),
        t("conpareto.note.forbidden"): ", ".join(sorted(">".join(p) for p in asked.forbidden)),
        t("conpareto.note.trustees"): ", ".join(sorted(">".join(p) for p in asked.trustees)),
        t("conpareto.note.study"): t("conplan.intro"),
        **{rule.id: f"{rule.value:g}" for rule in rules.values()},
    }


def _write(
    path: Path,
    found: Front,
    pairs: pd.DataFrame,
    notes: dict[str, str],
    t: Translator,
    *,
    demonstration: bool,
) -> None:
    pick = "zh" if t.language == "zh_CN" else "en"
    keys = pairs["host_id"] + ">" + pairs["absorbed_id"]
    said = pairs[f"host_name_{pick}"] + " ← " + pairs[f"absorbed_name_{pick}"]
    table = front_table(found, dict(zip(keys, said, strict=True)), t)
    kinds = front_kinds(found, t)
    columns = tuple(Column(str(c), str(c), kinds.get(str(c), "text")) for c in table)
    sheet = Sheet(t("conpareto.file_name"), table, columns, demonstration=demonstration)
    mark = t("frame.demonstration")
    content = write_workbook([sheet], notes=notes, notes_name=t("data.notes_name"), mark=mark)
    write_file(path, content)
