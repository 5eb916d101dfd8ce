"""Every figure of approved-not-used land per unit: count, area, share, change against a baseline.

Figures are returned with what they are made of, so that a page can open them; what they mean is in
:mod:`analytics.idle.definitions`. Areas are m2.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final, Literal

import numpy as np
import pandas as pd

from analytics import approvals
from analytics.approvals import SUPPLY_COLUMNS, TOLERANCE_M2
from analytics.calendar_years import add_years
from analytics.idle.definitions import DEFINITIONS
from analytics.idle.status import NOT_STARTED
from analytics.idle.totals import By, summarise
from analytics.idle.trace import not_started_of
from domain.keys import places
from domain.parcels import AREA
from domain.rules import RuleSet
from domain.tracing import trace

Cohort = Literal["before", "old", "new"]
COLUMNS: Final = (
    "unit", "figure", "count", "area_m2", "of_count", "of_m2", "share", "share_count",
    "before_count", "before_m2", "change_count", "change_m2",
)  # fmt: skip
_PARTS: Final = ("count", "area_m2", "of_count", "of_m2")
_FROM_PARCELS: Final = {
    "unsupplied_drawn": ("unsupplied", "all"),
    "not_started": ("not_started", "supplied"),
    "suspected": ("suspected", "supplied"),
    "determined": ("determined", "supplied"),
    "idle": ("idle", "supplied"),
    "excluded": ("excluded", "supplied"),
}
"""Figure: numerator and denominator among the names of ``summarise``."""
_EVER: Final = 9999
PARCELS: Final = (
    "status", "started", "excluded", AREA, "batch_id", "supply_no", "idle_cause", "disposal_route",
    "prefecture_adcode", "county_adcode", "zone_id",
)  # fmt: skip
"""Columns of parcels that figures rest on; lists of rows take more of the day of the report."""


@dataclass(frozen=True)
class Land:
    """What is known of one place on one day.

    Attributes:
        day: The day.
        parcels: n parcels with the columns of :func:`analytics.idle.status.parcel_status` for
            that day, ``area_ellipsoidal_m2``, ``batch_id``, ``supply_no`` and the codes of the
            units.
        batches: Batch ledger; may be empty.
        supplies: Supply ledger.
        cases: Idle-case ledger.
        links: Which supply draws on which batch; None where nobody says.
    """

    day: dt.date
    parcels: pd.DataFrame
    batches: pd.DataFrame
    supplies: pd.DataFrame
    cases: pd.DataFrame
    links: pd.DataFrame | None = None
    _balances: dict[tuple[dt.date, bool], pd.DataFrame] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @cached_property
    def traced(self) -> pd.DataFrame:
        """Supplies by batch (:func:`domain.tracing.trace`): what balances need, worked out once."""
        needed = [name for name in ("supply_no", *SUPPLY_COLUMNS) if name in self.supplies]
        return trace(self.supplies[needed], self.links)

    @cached_property
    def waiting(self) -> pd.DataFrame:
        """Land that is supplied and not started, by ``batch_id``: ``count`` and ``area_m2``."""
        rows = self.parcels.loc[waits(self.parcels), ["batch_id", "supply_no", AREA]]
        parts = not_started_of(rows, self.supplies, self.links)
        return parts.groupby("batch_id").agg(count=("share", "sum"), area_m2=("area_m2", "sum"))

    def balance(self, day: dt.date, *, early: bool = False) -> pd.DataFrame:
        """Balance of the batches on any day (:func:`analytics.approvals.balance`); shared.

        With ``early`` a batch counts from its first supply on, even before its approval.
        """
        known = self._balances.get((day, early))
        if known is None:
            batches = self.batches
            if early:
                end = pd.Timestamp(day)
                on = batches["approved_on"]
                batches = batches.assign(approved_on=on.mask(on > end, end))
            known = approvals.balance(batches, self.traced, as_of=day)
            self._balances[day, early] = known
        return known

    def at(self, day: dt.date, parcels: pd.DataFrame) -> Land:
        """The same ledgers with the parcels of another day."""
        return self._like(replace(self, day=day, parcels=parcels))

    def of(self, batches: pd.DataFrame, balance: pd.DataFrame) -> Land:
        """The same land with some of its batches only, given their balance on its day."""
        other = self._like(replace(self, batches=batches))
        other._balances[self.day, False] = balance  # noqa: SLF001 - of the same class
        return other

    def _like(self, other: Land) -> Land:
        # Batches are traced by supplies and links alone, and those are the same.
        if "traced" in vars(self):
            vars(other)["traced"] = self.traced
        return other


@dataclass(frozen=True)
class LeftOut:
    """Batches that no figure counts, because more was supplied and written off than approved.

    Attributes:
        rows: Their labels in the ledger.
        names: Their numbers (``batch_id``).
        area_m2: Their approved area.
    """

    rows: tuple[Hashable, ...] = ()
    names: tuple[str, ...] = ()
    area_m2: float = 0.0

    @property
    def count(self) -> int:
        """How many."""
        return len(self.rows)


def sound(land: Land) -> tuple[Land, LeftOut]:
    """The land without batches whose ledger cannot be true, and what that leaves out."""
    if land.batches.empty:
        return land, LeftOut()
    apart = approvals.split_oversupplied(land.batches, land.traced, as_of=land.day)
    wrong = apart.oversupplied
    names = tuple(map(str, wrong["batch_id"]))
    out = LeftOut(tuple(wrong.index), names, apart.approved_m2)
    return land.of(apart.batches, apart.balances), out


def figures(now: Land, before: Land | None, *, by: By | None, rules: RuleSet) -> pd.DataFrame:
    """All figures of every unit.

    A figure whose ledger is empty, or whose rule is not in force on the day, has no rows.

    Args:
        now: The land on the day of the report; pass it through :func:`sound` first.
        before: The same land on the baseline day, as a rule 31 December of the year before. Without
            it nothing has a change, and there are no disposal rates.
        by: Column of the unit; None sums everything into the unit ``""``.
        rules: The rules of ``approvals`` in force on the day of the report.

    Returns:
        Long frame with :data:`COLUMNS`, sorted by unit and by the order of ``DEFINITIONS``:
        numerator (``count``, ``area_m2``), denominator (``of_count``, ``of_m2``), ``share`` and
        ``share_count`` (NaN without a denominator; of ``cycle`` the years, of ``net_*`` the change
        as a share of the baseline), the numerator on the baseline day and the change since. Counts
        are Int64, the rest float64. Sums over units are those of the whole.

    Raises:
        SchemaError: A column is absent.
        OversuppliedError: A batch is left with less than nothing.
    """
    stock = _stock(now, by, rules).set_index(["unit", "figure"])
    if before is not None:
        was = _stock(before, by, rules).set_index(["unit", "figure"])
        both = stock.index.union(was.index)
        stock = stock.reindex(both)
        # A unit without rows of a figure had or has nothing of it.
        stock[list(_PARTS)] = stock[list(_PARTS)].fillna(0.0)
        known = both.get_level_values("figure").isin(was.index.get_level_values("figure"))
        earlier = was[["count", "area_m2"]].reindex(both).fillna(0.0)
        earlier[~known] = np.nan
        stock["before_count"], stock["before_m2"] = earlier["count"], earlier["area_m2"]
    else:
        stock["before_count"] = stock["before_m2"] = np.nan
    parts = [stock.reset_index()]
    if before is not None:
        parts += [_disposal(now, before, by, rules), _idle_disposal(now, before, by)]
    out = pd.concat([part for part in parts if len(part)], ignore_index=True)
    return _finished(out)


def _finished(out: pd.DataFrame) -> pd.DataFrame:
    change = out["area_m2"] - out["before_m2"]
    disposed = out["figure"].map(lambda key: DEFINITIONS[key].kind == "rate")
    # What was disposed of is what the stock has become smaller by.
    out["change_m2"] = change.mask(disposed, -out["area_m2"])
    out["change_count"] = (out["count"] - out["before_count"]).mask(disposed, -out["count"])
    net = out["figure"].map(lambda key: DEFINITIONS[key].kind == "change")
    out["of_m2"] = out["of_m2"].mask(net, out["before_m2"])
    out["of_count"] = out["of_count"].mask(net, out["before_count"])
    part, part_count = (
        out["area_m2"].mask(net, out["change_m2"]),
        out["count"].mask(net, out["change_count"]),
    )
    out["share"] = part / out["of_m2"].where(out["of_m2"] > 0)
    out["share_count"] = part_count / out["of_count"].where(out["of_count"] > 0)
    order = {key: i for i, key in enumerate(DEFINITIONS)}
    out = out.assign(_order=out["figure"].map(order)).sort_values(
        ["unit", "_order"], ignore_index=True
    )
    counts = {name: "Int64" for name in COLUMNS if name.endswith("count") and "share" not in name}
    return out.loc[:, list(COLUMNS)].astype(counts)


def _stock(land: Land, by: By | None, rules: RuleSet) -> pd.DataFrame:
    """Numerators and denominators on one day: ``unit``, ``figure`` and :data:`_PARTS`."""
    sums = summarise(land.parcels, land.parcels, by=by).set_index("unit")
    parts = [
        _part(figure, sums[f"{a}_count"], sums[f"{a}_area_m2"], sums[f"{b}_count"],
              sums[f"{b}_area_m2"])
        for figure, (a, b) in _FROM_PARCELS.items()
    ]  # fmt: skip
    parts.append(_net("net_status", sums["idle_count"], sums["idle_area_m2"]))
    if len(land.cases):
        cases = land.cases[open_on(land.cases, land.day)]
        groups = cases.groupby(unit_of_case(land, cases, by))["idle_m2"]
        parts.append(_net("net_cases", groups.size(), groups.sum()))
    if len(land.batches):
        parts += _of_batches(land, sums, by, rules)
    return pd.concat(parts, ignore_index=True)


def _part(
    figure: str, count: pd.Series, area: pd.Series, of_count: pd.Series, of_area: pd.Series
) -> pd.DataFrame:
    values = dict(zip(_PARTS, (count, area, of_count, of_area), strict=True))
    out = pd.DataFrame(values).astype("float64").fillna(0.0).rename_axis("unit").reset_index()
    return out.assign(figure=figure)


def _net(figure: str, count: pd.Series, area: pd.Series) -> pd.DataFrame:
    return _part(figure, count, area, count * 0.0, area * 0.0)


def _of_batches(
    land: Land, sums: pd.DataFrame, by: By | None, rules: RuleSet
) -> list[pd.DataFrame]:
    found = land.balance(land.day)
    unit = unit_of(land.batches, by).reindex(found.index)
    area = found.drop(columns=["batch_id", "approved_on"]).groupby(unit).sum()
    area = area.reindex(area.index.union(sums.index), fill_value=0.0)
    count = {
        name: (found[f"{name}_m2"] > TOLERANCE_M2).groupby(unit).sum().reindex(area.index).fillna(0)
        for name in ("approved", "supplied", "unsupplied")
    }
    base = area["approved_m2"] - area["written_off_m2"]
    waiting = {
        name: sums[f"not_started_{name}"].reindex(area.index, fill_value=0)
        for name in ("count", "area_m2")
    }
    unused = area["unsupplied_m2"] + waiting["area_m2"]
    unused_count = count["unsupplied"] + waiting["count"]
    out = [
        _part("unsupplied", count["unsupplied"], area["unsupplied_m2"], count["approved"], base),
        _part("supplied", count["supplied"], area["supplied_m2"], count["approved"], base),
        _part("unused", unused_count, unused, count["approved"], area["approved_m2"]),
        _cycle(land, unused, unused_count, by, rules),
    ]
    if "APPR-SHARE-YEARS" in rules:
        out.append(_nonuse(land, found, by, rules))
    return out


def balance_on(land: Land, day: dt.date) -> pd.DataFrame:
    """Balance of the land's batches on a day, a copy; see :func:`analytics.approvals.balance`."""
    return land.balance(day).copy(deep=False)


def _cycle(
    land: Land, unused: pd.Series, unused_count: pd.Series, by: By | None, rules: RuleSet
) -> pd.DataFrame:
    """The stock over the mean pace of the last years, as in ``approvals.digestion_cycle``."""
    years = rules.value("APPR-CYCLE-YEARS")
    since = add_years(np.array([land.day], dtype="datetime64[D]"), -years)[0].astype(dt.date)
    # From the first supply on, so that nothing digested is lost between two days.
    then, now = land.balance(since, early=True), land.balance(land.day)
    done = {
        name: frame["supplied_m2"] + frame["written_off_m2"]
        for name, frame in (("then", then), ("now", now))
    }
    digested = done["now"] - done["then"].reindex(now.index)
    unit = unit_of(land.batches, by).reindex(now.index)
    pace = digested.groupby(unit).sum().reindex(unused.index, fill_value=0.0) / years
    # Years are counted of areas; batches digested in a mean year would be no whole number.
    return _part("cycle", unused_count, unused, pace * 0.0, pace)


def last_full_years(day: dt.date, years: int) -> tuple[int, int]:
    """First and last of the calendar years that are complete on a day."""
    last = day.year if (day.month, day.day) == (12, 31) else day.year - 1
    return last - years + 1, last


def _nonuse(land: Land, found: pd.DataFrame, by: By | None, rules: RuleSet) -> pd.DataFrame:
    """Land of the last full years' approvals that is not supplied or not started."""
    first, last = last_full_years(land.day, int(rules.value("APPR-SHARE-YEARS")))
    mine = found[found["approved_on"].dt.year.between(first, last)]
    unit = unit_of(land.batches, by).reindex(mine.index)
    by_batch = land.waiting.reindex(mine["batch_id"]).fillna(0.0).set_index(mine.index)
    area = (mine["unsupplied_m2"] + by_batch["area_m2"]).groupby(unit).sum()
    left = (mine["unsupplied_m2"] > TOLERANCE_M2).astype("float64")
    # A parcel of several batches counts once in all; rounding a share of it does no harm.
    count = (left + by_batch["count"]).groupby(unit).sum().round()
    return _part(
        "nonuse_3y", count, area, mine.groupby(unit).size(), mine["approved_m2"].groupby(unit).sum()
    )


def waits(parcels: pd.DataFrame) -> pd.Series:
    """Whether each parcel is supplied and not started (供而未用), with a letter or without."""
    at = parcels["status"].isin([*NOT_STARTED, "determined"])
    return ~parcels["started"].astype(bool) & at


def unit_of(frame: pd.DataFrame, by: By | None) -> pd.Series:
    """Unit that each row of parcels or of a ledger counts in: text, empty where none is named."""
    if by is None:
        return pd.Series("", index=frame.index, name="unit", dtype="str")
    return frame[by].astype("str").fillna("").rename("unit")


def unit_of_case(land: Land, cases: pd.DataFrame, by: By | None) -> pd.Series:
    """Unit of each case: it names its county; its zone is that of the supply that it is about."""
    if by != "zone_id":
        return unit_of(cases, by)
    at = places(cases["supply_no"], land.supplies["supply_no"])
    zone = unit_of(land.supplies, by).iloc[at[at >= 0]]
    out = pd.Series("", index=cases.index, name="unit", dtype="str")
    out.iloc[np.flatnonzero(at >= 0)] = zone.array
    return out


def open_on(cases: pd.DataFrame, day: dt.date) -> pd.Series:
    """Whether each case was suspected and not disposed of at the end of a day."""
    end = pd.Timestamp(day)
    return (cases["suspected_on"] <= end) & ~(cases["disposed_on"] <= end)


def cohorts(rules: RuleSet) -> dict[Cohort, tuple[int, int]]:
    """First and last approval year of each vintage (APPR-FIRST-YEAR, APPR-COHORT)."""
    first, split = (int(rules.value(key)) for key in ("APPR-FIRST-YEAR", "APPR-COHORT"))
    return {"before": (0, first - 1), "old": (first, split - 1), "new": (split, _EVER)}


def _disposal(now: Land, before: Land, by: By | None, rules: RuleSet) -> pd.DataFrame:
    """What was supplied or written off of the stock of the baseline day, by vintage."""
    if now.batches.empty:
        return pd.DataFrame()
    known = now.batches[now.batches["approved_on"] <= pd.Timestamp(before.day)]
    then = now.balance(before.day)["unsupplied_m2"]
    end = now.balance(now.day)["unsupplied_m2"].reindex(known.index)
    unit, years = unit_of(known, by), known["approved_on"].dt.year
    parts = []
    for cohort, span in cohorts(rules).items():
        if cohort == "before":
            continue
        mine = years.between(*span)
        had = then[mine] > TOLERANCE_M2
        gone = had & (end[mine] <= TOLERANCE_M2)
        sums = [
            values.groupby(unit[mine]).sum()
            for values in (gone, then[mine] - end[mine], had, then[mine])
        ]
        parts.append(_part(f"disposal_{cohort}", *sums))
    return _from_baseline(parts)


def _idle_disposal(now: Land, before: Land, by: By | None) -> pd.DataFrame:
    if now.cases.empty:
        return pd.DataFrame()
    stock = now.cases[open_on(now.cases, before.day)]
    gone = stock[stock["disposed_on"] <= pd.Timestamp(now.day)]
    sums = []
    for cases in (gone, stock):
        groups = cases.groupby(unit_of_case(now, cases, by))["idle_m2"]
        sums += [groups.size(), groups.sum()]
    return _from_baseline([_part("disposal_idle", *sums)])


def _from_baseline(parts: list[pd.DataFrame]) -> pd.DataFrame:
    out = pd.concat(parts, ignore_index=True)
    return out.assign(before_count=out["of_count"], before_m2=out["of_m2"])
