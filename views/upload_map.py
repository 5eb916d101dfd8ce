"""The thumbnail of an upload: where its parcels fall, or where each possible system puts them."""

from __future__ import annotations

from typing import Final

import geopandas as gpd
import shapely
import streamlit as st

from domain import boundaries
from geo.crs import CGCS2000
from ingest import Inspection
from layers.catalogue import base
from layers.palette import ACCENT, STATUS
from layers.spec import BoundLayer, Field, LayerClass, LayerSpec, Symbol
from views.context import Context
from views.map_panel import show_map

_MOST_SHAPES: Final = 4000
_LISTED_PLACES: Final = 6
_FRAME_DEG: Final = 0.08
"""Frames around a few parcels are drawn this much larger, or they could not be seen."""
_SOURCE: Final = "upload.source"
_FILL: Final = Symbol(fill=STATUS["due_soon"], stroke=ACCENT, weight=0.8, opacity=0.7)
_OPEN: Final = Symbol(fill=None, stroke=ACCENT, weight=2.0)


def parcels_layer() -> LayerSpec:
    """Rows that can be committed; needs ``source_row``, ``parcel_id`` and the computed areas."""
    return LayerSpec(
        id="upload_parcels",
        title="upload.map_parcels",
        geometry="polygon",
        classes=(LayerClass("parcel", "upload.map_parcels", _FILL),),
        source=_SOURCE,
        id_column="source_row",
        name_column="parcel_id",
        fields=(
            Field("source_row", "upload.row", "count"),
            Field("area_ellipsoidal_m2", "upload.area", "area"),
        ),
        area_column="area_ellipsoidal_m2",
    )


def extent_layer() -> LayerSpec:
    """Frames of the data: per county, or per possible system; needs ``id`` and ``name``."""
    return LayerSpec(
        id="upload_extent",
        title="upload.map_extent",
        geometry="polygon",
        classes=(LayerClass("extent", "upload.map_extent", _OPEN),),
        source=_SOURCE,
        name_column="name",
        label_column="name",
    )


def show_thumbnail(ctx: Context, inspection: Inspection, *, height: int) -> None:
    """Draw the upload over the province."""
    layers = [*_ground(), *_data(ctx, inspection)]
    show_map(ctx, layers, key="upload_map", height=height, bounds=_bounds(inspection))
    places = inspection.report.places
    if not places:
        return
    named = [f"{_county_name(place.adcode)} {place.rows}" for place in places[:_LISTED_PLACES]]
    note = ctx.t("upload.located", places="、".join(named))
    if inspection.report.rows_ok > _MOST_SHAPES:
        note += ctx.t("upload.map_frames", n=inspection.report.rows_ok)
    st.caption(note)


def _ground() -> list[BoundLayer]:
    return [
        base.province().bind(boundaries.layer("province")),
        base.county().bind(boundaries.layer("county")),
        base.prefecture().bind(boundaries.layer("prefecture")),
    ]


def _data(ctx: Context, inspection: Inspection) -> list[BoundLayer]:
    if inspection.accepted_file is None:
        frames = _candidate_frames(ctx, inspection)
        return [extent_layer().bind(frames)] if len(frames) else []
    if inspection.report.rows_ok <= _MOST_SHAPES:
        return [parcels_layer().bind(inspection.rows())]
    return [extent_layer().bind(_county_frames(inspection))]


def _candidate_frames(ctx: Context, inspection: Inspection) -> gpd.GeoDataFrame:
    """Frame of the data in every system that may be the right one."""
    crs = inspection.report.crs
    placed = [c for c in crs.candidates if c.outline and c.inside > 0] if crs else []
    return gpd.GeoDataFrame(
        {
            "id": [f"{c.epsg}{'s' if c.swapped else ''}" for c in placed],
            "name": [ctx.t.pick(f"EPSG:{c.epsg}", f"EPSG:{c.epsg}") for c in placed],
        },
        geometry=[
            shapely.box(*c.outline).buffer(_FRAME_DEG, cap_style="square")
            for c in placed
            if c.outline
        ],
        crs=CGCS2000,
    )


def _county_name(adcode: str) -> str:
    return boundaries.name_of(adcode) if adcode[:1].isdigit() else adcode


def _county_frames(inspection: Inspection) -> gpd.GeoDataFrame:
    """Frame of the rows of each county; too many shapes are never thinned out."""
    places = inspection.report.places
    return gpd.GeoDataFrame(
        {"id": [p.adcode for p in places], "name": [_county_name(p.adcode) for p in places]},
        geometry=[shapely.box(*p.frame) for p in places],
        crs=CGCS2000,
    )


def _bounds(inspection: Inspection) -> tuple[float, float, float, float] | None:
    """The data itself once its place is known, else the province."""
    return inspection.report.frame
