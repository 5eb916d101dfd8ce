"""The main file and the index of a shapefile (.shp, .shx): the arithmetic of their headers.

GDAL reads cut files and shifted indexes without a word, so the numbers in the headers are compared
with each other and with the bytes before any shape is read.
"""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ingest.model import RefusedError

HEADER: Final = 100
RECORD_HEADER: Final = 8
SIGNATURE: Final = b"\x00\x00\x27\x0a"
POLYGONS: Final = frozenset({5, 15, 25})
MULTIPATCH: Final = 31
_WITH_Z_OR_M: Final = frozenset({15, 25, 31})
_SHAPES: Final = {
    0: "空",
    1: "点",
    3: "线",
    8: "多点",
    11: "点 Z",
    13: "线 Z",
    18: "多点 Z",
    21: "点 M",
    23: "线 M",
    28: "多点 M",
}
_PROBED: Final = 500

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Index:
    """Where the records of a .shp are.

    Attributes:
        path: The .shp.
        size: Its bytes.
        offsets: n first bytes of the records, their headers included.
        lengths: n bytes of their contents.
        has_z_or_m: Shapes carry heights or measures.
        rebuilt: The index was made from the .shp because there was none that fits.
    """

    path: Path
    size: int
    offsets: Ints
    lengths: Ints
    has_z_or_m: bool
    rebuilt: bool

    def __len__(self) -> int:
        return len(self.offsets)


def open_index(shp: Path, shx: Path | None, *, cut_is_fine: bool, shx_is_fine: bool) -> Index:
    """Find the records of a .shp.

    Args:
        shp: The main file.
        shx: Its index; None where there is none.
        cut_is_fine: Read a cut .shp as far as it goes.
        shx_is_fine: Where the index does not fit, make one from the .shp.

    Raises:
        RefusedError: The .shp is none, is cut, or holds no polygons; the index does not fit it.
    """
    kind = _check_main(shp, cut_is_fine=cut_is_fine)
    size = shp.stat().st_size
    found = None
    if shx is not None:
        found = _listed(shx)
        if found is not None and not _fits(shp, size, *found, cut_is_fine=cut_is_fine):
            found = None
        if found is None and not shx_is_fine:
            raise RefusedError("FIL-008")
    rebuilt = found is None
    offsets, lengths = found or _walked(shp, size, cut_is_fine=cut_is_fine)
    return Index(shp, size, offsets, lengths, kind in _WITH_Z_OR_M, rebuilt)


def _check_main(path: Path, *, cut_is_fine: bool) -> int:
    """Shape type of the main file."""
    with path.open("rb") as f:
        head = f.read(HEADER)
    if not head.startswith(SIGNATURE):
        raise RefusedError("FIL-003")
    actual = path.stat().st_size
    if len(head) < HEADER:
        raise RefusedError("FIL-004", stated=HEADER, actual=actual)
    stated = 2 * struct.unpack(">i", head[24:28])[0]
    if stated != actual and not cut_is_fine:
        raise RefusedError("FIL-004", stated=stated, actual=actual)
    kind = int(struct.unpack("<i", head[32:36])[0])
    if kind not in POLYGONS and kind != MULTIPATCH:
        raise RefusedError("FIL-009", kind=_SHAPES.get(kind, str(kind)))
    return kind


def _listed(path: Path) -> tuple[Ints, Ints] | None:
    """Offsets and lengths that an index lists; None where it is damaged."""
    data = path.read_bytes()
    if len(data) < HEADER or not data.startswith(SIGNATURE) or (len(data) - HEADER) % 8:
        return None
    if 2 * struct.unpack(">i", data[24:28])[0] != len(data):
        return None
    pairs = np.frombuffer(data, ">i4", offset=HEADER).reshape(-1, 2).astype(np.int64) * 2
    return pairs[:, 0].copy(), pairs[:, 1].copy()


def _fits(shp: Path, size: int, offsets: Ints, lengths: Ints, *, cut_is_fine: bool) -> bool:
    """Whether an index points at record headers that say the same, and at no byte twice."""
    inside = (offsets >= HEADER) & (lengths >= 0) & (offsets + RECORD_HEADER + lengths <= size)
    if not inside.all() and not cut_is_fine:
        return False
    rows = np.flatnonzero(inside)
    rows = rows[np.argsort(offsets[rows], kind="stable")]
    if (offsets[rows][1:] < (offsets + RECORD_HEADER + lengths)[rows][:-1]).any():
        return False
    probed = (
        rows if len(rows) <= _PROBED else rows[np.linspace(0, len(rows) - 1, _PROBED, dtype=int)]
    )
    with shp.open("rb") as f:
        for row in probed.tolist():
            f.seek(int(offsets[row]))
            if 2 * struct.unpack(">ii", f.read(RECORD_HEADER))[1] != int(lengths[row]):
                return False
    return True


def _walked(path: Path, size: int, *, cut_is_fine: bool) -> tuple[Ints, Ints]:
    """Offsets and lengths from the headers of the records, one after the other."""
    offsets: list[int] = []
    lengths: list[int] = []
    position = HEADER
    with path.open("rb") as f, mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ) as data:
        while position + RECORD_HEADER <= size:
            length = 2 * struct.unpack_from(">i", data, position + 4)[0]
            if length < 0:
                break
            offsets.append(position)
            lengths.append(length)
            position += RECORD_HEADER + length
    if position != size and not cut_is_fine:
        raise RefusedError("FIL-004", stated=position, actual=size)
    return np.array(offsets, dtype=np.int64), np.array(lengths, dtype=np.int64)


def write_index(index: Index, target: Path) -> None:
    """Write the index of a .shp beside it, for GDAL."""
    with index.path.open("rb") as f:
        head = bytearray(f.read(HEADER))
    head[24:28] = struct.pack(">i", (HEADER + 8 * len(index)) // 2)
    pairs = np.column_stack([index.offsets, index.lengths]) // 2
    target.write_bytes(bytes(head) + pairs.astype(">i4").tobytes())
