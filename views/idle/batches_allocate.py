"""Supplies without a batch: what the map proposes, accepted row by row and undone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal

import pandas as pd
import streamlit as st

from analytics.cases.file import as_text
from domain import formats
from export.references import cited
from export.workbook import Kind
from geo.errors import GanyuanError
from store import StaleVersionError, Viewer
from views.context import Context
from views.downloads import download_table
from views.frame import empty_state, show_error, source_line
from views.idle import words as page_words
from views.idle.batches_acts import LastAct, accept, last_act, take_back
from views.idle.batches_data import Proposals, open_supplies, proposals_of
from views.idle.case_words import field_name, moment
from views.idle.figures_words import area_label, areas, in_unit
from views.idle.run import IdleRun
from views.markup import plain
from views.places import named

_TOLD: Final = "idle-allocate-told"
_TABLE: Final = "idle-allocate"
_HEIGHT: Final = 300
_SHOWN: Final = 2_000


@dataclass(frozen=True)
class Told:
    """What became of the last act.

    Attributes:
        kind: ``accepted``, ``taken_back``, ``fill_in``, ``nothing`` or ``error``.
        links: Links written or ended.
        supplies: Supplies that they are of.
        skipped: Chosen supplies that could not be accepted.
        error: The error of the store.
    """

    kind: Literal["accepted", "taken_back", "fill_in", "nothing", "error"]
    links: int = 0
    supplies: int = 0
    skipped: int = 0
    error: GanyuanError | None = None


def show_allocation(ctx: Context, run: IdleRun) -> None:
    """Draw the proposals, and the forms that accept and undo.

    Args:
        ctx: The run of the page.
        run: What the page is about; with batches.
    """
    t = ctx.t
    _tell_last(ctx)
    supplies = open_supplies(ctx, run)
    if supplies.empty:
        empty_state(t("batches.allocate.none", count=formats.count(len(run.supplies))))
    else:
        found = proposals_of(ctx, run, supplies)
        rows = found.remainder.sort_values("allocated_m2", ascending=False, kind="stable")
        st.caption(plain(_count_line(ctx, found)))
        _table(ctx, run, supplies, found, rows)
    act = last_act(ctx.store, ctx.viewer, run.supplies)
    if act is not None:
        _undo_form(ctx, act)
    source_line(t("batches.source", date=run.day.isoformat()))


def _tell_last(ctx: Context) -> None:
    """Say what became of the last act."""
    word: Told | None = st.session_state.pop(_TOLD, None)
    if word is None:
        return
    t = ctx.t
    if isinstance(word.error, StaleVersionError):
        st.error(_conflict(ctx, word.error))
        return
    if word.error is not None:
        show_error(ctx, word.error)
        st.caption(t("batches.allocate.nothing_written"))
        return
    if word.kind in ("fill_in", "nothing"):
        st.error(t("case.fill_in" if word.kind == "fill_in" else "batches.allocate.nothing_chosen"))
        return
    said = t(
        f"batches.allocate.{word.kind}",
        links=formats.count(word.links),
        supplies=formats.count(word.supplies),
    )
    if word.skipped:
        said += t("batches.allocate.skipped", count=formats.count(word.skipped))
    st.success(said)


def _conflict(ctx: Context, error: StaleVersionError) -> str:
    """Who was faster."""
    said = {name: str(value) for name, value in error.values.items()}  # noqa: PD011 - no frame
    return ctx.t(
        "batches.allocate.conflict",
        who=plain(said["who"]),
        when=said["when"],
        supply=plain(said["dataset"]),
    )


def _count_line(ctx: Context, found: Proposals) -> str:
    rest = found.remainder
    return ctx.t(
        "batches.allocate.count",
        count=formats.count(len(rest)),
        area=formats.area(rest["supplied_m2"].sum(), ctx.unit),
        ready=formats.count(len(found.acceptable)),
        allocated=formats.area(rest["allocated_m2"].sum(), ctx.unit),
        outside=formats.area(rest["outside_m2"].sum(), ctx.unit),
        contested=formats.area(rest["contested_m2"].sum(), ctx.unit),
        unit=ctx.t(f"unit.{ctx.unit}"),
    )


def proposal_table(
    ctx: Context, supplies: pd.DataFrame, found: Proposals, rows: pd.DataFrame
) -> pd.DataFrame:
    """The proposals as they are shown and exported, one line a supply.

    Args:
        ctx: The run of the page.
        supplies: The supplies, labelled as in their ledger.
        found: The proposals.
        rows: Some rows of ``found.remainder``.

    Returns:
        On the labels of ``rows``; columns named in the language of the page.
    """
    t = ctx.t
    own = supplies.loc[rows.index]
    proposed = _batches_in_words(ctx, found.links)
    bars = found.links[found.links["bar"] != ""].groupby("supply_no")["bar"].first()
    why = rows["supply_no"].map(bars.to_dict()).astype("string").fillna(rows["why"])
    columns = {
        field_name(t, "supply_no", "supply"): rows["supply_no"],
        area_label(ctx, "batches.allocate.batches"): rows["supply_no"].map(proposed),
        area_label(ctx, "batches.allocate.supplied"): in_unit(ctx, rows["supplied_m2"]),
        area_label(ctx, "batches.allocate.allocated"): in_unit(ctx, rows["allocated_m2"]),
        area_label(ctx, "batches.allocate.outside"): in_unit(ctx, rows["outside_m2"]),
        area_label(ctx, "batches.allocate.contested"): in_unit(ctx, rows["contested_m2"]),
        t("batches.allocate.why"): page_words.translated(
            why.mask(why == ""), lambda key: t(f"batches.why.{key}")
        ),
        field_name(t, "name", "supply"): own["name"],
        field_name(t, "holder", "supply"): own["holder"],
        t("idle.field.county"): named(ctx, own["county_adcode"], "county_adcode"),
        field_name(t, "signed_on", "supply"): own["signed_on"].dt.date,
    }
    return pd.DataFrame(columns, index=rows.index)


def _batches_in_words(ctx: Context, links: pd.DataFrame) -> pd.Series:
    """Batches proposed for each supply with their areas."""
    parts = pd.Series(
        [
            f"{formats.area(area, ctx.unit)} {batch}"
            for batch, area in zip(links["batch_id"], links["area_m2"], strict=True)
        ],
        index=links.index,
        dtype="object",
    )
    return parts.groupby(links["supply_no"]).agg(ctx.t.pick("；", "; ").join)


def _area_columns(ctx: Context) -> list[str]:
    kinds = ("supplied", "allocated", "outside", "contested")
    return [area_label(ctx, f"batches.allocate.{kind}") for kind in kinds]


def _table(
    ctx: Context, run: IdleRun, supplies: pd.DataFrame, found: Proposals, rows: pd.DataFrame
) -> None:
    t = ctx.t
    shown = rows.head(_SHOWN)
    # Rows that were chosen belong to the ledger that they were drawn from.
    key = f"{_TABLE}-{ctx.store.ledger_mark('supply_batch', ctx.viewer)}"
    st.dataframe(
        proposal_table(ctx, supplies, found, shown),
        hide_index=True,
        height=_HEIGHT,
        key=key,
        placeholder=formats.MISSING,
        on_select="rerun",
        selection_mode="multi-row",
        column_config={
            area_label(ctx, "batches.allocate.batches"): st.column_config.TextColumn(width=280),
            **areas(*_area_columns(ctx)),
        },
    )
    kinds: dict[str, Kind] = dict.fromkeys(_area_columns(ctx), "area")
    kinds[field_name(t, "signed_on", "supply")] = "date"
    _accept_form(ctx, key, found, shown["supply_no"].astype(str).tolist())
    download_table(
        ctx,
        partial(proposal_table, ctx, supplies, found, rows),
        key="idle-allocate-file",
        name=t("batches.allocate.file", date=run.day.isoformat()),
        kinds=kinds,
        notes={
            t("data.note_version"): cited(run.version),
            t("data.note_day"): run.day.isoformat(),
            t("data.note_place"): run.place.name(ctx),
            t("batches.view_allocate"): t("batches.allocate.how"),
        },
        demonstration=bool(supplies["demonstration"].any()),
    )


def _accept_form(ctx: Context, key: str, found: Proposals, numbers: list[str]) -> None:
    t = ctx.t
    st.caption(t("batches.allocate.how"))
    with st.form("idle-allocate-form", border=False):
        one, two, three = st.columns([2, 5, 2], vertical_alignment="bottom")
        one.text_input(t("case.who"), value=ctx.viewer.name, key=f"{_TABLE}-who", max_chars=80)
        two.text_input(
            t("case.why"), value=t("batches.allocate.reason"), key=f"{_TABLE}-why", max_chars=400
        )
        three.form_submit_button(
            t("batches.allocate.accept"),
            type="primary",
            on_click=_accepted,
            args=(ctx, key, found, numbers),
        )


def chosen_rows(key: str, count: int) -> list[int]:
    """Positions chosen in a table; a selection may outlive a table that was longer."""
    event: Any = st.session_state.get(key)
    rows = event["selection"]["rows"] if event else []
    return [row for row in rows if row < count]


def _accepted(ctx: Context, key: str, found: Proposals, numbers: list[str]) -> None:
    """Write what was chosen; what became of it is told by the run that follows."""
    asked = [numbers[row] for row in chosen_rows(key, len(numbers))]
    sound = set(found.acceptable)
    ready = [number for number in asked if number in sound]
    if not ready:
        st.session_state[_TOLD] = Told("nothing")
        return
    who, why = _signed("who"), _signed("why")
    if not (who and why):
        st.session_state[_TOLD] = Told("fill_in")
        return
    try:
        written = accept(
            ctx.store, Viewer(who, ctx.viewer.prefectures), found.of(ready), reason=why
        )
    except GanyuanError as error:
        st.session_state[_TOLD] = Told("error", error=error)
        return
    skipped = len(asked) - len(ready)
    st.session_state[_TOLD] = Told("accepted", written, len(ready), skipped)


def _signed(name: str) -> str:
    return as_text(st.session_state.get(f"{_TABLE}-{name}")).strip()


def _undo_form(ctx: Context, act: LastAct) -> None:
    """The last act in words, and the form that takes it back."""
    t = ctx.t
    with st.expander(t("batches.allocate.undo"), key="idle-allocate-undo"):
        st.caption(
            plain(
                t(
                    "batches.allocate.undo_what",
                    who=act.who,
                    when=moment(act.at),
                    links=formats.count(len(act.revisions)),
                    supplies=formats.count(len(act.supplies)),
                    reason=act.reason,
                )
            )
        )
        with st.form("idle-allocate-undo-form", border=False):
            one, two, three = st.columns([2, 5, 2], vertical_alignment="bottom")
            one.text_input(t("case.who"), value=ctx.viewer.name, key=f"{_TABLE}-undo-who")
            two.text_input(
                t("case.why"),
                value=t("case.reason.undo", reason=act.reason)[:400],
                key=f"{_TABLE}-undo-why",
            )
            three.form_submit_button(
                t("batches.allocate.undo_now"), on_click=_taken_back, args=(ctx, act)
            )


def _taken_back(ctx: Context, act: LastAct) -> None:
    who, why = _signed("undo-who"), _signed("undo-why")
    if not (who and why):
        st.session_state[_TOLD] = Told("fill_in")
        return
    try:
        ended = take_back(ctx.store, Viewer(who, ctx.viewer.prefectures), act, reason=why)
    except GanyuanError as error:
        st.session_state[_TOLD] = Told("error", error=error)
        return
    st.session_state[_TOLD] = Told("taken_back", ended, len(act.supplies))
