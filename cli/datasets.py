"""``ganyuan demo``, ``datasets`` and ``history``: what the store holds, and how it came there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from settings import Settings
from store import Store, Version, Viewer

StoreOption = Annotated[Path | None, typer.Option("--store", help="Folder of the store.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("demo")(demo)
    app.command("datasets")(datasets)
    app.command("history")(history)


def opened(store: Path | None) -> tuple[Store, Viewer]:
    """The store named on the command line or in the settings, and who asks."""
    settings = Settings(store=store) if store else Settings()
    return Store(settings.store), Viewer(settings.user)


def named_version(store: Store, viewer: Viewer, text: str) -> Version:
    """The version that ``DATASET`` or ``DATASET@N`` names; the one in force without a number.

    Raises:
        BadParameter: What follows the ``@`` is no number.
        UnknownDatasetError: There is no such version for the viewer.
    """
    dataset, _, number = text.partition("@")
    if number and not number.isdecimal():
        raise typer.BadParameter(f"{text!r}; write DATASET or DATASET@N", param_hint="DATASET")
    return store.version(dataset, viewer, int(number) if number else None)


def demo(
    *,
    store: StoreOption = None,
    seed: Annotated[
        int | None, typer.Option(help="Seed; the same seed gives the same data.")
    ] = None,
    force: Annotated[bool, typer.Option(help="Make a new version even where one stands.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Fill the store with demonstration data (演示数据), never to be mistaken for real."""
    from demo import SEED, build, standing  # noqa: PLC0415 - the other commands do not need it

    target, viewer = opened(store)
    chosen = SEED if seed is None else seed
    built = force or not standing(target, seed=chosen)
    if built:
        build(target, seed=chosen, viewer=viewer, again=force)
    version = target.version("parcels", viewer)
    if as_json:
        typer.echo(_json({"built": built, "seed": chosen, **_facts(version)}))
        return
    done = "built" if built else "stands already"
    typer.echo(f"Demonstration data {done}: {version.id}, {version.rows} parcels in {target.root}")


def datasets(*, store: StoreOption = None, as_json: JsonOption = False) -> None:
    """List the datasets with their current version."""
    target, viewer = opened(store)
    found = target.datasets(viewer)
    if as_json:
        rasters = [info.name for info in target.rasters(viewer)]
        typer.echo(_json({"datasets": [_facts(v) for v in found], "rasters": rasters}))
        return
    _print(found)


def history(
    name: Annotated[str, typer.Argument(help="Dataset.")],
    *,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """List every version of a dataset, newest first."""
    target, viewer = opened(store)
    found = target.history(name, viewer)
    if as_json:
        typer.echo(_json({"dataset": name, "versions": [_facts(v) for v in found]}))
        return
    _print(found)


def _print(versions: Sequence[Version]) -> None:
    if not versions:
        typer.echo("No dataset yet; `ganyuan demo` makes demonstration data.")
    for version in versions:
        mark = "  演示数据" if version.demonstration else ""
        when = version.committed_at.strftime("%Y-%m-%d %H:%M UTC")
        typer.echo(
            f"{version.id:<28} {version.kind:<9} {version.rows:>8}  {when}  "
            f"{version.committed_by}: {version.reason}{mark}"
        )


def _facts(version: Version) -> dict[str, object]:
    return {
        "id": version.id,
        "dataset": version.dataset,
        "number": version.number,
        "kind": version.kind,
        "rows": version.rows,
        "quarantined": version.quarantined,
        "demonstration": version.demonstration,
        "committed_by": version.committed_by,
        "committed_at": version.committed_at.isoformat(),
        "reason": version.reason,
        "sha256": version.sha256,
        "bounds": version.bounds,
        "passport": version.passport,
    }


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
