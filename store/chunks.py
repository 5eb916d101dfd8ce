"""Versions read piece by piece, for exports that must not hold a million rows at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely

from domain import schema
from geo.crs import CGCS2000
from store import admission
from store.datasets import DatasetStore
from store.errors import InvalidDatasetError
from store.types import Version, Viewer

_PLACE: Final = "prefecture_adcode"
_GEOMETRY: Final = "geometry"
_COVERING: Final = "bbox"
_CODE_LENGTH: Final = 6


class ChunkStore(DatasetStore):
    """The part of the store that reads versions piece by piece."""

    def column_dtypes(self, version: Version, viewer: Viewer) -> dict[str, str]:
        """Columns of a version besides its geometry, in order, with their pandas dtypes.

        Raises:
            UnknownDatasetError: There is no such version with rows of the viewer.
            DamagedVersionError: The version's file is gone.
        """
        with self._parquet(version, viewer) as file:
            empty = file.schema_arrow.empty_table().drop_columns(_unread(file))
            frame = _typed(empty.to_pandas(), version)
        return {str(name): str(dtype) for name, dtype in frame.dtypes.items()}

    def chunks(
        self,
        version: Version,
        viewer: Viewer,
        *,
        columns: list[str] | None = None,
        prefectures: frozenset[str] | None = None,
        counties: frozenset[str] | None = None,
    ) -> Iterator[gpd.GeoDataFrame]:
        """Rows of a version that are the viewer's, at most one row group at a time.

        Args:
            version: What to read.
            viewer: Who reads.
            columns: Columns besides the geometry; None for all.
            prefectures: Codes of prefectures to keep; None for all.
            counties: Codes of counties to keep; None for all.

        Yields:
            Frames with rows, in the order of :meth:`read`; RangeIndex, EPSG:4490.

        Raises:
            UnknownDatasetError: There is no such version with rows of the viewer.
            DamagedVersionError: The version's file is gone.
            InvalidDatasetError: The version has no such column.
        """
        mine = viewer.prefectures
        if prefectures is not None:
            mine = prefectures if mine is None else mine & prefectures
        with self._parquet(version, viewer) as file:
            known = [n for n in file.schema_arrow.names if n not in {_COVERING, _GEOMETRY}]
            wanted = known if columns is None else columns
            absent = sorted(set(wanted) - set(known))
            if absent:
                names = ", ".join(absent)
                raise InvalidDatasetError(f"there is no column {names}", values={"detail": names})
            needed = [*dict.fromkeys([*wanted, _PLACE, *_county_column(known, counties)])]
            for group in range(file.num_row_groups):
                if not _may_hold(file, group, mine):
                    continue
                table = file.read_row_group(group, columns=[*needed, _GEOMETRY])
                table = _kept(_kept(table, _PLACE, mine), "county_adcode", counties)
                if table.num_rows:
                    yield _frame(table, wanted, version)

    def _parquet(self, version: Version, viewer: Viewer) -> pq.ParquetFile:
        return pq.ParquetFile(self._file(version, viewer))


def _unread(file: pq.ParquetFile) -> list[str]:
    return [name for name in (_GEOMETRY, _COVERING) if name in file.schema_arrow.names]


def _county_column(known: list[str], counties: frozenset[str] | None) -> list[str]:
    return ["county_adcode"] if counties is not None and "county_adcode" in known else []


def _may_hold(file: pq.ParquetFile, group: int, prefectures: frozenset[str] | None) -> bool:
    """Whether the statistics of a row group leave room for one of the prefectures."""
    if prefectures is None:
        return True
    facts = file.metadata.row_group(group)
    for i in range(facts.num_columns):
        column = facts.column(i)
        if column.path_in_schema == _PLACE and column.statistics and column.statistics.has_min_max:
            low, high = column.statistics.min, column.statistics.max
            return any(low <= code <= high for code in prefectures)
    return True


def _kept(table: pa.Table, column: str, codes: frozenset[str] | None) -> pa.Table:
    if codes is None:
        return table
    if column not in table.column_names:
        return table.slice(0, 0)
    wanted = pa.array(sorted(codes), pa.string())
    # Land surveys write the county as the first six of nineteen digits.
    found = pc.utf8_slice_codeunits(pc.cast(table[column], pa.string()), 0, _CODE_LENGTH)
    return table.filter(pc.is_in(found, value_set=wanted))


def _frame(table: pa.Table, columns: list[str], version: Version) -> gpd.GeoDataFrame:
    shapes = shapely.from_wkb(table[_GEOMETRY].to_numpy(zero_copy_only=False))
    frame = _typed(table.select(columns).to_pandas(), version).reset_index(drop=True)
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=CGCS2000)


def _typed(frame: pd.DataFrame, version: Version) -> pd.DataFrame:
    """Known columns in their storage dtypes, whoever wrote the file."""
    for name, dtype in admission.dtypes_of(version.kind).items():
        if name in frame and str(frame[name].dtype) != dtype:
            frame[name] = schema.cast_values(frame[name], dtype, name)
    return frame
