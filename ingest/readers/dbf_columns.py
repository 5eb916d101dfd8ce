"""Columns of a .dbf from a block of raw records, decoded in bulk.

Each reader takes the bytes of one field as an m by width array and gives m values with the cells
that could not be read. The usual case (sound text, sound numbers) makes no Python object a cell.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ingest import encoding
from ingest.readers.columns import BLANKS, STRING, extension, text_or_missing

_ASCII: Final = 0x7F
_NEWLINE: Final = 10
_SPACE: Final = 32
_TAIL: Final = 4
_EXACT_DIGITS: Final = 15
_INT64_DIGITS: Final = 18
_SHOWN: Final = 40

Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Oddity:
    """A cell that could not be read as it stands.

    Attributes:
        row: Row in the block, from 0.
        code: Code of the catalogue.
        value: What the cell says; empty where that would tell nothing.
    """

    row: int
    code: str
    value: str = ""


@dataclass(frozen=True)
class Column:
    """Values of one field.

    Attributes:
        cells: m values of a pandas extension or NumPy dtype that does not depend on them.
        oddities: Cells that could not be read.
    """

    cells: Any
    oddities: tuple[Oddity, ...] = ()


def read_column(
    block: Bytes, kind: str, decimals: int, codec: str, *, has_nul: bool = True
) -> Column:
    """Values of one field.

    Args:
        block: m by width raw bytes.
        kind: Type letter of the field.
        decimals: Places behind the point.
        codec: Python codec of text.
        has_nul: A NUL may be in it.
    """
    width = block.shape[1]
    if has_nul and kind in "NFDC":
        block = _without_nul(block)
    if kind in "NF" and width:
        return _numbers(block, decimals)
    if kind == "D" and width:
        return _dates(block)
    if kind == "L" and width:
        return _flags(block)
    if kind in _BINARY and width == _BINARY[kind][0]:
        raw = np.ascontiguousarray(block)
        return Column(raw.view(_BINARY[kind][1]).ravel().astype(_BINARY[kind][2]))
    if kind == "C" and width:
        return text_column(block, codec)
    return Column(pd.array([None] * len(block), dtype=STRING))


_BINARY: Final = {"I": (4, "<i4", "int64"), "O": (8, "<f8", "float64"), "+": (4, "<i4", "int64")}


def _without_nul(block: Bytes) -> Bytes:
    """The block with spaces from the first NUL of a cell on, as C programs read it."""
    nul = block == 0
    if not nul.any():
        return block
    return np.where(np.logical_or.accumulate(nul, axis=1), np.uint8(_SPACE), block)


def _narrowed(block: Bytes) -> Bytes:
    """The block without the columns on its right that are blank in every row."""
    used = np.flatnonzero((block != _SPACE).any(axis=0))
    return np.ascontiguousarray(block[:, : int(used[-1]) + 1 if len(used) else 1])


def _fixed(block: Bytes) -> pa.Array:
    """Cells as an Arrow array without a copy a cell."""
    m, width = block.shape
    data = pa.py_buffer(np.ascontiguousarray(block))
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(width), m, [None, data])


def text_column(block: Bytes, codec: str) -> Column:
    """Decoded, trimmed text of cells without a NUL; empty text is missing."""
    width = block.shape[1]
    block = _narrowed(block)
    foreign = block > _ASCII
    single = ~(block == _NEWLINE).any(axis=1)
    # A cell that is full up to its last byte may have been cut inside a character.
    if block.shape[1] == width:
        full = block[:, -1] != _SPACE
        single &= ~(full & foreign[:, -_TAIL:].any(axis=1))
    try:
        texts = _bulk(block[single] if not single.all() else block, codec)
    except UnicodeDecodeError:
        texts, single = None, np.zeros(len(block), dtype=bool)
    if single.all() and texts is not None:
        return Column(text_or_missing(texts))
    odd = np.flatnonzero(~single)
    each, oddities = _one_by_one(block[odd], odd, codec)
    if texts is None:
        return Column(text_or_missing(each), oddities)
    order = np.empty(len(block), dtype=np.int64)
    order[np.flatnonzero(single)] = np.arange(len(texts))
    order[odd] = len(texts) + np.arange(len(odd))
    whole = pa.concat_arrays([texts, each]).take(pa.array(order))
    return Column(text_or_missing(whole), oddities)


def _bulk(block: Bytes, codec: str) -> pa.Array:
    """Text of cells that hold whole characters and no line end, decoded in one go.

    Raises:
        UnicodeDecodeError: A cell is not in the codec.
    """
    m, width = block.shape
    if not m:
        return pa.array([], pa.large_string())
    lines = np.full((m, width + 1), _NEWLINE, dtype=np.uint8)
    lines[:, :width] = block
    raw = lines.tobytes()
    if (block > _ASCII).any():
        raw = raw.decode(codec).encode()
    ends = np.flatnonzero(np.frombuffer(raw, np.uint8) == _NEWLINE)
    if len(ends) != m:
        # A codec of more than one form may read a line end as part of a character.
        raise UnicodeDecodeError(codec, b"", 0, 0, "line ends were lost")
    offsets = np.zeros(m + 1, dtype=np.int64)
    offsets[1:] = ends + 1
    texts = pa.LargeStringArray.from_buffers(m, pa.py_buffer(offsets), pa.py_buffer(raw))
    return pc.utf8_trim(texts, characters=BLANKS)


def _one_by_one(
    block: Bytes, rows: npt.NDArray[np.int64], codec: str
) -> tuple[pa.Array, tuple[Oddity, ...]]:
    """Text of cells that are cut, garbled or hold a line end; every distinct one once."""
    coded = _fixed(block).dictionary_encode()
    texts: list[str] = []
    wrong: list[str] = []
    for cell in coded.dictionary.to_pylist():
        text, code = _decoded(cell.rstrip(b" "), codec)
        texts.append(text.strip(BLANKS))
        wrong.append(code)
    indices = coded.indices.to_numpy()
    codes = np.array(wrong, dtype=object)[indices]
    oddities = tuple(Oddity(int(rows[i]), codes[i]) for i in np.flatnonzero(codes != ""))
    return pa.array(texts, pa.large_string()).take(coded.indices), oddities


def _decoded(raw: bytes, codec: str) -> tuple[str, str]:
    """Text of a cell and the code of what is wrong with it."""
    try:
        text, cut = encoding.decode(raw, codec)
    except UnicodeDecodeError:
        return raw.decode(codec, errors="replace"), "ENC-006"
    return text, "ENC-003" if cut else ""


def _trimmed(block: Bytes) -> pa.Array:
    """ASCII text of cells without blanks around it; bytes beyond ASCII become question marks."""
    if (block > _ASCII).any():
        block = np.where(block > _ASCII, np.uint8(ord("?")), block)
    texts = pc.ascii_trim_whitespace(_fixed(block).cast(pa.binary()).cast(pa.string()))
    return pc.if_else(pc.equal(pc.binary_length(texts), 0), pa.scalar(None, texts.type), texts)


def _numbers(block: Bytes, decimals: int) -> Column:
    """Numbers; whole ones that are too long for a float stay whole, and beyond that stay text."""
    texts = _trimmed(block)
    width = block.shape[1]
    if decimals == 0 and width > _INT64_DIGITS:
        stars = pc.fill_null(pc.match_substring_regex(texts, r"^\*+$"), fill_value=False)
        rows = np.flatnonzero(stars.to_numpy(zero_copy_only=False))
        plain = pc.if_else(stars, pa.scalar(None, texts.type), texts)
        return Column(extension(STRING, plain), tuple(Oddity(int(i), "FIL-022") for i in rows))
    whole = decimals == 0 and width > _EXACT_DIGITS
    kind, read = (pa.int64(), _integer) if whole else (pa.float64(), _real)
    oddities: tuple[Oddity, ...] = ()
    try:
        found = texts.cast(kind)
    except pa.ArrowInvalid:
        found, oddities = _lenient(texts, kind, read)
    if whole:
        return Column(extension(pd.Int64Dtype(), found), oddities)
    values = found.to_numpy(zero_copy_only=False)
    strange = np.isinf(values)
    if strange.any():
        rows = np.flatnonzero(strange)
        oddities += tuple(Oddity(int(i), "FIL-023", texts[int(i)].as_py()) for i in rows)
        values = np.where(strange, np.nan, values)
    return Column(values, oddities)


def _real(text: str) -> float:
    # Python reads 1_000 as a number; no table means that.
    return float(text.replace("_", "?"))


def _integer(text: str) -> int:
    return int(text.replace("_", "?"))


def _lenient(
    texts: pa.Array, kind: pa.DataType, read: Callable[[str], float]
) -> tuple[pa.Array, tuple[Oddity, ...]]:
    """Numbers cell by cell: stars stand for one that did not fit, anything else is no number."""
    values: list[float | None] = []
    oddities = []
    for row, text in enumerate(texts.to_pylist()):
        value = None
        if text is not None:
            try:
                value = read(text)
            except ValueError:
                code = "FIL-023" if text.strip("*") else "FIL-022"
                oddities.append(Oddity(row, code, text[:_SHOWN] if code == "FIL-023" else ""))
        values.append(value)
    return pa.array(values, kind), tuple(oddities)


def _dates(block: Bytes) -> Column:
    """Dates written as YYYYMMDD; blanks and zeros are missing."""
    texts = _trimmed(block)
    plain = texts.to_numpy(zero_copy_only=False)
    filled = pd.Series(plain, dtype=STRING)
    filled = filled.mask(filled.str.strip("0/- ") == "")
    found = pd.to_datetime(filled, format="%Y%m%d", errors="coerce").astype("datetime64[s]")
    bad = np.flatnonzero((found.isna() & filled.notna()).to_numpy())
    oddities = tuple(Oddity(int(i), "FIL-024", str(plain[i])[:_SHOWN]) for i in bad)
    return Column(found.to_numpy(), oddities)


def _flags(block: Bytes) -> Column:
    """Yes and no as one letter."""
    first = np.char.upper(np.ascontiguousarray(block[:, :1]).view("S1").ravel())
    values = np.isin(first, [b"T", b"Y"])
    missing = ~values & ~np.isin(first, [b"F", b"N"])
    return Column(pd.arrays.BooleanArray(values, missing))
