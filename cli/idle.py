"""``ganyuan idle``: approved but unused land, from the totals to the single case.

Called alone it judges; its sub-commands list, count, plan and write. Options that come before a
sub-command hold for it as well.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import pandas as pd
import typer

from analytics import approvals
from analytics.idle.calendar import calendar, calendar_totals
from analytics.idle.faults import left_out, without_left_out
from analytics.idle.status import SUSPECTED
from analytics.idle.totals import counts_and_areas, summarise
from analytics.idle.worklist import ACTION, URGENCIES, WorkFilter, matching, most_urgent, work
from cli import idle_batches, idle_case, idle_figures, idle_look, idle_plan
from cli.asked import Asked, Options, asked
from cli.datasets import JsonOption, StoreOption
from cli.land import (
    COLUMN,
    ByOption,
    DatasetOption,
    DayOption,
    head,
    print_head,
    print_json,
    records,
    with_names,
)
from domain.parcels import AREA, COMPUTED, columns
from domain.rules import load_rules
from geo.units import M2_PER_HA
from store import Version

app = typer.Typer(no_args_is_help=False, pretty_exceptions_enable=False)


def register(main: typer.Typer) -> None:
    """Add the commands to the application."""
    for module in (idle_look, idle_plan, idle_figures, idle_batches, idle_case):
        module.register(app)
    main.add_typer(app, name="idle")


@app.callback(invoke_without_command=True)
def idle(
    ctx: typer.Context,
    *,
    store: StoreOption = None,
    dataset: DatasetOption = None,
    as_of: DayOption = None,
    by: ByOption = "prefecture",
    rows: Annotated[
        bool, typer.Option("--rows", help="With --json: every suspected or determined parcel.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Judge approved but unused land (批而未用): status, count, area, and what comes next."""
    if ctx.invoked_subcommand is not None:
        ctx.obj = Options(store, dataset, as_of, as_json)
        return
    about = asked(ctx, store, dataset, as_of, as_json=as_json)
    found, day = about.faults(), about.day
    parcels = without_left_out(about.parcels, found)
    out = left_out(about.parcels, found)
    totals = summarise(parcels, parcels, by=COLUMN[by])
    if not as_json:
        _print_totals(about.version, day, with_names(totals, by))
        if len(found):
            area = out["area_m2"].iloc[-1] / M2_PER_HA
            count = out["count"].iloc[-1]
            typer.echo(f"{len(found):,} faults; left out: {count:,} parcels, {area:,.2f} ha")
        return
    whole = summarise(parcels, parcels, by=None)
    coming = calendar_totals(calendar(parcels, parcels, as_of=day))
    content: dict[str, object] = {
        **head(about.version, day),
        "by": by,
        "total": records(whole.drop(columns="unit"))[0] if len(whole) else {},
        "units": records(with_names(totals, by)),
        "statuses": records(counts_and_areas(parcels, parcels, by=COLUMN[by])),
        "calendar": records(coming),
        "digestion": _digestion(about, whole),
        "left_out": records(out),
    }
    if rows:
        content["rows"] = _idle_rows(parcels)
    print_json(content)


def _digestion(about: Asked, whole: pd.DataFrame) -> dict[str, object] | None:
    """The digestion cycle of everything the viewer sees; None without a batch ledger."""
    batch = about.ledger("batch")
    if batch.empty or whole.empty:
        return None
    cycle = approvals.digestion_cycle(
        batch,
        about.ledger("supply"),
        not_started_m2=float(whole["not_started_area_m2"].iloc[0]),
        as_of=about.day,
        rules=load_rules("approvals", as_of=about.day),
    )
    known = cycle.digested_m2 > 0
    return {
        "stock_m2": cycle.stock_m2,
        "digested_m2": cycle.digested_m2,
        "years": cycle.years,
        "cycle_years": cycle.cycle_years if known else None,
    }


def _idle_rows(parcels: pd.DataFrame) -> list[dict[str, object]]:
    """Suspected and determined parcels: what names them, and everything that was judged."""
    known = {c.column for c in columns()} | set(COMPUTED)
    judged = [name for name in parcels.columns if name not in known]
    names = ["parcel_id", "county_adcode", "zone_id", AREA, *judged]
    return records(parcels.loc[parcels["status"].isin([*SUSPECTED, "determined"]), names])


def _print_totals(version: Version, day: dt.date, totals: pd.DataFrame) -> None:
    print_head(version, day)
    names = ("unsupplied", "not_started", "overdue", "suspected", "determined")
    typer.echo(f"{'unit':<22}" + "".join(f"{name:>26}" for name in names))
    for row in totals.to_dict("records"):
        cells = "".join(
            f"{row[f'{name}_count']:>9,} {row[f'{name}_area_m2'] / M2_PER_HA:>13,.2f} ha"
            for name in names
        )
        typer.echo(f"{row['name'] or '—':<22}{cells}")
    typer.echo("Suspected (疑似) is not determined: only a determination letter (认定书) is.")


@app.command("list")
def list_(  # noqa: PLR0913 - one argument an option
    ctx: typer.Context,
    *,
    store: StoreOption = None,
    dataset: DatasetOption = None,
    as_of: DayOption = None,
    status: Annotated[
        list[str] | None,
        typer.Option("--status", help="Status; several times for several. What needs action else."),
    ] = None,
    county: Annotated[str, typer.Option(help="Code of a county.")] = "",
    within: Annotated[
        int | None, typer.Option("--within", min=0, help="Due within so many days, or overdue.")
    ] = None,
    text: Annotated[str, typer.Option(help="Part of an id, project, holder or number.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="At most so many rows.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """List what has to be done, what presses most first (worklist, 工作清单)."""
    about = asked(ctx, store, dataset, as_of, as_json=as_json)
    parcels = about.counted()
    if county:
        parcels = parcels[(parcels["county_adcode"] == county).fillna(value=False)]
    steps = work(parcels, about.ledger("idle_case"), as_of=about.day, rules=about.rules)
    wanted = WorkFilter(statuses=tuple(status or ACTION), due_within=within, text=text)
    keep = matching(parcels, steps, wanted, as_of=about.day, rules=about.rules)
    order = most_urgent(steps[keep])
    table = _work_rows(parcels, steps, order[:limit])
    if about.as_json:
        area = float(parcels.loc[order, AREA].sum())
        count = {"count": len(order), "area_m2": area, "rows": records(table)}
        print_json({**head(about.version, about.day), **count})
        return
    print_head(about.version, about.day)
    for row in table.to_dict("records"):
        due = "—" if pd.isna(row["due_on"]) else f"{row['due_on']:%Y-%m-%d} ({row['days_left']} d)"
        typer.echo(
            f"{row['urgency']:<8} {row['step'] or '—':<16} {due:<20} {row['parcel_id']:<24} "
            f"{row['status']:<14} {row['area_m2'] / M2_PER_HA:>10,.2f} ha"
        )
    typer.echo(f"{len(table):,} of {len(order):,} parcels")


def _work_rows(parcels: pd.DataFrame, steps: pd.DataFrame, labels: pd.Index) -> pd.DataFrame:
    """Rows of the worklist under stable English keys."""
    names = ["parcel_id", "status", "name", "holder", "county_adcode", "zone_id", "start_on"]
    found = steps.loc[labels, ["step", "becomes", "due_on", "days_left"]]
    found.insert(0, "urgency", [URGENCIES[i] for i in steps.loc[labels, "urgency"]])
    basis = steps.loc[labels, ["rule", "article", "certainty"]]
    area = parcels.loc[labels, [AREA]].set_axis(["area_m2"], axis=1)
    parts = [found, parcels.loc[labels, names], area, basis, parcels.loc[labels, ["missing"]]]
    return pd.concat(parts, axis=1)
