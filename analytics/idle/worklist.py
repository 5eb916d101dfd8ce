"""The worklist of idle-approved land: which parcels are asked for, and which come first."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict, dataclass
from typing import Final, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.cases.steps import next_steps
from analytics.idle.routes import permitted_routes
from analytics.idle.status import SUSPECTED
from analytics.parcel_filter import TEXTS
from domain.keys import within
from domain.parcels import AREA
from domain.rules import RuleSet
from geo.errors import SchemaError

Flags = npt.NDArray[np.bool_]

ACTION: Final = (
    "suspected_a2",
    "suspected_a1",
    "suspected_b",
    "determined",
    "overdue",
    "due_soon",
)
"""Statuses that somebody has to do something about; the list opens with them."""

URGENCIES: Final = ("late", "week", "month", "open", "turning", "later", "none")
"""How much a parcel presses: a step of the procedure whose term is over; ends within 7 days; within
30 days; a step without a term, such as determined land without a cause or route; land that becomes
suspected idle or two years old within 90 days; something later; nothing."""

_TURNING: Final = URGENCIES.index("turning")
_TURNS: Final = ("suspected_a1", "suspected_a2", "suspected_b")
_WEEK, _MONTH, _SOON = 7, 30, 90
_BASIS: Final = ("rule", "article", "certainty")

NO_CAUSE: Final = "none"
"""Stands for parcels whose cause is not on record yet."""


@dataclass(frozen=True, slots=True)
class WorkFilter:
    """What is asked for; empty fields ask for everything.

    Attributes:
        statuses: Statuses.
        causes: Cause codes (G1 to G6, F, H); :data:`NO_CAUSE` for parcels without one.
        routes: Codes of disposal routes; parcels to which one of them is open or recorded.
        area_from: Least area in m2.
        area_to: Greatest area in m2.
        due_within: Days; parcels whose next step or threshold is due by then, or overdue.
        text: Part of an id, project, holder, location or number, whatever its case.
    """

    statuses: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    area_from: float | None = None
    area_to: float | None = None
    due_within: int | None = None
    text: str = ""

    @property
    def narrows(self) -> bool:
        """Something besides the status is asked for."""
        return any((self.causes, self.routes, self.text)) or any(
            bound is not None for bound in (self.area_from, self.area_to, self.due_within)
        )

    def written(self) -> str:
        """The filter as text, the same for equal filters."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)

    @classmethod
    def read(cls, text: str) -> Self:
        """The filter that :meth:`written` wrote."""
        raw = json.loads(text)
        for name in ("statuses", "causes", "routes"):
            raw[name] = tuple(raw[name])
        return cls(**raw)

    def without_status(self) -> WorkFilter:
        """The same for parcels of every status."""
        return WorkFilter(**{**asdict(self), "statuses": ()})

    def mask(self, parcels: pd.DataFrame, *, days: pd.Series, routes: pd.Series) -> Flags:
        """Which of n parcels pass; a parcel without what is asked about does not.

        Args:
            parcels: n parcels with their status columns.
            days: Days until the next step or threshold of each, negative where it is overdue.
            routes: Codes of the routes open to each, joined by ``;``.

        Raises:
            SchemaError: A column that is asked about is absent.
        """
        keep = np.ones(len(parcels), dtype=bool)
        if self.statuses:
            keep &= _true(_column(parcels, "status").isin(self.statuses))
        if self.causes:
            cause = _column(parcels, "idle_cause").astype("string").fillna(NO_CAUSE)
            keep &= _true(cause.isin(self.causes))
        if self.routes:
            keep &= self._by_route(parcels, routes)
        area = _column(parcels, AREA)
        if self.area_from is not None:
            keep &= _true(area >= self.area_from)
        if self.area_to is not None:
            keep &= _true(area <= self.area_to)
        if self.due_within is not None:
            keep &= _true(days <= self.due_within)
        if self.text:
            keep &= self._by_text(parcels)
        return keep

    def _by_route(self, parcels: pd.DataFrame, routes: pd.Series) -> Flags:
        # D4 must not be found in D4B.
        listed = ";" + routes.astype("string").fillna("") + ";"
        found = _true(_column(parcels, "disposal_route").isin(self.routes))
        for code in self.routes:
            found |= _true(listed.str.contains(f";{code};", regex=False))
        return found

    def _by_text(self, parcels: pd.DataFrame) -> Flags:
        found = np.zeros(len(parcels), dtype=bool)
        for name in TEXTS:
            if name in parcels:
                column = parcels[name].astype("string")
                found |= _true(column.str.contains(self.text, case=False, regex=False))
        return found


def work(
    parcels: pd.DataFrame, cases: pd.DataFrame, *, as_of: dt.date, rules: RuleSet
) -> pd.DataFrame:
    """What is to be done or comes next on each parcel, and how much it presses.

    A step of the procedure goes before what time alone brings, unless its term ends later than in a
    month: land that is about to become suspected idle, or two years old, changes what may be done.

    Args:
        parcels: n parcels with the columns of ``domain.parcels`` and of
            :func:`analytics.idle.status.parcel_status` on that day.
        cases: Rows of the idle ledger.
        as_of: The day that is judged.
        rules: The rules of ``idle``.

    Returns:
        On the index of ``parcels``: ``urgency`` (int64, place in :data:`URGENCIES`), ``step`` (one
        of :data:`analytics.cases.steps.STEPS`, ``none`` where the law asks for nothing now),
        ``becomes`` (status to come, missing where none does), ``due_on`` (datetime64, last day of
        the step, else first day of the status to come), ``days_left`` (Int64), ``since``
        (datetime64, start date), ``rule``, ``article`` and ``certainty`` of the step, else of the
        status.
    """
    steps = _steps(parcels, cases, as_of, rules)
    left, turns = steps["days_left"], parcels["days_to_next"]
    urgency = _urgency(parcels, steps)
    own = (steps["step"] != "none").to_numpy() & (urgency != _TURNING)
    return pd.DataFrame(
        {
            "urgency": urgency,
            "step": steps["step"],
            "becomes": parcels["next_status"],
            "due_on": steps["due_on"].where(own, parcels["next_on"]),
            "days_left": left.where(own, turns),
            "since": parcels["start_on"],
            **{name: steps[name].where(own, parcels[name]) for name in _BASIS},
        },
        index=parcels.index,
    )


def _steps(
    parcels: pd.DataFrame, cases: pd.DataFrame, as_of: dt.date, rules: RuleSet
) -> pd.DataFrame:
    """Steps of the procedure of every parcel; only those with a case or an idle status have one."""
    may = _true(parcels["status"].isin([*SUSPECTED, "determined"]))
    may |= within(parcels["supply_no"], cases["supply_no"])
    found = next_steps(parcels[may], cases, as_of=as_of, rules=rules)
    out = found[["step", "due_on", "days_left", *_BASIS]].reindex(parcels.index)
    return out.fillna({"step": "none", **dict.fromkeys(_BASIS, "")})


def _urgency(parcels: pd.DataFrame, steps: pd.DataFrame) -> npt.NDArray[np.int64]:
    step = steps["step"].to_numpy(dtype=object)
    left = steps["days_left"].to_numpy(dtype="float64", na_value=np.nan)
    turns = parcels["days_to_next"].to_numpy(dtype="float64", na_value=np.nan)
    turning = parcels["next_status"].isin(_TURNS).to_numpy(dtype=bool) & (turns <= _SOON)
    idle = np.isin(step, ["none", "closed"])
    conditions = {
        "late": ~idle & (left < 0),
        "week": ~idle & (left <= _WEEK),
        "month": ~idle & (left <= _MONTH),
        "open": ~idle & np.isnan(left),
        "turning": turning,
        "later": ~idle | ~np.isnan(turns),
    }
    place = [URGENCIES.index(name) for name in conditions]
    return np.select(list(conditions.values()), place, URGENCIES.index("none")).astype(np.int64)


def matching(
    parcels: pd.DataFrame,
    steps: pd.DataFrame,
    asked: WorkFilter,
    *,
    as_of: dt.date,
    rules: RuleSet,
) -> Flags:
    """Which of n parcels a filter asks for.

    Args:
        parcels: n parcels with their status columns.
        steps: Result of :func:`work` for them.
        asked: The filter.
        as_of: The day that is judged.
        rules: The rules of ``idle``.
    """
    routes = pd.Series("", index=parcels.index, dtype="str")
    if asked.routes:
        # Nothing else has routes yet.
        some = parcels[(parcels["status"] == "determined").to_numpy(dtype=bool)]
        open_ = permitted_routes(some, some, as_of=as_of, rules=rules)["routes"]
        routes = open_.reindex(parcels.index, fill_value="")
    return asked.mask(parcels, days=steps["days_left"], routes=routes)


def most_urgent(steps: pd.DataFrame, *, limit: int | None = None) -> pd.Index:
    """Labels of the rows that come first.

    Args:
        steps: n rows of :func:`work`.
        limit: At most so many; None for all.

    Returns:
        Labels by urgency, then by the day that something is due, then by what has waited longest;
        rows that are equal in all three keep their order.
    """
    never = np.iinfo(np.int64).max
    keys = [
        np.where(steps[name].isna(), never, steps[name].astype("int64"))
        for name in ("since", "due_on")
    ]
    order = np.lexsort([*keys, steps["urgency"].to_numpy()])
    return steps.index[order[:limit]]


def _column(parcels: pd.DataFrame, name: str) -> pd.Series:
    if name not in parcels:
        raise SchemaError(f"missing columns: {name}", values={"columns": name})
    return parcels[name]


def _true(values: pd.Series) -> Flags:
    return np.array(values.fillna(value=False), dtype=bool)
