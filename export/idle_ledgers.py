"""The ledgers of approved-but-unused land as one workbook, as the official forms have them.

One sheet a table, in the order and wording of the forms: hectares with four decimals, 万元. What a
form does not have but the product records stands behind its columns, so that a sheet that is
uploaded again gives the same rows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

import pandas as pd

from domain import boundaries, schema
from domain.i18n import Translator
from domain.ledgers import LAND, Table
from export.workbook import Column, Kind, Sheet, write_workbook
from geo.errors import GanyuanError
from geo.units import M2_PER_HA

FORMS: Final[dict[Table, tuple[str, ...]]] = {
    "batch": (
        *("batch_id", "batch_kind", "approval_no", "approved_by", "approved_on", "county_adcode"),
        *("county_name", "approved_m2", "new_construction_m2", "farmland_m2", "cropland_m2"),
        *("acquisition", "acquired_on", "supplied_m2", "written_off_m2", "unsupplied_m2"),
        *("unsupplied_cause", "disposal_path", "disposal_due", "office", "zone_id"),
    ),
    "supply": (
        *("supply_no", "contract_no", "name", "holder", "location", "supplied_m2", "supply_mode"),
        *("land_use", "industry", "price_wan", "far_min", "far_max", "handover_due", "handover_on"),
        *("start_due", "started_on", "finish_due", "finished_on", "approved_by", "signed_on"),
        *("intensity_wan_ha", "batch_id"),
    ),
    "idle_case": (
        *("supply_no", "idle_type", "suspected_on", "notice_no", "notice_on", "letter_no"),
        *("letter_on", "cause", "idle_m2", "fee_due_wan", "fee_paid_wan", "disposal_route"),
        *("disposed_on", "mortgaged", "sealed", "published_at"),
    ),
    "supply_batch": ("link_id", "supply_no", "batch_id", "county_adcode", "area_m2"),
}
"""Columns in order: of the official forms 批次台账, 供地台账, 闲置台账, and of the links."""

ROWS: Final = 1_048_573
"""Rows that a worksheet holds beside its mark, its heading and its totals."""

_COUNTY_NAME: Final = "行政区名称"
_TOTAL: Final = "合计"  # what the forms say, and what an upload knows for a total
_YES, _NO = "是", "否"
_NO_TOTAL: Final = ("far_min", "far_max", "intensity_wan_ha")
_KIND: Final[dict[schema.Dtype, Kind]] = {
    "string": "text",
    "float64": "number",
    "date": "date",
    "bool": "text",
}


class LedgerTooLongError(GanyuanError):
    """A table has more rows than a worksheet holds."""

    code = "LED-060"


def idle_workbook(
    tables: Mapping[str, pd.DataFrame],
    *,
    t: Translator,
    notes: Mapping[str, str],
    demonstration: bool,
    worklist_kinds: Mapping[str, Kind] | None = None,
    created: dt.datetime | None = None,
) -> bytes:
    """The ledgers and the worklist as XLSX, one sheet a table.

    Headings of the ledgers are those of the official forms in every language. A last row (合计)
    adds areas and money up by formulas; texts never become formulas.

    Args:
        tables: ``batch``, ``supply``, ``idle_case``, ``supply_batch``: rows of ledgers as the store
            gives them (areas m2). ``worklist``: rows with columns named as they are printed. What
            is absent gets no sheet; the order of the sheets is this one.
        t: Texts of the names of sheets, the mark and the notes.
        notes: Version, day, rules, filter, source ... by heading, for the last sheet.
        demonstration: The rows are made up; every sheet says so in its first line.
        worklist_kinds: Kind of the columns of the worklist that are no texts; columns of the kinds
            ``area`` and ``hectares`` are added up.
        created: Time noted in the file; None notes a fixed one.

    Returns:
        The file.

    Raises:
        LedgerTooLongError: A table does not fit a worksheet.
        KeyError: A table has another name.
    """
    unknown = set(tables) - {*LAND, "worklist"}
    if unknown:
        raise KeyError(", ".join(sorted(unknown)))
    sheets = [
        _ledger_sheet(table, tables[table], t, demonstration=demonstration)
        for table in FORMS
        if table in tables
    ]
    if "worklist" in tables:
        name = t("exports.idle_worklist")
        rows, kinds = tables["worklist"], worklist_kinds or {}
        columns = tuple(_worklist_column(str(label), kinds) for label in rows)
        sheets.append(Sheet(name, rows, columns, demonstration, _TOTAL))
    for sheet in sheets:
        if len(sheet.frame) > ROWS:
            raise LedgerTooLongError(
                f"{sheet.name} has {len(sheet.frame)} rows, a worksheet holds {ROWS}; narrow it",
                values={"table": sheet.name, "rows": len(sheet.frame), "most": ROWS},
            )
    return write_workbook(
        sheets,
        notes=notes,
        notes_name=t("data.notes_name"),
        mark=t("frame.demonstration"),
        created=created,
    )


def _ledger_sheet(table: Table, rows: pd.DataFrame, t: Translator, *, demonstration: bool) -> Sheet:
    """A ledger in the columns of its form, then what else is recorded of it."""
    frame = rows.copy(deep=False)
    if "county_name" in FORMS[table]:
        frame["county_name"] = _county_names(rows["county_adcode"])
    order = [*FORMS[table], *(c.column for c in schema.columns(table))]
    columns = []
    for name in dict.fromkeys(order):
        column = schema.column(table, name)
        if column is None:
            columns.append(Column(name, _COUNTY_NAME))
            continue
        if name not in frame:
            frame[name] = schema.cast_values(
                pd.Series(pd.NA, index=frame.index), column.pandas_dtype, name
            )
        if column.dtype == "bool":
            frame[name] = _words(frame[name])
        columns.append(_form_column(column))
    return Sheet(t(f"exports.kind_{table}"), frame, tuple(columns), demonstration, _TOTAL)


def _form_column(column: schema.Column) -> Column:
    if column.unit == "m2":
        return Column(column.column, column.zh, "hectares", "公顷", 1.0 / M2_PER_HA, total=True)
    summed = column.dtype == "float64" and column.column not in _NO_TOTAL
    return Column(column.column, column.zh, _KIND[column.dtype], total=summed)


def _worklist_column(label: str, kinds: Mapping[str, Kind]) -> Column:
    kind = kinds.get(label, "text")
    return Column(label, label, kind, total=kind in {"area", "hectares"})


def _words(values: pd.Series) -> pd.Series:
    """是 and 否 for a flag, missing where it is."""
    return values.astype("boolean").map({True: _YES, False: _NO}).astype("string")


def _county_names(codes: pd.Series) -> pd.Series:
    """Name of each county, or the code where it is unknown."""
    names = boundaries.layer("county").set_index("adcode")["name"]
    return codes.map(names).astype("string").fillna(codes.astype("string"))
