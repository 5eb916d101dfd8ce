"""A returned package against the version that it corrects: which rows change, and what is said."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.i18n import translator
from domain.passport import read
from export.passport import passport_pages
from ingest.correction import choices_for, marks_of, merge, package_of, plan, sender_fields
from ingest.correction_rows import open_findings, returned_rows, to_correct
from ingest.evidence import CrsEvidence
from ingest.model import Finding
from tests.passport_world import (
    BACK,
    KEPT_APART,
    MAPPING,
    NUMBER,
    ROWS,
    WARNED,
    corrected,
    current,
    quarantined,
    read_record,
    record,
    returned,
    still_bad,
)
from tests.store_world import parcels


def planned(rows, kept_out=None, found=(), *, base=None, earlier=(), **changes):
    return plan(
        returned(rows, kept_out, found, **changes),
        base or record(),
        current(),
        quarantined(),
        version="gd@1",
        earlier=earlier,
    )


def codes(made):
    return [(finding.code, finding.row) for finding in made.findings]


def test_the_package_holds_rows_with_errors_and_warnings_and_nothing_else():
    found = to_correct(read_record(), quarantined())
    assert {row: [f.code for f in group] for row, group in found.items()} == {
        row: [code] for row, code in sorted((KEPT_APART | WARNED).items())
    }


def test_corrected_rows_are_exchanged_added_rows_join_and_all_others_stay():
    made = planned(corrected([1, 3, 6]))
    assert not made.refused_by
    assert (made.merged.replaced, made.merged.added) == ((1,), (3, 6))
    frame = made.merged.frame
    assert sorted(frame["source_row"]) == list(range(1, ROWS + 1))
    assert set(frame.loc[frame["land_class"].eq("0701"), "source_row"]) == {1, 3, 6}
    assert list(frame.columns) == list(current().columns)
    before, after = (f.set_index("source_row") for f in (current(), frame))
    untouched = [2, 4, 5, 7, 8]
    assert after.loc[untouched, "parcel_id"].equals(before.loc[untouched, "parcel_id"])
    assert after.loc[untouched].geometry.geom_equals(before.loc[untouched].geometry).all()
    assert made.quarantined.empty


def test_findings_are_closed_remain_or_are_new():
    rows = corrected([1, 3, 5])
    found = (
        Finding(code="ARE-001", row=3, values={"stated": "1", "planar": "2", "ellipsoidal": "3"}),
        Finding(code="CLS-002", row=1, values={"value": "9", "standard": "三调"}),
        Finding(code="VAL-003", values={"unit": "ha", "unit_zh": "公顷"}),
    )
    made = planned(rows, found=found)
    assert dict(made.effects["closed"]) == {"GEO-002": (3,), "GEO-006": (4,), "VAL-001": (1,)}
    assert dict(made.effects["remaining"]) == {"ARE-001": (5,), "GEO-001": (6,)}
    assert dict(made.effects["new"]) == {"CLS-002": (1,)}
    assert {(f.code, f.row) for f in made.open} == {("ARE-001", 5), ("GEO-001", 6), ("CLS-002", 1)}
    assert made.count("closed") == 3


def test_the_passport_of_the_new_version_adds_up_and_remembers_where_it_came_from():
    made = planned(corrected([1, 3, 9]), still_bad({4: (6, "GEO-002")}))
    (again,) = read(made.passport)
    assert again.rows.model_dump() == {
        "file": 4, "committed": 2, "quarantined": 1, "refused": 1, "undecided": 0, "unfilled": 0,
    }  # fmt: skip
    assert (again.number, again.lineage) == (BACK, (NUMBER, BACK))
    assert again.closes.replaced == "1"
    assert again.closes.added == "3"
    assert again.closes.closed["GEO-002"] == "3"
    assert {(f.code, f.row) for f in open_findings(again)} == {(f.code, f.row) for f in made.open}
    lines = passport_pages(made.passport, translator("zh_CN"))[0].findings
    told = {(line.code, line.rows) for line in lines}
    assert {("COR-016", "3"), ("COR-019", "4"), ("ARE-001", "原第 5 行")} <= told


def test_every_row_that_is_not_taken_is_named():
    rows = corrected([1, 2, 3, 3, "", "x", 77])
    made = planned(rows, still_bad({8: (6, "GEO-002")}))
    assert codes(made) == [
        ("COR-010", 0),
        ("COR-016", 2),  # row 2 is sound: it was never in the package
        ("COR-017", 3),
        ("COR-017", 4),
        ("COR-015", 5),
        ("COR-015", 6),
        ("COR-016", 7),
        ("COR-019", 8),
        ("COR-023", 0),
    ]
    assert made.merged.replaced == (1,)
    assert made.merged.added == ()
    first = made.findings[0]
    assert dict(first.values) == {"number": NUMBER, "taken": 1, "left": 4}
    assert "1 行可以更正" in first.message("zh_CN")


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("GY20250101-FFFFFFFF", "COR-011"),
        ([NUMBER, "GY20250101-FFFFFFFF"], "COR-012"),
        (["", ""], "COR-011"),
    ],
)
def test_a_foreign_or_mixed_package_changes_nothing(number, code):
    made = planned(corrected([1, 3], number=number))
    assert (made.refused_by, made.merged) == (code, None)
    assert codes(made) == [(code, 0)]


def test_a_package_of_a_version_that_another_file_replaced_is_refused():
    old = "GY20250101-FFFFFFFF"
    made = planned(corrected([1], number=old), earlier={old})
    assert made.refused_by == "COR-014"
    assert NUMBER in made.findings[0].message("en")


def test_a_version_of_several_files_cannot_be_corrected_by_row():
    several = {"format": 2, "number": NUMBER, "parts": [record(), record()]}
    assert planned(corrected([1]), base=several).refused_by == "COR-013"
    twice = pd.concat([current(), current()], ignore_index=True)
    made = plan(returned(corrected([1])), record(), twice, quarantined())
    assert made.refused_by == "COR-013"


def test_rows_of_another_kind_are_refused():
    assert planned(corrected([1]), kind="zones").refused_by == "COR-020"
    assert planned(corrected([1]), kind="batch").refused_by == "COR-020"


def test_a_package_without_a_row_to_take_is_refused():
    made = planned(corrected([2, 7]))
    assert (made.refused_by, made.merged) == ("COR-021", None)
    assert codes(made) == [("COR-016", 1), ("COR-016", 2), ("COR-021", 0)]


def test_a_name_that_another_row_has_is_told():
    rows = corrected([3])
    rows["parcel_id"] = current()["parcel_id"].iloc[0]
    made = planned(rows)
    assert ("COR-022", 3) in codes(made)
    assert made.merged.added == (3,)


def test_fields_that_did_not_come_back_keep_their_values():
    rows = corrected([1, 3]).drop(columns="area_stated_m2").assign(area_stated_m2=float("nan"))
    left = {k: v for k, v in MAPPING.items() if k != "area_stated_m2"}
    made = planned(rows, mapping=tuple({"column": c, "source": s} for c, s in left.items()))
    assert ("COR-024", 0) in codes(made)
    after = made.merged.frame.set_index("source_row")["area_stated_m2"]
    assert after[1] == current().set_index("source_row")["area_stated_m2"][1]
    assert pd.isna(after[3])


def test_a_row_corrected_since_is_a_conflict_and_an_untouched_one_is_not():
    first = planned(corrected([1, 3]))
    state, staying = first.merged.frame, first.quarantined
    again = returned(corrected([3, 6]), number="GY20261125-0000CCCC")
    made = plan(again, first.passport, state, staying, version="gd@2")
    assert ("COR-018", 1) in codes(made)
    assert BACK in made.findings[1].message("zh_CN")
    assert made.merged.added == (6,)
    assert read(made.passport)[0].lineage == (NUMBER, BACK, "GY20261125-0000CCCC")
    fresh = corrected([5], number=BACK)
    later = plan(returned(fresh), first.passport, state, staying, version="gd@2")
    assert (later.refused_by, later.merged.replaced) == ("", (5,))


def test_an_overlap_with_a_row_outside_the_package_is_found():
    rows = corrected([3])
    rows.geometry = [shapely.affinity.translate(rows.geometry.iloc[0], 0.0005, 0.0)]
    made = planned(rows)
    assert "GEO-006" in made.effects["new"]
    pairs = [{f.row, dict(f.values)["other"]} for f in made.open if f.code == "GEO-006"]
    assert {3, 4} in pairs
    assert {4, 5} in pairs  # stood before; neither row was returned


@given(st.data())
def test_merging_keeps_count_area_and_everything_that_was_not_corrected(data):
    have = data.draw(st.sets(st.integers(1, 12), min_size=1), label="rows that stand")
    take = data.draw(st.lists(st.integers(1, 12), min_size=1, unique=True), label="rows returned")
    every = parcels(12).assign(area_ellipsoidal_m2=[float(2**n) for n in range(12)])
    before = every[every["source_row"].isin(have)].reset_index(drop=True)
    fresh = every.set_index("source_row", drop=False).loc[take].reset_index(drop=True)
    fresh["area_ellipsoidal_m2"] += 0.5
    made = merge(before, fresh.assign(source_row=range(len(take))), take, "parcel_id")
    assert len(made.frame) == len(before) + len(made.added)
    assert set(made.replaced) == have & set(take)
    assert set(made.added) == set(take) - have
    areas = made.frame.set_index("source_row")["area_ellipsoidal_m2"]
    for row in have | set(take):
        assert areas[row] == 2 ** (row - 1) + (0.5 if row in take else 0.0)
    assert made.frame.crs == before.crs
    assert made.frame.dtypes.drop("geometry").equals(before.dtypes.drop("geometry"))


CELLS = st.one_of(st.integers(1, ROWS), st.sampled_from(["", "x", "99", "0", "-1", "1.5"]))


@settings(max_examples=15)
@given(st.lists(CELLS, min_size=1, max_size=8), st.lists(st.sampled_from([3, 6, 5]), max_size=2))
def test_whatever_comes_back_nothing_is_lost_and_everything_is_accounted_for(cells, bad):
    first = len(cells) + 1
    kept_out = still_bad({first + i: (row, "GEO-002") for i, row in enumerate(bad)})
    made = planned(corrected(cells), kept_out if bad else None)
    if made.merged is None:
        assert made.refused_by == ("COR-021" if made.number else "COR-011")
        return
    (again,) = read(made.passport)
    again.rows.require_balance()
    taken = len(made.merged.replaced) + len(made.merged.added)
    assert again.rows.committed == taken
    assert len(made.merged.frame) + len(made.quarantined) == ROWS
    assert made.merged.frame["source_row"].is_unique
    named = {f.row for f in made.findings if f.row and f.code != "COR-022"}
    assert len(named) == len(cells) + len(bad) - taken


def test_a_row_number_that_comes_twice_is_never_merged():
    with pytest.raises(ValueError, match="twice"):
        merge(current(), corrected([1, 1]), [1, 1], "parcel_id")


def test_packages_are_told_by_their_two_columns_whatever_their_case():
    fields = pd.DataFrame({"gytzh": [NUMBER, None, f" {NUMBER.lower()} "], "GYHH": [1, 2, 3]})
    assert package_of(fields) == NUMBER
    assert marks_of(list(fields)).number == "gytzh"
    assert package_of(pd.DataFrame({"GYTZH": [NUMBER]})) == ""
    assert package_of(pd.DataFrame({"GYTZH": ["=1+1"], "GYHH": [1]})) == ""
    assert sender_fields(["地块编号", "gyhh", "GYTZH", "GYWT", "WKT"]) == ("地块编号", "WKT")


@given(st.lists(st.one_of(st.text(max_size=8), st.integers(), st.floats(), st.none()), max_size=9))
def test_row_numbers_of_a_foreign_file_are_whole_numbers_or_nothing(cells):
    frame = pd.DataFrame(
        {"source_row": range(1, len(cells) + 1), "GYTZH": NUMBER, "GYHH": [str(c) for c in cells]}
    )
    found = returned_rows(frame, pd.DataFrame())
    assert [row.file_row for row in found] == list(range(1, len(cells) + 1))
    assert all(row.source >= 0 for row in found)
    for row, cell in zip(found, cells, strict=True):
        if isinstance(cell, int) and 0 < cell < 2**50:
            assert row.source == cell


def test_what_was_decided_for_an_upload_holds_for_its_correction():
    choices = choices_for(record(), ["地块编号", "签订日期", "GYHH"])
    assert choices.crs_epsg == 4527
    assert choices.swap_axes is False
    assert (choices.area_unit, choices.class_standard) == ("ha", "三调工作分类")
    assert dict(choices.fields) == {"parcel_id": "地块编号", "signed_on": "签订日期"}


@pytest.mark.parametrize(
    ("source", "chosen", "expected"),
    [("declared", 4490, None), ("declared", None, 4527), ("numbers", 4547, 4527)],
)
def test_a_returned_file_that_names_its_system_is_believed(source, chosen, expected):
    evidence = CrsEvidence(chosen=chosen, source=source)
    assert choices_for(record(), [], evidence).crs_epsg == expected


def test_merged_rows_are_a_version_of_their_own():
    made = planned(corrected([1]))
    assert isinstance(made.merged.frame, gpd.GeoDataFrame)
    assert made.merged.frame.index.equals(pd.RangeIndex(len(made.merged.frame)))
    assert not [name for name in made.merged.frame if name.upper().startswith("GY")]
