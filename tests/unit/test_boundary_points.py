"""The boundary-point text: the same two parcels in every disguise that exporters give them."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.formats import boundary_points as bp
from scripts.build_samples import BOUNDARY_POINTS as SAMPLE

AREAS = (53_120.856, 20_448.513)


def areas(text: str) -> tuple[float, ...]:
    return tuple(round(p.geometry.area, 3) for p in bp.parse(text).parcels)


def codes(text: str) -> list[str]:
    return [note.code for note in bp.parse(text).notes]


def swap(text: str) -> str:
    """Exchange the two coordinates of every point."""
    out = []
    for line in text.splitlines():
        parts = line.split(",")
        if line.startswith("J"):
            parts[2], parts[3] = parts[3], parts[2]
        out.append(",".join(parts))
    return "\n".join(out)


def test_sample_has_two_parcels_and_one_hole():
    found = bp.parse(SAMPLE)
    assert areas(SAMPLE) == AREAS
    assert [len(p.geometry.interiors) for p in found.parcels] == [1, 0]
    assert [p.parcel_id for p in found.parcels] == ["1", "2"]
    assert found.parcels[1].name == "示例经开区二号地块"
    assert found.parcels[1].land_class == "0508"
    assert found.parcels[0].area_stated == 5.3121
    assert found.header["带号"] == "39"
    assert found.notes == ()


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + SAMPLE,
        SAMPLE.replace("\n", "\r\n"),
        SAMPLE.replace("[", "【").replace("]", "】"),
        SAMPLE.replace(",", "，"),
        SAMPLE.replace("@", "").replace("10,5.3121", "@10,5.3121").replace("5,2.0449", "@5,2.0449"),
        SAMPLE.replace("[属性描述]", "[项目信息]\n项目名称=甲\n[属性描述]"),
        SAMPLE.replace("0601,@", "0601,耕地,旱地,5,备注,@"),
        SAMPLE.replace("J3,1,3157468.117", "J3, 1 , ３１５７４６８．１１７"),
        SAMPLE.replace(",@\n", ",\n"),
    ],
    ids=[
        "bom",
        "crlf",
        "brackets",
        "commas",
        "at-first",
        "section",
        "attributes",
        "width",
        "no-at",
    ],
)
def test_habits_of_exporters_change_nothing(text: str):
    assert areas(text) == AREAS
    assert codes(text) == []


def test_closing_points_may_be_left_out():
    points = [line for line in SAMPLE.splitlines() if line.startswith(("J1,1", "J7,2", "J11,1"))]
    text = SAMPLE
    for line in dict.fromkeys(points):
        first, _, rest = text.partition(line)
        text = first + line + rest.replace(line + "\n", "")
    assert text.count("J1,1,3157642.318") == 1
    assert areas(text) == AREAS


def test_closing_point_under_a_new_name_is_still_the_first_point():
    head, _, tail = SAMPLE.rpartition("J11,1,")
    assert areas(head + "J16,1," + tail) == AREAS


def test_swapped_columns_are_told_by_size_and_noted():
    assert areas(swap(SAMPLE)) == AREAS
    assert codes(swap(SAMPLE)) == ["BPT-006"]


def test_second_ring_outside_the_first_is_a_part_not_a_hole():
    apart = SAMPLE
    for number in range(7, 11):
        apart = apart.replace(f"J{number},2,3157", f"J{number},2,3159")
    parcel = bp.parse(apart).parcels[0]
    assert parcel.geometry.geom_type == "MultiPolygon"
    assert parcel.geometry.area > AREAS[0]


def test_rings_that_all_carry_number_one_are_parted_where_they_close():
    assert areas(SAMPLE.replace(",2,3157", ",1,3157")) == AREAS


@pytest.mark.parametrize(("stated", "noted"), [("10", False), ("12", False), ("11", True)])
def test_point_count_is_never_relied_on(stated: str, noted: bool):  # noqa: FBT001
    text = SAMPLE.replace("10,5.3121", f"{stated},5.3121")
    assert areas(text) == AREAS
    assert ("BPT-004" in codes(text)) == noted


def test_data_wins_over_the_zone_of_the_header():
    text = SAMPLE.replace("带号=39", "带号=38")
    assert codes(text) == ["BPT-005"]
    assert bp.zone_of_data(bp.parse(text).parcels) == 39


def test_removed_prefix_leaves_the_zone_open():
    found = bp.parse(SAMPLE.replace(",39391", ",391"))
    assert bp.zone_of_data(found.parcels) is None
    assert bp.zone_of_header(found.header) == 39


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (SAMPLE.replace("J3,1,3157468.117", "J3,1,未知"), "BPT-002"),
        (SAMPLE.replace("J3,1,3157468.117", "J3,1,nan"), "BPT-002"),
        (SAMPLE.replace("一号地块,面", "一号地块,线"), "BPT-008"),
    ],
)
def test_a_bad_parcel_is_named_and_the_other_one_stays(text: str, code: str):
    found = bp.parse(text)
    assert [(n.code, n.row) for n in found.notes] == [(code, 1)]
    assert found.parcels[0].geometry is None
    assert round(found.parcels[1].geometry.area, 3) == AREAS[1]


def test_two_points_are_no_ring():
    lines = SAMPLE.splitlines()
    text = "\n".join(line for line in lines if not line.startswith(("J13,", "J14,", "J15,")))
    assert [(n.code, n.row) for n in bp.parse(text).notes][-1] == ("BPT-003", 2)


def test_text_without_parcels_is_refused():
    with pytest.raises(bp.NoParcelError) as error:
        bp.parse("[属性描述]\n坐标系=2000国家大地坐标系\n[地块坐标]\n")
    assert error.value.code == "BPT-001"


@given(st.text(alphabet="J0123456789.,@面[]地块坐标=-\n nae+", max_size=400))
@settings(max_examples=150, deadline=None)
def test_any_text_is_read_or_refused(text: str):
    try:
        found = bp.parse("[地块坐标]\n" + text)
    except bp.NoParcelError:
        return
    assert [p.row for p in found.parcels] == list(range(1, len(found.parcels) + 1))
    for parcel in found.parcels:
        assert parcel.geometry is None or math.isfinite(parcel.geometry.area)


def attributes(line: str) -> tuple:
    """What the parcel line in place of the first one says."""
    text = SAMPLE.replace("10,5.3121,1,示例经开区一号地块,面,,工业用地,0601,@", line)
    found = bp.parse(text)
    assert areas(text) == areas(SAMPLE)
    first = found.parcels[0]
    return (
        first.parcel_id,
        first.name,
        first.use,
        first.land_class,
        first.area_stated,
        first.extra,
    )


USUAL = ("1", "示例经开区一号地块", "工业用地", "0601", 5.3121)


@pytest.mark.parametrize(
    ("line", "extra"),
    [
        ("10,5.3121,1,示例经开区一号地块,面,,工业用地,0601,@", ()),
        ("@10,5.3121,1,示例经开区一号地块,面,,工业用地,0601", ()),
        ("@,10,5.3121,1,示例经开区一号地块,面,,工业用地,0601,", ()),
        ("10 , 5.3121 , 1 , 示例经开区一号地块 , 面 , , 工业用地 , 0601 , @", ()),
        ("10,5.3121,1,示例经开区一号地块,面,,工业用地,0601,旱地,@", ("旱地",)),
        (
            "10,5.3121,1,示例经开区一号地块,面,,工业用地,0601,新增耕地,旱地,8,备注,@",
            ("新增耕地", "旱地", "8", "备注"),
        ),
        ("10,5.3121,描述,1,示例经开区一号地块,面,,工业用地,0601,@", ("描述",)),
        ("10，5.3121，1，示例经开区一号地块，面，，工业用地，0601，＠", ()),
    ],
)
def test_parcel_lines_of_every_length_give_the_same_parcel(line: str, extra: tuple[str, ...]):
    assert attributes(line) == (*USUAL, extra)


@pytest.mark.parametrize("blank", [" ", "\t", "   "])
def test_points_parted_by_blanks(blank: str):
    text = re.sub(
        r"^(J\d+),(\d),(.*),(.*)$", rf"\1{blank}\2{blank}\3{blank}\4", SAMPLE, flags=re.MULTILINE
    )
    assert text != SAMPLE
    assert areas(text) == areas(SAMPLE)


def test_coordinates_before_any_parcel_are_told():
    text = SAMPLE.replace("[地块坐标]", "[地块坐标]\nJ1,1,3157642.318,39391214.506")
    assert [n.values for n in bp.parse(text).notes if n.code == "BPT-009"] == [
        {"n": 1, "lines": "13"}
    ]


def test_sections_that_disagree_are_told():
    again = SAMPLE + SAMPLE.replace("带号=39", "带号=38")
    assert [n.values for n in bp.parse(again).notes if n.code == "BPT-010"] == [{"keys": "带号"}]
    assert "BPT-010" not in codes(SAMPLE + SAMPLE)


def test_secret_parameters_are_told():
    text = SAMPLE.replace("转换参数=,,,,,,", "转换参数=10.1,-3.2,4.5,,,,")
    assert "BPT-011" in codes(text)
    assert "BPT-011" not in codes(SAMPLE)


@pytest.mark.parametrize("line", ["@", "@,", "＠", ",@", "@@,,,"])
def test_a_mark_that_stands_alone_is_a_parcel_without_a_name(line: str):
    found = bp.parse(f"[地块坐标]\n{line}\n" + SAMPLE[SAMPLE.index("J1,") :])
    assert found.parcels[0].parcel_id == "1"
    assert found.parcels[0].geometry.area == pytest.approx(53_120.856, abs=1e-3)
