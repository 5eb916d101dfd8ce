"""Rows as GeoPackage: spatial index, Chinese names of the fields, and where the rows are from."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import shapely

from domain.i18n import translator
from export import dataset_crs
from export.dataset_crs import System
from export.dataset_fields import Field, Value
from export.dataset_notes import facts
from export.dataset_source import GEOMETRY, Rows
from export.dataset_stream import write_stream
from export.dataset_types import Alias, Options, Tally, Tell
from export.dataset_written import Written

_GEOM: Final = "geom"
_TYPES: Final[dict[Value, pa.DataType]] = {
    "string": pa.string(),
    "float64": pa.float64(),
    "int64": pa.int64(),
    "bool": pa.bool_(),
    "date": pa.date32(),
    "time": pa.timestamp("ms"),
}
_RESERVED: Final = ("fid", "geom", "ogc_fid", "rowid")
_SCHEMA_EXTENSION: Final = """
CREATE TABLE IF NOT EXISTS gpkg_extensions (
  table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL,
  scope TEXT NOT NULL,
  CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name)
);
CREATE TABLE gpkg_data_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT,
  mime_type TEXT, constraint_name TEXT,
  CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),
  CONSTRAINT gdc_tn UNIQUE (table_name, name)
);
CREATE TABLE gpkg_data_column_constraints (
  constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL, value TEXT, min NUMERIC,
  min_is_inclusive BOOLEAN, max NUMERIC, max_is_inclusive BOOLEAN, description TEXT,
  CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value)
);
"""
_EXTENDED: Final = ("gpkg_data_columns", "gpkg_data_column_constraints")
_DEFINITION: Final = "http://www.geopackage.org/spec/#extension_schema"

Shapes = npt.NDArray[np.object_]


def write(rows: Rows, path: Path, options: Options, to: System, tell: Tell) -> Written:
    """Write rows as one layer, named after their kind; every shape is a multipolygon."""
    names = _names(rows)
    far = Tally("EXP-022", {"zone": to.zone})
    counted = [0]
    layout = pa.schema(
        [*((names[f.column], _TYPES[f.value]) for f in rows.fields), (_GEOM, pa.binary())]
    )

    def batches() -> Iterator[pa.RecordBatch]:
        for piece in rows.watched(tell, end=0.9):
            shapes = np.asarray(piece[GEOMETRY], dtype=object)
            outside = np.flatnonzero(dataset_crs.outside(shapes, to)) + counted[0] + 1
            far.add(outside.tolist())
            counted[0] += len(piece)
            yield _batch(piece, rows.fields, _multi(dataset_crs.project(shapes, to)), layout)

    write_stream(batches(), layout, path, **_how(rows, options, to))
    _describe(path, rows, names)
    return Written(
        rows=counted[0],
        encoding="utf-8",
        tallies=(far,),
        aliases=tuple(Alias(names[f.column], f.column, f.zh, f.en, f.unit) for f in rows.fields),
    )


def _how(rows: Rows, options: Options, to: System) -> dict[str, Any]:
    """What the library is told about the layer."""
    t = translator(options.language)
    about = facts(rows, options, to.epsg)
    title = t(f"exports.kind_{rows.kind}")
    return {
        "layer": rows.kind,
        "driver": "GPKG",
        "geometry_name": _GEOM,
        "geometry_type": "MultiPolygon",
        "crs": f"EPSG:{to.epsg}",
        "layer_metadata": about,
        "layer_options": {
            "GEOMETRY_NAME": _GEOM,
            "IDENTIFIER": f"{title} {rows.version.id if rows.version else rows.name}",
            "DESCRIPTION": "; ".join(f"{head}: {text}" for head, text in about.items()),
        },
    }


def _names(rows: Rows) -> dict[str, str]:
    """Column to its name in the file; names that the format keeps for itself get a mark."""
    taken: set[str] = set(_RESERVED)
    names: dict[str, str] = {}
    for field in rows.fields:
        name = field.column
        while name.lower() in taken:
            name += "_"
        taken.add(name.lower())
        names[field.column] = name
    return names


def _multi(shapes: Shapes) -> Shapes:
    """Polygons as multipolygons of one part: the layer has one type."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    return np.asarray(shapely.multipolygons(parts, indices=owner), dtype=object)


def _batch(
    piece: pd.DataFrame, fields: tuple[Field, ...], shapes: Shapes, layout: pa.Schema
) -> pa.RecordBatch:
    columns = [column(piece[field.column], field.value) for field in fields]
    return pa.RecordBatch.from_arrays(
        [*columns, pa.array(shapely.to_wkb(shapes), pa.binary())], schema=layout
    )


def column(values: pd.Series, value: Value) -> pa.Array:
    """A column of a frame as an Arrow array of the kind of its field."""
    if value == "string":
        values = values.astype("string")
    found = pa.array(values, from_pandas=True)
    wanted = _TYPES[value]
    if value == "date" and pa.types.is_timestamp(found.type):
        found = found.cast(pa.timestamp("s"), safe=False)
    array: pa.Array = found.cast(wanted, safe=value != "time")
    return array


def _describe(path: Path, rows: Rows, names: dict[str, str]) -> None:
    """Titles and descriptions of the fields, by the schema extension of the format."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(_SCHEMA_EXTENSION)
        connection.executemany(
            "INSERT INTO gpkg_extensions VALUES (?, NULL, 'gpkg_schema', ?, 'read-write')",
            [(table, _DEFINITION) for table in _EXTENDED],
        )
        connection.executemany(
            "INSERT INTO gpkg_data_columns VALUES (?, ?, ?, ?, ?, NULL, NULL)",
            [
                (rows.kind, names[f.column], names[f.column], f.zh, _description(f))
                for f in rows.fields
            ],
        )


def _description(field: Field) -> str:
    return f"{field.en} ({field.unit})" if field.unit else field.en
