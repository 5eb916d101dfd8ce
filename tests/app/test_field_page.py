"""The field page: a parcel found, a position judged, a visit kept."""

from __future__ import annotations

import datetime as dt
import math

import pytest
import shapely

from domain.i18n import translator
from geo.position import standing
from ingest.photos import read_photo
from settings import Settings
from store import Viewer
from tests.app.land_pages import html, open_page, words
from tests.case_world import SUPPLY_NO, case_rows, supply_row
from tests.land_world import parcels, square
from tests.unit.test_photos import located as exif_of
from tests.unit.test_photos import picture
from views.context import Context
from views.field.form import Seen, keep_visit, note_text, photo_words
from views.field.place import Here, distance_words, located, stand_html
from views.field.sketch import HEIGHT, WIDTH, sketch_svg

PARCEL = {"supply_no": SUPPLY_NO, "start_due": "2023-06-01", "name": "甲厂", "holder": "甲公司"}
DAY = dt.date(2024, 6, 15)
HOSTILE = "<img src=x onerror=alert(1)>"
MOMENT = dt.datetime(2024, 6, 15, 1, 0, tzinfo=dt.UTC)


@pytest.fixture
def store(empty_store, viewer):
    world = parcels([PARCEL, {"parcel_id": HOSTILE, "name": HOSTILE, "holder": HOSTILE}])
    empty_store.commit("land", world, kind="parcels", viewer=viewer, reason="t")
    return empty_store


def opened(store, parcel="P0", **state):
    chosen = {"parcel": parcel} if parcel else {}
    return open_page("field", store.root, state={**chosen, "as_of": DAY.isoformat(), **state})


def context(store, language="zh_CN"):
    return Context(Settings(store=store.root), store, Viewer("李"), translator(language), "ha")


def supplied(store):
    store.put_ledger("supply", supply_row(), viewer=Viewer("t"), reason="t")


def test_an_empty_store_says_what_to_do_next(tmp_path):
    app = open_page("field", tmp_path)
    assert not app.exception
    assert "ganyuan demo" in app.info[0].value


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_a_parcel_shows_status_step_and_sketch(store, language):
    supplied(store)
    app = open_page(
        "field", store.root, language=language, state={"parcel": "P0", "as_of": DAY.isoformat()}
    )
    assert not app.exception
    assert not app.error
    assert "P0" in html(app)
    assert "data:image/svg+xml" in html(app)
    assert "2024-07-01" in html(app)


def test_without_a_parcel_one_searches(store):
    app = opened(store, "")
    app.text_input(key="field-search").set_value("甲").run()
    assert "至少两个字" in words(app)
    app.text_input(key="field-search").set_value(SUPPLY_NO[:9]).run()
    (button,) = [b for b in app.button if str(b.key).startswith("field-open-")]
    button.click().run()
    assert not app.exception
    assert "P0" in html(app)
    app.button(key="field-other").click().run()
    assert app.text_input(key="field-search").value in ("", None, SUPPLY_NO[:9])


def test_a_parcel_that_is_not_there_is_searched_for(store):
    app = opened(store, "nowhere_*")
    assert not app.exception
    assert "nowhere" in app.warning[0].value


def test_hostile_text_stays_text(store):
    for app in (opened(store, HOSTILE), opened(store, HOSTILE + "x")):
        assert not app.exception
        assert HOSTILE not in html(app)
    app = opened(store, "")
    app.text_input(key="field-search").set_value("onerror").run()
    assert not any(HOSTILE in b.label for b in app.button)


def test_typed_coordinates_say_inside_or_how_far_outside(store):
    supplied(store)
    app = opened(store)
    app.text_input(key="field-lon-P0").set_value("115.0005")
    app.text_input(key="field-lat-P0").set_value("28.0005").run()
    assert "在地块内" in html(app)
    app.text_input(key="field-lat-P0").set_value("28.002").run()
    assert "在地块外 110.8 米，地块在南" in html(app)
    app.text_input(key="field-lat-P0").set_value("north").run()
    assert "坐标须为数字" in app.error[0].value
    app.text_input(key="field-lat-P0").set_value("91").run()
    assert "CSE-003" in app.error[0].value


def test_a_visit_is_kept_as_a_note(store):
    supplied(store)
    store.put_ledger("idle_case", case_rows({}), viewer=Viewer("t"), reason="t")
    app = opened(store)
    app.button(key="field-C0-0-save").click().run()
    assert "请选择现场状况" in app.error[0].value
    app.radio(key="field-C0-0-state").set_value("stopped")
    app.text_area(key="field-C0-0-note").set_value(HOSTILE)
    app.button(key="field-C0-0-save").click().run()
    assert not app.exception
    assert "已保存 1 份附件" in app.success[0].value
    (note,) = store.documents("idle_case", "C0", Viewer("t"))
    assert note.kind == "evidence"
    content = store.document_content(note, Viewer("t")).decode()
    assert "现场状况: 停工" in content
    assert HOSTILE in content


def test_without_a_ledger_row_a_visit_has_no_place(store):
    app = opened(store)
    assert "台账中没有该宗地" in app.info[0].value
    assert not app.radio


def test_a_photograph_is_kept_unaltered(store):
    supplied(store)
    content = picture(exif=exif_of())
    seen = Seen("building", "地面已平整", "李", MOMENT)
    here = Here(115.0005, 28.0005, 8.0, standing(square(0, 0), 115.0005, 28.0005))
    assert keep_visit(context(store), ("supply", SUPPLY_NO), seen, content, here) == 2
    papers = {
        p.name.rpartition(".")[2]: p for p in store.documents("supply", SUPPLY_NO, Viewer("t"))
    }
    assert store.document_content(papers["jpg"], Viewer("t")) == content
    note = store.document_content(papers["txt"], Viewer("t")).decode()
    assert "115.0005000, 28.0005000" in note
    assert "在地块内，距边界 49.2 米" in note
    assert {p.changed_by for p in papers.values()} == {"李"}


def test_a_note_says_what_is_known(store):
    ctx = context(store, "en")
    seen = Seen("other", "", "Li", MOMENT)
    assert "position" not in note_text(ctx, seen, None)
    outside = Here(115.0005, 28.002, math.nan, standing(square(0, 0), 115.0005, 28.002))
    text = note_text(ctx, seen, outside)
    assert "110.8 m outside" in text
    assert "accuracy" not in text


def test_a_photograph_says_time_and_place(store):
    said = photo_words(context(store), read_photo(picture(exif=exif_of())))
    assert "拍摄于 2026-06-30 09:15" in said
    assert "115.000000, 28.510000" in said
    assert "未记位置" in photo_words(context(store), read_photo(picture()))


@pytest.mark.parametrize(
    ("sent", "lon"),
    [
        ([115.0, 28.0, 5.0, 1], 115.0),
        ([115.0, 28.0, 5.0], None),
        (["x", 28.0, 5.0, 1], None),
        ([None, 28.0, 5.0, 1], None),
        ({"lon": 1}, None),
        (None, None),
    ],
)
def test_what_a_browser_sends_is_a_position_or_nothing(sent, lon):
    here = located(sent)
    assert (here and here.lon) == lon


def test_near_the_boundary_nobody_is_sure(store):
    ctx = context(store)
    stands = standing(square(0, 0), 115.00001, 28.0005)  # 1 m inside
    assert "难以判断" in stand_html(ctx, Here(115.00001, 28.0005, 5.0, stands), stands)
    assert "难以判断" not in stand_html(ctx, Here(115.00001, 28.0005, 0.5, stands), stands)


def test_distances_are_metres_then_kilometres(store):
    ctx = context(store)
    assert distance_words(ctx, 999.9) == "999.9 米"
    assert distance_words(ctx, 1000.0) == "1 公里"


def test_the_sketch_is_north_up_and_shows_what_is_near():
    svg = sketch_svg(square(0, 0))
    assert svg.count("<path") == 3
    assert f'viewBox="0 0 {WIDTH} {HEIGHT}"' in svg
    near = sketch_svg(square(0, 0), here=(115.0005, 28.0005), accuracy=10.0)
    assert near.count("<circle") == 2
    assert "<circle" not in sketch_svg(square(0, 0), here=(116.0, 29.0))
    assert sketch_svg(None) == ""
    assert sketch_svg(shapely.Polygon()) == ""


def test_the_sketch_has_the_scale_of_the_ground():
    # 111 m high within 240 - 2 x 26 px: 1.70 px a metre; 50 m are 85 px, 100 m more than a third.
    assert ">50 m<" in sketch_svg(square(0, 0))
