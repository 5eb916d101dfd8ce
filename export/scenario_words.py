"""A scenario of consolidation in words and tables, for annex, workbook and page alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import pandas as pd

from analytics.consolidation.scenario import Basis, FigureKept, PairKept, Scenario
from domain import boundaries, formats, reference
from domain.i18n import Translator
from domain.rules import load_rules
from domain.zone_names import short
from export.docx_parts import clean

GOAL_DECIMALS: Final = {"score": 1, "large": 0, "bodies": 0, "balance": 0}
SHOWN: Final = {
    "area_m2": 2, "revenue_yi": 1, "tax_per_mu": 2, "idle_share": 1, "digestion_years": 1,
    "bodies": 0,
}  # fmt: skip
"""Figures of a unit in the order of the annex, with their decimals."""
_NAMED: Final = 4
"""Pairs or zones of a condition that are named; the others are counted."""
_OTHER_YEAR: Final = "year"


@dataclass(frozen=True)
class Words:
    """Says what a scenario holds, in one language.

    Attributes:
        scenario: What is said.
        t: Texts.
    """

    scenario: Scenario
    t: Translator

    @property
    def joiner(self) -> str:
        """Between the members of a list."""
        return self.t.pick("、", ", ")

    def place(self) -> str:
        """The place that was planned."""
        code = self.scenario.choices.place
        if not code:
            return self.t("scenario.province")
        return boundaries.name_of(code, self.t.language)

    def zone(self, zone_id: str) -> str:
        """Name of a zone as it was when the scenario was saved."""
        names = self.scenario.result.zone_names.get(zone_id)
        return clean(self.t.pick(*names) if names else zone_id)

    def brief(self, zone_id: str) -> str:
        """The common short form of a zone's name."""
        return short(self.zone(zone_id))

    def pair(self, pair: tuple[str, str]) -> str:
        """Host ← absorbed zone, short."""
        return f"{self.brief(pair[0])} ← {self.brief(pair[1])}"

    def sides(self, pair: PairKept) -> tuple[str, str]:
        """Full names of host and absorbed zone."""
        return clean(self.t.pick(*pair.host_name)), clean(self.t.pick(*pair.absorbed_name))

    def goals(self) -> str:
        """The goals in their order."""
        names = [self.t(f"conplan.goal.{goal}") for goal in self.scenario.choices.goals]
        return self.t.pick("，其次 ", ", then ").join(names)

    def outcome(self) -> str:
        """Whether the plan is proven, or why there is none."""
        return self.t(f"scenario.outcome.{self.scenario.result.outcome}")

    def conditions(self) -> list[str]:
        """Every condition, one sentence each."""
        t, chosen = self.t, self.scenario.choices
        per_host = chosen.per_host
        if per_host is None:
            per_host = int(chosen.rule_values.get("CON-PLAN-PER-HOST", 0))
        out = [t("scenario.condition.per_host", n=per_host)]
        out.append(t(f"scenario.condition.{'across' if chosen.across else 'same_prefecture'}"))
        if chosen.national_hosts:
            out.append(t("scenario.condition.national_hosts"))
        named: dict[str, tuple[tuple[str, str], ...]] = {
            "locked": chosen.locked, "forbidden": chosen.forbidden, "trustees": chosen.trustees,
        }  # fmt: skip
        for key, pairs in named.items():
            if pairs:
                listed = self._few([self.pair(pair) for pair in pairs])
                out.append(t(f"scenario.condition.{key}", n=len(pairs), names=listed))
        for key, zones in (
            ("barred_hosts", chosen.barred_hosts), ("admitted_hosts", chosen.admitted_hosts),
        ):  # fmt: skip
            if zones:
                listed = self._few([self._host(zone) for zone in zones])
                out.append(t(f"scenario.condition.{key}", names=listed))
        if chosen.roads:
            out.append(t("scenario.condition.roads", name=clean(chosen.roads)))
        if chosen.shares:
            out.append(t("scenario.condition.shares", names=self.shares()))
        out += self.land()
        demonstration = "counted" if chosen.demonstration else "not_counted"
        out.append(t(f"scenario.condition.demonstration_{demonstration}"))
        return out

    def _host(self, zone_id: str) -> str:
        """A zone that is barred or admitted as a host, with the reason that was given."""
        why = clean(self.scenario.choices.host_reasons.get(zone_id, ""))
        told = {"name": self.brief(zone_id), "why": why or self.t("scenario.no_reason")}
        return self.t("scenario.host_reason", **told)

    def land(self) -> list[str]:
        """Land added to units and taken out of them: how much, and of which file."""
        out = []
        for unit in self.scenario.result.units:
            for one in unit.land:
                source = clean(one.source) or self.t("scenario.land_area")
                told = {"host": self.brief(unit.host_id), "area": formats.area(one.known_m2, "ha")}
                out.append(self.t(f"scenario.land.{one.side}", **told, source=source))
        return out

    def shares(self) -> str:
        """Least shares by prefecture; one figure where all have the same."""
        shares = self.scenario.choices.shares
        if len(set(shares.values())) == 1 and len(shares) > _NAMED:
            every = formats.share(next(iter(shares.values())))
            return self.t("scenario.shares_all", n=len(shares), share=every)
        told = [
            f"{boundaries.name_of(code, self.t.language)} {formats.share(share)}"
            for code, share in shares.items()
        ]
        return self._few(told)

    def moved(self) -> list[str]:
        """Weights and limits that stood at another value than the rule file gives."""
        chosen = self.scenario.choices
        rules = load_rules("consolidation", as_of=chosen.day)
        out = []
        for key in chosen.moved:
            rule = rules.get(key)
            name = self.t.pick(rule.title_zh, rule.title_en) if rule else key
            before = formats.number(rule.value, 3) if rule else formats.MISSING
            value = formats.number(chosen.rule_values[key], 3)
            out.append(self.t("scenario.moved", name=name, before=before, value=value))
        return out

    def measure(self, name: str) -> str:
        """Name of a measure with its unit."""
        if name in ("pairs", "hosts"):
            return self.t(f"scenario.measure.{name}")
        limit = formats.count(self.scenario.choices.rule_values.get("CON-PLAN-LARGE"))
        return self.t(f"scenario.measure.{name}", limit=limit)

    def figure(self, name: str, value: float | None) -> str:
        """A figure of a unit as text without unit."""
        if value is None:
            return formats.MISSING
        if name == "area_m2":
            return formats.area(value, "ha")
        if name == "idle_share":
            return formats.share(value)
        return formats.fixed(value, SHOWN.get(name, 2))

    def lacking(self, figure: FigureKept) -> str:
        """Which zones lack a figure of a unit."""
        if figure.missing == (_OTHER_YEAR,):
            return self.t("conplan.other_year")
        return self.joiner.join(self.brief(zone) for zone in figure.missing)

    def sectors(self, codes: Iterable[str]) -> str:
        """Names of sectors."""
        table = reference.table("sectors").set_index("sector_code")
        names = table[self.t.pick("name_zh", "name_en")]
        return self.joiner.join(str(names.get(code, code)) for code in codes)

    def basis(self, one: Basis) -> str:
        """What one thing is that the scenario rests on, and its state."""
        named = thing(self.t, one.origin, one.name)
        return self.t(
            "scenario.basis_line", name=named, version=state(self.t, one.origin, one.version)
        )

    def unknown(self) -> list[str]:
        """Zones that a goal could not count, by goal."""
        rows = [(lack.goal, lack.zone_id) for lack in self.scenario.result.lacking]
        out = []
        for goal, zones in pd.DataFrame(rows, columns=["goal", "zone"]).groupby("goal", sort=False):
            listed = self._few([self.brief(zone) for zone in zones["zone"]])
            name = self.t(f"conplan.goal.{goal}")
            out.append(self.t("scenario.unknown", goal=name, n=len(zones), names=listed))
        return out

    def left_out(self) -> str:
        """How many pairs were not admitted, and why; empty where all were."""
        counts = self.scenario.result.left_out
        told = [self.t(f"conplan.left_out.{why}", n=n) for why, n in counts.items() if n]
        reasons = self.t.pick("；", "; ").join(told)
        return self.t("conplan.left_out", reasons=reasons) if told else ""

    def _few(self, names: list[str]) -> str:
        listed = self.joiner.join(names[:_NAMED])
        if len(names) <= _NAMED:
            return listed
        return self.t("scenario.and_more", names=listed, n=len(names))


def thing(t: Translator, origin: str, name: str) -> str:
    """What a scenario rests on, without its state: kind and name."""
    role, _, own = name.partition(":")
    key = f"scenario.basis.{origin}.{role}"
    kind, said = t(f"scenario.basis.{origin}"), t(key) if key in t else clean(name)
    if own and key in t:
        said = f"{said} {clean(own)}"
    return t("scenario.basis_name", kind=kind, name=said)


def state(t: Translator, origin: str, version: str) -> str:
    """How the state of a thing is called; that of a ledger by its last act on the trail."""
    return t("scenario.basis_act", n=version) if origin == "ledger" else clean(version)
