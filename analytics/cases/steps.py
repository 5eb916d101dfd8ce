"""Where the procedure of idle land stands, and the next step that the law asks of the office.

闲置土地处置办法 Arts. 5-17: suspicion, investigation notice, material of the holder, determination
letter, publication; then, by cause, either hearing, decision, service and payment (the holder's own
cause and land that was never started) or a disposal plan that is agreed and approved (causes of the
government, force majeure, and all land of type B). The step says what comes next, never what should
be decided.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.calendar_years import Days, add_years, day, days
from analytics.idle.routes import FEE, GOVERNMENT_CAUSES, HOLDER_CAUSE, RECLAIM
from analytics.idle.status import SUSPECTED
from domain.rules import RuleSet

Flags = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.object_]

STEPS: Final = (
    "none",
    "notice",
    "material",
    "letter",
    "letter_complete",
    "publish",
    "cause",
    "route",
    "hearing_notice",
    "decision",
    "served",
    "payment",
    "deregistration",
    "plan",
    "agreement",
    "closed",
)
"""Every next step, in the order of the procedure; ``none`` where no procedure is due."""

RULE_OF: Final = {
    "notice": "IDLE-INVESTIGATE",
    "material": "IDLE-MATERIAL",
    "letter": "IDLE-LETTER",
    "letter_complete": "IDLE-LETTER",
    "publish": "IDLE-PUBLISH",
    "cause": "IDLE-GUARD-CAUSE",
    "route": "IDLE-GUARD-CAUSE",
    "hearing_notice": "IDLE-HEARING",
    "decision": "IDLE-HEARING",
    "served": "IDLE-PAY",
    "payment": "IDLE-PAY",
    "deregistration": "IDLE-DEREGISTER",
    "plan": "IDLE-PLAN",
    "agreement": "IDLE-PLAN",
}
"""Rule behind each step."""

URGENCIES: Final = ("overdue", "week", "month", "open", "later", "none")
"""What the number in ``urgency`` means: 0 the deadline is over; 1 it ends within 7 days; 2 within
30 days; 3 the step is open and has no deadline; 4 its deadline is further away; 5 nothing to do."""

_WEEK, _MONTH = 7, 30
_CASE_DATES: Final = (
    "suspected_on",
    "notice_on",
    "materials_on",
    "letter_on",
    "published_on",
    "hearing_notice_on",
    "plan_on",
    "decision_on",
    "served_on",
    "disposed_on",
)
_CASE_TEXTS: Final = (
    "notice_no",
    "letter_no",
    "cause",
    "idle_type",
    "disposal_route",
    "decision_no",
)
_FROM_PARCEL: Final = {
    "letter_on": "letter_on",
    "notice_no": "notice_no",
    "letter_no": "letter_no",
    "cause": "idle_cause",
    "disposal_route": "disposal_route",
}
"""What a parcel file may say of a case that no ledger records."""


@dataclass(frozen=True)
class _Case:
    """Facts of the case of each parcel; arrays of one length."""

    there: Flags
    on: dict[str, Days]
    text: dict[str, Texts]
    paid: Flags

    def has(self, name: str) -> Flags:
        """Whether a date or a text is on record."""
        if name in self.on:
            return np.asarray(~np.isnat(self.on[name]))
        return np.asarray(self.text[name] != "")


def case_of(
    parcels: pd.DataFrame, cases: pd.DataFrame, *, as_of: dt.date | None = None
) -> npt.NDArray[np.int64]:
    """The case that counts for each parcel: the newest open one, else the newest.

    Args:
        parcels: n parcels with ``supply_no``.
        cases: Rows of the idle ledger.
        as_of: Cases that begin later do not count; None takes all.

    Returns:
        n positions in ``cases``; -1 where a parcel has none.
    """
    if cases.empty:
        return np.full(len(parcels), -1, dtype=np.int64)
    dates = np.column_stack([days(cases[name]) for name in ("suspected_on", "notice_on")])
    dates = np.column_stack([dates, days(cases["letter_on"]), days(cases["disposed_on"])])
    first = np.fmin.reduce(dates, axis=1)
    last = np.fmax.reduce(dates[:, :3], axis=1)
    closed = days(cases["disposed_on"])
    if as_of is not None:
        closed = np.where(closed <= day(as_of), closed, np.datetime64("NaT", "D"))
    table = pd.DataFrame(
        {
            "supply_no": cases["supply_no"].to_numpy(dtype=object),
            "case_id": cases["case_id"].to_numpy(dtype=object),
            "open": np.isnat(closed),
            "last": last.astype("datetime64[s]"),
            "position": np.arange(len(cases)),
        }
    )
    if as_of is not None:
        table = table[~(first > day(as_of))]
    table = table.sort_values(["open", "last", "case_id"], na_position="first", kind="stable")
    newest = table.drop_duplicates("supply_no", keep="last").set_index("supply_no")["position"]
    found = parcels["supply_no"].astype("object").map(newest)
    return np.asarray(found.fillna(-1).to_numpy(dtype="int64"))


def next_steps(
    parcels: pd.DataFrame, cases: pd.DataFrame, *, as_of: dt.date, rules: RuleSet
) -> pd.DataFrame:
    """The next step of the procedure for many parcels at once.

    Facts dated after ``as_of`` have not happened yet. Of several cases of a parcel the one of
    :func:`case_of` counts; where none is recorded, what the parcel file says of a letter.

    Args:
        parcels: n parcels with the columns of ``domain.parcels`` and of
            :func:`analytics.idle.status.parcel_status` on that day.
        cases: Rows of the idle ledger.
        as_of: The day that is judged.
        rules: The rules of ``idle``; a step whose rule is not in force has no deadline.

    Returns:
        n rows on the index of ``parcels``: ``step`` (one of :data:`STEPS`), ``since`` (day from
        which the term runs, datetime64), ``due_on`` (last day of the term, datetime64, missing
        where there is none), ``days_left`` (Int64, 0 on the last day, negative when over),
        ``overdue`` (bool), ``rule`` (id, or empty), ``article`` (Chinese), ``certainty`` (of the
        rule, or empty), ``urgency`` (int64, see :data:`URGENCIES`; sort by it and ``days_left``),
        ``case_id`` (text, missing without a case).
    """
    position = case_of(parcels, cases, as_of=as_of)
    # Nothing is to be done on most land: only what has a case, a letter or a suspicion is judged.
    busy = position >= 0
    busy |= parcels["status"].isin(SUSPECTED).to_numpy(dtype=bool)
    busy |= parcels[["letter_no", "letter_on"]].notna().any(axis=1).to_numpy(dtype=bool)
    judged = _judged(parcels[busy], cases, position[busy], day(as_of), rules)
    if busy.all():
        return judged
    numbered = judged.set_axis(np.flatnonzero(busy))
    out = numbered.reindex(np.arange(len(parcels))).set_axis(parcels.index)
    nothing = {"step": "none", "overdue": False, "rule": "", "article": "", "certainty": ""}
    nothing |= {"urgency": URGENCIES.index("none")}
    return out.fillna(nothing).astype(judged.dtypes.to_dict())


def _judged(
    parcels: pd.DataFrame,
    cases: pd.DataFrame,
    position: npt.NDArray[np.int64],
    today: np.datetime64,
    rules: RuleSet,
) -> pd.DataFrame:
    """The next step of parcels on which something may be due."""
    case = _case(parcels, cases, position, today)
    first, last = _suspected_since(parcels, rules)
    closed = case.on["disposed_on"]
    # A closed case answers for what was known then; a threshold reached later begins anew.
    anew = ~np.isnat(closed) & (last > closed)
    step = _steps(parcels, case, anew)
    since, due = _terms(step, case, np.where(anew, last, first), rules)
    left = (due - today).astype("float64")
    left[np.isnat(due)] = np.nan
    rule = {s: RULE_OF[s] if RULE_OF.get(s, "") in rules else "" for s in STEPS}
    named = [rule[s] for s in step]
    ids = np.full(len(parcels), None, dtype=object)
    if len(cases):
        ids[case.there] = cases["case_id"].to_numpy(dtype=object)[position[case.there]]
    out = pd.DataFrame(
        {
            "step": step,
            "since": since.astype("datetime64[s]"),
            "due_on": due.astype("datetime64[s]"),
            "days_left": pd.array(left).astype("Int64"),
            "overdue": left < 0,
            "rule": named,
            "article": [rules[r].article if r else "" for r in named],
            "certainty": [rules[r].status if r else "" for r in named],
            "urgency": _urgency(step, left),
            "case_id": ids,
        },
        index=parcels.index,
    )
    return out.astype(dict.fromkeys(["step", "rule", "article", "certainty", "case_id"], "str"))


def _case(
    parcels: pd.DataFrame,
    cases: pd.DataFrame,
    position: npt.NDArray[np.int64],
    today: np.datetime64,
) -> _Case:
    """The facts of the case of each parcel as far as they have happened."""
    there = position >= 0
    n, at = len(parcels), position[there]
    on = {}
    for name in _CASE_DATES:
        values = np.full(n, np.datetime64("NaT", "D"))
        if name in cases:
            values[there] = days(cases[name])[at]
        if name in _FROM_PARCEL:
            own = days(parcels[_FROM_PARCEL[name]])
            values = np.where(there, values, own)
        on[name] = np.where(values <= today, values, np.datetime64("NaT", "D"))
    text = {}
    for name in _CASE_TEXTS:
        texts = np.full(n, "", dtype=object)
        if name in cases:
            texts[there] = _texts(cases[name])[at]
        if name in _FROM_PARCEL:
            texts = np.where(there, texts, _texts(parcels[_FROM_PARCEL[name]]))
        text[name] = texts
    # A number whose date lies ahead has not been given yet.
    for number, date in (("notice_no", "notice_on"), ("letter_no", "letter_on")):
        later = np.zeros(n, dtype=bool)
        if date in cases:
            later[there] = days(cases[date])[at] > today
        text[number] = np.where(later, "", text[number])
    paid = np.zeros(n, dtype=bool)
    if {"fee_paid_wan", "fee_due_wan"} <= set(cases):
        got = cases["fee_paid_wan"].to_numpy(dtype="float64", na_value=np.nan)
        owed = cases["fee_due_wan"].to_numpy(dtype="float64", na_value=np.nan)
        paid[there] = ((got > 0) & ~(got < owed - 1e-9))[at]
    return _Case(there, on, text, paid)


def _texts(values: pd.Series) -> Texts:
    return values.astype("object").fillna("").astype(str).str.strip().to_numpy(dtype=object)


def _suspected_since(parcels: pd.DataFrame, rules: RuleSet) -> tuple[Days, Days]:
    """First day of the suspicion by the clock, and of its last threshold; NaT if not suspected."""
    nat = np.full(len(parcels), np.datetime64("NaT", "D"))
    status = parcels["status"].to_numpy(dtype=object)
    start, stopped = days(parcels["start_on"]), days(parcels["stopped_since"])

    def after(since: Days, name: str) -> Days:
        rule = rules.get(name)
        return nat if rule is None else add_years(since, rule.value)

    one, two, stop = after(start, "IDLE-A1"), after(start, "IDLE-A2"), after(stopped, "IDLE-B")
    at = [status == name for name in ("suspected_a1", "suspected_a2", "suspected_b")]
    return np.select(at, [one, one, stop], nat), np.select(at, [one, two, stop], nat)


def _steps(parcels: pd.DataFrame, case: _Case, anew: Flags) -> Texts:
    """The next step of each parcel; the first condition that holds names it."""
    status = parcels["status"].to_numpy(dtype=object)
    suspected = np.char.startswith(status.astype(str), "suspected")
    closed = case.has("disposed_on")
    live = case.there & ~closed
    number, dated = case.has("letter_no"), case.has("letter_on")
    letter = number & dated
    half = number ^ dated
    cause, route = case.text["cause"], case.text["disposal_route"]
    type_b = _type_b(parcels, case)
    by_holder = (cause == HOLDER_CAUSE) & ~type_b
    by_plan = type_b | np.isin(cause, GOVERNMENT_CAUSES)
    decided, served = case.has("decision_on"), case.has("served_on")
    open_letter = letter & ~closed
    reclaim = route == RECLAIM
    paid = case.paid & (route == FEE)
    waiting = ~case.has("materials_on")
    moved_on = decided | served | case.has("hearing_notice_on") | case.has("plan_on")
    table: dict[str, list[Flags]] = {
        "closed": [closed & ~anew, open_letter & paid],
        "letter_complete": [half & ~closed],
        "cause": [open_letter & (cause == "") & ~type_b],
        "publish": [open_letter & case.there & ~case.has("published_on") & ~moved_on],
        "deregistration": [open_letter & by_holder & served & reclaim],
        "payment": [open_letter & by_holder & served],
        "served": [open_letter & by_holder & decided],
        "decision": [open_letter & by_holder & case.has("hearing_notice_on")],
        "hearing_notice": [open_letter & by_holder],
        "agreement": [open_letter & by_plan & case.has("plan_on")],
        "plan": [open_letter & by_plan],
        "route": [open_letter],
        "letter": [live & case.has("notice_on") & ~waiting],
        "material": [live & case.has("notice_on")],
        "notice": [suspected, live],
    }
    conditions = [flags for each in table.values() for flags in each]
    names = [name for name, each in table.items() for _ in each]
    return np.select(conditions, names, "none").astype(object)


def _type_b(parcels: pd.DataFrame, case: _Case) -> Flags:
    """Land of type B: recorded so, else started before the letter."""
    recorded = case.text["idle_type"]
    started = days(parcels["started_on"])
    before = started <= case.on["letter_on"]
    by_status = (parcels["status"] == "suspected_b").to_numpy(dtype=bool)
    return np.asarray((recorded == "B") | ((recorded == "") & (before | by_status)))


def _terms(step: Texts, case: _Case, suspected: Days, rules: RuleSet) -> tuple[Days, Days]:
    """Day from which the term of each step runs, and its last day."""
    nat = np.full(len(step), np.datetime64("NaT", "D"))
    noted = case.on["suspected_on"]
    known = np.where(np.isnat(noted) | case.has("disposed_on"), suspected, noted)
    begins = {
        "notice": known,
        "material": case.on["notice_on"],
        "letter": case.on["materials_on"],
        "publish": case.on["letter_on"],
        "cause": case.on["letter_on"],
        "route": case.on["letter_on"],
        "hearing_notice": case.on["letter_on"],
        "plan": case.on["letter_on"],
        "decision": case.on["hearing_notice_on"],
        "served": case.on["decision_on"],
        "payment": case.on["served_on"],
        "deregistration": case.on["served_on"],
        "agreement": case.on["plan_on"],
    }
    at = [step == name for name in begins]
    since = np.select(at, list(begins.values()), nat)
    due = nat.copy()
    for name in ("notice", "material", "payment", "deregistration"):
        rule = rules.get(RULE_OF[name])
        if rule is not None and rule.unit == "days":
            term = np.timedelta64(int(rule.value), "D")
            due = np.where(step == name, since + term, due)
    return since, due


def _urgency(step: Texts, left: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    idle = np.isin(step, ["none", "closed"])
    conditions = [idle, left < 0, left <= _WEEK, left <= _MONTH, np.isnan(left)]
    return np.select(conditions, [5, 0, 1, 2, 3], 4).astype(np.int64)
