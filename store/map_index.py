"""What the map reads of a version: shapes by tile and attributes by column, derived from its file.

Made when a version is published, and made again whenever it is absent or of an older form: nothing
is lost with it. The folder is named by the digest of the version's file, so it is never stale.
"""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
import shutil
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from cachetools import LRUCache

from geo import tile_index
from geo.tile_index import DamagedIndexError, TileIndex
from store import files, versions
from store.column_files import Columns, is_shape, typed, write_columns
from store.datasets import DatasetStore, damaged
from store.types import Version, Viewer

Progress = Callable[[float], None]
Array = npt.NDArray[Any]

_log = logging.getLogger(__name__)

_DERIVED: Final = "derived"
_COLUMNS: Final = "columns"
_TILES: Final = "tiles"
_ARRAYS: Final = "arrays"
_KEY: Final = "tickets.key"
_KEY_BYTES: Final = 32
_FORM: Final = 1
"""Form of the folder; another one is made anew."""
_KEPT: Final = 40
"""Arrays of a version that are kept, such as the status on one day."""
_KEPT_OPEN: Final = 24
"""Indexes that a process keeps mapped."""
_LEFT_BEHIND_S: Final = 3600.0
"""Age of a folder under work from which its maker is taken for dead."""
_TILES_SHARE: Final = 0.8
"""Share of the work that the shapes take."""


class MapIndex:
    """The derived files of one version, mapped into memory.

    Args:
        folder: Folder that :meth:`MapStore.map_index` made.

    Raises:
        DamagedIndexError: A file is missing, cut short, or of another form.

    Attributes:
        tiles: Shapes by tile.
        columns: Attributes by column.
        rows: Number of rows, in the order of the version.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.tiles = TileIndex.opened(folder / _TILES)
        self.rows = self.tiles.rows
        self.columns = Columns(folder / _COLUMNS, self.rows)
        self.columns.check()

    def remembered(self, name: str, make: Callable[[], Array]) -> Array:
        """An array that follows from the version and a name, made once.

        Args:
            name: What it is; anything it depends on is part of the name.
            make: Makes it.

        Returns:
            The array, read-only.
        """
        folder = self._folder / _ARRAYS
        path = folder / (hashlib.sha256(name.encode()).hexdigest()[:32] + ".npy")
        with suppress(OSError, ValueError, EOFError):
            found: Array = np.load(path, mmap_mode="r", allow_pickle=False)
            return found
        made = make()
        made.flags.writeable = False
        # An installation that cannot write still answers; it works the array out each time.
        with suppress(OSError):
            folder.mkdir(exist_ok=True)
            temporary = folder / f"{uuid.uuid4().hex}.tmp"
            with temporary.open("wb") as f:
                np.save(f, made, allow_pickle=False)
            temporary.rename(path)
            _prune(folder)
        return made


def _whole(column: pa.ChunkedArray) -> pa.Array:
    """The one value of a column of one row."""
    return pa.concat_arrays(column.chunks)


def _prune(folder: Path) -> None:
    """Keep the newest arrays only."""
    found = sorted(folder.glob("*.npy"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in found[_KEPT:]:
        path.unlink(missing_ok=True)


_open: LRUCache[Path, MapIndex] = LRUCache(_KEPT_OPEN)
_making: dict[Path, threading.Lock] = {}
_guard = threading.Lock()


class MapStore(DatasetStore):
    """The part of the store that keeps what maps are drawn from."""

    def has_map_index(self, version: Version, viewer: Viewer) -> bool:
        """Whether the index of a version lies ready.

        Raises:
            UnknownDatasetError: There is no such version with rows of the viewer.
        """
        return self._map_folder(self._visible_row(version, viewer).sha256).is_dir()

    def map_index(
        self, version: Version, viewer: Viewer, *, progress: Progress | None = None
    ) -> MapIndex:
        """The index of a version, made where it is absent or damaged.

        It covers every row; who draws from it shows the viewer's alone.

        Args:
            version: What to draw.
            viewer: Who asks.
            progress: Told the share that is done while it is made.

        Raises:
            UnknownDatasetError: There is no such version with rows of the viewer.
            DamagedVersionError: The version's file is gone or cut short.
            StoreError: The index cannot be written.
        """
        row = self._visible_row(version, viewer)
        folder = self._map_folder(row.sha256)
        with _guard:
            lock = _making.setdefault(folder, threading.Lock())
        # One thread makes it; the others of this process wait and find it.
        with lock:
            known = _open.get(folder)
            if known is not None and folder.is_dir():
                return known
            source = self._folder / row.file
            if not source.exists():
                raise damaged(version)
            try:
                index = _opened_or_made(source, folder, progress)
            except pa.ArrowInvalid as err:
                raise damaged(version) from err
            with _guard:
                _open[folder] = index
            return index

    def read_row(self, version: Version, viewer: Viewer, row: int) -> pd.Series:
        """One row of a version by its position, with every attribute but its shape.

        Args:
            version: What to read.
            viewer: Who reads.
            row: Position in the order of the version.

        Raises:
            UnknownDatasetError: There is no such version, or the row is not the viewer's.
            DamagedVersionError: The version's file is gone.
        """
        file = pq.ParquetFile(self._file(version, viewer))
        first = 0
        for group in range(file.num_row_groups):
            count = file.metadata.row_group(group).num_rows
            if first <= row < first + count:
                names = [f.name for f in file.schema_arrow if not is_shape(f)]
                table = file.read_row_group(group, columns=names).slice(row - first, 1)
                found = typed(
                    dict(zip(names, map(_whole, table.columns), strict=True)),
                    version.kind,
                    pd.Index([row]),
                ).iloc[0]
                if viewer.sees(str(found["prefecture_adcode"])):
                    return found
            first += count
        raise versions.unknown(version.dataset, version.number)

    def drop_map_index(self, version: Version, viewer: Viewer) -> None:
        """Delete the index of a version; it is made again when somebody asks for it."""
        folder = self._map_folder(self._visible_row(version, viewer).sha256)
        with _guard:
            _open.pop(folder, None)
        shutil.rmtree(folder, ignore_errors=True)

    def ticket_key(self) -> bytes:
        """The secret with which addresses of this store are signed, the same for all processes."""
        path = self.root / _KEY
        with suppress(FileNotFoundError):
            found = path.read_bytes()
            if len(found) == _KEY_BYTES:
                return found
            # A file that a crash cut short is no secret.
            with suppress(OSError):
                path.unlink()
        temporary = self.root / f".{uuid.uuid4().hex}.key"
        try:
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as f:
                f.write(secrets.token_bytes(_KEY_BYTES))
                f.flush()
                os.fsync(f.fileno())
            # A link appears whole or not at all, and the first one of several processes stays.
            with suppress(FileExistsError):
                os.link(temporary, path)
        except OSError as err:
            raise files.refusal(self.root, err) from err
        finally:
            temporary.unlink(missing_ok=True)
        return path.read_bytes()

    def _map_folder(self, sha256: str) -> Path:
        return self.root / _DERIVED / f"map{_FORM}-{sha256[:32]}"


def _opened_or_made(source: Path, folder: Path, progress: Progress | None) -> MapIndex:
    if folder.is_dir():
        try:
            return MapIndex(folder)
        except DamagedIndexError as error:
            _log.warning("the map index %s is made anew: %s", folder.name, error)
            shutil.rmtree(folder, ignore_errors=True)
    try:
        _make(source, folder, progress or (lambda _: None))
    except OSError as err:
        raise files.refusal(folder.parent, err) from err
    return MapIndex(folder)


def _make(source: Path, folder: Path, progress: Progress) -> None:
    """Write the index aside and move it to its place at once."""
    _sweep(folder.parent)
    temporary = folder.with_name(f".{uuid.uuid4().hex}")
    (temporary / _COLUMNS).mkdir(parents=True)
    try:
        tile_index.build(
            source, temporary / _TILES, progress=lambda share: progress(share * _TILES_SHARE)
        )
        write_columns(source, temporary / _COLUMNS)
        progress(1.0)
        # Another process may have been faster; what it made is the same.
        with suppress(OSError):
            temporary.rename(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _sweep(derived: Path) -> None:
    """Delete what makers that were killed have left."""
    deadline = time.time() - _LEFT_BEHIND_S
    for left in derived.glob(".*"):
        with suppress(OSError):
            if left.stat().st_mtime < deadline:
                shutil.rmtree(left, ignore_errors=True)
