"""Numbers with an official form, and whether they agree with the rest of their row."""

from __future__ import annotations

from typing import Final

import pandas as pd

from domain import boundaries, codes, schema
from domain.distinct import of_distinct
from domain.schema import Kind
from ingest.check_cells import titled
from ingest.found import Found, Rows, where

_COUNTY_DIGITS: Final = 6
_LONGEST_PARCEL: Final = 20
_LAND_USE_CODE: Final = "2001010100"
_UNIT_COLUMNS: Final[dict[Kind, str]] = {"parcels": "parcel_id"}
_PLACE_COLUMNS: Final[dict[Kind, tuple[str, ...]]] = {
    "land_use": ("county_adcode", "owner_code"),
}
_NUMBERS: Final = ("parcel_id", "zone_id", "feature_id", "supply_no", "batch_id", "case_id")


def code_checks(rows: Rows) -> list[Found]:
    """Everything about official numbers.

    Args:
        rows: m rows of any kind; the county as the sender states it.
    """
    return [
        *_counties(rows),
        *_places(rows),
        *_parcel_codes(rows),
        *_supply_numbers(rows),
        *_approvals(rows),
        *_damaged(rows),
        *_feature_codes(rows),
    ]


def _text(rows: Rows, name: str) -> pd.Series | None:
    values = rows.column(name)
    return None if values is None else values.astype("string").str.strip()


def _county_of_rows(rows: Rows) -> pd.Series | None:
    """Six-digit county codes that rows state; missing where they state a name or nothing."""
    stated = _text(rows, "county_adcode")
    if stated is None:
        return None
    digits = stated.str[:_COUNTY_DIGITS]
    return digits.where(digits.str.fullmatch(r"\d{6}").fillna(value=False).astype(bool))


def _counties(rows: Rows) -> list[Found]:
    """County codes that are former ones, or no county's; names are read elsewhere."""
    county = _county_of_rows(rows)
    if county is None:
        return []
    former = codes.former_codes()
    unknown = ~codes.is_known_county(county) & ~county.str.endswith("00")
    out = where(rows, "COD-002", unknown, value=county)
    old = county.isin(former)
    if not old.any():
        return out
    now = county.map({code: f.adcode for code, f in former.items()})
    return out + where(
        rows,
        "COD-001",
        old,
        value=county,
        name=county.map({code: f.name for code, f in former.items()}),
        until=county.map({code: f.until for code, f in former.items()}),
        now=now,
        now_name=now.map(boundaries.name_of, na_action="ignore"),
    )


def _places(rows: Rows) -> list[Found]:
    out = []
    for name in _PLACE_COLUMNS.get(rows.kind, ()):
        values = _text(rows, name)
        if values is not None:
            fault = codes.place_code_fault(values)
            out += where(rows, "COD-003", fault, value=values, **titled(rows, name))
    return out


def _parcel_codes(rows: Rows) -> list[Found]:
    name = _UNIT_COLUMNS.get(rows.kind)
    values = _text(rows, name) if name else None
    if values is None:
        return []
    unit = codes.unit_number_fault(values)
    # A broken unit number also looks like a long parcel code; it is told once, as what it is.
    long_ = (values.str.len() > _LONGEST_PARCEL).fillna(value=False).astype(bool)
    out = where(rows, "COD-004", codes.parcel_code_fault(values) & ~long_, value=values)
    out += where(rows, "COD-006", unit & long_, value=values)
    return out + _other_county(rows, "COD-005", values, codes.county_of_code(values))


def _other_county(rows: Rows, code: str, values: pd.Series, inside: pd.Series) -> list[Found]:
    """Numbers whose county digits are not the county of their row, mergers considered."""
    county = _county_of_rows(rows)
    if county is None:
        return []
    here, there = codes.current_county(county), codes.current_county(inside)
    # A district office may register for its prefecture, so codes of a prefecture say nothing.
    whole = here.str.endswith("00") | there.str.endswith("00")
    return where(rows, code, (here != there) & ~whole, value=values, county=county)


def _supply_numbers(rows: Rows) -> list[Found]:
    values = _text(rows, "supply_no")
    if values is None:
        return []
    out = where(rows, "COD-007", codes.supply_no_fault(values), value=values)
    parts = codes.supply_no_parts(values)
    out += _other_county(rows, "COD-008", values, parts["county"])
    signed = rows.column("signed_on")
    if signed is None:
        return out
    years = (parts["year"] - signed.dt.year.astype("Int64")).abs()
    apart = years > rows.rules.value("ING-YEARS-APART")
    return out + where(rows, "COD-009", apart, value=values, year=signed.dt.year.astype("Int64"))


def _approvals(rows: Rows) -> list[Found]:
    values = _text(rows, "approval_no")
    if values is None:
        return []
    normal = of_distinct(values, codes.normal_approval_no)
    fault = of_distinct(normal, codes.approval_no_fault)
    out = where(rows, "COD-010", fault, value=values)
    out += where(rows, "COD-012", ~fault & (normal != values), value=values, normal=normal)
    approved = rows.column("approved_on")
    if approved is None:
        return out
    year = approved.dt.year.astype("Int64")
    differs = of_distinct(normal, codes.approval_year) != year
    return out + where(rows, "COD-011", differs, value=values, year=year)


def _damaged(rows: Rows) -> list[Found]:
    out = []
    for name in _NUMBERS:
        known = schema.column(rows.kind, name) is not None
        values = _text(rows, name) if known else None
        if values is not None:
            fault = codes.damaged_number(values)
            out += where(rows, "COD-013", fault, value=values, **titled(rows, name))
    return out


def _feature_codes(rows: Rows) -> list[Found]:
    values = _text(rows, "feature_code") if rows.kind == "land_use" else None
    if values is None:
        return []
    return where(rows, "COD-014", (values != _LAND_USE_CODE), value=values, expected=_LAND_USE_CODE)
