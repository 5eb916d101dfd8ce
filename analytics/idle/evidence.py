"""What a status of idle land rests on and what is missing, as names of columns.

Each row has a number whose bits are columns (:mod:`analytics.coded_texts`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from analytics.coded_texts import Bits, bits
from analytics.idle.clock import BASES, DISPOSED_ON, Facts, Flags

Named = Mapping[str, Flags]

MISSING: Final = (
    "supply_no",
    "start_due",
    "start_due_amended",
    "handover_on",
    "signed_on",
    "letter_no",
    "letter_on",
    "dev_area_m2",
    "invested_wan",
)
"""Columns that may be named as missing, in the order of naming."""

INPUTS: Final = (
    "batch_id",
    "supply_no",
    "signed_on",
    "handover_on",
    "start_due",
    "start_due_amended",
    "started_on",
    "finished_on",
    "stopped_since",
    "dev_area_m2",
    "dev_area_required_m2",
    "invested_wan",
    "invest_total_wan",
    "letter_no",
    "letter_on",
    "disposal_route",
    DISPOSED_ON,
)
"""Columns that may be named as inputs, in the order of naming; ``batch_id`` stands for the papers
of the approval, ``disposed_on`` is of the idle-case ledger."""

_CLOCK: Final = ("not_due", "due_soon", "overdue", "suspected_a1", "suspected_a2")
_BASIS_COLUMN: Final = {
    "amended": "start_due_amended",
    "agreed": "start_due",
    "handover": "handover_on",
    "contract": "signed_on",
}


def missing(facts: Facts, at: Named, *, by_handover: bool) -> Bits:
    """Columns whose evidence is absent.

    Args:
        facts: Facts of n parcels.
        at: For each status, which of the n parcels have it.
        by_handover: The hand-over stands in for an agreed start date, not the contract.

    Returns:
        n numbers; bit i is column i of :data:`MISSING`.
    """
    suspected = at["suspected_a1"] | at["suspected_a2"] | at["suspected_b"]
    stopped = at["in_progress"] & ~np.isnat(facts.stopped)
    unknown = at["unknown_start"] & ~facts.restarted
    undated, unnumbered = np.isnat(facts.letter_on), ~facts.numbered
    wanted = {
        "supply_no": (at["unsupplied"] & ~facts.returned) | (suspected & ~facts.supply_no),
        "start_due": unknown,
        "start_due_amended": at["unknown_start"] & facts.restarted,
        "handover_on" if by_handover else "signed_on": unknown,
        "letter_no": suspected & unnumbered,
        "letter_on": facts.numbered & undated,
        "dev_area_m2": stopped & ~facts.area_known,
        "invested_wan": stopped & ~facts.invest_known,
    }
    return bits(wanted, MISSING, len(undated))


def inputs(facts: Facts, at: Named) -> Bits:
    """Columns that the status rests on.

    Args:
        facts: Facts of n parcels.
        at: For each status, which of the n parcels have it.

    Returns:
        n numbers; bit i is column i of :data:`INPUTS`.
    """
    clock = np.logical_or.reduce([at[name] for name in _CLOCK])
    bases = {
        column: clock & (facts.basis == BASES.index(name)) for name, column in _BASIS_COLUMN.items()
    }
    unsupplied = at["unsupplied"] & ~facts.returned
    site = at["suspected_b"] | (at["in_progress"] & ~np.isnat(facts.stopped))
    area = site & facts.area_known
    money = site & facts.invest_known
    working = (at["in_progress"] | at["suspected_b"]) & ~facts.by_case
    closed = (facts.returned & at["unsupplied"]) | (facts.restarted & (clock | at["unknown_start"]))
    closed |= facts.by_case & (at["in_progress"] | at["suspected_b"])
    used = {
        "batch_id": unsupplied & facts.approved,
        "supply_no": unsupplied & facts.supply_no,
        "signed_on": bases.pop("signed_on") | (unsupplied & facts.signed),
        **bases,
        "started_on": working,
        "finished_on": at["completed"],
        "stopped_since": site,
        "dev_area_m2": area,
        "dev_area_required_m2": area,
        "invested_wan": money,
        "invest_total_wan": money,
        "letter_no": at["determined"],
        "letter_on": at["determined"],
        "disposal_route": closed,
        DISPOSED_ON: closed,
    }
    return bits(used, INPUTS, len(clock))
