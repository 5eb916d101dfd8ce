"""Layers under the links of every consolidation map: land that a link should not cross."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from geo.crs import CGCS2000
from layers.catalogue import consolidation as catalogue
from layers.spec import BoundLayer
from views.consolidation.inputs import overlays_in_force
from views.context import Context


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
