"""``ganyuan tabulate``: area of each class within units, from files of any size, by any workers."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import geopandas as gpd
import pandas as pd
import typer

from cli.datasets import JsonOption, StoreOption, opened
from cli.written import writing
from domain import boundaries
from domain.i18n import translator
from domain.schema import AREA, KEY
from export.delimited import harmless
from geo.errors import GanyuanError
from geo.executors import DaskCluster, Executor, Here, Processes, Telling
from geo.located import located
from geo.overlay import Tabulation
from geo.tabulate import ParcelFile, tabulate
from geo.units import M2_PER_HA
from ingest import Choices, inspect
from settings import Settings
from store import Store, Version, Viewer

_DATASET: Final = re.compile(r"([^./\\:@]+)(?:@(\d+))?")
_CLASS: Final = {"land_use": "land_class", "overlay": "category"}
_STEPS: Final = 10
"""So often is said how far the work is."""


class UnitsRefusedError(GanyuanError):
    """The file of units is not accepted as a whole."""

    code = "CLI-011"


@dataclass(frozen=True)
class _Source:
    """What is tabulated, and how a person calls it."""

    parcels: ParcelFile
    name: str
    version: Version | None = None


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("tabulate")(tabulate_areas)


def tabulate_areas(  # noqa: PLR0913 - one argument an option
    source: Annotated[
        str,
        typer.Argument(
            help="DATASET, DATASET@NUMBER, a GeoParquet file or its address (https://, s3:// ...)."
        ),
    ],
    *,
    by: Annotated[
        Literal["prefecture", "county"], typer.Option("--by", help="Units of the province.")
    ] = "county",
    units: Annotated[
        str, typer.Option("--units", help="Instead: a dataset, or a file such as a GeoPackage.")
    ] = "",
    class_column: Annotated[
        str, typer.Option("--class-column", help="Column of classes; by the kind otherwise.")
    ] = "",
    area_column: Annotated[
        str, typer.Option("--area-column", help="Column of areas in m2, which cuts share out.")
    ] = AREA,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, help="Processes; this one alone by default.")
    ] = None,
    scheduler: Annotated[
        str, typer.Option("--scheduler", help="Of a dask cluster, such as tcp://10.0.0.5:8786.")
    ] = "",
    out: Annotated[
        Path | None, typer.Option("--out", help="Also write the table: .csv or .parquet.")
    ] = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Sum the area of each class within units; the result is the same wherever it is computed.

    How far the work is goes to standard error.
    """
    if out is not None and out.suffix.lower() not in {".csv", ".parquet"}:
        raise typer.BadParameter(f"{out.name!r} is no .csv or .parquet", param_hint="--out")
    executor = _executor(workers, scheduler)
    target, viewer = opened(store)
    chosen = _source(source, target, viewer, class_column, area_column)
    outlines = _units(units, target, viewer) if units else _of_province(by)
    found = tabulate(chosen.parcels, outlines, executor=Telling(executor, _Progress().tell))
    rows = _rows(found, outlines["name"])
    if out is not None:
        _write(rows, out, demonstration=chosen.version is not None and chosen.version.demonstration)
    if as_json:
        typer.echo(
            json.dumps(_content(chosen, units or by, found, rows), ensure_ascii=False, indent=2)
        )
        return
    _print(chosen, found, rows, out)


def _executor(workers: int | None, scheduler: str) -> Executor:
    if workers is not None and scheduler:
        raise typer.BadParameter("give --workers or --scheduler", param_hint="--scheduler")
    if scheduler:
        return DaskCluster(scheduler)
    return Here() if workers is None else Processes(workers)


def _source(
    text: str, target: Store, viewer: Viewer, class_column: str, area_column: str
) -> _Source:
    named = _DATASET.fullmatch(text)
    if named is None:
        where = located(text)
        name = where.path if where.filesystem is None else where.path.rsplit("/", maxsplit=1)[-1]
        parcels = ParcelFile(
            where.path, class_column or "analysis_class", area_column, where.filesystem
        )
        return _Source(parcels, name)
    version = _version(named, target, viewer)
    column = class_column or _CLASS.get(version.kind, "analysis_class")
    path = str(target.whole_file(version, viewer))
    return _Source(ParcelFile(path, column, area_column), version.id, version)


def _version(named: re.Match[str], target: Store, viewer: Viewer) -> Version:
    return target.version(named[1], viewer, int(named[2]) if named[2] else None)


def _of_province(by: Literal["prefecture", "county"]) -> gpd.GeoDataFrame:
    return boundaries.layer(by).set_index("adcode")[["name", "geometry"]]


def _units(text: str, target: Store, viewer: Viewer) -> gpd.GeoDataFrame:
    """Outlines by label with a name; what has several rows under one label is one unit."""
    named = _DATASET.fullmatch(text)
    if named is not None:
        version = _version(named, target, viewer)
        frame, key = target.read(version, viewer), KEY[version.kind]
    else:
        frame, key = _from_file(Path(text)), KEY["overlay"]
    frame = frame.assign(name=frame["name"].astype("object") if "name" in frame else "")
    if frame[key].duplicated().any():
        frame = frame[[key, "name", "geometry"]].dissolve(by=key, as_index=False)
    return frame.set_index(key)[["name", "geometry"]]


def _from_file(path: Path) -> gpd.GeoDataFrame:
    """Units through the one door for foreign bytes; a part of them would not do."""
    if not path.is_file():
        raise typer.BadParameter(f"there is no file {str(path)!r}", param_hint="--units")
    inspection = inspect(path, choices=Choices(kind="overlay"))
    report = inspection.report
    if inspection.accepted_file is None or report.rows_quarantined:
        codes = sorted({issue.code for issue in inspection.issues if issue.severity != "info"})
        raise UnitsRefusedError(
            f"{path.name} is not accepted as a whole: {', '.join(codes)}; see `ganyuan check`",
            values={"name": path.name, "codes": ", ".join(codes)},
        )
    return gpd.read_parquet(inspection.accepted_file)


@dataclass
class _Progress:
    """Lines on standard error, few of them whatever the size of the file."""

    shown: int = field(default=-1)

    def tell(self, done: int, every: int) -> None:
        step = _STEPS * done // every if every else _STEPS
        if step != self.shown:
            self.shown = step
            typer.echo(f"{done}/{every} row groups", err=True)


def _rows(found: Tabulation, names: pd.Series) -> pd.DataFrame:
    """Units and classes that meet, in the order of the units; then what lies in no unit."""
    area, count = found.table.to_numpy(), found.counts.to_numpy()
    unit, code = count.nonzero()
    inside = pd.DataFrame(
        {
            "unit": found.table.index[unit].astype("str"),
            "name": names.to_numpy()[unit],
            "class": found.table.columns[code],
            "parcels": count[unit, code],
            "area_m2": area[unit, code],
        }
    )
    away = found.outside_counts.to_numpy().nonzero()[0]
    outside = pd.DataFrame(
        {
            "unit": "",
            "name": "",
            "class": found.table.columns[away],
            "parcels": found.outside_counts.to_numpy()[away],
            "area_m2": found.outside.to_numpy()[away],
        }
    )
    rows = pd.concat([part for part in (inside, outside) if len(part)] or [inside])
    return rows.reset_index(drop=True).assign(name=lambda r: r["name"].fillna("").astype("str"))


def _write(rows: pd.DataFrame, path: Path, *, demonstration: bool) -> None:
    with writing(path) as target:
        if path.suffix.lower() == ".parquet":
            rows.to_parquet(target, index=False)
            return
        texts = {name: rows[name].astype("str").map(harmless) for name in ("unit", "name", "class")}
        with target.open("w", encoding="utf-8-sig", newline="") as file:
            if demonstration:
                t = translator(Settings().language)
                file.write(f"{t('exports.demonstration')}\r\n")
            rows.assign(**texts).to_csv(file, index=False, lineterminator="\r\n")


def _content(source: _Source, units: str, found: Tabulation, rows: pd.DataFrame) -> dict[str, Any]:
    version = source.version
    return {
        "source": source.name,
        "sha256": version.sha256 if version else None,
        "demonstration": version.demonstration if version else None,
        "units": units,
        "class_column": source.parcels.class_column,
        "area_column": source.parcels.area_column,
        "area_m2": float(rows["area_m2"].sum() - found.repeated.sum()),
        "counted_twice_m2": float(found.repeated.sum()),
        "rows": rows[rows["unit"] != ""].to_dict("records"),
        "outside": rows[rows["unit"] == ""].drop(columns=["unit", "name"]).to_dict("records"),
        "overlaps": found.overlaps.astype({"first": "str", "second": "str"}).to_dict("records"),
    }


def _print(source: _Source, found: Tabulation, rows: pd.DataFrame, out: Path | None) -> None:
    shown = source.version is not None and source.version.demonstration
    typer.echo(source.name + ("  演示数据 / demonstration data" if shown else ""))
    if out is not None:
        typer.echo(f"{out}: {len(rows)} rows")
    else:
        for row in rows.to_dict("records"):
            typer.echo(
                f"{row['unit'] or 'outside':<12} {row['name']:<24} {row['class']:<14} "
                f"{row['parcels']:>9,} {row['area_m2'] / M2_PER_HA:>16,.2f} ha"
            )
    if found.repeated.sum() > 0:
        twice = found.repeated.sum() / M2_PER_HA
        typer.echo(f"Units overlap: {twice:,.2f} ha are counted more than once.")
