"""A scenario as a workbook: choices, pairs with every term, units, measures, what it rests on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Final, Literal, get_args

import pandas as pd

from analytics.consolidation.scenario import Scenario
from analytics.consolidation.task import GOALS
from domain.i18n import Translator
from export import docx_parts
from export.docx_parts import clean
from export.scenario_annex import annex, when
from export.scenario_annex_docx import annex_docx
from export.scenario_annex_pdf import annex_pdf
from export.scenario_outlines import ScenarioOutlines, no_outlines
from export.scenario_words import Words
from export.workbook import XLSX, Column, Kind, Sheet, write_workbook
from store import Scenario as SavedScenario

Ending = Literal["docx", "pdf", "xlsx"]
ENDINGS: Final[tuple[Ending, ...]] = get_args(Ending)
"""Files that a scenario is handed on as."""
MIME: Final[dict[Ending, str]] = {
    "docx": docx_parts.MIME,
    "pdf": "application/pdf",
    "xlsx": XLSX,
}
_SIDES: Final = ("host", "absorbed", "after")


def scenario_file(
    saved: SavedScenario,
    scenario: Scenario,
    t: Translator,
    ending: Ending,
    *,
    made_on: dt.date,
    outlines: ScenarioOutlines | None = None,
) -> bytes:
    """A scenario as annex or workbook.

    Args:
        saved: The state that the store keeps.
        scenario: The same, read.
        t: Texts in the language of the file.
        ending: Which file.
        made_on: Day on which it is made.
        outlines: Outlines of its units; None draws places and links alone.
    """
    if ending == "xlsx":
        return scenario_workbook(saved, scenario, t, made_on=made_on, outlines=outlines)
    content = annex(saved, scenario, t, made_on=made_on, outlines=outlines)
    return annex_docx(content) if ending == "docx" else annex_pdf(content)


def scenario_workbook(
    saved: SavedScenario,
    scenario: Scenario,
    t: Translator,
    *,
    made_on: dt.date,
    outlines: ScenarioOutlines | None = None,
) -> bytes:
    """A scenario as XLSX; see :func:`export.workbook.write_workbook`."""
    words = Words(scenario, t)
    held = outlines or no_outlines()
    tables: tuple[tuple[str, Callable[[Words], pd.DataFrame]], ...] = (
        ("choices", _choices), ("pairs", _pairs), ("terms", _terms), ("units", _units),
        ("boundaries", partial(_boundaries, held)), ("measures", _measures), ("basis", _basis),
        ("lacking", _lacking),
    )  # fmt: skip
    sheets = []
    for name, make in tables:
        frame = make(words)
        columns = tuple(
            Column(str(c), t(f"scenario.col.{c}"), _kind(frame[c], str(c))) for c in frame
        )
        sheets.append(
            Sheet(t(f"scenario.sheet.{name}"), frame, columns, demonstration=saved.demonstration)
        )
    notes = {
        t("scenario.annex.title"): t("scenario.annex.name", name=clean(saved.name), n=saved.number),
        t("scenario.annex.saved"): f"{clean(saved.saved_by)} · {when(saved)}",
        t("scenario.annex.reason"): clean(saved.reason),
        t("scenario.annex.draft"): t("scenario.annex.foot", day=made_on.isoformat()),
        t("scenario.annex.map_head"): t(f"scenario.annex.map_{held.state}", version=held.version),
        t("scenario.annex.doubts"): "\n".join(
            [t("scenario.annex.doubt_defaults"), t("scenario.annex.doubt_missing")]
        ),
    }
    mark = t("scenario.annex.demonstration")
    created = dt.datetime.combine(made_on, dt.time())
    return write_workbook(
        sheets, notes=notes, notes_name=t("data.notes_name"), mark=mark, created=created
    )


def _kind(values: pd.Series, name: str) -> Kind:
    if not pd.api.types.is_numeric_dtype(values.dtype):
        return "text"
    if name in ("known_share", "in_first", "gap"):
        return "share"
    return "count" if pd.api.types.is_integer_dtype(values.dtype) else "number"


def _choices(words: Words) -> pd.DataFrame:
    t, chosen = words.t, words.scenario.choices
    rows = [
        (t("scenario.annex.place"), words.place()),
        (t("scenario.annex.day"), chosen.day.isoformat()),
        (t("scenario.col.goal"), words.goals()),
        (t("scenario.col.outcome"), words.outcome()),
        *((t("scenario.col.condition"), text) for text in words.conditions()),
    ]
    for name, pairs in (
        ("locked", chosen.locked), ("forbidden", chosen.forbidden), ("trustees", chosen.trustees),
    ):  # fmt: skip
        rows += [(t(f"scenario.choice.{name}"), words.pair(pair)) for pair in pairs]
    rows += [(t("scenario.col.moved"), text) for text in words.moved()]
    rows += [(key, f"{value:g}") for key, value in chosen.rule_values.items()]
    return pd.DataFrame(rows, columns=["choice", "value"], dtype="object")


def _pairs(words: Words) -> pd.DataFrame:
    t = words.t
    order = {unit.host_id: i for i, unit in enumerate(words.scenario.result.units, 1)}
    rows = []
    for pair in words.scenario.result.pairs:
        host, absorbed = words.sides(pair)
        rows.append(
            {
                "unit": order[pair.host_id],
                "host_id": pair.host_id,
                "host": host,
                "absorbed_id": pair.absorbed_id,
                "absorbed": absorbed,
                "form": t(f"conplan.form.{pair.form}"),
                "score": pair.score,
                "rank": pair.rank,
                "known_share": pair.known_share,
                "distance": pair.distance_km,
                "standing": t(f"conplan.standing.{pair.standing}") if pair.standing else "",
                "in_first": pair.in_first,
            }
        )
    columns = (
        "unit", "host_id", "host", "absorbed_id", "absorbed", "form", "score", "rank",
        "known_share", "distance", "standing", "in_first",
    )  # fmt: skip
    numbers = {"unit": "Int64", "rank": "Int64"}
    numbers |= dict.fromkeys(("score", "known_share", "distance", "in_first"), "float64")
    return pd.DataFrame(rows, columns=list(columns)).astype(numbers)


def _terms(words: Words) -> pd.DataFrame:
    t = words.t
    rows = [
        {
            "host_id": pair.host_id,
            "absorbed_id": pair.absorbed_id,
            "term": t.get(f"consolidation.term.{term.term}", term.term),
            "value": term.value,
            "points": term.points,
            "weight": term.weight,
            "state": t.get(f"consolidation.state.{term.state}", term.state),
            "contribution": term.contribution,
            "source": term.source,
            "date": term.date,
            "precision": term.precision,
        }
        for pair in words.scenario.result.pairs
        for term in pair.terms
    ]
    columns = (
        "host_id", "absorbed_id", "term", "value", "points", "weight", "state", "contribution",
        "source", "date", "precision",
    )  # fmt: skip
    numbers = dict.fromkeys(("points", "weight", "contribution"), "float64")
    return pd.DataFrame(rows, columns=list(columns)).astype(numbers)


def _units(words: Words) -> pd.DataFrame:
    rows = [
        {
            "unit": i,
            "host": words.zone(unit.host_id),
            "merged": words.joiner.join(words.zone(zone) for zone in unit.merged),
            "entrusted": words.joiner.join(words.zone(zone) for zone in unit.entrusted),
            "figure": words.t(f"scenario.figure.{figure.figure}").replace("\n", ""),
            **{f"side_{side}": getattr(figure, side) for side in _SIDES},
            "missing": words.lacking(figure),
        }
        for i, unit in enumerate(words.scenario.result.units, 1)
        for figure in unit.figures
    ]
    sides = [f"side_{side}" for side in _SIDES]
    columns = ["unit", "host", "merged", "entrusted", "figure", *sides, "missing"]
    numbers = {"unit": "Int64"} | dict.fromkeys(sides, "float64")
    return pd.DataFrame(rows, columns=columns).astype(numbers)


def _boundaries(held: ScenarioOutlines, words: Words) -> pd.DataFrame:
    """New = old + added - taken out of every unit with outlines, planar and of the ellipsoid."""
    units, t = held.units, words.t
    rows = [
        {
            "unit": i,
            "host": words.zone(unit.host_id),
            "boundary": t(f"conunit.step.{step}"),
            "zone_3": units.merged[unit.host_id].zone,
            "planar": row["planar_m2"],
            "ellipsoidal": row["ellipsoidal_m2"],
            "without": words.joiner.join(
                words.zone(zone) for zone in (unit.host_id, *unit.merged) if zone in units.without
            ),
        }
        for i, unit in enumerate(words.scenario.result.units, 1)
        if unit.host_id in units.merged
        for step, row in units.merged[unit.host_id].areas.iterrows()
    ]
    columns = ["unit", "host", "boundary", "zone_3", "planar", "ellipsoidal", "without"]
    numbers = {"unit": "Int64", "zone_3": "Int64", "planar": "float64", "ellipsoidal": "float64"}
    return pd.DataFrame(rows, columns=columns).astype(numbers)


def _measures(words: Words) -> pd.DataFrame:
    result = words.scenario.result
    goals = {goal.goal: goal for goal in result.goals}
    rows = [
        {
            "measure": words.measure(name),
            "before": result.before.get(name),
            "after": result.after.get(name),
            **{
                part: getattr(goals[name], part) if name in goals else None
                for part in ("value", "bound", "gap")
            },
        }
        for name in GOALS
    ]
    numbers = dict.fromkeys(("before", "after", "value", "bound", "gap"), "float64")
    return pd.DataFrame(rows).astype(numbers)


def _basis(words: Words) -> pd.DataFrame:
    rows = [
        (words.basis(one), one.version, one.digest) for one in words.scenario.basis
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["basis", "version", "digest"], dtype="object")


def _lacking(words: Words) -> pd.DataFrame:
    """What is missing: of a goal, and of the figures of a unit."""
    t, result = words.t, words.scenario.result
    rows = [(t(f"conplan.goal.{lack.goal}"), words.zone(lack.zone_id)) for lack in result.lacking]
    rows += [
        (t(f"scenario.figure.{figure.figure}").replace("\n", ""), words.lacking(figure))
        for unit in result.units
        for figure in unit.figures
        if figure.missing
    ]
    return pd.DataFrame(rows, columns=["needed_for", "missing"], dtype="object")
