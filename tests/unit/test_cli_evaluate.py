"""``ganyuan evaluate``: text, JSON, workbook, refusals."""

from __future__ import annotations

import io
import json

import openpyxl
import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from cli import evaluate, evaluate_enterprises, evaluation_parts
from store import Viewer

app = typer.Typer()
evaluate.register(app)
A, B = "jx-nanchang-etdz", "jx-xiaolan-etdz"
CHAIN = {"developable_m2": 8e6, "ready_m2": 6e6, "supplied_m2": 5e6, "built_m2": 4e6}


def call(*args):
    return CliRunner().invoke(app, [*args], catch_exceptions=True)


def answer(store, *args):
    result = call("--store", str(store.root), "--as-of", "2026-06-30", "--json", *args)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def zones(found):
    return {row["zone_id"]: row for row in found["zones"]}


@pytest.fixture
def store(empty_store):
    """Two zones of Nanchang: one of 2025 with all four indicators, one of 2024 only."""
    yields = {
        "built_industrial_m2": 3e6,
        "tax_wan": 9000.0,
        "industrial_value_added_wan": 45_000.0,
        "energy_tce": 9000.0,
        "emission_eq": 450.0,
    }
    rows = pd.DataFrame(
        [
            {"zone_id": A, "year": 2025, **CHAIN, **yields, "zone_type": "industry_led"},
            {"zone_id": B, "year": 2024, **CHAIN, **yields, "safety_open": True},
        ]
    )
    rows["record_id"] = [f"{z}/{y}" for z, y in zip(rows["zone_id"], rows["year"], strict=True)]
    empty_store.put_ledger("indicators", rows, viewer=Viewer("t"), reason="t")
    supply = pd.DataFrame(
        {
            "supply_no": ["3601122020B00001", "3601122020B00002"],
            "county_adcode": "360112",
            "supplied_m2": 10_000.0,
            "signed_on": pd.Timestamp("2020-05-01"),
            "land_use": "工业用地",
            "industry": ["电子信息", "工业"],
            "far_min": [0.9, 1.0],
        }
    )
    empty_store.put_ledger("supply", supply, viewer=Viewer("t"), reason="t")
    return empty_store


def test_the_newest_year_is_taken_and_what_is_missing_stays_missing(store):
    found = answer(store)
    assert (found["year"], found["years"], found["older"]) == (2025, [2025, 2024], False)
    assert found["demonstration"] is False
    assert zones(found)[A]["use_rate"] == 0.5
    assert zones(found)[B]["use_rate"] is None
    assert zones(found)[B]["year"] is None
    assert {row["source"] for row in found["figures"]} == {"entered"}


def test_older_rows_are_told(store):
    row = zones(answer(store, "--older"))[B]
    assert (row["year"], row["use_rate"]) == (2024, 0.5)
    assert row["older"] is True


def test_a_year_can_be_asked_for(store):
    found = answer(store, "--year", "2024", "--region", "南昌市")
    assert zones(found)[B]["use_rate"] == 0.5
    assert zones(found)[A]["use_rate"] is None
    assert all("南昌" in row["name_zh"] or row["zone_id"] for row in found["zones"])


def test_the_per_mu_part_gives_class_vetoes_and_terms(store):
    found = answer(store, "--part", "permu", "--older")
    assert found["scheme_status"] == "default"
    first, second = zones(found)[A], zones(found)[B]
    # Both yield the mean, which is half the benchmark.
    assert first["score"] == second["score"] == pytest.approx(50.0)
    assert (first["class"], second["vetoes"]) == ("A", "safety_open") or first["rank"] == 1
    assert second["class"] == "C"
    term = next(t for t in found["terms"] if (t["unit_label"], t["indicator"]) == (A, "tax"))
    assert term["value"] == pytest.approx(2.0)


def test_contracts_are_held_against_a_version_of_the_table(store):
    found = answer(store, "--part", "control", "--table", "2008")
    far = next(row for row in found["counts"] if row["indicator"] == "far")
    assert (far["pass"], far["fail"], far["unknown"]) == (0, 1, 1)
    assert {row["version"] for row in found["rows"]} == {"2008"}
    assert {row["supply_no"] for row in found["rows"]} == {
        "3601122020B00001",
        "3601122020B00002",
    }


def test_entered_figures_without_others_are_entered_only(store):
    assert set(answer(store, "--part", "compare")["states"]) == {"entered_only"}


@pytest.mark.parametrize("part", ["intensity", "permu", "control", "compare"])
def test_every_part_is_written_as_a_workbook_with_its_notes(store, tmp_path, part):
    target = tmp_path / "x.xlsx"
    result = call(
        "--store", str(store.root), "--as-of", "2026-06-30", "--part", part, "--out", str(target)
    )
    assert result.exit_code == 0, result.output
    book = openpyxl.load_workbook(io.BytesIO(target.read_bytes()))
    assert book.sheetnames[0] == part
    notes = {row[0].value: row[1].value for row in book.worksheets[-1].iter_rows()}
    assert notes["年度"] == "2025"
    assert notes["截至日期"] == "2026-06-30"


def test_in_words_the_year_and_day_come_first(store):
    result = call("--store", str(store.root), "--as-of", "2026-06-30")
    assert result.stdout.splitlines()[0] == "2025, as of 2026-06-30"


def test_an_empty_store_is_refused_with_what_to_do(empty_store):
    result = call("--store", str(empty_store.root), "--year", "2025")
    assert isinstance(result.exception, evaluate.NoFiguresError)
    assert result.exception.code == "EVA-001"
    assert "import the indicator workbook" in str(result.exception)


def test_an_unknown_scheme_is_refused_with_those_that_there_are(store):
    result = call("--store", str(store.root), "--part", "permu", "--scheme", "nobody")
    assert isinstance(result.exception, evaluation_parts.UnknownSchemeError)
    assert result.exception.code == "EVA-002"
    assert "jiangxi-zones" in str(result.exception)


@pytest.mark.parametrize(
    ("option", "part"),
    [
        (("--scheme", "jiangxi-zones"), ("--part", "intensity")),
        (("--table", "2023"), ("--part", "permu")),
        (("--zone", "江西安远工业园区"), ("--part", "permu")),
    ],
)
def test_an_option_that_would_not_count_is_refused(store, option, part):
    result = call("--store", str(store.root), *part, *option)
    assert result.exit_code == 2
    assert "does not use it" in result.output


GOOD, SECOND = "91350100M000100Y43", "914403001922038216"


@pytest.fixture
def firms(empty_store):
    """Two enterprises of 2024 in two zones; nothing is known of the zones themselves."""
    rows = pd.DataFrame(
        {
            "record_id": [f"{GOOD}/2024", f"{SECOND}/2024"],
            "credit_code": [GOOD, SECOND],
            "name": ["示范甲", "示范乙"],
            "zone_id": [A, B],
            "year": 2024.0,
            "certified_m2": [1e4, 2e4],
            "tax_wan": [30.0, None],
        }
    )
    empty_store.put_ledger("enterprises", rows, viewer=Viewer("t"), reason="t")
    return empty_store


PER_FIRM = ("--part", "permu", "--subject", "enterprises", "--scheme", "tongling-2021")


def test_enterprises_are_evaluated_of_their_newest_year(firms):
    found = answer(firms, *PER_FIRM)
    assert (found["year"], found["scheme"], found["demonstration"]) == (
        2024, "tongling-2021", False,
    )  # fmt: skip
    assert found["ages_as_of"] == "2024-12-31"
    first, second = found["enterprises"]
    # 30 wan on 15 mu are the mean of all who state their tax.
    assert (first["record_id"], first["score"]) == (f"{GOOD}/2024", pytest.approx(100.0))
    assert (second["rank"], second["not_ranked"]) == (None, "missing")
    assert [row["land_m2"] for row in found["zones"]] == [1e4, 2e4]
    assert sum(row["enterprises"] for row in found["classes"]) == 2
    assert {row["record_id"] for row in found["terms"]} == {f"{GOOD}/2024", f"{SECOND}/2024"}


@pytest.mark.parametrize("zone", [B, "南昌小蓝经济技术开发区", "小蓝"])
def test_enterprises_of_one_zone(firms, zone):
    result = call("--store", str(firms.root), "--as-of", "2026-06-30", *PER_FIRM, "--zone", zone)
    if zone == "小蓝":
        assert isinstance(result.exception, evaluate_enterprises.UnknownZoneError)
        assert result.exception.code == "EVA-005"
        return
    assert "示范乙" in result.stdout
    assert "示范甲" not in result.stdout


def test_enterprises_are_written_as_a_workbook(firms, tmp_path):
    target = tmp_path / "x.xlsx"
    result = call("--store", str(firms.root), *PER_FIRM, "--out", str(target))
    assert result.exit_code == 0, result.output
    book = openpyxl.load_workbook(io.BytesIO(target.read_bytes()))
    assert book.sheetnames[0] == "enterprises"
    notes = {row[0].value: row[1].value for row in book.worksheets[-1].iter_rows()}
    assert notes["投产年限截至"] == "2024-12-31"


def test_without_enterprises_it_says_what_to_do(store):
    result = call("--store", str(store.root), *PER_FIRM)
    assert isinstance(result.exception, evaluate_enterprises.NoEnterprisesError)
    assert result.exception.code == "EVA-003"


@pytest.mark.parametrize(
    ("part", "subject"),
    [("control", "enterprises"), ("permu", "contracts"), ("compare", "contracts")],
)
def test_a_part_is_evaluated_by_its_own_subjects_only(store, part, subject):
    result = call("--store", str(store.root), "--part", part, "--subject", subject)
    assert isinstance(result.exception, evaluate.SubjectError)
    assert result.exception.code == "EVA-004"
