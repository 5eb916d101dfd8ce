"""What may become a version: names, frames, and files that come in their final form."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pyproj import CRS
from pyproj.exceptions import CRSError

from domain import boundaries, schema
from geo.area import ellipsoidal_area_m2, planar_area_m2
from geo.crs import CGCS2000, gauss_kruger, zone_of
from store.errors import InvalidDatasetError, InvalidFileError
from store.types import Kind

LARGEST_GROUP: Final = 100_000
"""Rows that one row group may hold: a window of a map reads whole groups."""

_READ_ROWS: Final = 200_000
"""Rows that are looked at together."""

_NAME: Final = re.compile(r"[0-9a-z\u4e00-\u9fff][0-9a-z_\-\u4e00-\u9fff]{0,79}")
_ARROW: Final[dict[str, tuple[pa.DataType, ...]]] = {
    "string": (pa.large_string(), pa.string()),
    "float64": (pa.float64(),),
    "datetime64[ms]": (pa.timestamp("ms"),),
    "boolean": (pa.bool_(),),
    "int64": (pa.int64(),),
}
_CORNERS: Final = ("xmin", "ymin", "xmax", "ymax")
_DEGREES: Final = (180.0, 90.0)

Parts = dict[str, list[float]]
"""Prefecture code to [rows, west, south, east, north]."""


def check_name(dataset: str) -> None:
    """Refuse names that do not serve as part of a link.

    Raises:
        InvalidDatasetError: Not 1 to 80 lower-case letters, digits, hyphens, Chinese characters.
    """
    if not _NAME.fullmatch(dataset):
        raise InvalidDatasetError(
            f"{dataset!r} is no dataset name; use lower-case letters, digits, hyphens, Chinese",
            values={"detail": dataset},
        )


def check_kind(kind: str) -> None:
    """Refuse kinds whose rows have no shape, and those that nobody knows.

    Raises:
        InvalidDatasetError: Not one of :data:`domain.schema.SPATIAL`.
    """
    if kind not in schema.SPATIAL:
        raise InvalidDatasetError(f"unknown kind {kind!r}", values={"detail": kind})


def checked(frame: gpd.GeoDataFrame, kind: Kind) -> gpd.GeoDataFrame:
    """The frame as it will be stored: typed, placed, with geometry named ``geometry``.

    Row numbers and areas are worked out where the frame does not bring them.

    Raises:
        InvalidDatasetError: Wrong CRS, no rows, or rows without a shape or a prefecture.
        SchemaError: The columns are not those of ``data/schemas``.
    """
    check_kind(kind)
    if frame.crs is None or frame.crs.to_epsg() != CGCS2000:
        raise InvalidDatasetError(
            f"the frame is in {frame.crs}, not EPSG:{CGCS2000}; transform it first",
            values={"detail": str(frame.crs)},
        )
    if frame.empty:
        raise InvalidDatasetError("there is no row to store", values={"detail": "0"})
    if "prefecture_adcode" not in frame:
        raise InvalidDatasetError(
            "missing column: prefecture_adcode", values={"detail": "prefecture_adcode"}
        )
    shapeless = frame.geometry.isna() | frame.geometry.is_empty
    if shapeless.any():
        raise InvalidDatasetError(
            f"{int(shapeless.sum())} rows have no shape; quarantine them",
            rows=frame.index[shapeless].tolist(),
            values={"detail": int(shapeless.sum())},
        )
    _refuse_misplaced(frame, frame.index)
    out = schema.conform(kind, _completed(frame))
    return out if out.geometry.name == "geometry" else out.rename_geometry("geometry")


def _completed(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The rows with the computed columns that follow from their shapes and order."""
    absent: dict[str, object] = {}
    if "source_row" not in frame:
        absent["source_row"] = np.arange(1, len(frame) + 1)
    if "area_planar_m2" not in frame:
        absent["area_planar_m2"] = _planar_areas(frame)
    if schema.AREA not in frame:
        absent[schema.AREA] = ellipsoidal_area_m2(frame)
    return frame.assign(**absent) if absent else frame


def _planar_areas(frame: gpd.GeoDataFrame) -> pd.Series:
    """Areas in m2, each in the 3-degree zone of the middle of its frame."""
    bounds = frame.geometry.bounds
    zones = ((bounds["minx"] + bounds["maxx"]) / 2).map(zone_of)
    areas = pd.Series(np.nan, index=frame.index)
    for zone in zones.unique():
        here = (zones == zone).to_numpy()
        projected = frame.geometry[here].to_frame("geometry")
        projected = projected.to_crs(gauss_kruger(int(zone), prefixed=False))
        areas[here] = planar_area_m2(projected).to_numpy()
    return areas


def _refuse_misplaced(frame: pd.DataFrame, labels: pd.Index) -> None:
    """Every row belongs to a prefecture, the one of its county: who may see it hangs on this."""
    prefecture = frame["prefecture_adcode"]
    wrong = ~prefecture.isin(boundaries.layer("prefecture")["adcode"])
    if "county_adcode" in frame:
        county = frame["county_adcode"]
        wrong |= county.notna() & (county.astype("string").str[:4] + "00" != prefecture)
    wrong = wrong.fillna(value=True).astype(bool)
    if wrong.any():
        raise InvalidDatasetError(
            f"{int(wrong.sum())} rows name no prefecture, or not that of their county; "
            "quarantine them",
            rows=labels[wrong].tolist(),
            values={"detail": "prefecture_adcode"},
        )


def inspected(path: Path, kind: Kind) -> Parts:
    """Check a GeoParquet file that is to become a version as it is.

    Geometries are not loaded: what is read, one row group after the other, are the codes of the
    place and the ``bbox`` column.

    Args:
        path: GeoParquet 1.1, EPSG:4490, zstd, with a ``bbox`` covering and the columns of its kind.
        kind: What a row is.

    Returns:
        Rows and frame of each prefecture.

    Raises:
        InvalidFileError: The file is not in that form.
        InvalidDatasetError: It has no rows, or rows without a shape or a prefecture.
    """
    check_kind(kind)
    try:
        with pq.ParquetFile(path) as file:
            _check_form(file)
            _check_columns(file.schema_arrow, kind)
            return _parts(file)
    except pa.ArrowException as err:
        raise _unfit(f"not a Parquet file: {err}") from err


def _unfit(detail: str) -> InvalidFileError:
    return InvalidFileError(
        f"the file is not in the final form of a version: {detail}", values={"detail": detail}
    )


def _check_form(file: pq.ParquetFile) -> None:
    """GeoParquet 1.1 in CGCS2000 with a covering, compressed, in groups that a window can skip."""
    meta = file.metadata
    try:
        geo = json.loads((meta.metadata or {}).get(b"geo", b"{}"))
        column = geo["columns"][geo["primary_column"]]
        covering = column["covering"]["bbox"]
        crs = CRS.from_json_dict(column["crs"]).to_epsg()
        version = str(geo["version"])
    except (KeyError, TypeError, ValueError, CRSError) as err:
        raise _unfit(f"GeoParquet metadata ({type(err).__name__} {err})") from err
    if not version.startswith("1.1"):
        raise _unfit(f"GeoParquet {version}, not 1.1")
    if geo["primary_column"] != "geometry" or column.get("encoding") != "WKB":
        raise _unfit("the shapes are not WKB in a column named geometry")
    if crs != CGCS2000:
        raise _unfit(f"the file is in EPSG:{crs}, not EPSG:{CGCS2000}")
    if covering != {corner: ["bbox", corner] for corner in _CORNERS}:
        raise _unfit("the covering is not a column named bbox")
    if meta.num_rows == 0:
        raise InvalidDatasetError("there is no row to store", values={"detail": "0"})
    groups = [meta.row_group(k) for k in range(meta.num_row_groups)]
    if max(group.num_rows for group in groups) > LARGEST_GROUP:
        raise _unfit(f"a row group of more than {LARGEST_GROUP} rows")
    if any(group.column(0).compression != "ZSTD" for group in groups):
        raise _unfit("not compressed with zstd")


def dtypes_of(kind: Kind) -> dict[str, str]:
    """Storage dtype of every column that each version of a kind has."""
    return {c.column: c.pandas_dtype for c in schema.columns(kind)} | schema.computed(kind)


def _check_columns(found: pa.Schema, kind: Kind) -> None:
    known = dtypes_of(kind)
    absent = [name for name in known if name not in found.names]
    if absent:
        raise _unfit(f"columns missing: {', '.join(absent)}")
    wrong = [
        f"{name} is {found.field(name).type}"
        for name, dtype in known.items()
        if found.field(name).type not in _ARROW[dtype]
    ]
    if wrong:
        raise _unfit(f"columns of another type: {', '.join(wrong)}")


def _parts(file: pq.ParquetFile) -> Parts:
    """Rows and frame of each prefecture, reading some row groups at a time."""
    total: Parts = {}
    start = 0
    for groups in _bundles(file.metadata):
        table = file.read_row_groups(groups, columns=["prefecture_adcode", "county_adcode", "bbox"])
        rows = _rows_of(table, start)
        for code, part in _grouped(rows).items():
            total[code] = _joined(total[code], part) if code in total else part
        start += len(rows)
    return dict(sorted(total.items()))


def _bundles(meta: pq.FileMetaData) -> Iterator[list[int]]:
    """Numbers of row groups that are read together."""
    bundle, rows = [], 0
    for k in range(meta.num_row_groups):
        bundle.append(k)
        rows += meta.row_group(k).num_rows
        if rows >= _READ_ROWS or k + 1 == meta.num_row_groups:
            yield bundle
            bundle, rows = [], 0


def _rows_of(table: pa.Table, start: int) -> pd.DataFrame:
    """Codes and frames of some row groups, labelled by their position in the file."""
    box = table.column("bbox").combine_chunks()
    rows: pd.DataFrame = table.select(["prefecture_adcode", "county_adcode"]).to_pandas()
    rows.index = pd.RangeIndex(start, start + len(rows))
    for corner in _CORNERS:
        rows[corner] = box.field(corner).to_numpy(zero_copy_only=False)
    corners = rows[[*_CORNERS]].to_numpy()
    bad = ~np.isfinite(corners).all(axis=1) | (np.abs(corners) > _DEGREES * 2).any(axis=1)
    if bad.any():
        raise InvalidDatasetError(
            f"{int(bad.sum())} rows have no shape, or one outside the globe; quarantine them",
            rows=rows.index[bad].tolist(),
            values={"detail": int(bad.sum())},
        )
    _refuse_misplaced(rows, rows.index)
    return rows


def _grouped(rows: pd.DataFrame) -> Parts:
    grouped = rows.groupby(rows["prefecture_adcode"].astype("string"))
    table: Any = grouped.agg(
        rows=("xmin", "size"),
        west=("xmin", "min"),
        south=("ymin", "min"),
        east=("xmax", "max"),
        north=("ymax", "max"),
    )
    return {str(code): [float(v) for v in table.loc[code]] for code in table.index}


def _joined(one: list[float], other: list[float]) -> list[float]:
    return [
        one[0] + other[0],
        min(one[1], other[1]),
        min(one[2], other[2]),
        max(one[3], other[3]),
        max(one[4], other[4]),
    ]
