"""Columns of text from small numbers: one of few texts a row, or a list of names joined by ``;``.

Millions of rows share a handful of texts; each is made once and the rows only point to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

Bits = npt.NDArray[np.uint32]
Codes = npt.NDArray[np.signedinteger]
Flags = npt.NDArray[np.bool_]
Texts = pd.api.extensions.ExtensionArray


def bits(flags: Mapping[str, Flags], names: Sequence[str], n: int) -> Bits:
    """Flags by name as one number a row.

    Args:
        flags: For some of the names, n flags.
        names: At most 32 names, bit 0 first.
        n: Number of rows.

    Returns:
        n numbers; bit i is set where the flag of name i is.
    """
    out = np.zeros(n, dtype=np.uint32)
    for name, flag in flags.items():
        out |= flag.astype(np.uint32) << np.uint32(names.index(name))
    return out


def joined(row_bits: Bits, names: Sequence[str]) -> Texts:
    """The names of each row joined by ``;``.

    Args:
        row_bits: n numbers of :func:`bits`.
        names: The names, bit 0 first.

    Returns:
        n texts (``str``), empty where no bit is set.
    """
    codes, combinations = pd.factorize(row_bits)
    words = [
        ";".join(name for i, name in enumerate(names) if combination >> i & 1)
        for combination in combinations.tolist()
    ]
    return texts(codes.astype(np.int32), words)


def texts(codes: Codes, words: Sequence[str]) -> Texts:
    """One of few texts for each row.

    Args:
        codes: n places in ``words``; below 0 where there is none.
        words: The texts.

    Returns:
        n texts (``str``), missing where there is none.
    """
    keys = pa.array(codes, mask=codes < 0)
    table = pa.array(words, type=pa.large_string())
    found = pa.DictionaryArray.from_arrays(keys, table).cast(pa.large_string())
    out: Texts = pd.array(found, dtype="str")
    return out
