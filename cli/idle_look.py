"""``ganyuan idle calendar`` and ``faults``: what comes, and what is wrong with the data."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from analytics.idle.calendar import HORIZONS, event_totals, events
from analytics.idle.faults import left_out
from cli.asked import asked, page_run
from cli.datasets import JsonOption, StoreOption
from cli.land import DatasetOption, DayOption, head, print_head, print_json, records
from cli.written import write_file
from domain.issues import catalogue
from domain.rules import load_rules
from export.calendar_ics import write_ics
from geo.units import M2_PER_HA

_LINES = 50


def register(app: typer.Typer) -> None:
    """Add the commands to the group."""
    app.command("calendar")(calendar)
    app.command("faults")(faults)


def calendar(
    ctx: typer.Context,
    *,
    store: StoreOption = None,
    dataset: DatasetOption = None,
    as_of: DayOption = None,
    horizon: Annotated[int, typer.Option(min=1, help="Days ahead.")] = HORIZONS[-1],
    ics: Annotated[
        Path | None, typer.Option("--ics", metavar="FILE.ics", help="Write a calendar file.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Tell what comes: starts, full years, lapses and deadlines, late ones too."""
    about = asked(ctx, store, dataset, as_of, as_json=as_json)
    parcels = about.counted()
    found = events(
        parcels,
        parcels,
        cases=about.ledger("idle_case"),
        batches=about.ledger("batch"),
        as_of=about.day,
        idle=about.rules,
        approvals=load_rules("approvals", as_of=about.day),
        horizon=horizon,
    )
    if ics is not None:
        from views.idle.clock import entries_of  # noqa: PLC0415 - the other commands need no page

        page, run = page_run(about)
        mark = page.t("case.demonstration") if about.version.demonstration else ""
        entries = entries_of(page, run, found)
        # The stamp follows the day that is judged, so that the same question gives the same file.
        stamp = dt.datetime.combine(about.day, dt.time(), dt.UTC)
        made = write_ics(entries, name=page.t("idle.title"), stamp=stamp, mark=mark)
        write_file(ics, made)
    if about.as_json:
        content = {"horizon": horizon, "totals": records(event_totals(found))}
        print_json({**head(about.version, about.day), **content, "events": records(found)})
        return
    print_head(about.version, about.day)
    for row in found.head(_LINES).to_dict("records"):
        typer.echo(
            f"{row['on']:%Y-%m-%d} {row['days']:>6,} d  {row['kind']:<16} {row['key']:<28} "
            f"{row['area_m2'] / M2_PER_HA:>10,.2f} ha"
        )
    typer.echo(f"{min(len(found), _LINES):,} of {len(found):,} events")


def faults(
    ctx: typer.Context,
    *,
    store: StoreOption = None,
    dataset: DatasetOption = None,
    as_of: DayOption = None,
    as_json: JsonOption = False,
) -> None:
    """Name rows in error: what is wrong, what to do, and how much counts in no figure."""
    about = asked(ctx, store, dataset, as_of, as_json=as_json)
    found = about.faults()
    out = left_out(about.parcels, found)
    if about.as_json:
        content = {"left_out": records(out), "faults": records(found.drop(columns="label"))}
        print_json({**head(about.version, about.day), **content})
        return
    print_head(about.version, about.day)
    issues = catalogue()
    for row in found.head(_LINES).to_dict("records"):
        said = issues[row["code"]].text("en", key=row["key"], detail=row["detail"])
        typer.echo(f"{row['code']} {said}")
    total = out.iloc[-1]
    typer.echo(
        f"{min(len(found), _LINES):,} of {len(found):,} faults; left out of figures: "
        f"{total['count']:,} parcels, {total['area_m2'] / M2_PER_HA:,.2f} ha"
    )
