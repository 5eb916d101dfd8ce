"""``ganyuan passport`` and ``ganyuan correction``."""

from __future__ import annotations

import json
import zipfile

import pytest
import typer
from typer.testing import CliRunner

from cli import passports
from cli.written import UnwritableFileError
from domain.passport import NoPassportError
from ingest import inspect
from store import Store, UnknownDatasetError, Viewer
from tests.passport_world import NUMBER, current, quarantined, record
from tests.unit.test_correction_roundtrip import SAMPLES, published


@pytest.fixture
def run(tmp_path):
    app = typer.Typer()
    passports.register(app)
    options = ["--store", str(tmp_path / "store")]
    return lambda *arguments: CliRunner().invoke(
        app, [*map(str, arguments), *options], catch_exceptions=False
    )


@pytest.fixture
def store(tmp_path):
    made = Store(tmp_path / "store")
    made.commit(
        "gd", current(), kind="parcels", viewer=Viewer("李工"), reason="来文",
        passport=record(), quarantined=quarantined(),
    )  # fmt: skip
    return made


@pytest.mark.usefixtures("store")
def test_a_passport_is_written_in_both_forms(run, tmp_path):
    pdf, html = tmp_path / "a.pdf", tmp_path / "a.html"
    done = run("passport", "gd", "--pdf", pdf, "--html", html, "--language", "en")
    assert done.exit_code == 0
    assert f"gd@1: passport {NUMBER}" in done.output
    assert "8 rows = 6 published + 2 kept apart + 0 refused" in done.output
    assert pdf.read_bytes().startswith(b"%PDF")
    assert "Row accounting" in html.read_text(encoding="utf-8")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.html", "a.pdf", "store"]


@pytest.mark.usefixtures("store")
def test_the_record_as_json(run):
    assert json.loads(run("passport", "gd@1", "--json").output)["number"] == NUMBER


@pytest.mark.usefixtures("store")
def test_what_cannot_be_done_is_said(run, tmp_path):
    with pytest.raises(UnwritableFileError) as caught:
        run("passport", "gd", "--pdf", tmp_path / "nowhere" / "a.pdf")
    assert caught.value.code == "EXP-007"
    with pytest.raises(UnknownDatasetError):
        run("passport", "gd@9")
    assert run("passport", "gd@x").exit_code == 2
    assert run("passport", "gd", "--language", "fr").exit_code == 2


def test_rows_that_were_never_uploaded_have_no_passport(run, store):
    store.commit("made", current(), kind="parcels", viewer=Viewer("x"), reason="r")
    with pytest.raises(NoPassportError):
        run("passport", "made")


def test_a_correction_package_is_written(run, tmp_path):
    store = Store(tmp_path / "store")
    published(store, [inspect(SAMPLES / "with_defects.zip")])
    out = tmp_path / "c.zip"
    done = run("correction", "gd", "--output", out)
    assert "10 rows of gd@1 to correct" in done.output
    with zipfile.ZipFile(out) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == 5
    answer = json.loads(run("correction", "gd@1", "--output", out, "--json").output)
    assert (answer["version"], answer["rows"]) == ("gd@1", 10)
