"""``ganyuan template``: workbooks to fill in, with what the store knows already."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Annotated

import typer

from cli.datasets import opened
from cli.written import write_file
from domain import boundaries, indicators
from domain.i18n import Language
from domain.schema import YearlyKind
from export.indicator_template import standing_template
from geo.errors import GanyuanError

_FIRST_YEAR = int(indicators.definitions()["year"].minimum or 0)


class TemplateYearError(GanyuanError):
    """Figures can be filled in only of a year that has ended."""

    code = "IND-023"


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("template")(template)


def template(
    kind: Annotated[
        YearlyKind, typer.Argument(help="What is to be filled in: figures of zones or enterprises.")
    ],
    *,
    out: Annotated[Path, typer.Option("--out", help="XLSX file that is written.")],
    year: Annotated[
        int | None, typer.Option(help="Year of the figures; the last one that has ended.")
    ] = None,
    prefecture: Annotated[
        str | None,
        typer.Option(help="Those of this prefecture only, by name or code."),
    ] = None,
    language: Annotated[Language, typer.Option(help="Language of the headings.")] = "zh_CN",
    store: Annotated[Path | None, typer.Option("--store", help="Folder of the store.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Write the workbook for yearly figures of zones or enterprises, with what stands already.

    Raises:
        TemplateYearError: The year has not ended, or lies before the first one.
    """
    target, viewer = opened(store)
    last = indicators.last_year(dt.datetime.now(tz=dt.UTC).astimezone().date())
    wanted = last if year is None else year
    if not _FIRST_YEAR <= wanted <= last:
        raise TemplateYearError(
            f"{wanted} is no year between {_FIRST_YEAR} and {last}; give one that has ended",
            values={"year": wanted, "first": _FIRST_YEAR, "last": last},
        )
    code = boundaries.adcode_of(prefecture) if prefecture else ""
    data = standing_template(
        target, viewer, year=wanted, prefecture=code, language=language, kind=kind
    )
    write_file(out, data)
    if as_json:
        said = {"file": str(out), "kind": kind, "year": wanted, "bytes": len(data)}
        typer.echo(json.dumps(said, ensure_ascii=False, indent=2))
        return
    typer.echo(f"{out}: {kind} {wanted}, {len(data)} bytes")
