"""The case file of one parcel: where it stands, what comes next, what is recorded, what to do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable
from html import escape
from typing import Any, Final

import pandas as pd
import streamlit as st

from analytics.cases.file import Cells, as_date, as_text
from analytics.cases.steps import case_of
from analytics.idle.status import milestones
from domain import formats, ledgers
from domain.ledgers import Table
from domain.paths import STATIC
from export.references import cited
from geo.errors import GanyuanError
from layers.palette import STATUS
from views.context import Context
from views.facts import show_card
from views.frame import show_error
from views.idle.case_documents import show_documents
from views.idle.case_drafts import field_link_html, show_letters
from views.idle.case_flags import flags_html
from views.idle.case_forms import marked, show_forms, show_undo, tell_last
from views.idle.case_read import CaseRead, read_case, table_of
from views.idle.case_timeline import (
    certainty_mark,
    clock_html,
    span_words,
    timeline_html,
)
from views.idle.case_words import fault_words, fields_html, moment, routes_html, value_words
from views.idle.run import IdleRun
from views.parcel_cards import judged_card

PARTS: Final = ("line", "act", "documents", "letters", "facts", "history")
_NEW: Final = ""


def show_case(ctx: Context, run: IdleRun, label: Hashable) -> None:
    """Draw the case file of a parcel.

    Args:
        ctx: The run of the page.
        run: What the page is about.
        label: Label of the parcel in ``run.parcels`` or ``run.everything``.
    """
    # A parcel that a fault keeps out of the figures has a file all the same.
    known = run.parcels if label in run.parcels.index else run.everything
    parcel = known.loc[[label]]
    st.html(STATIC / "ganyuan" / "card.css")
    st.html(STATIC / "ganyuan" / "case.css")
    try:
        read = read_case(ctx, run.version, label, parcel, day=run.day, rules=run.rules)
    except GanyuanError as error:
        tell_last(ctx)
        show_error(ctx, error)
        return
    case_id = _choose_case(ctx, read)
    case = dict(read.case(case_id))
    st.html(head_html(ctx, read, case))
    tell_last(ctx)
    st.html(step_html(ctx, read))
    part = st.segmented_control(
        ctx.t("case.parts"),
        PARTS,
        default=PARTS[0],
        required=True,
        format_func=lambda name: _part_name(ctx, read, name),
        key="idle-case-part",
        label_visibility="collapsed",
    )
    if part == "act":
        _acts(ctx, read, case_id)
    elif part == "documents":
        show_documents(ctx, read, case_id)
    elif part == "letters":
        show_letters(ctx, read, case_id)
    elif part == "facts":
        _facts(ctx, read)
    elif part == "history":
        _history(ctx, read)
    else:
        _line(ctx, run, read, label)


def _part_name(ctx: Context, read: CaseRead, name: str) -> str:
    count = {
        "documents": sum(not paper.withdrawn for paper in read.documents),
        "history": sum(len(changes) for changes in read.changes.values()),
    }.get(name, 0)
    return ctx.t(f"case.part.{name}") + (f" {count}" if count else "")


def _choose_case(ctx: Context, read: CaseRead) -> str:
    """Number of the case that is shown; empty for none. A choice where there are several."""
    position = int(case_of(read.parcel, read.cases)[0])
    if position < 0:
        return _NEW
    ids = [str(k) for k in read.cases["case_id"]]
    options = [*ids, _NEW] if bool(read.cases["disposed_on"].notna().all()) else ids
    if len(options) == 1:
        return ids[position]
    chosen = st.selectbox(
        ctx.t("case.choose_case"),
        options,
        index=position,
        format_func=lambda number: number or ctx.t("case.new_case"),
        key=f"idle-case-which-{read.supply_no}-{len(ids)}",
    )
    return str(chosen or _NEW)


def head_html(ctx: Context, read: CaseRead, case: dict[str, Any]) -> str:
    """The opening line: parcel, status, project, holder, area, case."""
    t, row = ctx.t, read.row
    colour = STATUS[str(row["status"])]
    words = [
        as_text(row.get("name")),
        as_text(row.get("holder")),
        f"{formats.area(row['area_ellipsoidal_m2'], ctx.unit)} {t(f'unit.{ctx.unit}')}",
        t("case.number", number=case["case_id"]) if case else t("case.number_none"),
        cited(read.version),
    ]
    demo = ""
    if marked(read.version, case):
        demo = f'<span class="gy-case-demo">{escape(t("case.demonstration"))}</span>'
    status = t(f"idle.status.{row['status']}")
    return (
        f'<div class="gy-case-head"><h2>{escape(str(row["parcel_id"]))}</h2>'
        f'<b><i style="background:{colour}"></i>{escape(status)}</b>'
        f"<span>{escape(' · '.join(word for word in words if word))}</span>{demo}</div>"
    )


def step_html(ctx: Context, read: CaseRead) -> str:
    """The next step of the procedure with its term and its article."""
    t, step = ctx.t, read.step
    name, left = str(step["step"]), step["days_left"]
    tone, when = "", ""
    if not formats.is_missing(left):
        tone = "gy-late" if int(left) < 0 else "gy-soon" if int(left) <= 30 else ""  # noqa: PLR2004
        key = "case.late" if int(left) < 0 else "case.left"
        when = t(key, on=formats.date(step["due_on"]), n=abs(int(left)))
    elif name not in ("none", "closed"):
        when = t("case.no_term")
    basis = ""
    rule = read.rules.get(as_text(step["rule"]))
    if rule is not None:
        sign = certainty_mark(t, rule.status)
        since = as_date(step["since"])
        began = "" if since is None else t("case.since", on=since.isoformat())
        article = t.pick(rule.article, rule.article_en)
        basis = f"<small>{escape(f'{rule.id} {article}')}{sign} {escape(began)}</small>"
    stops = "".join(f"<small>{escape(span_words(t, span))}</small>" for span in read.spans)
    return (
        f'<div class="gy-next {tone}"><b>{escape(t(f"case.step.{name}"))}</b>'
        f'<span class="gy-when">{escape(when)}</span>{basis}{stops}</div>'
    )


def _line(ctx: Context, run: IdleRun, read: CaseRead, label: Hashable) -> None:
    """The clock and the facts at the left, routes and faults at the right."""
    t = ctx.t
    days = {mark.kind: mark.on for mark in read.marks}
    start = as_date(read.row.get("start_on"))
    years = _years(read) if start else (None, None)
    st.html(
        clock_html(
            t,
            read.row,
            read.file.entries,
            read.spans,
            today=read.day,
            year1=days.get("year1", years[0]),
            year2=days.get("year2", years[1]),
            stop_year=days.get("stop_year"),
        )
        or "<span></span>"
    )
    left, right = st.columns([3, 2], gap="medium")
    with left:
        st.html(timeline_html(t, read.file.entries, read.marks, read.faults, today=read.day))
    with right:
        if read.faults:
            st.markdown(f"**{t('case.faults')}**")
            items = "".join(f"<li>{escape(fault_words(t, f))}</li>" for f in read.faults)
            st.html(f'<ul class="gy-faults">{items}</ul>')
        flags = flags_html(ctx, run, label)
        if flags:
            st.markdown(f"**{t('case.flags')}**")
            st.html(flags)
        st.markdown(f"**{t('case.routes')}**", help=t("case.routes_help"))
        st.html(routes_html(t, read.routes, read.rules))
        if read.fee_wan is not None:
            share = formats.share(read.rules.value("IDLE-FEE"))
            st.caption(t("case.fee", share=share, fee=formats.number(read.fee_wan, 4)))
        parcel_id = as_text(read.row["parcel_id"])
        st.html(field_link_html(ctx, read.version.dataset, parcel_id))


def _years(read: CaseRead) -> tuple[dt.date | None, dt.date | None]:
    """One and two years after the start date, of land that is started too."""
    found = milestones(read.parcel, read.rules).iloc[0]
    return as_date(found["year1_on"]), as_date(found["year2_on"])


def _acts(ctx: Context, read: CaseRead, case_id: str) -> None:
    left, right = st.columns([3, 2], gap="medium")
    today = max(dt.datetime.now(tz=dt.UTC).astimezone().date(), read.day)
    with left:
        show_forms(ctx, read, case_id, today=today)
    with right:
        st.markdown(f"**{ctx.t('case.undo_title')}**")
        if case_id:
            show_undo(ctx, read, case_id)
        else:
            st.caption(ctx.t("case.undo_none"))


def _facts(ctx: Context, read: CaseRead) -> None:
    """Every recorded fact: the file with its status, and what each ledger says."""
    row = read.parcel.iloc[0]
    left, right = st.columns(2, gap="medium")
    with left:
        show_card(ctx, judged_card(ctx, row, read.version, read.day))
    with right:
        frames: tuple[tuple[Table, pd.DataFrame], ...] = (
            ("batch", read.batches),
            ("supply", read.supplies),
            ("idle_case", read.cases),
        )
        if all(frame.empty for _, frame in frames):
            st.caption(ctx.t("case.no_records"))
        for table, frame in frames:
            for record in frame.to_dict("records"):
                st.html(record_html(ctx, table, record))


def _unit(unit: str) -> str:
    return f" {unit.replace('m2', 'm²')}" if unit else ""


def record_html(ctx: Context, table: Table, record: Cells) -> str:
    """One row of a ledger: its fields, and who brought it into this state."""
    t = ctx.t
    lines = []
    for column in ledgers.columns(table):
        value = record.get(column.column)
        if formats.is_missing(value):
            continue
        text = value_words(t, column.column, value) + _unit(column.unit)
        name = t.pick(column.zh, column.en)
        lines.append(f"<tr><th>{escape(name)}</th><td>{escape(text)}</td></tr>")
    changed = t(
        "map.ledger.changed",
        who=record["changed_by"],
        on=formats.date(record["changed_at"]),
        revision=int(record["revision"]),
    )
    head = f"{t(f'map.ledger.{table}')} {record[ledgers.KEY[table]]}"
    return (
        f'<div class="gy-card"><h4>{escape(head)}</h4><p class="gy-card-kind">{escape(changed)}</p>'
        f"<table>{''.join(lines)}</table></div>"
    )


def _history(ctx: Context, read: CaseRead) -> None:
    """Who changed what, newest first."""
    lines = [
        (pd.Timestamp(change["at"]), change_html(ctx, table, change))
        for table, changes in read.changes.items()
        for change in changes.to_dict("records")
    ]
    if not lines:
        st.caption(ctx.t("case.history_none"))
        return
    lines.sort(key=lambda line: line[0], reverse=True)
    heads = "".join(
        f"<th>{escape(ctx.t(f'case.col.{name}'))}</th>" for name in ("at", "who", "what", "why")
    )
    body = "".join(line for _, line in lines)
    st.html(f'<table class="gy-history"><tr>{heads}</tr>{body}</table>')


def change_html(ctx: Context, name: str, change: Cells) -> str:
    """One change of a ledger row: when, who, which fields from what to what, why."""
    t = ctx.t
    table = table_of(name)
    fields = fields_html(t, change["before"], change["after"], table)
    what = "ended" if change["after"] is None else "made" if change["before"] is None else "changed"
    head = f"{t(f'map.ledger.{table}')} {change['key']} · {t(f'case.{what}')}"
    return (
        f"<tr><td>{escape(moment(change['at']))}</td><td>{escape(str(change['viewer']))}</td>"
        f"<td>{escape(head)}<small>{fields}</small></td>"
        f"<td>{escape(str(change['reason']))}</td></tr>"
    )
