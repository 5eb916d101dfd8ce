"""What can be wrong with yearly figures of enterprises: codes, industries, shared plants, dates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pandas as pd

from domain import credit_codes, reference, schema, shared_plants
from ingest.indicator_checks import named, twice
from ingest.model import Finding, Value

_SHOWN: Final = 40
_NO_SIGNS: Final = r"[\s\-]+"
_DIVISION: Final = r"^[A-Za-z]?(\d{2})\d{0,2}$"
_CODES: Final = {"missing": "ENT-002", "form": "ENT-002", "check": "ENT-003"}
_PLANTS: Final = {"conflict": "ENT-005", "incomplete": "ENT-006"}
_NOTHING: Final[Mapping[str, Value]] = {}


def checked(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[Finding]]:
    """Rows with codes in one form, and what is wrong with them.

    Args:
        rows: n rows with ``credit_code``, ``zone_id`` and ``year``, index from 1; any other
            columns of the ledger ``enterprises``, areas in m2.

    Returns:
        The rows with credit codes in capitals and industries as divisions, and: no code or one
        that cannot be (``ENT-002``), a check character that does not fit (``ENT-003``), code and
        year given twice (``ENT-004``, all of them), a shared plant whose land cannot be split
        (``ENT-005``, ``ENT-006``), rented land beside a shared plant (``ENT-007``), an industry
        that is no division (``ENT-008``, the cell stays empty), production that began after the
        year (``ENT-009``).
    """
    code = rows["credit_code"].astype("string").str.replace(_NO_SIGNS, "", regex=True).str.upper()
    rows = rows.assign(credit_code=code.mask(code == ""))
    rows, told = _industries(rows)
    told += _codes(rows)
    told += _plants(rows)
    return rows, told + _starts(rows)


def _codes(rows: pd.DataFrame) -> list[Finding]:
    code, fault = rows["credit_code"], credit_codes.faults(rows["credit_code"])
    told = [
        _finding(_CODES[why], row, {"text": str(text or "")[:_SHOWN]})
        for row, why, text in zip(rows.index, fault, code.fillna(""), strict=True)
        if why
    ]
    for row in twice(code, rows["year"]):
        values: dict[str, Value] = {"code": str(code[row]), "year": int(rows["year"][row])}
        told.append(_finding("ENT-004", row, values))
    return told


def _industries(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[Finding]]:
    if "industry_code" not in rows:
        return rows, []
    given = rows["industry_code"].astype("string").str.strip()
    division = given.str.extract(_DIVISION)[0].astype("string")
    division = division.where(division.isin(reference.table("industry_divisions")["code"]))
    told = [
        _finding("ENT-008", row, {"text": str(text)[:_SHOWN]})
        for row, text in given[given.notna() & division.isna()].items()
    ]
    return rows.assign(industry_code=division), told


def _plants(rows: pd.DataFrame) -> list[Finding]:
    wanted = ["year", "zone_id", *shared_plants.COLUMNS]
    fault = shared_plants.faults(rows.reindex(columns=wanted))
    plant = rows.reindex(columns=["plant_id"])["plant_id"].astype("string")
    told = [
        _finding(_PLANTS[why], row, {"plant": str(name or "")[:_SHOWN]})
        for row, why, name in zip(rows.index, fault, plant.fillna(""), strict=True)
        if why
    ]
    rented = rows.reindex(columns=["rented_m2"])["rented_m2"].astype("float64")
    return told + [_finding("ENT-007", row) for row in rows.index[plant.notna() & (rented > 0)]]


def _starts(rows: pd.DataFrame) -> list[Finding]:
    if "started_on" not in rows:
        return []
    column = schema.column("enterprises", "started_on")
    late = (rows["started_on"].dt.year > rows["year"]).fillna(value=False).astype(bool)
    values = named(column) if column is not None else {}
    return [
        _finding("ENT-009", row, values | {"day": day.strftime("%Y-%m-%d")})
        for row, day in rows["started_on"][late].items()
    ]


def _finding(code: str, row: object, values: Mapping[str, Value] = _NOTHING) -> Finding:
    return Finding(code=code, row=int(str(row)), values=dict(values))
