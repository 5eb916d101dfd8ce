"""Numbers with an official form: parcel, real-estate unit, supervision, approval, place.

All functions read text Series, keep their index and answer missing for missing cells.
"""

from __future__ import annotations

import csv
from functools import cache
from typing import Final, NamedTuple

import pandas as pd

from domain.boundaries import known_adcodes
from domain.ledgers import SUPPLY_NO
from domain.paths import DATA

PARCEL_CODE: Final = r"36\d{4}\d{3}\d{3}[GJZ][ABSXCDEFGHWY]\d{5}"
"""宗地代码: county 6, cadastral district 3, sub-district 3, two feature letters, serial 5."""

UNIT_NUMBER: Final = PARCEL_CODE + r"[FLQW]\d{8}"
"""不动产单元号: parcel code, kind of fixture (building, forest, other, none), serial 8."""

APPROVAL_NO: Final = r"[一-鿿]{2,24}〔\d{4}〕第?\d{1,5}号"
"""批准文号 in its normal form, as 赣国土资核〔2014〕123号."""

_LIKE_PARCEL: Final = r"36\d{8,12}[A-Z]{1,2}\d{3,6}"
_LIKE_UNIT: Final = r"36\d{8,12}[A-Z]{2}\d{3,6}[A-Z]\d{6,9}"
_DAMAGED: Final = r"\d(?:\.\d+)?[eE]\+?\d{2}"
_PLACE_LENGTHS: Final = (6, 9, 12, 19)


class Former(NamedTuple):
    """A county code that is no longer used.

    Attributes:
        name: The county's name then.
        adcode: Code of the county that took its place.
        until: Month of the change.
    """

    name: str
    adcode: str
    until: str


@cache
def former_codes() -> dict[str, Former]:
    """County codes that are no longer used (``data/reference/former_codes.csv``)."""
    with (DATA / "reference" / "former_codes.csv").open(encoding="utf-8", newline="") as f:
        return {
            row["code"]: Former(row["name_zh"], row["adcode"], row["until"])
            for row in csv.DictReader(f)
        }


def is_known_county(codes: pd.Series) -> pd.Series:
    """Whether six-digit codes are, or were, those of a county of Jiangxi (boolean)."""
    known = {c for c in known_adcodes() if not c.endswith("00")} | set(former_codes())
    return codes.isin(known).astype("boolean").mask(codes.isna())


def current_county(codes: pd.Series) -> pd.Series:
    """Six-digit codes with former ones replaced by those of today (string)."""
    now = {code: former.adcode for code, former in former_codes().items()}
    return codes.replace(now).astype("string")


def place_code_fault(values: pd.Series) -> pd.Series:
    """Codes of a place that cannot be one.

    Args:
        values: Codes of county (6 digits), town (9), village (12) or owner (19); names pass.

    Returns:
        boolean Series: digits of another length.
    """
    digits = values.str.fullmatch(r"\d+").astype("boolean")
    return (digits & ~values.str.len().isin(_PLACE_LENGTHS)).astype("boolean")


def parcel_code_fault(values: pd.Series) -> pd.Series:
    """Parcel numbers that look like a 宗地代码 and break its form.

    Returns:
        boolean Series; numbers of an office's own making are no fault.
    """
    like = values.str.fullmatch(_LIKE_PARCEL).astype("boolean")
    whole = values.str.fullmatch(PARCEL_CODE).astype("boolean")
    return like & ~whole


def unit_number_fault(values: pd.Series) -> pd.Series:
    """Numbers that look like a 不动产单元号 and break its form (boolean)."""
    like = values.str.fullmatch(_LIKE_UNIT).astype("boolean")
    whole = values.str.fullmatch(UNIT_NUMBER).astype("boolean")
    return like & ~whole


def county_of_code(values: pd.Series) -> pd.Series:
    """County digits of parcel codes and unit numbers; missing for any other number (string)."""
    formed = values.str.fullmatch(f"(?:{PARCEL_CODE}|{UNIT_NUMBER})").astype("boolean")
    return values.str[:6].astype("string").where(formed.fillna(value=False).astype(bool))


def supply_no_fault(values: pd.Series) -> pd.Series:
    """Electronic supervision numbers of another form than county, year, letter, serial."""
    return ~values.str.fullmatch(SUPPLY_NO.strip("^$")).astype("boolean")


def supply_no_parts(values: pd.Series) -> pd.DataFrame:
    """County and year of electronic supervision numbers.

    Returns:
        ``county`` (string) and ``year`` (Int64) on the index of ``values``; missing where the
        number has another form.
    """
    formed = values.str.fullmatch(SUPPLY_NO.strip("^$")).fillna(value=False).astype(bool)
    year = values.where(formed).str[6:10]
    return pd.DataFrame(
        {
            "county": values.where(formed).str[:6].astype("string"),
            "year": pd.to_numeric(year).astype("Int64"),
        }
    )


def damaged_number(values: pd.Series) -> pd.Series:
    """Numbers that a spreadsheet has rounded, as 4.41800E+15 (boolean)."""
    return values.str.fullmatch(_DAMAGED).astype("boolean")


def normal_approval_no(values: pd.Series) -> pd.Series:
    """Approval numbers without spaces, with brackets 〔〕 around the year (string)."""
    # Nearly all are normal already, and text is slow to rewrite.
    odd = ~values.str.fullmatch(APPROVAL_NO).fillna(value=True).astype(bool)
    plain = values[odd].str.replace(r"\s+", "", regex=True)
    plain = plain.str.replace(r"[\[\(（【［〈<{](\d{4})年?[\]\)）】］〉>}]", r"〔\1〕", regex=True)
    plain = plain.str.replace(r"〔(\d{4})〕0*(\d+)$", r"〔\1〕\2号", regex=True)
    out = values.astype("string").copy()
    out[odd] = plain
    return out


def approval_no_fault(values: pd.Series) -> pd.Series:
    """Normal approval numbers that break the form office, year, serial (boolean)."""
    return ~values.str.fullmatch(APPROVAL_NO).astype("boolean")


def approval_year(values: pd.Series) -> pd.Series:
    """Year in a normal approval number (Int64)."""
    formed = values.str.fullmatch(APPROVAL_NO).fillna(value=False).astype(bool)
    year = values.where(formed).str.split("〔", n=1).str[1].str[:4]
    return pd.to_numeric(year).astype("Int64")
