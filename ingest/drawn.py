"""The sound shapes of a chunk in metres and in degrees, taken apart into rings once for all."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import shapely

from geo.rings import Rings, rings_of
from ingest import county_lines, crs_candidates
from ingest.settled import Settled

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Shapes = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Drawn:
    """m valid polygons or multipolygons.

    Attributes:
        epsg: A 3-degree zone.
        metres: The shapes in it.
        rings: The same as rings, by owner.
        boxes: m by 4 frames of them.
        geographic: The shapes in EPSG:4490.
        degrees: The same as rings, by owner.
        near_line: Positions of shapes that may lie near a county line.
        points: m by 2 coordinates in metres of a point that lies where the shape lies: inside it
            where ``near_line`` names it, else in the middle of its frame.
        lonlat: The same in degrees.
    """

    epsg: int
    metres: Shapes
    rings: Rings
    boxes: Floats
    geographic: Shapes
    degrees: Rings
    near_line: Ints
    points: Floats
    lonlat: Floats

    def only(self, keep: npt.NDArray[np.bool_]) -> Drawn:
        """The shapes of a mask."""
        if keep.all():
            return self
        which = np.flatnonzero(keep)
        near = np.zeros(len(keep), dtype=bool)
        near[self.near_line] = True
        return Drawn(
            epsg=self.epsg,
            metres=self.metres[which],
            rings=self.rings.of(which),
            boxes=self.boxes[which],
            geographic=self.geographic[which],
            degrees=self.degrees.of(which),
            near_line=np.flatnonzero(near[which]),
            points=self.points[which],
            lonlat=self.lonlat[which],
        )


def draw(shapes: Shapes, settled: Settled) -> Drawn:
    """Shapes of a file in both systems.

    Args:
        shapes: m valid polygons or multipolygons in the coordinates of the file.
        settled: What holds for the layer.
    """
    own = rings_of(shapes).by_owner()
    degrees = _moved(own, crs_candidates.degrees(own.xy, settled.epsg, swapped=settled.swapped))
    metres, rings = shapes, own
    if settled.metres != settled.epsg:
        rings = _moved(own, crs_candidates.to_zone(degrees.xy, settled.metres))
        metres = rings.polygons()
    elif settled.swapped:
        rings = _moved(own, own.xy[:, ::-1])
        metres = rings.polygons()
    reach = settled.rules.value("ING-COUNTY-LINE")
    return _placed(metres, rings, degrees, epsg=settled.metres, reach_m=reach)


def drawn(metres: Shapes, epsg: int, *, reach_m: float) -> Drawn:
    """Shapes that are in metres already.

    Args:
        metres: m valid polygons or multipolygons.
        epsg: Their 3-degree zone.
        reach_m: How near a county line is near.
    """
    rings = rings_of(metres).by_owner()
    degrees = _moved(rings, crs_candidates.degrees(rings.xy, epsg, swapped=False))
    return _placed(metres, rings, degrees, epsg=epsg, reach_m=reach_m)


def _placed(metres: Shapes, rings: Rings, degrees: Rings, *, epsg: int, reach_m: float) -> Drawn:
    boxes = shapely.bounds(metres).reshape(-1, 4)
    near = np.flatnonzero(county_lines.may_meet(boxes, epsg, reach_m))
    points = (boxes[:, :2] + boxes[:, 2:]) / 2.0
    points[near] = shapely.get_coordinates(shapely.point_on_surface(metres[near]))
    return Drawn(
        epsg=epsg,
        metres=metres,
        rings=rings,
        boxes=boxes,
        geographic=degrees.polygons(),
        degrees=degrees,
        near_line=near,
        points=points,
        lonlat=crs_candidates.degrees(points, epsg, swapped=False),
    )


def _moved(rings: Rings, xy: Floats) -> Rings:
    return replace(rings, xy=np.ascontiguousarray(xy))
