"""``ganyuan check`` and ``ganyuan import``: exit codes, the JSON contract, nothing half-saved."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from cli import intake, main
from domain import formats
from ingest import inspect
from store import Store, Viewer
from tests.unit.bad_uploads import BAD_FILES

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
    assert store.has_map_index(version, viewer)


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


def test_every_bad_file_is_refused_in_a_sentence_and_nothing_is_saved(tmp_path: Path):
    store = Store(tmp_path / "store")
    before = sorted(store.root.rglob("*"))
    files = []
    for name, (data, _) in BAD_FILES.items():
        files.append(tmp_path / name)
        files[-1].write_bytes(data)
    options = ["--dataset", "gd", "--by", "李工", "--reason", "台账", "--store", store.root]
    code, out = run(main.app, "import", *files, *options, "--json")
    assert code == intake.EXIT_REFUSED
    found = json.loads(out)
    assert {f["status"] for f in found} == {"refused", "display_only"}
    assert not any(f["rows_ok"] for f in found)
    assert [f["issues"][0]["code"] for f in found] == [code for _, code in BAD_FILES.values()]
    assert all(f["issues"][0]["message"].endswith("。") for f in found)
    assert "Traceback" not in out
    assert store.datasets(Viewer("x")) == []
    assert sorted(store.root.rglob("*")) == before


@pytest.mark.parametrize(("file", "county"), [(NORTH, "南昌县"), (SOUTH, "章贡区")])
def test_a_file_goes_through_the_commands_to_table_and_list(
    tmp_path: Path, file: Path, county: str
):
    where = ["--store", tmp_path, "--json"]
    who = ["--by", "李工", "--reason", "台账"]
    assert run(main.app, "check", file, *where)[0] == intake.EXIT_FINDINGS
    assert run(main.app, "import", TEXT, "--dataset", "txt", *who, *where)[0] == 0
    assert run(main.app, "import", file, "--dataset", "gd", *who, *where)[0] == 1
    # Another dataset is published later; the one that is named must be the one that is read.
    assert run(main.app, "import", TEXT, "--dataset", "later", *who, *where)[0] == 0
    area = float(inspect(file).rows()["area_ellipsoidal_m2"].sum())

    code, out = run(main.app, "land-use", "--dataset", "gd", "--by", "county", *where)
    assert code == 0
    assert '"gd@1"' in out
    table = json.loads(out)["rows"]
    assert {row["name"] for row in table} == {county}
    assert sum(row["area_m2"] for row in table) == pytest.approx(area)

    code, out = run(main.app, "idle", "--dataset", "gd", "--rows", *where)
    assert code == 0
    assert "疑似" in out or "suspected" in out
    assert formats.count(12) in out
