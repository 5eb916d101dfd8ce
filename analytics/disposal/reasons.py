"""Why each option of a plan was chosen, as message keys with values: words are of the page.

Nothing here says what must be done: a plan is a proposal, and the reasons are the facts that it
rests on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import pandas as pd

from analytics.disposal.plan import Plan

Value = str | float
Topic = Literal["why", "needs", "next", "cost", "others"]
TOPICS: Final[tuple[Topic, ...]] = ("why", "needs", "next", "cost", "others")

_LATE_FIRST: Final = ("dearer", "late", "barred", "capped")


@dataclass(frozen=True, slots=True)
class Reason:
    """One sentence.

    Attributes:
        topic: ``why`` this option, what it ``needs``, what comes ``next``, its ``cost``, and the
            ``others`` that were dearer, too late, barred or capped.
        key: Message key (``planner.reason...``, ``planner.need...``, ``planner.next...``).
        values: Values of its placeholders: numbers, or texts of data. A value whose name is
            ``option`` is a code, ``bars`` are words joined by ``;``.
    """

    topic: Topic
    key: str
    values: Mapping[str, Value]


def reasons(candidates: pd.DataFrame, plan: Plan, item: str) -> list[Reason]:
    """The reasons of one choice of a plan.

    Args:
        candidates: What the plan was made from (:func:`analytics.disposal.options.candidates`).
        plan: The plan.
        item: An item of ``plan.choices``.

    Returns:
        Reasons by topic in the order of :data:`TOPICS`.

    Raises:
        KeyError: The plan chooses nothing for the item.
    """
    found = plan.choices[plan.choices["item"] == item]
    if found.empty:
        raise KeyError(item)
    mine = found.iloc[0]
    ways = candidates[candidates["item"] == item]
    others = ways[ways["option"] != mine["option"]]
    return [
        *_why(mine, others),
        *_needs(mine),
        Reason("next", f"planner.next.{mine['option'].lower()}", {}),
        _cost(mine),
        *_others(mine, others, plan.horizon_months),
    ]


def _why(mine: pd.Series, others: pd.DataFrame) -> list[Reason]:
    open_ways = others[others["permitted"]]
    out = []
    if mine["locked"]:
        out.append(Reason("why", "planner.reason.locked", {}))
    elif open_ways.empty:
        out.append(Reason("why", "planner.reason.only", {}))
    else:
        cheaper = open_ways[open_ways["effort_wan"] < mine["effort_wan"]]
        key = "cheapest" if cheaper.empty else "not_cheapest"
        out.append(Reason("why", f"planner.reason.{key}", {"ways": float(len(open_ways) + 1)}))
    counts = _counts(mine)
    if counts:
        out.append(Reason("why", f"planner.reason.counts_{counts}", {"m2": float(mine["area_m2"])}))
    if not mine["in_time"]:
        out.append(Reason("why", "planner.reason.too_late", {"months": float(mine["months"])}))
    if mine["assumed"]:
        out.append(Reason("why", "planner.reason.assumed", {}))
    if mine["recorded"]:
        out.append(Reason("why", "planner.reason.recorded", {}))
    return out


def _counts(mine: pd.Series) -> str:
    """What the option counts for: idle, unsupplied, old (of the old cohort) or stock."""
    if mine["idle_m2"] > 0:
        return "idle"
    if mine["old_m2"] > 0:
        return "old"
    if mine["unsupplied_m2"] > 0:
        return "unsupplied"
    return "stock" if mine["stock_m2"] < 0 else ""


def _needs(mine: pd.Series) -> list[Reason]:
    words = [word for word in str(mine["needs"]).split(";") if word]
    return [Reason("needs", f"planner.need.{word}", {}) for word in words]


def _cost(mine: pd.Series) -> Reason:
    values: dict[str, Value] = {
        "months": float(mine["months"]),
        "days": float(mine["staff_days"]),
        "cost": float(mine["cost_wan"]),
        "own": float(mine["own_wan"]),
        "income": float(mine["income_wan"]),
    }
    key = "fee" if mine["option"] == "D7" else "plain"
    if mine["option"] == "D4B":
        key = "bond"
    elif mine["price_assumed"]:
        key = "assumed_price"
    return Reason("cost", f"planner.cost.{key}", values)


def _others(mine: pd.Series, others: pd.DataFrame, horizon: float) -> list[Reason]:
    """What became of every other option of the item."""
    out = []
    values: dict[str, Value]
    for way in others.to_dict("records"):
        option = str(way["option"])
        if not way["permitted"]:
            kind, values = "barred", {"bars": str(way["barred_by"])}
        elif way["months"] > horizon:
            kind, values = "late", {"months": float(way["months"])}
        elif way["effort_wan"] >= mine["effort_wan"]:
            kind, values = "dearer", {"more": float(way["effort_wan"] - mine["effort_wan"])}
        else:
            kind, values = "capped", {"less": float(mine["effort_wan"] - way["effort_wan"])}
        out.append(Reason("others", f"planner.other.{kind}", {"option": option, **values}))
    order = {name: i for i, name in enumerate(_LATE_FIRST)}
    return sorted(out, key=lambda reason: order[reason.key.rsplit(".", 1)[1]])


def topics(found: Sequence[Reason]) -> dict[Topic, list[Reason]]:
    """The reasons by topic, in order; topics without any are left out."""
    groups = {topic: [r for r in found if r.topic == topic] for topic in TOPICS}
    return {topic: group for topic, group in groups.items() if group}
