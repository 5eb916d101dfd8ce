"""Status of each parcel on the way from approval to completion, and the clock of idle land.

Law: 闲置土地处置办法 (Measures for Disposal of Idle Land). The result says "suspected" (疑似闲置);
only a recorded determination letter makes land ``determined``.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.calendar_years import Days, add_years, day, days
from domain.rules import RuleSet
from geo.errors import SchemaError

Flags = npt.NDArray[np.bool_]

STATUSES: Final = (
    "unsupplied",
    "unknown_start",
    "not_due",
    "due_soon",
    "overdue",
    "suspected_a1",
    "suspected_a2",
    "suspected_b",
    "determined",
    "in_progress",
    "completed",
)
"""Every status, in the order of a parcel's life; the keys of the status palette."""

SUSPECTED: Final = ("suspected_a1", "suspected_a2", "suspected_b")
"""Statuses that mean suspected idle land (疑似闲置)."""

NOT_STARTED: Final = ("unknown_start", "not_due", "due_soon", "overdue", *SUSPECTED[:2])
"""Statuses of supplied land on which nothing has been started (供而未用), letters apart."""

DATES: Final = (
    "approved_on",
    "signed_on",
    "handover_on",
    "start_due",
    "start_due_amended",
    "started_on",
    "finished_on",
    "stopped_since",
    "letter_on",
)
NUMBERS: Final = ("dev_area_m2", "dev_area_required_m2", "invested_wan", "invest_total_wan")
TEXTS: Final = ("batch_id", "approval_no", "supply_no", "letter_no", "disposal_route")
REQUIRED: Final = (*DATES, *NUMBERS, *TEXTS, "sealed")
"""Columns of ``domain.parcels`` that the status rests on; values may be missing."""

_RULE_OF: Final = {
    "unsupplied": "IDLE-SUPPLY",
    "unknown_start": "IDLE-HANDOVER",
    "not_due": "IDLE-START",
    "due_soon": "IDLE-DUE-SOON",
    "overdue": "IDLE-START",
    "suspected_a1": "IDLE-A1",
    "suspected_a2": "IDLE-A2",
    "suspected_b": "IDLE-B",
    "determined": "IDLE-LETTER",
    "in_progress": "IDLE-STARTED",
    "completed": "IDLE-DONE",
}
_CERTAINTY_ORDER: Final = ("sourced", "default", "recalled")
# A ratio that equals its limit in exact arithmetic must not fall below it by rounding.
_ROUNDING: Final = 1e-9


@dataclass(frozen=True)
class _Facts:
    """What is true of each parcel on the day; arrays of one length."""

    start: Days
    basis: npt.NDArray[np.object_]
    letter: Flags
    unsupplied: Flags
    finished: Flags
    started: Flags
    stopped: Days
    area_low: Flags
    invest_low: Flags

    @property
    def low(self) -> Flags:
        """Area or investment below the limit of type B."""
        return self.area_low | self.invest_low


def parcel_status(parcels: pd.DataFrame, *, as_of: dt.date, rules: RuleSet) -> pd.DataFrame:
    """Status of each parcel on a day, with the rule behind it and the next threshold.

    Facts dated after ``as_of`` have not happened yet. Approved land is ``unsupplied`` while no
    supervision number, contract date or agreed start date shows a contract or decision, even where
    it is already built on.

    Args:
        parcels: n parcels with the columns of :data:`REQUIRED`, as ``domain.parcels`` types them.
        as_of: The day that is judged.
        rules: The rules of ``idle`` in force on that day.

    Returns:
        n rows on the index of ``parcels``: ``status`` (one of :data:`STATUSES`), ``rule`` (id),
        ``article`` (Chinese), ``certainty`` (the weakest of the rules used), ``start_basis``
        (amended, agreed, handover, none), ``start_on`` (datetime64), ``next_status`` (text or
        missing), ``next_on`` (datetime64), ``days_to_next`` (Int64, at least 1), ``started``
        (bool, whatever the status), ``missing`` (columns whose evidence is absent, joined by
        ``;``), ``excluded`` (``sealed``, ``temporary_use`` or empty: idle land listed apart).

    Raises:
        SchemaError: A required column is absent.
        RuleError: A rule is not in force on ``as_of``.
    """
    _require_columns(parcels)
    today = day(as_of)
    facts = _facts(parcels, today, rules)
    status = _classify(facts, today, rules)
    next_status, next_on = _next(facts, status, today, rules)
    rule = pd.Series(status, index=parcels.index).map(_RULE_OF)
    out = pd.DataFrame(
        {
            "status": status,
            "rule": rule.to_numpy(),
            "article": rule.map({k: rules[k].article for k in set(_RULE_OF.values())}).to_numpy(),
            "certainty": _certainty(rule, facts, status, rules),
            "start_basis": facts.basis,
            "start_on": facts.start.astype("datetime64[s]"),
            "next_status": next_status,
            "next_on": next_on.astype("datetime64[s]"),
            "started": facts.started,
            "missing": _missing(parcels, facts, status),
            "excluded": _excluded(parcels, status, today, rules),
        },
        index=parcels.index,
    )
    left = (next_on - today).astype("float64")
    left[np.isnat(next_on)] = np.nan
    out.insert(8, "days_to_next", pd.array(left).astype("Int64"))
    text = ["status", "rule", "article", "certainty", "start_basis", "missing", "excluded"]
    return out.astype(dict.fromkeys([*text, "next_status"], "str"))


def _require_columns(parcels: pd.DataFrame) -> None:
    absent = [name for name in REQUIRED if name not in parcels.columns]
    if absent:
        names = ", ".join(absent)
        raise SchemaError(
            f"missing columns: {names}; import the parcels through the upload page",
            values={"columns": names},
        )


def present(values: pd.Series) -> Flags:
    """Whether each cell of a text column holds something."""
    return (values.notna() & (values.astype("string").str.strip() != "")).to_numpy(
        dtype=bool, na_value=False
    )


def _facts(parcels: pd.DataFrame, today: np.datetime64, rules: RuleSet) -> _Facts:
    date = {name: days(parcels[name]) for name in DATES}
    past = {name: values <= today for name, values in date.items()}  # NaT is never past
    handover = add_years(date["handover_on"], rules.value("IDLE-HANDOVER"))
    sources = {"amended": date["start_due_amended"], "agreed": date["start_due"]}
    sources["handover"] = handover
    known = [~np.isnat(values) for values in sources.values()]
    nat = np.full(len(parcels), np.datetime64("NaT", "D"))
    contract = present(parcels["supply_no"]) | known[0] | known[1]
    supplied = np.where(np.isnat(date["signed_on"]), contract, past["signed_on"])
    approved = (
        present(parcels["batch_id"])
        | present(parcels["approval_no"])
        | ~np.isnat(date["approved_on"])
        | ~np.isnat(date["signed_on"])
    )
    letter_in_time = past["letter_on"] | np.isnat(date["letter_on"])
    return _Facts(
        start=np.select(known, list(sources.values()), nat),
        basis=np.select(known, list(sources), "none").astype(object),
        letter=present(parcels["letter_no"]) & letter_in_time,
        unsupplied=approved & ~supplied,
        finished=past["finished_on"],
        started=past["started_on"],
        stopped=np.where(past["stopped_since"], date["stopped_since"], nat),
        area_low=_below(
            parcels["dev_area_m2"], parcels["dev_area_required_m2"], rules.value("IDLE-B-AREA")
        ),
        invest_low=_below(
            parcels["invested_wan"], parcels["invest_total_wan"], rules.value("IDLE-B-INVEST")
        ),
    )


def _below(part: pd.Series, whole: pd.Series, limit: float) -> Flags:
    """Whether part / whole is known and strictly below the limit."""
    a = part.to_numpy(dtype="float64", na_value=np.nan)
    b = whole.to_numpy(dtype="float64", na_value=np.nan)
    return np.asarray((b > 0) & (a < b * limit * (1.0 - _ROUNDING)))


def _classify(facts: _Facts, today: np.datetime64, rules: RuleSet) -> npt.NDArray[np.object_]:
    soon = facts.start - np.timedelta64(int(rules.value("IDLE-DUE-SOON")), "D")
    stopped_long = add_years(facts.stopped, rules.value("IDLE-B")) <= today
    steps = {
        "determined": facts.letter,
        "unsupplied": facts.unsupplied,
        "completed": facts.finished,
        "unknown_start": np.isnat(facts.start),
        "suspected_b": facts.started & stopped_long & facts.low,
        "in_progress": facts.started,
        "suspected_a2": add_years(facts.start, rules.value("IDLE-A2")) <= today,
        "suspected_a1": add_years(facts.start, rules.value("IDLE-A1")) <= today,
        "overdue": facts.start <= today,
        "due_soon": soon <= today,
    }
    return np.select(list(steps.values()), list(steps), "not_due").astype(object)


def _next(
    facts: _Facts, status: npt.NDArray[np.object_], today: np.datetime64, rules: RuleSet
) -> tuple[npt.NDArray[np.object_], Days]:
    """The next status that time alone brings, and its first day."""
    soon = facts.start - np.timedelta64(int(rules.value("IDLE-DUE-SOON")), "D")
    stop_over = add_years(facts.stopped, rules.value("IDLE-B"))
    coming = {
        "not_due": ("due_soon", soon),
        "due_soon": ("overdue", facts.start),
        "overdue": ("suspected_a1", add_years(facts.start, rules.value("IDLE-A1"))),
        "suspected_a1": ("suspected_a2", add_years(facts.start, rules.value("IDLE-A2"))),
        "in_progress": ("suspected_b", np.where(facts.low, stop_over, np.datetime64("NaT", "D"))),
    }
    at = [status == key for key in coming]
    on = np.select(at, [dates for _, dates in coming.values()], np.datetime64("NaT", "D"))
    name = np.select(at, [key for key, _ in coming.values()], "").astype(object)
    on = np.where(on > today, on, np.datetime64("NaT", "D"))
    name[np.isnat(on)] = None
    return name, on


def _certainty(
    rule: pd.Series, facts: _Facts, status: npt.NDArray[np.object_], rules: RuleSet
) -> npt.NDArray[np.object_]:
    """The weakest status of the rules that a result rests on."""
    rank = {name: i for i, name in enumerate(_CERTAINTY_ORDER)}
    own = rule.map({key: rank[rules[key].status] for key in set(_RULE_OF.values())}).to_numpy()
    clock = np.isin(status, ["not_due", "due_soon", "overdue", "suspected_a1", "suspected_a2"])
    by_handover = clock & (facts.basis == "handover")
    start = np.where(by_handover, rank[rules.rule("IDLE-HANDOVER").status], 0)
    weakest = np.maximum(own, start).astype("int64")
    out: npt.NDArray[np.object_] = np.array(_CERTAINTY_ORDER, dtype=object)[weakest]
    return out


def _missing(
    parcels: pd.DataFrame, facts: _Facts, status: npt.NDArray[np.object_]
) -> npt.NDArray[np.object_]:
    suspected = np.isin(status, SUSPECTED)
    stopped = (status == "in_progress") & ~np.isnat(facts.stopped)
    area_unknown = parcels[["dev_area_m2", "dev_area_required_m2"]].isna().any(axis=1).to_numpy()
    money_unknown = parcels[["invested_wan", "invest_total_wan"]].isna().any(axis=1).to_numpy()
    wanted = {
        "supply_no": (status == "unsupplied") | (suspected & ~present(parcels["supply_no"])),
        "start_due": status == "unknown_start",
        "handover_on": status == "unknown_start",
        "letter_no": suspected,
        "letter_on": (status == "determined") & np.isnat(days(parcels["letter_on"])),
        "dev_area_m2": stopped & area_unknown,
        "invested_wan": stopped & money_unknown,
    }
    out = np.full(len(parcels), "", dtype=object)
    for name, flag in wanted.items():
        out[flag] = np.where(out[flag] == "", name, out[flag] + ";" + name)
    return out


def _excluded(
    parcels: pd.DataFrame, status: npt.NDArray[np.object_], today: np.datetime64, rules: RuleSet
) -> npt.NDArray[np.object_]:
    """Idle land that the statistics list apart: sealed by court, or in agreed temporary use."""
    idle = np.isin(status, [*SUSPECTED, "determined"])
    sealed = parcels["sealed"].astype("boolean").fillna(value=False).to_numpy(dtype=bool)
    term = add_years(days(parcels["letter_on"]), rules.value("IDLE-D3"))
    temporary = (parcels["disposal_route"] == "D3").fillna(value=False).to_numpy(dtype=bool)
    return np.select(
        [idle & sealed, idle & temporary & (term > today)], ["sealed", "temporary_use"], ""
    ).astype(object)


def milestones(status: pd.DataFrame, rules: RuleSet) -> pd.DataFrame:
    """The days on which one and two full years after the start date are over.

    Args:
        status: n rows of :func:`parcel_status`.
        rules: The rules of ``idle``.

    Returns:
        On the index of ``status``: ``year1_on``, ``year2_on`` (datetime64, missing without a start
        date).
    """
    start = days(status["start_on"])
    return pd.DataFrame(
        {
            "year1_on": add_years(start, rules.value("IDLE-A1")).astype("datetime64[s]"),
            "year2_on": add_years(start, rules.value("IDLE-A2")).astype("datetime64[s]"),
        },
        index=status.index,
    )
