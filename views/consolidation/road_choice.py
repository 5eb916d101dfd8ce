"""Which road network distances are taken from."""

from __future__ import annotations

from typing import Final

import streamlit as st

from store import Network
from views.consolidation.road_tables import NONE, networks
from views.context import Context

KEY: Final = "consolidation-roads"
"""Name of the chosen network in this session; empty for none."""


def choose_roads(ctx: Context) -> Network | None:
    """Draw the choice of the network and give the chosen one; None for straight distances."""
    t, state = ctx.t, st.session_state
    found = networks(ctx.store, ctx.viewer)
    state.setdefault(KEY, next(iter(found), NONE))
    if state[KEY] not in found:
        state[KEY] = NONE
    if not found:
        return None
    name = st.selectbox(
        t("roads.choice"),
        [NONE, *found],
        format_func=lambda one: _label(ctx, found[one]) if one else t("roads.none"),
        key=KEY,
        help=t("roads.choice_help"),
    )
    return found.get(name or NONE)


def chosen_name() -> str:
    """Name of the network that is chosen in this session; empty for none."""
    return str(st.session_state.get(KEY, NONE))


def _label(ctx: Context, network: Network) -> str:
    mark = ctx.t("data.demonstration_mark") if network.demonstration else ""
    return f"{network.id}{mark}"
