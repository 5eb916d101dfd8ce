"""One batch: its state, its three accounts, supplies and links, parcels, and what was entered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

import pandas as pd
import streamlit as st

from analytics.approval_states import batch_states
from analytics.cases.file import as_text
from domain import formats, ledgers
from domain.paths import STATIC
from domain.rules import load_rules
from domain.schema import AREA
from domain.tracing import orphans, trace
from export.references import cited
from views import address, data
from views.context import Context
from views.facts import Card, Fact, fact, show_card
from views.frame import empty_state, source_line
from views.idle import words as page_words
from views.idle.batches_words import (
    articles,
    changed,
    missing,
    names_of,
    state_html,
    state_words,
    verdicts,
)
from views.idle.case_timeline import certainty_mark
from views.idle.case_words import field_name, moment
from views.idle.figures_words import areas
from views.idle.run import IdleRun
from views.idle.worklist import open_case, visits

BATCH: Final = "idle-batch"
"""Batch that is open."""
_PART: Final = "idle-batch-part"
_HEIGHT: Final = 300


def chosen_batch(run: IdleRun) -> str:
    """The batch that is open, by the address or a list; empty where none of the place is."""
    wanted = address.chosen(BATCH)
    known = bool(wanted) and bool((run.batches["batch_id"] == wanted).any())
    st.session_state[BATCH] = wanted if known else ""
    address.write(BATCH, st.session_state[BATCH])
    return str(st.session_state[BATCH])


def choose_batch(batch_id: str) -> None:
    """Open a batch."""
    st.session_state[BATCH] = batch_id


def _close() -> None:
    st.session_state[BATCH] = ""
    address.write(BATCH, "")
    # A fresh key lets the same row be chosen again.
    st.session_state["idle-batch-round"] = st.session_state.get("idle-batch-round", 0) + 1


def show_batch(ctx: Context, run: IdleRun, rows: pd.DataFrame, batch_id: str) -> None:
    """Draw one batch.

    Args:
        ctx: The run of the page.
        run: What the page is about.
        rows: Result of :func:`views.idle.batches_data.batch_rows`.
        batch_id: One of them.
    """
    t = ctx.t
    row = rows[rows["batch_id"] == batch_id].iloc[0]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(t("batches.file.back"), key="idle-batch-back", on_click=_close)
        st.html(_head(ctx, row))
    left, right = st.columns([2, 3], gap="medium")
    with left:
        st.html(STATIC / "ganyuan" / "card.css")
        show_card(ctx, _card(ctx, run, row))
    supplies = supplies_of(data.ledger(ctx, "supply"), data.ledger(ctx, "supply_batch"), batch_id)
    everything = data.judged(ctx, run.version, run.day)
    parcels = everything[(everything["batch_id"] == batch_id).fillna(value=False)]
    changes = ctx.store.changes("batch", ctx.viewer, key=batch_id)
    parts: dict[str, tuple[int | None, Callable[[], None]]] = {
        "accounts": (None, partial(_accounts, ctx, row)),
        "supplies": (len(supplies), partial(_supplies, ctx, supplies)),
        "parcels": (len(parcels), partial(_parcels, ctx, parcels)),
        "history": (len(changes), partial(_history, ctx, run, changes)),
    }
    with right:
        part = st.segmented_control(
            t("batches.file.parts"),
            list(parts),
            default="accounts",
            required=True,
            format_func=lambda name: _part_name(ctx, name, parts[name][0]),
            key=_PART,
            label_visibility="collapsed",
        )
        parts[part or "accounts"][1]()
    source_line(t("batches.source", date=run.day.isoformat()))


def _part_name(ctx: Context, name: str, count: int | None) -> str:
    words = ctx.t(f"batches.file.{name}")
    return words if count is None else f"{words} {formats.count(count)}"


def _head(ctx: Context, row: pd.Series) -> str:
    mark = certainty_mark(ctx.t, str(row["certainty"]))
    return f"<div>{state_html(ctx, str(row['state']))}{mark}</div>"


def _card(ctx: Context, run: IdleRun, row: pd.Series) -> Card:
    """What is on record of the batch, and what its state rests on."""
    t, name = ctx.t, names_of(ctx)
    article = articles(ctx, load_rules("approvals", as_of=run.day)).get(str(row["rule"]), "")
    absent = missing(ctx, as_text(row["missing"])) or t("batches.file.nothing_missing")
    judged = [
        Fact(t("batches.col.state"), t(f"batches.state.{row['state']}"),
             certainty=row["certainty"], note=f"{row['rule']} · {article}"),
        Fact(t("batches.file.inputs"), missing(ctx, as_text(row["inputs"])) or formats.MISSING),
        Fact(t("idle.field.missing"), absent),
        fact(t("batches.file.lapse"), _lapse(ctx, row)),
    ]  # fmt: skip
    texts = ("approval_no", "approved_by", "acquisition", "unsupplied_cause", "disposal_path")
    dates = ("approved_on", "acquired_on", "ready_on", "written_off_on", "disposal_due")
    order = (
        "approval_no", "approved_by", "approved_on", "acquisition", "acquired_on", "ready_on",
        "written_off_on", "unsupplied_cause", "disposal_path", "disposal_due", "office",
    )  # fmt: skip
    known = {key: row[key] for key in (*texts, "office")}
    known |= {key: formats.date(row[key]) for key in dates}
    recorded = [fact(name[key], known[key]) for key in order]
    return Card(
        title=str(row["batch_id"]),
        kind=t("batches.file.kind", date=run.day.isoformat()),
        facts=(("", judged), (t("batches.file.recorded"), recorded)),
        demonstration=bool(row["demonstration"]),
        source=cited(run.version),
    )


def _lapse(ctx: Context, row: pd.Series) -> str | None:
    if formats.is_missing(row["days_to_next"]):
        return ctx.t("batches.file.may_have_lapsed") if row["state"] == "lapse_risk" else None
    return ctx.t(
        "batches.file.lapses_on",
        date=formats.date(row["next_on"]),
        days=formats.count(row["days_to_next"]),
    )


def _accounts(ctx: Context, row: pd.Series) -> None:
    """What the ledger states, what supplies trace, what the map shows; square metres."""
    t = ctx.t
    if formats.is_missing(row["verdict"]):
        empty_state(t("batches.file.no_accounts"))
        return
    lines = ("supplied", "written_off", "unsupplied")
    table = pd.DataFrame(
        {
            t("batches.file.account"): [t(f"batches.account.{line}") for line in lines],
            t("batches.account.stated"): [row[f"stated_{line}_m2"] for line in lines],
            t("batches.account.traced"): [row[f"traced_{line}_m2"] for line in lines],
            t("batches.account.mapped"): [row.get(f"spatial_{line}_m2") for line in lines],
        }
    )
    found = verdicts(ctx, f"{row['verdict']};{as_text(row['also'])}")
    st.markdown(f"**{t('batches.col.verdict')}** {found}")
    number = st.column_config.NumberColumn(format="localized")
    config = dict.fromkeys(table.columns[1:], number)
    st.dataframe(
        table.round(0),
        hide_index=True,
        key="idle-batch-accounts",
        placeholder=formats.MISSING,
        column_config=config,
    )
    for line in _account_lines(ctx, row):
        st.caption(line)


def _account_lines(ctx: Context, row: pd.Series) -> list[str]:
    """The differences in words; square metres."""
    t, count = ctx.t, formats.count
    out = [
        t(
            "batches.account.sums",
            approved=count(row["approved_m2"]),
            gap=count(row["stated_gap_m2"]),
            traced=count(row["traced_difference_m2"]),
        )
    ]
    if row["parcels"]:
        out.append(
            t(
                "batches.account.map",
                parcels=count(row["parcels"]),
                area=count(row["spatial_m2"]),
                difference=count(row["spatial_difference_m2"]),
                tolerance=count(row["tolerance_m2"]),
            )
            + t(f"batches.account.{'within' if row['spatial_within'] else 'beyond'}")
        )
    more = [name for name in ("later_m2", "orphan_m2") if row[name] > 0]
    return out + [t(f"batches.account.{name}", area=count(row[name])) for name in more]


def supplies_of(supplies: pd.DataFrame, links: pd.DataFrame, batch_id: str) -> pd.DataFrame:
    """What is supplied from a batch: by links, by the batch that a supply names, by lost links.

    Args:
        supplies: The supply ledger.
        links: The ledger of links.
        batch_id: The batch.

    Returns:
        ``supply_no``, ``name``, ``holder``, ``signed_on``, ``supplied_m2`` (from this batch) and
        ``traced_by`` (see :func:`domain.tracing.trace`, or ``orphan``); by day and number.
    """
    names = ["supply_no", "name", "holder", "signed_on", "supplied_m2", "traced_by"]
    linked = links.loc[(links["batch_id"] == batch_id).fillna(value=False), "supply_no"]
    near = (supplies["batch_id"] == batch_id) | supplies["supply_no"].isin(linked)
    near = near.fillna(value=False).astype(bool)
    some = links[links["supply_no"].isin(supplies.loc[near, "supply_no"])]
    traced = trace(supplies[near], some)
    mine = traced.loc[(traced["batch_id"] == batch_id).fillna(value=False), names]
    lost = orphans(supplies, links[links["supply_no"].isin(linked)])
    lost = lost[lost["batch_id"] == batch_id]
    left = lost.rename(columns={"area_m2": "supplied_m2"}).assign(traced_by="orphan")
    parts = [part for part in (mine, left.reindex(columns=names)) if len(part)] or [mine]
    return pd.concat(parts, ignore_index=True).sort_values(
        ["signed_on", "supply_no"], ignore_index=True
    )


def _supplies(ctx: Context, found: pd.DataFrame) -> None:
    t = ctx.t
    if found.empty:
        empty_state(t("batches.file.no_supplies"))
        return
    area = t("batches.col.area_m2")
    table = pd.DataFrame(
        {
            field_name(t, "supply_no", "supply"): found["supply_no"],
            field_name(t, "name", "supply"): found["name"],
            area: found["supplied_m2"],
            t("batches.file.traced_by"): page_words.translated(
                found["traced_by"], lambda key: t(f"batches.traced.{key}")
            ),
            field_name(t, "signed_on", "supply"): pd.to_datetime(found["signed_on"]).dt.date,
            field_name(t, "holder", "supply"): found["holder"],
        }
    )
    st.dataframe(
        table, hide_index=True, height=_HEIGHT, key="idle-batch-supplies",
        placeholder=formats.MISSING, column_config=areas(area),
    )  # fmt: skip


def _parcels(ctx: Context, found: pd.DataFrame) -> None:
    t = ctx.t
    if found.empty:
        empty_state(t("batches.file.no_parcels"))
        return
    area = t("batches.col.area_m2")
    table = pd.DataFrame(
        {
            t("idle.field.parcel_id"): found["parcel_id"],
            t("idle.status"): page_words.statuses(ctx, found["status"]),
            area: found[AREA],
            t("idle.field.name"): found["name"],
            field_name(t, "supply_no", "supply"): found["supply_no"],
        }
    )
    key = f"idle-batch-parcels-{visits()}"
    st.dataframe(
        table, hide_index=True, height=_HEIGHT, key=key, placeholder=formats.MISSING,
        on_select=partial(_parcel_chosen, key, found["parcel_id"].astype(str).tolist()),
        selection_mode="single-row", column_config=areas(area),
    )  # fmt: skip
    st.caption(t("batches.file.parcels_help"))


def _parcel_chosen(key: str, ids: Sequence[str]) -> None:
    event: Any = st.session_state[key]
    rows = event["selection"]["rows"]
    if rows and rows[0] < len(ids):
        open_case(ids[rows[0]])


def _history(ctx: Context, run: IdleRun, changes: pd.DataFrame) -> None:
    """Every change of the ledger row with the state that it left, the newest first."""
    t = ctx.t
    states = history_states(ctx, run, changes)
    table = pd.DataFrame(
        {
            t("batches.history.at"): [moment(at) for at in changes["at"]],
            t("batches.history.state", date=run.day.isoformat()): states,
            t("batches.history.what"): [
                _what(ctx, before, after)
                for before, after in zip(changes["before"], changes["after"], strict=True)
            ],
            t("case.who"): changes["viewer"],
            t("case.why"): changes["reason"],
        }
    )
    st.dataframe(
        table, hide_index=True, height=_HEIGHT, key="idle-batch-history",
        placeholder=formats.MISSING,
    )  # fmt: skip
    st.caption(t("batches.history.help", date=run.day.isoformat()))


def _what(ctx: Context, before: dict[str, Any] | None, after: dict[str, Any] | None) -> str:
    if before is None or after is None:
        return ctx.t("batches.history.new" if before is None else "batches.history.ended")
    return changed(ctx, before, after)


def history_states(ctx: Context, run: IdleRun, changes: pd.DataFrame) -> pd.Series:
    """State of the row after each change, judged on the day of the run; missing once ended."""
    kept = changes[changes["after"].notna()]
    rows = pd.DataFrame(list(kept["after"]), index=kept.index)
    if rows.empty:
        return pd.Series(pd.NA, index=changes.index, dtype="string")
    typed = ledgers.conform("batch", rows)
    states = batch_states(typed, as_of=run.day, rules=load_rules("approvals", as_of=run.day))
    return state_words(ctx, states["state"]).reindex(changes.index)
