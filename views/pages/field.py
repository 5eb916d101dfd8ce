"""Field: one parcel on a telephone: what is known, where one stands, what is seen."""

from __future__ import annotations

import datetime as dt
from typing import Final

import numpy as np
import pandas as pd
import shapely
import streamlit as st

from analytics.cases.file import as_text
from analytics.cases.steps import case_of
from domain import formats
from domain.ledgers import Table
from domain.paths import STATIC
from domain.rules import load_rules
from store import StoreError, Version
from views import address, data
from views.context import Context
from views.field.form import show_form
from views.field.place import show_place
from views.frame import demonstration_ribbon, door, empty_state, title_line
from views.idle.case import head_html, step_html
from views.idle.case_read import CaseRead, read_case
from views.markup import plain

PARCEL: Final = "parcel"
"""Name of the parcel in the address."""
_MOST: Final = 20
_SHORTEST: Final = 2
_SOUGHT: Final = ("parcel_id", "supply_no", "name", "holder")


def page(ctx: Context) -> None:
    """Draw the page."""
    version = data.current_version(ctx)
    day = data.as_of(ctx, version)
    st.html(STATIC / "ganyuan" / "case.css")
    st.html(STATIC / "ganyuan" / "field" / "page.css")
    with st.container(key="gy-field"):
        if version is None:
            title_line(ctx, ctx.t("field.title"), place="", as_of=day.isoformat())
            empty_state(ctx.t("idle.empty"), next_step=ctx.t("idle.empty_next"))
            return
        address.write("ds", version.dataset)
        _draw(ctx, version, day)


def _draw(ctx: Context, version: Version, day: dt.date) -> None:
    t = ctx.t
    parcels = data.judged(ctx, version, day)
    wanted = address.chosen(PARCEL)
    found = parcels[(parcels["parcel_id"] == wanted).fillna(value=False).astype(bool)]
    if found.empty:
        title_line(ctx, t("field.title"), place="", as_of=day.isoformat(), version=version.id)
        if wanted:
            st.warning(t("field.not_found", parcel=plain(wanted)))
        _search(ctx, parcels)
        return
    address.choose(PARCEL, wanted)
    address.write(PARCEL, wanted)
    _parcel(ctx, version, found.head(1), day)


def _search(ctx: Context, parcels: pd.DataFrame) -> None:
    """Find a parcel by part of its number, supervision number, project or holder."""
    t = ctx.t
    text = st.text_input(t("field.search"), key="field-search", max_chars=60).strip()
    if len(text) < _SHORTEST:
        st.caption(t("field.search_hint"))
        return
    hit = pd.Series(data=False, index=parcels.index)
    for name in _SOUGHT:
        held = parcels[name].str.contains(text, case=False, regex=False)
        hit |= held.fillna(value=False).astype(bool)
    rows = parcels[hit].head(_MOST)
    st.caption(t("field.search_found", n=formats.count(int(hit.sum())), most=_MOST))
    for label, row in zip(rows.index, rows.to_dict("records"), strict=True):
        parcel_id = as_text(row["parcel_id"])
        words = " · ".join(
            w for w in (parcel_id, as_text(row["name"]), as_text(row["holder"])) if w
        )
        if st.button(plain(words), key=f"field-open-{label}", width="stretch"):
            address.choose(PARCEL, parcel_id)
            st.query_params[PARCEL] = parcel_id
            st.rerun()


def _parcel(ctx: Context, version: Version, parcel: pd.DataFrame, day: dt.date) -> None:
    label = parcel.index[0]
    rules = load_rules("idle", as_of=day)
    read = read_case(ctx, version, label, parcel, day=day, rules=rules)
    position = int(case_of(read.parcel, read.cases)[0])
    case = dict(read.cases.iloc[position].to_dict()) if position >= 0 else {}
    if version.demonstration:
        demonstration_ribbon(ctx)
    st.html(head_html(ctx, read, {str(k): v for k, v in case.items()}))
    st.html(step_html(ctx, read))
    here = show_place(ctx, _shape(ctx, version, int(label)), as_text(read.row["parcel_id"]))
    show_form(ctx, read, _target(read, as_text(case.get("case_id"))), here)
    query = data.dataset_query(version.dataset) | {"idle-case": as_text(read.row["parcel_id"])}
    door(ctx, "idle", ctx.t("field.to_case"), query=query)
    if st.button(ctx.t("field.other"), key="field-other"):
        address.choose(PARCEL, "")
        st.query_params.pop(PARCEL, None)
        st.rerun()


def _target(read: CaseRead, case_id: str) -> tuple[Table, str] | None:
    """Ledger row that documents of the visit belong to."""
    if case_id:
        return "idle_case", case_id
    return ("supply", read.supply_no) if len(read.supplies) else None


def _shape(ctx: Context, version: Version, label: int) -> shapely.Geometry | None:
    """The boundary in degrees, to a centimetre; None where the map has none."""
    try:
        index = ctx.store.map_index(version, ctx.viewer)
    except StoreError:
        return None
    found: shapely.Geometry | None = index.tiles.polygons(np.array([label], dtype=np.intp))[0]
    return found
