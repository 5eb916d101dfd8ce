"""Layers under the links of every consolidation map: barriers, and the roads that count."""

from __future__ import annotations

from typing import Final

import geopandas as gpd
import pandas as pd
import shapely
import streamlit as st

from geo.crs import CGCS2000
from layers.catalogue import consolidation as catalogue
from layers.spec import BoundLayer
from store import Network
from views.consolidation.inputs import overlays_in_force
from views.consolidation.road_choice import chosen_name
from views.consolidation.road_tables import networks
from views.context import Context

_MOST: Final = 40_000
"""Vertices that are drawn; a larger network counts without being drawn."""
_DETAIL_DEG: Final = 0.0005


def road_layers(ctx: Context) -> list[BoundLayer]:
    """The chosen road network, marked where it is made up; none without one or where too large."""
    network = networks(ctx.store, ctx.viewer).get(chosen_name())
    if network is None:
        return []
    rows = _drawn(network.digest, _ctx=ctx, _network=network)
    if rows is None:
        return []
    frame = rows.assign(name=network.name, road="road", dataset=network.id)
    return [catalogue.roads().bind(frame, demonstration=network.demonstration)]


@st.cache_resource(max_entries=4, show_spinner=False)
def _drawn(digest: str, *, _ctx: Context, _network: Network) -> gpd.GeoDataFrame | None:
    """Lines of a network in the detail of a map; None where there are too many."""
    rows = _ctx.store.network_lines(_network, _ctx.viewer)
    shapes = shapely.simplify(rows.geometry.to_numpy(), _DETAIL_DEG)
    if int(shapely.get_num_coordinates(shapes).sum()) > _MOST:
        return None
    ids = [f"{digest[:6]}-{i}" for i in range(len(rows))]
    return gpd.GeoDataFrame({"id": ids}, geometry=shapes, crs=rows.crs)


def barrier_layers(ctx: Context) -> list[BoundLayer]:
    """Red line and permanent farmland, marked where they are made up; none without datasets."""
    found = [one for one in overlays_in_force(ctx) if len(one.rows)]
    if not found:
        return []
    columns = ["feature_id", "name", "category", "barrier", "geometry"]
    rows = pd.concat(
        [one.rows[columns].assign(dataset=one.name) for one in found], ignore_index=True
    )
    frame = gpd.GeoDataFrame(rows, geometry="geometry", crs=CGCS2000)
    made_up = any(one.demonstration for one in found)
    return [catalogue.barriers().bind(frame, demonstration=made_up)]
