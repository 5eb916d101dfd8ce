from __future__ import annotations

import io
import struct
from dataclasses import replace
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from PIL import Image
from pyproj import Geod, Transformer
from shapely import MultiPoint

from export.canvas import Canvas
from export.fonts import Fonts, MissingGlyphError, drawing
from export.modes import NotForPublicError, Release, ReviewNumberError
from export.painter import paint, render, save
from export.panels import CrowdedSheetError
from export.region import EmptyRegionError, Region
from layers.spec import LayerClass, LayerSpec, Symbol
from tests.sheet_world import CLASSES, DRAWN, SPEC, bound, sheet, squares

GEOD = Geod(a=6378137, rf=298.257222101)
PUBLIC = Release("public", review_number="赣S（2026）012号", issuer="江西省自然资源厅")
POINTS = LayerSpec(
    id="zones",
    title="开发区",
    geometry="point",
    classes=(LayerClass("etdz", "国家级经开区", Symbol(fill="#0B4F8A", shape="triangle")),),
    source="公开名录",
    column="kind",
    name_column="name",
)


def zones(*names):
    places = [(114.5 + 0.2 * (i % 6), 25.4 + 0.4 * (i // 6)) for i in range(len(names))]
    table = {"id": list(names), "name": list(names), "kind": "etdz"}
    points = gpd.points_from_xy(*zip(*places, strict=True))
    return POINTS.bind(gpd.GeoDataFrame(table, geometry=points, crs=4490))


def painted(of):
    fonts = Fonts()
    with drawing(fonts.families):
        canvas = Canvas(of.rooms.page, fonts, dpi=of.dpi)
        paint(of, canvas)
        canvas.figure.draw_without_rendering()
    return canvas.figure


def texts(figure):
    return [text.get_text() for ax in figure.axes for text in ax.texts]


def svg_text(of):
    root = ET.fromstring(render(of, "svg"))  # noqa: S314 - our own output
    return "\n".join("".join(node.itertext()) for node in root.iter() if node.tag.endswith("text"))


@pytest.mark.parametrize(
    ("paper", "orientation", "pixels"),
    [
        ("A4", "landscape", (3508, 2480)),
        ("A4", "portrait", (2480, 3508)),
        ("A3", "landscape", (4961, 3508)),
    ],
)
def test_the_picture_has_the_size_of_the_paper_at_300_dpi(paper, orientation, pixels):
    png = render(sheet(paper=paper, orientation=orientation, dpi=300), "png")
    assert struct.unpack(">II", png[16:24]) == pixels
    with Image.open(io.BytesIO(png)) as picture:
        assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.1)


@pytest.mark.parametrize("form", ["png", "pdf", "svg"])
def test_the_same_sheet_gives_the_same_bytes(form):
    assert render(sheet(), form) == render(sheet(), form)


def test_another_minute_gives_other_bytes():
    later = DRAWN.replace(minute=31)
    assert render(sheet(), "svg") != render(sheet(drawn_at=later), "svg")


@pytest.mark.parametrize("place", ["章贡区", "赣州", "江西"])
def test_the_scale_bar_is_as_long_as_the_ground_it_names(place):
    of = sheet(place)
    figure = painted(of)
    page, ground = figure.axes[-1], figure.axes[0]
    bars = [p for p in page.patches if str(p.get_gid()).startswith("scale-bar")]
    assert len(bars) == 4
    ends = np.array([p.get_window_extent().get_points() for p in bars])
    left, right = ends[:, 0, 0].min(), ends[:, 1, 0].max()
    y = figure.bbox.height * 0.6
    metres = ground.transData.inverted().transform([[left, y], [right, y]])
    metres[:, 0] -= metres[:, 0].mean() - sum(ground.get_xlim()) / 2
    to_degrees = Transformer.from_crs(of.view.crs, 4490, always_xy=True)
    lon, lat = to_degrees.transform(metres[:, 0], metres[:, 1])
    _, _, length = GEOD.inv(lon[0], lat[0], lon[1], lat[1])
    unit = 1000 if "千米" in texts(figure) else 1
    top = bars[0].get_y() + bars[0].get_height()
    above = [t.get_text() for t in page.texts if 0 < t.get_position()[1] - top < 3]
    named = max(float(t) for t in above if t.replace(".", "").isdigit())
    assert length == pytest.approx(named * unit, rel=0.01)


@pytest.mark.parametrize("place", ["章贡区", "赣州", "江西"])
def test_the_numeric_scale_is_true_on_paper(place):
    of = sheet(place)
    left, low, right, high = of.view.extent
    room = of.rooms.map
    assert (right - left) * 1000 / room.width == pytest.approx(of.view.denominator)
    assert (high - low) * 1000 / room.height == pytest.approx(of.view.denominator)
    outline = gpd.GeoSeries([of.region.geometry], crs=4490).to_crs(of.view.crs).total_bounds
    assert left < outline[0]
    assert low < outline[1]
    assert right > outline[2]
    assert high > outline[3]


def test_every_item_of_a_report_figure_is_on_the_sheet():
    of = sheet("赣州", layers=(bound(demonstration=True),), release=Release(user="李工"))
    text = svg_text(of)
    for item in (
        "赣州市批而未用土地图（2026年）",
        "图  例",
        "比例尺 1:2\u00a0000\u00a0000",
        "北",
        "2000国家大地坐标系，高斯-克吕格投影，3度带，中央经线114°",
        "数据日期：2026-06-30",
        "制图日期：2026-11-23",
        "台账摘录",
        "国家地理信息公共服务平台",
        "制图单位：某市规划设计院",
        "内部使用 不得公开",
        "本图界线不作为划界和权属争议的依据",
        "统  计",
        "面积/公顷",
        "图 3-2",
        "福建省",
        "演示数据，不得引用",
        "演示数据 DEMONSTRATION DATA",
        "李工",
    ):
        assert item in text, item


def test_real_data_carries_no_demonstration_mark():
    assert "演示数据" not in svg_text(sheet())


def test_the_legend_lists_the_classes_present_and_no_other():
    shown = svg_text(sheet())
    assert "疑似闲置" in shown
    assert "已竣工" in shown
    assert "批而未供" not in shown
    lines = shown.splitlines()
    at = lines.index("疑似闲置")
    assert {"2", "8.00"} <= set(lines[at - 2 : at + 3])


def test_the_legend_counts_the_region_alone():
    elsewhere = squares(["unsupplied"], county="360102", west=115.90, south=28.70)
    both = gpd.GeoDataFrame(pd.concat([squares(), elsewhere], ignore_index=True), crs=4490)
    of = sheet("章贡区", layers=(SPEC.bind(both),))
    (layer,) = of.shown
    assert [(r.layer_class.key, r.count, r.area_m2) for r in layer.legend] == [
        ("idle", 2, 80_000.0),
        ("done", 1, 40_000.0),
    ]


def test_areas_follow_the_unit_switch():
    in_mu = svg_text(sheet(unit="mu"))
    assert "面积/亩" in in_mu
    assert "120.0" in in_mu
    assert "8.00" not in in_mu


def test_titles_can_be_given_or_composed():
    assert sheet().full_title == "章贡区批而未用土地图（2026年）"
    assert sheet(theme="地块状态").full_title == "章贡区地块状态图（2026年）"
    assert sheet(title=" 自定图名 ").full_title == "自定图名"
    assert sheet("赣州", language="en").full_title.startswith("Ganzhou")


def test_a_sheet_without_layers_shows_the_boundaries():
    text = svg_text(sheet("南昌", layers=()))
    assert "南昌市行政区划图" in text
    assert "进贤县" in text
    assert "设区市界" in text


def test_small_parcels_are_summed_in_circles_and_said_so():
    text = svg_text(sheet("赣州"))
    assert "圆面积与用地面积成正比" in text
    assert "章贡区" in text
    assert "圆面积" not in svg_text(sheet("章贡区"))


def test_a_county_sheet_enlarges_its_parcels_at_a_scale_of_their_own():
    shown = texts(painted(sheet("章贡区")))
    headings = [t for t in shown if t.startswith("1:")]
    assert len(headings) == 1
    assert int(headings[0][2:].replace("\u00a0", "")) < sheet("章贡区").view.denominator / 1.8


def test_names_of_the_map_do_not_overlap():
    names = [f"试验园区{i}号" for i in range(12)]
    figure = painted(sheet("赣州", layers=(zones(*names),)))
    shown = [t for t in figure.axes[0].texts if t.get_text() in names and not t.get_path_effects()]
    assert len(shown) >= 8
    boxes = [t.get_window_extent() for t in shown]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[i + 1 :])


def test_a_character_without_glyph_stops_the_sheet():
    with pytest.raises(MissingGlyphError, match="𠮷"):
        render(sheet(title="𠮷林图"), "png")
    with pytest.raises(MissingGlyphError, match="𠮷"):
        render(sheet("赣州", layers=(zones("𠮷水工业园"),)), "png")


def test_a_region_without_anything_is_refused():
    with pytest.raises(EmptyRegionError, match=r"EXP-003"):
        render(sheet("南昌"), "png")


def test_more_classes_than_the_paper_holds_are_refused():
    many = tuple(LayerClass(f"c{i}", f"类别{i}", Symbol()) for i in range(120))
    spec = replace(SPEC, classes=many)
    crowd = squares([c.key for c in many])
    with pytest.raises(CrowdedSheetError, match="EXP-004"):
        render(sheet(layers=(spec.bind(crowd),)), "png")


@pytest.mark.parametrize(
    ("number", "issuer"),
    [("", ""), ("赣S（2026）012号", " "), ("待定", "江西省自然资源厅"), ("S2026-12", "某局")],
)
def test_a_public_sheet_needs_number_and_issuer(number, issuer):
    release = Release("public", review_number=number, issuer=issuer)
    with pytest.raises(ReviewNumberError, match="EXP-001"):
        render(sheet(layers=(zones("甲园区"),), release=release), "png")


def test_a_public_sheet_refuses_parcels():
    with pytest.raises(NotForPublicError, match="EXP-002"):
        render(sheet(release=PUBLIC), "png")


def test_a_public_sheet_carries_its_number_and_no_internal_mark():
    text = svg_text(sheet("赣州", layers=(zones("甲园区"),), release=PUBLIC))
    assert "审图号：赣S（2026）012号" in text
    assert "审核机关：江西省自然资源厅" in text
    assert "内部使用" not in text


@pytest.mark.parametrize("form", ["GS(2024)0650号", "赣S（2026）012号", "赣洪S〔2026〕3号"])
def test_known_forms_of_review_numbers_are_taken(form):
    Release("public", review_number=form, issuer="某局").check([])


def test_public_outlines_are_generalised():
    wiggly = squares(["idle"]).drop(columns="parcel_id").rename(columns={"status": "kind"})
    ring = MultiPoint([(114.90, 25.85)]).buffer(0.02, quad_segs=64)
    wiggly = wiggly.set_geometry([ring], crs=4490)
    spec = replace(SPEC, id="outline", column=None, classes=CLASSES[:1], id_column="zone_id")
    internal = sheet(layers=(spec.bind(wiggly),)).shown[0].frame.geometry.iloc[0]
    public = sheet(layers=(spec.bind(wiggly),), release=PUBLIC).shown[0].frame.geometry.iloc[0]
    assert len(public.exterior.coords) < len(internal.exterior.coords) / 4


def test_the_user_is_named_on_internal_sheets_only():
    assert "李工" in svg_text(sheet(release=Release("internal", user="李工")))
    assert "李工" not in svg_text(sheet(release=Release("report", user="李工")))


def test_pdf_text_can_be_read_and_fonts_are_truetype():
    pdf = render(sheet(), "pdf")
    assert b"/FontFile2" in pdf
    assert b"/Type3" not in pdf
    assert b"ToUnicode" in pdf


@pytest.mark.parametrize("suffix", [".gif", ""])
def test_other_files_are_refused(tmp_path, suffix):
    with pytest.raises(ValueError, match=r"\.png, \.pdf or \.svg"):
        save(sheet(), tmp_path / f"map{suffix}")
    assert not list(tmp_path.iterdir())


def test_a_zone_is_a_region_of_its_own():
    outline = squares().union_all().envelope.buffer(0.002)
    region = Region.zone("jx-ganzhou-etdz", "赣州经开区", outline)
    of = replace(sheet(), region=region)
    assert of.view.denominator < 10_000
    assert "图上范围面积约" in svg_text(of)
