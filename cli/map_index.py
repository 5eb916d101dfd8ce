"""``ganyuan map-index``: make what the browse map reads of a version, or make it anew."""

from __future__ import annotations

import json
import time
from typing import Annotated

import typer

from cli.datasets import JsonOption, StoreOption, named_version, opened


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("map-index")(map_index)


def map_index(
    dataset: Annotated[str, typer.Argument(help="Dataset, or dataset@number.")] = "",
    *,
    store: StoreOption = None,
    rebuild: Annotated[bool, typer.Option(help="Make it anew even where one stands.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Make the map index of a version; of every parcel dataset where none is named.

    It follows from the version alone and is made by itself when a map is opened; after a move of
    the store this saves the first reader the wait.
    """
    from views.browse.ready import make_ready  # noqa: PLC0415 - the other commands do not need it

    target, viewer = opened(store)
    versions = target.datasets(viewer, "parcels")
    if dataset:
        versions = [named_version(target, viewer, dataset)]
    made = []
    for version in versions:
        stood = target.has_map_index(version, viewer)
        if rebuild:
            target.drop_map_index(version, viewer)
        start = time.perf_counter()
        make_ready(target, version, viewer)
        took = time.perf_counter() - start
        done = rebuild or not stood
        made.append(
            {"version": version.id, "rows": version.rows, "made": done, "s": round(took, 2)}
        )
        if not as_json:
            word = f"made in {took:.1f} s" if done else "stands already"
            typer.echo(f"{version.id}: {version.rows:,} rows, {word}")
    if as_json:
        typer.echo(json.dumps(made, ensure_ascii=False, indent=2))
