"""The map of the idle-land page: units by idle area, parcels by status."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import geopandas as gpd
import pandas as pd

from domain import boundaries, formats
from export.references import cited
from layers.catalogue import base
from layers.catalogue.parcels import PARCELS_AT_ONCE, parcel_status
from layers.graduated import graduated
from layers.spec import BoundLayer, Field
from layers.web import Bounds, LazyLayer
from store import Version
from views.context import Context
from views.features import parcels_url
from views.map_panel import Click, show_map
from views.places import By, Place, unit_shapes

UNITS_ID = "idle_units"
MAP_KEY = "idle-map"
_HEIGHT = 400


def idle_map(  # noqa: PLR0913 - every argument narrows what is drawn
    ctx: Context,
    shown: gpd.GeoDataFrame,
    totals: pd.DataFrame,
    *,
    by: By,
    place: Place,
    statuses: tuple[str, ...],
    version: Version,
    day: dt.date,
    bounds: Bounds | None,
) -> Click | None:
    """Draw the map.

    Args:
        ctx: The run.
        shown: Parcels of the list, with their status.
        totals: Result of :func:`analytics.idle_totals.summarise`.
        by: Level of the units.
        place: The place; parcels are drawn at once inside one, else from a close zoom on.
        statuses: Statuses that the list is filtered by.
        version: Dataset version.
        day: Day that is judged.
        bounds: Opening view in degrees; None for the province.
    """
    layers = [
        base.neighbour().bind(boundaries.layer("neighbour")),
        base.province().bind(boundaries.layer("province")),
    ]
    inline = not place.whole_province and len(shown) <= PARCELS_AT_ONCE
    # Inside a county the parcels themselves are large enough to see.
    units = [] if place.county or place.zone else _units(ctx, totals, by, version)
    # The page names the units; the legend has room for what is on them.
    lines = [replace(spec, listed=False) for spec in (base.county(), base.prefecture())]
    frames = [boundaries.layer("county"), boundaries.layer("prefecture")]
    layers += [*units, *(spec.bind(frame) for spec, frame in zip(lines, frames, strict=True))]
    if inline and len(shown):
        layers.append(parcel_status().bind(shown, demonstration=version.demonstration))
    lazy = None if inline else _by_view(ctx, shown, place, statuses, version, day)
    return show_map(
        ctx,
        layers,
        key=MAP_KEY,
        height=_HEIGHT,
        bounds=bounds,
        lazy_parcels=lazy,
    )


def _units(ctx: Context, totals: pd.DataFrame, by: By, version: Version) -> list[BoundLayer]:
    shapes = unit_shapes(ctx, by)
    frame = shapes.merge(totals, on="unit", how="inner")
    if frame.empty:
        return []
    spec, classes = graduated(
        UNITS_ID,
        ctx.t("idle.layer.units", unit=ctx.t(f"unit.{ctx.unit}")),
        "idle_area_m2",
        frame["idle_area_m2"],
        label_format=lambda value: formats.area(value, ctx.unit),
        id_column="unit",
        fields=(
            Field("idle_count", "idle.col.count", "count"),
            Field("idle_area_m2", "idle.field.area", "area"),
            Field("idle_share", "idle.col.idle_share", "share"),
        ),
        source=cited(version),
    )
    frame[spec.column] = classes
    return [spec.bind(frame, demonstration=version.demonstration)]


def _by_view(
    ctx: Context,
    shown: gpd.GeoDataFrame,
    place: Place,
    statuses: tuple[str, ...],
    version: Version,
    day: dt.date,
) -> LazyLayer | None:
    if shown.empty:
        return None
    spec = parcel_status()
    code = place.zone or place.county or place.prefecture
    return LazyLayer(
        spec=spec,
        url=parcels_url(ctx, version, day, statuses=statuses, places=(code,) if code else ()),
        legend=spec.bind(shown).legend,
        overview=(UNITS_ID,),
        demonstration=version.demonstration,
    )
