"""Rows beside those of their ledger: new, changed cell by cell, the same, emptied."""

from __future__ import annotations

import pandas as pd
import pytest

from analytics.ledger_changes import changes

COLUMNS = ("key", "area", "name", "open")


def frame(*rows, demonstration=False):
    found = pd.DataFrame(rows, columns=list(COLUMNS))
    found = found.astype({"area": "float64", "name": "string", "open": "boolean"})
    return found.assign(demonstration=demonstration)


STANDS = frame(
    ("a", 1.0, "甲", True), ("b", 2.0, "乙", None), ("c", 3.0, None, False), ("x", 9.0, "x", None)
)


def compared(*rows, stands=STANDS):
    return changes(stands, frame(*rows), key="key", columns=COLUMNS)


def test_rows_are_new_changed_or_the_same():
    found = compared(
        ("c", 3.0, "丙", False),
        ("a", 1.0, "甲", True),
        ("b", 2.5, "乙", None),
        ("d", 4.0, "丁", None),
    )
    assert (found.new, found.changed, found.same, found.emptied, found.invented) == (1, 2, 1, 0, 0)
    assert found.cells.to_numpy().tolist() == [["b", "area", 2.0, 2.5], ["c", "name", None, "丙"]]


def test_a_cell_that_is_left_empty_is_emptied():
    found = compared(("a", None, "甲", None))
    assert (found.changed, found.emptied) == (1, 2)
    assert found.cells["after"].isna().all()


def test_an_empty_text_is_nothing():
    stands = frame(("a", 1.0, "", True))
    assert compared(("a", 1.0, None, True), stands=stands).same == 1


@pytest.mark.parametrize(("area", "changed"), [(1.0 + 1e-10, 0), (1.0 + 1e-8, 1)])
def test_the_noise_of_a_number_is_no_change(area, changed):
    assert compared(("a", area, "甲", True)).changed == changed


def test_what_takes_the_place_of_invented_rows_is_counted():
    found = compared(
        ("a", 1.0, "甲", True), ("b", 7.0, "乙", None), stands=STANDS.assign(demonstration=True)
    )
    assert (found.new, found.invented, found.same, found.changed) == (2, 2, 0, 0)
    assert found.cells.empty


def test_nothing_stands_and_nothing_comes():
    none = frame()
    assert compared(("a", 1.0, "甲", True), stands=none).new == 1
    empty = changes(STANDS, none, key="key", columns=COLUMNS)
    assert (empty.new, empty.changed, empty.same, len(empty.cells)) == (0, 0, 0, 0)
