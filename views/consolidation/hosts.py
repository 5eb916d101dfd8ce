"""Zones that a planner bars as hosts, and those whose bar is lifted, each with a reason."""

from __future__ import annotations

from typing import Final

import streamlit as st

from analytics.consolidation.scenario import Choices
from views import places
from views.consolidation import words
from views.consolidation.plan_result import Ground
from views.context import Context
from views.markup import plain

_BARRED: Final = "consolidation-barred"
_ADMITTED: Final = "consolidation-admitted"
_REASONS: Final = "consolidation-host-reasons"
_LONGEST: Final = 200


def choose_hosts(ctx: Context, ground: Ground) -> tuple[frozenset[str], frozenset[str]]:
    """Draw which zones are barred as hosts and of which a bar is lifted.

    Args:
        ctx: The run of the page.
        ground: What plans are made from.

    Returns:
        Barred and admitted zones that are hosts of some pair, or could be.
    """
    t = ctx.t
    names = places.unit_names(ctx, "zone_id")
    zones = ground.zones.set_index("zone_id")
    hosts = zones.index[(zones["status"] == "active") & (zones["kind"] != "cbz")]
    if ground.place:
        hosts = hosts[(zones.loc[hosts, "prefecture_adcode"] == ground.place).to_numpy()]
    listed = [str(zone) for zone in hosts if zone in ground.facts.index]
    found = []
    for key, name in ((_BARRED, "bar"), (_ADMITTED, "admit")):
        _without_gone(ctx, key, listed)
        picked = st.multiselect(
            t(f"conplan.{name}"),
            listed,
            format_func=lambda zone: words.short(str(names.get(zone, zone))),
            key=key,
            help=t(f"conplan.{name}_help"),
            placeholder=t("conplan.none"),
            # One careless key would bar every host.
            select_all=False,
            wrap=True,
            persist_state="session",
        )
        found.append(frozenset(map(str, picked)))
    barred, admitted = found
    for zone in listed:
        if zone in barred | admitted:
            _reason(ctx, zone, words.short(str(names.get(zone, zone))))
    both = barred & admitted
    if both:
        said = t.pick("、", ", ").join(words.short(str(names.get(z, z))) for z in sorted(both))
        st.caption(t("conplan.bar_and_admit", names=plain(said)))
    return barred, admitted - barred


def admitted_hosts() -> frozenset[str]:
    """Zones of which the bar is lifted in this session, and that are not barred."""
    state = st.session_state
    return frozenset(state.get(_ADMITTED) or []) - frozenset(state.get(_BARRED) or [])


def host_reasons() -> dict[str, str]:
    """The reasons that were given, by zone."""
    return dict(st.session_state.get(_REASONS) or {})


def set_hosts(chosen: Choices) -> None:
    """Load what a scenario keeps of hosts into the controls."""
    state = st.session_state
    state[_BARRED], state[_ADMITTED] = list(chosen.barred_hosts), list(chosen.admitted_hosts)
    state[_REASONS] = dict(chosen.host_reasons)
    for zone in (*chosen.barred_hosts, *chosen.admitted_hosts):
        state[_field(zone)] = chosen.host_reasons.get(zone, "")


def _without_gone(ctx: Context, key: str, listed: list[str]) -> None:
    """Zones that are no hosts of the place leave the choice, and that is said."""
    state = st.session_state
    gone = [zone for zone in state.get(key) or [] if zone not in listed]
    if gone:
        state[key] = [zone for zone in state[key] if zone in listed]
        st.caption(ctx.t("conplan.hosts_gone", n=len(gone), list=plain(", ".join(gone))))


def _field(zone: str) -> str:
    return f"consolidation-host-reason-{zone}"


def _reason(ctx: Context, zone: str, name: str) -> None:
    """The reason of one zone; it is kept while other pages are looked at."""
    kept: dict[str, str] = st.session_state.setdefault(_REASONS, {})
    st.session_state.setdefault(_field(zone), kept.get(zone, ""))
    said = st.text_input(
        ctx.t("conplan.host_reason", name=name), max_chars=_LONGEST, key=_field(zone),
        placeholder=ctx.t("conplan.host_reason_ask"),
    )  # fmt: skip
    st.session_state[_REASONS] = {**kept, zone: said or ""}
