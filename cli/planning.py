"""``ganyuan consolidate``, ``belt`` and ``targets``: the planning analyses on the command line."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Annotated, Any, cast

import geopandas as gpd
import pandas as pd
import typer

from analytics import belt as belt_line
from analytics import consolidation, consolidation_card, consolidation_whatif
from analytics import targets as plan_targets
from analytics.consolidation_published import published_inputs
from analytics.consolidation_task import Conditions, Goal
from cli.consolidation_parts import pair_of, plan, robustness, what_if
from domain import boundaries, reference
from domain.rules import RuleSet, load_rules
from settings import Settings
from store import Store, Viewer

StoreOption = Annotated[Path | None, typer.Option("--store", help="Folder of the store.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
DayOption = Annotated[
    dt.datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="Day that is judged; today by default."),
]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("consolidate")(consolidate)
    app.command("belt")(belt)
    app.command("targets")(targets)


def consolidate(  # noqa: PLR0913 - one parameter an option
    *,
    store: StoreOption = None,
    as_of: DayOption = None,
    region: Annotated[
        str, typer.Option("--region", help="Prefecture by name or code; all by default.")
    ] = "",
    demonstration: Annotated[
        bool, typer.Option(help="Count demonstration evaluation figures too.")
    ] = False,
    first: Annotated[int, typer.Option("--first", min=1, help="Pairs to print.")] = 20,
    robust: Annotated[
        bool, typer.Option("--robust", help="How far ranks hang on the weights (JSON).")
    ] = False,
    goals: Annotated[
        list[str] | None,
        typer.Option("--plan", help="Best plan by score, large, bodies, balance (JSON)."),
    ] = None,
    per_host: Annotated[
        int | None, typer.Option("--per-host", min=0, help="Zones that a host takes at most.")
    ] = None,
    lock: Annotated[
        list[str] | None, typer.Option("--lock", help="Pair host>absorbed that must be chosen.")
    ] = None,
    forbid: Annotated[
        list[str] | None, typer.Option("--forbid", help="Pair host>absorbed that must not be.")
    ] = None,
    whatif: Annotated[
        str, typer.Option("--whatif", help="Pair host>absorbed, before and after (JSON).")
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """List pairs of zones for a consolidation study (整合研究对象), best first; no proposals."""
    if (robust or goals or whatif) and not as_json:
        raise typer.BadParameter("--robust, --plan and --whatif print JSON; add --json")
    day = _day(as_of)
    rules = load_rules("consolidation", as_of=day)
    inputs = consolidation_inputs(store)
    pairs = consolidation.candidates(inputs, as_of=day, rules=rules, demonstration=demonstration)
    everywhere, code = pairs, boundaries.adcode_of(region) if region else ""
    if code:
        pairs = pairs[pairs["host_prefecture_adcode"] == code]
    replayed = consolidation.candidates(inputs, as_of=day, rules=rules, replay=True)
    hits = consolidation.hit_rate(replayed, inputs.zones, inputs.merges, rules=rules)
    made_up = inputs.evidence is not None and bool(inputs.evidence["demonstration"].any())
    if as_json:
        counted = demonstration and made_up
        facts = _figures(store, inputs, day, code, demonstration=demonstration)
        asked = _conditions(goals, per_host, lock, forbid)
        parts = _parts((everywhere, pairs), facts, rules, asked, whatif, robust, demonstration)
        _print_json(
            {
                "as_of": day.isoformat(),
                "demonstration": counted,
                "demonstration_shown": made_up,
                "pairs_found": len(pairs),
                "pairs": _records(pairs.head(first)),
                "links": _records(consolidation.links(inputs.zones, inputs.merges)),
                "real_cases": _records(hits),
                "hits": int(hits["hit"].sum()),
                "rules": {rule.id: rule.value for rule in rules.values()},
                **parts,
            }
        )
        return
    _print_pairs(pairs, first, hits, int(rules.value("CON-HIT-K")))
    if demonstration and made_up:
        typer.echo("演示数据 counted")


def _print_pairs(pairs: pd.DataFrame, first: int, hits: pd.DataFrame, k: int) -> None:
    for row in pairs.head(first).to_dict("records"):
        typer.echo(
            f"{row['rank'] if row['enough_known'] else '—':>4}  {row['score']:6.1f}  "
            f"{row['known_share']:4.0%}  {row['host_name_zh']} ← {row['absorbed_name_zh']}"
        )
    typer.echo(
        f"{len(pairs)} pairs for study; {hits['hit'].sum()} of {len(hits)} real cases stand among "
        f"the first {k} of their host, {hits['by_chance'].sum():.1f} by chance"
    )


def _conditions(
    goals: list[str] | None, per_host: int | None, lock: list[str] | None, forbid: list[str] | None
) -> Conditions | None:
    """What a plan is asked for; None without any goal. Unknown goals are refused by the plan."""
    if not goals:
        return None
    locked, forbidden = (frozenset(map(pair_of, named or [])) for named in (lock, forbid))
    named = cast("tuple[Goal, ...]", tuple(goals))
    return Conditions(goals=named, per_host=per_host, locked=locked, forbidden=forbidden)


def _figures(
    store: Path | None, inputs: consolidation.Inputs, day: dt.date, code: str, *,
    demonstration: bool,
) -> pd.DataFrame:  # fmt: skip
    """What is known of the zones of a place; demonstration figures only where they are counted."""
    found = zone_rows(store)
    usable = found is not None and (demonstration or not found[1])
    rows = found[0] if found is not None and usable else None
    facts = consolidation_whatif.figures(inputs, as_of=day, footprints=rows)
    return facts[facts["prefecture_adcode"] == code] if code else facts


def _parts(
    pairs: tuple[pd.DataFrame, pd.DataFrame], facts: pd.DataFrame, rules: RuleSet,
    conditions: Conditions | None, whatif: str, robust: bool, demonstration: bool,  # noqa: FBT001
) -> dict[str, Any]:  # fmt: skip
    """The parts that were asked for; ``pairs`` of the province and of the place."""
    out: dict[str, Any] = {}
    if robust:
        told = robustness(pairs[0], rules, demonstration=demonstration)
        out["robust"] = {name: _records(frame) for name, frame in told.items()}
    if conditions is not None:
        single, tables = plan(pairs[1], facts, conditions, rules)
        out["plan"] = single | {name: _records(frame) for name, frame in tables.items()}
    if whatif:
        told = what_if(pair_of(whatif), facts, rules)
        out["whatif"] = {name: _records(frame) for name, frame in told.items()}
    return out


def belt(
    *, store: StoreOption = None, as_of: DayOption = None, as_json: JsonOption = False
) -> None:
    """Measure the Jingjiu electronics belt and list what lies along it."""
    del store
    day = _day(as_of)
    rules = load_rules("belt", as_of=day)
    stations = reference.table("belt_stations")
    axis = belt_line.axis(stations, rules=rules)
    areas = [boundaries.layer(name) for name in ("prefecture", "county")]
    places = gpd.GeoDataFrame(pd.concat(areas, ignore_index=True), crs=areas[0].crs)
    members = belt_line.members(reference.table("belt_members"), places, reference.zones(), axis)
    zones = members[members["member_type"] == "zone"]
    along = belt_line.places(reference.clusters(), zones, axis, rules=rules)
    evidence = plan_targets.evidence(
        reference.table("targets"), reference.table("actuals"), as_of=day
    )
    series = belt_line.electronics(evidence)
    on_axis = members.loc[members["member_type"] == "county", "on_axis"]
    if as_json:
        _print_json(
            {
                "as_of": day.isoformat(),
                "length_km": round(axis.length_km, 1),
                "counties_on_axis": int(on_axis.sum()),
                "members": _records(members),
                "stations": _records(belt_line.stations(stations, axis)),
                "places": _records(along),
                "electronics_revenue": _records(series),
                "revenue_is_proxy": True,
                "attribution": "© OpenStreetMap contributors (ODbL); GeoNames (CC BY 4.0)",
            }
        )
        return
    typer.echo(f"Axis {axis.length_km:.1f} km, {int(on_axis.sum())} counties crossed")
    for row in along.to_dict("records"):
        typer.echo(
            f"{row['chainage_km']:7.1f} km  {row['distance_km']:5.1f} km off  "
            f"{row['place_kind']:<7}  {row['name_zh']}"
        )
    for row in series[series["province"]].tail(1).to_dict("records"):
        typer.echo(
            f"Province, as a proxy of the belt: {row['number']:,.0f} yi CNY in {row['year']}"
        )


def targets(
    *, store: StoreOption = None, as_of: DayOption = None, as_json: JsonOption = False
) -> None:
    """Hold every target of the action plan against published figures."""
    del store
    day = _day(as_of)
    table, actuals = reference.table("targets"), reference.table("actuals")
    rules = load_rules("targets", as_of=day)
    progress = plan_targets.progress(table, actuals, as_of=day, rules=rules)
    summary = plan_targets.summary(progress)
    if as_json:
        evidence = plan_targets.evidence(table, actuals, as_of=day)
        _print_json(
            {
                "as_of": day.isoformat(),
                "summary": {str(state): int(n) for state, n in summary.items()},
                "targets": _records(progress),
                "evidence": _records(evidence),
            }
        )
        return
    for row in progress.to_dict("records"):
        figure = "—" if pd.isna(row["actual_number"]) else f"{row['actual_number']:,.1f}"
        year = "" if pd.isna(row["actual_year"]) else f" ({row['actual_year']})"
        wanted = (
            f"{row['comparator']} {row['value']}" if pd.notna(row["value"]) else row["comparator"]
        )
        typer.echo(
            f"{row['target_id']}  {row['state']:<11}  {wanted:<14}  {figure}{year}  "
            f"{row['subject']}"
        )
    typer.echo(", ".join(f"{state} {n}" for state, n in summary.items()))


def consolidation_inputs(store: Path | None) -> consolidation.Inputs:
    """Reference tables, and the evaluation figures of the store where it has some."""
    evidence, found = None, zone_rows(store)
    if found is not None:
        evidence = consolidation_card.evidence(found[0], demonstration=found[1])
    return published_inputs(evidence)


def zone_rows(store: Path | None) -> tuple[gpd.GeoDataFrame, bool] | None:
    """The newest outlines of zones, and whether they are demonstration data; None without any."""
    settings = Settings(store=store) if store else Settings()
    if not settings.store.exists():
        return None
    opened, viewer = Store(settings.store), Viewer(settings.user)
    found = sorted(opened.datasets(viewer, "zones"), key=lambda v: v.committed_at)
    return (opened.read(found[-1], viewer), found[-1].demonstration) if found else None


def _day(given: dt.datetime | None) -> dt.date:
    return given.date() if given else dt.datetime.now(tz=dt.UTC).astimezone().date()


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows without geometry; missing values are null."""
    plain = pd.DataFrame(frame).drop(columns="geometry", errors="ignore")
    rows: list[dict[str, Any]] = json.loads(
        plain.to_json(orient="records", force_ascii=False, double_precision=6)
    )
    return rows


def _print_json(value: dict[str, Any]) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))
