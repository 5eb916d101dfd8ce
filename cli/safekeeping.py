"""``ganyuan diff``, ``undo``, ``end``, ``verify``, ``backup``, ``restore``: nothing gets lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Final

import geopandas as gpd
import pandas as pd
import typer

from analytics.differences import Differences, compare
from cli.datasets import JsonOption, StoreOption, opened
from cli.written import writing
from domain.schema import KEY
from store import NotComparableError, Version, Viewer, backup

EXIT_FINDINGS: Final = 1

_SHOWN: Final = 50  # lines of a terminal; a file holds them all

ReasonOption = Annotated[str, typer.Option("--reason", help="Why; written into the audit trail.")]
SeenOption = Annotated[
    int | None, typer.Option("--seen", help="Number that you take for the current version.")
]
NameArgument = Annotated[str, typer.Argument(help="Dataset.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("diff")(diff)
    app.command("undo")(undo)
    app.command("end")(end)
    app.command("verify")(verify)
    app.command("backup")(take_backup)
    app.command("restore")(restore)


def diff(
    before: Annotated[str, typer.Argument(help="Version before, DATASET@N.")],
    after: Annotated[str, typer.Argument(help="Version after, DATASET@N or DATASET.")],
    *,
    output: Annotated[
        Path | None, typer.Option("--output", help="GeoPackage to write the rows into.")
    ] = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare two versions: rows added, gone, moved, changed; exit code 1 where they differ."""
    target, viewer = opened(store)
    one, two = (target.version(*_split(name, viewer)) for name in (before, after))
    if one.kind != two.kind:
        raise NotComparableError(
            f"{one.id} holds {one.kind}, {two.id} {two.kind}; compare versions of one kind",
            values={"before": one.id, "after": two.id},
        )
    found = compare(target.read(one, viewer), target.read(two, viewer), key=KEY[one.kind])
    if output is not None:
        _write(found.rows, output)
    typer.echo(_as_json(one, two, found) if as_json else _as_text(one, two, found))
    if not found.none:
        raise typer.Exit(EXIT_FINDINGS)


def _split(name: str, viewer: Viewer) -> tuple[str, Viewer, int | None]:
    dataset, mark, number = name.partition("@")
    if mark and not number.isdigit():
        raise typer.BadParameter(f"{name!r} is not DATASET@N")
    return dataset, viewer, int(number) if mark else None


def _as_text(one: Version, two: Version, found: Differences) -> str:
    lines = [f"{one.id} -> {two.id}", f"{'':<18}{'rows':>10}{'before, m2':>18}{'after, m2':>18}"]
    for name, row in found.totals.iterrows():
        lines.append(
            f"{name:<18}{int(row['rows']):>10}"
            f"{row['area_before_m2']:>18.2f}{row['area_after_m2']:>18.2f}"
        )
    lines += [
        f"{row.status:<18} {row.id}  {', '.join(row.columns)}".rstrip()
        for row in found.rows.head(_SHOWN).itertuples()
    ]
    if len(found.rows) > _SHOWN:
        lines.append(f"... and {len(found.rows) - _SHOWN} more; --output or --json has them all")
    return "\n".join(lines)


def _as_json(one: Version, two: Version, found: Differences) -> str:
    rows = pd.DataFrame(found.rows.drop(columns="geometry"))
    return json.dumps(
        {
            "before": one.id,
            "after": two.id,
            "totals": json.loads(found.totals.to_json(orient="index")),
            "rows": json.loads(rows.to_json(orient="records", force_ascii=False)),
            "cells": json.loads(
                found.cells.astype("string").to_json(orient="records", force_ascii=False)
            ),
        },
        ensure_ascii=False,
        indent=2,
    )


def _write(rows: gpd.GeoDataFrame, output: Path) -> None:
    """The rows as a GeoPackage that appears when it is whole."""
    flat = rows.assign(columns=rows["columns"].map(", ".join))
    with writing(output) as target:
        flat.to_file(target, layer="differences", driver="GPKG", engine="pyogrio")


def undo(
    name: NameArgument,
    *,
    reason: ReasonOption,
    to: Annotated[
        int | None, typer.Option("--to", help="Bring back this version instead of the last one.")
    ] = None,
    seen: SeenOption = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take back the last act on a dataset, as a new version; nothing that was published goes."""
    target, viewer = opened(store)
    if to is None:
        version = target.undo(name, viewer=viewer, reason=reason, seen=seen)
    else:
        version = target.restore_version(name, to, viewer=viewer, reason=reason, seen=seen)
    if as_json:
        typer.echo(json.dumps({"id": version.id, "restores": version.restores}))
        return
    typer.echo(f"{version.id} brings back {name}@{version.restores}, {version.rows} rows")


def end(
    name: NameArgument,
    *,
    reason: ReasonOption,
    seen: SeenOption = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a dataset out of force; its versions stay, and a new one puts it back into force."""
    target, viewer = opened(store)
    version = target.end(name, viewer=viewer, reason=reason, seen=seen)
    when = version.ended_at.isoformat() if version.ended_at else None
    if as_json:
        typer.echo(json.dumps({"id": version.id, "ended_at": when}))
        return
    typer.echo(f"{name} ended with {version.id}; `ganyuan undo {name}` brings it back")


def verify(*, store: StoreOption = None, as_json: JsonOption = False) -> None:
    """Compare every file of the store with the digest of its commit; exit code 1 on damage."""
    target, _ = opened(store)
    wrong = backup.problems(target)
    if as_json:
        typer.echo(json.dumps({"problems": wrong}, ensure_ascii=False, indent=2))
    else:
        typer.echo("\n".join(wrong) or f"Everything in {target.root} is as it was committed.")
    if wrong:
        raise typer.Exit(EXIT_FINDINGS)


def take_backup(
    target: Annotated[Path, typer.Argument(help="New or empty folder for the backup.")],
    *,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Save the store into a folder, consistent while others go on working, and check it."""
    made = backup.take(opened(store)[0], target)
    _tell(made, "saved to", made.folder, as_json=as_json)


def restore(
    source: Annotated[Path, typer.Argument(help="Folder of the backup.")],
    *,
    store: Annotated[Path, typer.Option("--store", help="New or empty folder for the store.")],
    database: Annotated[
        str | None, typer.Option("--database", help="Empty PostgreSQL database, as a URL.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a store from a backup, after checking every file; never over one that stands."""
    found = backup.check(source)
    made = backup.restore(source, store, url=database)
    _tell(found, "restored to", made.root, as_json=as_json)


def _tell(found: backup.Backup, verb: str, folder: Path, *, as_json: bool) -> None:
    if as_json:
        facts = {
            "folder": str(folder),
            "made_at": found.made_at.isoformat(),
            "files": found.files,
            "size": found.size,
            "form": found.form,
            "database": found.dialect,
        }
        typer.echo(json.dumps(facts, indent=2))
        return
    typer.echo(f"{found.files} files, {found.size / 1e6:.1f} MB, {verb} {folder}; all checked")
