"""Data for the terms of a pair: road networks of the user, and datasets of barriers."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd
import streamlit as st

from analytics.road_distance import network as graph_of
from domain import boundaries, formats
from domain.rules import RuleSet
from geo.errors import GanyuanError
from ingest.roads import RoadFile, read_roads
from store import Network
from views.consolidation.inputs import overlays_in_force
from views.consolidation.road_choice import KEY
from views.context import Context
from views.file_words import file_words
from views.frame import show_error
from views.markup import plain

_FILE: Final = "consolidation-roads-file"
_NAME: Final = "consolidation-roads-name"
_REASON: Final = "consolidation-roads-reason"
_TARGET: Final = "consolidation-roads-target"
_ROUND: Final = "consolidation-roads-round"
_TOLD: Final = "consolidation-roads-told"
_ENDINGS: Final = ("zip", "gpkg", "geojson", "json")
_NEW: Final = ""


def show_data(ctx: Context, rules: RuleSet) -> None:
    """Draw what is held for the terms of distance and barriers, and how to give more.

    Args:
        ctx: The run of the page.
        rules: The rules ``consolidation``.
    """
    t = ctx.t
    every = ctx.store.networks(ctx.viewer, include_withdrawn=True)
    told = st.session_state.pop(_TOLD, None)
    with st.expander(
        t("roads.title", n=sum(not one.withdrawn for one in every), m=len(overlays_in_force(ctx))),
        expanded=told is not None,
        key="consolidation-roads-panel",
    ):
        _tell(ctx, told)
        st.markdown(t("roads.text"))
        _list(ctx, every)
        with st.container(horizontal=True):
            _give(ctx, every, rules)
            _change(ctx, every)
        st.markdown(t("roads.barriers"))
        _overlays(ctx)


def _tell(ctx: Context, told: Any) -> None:  # noqa: ANN401 - what the session holds
    """What the last act came to."""
    if isinstance(told, GanyuanError):
        show_error(ctx, told)
    elif isinstance(told, RoadFile):
        why = plain(told.why(ctx.t.language))
        st.error(f"**{told.refused.code if told.refused else ''}** {plain(told.name)}: {why}")
    elif told is not None:
        st.success(ctx.t(told[0], name=plain(told[1])))


def _list(ctx: Context, every: list[Network]) -> None:
    t = ctx.t
    if not every:
        st.caption(t("roads.no_network"))
        return
    crs = t.pick("crs", "crs_en")
    shown = pd.DataFrame(
        {
            "name": [one.name for one in every],
            "state": [one.number for one in every],
            "use": [t(f"roads.use.{'withdrawn' if one.withdrawn else 'kept'}") for one in every],
            "length": [one.facts.get("length_km") for one in every],
            "lines": [one.facts.get("lines") for one in every],
            "crs": [one.facts.get(crs) for one in every],
            "file": [one.facts.get("file") for one in every],
            "digest": [one.digest[:12] for one in every],
            "when": [f"{one.saved_at.astimezone():%Y-%m-%d %H:%M}" for one in every],
            "who": [one.saved_by for one in every],
            "mark": [t("consolidation.state.demonstration") if one.demonstration else ""
                     for one in every],
        }
    )  # fmt: skip
    config: dict[str, Any] = {
        str(name): st.column_config.Column(t(f"roads.col.{name}")) for name in shown
    }
    config["length"] = st.column_config.NumberColumn(t("roads.col.length"), format="%.1f")
    st.dataframe(
        shown, column_config=config, hide_index=True, placeholder=formats.MISSING,
        key="consolidation-roads-list",
    )  # fmt: skip


def _give(ctx: Context, every: list[Network], rules: RuleSet) -> None:
    """A file for a new network, or in place of one that is held."""
    t = ctx.t
    names = {one.name: one.number for one in every}
    turn = int(st.session_state.get(_ROUND, 0))
    if st.session_state.get(_TARGET) not in names:
        st.session_state[_TARGET] = _NEW
    with st.popover(t("roads.give"), icon=":material/add_road:", key="consolidation-roads-give"):
        file_words(ctx, t("conunit.file_limit", mb=ctx.settings.max_upload_mb))
        with st.container(key="gy-file-roads"):
            st.file_uploader(t("roads.file"), type=list(_ENDINGS), key=f"{_FILE}-{turn}")
        target = st.selectbox(
            t("roads.as"),
            [_NEW, *names],
            format_func=lambda name: t("roads.replace", name=name) if name else t("roads.new"),
            key=_TARGET,
        )
        if target == _NEW:
            st.text_input(t("roads.name"), max_chars=80, key=_NAME)
        st.text_input(t("scenario.reason"), max_chars=400, key=_REASON)
        st.button(
            t("roads.keep"),
            type="primary",
            key="consolidation-roads-keep",
            disabled=st.session_state.get(f"{_FILE}-{turn}") is None,
            on_click=_keep,
            args=(ctx, names, rules, turn),
        )


def _keep(ctx: Context, names: dict[str, int], rules: RuleSet, turn: int) -> None:
    state = st.session_state
    sent = state.get(f"{_FILE}-{turn}")
    if sent is None:
        return
    target = str(state.get(_TARGET) or _NEW)
    try:
        read = read_roads(sent.getvalue(), sent.name, most=int(rules.value("CON-ROAD-VERTICES")))
        if read.refused is not None:
            state[_TOLD] = read
            return
        # A network that gives no way is told now and not when somebody chooses it.
        graph_of(read.lines, rules=rules)
        kept = ctx.store.put_network(
            target or str(state.get(_NAME) or ""),
            read.lines,
            prefectures=boundaries.prefectures_met(read.lines),
            viewer=ctx.viewer,
            reason=str(state.get(_REASON) or ""),
            facts={"file": sent.name, **read.facts},
            number=names.get(target),
        )
    except GanyuanError as error:
        state[_TOLD] = error
        return
    state[_TOLD] = ("roads.kept", kept.id)
    state[KEY] = kept.name
    state[_ROUND] = turn + 1
    state[_NAME] = state[_REASON] = ""


def _change(ctx: Context, every: list[Network]) -> None:
    """Taking a network out of use, and bringing one back."""
    t = ctx.t
    if not every:
        return
    by_name = {one.name: one for one in every}
    key, reason = "consolidation-roads-which", "consolidation-roads-change-reason"
    if st.session_state.get(key) not in by_name:
        st.session_state[key] = every[0].name
    with st.popover(t("roads.change"), key="consolidation-roads-change"):
        one = by_name[st.selectbox(t("roads.which"), list(by_name), key=key) or every[0].name]
        st.text_input(t("scenario.reason"), max_chars=400, key=reason)
        if not one.withdrawn:
            st.button(
                t("roads.withdraw"), key="consolidation-roads-withdraw",
                on_click=_withdraw, args=(ctx, one, reason),
            )  # fmt: skip
        for state in _earlier(ctx, one):
            st.button(
                t("roads.restore", id=state.id, km=formats.number(state.facts.get("length_km"), 1)),
                key=f"consolidation-roads-restore-{state.number}",
                on_click=_restore, args=(ctx, one, state.number, reason),
            )  # fmt: skip


def _earlier(ctx: Context, one: Network) -> list[Network]:
    """States with other lines than those in use, the latest of each."""
    seen = set() if one.withdrawn else {one.digest}
    out = []
    for state in ctx.store.network_history(one.name, ctx.viewer):
        if state.digest not in seen and not state.withdrawn:
            seen.add(state.digest)
            out.append(state)
    return out


def _withdraw(ctx: Context, one: Network, reason: str) -> None:
    state = st.session_state
    try:
        ctx.store.withdraw_network(
            one.name, viewer=ctx.viewer, reason=str(state.get(reason) or ""), number=one.number
        )
    except GanyuanError as error:
        state[_TOLD] = error
        return
    state[reason] = ""
    state[_TOLD] = ("roads.withdrawn", one.name)


def _restore(ctx: Context, one: Network, number: int, reason: str) -> None:
    state = st.session_state
    try:
        kept = ctx.store.restore_network(
            one.name, number, viewer=ctx.viewer, reason=str(state.get(reason) or ""),
            number=one.number,
        )  # fmt: skip
    except GanyuanError as error:
        state[_TOLD] = error
        return
    state[reason] = ""
    state[_TOLD] = ("roads.restored", kept.id)


def _overlays(ctx: Context) -> None:
    """Datasets of barriers, and where each is complete."""
    t = ctx.t
    found = overlays_in_force(ctx)
    if not found:
        st.caption(t("roads.no_overlay"))
        return
    shown = pd.DataFrame(
        {
            "dataset": [one.name for one in found],
            "category": [_categories(ctx, one.rows["category"]) for one in found],
            "rows": [len(one.rows) for one in found],
            "cover": [t(f"roads.cover.{'stated' if one.stated else 'inferred'}") for one in found],
            "day": [one.date for one in found],
            "mark": [t("consolidation.state.demonstration") if one.demonstration else ""
                     for one in found],
        }
    )  # fmt: skip
    config = {str(name): st.column_config.Column(t(f"roads.col.{name}")) for name in shown}
    st.dataframe(
        shown, column_config=config, hide_index=True, placeholder=formats.MISSING,
        key="consolidation-overlays-list",
    )  # fmt: skip


def _categories(ctx: Context, words: pd.Series) -> str:
    return ctx.t.pick("、", ", ").join(sorted(words.dropna().astype(str).unique()))
