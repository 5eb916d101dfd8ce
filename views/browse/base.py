"""The ground of a map as GeoJSON: boundaries with their names, zones. The same for everybody."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from domain import boundaries
from layers.catalogue.zones import ZONE_CLASS, placed
from views import map_layers

Json = dict[str, Any]

_DECIMALS: Final = 5
"""A metre: enough for boundaries of this source."""
_HIT: Final = 200
_MISSING: Final = 404


def answer(request: Request) -> Response:
    """One layer of the ground, by its name."""
    name = request.path_params["name"]
    if name not in _LAYERS:
        return JSONResponse({"error": "LYR-004"}, status_code=_MISSING)
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable",
        "Content-Encoding": "gzip",
    }
    return Response(_packed(name), _HIT, headers, media_type="application/geo+json")


@cache
def version() -> str:
    """Digest of all layers: part of their addresses, so that browsers may keep them for ever."""
    found = hashlib.sha256()
    for name in _LAYERS:
        found.update(_packed(name))
    return found.hexdigest()[:16]


def names() -> tuple[str, ...]:
    """Names of the layers."""
    return tuple(_LAYERS)


@cache
def _packed(name: str) -> bytes:
    text = json.dumps(_LAYERS[name](), ensure_ascii=False, separators=(",", ":"))
    return gzip.compress(text.encode(), mtime=0)


def collection(
    frame: gpd.GeoDataFrame, columns: Sequence[str], *, decimals: int = _DECIMALS
) -> Json:
    """Features with some columns, coordinates rounded; the place in the list is their id."""
    rounded = shapely.transform(frame.geometry.to_numpy(), lambda xy: np.round(xy, decimals))
    shapes: npt.NDArray[np.object_] = shapely.to_geojson(rounded)
    rows = pd.DataFrame(frame[list(columns)]).astype("object")
    records = rows.where(rows.notna(), None).to_dict("records")
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "id": i, "properties": row, "geometry": json.loads(shape)}
            for i, (row, shape) in enumerate(zip(records, shapes.tolist(), strict=True))
        ],
    }


def _ground() -> Json:
    layers = [boundaries.layer(name).assign(kind=name) for name in ("neighbour", "province")]
    frame = gpd.GeoDataFrame(pd.concat(layers, ignore_index=True), crs=layers[0].crs)
    return collection(frame, ["kind"])


def _counties() -> Json:
    return collection(boundaries.layer("county"), ["adcode", "name", "name_en"])


def _lines() -> Json:
    """Boundaries as lines, each stretch once: neighbours share them, and drawing twice costs."""
    drawn: list[shapely.Geometry] = []
    levels: list[str] = []
    frames = [boundaries.layer("prefecture"), boundaries.layer("county")]
    for level, frame in zip(("prefecture", "county"), frames, strict=True):
        rounded = shapely.transform(frame.geometry.to_numpy(), lambda xy: np.round(xy, _DECIMALS))
        edges = shapely.union_all(shapely.boundary(rounded))
        # What is a line of the level above is drawn by it.
        for above in drawn:
            edges = shapely.difference(edges, above)
        drawn.append(shapely.line_merge(edges))
        levels.append(level)
    return collection(gpd.GeoDataFrame({"level": levels}, geometry=drawn, crs=4490), ["level"])


def _labels() -> Json:
    parts = []
    for level in ("prefecture", "county"):
        frame = boundaries.layer("prefecture" if level == "prefecture" else "county")
        points = gpd.points_from_xy(frame["label_lon"], frame["label_lat"], crs=frame.crs)
        parts.append(frame.assign(level=level).set_geometry(points))
    frame = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=parts[0].crs)
    return collection(frame, ["level", "short_name", "name", "name_en", "adcode"])


def _zones() -> Json:
    frame = placed(map_layers.zones())
    return collection(frame, ["zone_id", "name_zh", "name_en", ZONE_CLASS])


_LAYERS: Final[dict[str, Callable[[], Json]]] = {
    "ground": _ground,
    "county": _counties,
    "lines": _lines,
    "labels": _labels,
    "zones": _zones,
}
