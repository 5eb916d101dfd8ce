"""Rows as a zipped shapefile with short names, their table, and words about what was lost."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import shapely

from domain import schema
from domain.i18n import translator
from domain.issues import catalogue
from export import dataset_crs
from export.dataset_crs import System
from export.dataset_dbf import Measured, measured
from export.dataset_notes import facts
from export.dataset_source import GEOMETRY, Rows
from export.dataset_stream import write_stream
from export.dataset_types import Alias, Encoding, Finding, Options, Tally, Tell, TooLargeError
from export.dataset_written import Written
from export.delimited import harmless
from geo.formats.dbf_writer import DbfWriter, header_bytes, record_bytes

LIMIT_BYTES: Final = 2**31 - 1
"""Offsets of the parts are signed 32-bit numbers in many readers."""

_LANGUAGE: Final[dict[Encoding, int]] = {"gbk": 0x4D, "utf-8": 0}
_CPG: Final[dict[Encoding, str]] = {"gbk": "GBK", "utf-8": "UTF-8"}
_PARTS: Final = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_FILE_HEAD, _RECORD_HEAD, _SHAPE_HEAD, _PART, _POINT, _INDEX = 100, 8, 44, 4, 16, 8
_FIXED_DATE: Final = (2000, 1, 1, 0, 0, 0)


@dataclass
class _Survey:
    """What the first passage of the rows finds out."""

    fields: list[Measured]
    far: Tally
    rows: int = 0
    shape_bytes: int = _FILE_HEAD
    keys: list[str] = field(default_factory=list)

    def table_bytes(self) -> int:
        head = header_bytes(len(self.fields))
        return head + self.rows * record_bytes([f.dbf for f in self.fields]) + 1

    def tallies(self) -> tuple[Tally, ...]:
        return (self.far, *(tally for f in self.fields for tally in f.tallies.values()))


def write(rows: Rows, path: Path, options: Options, to: System, tell: Tell) -> Written:
    """Write rows as an archive of one shapefile.

    Raises:
        TooLargeError: The shapes or the table would pass 2 GB; nothing is written.
    """
    encoding = options.encoding or "gbk"
    found = _survey(rows, encoding, to, tell)
    check_sizes(shapes=found.shape_bytes, table=found.table_bytes())
    stem = path.with_name(rows.kind)
    _write_parts(rows, stem, found, options, to, tell)
    aliases = tuple(
        Alias(m.name, m.field.column, m.field.zh, m.field.en, m.field.unit) for m in found.fields
    )
    done = Written(found.rows, encoding, aliases, found.tallies(), (Finding("EXP-023"),))
    _pack(path, stem, rows, found, done, options, to)
    return done


def check_sizes(*, shapes: int, table: int) -> None:
    """Refuse parts that readers could not address.

    Raises:
        TooLargeError: One is larger than :data:`LIMIT_BYTES`.
    """
    for part, size in ((".shp", shapes), (".dbf", table)):
        if size > LIMIT_BYTES:
            raise TooLargeError(
                f"{part} would take {size} bytes; export part by part or as GeoPackage",
                values={"part": part, "size": f"{size / 2**30:.2f} GB"},
            )


def _survey(rows: Rows, encoding: Encoding, to: System, tell: Tell) -> _Survey:
    found = _Survey(measured(rows.fields, encoding), Tally("EXP-022", {"zone": to.zone}))
    key = schema.KEY[rows.kind]
    for piece in rows.watched(tell, end=0.35):
        shapes = np.asarray(piece[GEOMETRY], dtype=object)
        outside = np.flatnonzero(dataset_crs.outside(shapes, to)) + found.rows + 1
        found.far.add(outside.tolist())
        keys = piece[key].astype("string").fillna("").tolist()
        for measure in found.fields:
            measure.look(piece[measure.field.column], keys, found.rows)
        found.rows += len(piece)
        found.shape_bytes += _shape_bytes(shapes)
    return found


def _shape_bytes(shapes: npt.NDArray[np.object_]) -> int:
    """Bytes of polygon records."""
    parts = shapely.get_parts(shapes)
    rings = int(shapely.get_num_interior_rings(parts).sum()) + len(parts)
    points = int(shapely.get_num_coordinates(shapes).sum())
    heads = (_RECORD_HEAD + _SHAPE_HEAD) * len(shapes)
    return heads + _PART * rings + _POINT * points


def _write_parts(
    rows: Rows, stem: Path, found: _Survey, options: Options, to: System, tell: Tell
) -> None:
    """Shapes by the library, the table by ours; both from one passage of the rows."""
    encoding = options.encoding or "gbk"
    layout = pa.schema([(GEOMETRY, pa.binary()), ("row", pa.int32())])
    own_table = stem.with_suffix(".table")
    with own_table.open("wb") as out:
        table = DbfWriter(
            out,
            [m.dbf for m in found.fields],
            encoding=encoding,
            language=_LANGUAGE[encoding],
            day=options.made_at.date(),
        )

        def batches() -> Iterator[pa.RecordBatch]:
            for piece in rows.watched(tell, start=0.35, end=0.9):
                table.write([m.column(piece[m.field.column]) for m in found.fields])
                yield _shapes(piece, layout, to)

        write_stream(
            batches(),
            layout,
            stem.with_suffix(".shp"),
            driver="ESRI Shapefile",
            geometry_name=GEOMETRY,
            geometry_type="Polygon",
            crs=f"EPSG:{to.epsg}",
        )
        table.finish()
    own_table.replace(stem.with_suffix(".dbf"))
    stem.with_suffix(".cpg").write_text(_CPG[encoding], encoding="ascii")
    _check_whole(stem, found)


def _shapes(piece: pd.DataFrame, layout: pa.Schema, to: System) -> pa.RecordBatch:
    shapes = dataset_crs.project(np.asarray(piece[GEOMETRY], dtype=object), to)
    number = np.arange(len(piece), dtype=np.int32)
    return pa.RecordBatch.from_arrays(
        [pa.array(shapely.to_wkb(shapes), pa.binary()), pa.array(number)], schema=layout
    )


def _check_whole(stem: Path, found: _Survey) -> None:
    """Compare the sizes with what the rows need: a full disk must not pass for success.

    Raises:
        OSError: A part is too short.
    """
    wanted = {
        ".shp": found.shape_bytes,
        ".shx": _FILE_HEAD + _INDEX * found.rows,
        ".dbf": found.table_bytes(),
    }
    for suffix, size in wanted.items():
        part = stem.with_suffix(suffix)
        if part.stat().st_size != size:
            raise OSError(f"{suffix} has {part.stat().st_size} bytes instead of {size}")


def _pack(
    path: Path,
    stem: Path,
    rows: Rows,
    found: _Survey,
    done: Written,
    options: Options,
    to: System,
) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
        for suffix in _PARTS:
            part = stem.with_suffix(suffix)
            archive.write(part, part.name)
            part.unlink()
        _add(archive, "fields.csv", _fields_table(found, options))
        if any(m.losses for m in found.fields):
            _add(archive, "findings.csv", _losses_table(found, options))
        _add(archive, "README.txt", _readme(rows, done, options, to))


def _add(archive: zipfile.ZipFile, name: str, text: str) -> None:
    entry = zipfile.ZipInfo(name, date_time=_FIXED_DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, text.replace("\r\n", "\n").replace("\n", "\r\n").encode("utf-8-sig"))


def _fields_table(found: _Survey, options: Options) -> str:
    t = translator(options.language)
    heads = ("name", "zh", "en", "column", "type", "width", "decimals", "unit")
    lines = [[t(f"exports.field_{head}") for head in heads]]
    for m in found.fields:
        shape = m.dbf
        lines.append(
            [
                *(m.name, m.field.zh, m.field.en, m.field.column, shape.type),
                *(str(shape.width), str(shape.decimals), m.field.unit),
            ]
        )
    return _csv(lines)


def _losses_table(found: _Survey, options: Options) -> str:
    t = translator(options.language)
    heads = ("row", "key", "name", "zh", "code", "what", "text")
    lines = [[t(f"exports.field_{head}") for head in heads]]
    for m in found.fields:
        for loss in m.losses:
            what = t(f"exports.loss_{loss.code[-3:]}")
            lines.append([str(loss.row), loss.key, m.name, m.field.zh, loss.code, what, loss.text])
    return _csv(lines)


def _csv(lines: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([[harmless(v) for v in line] for line in lines])
    return out.getvalue()


def _readme(rows: Rows, done: Written, options: Options, to: System) -> str:
    t = translator(options.language)
    lines = [t("exports.readme_title"), ""]
    lines += [f"{head}: {text}" for head, text in facts(rows, options, to.epsg).items()]
    lines += [f"{t('exports.fact_encoding')}: {done.encoding.upper()}", ""]
    lines += [f"{f.code} {f.message(options.language)}" for f in done.all_findings()]
    if rows.demonstration:
        lines.append(f"EXP-029 {catalogue()['EXP-029'].text(options.language)}")
    return "\n".join(lines) + "\n"
