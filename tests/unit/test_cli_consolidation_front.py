"""``ganyuan consolidate front``: printed, as JSON, as a workbook; what it refuses."""

from __future__ import annotations

import json

import openpyxl
import pytest
import typer
from typer.testing import CliRunner

from analytics.consolidation.pareto import FrontError
from analytics.consolidation.task import PlanInputError
from cli import planning
from cli.maps import UnwritableFileError
from domain.i18n import translator
from settings import Settings

app = typer.Typer()
planning.register(app)
ASKED = ("--first", "score", "--second", "bodies", "--region", "吉安市", "--as-of", "2026-06-01")


def call(tmp_path, *args):
    asked = ["consolidate", "front", "--store", str(tmp_path / "none"), *ASKED, *args]
    return CliRunner().invoke(app, asked)


def test_points_are_told_with_their_proof(tmp_path):
    result = call(tmp_path, "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    points = told["points"]
    assert (told["complete"], told["stopped"], told["largest_box_left"]) == (True, "complete", 0.0)
    assert told["plans_known"] == told["proven"] == len(points) > 2
    assert all(len(point["pairs"]) == point["count"] for point in points)
    scores = [point["score"] for point in points]
    assert scores == sorted(scores, reverse=True)


def test_without_solves_only_the_ends_of_each_part_are_known_and_the_box_is_told(tmp_path):
    told = json.loads(call(tmp_path, "--json", "--solves", "0").stdout)
    assert (told["complete"], told["stopped"]) == (False, "solves")
    assert told["largest_box_left"] > 0
    ends = json.loads(call(tmp_path, "--json").stdout)["points"]
    assert [told["points"][i]["score"] for i in (0, -1)] == [ends[i]["score"] for i in (0, -1)]


def test_points_are_printed_and_written(tmp_path):
    t = translator(Settings().language)
    path = tmp_path / "front.xlsx"
    result = call(tmp_path, "--xlsx", str(path))
    assert result.exit_code == 0, result.output
    rows = list(openpyxl.load_workbook(path).worksheets[0].iter_rows(values_only=True))
    assert t("conpareto.complete", n=len(rows) - 1) in result.stdout
    assert t("conpareto.col.proven") in rows[0]
    assert {row[rows[0].index(t("conpareto.col.proven"))] for row in rows[1:]} == {
        t("conpareto.is_proven")
    }


@pytest.mark.parametrize(
    ("args", "error"),
    [
        (("--second", "score"), PlanInputError),
        (("--second", "beauty"), PlanInputError),
        (("--lock", "a>b"), PlanInputError),
    ],
)
def test_what_cannot_be_used_is_refused(tmp_path, args, error):
    assert isinstance(call(tmp_path, *args).exception, error)


def test_conditions_at_odds_have_no_front(tmp_path):
    pairs = [
        key for p in json.loads(call(tmp_path, "--json").stdout)["points"] for key in p["pairs"]
    ]
    at_odds = call(tmp_path, "--lock", pairs[0], "--forbid", pairs[0])
    assert isinstance(at_odds.exception, FrontError)


def test_a_folder_that_is_not_there_cannot_be_written(tmp_path):
    result = call(tmp_path, "--xlsx", str(tmp_path / "gone" / "front.xlsx"))
    assert isinstance(result.exception, UnwritableFileError)
