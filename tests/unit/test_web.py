"""The web map: what reaches the browser, and that no text from outside becomes code."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import geopandas as gpd
import numpy as np
import pytest
import shapely

from domain.i18n import translator
from layers.encode import FINE_SCALE, decode, encode
from layers.legend import LONG, legend_html
from layers.spec import Field, LayerClass, LayerSpec, Symbol
from layers.web import (
    INLINE_LIMIT,
    LazyLayer,
    TooManyShapesError,
    folium_map,
    payload,
    script_json,
    write,
)

ZH, EN = translator("zh_CN"), translator("en")

HOSTILE = (
    "<img src=x onerror=window.__x=1>",
    "<script>window.__x=1</script>",
    "</script><script>window.__x=1</script>",
    "<!--<script>window.__x=1</script>",
    "${window.__x=1}",
    "`+(window.__x=1)+`",
    "{{ window.__x=1 }}",
    "{% raw %}",
    "{{{{ 7*7 }}}} {# note",
    "\\u003cimg src=x onerror=window.__x=1\\u003e",
    "&lt;img src=x onerror=window.__x=1&gt;",
    "<svg onload=window.__x=1>",
    "<details open ontoggle=window.__x=1>",
    "<iframe srcdoc='<script>parent.__x=1</script>'>",
    '"><img src=x onerror=window.__x=1>',
    "' onmouseover='window.__x=1",
    '" autofocus onfocus="window.__x=1',
    "javascript:window.__x=1",
    "]]></style><script>window.__x=1</script>",
    "'-(window.__x=1)-'",
    "*/window.__x=1/*",
    "\u2028window.__x=1\u2029",
    "<template><script>window.__x=1</script></template>",
)


def square(x=115.0, y=28.0, size=0.1):
    return shapely.box(x, y, x + size, y + size)


def spec(**changes):
    traits = {
        "id": "things",
        "title": "Things",
        "geometry": "polygon",
        "column": "kind",
        "classes": (
            LayerClass("a", "Class A", Symbol("#111111")),
            LayerClass("b", "Class B", Symbol("#222222", hatch="diagonal")),
            LayerClass("c", "Class C", Symbol("#333333")),
        ),
        "source": "A source",
        "name_column": "name",
        "area_column": "area_m2",
        "fields": (Field("area_m2", "Area", "area"),),
    }
    return LayerSpec(**{**traits, **changes})


def frame(kinds=("a", "b", "a"), name="n"):
    n = len(kinds)
    return gpd.GeoDataFrame(
        {
            "id": [f"i{k}" for k in range(n)],
            "name": [name] * n,
            "kind": list(kinds),
            "area_m2": [10_000.0 * (k + 1) for k in range(n)],
        },
        geometry=[square(115 + k) for k in range(n)],
        crs=4490,
    )


class Elements(HTMLParser):
    """Names and attributes of every element of a page."""

    def __init__(self, markup):
        super().__init__()
        self.found = []
        self.feed(markup)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


# ---- geometry


@pytest.mark.parametrize(
    "geometry",
    [
        shapely.Point(115.12345, 28.5),
        shapely.LineString([(115, 28), (115.5, 28.25), (116, 27)]),
        shapely.MultiLineString([[(115, 28), (116, 28)], [(114, 27), (114, 26), (113, 25)]]),
        square(),
        square().difference(square(115.02, 28.02, 0.01)),
        shapely.union_all([square(), square(116.0)]),
    ],
)
def test_shapes_come_back_as_they_went(geometry):
    rings = [
        ring
        for part in shapely.get_parts(geometry)
        for ring in (shapely.get_rings(part) if geometry.geom_type.endswith("Polygon") else [part])
    ]
    (back,) = decode(encode(np.array([geometry])))
    flat = [ring for part in back for ring in part]
    assert len(flat) == len(rings)
    for one, other in zip(flat, rings, strict=True):
        np.testing.assert_allclose(one, shapely.get_coordinates(other), atol=1e-9)


def test_missing_shapes_keep_their_row():
    encoded = encode(np.array([None, square(), shapely.Polygon()], dtype=object))
    assert encoded["owners"] == [0, 1, 0]
    assert [len(parts) for parts in decode(encoded)] == [0, 1, 0]


def test_no_shapes_at_all():
    assert decode(encode(np.array([], dtype=object))) == []


def test_rounding_stays_below_half_a_step_however_many_positions():
    wave = np.column_stack([np.linspace(114, 118, 5000), 28 + 0.3 * np.sin(np.arange(5000))])
    (((back,),),) = decode(encode(np.array([shapely.LineString(wave)]), scale=FINE_SCALE))
    assert np.abs(back - wave).max() <= 0.5 / FINE_SCALE + 1e-12


# ---- legend


def test_the_legend_is_the_classes_present_with_counts_and_areas():
    bound = spec().bind(frame())
    html = legend_html([bound], EN, "ha")
    assert "Class A" in html
    assert "Class B" in html
    assert "Class C" not in html
    rows = re.findall(r"<span>(.*?)</span></td><td>(.*?)</td><td>(.*?)</td>", html)
    assert rows == [("Class A", "2", "4.00"), ("Class B", "1", "2.00")]


def test_the_legend_follows_the_unit_switch():
    html = legend_html([spec().bind(frame(("a",)))], ZH, "mu")
    assert "<td>15.0</td>" in html
    assert "亩" in html


def test_the_ground_and_empty_layers_are_not_listed():
    ground = spec(id="ground", listed=False).bind(frame())
    empty = spec(id="empty").bind(frame(()))
    assert legend_html([ground, empty], EN, "ha") == ""


def test_the_topmost_layer_stands_first():
    html = legend_html([spec(id="low").bind(frame()), spec(id="high").bind(frame())], EN, "ha")
    assert html.index('data-layer="high"') < html.index('data-layer="low"')


@pytest.mark.parametrize(("n", "opened"), [(LONG, True), (LONG + 1, False)])
def test_long_legends_open_folded(n, opened):
    classes = tuple(LayerClass(f"k{i}", f"K {i}", Symbol()) for i in range(n))
    bound = spec(classes=classes).bind(frame(tuple(c.key for c in classes)))
    ((_, attributes),) = [
        e for e in Elements(legend_html([bound], EN, "ha")).found if e[0] == "details"
    ]
    assert ("open" in attributes) is opened


def test_background_lines_carry_no_count():
    one = (LayerClass("a", "Lines", Symbol(None)),)
    quiet = spec(classes=one, interactive=False, area_column=None).bind(frame(("a", "a")))
    assert "<td>2</td>" not in legend_html([quiet], EN, "ha")
    loud = spec(classes=one, area_column=None).bind(frame(("a", "a")))
    assert "<td>2</td>" in legend_html([loud], EN, "ha")


@pytest.mark.parametrize("geometry", ["point", "line", "polygon"])
@pytest.mark.parametrize("shape", ["circle", "triangle", "diamond", "square"])
def test_every_symbol_has_a_swatch(geometry, shape):
    symbol = Symbol("#123456", dash=(2.0, 1.0), hatch="diagonal", shape=shape, glyph="电")
    classes = (LayerClass("a", "A", symbol), LayerClass("b", "B", symbol))
    bound = spec(classes=classes, geometry=geometry).bind(frame(("a", "b")))
    html = legend_html([bound], EN, "ha")
    assert html.count("<svg") == 2
    assert "#123456" in html or geometry == "line"


# ---- hostile text


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_legend_text_is_inert(text):
    classes = (LayerClass("a", text, Symbol()), LayerClass("b", text, Symbol(glyph="<")))
    bound = spec(id=text, title=text, classes=classes).bind(frame(("a", "b")))
    found = Elements(legend_html([bound], EN, "ha")).found
    names = {tag for tag, _ in found}
    assert names <= {
        "details",
        "summary",
        "input",
        "b",
        "i",
        "table",
        "tr",
        "td",
        "span",
        "svg",
        "rect",
        "path",
    }
    assert not [k for _, attributes in found for k in attributes if k.startswith("on")]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_cannot_leave_the_data_block(text):
    column = "area_m2"
    rows = frame(("a", "b"), name=text).assign(id=[text, "plain"])
    bound = spec(
        id="things",
        title=text,
        classes=tuple(LayerClass(key, text, Symbol()) for key in "abc"),
        fields=(Field(column, text, "area"), Field("name", text)),
        source=text,
        label_column="name",
    ).bind(rows)
    clean = folium_map([spec().bind(frame(("a", "b")))], t=EN).get_root().render()
    page = folium_map([bound], t=EN).get_root().render()
    data = re.compile(r'<script type="application/json" id="gy-payload">(.*?)</script>', re.DOTALL)
    block = data.search(page)
    assert block
    content = json.loads(block[1])
    assert content["layers"][0]["names"] == [text, text]
    assert content["layers"][0]["title"] == text
    without = page.replace(block[0], "")
    plain = data.sub("", clean)
    assert without == plain


def test_data_cannot_close_its_script():
    assert "<" not in script_json(list(HOSTILE))
    assert json.loads(script_json(list(HOSTILE))) == list(HOSTILE)


def test_the_document_asks_for_nothing_beyond_this_product():
    page = folium_map([spec().bind(frame())], t=ZH).get_root().render()
    assert not re.findall(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]+", page)
    asked = [
        attributes.get("src") or attributes.get("href")
        for tag, attributes in Elements(page).found
        if tag in {"script", "link", "img"} and (attributes.get("src") or attributes.get("href"))
    ]
    assert asked
    assert all(address.startswith("/app/static/") for address in asked)


def test_the_document_lies_below_the_base_path():
    page = folium_map([], t=ZH, base_url="/ganyuan").get_root().render()
    assert 'src="/ganyuan/app/static/vendor/leaflet/leaflet.js"' in page


def test_the_server_does_not_read_names_as_templates():
    bound = spec().bind(frame(name="{{ 7 * 7 }}"))
    page = folium_map([bound], t=EN).get_root().render()
    assert '"49"' not in page
    assert "7 * 7" in page


# ---- payload


def test_the_same_layers_give_the_same_document():
    one, two = (folium_map([spec().bind(frame())], t=ZH).get_root().render() for _ in range(2))
    assert one == two


def test_a_layer_changes_its_hash_only_with_its_content():
    first = payload([spec().bind(frame())], t=ZH)["layers"][0]["hash"]
    assert payload([spec().bind(frame())], t=ZH)["layers"][0]["hash"] == first
    assert payload([spec().bind(frame(("a", "b", "b")))], t=ZH)["layers"][0]["hash"] != first
    assert payload([spec().bind(frame())], t=ZH, unit="mu")["layers"][0]["hash"] != first


def test_values_are_written_for_people_and_ids_for_machines():
    layer = payload([spec().bind(frame(("a",)))], t=ZH, unit="ha")["layers"][0]
    assert layer["rows"] == [["1.00 公顷"]]
    assert layer["ids"] == ["i0"]
    assert layer["class_of"] == [0]


def test_background_layers_carry_no_attributes():
    layer = payload([spec(interactive=False).bind(frame())], t=ZH)["layers"][0]
    assert not {"ids", "rows", "names"} & set(layer)


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (None, "area", "—"),
        (float("nan"), "number", "—"),
        (10_000.0, "area", "1.00 公顷"),
        (1234.5, "number", "1,234.5"),
        (1234.0, "count", "1,234"),
        (2006.0, "year", "2006"),
        (0.769, "share", "76.9 %"),
        ("<b>", "text", "<b>"),
        ("360100", "code", "360100"),
    ],
)
def test_attributes_as_text(value, form, text):
    assert write(value, Field("x", "x", form), ZH, "ha") == text


def test_labels_stand_on_the_surface_or_where_the_data_says():
    crescent = shapely.box(115, 28, 116, 29).difference(shapely.box(115.1, 28, 116, 28.9))
    rows = gpd.GeoDataFrame(
        {"id": ["x"], "name": ["n"], "kind": ["a"], "area_m2": [1.0]}, geometry=[crescent], crs=4490
    )
    bound = spec(label_column="name")
    lon, lat = payload([bound.bind(rows)], t=ZH)["layers"][0]["label_at"]
    assert crescent.contains(shapely.Point(lon, lat))
    placed = rows.assign(label_lon=115.05, label_lat=28.5)
    assert payload([bound.bind(placed)], t=ZH)["layers"][0]["label_at"] == [115.05, 28.5]


def test_too_many_shapes_are_refused_not_thinned():
    many = frame(("a",) * 3)
    fits = many.loc[[0] * INLINE_LIMIT].reset_index(drop=True)
    assert len(payload([spec().bind(fits)], t=ZH)["layers"][0]["ids"]) == INLINE_LIMIT
    over = many.loc[[0] * (INLINE_LIMIT + 1)].reset_index(drop=True)
    with pytest.raises(TooManyShapesError, match="LYR-002"):
        payload([spec().bind(over)], t=ZH)


def test_made_up_layers_say_so():
    real, made_up = spec().bind(frame()), spec().bind(frame(), demonstration=True)
    assert payload([real], t=ZH)["demonstration"] is False
    assert payload([real, made_up], t=ZH)["demonstration"] is True


def test_shapes_by_view_bring_their_own_legend_and_address():
    bound = spec().bind(frame())
    lazy = LazyLayer(spec(id="lazy"), "/gy/parcels?ticket=t", bound.legend, overview=("things",))
    content = payload([bound], t=EN, lazy=lazy)
    assert content["lazy"]["url"] == "/gy/parcels?ticket=t"
    assert content["lazy"]["overview"] == ["things"]
    assert [c["key"] for c in content["lazy"]["classes"]] == ["a", "b", "c"]
    assert 'data-for="lazy"' in content["legend"]
    assert content["sources"] == ["A source"]
