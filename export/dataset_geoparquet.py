"""Rows as GeoParquet 1.1: what the store holds, with a bbox column and the facts of the version."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from export import dataset_crs
from export.dataset_crs import System
from export.dataset_notes import facts
from export.dataset_source import GEOMETRY, Rows
from export.dataset_types import Alias, Options, Tally, Tell
from export.dataset_written import Written

_BBOX: Final = "bbox"
_EDGES: Final = ("xmin", "ymin", "xmax", "ymax")
_BOX: Final = pa.struct([(edge, pa.float64()) for edge in _EDGES])

Shapes = npt.NDArray[np.object_]


def write(rows: Rows, path: Path, options: Options, to: System, tell: Tell) -> Written:
    """Write rows with the types that they are stored in, one row group a piece."""
    far = Tally("EXP-022", {"zone": to.zone})
    types: set[str] = set()
    frames: list[npt.NDArray[np.float64]] = []
    counted = 0
    writer: pq.ParquetWriter | None = None
    try:
        for piece in rows.watched(tell):
            shapes = np.asarray(piece[GEOMETRY], dtype=object)
            outside = np.flatnonzero(dataset_crs.outside(shapes, to)) + counted + 1
            far.add(outside.tolist())
            counted += len(piece)
            placed = dataset_crs.project(shapes, to)
            types |= {str(t) for t in np.unique(_type_names(placed))}
            frames.append(shapely.total_bounds(placed))
            table = _table(piece, rows, placed, writer.schema if writer else None)
            if writer is None:
                writer = pq.ParquetWriter(path, table.schema, compression="zstd")
            writer.write_table(table)
        if writer is not None:
            about = _metadata(rows, options, to, sorted(types), np.array(frames))
            writer.add_key_value_metadata(about)
    finally:
        if writer is not None:
            writer.close()
    aliases = tuple(Alias(f.column, f.column, f.zh, f.en, f.unit) for f in rows.fields)
    return Written(counted, "utf-8", aliases, (far,))


def _type_names(shapes: Shapes) -> npt.NDArray[np.object_]:
    names = {3: "Polygon", 6: "MultiPolygon"}
    return np.array([names.get(i, "GeometryCollection") for i in shapely.get_type_id(shapes)])


def _table(piece: pd.DataFrame, rows: Rows, shapes: Shapes, schema: pa.Schema | None) -> pa.Table:
    plain = pd.DataFrame(piece[[f.column for f in rows.fields]])
    # A column of objects takes the type of its values, which may differ from piece to piece.
    loose = [name for name in plain if plain[name].dtype == object]
    table = pa.Table.from_pandas(plain.astype(dict.fromkeys(loose, "string")), preserve_index=False)
    edges = [pa.array(column) for column in shapely.bounds(shapes).T]
    table = table.append_column(GEOMETRY, pa.array(shapely.to_wkb(shapes), pa.binary()))
    table = table.append_column(
        _BBOX, pa.StructArray.from_arrays(edges, fields=[_BOX.field(i) for i in range(4)])
    )
    return table if schema is None else table.cast(schema)


def _metadata(
    rows: Rows, options: Options, to: System, types: list[str], frames: npt.NDArray[np.float64]
) -> dict[str, str]:
    low, high = frames[:, :2].min(axis=0), frames[:, 2:].max(axis=0)
    geometry: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": types,
        "crs": to.crs.to_json_dict(),
        "bbox": [*low.tolist(), *high.tolist()],
        "covering": {_BBOX: {edge: [_BBOX, edge] for edge in _EDGES}},
    }
    about = {
        "facts": facts(rows, options, to.epsg),
        "fields": [
            {"column": f.column, "zh": f.zh, "en": f.en, "code": f.code, "unit": f.unit}
            for f in rows.fields
        ],
    }
    head = {"version": "1.1.0", "primary_column": GEOMETRY, "columns": {GEOMETRY: geometry}}
    return {
        "geo": json.dumps(head, ensure_ascii=False),
        "ganyuan": json.dumps(about, ensure_ascii=False),
    }
