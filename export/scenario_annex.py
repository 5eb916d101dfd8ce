"""The two-page annex of a scenario: what stands on it, in words, before it is drawn.

Drawn as PDF by :mod:`export.scenario_annex_pdf` and as DOCX by :mod:`export.scenario_annex_docx`.
A pair is a candidate for study (整合研究对象), never a proposal.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Final

from analytics.consolidation.scenario import PairKept, Scenario, UnitKept
from analytics.consolidation.task import GOALS
from domain import formats
from domain.i18n import Translator
from domain.zone_names import short
from export.docx_parts import clean
from export.scenario_map import draw_units
from export.scenario_outlines import ScenarioOutlines, no_outlines
from export.scenario_words import GOAL_DECIMALS, SHOWN, Words
from store import Scenario as SavedScenario

MOST_PAIRS: Final = 18
MOST_UNITS: Final = 12
"""Rows of the two long tables; what is beyond stands in the workbook, and the annex says so."""


@dataclass(frozen=True)
class Table:
    """A table of the annex.

    Attributes:
        head: Headings.
        rows: Cells as text.
        widths: Widths of the columns in millimetres.
        figures: Number of the last columns that are figures, set to the right.
        more: What is said under the table where rows are left out; empty otherwise.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...]
    figures: int = 0
    more: str = ""


@dataclass(frozen=True)
class Annex:
    """Everything that stands on the two pages.

    Attributes:
        title: Title.
        name: Name of the scenario with its state.
        marks: What stands at the head of every page: draft, and demonstration where it is.
        demonstration: The scenario rests on invented figures.
        facts: Label and text: place, day, who saved it, what it rests on.
        conditions: Goals and conditions in words.
        outcome: Whether the plan is proven.
        goals: Value, bound and gap of every goal.
        measures: Before and after.
        pairs: The chosen pairs.
        units: The units before and after.
        picture: Map as PNG.
        caption: Under the map.
        standing: What the robustness of the pairs means.
        sources: What it rests on.
        doubts: What is uncertain.
        foot: At the foot of every page.
        page: Text of the page number, with ``{n}``.
        made_on: Day on which it is made.
        t: Texts.
    """

    title: str
    name: str
    marks: tuple[str, ...]
    demonstration: bool
    facts: tuple[tuple[str, str], ...]
    conditions: tuple[str, ...]
    outcome: str
    goals: Table
    measures: Table
    pairs: Table
    units: Table
    picture: bytes = field(repr=False)
    caption: str
    standing: str
    sources: tuple[str, ...]
    doubts: tuple[str, ...]
    foot: str
    made_on: dt.date
    t: Translator = field(repr=False)


def annex(
    saved: SavedScenario,
    scenario: Scenario,
    t: Translator,
    *,
    made_on: dt.date,
    outlines: ScenarioOutlines | None = None,
) -> Annex:
    """What stands on the annex of a scenario.

    Args:
        saved: The state that the store keeps.
        scenario: The same, read.
        t: Texts in the language of the annex.
        made_on: Day on which it is made.
        outlines: Outlines of its units; None draws places and links alone.
    """
    held = outlines or no_outlines()
    words = Words(scenario, t)
    marks = [t("scenario.annex.draft")]
    marks += [t("scenario.annex.demonstration")] if saved.demonstration else []
    return Annex(
        title=t("scenario.annex.title"),
        name=t("scenario.annex.name", name=clean(saved.name), n=saved.number),
        marks=tuple(marks),
        demonstration=saved.demonstration,
        facts=_facts(saved, scenario, words),
        conditions=(t("scenario.goals", goals=words.goals()), *words.conditions(), _moved(words)),
        outcome=words.outcome(),
        goals=_goals(scenario, words),
        measures=_measures(scenario, words),
        pairs=_pairs(scenario, words),
        units=_units(scenario, words),
        picture=draw_units(scenario, t, demonstration=saved.demonstration, outlines=held),
        caption=_caption(held, words),
        standing=_standing(scenario, words),
        sources=tuple(words.basis(one) for one in scenario.basis),
        doubts=_doubts(words),
        foot=t("scenario.annex.foot", day=made_on.isoformat()),
        made_on=made_on,
        t=t,
    )


def _caption(held: ScenarioOutlines, words: Words) -> str:
    """What the map shows, of which outlines, and which units have none that can be right."""
    t = words.t
    said = [t("scenario.annex.map"), t(f"scenario.annex.map_{held.state}", version=held.version)]
    if held.units.faults:
        codes = "、".join(dict.fromkeys(fault.code for fault in held.units.faults.values()))
        hosts = words.joiner.join(words.brief(host) for host in held.units.faults)
        said.append(t("scenario.annex.map_faults", hosts=hosts, codes=codes))
    return t.pick("", " ").join(said)


def when(saved: SavedScenario) -> str:
    """When a state was saved, in the time of the machine."""
    return saved.saved_at.astimezone().strftime("%Y-%m-%d %H:%M")


def _facts(saved: SavedScenario, scenario: Scenario, words: Words) -> tuple[tuple[str, str], ...]:
    t = words.t
    data = [one for one in scenario.basis if one.origin in ("dataset", "ledger")]
    rests = words.t.pick("；", "; ").join(words.basis(one) for one in data)
    return (
        (t("scenario.annex.place"), words.place()),
        (t("scenario.annex.day"), scenario.choices.day.isoformat()),
        (t("scenario.annex.saved"), f"{clean(saved.saved_by)} · {when(saved)}"),
        (t("scenario.annex.reason"), clean(saved.reason)),
        (t("scenario.annex.basis"), rests or t("scenario.annex.basis_tables")),
    )


def _moved(words: Words) -> str:
    moved = words.moved()
    if not moved:
        return words.t("scenario.moved_none")
    return words.t("scenario.moved_some", list=words.t.pick("；", "; ").join(moved))


def _goals(scenario: Scenario, words: Words) -> Table:
    t = words.t
    rows = [
        (
            t(f"conplan.goal.{goal.goal}"),
            formats.fixed(goal.value, 2),
            formats.fixed(goal.bound, 2),
            formats.share(goal.gap),
        )
        for goal in scenario.result.goals
    ]
    head = ("goal", "value", "bound", "gap")
    return Table(_heads(t, head), tuple(rows), (64.0, 38.0, 38.0, 38.0), figures=3)


def _measures(scenario: Scenario, words: Words) -> Table:
    t, result = words.t, scenario.result
    rows = [
        (
            words.measure(goal),
            *(
                formats.fixed(side.get(goal), GOAL_DECIMALS[goal])
                for side in (result.before, result.after)
            ),
        )
        for goal in GOALS
    ]
    return Table(_heads(t, ("measure", "before", "after")), tuple(rows), (102.0, 38.0, 38.0), 2)


def _heads(t: Translator, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(t(f"scenario.col.{name}") for name in names)


def _pairs(scenario: Scenario, words: Words) -> Table:
    t = words.t
    order = {unit.host_id: i for i, unit in enumerate(scenario.result.units, 1)}
    pairs = sorted(scenario.result.pairs, key=lambda p: (order[p.host_id], p.rank or 0))
    rows = [(str(order[pair.host_id]), *_pair(pair, words)) for pair in pairs]
    head = ("unit", "host", "absorbed", "form", "standing", "score", "rank", "distance")
    return Table(
        _heads(t, head),
        tuple(rows[:MOST_PAIRS]),
        (10.0, 44.0, 44.0, 18.0, 21.0, 13.0, 12.0, 16.0),
        figures=3,
        more=_more(t, len(rows), MOST_PAIRS),
    )


def _pair(pair: PairKept, words: Words) -> tuple[str, ...]:
    t = words.t
    standing = t(f"conplan.standing.{pair.standing}") if pair.standing else formats.MISSING
    if pair.in_first is not None:
        standing = f"{standing} {pair.in_first:.0%}"
    return (
        *(words.t.pick(name, short(name)) for name in words.sides(pair)),
        t(f"conplan.form.{pair.form}"),
        standing,
        formats.fixed(pair.score, 1),
        formats.count(pair.rank),
        formats.fixed(pair.distance_km, 1),
    )


def _units(scenario: Scenario, words: Words) -> Table:
    t = words.t
    rows = [
        (str(i), words.brief(unit.host_id), *_unit(unit, words))
        for i, unit in enumerate(scenario.result.units, 1)
    ]
    head = _heads(t, ("unit", "host", "takes")) + tuple(
        t(f"scenario.figure.{name}") for name in SHOWN
    )
    return Table(
        head,
        tuple(rows[:MOST_UNITS]),
        (9.0, 35.0, 12.0, 23.0, 25.0, 24.0, 20.0, 17.0, 13.0),
        figures=len(SHOWN) + 1,
        more=_more(t, len(rows), MOST_UNITS),
    )


def _unit(unit: UnitKept, words: Words) -> tuple[str, ...]:
    known = {figure.figure: figure for figure in unit.figures}
    takes = str(len(unit.merged) + len(unit.entrusted))
    cells = [takes]
    for name in SHOWN:
        figure = known[name]
        before, after = (words.figure(name, value) for value in (figure.host, figure.after))
        if name == "bodies" and figure.host is not None and figure.absorbed is not None:
            before = words.figure(name, figure.host + figure.absorbed)
        known_at_all = {before, after} != {formats.MISSING}
        cells.append(f"{before} → {after}" if known_at_all else formats.MISSING)
    return tuple(cells)


def _more(t: Translator, n: int, most: int) -> str:
    return t("scenario.annex.more", shown=most, n=n) if n > most else ""


def _standing(scenario: Scenario, words: Words) -> str:
    names = [pair.standing for pair in scenario.result.pairs]
    if not any(names):
        return words.t("scenario.annex.standing_none")
    k = int(scenario.choices.rule_values.get("CON-ROBUST-K", 0))
    draws = formats.count(scenario.choices.rule_values.get("CON-ROBUST-DRAWS"))
    counts = {name: names.count(name) for name in ("robust", "fragile", "outside")}
    return words.t("scenario.annex.standing", k=k, draws=draws, **counts)


def _doubts(words: Words) -> tuple[str, ...]:
    t = words.t
    said = [t("scenario.annex.doubt_defaults"), *words.unknown(), words.left_out()]
    said += [t("scenario.annex.doubt_missing"), t("scenario.annex.doubt_trust")]
    return tuple(text for text in said if text)
