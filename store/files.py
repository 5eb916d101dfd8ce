"""Files of the store: written aside, forced to disk, then renamed; never changed afterwards."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import time
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import shapely

from domain import schema
from store.errors import InvalidDatasetError, NoRoomError, ReadOnlyStoreError, StoreError
from store.types import Bounds

ROW_GROUP: Final = 20_000
"""Rows of one group; a window of the map reads only the groups that it meets."""

ORPHAN_SECONDS: Final = 3600.0
"""A file without a row that is older than this belongs to nobody any more."""

_TEMPORARY: Final = ".writing-"
_BLOCK: Final = 1_048_576
_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_NO_RIGHT: Final = (errno.EACCES, errno.EPERM, errno.EROFS)


def write_file(folder: Path, suffix: str, write: Callable[[Path], object]) -> Path:
    """A new file with a name of its own, on disk for good when this returns.

    Args:
        folder: Where it goes; made when absent.
        suffix: End of the name (``.parquet``).
        write: Writes the content to the path it is given.

    Raises:
        StoreError: The file system refuses: no room, no right, no folder.
    """
    name = uuid.uuid4().hex + suffix
    temporary, final = folder / (_TEMPORARY + name), folder / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write(temporary)
        settle(temporary)
        temporary.rename(final)
        settle(folder)
    except OSError as err:
        raise refusal(folder, err) from err
    finally:
        if temporary.exists():
            temporary.unlink()
    return final


def refusal(folder: Path, err: OSError) -> StoreError:
    """What a file system's refusal to write means for the caller."""
    detail = err.strerror or type(err).__name__
    kind: type[StoreError] = StoreError
    if err.errno in _NO_ROOM:
        kind = NoRoomError
    elif err.errno in _NO_RIGHT:
        kind = ReadOnlyStoreError
    return kind(f"cannot write into {folder}: {err}", values={"detail": detail})


def copy_in(folder: Path, suffix: str, source: Path) -> tuple[Path, str]:
    """A copy of a file under a name of its own, and the SHA-256 of what was copied.

    Raises:
        StoreError: The file system refuses, or ``source`` cannot be read.
    """
    found: list[str] = []
    made = write_file(folder, suffix, lambda target: found.append(copy(source, target)))
    return made, found[0]


def copy(source: Path, target: Path) -> str:
    """Copy the content of a file and give its SHA-256.

    Raises:
        OSError: One of them cannot be read or written.
    """
    found = hashlib.sha256()
    with source.open("rb") as reader, target.open("wb") as writer:
        while block := reader.read(_BLOCK):
            found.update(block)
            writer.write(block)
    return found.hexdigest()


def keep(folder: Path, suffix: str, content: bytes | Path) -> Path:
    """Bytes, or a copy of a file, under a name of its own."""
    if isinstance(content, Path):
        return write_file(folder, suffix, lambda path: shutil.copyfile(content, path))
    return write_file(folder, suffix, lambda path: path.write_bytes(content))


def settle(path: Path) -> None:
    """Force a file or a folder to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def sort_along_curve(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The rows in the order of a Hilbert curve, with a fresh RangeIndex.

    Rows of one place keep their order.
    """
    order = frame.geometry.hilbert_distance().to_numpy()
    return frame.iloc[np.argsort(order, kind="stable")].reset_index(drop=True)


def write_frame(folder: Path, frame: gpd.GeoDataFrame) -> Path:
    """A frame as GeoParquet 1.1 with a bbox column, zstd, in row groups."""
    return write_file(
        folder,
        ".parquet",
        lambda path: frame.to_parquet(
            path,
            index=False,
            compression="zstd",
            write_covering_bbox=True,
            row_group_size=ROW_GROUP,
            schema_version="1.1.0",
        ),
    )


def write_table(folder: Path, rows: pd.DataFrame) -> Path:
    """Quarantined rows as Parquet; broken geometries are kept as bytes (``geometry_wkb``)."""
    plain = pd.DataFrame(rows).reset_index(drop=True)
    for name in list(plain.columns[plain.dtypes == "geometry"]):
        plain[f"{name}_wkb"] = shapely.to_wkb(np.asarray(plain.pop(name), dtype=object))
    return write_file(
        folder,
        ".quarantine.parquet",
        lambda path: plain.to_parquet(path, index=False, compression="zstd"),
    )


def read_frame(
    path: Path,
    *,
    columns: Iterable[str] | None,
    bbox: Bounds | None,
    prefectures: frozenset[str] | None,
    dtypes: Mapping[str, str],
) -> gpd.GeoDataFrame:
    """Rows of a version file.

    Args:
        path: File written by :func:`write_frame`.
        columns: Columns to read besides the geometry; None for all.
        bbox: West, south, east, north in degrees; rows whose frame meets it.
        prefectures: Codes to keep; None for all.
        dtypes: Storage dtype of known columns, for files that another writer than pandas made.

    Returns:
        RangeIndex, EPSG:4490.

    Raises:
        InvalidDatasetError: The file has no such column.
    """
    wanted = None if columns is None else [*dict.fromkeys([*columns, "geometry"])]
    absent = [] if wanted is None else sorted(set(wanted) - set(pq.read_schema(path).names))
    if absent:
        names = ", ".join(absent)
        raise InvalidDatasetError(f"there is no column {names}", values={"detail": names})
    filters = None
    if prefectures is not None:
        filters = [("prefecture_adcode", "in", sorted(prefectures))]
    frame = gpd.read_parquet(path, columns=wanted, bbox=bbox, filters=filters)
    for name, dtype in dtypes.items():
        if name in frame and str(frame[name].dtype) != dtype:
            frame[name] = schema.cast_values(frame[name], dtype, name)
    return frame.reset_index(drop=True)


def parts_of(frame: gpd.GeoDataFrame) -> dict[str, list[float]]:
    """Rows and frame of each prefecture: code to [rows, west, south, east, north]."""
    table = frame.geometry.bounds.assign(code=frame["prefecture_adcode"].to_numpy())
    grouped = table.groupby("code")
    low, high = grouped[["minx", "miny"]].min(), grouped[["maxx", "maxy"]].max()
    rows = grouped.size()
    return {
        str(code): [float(rows[code]), *low.loc[code].tolist(), *high.loc[code].tolist()]
        for code in rows.index
    }


def sweep(
    folder: Path, known: Collection[str | None], *, older_than: float = ORPHAN_SECONDS
) -> list[str]:
    """Delete files that no row names, left by a writer that was killed.

    Args:
        folder: Folder of the store's files.
        known: File names that rows of the catalogue name.
        older_than: Age in seconds from which a file without a row is an orphan: a younger one may
            belong to a commit that is just under way.

    Returns:
        Names of the deleted files.
    """
    deadline = time.time() - older_than
    gone = []
    for path in sorted(folder.glob("*")):
        # Another process may take the file away just now, or the folder may not let go of it.
        with suppress(OSError):
            if path.name not in known and path.is_file() and path.stat().st_mtime <= deadline:
                path.unlink()
                gone.append(path.name)
    return gone
