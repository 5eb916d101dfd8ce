"""Control indicators of industrial projects: contracts and zones against a version of the table."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from analytics.evaluation import control_indicators, control_subjects
from analytics.evaluation.control_indicators import MEASURES, VERDICTS
from domain import formats, reference
from domain.rules import load_rules
from export.workbook import Kind
from views import address
from views.context import Context
from views.downloads import download_table, rule_notes
from views.evaluation import words
from views.evaluation.run import Run
from views.frame import demonstration_ribbon, empty_state, section, source_line
from views.kept_ledgers import kept_ledger

VERSION: Final = "evaluation-table"
SUBJECT: Final = "evaluation-subject"
INDICATOR: Final = "evaluation-indicator"
VERDICT: Final = "evaluation-verdict"
SUBJECTS: Final = ("contracts", "zones")
_PAGE: Final = 100
"""Rows of one page of the list."""
_KEPT: Final = 4
_ROW_LABEL: Final = "project"
_SIGNS: Final = {">=": "≥", "<=": "≤"}
_FIRST: Final = ("fail", "unknown", "pass")
"""Order of the list: what asks for a look comes first."""
_HEADS: Final = {"name": "head.name", "why": "head.why"}
"""Headings of the summary that are not those of the list."""

Key = tuple[str, int, dt.date, str, tuple[str, ...] | None]


def show_control(ctx: Context, run: Run) -> None:
    """Draw the part."""
    t = ctx.t
    table = reference.table("control_indicators")
    versions = sorted(table["version"].unique(), reverse=True)
    left, right = st.columns(2)
    with left:
        subject = _choice(ctx, SUBJECT, SUBJECTS, "evaluation.control.subject")
    with right:
        version = _choice(ctx, VERSION, versions, "evaluation.control.version")
    with st.spinner(t("evaluation.control.working")):
        projects, assessed = assessed_of(ctx, run, subject, version)
    section(t(f"evaluation.control.title_{subject}", n=formats.count(len(projects))))
    st.caption(t(f"evaluation.control.note_{subject}", version=version))
    if projects.empty:
        empty_state(t("evaluation.control.none"), next_step=t("evaluation.control.none_next"))
        return
    made_up = bool(projects["demonstration"].any())
    if made_up and not run.demonstration:
        demonstration_ribbon(ctx)
    found = control_subjects.counts(assessed)
    _summary(ctx, found)
    left, pages = st.columns([3, 1])
    with left:
        indicator = _choose_indicator(ctx, found)
    mine = assessed[assessed["indicator"] == indicator]
    mine = mine.sort_values("verdict", key=lambda v: v.map(_FIRST.index), kind="stable")
    verdict = _choose_verdict(ctx, mine)
    if verdict:
        mine = mine[mine["verdict"] == verdict]
    _rows(ctx, run, subject, projects, mine, pages)
    download_table(
        ctx,
        lambda: _table(ctx, run, subject, projects, mine),
        key="evaluation-control",
        name=t("evaluation.control.file", version=version, indicator=indicator),
        kinds=_kinds(ctx),
        notes=_notes(ctx, run, version, indicator, verdict),
        demonstration=made_up,
    )


def assessed_of(
    ctx: Context, run: Run, subject: str, version: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Projects of the choice, and every indicator of them."""
    table = reference.table("control_indicators")
    if subject == "zones":
        mine = run.figures.figures.loc[run.listed]
        projects = control_subjects.of_zones(mine).assign(
            demonstration=run.figures.facts["demonstration"]
        )
        assessed = control_indicators.assess(projects, table, version=version)
        return projects, assessed
    mark, supplies = kept_ledger(ctx.store, "supply", ctx.viewer)
    scope = ctx.viewer.prefectures
    key = (str(ctx.store.root), mark, run.day, version, tuple(sorted(scope)) if scope else None)
    projects, assessed = _contracts(key, _supplies=supplies)
    here = pd.Series(data=True, index=projects.index)
    if run.place:
        here &= (projects["prefecture_adcode"] == run.place).fillna(value=False).astype("bool")
    if run.zone_type:
        here &= projects["zone_id"].isin(run.listed)
    if here.all():
        return projects, assessed
    chosen = projects[here]
    return chosen, assessed[assessed[_ROW_LABEL].isin(chosen.index)]


@st.cache_resource(max_entries=_KEPT, show_spinner=False)
def _contracts(key: Key, *, _supplies: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    _, _, day, version, _ = key
    table, codes = (reference.table(name) for name in ("control_indicators", "industry_codes"))
    projects = control_subjects.of_contracts(_supplies, table, codes, as_of=day)
    if projects.empty:
        return projects, pd.DataFrame()
    return projects, control_indicators.assess(projects, table, version=version)


def _summary(ctx: Context, found: pd.DataFrame) -> None:
    """One row per indicator: limit, force, certainty, and how many pass."""
    t = ctx.t
    rows = []
    for row in found.to_dict("records"):
        figure = MEASURES[str(row["indicator"])]
        limits = row["limits"]
        ends = [words.quotient_text(ctx, figure, limits[i]) for i in (0, -1)] if limits else []
        limit = t("evaluation.control.no_limit")
        if ends:
            sign = _SIGNS.get(str(row["comparator"]), str(row["comparator"]))
            limit = f"{sign} {' … '.join(dict.fromkeys(ends))}"
        rows.append(
            {
                "name": words.title_of(ctx, figure),
                "limit": limit,
                "force": t(f"evaluation.force.{row['force']}"),
                "certainty": t("evaluation.joiner").join(
                    words.certainty(ctx, one) for one in str(row["confidence"]).split(";")
                ),
                "pass": row["pass"],
                "fail": row["fail"],
                "unknown": row["unknown"],
                "why": t(
                    "evaluation.control.why",
                    figure=formats.count(row["without_figure"]),
                    limit=formats.count(row["without_limit"]),
                ),
                "formula": t.pick(figure.formula_zh, figure.formula_en),
            }
        )
    shown = pd.DataFrame(rows)
    st.dataframe(
        shown.rename(
            columns={name: t(f"evaluation.control.{_HEADS.get(str(name), name)}") for name in shown}
        ),
        hide_index=True,
        key="evaluation-control-summary",
        column_config={
            t(f"evaluation.control.{name}"): st.column_config.NumberColumn(format="localized")
            for name in VERDICTS
        },
    )


def _choose_indicator(ctx: Context, found: pd.DataFrame) -> str:
    codes = list(found["indicator"])
    return _choice(
        ctx,
        INDICATOR,
        codes,
        "evaluation.control.indicator",
        names={code: words.title_of(ctx, MEASURES[code]) for code in codes},
    )


def _choose_verdict(ctx: Context, mine: pd.DataFrame) -> str:
    t = ctx.t
    counted = mine["verdict"].value_counts()
    codes = ["", *VERDICTS]
    names = {
        code: t(
            "evaluation.control.counted",
            name=t(f"evaluation.verdict.{code}"),
            n=formats.count(counted.get(code, 0)),
        )
        for code in VERDICTS
    }
    names[""] = t(
        "evaluation.control.counted", name=t("evaluation.verdict.all"), n=formats.count(len(mine))
    )
    label = t("evaluation.control.verdict")
    return address.switch(VERDICT, codes, "", label=label, names=names.__getitem__)


def _rows(
    ctx: Context,
    run: Run,
    subject: str,
    projects: pd.DataFrame,
    mine: pd.DataFrame,
    pages: DeltaGenerator,
) -> None:
    """One page of the list; ``pages`` is where its number is chosen."""
    t = ctx.t
    if mine.empty:
        empty_state(t("evaluation.none_left"), next_step=t("evaluation.none_left_next"))
        return
    starts = range(0, len(mine), _PAGE)
    page = 1
    if len(starts) > 1:
        page = int(
            pages.number_input(
                t("evaluation.control.page", n=len(starts)),
                min_value=1,
                max_value=len(starts),
                value=1,
                # A list of another length begins at its first page.
                key=f"evaluation-page-{subject}-{run.place}-{len(mine)}",
            )
        )
    shown = mine.iloc[starts[page - 1] :][:_PAGE]
    st.dataframe(
        _table(ctx, run, subject, projects, shown),
        hide_index=True,
        placeholder=formats.MISSING,
        key="evaluation-control-rows",
        column_config={
            t("evaluation.data.area", unit=t(f"unit.{ctx.unit}")): st.column_config.NumberColumn(
                format="accounting"
            ),
            t("evaluation.control.signed_on"): st.column_config.DateColumn(format="YYYY-MM-DD"),
        },
    )
    source_line(t(f"evaluation.control.source_{subject}", day=run.day.isoformat()))


def _table(
    ctx: Context, run: Run, subject: str, projects: pd.DataFrame, mine: pd.DataFrame
) -> pd.DataFrame:
    """Rows as they are shown and exported."""
    t = ctx.t
    here = projects.loc[mine[_ROW_LABEL]]
    figure = MEASURES[str(mine["indicator"].iloc[0])] if len(mine) else None
    out: dict[str, Any] = {}
    if subject == "contracts":
        out[t("evaluation.control.supply_no")] = list(here["supply_no"])
    zones = here.index if subject == "zones" else here["zone_id"]
    out[t("evaluation.col.zone")] = [
        formats.MISSING if formats.is_missing(z) else words.zone_name(ctx, run, str(z))
        for z in zones
    ]
    out[t("evaluation.control.verdict")] = [t(f"evaluation.verdict.{v}") for v in mine["verdict"]]
    for name in ("value", "limit"):
        out[t(f"evaluation.control.{name}_col")] = [
            words.quotient_text(ctx, figure, v) if figure else "" for v in mine[name]
        ]
    out[t("evaluation.control.reason")] = [t(f"evaluation.why.{r}") for r in mine["reason"]]
    out[t("evaluation.control.lacking")] = [
        words.figure_names(ctx, m) if r == "missing" else ""
        for m, r in zip(mine["missing"], mine["reason"], strict=True)
    ]
    out[t("evaluation.data.area", unit=t(f"unit.{ctx.unit}"))] = [
        formats.in_unit(m2, ctx.unit) for m2 in here["land_m2"]
    ]
    if subject == "contracts":
        out |= _contract(ctx, here)
    out[t("evaluation.chain.certainty")] = [words.certainty(ctx, c) for c in mine["confidence"]]
    return pd.DataFrame(out)


def _contract(ctx: Context, here: pd.DataFrame) -> dict[str, Any]:
    """What a contract says of itself, by heading."""
    t = ctx.t
    out: dict[str, Any] = {
        t("evaluation.control.signed_on"): list(here["signed_on"]),
        t("evaluation.control.industry"): list(here["industry"]),
        t("evaluation.control.code"): [
            t(f"evaluation.code.{basis}", code=code, version=version)
            for code, version, basis in zip(
                here["code"], here["code_version"], here["code_basis"], strict=True
            )
        ],
    }
    return out | {t(f"evaluation.control.{n}"): list(here[n]) for n in ("name", "holder")}


def _choice(
    ctx: Context,
    key: str,
    codes: tuple[str, ...] | list[str],
    label: str,
    names: dict[str, str] | None = None,
) -> str:
    """One of a few codes, kept in the address."""
    address.seed(key, codes, codes[0])
    chosen = st.selectbox(
        ctx.t(label),
        codes,
        format_func=lambda code: (names or {}).get(code) or ctx.t.get(f"{label}_{code}", code),
        key=key,
    )
    address.keep(key, codes[0])
    return chosen or codes[0]


def _kinds(ctx: Context) -> dict[str, Kind]:
    t = ctx.t
    return {
        t("evaluation.data.area", unit=t(f"unit.{ctx.unit}")): "area",
        t("evaluation.control.signed_on"): "date",
    }


def _notes(ctx: Context, run: Run, version: str, indicator: str, verdict: str) -> dict[str, str]:
    t = ctx.t
    rules = load_rules("control", as_of=run.day)
    used = pd.Series(list(rules), dtype="string")
    named = t(f"evaluation.verdict.{verdict}") if verdict else t("evaluation.verdict.all")
    return {
        t("evaluation.control.version"): version,
        t("evaluation.control.indicator"): words.title_of(ctx, MEASURES[indicator]),
        t("data.note_filter"): named,
        **words.notes(ctx, run),
        **rule_notes(ctx, rules, used),
    }
