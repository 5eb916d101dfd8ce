"""``ganyuan idle`` and ``land-use``: the land analyses on the command line."""

from __future__ import annotations

import datetime as dt
import json
from typing import Annotated, Literal

import geopandas as gpd
import pandas as pd
import typer

from analytics import approvals
from analytics.idle import SUSPECTED, parcel_status
from analytics.idle_calendar import calendar, calendar_totals
from analytics.idle_totals import counts_and_areas, summarise
from analytics.land_use import by_unit
from cli.datasets import JsonOption, StoreOption, opened
from domain import boundaries
from domain.ledgers import TABLES
from domain.rules import load_rules
from geo.errors import GanyuanError
from geo.units import M2_PER_HA
from store import Store, Version, Viewer

Level = Literal["prefecture", "county", "zone"]
By = Literal["prefecture_adcode", "county_adcode", "zone_id"]

DatasetOption = Annotated[
    str | None, typer.Option("--dataset", help="Dataset of parcels; the newest by default.")
]
DayOption = Annotated[
    dt.datetime | None,
    typer.Option(
        "--as-of", formats=["%Y-%m-%d"], help="Day that is judged; the dataset's own by default."
    ),
]
ByOption = Annotated[Level, typer.Option("--by", help="Unit over which figures are summed.")]
_COLUMN: dict[Level, By] = {
    "prefecture": "prefecture_adcode",
    "county": "county_adcode",
    "zone": "zone_id",
}
_FIRST_DAY = dt.date(2012, 7, 1)


class NoParcelsError(GanyuanError):
    """The store holds no dataset of parcels."""

    code = "CLI-010"


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("idle")(idle)
    app.command("land-use")(land_use)


def idle(
    *,
    store: StoreOption = None,
    dataset: DatasetOption = None,
    as_of: DayOption = None,
    by: ByOption = "prefecture",
    rows: Annotated[
        bool, typer.Option("--rows", help="With --json: every suspected or determined parcel.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Judge approved but unused land (批而未用): status, count, area, and what comes next."""
    target, viewer = opened(store)
    version, parcels = _parcels(target, viewer, dataset)
    day = _day(version, as_of)
    status = parcel_status(parcels, as_of=day, rules=load_rules("idle", as_of=day))
    totals = summarise(parcels, status, by=_COLUMN[by])
    whole = summarise(parcels, status, by=None)
    if as_json:
        coming = calendar_totals(calendar(parcels, status, as_of=day))
        content: dict[str, object] = {
            **_head(version, day),
            "by": by,
            "total": _records(whole.drop(columns="unit"))[0] if len(whole) else {},
            "units": _records(_with_names(totals, by)),
            "statuses": _records(counts_and_areas(parcels, status, by=_COLUMN[by])),
            "calendar": _records(coming),
            "digestion": _digestion(target, viewer, whole, day),
        }
        if rows:
            content["rows"] = _idle_rows(parcels, status)
        typer.echo(json.dumps(content, ensure_ascii=False, indent=2))
    else:
        _print_idle(version, day, _with_names(totals, by))


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
    version, parcels = _parcels(target, viewer, dataset)
    table = _with_names(by_unit(parcels, by=_COLUMN[by], detail=detail), by)
    day = _day(version, as_of)
    if as_json:
        content = {**_head(version, day), "by": by, "detail": detail, "rows": _records(table)}
        typer.echo(json.dumps(content, ensure_ascii=False, indent=2))
        return
    _print_head(version, day)
    for row in table.to_dict("records"):
        typer.echo(
            f"{row['name'] or '—':<24} {row['land_class']:<14} {row['count']:>7,} "
            f"{row['area_m2'] / M2_PER_HA:>14,.2f} ha {row['share']:>7.1%}"
        )


def _parcels(
    target: Store, viewer: Viewer, dataset: str | None
) -> tuple[Version, gpd.GeoDataFrame]:
    if dataset is not None:
        version = target.version(dataset, viewer)
    else:
        found = target.datasets(viewer, "parcels")
        if not found:
            raise NoParcelsError("no dataset of parcels; import one, or run `ganyuan demo`")
        version = max(found, key=lambda v: (v.committed_at, v.dataset))
    return version, target.read(version, viewer)


def _day(version: Version, as_of: dt.datetime | None) -> dt.date:
    """The day asked for, else the cut-off of the dataset, else today."""
    if as_of is not None:
        return as_of.date()
    try:
        return max(dt.date.fromisoformat(str(version.passport.get("as_of"))), _FIRST_DAY)
    except ValueError:
        return dt.datetime.now(tz=dt.UTC).astimezone().date()


def _head(version: Version, day: dt.date) -> dict[str, object]:
    return {
        "dataset": version.id,
        "sha256": version.sha256,
        "demonstration": version.demonstration,
        "as_of": day.isoformat(),
        "parcels": version.rows,
        "area_definition": "ellipsoidal, CGCS2000, m2",
    }


def _with_names(table: pd.DataFrame, by: Level) -> pd.DataFrame:
    """The same rows with the Chinese name of each unit where its code is known."""
    known = boundaries.known_adcodes()
    names = [
        boundaries.name_of(unit) if by != "zone" and unit in known else unit
        for unit in table["unit"]
    ]
    out = table.copy()
    out.insert(1, "name", names)
    return out


def _digestion(
    target: Store, viewer: Viewer, whole: pd.DataFrame, day: dt.date
) -> dict[str, object] | None:
    """The digestion cycle of everything the viewer sees; None without a batch ledger."""
    batch, supply = (target.ledger(table, viewer) for table in TABLES[:2])
    if batch.empty or whole.empty:
        return None
    cycle = approvals.digestion_cycle(
        batch,
        supply,
        not_started_m2=float(whole["not_started_area_m2"].iloc[0]),
        as_of=day,
        rules=load_rules("approvals", as_of=day),
    )
    known = cycle.digested_m2 > 0
    return {
        "stock_m2": cycle.stock_m2,
        "digested_m2": cycle.digested_m2,
        "years": cycle.years,
        "cycle_years": cycle.cycle_years if known else None,
    }


def _idle_rows(parcels: gpd.GeoDataFrame, status: pd.DataFrame) -> list[dict[str, object]]:
    idle_ = status["status"].isin([*SUSPECTED, "determined"])
    columns = ["parcel_id", "county_adcode", "zone_id", "area_ellipsoidal_m2"]
    rows = pd.DataFrame(parcels.loc[idle_, columns]).join(status[idle_])
    return _records(rows)


def _records(table: pd.DataFrame) -> list[dict[str, object]]:
    """Rows as JSON knows them: dates in ISO form, missing values as null."""
    days = {
        name: table[name].dt.strftime("%Y-%m-%d")
        for name in table.select_dtypes("datetime").columns
    }
    text = table.assign(**days).to_json(orient="records", force_ascii=False)
    found: list[dict[str, object]] = json.loads(text or "[]")
    return found


def _print_head(version: Version, day: dt.date) -> None:
    mark = "  演示数据 / demonstration data" if version.demonstration else ""
    typer.echo(f"{version.id}, {version.rows:,} parcels, as of {day.isoformat()}{mark}")


def _print_idle(version: Version, day: dt.date, totals: pd.DataFrame) -> None:
    _print_head(version, day)
    names = ("unsupplied", "not_started", "overdue", "suspected", "determined")
    typer.echo(f"{'unit':<22}" + "".join(f"{name:>26}" for name in names))
    for row in totals.to_dict("records"):
        cells = "".join(
            f"{row[f'{name}_count']:>9,} {row[f'{name}_area_m2'] / M2_PER_HA:>13,.2f} ha"
            for name in names
        )
        typer.echo(f"{row['name'] or '—':<22}{cells}")
    typer.echo("Suspected (疑似) is not determined: only a determination letter (认定书) is.")
