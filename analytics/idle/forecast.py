"""Stock, digestion cycle and net change over the coming months, from assumptions that are said.

Nothing is drawn at random. Four stocks, in m2, move month by month: ``unsupplied`` (批而未供),
``waiting`` (supplied, not started, not idle yet), ``idle`` (idle and not started) and ``stopped``
(idle after a start). 批而未用 is the sum of the first three.

* The clock moves parcels on by itself: what is not started becomes idle on its day.
* New approvals come in, and land is supplied and started, at a steady pace: the mean of the last
  years, or none at all. A start at the ordinary pace is taken off all waiting land alike; land
  supplied from now on becomes due only after the forecast.
* What a plan supplies or starts counts into the ordinary pace first, so that nothing counts twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.disposal.options import GIVEN_UP, STARTS, SUPPLIED, SUPPLIED_BUILT, TAKEN_BACK

STOCKS: Final = ("unsupplied", "waiting", "idle", "stopped")
FLOWS: Final = (
    "approved", "supplied", "written_off", "started", "became_idle", "restarted", "idle_started",
    "taken_back", "stopped_idle", "stopped_back", "resolved",
)  # fmt: skip
BALANCE: Final = {
    "unsupplied": ({"approved", "taken_back", "stopped_back"}, {"supplied", "written_off"}),
    "waiting": ({"supplied", "restarted"}, {"started", "became_idle"}),
    "idle": ({"became_idle"}, {"restarted", "idle_started", "taken_back"}),
    "stopped": ({"stopped_idle"}, {"stopped_back", "resolved"}),
}
"""What comes into each stock and what leaves it."""
RESTARTING: Final = ("D1", "D2", "D3", "D5", "D6")
"""Routes after which the clock starts anew; the fee (D7) leaves the land idle."""
_MONTHS: Final = 12
_OUT: Final = 10_000
"""Month of parcels that no clock moves within any forecast."""

Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Paces:
    """Steady flows, m2 a month.

    Attributes:
        approved: New approvals.
        supplied: Ordinary supply and write-off.
        started: Ordinary starts on land that is not idle.
    """

    approved: float = 0.0
    supplied: float = 0.0
    started: float = 0.0


@dataclass(frozen=True)
class Opening:
    """The land on the first day.

    Attributes:
        unsupplied_m2: 批而未供.
        parcels: One row a parcel: ``item``, ``area_m2``, ``state`` (``waiting``, ``idle``,
            ``stopped``, ``building``), ``due`` (months until the clock makes it idle; missing where
            it does not).
        digested: Area digested in each of the past months, oldest first; as many as the cycle
            averages.
    """

    unsupplied_m2: float
    parcels: pd.DataFrame = field(repr=False)
    digested: Values = field(repr=False)


@dataclass(frozen=True, slots=True)
class Assumption:
    """Something that a forecast takes for granted, as a message key with its values."""

    key: str
    values: dict[str, float]


def forecast(
    opening: Opening,
    *,
    paces: Paces,
    months: int,
    choices: pd.DataFrame | None = None,
    slip: int = 0,
) -> pd.DataFrame:
    """The stocks at the end of each month, and what flowed in it.

    Args:
        opening: The land on the first day.
        paces: Steady flows.
        months: How far.
        choices: Chosen options of a plan (``item``, ``option``, ``area_m2``, ``months``); None for
            nothing done.
        slip: Months by which everything planned comes later.

    Returns:
        ``months + 1`` rows, ``month`` 0 being the first day: the stocks of :data:`STOCKS`,
        ``stock`` (批而未用), ``idle_all`` (idle and stopped), ``net_idle`` (idle_all less that
        of the first day), ``digested`` in the month, ``cycle`` (years; NaN without a pace), and
        the flows of :data:`FLOWS`; all areas m2, float64.
    """
    state = _State(opening, paces, _by_month(choices, slip))
    rows = [state.row(0, dict.fromkeys(FLOWS, 0.0), 0.0)]
    for month in range(1, months + 1):
        flows = state.step(month)
        rows.append(state.row(month, flows, flows["supplied"] + flows["written_off"]))
    out = pd.DataFrame(rows)
    out["net_idle"] = out["idle_all"] - rows[0]["idle_all"]
    past = np.r_[opening.digested, out["digested"].to_numpy()[1:]]
    years = len(opening.digested) / _MONTHS
    window = [past[i : i + len(opening.digested)].sum() for i in range(months + 1)]
    pace = np.array(window) / years if years else np.zeros(months + 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        out["cycle"] = np.where(pace > 0, out["stock"].to_numpy() / pace, np.nan)
    return out


def _by_month(choices: pd.DataFrame | None, slip: int) -> dict[int, pd.DataFrame]:
    if choices is None or choices.empty:
        return {}
    month = np.ceil(choices["months"]).clip(lower=1).astype("int64") + slip
    return {int(str(m)): rows for m, rows in choices.groupby(month)}


class _State:
    """The stocks while months go by."""

    def __init__(self, opening: Opening, paces: Paces, acts: dict[int, pd.DataFrame]) -> None:
        parcels = opening.parcels
        self.paces, self.acts = paces, acts
        self.unsupplied = opening.unsupplied_m2
        self.place = {item: i for i, item in enumerate(parcels["item"])}
        self.state = parcels["state"].to_numpy(dtype=object).copy()
        self.left = parcels["area_m2"].to_numpy(dtype="float64").copy()
        self.due = parcels["due"].astype("float64").fillna(_OUT).to_numpy().copy()
        self.other = 0.0
        self.planned = {"supplied": 0.0, "started": 0.0}
        self.ordinary = {"supplied": 0.0, "started": 0.0}

    def sum(self, state: str) -> float:
        """Area of the parcels in a state."""
        return float(self.left[self.state == state].sum())

    def row(self, month: int, flows: dict[str, float], digested: float) -> dict[str, float]:
        """The stocks now, with what flowed in the month."""
        waiting = self.sum("waiting") + self.other
        idle, stopped = self.sum("idle"), self.sum("stopped")
        return {
            "month": month,
            "unsupplied": self.unsupplied,
            "waiting": waiting,
            "idle": idle,
            "stopped": stopped,
            "stock": self.unsupplied + waiting + idle,
            "idle_all": idle + stopped,
            "digested": digested,
            **flows,
        }

    def step(self, month: int) -> dict[str, float]:
        """One month: the clock, then the plan, then the ordinary course."""
        flows = dict.fromkeys(FLOWS, 0.0)
        flows["became_idle"] = self._clock(month, "waiting", "idle")
        flows["stopped_idle"] = self._clock(month, "building", "stopped")
        for item, option, area in self._acts(month):
            self._act(item, option, area, flows)
        flows["approved"] = self.paces.approved
        self.unsupplied += flows["approved"]
        self._supply(month, flows)
        self._start(month, flows)
        return flows

    def _acts(self, month: int) -> list[tuple[str, str, float]]:
        rows = self.acts.get(month)
        if rows is None:
            return []
        return list(zip(rows["item"], rows["option"], rows["area_m2"], strict=True))

    def _clock(self, month: int, before: str, after: str) -> float:
        moved = (self.state == before) & (self.due <= month)
        self.state[moved] = after
        return float(self.left[moved].sum())

    def _act(self, item: str, option: str, area: float, flows: dict[str, float]) -> None:
        """What one choice of a plan does in its month."""
        if option in SUPPLIED or option in SUPPLIED_BUILT or option in GIVEN_UP:
            self._dispose(option, area, flows)
            return
        at = self.place.get(item)
        if at is None or self.state[at] in ("gone", "building"):
            return
        area, was = float(self.left[at]), str(self.state[at])
        if was != "waiting" and (option in TAKEN_BACK or (option == "D5" and was == "stopped")):
            self.unsupplied += area
            flows["stopped_back" if was == "stopped" else "taken_back"] += area
            self.state[at] = "gone"
        elif option in RESTARTING and was == "stopped":
            flows["resolved"] += area
            self.state[at] = "gone"
        elif option in RESTARTING and was == "idle":
            flows["restarted"] += area
            self.state[at], self.due[at] = "waiting", _OUT
        elif option in STARTS:
            names = {"waiting": "started", "idle": "idle_started", "stopped": "resolved"}
            flows[names[was]] += area
            self.planned["started"] += area if was == "waiting" else 0.0
            self.state[at] = "gone"

    def _dispose(self, option: str, area: float, flows: dict[str, float]) -> None:
        """Unsupplied land is supplied, or its approval given up."""
        done = min(area, self.unsupplied)
        self.unsupplied -= done
        self.planned["supplied"] += done
        flows["written_off" if option in GIVEN_UP else "supplied"] += done
        if option in SUPPLIED:
            self.other += done
        elif option in SUPPLIED_BUILT:
            flows["started"] += done

    def _ordinary(self, name: Literal["supplied", "started"], month: int, most: float) -> float:
        """What the ordinary pace still brings beside what was planned until this month."""
        pace = self.paces.supplied if name == "supplied" else self.paces.started
        owed = pace * month - self.planned[name] - self.ordinary[name]
        done = min(max(owed, 0.0), most)
        self.ordinary[name] += done
        return done

    def _supply(self, month: int, flows: dict[str, float]) -> None:
        done = self._ordinary("supplied", month, self.unsupplied)
        self.unsupplied -= done
        self.other += done
        flows["supplied"] += done

    def _start(self, month: int, flows: dict[str, float]) -> None:
        waiting = self.state == "waiting"
        there = float(self.left[waiting].sum()) + self.other
        done = self._ordinary("started", month, there)
        if there > 0:
            kept = 1.0 - done / there
            self.left[waiting] *= kept
            self.other *= kept
        flows["started"] += done
