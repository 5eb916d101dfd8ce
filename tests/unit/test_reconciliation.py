"""Batches add up, or say in which way they do not: a small world on both sides of every line."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import demo
from analytics.approvals import balance
from analytics.reconciliation import VERDICTS, reconcile, totals
from domain.rules import load_rules
from geo.errors import SchemaError

AS_OF = dt.date(2023, 12, 31)
RULES = load_rules("reconciliation", as_of=AS_OF)


def batch(**facts):
    """10,000 m2 approved: 6,000 supplied, 1,000 written off, 3,000 left."""
    row = {
        "batch_id": "A",
        "county_adcode": "360112",
        "approved_on": pd.Timestamp("2015-05-01"),
        "acquisition": "完成",
        "approved_m2": 10_000.0,
        "supplied_m2": 6_000.0,
        "written_off_m2": 1_000.0,
        "written_off_on": pd.Timestamp("2020-01-01"),
        "unsupplied_m2": 3_000.0,
    }
    return pd.DataFrame([row | facts], index=[4])


def supplies(*areas, batch_id="A", signed="2018-01-01"):
    n = len(areas)
    return pd.DataFrame(
        {
            "supply_no": pd.array([f"s{i}" for i in range(n)], dtype="string"),
            "batch_id": pd.array([batch_id] * n, dtype="string"),
            "signed_on": pd.to_datetime([signed] * n),
            "supplied_m2": [float(area) for area in areas],
        }
    )


def links(*rows):
    return pd.DataFrame(list(rows), columns=["supply_no", "batch_id", "area_m2"])


def parcels(*areas, batch_id="A"):
    """Parcels of a batch; the first is supplied."""
    return pd.DataFrame(
        {
            "batch_id": batch_id,
            "signed_on": pd.to_datetime(["2018-01-01", *[None] * (len(areas) - 1)]),
            "area_ellipsoidal_m2": [float(area) for area in areas],
        }
    )


MAP = parcels(6_000, 4_000)


def one(batches=None, supply=None, **options):
    batches = batch() if batches is None else batches
    supply = supplies(6_000) if supply is None else supply
    found = reconcile(batches, supply, as_of=AS_OF, rules=RULES, **({"parcels": MAP} | options))
    assert found.index.tolist() == batches.index.tolist()
    return found.iloc[0]


def test_a_batch_that_balances_three_times_over():
    row = one()
    assert (row["verdict"], row["also"]) == ("balanced", "")
    stated = ["stated_supplied_m2", "stated_written_off_m2", "stated_unsupplied_m2"]
    assert row[stated].tolist() == [6_000.0, 1_000.0, 3_000.0]
    traced = [name.replace("stated", "traced") for name in stated]
    assert row[traced].tolist() == [6_000.0, 1_000.0, 3_000.0]
    spatial = ["parcels", "spatial_m2", "spatial_supplied_m2", "spatial_unsupplied_m2"]
    assert row[spatial].tolist() == [2, 10_000.0, 6_000.0, 4_000.0]
    assert row["spatial_within"]
    zero = ["stated_gap_m2", "traced_difference_m2", "spatial_difference_m2", "later_m2"]
    assert row[[*zero, "orphan_m2"]].tolist() == [0.0] * 5


@pytest.mark.parametrize(("left", "verdict"), [(3_001.0, "balanced"), (3_001.1, "stated_off")])
def test_stated_areas_add_up_to_the_square_metre(left, verdict):
    row = one(batch(unsupplied_m2=left))
    assert row["verdict"] == verdict
    assert row["stated_gap_m2"] == pytest.approx(left - 3_000.0)


def test_a_stated_area_below_nothing_is_no_balance():
    assert one(batch(written_off_m2=-1.0, unsupplied_m2=4_001.0))["verdict"] == "stated_off"


@pytest.mark.parametrize(("area", "verdict"), [(5_999.0, "balanced"), (5_998.9, "traced_off")])
def test_supplies_trace_what_is_stated_to_the_square_metre(area, verdict):
    row = one(supply=supplies(area))
    assert row["verdict"] == verdict
    assert row["traced_unsupplied_m2"] == pytest.approx(10_000 - 1_000 - area)


@pytest.mark.parametrize(("area", "verdict"), [(9_001.0, "balanced"), (9_001.1, "oversupplied")])
def test_a_negative_remainder_has_a_name_and_is_not_clamped(area, verdict):
    row = one(batch(supplied_m2=area, unsupplied_m2=9_000.0 - area + 0.0), supplies(area))
    wanted = "stated_off" if verdict == "balanced" else verdict  # stated below nothing as well
    assert row["verdict"] == wanted
    assert row["traced_unsupplied_m2"] == pytest.approx(9_000.0 - area)


def test_links_are_what_a_supply_is_traced_by():
    both = pd.concat([batch(), batch(batch_id="B", supplied_m2=2_000.0, unsupplied_m2=7_000.0)])
    both.index = [4, 2]
    of_two = links(("s0", "A", 6_000.0), ("s0", "B", 2_000.0))
    out = reconcile(both, supplies(8_000), as_of=AS_OF, rules=RULES, links=of_two, parcels=MAP)
    assert out["verdict"].tolist() == ["balanced", "no_parcels"]
    assert out["traced_supplied_m2"].tolist() == [6_000.0, 2_000.0]
    without = reconcile(both, supplies(8_000), as_of=AS_OF, rules=RULES, parcels=MAP)
    assert without["verdict"].tolist() == ["traced_off", "untraced"]


def test_links_to_supplies_that_are_not_recorded_are_untraced():
    lost = links(("s0", "A", 6_000.0), ("s9", "A", 1.0))
    row = one(links=lost)
    assert (row["verdict"], row["orphan_m2"]) == ("untraced", 1.0)
    assert row["traced_supplied_m2"] == 6_000.0


def test_what_is_stated_without_any_supply_is_untraced():
    row = one(supply=supplies(5.0, batch_id="Z"))
    assert (row["verdict"], row["also"]) == ("untraced", "")
    assert row["traced_difference_m2"] == 6_000.0


def test_every_finding_is_kept_beside_the_gravest():
    row = one(batch(unsupplied_m2=0.0), supplies(9_500), parcels=parcels(1, batch_id="Z"))
    assert row["verdict"] == "oversupplied"
    assert row["also"] == "stated_off;traced_off;no_parcels"
    assert row["spatial_within"] is pd.NA
    assert pd.isna(row["spatial_difference_m2"])


def test_a_day_before_the_last_contract():
    """Stated figures carry no day; what came later is no difference."""
    supply = supplies(6_000, signed="2024-01-01")
    row = one(supply=supply)
    assert row["verdict"] == "balanced"
    assert (row["traced_supplied_m2"], row["later_m2"]) == (0.0, 6_000.0)
    assert reconcile(batch(), supply, as_of=dt.date(2015, 4, 30), rules=RULES).empty


def test_land_that_was_taken_back_is_left_again():
    back = pd.DataFrame(
        {
            "supply_no": ["s0"],
            "disposal_route": ["D8"],
            "disposed_on": [pd.Timestamp("2023-06-01")],
        }
    )
    row = one(cases=back)
    assert row["traced_unsupplied_m2"] == 9_000.0
    assert row["verdict"] == "balanced"  # the contract stands in the ledger as it did


@pytest.mark.parametrize(
    ("areas", "within"), [((6_000, 4_100), True), ((6_000, 4_100.1), False), ((6_000,), False)]
)
def test_the_map_is_compared_within_a_share(areas, within):
    row = one(parcels=parcels(*areas))
    assert row["tolerance_m2"] == 100.0
    assert row["spatial_within"] == within
    assert row["verdict"] == "balanced"


def test_whether_a_parcel_is_supplied_may_be_told():
    row = one(supplied=pd.Series([False, True], index=MAP.index))
    assert row["spatial_supplied_m2"] == 4_000.0
    none = one(parcels=None)
    assert none["verdict"] == "no_parcels"


def test_sums_leave_out_what_is_oversupplied_and_count_it():
    both = pd.concat([batch(), batch(batch_id="B")], ignore_index=True)
    supply = pd.concat([supplies(6_000), supplies(9_500, batch_id="B").assign(supply_no="t")])
    sums = totals(reconcile(both, supply, as_of=AS_OF, rules=RULES))
    assert (sums.batches, sums.approved_m2, sums.unsupplied_m2) == (1, 10_000.0, 3_000.0)
    assert (sums.left_out, sums.left_out_m2, sums.excess_m2) == (1, 10_000.0, 500.0)


def test_missing_columns_are_named():
    with pytest.raises(SchemaError, match="unsupplied_m2"):
        reconcile(batch().drop(columns="unsupplied_m2"), supplies(1), as_of=AS_OF, rules=RULES)


@given(
    st.lists(st.tuples(st.sampled_from("ABC"), st.floats(0, 9_000)), max_size=8),
    st.lists(
        st.tuples(
            st.sampled_from(["s0", "s1", "s9"]), st.sampled_from("AB"), st.floats(0.01, 5_000)
        ),
        max_size=5,
    ),
)
def test_parts_always_add_up_and_every_batch_has_one_verdict(rows, linked):
    both = pd.concat([batch(), batch(batch_id="B")], ignore_index=True)
    supply = supplies(*(area for _, area in rows)).assign(batch_id=[name for name, _ in rows])
    out = reconcile(both, supply, as_of=AS_OF, rules=RULES, links=links(*linked), parcels=MAP)
    parts = out["traced_supplied_m2"] + out["traced_written_off_m2"] + out["traced_unsupplied_m2"]
    assert parts.tolist() == pytest.approx(out["approved_m2"].tolist())
    assert out["verdict"].isin(VERDICTS).all()
    over = out["traced_unsupplied_m2"] < -1.000001
    assert ((out["verdict"] == "oversupplied") == over).all()
    sums = totals(out)
    assert sums.batches + sums.left_out == 2
    assert sums.unsupplied_m2 >= -2.1


@pytest.fixture(scope="module")
def world():
    return demo.world()


def test_the_demonstration_balances(world):
    rules = load_rules("reconciliation", as_of=demo.AS_OF)
    options = {"as_of": demo.AS_OF, "links": world.supply_batch, "cases": world.idle_case}
    out = reconcile(world.batch, world.supply, rules=rules, parcels=world.parcels, **options)
    assert out["verdict"].isin(["balanced", "no_parcels"]).all()
    assert (out["verdict"] == "no_parcels").mean() < 0.01
    assert out["spatial_difference_m2"].max() < out["tolerance_m2"].max()
    sums = totals(out)
    same = balance(world.batch, world.supply, **options)
    assert sums.unsupplied_m2 == pytest.approx(same["unsupplied_m2"].sum())
    assert sums.left_out == 0
