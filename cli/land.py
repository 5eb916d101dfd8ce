"""What the land commands share: which version, which day, and how rows are written."""

from __future__ import annotations

import datetime as dt
import json
from typing import Annotated, Literal

import pandas as pd
import typer

from domain import boundaries
from geo.errors import GanyuanError
from store import Store, Version, Viewer
from views.day import default_day

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
COLUMN: dict[Level, By] = {
    "prefecture": "prefecture_adcode",
    "county": "county_adcode",
    "zone": "zone_id",
}


class NoParcelsError(GanyuanError):
    """The store holds no dataset of parcels."""

    code = "CLI-010"


def version_of(store: Store, viewer: Viewer, dataset: str | None) -> Version:
    """The version in force of a dataset; of the one that was published last without a name.

    Raises:
        NoParcelsError: There is no dataset of parcels.
        UnknownDatasetError: There is none of this name.
    """
    if dataset is not None:
        return store.version(dataset, viewer)
    found = store.datasets(viewer, "parcels")
    if not found:
        raise NoParcelsError("no dataset of parcels; import one, or run `ganyuan demo`")
    return max(found, key=lambda v: (v.committed_at, v.dataset))


def day_of(version: Version, as_of: dt.datetime | None) -> dt.date:
    """The day asked for, else the cut-off of the dataset, else today."""
    return as_of.date() if as_of is not None else default_day(version)


def head(version: Version, day: dt.date) -> dict[str, object]:
    """What every JSON answer begins with."""
    return {
        "dataset": version.id,
        "sha256": version.sha256,
        "demonstration": version.demonstration,
        "as_of": day.isoformat(),
        "parcels": version.rows,
        "area_definition": "ellipsoidal, CGCS2000, m2",
    }


def with_names(table: pd.DataFrame, by: Level) -> pd.DataFrame:
    """The same rows with the Chinese name of each unit where its code is known."""
    known = boundaries.known_adcodes()
    names = [
        boundaries.name_of(unit) if by != "zone" and unit in known else unit
        for unit in table["unit"]
    ]
    out = table.copy()
    out.insert(1, "name", names)
    return out


def records(table: pd.DataFrame) -> list[dict[str, object]]:
    """Rows as JSON knows them: dates in ISO form, missing values as null."""
    days = {
        name: table[name].dt.strftime("%Y-%m-%d")
        for name in table.select_dtypes("datetime").columns
    }
    text = table.assign(**days).to_json(orient="records", force_ascii=False)
    found: list[dict[str, object]] = json.loads(text or "[]")
    return found


def print_json(content: dict[str, object]) -> None:
    """Write one JSON object."""
    typer.echo(json.dumps(content, ensure_ascii=False, indent=2))


def print_head(version: Version, day: dt.date) -> None:
    """Write the line above every answer in words."""
    mark = "  演示数据 / demonstration data" if version.demonstration else ""
    typer.echo(f"{version.id}, {version.rows:,} parcels, as of {day.isoformat()}{mark}")
