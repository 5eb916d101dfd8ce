"""``ganyuan consolidate``: pairs of zones for study, and what can be made of them."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

import pandas as pd
import typer

from analytics.consolidation import candidates as consolidation
from analytics.consolidation.bounds import bounds, gaps
from analytics.consolidation.published import published_inputs
from analytics.consolidation.region import facts_in, pairs_in
from analytics.consolidation.task import Conditions
from cli import consolidation_roads, consolidation_scenarios
from cli.consolidation_asked import KEPT, Ground, ground, moved
from cli.consolidation_front import front_command
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
from cli.consolidation_parts import conditions, pair_of, plan, reasons_of, robustness, what_if
from cli.printed import DayOption, JsonOption, StoreOption, judged_day, print_json, records
from domain import boundaries
from domain.rules import RuleSet, load_rules
from geo.errors import GanyuanError


def register(app: typer.Typer) -> None:
    """Add the command, with its scenarios, to the application."""
    group = typer.Typer(invoke_without_command=True)
    group.callback()(consolidate)
    group.command("front")(front_command)
    group.add_typer(consolidation_scenarios.group, name="scenario")
    group.add_typer(consolidation_roads.group, name="roads")
    app.add_typer(group, name="consolidate")


def consolidate(  # noqa: PLR0913 - one parameter an option
    ctx: typer.Context,
    *,
    store: StoreOption = None,
    as_of: DayOption = None,
    region: RegionOption = "",
    demonstration: DemonstrationOption = False,
    first: Annotated[int, typer.Option("--first", min=1, help="Pairs to print.")] = 20,
    robust: Annotated[
        bool, typer.Option("--robust", help="How far ranks hang on the weights (JSON).")
    ] = False,
    goals: Annotated[
        list[str] | None,
        typer.Option("--plan", help="Best plan by score, large, bodies, balance (JSON)."),
    ] = None,
    per_host: PerHostOption = None,
    lock: LockOption = None,
    forbid: ForbidOption = None,
    trust: TrustOption = None,
    share: ShareOption = None,
    bar: BarOption = None,
    admit: AdmitOption = None,
    whatif: Annotated[
        str, typer.Option("--whatif", help="Pair host>absorbed, before and after (JSON).")
    ] = "",
    weights: WeightsOption = "",
    across: AcrossOption = False,
    roads: RoadsOption = KEPT,
    as_json: JsonOption = False,
) -> None:
    """List pairs of zones for a consolidation study (整合研究对象), best first; no proposals."""
    if ctx.invoked_subcommand:
        return
    if (robust or goals or whatif) and not as_json:
        raise typer.BadParameter("--robust, --plan and --whatif print JSON; add --json")
    day = judged_day(as_of)
    rules = moved(load_rules("consolidation", as_of=day), weights, across=across)
    lifted = frozenset(reasons_of(admit))
    found = ground(store, roads, day=day, rules=rules, counted=demonstration, lifted=lifted)
    pairs = consolidation.candidates(
        found.inputs, as_of=day, rules=rules, demonstration=demonstration
    )
    everywhere, code = pairs, boundaries.adcode_of(region) if region else ""
    pairs = pairs_in(pairs, code)
    if as_json:
        asked = None
        if goals:
            asked = conditions(
                goals, per_host=per_host, lock=lock, forbid=forbid, trust=trust, share=share,
                across=across, bar=bar, admit=admit,
            )  # fmt: skip
        facts = facts_in(found.facts, pairs, code)
        parts = _parts((everywhere, pairs), facts, rules, asked, whatif, robust, demonstration)
        told = _told(found, pairs, rules, day, first, demonstration=demonstration)
        print_json({**told, **parts})
        return
    _print_pairs(pairs, first, _hits(day, rules), int(rules.value("CON-HIT-K")))
    for fault in found.faults:
        typer.echo(str(fault), err=True)
    if found.unreached:
        typer.echo(f"no road distance: {', '.join(found.unreached)}", err=True)
    if demonstration and found.demonstration:
        typer.echo("演示数据 counted")


def _told(
    found: Ground,
    pairs: pd.DataFrame,
    rules: RuleSet,
    day: dt.date,
    first: int,
    *,
    demonstration: bool,
) -> dict[str, Any]:
    """What is printed as JSON in any case."""
    hits = _hits(day, rules)
    told = bounds(pairs, rules=rules, demonstration=demonstration)
    gone = gaps(found.inputs, pairs, told)
    return {
        "as_of": day.isoformat(),
        "demonstration": demonstration and found.demonstration,
        "demonstration_shown": found.demonstration,
        "rests_on": found.cited,
        "pairs_found": len(pairs),
        "pairs": records(pairs.join(told).head(first)),
        "missing": records(gone.reset_index()),
        "faults": [_fault(fault) for fault in found.faults],
        "without_road": found.unreached,
        "links": records(consolidation.links(found.inputs.zones, found.inputs.merges)),
        "real_cases": records(hits),
        "hits": int(hits["hit"].sum()),
        "rules": {rule.id: rule.value for rule in rules.values()},
    }


def _hits(day: dt.date, rules: RuleSet) -> pd.DataFrame:
    """The check against real cases, with published facts alone."""
    inputs = published_inputs()
    own = consolidation.with_values(rules, {"CON-ACROSS": 0.0, "CON-VETO": 0.0})
    replayed = consolidation.candidates(inputs, as_of=day, rules=own, replay=True)
    return consolidation.hit_rate(replayed, inputs.zones, inputs.merges, rules=own)


def _fault(fault: GanyuanError) -> dict[str, Any]:
    return {"code": fault.code, "message": fault.message, "rows": [str(r) for r in fault.rows]}


def _print_pairs(pairs: pd.DataFrame, first: int, hits: pd.DataFrame, k: int) -> None:
    for row in pairs.head(first).to_dict("records"):
        marks = ("" if row["same_prefecture"] else "  跨市") + (
            f"  {row['vetoes']}" if row["vetoes"] else ""
        )
        typer.echo(
            f"{row['rank'] if row['enough_known'] else '—':>4}  {row['score']:6.1f}  "
            f"{row['known_share']:4.0%}  {row['host_name_zh']} ← {row['absorbed_name_zh']}{marks}"
        )
    typer.echo(
        f"{len(pairs)} pairs for study; {hits['hit'].sum()} of {len(hits)} real cases stand among "
        f"the first {k} of their host, {hits['by_chance'].sum():.1f} by chance"
    )


def _parts(
    pairs: tuple[pd.DataFrame, pd.DataFrame], facts: pd.DataFrame, rules: RuleSet,
    asked: Conditions | None, whatif: str, robust: bool, demonstration: bool,  # noqa: FBT001
) -> dict[str, Any]:  # fmt: skip
    """The parts that were asked for; ``pairs`` of the province and of the place."""
    out: dict[str, Any] = {}
    if robust:
        told = robustness(pairs[0], rules, demonstration=demonstration)
        out["robust"] = {name: records(frame) for name, frame in told.items()}
    if asked is not None:
        single, tables = plan(pairs[1], facts, asked, rules)
        out["plan"] = single | {name: records(frame) for name, frame in tables.items()}
    if whatif:
        told = what_if(pair_of(whatif), facts, rules)
        out["whatif"] = {name: records(frame) for name, frame in told.items()}
    return out
