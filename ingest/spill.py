"""Rows on their way to a version: kept on disk by place, written out along a Hilbert curve.

A layer of a million rows does not fit into the memory that an office machine has to spare, so the
rows of each chunk go into the bucket of their stretch of the curve, and one bucket at a time is
read back, sorted and written as row groups of the final file.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from domain import schema
from domain.schema import SpatialKind
from geo.crs import CGCS2000

ROW_GROUP: Final = 20_000
"""Rows of one group; a window of the map reads only the groups that it meets."""

_CURVE_FRAME: Final = (113.0, 24.0, 119.0, 31.0)
"""Frame of the curve in degrees, around Jiangxi."""

_MOST_BUCKETS: Final = 200
_HILBERT: Final = "hilbert"
_GEOMETRY: Final = "geometry"
_SIDES: Final = ("xmin", "ymin", "xmax", "ymax")
_BOX: Final = pa.struct([(side, pa.float64()) for side in _SIDES])

Geometries = npt.NDArray[np.object_]
Indices = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def curve(geographic: gpd.GeoSeries) -> npt.NDArray[np.uint32]:
    """Position of n geometries in degrees along the curve."""
    at = geographic.hilbert_distance(total_bounds=_CURVE_FRAME)
    return np.asarray(at, dtype=np.uint32)


def version_schema(kind: SpatialKind, extra: Sequence[str]) -> pa.Schema:
    """Columns of a version: those of its kind, further ones as text, geometry, bbox.

    Args:
        kind: What a row is.
        extra: Names of the columns that the sender has besides.
    """
    known = {c.column: c.pandas_dtype for c in schema.columns(kind)} | schema.computed(kind)
    dtypes = known | dict.fromkeys(extra, "string")
    empty = pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in dtypes.items()})
    columns = pa.Schema.from_pandas(empty, preserve_index=False)
    return columns.append(pa.field(_GEOMETRY, pa.binary())).append(pa.field("bbox", _BOX))


class BucketPlan:
    """Which stretch of the curve goes into which bucket.

    Args:
        columns: Schema of the version.
        sample: Positions of some rows along the curve, evenly drawn; they set the stretches.
        rows: Number of rows to come, about.

    Attributes:
        columns: Schema of the version.
        edges: Positions at which a new bucket begins.
    """

    def __init__(self, columns: pa.Schema, sample: npt.NDArray[np.uint32], rows: int) -> None:
        count = int(np.clip(np.ceil(rows / ROW_GROUP), 1, _MOST_BUCKETS))
        shares = np.linspace(0.0, 1.0, count + 1)[1:-1]
        self.columns = columns
        self.edges = np.unique(np.quantile(sample, shares)) if len(sample) else np.empty(0)

    @property
    def count(self) -> int:
        """Number of buckets."""
        return len(self.edges) + 1


class BucketWriter:
    """Puts rows into the bucket files of one process.

    Args:
        plan: The buckets.
        folder: Private folder for the files; each writer has its own.
    """

    def __init__(self, plan: BucketPlan, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._plan = plan
        self._folder = folder
        self._schema = plan.columns.append(pa.field(_HILBERT, pa.uint32()))
        self._writers: dict[int, pa.RecordBatchStreamWriter] = {}

    def add(self, frame: gpd.GeoDataFrame) -> Floats:
        """Put rows away.

        Args:
            frame: m rows in EPSG:4490, columns typed as the schema has them; absent ones are
                missing values.

        Returns:
            Their bounds in degrees, m by 4.
        """
        at = curve(frame.geometry)
        order = np.argsort(at, kind="stable")
        bounds = shapely.bounds(frame.geometry.to_numpy()).reshape(-1, 4)
        table = self._table(frame, at, bounds).take(pa.array(order))
        borders = [0, *np.searchsorted(at[order], self._plan.edges, side="right"), len(order)]
        for i, (first, last) in enumerate(pairwise(borders)):
            if last > first:
                self._writer(i).write_table(table.slice(first, last - first))
        return bounds

    def _table(
        self, frame: gpd.GeoDataFrame, at: npt.NDArray[np.uint32], bounds: Floats
    ) -> pa.Table:
        sides = [pa.array(np.ascontiguousarray(bounds[:, i])) for i in range(len(_SIDES))]
        made = {
            _GEOMETRY: pa.array(shapely.to_wkb(frame.geometry.to_numpy()), pa.binary()),
            "bbox": pa.StructArray.from_arrays(sides, names=list(_SIDES)),
            _HILBERT: pa.array(at),
        }
        arrays = []
        for field in self._schema:
            if field.name in made:
                arrays.append(made[field.name])
            elif field.name in frame.columns:
                arrays.append(pa.array(frame[field.name], field.type, from_pandas=True))
            else:
                arrays.append(pa.nulls(len(frame), field.type))
        return pa.Table.from_arrays(arrays, schema=self._schema)

    def _writer(self, i: int) -> pa.RecordBatchStreamWriter:
        if i not in self._writers:
            path = str(self._folder / bucket_name(i))
            self._writers[i] = pa.ipc.new_stream(path, self._schema)
        return self._writers[i]

    def close(self) -> None:
        """End the files."""
        for writer in self._writers.values():
            writer.close()
        self._writers.clear()


def bucket_name(i: int) -> str:
    """File name of a bucket."""
    return f"{i:03d}.arrow"


def buckets(plan: BucketPlan, folders: Sequence[Path]) -> Iterator[pa.Table]:
    """Rows of each bucket along the curve, put together from the files of all writers.

    The files are deleted as they are read.
    """
    for i in range(plan.count):
        paths = [folder / bucket_name(i) for folder in folders]
        there = [path for path in paths if path.exists()]
        if not there:
            continue
        with contextlib.ExitStack() as stack:
            maps = [stack.enter_context(pa.memory_map(str(path))) for path in there]
            table = pa.concat_tables([pa.ipc.open_stream(source).read_all() for source in maps])
            order = np.lexsort([table["source_row"].to_numpy(), table[_HILBERT].to_numpy()])
            ordered = table.drop_columns([_HILBERT]).take(pa.array(order))
        for path in there:
            path.unlink()
        yield ordered


class VersionFile:
    """A GeoParquet 1.1 file in the form in which the store keeps versions.

    Args:
        path: File to write.
        columns: Schema of the version.
    """

    def __init__(self, path: Path, columns: pa.Schema) -> None:
        texts = [field.name for field in columns if field.type in (pa.string(), pa.large_string())]
        self._writer = pq.ParquetWriter(path, columns, compression="zstd", use_dictionary=texts)
        self._bounds: list[list[float]] = []

    def add(self, table: pa.Table) -> None:
        """Append rows that follow the ones before along the curve, as row groups."""
        box = table["bbox"].combine_chunks()
        low = [np.min(box.field(side)) for side in _SIDES[:2]]
        high = [np.max(box.field(side)) for side in _SIDES[2:]]
        self._bounds.append([*low, *high])
        self._writer.write_table(table, row_group_size=ROW_GROUP)

    def close(self) -> None:
        """End the file; what it holds is described in its metadata."""
        self._writer.add_key_value_metadata({"geo": json.dumps(self._description())})
        self._writer.close()

    def _description(self) -> dict[str, object]:
        box = np.array(self._bounds)
        geometry = {
            "encoding": "WKB",
            "crs": gpd.GeoSeries(crs=CGCS2000).crs.to_json_dict(),
            "geometry_types": ["MultiPolygon", "Polygon"],
            "bbox": [*box[:, :2].min(axis=0).tolist(), *box[:, 2:].max(axis=0).tolist()],
            "covering": {"bbox": {side: ["bbox", side] for side in _SIDES}},
        }
        return {
            "primary_column": _GEOMETRY,
            "columns": {_GEOMETRY: geometry},
            "version": "1.1.0",
            "creator": {"library": "ganyuan"},
        }
