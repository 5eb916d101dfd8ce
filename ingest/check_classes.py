"""Land classes: code against name, codes too coarse, the town attribute of the third survey."""

from __future__ import annotations

from typing import Final

import pandas as pd

from ingest import land_class
from ingest.found import Found, Rows, where

_ATTRIBUTES: Final = "三调城镇村属性码 CZCSXM"
_NEEDS_ATTRIBUTE: Final = r"(?:05|06|07|08|09).*|1004|1005|1201"
"""Classes whose rows carry a town attribute: training text on survey checks."""
_MINING: Final = frozenset({"0602", "0603", "1201"})
_MINING_ATTRIBUTE: Final = "204"
_SPECIAL_ATTRIBUTE: Final = "205"
_SPECIAL: Final = "09"
_INDUSTRIAL: Final = r"20[123]A"
_INDUSTRIAL_CLASS: Final = r"(?:06|0508|1201).*"
_RIDGE: Final = "1203"
_COARSE: Final = r"\d{2}"


def class_checks(rows: Rows, standard: str) -> list[Found]:
    """Everything about land class codes.

    Args:
        rows: m rows of parcels or land use; other kinds have no classes.
        standard: Standard of the codes, one of ``land_class.STANDARDS``; empty where unknown.
    """
    codes = rows.column("land_class")
    if codes is None:
        return []
    codes = codes.astype("string").str.upper()
    out = _names(rows, codes, standard) if standard else []
    out += where(rows, "CLS-004", codes.str.fullmatch(_COARSE), value=codes)
    if rows.kind == "land_use" and standard == land_class.THIRD_SURVEY:
        out += _town_attributes(rows, codes)
    deducted = rows.column("deducted_class")
    if deducted is not None:
        out += where(rows, "CLS-008", deducted != _RIDGE, value=deducted, expected=_RIDGE)
    return out


def _names(rows: Rows, codes: pd.Series, standard: str) -> list[Found]:
    names = rows.column("land_class_name")
    if names is None:
        return []
    listed = codes.map(land_class.names(standard)).astype("string")
    agree = land_class.same_name(listed, names.astype("string"))
    return where(
        rows,
        "CLS-003",
        listed.notna() & names.notna() & ~agree,
        value=codes,
        name=names,
        listed=listed,
        standard=standard,
    )


def _town_attributes(rows: Rows, codes: pd.Series) -> list[Found]:
    needed = codes.str.fullmatch(_NEEDS_ATTRIBUTE).fillna(value=False)
    if "town_attribute" not in rows.frame:
        return []
    given = rows.frame["town_attribute"].astype("string").str.upper()
    out = where(rows, "CLS-005", needed & given.isna(), value=codes)
    known = given.isin(land_class.names(_ATTRIBUTES))
    out += where(rows, "CLS-006", given.notna() & ~known, value=given)
    wrong = (given == _MINING_ATTRIBUTE) & ~codes.isin(_MINING)
    wrong |= (given == _SPECIAL_ATTRIBUTE) & (codes.str[:2] != _SPECIAL)
    factory = given.str.fullmatch(_INDUSTRIAL)
    wrong |= factory & ~codes.str.fullmatch(_INDUSTRIAL_CLASS)
    return out + where(rows, "CLS-007", wrong, value=codes, attribute=given)
