"""Zipped shapefiles: names, encodings, what does not fit, limits; read back by another engine."""

from __future__ import annotations

import csv
import datetime as dt
import io
import struct
import zipfile

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from domain import schema
from export import datasets
from export.dataset_crs import SYSTEMS
from export.dataset_shapefile import LIMIT_BYTES, check_sizes
from export.dataset_types import TooLargeError
from geo.formats import dbf_writer
from geo.formats.dbf_writer import DbfField, DbfLimitError, DbfWriter, fitted, short_names
from store import files
from tests.export_world import ANN, LONG, NUMBER, filled, options
from tests.store_world import two_prefectures


@pytest.fixture
def land(empty_store, monkeypatch):
    monkeypatch.setattr(files, "ROW_GROUP", 4)
    filled(empty_store)
    return empty_store


def export(store, folder, dataset="land", **chosen):
    how = options(**chosen)
    rows = datasets.of_version(store, store.version(dataset, ANN), ANN, how)
    return datasets.write(rows, "shapefile", folder, how)


def opened(done):
    return gpd.read_file(f"/vsizip/{done.path}/parcels.shp").sort_values("DKBH", ignore_index=True)


def member(done, name):
    with zipfile.ZipFile(done.path) as archive:
        return archive.read(name)


def table(done, name):
    return list(csv.DictReader(io.StringIO(member(done, name).decode("utf-8-sig"))))


def records(data, encoding):
    """Rows of a .dbf by a reader of our own: every value as its bytes."""
    rows, head, width = struct.unpack("<IHH", data[4:12])
    fields = []
    for at in range(32, head - 1, 32):
        name, kind = data[at : at + 11].rstrip(b"\0").decode(encoding), chr(data[at + 11])
        fields.append((name, kind, data[at + 16], data[at + 17]))
    out = []
    for row in range(rows):
        at, values = head + row * width + 1, {}
        for name, _, size, _ in fields:
            values[name] = data[at : at + size]
            at += size
        out.append(values)
    return fields, out


@pytest.mark.parametrize("encoding", ["gbk", "utf-8"])
def test_rows_come_back_with_shapes_and_chinese_values(land, tmp_path, encoding):
    done = export(land, tmp_path, encoding=encoding)
    found = opened(done)
    wanted = land.read(land.version("land", ANN), ANN).sort_values("parcel_id", ignore_index=True)
    assert len(found) == done.rows == 9
    assert found["DKBH"].tolist() == wanted["parcel_id"].tolist()
    assert found["XMMC"].tolist()[:7] == wanted["name"].tolist()[:7]
    assert found["XMMC"].isna().tolist() == wanted["name"].isna().tolist()
    pairs = zip(found.geometry, wanted.geometry, strict=True)
    assert all(shapely.hausdorff_distance(a, b) == 0 for a, b in pairs)
    np.testing.assert_allclose(found["GYMJ"], wanted["area_stated_m2"], atol=5e-5)
    np.testing.assert_allclose(found["CJJK"].dropna(), wanted["price_wan"].dropna(), atol=5e-7)
    assert found["QDRQ"].dt.strftime("%Y-%m-%d").tolist()[0] == "2021-03-01"
    assert found["QDRQ"].isna().tolist() == wanted["signed_on"].isna().tolist()
    assert found["DYBZ"].tolist()[:2] == [True, False]
    assert found["次数"].tolist() == wanted["次数"].tolist()
    assert member(done, "parcels.cpg") == (b"GBK" if encoding == "gbk" else b"UTF-8")


@pytest.mark.parametrize("epsg", SYSTEMS)
def test_every_system_is_recognised_by_its_prj(land, tmp_path, epsg):
    done = export(land, tmp_path, crs=epsg)
    found = opened(done)
    assert found.crs.to_epsg() == epsg
    wanted = land.read(land.version("land", ANN), ANN).to_crs(epsg)
    wanted = wanted.sort_values("parcel_id", ignore_index=True)
    np.testing.assert_allclose(
        shapely.area(found.geometry), shapely.area(wanted.geometry), rtol=1e-9
    )


@pytest.mark.parametrize("encoding", ["gbk", "utf-8"])
def test_names_fit_ten_bytes_and_no_two_are_alike(land, tmp_path, encoding):
    done = export(land, tmp_path, encoding=encoding)
    names = [alias.name for alias in done.aliases]
    assert all(len(name.encode(encoding)) <= 10 for name in names)
    assert len({name.upper() for name in names}) == len(names)
    codes = {c.column: c.code for c in schema.columns("parcels")}
    assert all(codes[a.column] == a.name for a in done.aliases if a.column in codes)
    by_column = {a.column: a.name for a in done.aliases}
    assert by_column["批准面积平方米"] == ("批准面积平" if encoding == "gbk" else "批准面")
    assert by_column["批准面积平均值"] == ("批准面积_1" if encoding == "gbk" else "批准_1")
    assert list(opened(done).columns[:-1]) == names


def test_the_names_of_all_kinds_fit_a_shapefile():
    for kind in schema.KINDS:
        codes = [c.code for c in schema.columns(kind)]
        assert short_names(codes, "gbk") == codes


def test_the_archive_explains_its_names(land, tmp_path):
    done = export(land, tmp_path)
    with zipfile.ZipFile(done.path) as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == [
            "README.txt", "fields.csv", "findings.csv", "parcels.cpg", "parcels.dbf",
            "parcels.prj", "parcels.shp", "parcels.shx",
        ]  # fmt: skip
    lines = {line["字段名"]: line for line in table(done, "fields.csv")}
    assert lines["XMMC"]["中文名"] == "项目名称"
    assert lines["XMMC"]["英文名"] == "Project name"
    assert lines["GYMJ"]["单位"] == "m2"
    assert list(lines) == [alias.name for alias in done.aliases]
    words = member(done, "README.txt").decode("utf-8-sig")
    assert NUMBER in words
    assert "EXP-020" in words
    assert "EXP-023" in [f.code for f in done.findings]


def test_long_texts_are_cut_between_characters_and_reported_whole(land, tmp_path):
    done = export(land, tmp_path)
    (told,) = [f for f in done.findings if f.code == "EXP-020"]
    assert told.count == len(told.rows) == 1
    assert "土地坐落" in told.message("zh_CN")
    assert opened(done)["TDZL"].iloc[0] == "长" * 127
    (line,) = [x for x in table(done, "findings.csv") if x["代码"] == "EXP-020"]
    assert line["原值"] == LONG
    assert int(line["行号"]) == told.rows[0]
    assert line["编号"] == "P3601000000"


def test_characters_that_gbk_lacks_are_reported_and_utf_8_keeps_them(land, tmp_path):
    done = export(land, tmp_path)
    assert [f.count for f in done.findings if f.code == "EXP-021"] == [1]
    assert opened(done)["SYQR"].iloc[0] == "??公司"
    whole = export(land, tmp_path, encoding="utf-8")
    assert "EXP-021" not in [f.code for f in whole.findings]
    assert opened(whole)["SYQR"].iloc[0] == "㐂𠮷公司"


def test_times_and_numbers_that_do_not_fit_are_reported(empty_store, tmp_path):
    frame = two_prefectures()
    frame["登记时刻"] = [pd.Timestamp("2024-05-06 07:08:09"), *[pd.Timestamp("2024-05-06")] * 4]
    frame["price_wan"] = [1.5e15, 1e300, -1.25, np.nan, 0.0]
    empty_store.commit("land", frame, kind="parcels", viewer=ANN, reason="r")
    done = export(empty_store, tmp_path)
    counts = {f.code: f.count for f in done.findings if f.count}
    assert (counts["EXP-027"], counts["EXP-028"]) == (1, 2)
    found = opened(done).set_index("DKBH")["CJJK"]
    assert sorted(found.dropna()) == pytest.approx([-1.25, 0.0, 1.5e15, 1e300])
    assert found.isna().sum() == 1


def test_rings_run_as_the_format_asks(land, tmp_path):
    raw = pyogrio.raw.read(f"/vsizip/{export(land, tmp_path).path}/parcels.shp")[2]
    for shape in shapely.from_wkb(raw):
        for part in shapely.get_parts(shape):
            assert not part.exterior.is_ccw
            assert all(ring.is_ccw for ring in part.interiors)


def test_a_reader_of_our_own_finds_the_same_table(land, tmp_path):
    done = export(land, tmp_path)
    data = member(done, "parcels.dbf")
    fields, rows = records(data, "gbk")
    assert data[29] == 0x4D
    assert data[-1:] == b"\x1a"
    assert [name for name, *_ in fields] == [alias.name for alias in done.aliases]
    by_key = {row["DKBH"].decode().strip(): row for row in rows}
    assert by_key["P3601000000"]["TDZL"] == ("长" * 127).encode("gbk")
    assert by_key["P3601000000"]["QDRQ"] == b"20210301"
    assert by_key["P3601000001"]["QDRQ"] == b" " * 8
    assert by_key["P3601000000"]["GYMJ"].strip() == b"1000.0000"
    assert by_key["P3601000000"]["DYBZ"] == b"T"
    assert by_key["P3601000002"]["DYBZ"] == b"?"
    assert ("GYMJ", "N", 20, 4) in fields


@pytest.mark.parametrize("part", ["shapes", "table"])
def test_two_gigabytes_are_the_limit_of_each_part(part):
    sizes = {"shapes": 100, "table": 100}
    check_sizes(**sizes | {part: LIMIT_BYTES})
    with pytest.raises(TooLargeError) as caught:
        check_sizes(**sizes | {part: LIMIT_BYTES + 1})
    assert caught.value.code == "EXP-012"


def test_sizes_are_known_before_anything_is_written(land, tmp_path, monkeypatch):
    monkeypatch.setattr("export.dataset_shapefile.LIMIT_BYTES", 2000)

    def never(*_arguments, **_options):
        raise AssertionError("something was written")

    monkeypatch.setattr("export.dataset_shapefile.write_stream", never)
    with pytest.raises(TooLargeError):
        export(land, tmp_path)
    assert not [p for p in tmp_path.iterdir() if p.name.startswith((".", "ganyuan"))]


def test_more_fields_than_a_table_holds_are_refused(empty_store, tmp_path):
    frame = two_prefectures()
    extra = pd.DataFrame({f"字段{i}": ["x"] * 5 for i in range(260)})
    frame = gpd.GeoDataFrame(pd.concat([frame, extra], axis=1), crs=4490)
    empty_store.commit("land", frame, kind="parcels", viewer=ANN, reason="r")
    with pytest.raises(DbfLimitError) as caught:
        export(empty_store, tmp_path)
    assert caught.value.code == "EXP-016"
    assert export(empty_store, tmp_path, columns=("name",)).rows == 5


@given(
    st.lists(st.text(st.characters(codec="utf-8"), max_size=20), min_size=1, max_size=12),
    st.sampled_from(["gbk", "utf-8"]),
)
def test_any_names_become_short_and_different(names, encoding):
    short = short_names(names, encoding)
    assert len(short) == len(names)
    assert len({name.upper() for name in short}) == len(names)
    for name in short:
        data = name.encode(encoding)
        assert 0 < len(data) <= 10
        assert data.decode(encoding) == name
        assert b"\x00" not in data


@given(st.text(st.characters(codec="utf-8"), max_size=300), st.sampled_from(["gbk", "utf-8"]))
def test_any_text_is_cut_between_characters(text, encoding):
    data = fitted(text, encoding)
    assert len(data) <= 254
    clean = text.replace("\x00", "").encode(encoding, "replace").decode(encoding)
    assert clean.startswith(data.decode(encoding))
    longer = clean[: len(data.decode(encoding)) + 1]
    assert longer == data.decode(encoding) or len(longer.encode(encoding)) > 254


@given(
    st.lists(
        st.tuples(
            st.text("甲乙a1 ", max_size=8),
            st.floats(-1e9, 1e9) | st.just(float("nan")),
            st.none() | st.dates(dt.date(1, 1, 1), dt.date(9999, 12, 31)),
            st.sampled_from([True, False, None]),
        ),
        max_size=8,
    )
)
def test_any_rows_come_back_from_a_table(rows):
    out = io.BytesIO()
    fields = [DbfField("甲", "C", 16), DbfField("N", "N", 20, 4), DbfField("D", "D", 8),
              DbfField("L", "L", 1)]  # fmt: skip
    writer = DbfWriter(out, fields, encoding="gbk", language=0x4D, day=dt.date(2026, 11, 23))
    if rows:
        text, number, day, flag = zip(*rows, strict=True)
        writer.write(
            [
                dbf_writer.texts([t.encode("gbk") for t in text], 16),
                dbf_writer.numbers(np.array(number), 20, 4),
                dbf_writer.dates(np.array([d or "NaT" for d in day], dtype="datetime64[D]")),
                dbf_writer.flags(flag),
            ]
        )
    writer.finish()
    found = records(out.getvalue(), "gbk")[1]
    assert len(found) == len(rows)
    for (text, number, day, flag), values in zip(rows, found, strict=True):
        assert values["甲"].decode("gbk").rstrip(" ") == text.rstrip(" ")
        shown = values["N"].decode().strip()
        assert shown == ("" if np.isnan(number) else f"{number:.4f}")
        assert values["D"].decode().strip() == (f"{day:%Y%m%d}".rjust(8, "0") if day else "")
        assert values["L"] == {True: b"T", False: b"F", None: b"?"}[flag]
