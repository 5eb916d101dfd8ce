"""``ganyuan land-use``: what the parcels are used for."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from analytics.land_use import by_unit
from cli.datasets import JsonOption, StoreOption, opened
from cli.land import (
    COLUMN,
    ByOption,
    DatasetOption,
    DayOption,
    day_of,
    head,
    print_head,
    print_json,
    records,
    version_of,
    with_names,
)
from geo.units import M2_PER_HA


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("land-use")(land_use)


def land_use(
    *,
    store: StoreOption = None,
    dataset: DatasetOption = None,
    as_of: DayOption = None,
    by: ByOption = "prefecture",
    detail: Annotated[
        Literal["group", "class"], typer.Option(help="Display groups or fine classes.")
    ] = "group",
    as_json: JsonOption = False,
) -> None:
    """Sum the area of parcels by land class per unit."""
    target, viewer = opened(store)
    version = version_of(target, viewer, dataset)
    parcels = target.read(version, viewer)
    table = with_names(by_unit(parcels, by=COLUMN[by], detail=detail), by)
    day = day_of(version, as_of)
    if as_json:
        print_json({**head(version, day), "by": by, "detail": detail, "rows": records(table)})
        return
    print_head(version, day)
    for row in table.to_dict("records"):
        typer.echo(
            f"{row['name'] or '—':<24} {row['land_class']:<14} {row['count']:>7,} "
            f"{row['area_m2'] / M2_PER_HA:>14,.2f} ha {row['share']:>7.1%}"
        )
