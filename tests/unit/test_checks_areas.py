"""Areas of rows and files, and what is counted piece by piece."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely

from ingest.check_areas import AreaTotals, area_checks, area_totals, file_areas
from ingest.checking import FileTotals, chunk_checks, chunk_totals, file_checks
from ingest.land_class import THIRD_SURVEY
from tests.rows_of import AS_OF, RULES, box, rows, told, words


def areas(kind, stated, planar, ellipsoidal, **columns):
    n = len(stated)
    shapes = [box(0, 0, 1, 1)] * n
    return rows(
        kind,
        shapes,
        area_stated_m2=stated,
        area_planar_m2=planar,
        area_ellipsoidal_m2=ellipsoidal,
        **columns,
    )


@pytest.mark.parametrize(
    ("stated", "code"),
    [(10_000, None), (10_005, None), (10_006, "ARE-002"), (10_100, "ARE-002"), (10_102, "ARE-001"),
     (9_980, None), (0, "ARE-008")],
)  # fmt: skip
def test_stated_areas_against_the_nearer_definition(stated, code):
    seen = told(area_checks(areas("parcels", [stated], [10_000], [9_980])))
    assert seen == ({code: [11]} if code else {})


def test_a_survey_states_ellipsoidal_areas():
    frame = areas("land_use", [10_000, 9_995, 9_990], [10_000] * 3, [9_995] * 3)
    seen = area_checks(frame)
    assert told(seen)["ARE-007"] == [11]
    assert "9,995.00" in words(seen, "ARE-007")[0]
    assert "ARE-007" not in told(area_checks(areas("parcels", [10_000], [10_000], [9_995])))


def test_areas_beyond_all_measure():
    frame = areas("parcels", [None] * 4, [1.0] * 4, [0.99, 1.0, 1e7, 1e7 + 1])
    assert told(area_checks(frame)) == {"ARE-010": [11], "ARE-009": [14]}


def test_third_survey_sums():
    frame = areas(
        "land_use", [100.0, 100.02, 100.0], [100.0] * 3, [100.0] * 3,
        area_class_m2=[90.0, 90.0, 100.0], deducted_m2=[10.0, 10.0, None],
    )  # fmt: skip
    seen = area_checks(frame)
    assert told(seen)["ARE-004"] == [12]
    assert "100.00 m²" in words(seen, "ARE-004")[0]
    assert "ARE-005" not in told(seen)


def test_second_survey_sums():
    frame = areas(
        "land_use", [100.0, 100.02], [100.0] * 2, [100.0] * 2,
        area_class_m2=[80.0, 80.0], deducted_m2=[10.0, 10.0], linear_m2=[6.0, 6.0],
        point_m2=[4.0, 4.0],
    )  # fmt: skip
    seen = told(area_checks(frame))
    assert seen["ARE-005"] == [12]
    assert "ARE-004" not in seen


def test_deductions_are_area_times_share():
    # 0.1203 of 1,000 m2 is 120.30; half a digit of the share is worth 0.05 m2.
    frame = areas(
        "land_use", [1_000.0] * 5, [1_000.0] * 5, [1_000.0] * 5,
        deducted_share=[0.1203, 0.1203, 0.1203, 12.03, -0.1],
        deducted_m2=[120.30, 120.36, 120.37, 120.30, 0.0],
    )  # fmt: skip
    seen = area_checks(frame)
    assert told(seen)["ARE-006"] == [13]
    assert told(seen)["ARE-013"] == [14, 15]
    assert "12.03" in words(seen, "ARE-013")[0]


def test_the_definition_of_a_file():
    stated = [10_000.0, 10_000.0, 9_995.0, 9_000.0, None]
    frame = areas("parcels", stated, [10_000.0] * 5, [9_995.0, 9_990.0, 9_995.0, 9_995.0, 9_995.0])
    totals = area_totals(frame)
    # The first two fit the planar area to the digit, the third the ellipsoidal one.
    assert totals == AreaTotals(4, 2, 1, 0, 50_000.0, 49_970.0)
    seen = file_areas(totals, RULES)
    assert words(seen, "ARE-003")[0].startswith(
        "Of 4 stated areas 50.0% fit the planar area, 25.0% the ellipsoidal one, 0.0% both and "
        "25.0% neither."
    )
    assert told(seen) == {"ARE-003": [0]}


def test_areas_in_hectares_may_fit_both():
    totals = area_totals(areas("parcels", [10_000.0], [10_000.4], [10_000.2]))
    assert (totals.both, totals.planar, totals.ellipsoidal) == (1, 0, 0)


@pytest.mark.parametrize(("planar", "found"), [(1_000_999.0, False), (1_001_001.0, True)])
def test_a_file_far_from_its_meridian(planar, found):
    seen = file_areas(AreaTotals(planar_m2=planar, ellipsoidal_m2=1_000_000.0), RULES)
    assert told(seen) == ({"ARE-011": [0]} if found else {})
    assert not found or "0.10%" in words(seen, "ARE-011")[0]


@pytest.mark.parametrize(("decimals", "found"), [(0, True), (2, False)])
def test_coordinates_without_decimals(decimals, found):
    rng = np.random.default_rng(1)
    corners = np.round(rng.uniform(10, 90, (50, 2)), decimals)
    frame = rows("parcels", [box(0, 0, east, north) for east, north in corners])
    totals = chunk_totals(frame) + chunk_totals(frame)
    assert totals.vertices == 2 * 250
    assert ("GEO-025" in told(file_checks(totals, RULES))) == found


def test_codes_of_two_standards_in_one_file():
    first = chunk_totals(rows("parcels", land_class=["05H1", "0601"]))
    second = chunk_totals(rows("parcels", land_class=["100101"]))
    assert "CLS-009" not in told(file_checks(first, RULES))
    seen = file_checks(FileTotals() + first + second, RULES)
    assert told(seen)["CLS-009"] == [0]
    assert THIRD_SURVEY in words(seen, "CLS-009", "zh_CN")[0]


def test_a_good_row_has_nothing_found_against_it():
    good = rows(
        "parcels",
        [box(0, 0, 100.123, 99.877)],
        parcel_id=["360121001002GB00012"],
        name=["电子信息产业园"],
        county_adcode=["360121"],
        land_class=["0601"],
        land_class_name=["工业用地"],
        area_stated_m2=[9_999.99],
        approval_no=["赣国土资核〔2019〕12号"],
        approved_on=["2019-01-02"],
        supply_no=["3601212019A01159"],
        supply_mode=["出让"],
        signed_on=["2019-05-02"],
        price_wan=[480.0],
        start_due=["2020-05-02"],
        finish_due=["2022-05-02"],
    )
    seen = chunk_checks(good, as_of=AS_OF, standard=THIRD_SURVEY)
    assert told(seen) == {}


@pytest.mark.parametrize("kind", ["zones", "overlay", "land_use", "parcels"])
def test_rows_without_any_cell_are_checked_for_their_shape(kind):
    frame = rows(kind, [box(0, 0, 100.5, 100.5)])
    assert told(chunk_checks(frame, as_of=AS_OF)) == {}


def test_missing_numbers_are_no_areas():
    frame = areas("parcels", [None, 5.0], [5.0, 5.0], [5.0, 5.0])
    frame.frame["area_stated_m2"] = pd.Series([np.nan, 5.0])
    assert area_totals(frame).stated == 1
    assert shapely.area(frame.drawn.metres).sum() == 2.0
