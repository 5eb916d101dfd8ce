"""The document of measurements: what is measured anew replaces its own section and nothing else."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.alone import Alone, in_turns
from benchmarks.document import (
    Findings,
    Growth,
    Result,
    Spread,
    Table,
    build,
    from_json,
    markdown,
    plot_file,
    read_results,
    spread,
    to_json,
)
from benchmarks.plots import apart, draw

ROOT = Path(__file__).parents[2]
MACHINE = {"processor": "A", "cores": "2"}
LINES = {"ours": ((1e5, 0.3), (1e6, 3.0)), "theirs": ((1e5, 6.0), (1e6, 60.0))}
TABLE = Table(
    ("way", "CPU s", "rows"),
    (("ours", Spread(0.3, 0.28, 0.341), 1234), ("theirs", 6.0, None)),
    (None, 2, 0),
)
FOUND = Findings("Cuts", "Of parcels.", (TABLE,), "Why.", (Growth("Cuts", "parcels", "s", LINES),))

TOLD = Findings("Other", "Of parcels.", (TABLE,))


def result(section="cuts", size="quick", found="## Cuts\n\n1.0 s", machine=None, load=0.5):
    command = f"python -m benchmarks {section}"
    return Result(section, size, command, "2026-11-25", load, machine or MACHINE, found)


def test_a_table_shows_median_and_range_by_the_digits_of_its_column():
    assert markdown(TABLE).splitlines() == [
        "| way | CPU s | rows |",
        "|---|---:|---:|",
        "| ours | 0.30 (0.28 to 0.34) | 1,234 |",
        "| theirs | 6.00 | |",
    ]


def test_turns_that_are_equal_as_printed_have_no_range():
    table = Table(("s",), ((Spread(1.0, 0.999, 1.001),), (Spread(1.0, 0.99, 1.001),)), (2,))
    assert markdown(table).splitlines()[2:] == ["| 1.00 |", "| 1.00 (0.99 to 1.00) |"]


def test_what_is_rounded_to_zero_has_no_sign():
    table = Table(("a", "b"), ((-0.004, -0.006),), (2, 2))
    assert markdown(table).splitlines()[2] == "| 0.00 | -0.01 |"


def test_a_spread_is_median_least_and_greatest():
    assert spread([3.0, 1.0, 2.0, 10.0]) == Spread(2.5, 1.0, 10.0)


@pytest.mark.parametrize("found", [FOUND, "## Cuts\n\n| a |\n|---|"])
def test_a_result_survives_its_file(found):
    assert from_json(to_json(result(found=found))) == result(found=found)


@given(st.text(), st.text(), st.floats(allow_nan=False, allow_infinity=False))
def test_any_text_and_number_survives(title, cell, number):
    found = Findings(title, cell, (Table((cell, "x"), ((cell, number),), (None, 1)),))
    assert from_json(to_json(result(found=found))).found == found


def test_every_section_names_its_command_day_size_and_load():
    long = replace(result("tiles", "full", load=None), took_s=1234.5)
    text = build([result(found=FOUND), long], [], plots="p")
    assert "`python -m benchmarks cuts`, quick size, 2026-11-25, load 0.5 beforehand.\n" in text
    assert "`python -m benchmarks tiles`, full size, 2026-11-25, took 1,234 s.\n" in text
    assert "![Cuts](p/cuts-1.svg)" in text


def test_sections_come_in_order_and_large_sizes_first():
    found = [
        result("b", found="## B"),
        result("a", found="## A quick"),
        result("a", "full", found="## A full"),
        result("z", found="## Z"),
    ]
    text = build(found, ["b", "a"], plots="p")
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert headings == ["Machine", "B", "A full", "A quick", "Z"]
    assert build(found[::-1], ["b", "a"], plots="p") == text


def test_one_title_at_two_sizes_says_which():
    both = [result(found=FOUND), result(size="full", found=FOUND), result("other", found=TOLD)]
    headings = re.findall(r"^## (.*)$", build(both, [], plots="p"), re.MULTILINE)
    assert headings == ["Machine", "Cuts (full size)", "Cuts (quick size)", "Other"]


def test_machines_are_told_apart():
    text = build([result(), result("tiles", machine={"processor": "B"})], ["cuts"], plots="p")
    assert "## Machine 1\n\n| what | |\n|---|---|\n| processor | A |" in text
    assert "## Machine 2\n\n| what | |\n|---|---|\n| processor | B |" in text
    assert "load 0.5 beforehand, on machine 2." in text


def test_a_section_measured_anew_replaces_only_its_own_file(tmp_path):
    for one in (result(), result(size="full"), result("tiles"), result(found="## New")):
        (tmp_path / f"{one.name}.json").write_text(to_json(one), encoding="utf-8")
    found = {(one.section, one.size): one.found for one in read_results(tmp_path)}
    old = "## Cuts\n\n1.0 s"
    assert found == {("cuts", "quick"): "## New", ("cuts", "full"): old, ("tiles", "quick"): old}


def test_a_plot_is_the_same_bytes_each_time_and_holds_no_fonts(tmp_path):
    (growth,) = FOUND.plots
    assert plot_file(result(size="full", found=FOUND), 0) == "cuts-full-1.svg"
    for name in ("one.svg", "two.svg"):
        draw(growth, tmp_path / name)
    text = (tmp_path / "one.svg").read_text(encoding="utf-8")
    assert text == (tmp_path / "two.svg").read_text(encoding="utf-8")
    assert "#0b4f8a" in text
    assert "<text" not in text


def test_names_of_lines_that_end_together_are_set_apart():
    assert apart([0.0, 50.0, 2.0, 5.0], 10.0) == [0.0, 50.0, 10.0, 20.0]
    assert apart([3.0, 3.0], 10.0) == [3.0, 13.0]
    assert apart([], 10.0) == []


def test_ways_take_turns_and_long_ones_have_one():
    order = []

    def way(name, wall_s):
        def run():
            order.append(name)
            return Alone(1.0, 0.0, wall_s)

        return run

    taken = in_turns(
        {"short": way("short", 1.0), "just": way("just", 60.0), "long": way("long", 60.1)}, times=3
    )
    assert order == ["short", "just", "long", "short", "just", "short", "just"]
    assert {name: len(runs) for name, runs in taken.items()} == {"short": 3, "just": 3, "long": 1}


def test_the_document_is_built_from_the_stored_results():
    text = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    stored = read_results(ROOT / "benchmarks" / "results")
    assert stored
    for one in stored:
        assert f"`{one.command}`, {one.size} size, {one.date}" in text
    for target in re.findall(r"\]\(([^)]+\.svg)\)", text):
        assert (ROOT / "docs" / target).is_file()
