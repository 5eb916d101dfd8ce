"""Distance by road between zones, over a network that a user gives.

Lines are joined where their vertices meet; a zone enters at the nearest place of a road. A zone
that lies too far from any road, and two zones that no road joins, have no distance: never an
infinite or a guessed one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely
from scipy import sparse
from scipy.sparse import csgraph
from scipy.spatial import KDTree

from domain.rules import RuleSet
from geo.crs import CGCS2000, gauss_kruger, require_geographic, zone_of
from geo.errors import GanyuanError

Values = npt.NDArray[Any]

_GEOD: Final = pyproj.Geod(a=6_378_137.0, rf=298.257222101)
_M_PER_KM: Final = 1000.0
_STEP_M: Final = 250.0
"""Longest stretch between two places where a zone can enter a road."""
_AT_ONCE: Final = 8
"""Zones from which ways are sought together: each needs a number for every node of the network."""
COLUMNS: Final = {
    "road_km": "float64",
    "access_km": "float64",
    "road_gap": "string",
    "road_network": "string",
    "road_day": "string",
    "road_demonstration": "boolean",
}
"""What is told of a pair, with dtypes."""


class RoadNetworkError(GanyuanError):
    """The road file holds no lines that can be travelled."""

    code = "CND-005"


@dataclass(frozen=True)
class Network:
    """Roads as a graph.

    Attributes:
        nodes: n points, metres in the 3-degree zone of the middle of the network.
        lengths: n by n sparse matrix of road lengths in metres, symmetric; of two roads between
            the same points the shorter.
        zone: Number of the 3-degree zone.
    """

    nodes: Values
    lengths: sparse.csr_array
    zone: int


def network(roads: gpd.GeoDataFrame, *, rules: RuleSet) -> Network:
    """A graph from lines; every vertex is a node, those within ``CON-ROAD-JOIN`` are one.

    Roads that cross without a common vertex do not meet there (bridges).

    Args:
        roads: Lines in EPSG:4490; rows without a shape are left out.
        rules: The rules ``consolidation``.

    Raises:
        RoadNetworkError: A row is no line, or no line has a length.
        GanyuanError: The layer has no CRS, or is projected.
    """
    require_geographic(roads)
    lines = shapely.get_parts(roads.geometry[roads.geometry.notna()].to_numpy())
    lines = lines[~shapely.is_empty(lines)]
    kinds = np.isin(shapely.get_type_id(lines), [shapely.GeometryType.LINESTRING])
    if not kinds.all():
        raise _unusable(f"{int((~kinds).sum())} rows are no lines")
    lines = shapely.force_2d(lines)
    xy, of = shapely.get_coordinates(lines, return_index=True)
    if not len(xy) or not np.isfinite(xy).all():
        raise _unusable("no lines" if not len(xy) else "coordinates that are no numbers")
    zone = zone_of(float((xy[:, 0].min() + xy[:, 0].max()) / 2))
    flat = _flat(xy, zone)
    node, nodes = _joined(flat, rules.value("CON-ROAD-JOIN"))
    follows = of[1:] == of[:-1]
    start, end = node[:-1][follows], node[1:][follows]
    ends = xy[:-1][follows], xy[1:][follows]
    _, _, metres = _GEOD.inv(ends[0][:, 0], ends[0][:, 1], ends[1][:, 0], ends[1][:, 1])
    moves = start != end
    if not moves.any():
        raise _unusable("no line has a length")
    nodes, start, end, metres = _stepped(nodes, start[moves], end[moves], metres[moves])
    return Network(nodes, _matrix(start, end, metres, len(nodes)), zone)


def between(zones: gpd.GeoDataFrame, roads: Network, *, rules: RuleSet) -> pd.DataFrame:
    """Road distance of every two zones that the network joins.

    Args:
        zones: ``zone_id`` and points, EPSG:4490; zones without a point have no distance.
        roads: The network.
        rules: The rules ``consolidation``; a zone farther than ``CON-ROAD-SNAP`` from every node
            is not on the network.

    Returns:
        Both orders of each two zones, index ``host_id``, ``absorbed_id``: ``road_km`` (along
        roads, with the straight ways from both zones to the network) and ``access_km`` (those
        ways), float64.
    """
    points = zones.set_index("zone_id").geometry
    points = points[points.notna() & ~points.is_empty]
    flat = _flat(np.column_stack([points.x, points.y]), roads.zone)
    away, at = KDTree(roads.nodes).query(flat) if len(flat) else (np.empty(0), np.empty(0, int))
    near = np.asarray(away) <= rules.value("CON-ROAD-SNAP") * _M_PER_KM
    ids, at, away = points.index.to_numpy()[near], np.asarray(at)[near], np.asarray(away)[near]
    if not len(ids):
        return _table([], [], np.empty(0), np.empty(0))
    lengths, place = _contracted(roads.lengths, at)
    at = place[at]
    along = np.vstack(
        [
            csgraph.dijkstra(lengths, directed=False, indices=at[i : i + _AT_ONCE])[:, at]
            for i in range(0, len(at), _AT_ONCE)
        ]
    )
    access = away[:, None] + away[None, :]
    row, column = np.nonzero(np.isfinite(along) & ~np.eye(len(ids), dtype=bool))
    ways = access[row, column]
    return _table(ids[row], ids[column], along[row, column] + ways, ways)


def distances(
    zones: gpd.GeoDataFrame,
    roads: Network,
    *,
    rules: RuleSet,
    name: str,
    day: str = "",
    demonstration: bool = False,
) -> pd.DataFrame:
    """Road distance of every two placed zones, or why there is none.

    Args:
        zones: ``zone_id`` and points, EPSG:4490.
        roads: The network.
        rules: The rules ``consolidation``.
        name: How the network is cited.
        day: Of which day it is, as text; empty where that is not known.
        demonstration: It is made up.

    Returns:
        Both orders of each two zones, index ``host_id``, ``absorbed_id``, with :data:`COLUMNS`:
        distances as :func:`between` gives them, missing where there is none; ``road_gap`` says why
        (``far``: a zone lies too far from every road; ``apart``: no road joins them) and is empty
        where there is a distance.
    """
    found = between(zones, roads, rules=rules)
    points = zones.set_index("zone_id").geometry
    placed = points.index[points.notna() & ~points.is_empty]
    index = pd.MultiIndex.from_product([placed, placed], names=["host_id", "absorbed_id"])
    index = index[index.get_level_values(0) != index.get_level_values(1)]
    out = found.reindex(index)
    near = pd.Index(zones["zone_id"])[_is_near(zones, roads, rules)]
    both = index.get_level_values(0).isin(near) & index.get_level_values(1).isin(near)
    gap = np.where(both, "apart", "far")
    out["road_gap"] = np.where(out["road_km"].notna(), "", gap)
    out = out.assign(road_network=name, road_day=day, road_demonstration=demonstration)
    return out.astype(COLUMNS)


def _is_near(zones: gpd.GeoDataFrame, roads: Network, rules: RuleSet) -> npt.NDArray[np.bool_]:
    """Which zones lie near enough to some road."""
    points = zones.geometry
    there = (points.notna() & ~points.is_empty).to_numpy()
    near = np.zeros(len(zones), dtype=bool)
    if there.any():
        xy = np.column_stack([points[there].x, points[there].y])
        away, _ = KDTree(roads.nodes).query(_flat(xy, roads.zone))
        near[there] = away <= rules.value("CON-ROAD-SNAP") * _M_PER_KM
    return near


def unreached(zones: gpd.GeoDataFrame, found: pd.DataFrame) -> list[str]:
    """Zones that no road joins to any other: too far away, without a place, or on an island."""
    joined = set(found.index[found["road_km"].notna()].get_level_values("host_id"))
    return [str(zone) for zone in zones["zone_id"] if zone not in joined]


def _table(host: Any, absorbed: Any, metres: Values, ways: Values) -> pd.DataFrame:  # noqa: ANN401
    index = pd.MultiIndex.from_arrays([host, absorbed], names=["host_id", "absorbed_id"])
    return pd.DataFrame(
        {"road_km": metres / _M_PER_KM, "access_km": ways / _M_PER_KM}, index=index, dtype="float64"
    )


def _flat(xy: Values, zone: int) -> Values:
    to = pyproj.Transformer.from_crs(CGCS2000, gauss_kruger(zone, prefixed=False), always_xy=True)
    return np.column_stack(to.transform(xy[:, 0], xy[:, 1]))


def _joined(flat: Values, within_m: float) -> tuple[Values, Values]:
    """Number of the node of each vertex, and one point a node."""
    close = KDTree(flat).query_pairs(within_m, output_type="ndarray")
    ones = np.ones(len(close), dtype=np.int8)
    graph = sparse.coo_array((ones, (close[:, 0], close[:, 1])), shape=(len(flat), len(flat)))
    _, node = csgraph.connected_components(graph, directed=False)
    _, first = np.unique(node, return_index=True)
    return node, flat[first]


def _stepped(
    nodes: Values, start: Values, end: Values, metres: Values
) -> tuple[Values, Values, Values, Values]:
    """Long stretches get nodes on the way, where a zone can enter; they join nothing else."""
    steps = np.ceil(metres / _STEP_M).astype(np.intp).clip(min=1)
    of = np.repeat(np.arange(len(steps)), steps)
    nth = np.arange(len(of)) - np.repeat(np.cumsum(steps) - steps, steps)
    inner = nth > 0
    share = (nth / steps[of])[inner, None]
    added = nodes[start[of[inner]]] * (1 - share) + nodes[end[of[inner]]] * share
    begin = start[of].copy()
    begin[inner] = len(nodes) + np.arange(int(inner.sum()))
    last = nth == steps[of] - 1
    finish = np.where(last, end[of], np.roll(begin, -1))
    return np.vstack([nodes, added]), begin, finish, (metres / steps)[of]


def _contracted(lengths: sparse.csr_array, entries: Values) -> tuple[sparse.csr_array, Values]:
    """The same ways between entries over fewer nodes: stretches without a junction are one.

    Args:
        lengths: n by n lengths, each stretch once.
        entries: Nodes that stay whatever meets there.

    Returns:
        m by m lengths, and the new number of each of the n nodes (-1 where it is gone).
    """
    edges = lengths.tocoo()
    u, v, metres = (np.asarray(part) for part in (*edges.coords, edges.data))
    n = lengths.shape[0]
    keep = (np.bincount(u, minlength=n) + np.bincount(v, minlength=n)) != 2  # noqa: PLR2004
    keep[entries] = True
    inside = ~keep[u] & ~keep[v]
    chains = sparse.coo_array((np.ones(int(inside.sum())), (u[inside], v[inside])), shape=(n, n))
    _, chain = csgraph.connected_components(chains, directed=False)
    whole = keep[u] & keep[v]
    of = chain[np.where(keep[u], v, u)]
    total = np.bincount(of[~whole], weights=metres[~whole], minlength=int(chain.max(initial=0)) + 1)
    # A chain has two ends that stay, or none where it is a ring on its own.
    open_ = ~whole & (keep[u] != keep[v])
    order = np.argsort(of[open_], kind="stable")
    ends, name = np.where(keep[u], u, v)[open_][order], of[open_][order]
    start, end = np.append(u[whole], ends[0::2]), np.append(v[whole], ends[1::2])
    made = np.append(metres[whole], total[name[0::2]])
    place = np.where(keep, np.cumsum(keep) - 1, -1)
    apart = start != end
    return _matrix(place[start[apart]], place[end[apart]], made[apart], int(keep.sum())), place


def _matrix(start: Values, end: Values, metres: Values, n: int) -> sparse.csr_array:
    """Of several roads between two points the shortest."""
    low, high = np.minimum(start, end), np.maximum(start, end)
    table = pd.DataFrame({"low": low, "high": high, "metres": np.asarray(metres)})
    best = table.groupby(["low", "high"], as_index=False)["metres"].min()
    ends = (best["low"].to_numpy(), best["high"].to_numpy())
    return sparse.csr_array((best["metres"].to_numpy(), ends), shape=(n, n))


def _unusable(detail: str) -> RoadNetworkError:
    return RoadNetworkError(
        f"the road network cannot be used: {detail}; give a layer of road lines",
        values={"detail": detail},
    )
