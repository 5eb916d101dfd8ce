"""Routes of the browse map: who is answered, what is refused, what browsers may keep."""

from __future__ import annotations

import gzip
import json

import pytest

from domain.i18n import LANGUAGES
from domain.issues import catalogue
from store import Store, Viewer
from tests.browse_world import (
    DAY,
    EVERYBODY,
    NOW,
    SOUTH,
    Browser,
    committed,
    parcels_of,
    province,
    square,
    tile_of,
    tiles_of,
)
from tests.store_world import COUNTIES, GANZHOU, NANCHANG
from tests.unit.test_tickets import CHANGES
from views.browse import base
from views.browse.routes import PREFIX
from views.browse.tickets import MapTicket

PLACE = tile_of(14, 115.81, 28.61)
AROUND = "ring:115.79,28.59;115.83,28.59;115.83,28.63;115.79,28.63"
EVERYTHING = "ring:80,10;130,10;130,50;80,50"
GOOD = {
    "tile/8/{}/{}".format(*tile_of(8, 115.81, 28.61)): {},
    "tile/14/{}/{}".format(*PLACE): {},
    "picture/8/{}/{}".format(*tile_of(8, 115.81, 28.61)): {},
    "picture/14/{}/{}".format(*PLACE): {},
    "summary": {},
    "cells/8": {},
    "units/county": {},
    "units/zone": {},
    "unit/360112": {},
    "cell/8/0": {},
    "zone/jx-xiaolan-etdz": {},
    "at": {"lon": 115.81, "lat": 28.61},
    "codes": {},
    "line/0": {},
    "find": {"text": "JX"},
    "select": {"shape": AROUND},
}


@pytest.fixture(scope="module")
def south(root, version):
    return Browser(root, version, SOUTH)


@pytest.fixture(scope="module")
def rows(root, version):
    return Store(root).read(version, EVERYBODY)


def refused(answer, status, code):
    """A refusal: its code, words in a language, never kept."""
    assert (answer.status, answer.json["error"]) == (status, code)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json["text"]
    return True


# ---- tickets


@pytest.mark.parametrize("path", GOOD)
@pytest.mark.parametrize("change", [CHANGES[0], CHANGES[1], CHANGES[5]])
def test_a_changed_ticket_is_refused_by_every_route(browser, path, change):
    ticket = change(browser.ticket)
    answer = browser.fetch(f"{PREFIX}/{ticket}/{DAY}/{path}", **GOOD[path])
    # Without a ticket the address is another one.
    assert refused(answer, 403, "LYR-003") if ticket else refused(answer, 404, "LYR-004")


def test_an_expired_ticket_is_refused(root, browser):
    sealed = MapTicket("land", 1, "t", None, 100).sealed(Store(root).ticket_key())
    assert refused(browser.fetch(f"{PREFIX}/{sealed}/{DAY}/summary"), 403, "LYR-003")


def test_a_ticket_of_another_store_is_refused(tmp_path, browser):
    foreign = Browser(tmp_path, committed(tmp_path, province(40)))
    assert foreign.get("summary").status == 200
    answer = browser.fetch(f"{PREFIX}/{foreign.ticket}/{DAY}/summary")
    assert refused(answer, 403, "LYR-003")


@pytest.mark.parametrize(("dataset", "number"), [("land", 9), ("other", 1), ("../land", 1)])
def test_a_version_that_is_not_there_is_not_found(root, browser, dataset, number):
    sealed = MapTicket(dataset, number, "t", None, NOW).sealed(Store(root).ticket_key())
    assert browser.fetch(f"{PREFIX}/{sealed}/{DAY}/summary").status == 404


def test_a_viewer_without_rows_finds_no_version(root, version):
    for scope in (frozenset(), frozenset({"360300"})):
        nobody = Browser(root, version, Viewer("n", scope))
        for path, query in GOOD.items():
            answer = nobody.get(path, **query)
            assert answer.status == 404
            assert answer.headers["cache-control"] == "no-store"


# ---- addresses


BAD_TILES = [
    "2/0/0", "19/0/0", "-1/0/0", "14/-1/0", "14/0/-1", f"14/{1 << 14}/0", f"14/0/{1 << 14}",
    "14/x/0", "14/1.5/0", "x/0/0", "14/0/0.mvt", "14/1e3/0", f"14/{10**30}/0", "14/０x/0",
]  # fmt: skip


@pytest.mark.parametrize("kind", ["tile", "picture"])
@pytest.mark.parametrize("place", BAD_TILES)
def test_tiles_that_do_not_exist(browser, kind, place):
    assert refused(browser.get(f"{kind}/{place}"), 404, "LYR-004")


@pytest.mark.parametrize("zoom", [3, 11, 12, 18])
def test_the_ends_of_the_zooms_exist(browser, zoom):
    last = (1 << zoom) - 1
    for kind in ("tile", "picture"):
        assert browser.get(f"{kind}/{zoom}/{last}/{last}").status == 200


@pytest.mark.parametrize(
    "path",
    [
        "", "nothing", "tile", "tile/8", "tile/8/1", "tile/8/1/2/3", "summary/", "summary/x",
        "cells/2", "cells/12", "cells/x", "units/province", "units/", "unit/999999", "unit/x",
        "zone/nowhere", "cell/2/0", "cell/12/0", "cell/8/x", "cell/8/-1", f"cell/8/{1 << 40}",
        "card/x", "card/-1",
        "card/100000", "card/1.0", "line/x", "line/-1", "line/100000", "at", "select.json",
        "../../summary", "card/0/../1",
    ],
)  # fmt: skip
def test_what_is_not_there_is_not_found(browser, path):
    answer = browser.get(path)
    assert answer.status == 404
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json["error"] == "LYR-004"


@pytest.mark.parametrize("path", ["", "/", "/x", "/a/b/c/d/e", "/base", "/base/nothing", "/base/"])
def test_nothing_else_below_the_map_is_a_page(browser, path):
    answer = browser.fetch(f"{PREFIX}{path or '/'}")
    assert answer.status == 404
    assert answer.json["error"] == "LYR-004"


@pytest.mark.parametrize("day", ["today", "2026-02-30", "2026", "", "x" * 500, "30.6.2026"])
def test_a_day_that_is_none(browser, day):
    assert refused(browser.fetch(f"{PREFIX}/{browser.ticket}/{day}/summary"), 404, "LYR-004")


def test_days_before_the_law_are_its_first_day(root, version, browser):
    first = Browser(root, version, day="2009-01-01").get("summary")
    assert Browser(root, version, day="1999-01-01").get("summary").body == first.body
    assert browser.get("summary").body != first.body


@pytest.mark.parametrize("place", ["", "lon=1", "lon=x&lat=2"])
def test_a_place_that_is_none(browser, place):
    query = dict(pair.split("=") for pair in place.split("&") if pair)
    assert refused(browser.get("at", **query), 404, "LYR-004")


@pytest.mark.parametrize(
    ("lon", "lat"), [("nan", 28), (200, 28), (115, "inf"), (115, 89), (10, 10)]
)
def test_a_place_without_parcels(browser, lon, lat):
    assert browser.get("at", lon=lon, lat=lat).json == {"row": None}


# ---- filters and shapes


@pytest.mark.parametrize(
    "query",
    [{"area_from": "x"}, {"date_to": "2026-13-01"}, {"dated": "finished_on"}, {"area_to": "nan"}],
)
@pytest.mark.parametrize(
    "path", ["summary", "tile/8/0/0", "tile/14/0/0", "picture/14/0/0", "cells/8", "units/zone",
             "unit/360112", "cell/8/0", "select"]
)  # fmt: skip
def test_a_bad_filter_is_refused_with_words(browser, path, query):
    answer = browser.get(path, **query, shape=AROUND)
    assert refused(answer, 400, "FLT-001")
    for language in LANGUAGES:
        told = browser.get(path, **query, shape=AROUND, lang=language).json["text"]
        assert next(iter(query.values())) in told


@pytest.mark.parametrize("path", ["select", "select.csv"])
@pytest.mark.parametrize("shape", ["", "x", "ring:1,2", "ring:0,0;1,1;1,0;0,1"])
def test_a_bad_shape_is_refused_with_words(browser, path, shape):
    assert refused(browser.get(path, shape=shape), 400, "SEL-001")


@pytest.mark.parametrize(("lang", "language"), [("en", "en"), ("zh_CN", "zh_CN"), ("", "zh_CN"),
                                               ("fr", "zh_CN"), ("../en", "zh_CN")])  # fmt: skip
def test_words_are_those_of_the_language(browser, lang, language):
    told = browser.get("tile/99/0/0", lang=lang).json["text"]
    assert told == catalogue()["LYR-004"].text(language)
    text = browser.get("summary", lang=lang).json["unit"]
    assert (text == "ha") is (language == "en")


def test_the_unit_is_the_one_asked_for(browser):
    ha, mu = browser.get("summary").json, browser.get("summary", unit="mu").json
    assert ha["area_m2"] == mu["area_m2"]
    assert float(mu["texts"][1].replace(",", "")) == pytest.approx(ha["area_m2"] * 0.0015, abs=0.06)
    assert browser.get("summary", unit="acre").json == ha


# ---- what browsers may keep


@pytest.mark.parametrize("path", GOOD)
def test_good_answers_may_be_kept_and_are_always_the_same(root, version, path):
    first = Browser(root, version).get(path, **GOOD[path])
    again = Browser(root, version).get(path, **GOOD[path])
    assert first.status == 200
    assert first.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert again.body == first.body


@pytest.mark.parametrize("kind", ["tile", "picture"])
@pytest.mark.parametrize("place", [(8, *tile_of(8, 115.81, 28.61)), (14, *PLACE), (14, 0, 0)])
def test_a_tag_saves_the_bytes(browser, kind, place):
    path = "{}/{}/{}/{}".format(kind, *place)
    first = browser.get(path)
    tag = first.headers["etag"]
    assert tag.startswith('"')
    again = browser.get(path, headers={"If-None-Match": tag})
    assert (again.status, again.body) == (304, b"")
    assert again.headers["etag"] == tag
    assert browser.get(path, headers={"If-None-Match": '"other"'}).body == first.body


def test_tiles_and_pictures_say_what_they_are(browser):
    tile = browser.get("tile/14/{}/{}".format(*PLACE))
    assert tile.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    assert tile.headers["content-encoding"] == "gzip"
    assert gzip.decompress(tile.body)
    picture = browser.get("picture/14/{}/{}".format(*PLACE))
    assert picture.headers["content-type"] == "image/png"
    assert "content-encoding" not in picture.headers


def test_a_card_is_not_kept_for_ever_because_ledgers_change(browser):
    answer = browser.get("card/0")
    assert answer.status == 200
    assert "immutable" not in answer.headers["cache-control"]


def test_other_questions_get_other_tiles(browser):
    path = "tile/8/{}/{}".format(*tile_of(8, 115.81, 28.61))
    bodies = {
        browser.get(path, **query).body
        for query in ({}, {"status": "completed"}, {"area_to": "1100"}, {"colour": "group"})
    }
    assert len(bodies) == 4
    other = browser.fetch(f"{PREFIX}/{browser.ticket}/2016-01-01/{path}")
    assert other.body not in bodies


def test_the_unexpected_is_logged_and_tells_nothing(browser, monkeypatch, caplog):
    def broken(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("views.browse.answers.summary", broken)
    answer = browser.get("summary")
    assert answer.status == 500
    assert answer.headers["cache-control"] == "no-store"
    assert "secret" not in answer.body.decode()
    assert "secret detail" in caplog.text


@pytest.mark.parametrize(
    "path", [*(path for path in GOOD if not path.startswith("zone/")), "card/0", "select.csv"]
)
def test_a_version_of_zones_has_outlines_and_nothing_of_parcels(demo_root, demo_store, path):
    version = demo_store.datasets(EVERYBODY, "zones")[0]
    ground = Browser(demo_root, version)
    assert refused(ground.get(path, **GOOD.get(path, {"shape": AROUND})), 404, "LYR-004")
    outlines = ground.get("outlines")
    assert len(outlines.json["features"]) == version.rows
    assert outlines.headers["cache-control"].endswith("immutable")


# ---- a viewer of one prefecture


def test_another_viewer_gets_sums_of_the_own_rows_only(south, rows):
    own = rows[rows["prefecture_adcode"] == GANZHOU]
    told = south.get("summary").json
    assert told["count"] == len(own)
    assert told["area_m2"] == pytest.approx(own["area_ellipsoidal_m2"].sum())
    for table in told["by"].values():
        assert sum(row[1] for row in table) == len(own)
    assert {row[0] for row in told["by"]["county_adcode"]} == {"", "360702"}
    assert "360112" not in south.get("units/county").json["of"]
    cells = int(south.get("cells/8").json["count"].replace(",", ""))
    assert cells <= len(own)


def test_another_viewer_gets_nothing_of_a_foreign_county(south, browser):
    there, here = browser.get("unit/360112").json, south.get("unit/360112").json
    assert int(there["rows"][-1][1]) > 0
    assert [row[1] for row in here["rows"]] == ["0"]
    assert int(south.get("unit/360702").json["rows"][-1][1]) > 0


def test_another_viewer_gets_no_foreign_row(south, browser, rows):
    for row, parcel in rows.iloc[:40].iterrows():
        mine = parcel["prefecture_adcode"] == GANZHOU
        for path in (f"card/{row}", f"line/{row}"):
            answer = south.get(path)
            assert answer.status == (200 if mine else 404)
            if not mine:
                assert parcel["parcel_id"] not in answer.body.decode()
        middle = parcel.geometry.representative_point()
        found = south.get("at", lon=middle.x, lat=middle.y).json["row"]
        assert found is None or rows["prefecture_adcode"][found] == GANZHOU
        assert browser.get("at", lon=middle.x, lat=middle.y).json["row"] is not None


def test_another_viewer_finds_no_foreign_row(south, browser, rows):
    parcel = rows[rows["prefecture_adcode"] == NANCHANG].iloc[0]
    assert len(browser.get("find", text=parcel["parcel_id"]).json["parcels"]) == 1
    told = south.get("find", text=parcel["parcel_id"]).json
    assert (told["parcels"], told["parcel_count"]) == ([], "0")
    own = (rows["prefecture_adcode"] == GANZHOU).sum()
    assert south.get("find", text="JX").json["parcel_count"] == str(own)


def test_another_viewer_selects_no_foreign_row(south, rows):
    own = rows[rows["prefecture_adcode"] == GANZHOU]
    told = south.get("select", shape=EVERYTHING).json
    assert told["count"] == len(own)
    assert {row["id"] for row in told["rows"]} <= set(own["parcel_id"])
    text = south.get("select.csv", shape=EVERYTHING).body.decode("utf-8-sig")
    assert all(key in text for key in own["parcel_id"])
    foreign = rows[rows["prefecture_adcode"] == NANCHANG]
    assert not any(key in text for key in foreign["parcel_id"])


def test_another_viewer_gets_cells_of_the_own_rows_only(south, browser, rows):
    place = tile_of(8, 115.81, 28.61)
    everybody = browser.tile(8, *place)["cells"].features
    mine = {f.id: f.properties["n"] for f in south.tile(8, *place)["cells"].features}
    for feature in everybody:
        whole = browser.get(f"cell/8/{feature.id}").json["rows"][-1][1]
        assert int(whole) == feature.properties["n"]
        part = south.get(f"cell/8/{feature.id}").json["rows"][-1][1]
        assert int(part) == mine.get(feature.id, 0)
    assert sum(mine.values()) < sum(f.properties["n"] for f in everybody)
    assert 0 < sum(mine.values()) <= (rows["prefecture_adcode"] == GANZHOU).sum()


def test_another_viewer_sees_no_foreign_parcel_in_a_picture(tmp_path):
    codes = [(NANCHANG, GANZHOU)[k % 2] for k in range(40)]
    frame = parcels_of(
        [square(115.8 + 0.002 * k, 28.6) for k in range(40)],
        prefecture_adcode=codes,
        county_adcode=[COUNTIES[code] for code in codes],
    )
    own = frame[frame["prefecture_adcode"] == GANZHOU].reset_index(drop=True)
    whole = Browser(tmp_path / "a", committed(tmp_path / "a", frame), SOUTH)
    part = Browser(tmp_path / "b", committed(tmp_path / "b", own))
    for zoom in (8, 12, 16):
        for x, y in tiles_of(zoom, frame.total_bounds):
            path = f"picture/{zoom}/{x}/{y}"
            assert whole.get(path).body == part.get(path).body


def test_the_numbers_of_tiles_tell_nothing_of_other_prefectures(tmp_path):
    frame = province(60)
    frame.loc[frame["prefecture_adcode"] == GANZHOU, "zone_id"] = None
    told = Browser(tmp_path, committed(tmp_path, frame), SOUTH).get("codes").json
    assert set(told["county"]) == {"360702"}
    assert set(told["prefecture"]) == {GANZHOU}
    assert told["zone"] == {}
    assert told.get("rows", 0) <= (frame["prefecture_adcode"] == GANZHOU).sum()


def test_two_viewers_do_not_share_a_kept_tile(root, version):
    place = (14, *PLACE)
    orders = [(EVERYBODY, SOUTH), (SOUTH, EVERYBODY)]
    found = [[len(ids(Browser(root, version, v), place)) for v in order] for order in orders]
    assert found[0] == found[1][::-1]
    assert found[0][1] < found[0][0]


def ids(browser, place):
    return [f.id for layer in browser.tile(*place).values() for f in layer.features]


# ---- the ground


@pytest.mark.parametrize("name", base.names())
def test_the_ground_is_the_same_for_everybody_and_for_ever(browser, name):
    answer = browser.fetch(f"{PREFIX}/base/{name}")
    assert answer.status == 200
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    found = json.loads(gzip.decompress(answer.body))
    assert found["type"] == "FeatureCollection"
    assert [feature["id"] for feature in found["features"]] == list(range(len(found["features"])))
    assert len(base.version()) == 16
