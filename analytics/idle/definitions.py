"""What each figure of approved-not-used land means: numerator, denominator, rules, certainty.

The words of a definition are texts of the pages (``figures.def.<key>``); here is what a machine has
to know of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from domain.rules import Rule, RuleSet, Status

Basis = Literal["ledger", "parcels", "both", "cases"]
Kind = Literal["stock", "rate", "years", "change"]

WEAKER: Final[tuple[Status, ...]] = ("sourced", "default", "recalled")
"""Certainties from the strongest to the weakest."""

_TYPE_B: Final = ("IDLE-B", "IDLE-B-AREA", "IDLE-B-INVEST")
_SUSPECTED: Final = ("IDLE-A1", "IDLE-A2", *_TYPE_B)
_COHORTS: Final = ("APPR-FIRST-YEAR", "APPR-COHORT")
_REPORT: Final = "bzqzf.gov.cn 巴州区 2023 年 7 月通报"


@dataclass(frozen=True, slots=True)
class Definition:
    """One figure.

    Attributes:
        key: Name of the figure, and of its texts.
        kind: ``stock`` (area with its share), ``rate`` (part of a stock of the baseline day),
            ``years`` (the share is a number of years) or ``change`` (stock now against before).
        basis: What is counted: batches of the ledger, parcels, both, or idle cases.
        rules: Ids of the rules that numerator and denominator rest on.
        certainty: Of the formula itself; that of the rules comes on top.
        source: Where the formula was read; empty for product formulas.
    """

    key: str
    kind: Kind
    basis: Basis
    rules: tuple[str, ...]
    certainty: Status = "default"
    source: str = ""


_ALL: Final = (
    Definition("unsupplied", "stock", "ledger", ("IDLE-SUPPLY",), "sourced", "scl371.com"),
    Definition("supplied", "stock", "ledger", ("IDLE-SUPPLY",)),
    Definition("unsupplied_drawn", "stock", "parcels", ("IDLE-SUPPLY",), "sourced", "scl371.com"),
    Definition("not_started", "stock", "parcels", ("IDLE-STARTED", "IDLE-START")),
    Definition("unused", "stock", "both", ("IDLE-SUPPLY", "IDLE-STARTED")),
    Definition("suspected", "stock", "parcels", _SUSPECTED),
    Definition("determined", "stock", "parcels", ("IDLE-LETTER",)),
    Definition("idle", "stock", "parcels", (*_SUSPECTED, "IDLE-LETTER")),
    Definition("excluded", "stock", "parcels", ("IDLE-SEALED", "IDLE-D3")),
    Definition("disposal_old", "rate", "ledger", _COHORTS, "sourced", _REPORT),
    Definition("disposal_new", "rate", "ledger", _COHORTS, "sourced", _REPORT),
    Definition("disposal_idle", "rate", "cases", _SUSPECTED, "sourced", _REPORT),
    Definition("cycle", "years", "both", ("APPR-CYCLE-YEARS", "APPR-CYCLE-LIMIT")),
    Definition(
        "nonuse_3y", "stock", "both", ("APPR-SHARE-YEARS",), "sourced", "xingfcw.com 2016-06-29"
    ),
    Definition("net_cases", "change", "cases", _SUSPECTED),
    Definition("net_status", "change", "parcels", (*_SUSPECTED, "IDLE-LETTER")),
)
DEFINITIONS: Final[dict[str, Definition]] = {each.key: each for each in _ALL}
"""Every figure by its key, in the order in which pages list them."""


def rules_behind(definition: Definition, *sets: RuleSet) -> list[Rule]:
    """The rules of a figure that are in force, in the order of the definition."""
    found = {key: rule for rules in sets for key, rule in rules.items()}
    return [found[key] for key in definition.rules if key in found]


def certainty_of(definition: Definition, *sets: RuleSet) -> Status:
    """The weakest certainty among the formula and its rules."""
    used = [definition.certainty, *(rule.status for rule in rules_behind(definition, *sets))]
    return max(used, key=WEAKER.index)
