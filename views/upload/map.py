"""The map of an upload: its rows by what was found about them, and the one that is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import streamlit as st

from domain import boundaries
from geo.crs import CGCS2000
from ingest import Inspection
from layers.catalogue import base
from layers.palette import ACCENT, STATUS
from layers.spec import BoundLayer, Field, LayerClass, LayerSpec, Symbol
from layers.web import Bounds
from views.context import Context
from views.map_panel import show_map
from views.upload import findings_list as upload_findings_list
from views.upload import rows as upload_rows
from views.upload.shelf import Held

MOST_SHAPES: Final = 4000
"""Rows of a file that are all drawn; of a larger one those with findings are."""
_MOST_FOUND: Final = 2000
_LISTED_PLACES: Final = 6
_AROUND: Final = 1.5
_LEAST_DEG: Final = 0.002
_NEAR_DEG: Final = 0.02
_SOURCE: Final = "upload.source"
_ROWS: Final = "upload_rows"
_OPEN: Final = Symbol(fill=None, stroke=ACCENT, weight=2.0)


def rows_layer() -> LayerSpec:
    """Rows of a file; needs ``source_row``, ``name`` and ``state``."""
    looks = {
        "fine": Symbol(fill=STATUS["due_soon"], stroke=ACCENT, weight=0.8, opacity=0.55),
        "warning": Symbol(fill=STATUS["overdue"], stroke="#8a6d00", weight=1.0, opacity=0.7),
        "error": Symbol(fill=STATUS["suspected_a2"], stroke="#7a1119", weight=1.2, opacity=0.6),
    }
    return LayerSpec(
        id=_ROWS,
        title="upload.map_rows",
        geometry="polygon",
        column="state",
        classes=tuple(LayerClass(k, f"upload.map_{k}", look) for k, look in looks.items()),
        source=_SOURCE,
        id_column="source_row",
        name_column="name",
        fields=(Field("source_row", "upload.row", "count"),),
    )


def extent_layer() -> LayerSpec:
    """Frames of the data by county; needs ``id`` and ``name``."""
    return _plain("upload_extent", "upload.map_extent", _OPEN, label="name")


def selected_layer() -> LayerSpec:
    """The row that is looked at; needs ``id`` and ``name``."""
    return _plain("upload_selected", "upload.map_selected", _OPEN)


def preview_layer() -> LayerSpec:
    """Shapes in a superseded datum, roughly in place; needs ``id`` and ``name``."""
    look = Symbol(fill="#B9BEC2", stroke="#5f686f", weight=0.9, opacity=0.5, dash=(4.0, 3.0))
    return _plain("upload_preview", "upload.map_preview", look)


def _plain(name: str, title: str, look: Symbol, *, label: str | None = None) -> LayerSpec:
    return LayerSpec(
        id=name,
        title=title,
        geometry="polygon",
        classes=(LayerClass(name, title, look),),
        source=_SOURCE,
        name_column="name",
        label_column=label,
        interactive=False,
    )


def show_upload_map(ctx: Context, held: Held, *, height: int, row: int | None) -> int | None:
    """Draw the upload over the province.

    Args:
        ctx: The run.
        held: The file.
        height: Height in pixels.
        row: Row that is looked at; the map moves to it.

    Returns:
        The row that is clicked; None where none is.
    """
    inspection = held.inspection
    if inspection is None:
        return None
    layers = [*_ground(), *_data(held, inspection)]
    looked_at = upload_rows.shapes(inspection, [row]) if row else None
    if looked_at is not None and len(looked_at):
        layers.append(selected_layer().bind(looked_at.assign(id="selected")))
    bounds = _bounds(inspection, layers, looked_at)
    click = show_map(ctx, layers, key="upload_map", height=height, bounds=bounds)
    return int(click.feature_id) if click and click.layer_id == _ROWS else None


def show_preview(ctx: Context, inspection: Inspection, *, height: int) -> None:
    """Draw shapes that may be shown but not analysed."""
    frame = inspection.preview()
    layers = _ground()
    bounds: Bounds | None = None
    if frame is not None and len(frame):
        frame = frame.assign(id=[str(n) for n in range(len(frame))], name="")
        layers.append(preview_layer().bind(frame))
        bounds = padded(frame)
    show_map(ctx, layers, key="upload_preview_map", height=height, bounds=bounds)


def places_line(ctx: Context, inspection: Inspection) -> None:
    """Counties of the good rows, the most first."""
    places = inspection.report.places
    if not places:
        return
    lang = ctx.t.language
    named = [f"{county_name(p.adcode, lang)} {p.rows}" for p in places[:_LISTED_PLACES]]
    note = ctx.t("upload.located", places=ctx.t.pick("、", ", ").join(named))
    if inspection.report.rows_in_file > MOST_SHAPES:
        note += ctx.t("upload.map_frames", n=inspection.report.rows_in_file)
    st.caption(note)


def _ground() -> list[BoundLayer]:
    return [
        base.province().bind(boundaries.layer("province")),
        base.county().bind(boundaries.layer("county")),
        base.prefecture().bind(boundaries.layer("prefecture")),
    ]


def _data(held: Held, inspection: Inspection) -> list[BoundLayer]:
    """Layers of the rows; worked out once for an inspection."""
    if inspection.accepted_file is None:
        return []
    if "layers" not in held.memory:
        held.memory["layers"] = _layers(inspection)
    made: list[BoundLayer] = held.memory["layers"]
    return made


def _layers(inspection: Inspection) -> list[BoundLayer]:
    worst = upload_findings_list.worst(inspection)
    every = inspection.report.rows_in_file
    if every <= MOST_SHAPES:
        return [rows_layer().bind(_stated(inspection, range(1, every + 1), worst))]
    found = worst[worst != "info"].sort_values().index[:_MOST_FOUND]
    frames = extent_layer().bind(_county_frames(inspection))
    return [frames, rows_layer().bind(_stated(inspection, [int(n) for n in found], worst))]


def _stated(
    inspection: Inspection, numbers: range | list[int], worst: pd.Series
) -> gpd.GeoDataFrame:
    """Shapes of rows with what was found about them."""
    frame = upload_rows.shapes(inspection, numbers)
    state = frame["source_row"].map(worst.to_dict()).astype("string").fillna("fine")
    state = state.replace({"info": "fine"})
    state = state.where(frame["kept"], "error")
    state = state.mask(frame["kept"] & (state == "error"), "warning")
    order = np.argsort(state.map({"fine": 0, "warning": 1, "error": 2}).to_numpy(), kind="stable")
    out = frame.assign(state=state.astype(str), name=frame["name"].replace("", "—"))
    return gpd.GeoDataFrame(out.iloc[order].reset_index(drop=True), crs=CGCS2000)


def county_name(adcode: str, language: str = "zh_CN") -> str:
    """Name of a county; what stands for an unknown one stays as it is."""
    return boundaries.name_of(adcode, language) if adcode[:1].isdigit() else adcode


def _county_frames(inspection: Inspection) -> gpd.GeoDataFrame:
    """Frame of the rows of each county; too many shapes are never thinned out."""
    places = inspection.report.places
    return gpd.GeoDataFrame(
        {"id": [p.adcode for p in places], "name": [county_name(p.adcode) for p in places]},
        geometry=[shapely.box(*p.frame) for p in places],
        crs=CGCS2000,
    )


def _bounds(
    inspection: Inspection, layers: Sequence[BoundLayer], looked_at: gpd.GeoDataFrame | None
) -> Bounds | None:
    """The row that is looked at, else the data once its place is known, else the province."""
    if looked_at is not None and len(looked_at):
        return padded(looked_at)
    frame = inspection.report.frame
    if frame is None:
        return None
    # A row that lies far away is no reason to make all others too small to be seen.
    west, south, east, north = frame
    near = shapely.box(west - _NEAR_DEG, south - _NEAR_DEG, east + _NEAR_DEG, north + _NEAR_DEG)
    drawn = [layer.frame for layer in layers if layer.spec.id == _ROWS]
    close = [rows[rows.within(near)] for rows in drawn]
    boxes = [rows.total_bounds for rows in close if len(rows)]
    every = np.array([frame, *boxes])
    lowest, highest = every[:, :2].min(axis=0), every[:, 2:].max(axis=0)
    return float(lowest[0]), float(lowest[1]), float(highest[0]), float(highest[1])


def padded(frame: gpd.GeoDataFrame) -> Bounds:
    """Frame of some shapes with room around them."""
    west, south, east, north = (float(v) for v in frame.total_bounds)
    dx = max((east - west) * _AROUND, _LEAST_DEG)
    dy = max((north - south) * _AROUND, _LEAST_DEG)
    return west - dx, south - dy, east + dx, north + dy
