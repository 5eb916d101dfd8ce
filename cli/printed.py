"""Options that planning commands share, and how they print."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

StoreOption = Annotated[Path | None, typer.Option("--store", help="Folder of the store.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
DayOption = Annotated[
    dt.datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="Day that is judged; today by default."),
]


def judged_day(given: dt.datetime | None) -> dt.date:
    """The day that was given, else today."""
    return given.date() if given else dt.datetime.now(tz=dt.UTC).astimezone().date()


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows without geometry; missing values are null."""
    plain = pd.DataFrame(frame).drop(columns="geometry", errors="ignore")
    rows: list[dict[str, Any]] = json.loads(
        plain.to_json(orient="records", force_ascii=False, double_precision=6)
    )
    return rows


def print_json(value: dict[str, Any]) -> None:
    """Print one JSON object."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))
