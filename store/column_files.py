"""Attributes of a version as memory-mapped files, one a column: for questions over all rows.

Parquet is decoded anew for each reader; these files are mapped, so that all sessions of a machine
share one copy and a question costs what it looks at. They are derived and can be made again.
"""

from __future__ import annotations

import hashlib
import json
import threading
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from domain import schema
from geo.tile_index import DamagedIndexError
from store import files

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

NO_DAY: Final = np.int32(-(2**31))
"""Day of a row without a date."""

_SUFFIX: Final = ".arrow"
_NAMES: Final = "names.json"
_SHARED: Final = 0.5
"""Texts that repeat at least this often are kept once each and referred to by number."""


def write_columns(source: Path, folder: Path) -> list[str]:
    """Write every attribute of a version file, one after the other, on disk for good.

    Args:
        source: GeoParquet file of a version.
        folder: Existing folder that the files go to.

    Returns:
        Names of the columns.
    """
    file = pq.ParquetFile(source, memory_map=True)
    fields = [f for f in file.schema_arrow if not is_shape(f)]
    for field in fields:
        _write(_path(folder, field.name), field.name, _column(file, field.name))
    names = [field.name for field in fields]
    (folder / _NAMES).write_text(json.dumps(names), encoding="utf-8")
    files.settle(folder / _NAMES)
    return names


def is_shape(field: pa.Field) -> bool:
    """Whether a column of a version file holds shapes or their frames."""
    return bool(pa.types.is_binary(field.type) or pa.types.is_struct(field.type))


def _column(file: pq.ParquetFile, name: str) -> pa.Array:
    whole = file.read(columns=[name]).column(0).combine_chunks()
    if isinstance(whole, pa.ChunkedArray):  # no rows at all
        whole = pa.array([], type=whole.type)
    if pa.types.is_dictionary(whole.type):
        whole = whole.dictionary_decode()
    if not (pa.types.is_string(whole.type) or pa.types.is_large_string(whole.type)):
        return whole
    texts = whole.cast(pa.large_string())
    shared = texts.dictionary_encode()
    return shared if len(shared.dictionary) <= _SHARED * max(len(texts), 1) else texts


def _path(folder: Path, name: str) -> Path:
    # A sender's own column may have any name; file names allow no slash and are short.
    return folder / (hashlib.sha256(name.encode()).hexdigest()[:32] + _SUFFIX)


def _write(path: Path, name: str, column: pa.Array) -> None:
    table = pa.table({name: column})
    with (
        pa.OSFile(str(path), "wb") as sink,
        pa.ipc.new_file(sink, table.schema) as writer,
    ):
        writer.write_table(table)
    files.settle(path)


class Columns:
    """Attributes of n rows, mapped when they are asked for.

    Args:
        folder: Folder that :func:`write_columns` wrote.
        rows: Number of rows.
    """

    def __init__(self, folder: Path, rows: int) -> None:
        self._folder = folder
        self._open: dict[str, pa.Array] = {}
        self._codes: dict[str, tuple[Ints, tuple[str, ...]]] = {}
        self._lock = threading.Lock()
        self.rows = rows

    def __contains__(self, name: str) -> bool:
        return _path(self._folder, name).is_file()

    def check(self) -> None:
        """Open every column that was written.

        Raises:
            DamagedIndexError: A file is missing, cut short, or of another number of rows.
        """
        try:
            names = json.loads((self._folder / _NAMES).read_text(encoding="utf-8"))
            short = [name for name in names if len(self.array(name)) != self.rows]
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise self._damaged(str(error)) from error
        if short:
            raise self._damaged(f"not {self.rows} rows in {', '.join(short)}")

    def _damaged(self, why: str) -> DamagedIndexError:
        folder = self._folder.parent.name
        return DamagedIndexError(
            f"the columns of {folder} cannot be used: {why}; delete the folder",
            values={"folder": folder},
        )

    def array(self, name: str) -> pa.Array:
        """One column as it lies on disk.

        Raises:
            KeyError: There is no such column.
        """
        with self._lock:
            if name not in self._open:
                path = _path(self._folder, name)
                if not path.is_file():
                    raise KeyError(name)
                with pa.memory_map(str(path)) as source:
                    column = pa.ipc.open_file(source).read_all().column(0)
                self._open[name] = (
                    column.combine_chunks() if column.num_chunks != 1 else (column.chunk(0))
                )
            return self._open[name]

    def numbers(self, name: str) -> Floats:
        """N numbers, NaN where missing."""
        return np.asarray(self.array(name).to_numpy(zero_copy_only=False), dtype=np.float64)

    def days(self, name: str) -> Ints:
        """N days since 1970, :data:`NO_DAY` where missing."""
        days = pc.cast(pc.cast(self.array(name), pa.date32(), safe=False), pa.int32())
        return np.asarray(days.fill_null(int(NO_DAY)).to_numpy(zero_copy_only=False))

    def codes(self, name: str) -> tuple[Ints, tuple[str, ...]]:
        """N numbers of texts (-1 where missing) and the texts, in order."""
        with self._lock:
            known = self._codes.get(name)
        if known is None:
            known = _coded(self.array(name))
            with self._lock:
                self._codes[name] = known
        return known

    def matching(self, name: str, text: str) -> Bools:
        """Which rows hold a text, whatever its case."""
        column = self.array(name)
        shared = pa.types.is_dictionary(column.type)
        where = column.dictionary if shared else column
        # Chinese and figures have no case; looking for them as they are is several times faster.
        cased = text.lower() != text.upper()
        found = pc.match_substring(where, text, ignore_case=cased)
        hit = np.asarray(
            found.fill_null(fill_value=False).to_numpy(zero_copy_only=False), dtype=bool
        )
        if not shared:
            return hit
        place = np.asarray(column.indices.fill_null(len(hit)).to_numpy(zero_copy_only=False))
        return np.asarray(np.append(hit, [False])[place], dtype=bool)

    def frame(
        self, names: list[str], *, kind: schema.SpatialKind, start: int, stop: int
    ) -> pd.DataFrame:
        """Some columns of the rows from ``start`` up to ``stop``, typed as in a read.

        Columns that the version lacks are absent.
        """
        pieces = {n: self.array(n).slice(start, stop - start) for n in names if n in self}
        return typed(pieces, kind, pd.RangeIndex(start, stop))

    def rows_of(
        self, names: list[str], rows: npt.NDArray[np.intp], *, kind: schema.SpatialKind
    ) -> pd.DataFrame:
        """Some columns of some rows, typed as in a read, indexed by row."""
        which = pa.array(rows)
        pieces = {name: self.array(name).take(which) for name in names if name in self}
        return typed(pieces, kind, pd.Index(rows))


def typed(pieces: dict[str, pa.Array], kind: schema.SpatialKind, index: pd.Index) -> pd.DataFrame:
    """Columns as a frame with the storage dtypes of a kind."""
    known = {c.column: c.pandas_dtype for c in schema.columns(kind)} | schema.computed(kind)
    out = {}
    for name, piece in pieces.items():
        shared = pa.types.is_dictionary(piece.type)
        values = pd.Series((piece.dictionary_decode() if shared else piece).to_pandas())
        values = schema.cast_values(values, known[name], name) if name in known else values
        out[name] = values.set_axis(index)
    return pd.DataFrame(out, index=index)


def _coded(column: pa.Array) -> tuple[Ints, tuple[str, ...]]:
    shared = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    texts = np.asarray(shared.dictionary.to_numpy(zero_copy_only=False), dtype=object)
    order = np.argsort(texts.astype(str), kind="stable")
    rank = np.empty(len(texts) + 1, dtype=np.int32)
    rank[order] = np.arange(len(texts))
    rank[len(texts)] = -1
    place = np.asarray(shared.indices.fill_null(len(texts)).to_numpy(zero_copy_only=False))
    return rank[place], tuple(str(text) for text in texts[order])
