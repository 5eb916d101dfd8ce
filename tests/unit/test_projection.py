from __future__ import annotations

import pytest
from pyproj import Geod, Transformer

from domain.i18n import translator
from export.paper import ORIENTATIONS, PAPERS, layout
from export.projection import albers, for_province
from export.region import Region
from export.scale import fitting_denominator, round_denominator, scale_bar

GEOD = Geod(a=6378137, rf=298.257222101)


@pytest.mark.parametrize(
    ("place", "zone", "epsg"),
    [
        ("萍乡", 38, 4547),
        ("南昌", 39, 4548),
        ("赣州", 38, 4547),
        ("九江", 39, 4548),
        ("会昌县", 39, 4548),
        ("武宁县", 38, 4547),
        ("丰城市", 39, 4548),
    ],
)
def test_the_zone_with_the_larger_share_is_taken(place, zone, epsg):
    projection = Region.of(place).projection
    assert projection.zone == zone
    assert projection.crs.to_epsg() == epsg


def test_a_straddling_prefecture_says_so():
    projection = Region.of("赣州").projection
    assert projection.share == pytest.approx(0.60, abs=0.01)
    line = projection.line(translator("zh_CN"))
    assert "38、39" in line
    assert "60%" in line
    assert "中央经线114°" in line


def test_a_prefecture_inside_one_zone_does_not_mention_another():
    assert "跨" not in Region.of("萍乡").projection.line(translator("zh_CN"))


def test_the_province_is_drawn_in_albers_on_cgcs2000():
    crs = albers()
    assert crs.geodetic_crs.to_epsg() == 4490
    assert crs.axis_info[0].direction == "east"
    line = for_province().line(translator("zh_CN"))
    assert "阿尔伯斯" in line
    assert "25.5°、29.5°" in line
    assert "中央经线116°" in line


def test_albers_keeps_areas():
    to_plane = Transformer.from_crs(4490, albers(), always_xy=True)
    corners = [(115.0, 27.0), (115.1, 27.0), (115.1, 27.1), (115.0, 27.1)]
    x, y = to_plane.transform(*zip(*corners, strict=True))
    planar = abs(sum(x[i] * y[(i + 1) % 4] - x[(i + 1) % 4] * y[i] for i in range(4))) / 2
    ground = abs(GEOD.polygon_area_perimeter(*zip(*corners, strict=True))[0])
    assert planar == pytest.approx(ground, rel=1e-4)


@pytest.mark.parametrize(
    ("needed", "rounded"),
    [
        (1_736_000, 1_800_000),
        (1_800_000, 1_800_000),
        (1_800_001, 2_000_000),
        (96, 100),
        (9_999, 10_000),
    ],
)
def test_denominators_are_rounded_up_to_round_numbers(needed, rounded):
    assert round_denominator(needed) == rounded


def test_the_tighter_side_of_the_paper_decides():
    assert fitting_denominator((10_000, 1_000), (100, 100)) == 100_000
    assert fitting_denominator((1_000, 10_000), (100, 100)) == 100_000


@pytest.mark.parametrize("denominator", [2_000, 35_000, 400_000, 2_000_000, 4_000_000])
def test_bars_have_round_sections_and_fit(denominator):
    bar = scale_bar(denominator, longest_mm=45)
    assert bar.length_mm <= 45
    assert bar.length_mm >= 45 / 2.6
    assert bar.step_mm * denominator / 1000 == pytest.approx(bar.step_m)
    assert f"{bar.step_m:e}"[0] in "1245"
    unit = 1000 if bar.in_km else 1
    assert [float(text) * unit for text in bar.labels()] == [bar.step_m * i for i in range(5)]


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_rooms_lie_inside_the_frame_and_do_not_overlap(paper, orientation):
    rooms = layout(paper, orientation, legend=300, statistics=20)
    boxes = [rooms.map, *rooms.panels]
    for box in boxes:
        assert rooms.frame.x <= box.x < box.right <= rooms.frame.right + 1e-9
        assert rooms.frame.y <= box.y < box.top <= rooms.frame.top + 1e-9
    for i, a in enumerate(boxes):
        for b in boxes[i + 1 :]:
            apart = (
                a.right <= b.x + 1e-9
                or b.right <= a.x + 1e-9
                or a.top <= b.y + 1e-9
                or b.top <= a.y + 1e-9
            )
            assert apart
    assert rooms.footer.top <= rooms.frame.y + 1e-9
    assert rooms.title.y >= rooms.frame.top
