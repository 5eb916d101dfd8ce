"""The ledgers: sums to the square metre, links, steps that rule each other out."""

from __future__ import annotations

import pandas as pd
import pytest

import demo
from domain import schema
from ingest.checking import chunk_checks, ledger_checks
from ingest.found import Rows
from tests.rows_of import AS_OF, RULES, kept_out, numbers, rows, told, typed, words

SUPPLY = "3601212019A0115"


def look(kind, known=None, **columns):
    return ledger_checks(rows(kind, **columns), as_of=AS_OF, known=known)


def linked(kind, known, **columns):
    found = look(kind, known, **columns)
    assert "LED-021" not in told(found)
    return found


@pytest.mark.parametrize(("supplied", "found"), [(700.0, False), (701.0, False), (701.1, True)])
def test_four_areas_of_a_batch_to_the_square_metre(supplied, found):
    seen = linked(
        "batch",
        {"supply": typed("supply", batch_id=["b"], supplied_m2=[supplied])},
        batch_id=["a", "b"],
        approved_m2=[1_000.0] * 2,
        supplied_m2=[600.0, supplied],
        written_off_m2=[100.0] * 2,
        unsupplied_m2=[300.0, 200.0],
    )
    assert told(seen) == ({"LED-001": [12]} if found else {})
    assert kept_out(seen) == ({12: "LED-001"} if found else {})
    assert not found or "1,001 m², +1 m² off" in words(seen, "LED-001")[0]


@pytest.mark.parametrize(
    ("part", "whole"),
    [
        ("new_construction_m2", "approved_m2"),
        ("farmland_m2", "approved_m2"),
        ("cropland_m2", "farmland_m2"),
    ],
)
def test_parts_of_a_batch_fit_in_their_whole(part, whole):
    seen = look("batch", **{part: [101.0, 102.0], whole: [100.0, 100.5]})
    assert told(seen) == {"LED-002": [12]}


def test_supplied_area_of_a_batch_against_its_supplies():
    supplies = typed("supply", batch_id=["a", "a", "b"], supplied_m2=[400.0, 300.0, 5.0])
    seen = linked(
        "batch", {"supply": supplies}, batch_id=["a", "b", "c"], supplied_m2=[701.0, 6.1, 9.0]
    )
    # What no supply belongs to says nothing: it may be older than the ledger.
    assert told(seen) == {"LED-004": [12]}
    assert "6 m² supplied but its supplies add up to 5 m²" in words(seen, "LED-004")[0]


def test_causes_are_given_where_land_is_left():
    seen = look(
        "batch",
        unsupplied_m2=[1.1, 1.0, 0.0, 9.0],
        unsupplied_cause=[None, None, "规划调整", "其他"],
    )
    assert told(seen) == {"LED-012": [11], "LED-013": [13]}


def test_time_to_dispose_has_run_out():
    due = ["2026-11-22", "2026-11-23", "2026-11-22"]
    seen = look("batch", unsupplied_m2=[9.0, 9.0, 0.0], disposal_due=due)
    assert told(seen) == {"LED-026": [11]}


def test_written_off_area_and_day_go_together():
    seen = look(
        "batch",
        written_off_m2=[5.0, 0.0, 5.0, 0.0],
        written_off_on=["2020-01-01", "2020-01-01", None, None],
    )
    assert told(seen) == {"LED-011": [12, 13]}


def test_numbers_and_rows_that_occur_twice():
    seen = look(
        "batch",
        batch_id=["a", "a", "b", "c"],
        approved_m2=[1.0, 2.0, 5.0, 5.0],
        approved_on=["2020-01-01"] * 4,
    )
    assert told(seen) == {"LED-007": [12], "LED-008": [14]}
    assert kept_out(seen) == {12: "LED-007"}


def test_links_that_cannot_be_checked_are_told_once_each():
    seen = look("supply", supply_no=["x"], batch_id=["a"])
    assert told(seen) == {"LED-021": [0]}
    assert "batch ledger" in words(seen, "LED-021")[0]
    assert told(look("idle_case", supply_no=["x"])) == {"LED-021": [0]}
    assert told(look("batch", batch_id=["x"], supplied_m2=[1.0])) == {"LED-021": [0]}


def test_supplies_against_their_batch():
    batches = typed(
        "batch",
        batch_id=["a", "b"],
        approved_on=["2019-06-01", "2019-06-01"],
        county_adcode=["360121", "360121"],
        approved_m2=[1_000.0, 50.0],
    )
    seen = linked(
        "supply",
        {"batch": batches},
        supply_no=[f"{SUPPLY}{i}" for i in range(6)],
        batch_id=["a", "a", "a", "z", "b", None],
        signed_on=["2019-06-01", "2019-05-31", "2020-01-01", "2020-01-01", "2020-01-01", None],
        county_adcode=["360121", "南昌县", "360702", "360121", "360121", "360121"],
        supplied_m2=[500.0, 500.0, 1.0, 9.0, 51.1, 3.0],
        contract_no=["1", "2", "3", "3", None, None],
    )
    assert told(seen) == {
        "LED-005": [14],
        "LED-009": [12],
        "LED-022": [13],
        "LED-023": [15],
        "LED-024": [14],
    }
    assert "z" in words(seen, "LED-005")[0]
    assert "2019-05-31" in words(seen, "LED-009")[0]
    assert "51 m², more than the 50 m²" in words(seen, "LED-023")[0]


def test_cases_against_their_supply():
    supplies = typed("supply", supply_no=["s"], supplied_m2=[100.0])
    seen = linked(
        "idle_case",
        {"supply": supplies},
        case_id=["1", "2", "3"],
        supply_no=["s", "s", "t"],
        idle_m2=[101.0, 102.0, 999.0],
    )
    assert told(seen) == {"LED-006": [13], "LED-015": [12]}


def test_links_against_their_supplies_and_batches():
    supplies = typed(
        "supply",
        supply_no=["s", "t", "u"],
        supplied_m2=[100.0, 50.0, 30.0],
        signed_on=["2019-06-01", "2019-05-31", "2020-01-01"],
    )
    batches = typed(
        "batch",
        batch_id=["a", "b"],
        approved_on=["2019-06-01", "2019-06-01"],
        county_adcode=["360121", "360122"],
        approved_m2=[100.0, 500.0],
    )
    seen = linked(
        "supply_batch",
        {"supply": supplies, "batch": batches},
        link_id=["1", "2", "3", "4", "5", "6"],
        supply_no=["s", "s", "t", "u", "v", "u"],
        batch_id=["a", "b", "a", "z", "b", "a"],
        county_adcode=["360121", "360121", "360121", "360121", "360122", "360121"],
        area_m2=[60.0, 40.0, 49.0, 25.0, 5.0, 3.9],
    )
    assert told(seen) == {
        "LED-005": [14],
        "LED-006": [15],
        "LED-009": [13],
        "LED-022": [12],
        "LED-023": [16],  # 60 + 49 + 3.9 of 100
        "LED-028": [16],  # 25 + 3.9 of 30; 49 of 50 is within a square metre
    }
    assert "29 m², not to the 30 m²" in words(seen, "LED-028")[0]


def test_links_that_nothing_is_known_about_are_told_once_each():
    columns = {"supply_no": ["s"], "batch_id": ["a"], "area_m2": [1.0]}
    seen = look("supply_batch", {}, **columns)
    assert [found.code for found in seen] == ["LED-021", "LED-021"]


def test_links_go_before_the_batch_that_a_supply_names():
    links = typed("supply_batch", supply_no=["s", "s"], batch_id=["a", "b"], area_m2=[30.0, 20.0])
    supplies = typed("supply", supply_no=["s"], batch_id=["a"], supplied_m2=[50.0])
    known = {"supply": supplies, "supply_batch": links}
    of_a_batch = {"batch_id": ["a", "b"], "supplied_m2": [30.0, 20.0]}
    assert told(linked("batch", known, **of_a_batch)) == {}
    del known["supply_batch"]
    assert told(linked("batch", known, **of_a_batch)) == {"LED-004": [11]}


@pytest.mark.parametrize(("second", "found"), [(20.0, {}), (21.1, {"LED-023": [12]})])
def test_supplies_and_links_of_a_batch_fit_in_it_together(second, found):
    batches = typed("batch", batch_id=["a"], approved_m2=[50.0])
    links = typed("supply_batch", supply_no=["s"], batch_id=["a"], area_m2=[30.0])
    columns = {"supply_no": ["s", "t"], "batch_id": ["a", "a"], "supplied_m2": [45.0, second]}
    seen = linked("supply", {"batch": batches, "supply_batch": links}, **columns)
    assert told(seen) == found


@pytest.mark.parametrize(
    ("kind", "cause", "route", "code"),
    [
        ("A", "H", "D7", None),
        ("A", "H", "D8", None),
        ("A", "G2", "D7", "LED-017"),
        ("A", "F", "D8 无偿收回", "LED-017"),
        ("A", None, "D7", None),
        ("B", "H", "D7", "LED-020"),
        ("B", "H", "D1", None),
        ("A", "H", "D1", "LED-014"),
        ("A", "G1", "D1", None),
        ("A", "H", "D4B", "LED-014"),
        ("A", "G1", "专项债券收回收购", None),
        ("A", "H", "D9", None),
    ],
)
def test_routes_by_cause_and_type(kind, cause, route, code):
    seen = look("idle_case", idle_type=[kind], cause=[cause], disposal_route=[route])
    assert told(seen) == ({code: [11]} if code else {})


def test_papers_of_a_case_are_complete():
    seen = look(
        "idle_case",
        notice_no=["n", None, "n"],
        notice_on=["2020-01-01", None, None],
        letter_no=["l", "l", None],
        letter_on=["2020-02-01", "2020-02-01", None],
        disposed_on=["2021-01-01", "2021-01-01", None],
        disposal_route=["D1", None, None],
        fee_due_wan=[10.0, 10.0, 10.0],
        fee_paid_wan=[10.0, 10.01, None],
    )
    assert told(seen) == {
        "LED-016": [12],
        "LED-018": [12],
        "LED-019": [12],
        "LED-027": [13],
    }


@pytest.fixture(scope="module")
def world():
    return demo.world()


@pytest.mark.parametrize("kind", schema.LEDGER)
def test_ledgers_of_the_demonstration_agree(world, kind):
    """What the product makes up itself must pass its own checks."""
    known = {"batch": world.batch, "supply": world.supply, "supply_batch": world.supply_batch}
    frame = getattr(world, kind)
    seen = ledger_checks(Rows(kind, frame, numbers(len(frame)), RULES), as_of=AS_OF, known=known)
    assert not kept_out(seen)
    wrong = {"LED-001", "LED-004", "LED-005", "LED-006", "LED-009", "LED-015", "LED-022"}
    wrong |= {"LED-023", "LED-028"}
    assert not wrong & told(seen).keys()
    cells = chunk_checks(Rows(kind, frame, numbers(len(frame)), RULES), as_of=AS_OF)
    assert not kept_out(cells)
    assert "VAL-010" not in told(cells)


def test_an_empty_ledger_has_nothing_wrong():
    for kind in schema.LEDGER:
        empty = Rows(kind, pd.DataFrame(), numbers(0), RULES)
        assert told(ledger_checks(empty, as_of=AS_OF)) == {}
