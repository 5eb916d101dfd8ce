"""The map of the idle-land page: units by idle area, parcels by status."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd

from domain import boundaries, formats
from domain.parcels import AREA
from export.references import cited
from geo.mercator import lonlat_of
from layers.catalogue import base
from layers.catalogue.parcels import PARCELS_AT_ONCE, parcel_status
from layers.graduated import graduated
from layers.spec import BoundLayer, Field
from layers.web import Bounds, LazyLayer
from store.map_index import MapIndex
from views.context import Context
from views.features import worklist_url
from views.idle.run import IdleRun
from views.idle.worklist import Worklist
from views.map_panel import Click, show_map
from views.places import unit_shapes

UNITS_ID = "idle_units"
MAP_KEY = "idle-map"


def idle_map(
    ctx: Context, run: IdleRun, found: Worklist, totals: pd.DataFrame, *, height: int
) -> Click | None:
    """Draw the map; shapes are read of the parcels that it draws, and of no others.

    Args:
        ctx: The run of the page.
        run: What the page is about.
        found: Parcels of the list.
        totals: Totals by unit (:func:`analytics.idle.totals.summarise`).
        height: In pixels.
    """
    index = ctx.store.map_index(run.version, ctx.viewer)
    place = run.place
    inline = not place.whole_province and len(found.order) <= PARCELS_AT_ONCE
    layers = ground(
        ctx,
        run,
        totals,
        layer_id=UNITS_ID,
        title="idle.layer.units",
        area="idle_area_m2",
        fields=(
            Field("idle_count", "idle.col.count", "count"),
            Field("idle_area_m2", "idle.field.area", "area"),
            Field("idle_share", "idle.col.idle_share", "share"),
        ),
    )
    if inline and len(found.order):
        drawn = with_shapes(index, found.parcels(run))
        layers.append(parcel_status().bind(drawn, demonstration=run.version.demonstration))
    return show_map(
        ctx,
        layers,
        key=MAP_KEY,
        height=height,
        bounds=_bounds(index, run),
        lazy_parcels=None if inline else _by_view(ctx, run, found),
    )


def with_shapes(index: MapIndex, parcels: pd.DataFrame) -> gpd.GeoDataFrame:
    """The same parcels with their shapes, EPSG:4490; those without a shape are left out.

    Args:
        index: What the map reads of the version.
        parcels: Rows labelled by their position in the version.
    """
    shapes = index.tiles.polygons(parcels.index.to_numpy(dtype=np.intp))
    frame = gpd.GeoDataFrame(parcels, geometry=shapes, crs=4490)
    return frame[frame.geometry.notna()]


def ground(
    ctx: Context,
    run: IdleRun,
    amounts: pd.DataFrame,
    *,
    layer_id: str,
    title: str,
    area: str,
    fields: tuple[Field, ...],
) -> list[BoundLayer]:
    """What lies under the parcels: base layers, and units by an area unless the place is one.

    Args:
        ctx: The run of the page.
        run: What the page is about.
        amounts: ``unit`` and the columns of the fields; units that are not in it are not drawn.
        layer_id: Id of the layer of units.
        title: Text key of its title, with a place for the unit of areas.
        area: Column that colours the units, m2.
        fields: Attributes of the hover table.
    """
    layers = [
        base.neighbour().bind(boundaries.layer("neighbour")),
        base.province().bind(boundaries.layer("province")),
    ]
    # Inside a county the parcels themselves are large enough to see.
    inside = run.place.county or run.place.zone
    amounts = amounts.iloc[:0] if inside else amounts
    frame = unit_shapes(ctx, run.by).merge(amounts, on="unit", how="inner")
    if len(frame):
        spec, classes = graduated(
            layer_id,
            ctx.t(title, unit=ctx.t(f"unit.{ctx.unit}")),
            area,
            frame[area],
            label_format=lambda value: formats.area(value, ctx.unit),
            id_column="unit",
            fields=fields,
            source=cited(run.version),
        )
        frame[spec.column] = classes
        layers.append(spec.bind(frame, demonstration=run.version.demonstration))
    # The page names the units; the legend has room for what is on them.
    county, prefecture = (replace(s, listed=False) for s in (base.county(), base.prefecture()))
    return [
        *layers,
        county.bind(boundaries.layer("county")),
        prefecture.bind(boundaries.layer("prefecture")),
    ]


def _bounds(index: MapIndex, run: IdleRun) -> Bounds | None:
    """Outline of a prefecture, parcels of a county or zone; None for the province."""
    place = run.place
    if place.county or place.zone:
        boxes = np.asarray(index.tiles.boxes[run.parcels.index.to_numpy(dtype=np.intp)])
        # The box of a row without a shape is turned inside out.
        boxes = boxes[boxes[:, 0] <= boxes[:, 2]]
        if len(boxes):
            corners = np.vstack([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])
            (west, north), (east, south) = lonlat_of(corners).tolist()
            return west, south, east, north
    if not place.prefecture:
        return None
    west, south, east, north = boundaries.geometry_of(place.prefecture).bounds
    return west, south, east, north


def _by_view(ctx: Context, run: IdleRun, found: Worklist) -> LazyLayer | None:
    if not len(found.order):
        return None
    spec = parcel_status()
    counted = gpd.GeoDataFrame(run.parcels.loc[found.order, [spec.column, AREA]])
    return LazyLayer(
        spec=spec,
        url=worklist_url(ctx, run.version, run.day, place=run.place, asked=found.asked),
        legend=spec.bind(counted).legend,
        overview=(UNITS_ID,),
        demonstration=run.version.demonstration,
    )
