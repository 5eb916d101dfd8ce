"""The page of a passport: everything on it, always one sheet, nothing foreign taken for markup."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import subprocess

import pytest

from domain.i18n import LANGUAGES, translator
from domain.issues import catalogue
from domain.passport import Closing, number_of, read
from export.fonts import Fonts
from export.passport import passport_html, passport_pages, passport_pdf
from export.passport_fit import STAND_IN, drawable, fit, rows_that_fit
from export.passport_layout import lay_out
from export.passport_sketch import sketch
from export.passport_words import clean, shortened
from store import Version
from tests.passport_world import NUMBER, record

SHEETS = re.compile(rb"/Type /Page\b(?!s)")
MOMENT = dt.datetime(2026, 11, 23, 16, 30, tzinfo=dt.UTC)


def version(passport, **changes):
    facts = {
        "dataset": "gd", "number": 3, "kind": "parcels", "rows": 6, "sha256": "cd" * 32,
        "committed_by": "李工", "reason": "第三季度台账", "committed_at": MOMENT,
        "passport": passport, "bounds": (115.88, 28.53, 115.9, 28.545),
    }  # fmt: skip
    return Version(**(facts | changes))


def crowded():
    """Fifty codes, long names, long texts, every decision taken."""
    codes = list(catalogue())[:50]
    wide = "1-5,7,9,12-40,55,59,77,81,90-2000"
    return record() | {
        "file": "很长的文件名_" * 30 + "最终版（2）.zip",
        "layer": "图层" * 80,
        "files": [{"name": f"{'目录/' * 40}{n}.shp", "size": 10**9} for n in range(60)],
        "issues": [
            {"code": c, "severity": catalogue()[c].severity, "count": 99_999, "rows": wide}
            for c in codes
        ],
        "encoding": {"chosen": "gb18030", "source": "choice", "samples": ["一" * 300] * 9},
        "crs": {
            "chosen": 4527, "source": "choice", "declared": "LOCAL_CS" * 40,
            "candidates": [
                {"epsg": n, "name": "name " * 40, "name_zh": "名称" * 40, "inside": n / 10_000}
                for n in range(4520, 4535)
            ],
        },
        "choices": {
            "crs_epsg": 4527, "encoding": "gb18030", "swap_axes": True, "area_unit": "mu",
            "county_adcode": "360121", "layer": "图层" * 80, "fields": {"a": "b"},
            "anyway": ["FIL-006"], "class_standard": "三调", "kind": "parcels",
        },
        "repairs": [{"row": 1, "area_before_m2": 1.0, "area_after_m2": 3.5, "accepted": True}],
        "rows": {"file": 1_234_567, "committed": 1_200_000, "quarantined": 34_567},
    }  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("full", [True, False])
def test_every_passport_is_one_sheet_with_the_same_bytes(language, full):
    passport = crowded() if full else record()
    long = version(passport, dataset="名" * 80, committed_by="欧阳" * 60, reason="理由" * 300)
    pages = passport_pages(passport, translator(language), long if full else version(passport))
    pdf = passport_pdf(pages)
    assert len(SHEETS.findall(pdf)) == 1
    assert pdf == passport_pdf(pages)
    assert passport_html(pages) == passport_html(pages)


def test_findings_that_do_not_fit_are_counted():
    (page,) = passport_pages(crowded(), translator("zh_CN"))
    layout = lay_out(page, Fonts())
    listed = len(layout.heights)
    assert 8 <= listed < 50
    assert f"另有 {50 - listed} 类共 {(50 - listed) * 99_999:,} 处" in layout.others
    few = lay_out(passport_pages(record(), translator("zh_CN"))[0], Fonts())
    assert (len(few.heights), few.others) == (7, "")
    assert rows_that_fit(page.findings, Fonts(), 0.0) == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_what_the_record_knows(language):
    (page,) = passport_pages(record(), translator(language), version(record()))
    html = passport_html([page]).decode()
    for text in (NUMBER, "gd@3", "供地.zip", "ab" * 32, "GB18030", "工业用地", "EPSG:4527",
                 "98.0%", "GEO-002", "李工", "第三季度台账", "2026-11-24 00:30"):  # fmt: skip
        assert text in html, text
    assert [(term.value) for term in page.rows] == [8, 6, 2, 0]
    assert page.rows[0].value == sum(term.value for term in page.rows[1:])
    assert page.sketch.place in {"南昌市", "Nanchang"}
    assert page.sketch.small


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no pdftotext on this machine")
def test_the_pdf_holds_text_that_can_be_searched(tmp_path):
    path = tmp_path / "a.pdf"
    path.write_bytes(passport_pdf(passport_pages(record(), translator("zh_CN"), version({}))))
    text = subprocess.run(
        ["pdftotext", "-layout", str(path), "-"], check=True, capture_output=True, text=True
    ).stdout
    for words in ("数据护照", NUMBER, "供地.zip", "图形无效", "第三季度台账"):
        assert words in text, words


def test_an_upload_that_is_not_published_says_so():
    (page,) = passport_pages(record(), translator("zh_CN"))
    assert page.standing == "尚未入库，以下为检查结果"
    assert page.signed == ()
    assert "6 行可以入库；2 行有错误" in page.verdict


def test_a_refused_upload_says_why():
    refused = record() | {
        "refused_by": "ZIP-003",
        "issues": [{"code": "ZIP-003", "severity": "error", "count": 1, "rows": "",
                    "values": [[0, {"limit_mb": 200}]]}],
        "rows": {"file": 8, "refused": 8},
    }  # fmt: skip
    (page,) = passport_pages(refused, translator("en"))
    assert "ZIP-003" in page.verdict
    assert "200 MB" in page.verdict


@pytest.mark.parametrize(
    ("language", "label", "told"),
    [("en", "not filled in", "4 more rows"), ("zh_CN", "未填写", "4 行")],
)
def test_rows_that_nobody_filled_in_are_not_kept_apart(language, label, told):
    form = record() | {"rows": {"file": 9, "committed": 3, "unfilled": 4, "undecided": 2}}
    (page,) = passport_pages(form, translator(language))
    assert [term.value for term in page.rows] == [9, 3, 0, 0, 4, 2]
    assert page.rows[4].label == label
    assert passport_html([page]).decode().count("<i>+</i>") == 4
    whole = record() | {"rows": {"file": 7, "committed": 3, "unfilled": 4}}
    (page,) = passport_pages(whole, translator(language))
    assert told in page.verdict
    assert page.verdict.startswith(translator(language)("passport.verdict_whole_ready", ok="3"))


def test_open_questions_are_no_rows_lost():
    waiting = record() | {"rows": {"file": 8, "undecided": 8}}
    (page,) = passport_pages(waiting, translator("en"))
    assert page.rows[-1].label == "undecided"
    assert "8 rows wait" in page.verdict


def test_a_correction_says_what_it_closed():
    closing = Closing(
        number="GY20261120-00000001", closed={"GEO-002": "3-4"}, added="3", replaced="4"
    )
    corrected = record() | {"corrections": [closing.model_dump()]}
    (page,) = passport_pages(corrected, translator("zh_CN"), version(corrected))
    assert "本次更正 GY20261120-00000001" in page.verdict
    assert "消除问题 2 处" in page.verdict
    assert "2 行未采用，保持原样" in page.verdict


def test_an_old_datum_is_no_error_of_the_rows():
    old = record() | {"datum": "西安80", "rows": {"file": 8, "refused": 8}}
    (page,) = passport_pages(old, translator("zh_CN"))
    assert "西安80，只能查看位置" in page.verdict


def test_decisions_are_told_in_words():
    (page,) = passport_pages(crowded(), translator("zh_CN"))
    said = "；".join(page.decisions)
    for words in ("坐标系取 EPSG:4527", "X、Y 对调", "南昌县 360121", "面积单位取亩", "FIL-006",
                  "同意修复 1 个图形（面积合计变化 +2.50 平方米）"):  # fmt: skip
        assert words in said
    odd = record() | {"choices": {"county_adcode": "999999"}}
    assert "999999" in passport_pages(odd, translator("en"))[0].decisions[0]


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", '"><img src=x onerror=1>', "]]><!--", "&lt;b&gt;"]
)
def test_texts_of_senders_are_never_markup(text):
    hostile = record() | {
        "file": text, "layer": text, "class_standard": text, "sha256": text, "number": text,
        "files": [{"name": text, "size": 1}], "kind": text, "format_of_file": text,
        "encoding": {"chosen": text, "source": text, "declared": text, "samples": [text]},
        "crs": {"chosen": 4527, "source": text, "declared": text,
                "candidates": [{"epsg": 4527, "name": text, "name_zh": text, "inside": 0.5}]},
        "choices": {"layer": text, "encoding": text},
        "issues": [{"code": "VAL-001", "severity": "warning", "count": 1, "rows": "1",
                    "values": [[1, {"field": text, "value": text}]]}],
    }  # fmt: skip
    who = version(hostile, committed_by=text, reason=text, dataset=text)
    pages = passport_pages(hostile, translator("zh_CN"), who)
    html = passport_html(pages).decode()
    assert "<script" not in html
    assert "<img" not in html
    assert "<!--" not in html
    assert len(SHEETS.findall(passport_pdf(pages))) == 1


def test_the_document_needs_nothing_else():
    html = passport_html(passport_pages(record(), translator("en"))).decode()
    assert "default-src 'none'" in html
    assert not re.findall(r"(?:src|href)\s*=\s*[\"']?https?:", html)
    assert re.findall(r"url\((?!data:)", html) == []


def test_characters_without_a_glyph_are_stood_in_for():
    rare = "𠮷" + chr(0xE000)
    assert drawable(f"a{rare}b", Fonts()) == f"a{STAND_IN * 2}b"
    odd = record() | {"file": f"{rare}.zip"}
    assert len(SHEETS.findall(passport_pdf(passport_pages(odd, translator("zh_CN"))))) == 1


def test_control_characters_and_turned_reading_order_are_taken_out():
    assert clean("a\u202egpj.exe\x00\nb\ufeff") == "a gpj.exe b"
    assert shortened("x" * 100 + ".zip", 20) == "x" * 13 + "…" + "xx.zip"
    assert shortened("short.zip") == "short.zip"


def test_words_longer_than_a_line_are_cut():
    fonts = Fonts()
    (line,) = fit("x" * 500, fonts, 10, 100.0)
    assert fonts.width(line, 10) <= 100
    assert line.endswith("…")
    (mixed,) = fit("声明" + "x" * 500, fonts, 10, 100.0)
    assert mixed.startswith("声明xxx")
    two = fit("一" * 500, fonts, 10, 100.0, lines=2)
    assert len(two) == 2
    assert all(fonts.width(part, 10) <= 100 for part in two)


def test_the_sketch_shows_where_data_lies():
    small = sketch((115.88, 28.53, 115.9, 28.545), "en")
    assert (small.place, small.small) == ("Nanchang", True)
    left, top, right, bottom = small.frame
    assert 0 < left < right < small.width
    assert 0 < top < bottom < 1
    wide = sketch((110.0, 20.0, 125.0, 35.0), "zh_CN")
    assert (wide.place, wide.small, wide.lit) == ("", False, ())
    assert wide.frame[2] < wide.width * 1.1
    nowhere = sketch(None, "en")
    assert nowhere.frame is None
    assert len(nowhere.outlines) >= 11


def test_the_number_for_maps_and_reports():
    assert number_of(record()) == NUMBER
    assert number_of({"parts": [record(), record() | {"number": "GY2"}]}) == f"{NUMBER}, GY2"
    assert number_of({"source": "demo"}) == ""
    assert read(record())[0].number == NUMBER
