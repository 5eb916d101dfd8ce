"""The files of a tile index: arrays that grow while they are written and are mapped to be read."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from geo.errors import GanyuanError

Array = npt.NDArray[Any]

FORMAT: Final = 1
"""Form of the files; an index of another one is made anew."""
SUFFIX: Final = ".npy"
_META: Final = "meta.json"


class DamagedIndexError(GanyuanError):
    """A tile index is missing, of another form, or not whole."""

    code = "TIL-001"


class ArrayFile:
    """A NumPy file whose number of rows is known only at the end.

    Use as a context manager; the file is whole and on disk for good after it.

    Args:
        path: File to write.
        dtype: Type of the numbers.
        columns: Numbers of a row; None for an array of one dimension.

    Attributes:
        rows: Rows so far.
    """

    def __init__(self, path: Path, dtype: npt.DTypeLike, columns: int | None = None) -> None:
        self.rows = 0
        self._dtype = np.dtype(dtype)
        self._columns = columns
        self._file = path.open("wb")
        self._head()

    def append(self, values: Array) -> None:
        """Write more rows."""
        self._file.write(np.ascontiguousarray(values, dtype=self._dtype).data)
        self.rows += len(values)

    def _head(self) -> None:
        # NumPy pads the header so that the number of rows can grow without moving the data.
        shape = (self.rows,) if self._columns is None else (self.rows, self._columns)
        np.lib.format.write_array_header_1_0(
            self._file, {"descr": self._dtype.str, "fortran_order": False, "shape": shape}
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._file:
            if kind is None:
                self._file.seek(0)
                self._head()
                self._file.flush()
                os.fsync(self._file.fileno())


def write_array(folder: Path, name: str, values: Array) -> None:
    """Write one array that is there as a whole."""
    columns = None if values.ndim == 1 else values.shape[1]
    with ArrayFile(folder / (name + SUFFIX), values.dtype, columns) as file:
        file.append(values)


def write_meta(folder: Path, facts: dict[str, Any]) -> None:
    """Write what the folder holds, as the last of its files.

    Args:
        folder: Folder of the arrays.
        facts: What readers need besides, fit for JSON.
    """
    arrays = {}
    for path in sorted(folder.glob("*" + SUFFIX)):
        array = np.load(path, mmap_mode="r", allow_pickle=False)
        arrays[path.stem] = [array.dtype.str, list(array.shape)]
    with (folder / _META).open("w", encoding="utf-8") as file:
        json.dump({"format": FORMAT, **facts, "arrays": arrays}, file)
        file.flush()
        os.fsync(file.fileno())
    settle(folder)


def settle(folder: Path) -> None:
    """Force the names in a folder to disk, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def read(folder: Path) -> tuple[dict[str, Any], dict[str, Array]]:
    """What :func:`write_meta` wrote and the arrays, mapped read-only.

    Raises:
        DamagedIndexError: A file is missing, cut short, or of another form.
    """
    try:
        facts = json.loads((folder / _META).read_text(encoding="utf-8"))
        if facts["format"] != FORMAT:
            raise _damaged(folder, f"it has form {facts['format']}, not {FORMAT}")
        arrays = {}
        for name, (dtype, shape) in facts["arrays"].items():
            arrays[name] = _mapped(folder / (name + SUFFIX), dtype, tuple(shape))
    except (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(folder, str(error)) from error
    return facts, arrays


def _mapped(path: Path, dtype: str, shape: tuple[int, ...]) -> Array:
    array = np.load(path, mmap_mode="r", allow_pickle=False)
    if array.dtype.str != dtype or array.shape != shape:
        raise ValueError(f"{path.name} holds {array.dtype} {array.shape}")
    # Slices of a plain array cost a third of those of a memmap.
    return np.asarray(array)


def _damaged(folder: Path, why: str) -> DamagedIndexError:
    return DamagedIndexError(
        f"the tile index {folder.name} cannot be used: {why}; delete the folder and build it anew",
        values={"folder": folder.name},
    )
