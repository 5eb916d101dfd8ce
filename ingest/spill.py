"""Rows on their way to a version: kept on disk by place, written out along a Hilbert curve.

A layer of a million rows does not fit into the memory that an office machine has to spare, so the
rows of each chunk go into the bucket of their stretch of the curve, and one bucket at a time is
read back, sorted and written as row groups of the final file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from geo.crs import CGCS2000

ROW_GROUP: Final = 20_000
"""Rows of one group; a window of the map reads only the groups that it meets."""

_CURVE_FRAME: Final = (113.0, 24.0, 119.0, 31.0)
"""Frame of the curve in degrees, around Jiangxi."""

_MOST_BUCKETS: Final = 200
_HILBERT: Final = "hilbert"
_GEOMETRY: Final = "geometry"

Geometries = npt.NDArray[np.object_]
Indices = npt.NDArray[np.int64]


def curve(geographic: gpd.GeoSeries) -> npt.NDArray[np.uint32]:
    """Position of n geometries in degrees along the curve."""
    at = geographic.hilbert_distance(total_bounds=_CURVE_FRAME)
    return np.asarray(at, dtype=np.uint32)


class Buckets:
    """Rows by stretch of the curve, in files of their own.

    Args:
        folder: Private folder for the files.
        sample: Positions of some rows along the curve, evenly drawn; they set the stretches.
        rows: Number of rows to come, about.
    """

    def __init__(self, folder: Path, sample: npt.NDArray[np.uint32], rows: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        count = int(np.clip(np.ceil(rows / ROW_GROUP), 1, _MOST_BUCKETS))
        shares = np.linspace(0.0, 1.0, count + 1)[1:-1]
        self._edges = np.unique(np.quantile(sample, shares)) if len(sample) else np.empty(0)
        self._paths = [folder / f"{i:03d}.arrow" for i in range(len(self._edges) + 1)]
        self._writers: dict[int, pa.ipc.RecordBatchFileWriter] = {}
        self._schema: pa.Schema | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def add(self, frame: gpd.GeoDataFrame) -> None:
        """Put rows away.

        Args:
            frame: m rows in EPSG:4490; every call has the same columns.
        """
        at = curve(frame.geometry)
        order = np.argsort(at, kind="stable")
        table = _table(frame.iloc[order], at[order], self._schema)
        self._schema = self._schema or table.schema
        bounds = np.r_[0, np.searchsorted(at[order], self._edges, side="right"), len(order)]
        for i, (first, last) in enumerate(pairwise(bounds)):
            if last > first:
                self._writer(i).write_table(table.slice(first, last - first))

    def _writer(self, i: int) -> pa.ipc.RecordBatchFileWriter:
        if i not in self._writers:
            self._writers[i] = pa.ipc.new_stream(str(self._paths[i]), self._schema)
        return self._writers[i]

    def close(self) -> None:
        """End writing."""
        for writer in self._writers.values():
            writer.close()
        self._writers.clear()

    def __iter__(self) -> Iterator[gpd.GeoDataFrame]:
        """The rows of each bucket along the curve, in order of the buckets."""
        self.close()
        for path in self._paths:
            if not path.exists():
                continue
            with pa.memory_map(str(path)) as source:
                table = pa.ipc.open_stream(source).read_all()
                order = np.argsort(table[_HILBERT].to_numpy(), kind="stable")
                table = table.drop_columns([_HILBERT]).take(pa.array(order))
            path.unlink()
            yield _frame(table)


def _table(
    frame: gpd.GeoDataFrame, at: npt.NDArray[np.uint32], schema: pa.Schema | None
) -> pa.Table:
    plain = pd.DataFrame(frame.drop(columns=_GEOMETRY))
    plain[_GEOMETRY] = shapely.to_wkb(frame.geometry.to_numpy())
    plain[_HILBERT] = at
    return pa.Table.from_pandas(plain, schema=schema, preserve_index=False)


def _frame(table: pa.Table) -> gpd.GeoDataFrame:
    plain = table.to_pandas()
    shapes = shapely.from_wkb(plain.pop(_GEOMETRY).to_numpy())
    return gpd.GeoDataFrame(plain, geometry=shapes, crs=CGCS2000)


class VersionFile:
    """A GeoParquet 1.1 file in the form in which the store keeps versions.

    Args:
        path: File to write.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: pq.ParquetWriter | None = None
        self._schema: pa.Schema | None = None
        self._bounds: list[npt.NDArray[np.float64]] = []
        self._types: set[str] = set()

    def add(self, frame: gpd.GeoDataFrame) -> None:
        """Append rows that follow the ones before along the curve, as row groups."""
        table = self._as_table(frame)
        if self._writer is None:
            self._schema = table.schema
            self._writer = pq.ParquetWriter(self._path, table.schema, compression="zstd")
        self._writer.write_table(table, row_group_size=ROW_GROUP)
        self._bounds.append(frame.total_bounds)
        self._types |= set(frame.geometry.geom_type.unique())

    def _as_table(self, frame: gpd.GeoDataFrame) -> pa.Table:
        plain = pd.DataFrame(frame.drop(columns=_GEOMETRY)).reset_index(drop=True)
        plain[_GEOMETRY] = shapely.to_wkb(frame.geometry.to_numpy())
        before = self._schema.remove(len(plain.columns)) if self._schema else None
        table = pa.Table.from_pandas(plain, schema=before, preserve_index=False)
        box = frame.bounds.to_numpy()
        corners = [pa.array(np.ascontiguousarray(box[:, i])) for i in range(4)]
        struct = pa.StructArray.from_arrays(corners, names=["xmin", "ymin", "xmax", "ymax"])
        return table.append_column("bbox", struct)

    def close(self) -> None:
        """End the file; what it holds is described in its metadata."""
        if self._writer is not None:
            self._writer.add_key_value_metadata({"geo": json.dumps(self._description())})
            self._writer.close()

    def _description(self) -> dict[str, object]:
        box = np.array(self._bounds)
        covering = {side: ["bbox", side] for side in ("xmin", "ymin", "xmax", "ymax")}
        geometry = {
            "encoding": "WKB",
            "crs": gpd.GeoSeries(crs=CGCS2000).crs.to_json_dict(),
            "geometry_types": sorted(self._types),
            "bbox": [*box[:, :2].min(axis=0).tolist(), *box[:, 2:].max(axis=0).tolist()],
            "covering": {"bbox": covering},
        }
        return {
            "primary_column": _GEOMETRY,
            "columns": {_GEOMETRY: geometry},
            "version": "1.1.0",
            "creator": {"library": "ganyuan"},
        }


class Shapes:
    """Geometries on disk by row, for checks that look at neighbours.

    Args:
        path: File to write.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("w+b")
        self._lengths: list[npt.NDArray[np.int64]] = []
        self._offsets: Indices | None = None

    def add(self, geometries: Geometries) -> None:
        """Append the geometries of the next rows; a missing one takes no room."""
        raw = shapely.to_wkb(geometries)
        self._lengths.append(np.array([0 if b is None else len(b) for b in raw], dtype=np.int64))
        self._file.write(b"".join(b for b in raw if b is not None))

    def load(self, rows: Indices) -> Geometries:
        """Geometries of some rows, in the order asked for; None where one is missing."""
        if self._offsets is None:
            self._file.flush()
            lengths = np.concatenate([*self._lengths, np.empty(0, dtype=np.int64)])
            self._offsets = np.r_[0, np.cumsum(lengths)]
        first, last = self._offsets[rows], self._offsets[rows + 1]
        raw = np.full(len(rows), None, dtype=object)
        for i in np.argsort(first, kind="stable"):
            if last[i] > first[i]:
                self._file.seek(int(first[i]))
                raw[i] = self._file.read(int(last[i] - first[i]))
        return np.asarray(shapely.from_wkb(raw), dtype=object)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
