"""What an upload would change in its ledger, shown before it is published."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pandas as pd
import streamlit as st

from analytics.ledger_changes import LedgerChanges, changes
from domain import formats, reference, schema
from domain.indicators import as_printed, printed_unit
from domain.schema import Column, LedgerKind
from ingest import Inspection
from views import data
from views.context import Context
from views.upload.shelf import Held

_SHOWN: Final = 500
_HEIGHT: Final = 240
_FEW: Final = 6


def show_changes(ctx: Context, held: Held, inspection: Inspection) -> None:
    """Counts of new, changed and equal rows, and the changed cells one by one."""
    kind = inspection.report.kind
    if not schema.is_ledger(kind):
        return
    found = _changes(ctx, held, inspection, kind)
    t = ctx.t
    parts = [
        t("upload.ledger_new", n=formats.count(found.new)),
        t("upload.ledger_changed", n=formats.count(found.changed)),
        t("upload.ledger_same", n=formats.count(found.same)),
    ]
    said = t("upload.ledger_beside", parts=t.pick("、", ", ").join(parts))
    if found.invented:
        said += " " + t("upload.ledger_invented", n=formats.count(found.invented))
    st.markdown(said)
    if found.emptied:
        st.warning(t("upload.ledger_emptied", n=formats.count(found.emptied)))
    if len(found.cells):
        _cells(ctx, found.cells, kind)


def _changes(ctx: Context, held: Held, inspection: Inspection, kind: LedgerKind) -> LedgerChanges:
    """The comparison, worked out once for each state of the ledger."""
    name = f"ledger:{ctx.store.ledger_mark(kind, ctx.viewer)}"
    if name not in held.memory:
        names = [c.column for c in schema.columns(kind)]
        held.memory[name] = changes(
            data.ledger(ctx, kind), inspection.records(), key=schema.KEY[kind], columns=names
        )
    found: LedgerChanges = held.memory[name]
    return found


def _cells(ctx: Context, cells: pd.DataFrame, kind: LedgerKind) -> None:
    t = ctx.t
    columns = {c.column: c for c in schema.columns(kind)}
    few = cells.head(_SHOWN)
    of = [columns[name] for name in few["column"]]
    shown = pd.DataFrame(
        {
            t("upload.ledger_row"): _named(ctx, kind, few["key"].astype(str)),
            t("upload.ledger_field"): [_head(ctx, column, kind) for column in of],
            t("upload.ledger_before"): _texts(ctx, of, few["before"], kind),
            t("upload.ledger_after"): _texts(ctx, of, few["after"], kind),
        }
    )
    if len(cells) > _SHOWN:
        st.caption(t("upload.ledger_first", n=_SHOWN, of=formats.count(len(cells))))
    st.dataframe(
        shown,
        hide_index=True,
        height=_HEIGHT if len(shown) > _FEW else "auto",
        key="upload_ledger_changes",
        alt=t("upload.ledger_changes"),
        placeholder=formats.MISSING,
    )


def _named(ctx: Context, kind: LedgerKind, keys: pd.Series) -> pd.Series:
    """What rows are called: their key, of yearly figures the zone or enterprise and the year."""
    if not schema.is_yearly(kind):
        return keys
    if kind == "enterprises":
        names = data.ledger(ctx, kind).set_index("record_id")["name"].astype("string")
        return keys.map(names).fillna("").astype(str).str.cat(keys, sep=" ").str.strip()
    zones = reference.table("zones").set_index("zone_id")[ctx.t.pick("name_zh", "name_en")]
    parts = keys.str.rsplit("/", n=1, expand=True)
    return parts[0].map(zones).fillna(parts[0]) + " " + parts[1]


def _head(ctx: Context, column: Column, kind: LedgerKind) -> str:
    """Name of a column with the unit in which its figures are printed."""
    unit = ctx.t.pick(*printed_unit(column, kind)) or column.unit
    return ctx.t.pick(column.zh, column.en) + (f" ({unit})" if unit else "")


def _texts(
    ctx: Context, columns: Sequence[Column], values: pd.Series, kind: LedgerKind
) -> list[str | None]:
    """Cells as text; numbers as they are written in tables, nothing where nothing is."""
    pairs = zip(columns, values, strict=True)
    return [_text(ctx, column, value, kind) for column, value in pairs]


def _text(ctx: Context, column: Column, value: object, kind: LedgerKind) -> str | None:
    if isinstance(value, bool):
        return ctx.t("audit.yes" if value else "audit.no")
    if isinstance(value, float):
        return formats.number(as_printed(column, value, kind))
    if isinstance(value, pd.Timestamp):
        return value.strftime("%Y-%m-%d")
    return None if value is None or value is pd.NaT else str(value)
