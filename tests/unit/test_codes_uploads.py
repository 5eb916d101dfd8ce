"""Coded findings of uploads: each is provoked by a crafted file, and spared just beside it."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest
import shapely

from domain.i18n import LANGUAGES
from domain.issues import explain
from ingest import deliver
from ingest.model import RefusedError
from scripts.build_samples import archive
from tests.upload_world import EAST, NORTH, layer, look, square, squares, told

GB_NAMES = {"0601": "工业用地", "0701": "城镇住宅用地"}


def numbered(n: int, **columns: list[object]) -> dict[str, list[object]]:
    return {"DKBH": [f"P{i}" for i in range(1, n + 1)], **columns}


@pytest.mark.parametrize(
    ("stated", "code"),
    [
        (10_005.0, ""),
        (10_006.0, "ARE-002"),
        (9_993.0, ""),
        (9_990.0, "ARE-002"),
        (10_100.0, "ARE-002"),
        (10_102.0, "ARE-001"),
    ],
)
def test_are_002_stated_area_just_off_the_shape(stated: float, code: str):
    found = told(look(layer(squares(3), numbered(3, GYMJ=[10_000.0, stated, 10_000.0]))))
    assert {c: r[1] for c, r in found.items() if c in {"ARE-001", "ARE-002"}} == (
        {code: [2]} if code else {}
    )
    assert found.get("ARE-002", ("info", []))[0] == "info"


def test_cls_001_codes_that_mean_different_things():
    codes = ["0601", "0601", "0701"]
    bare = look(layer(squares(3), numbered(3, DLBM=codes)))
    assert told(bare)["CLS-001"] == ("warning", [])
    assert bare.rows()["analysis_class"].isna().all()
    named = numbered(3, DLBM=codes, DLMC=[GB_NAMES[code] for code in codes])
    for settled in (
        look(layer(squares(3), named)),
        look(layer(squares(3), numbered(3, DLBM=codes)), class_standard="GB/T 21010-2017"),
        look(layer(squares(3), numbered(3))),
    ):
        assert "CLS-001" not in told(settled)


@pytest.mark.parametrize(("code", "unknown"), [("0699", True), ("0701", False)])
def test_cls_002_code_that_the_standard_does_not_list(code: str, unknown: bool):  # noqa: FBT001
    columns = numbered(3, DLBM=["0601", code, None])
    found = look(layer(squares(3), columns), class_standard="GB/T 21010-2017")
    assert told(found).get("CLS-002") == (("warning", [2]) if unknown else None)
    rows = found.rows().set_index("source_row")["analysis_class"]
    assert rows.isna().sort_index().tolist() == [False, unknown, True]


@pytest.mark.parametrize(
    ("epsg", "code"),
    [(4527, ""), (4548, ""), (4490, ""), (4498, "CRS-018"), (3857, "CRS-022")],
)
def test_crs_018_and_022_systems_in_which_areas_are_not_measured(epsg: int, code: str):
    found = look(layer(squares(3), epsg=epsg))
    told_of = {c: v for c, v in told(found).items() if c.startswith("CRS")}
    assert told_of == ({code: ("info", [])} if code else {})
    # Planar areas are those of the 3-degree zone whatever the file is in.
    assert found.rows()["area_planar_m2"].tolist() == pytest.approx([10_000.0] * 3, rel=1e-3)


def undecided() -> bytes:
    """A table whose only Chinese character reads as well in Big5 as in GBK."""
    return layer(squares(2), numbered(2, XMMC=["啊", "啊"]), encoding="GBK", cpg=False)


def test_enc_002_text_that_may_be_either():
    found = look(undecided())
    assert told(found)["ENC-002"] == ("warning", [])
    assert (found.status, found.report.decisions) == ("needs_decision", ("encoding",))
    for settled in (
        look(undecided(), encoding="gb18030"),
        look(layer(squares(2), numbered(2, XMMC=["工业", "啊"]), encoding="GBK", cpg=False)),
        look(layer(squares(2), numbered(2, XMMC=["啊", "啊"]))),
    ):
        assert "ENC-002" not in told(settled)
        assert settled.status == "accepted"
        assert "啊" in settled.rows()["name"].tolist()


@pytest.mark.parametrize(
    ("choice", "garbled"), [("utf-8", True), ("gb18030", False), ("gbk", False), (None, False)]
)
def test_enc_005_choice_that_garbles_a_table(choice: str | None, garbled: bool):  # noqa: FBT001
    data = layer(squares(2), numbered(2, XMMC=["工业园区", "物流园区"]), encoding="GBK", cpg=False)
    found = look(data, encoding=choice)
    assert told(found).get("ENC-005") == (("warning", []) if garbled else None)
    assert found.status == ("needs_decision" if garbled else "accepted")


POINTS = (
    "[属性描述]\n坐标系=2000国家大地坐标系\n带号=39\n[地块坐标]\n4,1,1,示例地块,面,,,,@\n"
    + "".join(
        f"J{i},1,{NORTH + y:.3f},{EAST + x:.3f}\n"
        for i, (x, y) in enumerate([(0, 0), (0, 100), (100, 100), (100, 0), (0, 0)], start=1)
    )
)


@pytest.mark.parametrize(("choice", "garbled"), [("utf-8", True), ("gb18030", False)])
def test_enc_005_choice_that_garbles_a_text(choice: str, garbled: bool):  # noqa: FBT001
    found = look(POINTS.encode("gbk"), name="a.txt", encoding=choice)
    assert told(found).get("ENC-005") == (("warning", []) if garbled else None)


def office(name: str) -> bytes:
    """The beginning of a compound document with one stream of a name."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + name.encode("utf-16-le") + bytes(64)


def office_xml(folder: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        target.writestr("[Content_Types].xml", "<Types/>")
        target.writestr(f"{folder}/document.xml", "<document/>")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (office("WordDocument"), "FIL-013"),
        (office("PowerPoint Document"), "FIL-013"),
        (office_xml("word"), "FIL-013"),
        (office_xml("ppt"), "FIL-013"),
        (office("Workbook"), "FIL-026"),
        (b"AC1015" + bytes(200), "FIL-014"),
        (b"AC1032" + bytes(200), "FIL-014"),
        (b"%PDF-1.7\n" + bytes(200), "FIL-015"),
    ],
)
@pytest.mark.parametrize("name", ["a.shp", "a.zip", "a.dwg"])
def test_fil_013_014_015_documents_that_hold_no_data(data: bytes, code: str, name: str):
    found = look(data, name=name)
    assert (found.status, found.report.refused_by) == ("refused", code)
    assert told(found) == {code: ("error", [])}


@pytest.mark.parametrize("start", [b"AC", b"%PD", b"\xd0\xcf\x11"])
def test_the_beginning_of_a_mark_is_no_mark(start: bytes):
    assert look(start + b"\x01" * 600 + b"\0").report.refused_by == "FIL-002"


def table_of(data: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archived:
        return archived.read("a.dbf")


TABLE = table_of(layer(squares(2)))


@pytest.mark.parametrize(
    ("dbf", "code"),
    [
        (TABLE, ""),
        (TABLE[:31], "FIL-019"),
        (TABLE[:8] + (len(TABLE) + 1).to_bytes(2, "little") + TABLE[10:], "FIL-019"),
        (TABLE[:10] + b"\x01\x00" + TABLE[12:], "FIL-019"),
        (TABLE[:32] + b"\r" + TABLE[33:], "FIL-019"),
    ],
)
def test_fil_019_attribute_table_without_a_readable_head(dbf: bytes, code: str):
    found = look(layer(squares(2), dbf=dbf))
    assert found.report.refused_by == code
    if code:
        assert told(found)[code] == ("error", [])


BOW_TIE = shapely.Polygon(
    [(EAST, NORTH), (EAST + 100, NORTH + 50), (EAST + 100, NORTH), (EAST, NORTH + 50)]
)


def without_shapes(n: int) -> dict[str, bytes]:
    """A .shp of polygons whose records are all empty, with its index."""
    head = struct.pack(">7i", 9994, 0, 0, 0, 0, 0, 50 + 6 * n)
    head += struct.pack("<2i8d", 1000, 5, *[0.0] * 8)
    records = b"".join(struct.pack(">2i", i + 1, 2) + bytes(4) for i in range(n))
    index = b"".join(struct.pack(">2i", 50 + 6 * i, 2) for i in range(n))
    shx = head[:24] + struct.pack(">i", 50 + 4 * n) + head[28:] + index
    return {"shp": head + records, "shx": shx}


def test_fil_020_layer_of_empty_records():
    found = look(layer(squares(2), **without_shapes(2)))
    assert (found.report.refused_by, found.report.rows_in_file) == ("FIL-020", 2)
    assert told(found)["FIL-020"] == ("error", [])


@pytest.mark.parametrize(
    ("shapes", "code"),
    [
        ([BOW_TIE, None], "FIL-020"),
        ([BOW_TIE, square(1)], ""),
        ([None, square(1)], ""),
    ],
)
def test_fil_020_layer_without_one_usable_shape(shapes, code: str):
    found = look(layer(shapes))
    assert found.report.refused_by == code
    assert ("FIL-020" in told(found)) == bool(code)
    if not code:
        assert (found.report.rows_ok, found.report.rows_quarantined) == (1, 1)


@pytest.mark.parametrize(
    ("width", "length", "sliver"),
    [(0.1, 100.0, True), (0.6, 100.0, False), (1.0, 30.0, False), (0.4, 100.0, True)],
)
def test_geo_007_slivers(width: float, length: float, sliver: bool):  # noqa: FBT001
    thin = shapely.box(EAST, NORTH, EAST + length, NORTH + width)
    found = look(layer([square(1), thin, square(2)]))
    assert told(found).get("GEO-007") == (("warning", [2]) if sliver else None)
    assert found.report.rows_ok == 3


@pytest.mark.parametrize(("apart", "n"), [(0.0005, 1), (0.0, 1), (0.002, 0)])
def test_geo_009_vertices_that_repeat_the_one_before(apart: float, n: int):
    x, y = EAST + 300.0, NORTH
    ring = [(x, y), (x, y + 100), (x, y + 100 + apart), (x + 100, y + 100), (x + 100, y)]
    found = look(layer([square(0), shapely.Polygon(ring)]))
    assert told(found).get("GEO-009") == (("info", [2]) if n else None)
    values = [dict(f.values)["n"] for f in found.report.findings if f.code == "GEO-009"]
    assert values == [n] * bool(n)


@pytest.mark.parametrize(
    ("cell", "code", "value"),
    [
        ("约十亩", "VAL-002", None),
        ("1,234.5", "", 1234.5),
        ("１２３４．５亩", "", 1234.5),
        ("12-34", "VAL-002", None),
        ("", "", None),
        ("无", "", None),
    ],
)
def test_val_002_numbers_that_are_none(cell: str, code: str, value: float | None):
    found = look(layer(squares(3), numbered(3, YTZE=["1", cell, "3"])))
    assert told(found).get("VAL-002") == (("warning", [2]) if code else None)
    read = found.rows().set_index("source_row")["invested_wan"][2]
    assert (read == value) if value is not None else read != read  # noqa: PLR0124 - NaN


@pytest.mark.parametrize(
    ("cell", "code", "value"),
    [("是", "", True), ("否", "", False), ("大概", "VAL-008", None), ("2", "VAL-008", None)],
)
def test_val_008_flags_that_are_neither(cell: str, code: str, value: object):
    found = look(layer(squares(3), numbered(3, DYBZ=["是", cell, "否"])))
    assert told(found).get("VAL-008") == (("warning", [2]) if code else None)
    read = (
        found.rows()
        .set_index("source_row")["mortgaged"]
        .astype(object)
        .where(lambda s: s.notna(), None)
    )
    assert read[2] is value


@pytest.mark.parametrize(
    ("per_m2", "unit", "known"),
    [
        (1.0, "m2", True),
        (1.04, "m2", True),
        (1.06, "", False),
        (1 / 10_000, "ha", True),
        (0.0015, "mu", True),
        (3.0, "", False),
    ],
)
def test_val_004_areas_in_no_known_unit(per_m2: float, unit: str, known: bool):  # noqa: FBT001
    found = look(layer(squares(3), numbered(3, GYMJ=[10_000.0 * per_m2] * 3)))
    assert told(found).get("VAL-004") == (None if known else ("warning", []))
    assert found.report.area_unit == unit
    chosen = look(layer(squares(3), numbered(3, GYMJ=[30_000.0] * 3)), area_unit="m2")
    assert "VAL-004" not in told(chosen)


@pytest.mark.parametrize(("cell", "rows"), [(None, [2]), ("  ", [2]), ("P2", None)])
def test_val_005_rows_without_a_number(cell: str | None, rows: list[int] | None):
    found = look(layer(squares(3), {"DKBH": ["P1", cell, "P3"]}))
    assert told(found).get("VAL-005") == (("warning", rows) if rows else None)
    names = found.rows().set_index("source_row")["parcel_id"].sort_index().tolist()
    assert names == ["P1", "#2" if rows else "P2", "P3"]


@pytest.mark.parametrize(
    ("cell", "unknown"), [("火星县", True), ("南昌县", False), ("360121", False)]
)
def test_plc_006_county_of_another_name(cell: str, unknown: bool):  # noqa: FBT001
    found = look(layer(squares(2), numbered(2, XZQDM=["360121", cell])))
    assert told(found).get("PLC-006") == (("warning", [2]) if unknown else None)
    assert found.rows()["county_adcode"].tolist() == ["360121", "360121"]


def test_ing_001_and_002_nothing_is_delivered_of_what_is_not_accepted():
    good, bad, open_ = look(layer(squares(1))), look(b""), look(undecided())
    for wrong in ([], [bad], [good, bad], [good, open_]):
        with pytest.raises(RefusedError) as caught:
            deliver(wrong)
        assert (caught.value.code, caught.value.issue) == ("ING-001", "ING-002")
        texts = [explain(caught.value, language) for language in LANGUAGES]
        assert all("ING-002" in text and "{" not in text for text in texts)
    for act in (bad.rows, open_.rows, bad.records, good.records):
        with pytest.raises(RefusedError, match="ING-002"):
            act()
    assert len(deliver([good, good]).rows) == 2


def test_zip_of_nothing_but_a_document_is_refused_by_its_content():
    found = look(archive({"说明.pdf": b"%PDF-1.7\n" + bytes(100)}))
    assert found.status == "refused"
    assert told(found)[found.report.refused_by][0] == "error"
