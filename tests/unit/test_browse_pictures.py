"""Pictures of tiles, pixel by pixel, for browsers that cannot draw vector tiles."""

from __future__ import annotations

import io

import numpy as np
import pytest
import shapely
from PIL import Image, ImageColor

from geo.mercator import lonlat_bounds
from layers.palette import RAMP
from tests.browse_world import STAGES, Browser, committed, parcels_of, square, tile_of
from views.browse.picture import SIDE, symbols

ZOOM = 16
X, Y = tile_of(ZOOM, 115.8, 28.6)
WEST, SOUTH, EAST, NORTH = lonlat_bounds(ZOOM, X, Y)
WIDE, HIGH = EAST - WEST, NORTH - SOUTH


def part(left, bottom, right, top):
    """A box by shares of the tile, from its south-western corner."""
    return shapely.box(
        WEST + left * WIDE, SOUTH + bottom * HIGH, WEST + right * WIDE, SOUTH + top * HIGH
    )


def drawn(browser, z, x, y, **query):
    answer = browser.get(f"picture/{z}/{x}/{y}", **query)
    assert answer.status == 200
    image = Image.open(io.BytesIO(answer.body))
    assert (image.format, image.size, image.mode) == ("PNG", (SIDE, SIDE), "RGBA")
    return np.asarray(image)


def at(pixels, across, up):
    """The pixel at shares of the tile."""
    return tuple(pixels[int((1 - up) * SIDE), int(across * SIDE)].tolist())


def fill(key, coloured="status"):
    symbol = symbols(coloured)[key]
    return (*ImageColor.getrgb(symbol.fill or "#FFFFFF")[:3], round(255 * symbol.opacity))


def world(root, shapes, stages=None, **columns):
    stages = stages or ["completed"] * len(shapes)
    dates = {name for stage in STAGES.values() for name in stage}
    table = {name: [STAGES[stage].get(name) for stage in stages] for name in sorted(dates)}
    return Browser(root, committed(root, parcels_of(shapes, **table, **columns)))


@pytest.mark.parametrize("stage", ["completed", "suspected_a2", "unknown_start", "in_progress"])
def test_a_parcel_has_the_colour_of_its_class_and_the_rest_is_clear(tmp_path, stage):
    browser = world(tmp_path, [part(0.2, 0.2, 0.6, 0.8)], [stage])
    pixels = drawn(browser, ZOOM, X, Y)
    assert at(pixels, 0.4, 0.5) == pytest.approx(fill(stage), abs=2)
    for across, up in [(0.1, 0.5), (0.8, 0.5), (0.4, 0.1), (0.4, 0.9)]:
        assert at(pixels, across, up)[3] == 0
    assert (pixels[..., 3] > 0).mean() == pytest.approx(0.4 * 0.6, abs=0.02)


def test_the_other_colouring(tmp_path):
    browser = world(tmp_path, [part(0.2, 0.2, 0.6, 0.8)], analysis_class="forest")
    pixels = drawn(browser, ZOOM, X, Y, colour="group")
    assert at(pixels, 0.4, 0.5) == pytest.approx(fill("forest", "group"), abs=2)


PIERCED = part(0.1, 0.1, 0.9, 0.9).difference(part(0.3, 0.3, 0.7, 0.7))
ISLAND = part(0.4, 0.4, 0.6, 0.6)


def test_a_hole_is_clear(tmp_path):
    pixels = drawn(world(tmp_path, [PIERCED]), ZOOM, X, Y)
    assert at(pixels, 0.5, 0.5)[3] == 0
    assert at(pixels, 0.2, 0.5) == pytest.approx(fill("completed"), abs=2)


@pytest.mark.parametrize("turned", [False, True])
def test_a_parcel_in_the_hole_of_another_is_seen(tmp_path, turned):
    shapes, stages = [PIERCED, ISLAND], ["completed", "suspected_a2"]
    if turned:
        shapes, stages = shapes[::-1], stages[::-1]
    pixels = drawn(world(tmp_path, shapes, stages), ZOOM, X, Y)
    assert at(pixels, 0.5, 0.5) == pytest.approx(fill("suspected_a2"), abs=2)
    assert at(pixels, 0.35, 0.5)[3] == 0
    assert at(pixels, 0.2, 0.5) == pytest.approx(fill("completed"), abs=2)


def test_a_parcel_across_tiles_is_seen_in_each(tmp_path):
    browser = world(tmp_path, [part(0.5, 0.2, 1.5, 0.8)])
    assert at(drawn(browser, ZOOM, X, Y), 0.99, 0.5)[3] > 0
    beside = drawn(browser, ZOOM, X + 1, Y)
    assert at(beside, 0.02, 0.5)[3] > 0
    assert at(beside, 0.7, 0.5)[3] == 0


def test_filters_hold_in_pictures(tmp_path):
    shapes = [part(0.1, 0.1, 0.4, 0.9), part(0.6, 0.1, 0.9, 0.9)]
    browser = world(tmp_path, shapes, ["completed", "suspected_a2"])
    pixels = drawn(browser, ZOOM, X, Y, status="completed")
    assert at(pixels, 0.25, 0.5)[3] > 0
    assert at(pixels, 0.75, 0.5)[3] == 0
    assert at(drawn(browser, ZOOM, X, Y, area_to="1"), 0.25, 0.5)[3] == 0


# ---- cells


@pytest.mark.parametrize("zoom", [3, 4, 5, 8, 11, 12])
def test_a_cell_is_drawn_where_its_parcel_lies(tmp_path, zoom):
    lon, lat = 115.8, 28.6
    browser = world(tmp_path, [square(lon, lat, 0.0004)])
    x, y = tile_of(zoom, lon, lat)
    pixels = drawn(browser, zoom, x, y)
    # The cell that holds the parcel, as a box of degrees, lies where the picture has colour.
    level = min(max(zoom - 1 + 5, 8), 16)
    cells = 1 << (level - zoom)
    cx, cy = (place % cells for place in tile_of(level, lon + 0.0002, lat + 0.0002))
    side = SIDE // cells
    coloured = np.argwhere(pixels[..., 3] > 128)
    assert len(coloured)
    assert coloured.min(axis=0).tolist() == pytest.approx([cy * side, cx * side], abs=1)
    assert coloured.max(axis=0).tolist() == pytest.approx(
        [(cy + 1) * side - 1, (cx + 1) * side - 1], abs=2
    )


def test_cells_take_the_class_that_tiles_tell(tmp_path):
    """Few amounts make few classes; pictures and vector tiles agree on them."""
    amounts = {"one": [5e4], "two": [1e4, 5e4], "many": [1e3 * 2**k for k in range(9)]}
    for name, areas in amounts.items():
        shapes = [square(115.8 + 0.1 * k, 28.6, 0.0004) for k in range(len(areas))]
        browser = Browser(tmp_path / name, committed(tmp_path / name, parcels_of(shapes, areas)))
        for k in range(len(areas)):
            lon, lat = 115.8 + 0.1 * k + 0.0002, 28.6002
            cells = browser.tile(8, *tile_of(8, lon, lat))["cells"].features
            cx, cy = tile_of(13, lon, lat)
            (one,) = [f for f in cells if f.id == (cx << 16) | cy]
            x, y = tile_of(9, lon, lat)
            pixels = drawn(browser, 9, x, y)
            side = SIDE // 16
            middle = pixels[(cy % 16) * side + side // 2, (cx % 16) * side + side // 2]
            colour = ImageColor.getrgb(RAMP[one.properties["b"] + 1])
            assert middle[:3].tolist() == pytest.approx(list(colour), abs=2)
