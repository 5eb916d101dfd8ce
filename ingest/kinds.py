"""What the rows of a file are, told from the names of its fields."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from domain import indicators, schema
from domain.schema import Kind, LedgerKind, YearlyKind
from ingest.indicator_headings import columns_of
from ingest.mapping import canonical, synonyms

_SURVEY: Final = ("TBMJ", "TBDLMJ", "ZLDWDM", "QSDWDM", "TBYBH", "TBBH", "XZDWMJ", "KCDLBM")
_ZONE: Final = ("KFQDM", "KFQMC", "KFQJB", "开发区代码", "开发区名称", "开发区级别")
_PARCEL: Final = ("DZJGH", "电子监管号", "PCMC", "批次名称", "SYQR", "使用权人")
_LINK: Final = frozenset({"link_id", "area_m2"})
"""Columns of a table of links that no other ledger has: it has to say so with one of them."""

_LINK_NUMBERS: Final = frozenset(canonical(name) for name in ("关联编号", "GLBH", "link_id"))
_ENOUGH: Final = 2
"""Fields that are found in one kind of file only, as many as make a kind certain."""


def detect(names: Sequence[str], *, has_shapes: bool) -> Kind | None:
    """What a row is.

    Args:
        names: The sender's field names.
        has_shapes: Rows have geometries.

    Returns:
        Of rows with shapes, parcels unless the fields say land survey or zone boundaries; of a
        table, the ledger that most fields belong to. None where a table names no key of a ledger,
        or two ledgers equally well. A table of links needs no key, but a field of its own; yearly
        figures are known by zone, year and at least one figure, those of enterprises by their
        credit code as well.
    """
    known = {canonical(name) for name in names}
    if not has_shapes:
        return _ledger(known, yearly(names))
    if _count(known, _SURVEY) >= _ENOUGH:
        return "land_use"
    if _count(known, _ZONE) >= _ENOUGH and not _count(known, _PARCEL):
        return "zones"
    return "parcels"


def _count(known: set[str], names: Sequence[str]) -> int:
    return sum(canonical(name) in known for name in names)


def yearly(names: Sequence[str]) -> dict[YearlyKind, int]:
    """Tables of yearly figures that headings could be: how many of their columns each has.

    Figures of zones need a zone, the year and a figure, those of enterprises a credit code too.
    """
    found: dict[YearlyKind, int] = {}
    for kind in schema.YEARLY:
        columns = columns_of(names, kind)
        named = bool({"zone_id", "zone_name"} & columns) and "year" in columns
        whose = kind == "indicators" or indicators.SUBJECT[kind] in columns
        if named and whose and columns & set(indicators.figures(kind)):
            found[kind] = len(columns)
    # Who has a credit code is no zone, however many figures the two share.
    if "enterprises" in found:
        found.pop("indicators", None)
    return found


def _ledger(known: set[str], figures: dict[YearlyKind, int]) -> LedgerKind | None:
    scores: dict[LedgerKind, int] = dict(figures.items())
    for kind in schema.LEDGER:
        if schema.is_yearly(kind):
            continue
        found = {column for name, column in synonyms(kind).items() if name in known}
        mine = found & _LINK if kind == "supply_batch" else found & {schema.KEY[kind]}
        if mine:
            scores[kind] = len(found)
    best = max(scores.values(), default=0)
    winners = [kind for kind, score in scores.items() if score == best]
    if "supply_batch" in winners and known & _LINK_NUMBERS:
        return "supply_batch"
    return winners[0] if len(winners) == 1 else None
