"""``ganyuan consolidate roads``: road networks that are kept for distances."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from analytics import road_distance
from cli.consolidation_asked import road_file
from cli.datasets import opened
from cli.printed import JsonOption, StoreOption, judged_day, print_json
from domain import boundaries
from domain.rules import load_rules
from store import Network

group = typer.Typer(help="Road networks that distances follow.", no_args_is_help=True)

NameArgument = Annotated[str, typer.Argument(help="Name of the network.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; kept on the trail.")]
SeenOption = Annotated[int, typer.Option("--state", min=1, help="State that was read.")]


@group.command("list")
def list_networks(
    *,
    every: Annotated[bool, typer.Option("--all", help="Also those taken out of use.")] = False,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """List road networks with length, digest, and who kept them when."""
    target, viewer = opened(store)
    rows = [_listed(one) for one in target.networks(viewer, include_withdrawn=every)]
    if as_json:
        print_json({"networks": rows})
        return
    if not rows:
        typer.echo("No road network yet; `ganyuan consolidate roads add` keeps one.")
    for row in rows:
        marks = ["withdrawn"] if row["withdrawn"] else []
        marks += ["演示数据"] if row["demonstration"] else []
        length = f"{row['length_km'] or 0:,.1f} km"
        told = [row["name"], row["state"], length, row["digest"][:12], row["saved_at"]]
        typer.echo("  ".join(map(str, [*told, row["saved_by"], *marks])))


@group.command("add")
def add(
    name: NameArgument,
    path: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="Shapefile, GeoPackage, GeoJSON.")
    ],
    *,
    reason: ReasonOption,
    state: Annotated[
        int | None, typer.Option("--state", min=1, help="State that was read, to replace it.")
    ] = None,
    store: StoreOption = None,
) -> None:
    """Keep a file of road lines as a network, or in place of one."""
    target, viewer = opened(store)
    rules = load_rules("consolidation", as_of=judged_day(None))
    read = road_file(path, rules=rules)
    # A network that gives no way is refused now and not when somebody chooses it.
    road_distance.network(read.lines, rules=rules)
    kept = target.put_network(
        name,
        read.lines,
        prefectures=boundaries.prefectures_met(read.lines),
        viewer=viewer,
        reason=reason,
        facts={"file": path.name, **read.facts},
        number=state,
    )
    typer.echo(f"{kept.id}: {kept.facts['lines']} lines, {kept.facts['length_km']:,.1f} km")


@group.command("withdraw")
def withdraw(
    name: NameArgument, *, state: SeenOption, reason: ReasonOption, store: StoreOption = None
) -> None:
    """Take a network out of use; its states are kept."""
    target, viewer = opened(store)
    gone = target.withdraw_network(name, viewer=viewer, reason=reason, number=state)
    typer.echo(f"{gone.id}: out of use")


@group.command("restore")
def restore(
    name: NameArgument,
    *,
    to: Annotated[int, typer.Option("--to", min=1, help="State to bring back.")],
    state: SeenOption,
    reason: ReasonOption,
    store: StoreOption = None,
) -> None:
    """Bring an earlier state of a network back, as a further state."""
    target, viewer = opened(store)
    kept = target.restore_network(name, to, viewer=viewer, reason=reason, number=state)
    typer.echo(f"{kept.id}: in use")


def _listed(one: Network) -> dict[str, Any]:
    return {
        "name": one.name,
        "state": one.number,
        "digest": one.digest,
        **{key: one.facts.get(key) for key in ("length_km", "lines", "crs", "file")},
        "demonstration": one.demonstration,
        "withdrawn": one.withdrawn,
        "saved_by": one.saved_by,
        "saved_at": one.saved_at.isoformat(timespec="seconds"),
        "reason": one.reason,
    }
