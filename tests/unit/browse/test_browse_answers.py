"""What the browse map is told: amounts, legends, cards, finds, against the rows of the store."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from analytics.idle.status import STATUSES, parcel_status
from analytics.parcel_filter import ParcelFilter
from domain import formats, reference
from domain.i18n import LANGUAGES, translator
from domain.parcels import conform
from domain.rules import load_rules
from layers.graduated import class_limits
from layers.parcel_tiles import grades
from store import Store
from tests.browse_world import (
    DAY,
    EVERYBODY,
    Browser,
    committed,
    judged,
    parcels_of,
    province,
    square,
    tile_of,
)
from tests.store_world import NANCHANG, batches
from views.browse.answers import FOUND, summary
from views.browse.chart import chart
from views.browse.parcels import day_parcels
from views.browse.tile_cache import TileCache


@pytest.fixture(scope="module")
def rows(root, version):
    return judged(Store(root), version)


@pytest.fixture(scope="module")
def index(root, version):
    return Store(root).map_index(version, EVERYBODY)


QUERIES = [
    ({}, lambda r: r["parcel_id"].notna()),
    ({"status": "completed,overdue"}, lambda r: r["status"].isin(["completed", "overdue"])),
    ({"group": "unknown"}, lambda r: r["group"] == "unknown"),
    ({"prefecture": "360700"}, lambda r: r["prefecture_adcode"] == "360700"),
    ({"county": "360112"}, lambda r: r["county_adcode"] == "360112"),
    ({"zone": "jx-xiaolan-etdz"}, lambda r: r["zone_id"] == "jx-xiaolan-etdz"),
    ({"area_from": "1100.25"}, lambda r: r["area_ellipsoidal_m2"] >= 1100.25),
    ({"area_from": "1100.26"}, lambda r: r["area_ellipsoidal_m2"] >= 1101.25),
    ({"area_to": "1100.25"}, lambda r: r["area_ellipsoidal_m2"] <= 1100.25),
    ({"date_from": "2020-05-06"}, lambda r: r["approved_on"] >= "2020-05-06"),
    ({"date_from": "2020-05-07"}, lambda r: r["approved_on"] >= "2020-05-07"),
    ({"dated": "signed_on", "date_to": "2022-03-01"}, lambda r: r["signed_on"] <= "2022-03-01"),
    ({"dated": "signed_on", "date_to": "2022-02-28"}, lambda r: r["signed_on"] <= "2022-02-28"),
    ({"q": "ALPHA"}, lambda r: r["holder"].str.contains("Alpha", regex=False)),
    ({"q": "乙公"}, lambda r: r["holder"].str.contains("乙公", regex=False)),
    ({"q": "(A.B*)"}, lambda r: r["name"].notna()),
    ({"q": "JX0001"}, lambda r: r["parcel_id"].str.contains("JX0001", regex=False)),
    ({"q": ".*"}, lambda r: r["name"] == "nothing"),
    ({"q": "nothing at all"}, lambda r: r["name"] == "nothing"),
]


@pytest.mark.parametrize(("query", "wanted"), QUERIES)
def test_amounts_under_a_filter_are_those_of_the_rows(browser, rows, query, wanted):
    chosen = rows[wanted(rows).fillna(value=False).astype(bool)]
    told = browser.get("summary", **query).json
    assert told["count"] == len(chosen)
    assert told["area_m2"] == pytest.approx(chosen["area_ellipsoidal_m2"].sum())
    assert told["texts"] == [formats.count(len(chosen)), formats.area(told["area_m2"], "ha")]
    for name, table in told["by"].items():
        own = chosen.groupby(chosen[name].fillna("").astype(str))["area_ellipsoidal_m2"]
        assert {key: n for key, n, *_ in table} == own.size().to_dict()
        assert {key: m2 for key, _, m2, *_ in table} == pytest.approx(own.sum().to_dict())


def test_every_status_of_the_world_occurs(rows):
    """So that the tests above look at something."""
    assert rows["status"].nunique() == 9
    assert rows["group"].nunique() == 4


@given(
    st.lists(st.sampled_from(STATUSES), max_size=3, unique=True),
    st.floats(900, 1300),
    st.floats(900, 1300),
)
def test_a_filter_and_its_opposite_add_up(index, rows, statuses, low, high):
    """Below, between and above two limits lies every parcel once."""
    parcels = day_parcels(index, DAY)
    low, high = sorted((low, high))
    parts = [
        {"area_to": repr(float(np.nextafter(low, 0)))},
        {"area_from": repr(low), "area_to": repr(high)},
        {"area_from": repr(float(np.nextafter(high, 9999)))},
    ]
    asked = {"status": ",".join(statuses)}
    masks = [ParcelFilter.asked({**asked, **part}).mask(parcels) for part in parts]
    whole = ParcelFilter.asked(asked).mask(parcels)
    np.testing.assert_array_equal(np.sum(masks, axis=0), whole.astype(int))
    expected = rows["status"].isin(statuses) if statuses else np.ones(len(rows), dtype=bool)
    np.testing.assert_array_equal(whole, expected)


# ---- parcels on a day


@pytest.mark.parametrize("chunk", [1, 7, 100_000])
@pytest.mark.parametrize("day", [dt.date(2016, 1, 1), dt.date(2024, 12, 31), dt.date(2025, 1, 1)])
def test_the_status_on_a_day_is_that_of_the_analysis(tmp_path, monkeypatch, chunk, day):
    monkeypatch.setattr("views.browse.parcels._CHUNK", chunk)
    version = committed(tmp_path, province(40))
    store = Store(tmp_path)
    codes, names = day_parcels(store.map_index(version, EVERYBODY), day).coded("status")
    frame = store.read(version, EVERYBODY)
    expected = parcel_status(frame, as_of=day, rules=load_rules("idle", as_of=day))["status"]
    assert [names[i] for i in codes] == expected.tolist()


def test_groups_and_areas_of_missing_values(index, rows):
    parcels = day_parcels(index, DAY)
    codes, names = parcels.coded("group")
    assert [names[i] for i in codes] == rows["group"].tolist()
    np.testing.assert_array_equal(parcels.area_m2, rows["area_ellipsoidal_m2"])


# ---- legends and cells


@pytest.mark.parametrize("level", ["county", "zone"])
def test_units_are_graded_by_their_amount(browser, rows, level):
    column = {"county": "county_adcode", "zone": "zone_id"}[level]
    told = browser.get(f"units/{level}").json
    assert set(told["of"]) == set(rows[column].dropna())
    areas = rows.groupby(rows[column].fillna(""))["area_ellipsoidal_m2"].sum()
    order = sorted(told["of"], key=lambda key: areas[key])
    assert [told["of"][key] for key in order] == sorted(told["of"].values())
    assert max(told["of"].values()) < len(told["classes"])


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        ([], []),
        ([5.0], [0]),
        ([5.0, 5.0, 5.0], [0, 0, 0]),
        ([1.0, 9.0], [0, 4]),
        ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [0, 1, 2, 3, 4, 4]),
    ],
)
def test_grades_use_every_class_and_no_more(amounts, expected):
    values = np.array(amounts)
    limits = class_limits(values, n=5, breaks="quantile")
    assert grades(values, limits).tolist() == expected


@pytest.mark.parametrize("zoom", [3, 8, 11])
def test_the_card_of_a_cell_says_what_its_tile_says(browser, zoom):
    place = tile_of(zoom, 115.81, 28.61)
    features = browser.tile(zoom, *place)["cells"].features
    legend = browser.get(f"cells/{zoom}").json
    assert int(legend["count"].replace(",", "")) >= len(features)
    for feature in features[:20]:
        told = browser.get(f"cell/{zoom}/{feature.id}").json
        assert int(told["rows"][-1][1]) == feature.properties["n"]
        assert sum(int(row[1]) for row in told["rows"][:-1]) == feature.properties["n"]
        assert told["rows"][-1][2] == formats.area(feature.properties["a"], "ha")
        west, south, east, north = told["bounds"]
        assert west < east
        assert south < north
        assert feature.properties["b"] < len(legend["classes"])
    assert int(browser.get(f"cell/{zoom}/0").json["rows"][-1][1]) == 0


@pytest.mark.parametrize("coloured", ["status", "group"])
def test_the_card_of_a_county_adds_up(browser, rows, coloured):
    own = rows[rows["county_adcode"] == "360112"]
    told = browser.get("unit/360112", colour=coloured).json
    counts = [int(row[1]) for row in told["rows"]]
    assert counts[-1] == sum(counts[:-1]) == len(own)
    assert len(counts) - 1 == own[coloured].nunique()
    assert told["title"] == "新建区"
    assert browser.get("unit/360112", lang="en").json["title"] == "Xinjian District"


# ---- one parcel


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_card_shows_the_row_with_its_shape(browser, rows, lang):
    for row in (0, 17, len(rows) - 1):
        told = browser.get(f"card/{row}", lang=lang).json
        parcel = rows.iloc[row]
        assert (told["title"], told["row"]) == (parcel["parcel_id"], row)
        assert told["kind"] == translator(lang)(f"idle.status.{parcel['status']}")
        shape = shapely.from_geojson(json.dumps(told["shape"]))
        assert shapely.equals_exact(shape.normalize(), parcel.geometry.normalize(), 1e-7)
        assert told["bounds"] == pytest.approx(parcel.geometry.bounds, abs=1e-6)
        words = [fact["value"] for part in told["facts"] for fact in part["rows"]]
        assert any(formats.area(parcel["area_ellipsoidal_m2"], "ha") in word for word in words)
        assert all(part["rows"] for part in told["facts"])


def test_a_card_cites_the_ledgers_as_they_are_now(tmp_path):
    frame = parcels_of([square(115.8, 28.6)], batch_id="360100演示批次")
    browser = Browser(tmp_path, committed(tmp_path, frame))
    before = browser.get("card/0").json
    Store(tmp_path).put_ledger("batch", batches(NANCHANG), viewer=EVERYBODY, reason="r")
    after = browser.get("card/0").json
    assert len(after["facts"]) == len(before["facts"]) + 1
    assert "360100演示批次" in after["facts"][-1]["heading"]


def test_a_line_is_the_row_in_short(browser, rows):
    for row in (0, 5, 30):
        told, parcel = browser.get(f"line/{row}", unit="mu").json, rows.iloc[row]
        texts = parcel[["parcel_id", "name", "holder"]].fillna("").tolist()
        assert [told["id"], told["name"], told["holder"]] == texts
        assert told["status"] == parcel["status"]
        assert told["area"] == formats.area(parcel["area_ellipsoidal_m2"], "mu")
        assert told["bounds"] == pytest.approx(parcel.geometry.bounds, abs=1e-6)


# ---- finding


def found(browser, text, **query):
    return browser.get("find", text=text, **query).json


def test_finds_by_number_name_and_holder(browser, rows):
    assert [line["id"] for line in found(browser, "JX00012")["parcels"]] == ["JX00012"]
    assert found(browser, "jx00012")["parcel_count"] == "1"
    told = found(browser, "乙公司")
    assert int(told["parcel_count"]) == (rows["holder"] == "乙公司").sum()
    assert len(told["parcels"]) == FOUND
    assert [line["id"] for line in told["parcels"]] == sorted(
        rows.loc[rows["holder"] == "乙公司", "parcel_id"]
    )[:FOUND]


def test_an_exact_number_stands_first_however_many_hold_it(tmp_path):
    n = 2100
    frame = parcels_of([square(115.8 + 0.0001 * k, 28.6, 0.00005) for k in range(n)])
    frame["parcel_id"] = [f"A{k}" for k in range(n - 1)] + ["A"]
    told = found(Browser(tmp_path, committed(tmp_path, frame)), "A")
    assert told["parcel_count"] == "2,100"
    assert told["parcels"][0]["id"] == "A"


@pytest.mark.parametrize(
    "text", ["(", "[", "\\", ".*", "%", "_", "没有这样的名字", "<script>", "^JX"]
)
def test_signs_are_looked_for_as_they_are(browser, rows, text):
    told = found(browser, text)
    named = rows["name"].fillna("").str.contains(text, regex=False).sum()
    assert told["parcel_count"] == str(named)
    assert told["places"] == []
    table = reference.zones()[["name_zh", "name_en", "name_former"]].fillna("")
    hits = sum(any(text in name for name in names) for names in table.itertuples(index=False))
    assert len(told["zones"]) == min(hits, FOUND)


@pytest.mark.parametrize("text", ["", "   "])
def test_nothing_is_found_for_nothing(browser, text):
    assert found(browser, text) == {"parcels": [], "parcel_count": "0", "zones": [], "places": []}


def test_zones_and_places_are_found_by_any_of_their_names(browser):
    for text in ("XIAOLAN", "江西南昌小蓝经济开发区"):
        (zone,) = found(browser, text)["zones"]
        assert zone["id"] == "jx-xiaolan-etdz"
        assert len(zone["at"]) == 2
    (place,) = found(browser, "新建区")["places"]
    assert (place["level"], place["code"]) == ("county", "360112")
    assert found(browser, "Xinjian", lang="en")["places"][0]["name"] == "Xinjian District"
    assert found(browser, "360100")["places"][0]["level"] == "prefecture"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_card_of_a_zone(browser, lang):
    told = browser.get("zone/jx-xiaolan-etdz", lang=lang).json
    assert told["title"]
    west, south, east, north = told["bounds"]
    assert (east - west, north - south) == pytest.approx((0.1, 0.1))


# ---- what is kept in memory


def test_charts_are_shared_by_those_who_ask_the_same(index):
    one = chart(index, DAY, EVERYBODY, ParcelFilter.asked({"status": "completed"}))
    assert chart(index, DAY, EVERYBODY, ParcelFilter.asked({"status": ",completed,"})) is one
    assert summary(one, translator("en"), "ha")["count"] == one.keep.sum()


def test_tiles_are_kept_up_to_a_limit():
    cache, made = TileCache(10), []

    def make(text):
        made.append(text)
        return text.encode()

    def ask(text):
        return cache.get(text, lambda: make(text))

    assert (ask("aaaa"), ask("bbbb"), ask("aaaa")) == (b"aaaa", b"bbbb", b"aaaa")
    assert made == ["aaaa", "bbbb"]
    ask("cccc")
    ask("aaaa")
    assert made == ["aaaa", "bbbb", "cccc"]
    ask("bbbb")
    assert made == ["aaaa", "bbbb", "cccc", "bbbb"]
    assert ask("x" * 11) == ask("x" * 11) == b"x" * 11
    assert made[4:] == ["x" * 11] * 2


def test_the_version_is_read_as_committed(root, version, rows):
    """The world of these tests is what the store gives back."""
    stored = Store(root).read(version, EVERYBODY)
    assert sorted(stored["parcel_id"]) == sorted(conform(province())["parcel_id"])
    assert len(rows) == version.rows


@pytest.mark.parametrize("coloured", ["status", "group"])
def test_the_card_of_a_zone_adds_up_its_parcels(browser, rows, coloured):
    named = rows["zone_id"].dropna().mode()[0]
    told = browser.get(f"zone/{named}", colour=coloured).json
    assert int(told["amounts"][-1][1]) == (rows["zone_id"] == named).sum()
    assert sum(int(row[1]) for row in told["amounts"][:-1]) == int(told["amounts"][-1][1])


def test_a_zone_without_parcels_or_without_a_place_has_a_card_all_the_same(browser, rows):
    table = reference.zones()
    free = table[~table["zone_id"].isin(rows["zone_id"]) & table.geometry.notna()].iloc[0]
    assert browser.get(f"zone/{free['zone_id']}").json["amounts"] is None
    nowhere = table[table.geometry.isna() | table.geometry.is_empty].iloc[0]
    assert browser.get(f"zone/{nowhere['zone_id']}").json["bounds"] is None
