"""Words and numbers that the parts of the evaluation page share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import pandas as pd
import streamlit as st

from domain import formats, schema, zone_names
from domain.indicators import PRINTED, ZONE_TYPES
from domain.rules import Status
from domain.schema import YearlyKind
from domain.schemes import Quotient, Sourced
from export.references import cited
from views import places
from views.context import Context
from views.evaluation.run import ZONE, Run

_FLOOR_AREA: Final = ("floor_area_m2", "industrial_floor_area_m2", "counted_floor_m2")
"""Over land these give a floor area ratio, which is a number and no share."""
_FLAGS: Final = frozenset({"environment_open", "safety_open"})


def zone_name(ctx: Context, run: Run, zone: str) -> str:
    """Name of a zone in the language of the page; its code where it has none.

    English names are long and take their short form.
    """
    name = run.everything[ctx.t.pick("name_zh", "name_en")].get(zone, zone)
    if formats.is_missing(name):
        return str(zone)
    return zone_names.short(str(name)) if ctx.t.language == "en" else str(name)


def names_of(ctx: Context, run: Run, zones: pd.Index) -> list[str]:
    """Names of zones."""
    return [zone_name(ctx, run, str(zone)) for zone in zones]


def type_name(ctx: Context, code: object) -> str:
    """Name of a type of zones; a dash where it is not known."""
    if formats.is_missing(code) or str(code) not in ZONE_TYPES:
        return formats.MISSING
    return ctx.t.pick(*ZONE_TYPES[str(code)])


def figure_name(ctx: Context, column: str, kind: YearlyKind = "indicators") -> str:
    """Name of a column of figures; of others the text that the page has for it."""
    found = schema.column(kind, column)
    if found is None:
        return ctx.t.get(f"evaluation.column.{column}", column)
    return ctx.t.pick(found.zh, found.en)


def figure_names(ctx: Context, columns: object, kind: YearlyKind = "indicators") -> str:
    """Names of columns that are joined by ``;``."""
    if formats.is_missing(columns):
        return ""
    joiner = ctx.t("evaluation.joiner")
    return joiner.join(figure_name(ctx, name, kind) for name in str(columns).split(";") if name)


def unit_name(ctx: Context, column: str, kind: YearlyKind = "indicators") -> str:
    """Unit in which a figure is written; areas in the chosen unit."""
    found = schema.column(kind, column)
    unit = found.unit if found is not None else "m2" if column.endswith("_m2") else ""
    if unit == "m2":
        return ctx.t(f"unit.{ctx.unit}")
    return ctx.t.pick(*PRINTED[unit]) if unit in PRINTED else ""


def figure_value(ctx: Context, column: str, value: float) -> float:
    """A figure as a number in the unit in which it is written."""
    return formats.in_unit(value, ctx.unit) if column.endswith("_m2") else value


def figure_text(ctx: Context, column: str, value: object, kind: YearlyKind = "indicators") -> str:
    """A figure with its unit; a dash where it is missing."""
    number = _number(value)
    if number is None:
        return formats.MISSING
    if column in _FLAGS:
        return ctx.t("evaluation.yes") if number else ctx.t("evaluation.no")
    area = column.endswith("_m2")
    text = formats.area(number, ctx.unit) if area else formats.number(number, 2)
    return f"{text} {unit_name(ctx, column, kind)}".strip()


def is_share(figure: Quotient) -> bool:
    """Whether the values of a figure are shares, written in per cent."""
    return figure.unit == "ratio" and not set(figure.numerator) & set(_FLOOR_AREA)


def quotient_text(ctx: Context, figure: Quotient, value: object) -> str:
    """A value of an indicator with its unit; a dash where it is missing."""
    number = _number(value)
    if number is None:
        return formats.MISSING
    if is_share(figure):
        return formats.share(number)
    unit = "" if figure.unit == "ratio" else ctx.t(f"evaluation.unit.{figure.unit}")
    return f"{formats.number(number, 2)} {unit}".strip()


def title_of(ctx: Context, figure: Quotient) -> str:
    """Name of an indicator."""
    return ctx.t.pick(figure.title_zh, figure.title_en)


def source_of(ctx: Context, part: Sourced) -> str:
    """Where a scheme or a part of it was read, in the language of the page."""
    return ctx.t.pick(part.source, part.source_in_english)


def certainty(ctx: Context, status: Status | str) -> str:
    """Certainty in words."""
    return ctx.t.get(f"data.certainty_{status}", str(status))


def origin_text(ctx: Context, run: Run, zone: str, column: str) -> str:
    """Where a figure of a zone comes from: source, with year, day or version."""
    if column not in run.figures.origin:
        return ""
    return source_text(ctx, run, zone, str(run.figures.origin.loc[zone, column]))


def source_text(ctx: Context, run: Run, zone: str, source: str) -> str:
    """A source with what it rests on."""
    if not source:
        return ""
    name = ctx.t(f"evaluation.source.{source}")
    years = run.figures.years
    year = years.loc[zone, source] if source in years else pd.NA
    if source == "entered":
        return ctx.t("evaluation.source_year", source=name, year=str(year))
    version = run.known.cited.get(source, "")
    told = formats.is_missing(year)
    when = run.day.isoformat() if told else ctx.t("evaluation.of_year", year=str(year))
    if source in {"status", "land_use"}:
        return ctx.t("evaluation.source_version", source=name, version=version)
    return ctx.t("evaluation.source_day", source=name, version=version, day=when)


def side_text(
    ctx: Context, run: Run, zone: str, added: tuple[str, ...], less: tuple[str, ...] = ()
) -> str:
    """Figures above or below the line, each with its value and where it comes from."""
    parts = []
    for name in (*added, *less):
        value = figure_text(ctx, name, run.figures.figures.loc[zone, name])
        source = origin_text(ctx, run, zone, name)
        sign = "− " if name in less else ""
        told = f" [{source}]" if source else ""
        parts.append(f"{sign}{figure_name(ctx, name)} {value}{told}")
    return ctx.t("evaluation.joiner").join(parts)


def follow(key: str, codes: Sequence[str], into: str = ZONE) -> Callable[[], None]:
    """What opens the zone, or anything else, of the row that is chosen in a table.

    Args:
        key: Key of the table.
        codes: Zone of each of its rows.
        into: Key of the choice that takes it.
    """

    def chosen() -> None:
        event: Any = st.session_state[key]
        rows = event["selection"]["rows"]
        # A selection may outlive a filter that made the table shorter.
        if rows and rows[0] < len(codes):
            st.session_state[into] = codes[rows[0]]

    return chosen


def notes(ctx: Context, run: Run, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """How the rows of a file came about."""
    t = ctx.t
    out = {
        t("evaluation.note_year"): str(run.figures.year),
        t("evaluation.note_older"): t("evaluation.yes") if run.older else t("evaluation.no"),
        t("data.note_day"): run.day.isoformat(),
        t("data.note_place"): place_name(ctx, run),
    }
    if run.zone_type:
        out[t("evaluation.type")] = type_name(ctx, run.zone_type)
    for source, version in run.known.cited.items():
        out[t(f"evaluation.source.{source}")] = version
    out[t("data.note_area")] = f"{t('data.note_area_text')}, {t(f'unit.{ctx.unit}')}"
    return out | dict(extra or {})


def place_name(ctx: Context, run: Run) -> str:
    """Name of the place of the choice."""
    return places.unit_names(ctx, "prefecture_adcode").get(run.place, ctx.t("data.province"))


def version_line(run: Run) -> str:
    """What the parcels are cited as; empty without any."""
    return cited(run.version) if run.version is not None else ""


def _number(value: object) -> float | None:
    if formats.is_missing(value):
        return None
    scalar: Any = value
    return float(scalar)
