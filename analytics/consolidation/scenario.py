"""A plan of consolidation as it is kept: what was chosen, what it rests on, what came out.

Everything that made the result stands in the scenario, so that it can be worked out again and be
seen to be the same, or to have become another. Figures are kept as they were; what was not known
is null.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from analytics.consolidation.candidates import with_values
from analytics.consolidation.model import Outcome
from analytics.consolidation.task import Conditions, Goal, Pair
from analytics.consolidation.whatif import Form
from domain.rules import RuleSet
from geo.errors import GanyuanError

FORMAT: Final = 2
"""Form of a kept scenario: raised with every change that older releases cannot read."""
KIND: Final = "consolidation"
"""What the store keeps scenarios under."""

Side = Literal["host", "absorbed", "after"]
Origin = Literal["dataset", "ledger", "reference", "rules", "release"]
LandSide = Literal["expanded", "removed"]
Figure = Annotated[float | None, Field(allow_inf_nan=False)]


class DamagedScenarioError(GanyuanError):
    """What was kept cannot be read as a scenario."""

    code = "CSC-001"


class LaterScenarioError(GanyuanError):
    """A scenario was kept by a later release."""

    code = "CSC-002"


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Basis(_Kept):
    """One thing that a scenario rests on.

    Attributes:
        origin: What it is.
        name: Role of a dataset (``outlines``, ``parcels``), ledger, table, rule file or program;
            one of each in a scenario.
        version: How a person calls its state: ``dataset@3``, number of the last act, release.
        digest: Content; empty where the version alone tells.
    """

    origin: Origin
    name: str
    version: str
    digest: str = ""


class Choices(_Kept):
    """What the planner chose.

    Attributes:
        place: Code of the prefecture; empty for the province.
        day: Day that is judged.
        rule_values: Value of every rule ``consolidation`` that counted, by id.
        moved: Those of them that stood at another value than the rule file gives.
        demonstration: Demonstration figures counted.
        goals: In the order of their importance.
        per_host: Zones that a host takes at most; None for the value of the rules.
        across: Pairs across prefectures may be chosen.
        national_hosts: Only national zones may be hosts.
        barred_hosts: Zones that may not be hosts.
        admitted_hosts: Zones that may be hosts although level or an open case would bar them.
        host_reasons: Why a zone is barred or admitted, in the planner's words, by zone.
        roads: Name of the road network that distances follow; empty for none.
        locked: Pairs that must be chosen.
        forbidden: Pairs that must not.
        trustees: Pairs that are held in trust.
        shares: Least share of the absorbable zones of a prefecture, by its code.
    """

    place: str
    day: dt.date
    rule_values: dict[str, float]
    moved: tuple[str, ...] = ()
    demonstration: bool = False
    goals: Annotated[tuple[Goal, ...], Field(min_length=1)]
    per_host: int | None = None
    across: bool = False
    national_hosts: bool = False
    barred_hosts: tuple[str, ...] = ()
    admitted_hosts: tuple[str, ...] = ()
    host_reasons: dict[str, str] = {}
    roads: str = ""
    locked: tuple[Pair, ...] = ()
    forbidden: tuple[Pair, ...] = ()
    trustees: tuple[Pair, ...] = ()
    shares: dict[str, float] = {}

    def conditions(self) -> Conditions:
        """The same as a plan takes them."""
        return Conditions(
            goals=self.goals,
            per_host=self.per_host,
            same_prefecture=not self.across,
            national_hosts=self.national_hosts,
            barred_hosts=frozenset(self.barred_hosts),
            admitted_hosts=frozenset(self.admitted_hosts),
            locked=frozenset(self.locked),
            forbidden=frozenset(self.forbidden),
            trustees=frozenset(self.trustees),
            shares=self.shares,
        )

    def rules(self, rules: RuleSet) -> RuleSet:
        """The rules with the values of the scenario; those that are no longer there are left out.

        Args:
            rules: The rules ``consolidation`` of the same day.
        """
        return with_values(rules, {k: v for k, v in self.rule_values.items() if k in rules})


class TermKept(_Kept):
    """One term of a pair; ``value`` and ``points`` (0-100) are missing where unknown.

    ``contribution`` is what it adds to the score, missing where it does not count; ``date`` and
    ``precision`` say of which years its facts are and how exact. A term of the state
    ``demonstration`` that did not count is kept without value and points.
    """

    term: str
    state: str
    weight: float
    value: str = ""
    points: Figure = None
    contribution: Figure = None
    source: str = ""
    date: str = ""
    precision: str = ""


class PairKept(_Kept):
    """A chosen pair: for study, never a proposal.

    Attributes:
        host_id: Host.
        absorbed_id: The other zone.
        host_name: Names in Chinese and English.
        absorbed_name: The same of the other zone.
        form: ``merge`` or ``trusteeship``.
        score: Points, 0-100.
        rank: Rank among the candidates of the province; None without one.
        known_share: Weight of the known terms over all weight.
        distance_km: Between the zones; None where it is not known.
        standing: ``robust``, ``fragile`` or ``outside``; empty where it was not worked out.
        in_first: Share of the random weightings in which it stands among the first.
        terms: Every term of the score.
    """

    host_id: str
    absorbed_id: str
    host_name: tuple[str, str]
    absorbed_name: tuple[str, str]
    form: Form
    score: float
    rank: int | None = None
    known_share: float
    distance_km: Figure = None
    standing: str = ""
    in_first: Figure = None
    terms: tuple[TermKept, ...] = ()

    @property
    def key(self) -> str:
        """``host>absorbed``."""
        return f"{self.host_id}>{self.absorbed_id}"


class GoalKept(_Kept):
    """A goal with its value, the bound that none can beat, and their gap."""

    goal: Goal
    value: float
    bound: float
    gap: float


class FigureKept(_Kept):
    """One figure of a unit before and after; ``missing`` names the zones that lack it."""

    figure: str
    host: Figure = None
    absorbed: Figure = None
    after: Figure = None
    missing: tuple[str, ...] = ()


class LandKept(_Kept):
    """Land that a unit gains or gives up with a merger.

    Attributes:
        side: Added or taken out.
        area_m2: Its area, on the ellipsoid where there are shapes.
        shapes: Polygons as WKT in EPSG:4490; none where only an area was entered.
        source: Name of the file and its checksum; empty without one.
    """

    side: LandSide
    area_m2: Annotated[float, Field(allow_inf_nan=False, ge=0.0)]
    shapes: tuple[str, ...] = ()
    source: str = ""

    @property
    def known_m2(self) -> float:
        """Its area in m2; NaN for shapes of a unit without an outline, which none were measured."""
        return math.nan if self.shapes and not self.area_m2 else self.area_m2


class UnitKept(_Kept):
    """A host with all that it takes.

    Attributes:
        host_id: The host.
        merged: Zones whose figures are added.
        entrusted: Zones held in trust: nothing of theirs is added.
        figures: :data:`analytics.consolidation.whatif.ADDED` and what follows from it.
        gained: Sectors that the unit has and the host alone had not, codes.
        land: Land added and taken out; it is in the area of the unit.
    """

    host_id: str
    merged: tuple[str, ...]
    entrusted: tuple[str, ...]
    figures: tuple[FigureKept, ...]
    gained: tuple[str, ...] = ()
    land: tuple[LandKept, ...] = ()


class LackKept(_Kept):
    """A zone that a goal leaves out because what it needs is not known."""

    goal: Goal
    zone_id: str


class Result(_Kept):
    """What the choices led to; see :class:`analytics.consolidation.plan.Plan`.

    Attributes:
        outcome: ``optimal`` or ``gap``; a scenario without a plan is kept as well.
        pairs: Chosen pairs.
        goals: Every goal that was asked for.
        before: The four measures without any choice.
        after: The four measures of the choice; empty without a plan.
        units: One per host.
        lacking: Zones that a goal left out.
        left_out: Number of pairs not admitted, by reason.
        zone_names: Names of every zone that is named, Chinese and English.
    """

    outcome: Outcome
    pairs: tuple[PairKept, ...]
    goals: tuple[GoalKept, ...]
    before: dict[str, Figure]
    after: dict[str, Figure]
    units: tuple[UnitKept, ...]
    lacking: tuple[LackKept, ...] = ()
    left_out: dict[str, int] = {}
    zone_names: dict[str, tuple[str, str]] = {}


class Scenario(_Kept):
    """A scenario of consolidation."""

    format: Literal[1, 2] = 2
    choices: Choices
    basis: tuple[Basis, ...]
    result: Result

    def to_json(self) -> dict[str, Any]:
        """As plain JSON, to be kept by the store."""
        return self.model_dump(mode="json")


def from_json(content: Mapping[str, Any]) -> Scenario:
    """A scenario as it was kept.

    Raises:
        LaterScenarioError: A later release wrote it.
        DamagedScenarioError: It is no scenario.
    """
    number = content.get("format")
    if isinstance(number, int) and number > FORMAT:
        raise LaterScenarioError(
            f"the scenario has format {number}, this release reads {FORMAT}; update the program",
            values={"format": number, "known": FORMAT},
        )
    try:
        return Scenario.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise DamagedScenarioError(
            f"the scenario cannot be read at {where}: {first['msg']}; save it anew",
            values={"where": where},
        ) from error


CHANGES: Final = ("changed", "gone", "new")
"""What can have happened to a thing that a scenario rests on."""


def outdated(scenario: Scenario, now: Iterable[Basis]) -> pd.DataFrame:
    """Which of the things that a scenario rests on are not what they were.

    Args:
        scenario: As it was kept.
        now: The same things as they stand.

    Returns:
        RangeIndex; ``origin``, ``name``, ``change`` (of :data:`CHANGES`), ``old`` and ``new``
        version (empty where there is none). No row: everything is as it was.
    """
    old = {(one.origin, one.name): one for one in scenario.basis}
    new = {(one.origin, one.name): one for one in now}
    rows = []
    for key in dict.fromkeys([*old, *new]):
        before, after = old.get(key), new.get(key)
        if before is None or after is None:
            change = "new" if before is None else "gone"
        elif _same(before, after):
            continue
        else:
            change = "changed"
        told = [one.version if one is not None else "" for one in (before, after)]
        rows.append((*key, change, *told))
    columns = ["origin", "name", "change", "old", "new"]
    return pd.DataFrame(rows, columns=columns, dtype="string")


def _same(before: Basis, after: Basis) -> bool:
    """The same content; where both have a digest, however it is called."""
    if before.digest and after.digest:
        return before.digest == after.digest
    return before.version == after.version
