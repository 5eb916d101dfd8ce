"""One enterprise down to its rows: every indicator, its land, what is missing, what was entered."""

from __future__ import annotations

from typing import Final

import pandas as pd
import streamlit as st

from analytics.evaluation.enterprises import land_parts
from domain import formats, reference, schema
from domain.indicators import ENTERPRISE_KINDS
from domain.permu_schemes import PermuScheme
from domain.schema import Column
from views import data
from views.context import Context
from views.evaluation import words
from views.evaluation.enterprise_run import Firms
from views.evaluation.run import Run
from views.evaluation.scheme import marks_text, reasons_text, vetoes_text
from views.evaluation.term_table import show_lacking, show_terms
from views.frame import door, section
from views.markup import plain

_HEIGHT: Final = 360
_NAMES_WIDTH: Final = 260
_HIDDEN: Final = frozenset({"record_id", "credit_code", "year"})
"""Columns that the heading of the card says already."""


def show_enterprise(ctx: Context, run: Run, scheme: PermuScheme, firms: Firms, key: str) -> None:
    """Draw the card of one enterprise.

    Args:
        ctx: The run of the page.
        run: What the page is about.
        scheme: The scheme.
        firms: The enterprises of the year.
        key: Key of the row in the ledger.
    """
    t = ctx.t
    unit, result = firms.units.loc[[key]].iloc[0], firms.found.table.loc[[key]].iloc[0]
    name = str(unit["name"]) if not formats.is_missing(unit["name"]) else t("enterprises.no_name")
    section(plain(t("enterprises.card", name=name, code=unit["credit_code"])))
    st.markdown(plain(_standing(ctx, run, scheme, unit, result)))
    st.caption(plain(_land(ctx, unit)))
    if unit["plant_fault"]:
        st.warning(t(f"enterprises.plant_{unit['plant_fault']}"))
    show_terms(
        ctx, scheme, firms.found, key, key="evaluation-firm-terms",
        side=lambda names, value: _side(ctx, names, value),
    )  # fmt: skip
    show_lacking(
        ctx, firms.found, key, to=t("enterprises.to_template"),
        name=lambda name: _figure_name(ctx, name),
    )  # fmt: skip
    _rows(ctx, str(unit["credit_code"]))


def _standing(
    ctx: Context, run: Run, scheme: PermuScheme, unit: pd.Series, result: pd.Series
) -> str:
    """Zone, score, rank, class, and what keeps it from a better one."""
    t = ctx.t
    zone = words.zone_name(ctx, run, str(unit["zone_id"]))
    parts = [t("enterprises.in_zone", zone=zone)]
    if formats.is_missing(result["rank"]):
        parts.append(t("enterprises.unranked", why=reasons_text(ctx, result["not_ranked"])))
    else:
        score = formats.number(result["score"], 1)
        parts.append(
            t(
                "enterprises.ranked",
                score=score,
                rank=result["rank"],
                of=formats.count(result["of"]),
                name=result["class"],
            )
        )
        if result["class"] != result["class_before_veto"]:
            parts.append(t("enterprises.moved", name=result["class_before_veto"]))
    for head, told in (
        ("vetoes", vetoes_text(ctx, scheme, result["vetoes"])),
        ("vetoes_unknown", vetoes_text(ctx, scheme, result["vetoes_unknown"])),
        ("marks", marks_text(ctx, scheme, result["marks"])),
    ):
        if told:
            parts.append(t("enterprises.part", head=t(f"evaluation.col.{head}"), told=told))
    return t("enterprises.between").join(parts)


def _land(ctx: Context, unit: pd.Series) -> str:
    """The land that counts, as the sum of its parts; parts that were not filled in are named."""
    t = ctx.t
    given = [
        f"{_part_name(ctx, name)} {words.figure_text(ctx, name, value, 'enterprises')}"
        for name, value in land_parts(unit).items()
        if value is not None
    ]
    whole = words.figure_text(ctx, "land_m2", unit["land_m2"], "enterprises")
    said = t("enterprises.land_is", land=whole, parts=" + ".join(given) or formats.MISSING)
    if unit["land_missing"]:
        lacking = words.figure_names(ctx, unit["land_missing"], "enterprises")
        said += " " + t("enterprises.land_lacks", names=lacking)
    return said


def _part_name(ctx: Context, name: str) -> str:
    if name == "shared_m2":
        return ctx.t("enterprises.shared")
    return words.figure_name(ctx, name, "enterprises")


def _side(ctx: Context, names: tuple[str, ...], value: object) -> str:
    """What stands above or below the line of an indicator, with its figure."""
    if not names:
        return ""
    named = " + ".join(_figure_name(ctx, name) for name in names)
    return f"{named} {words.figure_text(ctx, names[0], value, 'enterprises')}"


def _figure_name(ctx: Context, name: str) -> str:
    if name == "land_m2":
        return ctx.t("enterprises.land_name")
    return words.figure_name(ctx, name, "enterprises")


def _rows(ctx: Context, code: str) -> None:
    """Everything that was entered for the enterprise, year by year."""
    t = ctx.t
    ledger = data.ledger(ctx, "enterprises")
    rows = ledger[(ledger["credit_code"] == code).fillna(value=False).astype(bool)]
    rows = rows.sort_values("year", ascending=False)
    section(t("enterprises.rows"), help_text=t("enterprises.rows_help"))
    columns = [c for c in schema.columns("enterprises") if c.column not in _HIDDEN]
    names = [t.pick(c.zh, c.en) for c in columns]
    heads = [t("evaluation.data.changed_by"), t("evaluation.data.changed_at")]
    shown: dict[str, list[str]] = {
        t("evaluation.data.figure"): [*names, t("evaluation.data.record"), *heads]
    }
    for row in rows.to_dict("records"):
        mark = t("enterprises.made_up") if row["demonstration"] else ""
        shown[f"{row['year']:.0f}{mark}"] = [
            *(_cell(ctx, column, row[column.column]) for column in columns),
            str(row["record_id"]),
            str(row["changed_by"]),
            formats.date(row["changed_at"]),
        ]
    first = next(iter(shown))
    st.dataframe(
        pd.DataFrame(shown),
        hide_index=True,
        height=_HEIGHT,
        key="evaluation-firm-rows",
        column_config={first: st.column_config.TextColumn(width=_NAMES_WIDTH)},
    )
    door(ctx, "audit", t("evaluation.data.to_audit"))


def _cell(ctx: Context, column: Column, value: object) -> str:
    """One cell of the ledger in words; a dash where nothing was entered."""
    if formats.is_missing(value):
        return formats.MISSING
    if column.dtype == "bool":
        return ctx.t("evaluation.yes") if value else ctx.t("evaluation.no")
    if column.dtype == "date":
        return pd.Timestamp(str(value)).strftime("%Y-%m-%d")
    if column.dtype == "float64":
        return words.figure_text(ctx, column.column, value, "enterprises")
    return _word(ctx, column.column, str(value))


def _word(ctx: Context, column: str, value: str) -> str:
    """A text of the ledger; codes with their names."""
    if column == "kind" and value in ENTERPRISE_KINDS:
        return ctx.t.pick(*ENTERPRISE_KINDS[value])
    if column == "industry_code":
        names = reference.table("industry_divisions").set_index("code")
        name = names[ctx.t.pick("name_zh", "name_en")].get(value, "")
        return f"{value} {name}".strip()
    return value
