"""Between rows: what two shapes are to each other decides the finding."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from benchmarks.tilings import tiling, with_defects
from geo.tiles import layer_of
from ingest import check_layer
from ingest.check_layer import layer_checks
from tests.rows_of import RULES, box, numbers, told, words


def seen(kind, shapes, **options):
    array = np.array(shapes, dtype=object)
    layer = layer_of(array)
    return layer_checks(
        kind, layer, numbers(len(array)), RULES, areas=shapely.area(array), **options
    )


def test_each_pair_is_told_as_what_it_is():
    shapes = [
        box(0, 0, 100, 100),
        box(0, 0, 100, 100),  # the same
        box(200, 0, 300, 100),
        box(200, 0, 300, 99.5),  # almost the same
        box(400, 0, 500, 100),
        box(410, 10, 420, 20),  # inside
        box(600, 0, 700, 100),
        box(690, 0, 790, 100),  # overlapping
        box(790, 0, 890, 100),  # a neighbour
    ]
    found = seen("parcels", shapes)
    assert told(found) == {"GEO-005": [12], "GEO-018": [13], "GEO-017": [16], "GEO-006": [17]}
    assert "row 11" in words(found, "GEO-005")[0]
    assert "row 14" in words(found, "GEO-018")[0]
    assert "row 15 (they share 100.0 m²)" in words(found, "GEO-017")[0]
    assert "row 18 by 1,000.0 m²" in words(found, "GEO-006")[0]


@pytest.mark.parametrize(("width", "found"), [(0.0099, False), (0.0101, True)])
def test_overlaps_of_a_square_metre(width, found):
    shapes = [box(0, 0, 100, 100), box(100 - width, 0, 200, 100)]
    assert ("GEO-006" in told(seen("parcels", shapes))) == found


def around(width):
    """Four features around a slit."""
    return [
        box(0, 0, 100, 100),
        box(100 + width, 0, 200, 100),
        box(0, -50, 200, 0),
        box(0, 100, 200, 150),
    ]


@pytest.mark.parametrize(
    ("kind", "width", "code"),
    [
        ("land_use", 0.1, "GEO-019"),
        ("land_use", 49.9, "GEO-019"),
        ("land_use", 50.1, None),
        ("parcels", 0.49, "GEO-020"),
        ("parcels", 0.51, None),
        ("overlay", 0.1, None),
    ],
)
def test_gaps_by_kind(kind, width, code):
    found = seen(kind, around(width))
    assert told(found) == ({code: [11]} if code else {})
    if code:
        assert "row 12" in words(found, code)[0]
        assert f"{100 * width:,.2f} m²" in words(found, code)[0]


def test_a_hole_in_one_row_alone_is_beside_itself():
    found = seen("land_use", [box(0, 0, 100, 100) - box(10, 10, 20, 20)])
    assert told(found) == {"GEO-019": [11]}
    assert "row 11" in words(found, "GEO-019")[0]


def test_a_search_that_stops_says_so(monkeypatch):
    whole = check_layer.examine
    monkeypatch.setattr(
        check_layer, "examine", lambda *args, **kw: whole(*args, **kw, most_pairs=10)
    )
    found = seen("parcels", [box(0, 0, 100 + i, 100) for i in range(30)])
    assert told(found)["GEO-024"] == [0]
    assert "More than 10 pairs" in words(found, "GEO-024")[0]


def test_tiles_do_not_change_what_is_found():
    shapes = with_defects(tiling(15, seed=4), seed=4, share=0.03)
    whole = seen("land_use", shapes)
    parts = seen("land_use", shapes, tile_rows=20)
    assert told(whole) == told(parts)
    assert {"GEO-005", "GEO-006", "GEO-019"} <= told(whole).keys()
    assert [one.values for one in whole] == [one.values for one in parts]
