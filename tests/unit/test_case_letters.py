"""Drafts of letters, opened again: facts with sources, blanks, marks, text that stays text."""

from __future__ import annotations

import io
import zipfile

import docx
import pytest
from docx.shared import Mm
from hypothesis import given
from hypothesis import strategies as st

from analytics.cases.file import case_file
from analytics.idle.status import parcel_status
from domain.rules import load_rules
from export.case_facts import case_facts, missing_of, proposal
from export.case_letters import (
    BLANK,
    DRAFT,
    LETTERS,
    TO_CHECK,
    Known,
    article_of,
    names_in,
    write_letter,
)
from export.docx_parts import BODY_FONT, FALLBACK_FONT, clean
from tests.case_world import SUPPLY_NO, case_rows, supply_row
from tests.land_world import date, parcels

DAY = date("2026-06-30")
RULES = load_rules("idle", as_of=DAY)
TITLES = {
    "notice": "闲置土地调查通知书",
    "determination": "闲置土地认定书",
    "hearing": "听证告知书",
    "fee": "征缴土地闲置费决定书",
    "reclaim": "收回国有建设用地使用权决定书",
}


def opened(content):
    return docx.Document(io.BytesIO(content))


def text_of(document):
    return "\n".join(p.text for p in document.paragraphs)


def draft(letter, facts=None, **more):
    return write_letter(letter, facts or {}, rules=RULES, made_on=DAY, **more)


def facts_of(parcel=None, case=None, supply=None):
    record = {"supply_no": SUPPLY_NO, "holder": "甲公司", "start_due": "2024-06-01"}
    world = parcels([record | (parcel or {})])
    status = parcel_status(world, as_of=DAY, rules=RULES)
    row = {**world.iloc[0].to_dict(), **status.iloc[0].to_dict()}
    cases = case_rows(case or {"notice_no": "调1", "notice_on": "2025-07-01", "cause": "H"})
    supplies = supply_row(**{"price_wan": 1000.0, "contract_no": "合1", **(supply or {})})
    file = case_file(row, version="land@3", supplies=supplies, cases=cases)
    return case_facts(
        row,
        supplies.iloc[0].to_dict(),
        cases.iloc[0].to_dict(),
        file=file,
        version="land@3",
        as_of=DAY,
        rules=RULES,
    )


@pytest.mark.parametrize("letter", LETTERS)
def test_a_letter_without_facts_is_all_blanks_and_a_draft(letter):
    document = opened(draft(letter))
    text = text_of(document)
    assert TITLES[letter] in text
    assert DRAFT in document.sections[0].header.paragraphs[0].text
    blanks = [r for p in document.paragraphs for r in p.runs if r.text == BLANK]
    assert len(blanks) >= len(names_in(letter))
    assert "{" not in text
    assert "草稿" in document.core_properties.title


def test_the_page_is_that_of_an_official_document():
    section = opened(draft("notice")).sections[0]
    # 297 - 37 - 35 by 210 - 28 - 26: the type area of 225 by 156 mm. A file counts in twips.
    names = [
        "page_width",
        "page_height",
        "top_margin",
        "left_margin",
        "bottom_margin",
        "right_margin",
    ]
    assert [round(getattr(section, n) / Mm(1)) for n in names] == [210, 297, 37, 28, 35, 26]


def test_fonts_of_the_form_have_the_products_font_behind_them():
    content = draft("notice")
    with zipfile.ZipFile(io.BytesIO(content)) as z:
        table = z.read("word/fontTable.xml").decode()
    assert f'w:name="{BODY_FONT}"><w:altName w:val="{FALLBACK_FONT}"' in table


def test_facts_stand_with_the_number_of_their_source():
    facts = facts_of()
    text = text_of(opened(draft("notice", facts)))
    assert "甲公司" in text
    assert f"电子监管号：{SUPPLY_NO}[" in text
    assert "1.0000公顷（合15.00亩）" in text
    assert "2024年6月1日" in text
    assert "超过动工开发日期满两年未动工开发" in text
    assert "调1" in text
    assert "闲置台账 C0" in text
    assert "地块数据 land@3" in text
    assert "30日内" in text


def test_the_fee_is_the_share_of_the_price():
    facts = facts_of()
    assert facts["price"].text == "1,000万元"
    assert facts["fee"].text == "200万元"
    text = text_of(opened(draft("fee", facts)))
    assert "20%" in text
    assert "200万元" in text
    assert "fee" not in facts_of(supply={"price_wan": None})


def test_what_is_not_known_stays_blank():
    facts = facts_of()
    assert set(missing_of(names_in("determination"), facts)) >= {
        "letter_no", "letter_on", "holder_address", "authority", "materials_on",
    }  # fmt: skip
    assert "cause" not in missing_of(names_in("determination"), facts)


def test_articles_are_numbers_with_their_mark():
    for name in ("IDLE-PAY", "IDLE-LETTER"):
        rule = RULES[name]
        marked = article_of(RULES, name)
        assert marked.startswith(rule.article)
        assert (TO_CHECK in marked) == (rule.status == "recalled")
    assert article_of(RULES, "IDLE-NONE") == ""
    assert TO_CHECK in text_of(opened(draft("fee")))


def test_the_hearing_says_what_is_intended():
    supply = supply_row(price_wan=1000.0).iloc[0].to_dict()
    assert "金额为200万元" in proposal("D7", {}, supply, RULES)["proposal"].text
    assert "无偿收回" in proposal("D8", {}, supply, RULES)["proposal"].text
    assert proposal("D1", {}, supply, RULES) == {}


def test_land_that_was_started_is_told_as_stopped():
    facts = facts_of({"started_on": "2024-06-01", "stopped_since": "2025-06-30"})
    assert facts["situation"].text == "已动工开发，自2025年6月30日起中止开发建设满一年"


def test_a_demonstration_case_says_so():
    head = opened(draft("notice", demonstration=True)).sections[0].header.paragraphs[0].text
    assert "演示数据" in head
    plain = opened(draft("notice")).sections[0].header.paragraphs[0].text
    assert "演示数据" not in plain


def test_the_same_draft_has_the_same_bytes():
    assert draft("reclaim", facts_of()) == draft("reclaim", facts_of())


HOSTILE = '<w:p/>&<script>"\x00\x0b\u202e{holder}{art:IDLE-PAY}\ud800=1+1\n二行'


def test_hostile_text_is_text():
    facts = {**facts_of(), "holder": Known(HOSTILE, HOSTILE), "location": Known("x" * 1000)}
    document = opened(draft("notice", facts))
    text = text_of(document)
    assert '<w:p/>&<script>"{holder}{art:IDLE-PAY}=1+1 二行' in text
    assert "x" * 399 + "…" in text
    assert "x" * 400 not in text
    assert "\u202e" not in text


@given(st.text())
def test_any_text_makes_a_document(text):
    document = opened(draft("notice", {"holder": Known(text, text)}))
    assert clean(text) in text_of(document)
