"""Values as offices write them: dates, numbers, areas, yes and no."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from geo.units import M2_PER_HA, M2_PER_MU

Codes = npt.NDArray[np.intp]
Pair = tuple[pd.Series, pd.Series]
T = TypeVar("T")

M2_PER: Final = {"m2": 1.0, "ha": M2_PER_HA, "mu": M2_PER_MU}
"""Square metres in one unit of a stated area."""

UNIT_ZH: Final = {"m2": "平方米", "ha": "公顷", "mu": "亩"}
"""Chinese names of the units."""

_FEW: Final = 0.5
"""Share of distinct values up to which they are read once each."""

_NARROW: Final = {
    wide: wide - 0xFEE0
    for first, last in (("０", "９"), ("Ａ", "Ｚ"), ("ａ", "ｚ"), ("－", "－"), ("＿", "＿"))
    for wide in range(ord(first), ord(last) + 1)
} | {0x3000: " "}
_WIDE: Final = "[０-９Ａ-Ｚａ-ｚ－＿\u3000]"
_EXACT_WHOLE: Final = 2.0**53
_EXCEL_DAY_0: Final = pd.Timestamp("1899-12-30")
_EXCEL_SERIALS: Final = (20_000.0, 80_000.0)
_EMPTY_DATE: Final = pd.Timestamp("1900-01-01")
_FIRST_DATE: Final = pd.Timestamp("0001-01-01")
"""Earlier years are read by nothing else; a year 0 stands in empty cells of some programs."""
_NOTHING: Final = frozenset({"", "-", "--", "/", "无", "null", "none", "nan", "<null>", "0"})
_YES: Final = frozenset({"1", "1.0", "是", "有", "y", "yes", "true", "t", "已抵押", "已查封"})
_NO: Final = frozenset({"0", "0.0", "否", "无", "n", "no", "false", "f", "未抵押", "未查封"})
# Digits are those of ASCII: others are no numbers to what reads them afterwards.
_DATE: Final = re.compile(r"^(\d{4})[-./年](\d{1,2})(?:[-./月](\d{1,2})日?)?(?:[ T].*)?$", re.ASCII)
_COMPACT: Final = re.compile(r"^(\d{4})(\d{2})(\d{2})$", re.ASCII)
_NUMBER: Final = re.compile(r"^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$", re.IGNORECASE | re.ASCII)
_UNIT_SUFFIX: Final = re.compile(r"(平方米|公顷|亩|万元|元|㎡|m2|m²|ha)$", re.IGNORECASE)


def _each_once(
    values: pd.Series, read: Callable[[pd.Series], T], put: Callable[[T, Codes], T]
) -> T:
    """Read every distinct value once, since tables repeat few texts over many rows.

    Args:
        values: n cells.
        read: Reads cells.
        put: Spreads what was read of m distinct values and one missing value behind them over n
            cells, given the number of the value in each.
    """
    codes, distinct = pd.factorize(values)
    if len(distinct) > len(values) * _FEW:
        return read(values)
    cells = pd.Series(distinct).reindex(range(len(distinct) + 1))
    return put(read(cells), np.where(codes < 0, len(distinct), codes))


def text(values: pd.Series) -> pd.Series:
    """Trimmed text; full-width digits, letters, spaces and hyphens are made plain.

    Chinese punctuation stays as it is, since names are printed in official papers. Empty text is
    missing. Whole numbers lose the ``.0`` that a spreadsheet gave them.
    """
    return _each_once(values, _names, lambda out, at: _spread(out, at, values.index))


def _spread(out: pd.Series, at: Codes, index: pd.Index) -> pd.Series:
    return out.take(at).set_axis(index)


def _both(values: pd.Series) -> Callable[[Pair, Codes], Pair]:
    index = values.index
    return lambda out, at: (_spread(out[0], at, index), _spread(out[1], at, index))


def _names(values: pd.Series) -> pd.Series:
    plain = _as_text(values)
    wide = pc.fill_null(pc.match_substring_regex(plain, _WIDE), fill_value=False)
    if pc.any(wide).as_py():
        narrow = [cell.translate(_NARROW) for cell in plain.filter(wide).to_pylist()]
        plain = pc.replace_with_mask(plain, wide, pa.array(narrow, pa.large_string()))
    return _trimmed(plain, values)


def _text(values: pd.Series) -> pd.Series:
    """Text to be read as a number, a date or a yes: every compatible sign made plain."""
    return _trimmed(pc.utf8_normalize(_as_text(values), form="NFKC"), values)


def _as_text(values: pd.Series) -> pa.Array:
    if pd.api.types.is_float_dtype(values.dtype):
        # A float above holds no exact whole number, so no digits are made up for it.
        whole = values.abs().le(_EXACT_WHOLE) & (values == values.round())
        digits = values.where(whole).round().astype("Int64").astype("string")
        values = values.astype("string").mask(whole, digits)
    return pa.array(values.astype("string"), pa.large_string())


def _trimmed(plain: pa.Array, values: pd.Series) -> pd.Series:
    trimmed = pc.utf8_trim_whitespace(plain)
    texts = pc.if_else(pc.equal(trimmed, ""), None, trimmed)
    return pd.Series(pd.array(texts, dtype="string"), index=values.index, name=values.name)


def numbers(values: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Numbers, also those stored as text with separators, full-width digits or a unit behind.

    Returns:
        float64 values on the same index, and which cells hold something that is no number.
    """
    if pd.api.types.is_numeric_dtype(values.dtype):
        return values.astype("float64"), pd.Series(data=False, index=values.index)
    return _each_once(values, _numbers, _both(values))


def _numbers(values: pd.Series) -> tuple[pd.Series, pd.Series]:
    plain = _text(values)
    cleaned = plain.str.replace(r"[,\s]", "", regex=True)
    cleaned = cleaned.str.replace(_UNIT_SUFFIX, "", regex=True)
    fits = cleaned.str.match(_NUMBER).fillna(value=False).astype(bool)
    out = _floats(cleaned.where(fits))
    nothing = plain.isna() | plain.str.lower().isin(_NOTHING)
    return out, out.isna() & ~nothing


def _floats(written: pd.Series) -> pd.Series:
    """Numbers of a text that has the form of one; missing where it is too large for any."""
    out = pd.to_numeric(written, errors="coerce").astype("float64")
    return out.where(np.isfinite(out))


def dates(values: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Dates: ``2019-02-26``, ``2019/2/26``, ``2019.2.26``, ``20190226``, ``2019年2月``, serials.

    1900-01-01 stands for an empty cell in land records and becomes missing.

    Returns:
        datetime64 values without time on the same index, and which cells hold no date.
    """
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        found = values.dt.tz_localize(None).dt.normalize().astype("datetime64[ms]")
        return found.mask(found == _EMPTY_DATE), pd.Series(data=False, index=values.index)
    return _each_once(values, _dates, _both(values))


def _dates(values: pd.Series) -> tuple[pd.Series, pd.Series]:
    plain = _text(values)
    found = pd.to_datetime(plain, format="%Y-%m-%d", errors="coerce").astype("datetime64[ms]")
    if (found.notna() | plain.isna()).all():
        found = found.mask(found < _FIRST_DATE)
        return found.mask(found == _EMPTY_DATE), found.isna() & plain.notna()
    parts = plain.str.extract(_DATE)
    compact = plain.str.extract(_COMPACT)
    parts = parts.where(parts[0].notna(), compact)
    iso = parts[0] + "-" + parts[1].str.zfill(2) + "-" + parts[2].fillna("1").str.zfill(2)
    found = pd.to_datetime(iso, format="%Y-%m-%d", errors="coerce").astype("datetime64[ms]")
    found = found.mask(found < _FIRST_DATE)
    serial = _floats(plain.where(plain.str.match(_NUMBER).fillna(value=False)))
    is_serial = found.isna() & serial.between(*_EXCEL_SERIALS)
    days = pd.to_timedelta(serial.where(is_serial).fillna(0.0).astype("int64"), unit="D")
    found = found.mask(is_serial, (_EXCEL_DAY_0 + days).astype("datetime64[ms]"))
    nothing = plain.isna() | plain.str.lower().isin(_NOTHING)
    bad = found.isna() & ~nothing
    return found.mask(found == _EMPTY_DATE), bad


def flags(values: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Yes and no as offices write them.

    Returns:
        boolean values on the same index, and which cells hold neither.
    """
    return _each_once(values, _flags, _both(values))


def _flags(values: pd.Series) -> tuple[pd.Series, pd.Series]:
    plain = _text(values).str.lower()
    out = pd.Series(pd.NA, index=values.index, dtype="boolean")
    out = out.mask(plain.isin(_YES).astype(bool), other=True)
    out = out.mask(plain.isin(_NO).astype(bool), other=False)
    return out, out.isna() & plain.notna()


def unit_by_ratio(stated: pd.Series, computed_m2: pd.Series, *, tolerance: float) -> str:
    """Unit in which areas were stated, from their ratio to the computed ones.

    Args:
        stated: Areas as given.
        computed_m2: Areas of the same rows in m2.
        tolerance: Greatest relative distance of the median ratio from that of a unit.

    Returns:
        ``m2``, ``ha`` or ``mu``; empty where no unit fits.
    """
    usable = (stated > 0) & (computed_m2 > 0)
    if not usable.any():
        return ""
    ratio = float(np.median(computed_m2[usable] / stated[usable]))
    for unit, factor in M2_PER.items():
        if abs(ratio / factor - 1.0) <= tolerance:
            return unit
    return ""
