"""Which pair is open: that of the row or of the shape on the map that was selected last."""

from __future__ import annotations

from dataclasses import dataclass, field

import geopandas as gpd
import pandas as pd
import streamlit as st

from views.map_panel import Click


@dataclass(frozen=True)
class Opened:
    """The pair that is open in one view.

    Attributes:
        name: Begins the keys of the session.
        keys: ``host>absorbed`` of every pair, in the order of the table.
    """

    name: str
    keys: pd.Series = field(repr=False)

    def before_click(self, row: int | None) -> str:
        """The pair as far as the table tells, before the map is drawn; empty where none is.

        Args:
            row: Selected row; None without one.
        """
        seen = st.session_state.get(f"{self.name}-seen", (None, ""))
        if row is not None and row != seen[0]:
            return str(self.keys.iloc[row])
        return str(st.session_state.get(f"{self.name}-chosen", ""))

    def choose(self, row: int | None, clicked: str) -> int:
        """Position of the pair that is open; a click draws the page once more with its pair.

        Args:
            row: Selected row; None without one.
            clicked: The pair that the map reports, empty without one.
        """
        state = st.session_state
        seen = state.get(f"{self.name}-seen", (None, ""))
        positions = self.keys.reset_index(drop=True)
        chosen, fresh = self.before_click(row), clicked != seen[1] and clicked in set(positions)
        found = positions.index[positions == (clicked if fresh else chosen)]
        position = int(found[0]) if len(found) else 0
        state[f"{self.name}-seen"] = (row, clicked)
        state[f"{self.name}-chosen"] = str(positions.iloc[position])
        if fresh:
            st.rerun()
        return position

    @property
    def position(self) -> int:
        """Position of the pair that was chosen last; the first where it is gone."""
        positions = self.keys.reset_index(drop=True)
        found = positions.index[positions == st.session_state.get(f"{self.name}-chosen", "")]
        return int(found[0]) if len(found) else 0


def pair_of(click: Click | None, keys: pd.Series, shapes: gpd.GeoDataFrame) -> str:
    """The pair of a link or of an outline that was clicked; empty where it is of none.

    Args:
        click: What the map reports.
        keys: ``host>absorbed`` of the pairs, the most important first.
        shapes: Outlines of units that are drawn.
    """
    if click is None:
        return ""
    if click.layer_id == "consolidation_links":
        return click.feature_id
    own = shapes[shapes["id"] == click.feature_id]
    if click.layer_id != "consolidation_outlines" or own.empty:
        return ""
    host, zone, part = (str(own[c].iloc[0]) for c in ("host_id", "zone_id", "part"))
    if part in ("absorbed", "trust"):
        return f"{host}>{zone}"
    mine = keys[keys.str.startswith(f"{host}>")]
    return "" if mine.empty else str(mine.iloc[0])
