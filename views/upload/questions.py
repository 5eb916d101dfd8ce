"""Questions that only a person can answer, one at a time, each with its evidence."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final, Literal

import streamlit as st

from domain import schema
from domain.issues import catalogue
from ingest import Choices, Inspection
from ingest.land_class import STANDARDS
from views.context import Context
from views.markup import plain
from views.upload.cards import Card, choose_card
from views.upload.crs import ask_crs
from views.upload.shelf import Held

Question = Literal["layer", "kind", "encoding", "crs", "unit", "standard"]

ORDER: Final[tuple[Question, ...]] = ("layer", "kind", "encoding", "crs", "unit", "standard")
OPTIONAL: Final = frozenset({"unit", "standard"})
ANYWAY: Final = ("FIL-004", "FIL-006", "FIL-008")
"""Refusals of a shapefile that a person may overrule: what can be read is read."""

ENCODINGS: Final = {"gb18030": "GB18030 / GBK", "utf-8": "UTF-8", "big5": "Big5"}
UNITS: Final = ("m2", "ha", "mu")

_FIELDS: Final[dict[Question, tuple[str, ...]]] = {
    "layer": ("layer",),
    "kind": ("kind",),
    "encoding": ("encoding",),
    "crs": ("crs_epsg", "county_adcode"),
    "unit": ("area_unit",),
    "standard": ("class_standard",),
}
_CODES: Final[dict[str, Question]] = {"VAL-004": "unit", "CLS-001": "standard"}


def open_questions(
    inspection: Inspection, choices: Choices, skipped: Collection[str] = ()
) -> list[Question]:
    """Questions without an answer, in the order in which they are asked.

    Args:
        inspection: What was found out.
        choices: What the person has decided since.
        skipped: Questions that may stay open and were passed over.
    """
    asked: set[str] = set(inspection.report.decisions)
    asked |= {_CODES[i.code] for i in inspection.issues if i.code in _CODES}
    return [
        q
        for q in ORDER
        if q in asked and q not in skipped and not _answered(q, inspection.choices, choices)
    ]


def _answered(question: Question, before: Choices, now: Choices) -> bool:
    return any(getattr(before, name) != getattr(now, name) for name in _FIELDS[question])


def may_import_anyway(inspection: Inspection) -> str:
    """Code of the refusal that a person may overrule; empty where none may be."""
    code = inspection.report.refused_by
    return code if code in ANYWAY and code not in inspection.choices.anyway else ""


def ask(ctx: Context, held: Held, inspection: Inspection) -> bool:
    """Ask the first open question; once all are answered the check runs again.

    Returns:
        Whether a question is open without whose answer nothing can be published.
    """
    open_now = open_questions(inspection, held.choices, held.skipped)
    if not open_now:
        if held.choices != inspection.choices:
            held.start()
            st.rerun()
        return False
    question = open_now[0]
    with st.container(border=True, key="gy-question"):
        head = ctx.t("upload.question", n=1, of=len(open_now)) if len(open_now) > 1 else ""
        st.markdown(f"**{ctx.t(f'upload.ask_{question}')}** :gray[{head}]")
        answer = _ASK[question](ctx, inspection)
        if question in OPTIONAL and st.button(
            ctx.t("upload.skip"), key=f"upload_skip_{question}", type="tertiary"
        ):
            held.skipped.add(question)
            st.rerun()
    if answer is not None:
        held.choices = held.choices.model_copy(update=answer)
        if not open_questions(inspection, held.choices, held.skipped):
            held.start()
        st.rerun()
    return question not in OPTIONAL


def _ask_layer(ctx: Context, inspection: Inspection) -> dict[str, object] | None:
    layers = inspection.report.layers
    cards = [Card(name) for name in layers]
    chosen = choose_card(ctx, cards, key="upload_layer")
    return None if chosen is None else {"layer": layers[chosen]}


def _ask_kind(ctx: Context, inspection: Inspection) -> dict[str, object] | None:
    st.caption(_messages(ctx, inspection, "MAP-002"))
    # Only of a table without shapes is it not clear what a row is.
    kinds = schema.LEDGER
    cards = [Card(ctx.t(f"upload.rows_{k}"), ctx.t(f"upload.rows_{k}_text")) for k in kinds]
    chosen = choose_card(ctx, cards, key="upload_kind")
    return None if chosen is None else {"kind": kinds[chosen]}


def _ask_encoding(ctx: Context, inspection: Inspection) -> dict[str, object] | None:
    evidence = inspection.report.encoding
    if evidence is None:
        return None
    said = evidence.declared or ctx.t("upload.nothing_declared")
    st.caption(
        f"{_messages(ctx, inspection, 'ENC-002', 'ENC-005')} "
        + ctx.t("upload.encoding_declares", declared=plain(said))
    )
    if not evidence.candidates:
        st.error(ctx.t("upload.encoding_none"))
        return None
    cards = [
        Card(
            ENCODINGS.get(c.name, c.name),
            ctx.t("upload.encoding_score", share=f"{c.score:.0%}"),
            lines=c.samples,
            best=[o.score for o in evidence.candidates if o.score >= c.score] == [c.score],
        )
        for c in evidence.candidates
    ]
    chosen = choose_card(ctx, cards, key="upload_encoding")
    return None if chosen is None else {"encoding": evidence.candidates[chosen].name}


def _ask_unit(ctx: Context, inspection: Inspection) -> dict[str, object] | None:
    st.caption(_messages(ctx, inspection, "VAL-004"))
    cards = [Card(ctx.t(f"upload.unit_{unit}")) for unit in UNITS]
    chosen = choose_card(ctx, cards, key="upload_unit")
    return None if chosen is None else {"area_unit": UNITS[chosen]}


def _ask_standard(ctx: Context, inspection: Inspection) -> dict[str, object] | None:
    st.caption(_messages(ctx, inspection, "CLS-001"))
    cards = [Card(standard) for standard in STANDARDS]
    chosen = choose_card(ctx, cards, key="upload_standard")
    return None if chosen is None else {"class_standard": STANDARDS[chosen]}


_ASK: Final[dict[Question, Callable[[Context, Inspection], dict[str, object] | None]]] = {
    "layer": _ask_layer,
    "kind": _ask_kind,
    "encoding": _ask_encoding,
    "crs": ask_crs,
    "unit": _ask_unit,
    "standard": _ask_standard,
}


def _messages(ctx: Context, inspection: Inspection, *codes: str) -> str:
    """Words of the findings that brought a question up."""
    found = [i.first for i in inspection.issues if i.code in codes]
    issues = catalogue()
    said = (issues[f.code].what(ctx.t.language, **dict(f.values)) for f in found)
    return plain(" ".join(said))


def offer_anyway(ctx: Context, held: Held, inspection: Inspection) -> None:
    """Let a person overrule a refusal, and say what becomes of which rows."""
    code = may_import_anyway(inspection)
    if not code:
        return
    with st.container(border=True, key="gy-question"):
        st.markdown(f"**{ctx.t('upload.anyway')}**")
        values = dict(inspection.issues[0].first.values)
        st.markdown(ctx.t(f"upload.anyway_{code.lower().replace('-', '_')}", **_affected(values)))
        if st.button(ctx.t("upload.anyway_do"), key="upload_anyway"):
            agreed = (*inspection.choices.anyway, code)
            held.start(inspection.choices.model_copy(update={"anyway": agreed}))
            st.rerun()


def _affected(values: dict[str, str | int | float | None]) -> dict[str, object]:
    """Rows that only one of the two parts of a shapefile has."""
    shapes, records = values.get("shapes"), values.get("records")
    if not (isinstance(shapes, int) and isinstance(records, int)):
        return {**values, "both": "—", "rows": "—", "n": "—"}
    both, every = min(shapes, records), max(shapes, records)
    rows = f"{both + 1}-{every}" if every > both + 1 else f"{every}"
    return {**values, "both": both, "rows": rows, "n": every - both}
