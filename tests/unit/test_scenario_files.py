"""Annex and workbook of a scenario: two pages, every mark, hostile names, no formulas."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile

import docx
import openpyxl
import pytest
from reportlab.pdfgen.canvas import Canvas

from analytics.consolidation.task import Conditions
from domain.i18n import translator
from export.scenario_annex import MOST_PAIRS, MOST_UNITS, annex
from export.scenario_annex_docx import annex_docx
from export.scenario_annex_pdf import annex_pdf, fitted
from export.scenario_workbook import scenario_file, scenario_workbook
from store import Scenario as Saved
from tests.scenario_world import PAIR, PLACE, made

AT = dt.datetime(2026, 11, 26, 8, 0, tzinfo=dt.UTC)
ZH = translator("zh_CN")
HOSTILE = "=1+1 <script>\u202e\U0002a6d6"


def kept(scenario, *, name="甲方案", demonstration=False, reason="r"):
    return Saved(
        kind="consolidation",
        name=name,
        number=2,
        prefectures=[PLACE],
        demonstration=demonstration,
        content=scenario.to_json(),
        withdrawn=False,
        saved_by="=cmd",
        saved_at=AT,
        reason=reason,
    )


def content(t=ZH, place=PLACE, conditions=None, **facts):
    scenario = made(conditions, place=place)
    return annex(kept(scenario, **facts), scenario, t, made_on=AT.date())


@pytest.fixture(scope="module")
def province():
    return {name: content(translator(name), place="") for name in ("zh_CN", "en")}


class Pages(list):
    """Texts drawn on each page of a PDF."""


@pytest.fixture
def drawn(monkeypatch):
    pages = Pages([[]])
    for name in ("drawString", "drawRightString"):
        kind = getattr(Canvas, name)

        def write(self, x, y, text, *more, _kind=kind, **named):
            pages[-1].append((y, text))
            return _kind(self, x, y, text, *more, **named)

        monkeypatch.setattr(Canvas, name, write)
    turn = Canvas.showPage
    monkeypatch.setattr(Canvas, "showPage", lambda self: (pages.append([]), turn(self)))
    return pages


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_the_annex_has_two_pages_even_for_the_province(province, language):
    made_of = province[language]
    assert b"/Count 2" in annex_pdf(made_of)
    assert annex_pdf(made_of) == annex_pdf(made_of)


def test_twelve_units_of_the_usual_case_stand_on_it(province):
    for made_of in province.values():
        shown = fitted(made_of)
        assert len(shown.units.rows) == MOST_UNITS
        assert 12 <= len(shown.pairs.rows) <= MOST_PAIRS


def test_rows_that_find_no_room_are_said_to_stand_in_the_workbook(province):
    shown = fitted(province["zh_CN"])
    assert "XLSX" in shown.pairs.more
    assert "XLSX" in shown.units.more
    assert content().pairs.more == ""


def test_every_page_carries_its_marks_and_stays_on_the_paper(drawn):
    annex_pdf(content(demonstration=True))
    pages = [page for page in drawn[1:] if page][-2:]
    for page in pages:
        said = [text for _, text in page]
        head = next(text for text in said if ZH("scenario.annex.draft") in text)
        assert ZH("scenario.annex.demonstration") in head
        assert any("供研究" in text for text in said[:8])
        assert min(y for y, _ in page) > 14
    mark = ZH("scenario.annex.demonstration")
    assert not any(mark in text for page in _pages(drawn, content()) for text in page)


def _pages(drawn, made_of):
    drawn[:] = [[]]
    annex_pdf(made_of)
    return [[text for _, text in page] for page in drawn if page][-2:]


def test_pairs_are_for_study_and_never_proposals(province):
    assert "整合研究对象" in province["zh_CN"].pairs.head
    for language, word in (("zh_CN", "应当整合"), ("en", "should")):
        made_of = province[language]
        said = " ".join((*made_of.conditions, *made_of.doubts, made_of.outcome, *made_of.marks))
        assert word not in said


def test_the_tables_say_what_the_scenario_holds():
    made_of = content(conditions=Conditions(locked={PAIR}, trustees={PAIR}, shares={PLACE: 0.3}))
    scenario = made(Conditions(locked={PAIR}, trustees={PAIR}, shares={PLACE: 0.3}))
    assert len(made_of.pairs.rows) == len(scenario.result.pairs)
    assert "代管" in {row[3] for row in made_of.pairs.rows}
    assert any("30.0 %" in text for text in made_of.conditions)
    (goal,) = made_of.goals.rows
    assert goal[1:] == (f"{scenario.result.goals[0].value:.2f}".rstrip("0").rstrip("."),
                        f"{scenario.result.goals[0].bound:.2f}".rstrip("0").rstrip("."),
                        "0.0 %")  # fmt: skip
    bodies = next(row for row in made_of.measures.rows if "管理机构" in row[0])
    assert int(bodies[1]) - int(bodies[2]) == len(scenario.result.pairs)
    assert made_of.picture.startswith(b"\x89PNG")


def test_conditions_without_a_plan_make_an_annex_that_says_so():
    made_of = content(conditions=Conditions(locked={PAIR}, forbidden={PAIR}))
    assert made_of.outcome == ZH("scenario.outcome.infeasible")
    assert made_of.pairs.rows == made_of.units.rows == ()
    assert b"/Count 2" in annex_pdf(made_of)


def test_hostile_names_are_drawn_as_text():
    made_of = content(name=HOSTILE, reason="\x00\x07 & <w:p/>\n" + "长" * 900)
    assert "<script>" in made_of.name
    assert "\u202e" not in made_of.name
    assert b"/Count 2" in annex_pdf(made_of)
    paper = docx.Document(io.BytesIO(annex_docx(made_of)))
    assert any("<script>" in p.text for p in paper.paragraphs)
    assert any("& <w:p/>" in p.text for p in paper.paragraphs)


def test_the_docx_holds_the_same_tables_a_map_and_the_marks():
    made_of = content(demonstration=True)
    raw = annex_docx(made_of)
    assert raw == annex_docx(made_of)
    paper = docx.Document(io.BytesIO(raw))
    assert [len(table.rows) for table in paper.tables] == [
        1 + len(table.rows) for table in (made_of.goals, made_of.measures, made_of.pairs,
                                          made_of.units)
    ]  # fmt: skip
    head = paper.sections[0].header.paragraphs[0].text
    assert all(mark in head for mark in made_of.marks)
    assert len(paper.inline_shapes) == 1
    xml = zipfile.ZipFile(io.BytesIO(raw)).read("word/document.xml").decode()
    assert len(re.findall('w:pageBreakBefore(?! w:val="0")', xml)) == 1


def test_the_workbook_holds_choices_pairs_terms_units_and_what_is_missing():
    scenario = made(Conditions(goals=("large", "score")))
    saved = kept(scenario, name=HOSTILE, demonstration=True)
    book = openpyxl.load_workbook(
        io.BytesIO(scenario_workbook(saved, scenario, ZH, made_on=AT.date()))
    )
    names = ["choices", "pairs", "terms", "units", "measures", "basis", "lacking"]
    sheets = [book[ZH(f"scenario.sheet.{name}")] for name in names]
    for sheet in sheets:
        assert sheet["A1"].value == ZH("scenario.annex.demonstration")
    result = scenario.result
    sizes = [sheet.max_row - 2 for sheet in sheets]
    assert sizes[1] == len(result.pairs)
    assert sizes[2] == sum(len(pair.terms) for pair in result.pairs)
    assert sizes[3] == sum(len(unit.figures) for unit in result.units)
    assert sizes[5] == len(scenario.basis)
    assert sizes[6] > len(result.lacking)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not any(cell.data_type == "f" or cell.hyperlink for cell in cells)
    assert any(str(cell.value).startswith("=cmd") for cell in cells)


def test_each_ending_makes_its_kind_of_file():
    scenario = made()
    starts = {"docx": b"PK", "xlsx": b"PK", "pdf": b"%PDF"}
    for ending, start in starts.items():
        raw = scenario_file(kept(scenario), scenario, ZH, ending, made_on=AT.date())
        assert raw.startswith(start)
