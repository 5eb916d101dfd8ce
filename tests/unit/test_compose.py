from __future__ import annotations

import datetime as dt
import io

import openpyxl
import pytest

from domain.boundaries import UnknownPlaceError
from domain.i18n import translator
from export.compose import NoDatasetError, compose, default_day, region_of
from export.filenames import file_name
from export.modes import Release
from export.painter import render
from export.region import Region
from export.sheet import MapSheet
from export.tables import workbook
from layers.catalogue import registry
from layers.catalogue.registry import UnknownLayerError
from store import Viewer

DAY = dt.date(2026, 6, 30)


def composed(store, *names, viewer=None, **options):
    return compose(names, store=store, viewer=viewer or Viewer("t"), as_of=DAY, **options)


def made(store, *names, place="360700", language="zh_CN", viewer=None, statuses=(), **changes):
    region, t = Region.of(place), translator(language)
    parts = composed(store, *names, region=region, viewer=viewer, statuses=statuses)
    drawn = dt.datetime(2026, 11, 23, 9, 30, tzinfo=dt.UTC)
    arguments = {
        "dpi": 50,
        "theme": parts.theme(t),
        "sources": parts.sources(t),
        "notes": parts.notes(t),
    } | changes
    of = MapSheet(region, parts.layers, t, drawn, DAY.isoformat(), **arguments)
    return of, parts


def rows_of(data):
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
    return {page.title: list(page.iter_rows(values_only=True)) for page in book}


@pytest.mark.parametrize("name", list(registry.ENTRIES))
def test_every_name_becomes_layers_with_known_texts(demo_store, name):
    t = translator("zh_CN")
    parts = composed(demo_store, name)
    assert (len(parts.layers) == 0) == (name == "boundaries")
    assert registry.ENTRIES[name].title in t
    for layer in parts.layers:
        assert len(layer.frame)
        assert layer.spec.title in t


@pytest.mark.parametrize("name", list(registry.ENTRIES))
@pytest.mark.parametrize("place", ["360000", "360700"])
def test_every_name_can_be_drawn(demo_store, name, place):
    of, _ = made(demo_store, name, place=place, orientation="portrait")
    assert render(of, "svg").startswith(b"<?xml")


def test_layers_come_in_drawing_order_each_once(demo_store):
    parts = composed(demo_store, "zones", "parcels", "zones")
    assert [la.spec.id for la in parts.layers] == ["parcel_status", "zones"]


def test_an_unknown_name_lists_the_known_ones(demo_store):
    with pytest.raises(UnknownLayerError, match="zones") as caught:
        composed(demo_store, "zone")
    assert caught.value.values["layers"] == "zone"


def test_reference_layers_need_no_dataset(empty_store):
    assert composed(empty_store, "zones", "clusters", "belt").versions == ()


@pytest.mark.parametrize("name", ["parcels", "land-use", "zone-footprints"])
def test_a_store_without_the_dataset_says_so(empty_store, name):
    with pytest.raises(NoDatasetError, match=r"EXP-006.*ganyuan demo"):
        composed(empty_store, name)


def test_made_up_data_is_marked_and_reference_data_is_not(demo_store):
    marks = {la.spec.id: la.demonstration for la in composed(demo_store, "parcels", "zones").layers}
    assert marks == {"parcel_status": True, "zones": False}


def test_statuses_can_be_chosen(demo_store):
    of, parts = made(demo_store, "parcels", statuses=("overdue", "suspected_a1"))
    assert {r.layer_class.key for r in of.shown[0].legend} == {"overdue", "suspected_a1"}
    assert parts.statuses == ("overdue", "suspected_a1")
    (note,) = parts.notes(translator("zh_CN"))
    assert "逾期未动工" in note
    assert of.notes == (note,)
    assert note[:10] in render(of, "svg").decode()


def test_a_viewer_sees_the_own_prefecture_alone(demo_store):
    viewer = Viewer("赣州", prefectures=frozenset({"360700"}))
    (layer,) = composed(demo_store, "parcels", viewer=viewer).layers
    assert set(layer.frame["prefecture_adcode"]) == {"360700"}


def test_the_sheet_cites_the_version_that_it_shows(demo_store):
    t = translator("zh_CN")
    parts = composed(demo_store, "parcels")
    assert [v.id for v in parts.versions] == ["parcels@1"]
    assert "parcels@1" in parts.sources(t)[0]


def test_the_day_of_the_passport_is_the_default(demo_store, empty_store):
    today, viewer = dt.date(2030, 1, 1), Viewer("t")
    assert default_day(demo_store, viewer, "", today) == DAY
    assert default_day(empty_store, viewer, "", today) == today


def test_a_region_can_be_a_zone(demo_store):
    region = region_of("jx-ganzhou-etdz", store=demo_store, viewer=Viewer("t"))
    assert region.level == "zone"
    assert region_of(region.name, store=demo_store, viewer=Viewer("t")).code == region.code
    with pytest.raises(UnknownPlaceError):
        region_of("乌有镇", store=demo_store, viewer=Viewer("t"))


def test_circles_of_a_prefecture_hold_all_its_parcels(demo_store):
    of, _ = made(demo_store, "parcels")
    (layer,) = of.shown
    assert set(layer.frame["prefecture_adcode"]) == {"360700"}
    total = sum(row.area_m2 for row in layer.legend)
    assert total == pytest.approx(layer.frame["area_ellipsoidal_m2"].sum())


def test_the_table_holds_the_rows_of_the_sheet(demo_store):
    of, parts = made(demo_store, "parcels", "zones")
    tables = rows_of(workbook(of, parts))
    parcels, zones, notes = tables.values()
    assert len(parcels) - 2 == len(of.shown[0].frame)
    assert len(zones) - 1 == len(of.shown[1].frame)
    heads = list(parcels[1])
    assert "椭球面积 (公顷)" in heads
    column = heads.index("椭球面积 (公顷)")
    total = sum(row[column] for row in parcels[2:])
    assert total == pytest.approx(of.shown[0].frame["area_ellipsoidal_m2"].sum() / 1e4)
    written = dict(row for row in notes)
    assert "parcels@1" in written["数据版本"]
    assert written["数据截止日"] == "2026-06-30"
    assert any(key.startswith("IDLE-A1") for key in written)
    assert "演示数据" in parcels[0][0]


def test_holders_stay_in_the_house_unless_allowed(demo_store):
    def has_holders(release):
        of, parts = made(demo_store, "parcels", place="章贡区", release=release)
        return "使用权人" in next(iter(rows_of(workbook(of, parts)).values()))[1]

    assert has_holders(Release("internal"))
    assert not has_holders(Release("report"))
    assert has_holders(Release("report", company_names=True))


def test_file_names_say_place_day_paper_and_mark(demo_store):
    of, _ = made(demo_store, "parcels")
    assert file_name(of, "pdf") == "赣州市地块状态图_2026-06-30_A4横_内部_演示数据.pdf"
    assert file_name(of, "xlsx") == "赣州市地块状态图_2026-06-30_内部_演示数据.xlsx"
    hostile, _ = made(demo_store, "zones", title="../../etc/passwd\n<x>")
    assert "/" not in file_name(hostile, "png")
    assert file_name(hostile, "png").startswith("etc-passwd-x")
