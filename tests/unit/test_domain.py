"""Boundaries, reference tables, rules, formats: the vocabulary against published figures."""

from __future__ import annotations

import datetime as dt
import hashlib

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from shapely import Point

from domain import boundaries, formats, reference
from domain.boundaries import UnknownPlaceError, adcode_of, locate, name_of
from domain.parcels import COMPUTED, columns, conform
from domain.rules import Rule, RuleError, RuleSet, load_rules, subjects
from geo.area import ellipsoidal_area_m2
from geo.errors import SchemaError

PUBLISHED_KM2 = {  # published prefecture areas; several sources round differently
    "360100": 7195, "360200": 5256, "360300": 3831, "360400": 19085, "360500": 3178,
    "360600": 3560, "360700": 39380, "360800": 25283, "360900": 18700, "361000": 18800,
    "361100": 22800,
}  # fmt: skip


def test_the_boundary_file_is_the_one_that_its_note_describes():
    digest = hashlib.sha256(boundaries.FILE.read_bytes()).hexdigest()
    assert boundaries.source()["sha256"] == digest


@pytest.mark.parametrize(
    ("layer", "n"), [("province", 1), ("prefecture", 11), ("county", 100), ("neighbour", 6)]
)
def test_layers_have_their_units(layer, n):
    frame = boundaries.layer(layer)
    assert len(frame) == n
    assert frame.crs.to_epsg() == 4490
    assert frame.geometry.is_valid.all()
    assert frame["adcode"].is_unique
    assert frame["name_en"].notna().all()


@pytest.mark.parametrize("layer", ["prefecture", "county"])
def test_units_tile_the_province_without_gap_or_overlap(layer):
    frame = boundaries.layer(layer)
    assert shapely.coverage_is_valid(frame.geometry.to_numpy())
    whole = boundaries.layer("province")["area_km2"].iloc[0]
    assert frame["area_km2"].sum() == pytest.approx(whole, rel=1e-6)


def test_the_province_and_its_neighbours_share_their_lines():
    both = pd.concat([boundaries.layer("province"), boundaries.layer("neighbour")])
    assert shapely.coverage_is_valid(both.geometry.to_numpy())


def test_areas_agree_with_published_figures():
    frame = boundaries.layer("prefecture").set_index("adcode")
    computed = ellipsoidal_area_m2(frame) / 1e6
    for adcode, published in PUBLISHED_KM2.items():
        assert computed[adcode] == pytest.approx(published, rel=0.006), name_of(adcode)
    assert computed.sum() == pytest.approx(166_900, rel=0.002)


@pytest.mark.parametrize(
    ("place", "adcode"),
    [
        ("360702", "360702"),
        ("章贡区", "360702"),
        ("赣州市", "360700"),
        ("赣州", "360700"),
        ("九江市柴桑区", "360404"),
        ("江西省九江市柴桑区", "360404"),
        ("九江县", "360404"),
        ("上饶县", "361104"),
        ("南康市", "360703"),
        (" 龙南县 ", "360783"),
    ],
)
def test_names_old_names_and_codes_are_resolved(place, adcode):
    assert adcode_of(place) == adcode


@pytest.mark.parametrize("place", ["", "长沙市", "430100", "江西省长沙市"])
def test_places_outside_the_province_are_refused(place):
    with pytest.raises(UnknownPlaceError, match="PLC-001"):
        adcode_of(place)


def test_points_find_their_county():
    points = gpd.GeoSeries([Point(115.89, 28.53), Point(112.9, 28.2), None], crs=4490)
    found = locate(points)
    assert name_of(found[0]) == "南昌县"
    assert found.isna().tolist() == [False, True, True]


def test_every_alias_names_a_county_that_exists():
    aliases = pd.read_csv(boundaries.DATA / "boundaries" / "aliases.csv", dtype=str)
    for row in aliases.itertuples():
        assert row.adcode in boundaries.known_adcodes()
        assert row.alias not in set(boundaries.layer("county")["name"])


@pytest.mark.parametrize("name", reference.SCHEMAS)
def test_reference_tables_keep_source_and_shape(name):
    frame = reference.table(name)
    assert len(frame) > 0
    if name not in {"targets", "land_classes"}:
        assert frame["confidence"].notna().all()
    frame.loc[:, frame.columns[0]] = "changed"
    assert reference.table(name).iloc[0, 0] != "changed"


def test_every_reference_point_lies_in_its_own_county():
    for frame in (reference.zones(), reference.clusters()):
        placed = frame[frame.geometry.notna()]
        single = placed[~placed["county"].str.contains(";")]
        assert (locate(single.geometry) == single["county_adcode"]).all()
    assert reference.zones().geometry.isna().sum() == 2


def test_fourteen_industries_of_the_plan():
    tiers = reference.table("sectors").groupby("tier")["sector_code"].count()
    assert tiers[["2", "6", "N"]].tolist() == [2, 6, 6]
    known = set(reference.table("sectors")["sector_code"])
    assert set(reference.clusters()["sector_code"]) <= known


def test_a_broken_table_is_refused_with_its_rows(monkeypatch, tmp_path):
    folder = tmp_path / "reference"
    folder.mkdir()
    broken = reference.table("sectors").assign(tier="9")
    broken.to_csv(folder / "sectors.csv", index=False)
    monkeypatch.setattr(reference, "DATA", tmp_path)
    reference._table.cache_clear()
    try:
        with pytest.raises(reference.BrokenTableError, match=r"REF-001.*tier") as caught:
            reference.table("sectors")
        assert len(caught.value.rows) == 20
    finally:
        reference._table.cache_clear()


def rule(**changes):
    row = {
        "id": "X", "value": 1, "unit": "years", "title_zh": "甲", "title_en": "A",
        "article": "条", "article_en": "Art.", "status": "sourced",
    }  # fmt: skip
    return Rule(**(row | changes))


def test_a_rule_is_in_force_on_its_first_and_last_day():
    r = rule(valid_from=dt.date(2012, 7, 1), valid_to=dt.date(2020, 1, 31))
    days = [dt.date(2012, 6, 30), dt.date(2012, 7, 1), dt.date(2020, 1, 31), dt.date(2020, 2, 1)]
    assert [r.in_force(day) for day in days] == [False, True, True, False]


def test_two_rules_of_one_day_and_absent_rules_are_refused():
    with pytest.raises(RuleError, match="twice"):
        RuleSet([rule(), rule(value=2)])
    with pytest.raises(RuleError, match="no rule Y"):
        RuleSet([rule()]).rule("Y")


def test_every_rule_file_reads_and_says_how_certain_it_is():
    assert subjects()
    for subject in subjects():
        rules = load_rules(subject, as_of=dt.date(2026, 11, 23))
        assert len(rules) > 0, subject
        for r in rules.values():
            assert all([r.article, r.article_en, r.title_zh, r.title_en])
            assert r.source or r.status != "sourced", r.id


def test_the_parcel_schema_has_short_codes_and_no_ambiguous_synonym():
    seen = {}
    for column in columns():
        assert len(column.code.encode("gbk")) <= 10
        for synonym in column.synonyms:
            assert seen.setdefault(synonym.lower(), column.column) == column.column
    assert not set(COMPUTED) & {c.column for c in columns()}


@pytest.fixture
def minimal():
    return gpd.GeoDataFrame(
        {
            "parcel_id": ["a", "b"], "source_row": [1, 2], "prefecture_adcode": "360100",
            "analysis_class": "industrial", "area_planar_m2": 1.0, "area_ellipsoidal_m2": 1.0,
            "extra": [1, 2],
        },
        geometry=[Point(116, 28), Point(116, 28)], crs=4490,
    )  # fmt: skip


def test_conform_adds_types_and_keeps_extra_columns(minimal):
    out = conform(minimal.assign(start_due=["2023-06-01", None], price_wan=["12.5", None]))
    assert out["start_due"].dtype == "datetime64[ms]"
    assert out["price_wan"].tolist()[0] == 12.5
    assert out["holder"].isna().all()
    assert out["extra"].tolist() == [1, 2]
    assert "holder" not in minimal.columns


def test_conform_refuses_missing_and_wrong_columns(minimal):
    with pytest.raises(SchemaError, match="area_planar_m2"):
        conform(minimal.drop(columns="area_planar_m2"))
    with pytest.raises(SchemaError, match="price_wan"):
        conform(minimal.assign(price_wan=["viel", None]))


def test_figures_are_written_one_way():
    assert formats.area(10_000, "ha") == "1.00"
    assert formats.area(10_000, "mu") == "15.0"
    assert formats.area(float("nan"), "ha") == "—"
    assert formats.count(1234567.0) == "1,234,567"
    assert formats.number(12.50) == "12.5"
    assert formats.fixed(12.50, 2) == "12.50"
    assert formats.fixed(33, 1) == "33.0"
    assert formats.fixed(None, 1) == formats.number(None) == "—"
    assert formats.share(0.76923) == "76.9 %"
    assert formats.date(pd.Timestamp("2019-02-26")) == "2019-02-26"
    assert formats.date(pd.NaT) == formats.count(None) == formats.share(None) == "—"
