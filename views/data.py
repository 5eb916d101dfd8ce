"""Cached reads of the store for every page.

Versions never change, so what was read from one may be kept for ever; the keys carry the digest of
the version and the scope of the viewer, and the frames are shared: never change one in place.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

import geopandas as gpd
import pandas as pd
import streamlit as st

from domain.ledgers import Table
from layers.web import Bounds
from store import Kind, Store, Version, Viewer
from views import address
from views.context import Context
from views.day import FIRST_DAY, default_day
from views.frame import progress_bar
from views.judged import is_ready, judged_parcels
from views.kept_ledgers import kept_ledger

_DATASET_PARAM: Final = "ds"
_FRAME_PARAM: Final = "frame"
_DAY_PARAM: Final = "as_of"

Scope = tuple[str, ...] | None


def current_version(ctx: Context, kind: Kind = "parcels") -> Version | None:
    """The dataset version that the page shows, as the viewer may see it.

    For parcels the dataset named by the address (``ds``) or chosen before in this session; else
    the one that was published last, an invented one only where there is no other. None where the
    store holds none of this kind.
    """
    versions = _by_dataset(ctx, kind)
    if not versions:
        return None
    wanted = address.chosen(_DATASET_PARAM) if kind == "parcels" else ""
    return versions.get(wanted) or next(iter(versions.values()))


def in_force(ctx: Context, kind: Kind) -> list[Version]:
    """The versions in force of a kind, the latest first, invented ones behind all others."""
    return list(_by_dataset(ctx, kind).values())


def choose_version(ctx: Context) -> Version | None:
    """Like :func:`current_version`, with a picker in the sidebar where there is a choice.

    The choice is always written into the address: a link without it would mean another dataset as
    soon as somebody publishes one.
    """
    versions = _by_dataset(ctx, "parcels")
    if not versions:
        return None
    address.seed(_DATASET_PARAM, list(versions), next(iter(versions)))
    if len(versions) > 1:
        with st.sidebar:
            st.selectbox(
                ctx.t("data.dataset"),
                list(versions),
                format_func=lambda name: _dataset_label(ctx, versions[name]),
                key=_DATASET_PARAM,
                on_change=_frame_chosen,
                persist_state="session",
            )
    address.keep(_DATASET_PARAM)
    return versions[st.session_state[_DATASET_PARAM]]


def _frame_chosen() -> None:
    """Whoever picks a dataset wants to see where it is."""
    address.choose(_FRAME_PARAM, st.session_state[_DATASET_PARAM])


def choose_dataset(dataset: str) -> None:
    """Let the pages that follow show a dataset; for pages without the picker."""
    address.choose(_DATASET_PARAM, dataset)
    address.choose(_FRAME_PARAM, dataset)


def dataset_query(dataset: str, *, frame: bool = False) -> dict[str, str]:
    """What a link to a page of a dataset carries in its address; ``frame`` opens maps on it."""
    return {_DATASET_PARAM: dataset} | ({_FRAME_PARAM: dataset} if frame else {})


def frame(version: Version | None) -> Bounds | None:
    """Opening view of a map: the dataset, where somebody asked for it; else None.

    Call it on a page that draws the map, so that its address says what it shows.
    """
    asked = address.chosen(_FRAME_PARAM)
    if version is None or asked != version.dataset:
        address.write(_FRAME_PARAM, "")
        return None
    address.write(_FRAME_PARAM, asked)
    return version.bounds


def parcels(ctx: Context, version: Version) -> gpd.GeoDataFrame:
    """All parcels of a version that the viewer may see; shared, never change it in place.

    Returns:
        Schema of :mod:`domain.parcels`, RangeIndex, EPSG:4490.
    """
    return _read(_key(ctx, version), _store=ctx.store, _version=version, _viewer=ctx.viewer)


def judged(ctx: Context, version: Version, day: dt.date) -> pd.DataFrame:
    """The same without shapes, with the facts of the ledgers and the status on a day.

    Shows progress where it has to be made. Shared, never change it in place.

    Returns:
        See :func:`views.judged.judged_parcels`.
    """
    if is_ready(ctx.store, ctx.viewer, version, day):
        return judged_parcels(ctx.store, ctx.viewer, version, day)
    with progress_bar(ctx.t("data.judging")) as told:
        return judged_parcels(ctx.store, ctx.viewer, version, day, progress=told)


def as_of(ctx: Context, version: Version | None = None) -> dt.date:
    """The day that is judged: the one in the URL, else :func:`default_day`."""
    try:
        return max(dt.date.fromisoformat(address.chosen(_DAY_PARAM)), FIRST_DAY)
    except ValueError:
        return default_day(version or current_version(ctx))


def choose_day(ctx: Context, version: Version | None) -> dt.date:
    """The same with a date field in the sidebar, bound to the URL."""
    with st.sidebar:
        chosen = st.date_input(
            ctx.t("data.as_of"),
            value=default_day(version),
            min_value=FIRST_DAY,
            max_value=dt.date(2100, 12, 31),
            key=_DAY_PARAM,
            format="YYYY-MM-DD",
            help=ctx.t("data.as_of_help"),
            bind="query-params",
        )
    return chosen if isinstance(chosen, dt.date) else default_day(version)


def ledger(ctx: Context, table: Table) -> pd.DataFrame:
    """Rows of a ledger that are the viewer's; shared, never change it in place.

    What an act changed is read again at the next use (:mod:`views.kept_ledgers`).
    """
    return kept_ledger(ctx.store, table, ctx.viewer)[1]


def footprints(ctx: Context) -> tuple[Version, gpd.GeoDataFrame] | None:
    """The newest dataset of zone outlines and its rows; None where there is none. Shared."""
    version = current_version(ctx, "zones")
    return (version, parcels(ctx, version)) if version else None


def _by_dataset(ctx: Context, kind: Kind) -> dict[str, Version]:
    """Current versions by name, the latest first, invented ones behind all others."""
    found = ctx.store.datasets(ctx.viewer, kind)
    latest = sorted(found, key=lambda v: (v.committed_at, v.dataset), reverse=True)
    return {v.dataset: v for v in sorted(latest, key=lambda v: v.demonstration)}


def _dataset_label(ctx: Context, version: Version) -> str:
    mark = ctx.t("data.demonstration_mark") if version.demonstration else ""
    return f"{version.dataset} · v{version.number}{mark}"


def _key(ctx: Context, version: Version) -> tuple[str, str, Scope]:
    scope = ctx.viewer.prefectures
    return version.id, version.sha256, tuple(sorted(scope)) if scope is not None else None


Key = tuple[str, str, Scope]


@st.cache_resource(max_entries=12, show_spinner=False)
def _read(key: Key, *, _store: Store, _version: Version, _viewer: Viewer) -> gpd.GeoDataFrame:
    del key
    return _store.read(_version, _viewer)
