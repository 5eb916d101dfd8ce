"""Validity of shapes whose faults are known by construction."""

from __future__ import annotations

import numpy as np
import shapely

from geo import topology
from tests.rows_of import EAST, NORTH, box, polygon


def test_invalid_shapes_name_reason_and_place_and_leave_the_rest():
    bow_tie = polygon((0, 0), (10, 10), (10, 0), (0, 10))
    shapes = np.array([box(0, 0, 1, 1), bow_tie, None, shapely.Polygon()], dtype=object)
    found = topology.invalid(shapes)
    assert found["position"].tolist() == [1]
    assert found.loc[0, "reason"] == "Self-intersection"
    assert (found.loc[0, "x"], found.loc[0, "y"]) == (EAST + 5, NORTH + 5)


def test_a_fault_without_a_place_is_still_told():
    coordinates = shapely.get_coordinates(box(0, 0, 9, 9))
    coordinates[2, 0] = np.nan
    with np.errstate(invalid="ignore"):
        shapes = np.array([shapely.Polygon(coordinates)], dtype=object)
        found = topology.invalid(shapes)
    assert found["reason"].tolist() == ["Invalid Coordinate"]


def test_no_shape_is_no_fault():
    assert topology.invalid(np.array([None], dtype=object)).empty
    assert topology.invalid(np.array([], dtype=object)).empty
