"""Single days that parcels, idle cases and batches bring: one builder for each kind of row.

Every event names its rule; a kind whose rule is not in force on the day does not occur.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.approvals import NO_ACQUISITION, TOLERANCE_M2
from analytics.calendar_years import Days, add_years, days
from analytics.idle.status import SUSPECTED, milestones
from domain.parcels import AREA
from domain.rules import RuleSet

Kind = Literal[
    "start_due",
    "extended_start",
    "suspected_a",
    "suspected_b",
    "two_years",
    "notice_due",
    "material_due",
    "pay_due",
    "deregister_due",
    "temporary_end",
    "lapse",
    "batch_due",
]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
"""Everything that an event can be, in the order of a parcel's life, batches last."""

DEADLINES: Final[tuple[Kind, ...]] = (
    "notice_due",
    "material_due",
    "pay_due",
    "deregister_due",
    "temporary_end",
    "batch_due",
)
"""Events that somebody has to meet, so that they can be late; the others only happen."""

CASE_COLUMNS: Final = (
    "case_id",
    "supply_no",
    "idle_m2",
    "notice_on",
    "materials_on",
    "letter_no",
    "letter_on",
    "disposal_route",
    "disposed_on",
    "decision_on",
    "served_on",
    "plan_on",
    "fee_due_wan",
    "fee_paid_wan",
)
"""Columns of the idle-case ledger that are read; absent ones count as empty."""

_WAITING: Final = ("not_due", "due_soon", "overdue")
_WEAKER: Final = ("sourced", "default", "recalled")
_BASIS_RULES: Final = {
    "handover": "IDLE-HANDOVER",
    "contract": "IDLE-COMMENCE-CONTRACT",
    "temporary_use": "IDLE-D3",
}
"""Rules behind a start date that no agreement names."""
_NAT: Final = np.datetime64("NaT", "D")

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class _Source:
    """Rows that events are about, with what an event says of them."""

    subject: Literal["parcel", "case", "batch"]
    rows: pd.DataFrame

    def event(
        self, kind: Kind, on: Days, *, where: Flags, rule: str, rules: RuleSet
    ) -> pd.DataFrame:
        """One row for each place of ``where`` whose day is known; none without the rule."""
        if rule not in rules:
            return self.rows.iloc[:0]
        at = where & ~np.isnat(on)
        found = rules[rule]
        return self.rows[at].assign(
            on=on[at].astype("datetime64[s]"),
            kind=kind,
            subject=self.subject,
            rule=rule,
            article=found.article,
            certainty=found.status,
        )


def of_parcels(parcels: pd.DataFrame, status: pd.DataFrame, rules: RuleSet) -> list[pd.DataFrame]:
    """Start dates, full years and notices; arguments as in :func:`analytics.idle.calendar.events`.

    Returns:
        One frame a kind with ``on``, ``kind``, ``subject``, rule columns and what describes a row.
    """
    source = _Source("parcel", _described(parcels, parcels["parcel_id"], parcels[AREA]))
    years = milestones(status, rules)
    year1, year2 = days(years["year1_on"]), days(years["year2_on"])
    at = status["status"].to_numpy(dtype=object)
    waiting = np.isin(at, _WAITING)
    started = status["started"].to_numpy(dtype=bool)
    amended = (status["start_basis"] == "amended").to_numpy(dtype=bool)
    # The end of temporary use is an event of its case.
    agreed = waiting & ~amended & (status["start_basis"] != "temporary_use").to_numpy(dtype=bool)
    running = waiting | (at == "suspected_a1") | ((at == "determined") & ~started)
    stops = (at == "in_progress") & (status["next_status"] == "suspected_b").to_numpy(
        dtype=bool, na_value=False
    )
    start, stop_over = days(status["start_on"]), days(status["next_on"])
    clock = [
        source.event("start_due", start, where=agreed, rule="IDLE-START", rules=rules),
        source.event("extended_start", start, where=waiting & amended, rule="IDLE-D1", rules=rules),
        source.event("suspected_a", year1, where=waiting, rule="IDLE-A1", rules=rules),
        source.event("two_years", year2, where=running, rule="IDLE-A2", rules=rules),
    ]
    out = clock
    for basis, rule in _BASIS_RULES.items():
        labels = parcels.index[(status["start_basis"] == basis).to_numpy(dtype=bool)]
        out = [_weakened(part, labels, rule, rules) for part in out]
    out.append(source.event("suspected_b", stop_over, where=stops, rule="IDLE-B", rules=rules))
    out.append(_notices(source, parcels, status, year1, rules))
    return out


def _weakened(part: pd.DataFrame, labels: pd.Index, rule: str, rules: RuleSet) -> pd.DataFrame:
    """The same events; those of the labels are no more certain than the rule."""
    if part.empty or rule not in rules:
        return part
    rank = {name: i for i, name in enumerate(_WEAKER)}
    own = part["certainty"].map(rank)
    weakest = own.where(~part["label"].isin(labels), own.clip(lower=rank[rules[rule].status]))
    return part.assign(certainty=weakest.map(dict(enumerate(_WEAKER))))


def _notices(
    source: _Source, parcels: pd.DataFrame, status: pd.DataFrame, year1: Days, rules: RuleSet
) -> pd.DataFrame:
    """Suspected land without an investigation notice: due some days after the suspicion."""
    if "IDLE-INVESTIGATE" not in rules:
        return source.rows.iloc[:0]
    at = status["status"].to_numpy(dtype=object)
    stopped = add_years(days(parcels["stopped_since"]), rules.value("IDLE-B"))
    since = np.where(at == "suspected_b", stopped, year1)
    wait = _wait("IDLE-INVESTIGATE", rules)
    where = np.isin(at, SUSPECTED) & ~_recorded(parcels["notice_no"])
    return source.event(
        "notice_due", _later(since, wait), where=where, rule="IDLE-INVESTIGATE", rules=rules
    )


def of_cases(cases: pd.DataFrame, parcels: pd.DataFrame, rules: RuleSet) -> list[pd.DataFrame]:
    """Legal steps of cases of :func:`known_cases` whose day is set by an earlier document.

    Returns:
        Frames as :func:`of_parcels` gives them. Temporary use ends two years after the plan was
        approved, or after the letter where no plan is on record.
    """
    drawn = parcels.assign(_label=parcels.index)[parcels["supply_no"].notna()]
    at = drawn.drop_duplicates("supply_no").set_index("supply_no")
    columns = {"_label": "label", "name": "name", "zone_id": "zone_id"}
    placed = {new: cases["supply_no"].map(at[old].astype("object")) for old, new in columns.items()}
    rows = _described(cases.assign(**placed), cases["case_id"], cases["idle_m2"], placed["label"])
    source = _Source("case", rows)
    day_of = {name: days(cases[name]) for name in CASE_COLUMNS if name.endswith("_on")}
    open_ = np.isnat(day_of["disposed_on"])
    lettered = _recorded(cases["letter_no"])
    route = cases["disposal_route"].astype("object").fillna("").to_numpy()
    served = np.where(np.isnat(day_of["served_on"]), day_of["decision_on"], day_of["served_on"])
    due = cases["fee_due_wan"].astype("float64")
    unpaid = ~(cases["fee_paid_wan"].astype("float64") >= due).to_numpy(dtype=bool)
    silent = open_ & np.isnat(day_of["materials_on"]) & ~lettered
    began = np.where(np.isnat(day_of["plan_on"]), day_of["letter_on"], day_of["plan_on"])
    return [
        source.event(
            "material_due",
            _later(day_of["notice_on"], _wait("IDLE-MATERIAL", rules)),
            where=silent,
            rule="IDLE-MATERIAL",
            rules=rules,
        ),
        source.event(
            "pay_due",
            _later(served, _wait("IDLE-PAY", rules)),
            where=open_ & (route == "D7") & unpaid,
            rule="IDLE-PAY",
            rules=rules,
        ),
        source.event(
            "deregister_due",
            _later(served, _wait("IDLE-DEREGISTER", rules)),
            where=open_ & (route == "D8"),
            rule="IDLE-DEREGISTER",
            rules=rules,
        ),
        source.event(
            "temporary_end",
            add_years(began, rules.value("IDLE-D3") if "IDLE-D3" in rules else 0),
            where=route == "D3",
            rule="IDLE-D3",
            rules=rules,
        ),
    ]


def _later(since: Days, wait: np.timedelta64) -> Days:
    return np.asarray(since + wait, dtype="datetime64[D]")


def _wait(rule: str, rules: RuleSet) -> np.timedelta64:
    return np.timedelta64(int(rules.value(rule)) if rule in rules else 0, "D")


def known_cases(cases: pd.DataFrame, today: np.datetime64) -> pd.DataFrame:
    """The cases as they stood on the day: absent columns empty, later facts not there."""
    empty: dict[str, Any] = {name: pd.NA for name in CASE_COLUMNS if name not in cases}
    out = cases.assign(**empty)
    for name in (name for name in CASE_COLUMNS if name.endswith("_on")):
        on = days(out[name])
        out[name] = np.where(on <= today, on, _NAT).astype("datetime64[s]")
    letter_to_come = out["letter_on"].isna().to_numpy() & (
        cases["letter_on"].notna().to_numpy() if "letter_on" in cases else False
    )
    out["letter_no"] = out["letter_no"].mask(pd.Series(letter_to_come, index=out.index))
    return out


def of_batches(batches: pd.DataFrame, today: np.datetime64, rules: RuleSet) -> list[pd.DataFrame]:
    """Approvals that may lapse without acquisition, and days that the office set for itself.

    Returns:
        Frames as :func:`of_parcels` gives them.
    """
    known = batches[(days(batches["approved_on"]) <= today)]
    left = known["unsupplied_m2"].astype("float64")
    source = _Source("batch", _described(known, known["batch_id"], left))
    lapse = known["acquisition"].astype("object").fillna("").to_numpy() == NO_ACQUISITION
    term = rules.value("APPR-LAPSE") if "APPR-LAPSE" in rules else 0
    out = [
        source.event(
            "lapse",
            add_years(days(known["approved_on"]), term),
            where=lapse,
            rule="APPR-LAPSE",
            rules=rules,
        )
    ]
    if "disposal_due" in known:
        due = days(known["disposal_due"])
        where = ~np.isnat(due) & (left > TOLERANCE_M2).to_numpy(dtype=bool)
        # The office set this day itself; no rule is behind it.
        rows = source.rows[where].assign(
            on=due[where].astype("datetime64[s]"),
            kind="batch_due",
            subject="batch",
            rule="",
            article="",
            certainty="sourced",
        )
        out.append(rows)
    return out


def _recorded(values: pd.Series) -> Flags:
    """Whether each cell of a text column holds something."""
    text = values.astype("string").str.strip()
    return (text.notna() & (text != "")).to_numpy(dtype=bool, na_value=False)


def _described(
    rows: pd.DataFrame, key: pd.Series, area: pd.Series, label: pd.Series | None = None
) -> pd.DataFrame:
    """What an event says of a row, beside its day and rule."""
    own = rows.index if "parcel_id" in rows else pd.NA
    empty = pd.Series(pd.NA, index=rows.index, dtype="object")
    places = ("name", "county_adcode", "prefecture_adcode", "zone_id")
    return pd.DataFrame(
        {
            "key": key.astype("object"),
            "label": pd.Series(own, index=rows.index, dtype="object") if label is None else label,
            **{n: rows[n].astype("object") if n in rows else empty for n in places},
            "area_m2": area.astype("float64"),
        }
    )
