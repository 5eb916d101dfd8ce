from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

import pytest

from domain import boundaries
from domain.i18n import LANGUAGES, translator
from domain.issues import explain
from domain.paths import DATA, STATIC
from export import fonts
from export.fonts import Fonts, MissingGlyphError, set_chinese

FOLDER = STATIC / "fonts"


def test_every_name_of_the_province_and_its_neighbours_can_be_drawn():
    for layer in ("prefecture", "county", "neighbour"):
        assert Fonts().missing("".join(boundaries.layer(layer)["name"])) == ""


@pytest.mark.parametrize("path", sorted((DATA / "reference").glob("*.csv")), ids=lambda p: p.stem)
def test_every_character_of_the_reference_tables_can_be_drawn(path):
    assert Fonts().missing(path.read_text(encoding="utf-8")) == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_the_interface_can_be_drawn(language):
    assert Fonts().missing("".join(translator(language)._texts.values())) == ""


def test_rare_characters_of_names_are_covered_beyond_gb2312():
    rare = "喆堃赟珺翀昇玥"
    assert any(not c.encode("gb2312", errors="ignore") for c in rare)
    assert Fonts().missing(rare) == ""


def test_bold_covers_what_regular_covers():
    assert set(fonts.metrics(fonts.BOLD).advances) == set(fonts.metrics(fonts.REGULAR).advances)


def test_a_missing_glyph_is_refused_with_the_character_and_the_place():
    with pytest.raises(MissingGlyphError) as caught:
        Fonts().require("𠮷林公司", where="label")
    assert caught.value.values == {"characters": "𠮷", "where": "label"}
    assert "GANYUAN_FALLBACK_FONT" in explain(caught.value, "zh_CN")


def test_a_configured_font_fills_the_gap():
    dejavu = Path(fonts.font_manager.findfont("DejaVu Sans"))
    character = next(
        c for c in fonts.metrics(dejavu).advances if c not in fonts.metrics(fonts.REGULAR).advances
    )
    assert Fonts().missing(chr(character)) == chr(character)
    assert Fonts(dejavu).missing(chr(character)) == ""
    assert Fonts(dejavu).families == ["Noto Sans SC", "DejaVu Sans"]


def test_an_absent_font_file_is_refused():
    with pytest.raises(MissingGlyphError, match=r"FNT-001.*nowhere"):
        Fonts(Path("/nowhere.ttf")).missing("字")


def test_the_fonts_are_those_of_the_recipe():
    note = tomllib.loads((FOLDER / "fonts.source.toml").read_text(encoding="utf-8"))
    for name, digest in note["sha256"].items():
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == digest, name
    assert "SIL OPEN FONT LICENSE" in (FOLDER / "OFL.txt").read_text(encoding="utf-8").upper()


def test_a_chinese_character_is_one_em_wide():
    assert Fonts().width("赣园", 10) == pytest.approx(20)


def test_no_line_is_wider_than_asked_nor_begins_with_a_closing_mark():
    text = (
        "行政区划数据来源，国家地理信息公共服务平台（天地图）。"
        "demonstration data 演示数据，不得引用。"
    )
    lines = Fonts().wrap(text, 7, 70)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(Fonts().width(line, 7) <= 70 for line in lines)
    assert not any(line[0] in "，。）" for line in lines)
    assert not any(line.endswith("（") for line in lines)
    assert any("demonstration" in line for line in lines)


@pytest.mark.parametrize(
    ("keyed", "set_"),
    [
        ("来源:天地图(2025年9月)", "来源：天地图（2025年9月）"),
        ("parcels@1;行政区划", "parcels@1；行政区划"),
        ("1:2 000 000", "1:2 000 000"),
        ("Areas, ha (CGCS2000)", "Areas, ha (CGCS2000)"),
    ],
)
def test_punctuation_of_chinese_is_full_width(keyed, set_):
    assert set_chinese(keyed) == set_
