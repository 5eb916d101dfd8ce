"""Overlaps of a layer with itself: ours against a self-join in PostGIS.

Plane areas in metres on both sides. Ours names a shape that is given twice once, as a duplicate of
the first; the join returns each of its overlaps again, which are left out when results are
compared.
"""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely

from benchmarks import checks, peers_postgis
from benchmarks.alone import in_turns, once
from benchmarks.document import Findings, Table, spread
from benchmarks.tilings import Shapes, tiling, with_defects

GOAL: Final = 4.0
_IMPORTS: Final = """
import numpy as np, shapely
from geo.neighbours import examine
from geo.tiles import layer_of
shapes = shapely.from_wkb(np.load(sys.argv[1], allow_pickle=True))
"""
_OURS: Final = """
found = examine(layer_of(shapes), min_overlap_m2=0.01)
pairs = found.pairs
said = {"pairs": [pairs["left"].tolist(), pairs["right"].tolist(), pairs["area_m2"].tolist()],
        "later": np.flatnonzero(found.duplicate_of >= 0).tolist()}
"""
_TREE: Final = """
left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
left, right = left[left < right], right[left < right]
area = shapely.area(shapely.intersection(shapes[left], shapes[right]))
"""
_JOIN: Final = """
select a.id, b.id, ST_Area(ST_Intersection(a.geom, b.geom)) from parcels a
join parcels b on a.id < b.id and ST_Intersects(a.geom, b.geom)
where ST_Area(ST_Intersection(a.geom, b.geom)) > 0.01"""
_OVERLAPS: Final = """
select a.id, b.id, ST_Area(ST_Intersection(a.geom, b.geom)) from parcels a
join parcels b on a.id < b.id and a.geom && b.geom
  and ST_Relate(a.geom, b.geom, 'T********')
where ST_Area(ST_Intersection(a.geom, b.geom)) > 0.01"""


def report() -> Findings:
    """About 100,000 parcels with overlaps, gaps and duplicates."""
    if reason := peers_postgis.missing():
        return Findings("Overlaps, against PostGIS", f"Not measured: {reason}.")
    shapes = with_defects(tiling(checks.SIDE, seed=1))
    with tempfile.TemporaryDirectory() as folder, peers_postgis.cluster() as database:
        path = Path(folder) / "shapes.npy"
        np.save(path, shapely.to_wkb(shapes), allow_pickle=True)
        database.load("parcels", shapes, checks.EPSG, id=("int", np.arange(len(shapes))))
        engine = database.version()
        taken = in_turns(
            {
                "ours": partial(once, _IMPORTS, _OURS, str(path)),
                "STRtree, intersection": partial(once, _IMPORTS, _TREE, str(path)),
                "PostGIS, ST_Intersects": partial(database.run, _JOIN),
                "PostGIS, ST_Relate": partial(database.run, _OVERLAPS),
            }
        )
    ours = taken["ours"]
    off = max(
        difference(shapes, ours[0].said, taken[name][0].said)
        for name in ("PostGIS, ST_Intersects", "PostGIS, ST_Relate")
    )
    rows = []
    for name, runs in taken.items():
        cpu, wall = (spread(getattr(run, kind) for run in runs) for kind in ("cpu_s", "wall_s"))
        ratios = [
            mine.median / spread(getattr(run, kind) for run in ours).median
            for mine, kind in ((cpu, "cpu_s"), (wall, "wall_s"))
        ]
        goal = GOAL if name.startswith("PostGIS") else None
        rows.append((name, cpu, wall, *ratios, goal))
    return Findings(
        "Overlaps, against PostGIS",
        f"{len(shapes):,} parcels, {len(ours[0].said['pairs'][0]):,} overlaps above 0.01 m2 among "
        f"shapes that are given once, {len(ours[0].said['later']):,} later duplicates; {engine}, "
        "table loaded and indexed before. The pairs are equal, and their areas in the plane to "
        f"{f'{off:.1e} m2' if off else 'the last bit'}. Ours begins with shapes in memory.",
        (
            Table(
                ("way", "CPU s", "wall s", "CPU: times ours", "wall: times ours", "goal"),
                tuple(rows),
                (None, 2, 2, 1, 1, 0),
            ),
        ),
    )


def difference(shapes: Shapes, ours: dict[str, Any], rows: list[tuple[int, int, float]]) -> float:
    """Greatest difference between areas of the same pairs, in m2; the pairs must be equal."""
    first = np.ones(len(shapes), dtype=bool)
    first[ours["later"]] = False
    left, right, area = ours["pairs"]
    mine = dict(zip(zip(left, right, strict=True), area, strict=True))
    theirs = {(a, b): m2 for a, b, m2 in rows if first[a] and first[b]}
    assert mine.keys() == theirs.keys()
    worst = float(max(abs(mine[pair] - theirs[pair]) for pair in mine))
    assert worst < 1e-3
    return worst
