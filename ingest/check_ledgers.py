"""The ledgers: sums to the square metre, links, steps that rule each other out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

import pandas as pd

from domain import code_lists, schema
from domain.ledgers import AREA_TOLERANCE_M2
from domain.schema import LedgerKind
from domain.tracing import trace
from ingest.check_cells import titled
from ingest.county import declared_codes
from ingest.found import Found, Rows, Text, about_file, where

_HAIR: Final = 1e-6
_FREE: Final = frozenset({"D7", "D8"})
_BY_AGREEMENT: Final = frozenset({"D1", "D2", "D3", "D4", "D4B", "D5", "D6"})
_OWN_CAUSE: Final = "H"
_TYPE_B: Final = "B"
_NESTED: Final = (
    ("new_construction_m2", "approved_m2"),
    ("farmland_m2", "approved_m2"),
    ("cropland_m2", "farmland_m2"),
)
_TITLES: Final[dict[LedgerKind, tuple[str, str]]] = {
    "batch": ("批次台账", "batch ledger"),
    "supply": ("供地台账", "supply ledger"),
    "idle_case": ("闲置台账", "ledger of idle land"),
    "supply_batch": ("供地批次关联表", "table of supplies and batches"),
}

Known = Mapping[LedgerKind, pd.DataFrame | None]


def ledger_checks(rows: Rows, *, as_of: dt.date, known: Known | None = None) -> list[Found]:
    """Everything about rows of one ledger that concerns more than a cell.

    Args:
        rows: All rows of one ledger file, since sums and repetitions run over them.
        as_of: Today, for the file.
        known: Rows of the other ledgers by kind; for one that is absent or None the links to it
            are not checked, which is said.
    """
    known = known or {}
    out = _repeated(rows)
    if rows.kind == "batch":
        out += _batches(rows, as_of) + _batch_sums(rows, known)
    if rows.kind == "supply":
        out += _contracts(rows) + _supply_links(rows, known)
    if rows.kind == "idle_case":
        out += _cases(rows) + _idle_links(rows, known.get("supply"))
    if rows.kind == "supply_batch":
        out += link_checks(rows, known.get("supply"), known.get("batch"))
    return out


def not_linked(kind: LedgerKind) -> list[Found]:
    """What is said where the other ledger is absent."""
    zh, en = _TITLES[kind]
    return [about_file("LED-021", table=zh, table_en=en)]


def _repeated(rows: Rows) -> list[Found]:
    keys = rows.column(schema.KEY[rows.kind])
    if keys is None:
        return []
    again = keys.duplicated(keep="first") & keys.notna()
    out = where(rows, "LED-007", again, value=keys, **titled(rows, schema.KEY[rows.kind]))
    rest = rows.frame.drop(columns=schema.KEY[rows.kind])
    filled = rest.notna().sum(axis=1) > 1
    same = rest.duplicated(keep="first") & filled & ~again
    return out + where(rows, "LED-008", same)


def _numbers(rows: Rows, *names: str) -> list[pd.Series] | None:
    columns = [rows.column(name) for name in names]
    found = [c.astype("float64") for c in columns if c is not None]
    return found if len(found) == len(names) else None


def _batches(rows: Rows, as_of: dt.date) -> list[Found]:
    out: list[Found] = []
    areas = _numbers(rows, "approved_m2", "supplied_m2", "written_off_m2", "unsupplied_m2")
    if areas:
        approved, *parts = areas
        total = parts[0] + parts[1] + parts[2]
        wrong = (total - approved).abs() > AREA_TOLERANCE_M2 + _HAIR
        out += where(
            rows,
            "LED-001",
            wrong,
            approved=Text(approved, "{:,.0f}"),
            parts=Text(total, "{:,.0f}"),
            difference=Text(total - approved, "{:+,.0f}"),
        )
    return out + _nested(rows) + _reasons(rows) + _overdue(rows, as_of) + _written_off(rows)


def _nested(rows: Rows) -> list[Found]:
    out = []
    for part, whole in _NESTED:
        areas = _numbers(rows, part, whole)
        if areas:
            out += where(
                rows,
                "LED-002",
                areas[0] > areas[1] + AREA_TOLERANCE_M2,
                **titled(rows, part),
                whole=titled(rows, whole)["field"],
                whole_en=titled(rows, whole)["field_en"],
            )
    return out


def _reasons(rows: Rows) -> list[Found]:
    """A cause is given exactly where land is left."""
    left = rows.column("unsupplied_m2")
    if left is None or "unsupplied_cause" not in rows.frame:
        return []
    given = rows.frame["unsupplied_cause"].notna()
    remains = left > AREA_TOLERANCE_M2
    return where(rows, "LED-012", remains & ~given, area=Text(left, "{:,.0f}")) + where(
        rows, "LED-013", ~remains & left.notna() & given
    )


def _overdue(rows: Rows, as_of: dt.date) -> list[Found]:
    due, left = rows.column("disposal_due"), rows.column("unsupplied_m2")
    if due is None or left is None:
        return []
    late = (due < pd.Timestamp(as_of)) & (left > AREA_TOLERANCE_M2)
    return where(rows, "LED-026", late, day=Text(due, "{:%Y-%m-%d}"))


def _written_off(rows: Rows) -> list[Found]:
    """An area is written off exactly where there is a day for it."""
    area = rows.column("written_off_m2")
    if area is None or "written_off_on" not in rows.frame:
        return []
    dated = rows.frame["written_off_on"].notna()
    return where(rows, "LED-011", (area > 0) != dated)


def _batch_sums(rows: Rows, known: Known) -> list[Found]:
    """Supplied area of a batch against its contracts, traced by their links."""
    ids, supplied = rows.column("batch_id"), rows.column("supplied_m2")
    if ids is None or supplied is None:
        return []
    supplies = known.get("supply")
    if supplies is None:
        return not_linked("supply")
    sums = trace(supplies, known.get("supply_batch")).groupby("batch_id")["supplied_m2"].sum()
    total = ids.map(sums).astype("float64")
    wrong = (total - supplied).abs() > AREA_TOLERANCE_M2 + _HAIR
    return where(
        rows,
        "LED-004",
        wrong,
        stated=Text(supplied, "{:,.0f}"),
        total=Text(total, "{:,.0f}"),
    )


def _contracts(rows: Rows) -> list[Found]:
    numbers = rows.column("contract_no")
    if numbers is None:
        return []
    again = numbers.duplicated(keep="first") & numbers.notna()
    return where(rows, "LED-024", again, value=numbers)


def _supply_links(rows: Rows, known: Known) -> list[Found]:
    """Each supply in a batch that is known, not before its approval, in its county and size."""
    ids = rows.column("batch_id")
    if ids is None:
        return []
    batches, links = known.get("batch"), known.get("supply_batch")
    if batches is None:
        return not_linked("batch")
    batch = batches.drop_duplicates("batch_id").set_index("batch_id")
    out = in_batches(rows, ids, batch, rows.column("signed_on"))
    supplied, numbers = rows.column("supplied_m2"), rows.column("supply_no")
    if supplied is None:
        return out
    if links is not None and numbers is not None:
        supplied = supplied.mask(numbers.isin(links["supply_no"]), 0.0)
    return out + too_much(rows, ids, batch, supplied, links)


def in_batches(
    rows: Rows, ids: pd.Series, batch: pd.DataFrame, signed: pd.Series | None
) -> list[Found]:
    """Each row in a batch that is known, in its county and not signed before its approval.

    Args:
        rows: m rows of supplies or of links.
        ids: Batch of each row.
        batch: Batch ledger, indexed by ``batch_id``.
        signed: Day of the contract of each row; None where it is unknown.
    """
    out = where(rows, "LED-005", ids.notna() & ~ids.isin(batch.index), value=ids)
    if signed is not None and "approved_on" in batch:
        approved = pd.to_datetime(ids.map(batch["approved_on"]))
        out += where(
            rows,
            "LED-009",
            signed < approved,
            signed=Text(signed, "{:%Y-%m-%d}"),
            approved=Text(approved, "{:%Y-%m-%d}"),
        )
    county = rows.column("county_adcode")
    if county is not None and "county_adcode" in batch:
        of_batch = ids.map(batch["county_adcode"]).astype("string")
        stated = declared_codes(county.astype("string"))
        out += where(rows, "LED-022", stated != of_batch, county=stated, other=of_batch)
    return out


def too_much(
    rows: Rows,
    ids: pd.Series,
    batch: pd.DataFrame,
    supplied: pd.Series,
    links: pd.DataFrame | None = None,
) -> list[Found]:
    """Batches of which more is supplied than was approved, told at their last row.

    Args:
        rows: m rows of supplies or of links.
        ids: Batch of each row.
        batch: Batch ledger, indexed by ``batch_id``.
        supplied: What each row takes from its batch, m2.
        links: What supplies take besides; None for nothing.
    """
    if "approved_m2" not in batch:
        return []
    total = supplied.groupby(ids).transform("sum")
    if links is not None:
        linked = ids.map(links.groupby("batch_id")["area_m2"].sum()).astype("float64")
        total = total + linked.fillna(0.0)
    approved = ids.map(batch["approved_m2"]).astype("float64")
    over = (total > approved + AREA_TOLERANCE_M2) & ~ids.duplicated(keep="last")
    return where(
        rows,
        "LED-023",
        over,
        batch=ids,
        total=Text(total, "{:,.0f}"),
        approved=Text(approved, "{:,.0f}"),
    )


def _cases(rows: Rows) -> list[Found]:
    out: list[Found] = []
    fees = _numbers(rows, "fee_due_wan", "fee_paid_wan")
    if fees:
        out += where(rows, "LED-016", fees[1] > fees[0] + _HAIR, due=fees[0], paid=fees[1])
    out += _routes(rows)
    for number, day in (("notice_no", "notice_on"), ("letter_no", "letter_on")):
        if number in rows.frame and day in rows.frame:
            half = rows.frame[number].notna() != rows.frame[day].notna()
            out += where(rows, "LED-027", half, **titled(rows, number))
    if "notice_no" in rows.frame and "letter_no" in rows.frame:
        skipped = rows.frame["letter_no"].notna() & rows.frame["notice_no"].isna()
        out += where(rows, "LED-018", skipped)
    return out


def _codes(rows: Rows, name: str, words: str) -> pd.Series:
    values = rows.column(name)
    if values is None:
        return pd.Series(pd.NA, index=rows.frame.index, dtype="string")
    return code_lists.code_of(words, values)


def _routes(rows: Rows) -> list[Found]:
    """闲置土地处置办法: agreement and fee or reclaim exclude each other by cause and type."""
    route = _codes(rows, "disposal_route", "disposal_route")
    cause = _codes(rows, "cause", "idle_cause")
    kind = _codes(rows, "idle_type", "idle_type")
    free = route.isin(_FREE)
    out = where(
        rows, "LED-017", free & cause.notna() & (cause != _OWN_CAUSE), route=route, cause=cause
    )
    out += where(rows, "LED-020", free & (kind == _TYPE_B), route=route)
    agreed = route.isin(_BY_AGREEMENT) & (cause == _OWN_CAUSE) & (kind != _TYPE_B)
    out += where(rows, "LED-014", agreed, route=route)
    if "disposed_on" in rows.frame and "disposal_route" in rows.frame:
        half = rows.frame["disposed_on"].notna() & rows.frame["disposal_route"].isna()
        out += where(rows, "LED-019", half)
    return out


def _idle_links(rows: Rows, supplies: pd.DataFrame | None) -> list[Found]:
    """Each case in a supply that is known, and not larger than it."""
    numbers = rows.column("supply_no")
    if numbers is None:
        return []
    if supplies is None:
        return not_linked("supply")
    supply = supplies.drop_duplicates("supply_no").set_index("supply_no")
    out = where(rows, "LED-006", numbers.notna() & ~numbers.isin(supply.index), value=numbers)
    idle = rows.column("idle_m2")
    if idle is not None and "supplied_m2" in supply:
        area = numbers.map(supply["supplied_m2"]).astype("float64")
        out += where(
            rows,
            "LED-015",
            idle > area + AREA_TOLERANCE_M2,
            idle=Text(idle, "{:,.0f}"),
            supplied=Text(area, "{:,.0f}"),
        )
    return out


def link_checks(
    rows: Rows, supplies: pd.DataFrame | None, batches: pd.DataFrame | None
) -> list[Found]:
    """Each link between a supply and a batch that are known, its areas those of the supply.

    Args:
        rows: m rows of ``supply_batch``.
        supplies: Supply ledger; None where it is unknown.
        batches: Batch ledger; None where it is unknown.
    """
    numbers, ids = rows.column("supply_no"), rows.column("batch_id")
    area = rows.column("area_m2")
    if numbers is None or ids is None or area is None:
        return []
    out: list[Found] = []
    signed = None
    if supplies is None:
        out += not_linked("supply")
    else:
        supply = supplies.drop_duplicates("supply_no").set_index("supply_no")
        signed = pd.to_datetime(numbers.map(supply["signed_on"])) if "signed_on" in supply else None
        out += where(rows, "LED-006", numbers.notna() & ~numbers.isin(supply.index), value=numbers)
        out += _off_the_supply(rows, numbers, area, supply)
    if batches is None:
        return out + not_linked("batch")
    batch = batches.drop_duplicates("batch_id").set_index("batch_id")
    return [*out, *in_batches(rows, ids, batch, signed), *too_much(rows, ids, batch, area)]


def _off_the_supply(
    rows: Rows, numbers: pd.Series, area: pd.Series, supply: pd.DataFrame
) -> list[Found]:
    """Supplies whose links do not add up to their area, told at the last link."""
    total = area.groupby(numbers).transform("sum")
    supplied = numbers.map(supply["supplied_m2"]).astype("float64")
    off = (total - supplied).abs() > AREA_TOLERANCE_M2 + _HAIR
    return where(
        rows,
        "LED-028",
        off & ~numbers.duplicated(keep="last"),
        value=numbers,
        total=Text(total, "{:,.0f}"),
        supplied=Text(supplied, "{:,.0f}"),
    )
