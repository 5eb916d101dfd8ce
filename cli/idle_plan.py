"""``ganyuan idle plan`` and ``forecast``: the cheapest way to targets, and what becomes of it."""

from __future__ import annotations

import csv
import tomllib
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import pandas as pd
import typer

from analytics.disposal.plan import Plan, plan
from analytics.disposal.targets import METRICS, Metric, Target, target
from analytics.idle.forecast import forecast
from analytics.idle.opening import paces
from cli.asked import asked, page_run
from cli.datasets import JsonOption, StoreOption
from cli.land import DatasetOption, DayOption, head, print_head, print_json, records
from geo.errors import GanyuanError
from geo.units import M2_PER_HA

if TYPE_CHECKING:
    from views.idle.planner_data import Ground

_LINES = 50

TargetsArgument = Annotated[
    Path,
    typer.Argument(
        metavar="TARGETS",
        help="CSV or TOML: county (code; empty for all), metric "
        f"({', '.join(METRICS)}), value (ratio, m2 or years).",
    ),
]
MonthsOption = Annotated[int, typer.Option(min=1, help="Months until the targets are judged.")]
BudgetOption = Annotated[float | None, typer.Option(min=0.0, help="Own money, 10,000 CNY.")]
Cause = Literal["G1", "G2", "G3", "G4", "G5", "G6", "F", "H"]
CauseOption = Annotated[
    Cause | None,
    typer.Option("--assume-cause", help="Cause assumed of idle land without a recorded one."),
]
StaffOption = Annotated[float | None, typer.Option(min=0.0, help="Staff days.")]


class TargetsError(GanyuanError):
    """A file of targets cannot be read."""

    code = "CLI-021"


def register(app: typer.Typer) -> None:
    """Add the commands to the group."""
    app.command("plan")(show_plan)
    app.command("forecast")(show_forecast)


def read_targets(path: Path) -> list[tuple[str, Metric, float]]:
    """County, metric and value of each target of a file.

    Args:
        path: CSV with the columns ``county``, ``metric``, ``value``; or TOML with ``[[target]]``.

    Raises:
        TargetsError: The file cannot be read, or a line has an unknown metric or no number.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        rows: list[dict[str, Any]] = (
            tomllib.loads(text)["target"]
            if path.suffix.lower() == ".toml"
            else list(csv.DictReader(text.splitlines()))
        )
        return [_line(row) for row in rows]
    except (OSError, UnicodeDecodeError, KeyError, TypeError, ValueError) as error:
        raise TargetsError(
            f"{path.name} holds no targets: {error}",
            values={"name": path.name, "reason": str(error)},
        ) from error


def _line(row: dict[str, Any]) -> tuple[str, Metric, float]:
    for metric in METRICS:
        if row["metric"] == metric:
            return str(row.get("county") or ""), metric, float(row["value"])
    raise ValueError(f"metric {row['metric']!r}; one of {', '.join(METRICS)}")


def show_plan(  # noqa: PLR0913 - one argument an option
    ctx: typer.Context,
    targets: TargetsArgument,
    *,
    store: StoreOption = None,
    dataset: DatasetOption = None,
    as_of: DayOption = None,
    months: MonthsOption = 12,
    budget: BudgetOption = None,
    staff: StaffOption = None,
    assume: CauseOption = None,
    seconds: Annotated[float, typer.Option(min=0.1, help="Time for the search.")] = 10.0,
    as_json: JsonOption = False,
) -> None:
    """Choose the cheapest options that meet every target, or say what stands in the way."""
    from views.idle.planner_data import ground  # noqa: PLC0415 - the others need no page

    about = asked(ctx, store, dataset, as_of, as_json=as_json)
    page, run = page_run(about)
    land = ground(page, run, cause=assume or "", horizon=months)
    goals = _goals(land, read_targets(targets))
    found = plan(
        land.candidates,
        goals,
        horizon_months=months,
        budget_wan=budget,
        staff_days=staff,
        start_share=land.rules.value("DISP-START-SHARE"),
        time_limit=seconds,
    )
    if about.as_json:
        print_json({**head(about.version, about.day), **_content(found)})
        return
    print_head(about.version, about.day)
    typer.echo(f"{found.status}: {found.effort_wan:,.2f} 万元, {len(found.choices):,} options")
    for row in found.outcomes.to_dict("records"):
        met = "met" if row["met"] else "NOT met"
        place = row["county"] or "all"
        typer.echo(f"{place:<10} {row['metric']:<16} {row['reached']:>12.4g} {met}")
    for conflict in found.conflicts:
        typer.echo(f"in the way: {conflict}")
    for row in found.choices.head(_LINES).to_dict("records"):
        area = row["area_m2"] / M2_PER_HA
        typer.echo(
            f"{row['county_adcode']:<8} {row['item']:<28} {row['option']:<5} {area:>9,.2f} ha"
        )
    typer.echo("An assumption-based proposal, no decision; expected times and money are defaults.")


def _goals(land: Ground, wanted: list[tuple[str, Metric, float]]) -> list[Target]:
    return [target(*line, land.bases, land.years) for line in wanted]


def _content(found: Plan) -> dict[str, object]:
    return {
        "status": found.status,
        "effort_wan": found.effort_wan,
        "bound_wan": None if pd.isna(found.bound_wan) else found.bound_wan,
        "horizon_months": found.horizon_months,
        "outcomes": records(found.outcomes),
        "limits": records(found.limits),
        "conflicts": [asdict(conflict) for conflict in found.conflicts],
        "choices": records(found.choices),
    }


def show_forecast(  # noqa: PLR0913 - one argument an option
    ctx: typer.Context,
    targets: Annotated[
        Path | None, typer.Argument(metavar="TARGETS", help="Plan for these targets first.")
    ] = None,
    *,
    store: StoreOption = None,
    dataset: DatasetOption = None,
    as_of: DayOption = None,
    months: MonthsOption = 24,
    assume: CauseOption = None,
    slip: Annotated[int, typer.Option(min=0, help="Months by which a plan comes late.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Forecast stock, cycle and net change month by month, with nothing done or with a plan."""
    from views.idle.planner_data import ground, opening_of  # noqa: PLC0415 - the others need no page

    about = asked(ctx, store, dataset, as_of, as_json=as_json)
    page, run = page_run(about)
    land = ground(page, run, cause=assume or "", horizon=months)
    begins = opening_of(page, run, land.years)
    course = paces(run.parcels, run.batches, begins, as_of=about.day, years=land.years, mode="mean")
    choices = None
    if targets is not None:
        goals = _goals(land, read_targets(targets))
        share = land.rules.value("DISP-START-SHARE")
        choices = plan(land.candidates, goals, horizon_months=months, start_share=share).choices
    table = forecast(begins, paces=course, months=months, choices=choices, slip=slip)
    if about.as_json:
        content = {"slip_months": slip, "paces_m2_a_month": vars(course), "months": records(table)}
        print_json({**head(about.version, about.day), **content})
        return
    print_head(about.version, about.day)
    for row in table.to_dict("records"):
        typer.echo(
            f"month {row['month']:>2}  stock {row['stock'] / M2_PER_HA:>12,.2f} ha  "
            f"idle {row['idle_all'] / M2_PER_HA:>10,.2f} ha  cycle {row['cycle']:>6.2f} years"
        )
