"""``ganyuan consolidate scenario``: kept, listed, shown, compared, written; refusals."""

from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

from analytics.consolidation.scenario import KIND
from analytics.consolidation.task import PlanInputError
from cli import planning
from cli.consolidation_scenarios import NoScenarioError
from store import ScenarioError, StaleVersionError, Store, Viewer

app = typer.Typer()
planning.register(app)
PAIR = "jx-ganzhou-etdz>jx-ganxian-xijin"
MORE = ("--region", "赣州", "--as-of", "2026-06-01", "--reason", "r")


def call(*args):
    return CliRunner().invoke(app, ["consolidate", *args], catch_exceptions=True)


def answer(*args):
    result = call(*args, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def scenario(root, *args):
    return answer("scenario", *args, "--store", str(root))


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    root = tmp_path_factory.mktemp("store")
    wishes = ("--trust", PAIR, "--lock", PAIR, "--share", "360700=0.3", "--per-host", "2")
    scenario(root, "save", "甲", "--plan", "large", "--plan", "score", *wishes, *MORE)
    scenario(root, "save", "乙", "--plan", "score", *MORE)
    return root


def test_what_was_saved_is_shown_whole(two):
    found = scenario(two, "show", "甲")
    choices = found["scenario"]["choices"]
    assert (found["state"], found["reason"], found["demonstration"]) == (1, "r", False)
    assert (choices["goals"], choices["per_host"]) == (["large", "score"], 2)
    assert choices["locked"] == choices["trustees"] == [PAIR.split(">")]
    assert choices["shares"] == {"360700": 0.3}
    assert found["changes"] == []
    forms = {p["absorbed_id"]: p["form"] for p in found["scenario"]["result"]["pairs"]}
    assert forms["jx-ganxian-xijin"] == "trusteeship"
    assert "代管 1 组" in call("scenario", "show", "甲", "--store", str(two)).stdout


def test_the_list_names_both(two):
    found = scenario(two, "list")["scenarios"]
    assert {row["name"] for row in found} == {"甲", "乙"}
    assert all(row["pairs"] > 0 and row["changes"] == [] for row in found)
    assert "甲  1" in call("scenario", "list", "--store", str(two)).stdout


def test_an_empty_store_says_what_makes_the_first(tmp_path):
    assert "No scenario yet" in call("scenario", "list", "--store", str(tmp_path)).stdout


def test_they_stand_side_by_side(two):
    found = scenario(two, "compare", "甲", "乙")
    assert found["names"] == ["甲", "乙"]
    assert {row["measure"] for row in found["measures"]} >= {"pairs", "score", "bodies"}
    assert any(row["in_all"] for row in found["pairs"])
    assert call("scenario", "compare", "甲", "乙", "--store", str(two)).exit_code == 0


@pytest.mark.parametrize(("ending", "start"), [("docx", b"PK"), ("pdf", b"%PDF"), ("xlsx", b"PK")])
def test_annex_and_workbook_are_written(two, tmp_path, ending, start):
    out = tmp_path / f"a.{ending}"
    result = call(
        "scenario", "annex", "甲", "--out", str(out), "--language", "en", "--store", str(two)
    )
    assert result.exit_code == 0, result.output
    assert out.read_bytes().startswith(start)


def test_refusals_carry_their_codes(two, tmp_path):
    def refused(*args):
        return call("scenario", *args, "--store", str(two)).exception

    assert isinstance(refused("show", "丙"), NoScenarioError)
    assert refused("show", "丙").code == "CSC-004"
    assert isinstance(refused("show", "甲", "--state", "9"), NoScenarioError)
    assert refused("compare", "甲").code == "CSC-003"
    assert isinstance(refused("save", "乙", "--plan", "score", *MORE), ScenarioError)
    assert isinstance(
        refused("save", "乙", "--plan", "score", "--share", "赣州=viel", *MORE), PlanInputError
    )
    assert call("scenario", "annex", "甲", "--out", "a.txt", "--store", str(two)).exit_code == 2
    gone = tmp_path / "none" / "a.pdf"
    assert refused("annex", "甲", "--out", str(gone)).code == "EXP-007"


def test_a_further_state_needs_the_one_that_was_read(tmp_path):
    store = Store(tmp_path)
    facts = {"prefectures": ["360700"], "viewer": Viewer("ann"), "reason": "r"}
    store.put_scenario(KIND, "丁", {"format": 1}, **facts)
    store.put_scenario(KIND, "丁", {"format": 1}, number=1, **facts)
    stale = call(
        "scenario", "save", "丁", "--plan", "score", "--state", "1", *MORE, "--store", str(tmp_path)
    )
    assert isinstance(stale.exception, StaleVersionError)
    (row,) = scenario(tmp_path, "list")["scenarios"]
    assert row["error"] == "CSC-001"


def test_plans_take_pairs_in_trust_and_least_shares():
    found = answer(
        "--plan", "score", "--lock", PAIR, "--trust", PAIR, "--share", "赣州市=0.3",
        "--as-of", "2026-06-01", "--region", "赣州",
    )["plan"]  # fmt: skip
    forms = {row["absorbed_id"]: row["form"] for row in found["pairs"]}
    assert forms["jx-ganxian-xijin"] == "trusteeship"
