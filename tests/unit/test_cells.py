"""Cells of overviews: every row in one cell of every level, and nothing lost between levels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.cells import COARSEST, FINER, FINEST, LEVELS, NOWHERE, Cells, apart, interleaved

CELL = 1 << (32 - FINEST)
"""Steps along a side of a finest cell."""


def places(*cells):
    """Centres of finest cells, in steps of the world."""
    return np.array(cells, dtype=np.uint32) * np.uint32(CELL) + np.uint32(CELL // 2)


def everywhere(n):
    return np.ones(n, dtype=bool)


@given(st.lists(st.tuples(st.integers(0, 65_535), st.integers(0, 65_535)), min_size=1))
def test_numbers_are_taken_apart_as_they_were_put_together(cells):
    numbers = np.array(cells)
    codes = interleaved(numbers)
    np.testing.assert_array_equal(apart(codes), numbers)
    for (x, y), code in zip(cells, codes.tolist(), strict=True):
        bits = [f"{y >> i & 1}{x >> i & 1}" for i in range(15, -1, -1)]
        assert code == int("".join(bits), 2)


def test_small_world():
    """Two rows share a finest cell, a third lies beside it, a fourth in another coarse cell."""
    centres = places((0, 0), (0, 0), (1, 0), (65_535, 65_535), (7, 7))
    cells = Cells.of(centres, np.array([True, True, True, True, False]))
    assert cells.of_row.tolist() == [0, 0, 1, 2, NOWHERE]
    assert cells.of_row.dtype == np.int32
    sums = cells.sums(
        np.array([1.0, 2.0, 4.0, 8.0, 16.0]), np.array([0, 1, 0, 1, 1], dtype=np.uint8), 2
    )
    assert sums.at(FINEST).counts.tolist() == [[1, 1], [1, 0], [0, 1]]
    assert sums.at(FINEST).areas.tolist() == [[1.0, 2.0], [4.0, 0.0], [0.0, 8.0]]
    assert sums.at(COARSEST).counts.tolist() == [[2, 1], [0, 1]]
    assert sums.at(COARSEST).areas.tolist() == [[5.0, 2.0], [0.0, 8.0]]
    assert sums.missing.counts.tolist() == [[0, 1]]
    assert sums.missing.areas.tolist() == [[0.0, 16.0]]


@pytest.mark.parametrize("level", LEVELS)
def test_a_row_changes_its_cell_exactly_at_the_edge(level):
    edge = 3 << (32 - level)
    centres = np.array([[edge - 1, 5], [edge, 5], [5, edge - 1], [5, edge]], dtype=np.uint32)
    cells = Cells.of(centres, everywhere(4))
    where = cells.places(level, np.arange(len(cells.codes[level])))
    assert where.tolist() == [[2, 0], [3, 0], [0, 2], [0, 3]]


@st.composite
def worlds(draw):
    n = draw(st.integers(1, 300))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    spread = draw(st.sampled_from([10, 20, 32]))
    base = rng.integers(0, (1 << 32) - (1 << spread) + 1, 2)
    centres = (base + rng.integers(0, 1 << spread, (n, 2))).astype(np.uint32)
    present = rng.random(n) < draw(st.sampled_from([0.0, 0.9, 1.0]))
    classes = draw(st.integers(1, 5))
    codes = rng.integers(0, classes, n).astype(np.uint8)
    chosen = draw(st.sampled_from([None, rng.random(n) < 0.5, np.zeros(n, dtype=bool)]))
    return centres, present, rng.exponential(2_000.0, n), codes, classes, chosen


@given(worlds())
def test_tiles_of_a_level_and_what_is_missing_add_up_to_all_rows(world):
    centres, present, areas, codes, classes, chosen = world
    cells = Cells.of(centres, present)
    sums = cells.sums(areas, codes, classes, chosen)
    counted = everywhere(len(codes)) if chosen is None else chosen
    expected = np.bincount(codes[counted], minlength=classes)
    weight = np.bincount(codes[counted], weights=areas[counted], minlength=classes)
    for level in LEVELS:
        z = level - FINER
        tiles = np.unique(centres[present] >> np.uint32(32 - z), axis=0)
        found = [sums.in_tile(z, x, y) for x, y in tiles.tolist()]
        assert all(one.level == level for one in found)
        counts = sum((f.sums.counts.sum(axis=0) for f in found), sums.missing.counts[0])
        total = sum((f.sums.areas.sum(axis=0) for f in found), sums.missing.areas[0])
        assert counts.tolist() == expected.tolist()
        np.testing.assert_allclose(total, weight, rtol=1e-9)
        positions = [p for f in found for p in f.position.tolist()]
        assert sorted(positions) == list(range(len(cells.codes[level])))


@given(worlds())
def test_each_cell_holds_the_rows_whose_place_lies_in_it(world):
    centres, present, areas, codes, classes, chosen = world
    sums = Cells.of(centres, present).sums(areas, codes, classes, chosen)
    counted = present if chosen is None else present & chosen
    for level in (COARSEST, 12, FINEST):
        z = level - FINER
        x, y = (int(v) >> (32 - z) for v in centres[0])
        tile = sums.in_tile(z, x, y)
        assert ((tile.place >> np.uint32(FINER)) == (x, y)).all()
        of_row = centres >> np.uint32(32 - level)
        for place, counts in zip(tile.place, tile.sums.counts, strict=True):
            inside = counted & (of_row == place).all(axis=1)
            assert counts.tolist() == np.bincount(codes[inside], minlength=classes).tolist()


@pytest.mark.parametrize(("z", "level"), [(0, 8), (2, 8), (3, 8), (4, 9), (11, 16), (13, 16)])
def test_tiles_beyond_the_levels_show_the_nearest(z, level):
    sums = Cells.of(places((100, 200)), everywhere(1)).sums(np.ones(1), np.zeros(1, dtype=int), 1)
    tile = sums.in_tile(z, 100 >> (16 - z), 200 >> (16 - z))
    assert tile.level == level
    assert tile.place.tolist() == [[100 >> (16 - level), 200 >> (16 - level)]]
    assert sums.in_tile(z, (1 << z) - 1, (1 << z) - 1).position.tolist() == ([0] if z == 0 else [])


def test_the_last_tile_of_the_world_has_its_cells():
    sums = Cells.of(places((65_535, 65_535)), everywhere(1)).sums(
        np.ones(1), np.zeros(1, dtype=np.uint8), 1
    )
    assert sums.in_tile(11, 2_047, 2_047).place.tolist() == [[65_535, 65_535]]
    assert sums.in_tile(11, 2_046, 2_047).place.tolist() == []


def test_no_rows_at_all():
    nothing = np.zeros((0, 2), dtype=np.uint32)
    sums = Cells.of(nothing, everywhere(0)).sums(np.zeros(0), np.zeros(0, dtype=np.uint8), 3)
    assert sums.at(COARSEST).counts.shape == (0, 3)
    assert sums.in_tile(5, 0, 0).place.shape == (0, 2)


@pytest.mark.parametrize(("codes", "rows"), [([0, 2], 2), ([0, -1], 2), ([0], 1), ([0, 1], 3)])
def test_wrong_codes_and_other_rows_are_refused(codes, rows):
    cells = Cells.of(places((0, 0), (1, 1)), everywhere(2))
    with pytest.raises(ValueError, match="have to"):
        cells.sums(np.ones(rows), np.array(codes), 2)
