"""Chinese text in the encodings that arrive, with right, wrong and no declaration."""

from __future__ import annotations

import pytest

from ingest import encoding

LAND = ["南昌县小蓝经济技术开发区", "示例企业甲有限公司", "工业用地", "电子信息产业园项目", "出让"]
TRADITIONAL = ["南昌縣工業園區", "電子資訊產業有限公司", "工業用地", "開發區建設項目"]


def raw(values: list[str], codec: str) -> list[bytes]:
    return [value.encode(codec) for value in values]


@pytest.mark.parametrize(
    ("values", "codec"),
    [(LAND, "gb18030"), (LAND, "utf-8"), (TRADITIONAL, "big5"), (TRADITIONAL, "utf-8")],
)
def test_encoding_is_told_from_how_chinese_it_reads(values: list[str], codec: str):
    found = encoding.judge(raw(values, codec))
    assert (found.chosen, found.source, found.certain) == (codec, "content", True)
    assert found.samples == tuple(values[:5])


@pytest.mark.parametrize(
    ("codec", "declared", "source"),
    [
        ("gb18030", "gb18030", "declared"),
        ("gb18030", "utf-8", "content"),
        ("utf-8", "gb18030", "content"),
        ("utf-8", "utf-8", "declared"),
        ("gb18030", "iso8859-1", "content"),
        ("big5", "gb18030", "content"),
    ],
)
def test_a_declaration_is_believed_only_when_it_reads_well(codec: str, declared: str, source: str):
    found = encoding.judge(raw(TRADITIONAL if codec == "big5" else LAND, codec), declared=declared)
    assert (found.chosen, found.source) == (codec, source)


def test_big5_read_as_gb18030_raises_nothing_and_still_scores_lower():
    data = "".join(TRADITIONAL).encode("big5")
    wrong = data.decode("gb18030")
    assert encoding.score(wrong, "gb18030") < encoding.score("".join(TRADITIONAL), "big5") - 0.1


def test_bytes_that_read_as_nothing_chinese_are_a_question():
    found = encoding.judge([bytes([0xE0 + i, 0x81 + i]) for i in range(8)])
    assert found.chosen is None
    assert not found.certain


def test_plain_letters_need_no_encoding():
    found = encoding.judge([b"XMMC", b"0601"])
    assert (found.chosen, found.source) == ("utf-8", "ascii")


def test_choice_that_cannot_decode_stays_open():
    found = encoding.judge(raw(LAND, "gb18030"), choice="utf-8")
    assert found.chosen is None
    assert encoding.judge(raw(LAND, "gb18030"), choice="gb18030").source == "choice"


@pytest.mark.parametrize("cut", [1, 2])
def test_text_cut_inside_a_character_loses_that_character_only(cut: int):
    whole = "江西省南昌市工业园区".encode()
    assert encoding.decode(whole[:-cut], "utf-8") == ("江西省南昌市工业园", True)
    assert encoding.decode(whole, "utf-8") == ("江西省南昌市工业园区", False)


def test_a_bad_byte_in_the_middle_is_no_cut():
    with pytest.raises(UnicodeDecodeError):
        encoding.decode(b"abc\xffdefghijkl", "utf-8")


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("GBK", "gb18030"),
        ("936", "gb18030"),
        ("ANSI 936", "gb18030"),
        ("cp936", "gb18030"),
        ("UTF-8", "utf-8"),
        ("65001", "utf-8"),
        ("Big5", "big5"),
        ("ISO-8859-1", "iso8859-1"),
        ("nonsense", ""),
    ],
)
def test_names_of_encodings(name: str, codec: str):
    assert encoding.normalise(name) == codec


@pytest.mark.parametrize(
    ("ldid", "codec"), [(0x4D, "gb18030"), (0x4F, "big5"), (0x57, ""), (0, "")]
)
def test_language_byte(ldid: int, codec: str):
    assert encoding.declared_by_ldid(ldid) == codec


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_text_files(codec: str):
    text, found = encoding.decode_text("[地块坐标]\n示例经开区一号地块".encode(codec))
    assert text.endswith("示例经开区一号地块")
    assert found.chosen is not None


@pytest.mark.parametrize("codec", ["gb18030", "utf-8", "big5"])
def test_a_text_of_one_long_line_is_judged_by_its_values(codec: str):
    words = {"big5": "示範園區工業用地,標準廠房項目"}.get(codec, "示范园区工业用地,标准厂房项目")
    line = ('{"名":"' + words.replace(",", '","名":"') + '"},') * 20_000
    assert len(line.encode(codec)) > 400_000
    text, evidence = encoding.decode_text(line.encode(codec))
    assert evidence.chosen == codec
    assert text == line


def test_full_width_punctuation_is_not_taken_for_bopomofo():
    _, evidence = encoding.decode_text(
        "编号，名称，面积\n0012，甲，1.5\n0013，乙，\n".encode("gbk")
    )
    assert evidence.chosen == "gb18030"
    assert evidence.certain
