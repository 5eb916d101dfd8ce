"""The wire format of Protocol Buffers, as far as vector tiles need it: numbers by whole arrays."""

from __future__ import annotations

import struct
from typing import Final

import numpy as np
import numpy.typing as npt

Longs = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]
Sizes = npt.NDArray[np.uint8]

_BITS: Final = 7
_LOW: Final = (1 << _BITS) - 1
_MORE: Final = 1 << _BITS
_LONGEST: Final = 10
_LIMITS: Final = tuple(1 << (_BITS * k) for k in range(1, _LONGEST))
_SINGLE: Final = tuple(bytes([value]) for value in range(_MORE))
_DOUBLE: Final = 1
_BYTES: Final = 2


def zigzag(values: Longs) -> Words:
    """Signed numbers as unsigned ones, small where those are near zero: 0, -1, 1, -2, ..."""
    return ((values << 1) ^ (values >> 63)).view(np.uint64)


def varint_sizes(words: Words) -> Sizes:
    """Bytes that each number takes, 1 to 10, in an array of the same shape."""
    out = np.ones(words.shape, dtype=np.uint8)
    most = words.max(initial=0)
    for limit in _LIMITS:
        if most < limit:
            break
        out += words >= limit
    return out


def varint_bytes(words: Words) -> bytes:
    """One-dimensional numbers, behind one another, seven bits a byte, the lowest first."""
    sizes = varint_sizes(words)
    ends = np.cumsum(sizes, dtype=np.intp)
    out = np.empty(int(ends[-1]) if len(ends) else 0, dtype=np.uint8)
    left, place, size = words, ends - sizes, sizes
    while len(left):
        more = size > 1
        out[place] = (left & _LOW).astype(np.uint8) | (more.astype(np.uint8) << _BITS)
        left, place, size = left[more] >> np.uint64(_BITS), place[more] + 1, size[more] - 1
    return out.tobytes()


def varint(value: int) -> bytes:
    """One number, 0 or above."""
    if value <= _LOW:
        return _SINGLE[value]
    out = bytearray()
    while value > _LOW:
        out.append(value & _LOW | _MORE)
        value >>= _BITS
    out.append(value)
    return bytes(out)


def field(number: int, value: float | bytes) -> bytes:
    """A field of a message: whole numbers as varints, other numbers as doubles, bytes by length.

    Args:
        number: Number of the field.
        value: Whole numbers have to be 0 or above.
    """
    if isinstance(value, bytes):
        return varint(number << 3 | _BYTES) + varint(len(value)) + value
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | _DOUBLE) + struct.pack("<d", value)
