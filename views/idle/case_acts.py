"""Entries of a case as they are stored: checked, written with the state that was read, undone.

A form belongs to the state of the row that it was drawn from. If somebody else has changed the row
since, nothing is written: the page says who changed what, and what was typed stays in the form.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import pandas as pd
import streamlit as st

from analytics.cases.entries import ACT, Act, Refusal, changed_fields, refusals
from analytics.cases.file import Cells, as_text
from domain import ledgers
from geo.errors import GanyuanError
from store import StaleVersionError, Store, Viewer
from views.context import Context

TOLD: Final = "idle-case-told"
OVER: Final = "over"
"""Field of a form: what somebody else entered meanwhile may be written over."""
_CLASH: Final = "clash"
_PREFIX: Final = "idle-case-f"
_OWN: Final = frozenset({c.column for c in ledgers.columns("idle_case")})

Row = dict[str, Any]


@dataclass(frozen=True)
class Draft:
    """A form and the state that it was drawn from.

    Attributes:
        act: Name of the entry.
        case: The row as it was read; for a new case its key, supply and county alone.
        revision: Its state; 0 for a new case.
        today: No happening lies after this day.
        demonstration: The row is invented.
        barred: Guards by route that is not permitted.
        prefilled: What the fields held when the form was drawn.
    """

    act: str
    case: Row
    revision: int
    today: dt.date
    demonstration: bool
    barred: dict[str, str] = field(default_factory=dict, hash=False)
    prefilled: Row = field(default_factory=dict, hash=False)

    @property
    def case_id(self) -> str:
        """Key of the row."""
        return str(self.case["case_id"])

    @property
    def entry(self) -> Act:
        """The entry."""
        return ACT[self.act]

    def key(self, name: str, revision: int | None = None) -> str:
        """Key of a field of the form."""
        state = self.revision if revision is None else revision
        return f"{_PREFIX}-{self.case_id}-{self.act}-r{state}-{name}"


@dataclass(frozen=True)
class Told:
    """What became of the last act.

    Attributes:
        kind: ``done``, ``refused``, ``conflict``, ``keep`` (somebody else's values would be lost),
            ``fill_in`` or ``error``.
        act: Entry, or ``undo``, ``attach``, ``withdraw``.
        case_id: Case that it was about.
        refused: What speaks against it.
        error: The error of the store.
        theirs: What somebody else has changed: field, before, now.
        typed: What was typed and not stored.
    """

    kind: Literal["done", "refused", "conflict", "keep", "fill_in", "error"]
    act: str
    case_id: str = ""
    refused: tuple[Refusal, ...] = ()
    error: GanyuanError | None = None
    theirs: tuple[tuple[str, Any, Any], ...] = ()
    typed: tuple[tuple[str, Any], ...] = ()


def tell(told: Told) -> None:
    """Leave word for the run that follows."""
    st.session_state[TOLD] = told


def told() -> Told | None:
    """The word left by the last act, once."""
    word: Told | None = st.session_state.pop(TOLD, None)
    return word


def submit(ctx: Context, draft: Draft) -> None:
    """Store what a form holds; what became of it is told by :func:`told`."""
    values = {name: st.session_state.get(draft.key(name)) for name in draft.entry.fields}
    who = as_text(st.session_state.get(draft.key("who")))
    why = as_text(st.session_state.get(draft.key("why")))
    if not (who and why):
        tell(Told("fill_in", draft.act, draft.case_id))
        return
    against = refusals(draft.entry, values, draft.case, today=draft.today, barred=draft.barred)
    if against:
        tell(Told("refused", draft.act, draft.case_id, refused=against))
        return
    lost = written_over(draft)
    if lost and not st.session_state.get(draft.key(OVER)):
        typed = tuple((name, values[name]) for name in lost)
        tell(Told("keep", draft.act, draft.case_id, typed=typed))
        return
    row = {**draft.case, **{k: _plain(v) for k, v in values.items()}, "revision": draft.revision}
    viewer = Viewer(who, ctx.viewer.prefectures)
    try:
        put_row(ctx.store, row, viewer=viewer, reason=why, demonstration=draft.demonstration)
    except StaleVersionError as error:
        tell(_conflict(ctx, draft, values, error))
    except GanyuanError as error:
        tell(Told("error", draft.act, draft.case_id, error=error))
    else:
        tell(Told("done", draft.act, draft.case_id))


def written_over(draft: Draft) -> tuple[str, ...]:
    """Fields that somebody else changed meanwhile and that the form holds another value for."""
    return tuple(
        name
        for name in st.session_state.get(draft.key(_CLASH), ())
        if _comparable({name: st.session_state.get(draft.key(name))})
        != _comparable({name: draft.case.get(name)})
    )


def put_row(store: Store, row: Row, *, viewer: Viewer, reason: str, demonstration: bool) -> int:
    """Write one row of the idle ledger over the state that was read.

    Args:
        store: The store.
        row: Fields of the row and the ``revision`` that was read; a new row takes any.
        viewer: Who writes.
        reason: Why.
        demonstration: The row is invented.

    Returns:
        1 if the row changed, else 0.

    Raises:
        StoreError: See :meth:`store.Store.put_ledger`.
        SchemaError: A value is of the wrong kind.
    """
    kept = {name: value for name, value in row.items() if name in _OWN or name == "revision"}
    frame = pd.DataFrame([kept], dtype=object)
    return store.put_ledger(
        "idle_case", frame, viewer=viewer, reason=reason, demonstration=demonstration
    )


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a widget holds
    if isinstance(value, str):
        return value.strip() or None
    return value


def _conflict(ctx: Context, draft: Draft, values: Row, error: StaleVersionError) -> Told:
    """Keep what was typed for the form of the new state, and find what has changed."""
    rows = ctx.store.ledger("idle_case", ctx.viewer, where={"case_id": draft.case_id})
    now: Row = {}
    for record in rows.to_dict("records"):
        now |= {str(name): value for name, value in record.items()}
    newer = int(now.get("revision") or 0)
    typed = tuple(
        (name, value) for name, value in values.items() if value != draft.prefilled.get(name)
    )
    st.session_state[act_key(draft.case_id, newer)] = draft.act
    for name in ("who", "why"):
        st.session_state[draft.key(name, newer)] = st.session_state.get(draft.key(name))
    for name, value in typed:
        st.session_state[draft.key(name, newer)] = value
    theirs = changed_fields(_comparable(draft.case), _comparable(now))
    # They are written over by a choice of their own, not by pressing the button once more.
    changed = {name for name, _, _ in theirs}
    st.session_state[draft.key(_CLASH, newer)] = tuple(k for k, _ in typed if k in changed)
    return Told("conflict", draft.act, draft.case_id, error=error, theirs=theirs, typed=typed)


def _comparable(row: Cells) -> Row:
    """Fields of a row as text, empty ones left out."""
    out = {}
    for name, value in row.items():
        if name in _OWN and as_text(value):
            moment = isinstance(value, (pd.Timestamp, dt.date))
            out[str(name)] = pd.Timestamp(value).date().isoformat() if moment else value
    return out


def act_key(case_id: str, revision: int) -> str:
    """Key of the choice of an entry."""
    return f"{_PREFIX}-{case_id}-act-r{revision}"


def undo(
    ctx: Context, case_id: str, revision: int, before: Row | None, *, demonstration: bool
) -> None:
    """Put the state before the last act back, or end a row that the act had made."""
    who = as_text(st.session_state.get(undo_key(case_id, revision, "who")))
    why = as_text(st.session_state.get(undo_key(case_id, revision, "why")))
    if not (who and why):
        tell(Told("fill_in", "undo", case_id))
        return
    viewer = Viewer(who, ctx.viewer.prefectures)
    try:
        if before is None:
            ctx.store.end_ledger("idle_case", {case_id: revision}, viewer=viewer, reason=why)
        else:
            row = {**before, "case_id": case_id, "revision": revision}
            put_row(ctx.store, row, viewer=viewer, reason=why, demonstration=demonstration)
    except GanyuanError as error:
        tell(Told("error", "undo", case_id, error=error))
    else:
        tell(Told("done", "undo", case_id))


def undo_key(case_id: str, revision: int, name: str) -> str:
    """Key of a field of the form that undoes."""
    return f"{_PREFIX}-{case_id}-undo-r{revision}-{name}"
