"""Rows of any version or ledger as a file: one door to every format."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from domain import schema
from export import (
    dataset_crs,
    dataset_geopackage,
    dataset_geoparquet,
    dataset_points,
    dataset_shapefile,
    dataset_tables,
)
from export.dataset_crs import System
from export.dataset_files import placed
from export.dataset_notes import file_name as _file_name
from export.dataset_source import Rows, of_ledger, of_version
from export.dataset_types import (
    ENCODINGS,
    FORMATS,
    SUFFIX,
    WITHOUT_SHAPES,
    Alias,
    ChoiceError,
    Encoding,
    ExportResult,
    Finding,
    Format,
    LineEnd,
    Options,
    Tell,
)
from export.dataset_written import Written
from store import Version

__all__ = [
    "ENCODINGS",
    "FORMATS",
    "SUFFIX",
    "Alias",
    "Encoding",
    "ExportResult",
    "Finding",
    "Format",
    "LineEnd",
    "Options",
    "Rows",
    "choices",
    "crs_of",
    "file_name",
    "of_ledger",
    "of_version",
    "write",
]

_SHAPES: Final[dict[Format, Callable[[Rows, Path, Options, System, Tell], Written]]] = {
    "gpkg": dataset_geopackage.write,
    "geoparquet": dataset_geoparquet.write,
    "shapefile": dataset_shapefile.write,
    "boundary_points": dataset_points.write,
}
_TABLES: Final[dict[Format, Callable[[Rows, Path, Options, Tell], Written]]] = {
    "xlsx": dataset_tables.write_xlsx,
    "csv": dataset_tables.write_csv,
}


def choices(kind: schema.Kind) -> tuple[Format, ...]:
    """Formats that rows of a kind can be written in."""
    return FORMATS if schema.is_spatial(kind) else WITHOUT_SHAPES


def crs_of(version: Version | None, form: Format, options: Options) -> int | None:
    """EPSG code of the system that a format is written in; None for tables without shapes."""
    if form in WITHOUT_SHAPES or version is None:
        return None
    places = options.counties or options.prefectures or frozenset()
    return options.crs or dataset_crs.usual(version, form, places)


def file_name(rows: Rows, form: Format, options: Options) -> str:
    """Name of the file as the product gives it; nothing in it is free text."""
    epsg = crs_of(rows.version, form, options)
    return _file_name(rows, form, options, SUFFIX[form], epsg)


def write(
    rows: Rows, form: Format, target: Path, options: Options, *, tell: Tell = lambda _share: None
) -> ExportResult:
    """Write rows to a file that appears whole or not at all.

    Args:
        rows: What to write (:func:`of_version`, :func:`of_ledger`).
        form: Format.
        target: File, or an existing folder that gets a file under our name.
        options: The same that ``rows`` was made with.
        tell: Takes the share of the work that is done; an error that it raises ends the work.

    Raises:
        ChoiceError: The format does not fit the rows, or CRS or encoding the format.
        NothingToExportError: There is no row.
        TooLargeError: A shapefile would pass 2 GB.
        TooManyRowsError: A worksheet does not hold the rows.
        NoRoomError: The disk is full.
        UnwritableTargetError: The file system refuses the target.
    """
    _check(rows, form, options)
    target = target.absolute()
    if target.is_dir():
        target /= file_name(rows, form, options)
    rows.require_some()
    epsg = crs_of(rows.version, form, options)
    with placed(target, SUFFIX[form]) as path:
        if epsg is None:
            done = _TABLES[form](rows, path, options, tell)
        else:
            done = _SHAPES[form](rows, path, options, dataset_crs.system(epsg, form), tell)
        size = path.stat().st_size
    tell(1.0)
    findings = done.all_findings()
    if rows.demonstration:
        findings = (*findings, Finding("EXP-029"))
    return ExportResult(
        path=target,
        format=form,
        rows=done.rows,
        size=size,
        crs=epsg,
        encoding=done.encoding,
        findings=findings,
        aliases=done.aliases,
    )


def _check(rows: Rows, form: Format, options: Options) -> None:
    known = choices(rows.kind)
    if form not in known:
        raise ChoiceError(
            f"{rows.kind} is not written as {form}",
            values={"detail": f"{rows.name}, {form}", "known": ", ".join(known)},
        )
    if options.crs is not None and form not in WITHOUT_SHAPES:
        dataset_crs.system(options.crs, form)
    encodings = ENCODINGS.get(form, ("utf-8",))
    if options.encoding is not None and options.encoding not in encodings:
        raise ChoiceError(
            f"{form} is not written in {options.encoding}",
            values={"detail": f"{form}, {options.encoding}", "known": ", ".join(encodings)},
        )
