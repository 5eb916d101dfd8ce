"""Coordinates without, with right and with wrong declarations."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from pyproj import CRS, Transformer

from domain.rules import load_rules
from ingest.evidence import CrsCandidate
from ingest.model import Choices, RefusedError
from ingest.placing import (
    Declared,
    Placement,
    _fitting,
    declared_by_header,
    declared_by_prj,
    place,
)

RULES = load_rules("ingest", as_of=dt.date(2024, 1, 1))
NANCHANG = (115.93, 28.55)
GANZHOU = (114.92, 25.84)
SHANGRAO = (117.60, 28.30)
RECENT = dt.date(2024, 6, 18)
OWN_NAME = (
    'PROJCS["NanChang_Local",GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",'
    'DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,298.257222101]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],'
    'PARAMETER["False_Easting",{easting}],PARAMETER["False_Northing",0.0],'
    'PARAMETER["Central_Meridian",{meridian}],PARAMETER["Scale_Factor",1.0],'
    'PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
)
SINCE = dt.date(2018, 7, 1)


def points(place_: tuple[float, float], epsg: int, *, swapped: bool = False) -> np.ndarray:
    lon, lat = place_
    around = np.array([(lon + i * 0.002, lat + j * 0.002) for i in range(3) for j in range(3)])
    x, y = Transformer.from_crs(4490, epsg, always_xy=True).transform(*around.T)
    return np.column_stack([y, x] if swapped else [x, y])


def placed(xy: np.ndarray, declared: Declared | None = None, **more: object) -> Placement:
    settings = {"dated": RECENT, "county": None, "choices": Choices()} | more
    return place(xy, declared or Declared(), rules=RULES, **settings)


def codes(placement: Placement) -> list[str]:
    return [finding.code for finding in placement.findings]


def prj(epsg: int) -> Declared:
    return declared_by_prj(CRS.from_epsg(epsg).to_wkt("WKT1_ESRI"))


@pytest.mark.parametrize(
    ("where", "epsg"),
    [
        (NANCHANG, 4527),
        (GANZHOU, 4526),
        (NANCHANG, 4548),
        (GANZHOU, 4547),
        (NANCHANG, 4498),
        (NANCHANG, 4490),
        (NANCHANG, 3857),
    ],
)
def test_numbers_alone_tell_the_system(where: tuple[float, float], epsg: int):
    found = placed(points(where, epsg))
    assert found.evidence.chosen == epsg
    assert not found.evidence.certain
    assert codes(found)[0] == "CRS-010"


@pytest.mark.parametrize("epsg", [4527, 4548, 4490])
def test_swapped_axes_are_told_by_size(epsg: int):
    found = placed(points(NANCHANG, epsg, swapped=True))
    assert (found.evidence.chosen, found.evidence.swapped) == (epsg, True)
    assert "CRS-014" in codes(found)


@pytest.mark.parametrize("epsg", [4526, 4527, 4547, 4548, 4490, 4498, 3857, 4326, 32650])
def test_a_declaration_that_fits_is_certain(epsg: int):
    where = GANZHOU if epsg in {4526, 4547} else NANCHANG
    found = placed(points(where, epsg), prj(epsg), dated=None)
    assert (found.evidence.chosen, found.evidence.source) == (epsg, "declared")
    assert found.evidence.certain


@pytest.mark.parametrize(
    ("day", "open_question"), [(SINCE, False), (dt.date(2018, 6, 30), True), (None, True)]
)
def test_without_declaration_the_date_must_prove_the_datum(
    day: dt.date | None,
    open_question: bool,  # noqa: FBT001
):
    found = placed(points(NANCHANG, 4527), dated=day)
    assert (found.evidence.chosen is None) == open_question
    assert codes(found) == (["CRS-012"] if open_question else ["CRS-010"])


def test_prefix_missing_against_the_prj_is_the_same_place():
    found = placed(points(NANCHANG, 4548), prj(4527))
    assert found.evidence.chosen == 4548
    assert codes(found) == ["CRS-021"]


@pytest.mark.parametrize("declared", [4526, 4490, 4547])
def test_prj_against_the_numbers_is_a_question(declared: int):
    found = placed(points(NANCHANG, 4527), prj(declared))
    assert found.evidence.chosen is None
    assert codes(found) == ["CRS-013"]
    assert found.evidence.candidates[0].epsg == 4527


def test_two_zones_inside_the_province_need_the_county():
    xy = points(SHANGRAO, 4548)
    undecided = placed(xy)
    assert codes(undecided) == ["CRS-015"]
    assert {c.epsg for c in undecided.evidence.candidates if c.inside == 1} == {4547, 4548}
    assert placed(xy, county="361125").evidence.chosen == 4548


@pytest.mark.parametrize("epsg", [2363, 2384, 2415, 2436, 4610, 4214])
def test_old_datums_are_refused_whatever_they_claim_to_be(epsg: int):
    with pytest.raises(RefusedError) as error:
        placed(points(NANCHANG, 4527), prj(epsg))
    assert error.value.issue == "CRS-004"
    with pytest.raises(RefusedError) as error:
        placed(points(NANCHANG, 4527), choices=Choices(crs_epsg=epsg))
    assert error.value.issue == "CRS-004"


@pytest.mark.parametrize(
    ("text", "datum"),
    [
        ("80国家大地坐标系", "xian80"),
        ("1980西安坐标系", "xian80"),
        ("1954年北京坐标系", "beijing54"),
        ("2000国家大地坐标系", "cgcs2000"),
        ("", ""),
    ],
)
def test_datum_of_a_text_header(text: str, datum: str):
    assert declared_by_header({"坐标系": text, "带号": "39"}).datum == datum


@pytest.mark.parametrize(
    "wkt",
    [
        CRS.from_proj4("+proj=tmerc +lon_0=115.75 +x_0=50000 +ellps=GRS80").to_wkt("WKT1_ESRI"),
        OWN_NAME.format(easting="500000.0", meridian="115.5"),
        OWN_NAME.format(easting="39500000.0", meridian="116.0"),
    ],
)
def test_local_system_is_refused(wkt: str):
    with pytest.raises(RefusedError) as error:
        declared_by_prj(wkt)
    assert error.value.issue == "CRS-020"


@pytest.mark.parametrize(("easting", "epsg"), [("500000.0", 4548), ("39500000.0", 4527)])
def test_national_zone_under_a_name_of_its_own_is_recognised(easting: str, epsg: int):
    wkt = OWN_NAME.format(easting=easting, meridian="117.0")
    assert declared_by_prj(wkt).epsg == epsg


def test_garbage_prj_is_noted_and_the_numbers_decide():
    found = placed(points(NANCHANG, 4527), declared_by_prj("\x01\x02 no wkt"))
    assert found.evidence.chosen == 4527
    assert codes(found) == ["CRS-016", "CRS-010"]


@pytest.mark.parametrize("where", [(121.47, 31.23), (113.26, 23.13)])
def test_other_provinces_are_refused(where: tuple[float, float]):
    with pytest.raises(RefusedError) as error:
        placed(points(where, 4490), prj(4490))
    assert error.value.issue == "PLC-002"


def test_choice_is_taken_when_it_fits_and_refused_when_not():
    xy = points(NANCHANG, 4527)
    chosen = placed(xy, prj(4526), choices=Choices(crs_epsg=4527))
    assert (chosen.evidence.chosen, chosen.evidence.source) == (4527, "choice")
    with pytest.raises(RefusedError) as error:
        placed(xy, choices=Choices(crs_epsg=4526))
    assert error.value.issue == "CRS-019"
    with pytest.raises(RefusedError):
        placed(xy, choices=Choices(crs_epsg=999_999))


def test_one_wild_vertex_does_not_turn_a_file_away():
    xy = np.vstack([points(NANCHANG, 4527), points((121.4, 31.2), 4527)[:2]])
    assert placed(xy, prj(4527)).evidence.chosen == 4527


def test_a_system_that_fits_for_sure_leaves_those_out_that_fit_in_part():
    sure = CrsCandidate(epsg=4527, name="a", inside=0.99)
    part = CrsCandidate(epsg=4526, name="b", inside=RULES.value("ING-INSIDE-LEAST"))
    out = CrsCandidate(epsg=4525, name="c", inside=RULES.value("ING-INSIDE-LEAST") - 0.01)
    assert _fitting([part, sure, out], RULES) == [sure]
    assert _fitting([part, out], RULES) == [part]
    assert _fitting([out], RULES) == []
