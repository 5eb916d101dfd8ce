"""Cells: required ones, words of a dictionary, damaged text, numbers that cannot be."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa

from domain import code_lists, schema
from ingest.found import Found, Rows, Text, where

_YUAN_PER_WAN: Final = 10_000.0
_DAMAGE: Final = r"�|锟斤拷|烫烫|屯屯|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|[\ue000-\uf8ff]"
_FIRST_PRINTED: Final = 0x20
_PRIVATE: Final = 0xEE
_MARKS: Final = tuple(mark.encode() for mark in ("锟斤拷", "烫烫", "屯屯"))
_PLACEHOLDERS: Final = frozenset(
    {
        "待定",
        "不详",
        "未知",
        "暂无",
        "测试",
        "test",
        "tbd",
        "xxx",
        "xx",
        "n/a",
        "na",
        "?",
        "？",
        "none",
    }
)
_NAMES: Final = ("name", "holder", "location", "office", "approved_by")
_WITHIN: Final = (("dev_area_required_m2", "area_stated_m2"),)
"""Parts and their wholes."""


def cell_checks(rows: Rows) -> list[Found]:
    """Everything about single cells and pairs of numbers of one row.

    Args:
        rows: m rows of any kind.
    """
    return [
        *_required(rows),
        *_dictionaries(rows),
        *damaged(rows),
        *_placeholders(rows),
        *_negative(rows),
        *_within(rows),
        *_floor_area_ratios(rows),
        *_prices(rows),
    ]


def titled(rows: Rows, name: str) -> dict[str, str]:
    """Chinese and English title of a column, as placeholders ``field`` and ``field_en``."""
    column = schema.column(rows.kind, name)
    return {"field": column.zh if column else name, "field_en": column.en if column else name}


def _about(rows: Rows, code: str, name: str, mask: pd.Series) -> list[Found]:
    """Rows of a mask with the title of a column and what its cells say."""
    if not mask.any():
        return []
    return where(rows, code, mask, value=rows.frame[name].astype("string"), **titled(rows, name))


def _required(rows: Rows) -> list[Found]:
    out = []
    key = schema.KEY[rows.kind]
    for column in schema.columns(rows.kind):
        stands_in = column.column == key and schema.is_spatial(rows.kind)
        if not column.required or stands_in or column.column not in rows.frame:
            continue
        empty = rows.frame[column.column].isna()
        out += where(rows, "VAL-009", empty, **titled(rows, column.column))
    return out


def _dictionaries(rows: Rows) -> list[Found]:
    out = []
    for (kind, name), words in code_lists.LIST_OF.items():
        values = rows.column(name) if kind == rows.kind else None
        if values is not None:
            unknown = values.notna() & code_lists.code_of(words, values).isna()
            out += _about(rows, "VAL-010", name, unknown)
    return out


def _texts(rows: Rows) -> list[str]:
    names = [c.column for c in schema.columns(rows.kind) if c.dtype == "string"]
    return [name for name in names if rows.column(name) is not None]


def damaged(rows: Rows) -> list[Found]:
    """Texts that hold garbled or invisible characters (``VAL-019``).

    Args:
        rows: m rows of any kind.
    """
    out = []
    for name in _texts(rows):
        values = rows.frame[name].astype("string")
        if _suspicious(values):
            bad = values.str.contains(_DAMAGE, regex=True)
            out += _about(rows, "VAL-019", name, bad.fillna(value=False).astype(bool))
    return out


def _suspicious(values: pd.Series) -> bool:
    """Whether the bytes of a column can hold damage at all; a look at them all at once."""
    chunks = pa.chunked_array(pa.array(values, type=pa.large_string())).chunks
    for chunk in chunks:
        data = chunk.buffers()[2]
        if data is None:
            continue
        octets = np.frombuffer(data, dtype=np.uint8)
        # Below 0x20 lie control characters, from 0xEE the private use area and U+FFFD.
        if (octets < _FIRST_PRINTED).any() or (octets >= _PRIVATE).any():
            return True
        if any(mark in data.to_pybytes() for mark in _MARKS):
            return True
    return False


def _placeholders(rows: Rows) -> list[Found]:
    out = []
    for name in (*_NAMES, schema.KEY[rows.kind]):
        values = rows.column(name)
        if values is not None:
            out += _about(rows, "VAL-024", name, values.astype("string").isin(_PLACEHOLDERS))
    return out


def _negative(rows: Rows) -> list[Found]:
    out = []
    for column in schema.columns(rows.kind):
        values = rows.column(column.column) if column.dtype == "float64" else None
        if values is not None:
            out += _about(rows, "VAL-014", column.column, values < 0.0)
    return out


def _within(rows: Rows) -> list[Found]:
    """Parts that are larger than their whole."""
    out = []
    for part, whole in _WITHIN:
        small, large = rows.column(part), rows.column(whole)
        if small is None or large is None:
            continue
        slack = large * rows.rules.value("ING-AREA-WARN")
        out += where(
            rows,
            "VAL-021",
            small > large + slack,
            **titled(rows, part),
            whole=titled(rows, whole)["field"],
            whole_en=titled(rows, whole)["field_en"],
            value=Text(small, "{:,.2f}"),
            most=Text(large, "{:,.2f}"),
        )
    return out


def _floor_area_ratios(rows: Rows) -> list[Found]:
    least, most = rows.column("far_min"), rows.column("far_max")
    out: list[Found] = []
    if least is not None and most is not None:
        out += where(rows, "VAL-015", least > most, least=least, most=most)
    limit = rows.rules.value("ING-FAR-MOST")
    for name in ("far_min", "far_max"):
        values = rows.column(name)
        if values is not None:
            out += _about(rows, "VAL-016", name, values > limit)
    return out


def _prices(rows: Rows) -> list[Found]:
    """Prices that are far from what land costs, as when yuan stand under 10,000 yuan."""
    price = rows.column("price_wan")
    area = rows.column("supplied_m2" if rows.kind == "supply" else "area_stated_m2")
    if price is None or area is None:
        return []
    each = price * _YUAN_PER_WAN / area.where(area > 0)
    low, high = rows.rules.value("ING-PRICE-LEAST"), rows.rules.value("ING-PRICE-MOST")
    odd = ((each < low) & (price > 0)) | (each > high)
    return where(rows, "VAL-017", odd.fillna(value=False), price=Text(each, "{:,.1f}"))
