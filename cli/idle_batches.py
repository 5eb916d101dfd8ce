"""``ganyuan idle batches`` and ``allocate``: batches with their state, supplies without a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import pandas as pd
import typer

from analytics.allocation import unlinked
from analytics.approval_states import STATES
from analytics.reconciliation import totals
from cli.asked import Asked, asked
from cli.datasets import JsonOption, StoreOption
from cli.land import DatasetOption, DayOption, head, print_head, print_json, records
from domain.rules import load_rules
from geo.units import M2_PER_HA

if TYPE_CHECKING:
    from views.idle.batches_data import Proposals

_COLUMNS = (
    "batch_id", "approval_no", "county_adcode", "zone_id", "approved_on", "state", "rule",
    "article", "certainty", "inputs", "missing", "next_state", "next_on", "days_to_next",
    "approved_m2", "traced_supplied_m2", "traced_written_off_m2", "unsupplied_m2", "verdict",
    "also", "unsupplied_cause", "disposal_path", "disposal_due", "office",
)  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the commands to the group."""
    app.command("batches")(show_batches)
    app.command("allocate")(show_allocation)


def show_batches(
    ctx: typer.Context,
    *,
    store: StoreOption = None,
    dataset: DatasetOption = None,
    as_of: DayOption = None,
    state: Annotated[
        list[str] | None, typer.Option("--state", help=f"State; one of {', '.join(STATES)}.")
    ] = None,
    county: Annotated[str, typer.Option(help="Code of a county.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="At most so many rows.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """List the batches with state and balance: what may lapse first, then the oldest."""
    # The other commands need no page.
    from views.idle.batches_data import batch_rows  # noqa: PLC0415

    unknown = set(state or ()) - set(STATES)
    if unknown:
        raise typer.BadParameter(f"{sorted(unknown)}; one of {', '.join(STATES)}")
    about = asked(ctx, store, dataset, as_of, as_json=as_json)
    ledgers = about.ledgers()
    rules = load_rules("approvals", as_of=about.day)
    rows = batch_rows(ledgers["batch"], ledgers, about.parcels, as_of=about.day, rules=rules)
    if county:
        rows = rows[rows["county_adcode"] == county]
    found = rows[rows["state"].isin(state)] if state else rows
    if about.as_json:
        print_json(_batches_json(about, rows, found, limit))
        return
    print_head(about.version, about.day)
    for row in found.head(limit).to_dict("records"):
        days = "—" if pd.isna(row["days_to_next"]) else f"{row['days_to_next']} d"
        typer.echo(
            f"{row['state']:<14} {row['approved_on']:%Y-%m-%d} {days:>7} "
            f"{row['unsupplied_m2'] / M2_PER_HA:>12,.2f} ha  {row['batch_id']}"
        )
    typer.echo(f"{min(limit, len(found)):,} of {len(found):,} batches")
    left = totals(found)
    if left.left_out:
        typer.echo(f"left out of sums: {left.left_out} oversupplied batches")


def _batches_json(
    about: Asked, rows: pd.DataFrame, found: pd.DataFrame, limit: int
) -> dict[str, object]:
    summed = totals(found)
    counts = rows["state"].value_counts()
    return {
        **head(about.version, about.day),
        "states": {name: int(counts[name]) for name in STATES if name in counts.index},
        "count": len(found),
        "totals": {name: getattr(summed, name) for name in summed.__slots__},
        "rows": records(found.head(limit)[list(_COLUMNS)]),
    }


def show_allocation(
    ctx: typer.Context,
    *,
    store: StoreOption = None,
    dataset: DatasetOption = None,
    as_of: DayOption = None,
    supply: Annotated[
        list[str] | None, typer.Option("--supply", help="Only this supply; several times.")
    ] = None,
    accept: Annotated[
        bool, typer.Option("--accept", help="Write the proposals to the ledger of links.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why; needed with --accept.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Propose batches for supplies that name none, by where their parcels lie."""
    from views.idle import batches_acts  # noqa: PLC0415 - the other commands need no page

    if accept and not reason.strip():
        raise typer.BadParameter("say why the proposals are accepted", param_hint="--reason")
    about = asked(ctx, store, dataset, as_of, as_json=as_json)
    found = _proposals(about, supply)
    written = 0
    links = found.of(found.acceptable) if found is not None else pd.DataFrame()
    if accept and len(links):
        written = batches_acts.accept(about.store, about.viewer, links, reason=reason.strip())
    if about.as_json:
        print_json(_allocation_json(about, found, written))
        return
    print_head(about.version, about.day)
    _print_allocation(found, written, accept=accept)


def _proposals(about: Asked, only: list[str] | None) -> Proposals | None:
    """The proposals for the open supplies; None where there is none."""
    from views.idle.batches_data import propose  # noqa: PLC0415 - the other commands need no page

    open_ = unlinked(about.ledger("supply"), about.ledger("supply_batch"))
    if only:
        open_ = open_[open_["supply_no"].isin(only)]
    if open_.empty:
        return None
    return propose(
        about.store,
        about.viewer,
        about.version,
        parcels=about.parcels,
        supplies=open_,
        batches=about.ledger("batch"),
    )


def _allocation_json(about: Asked, found: Proposals | None, written: int) -> dict[str, Any]:
    empty: list[dict[str, object]] = []
    return {
        **head(about.version, about.day),
        "acceptable": [] if found is None else found.acceptable,
        "written": written,
        "links": empty if found is None else records(found.links),
        "remainder": empty if found is None else records(found.remainder),
    }


def _print_allocation(found: Proposals | None, written: int, *, accept: bool) -> None:
    if found is None:
        typer.echo("nothing to allocate: every supply names its batch or has links")
        return
    for row in found.links.to_dict("records"):
        typer.echo(
            f"{row['supply_no']:<20} {row['area_m2']:>14,.1f} m2  {row['batch_id']}  {row['bar']}"
        )
    left = found.remainder[found.remainder["why"] != ""]
    for row in left.to_dict("records"):
        over = row["outside_m2"] + row["contested_m2"]
        typer.echo(f"{row['supply_no']:<20} {over:>14,.1f} m2  left over: {row['why']}")
    ready = len(found.acceptable)
    done = f"{written:,} links written" if accept else "nothing written (--accept --reason writes)"
    typer.echo(f"{len(found.remainder):,} supplies, {ready:,} with a proposal; {done}")
