"""``ganyuan check`` and ``ganyuan import``: the same door as the upload page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from domain import boundaries
from domain.i18n import Language
from domain.schema import KINDS
from ingest import Choices, Inspection, Known, deliver, inspect
from ingest.land_class import STANDARDS
from settings import Settings
from store import Store, Viewer
from views.browse.ready import ready_after_publishing
from views.known import known_of
from views.publishing import Published, publish

EXIT_FINDINGS: Final = 1
EXIT_REFUSED: Final = 2
_SHOWN_ROWS: Final = 10

FilesArgument = Annotated[
    list[Path],
    typer.Argument(
        exists=True,
        dir_okay=False,
        readable=True,
        help="Files of shapes, points, ledgers or yearly figures of zones.",
    ),
]
StoreOption = Annotated[Path | None, typer.Option("--store", help="Folder of the store.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
LayerOption = Annotated[str | None, typer.Option(help="Layer of an archive with several.")]
EncodingOption = Annotated[str | None, typer.Option(help="Encoding of the text: gbk, utf-8 ...")]
CrsOption = Annotated[int | None, typer.Option(help="EPSG code of the coordinates.")]
CountyOption = Annotated[str | None, typer.Option(help="County the file is about.")]
KindOption = Annotated[
    str | None, typer.Option(help="What a row is: " + ", ".join(KINDS) + "; told by the fields.")
]
UnitOption = Annotated[str | None, typer.Option(help="Unit of the stated areas: m2, ha or mu.")]
AnywayOption = Annotated[
    list[str] | None,
    typer.Option("--anyway", help="Code of a finding to import in spite of: FIL-006."),
]
RepairOption = Annotated[
    list[int] | None,
    typer.Option("--repair", help="Row whose proposed repair is accepted; several times."),
]
StandardOption = Annotated[
    str | None, typer.Option(help="Standard of the class codes: " + "; ".join(STANDARDS))
]
FieldOption = Annotated[
    list[str] | None, typer.Option("--field", help="COLUMN=FIELD; may be given several times.")
]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("check")(check)
    app.command("import")(import_files)


def check(  # noqa: PLR0913 - one argument an option
    files: FilesArgument,
    *,
    layer: LayerOption = None,
    encoding: EncodingOption = None,
    crs: CrsOption = None,
    county: CountyOption = None,
    field: FieldOption = None,
    standard: StandardOption = None,
    kind: KindOption = None,
    unit: UnitOption = None,
    anyway: AnywayOption = None,
    repair: RepairOption = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what files hold and what is wrong with them; nothing is saved.

    Exit code 0: nothing to do; 1: findings or open decisions; 2: refused.
    """
    settings = Settings(store=store) if store else Settings()
    choices = _choices(
        layer=layer,
        encoding=encoding,
        crs_epsg=crs,
        county=county,
        fields=field,
        class_standard=standard,
        kind=kind,
        area_unit=unit,
        anyway=anyway,
        repair_rows=repair,
    )
    known = _known(settings)
    found = [inspect(path, choices=choices, known=known) for path in files]
    _show(found, settings.language, as_json=as_json)
    raise typer.Exit(_exit_code(found))


def import_files(  # noqa: PLR0913 - one argument an option
    files: FilesArgument,
    *,
    dataset: Annotated[str, typer.Option(help="Dataset that gets a new version.")],
    by: Annotated[str, typer.Option(help="Who imports.")],
    reason: Annotated[str, typer.Option(help="Why; kept in the history.")],
    layer: LayerOption = None,
    encoding: EncodingOption = None,
    crs: CrsOption = None,
    county: CountyOption = None,
    field: FieldOption = None,
    standard: StandardOption = None,
    kind: KindOption = None,
    unit: UnitOption = None,
    anyway: AnywayOption = None,
    repair: RepairOption = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check files and publish them: shapes as one new version of a dataset, tables in a ledger.

    Nothing is saved unless every file is accepted. Exit codes as for ``check``.
    """
    settings = Settings(store=store) if store else Settings()
    choices = _choices(
        layer=layer,
        encoding=encoding,
        crs_epsg=crs,
        county=county,
        fields=field,
        class_standard=standard,
        kind=kind,
        area_unit=unit,
        anyway=anyway,
        repair_rows=repair,
    )
    known = _known(settings)
    found = [inspect(path, choices=choices, known=known) for path in files]
    if any(inspection.status != "accepted" for inspection in found):
        _show(found, settings.language, as_json=as_json)
        raise typer.Exit(EXIT_REFUSED)
    target, viewer = Store(settings.store), Viewer(by)
    done = publish(target, deliver(found), dataset, viewer=viewer, reason=reason)
    ready_after_publishing(target, done.version, viewer)
    _show(found, settings.language, as_json=as_json, done=done)
    raise typer.Exit(_exit_code(found))


def _known(settings: Settings) -> Known:
    """What the store holds already; nothing where there is none, which a check does not make."""
    there = any((settings.store / name).exists() for name in ("catalogue.sqlite", "catalogue.url"))
    return known_of(Store(settings.store), Viewer(settings.user)) if there else Known()


def _choices(*, county: str | None, fields: Sequence[str] | None, **plain: object) -> Choices:
    """What the options decide; an option that was not given leaves its question open."""
    pairs = [pair.partition("=") for pair in fields or ()]
    return Choices.model_validate(
        {name: value for name, value in plain.items() if value is not None}
        | {
            "county_adcode": boundaries.adcode_of(county) if county else None,
            "fields": {column: field for column, _, field in pairs},
        }
    )


def _exit_code(found: Sequence[Inspection]) -> int:
    if any(inspection.status in {"refused", "display_only"} for inspection in found):
        return EXIT_REFUSED
    open_question = any(inspection.status != "accepted" for inspection in found)
    findings = any(i.severity != "info" for inspection in found for i in inspection.issues)
    return EXIT_FINDINGS if open_question or findings else 0


def _show(
    found: Sequence[Inspection],
    language: Language,
    *,
    as_json: bool,
    done: Published | None = None,
) -> None:
    """Print inspections; one file gives one JSON object, several give a list."""
    if as_json:
        saved = _saved(done)
        objects = [{**inspection.as_json(language), **saved} for inspection in found]
        content = objects[0] if len(objects) == 1 else objects
        typer.echo(json.dumps(content, ensure_ascii=False, indent=2))
        return
    for inspection in found:
        for line in _lines(inspection, language):
            typer.echo(line)
    for name, value in _saved(done).items():
        typer.echo(f"{name}: {value}")


def _saved(done: Published | None) -> dict[str, object]:
    """What stands after an import."""
    if done is None:
        return {}
    if done.version is None:
        return {"records": done.records}
    return {"version": done.version.id, "rows": done.version.rows}


def _lines(inspection: Inspection, language: Language) -> list[str]:
    """An inspection in words."""
    report = inspection.report
    counts = f"{report.rows_ok} ok, {report.rows_quarantined} quarantined"
    counts += f" ({report.rows_unfilled} not filled in)" if report.rows_unfilled else ""
    lines = [f"{report.name}: {inspection.status}, {report.rows_in_file} rows in file, {counts}"]
    if report.encoding and report.encoding.samples:
        samples = " | ".join(report.encoding.samples[:3])
        lines.append(f"  encoding {report.encoding.chosen or '?'}: {samples}")
    if report.crs:
        names = [f"EPSG:{c.epsg} {c.inside:.0%}" for c in report.crs.candidates]
        lines.append(f"  crs {report.crs.chosen or '?'} (inside Jiangxi: {', '.join(names)})")
    for issue in inspection.issues:
        shown = ", ".join(map(str, issue.rows[:_SHOWN_ROWS]))
        more = f" +{len(issue.rows) - _SHOWN_ROWS}" if len(issue.rows) > _SHOWN_ROWS else ""
        where = f" [{shown}{more}]" if issue.rows else ""
        lines.append(f"  {issue.severity} {issue.code}{where} {issue.message(language)}")
    return lines
