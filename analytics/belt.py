"""The Jingjiu electronics belt (京九电子信息产业带): axis, members, and what lies along it.

The axis is the rail line from Jiujiang to Dingnan. Being on the axis is measured; being a member of
the belt is published for four prefectures only. The two are kept apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from domain.rules import RuleSet
from geo.crs import CGCS2000, require_geographic
from geo.errors import GanyuanError

Floats = npt.NDArray[np.float64]

SHAPES: Final = ("changjiu_intercity_shape", "changgan_hsr_shape", "ganshen_hsr_shape")
"""Line shapes that make up the axis, from north to south."""
LINES: Final = ("changjiu_intercity", "changgan_hsr", "ganshen_hsr")
"""Lines whose stations are the ticks of the axis."""

Role = Literal[
    "core",
    "node",
    "radiating",
    "on_axis",
    "on_axis_cluster",
    "off_axis_cluster",
    "conventional",
    "core_zone",
    "zone",
]
ROLES: Final[tuple[Role, ...]] = get_args(Role)

_GEOD: Final = pyproj.Geod(a=6_378_137.0, rf=298.257222101)
_KM: Final = 1000.0


class BrokenAxisError(GanyuanError):
    """The line shapes do not join into one line."""

    code = "BLT-001"


@dataclass(frozen=True)
class Axis:
    """The axis with its measure.

    Attributes:
        vertices: n x 2 degrees, from north to south.
        chainage_km: n distances from the northern end along the CGCS2000 ellipsoid.
    """

    vertices: Floats
    chainage_km: Floats

    @property
    def length_km(self) -> float:
        """Length on the ellipsoid."""
        return float(self.chainage_km[-1])

    @property
    def line(self) -> shapely.LineString:
        """The axis as a line in EPSG:4490."""
        return shapely.LineString(self.vertices)


def axis(stations: pd.DataFrame, *, rules: RuleSet) -> Axis:
    """Join the line shapes into one measured line.

    Args:
        stations: The table ``belt_stations`` of :mod:`domain.reference`.
        rules: The rules ``belt``.

    Raises:
        BrokenAxisError: A shape is absent, or two shapes lie further apart than ``BELT-GAP``.
    """
    parts = [_shape(stations, name) for name in SHAPES]
    for name, before, after in zip(SHAPES[1:], parts, parts[1:], strict=False):
        gap = _lengths(np.vstack([before[-1:], after[:1]]))[0]
        if gap > rules.value("BELT-GAP"):
            raise BrokenAxisError(
                f"{name} begins {gap:.1f} km from the end of the shape before; "
                "mend data/reference/belt_stations.csv",
                values={"line": name, "gap": f"{gap:.1f}"},
            )
    xy = np.vstack(parts)
    keep = np.r_[True, np.any(np.diff(xy, axis=0) != 0, axis=1)]
    xy = xy[keep]
    return Axis(xy, np.r_[0.0, np.cumsum(_lengths(xy))])


def _shape(stations: pd.DataFrame, name: str) -> Floats:
    rows = stations[stations["line"] == name].sort_values("order")
    if rows.empty:
        raise BrokenAxisError(
            f"{name} is absent from data/reference/belt_stations.csv",
            values={"line": name, "gap": "?"},
        )
    return np.asarray(rows[["lon", "lat"]].to_numpy(np.float64), dtype=np.float64)


def _lengths(xy: Floats) -> Floats:
    """Geodesic length of each leg in km."""
    _, _, metres = _GEOD.inv(xy[:-1, 0], xy[:-1, 1], xy[1:, 0], xy[1:, 1])
    return np.asarray(metres, dtype=np.float64) / _KM


def along(points: gpd.GeoSeries, line: Axis) -> pd.DataFrame:
    """Where points lie beside the axis.

    Args:
        points: n points in EPSG:4490; missing and empty ones are allowed.
        line: The axis.

    Returns:
        float64 columns on the index of ``points``: ``chainage_km`` from the northern end to the
        nearest place on the axis, and ``distance_km`` from it; missing where there is no point.

    Raises:
        MissingCRSError: The points state no CRS.
        NotGeographicError: The points are projected.
    """
    require_geographic(points)
    out = pd.DataFrame(
        np.nan, index=points.index, columns=["chainage_km", "distance_km"], dtype="float64"
    )
    there = (points.notna() & ~points.is_empty).to_numpy()
    if there.any():
        found = points[there]
        xy = np.column_stack([found.x.to_numpy(), found.y.to_numpy()])
        out.loc[there, ["chainage_km", "distance_km"]] = _measure(xy, line)
    return out


def _measure(xy: Floats, line: Axis) -> Floats:
    """Chainage and distance of k points: nearest leg in a local plane, lengths on the ellipsoid."""
    scale = np.cos(np.radians(xy[:, 1]))[:, None]
    start, end = line.vertices[:-1], line.vertices[1:]
    dx = (start[None, :, 0] - xy[:, None, 0]) * scale
    dy = start[None, :, 1] - xy[:, None, 1]
    leg_x = (end - start)[None, :, 0] * scale
    leg_y = (end - start)[None, :, 1]
    t = np.clip(-(dx * leg_x + dy * leg_y) / (leg_x**2 + leg_y**2), 0.0, 1.0)
    off = (dx + t * leg_x) ** 2 + (dy + t * leg_y) ** 2
    rows, leg = np.arange(len(xy)), np.argmin(off, axis=1)
    where = t[rows, leg]
    foot = start[leg] + where[:, None] * (end - start)[leg]
    _, _, metres = _GEOD.inv(xy[:, 0], xy[:, 1], foot[:, 0], foot[:, 1])
    chainage = line.chainage_km[leg] + where * np.diff(line.chainage_km)[leg]
    return np.column_stack([chainage, np.asarray(metres) / _KM])


def stations(table: pd.DataFrame, line: Axis) -> gpd.GeoDataFrame:
    """Stations of the lines that make up the axis.

    Args:
        table: The table ``belt_stations``.
        line: The axis.

    Returns:
        Each station once, in order of ``chainage_km``, RangeIndex, EPSG:4490; adds ``proxy``
        (the place is recalled or stands in for the station) and :func:`along`.
    """
    rows = table[table["line"].isin(LINES)].drop_duplicates("station_zh")
    points = gpd.points_from_xy(rows["lon"], rows["lat"])
    frame = gpd.GeoDataFrame(rows, geometry=points, crs=CGCS2000)
    frame["proxy"] = frame["confidence"].isin(["recalled", "medium_proxy"])
    frame = frame.join(along(frame.geometry, line))
    return frame.sort_values("chainage_km", ignore_index=True)


def members(
    table: pd.DataFrame, places: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, line: Axis
) -> gpd.GeoDataFrame:
    """Members of the belt with their role and how it is known.

    Args:
        table: The table ``belt_members``.
        places: Prefectures and counties, EPSG:4490, with ``adcode`` and ``name``.
        zones: Development zones with ``zone_id``, ``name_zh`` and points.
        line: The axis.

    Returns:
        One row for each member, RangeIndex, EPSG:4490 (no geometry where a zone has no place of
        its own); the columns of ``table`` plus

        - ``key``: adcode or zone id, missing where the name is not listed,
        - ``role_group`` (:data:`ROLES`),
        - ``membership``: ``published`` (the four belt cities), ``derived`` (an electronics
          cluster or zone inside them) or ``none``,
        - ``on_axis``: the axis crosses the place; missing for zones,
        - ``chainage_km``, ``distance_km`` of zones (see :func:`along`).
    """
    listed = pd.concat(
        [
            places[["adcode", "name", "geometry"]].set_axis(["key", "name_zh", "geometry"], axis=1),
            zones[["zone_id", "name_zh", "geometry"]].set_axis(
                ["key", "name_zh", "geometry"], axis=1
            ),
        ],
        ignore_index=True,
    )
    frame = table.merge(listed.drop_duplicates("name_zh"), on="name_zh", how="left")
    out = gpd.GeoDataFrame(frame, geometry="geometry", crs=CGCS2000)
    out["role_group"] = _role_group(out)
    out["membership"] = _membership(out)
    areal = out["member_type"] != "zone"
    crosses = out.geometry.intersects(line.line)
    out["on_axis"] = crosses.astype("boolean").where(areal)
    return out.join(along(out.geometry.where(~areal), line))


def _role_group(frame: pd.DataFrame) -> pd.Series:
    role, kind = frame["role"], frame["member_type"]
    cluster = role.str.contains("electronics cluster")
    off = role.str.startswith("off axis")
    tests = [
        ((kind == "prefecture") & role.str.startswith("core"), "core"),
        ((kind == "prefecture") & role.str.startswith("node"), "node"),
        (kind == "prefecture", "radiating"),
        ((kind == "zone") & role.str.startswith("core"), "core_zone"),
        (kind == "zone", "zone"),
        (off, "off_axis_cluster"),
        (role.str.contains("conventional"), "conventional"),
        (cluster, "on_axis_cluster"),
    ]
    conditions = [test.to_numpy(dtype=bool) for test, _ in tests]
    chosen = np.select(conditions, [name for _, name in tests], default="on_axis")
    return pd.Series(chosen, index=frame.index, dtype="string")


def _membership(frame: pd.DataFrame) -> pd.Series:
    group = frame["role_group"]
    published = group.isin(["core", "node"])
    derived = group.isin(["on_axis_cluster", "off_axis_cluster", "core_zone", "zone"])
    out = pd.Series("none", index=frame.index, dtype="string")
    return out.mask(derived, "derived").mask(published, "published")


def strip(places: gpd.GeoDataFrame, line: Axis, *, rules: RuleSet) -> gpd.GeoDataFrame:
    """Clusters or zones within ``BELT-NEAR`` of the axis, in order along it.

    Args:
        places: Points in EPSG:4490.
        line: The axis.
        rules: The rules ``belt``.

    Returns:
        The rows near the axis with :func:`along`, sorted by ``chainage_km``, their own index.
    """
    measured = places.join(along(places.geometry, line))
    near = measured[measured["distance_km"] <= rules.value("BELT-NEAR")]
    return near.sort_values("chainage_km", kind="stable")


def electronics(evidence: pd.DataFrame, *, target_id: str = "T02") -> pd.DataFrame:
    """Published electronics revenue, by year and scope.

    Args:
        evidence: Result of :func:`analytics.targets.evidence`.
        target_id: Target whose figures are meant.

    Returns:
        Revenue rows in 100 million CNY, sorted by scope, year and number, RangeIndex; adds
        ``province`` bool and ``contradicted``: another figure of the same scope and year differs,
        or an earlier year's is as high as this one's.
    """
    mine = (evidence["target_id"] == target_id) & (evidence["unit"] == "yi_cny")
    rows = evidence[mine & evidence["role"].isin(["actual", "other_scope"])].copy()
    rows["province"] = rows["scope"] == "province"
    rows = rows.sort_values(["scope", "year", "number"], ignore_index=True)
    per_year = rows.groupby(["scope", "year"])["number"].transform("nunique")
    earlier_best = rows.groupby("scope")["number"].cummax()
    rows["contradicted"] = (per_year > 1) | (rows["number"] < earlier_best)
    return rows


def frame(line: Axis, *, name: str) -> gpd.GeoDataFrame:
    """The axis as one row, EPSG:4490: ``id``, ``name``, ``length_km``."""
    row = {"id": ["axis"], "name": [name], "length_km": [round(line.length_km, 1)]}
    return gpd.GeoDataFrame(row, geometry=[line.line], crs=CGCS2000)


def places(
    clusters: gpd.GeoDataFrame, zone_members: gpd.GeoDataFrame, line: Axis, *, rules: RuleSet
) -> gpd.GeoDataFrame:
    """Electronics clusters near the axis and the zones of the belt, as points along it.

    Args:
        clusters: The table ``clusters`` with points; only ``electronics`` is taken.
        zone_members: Rows of :func:`members` that are zones; taken at any distance.
        line: The axis.
        rules: The rules ``belt``.

    Returns:
        Placed rows sorted by ``chainage_km``, RangeIndex, EPSG:4490: ``id``, ``name_zh``,
        ``name_en``, ``place_kind`` (``cluster`` or ``zone``), ``revenue_yi``, ``revenue_year``,
        ``chainage_km``, ``distance_km``, ``source``, ``confidence``.
    """
    near = strip(clusters[clusters["sector_code"] == "electronics"], line, rules=rules)
    placed = zone_members[zone_members.geometry.notna()].rename(columns={"key": "id"})
    columns = [
        "id",
        "name_zh",
        "name_en",
        "place_kind",
        "revenue_yi",
        "revenue_year",
        "chainage_km",
        "distance_km",
        "source",
        "confidence",
        "geometry",
    ]
    rows = pd.concat(
        [
            near.rename(columns={"cluster_id": "id"}).assign(place_kind="cluster")[columns],
            placed.assign(
                place_kind="zone",
                name_en=placed.get("name_en", placed["name_zh"]),
                revenue_yi=np.nan,
                revenue_year=pd.Series(pd.NA, index=placed.index, dtype="string"),
            )[columns],
        ]
    )
    out = gpd.GeoDataFrame(rows, geometry="geometry", crs=CGCS2000)
    return out.sort_values("chainage_km", kind="stable", ignore_index=True)


def city_figures(series: pd.DataFrame, belt_members: pd.DataFrame) -> pd.DataFrame:
    """Electronics revenue of the published belt cities; a city without a figure keeps a row.

    Args:
        series: Result of :func:`electronics`.
        belt_members: Result of :func:`members`.

    Returns:
        ``name_zh``, ``role_group``, ``year``, ``number``, ``qualifier``, ``source``,
        ``confidence``, ``note``, RangeIndex, in the order of the members.
    """
    cities = belt_members[belt_members["membership"] == "published"][["name_zh", "role_group"]]
    columns = ["scope", "year", "number", "qualifier", "source", "confidence", "note"]
    out = cities.merge(series[columns], left_on="name_zh", right_on="scope", how="left")
    return pd.DataFrame(out.drop(columns="scope"))
