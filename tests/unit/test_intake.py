"""``ganyuan check`` and ``ganyuan import``: exit codes, the JSON contract, nothing half-saved."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from cli import intake
from store import Store, Viewer

SAMPLES = Path(__file__).resolve().parents[2] / "data" / "samples"
NORTH, SOUTH = SAMPLES / "zone39_gbk.zip", SAMPLES / "zone38_gbk.zip"
BAD = SAMPLES / "not_a_shapefile.zip"
TEXT = SAMPLES / "boundary_points.txt"


@pytest.fixture
def app() -> typer.Typer:
    made = typer.Typer()
    intake.register(made)
    return made


def run(app: typer.Typer, *arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    return result.exit_code, result.stdout


@pytest.mark.parametrize(("file", "code"), [(TEXT, 0), (NORTH, 1), (BAD, 2)])
def test_check_exit_codes_and_contract(app: typer.Typer, file: Path, code: int):
    exit_code, out = run(app, "check", file, "--json")
    assert exit_code == code
    content = json.loads(out)
    assert content["status"] == ("refused" if code == 2 else "accepted")
    assert content["rows_in_file"] == content["rows_ok"] + content["rows_quarantined"]
    assert all(issue["message"] for issue in content["issues"])


def test_several_files_give_a_list_and_the_worst_code(app: typer.Typer):
    code, out = run(app, "check", TEXT, BAD, "--json")
    assert code == 2
    assert [c["status"] for c in json.loads(out)] == ["accepted", "refused"]


def test_import_publishes_and_a_second_run_adds_nothing(app: typer.Typer, tmp_path: Path):
    options = ["--dataset", "gd", "--by", "李工", "--reason", "台账", "--store", tmp_path]
    for _ in range(2):
        code, out = run(app, "import", NORTH, SOUTH, *options)
        assert code == 1
        assert "gd@1" in out
    store, viewer = Store(tmp_path), Viewer("x")
    (version,) = store.history("gd", viewer)
    assert (version.rows, version.committed_by, version.reason) == (24, "李工", "台账")
    assert version.passport["rows_in_file"] == 24
    assert len(store.read(version, viewer)) == 24


def test_import_with_one_refused_file_saves_nothing(app: typer.Typer, tmp_path: Path):
    options = ["--dataset", "gd", "--by", "李工", "--reason", "台账", "--store", tmp_path]
    code, _ = run(app, "import", NORTH, BAD, *options)
    assert code == 2
    assert Store(tmp_path).datasets(Viewer("x")) == []


def test_choices_reach_the_inspection(app: typer.Typer):
    code, out = run(app, "check", NORTH, "--crs", 4526, "--json")
    assert code == 2
    assert json.loads(out)["issues"][0]["code"] == "CRS-019"
    _, out = run(app, "check", TEXT, "--field", "name=地块编号", "--json")
    assert json.loads(out)["status"] == "accepted"
