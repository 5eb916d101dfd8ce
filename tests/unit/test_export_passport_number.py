"""Whatever is made from a version prints the number of its passport."""

from __future__ import annotations

import datetime as dt
import io

import openpyxl
import pytest

from domain.i18n import LANGUAGES, translator
from export.compose import compose
from export.painter import render
from export.references import cited, passport_number
from export.region import Region
from export.sheet import MapSheet
from export.tables import workbook
from tests.export_world import ANN, MOMENT, NUMBER, filled

DAY = dt.date(2026, 6, 30)


@pytest.fixture
def land(empty_store):
    filled(empty_store)
    return empty_store


def sheet(store, language):
    region, t = Region.of("360100"), translator(language)
    parts = compose(["parcels"], store=store, viewer=ANN, as_of=DAY, region=region)
    return MapSheet(
        region, parts.layers, t, MOMENT, DAY.isoformat(), dpi=50, sources=parts.sources(t)
    ), parts


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_map_sheet_prints_the_passport_number(land, language):
    of, _ = sheet(land, language)
    assert NUMBER in render(of, "svg").decode()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_workbook_of_a_sheet_names_the_passport_number(land, language):
    book = openpyxl.load_workbook(io.BytesIO(workbook(*sheet(land, language))))
    notes = " ".join(str(cell.value) for row in book.worksheets[-1].iter_rows() for cell in row)
    assert NUMBER in notes
    assert "land@1" in notes


@pytest.mark.parametrize("number", [None, "", 7, ["x"]])
def test_a_version_without_a_number_is_cited_by_its_id(empty_store, number):
    version = filled(empty_store, number=number)
    assert passport_number(version) == cited(version) == "land@1"


def test_a_version_with_a_number_is_cited_by_both(land):
    assert cited(land.version("land", ANN)) == f"land@1 · {NUMBER}"
