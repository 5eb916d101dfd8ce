"""Options of ``ganyuan consolidate`` that its sub-commands share."""

from __future__ import annotations

from typing import Annotated

import typer

RegionOption = Annotated[
    str, typer.Option("--region", help="Prefecture by name or code; all by default.")
]
DemonstrationOption = Annotated[
    bool,
    typer.Option("--demonstration/--no-demonstration", help="Count demonstration figures too."),
]
PerHostOption = Annotated[
    int | None, typer.Option("--per-host", min=0, help="Zones that a host takes at most.")
]
LockOption = Annotated[
    list[str] | None, typer.Option("--lock", help="Pair host>absorbed that must be chosen.")
]
ForbidOption = Annotated[
    list[str] | None, typer.Option("--forbid", help="Pair host>absorbed that must not be.")
]
TrustOption = Annotated[
    list[str] | None, typer.Option("--trust", help="Pair host>absorbed held in trust (代管).")
]
BarOption = Annotated[
    list[str] | None, typer.Option("--bar", help="Zone that must not be a host: zone=reason.")
]
AdmitOption = Annotated[
    list[str] | None,
    typer.Option("--admit", help="Zone that may be a host all the same: zone=reason."),
]
ShareOption = Annotated[
    list[str] | None,
    typer.Option("--share", help="Least share of a prefecture's zones that take part: 360700=0.3."),
]
WeightsOption = Annotated[
    str,
    typer.Option("--weights", help="Full set of weights that adds up to 100: level=10,..."),
]
AcrossOption = Annotated[bool, typer.Option("--across", help="List pairs across prefectures too.")]
RoadsOption = Annotated[
    str,
    typer.Option(
        "--roads", help="File of road lines, name of a network in the store, 'kept' or 'none'."
    ),
]
