"""``ganyuan idle figures``, ``reconcile`` and ``export``: counting, and the ledgers as a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from analytics.idle.counted import counted, land_of
from analytics.idle.faults import left_out
from analytics.idle.figures import PARCELS, LeftOut, figures, sound
from analytics.idle.worklist import ACTION, WorkFilter
from analytics.reconciliation import reconcile, totals
from cli.asked import asked, page_run
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
from cli.written import write_file
from domain.rules import load_rules
from geo.units import M2_PER_HA
from views.judged import judged_parcels


def register(app: typer.Typer) -> None:
    """Add the commands to the group."""
    app.command("figures")(show_figures)
    app.command("reconcile")(show_reconciled)
    app.command("export")(write_export)


def show_figures(
    ctx: typer.Context,
    *,
    store: StoreOption = None,
    dataset: DatasetOption = None,
    as_of: DayOption = None,
    by: ByOption = "prefecture",
    whole: Annotated[bool, typer.Option("--whole", help="One unit: everything visible.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Compute every figure by unit: numerator, denominator, share, change since the baseline."""
    about = asked(ctx, store, dataset, as_of, as_json=as_json)
    baseline = about.day.replace(year=about.day.year - 1, month=12, day=31)
    earlier = judged_parcels(about.store, about.viewer, about.version, baseline)
    ledgers = about.ledgers()
    now, batches_out = sound(land_of(about.counted(), ledgers, as_of=about.day))
    before = now.at(baseline, counted(earlier, ledgers, as_of=baseline, columns=PARCELS))
    parcels_out = left_out(about.parcels, about.faults())
    rules = load_rules("approvals", as_of=about.day)
    table = figures(now, before, by=None if whole else COLUMN[by], rules=rules)
    named = with_names(table, by)
    if about.as_json:
        print_json(
            {
                **head(about.version, about.day),
                "by": None if whole else by,
                "baseline": baseline.isoformat(),
                "left_out": _left_out(batches_out),
                "parcels_left_out": records(parcels_out),
                "figures": records(named),
            }
        )
        return
    print_head(about.version, about.day)
    for row in named.to_dict("records"):
        share = "—" if pd.isna(row["share"]) else f"{row['share']:.3f}"
        typer.echo(
            f"{row['name'] or '—':<22} {row['figure']:<20} {_count(row['count']):>8} "
            f"{row['area_m2'] / M2_PER_HA:>14,.2f} ha {share:>9}"
        )
    _say_left_out(batches_out)
    _say_parcels_left_out(parcels_out)


def _count(value: object) -> str:
    return "—" if pd.isna(value) else f"{value:,}"  # type: ignore[call-overload]


def _left_out(found: LeftOut) -> dict[str, object]:
    return {"count": found.count, "area_m2": found.area_m2, "batches": list(found.names)}


def _say_left_out(found: LeftOut) -> None:
    if found.count:
        area = found.area_m2 / M2_PER_HA
        typer.echo(f"left out: {found.count} batches in error, {area:,.2f} ha")


def _say_parcels_left_out(found: pd.DataFrame) -> None:
    """Each fault with its parcels, then all of them, each parcel once."""
    for row in found[found["count"] > 0].to_dict("records"):
        why = f"{row['code']} {row['fault']}" if row["fault"] else "in all"
        area = row["area_m2"] / M2_PER_HA
        typer.echo(f"left out: {row['count']:,} parcels in error ({why}), {area:,.2f} ha")


def show_reconciled(
    ctx: typer.Context,
    *,
    store: StoreOption = None,
    dataset: DatasetOption = None,
    as_of: DayOption = None,
    as_json: JsonOption = False,
) -> None:
    """Reconcile each batch: approved = supplied + written off + not supplied, in m2."""
    about = asked(ctx, store, dataset, as_of, as_json=as_json)
    ledgers = about.ledgers()
    table = reconcile(
        ledgers["batch"],
        ledgers["supply"],
        as_of=about.day,
        rules=load_rules("reconciliation", as_of=about.day),
        links=ledgers["supply_batch"],
        cases=ledgers["idle_case"],
        parcels=about.parcels,
        supplied=about.parcels["status"] != "unsupplied",
    )
    summed = totals(table)
    verdicts = table["verdict"].value_counts()
    if about.as_json:
        print_json(
            {
                **head(about.version, about.day),
                "totals": {name: getattr(summed, name) for name in summed.__slots__},
                "verdicts": {str(k): int(n) for k, n in verdicts.items()},
                "batches": records(table),
            }
        )
        return
    print_head(about.version, about.day)
    for name, count in verdicts.items():
        typer.echo(f"{name!s:<14}{count:>8,}")
    for row in table[table["verdict"] != "balanced"].to_dict("records"):
        typer.echo(f"{row['batch_id']:<28} {row['verdict']:<14} {row['also']}")
    if summed.left_out:
        area = summed.left_out_m2 / M2_PER_HA
        typer.echo(f"left out: {summed.left_out} batches in error, {area:,.2f} ha")


def write_export(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE.xlsx", help="File that is written.")],
    *,
    store: StoreOption = None,
    dataset: DatasetOption = None,
    as_of: DayOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the ledgers as the official forms have them, and the worklist, as one workbook."""
    # The other commands need no page.
    from views.idle.export import official  # noqa: PLC0415
    from views.idle.worklist import worklist  # noqa: PLC0415

    about = asked(ctx, store, dataset, as_of, as_json=as_json)
    page, run = page_run(about)
    found = worklist(run, WorkFilter(statuses=ACTION))
    write_file(file, official(page, run, found))
    rows: dict[str, int] = {table: len(frame) for table, frame in about.ledgers().items()}
    rows["worklist"] = len(found.order)
    if about.as_json:
        print_json({**head(about.version, about.day), "file": str(file), "rows": rows})
        return
    told = ", ".join(f"{name} {count:,}" for name, count in rows.items())
    typer.echo(f"{file}: {told}")
