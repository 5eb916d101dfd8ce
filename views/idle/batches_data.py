"""The batches of a place with state and accounts, and proposals where a supply names no batch."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import streamlit as st

from analytics.allocation import allocate, batch_outlines, unlinked
from analytics.approval_states import UNSUPPLIED, batch_states
from analytics.reconciliation import reconcile
from domain.boundaries import prefecture_of
from domain.ledgers import Table
from domain.rules import RuleSet, load_rules
from geo.mercator import lonlat_of
from store import Bounds, Store, Version, Viewer
from views import data
from views.context import Context
from views.frame import progress_bar
from views.idle.figures_data import Key, key_of
from views.idle.run import IdleRun

Progress = Callable[[float], None]

_PROPOSALS: Final = "idle-allocate-kept"
_STATE: Final = ["state", "rest_state", "unsupplied_m2", "rule", "article", "certainty", "inputs"]
_AHEAD: Final = ["missing", "next_state", "next_on", "days_to_next"]


def batch_rows(
    batches: pd.DataFrame,
    ledgers: dict[Table, pd.DataFrame],
    parcels: pd.DataFrame,
    *,
    as_of: dt.date,
    rules: RuleSet,
) -> pd.DataFrame:
    """Batches with their state and their accounts, what presses most first.

    Those that may lapse come first, then those with land left by the day of approval, the larger
    rest first, then those without a day, then the others.

    Args:
        batches: n rows of the batch ledger.
        ledgers: All rows of every ledger: a supply of one zone may draw on a batch of another.
        parcels: Judged parcels (:func:`views.judged.judged_parcels`).
        as_of: The day that is judged.
        rules: The rules of ``approvals`` on that day.

    Returns:
        On the labels of ``batches``: the columns of :func:`analytics.reconciliation.reconcile`
        (missing where the approval lies after the day), of
        :func:`analytics.approval_states.batch_states`, and of the ledger.

    Raises:
        RuleError: A rule is not in force on ``as_of``.
    """
    accounts = reconcile(
        batches,
        ledgers["supply"],
        as_of=as_of,
        rules=load_rules("reconciliation", as_of=as_of),
        links=ledgers["supply_batch"],
        cases=ledgers["idle_case"],
        parcels=parcels,
        supplied=parcels["status"] != "unsupplied",
    )
    traced = accounts["traced_supplied_m2"].reindex(batches.index).fillna(0.0)
    states = batch_states(batches, as_of=as_of, rules=rules, supplied_m2=traced)
    own = accounts.columns.difference(batches.columns, sort=False)
    out = batches.drop(columns="unsupplied_m2").join(states[_STATE + _AHEAD]).join(accounts[own])
    return out.loc[_urgent_first(out)]


def _urgent_first(rows: pd.DataFrame) -> pd.Index:
    state = rows["state"]
    steps = [state == "lapse_risk", state.isin(UNSUPPLIED), state == "unknown"]
    ordered = pd.DataFrame(
        {
            "step": np.select([step.to_numpy(bool) for step in steps], range(len(steps)), 3),
            "approved_on": rows["approved_on"],
            "left": -rows["unsupplied_m2"],
        }
    )
    return ordered.sort_values(["step", "approved_on", "left"], kind="stable").index


def rows_of(ctx: Context, run: IdleRun) -> pd.DataFrame:
    """The batches of the run (:func:`batch_rows`), worked out once; shared."""
    with st.spinner(ctx.t("batches.working")):
        return _rows(key_of(ctx, run), _ctx=ctx, _run=run)


@st.cache_resource(max_entries=6, show_spinner=False)
def _rows(key: Key, *, _ctx: Context, _run: IdleRun) -> pd.DataFrame:
    del key
    return batch_rows(
        _run.batches,
        all_ledgers(_ctx),
        data.judged(_ctx, _run.version, _run.day),
        as_of=_run.day,
        rules=load_rules("approvals", as_of=_run.day),
    )


def all_ledgers(ctx: Context) -> dict[Table, pd.DataFrame]:
    """All rows of every ledger that are the viewer's; shared."""
    tables: tuple[Table, ...] = ("batch", "supply", "idle_case", "supply_batch")
    return {table: data.ledger(ctx, table) for table in tables}


@dataclass(frozen=True)
class Proposals:
    """What the map says of supplies without a batch.

    Attributes:
        links: Proposed rows of ``supply_batch`` (:class:`analytics.allocation.Allocation`), with
            ``demonstration`` of their supply and ``bar``, what speaks against each:
            ``after_contract`` (the batch was approved after the contract), ``elsewhere`` (it lies
            in another prefecture) or empty.
        remainder: What is left of each supply, on the labels of the supply ledger.
    """

    links: pd.DataFrame
    remainder: pd.DataFrame

    @property
    def acceptable(self) -> list[str]:
        """Numbers of the supplies with a proposal and nothing against it."""
        barred = self.links.loc[self.links["bar"] != "", "supply_no"]
        numbers = self.links["supply_no"].drop_duplicates()
        return [str(number) for number in numbers[~numbers.isin(barred)]]

    def of(self, numbers: list[str]) -> pd.DataFrame:
        """The proposed links of some supplies."""
        return self.links[self.links["supply_no"].isin(numbers)]


def propose(
    store: Store,
    viewer: Viewer,
    version: Version,
    *,
    parcels: pd.DataFrame,
    supplies: pd.DataFrame,
    batches: pd.DataFrame,
    progress: Progress = lambda _: None,
) -> Proposals:
    """Propose batches for supplies by where their parcels lie.

    Shapes are read county by county, and only about the parcels of the supplies. A batch lies
    where the parcels that name it lie; one that no ledger records is proposed to nobody.

    Args:
        store: Store.
        viewer: Who reads.
        version: Version of the parcels.
        parcels: Its parcels without shapes, labelled by their position.
        supplies: Supplies without batch and links (:func:`analytics.allocation.unlinked`).
        batches: The batch ledger.
        progress: Told the share that is done.

    Raises:
        StoreError: The version cannot be read.
        OverlayError: A shape is invalid.
    """
    links, rest = [], []
    counties = list(supplies.groupby("county_adcode"))
    mine = parcels[parcels["supply_no"].isin(supplies["supply_no"])]
    for i, (_, some) in enumerate(counties):
        rows = mine.index[mine["supply_no"].isin(some["supply_no"])]
        layer = _shapes(store, viewer, version, rows)
        ground = layer[layer["supply_no"].isin(some["supply_no"])]
        named = layer[layer["batch_id"].isin(batches["batch_id"])]
        found = allocate(some, ground, batch_outlines(named))
        links.append(found.links)
        rest.append(found.remainder)
        progress((i + 1) / len(counties))
    return Proposals(
        _with_bars(pd.concat(links, ignore_index=True), supplies, batches), pd.concat(rest)
    )


def _shapes(store: Store, viewer: Viewer, version: Version, rows: pd.Index) -> gpd.GeoDataFrame:
    """Supply, batch and shape of the parcels about some parcels."""
    frame = _frame_of(store, viewer, version, rows)
    names = ["supply_no", "batch_id"]
    if frame is None:
        none = pd.DataFrame({name: pd.Series([], dtype="string") for name in names})
        return gpd.GeoDataFrame(none, geometry=gpd.GeoSeries([], crs=4490))
    return store.read(version, viewer, columns=names, bbox=frame)


def _frame_of(store: Store, viewer: Viewer, version: Version, rows: pd.Index) -> Bounds | None:
    """West, south, east, north of some parcels; None where none has a shape."""
    boxes = store.map_index(version, viewer).tiles.boxes[rows.to_numpy(dtype=np.intp)]
    boxes = boxes[boxes[:, 0] <= boxes[:, 2]].astype(np.int64)
    if not len(boxes):
        return None
    corners = lonlat_of(boxes.reshape(-1, 2))
    (west, south), (east, north) = corners.min(axis=0), corners.max(axis=0)
    return float(west), float(south), float(east), float(north)


def _with_bars(links: pd.DataFrame, supplies: pd.DataFrame, batches: pd.DataFrame) -> pd.DataFrame:
    own = supplies.set_index("supply_no")
    approved = batches.set_index("batch_id")
    signed_on = links["supply_no"].map(own["signed_on"])
    approved_on = links["batch_id"].map(approved["approved_on"])
    lies_in = links["batch_id"].map(approved["county_adcode"]).map(prefecture_of)
    elsewhere = lies_in != links["county_adcode"].map(prefecture_of)
    bars = np.select(
        [elsewhere.to_numpy(bool), (signed_on < approved_on).to_numpy(bool)],
        ["elsewhere", "after_contract"],
        "",
    )
    marks = links["supply_no"].map(own["demonstration"]).astype(bool)
    return links.assign(bar=pd.array(bars, dtype="string"), demonstration=marks)


def open_supplies(ctx: Context, run: IdleRun) -> pd.DataFrame:
    """Supplies of the place of which nothing says where they come from."""
    return unlinked(run.supplies, data.ledger(ctx, "supply_batch"))


def proposals_of(ctx: Context, run: IdleRun, supplies: pd.DataFrame) -> Proposals:
    """Proposals for the open supplies of a run (:func:`propose`), kept for the session."""
    key = key_of(ctx, run)
    kept: tuple[Key, Proposals] | None = st.session_state.get(_PROPOSALS)
    if kept is not None and kept[0] == key:
        return kept[1]
    with progress_bar(ctx.t("batches.allocate.working")) as told:
        made = propose(
            ctx.store,
            ctx.viewer,
            run.version,
            parcels=data.judged(ctx, run.version, run.day),
            supplies=supplies,
            batches=data.ledger(ctx, "batch"),
            progress=told,
        )
    st.session_state[_PROPOSALS] = key, made
    return made
