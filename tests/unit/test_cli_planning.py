"""``ganyuan consolidate``, ``belt`` and ``targets``: text, JSON, refusals."""

from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

from analytics.consolidation.task import PlanInputError
from cli import planning
from domain.boundaries import UnknownPlaceError

app = typer.Typer()
planning.register(app)


def call(*args):
    return CliRunner().invoke(app, [*args], catch_exceptions=True)


def answer(*args):
    result = call(*args, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


DAY = ("--as-of", "2026-06-01")


def test_consolidate_gives_every_term_and_the_check(tmp_path):
    found = answer("consolidate", "--store", str(tmp_path / "none"), "--first", "2", *DAY)
    assert found["as_of"] == "2026-06-01"
    assert (found["hits"], len(found["real_cases"])) == (5, 9)
    assert len(found["pairs"]) == 2
    assert found["pairs_found"] > 100
    assert found["demonstration_shown"] is False
    pair = found["pairs"][0]
    assert pair["pressure_state"] == "unknown"
    assert pair["pressure_points"] is None
    assert "geometry" not in pair


def test_consolidate_of_a_region_by_name(tmp_path):
    found = answer("consolidate", "--store", str(tmp_path), "--region", "吉安", *DAY)
    assert {p["host_prefecture_adcode"] for p in found["pairs"]} == {"360800"}


def test_an_unknown_region_is_refused(tmp_path):
    result = call("consolidate", "--store", str(tmp_path), "--region", "长沙")
    assert isinstance(result.exception, UnknownPlaceError)


def test_consolidate_in_words_names_the_check_and_no_proposal(tmp_path):
    result = call("consolidate", "--store", str(tmp_path), "--first", "1", *DAY)
    assert result.exit_code == 0
    assert "pairs for study" in result.stdout
    assert "5 of 9 real cases" in result.stdout


def test_belt_measures_the_axis_and_names_the_proxy():
    found = answer("belt", *DAY)
    assert found["length_km"] == 676.1
    assert found["counties_on_axis"] == 28
    assert found["revenue_is_proxy"] is True
    assert len(found["members"]) == 60
    assert "proxy" in call("belt", *DAY).stdout


def test_belt_before_the_first_figure_names_none():
    result = call("belt", "--as-of", "2014-12-31")
    assert result.exit_code == 0
    assert "proxy" not in result.stdout


def test_targets_lists_55_with_their_evidence():
    found = answer("targets", *DAY)
    assert len(found["targets"]) == 55
    assert sum(found["summary"].values()) == 55
    by_id = {row["target_id"]: row for row in found["targets"]}
    assert by_id["T02"]["state"] == "met"
    assert by_id["T04"]["actual_number"] is None
    assert any(row["role"] == "other_scope" for row in found["evidence"])
    lines = call("targets", *DAY).stdout.splitlines()
    assert len(lines) == 56


@pytest.mark.parametrize("day", ["2026-13-01", "yesterday"])
def test_a_day_that_is_none_is_misuse(day):
    assert call("targets", "--as-of", day).exit_code == 2


PAIR = "jx-ganzhou-etdz>jx-ganxian-xijin"


def test_consolidate_gives_the_plan_with_its_bound(tmp_path):
    found = answer(
        "consolidate", "--store", str(tmp_path), "--plan", "score", "--lock", PAIR, *DAY
    )["plan"]
    assert found["outcome"] == "optimal"
    assert found["goals"][0]["gap"] == 0.0
    assert found["goals"][0]["bound"] == pytest.approx(579.261, abs=0.001)
    assert PAIR in {f"{p['host_id']}>{p['absorbed_id']}" for p in found["pairs"]}


def test_consolidate_names_conditions_at_odds(tmp_path):
    asked = ("--plan", "score", "--lock", PAIR, "--forbid", PAIR)
    found = answer("consolidate", "--store", str(tmp_path), *asked, *DAY)["plan"]
    assert found["outcome"] == "infeasible"
    assert {c["kind"] for c in found["conflicts"]} == {"lock", "forbid"}
    assert found["measures"]["score"] is None


def test_consolidate_gives_robustness_and_a_pair_before_and_after(tmp_path):
    asked = ("--robust", "--whatif", PAIR, "--region", "赣州")
    found = answer("consolidate", "--store", str(tmp_path), *asked, *DAY)
    assert len(found["robust"]["pairs"]) == 281
    assert {p["standing"] for p in found["robust"]["pairs"]} == {"robust", "fragile", "outside"}
    assert len(found["robust"]["moves"]) == 281 * 10
    figures = {row["figure"]: row for row in found["whatif"]["figures"]}
    assert figures["bodies"]["after"] == 1
    assert figures["tax_per_mu"]["after"] is None


@pytest.mark.parametrize(
    "asked", [("--plan", "profit"), ("--plan", "score", "--lock", "a"), ("--whatif", "a>b")]
)
def test_what_cannot_be_asked_for_is_refused(tmp_path, asked):
    result = call("consolidate", "--store", str(tmp_path), *asked, "--json", *DAY)
    assert isinstance(result.exception, PlanInputError)


def test_parts_are_json_only(tmp_path):
    result = call("consolidate", "--store", str(tmp_path), "--robust", *DAY)
    assert result.exit_code == 2
