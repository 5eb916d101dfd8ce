"""Land that a link between two zones should not cross, and where it is known that there is none.

A dataset of red line or permanent farmland speaks for the land that it covers and for no other: of
a link that leaves its cover it is not known whether it crosses anything. A row of the category
``数据范围`` says where a dataset is complete; one without such a row is taken to be complete in the
counties in which it has rows, and every figure says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from domain.code_lists import code_of

Shapes = npt.NDArray[Any]
Kind = Literal["red_line", "farmland", "other"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
"""生态保护红线, 永久基本农田, and land of any other category."""
RANGE: Final = "range"
"""Land in which a dataset is complete."""
_NO_BARRIER: Final = "growth_boundary"
_WORDS: Final = "overlay_kind"
COLUMNS: Final = {
    "barrier_share": "float64",
    "barrier_km": "float64",
    "barrier_kinds": "string",
    "barrier_covered": "boolean",
    "barrier_uncovered": "string",
    "barrier_datasets": "string",
    "barrier_day": "string",
    "barrier_stated": "boolean",
    "barrier_demonstration": "boolean",
}
"""What is told of a link, with dtypes."""


@dataclass(frozen=True)
class Overlay:
    """A dataset of land that links should not cross.

    Attributes:
        name: How it is cited.
        rows: Polygons with ``category`` and ``barrier`` (of :data:`KINDS`), EPSG:4490.
        cover: Polygons in which it is complete, EPSG:4490.
        stated: The dataset says itself where it is complete.
        date: Of which day it is, as text; empty where that is not known.
        demonstration: It is made up.
    """

    name: str
    rows: gpd.GeoDataFrame = field(repr=False)
    cover: gpd.GeoSeries = field(repr=False)
    stated: bool
    date: str = ""
    demonstration: bool = False


def overlay(
    rows: gpd.GeoDataFrame,
    counties: gpd.GeoDataFrame,
    *,
    name: str,
    date: str = "",
    demonstration: bool = False,
) -> Overlay:
    """A dataset of overlays as links are held against it.

    Args:
        rows: Polygons with ``category``, EPSG:4490; rows without a shape are left out, and so is
            land that is no barrier (城镇开发边界).
        counties: Polygons of counties, EPSG:4490.
        name: How it is cited.
        date: Of which day it is.
        demonstration: It is made up.
    """
    held = rows[rows.geometry.notna() & ~rows.geometry.is_empty]
    words = held.get("category", pd.Series(pd.NA, index=held.index)).astype("string")
    codes = code_of(_WORDS, words).fillna("other")
    ranges = held[(codes == RANGE).to_numpy(dtype=bool)].geometry
    barrier = held.assign(barrier=codes.astype("string"))
    barrier = barrier[~codes.isin([RANGE, _NO_BARRIER]).to_numpy(dtype=bool)]
    cover = ranges if len(ranges) else _counties_of(barrier, counties)
    return Overlay(
        name,
        barrier.reset_index(drop=True),
        gpd.GeoSeries(cover.to_numpy(), crs=rows.crs),
        bool(len(ranges)),
        date,
        demonstration,
    )


def _counties_of(rows: gpd.GeoDataFrame, counties: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Counties in which some row lies."""
    _, met = counties.sindex.query(rows.geometry.representative_point(), predicate="within")
    return counties.geometry.iloc[np.unique(met)]


def crossed(
    links: Shapes, gap_km: Shapes, overlays: Sequence[Overlay], crs: pyproj.CRS
) -> pd.DataFrame:
    """What each link crosses, and whether all overlays cover it.

    Args:
        links: n lines in ``crs``.
        gap_km: Their lengths on the ellipsoid.
        overlays: What they are held against; without any nothing is known.
        crs: Projected system in metres.

    Returns:
        RangeIndex of n rows with :data:`COLUMNS`: ``barrier_share`` of the link in overlays (land
        in several counts once), ``barrier_km``, ``barrier_kinds`` (categories, joined by ``;``),
        ``barrier_covered`` (every overlay covers the whole link, or there is no gap),
        ``barrier_uncovered`` (overlays that do not, joined by ``;``), ``barrier_datasets`` and
        ``barrier_day`` of the overlays, ``barrier_stated`` (all say where they are complete),
        ``barrier_demonstration`` (one is made up). Without overlays all are missing.
    """
    out = pd.DataFrame(index=pd.RangeIndex(len(links)), columns=list(COLUMNS))
    if overlays:
        share, kinds = _through(links, overlays, crs)
        inside = np.column_stack([_covers(one, links, crs) for one in overlays])
        inside |= (np.asarray(gap_km) == 0.0)[:, None]
        names = np.array([one.name for one in overlays], dtype=object)
        out = out.assign(
            barrier_share=share,
            barrier_km=share * gap_km,
            barrier_kinds=kinds,
            barrier_covered=np.asarray(inside.all(axis=1)),
            barrier_uncovered=[";".join(names[~row]) for row in inside],
            barrier_datasets=";".join(names),
            barrier_day="/".join(dict.fromkeys(one.date for one in overlays if one.date)),
            barrier_stated=all(one.stated for one in overlays),
            barrier_demonstration=any(one.demonstration for one in overlays),
        )
    return out.astype(COLUMNS)


def _through(
    links: Shapes, overlays: Sequence[Overlay], crs: pyproj.CRS
) -> tuple[Shapes, list[str]]:
    """Share of each link that lies in overlays, and the categories that it crosses."""
    shapes = np.concatenate([one.rows.to_crs(crs).geometry.to_numpy() for one in overlays])
    shapes = shapely.make_valid(shapes)
    names = np.concatenate([_names(one.rows) for one in overlays])
    share, kinds = np.zeros(len(links)), [""] * len(links)
    at, of = shapely.STRtree(shapes).query(links, predicate="intersects")
    for link in np.unique(at):
        met = of[at == link]
        pieces = shapely.intersection(links[link], shapes[met])
        whole = float(shapely.length(links[link]))
        inside = float(shapely.length(shapely.union_all(pieces)))
        share[link] = inside / whole if whole else 0.0
        through = shapely.length(pieces) > 0
        kinds[link] = ";".join(sorted({str(n) for n in names[met][through] if n}))
    return np.clip(share, 0.0, 1.0), kinds


def _names(rows: gpd.GeoDataFrame) -> Shapes:
    told = rows.get("category", pd.Series("", index=rows.index))
    return np.asarray(told.fillna("").to_numpy(dtype=object))


def _covers(one: Overlay, links: Shapes, crs: pyproj.CRS) -> npt.NDArray[np.bool_]:
    if not len(one.cover):
        return np.zeros(len(links), dtype=bool)
    whole = shapely.union_all(shapely.make_valid(one.cover.to_crs(crs).to_numpy()))
    shapely.prepare(whole)
    return np.asarray(shapely.covers(whole, links), dtype=bool)
