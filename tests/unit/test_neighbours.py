"""The search tile by tile against testing every pair of the whole layer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import affinity

from benchmarks.tilings import tiling, with_defects
from geo.neighbours import BrokenFeaturesError, GapRule, duplicates, examine
from geo.rings import rings_of
from geo.shared_edges import shared_edges
from geo.tiles import giants_of, layer_of, tiles_of

GAP = GapRule(most_m2=5_000.0, reach_m=300.0)


def firsts(shapes):
    seen = {}
    keys = shapely.to_wkb(shapely.normalize(shapes))
    return np.array([seen.setdefault(key, i) for i, key in enumerate(keys)])


def naive_pairs(shapes, least):
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    first = firsts(shapes)
    keep = (left < right) & (first[left] == left) & (first[right] == right)
    left, right = left[keep], right[keep]
    area = shapely.area(shapely.intersection(shapes[left], shapes[right]))
    large = area > least
    return dict(
        zip(zip(left[large].tolist(), right[large].tolist(), strict=True), area[large], strict=True)
    )


def naive_gaps(shapes, rule):
    union = shapely.union_all(shapes)
    frame = union.envelope.buffer(1_000)
    areas = []
    for hole in shapely.get_parts(frame.difference(union)):
        west, south, east, north = hole.bounds
        small = rule.least_m2 <= hole.area <= rule.most_m2
        if small and max(east - west, north - south) <= rule.reach_m:
            areas.append(hole.area)
    return sorted(areas)


def agrees(found, shapes, least):
    expected = naive_pairs(shapes, least)
    pairs = dict(
        zip(
            zip(found.pairs["left"].tolist(), found.pairs["right"].tolist(), strict=True),
            found.pairs["area_m2"],
            strict=True,
        )
    )
    assert pairs.keys() == expected.keys()
    assert [pairs[key] for key in expected] == pytest.approx(list(expected.values()), abs=1e-6)
    assert len(found.pairs) == len(pairs)
    assert found.complete


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    side=st.integers(2, 9),
    rows=st.integers(3, 60),
    share=st.sampled_from([0.0, 0.02, 0.2]),
    second=st.sampled_from(["none", "moved", "turned", "giant"]),
)
def test_any_layer_in_any_tiles_gives_what_all_pairs_give(seed, side, rows, share, second):
    """Also a second whole layer on top, whose inner parcels have only shared edges."""
    shapes = tiling(side, seed=seed, most=3)
    if share:
        shapes = with_defects(shapes, seed=seed, share=share)
    if second == "moved":
        shapes = np.concatenate([shapes, affinities(tiling(side, seed=seed, most=3), 130.0, 0)])
    if second == "turned":
        shapes = np.concatenate([shapes, affinities(tiling(side, seed=seed + 1, most=2), 20.0, 30)])
    if second == "giant":
        shapes = np.concatenate([shapes, [shapely.box(*shapely.total_bounds(shapes)).buffer(9e3)]])
    shapes = np.random.default_rng(seed).permutation(shapes)
    found = examine(layer_of(shapes), min_overlap_m2=0.01, tile_rows=rows)
    agrees(found, shapes, 0.01)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    side=st.integers(2, 9),
    rows=st.integers(3, 60),
    shrunk=st.integers(0, 6),
    gone=st.integers(0, 6),
    giant=st.booleans(),
)
def test_gaps_in_any_tiles_are_the_holes_of_the_whole_union(seed, side, rows, shrunk, gone, giant):
    rng = np.random.default_rng(seed)
    shapes = tiling(side, seed=seed, most=3, cell=60.0)
    chosen = rng.permutation(len(shapes))
    less = chosen[gone : gone + shrunk]
    shapes[less] = shapely.buffer(shapes[less], -0.75, quad_segs=1, join_style="mitre")
    shapes = np.delete(shapes, chosen[:gone])
    if giant:
        frame = (
            shapely.box(*shapely.total_bounds(shapes)) if len(shapes) else shapely.box(0, 0, 1, 1)
        )
        shapes = np.append(shapes, frame.buffer(9e3) - frame.buffer(5))
    found = examine(layer_of(shapes), min_overlap_m2=0.01, tile_rows=rows, gap=GAP)
    assert sorted(found.gaps["area_m2"]) == pytest.approx(naive_gaps(shapes, GAP), abs=1e-3)


def affinities(shapes, shift, degrees):
    centre = tuple(shapely.get_coordinates(shapely.centroid(shapes[0]))[0])
    return np.array(
        [affinity.rotate(affinity.translate(s, shift, shift), degrees, centre) for s in shapes],
        dtype=object,
    )


def test_parcels_deep_inside_two_whole_layers_are_found_from_their_rims():
    below = tiling(12, seed=5, most=2)
    above = affinities(below, 57.0, 0)
    shapes = np.concatenate([below, above])
    edges = shared_edges(rings_of(shapes), len(shapes))
    inner = ~edges.loose
    pairs = naive_pairs(shapes, 0.01)
    assert any(inner[a] and inner[b] for a, b in pairs)
    agrees(examine(layer_of(shapes), min_overlap_m2=0.01), shapes, 0.01)


def test_a_clean_tiling_has_loose_edges_at_its_rim_only():
    shapes = tiling(8, seed=3)
    loose = np.flatnonzero(shared_edges(rings_of(shapes), len(shapes)).loose)
    i, j = loose // 8, loose % 8
    assert ((i % 7 == 0) | (j % 7 == 0)).all()
    assert len(loose) == 28


def test_tiles_that_are_worked_through_beside_one_another_find_the_same():
    shapes = with_defects(tiling(20, seed=2), seed=2, share=0.02)
    one = examine(layer_of(shapes), min_overlap_m2=1.0, gap=GAP, tile_rows=40)
    with ThreadPoolExecutor(3) as pool:
        two = examine(layer_of(shapes), min_overlap_m2=1.0, gap=GAP, tile_rows=40, spread=pool.map)
    assert one.pairs.equals(two.pairs)
    assert one.gaps.equals(two.gaps)


def test_a_gap_names_the_rows_beside_it_and_a_place_inside():
    left, right = shapely.box(0, 0, 10, 10), shapely.box(11, 0, 20, 10)
    under, over = shapely.box(0, -5, 20, 0), shapely.box(0, 10, 20, 15)
    shapes = np.array([left, right, under, over], dtype=object)
    found = examine(layer_of(shapes), min_overlap_m2=0, gap=GapRule(most_m2=10.0, reach_m=10.0))
    gap = found.gaps.iloc[0]
    assert (gap["row"], gap["other"], gap["area_m2"]) == (0, 1, 10.0)
    assert shapely.box(10, 0, 11, 10).contains(shapely.Point(gap["x"], gap["y"]))
    assert examine(
        layer_of(shapes), min_overlap_m2=0, gap=GapRule(most_m2=9.99, reach_m=10.0)
    ).gaps.empty
    assert examine(
        layer_of(shapes), min_overlap_m2=0, gap=GapRule(most_m2=10.0, reach_m=9.99)
    ).gaps.empty


def test_a_gap_names_no_row_that_only_reaches_around_it():
    around = shapely.box(-20, -20, 40, 40) - shapely.box(-10, -10, 30, 30)
    left, right = shapely.box(0, 0, 10, 10), shapely.box(11, 0, 20, 10)
    under, over = shapely.box(0, -5, 20, 0), shapely.box(0, 10, 20, 15)
    shapes = np.array([around, left, right, under, over], dtype=object)
    found = examine(layer_of(shapes), min_overlap_m2=0, gap=GapRule(most_m2=10.0, reach_m=10.0))
    assert found.gaps[["row", "other"]].to_numpy().tolist() == [[1, 2]]


def test_a_hole_filled_by_parcels_with_shared_edges_is_no_gap():
    hole = [(10, 10), (15, 10), (20, 10), (20, 20), (15, 20), (10, 20)]
    ring = shapely.Polygon([(0, 0), (30, 0), (30, 30), (0, 30)], [hole])
    filling = [shapely.box(10, 10, 15, 20), shapely.box(15, 10, 20, 20)]
    shapes = np.array([ring, *filling], dtype=object)
    rule = GapRule(most_m2=1e4, reach_m=100.0)
    assert shared_edges(rings_of(shapes), len(shapes)).loose.tolist() == [True, False, False]
    assert examine(layer_of(shapes), min_overlap_m2=0, gap=rule).gaps.empty
    assert len(examine(layer_of(shapes[:1]), min_overlap_m2=0, gap=rule).gaps) == 1


def test_duplicates_point_to_the_first_and_overlap_once():
    square = shapely.box(0, 0, 10, 10)
    turned = shapely.Polygon(np.roll(shapely.get_coordinates(square)[:-1][::-1], 1, axis=0))
    shapes = np.array([shapely.box(5, 5, 9, 9), square, turned, square, None], dtype=object)
    found = examine(layer_of(shapes), min_overlap_m2=0.0)
    assert found.duplicate_of.tolist() == [-1, -1, 1, 1, -1]
    assert found.pairs[["left", "right"]].to_numpy().tolist() == [[0, 1]]


def test_shapes_with_one_box_are_no_duplicates():
    upper = shapely.Polygon([(0, 0), (10, 10), (0, 10)])
    lower = shapely.Polygon([(0, 0), (10, 0), (10, 10)])
    assert duplicates(layer_of(np.array([upper, lower], dtype=object))).tolist() == [-1, -1]


def test_everything_on_everything_stops_at_the_limit():
    shapes = np.array([shapely.box(0, 0, 10 + i, 10) for i in range(200)], dtype=object)
    found = examine(layer_of(shapes), min_overlap_m2=0.0, most_pairs=1_000)
    assert not found.complete
    assert len(found.pairs) == 1_000


def test_progress_reaches_every_feature():
    shapes = tiling(10, seed=1)
    told = []
    examine(layer_of(shapes), min_overlap_m2=1.0, tile_rows=20, tell=told.append)
    assert told[-1] == len(shapes)
    assert told == sorted(told)


def test_an_empty_layer_has_nothing_wrong():
    found = examine(layer_of(np.array([None, None], dtype=object)), min_overlap_m2=0.0, gap=GAP)
    assert found.pairs.empty
    assert found.gaps.empty
    assert found.duplicate_of.tolist() == [-1, -1]


@given(seed=st.integers(0, 1000), rows=st.integers(1, 30), n=st.integers(0, 80))
def test_tiles_own_every_feature_once_and_keep_meeting_boxes_together(seed, rows, n):
    rng = np.random.default_rng(seed)
    low = rng.uniform(0, 100, (n, 2))
    bounds = np.hstack([low, low + rng.exponential(5, (n, 2))])
    bounds[rng.random(n) < 0.1] = np.nan
    present = np.isfinite(bounds).all(axis=1)
    tiles = list(tiles_of(bounds, np.ones(n, dtype=bool), rows=rows, reach=0.0))
    owned = np.concatenate([t.own for t in tiles]) if tiles else np.zeros(0, dtype=int)
    assert sorted(owned.tolist()) == np.flatnonzero(present).tolist()
    giant = giants_of(bounds)
    boxes = shapely.box(*bounds.T) if n else np.zeros(0, dtype=object)
    for tile in tiles:
        world = set(tile.own.tolist()) | set(tile.halo.tolist())
        for a in tile.own:
            for b in np.flatnonzero(present):
                if tile.cell is None and not giant[b]:
                    continue
                assert b in world or not boxes[a].intersects(boxes[b])


def test_a_road_through_the_whole_layer_swells_no_other_tile():
    shapes = tiling(40, seed=9)
    west, south, east, _ = shapely.total_bounds(shapes)
    road = shapely.box(west, south + 50, east, south + 60)
    bounds = shapely.bounds(np.append(shapes, road))
    assert giants_of(bounds).tolist() == [False] * len(shapes) + [True]
    tiles = list(tiles_of(bounds, np.ones(len(bounds), dtype=bool), rows=100, reach=0.0))
    assert max(len(t.own) + len(t.halo) for t in tiles) < 250
    assert [t.own.tolist() for t in tiles if t.cell is None] == [[len(shapes)]]


def faces_of(shapes):
    """Every face that the outlines make, and how many shapes cover it: no union, no pairs."""
    lines = shapely.union_all(shapely.boundary(shapes))
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    inside = shapely.point_on_surface(faces)
    face, _ = shapely.STRtree(shapes).query(inside, predicate="within")
    return faces, np.bincount(face, minlength=len(faces))


@pytest.mark.parametrize("seed", range(5))
def test_the_faces_of_all_outlines_say_what_overlaps_and_what_is_missing(seed):
    """A second engine: a face covered n times is in n (n - 1) / 2 pairs, one in none is a gap."""
    shapes = with_defects(tiling(9, seed=seed, most=3, cell=60.0), seed=seed, share=0.1)
    shapes = shapes[np.unique(firsts(shapes))]
    found = examine(layer_of(shapes), min_overlap_m2=0.0, gap=GAP, tile_rows=20)
    faces, covered = faces_of(shapes)
    area = shapely.area(faces)
    twice = (area * covered * (covered - 1) / 2).sum()
    assert found.pairs["area_m2"].sum() == pytest.approx(twice, abs=1e-3)
    missing = faces[covered == 0]
    gaps = np.sort(shapely.area(missing))
    west, south, east, north = shapely.bounds(missing).T if len(missing) else np.zeros((4, 0))
    long = np.maximum(east - west, north - south)[np.argsort(shapely.area(missing))] > GAP.reach_m
    gaps = gaps[(gaps >= GAP.least_m2) & (gaps <= GAP.most_m2) & ~long]
    assert sorted(found.gaps["area_m2"]) == pytest.approx(gaps.tolist(), abs=1e-3)


def test_a_sql_engine_finds_the_same_pairs():
    """A third way, in another library."""
    sedonadb = pytest.importorskip("sedonadb", reason="a peer for tests only")
    shapes = with_defects(tiling(12, seed=4), seed=4, share=0.05)
    shapes = shapes[np.unique(firsts(shapes))]
    frame = gpd.GeoDataFrame({"i": np.arange(len(shapes))}, geometry=list(shapes), crs=4527)
    engine = sedonadb.connect()
    engine.create_data_frame(frame).to_view("p")
    found = engine.sql(
        "select a.i l, b.i r, ST_Area(ST_Intersection(a.geometry, b.geometry)) m2 "
        "from p a join p b on ST_Intersects(a.geometry, b.geometry) where a.i < b.i"
    )
    rows = pa.table(found).to_pandas()
    rows = rows[rows["m2"] > 0.01].sort_values(["l", "r"])
    found = examine(layer_of(shapes), min_overlap_m2=0.01).pairs.sort_values(["left", "right"])
    assert found["left"].tolist() == rows["l"].tolist()
    assert found["right"].tolist() == rows["r"].tolist()
    assert found["area_m2"].to_numpy() == pytest.approx(rows["m2"].to_numpy(), abs=1e-6)
    assert len(found) > 10


def test_shapes_that_cross_themselves_are_named():
    bow = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    comb = shapely.Polygon([(2, -5), (8, 15), (2, 15), (8, -5)])
    sound = shapely.box(100, 100, 110, 110)
    with pytest.raises(BrokenFeaturesError) as caught:
        examine(layer_of(np.array([sound, bow, comb], dtype=object)), min_overlap_m2=0.0)
    assert caught.value.rows == (1, 2)
    assert caught.value.code == "NBR-001"
