from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Wedge
from pyproj import CRS
from shapely import LineString, Polygon, box

from export.fonts import Fonts, drawing
from layers import sheet
from layers.labels import Candidate, Placer, push_apart
from layers.sheet import View
from layers.spec import LayerClass, LayerSpec, Symbol

ZONE_38 = CRS.from_epsg(4547)
# 100 mm by 80 mm of paper at 1:100 000, round the central meridian.
VIEW = View(ZONE_38, (495_000.0, 2_860_000.0, 505_000.0, 2_868_000.0), 100_000)


def layer(geometries, keys, *, geometry="polygon", symbols=None, **columns):
    classes = tuple(
        LayerClass(key, key, (symbols or {}).get(key, Symbol())) for key in dict.fromkeys(keys)
    )
    spec = LayerSpec(
        id="x", title="x", geometry=geometry, classes=classes, source="s", column="kind",
        area_column="area" if "area" in columns else None, name_column="kind",
    )  # fmt: skip
    frame = gpd.GeoDataFrame({"kind": keys, **columns}, geometry=geometries, crs=ZONE_38)
    return spec.bind(frame.to_crs(4490))


def axes():
    return Figure().add_subplot()


def square(x, y, side=1000.0):
    return box(500_000 + x, 2_864_000 + y, 500_000 + x + side, 2_864_000 + y + side)


def test_paper_and_ground_are_inverse():
    mm = np.array([[0.0, 0.0], [100.0, 80.0], [12.5, 3.0]])
    assert VIEW.paper == (0.0, 0.0, 100.0, 80.0)
    assert VIEW.to_paper(VIEW.to_ground(mm)) == pytest.approx(mm)
    assert VIEW.to_ground(np.array([[10.0, 0.0]]))[0] == pytest.approx([496_000.0, 2_860_000.0])


def test_each_class_is_one_path_in_legend_order():
    ax = axes()
    fills = {"a": Symbol(fill="#FF0000", opacity=1.0), "b": Symbol(fill="#00FF00", opacity=1.0)}
    squares = [square(0, 0), square(2000, 0), square(0, 2000)]
    sheet.draw(ax, layer(squares, ["a", "b", "a"], symbols=fills), VIEW, zorder=1)
    first, second = (p for p in ax.patches if isinstance(p, PathPatch))
    assert first.get_facecolor() == (1.0, 0.0, 0.0, 1.0)
    assert second.get_facecolor() == (0.0, 1.0, 0.0, 1.0)
    assert len(first.get_path().to_polygons()) == 2
    assert first.zorder < second.zorder


def test_hatched_classes_have_no_fill():
    ax = axes()
    symbol = Symbol(fill="#7A7A7A", hatch="diagonal")
    sheet.draw(ax, layer([square(0, 0)], ["a"], symbols={"a": symbol}), VIEW, zorder=1)
    hatched = [p for p in ax.patches if p.get_hatch()]
    assert len(hatched) == 1
    assert all(p.get_facecolor()[3] == 0 for p in ax.patches)


def test_holes_stay_open():
    ring = Polygon(square(0, 0, 3000).exterior, [square(1000, 1000).exterior])
    path = sheet.compound_path([ring])
    assert path.contains_point((500_500, 2_864_500))
    areas = [Polygon(p).exterior.is_ccw for p in path.to_polygons()]
    assert sorted(areas) == [False, True]


def test_tiny_polygons_lose_their_heavy_outline():
    ax = axes()
    symbols = {"a": Symbol(weight=4.0)}
    sheet.draw(ax, layer([square(0, 0, 50)], ["a"], symbols=symbols), VIEW, zorder=1)
    sheet.draw(ax, layer([square(0, 0, 1000)], ["a"], symbols=symbols), VIEW, zorder=1)
    fine, bold = ax.patches
    assert fine.get_linewidth() == pytest.approx(0.1)
    assert bold.get_linewidth() == pytest.approx(3.0)


def test_what_lies_outside_the_view_or_nowhere_is_left_out():
    far = square(50_000, 0)
    frame = layer([square(0, 0), far, None], ["a", "a", "a"]).frame
    assert sheet.project(frame, VIEW).index.tolist() == [0]


def test_lines_keep_their_dashes():
    ax = axes()
    symbols = {"a": Symbol(stroke="#0000FF", weight=2.0, dash=(4.0, 2.0))}
    line = LineString([(499_000, 2_864_000), (501_000, 2_864_000)])
    with drawing(Fonts().families):
        sheet.draw(ax, layer([line], ["a"], geometry="line", symbols=symbols), VIEW, zorder=1)
    (drawn,) = ax.collections
    assert drawn.get_linewidths() == pytest.approx([1.5])
    assert drawn.get_linestyles()[0][1] == pytest.approx([3.0, 1.5])


def test_markers_of_one_place_stand_apart():
    place = square(0, 0).centroid
    points = layer([place] * 4, ["a"] * 4, geometry="point", symbols={"a": Symbol(size=10.0)})
    boxes = sheet.marker_boxes(points, VIEW)
    centres = np.array([[x, y] for _, x, y, _ in boxes])
    radius = boxes[0][3]
    for i in range(4):
        for j in range(i):
            assert np.hypot(*(centres[i] - centres[j])) >= 2 * radius
    assert centres.mean(axis=0) == pytest.approx(
        VIEW.to_paper(np.array([place.coords[0]]))[0], abs=0.1
    )


def test_the_median_parcel_is_measured_on_paper():
    frame = gpd.GeoSeries([square(0, 0, 100), square(0, 0, 200), square(0, 0, 900)], crs=ZONE_38)
    assert sheet.paper_size_mm(frame, VIEW) == pytest.approx(2.0)
    assert sheet.paper_size_mm(frame.iloc[:0], VIEW) == 0.0


def areas():
    return layer(
        [square(0, 0), square(1000, 0), square(-3000, 2000)],
        ["a", "b", "a"],
        area=[30_000.0, 10_000.0, 10_000.0],
    )


def test_circles_conserve_areas_and_are_proportional():
    circles = sheet.pies(areas(), VIEW, pd.Series(["east", "east", "west"]), largest_mm=6.0)
    assert circles.units == ("east", "west")
    assert circles.areas.to_numpy().sum() == 50_000.0
    assert circles.areas.loc["east"].to_dict() == {"a": 30_000.0, "b": 10_000.0}
    assert circles.radii == pytest.approx([6.0, 3.0])
    assert circles.m2_per_mm2 * np.pi * circles.radii**2 == pytest.approx([40_000.0, 10_000.0])


def test_circles_stand_at_the_weighted_middle_of_their_parcels():
    circles = sheet.pies(areas(), VIEW, pd.Series(["east", "east", "west"]), largest_mm=1.0)
    middle = (500 * 3 + 1500) / 4
    assert VIEW.to_ground(circles.anchors)[0] == pytest.approx([500_000 + middle, 2_864_500], abs=1)


def test_slices_add_up_to_the_whole_circle():
    ax = axes()
    bound = areas()
    circles = sheet.pies(bound, VIEW, pd.Series(["all"] * 3), largest_mm=6.0)
    sheet.draw_pies(ax, bound, circles, VIEW, zorder=1)
    slices = [p for p in ax.patches if isinstance(p, Wedge) and p.theta2 - p.theta1 < 360]
    assert [p.theta2 - p.theta1 for p in slices] == pytest.approx([288.0, 72.0])
    assert slices[0].theta2 == 90.0


def test_a_layer_without_areas_cannot_be_summed():
    with pytest.raises(ValueError, match="no area column"):
        sheet.pies(layer([square(0, 0)], ["a"]), VIEW, pd.Series(["u"]), largest_mm=1.0)


def test_circles_are_pushed_apart_inside_the_map():
    centres = np.array([[5.0, 5.0], [5.0, 5.0], [6.0, 5.0], [50.0, 50.0]])
    radii = np.array([4.0, 3.0, 2.0, 5.0])
    out = push_apart(centres, radii, gap=0.5, bounds=(0, 0, 100, 80))
    for i in range(4):
        for j in range(i):
            assert np.hypot(*(out[i] - out[j])) >= radii[i] + radii[j] + 0.5 - 1e-3
    assert out[3] == pytest.approx([50.0, 50.0])
    assert (out - radii[:, None] >= -1e-9).all()
    assert out.tolist() == push_apart(centres, radii, gap=0.5, bounds=(0, 0, 100, 80)).tolist()


def test_a_name_takes_the_next_free_side():
    placer = Placer((0, 0, 100, 80))
    name = Candidate(50, 40, 10, 2, gap=2)
    assert placer.place(name) == (57, 40)
    assert placer.place(name) == (43, 40)
    placer.block([(45, 41.8, 55, 46)])
    assert placer.place(name) == (50, 37)


def test_a_name_without_room_is_not_placed():
    placer = Placer((0, 0, 12, 4))
    assert placer.place(Candidate(6, 2, 20, 2)) is None
    assert placer.place(Candidate(6, 2, 8, 2)) == (6, 2)
    assert placer.place(Candidate(6, 2, 8, 2)) is None
