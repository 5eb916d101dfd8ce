"""Forms of a case: one entry at a time, the next one of the procedure first; and undo."""

from __future__ import annotations

import datetime as dt
import re
from html import escape
from typing import Any, Final

import streamlit as st

from analytics.cases.entries import ACT, ACT_OF_STEP, ACTS, ROUTES_OF, next_case_id
from analytics.cases.file import as_date, as_text
from domain import formats
from domain.code_lists import codes
from domain.ledgers import SUPPLY_NO
from store import Version
from views.context import Context
from views.frame import show_error
from views.idle.case_acts import (
    OVER,
    Draft,
    Row,
    Told,
    act_key,
    submit,
    told,
    undo,
    undo_key,
    written_over,
)
from views.idle.case_read import CaseRead
from views.idle.case_words import coded, field_name, fields_html, moment, refusal_words, value_words
from views.markup import plain

_FLAGS: Final = ("mortgaged", "sealed")
_LISTS: Final = {"cause": "idle_cause", "idle_type": "idle_type"}
_FIRST_DAY: Final = dt.date(1987, 1, 1)
"""Before it there was no paid supply of state land."""
_LAST_DAY: Final = dt.date(2100, 12, 31)


def tell_last(ctx: Context) -> None:
    """Say what became of the last act, above everything else."""
    word = told()
    if word is None:
        return
    t = ctx.t
    if word.kind == "done":
        st.success(t(f"case.done.{word.act}", case=plain(word.case_id)))
    elif word.kind == "fill_in":
        st.error(t("case.fill_in"))
    elif word.kind == "refused":
        lines = "\n".join(f"- {refusal_words(t, refusal)}" for refusal in word.refused)
        st.error(f"{t('case.refused')}\n\n{lines}")
    elif word.kind == "keep":
        names = t.pick("、", ", ").join(field_name(t, name) for name, _ in word.typed)
        st.error(t("case.keep", fields=names))
    elif word.kind == "conflict":
        st.html(conflict_html(ctx, word))
    elif word.error is not None:
        show_error(ctx, word.error)


def conflict_html(ctx: Context, word: Told) -> str:
    """Who changed what meanwhile, and what was typed, side by side."""
    t = ctx.t
    values = word.error.values if word.error else {}
    said = t(
        "case.conflict",
        who=str(values.get("who", "")),
        when=str(values.get("when", "")),
        case=word.case_id,
    )
    typed = dict(word.typed)
    theirs = {name: (old, new) for name, old, new in word.theirs}
    rows = "".join(
        f"<tr><th>{escape(field_name(t, name))}</th>"
        f"<td>{escape(value_words(t, name, theirs.get(name, (None, None))[0]))}</td>"
        f"<td>{escape(value_words(t, name, theirs.get(name, (None, None))[1]))}</td>"
        f"<td>{escape(value_words(t, name, typed.get(name)))}</td></tr>"
        for name in dict.fromkeys([*theirs, *typed])
    )
    heads = "".join(
        f"<th>{escape(t(f'case.conflict_{name}'))}</th>"
        for name in ("field", "before", "theirs", "typed")
    )
    return (
        f'<div class="gy-conflict"><p>{escape(said)}</p>'
        f"<table><tr>{heads}</tr>{rows}</table><p>{escape(t('case.conflict_next'))}</p></div>"
    )


def show_forms(ctx: Context, read: CaseRead, case_id: str, *, today: dt.date) -> None:
    """Choose an entry and fill it in.

    Args:
        ctx: The run.
        read: The case file.
        case_id: Case that is shown; empty where there is none.
        today: No happening lies after this day.
    """
    t = ctx.t
    if not case_id and not _can_open(ctx, read):
        return
    case = dict(read.case(case_id))
    # What was noted at the opening can be corrected later.
    names = [*(act.name for act in ACTS if case and act.name != "open"), "open"]
    likely = ACT_OF_STEP.get(str(read.step["step"]), "")
    position = names.index(likely) if likely in names else 0
    act = st.selectbox(
        t("case.act"),
        names,
        index=position,
        format_func=lambda name: t(
            "case.act.amend" if case and name == "open" else f"case.act.{name}"
        ),
        key=act_key(case_id or "new", int(case.get("revision") or 0)),
    )
    draft = _draft(ctx, read, case, act, today)
    st.caption(t(f"case.act_what.{act}"))
    with st.form(f"idle-case-form-{draft.case_id}-{act}-{draft.revision}"):
        columns = st.columns(2)
        for position, name in enumerate(draft.entry.fields):
            with columns[position % 2]:
                _field(ctx, draft, name)
        one, two = st.columns([1, 2])
        _seed(draft, "who", ctx.viewer.name)
        one.text_input(t("case.who"), key=draft.key("who"), max_chars=80)
        _seed(draft, "why", t(f"case.reason.{act}"))
        two.text_input(t("case.why"), key=draft.key("why"), max_chars=400)
        _write_over(ctx, draft)
        st.form_submit_button(t("case.submit"), type="primary", on_click=submit, args=(ctx, draft))


def _write_over(ctx: Context, draft: Draft) -> None:
    """After a conflict: the choice to write over what somebody else has entered."""
    lost = written_over(draft)
    if lost:
        names = ctx.t.pick("、", ", ").join(field_name(ctx.t, name) for name in lost)
        st.checkbox(ctx.t("case.write_over", fields=names), key=draft.key(OVER))


def _seed(draft: Draft, name: str, value: Any) -> None:  # noqa: ANN401 - of a widget
    """A value for a widget, unless the session holds what somebody typed."""
    key = draft.key(name)
    if key not in st.session_state:
        st.session_state[key] = value


def _can_open(ctx: Context, read: CaseRead) -> bool:
    """Whether a case can be opened; why not, where it cannot."""
    if not re.fullmatch(SUPPLY_NO, read.supply_no):
        st.info(ctx.t("case.no_supply_no", number=plain(read.supply_no or formats.MISSING)))
        return False
    return True


def _draft(ctx: Context, read: CaseRead, case: Row, act: str, today: dt.date) -> Draft:
    """The form of an entry, with what its fields hold at the start."""
    barred = {
        str(row["route"]): as_text(row["barred_by"])
        for row in read.routes.to_dict("records")
        if not row["permitted"]
    }
    if not case:
        case = {
            "case_id": _free_number(ctx, read),
            "supply_no": read.supply_no,
            "county_adcode": as_text(read.row.get("county_adcode")),
        }
    day = min(read.day, today)
    # A row that was invented stays so; a new one is what its parcel is.
    invented = case.get("demonstration", read.version.demonstration)
    return Draft(
        act=act,
        case=case,
        revision=int(case.get("revision") or 0),
        today=today,
        demonstration=bool(invented),
        barred=barred,
        prefilled={name: _start(read, case, name, day) for name in ACT[act].fields},
    )


def _free_number(ctx: Context, read: CaseRead) -> str:
    """A number that no case has or had."""
    taken = {str(k) for k in read.cases["case_id"]}
    while True:
        number = next_case_id(read.supply_no, taken)
        if ctx.store.changes("idle_case", ctx.viewer, key=number).empty:
            return number
        taken.add(number)


def _start(read: CaseRead, case: Row, name: str, day: dt.date) -> Any:  # noqa: ANN401 - of a widget
    """What a field holds at the start: what is on record, else what is likely."""
    recorded = case.get(name)
    if name in _FLAGS:
        own = recorded if not formats.is_missing(recorded) else read.row.get(name)
        return not formats.is_missing(own) and bool(own)
    if name.endswith("_on"):
        likely = as_date(read.step["since"]) if name == "suspected_on" else day
        return as_date(recorded) or likely or day
    if name in ("idle_m2", "fee_due_wan", "fee_paid_wan"):
        return _amount(read, case, name)
    if name == "idle_type":
        by_status = "B" if read.row["status"] == "suspected_b" else "A"
        return as_text(recorded) or by_status
    return as_text(recorded) or None


def _amount(read: CaseRead, case: Row, name: str) -> float | None:
    recorded = case.get(name)
    if not formats.is_missing(recorded):
        return float(str(recorded))
    if name == "idle_m2":
        area = read.supply.get("supplied_m2", read.row.get("area_ellipsoidal_m2"))
        return None if formats.is_missing(area) else float(str(area))
    return read.fee_wan if name == "fee_due_wan" else None


def _field(ctx: Context, draft: Draft, name: str) -> None:
    """One field of a form, by the kind of its column."""
    t = ctx.t
    key, label = draft.key(name), field_name(t, name)
    _seed(draft, name, draft.prefilled.get(name))
    if name in draft.entry.required:
        label += " *"
    if name in _FLAGS:
        st.checkbox(label, key=key)
    elif name.endswith("_on"):
        st.date_input(
            label, value=None, min_value=_FIRST_DAY, max_value=_LAST_DAY, format="YYYY-MM-DD",
            key=key,
        )  # fmt: skip
    elif name in ("idle_m2", "fee_due_wan", "fee_paid_wan"):
        st.number_input(label, value=None, key=key, format="%.4f" if "wan" in name else "%.2f")
    elif name == "disposal_route" or name in _LISTS:
        options = ROUTES_OF.get(draft.act) or codes(_LISTS.get(name, name))
        # A code that a ledger brought in may be none of the list.
        if st.session_state[key] not in options:
            st.session_state[key] = None
        st.selectbox(
            label,
            options,
            index=None,
            format_func=lambda code: _option(ctx, draft, name, code),
            placeholder=t("case.choose"),
            key=key,
        )
    else:
        st.text_input(label, key=key, max_chars=200)


def _option(ctx: Context, draft: Draft, name: str, code: str) -> str:
    """A choice in words; a route that is barred says so."""
    words = f"{code} {coded(ctx.t, name, code).removeprefix(code).strip()}"
    barred = name == "disposal_route" and code in draft.barred
    return words + (ctx.t("case.option_barred") if barred else "")


def show_undo(ctx: Context, read: CaseRead, case_id: str) -> None:
    """Undo the last act on a case: what it did, and the form that puts the state before back."""
    trail = read.changes.get("idle_case")
    mine = None if trail is None else trail[trail["key"] == case_id]
    if mine is None or mine.empty:
        return
    t, last = ctx.t, mine.iloc[0]
    case = read.case(case_id)
    revision = int(case.get("revision") or len(mine))
    when = moment(last["at"])
    said = t("case.undo_what", who=last["viewer"], when=when, reason=last["reason"])
    fields = fields_html(t, last["before"], last["after"])
    st.html(f'<p class="gy-undo">{escape(said)}<small>{fields}</small></p>')
    before = last["before"]
    with st.form(f"idle-case-undo-{case_id}-{revision}", border=False):
        one, two = st.columns([1, 2])
        one.text_input(t("case.who"), value=ctx.viewer.name, key=undo_key(case_id, revision, "who"))
        two.text_input(
            t("case.why"),
            value=t("case.reason.undo", reason=last["reason"])[:400],
            key=undo_key(case_id, revision, "why"),
        )
        st.form_submit_button(
            t("case.undo_end" if before is None else "case.undo"),
            on_click=undo,
            args=(ctx, case_id, revision, before),
            kwargs={"demonstration": bool(case.get("demonstration", False))},
        )


def marked(version: Version, case: Row) -> bool:
    """Whether a case is invented."""
    return version.demonstration or bool(case.get("demonstration", False))
