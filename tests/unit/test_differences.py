"""Two states of a dataset compared: small worlds known by hand, then any world at all."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from analytics.differences import STATUSES, compare
from geo.errors import SchemaError
from tests.store_world import STEP, parcels

KEY, AREA = "parcel_id", "area_ellipsoidal_m2"


def world(count=6):
    """Parcels of 100, 101, 102 ... m2."""
    return parcels(count).assign(area_ellipsoidal_m2=100.0 + np.arange(count), name="甲")


def diff(before, after, **more):
    return compare(before, after, **{"key": KEY, **more})


def shifted(frame, row, by=STEP / 10):
    out = frame.copy()
    out.loc[row, "geometry"] = shapely.affinity.translate(out.geometry[row], by, 0)
    return out


def found(differences):
    """Status and changed columns of each row by its identifier."""
    rows = differences.rows
    return {i: (s, c) for i, s, c in zip(rows["id"], rows["status"], rows["columns"], strict=True)}


def check_books(before, after, differences):
    """Before + added - gone = after, in rows and areas, and every row is in one group."""
    totals = differences.totals
    rows = totals["rows"]
    assert rows["before"] + rows["added"] - rows["gone"] == rows["after"]
    assert (rows["before"], rows["after"]) == (len(before), len(after))
    groups = totals.loc[[*STATUSES, "same"]]
    for side, frame in (("before", before), ("after", after)):
        whole = totals.loc[side, f"area_{side}_m2"]
        assert whole == pytest.approx(frame[AREA].sum())
        assert groups[f"area_{side}_m2"].sum() == pytest.approx(whole)
    grown = groups.drop(index=["added", "gone"])
    change = grown["area_after_m2"].sum() - grown["area_before_m2"].sum()
    assert totals.loc["before", "area_before_m2"] + totals.loc[
        "added", "area_after_m2"
    ] - totals.loc["gone", "area_before_m2"] + change == pytest.approx(
        totals.loc["after", "area_after_m2"]
    )
    for status in STATUSES:
        assert (differences.rows["status"] == status).sum() == rows[status]
    assert differences.by_id + differences.by_shape == rows["before"] - rows["gone"]


def test_a_state_does_not_differ_from_itself():
    one = world()
    same = diff(one, one)
    assert same.none
    assert same.cells.empty
    assert same.totals.loc["same", "rows"] == 6
    assert same.by_id == 6
    check_books(one, one, same)


def test_order_and_index_do_not_matter():
    one = world()
    two = one.sample(frac=1.0, random_state=3)
    two.index = two.index + 100
    assert diff(one, two).none


def test_each_kind_of_difference():
    one = world()
    two = shifted(shifted(one, 1), 2)
    two.loc[[2, 3], "name"] = "乙"
    two.loc[3, "zone_id"] = "z"
    fresh = parcels(9, tag="NEW").tail(1).assign(area_ellipsoidal_m2=7.0)
    two = pd.concat([two.drop(index=0), fresh])
    two.loc[two[KEY] == one[KEY][1], AREA] = 110.0
    one["zone_id"] = None
    differences = diff(one, two)
    ids = one[KEY]
    assert found(differences) == {
        "NEW3601000008": ("added", ()),
        ids[0]: ("gone", ()),
        ids[1]: ("moved", ()),
        ids[2]: ("moved_and_changed", ("name",)),
        ids[3]: ("changed", ("name", "zone_id")),
    }
    rows = differences.rows.set_index("id")
    assert rows.loc[ids[1], ["area_before_m2", "area_after_m2"]].tolist() == [101.0, 110.0]
    assert np.isnan(rows.loc["NEW3601000008", "area_before_m2"])
    assert np.isnan(rows.loc[ids[0], "area_after_m2"])
    assert rows.geometry[ids[0]].equals(one.geometry[0])
    assert rows.geometry[ids[1]].equals(two.geometry[1])
    cells = differences.cells
    assert cells.to_numpy().tolist() == [
        [ids[2], "name", "甲", "乙"],
        [ids[3], "name", "甲", "乙"],
        [ids[3], "zone_id", None, "z"],
    ]
    assert differences.totals["rows"].to_dict() == {
        "before": 6, "added": 1, "gone": 1, "moved": 1, "changed": 1, "moved_and_changed": 1,
        "same": 2, "after": 6,
    }  # fmt: skip
    check_books(one, two, differences)


def test_a_shape_begun_at_another_corner_or_turned_round_is_the_same():
    one = world(3)
    two = one.copy()
    corners = list(one.geometry[1].exterior.coords)[:-1]
    two.loc[1, "geometry"] = shapely.Polygon([*corners[2:], *corners[:2]])
    two.loc[2, "geometry"] = two.geometry[2].reverse()
    assert diff(one, two).none


@pytest.mark.parametrize(("by", "moved"), [(0.9e-9, False), (1.1e-9, True)])
def test_noise_of_a_transform_is_no_move(by, moved):
    one = world(2)
    assert diff(one, shifted(one, 1, by)).none is not moved


@pytest.mark.parametrize(("by", "moved"), [(0.9e-4, False), (1.2e-4, True)])
def test_noise_is_a_tenth_of_a_millimetre_in_metres_too(by, moved):
    one = world(2).to_crs(4528)
    assert diff(one, shifted(one, 1, by)).none is not moved


def test_numbers_read_twice_are_one_number():
    one = world(2).assign(area_stated_m2=[0.1 + 0.2, 5.0])
    assert diff(one, one.assign(area_stated_m2=[0.3, 5.0])).none
    assert not diff(one, one.assign(area_stated_m2=[0.3001, 5.0])).none


def test_missing_is_equal_to_missing_and_to_nothing_else():
    one = world(4).assign(holder=[None, None, "a", "a"])
    two = one.assign(holder=[None, "a", None, "a"])
    assert found(diff(one, two)) == dict.fromkeys(one[KEY][1:3], ("changed", ("holder",)))


def test_columns_that_follow_are_not_compared():
    one = world(2)
    assert diff(one, one.assign(source_row=[9, 8], area_ellipsoidal_m2=[1.0, 2.0])).none
    assert not diff(one, one.assign(name="乙")).none
    assert diff(one, one.assign(name="乙"), ignore=["name"]).none


def test_rows_without_identifier_are_paired_by_shape():
    one = world().assign(parcel_id=pd.array([None] * 6, dtype="string"))
    two = one.iloc[::-1].reset_index(drop=True)
    two.loc[0, "name"] = "乙"  # the last parcel of the first state
    differences = diff(one, two)
    assert differences.by_shape == 6
    (row,) = differences.rows.itertuples()
    assert (row.status, row.before, row.after) == ("changed", 5, 0)
    check_books(one, two, differences)


def test_rows_whose_identifier_is_given_twice_are_paired_by_shape():
    one = world(4)
    one.loc[[1, 2], KEY] = "twice"
    two = one.iloc[[0, 2, 1, 3]].reset_index(drop=True)
    assert diff(one, two).none
    two.loc[1, "name"] = "乙"
    differences = diff(one, two)
    assert [(r.status, r.before, r.after) for r in differences.rows.itertuples()] == [
        ("changed", 2, 1)
    ]
    assert (differences.by_id, differences.by_shape) == (2, 2)


def test_a_new_identifier_on_the_same_shape_is_a_change():
    one = world(3)
    two = one.copy()
    two.loc[1, KEY] = "renamed"
    differences = diff(one, two)
    assert found(differences) == {"renamed": ("changed", (KEY,))}
    assert differences.cells.to_numpy().tolist() == [["renamed", KEY, one[KEY][1], "renamed"]]


def test_one_of_two_rows_of_an_identifier_that_moved_is_paired_by_it():
    one = world(3)
    one.loc[[0, 1], KEY] = "twice"
    differences = diff(one, shifted(one, 1))
    assert found(differences) == {"twice": ("moved", ())}


def test_equal_shapes_are_paired_in_their_order():
    one = world(1).assign(parcel_id=None)
    two = pd.concat([one] * 3, ignore_index=True)
    differences = diff(one, two)
    assert differences.totals["rows"][["same", "added"]].tolist() == [1, 2]
    assert diff(two, one).totals["rows"][["same", "gone"]].tolist() == [1, 2]


@pytest.mark.parametrize("counts", [(0, 3), (3, 0), (0, 0)])
def test_empty_states(counts):
    one, two = (world(count) for count in counts)
    differences = diff(one, two)
    assert differences.totals["rows"][["gone", "added"]].tolist() == [*counts]
    check_books(one, two, differences)


def test_the_frames_are_left_alone():
    one, two = world(), shifted(world(), 2)
    copies = one.copy(), two.copy()
    diff(one, two)
    for frame, copy in zip((one, two), copies, strict=True):
        pd.testing.assert_frame_equal(pd.DataFrame(frame), pd.DataFrame(copy))


def test_what_cannot_be_compared_is_refused():
    one = world(2)
    with pytest.raises(SchemaError, match="parcel_id"):
        diff(one, one.drop(columns=KEY))
    with pytest.raises(SchemaError, match="area"):
        diff(one.drop(columns=AREA), one)
    with pytest.raises(SchemaError, match="transform"):
        diff(one, one.to_crs(4526))


IDS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c", None]),
        st.integers(0, 3),
        st.sampled_from(["甲", "乙", None]),
    ),
    max_size=7,
)


def any_world(rows):
    squares = [shapely.box(115 + k, 28, 115.5 + k, 28.5) for _, k, _ in rows]
    return gpd.GeoDataFrame(
        {
            KEY: pd.array([i for i, _, _ in rows], dtype="string"),
            "name": pd.array([n for _, _, n in rows], dtype="string"),
            AREA: np.array([10.0**k for _, k, _ in rows]),
        },
        geometry=gpd.GeoSeries(squares, crs=4490),
        crs=4490,
    )


@given(IDS, IDS)
def test_the_books_balance_in_any_world(first, second):
    one, two = any_world(first), any_world(second)
    differences = diff(one, two)
    check_books(one, two, differences)
    for side, frame in (("before", one), ("after", two)):
        at = differences.rows[side]
        used = at[at >= 0]
        assert used.is_unique
        assert used.max() < len(frame) if len(used) else True
    # No row is called added while an equal one is called gone.
    rows = differences.rows
    added = {second[int(k)][1] for k in rows.loc[rows["status"] == "added", "after"]}
    gone = {first[int(k)][1] for k in rows.loc[rows["status"] == "gone", "before"]}
    assert not added & gone


@given(IDS)
def test_any_world_equals_its_shuffle(rows):
    one = any_world(rows)
    two = any_world(rows[::-1])
    differences = diff(one, two)
    # Rows of one identifier and one shape are told apart by their order alone.
    if len({(i, k) for i, k, _ in rows}) == len(rows) and not any(i is None for i, _, _ in rows):
        assert differences.none
    assert differences.totals["rows"][["added", "gone", "moved", "moved_and_changed"]].sum() == 0


@given(IDS, IDS)
def test_backwards_the_groups_change_places(first, second):
    one, two = any_world(first), any_world(second)
    there, back = diff(one, two).totals, diff(two, one).totals
    swap = {"added": "gone", "gone": "added", "before": "after", "after": "before"}
    for group in there.index:
        other = swap.get(group, group)
        assert there.loc[group, "rows"] == back.loc[other, "rows"]
        assert there.loc[group, "area_before_m2"] == back.loc[other, "area_after_m2"]
