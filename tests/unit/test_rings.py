"""Flat rings: taken apart, picked, put together again, kept on disk; nothing moves on the way."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.features import Features
from geo.rings import rings_of
from geo.tiles import layer_of
from ingest.ring_file import RingFiles, RingWriter

SQUARE = shapely.box(0, 0, 4, 4)
PIERCED = shapely.Polygon(
    [(10, 0), (20, 0), (20, 10), (10, 10)],
    [[(11, 1), (12, 1), (12, 2)], [(15, 5), (16, 5), (16, 6)]],
)
PARTS = shapely.MultiPolygon([shapely.box(30, 0, 31, 1), PIERCED, shapely.box(40, 0, 41, 1)])
SINGLE = shapely.MultiPolygon([shapely.box(50, 0, 51, 1)])
PAIR = shapely.MultiPolygon([shapely.box(60, 0, 61, 1), shapely.box(70, 0, 71, 1)])
KINDS = (SQUARE, PIERCED, PARTS, PAIR, None, shapely.Polygon())

shapes = st.lists(st.sampled_from(KINDS), min_size=1, max_size=30).map(
    lambda chosen: np.array([*chosen, None], dtype=object)[:-1]
)


def same(found, expected):
    """The same geometries; without rings there is none."""
    there = [None if g is None or g.is_empty else g for g in expected]
    assert [None if g is None else g.wkb for g in found] == [
        None if g is None else g.wkb for g in there
    ]


@given(shapes, st.data())
def test_any_features_come_back_as_the_same_geometries(given_shapes, data):
    layer = layer_of(given_shapes)
    n = len(given_shapes)
    where = np.array(sorted(data.draw(st.sets(st.integers(0, n - 1), min_size=1))), dtype=np.intp)
    features = layer.features(where)
    asked = np.array(data.draw(st.lists(st.integers(0, len(where) - 1))), dtype=np.intp)
    same(features.at(asked), given_shapes[where[asked]])
    same(features.at(np.arange(len(where))), given_shapes[where])


def test_a_feature_is_the_same_object_at_every_call():
    features = layer_of(np.array([SQUARE, PIERCED], dtype=object)).features(np.arange(2))
    first = features.at(np.array([1, 1, 0]))
    assert first[0] is first[1]
    assert features.at(np.array([1]))[0] is first[0]


def test_a_part_that_stands_alone_is_a_polygon():
    made = rings_of(np.array([SINGLE], dtype=object)).polygons()
    assert made[0].equals(SINGLE)
    assert made[0].geom_type == "Polygon"


def test_frames_that_meet_are_found_whatever_the_shapes():
    corner = shapely.Polygon([(0, 0), (10, 0), (0, 10)])
    features = Features(
        rings_of(np.array([corner, SQUARE], dtype=object)).by_owner(),
        shapely.bounds(np.array([corner, SQUARE], dtype=object)),
    )
    box, feature = features.meeting(np.array([[9.0, 9.0, 9.5, 9.5], [-5.0, -5.0, -1.0, -1.0]]))
    assert box.tolist() == [0]
    assert feature.tolist() == [0]


@given(st.integers(0, 10_000), st.integers(0, 60), st.integers(0, 20))
def test_boxes_that_meet_are_those_that_a_tree_of_all_finds(seed, n, k):
    rng = np.random.default_rng(seed)

    def boxes(count):
        low = rng.uniform(-50, 50, (count, 2)).round(1)
        return np.hstack([low, low + rng.exponential(8, (count, 2)).round(1)])

    there, asked = boxes(n), boxes(k)
    there[rng.random(n) < 0.1] = np.nan
    empty = rings_of(np.full(n, None, dtype=object))
    found = zip(*(side.tolist() for side in Features(empty, there).meeting(asked)), strict=True)
    expected = {
        (i, j)
        for i, a in enumerate(asked)
        for j, b in enumerate(there)
        if a[0] <= b[2] and b[0] <= a[2] and a[1] <= b[3] and b[1] <= a[3]
    }
    assert set(found) == expected


def test_rings_of_mixed_shapes_stand_by_owner_once_asked_to():
    mixed = np.array([PARTS, SQUARE, PIERCED], dtype=object)
    rings = rings_of(mixed).by_owner()
    assert rings.owner.tolist() == [0] * 5 + [1] + [2] * 3
    assert rings.hole.tolist() == [False, False, True, True, False, False, False, True, True]
    picked = rings.of(np.array([0, 2]))
    assert picked.owner.tolist() == [0] * 5 + [1] * 3
    assert picked.part.tolist() == [0, 1, 1, 1, 2, 3, 3, 3]
    same(picked.polygons(), mixed[[0, 2]])


@settings(max_examples=40, deadline=None)
@given(shapes, st.integers(1, 9), st.integers(1, 3), st.data())
def test_any_rings_come_back_from_files_of_several_writers(
    tmp_path_factory, given_shapes, chunk, writers, data
):
    n = len(given_shapes)
    where = np.array(sorted(data.draw(st.sets(st.integers(0, n - 1), min_size=1))), dtype=np.intp)
    folder = tmp_path_factory.mktemp("rings")
    files = [RingWriter(folder / str(i)) for i in range(writers)]
    stretches = [
        files[i % writers].add(rings_of(piece).by_owner(), len(piece))
        for i, start in enumerate(range(0, n, chunk))
        for piece in [given_shapes[start : start + chunk]]
    ]
    with RingFiles(stretches) as stored:
        found = stored.load(where)
    expected = rings_of(given_shapes).by_owner().of(where)
    assert np.array_equal(found.xy, expected.xy)
    assert np.array_equal(found.start, expected.start)
    assert np.array_equal(found.owner, expected.owner)
    assert np.array_equal(found.part, expected.part)
    assert np.array_equal(found.hole, expected.hole)
    for file in files:
        file.close()


def test_a_file_of_rings_that_was_cut_is_not_read_as_if_it_were_whole(tmp_path):
    writer = RingWriter(tmp_path / "rings")
    stretch = writer.add(rings_of(np.array([SQUARE, PIERCED], dtype=object)).by_owner(), 2)
    writer.close()
    with (tmp_path / "rings").open("r+b") as file:
        file.truncate(100)
    with RingFiles([stretch]) as stored, pytest.raises(OSError, match="stored shapes"):
        stored.load(np.array([0, 1]))
