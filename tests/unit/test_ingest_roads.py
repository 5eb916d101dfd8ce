"""Road files as offices send them, and what is turned away; read in the sandbox."""

from __future__ import annotations

import json

import geopandas as gpd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.issues import catalogue
from ingest.roads import LINES, REPORT, read_roads
from ingest.roads_rows import write_roads
from ingest.workdir import WorkFolder
from scripts.build_samples import archive, shapefile_parts

MOST = 1000
ROAD = shapely.LineString([(115.0, 26.0), (115.0, 26.05), (115.0, 26.1)])
KM = 11.079


def layer(*shapes, crs=4490):
    return gpd.GeoDataFrame({"NAME": ["路"] * len(shapes)}, geometry=list(shapes), crs=crs)


def zipped(rows, *, drop=(), stem="a"):
    parts = {k: v for k, v in shapefile_parts(rows, encoding="UTF-8").items() if k not in drop}
    return archive({f"{stem}{suffix}": data for suffix, data in parts.items()})


def geojson(rows):
    return rows.to_crs(4326).to_json(drop_id=True).encode()


def read(data, *, name="a.zip", most=MOST):
    """In this process, as the child does."""
    folder = WorkFolder()
    (folder.path / "upload").write_bytes(data)
    write_roads(folder.path, name, most=most)
    told = json.loads((folder.path / REPORT).read_text(encoding="utf-8"))
    rows = None if told["refused"] else gpd.read_parquet(folder.path / LINES)
    return told["refused"], told["facts"], rows


def refusal(data, **options):
    refused, _, _ = read(data, **options)
    assert refused is not None
    known = catalogue()[refused["code"]]
    for language in ("zh_CN", "en"):
        assert "{" not in known.text(language, **refused["values"])
    return refused["code"]


@pytest.mark.parametrize("epsg", [4490, 4527, 4547, 3857])
def test_a_shapefile_is_placed_by_its_system(epsg):
    refused, facts, rows = read(zipped(layer(ROAD).to_crs(epsg)))
    assert refused is None
    assert rows.crs.to_epsg() == 4490
    assert shapely.hausdorff_distance(rows.geometry[0], ROAD) < 1e-6
    assert (facts["rows"], facts["lines"], facts["vertices"]) == (1, 1, 3)
    assert facts["length_km"] == pytest.approx(KM, abs=0.01)
    assert facts["epsg"] == epsg


def test_geojson_and_geopackage_give_the_same_lines(tmp_path):
    rows = layer(
        ROAD, shapely.MultiLineString([[(115, 26), (115.1, 26)], [(115, 26), (115, 26.2)]])
    )
    rows.to_file(tmp_path / "a.gpkg", layer="roads")
    for data, name in (
        (geojson(rows), "a.geojson"), ((tmp_path / "a.gpkg").read_bytes(), "a.gpkg"),
    ):  # fmt: skip
        refused, facts, found = read(data, name=name)
        assert refused is None
        assert (facts["rows"], facts["lines"], len(found)) == (2, 3, 3)


def test_heights_are_dropped_and_rows_without_a_line_are_counted():
    high = shapely.LineString([(115.0, 26.0, 5.0), (115.0, 26.1, 9.0)])
    refused, facts, rows = read(geojson(layer(high, None)), name="a.geojson")
    assert refused is None
    assert facts["left_out"] == 1
    assert not rows.geometry.has_z.any()


@pytest.mark.parametrize(("most", "code"), [(3, None), (2, "ROA-003")])
def test_a_network_may_have_so_many_vertices_and_no_more(most, code):
    refused, _, _ = read(zipped(layer(ROAD)), most=most)
    assert (refused or {}).get("code") == code


BOX = shapely.box(115.0, 26.0, 115.1, 26.1)
FAR = shapely.LineString([(100.0, 20.0), (100.1, 20.0)])


def test_what_is_no_road_network_is_turned_away_with_what_to_do():
    assert refusal(zipped(layer(BOX))) == "ROA-001"
    assert refusal(geojson(layer(ROAD, BOX)), name="a.geojson") == "ROA-001"
    assert refusal(zipped(layer(ROAD).to_crs(4547), drop=(".prj",))) == "ROA-002"
    assert refusal(zipped(layer(FAR))) == "PLC-002"
    assert refusal(geojson(layer(FAR)), name="a.geojson") == "PLC-002"
    assert refusal(b'{"type":"FeatureCollection","features":[]}', name="a.geojson") == "FIL-010"
    assert refusal(geojson(layer(None)), name="a.geojson") == "ROA-004"
    assert refusal("名称,年度\n路,2026\n".encode(), name="a.csv") == "ROA-004"
    assert refusal(b"") == "FIL-001"
    assert refusal(b"%PDF-1.4") == "FIL-015"
    two = shapefile_parts(layer(ROAD), encoding="UTF-8")
    both = archive({f"{stem}{suffix}": data for stem in "ab" for suffix, data in two.items()})
    assert refusal(both) == "ROA-005"
    assert refusal(archive({"a.shp": b"no shapefile"})) == "FIL-003"


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_a_damaged_file_is_read_or_turned_away(data):
    whole = data.draw(st.sampled_from([SHP, JSON]))
    at = data.draw(st.integers(0, len(whole) - 1))
    cut = data.draw(st.booleans())
    broken = whole[:at] if cut else whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :]
    refused, _, rows = read(broken)
    assert (refused is None) is (rows is not None)
    if refused is None:
        assert rows.geometry.geom_type.isin(["LineString"]).all()
    else:
        assert refused["code"] in catalogue()


SHP, JSON = zipped(layer(ROAD)), geojson(layer(ROAD))


def test_the_child_reads_a_file_and_hands_on_lines_or_words():
    found = read_roads(zipped(layer(ROAD)), "路网.zip", most=MOST)
    assert found.refused is None
    assert (found.name, len(found.lines), found.why("en")) == ("路网.zip", 1, "")
    turned = read_roads(zipped(layer(BOX)), "面.zip", most=MOST)
    assert turned.lines.empty
    assert "不是线" in turned.why("zh_CN")
    assert "no lines" in turned.why("en")
