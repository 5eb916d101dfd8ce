"""``ganyuan export``: any version or ledger as a file; the same writers as the upload page."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Annotated, Final, TypeVar, get_args

import typer

from cli.datasets import JsonOption, StoreOption, named_version, opened
from domain import boundaries, schema
from domain.i18n import LANGUAGES, Language
from domain.schema import LedgerKind
from export import datasets
from export.datasets import Encoding, ExportResult, Format, LineEnd, Options, Rows
from settings import Settings
from store import Store, UnknownDatasetError, Version, Viewer

EXIT_FINDINGS: Final = 1
_SHOWN_ROWS: Final = 10

_T = TypeVar("_T", bound=str)


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("export")(export)


def export(  # noqa: PLR0913 - one argument an option
    dataset: Annotated[
        str,
        typer.Argument(
            help="DATASET or DATASET@NUMBER; or a ledger: " + ", ".join(schema.LEDGER) + "."
        ),
    ],
    *,
    form: Annotated[
        str,
        typer.Option("--format", help=", ".join(datasets.FORMATS) + "; by the output otherwise."),
    ] = "",
    output: Annotated[
        Path, typer.Option("--output", "-o", help="File, or a folder that gets one.")
    ] = Path(),
    crs: Annotated[
        int | None,
        typer.Option(help="EPSG: 4490, 4526, 4527, 4547, 4548; the data's own zone otherwise."),
    ] = None,
    encoding: Annotated[
        str, typer.Option(help="gbk or utf-8 (shapefile), gb18030 or utf-8 (boundary points).")
    ] = "",
    line_end: Annotated[str, typer.Option(help="crlf or lf, of boundary points.")] = "crlf",
    prefecture: Annotated[
        list[str] | None, typer.Option(help="Only this prefecture, by name or code; repeatable.")
    ] = None,
    county: Annotated[
        list[str] | None, typer.Option(help="Only this county, by name or code; repeatable.")
    ] = None,
    column: Annotated[list[str] | None, typer.Option(help="Only this column; repeatable.")] = None,
    language: Annotated[str, typer.Option(help=" or ".join(LANGUAGES))] = "",
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the rows of a dataset version or a ledger to a file.

    Exit code 0: done; 1: done, with warnings about what the format could not hold; 2: refused.
    """
    target, viewer = opened(store)
    settings = Settings()
    chosen: Language = _choice(language or settings.language, LANGUAGES, "--language")
    options = Options(
        made_at=dt.datetime.now(tz=dt.UTC).astimezone(),
        made_by=viewer.name,
        crs=crs,
        encoding=_choice(encoding, get_args(Encoding), "--encoding") if encoding else None,
        line_end=_choice(line_end, get_args(LineEnd), "--line-end"),
        prefectures=_codes(prefecture),
        counties=_codes(county),
        columns=tuple(column) if column else None,
        language=chosen,
        organisation=settings.organisation,
    )
    rows = _rows(target, dataset, viewer, options)
    wanted = _format(form, output, rows)
    result = datasets.write(rows, wanted, output, options)
    _show(result, rows.version, chosen, as_json=as_json)
    if any(finding.severity != "info" for finding in result.findings):
        raise typer.Exit(EXIT_FINDINGS)


def _choice(value: str, options: tuple[_T, ...], option: str) -> _T:
    for known in options:
        if known.lower() == value.strip().lower():
            return known
    raise typer.BadParameter(f"{value!r}; choose {', '.join(options)}", param_hint=option)


def _codes(places: list[str] | None) -> frozenset[str] | None:
    return frozenset(boundaries.adcode_of(place) for place in places) if places else None


def _rows(store: Store, name: str, viewer: Viewer, options: Options) -> Rows:
    """Rows of a version, or of a ledger where no dataset has its name."""
    try:
        version = named_version(store, viewer, name)
    except UnknownDatasetError:
        if name not in schema.LEDGER:
            raise
        ledger: LedgerKind = _choice(name, schema.LEDGER, "DATASET")
        return datasets.of_ledger(store, ledger, viewer, options)
    return datasets.of_version(store, version, viewer, options)


def _format(form: str, output: Path, rows: Rows) -> Format:
    """The format that was named, else the one of the ending, else the richest one."""
    if form:
        return _choice(form, datasets.FORMATS, "--format")
    by_ending = {suffix: known for known, suffix in datasets.SUFFIX.items()}
    return by_ending.get(output.suffix.lower(), datasets.choices(rows.kind)[0])


def _show(
    result: ExportResult, version: Version | None, language: Language, *, as_json: bool
) -> None:
    if as_json:
        typer.echo(json.dumps(_facts(result, version, language), ensure_ascii=False, indent=2))
        return
    where = f"EPSG:{result.crs}, " if result.crs else ""
    typer.echo(f"{result.path}: {result.rows} rows, {where}{result.encoding}, {result.size} bytes")
    for finding in result.findings:
        shown = ", ".join(map(str, finding.rows[:_SHOWN_ROWS]))
        more = f" +{finding.count - _SHOWN_ROWS}" if finding.count > _SHOWN_ROWS else ""
        at = f" [{shown}{more}]" if finding.rows else ""
        typer.echo(f"  {finding.severity} {finding.code}{at} {finding.message(language)}")


def _facts(result: ExportResult, version: Version | None, language: Language) -> dict[str, object]:
    return {
        "file": str(result.path),
        "format": result.format,
        "version": version.id if version else None,
        "passport": version.passport.get("number") if version else None,
        "rows": result.rows,
        "bytes": result.size,
        "crs": result.crs,
        "encoding": result.encoding,
        "findings": [
            {
                "code": finding.code,
                "severity": finding.severity,
                "count": finding.count,
                "rows": list(finding.rows),
                "message": finding.message(language),
            }
            for finding in result.findings
        ],
        "fields": [
            {"name": a.name, "column": a.column, "zh": a.zh, "en": a.en, "unit": a.unit}
            for a in result.aliases
        ],
    }
