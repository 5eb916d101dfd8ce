"""Whatever cells, names and numbers an office sends: nothing raises, nothing is lost."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from domain import schema
from domain.boundaries import geometry_of
from ingest import crs_candidates, mapping, values
from ingest.findings import MOST, FindingList
from ingest.found import Found
from ingest.model import Finding
from ingest.readers.names import unique
from ingest.spill import BucketPlan, BucketWriter, buckets, curve, version_schema
from tests.upload_world import look, square, told

CELL_MARKS = "0123456789.-+/年月日亩公顷平方米eE,，　 T:是否无有٣१߁²½Ⅳ〇�\0\n_()（）"
TEXTS = st.one_of(
    st.text(max_size=12),
    st.text(alphabet=CELL_MARKS, max_size=12),
    st.from_regex(r"[+-]?\d{1,5}\.?\d{0,3}(e[+-]?\d{1,4})?(亩|公顷|m2)?", fullmatch=True),
    st.from_regex(r"\d{4}[-./年]\d{1,2}([-./月]\d{1,2}日?)?", fullmatch=True),
)
CELLS = st.lists(st.one_of(st.none(), TEXTS), max_size=12)
READERS = {
    "numbers": (values.numbers, "float64"),
    "dates": (values.dates, "datetime64[ms]"),
    "flags": (values.flags, "boolean"),
}


def series(cells: list[str | None], *, times: int = 1) -> pd.Series:
    """Cells on an index of their own; repeated ones are read once each."""
    index = range(7, 7 + len(cells) * times)
    return pd.Series(cells * times, index=index, dtype="object")


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("name", READERS)
@settings(max_examples=60)
@given(cells=CELLS)
@example(cells=["٣"])
@example(cells=["9" * 400])
@example(cells=["1e999"])
@example(cells=["٤٣٥٤٣", "2020-01-01"])
@example(cells=["0000-01-01"])
def test_cells_of_any_text_are_read_or_named(name: str, times: int, cells: list[str | None]):
    reader, dtype = READERS[name]
    given_ = series(cells, times=times)
    before = given_.copy()
    found, bad = reader(given_)
    pd.testing.assert_series_equal(given_, before)
    assert found.index.equals(given_.index)
    assert bad.index.equals(given_.index)
    assert str(found.dtype) == dtype
    assert found[bad.astype(bool)].isna().all()
    missing = values.text(given_).isna()
    assert found[missing].isna().all()
    assert not bad[missing].any()
    if name == "numbers":
        assert np.isfinite(found.dropna()).all()
    if name == "dates":
        assert all(1 <= day.year <= 9999 for day in found.dropna())
    alone, alone_bad = reader(series(cells))
    assert found.isna().tolist() == alone.isna().tolist() * times
    assert found.dropna().tolist() == alone.dropna().tolist() * times
    assert bad.tolist() == alone_bad.tolist() * times


@settings(max_examples=60)
@given(cells=CELLS)
def test_text_keeps_what_is_there(cells: list[str | None]):
    found = values.text(series(cells))
    assert found.index.equals(series(cells).index)
    for cell, text in zip(cells, found, strict=True):
        assert pd.isna(text) == (
            cell is None or not pd.Series([cell]).str.normalize("NFKC").str.strip()[0]
        )
    again = values.text(found)
    pd.testing.assert_series_equal(again, found, check_dtype=False)


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_numbers_come_back_from_their_text(number: float):
    found, bad = values.numbers(pd.Series([repr(number), f"{number:,.3f} 公顷"]))
    assert not bad.any()
    assert found[0] == number
    assert found[1] == pytest.approx(number, abs=0.0005, rel=1e-9)


@given(st.dates(dt.date(1955, 1, 1), dt.date(2118, 1, 1)), st.sampled_from("ABCDEFG"))
def test_dates_come_back_from_every_form(day: dt.date, form: str):
    serial = (day - dt.date(1899, 12, 30)).days
    written = {
        "A": day.isoformat(),
        "B": f"{day.year}.{day.month}.{day.day}",
        "C": f"{day.year}/{day.month}/{day.day} 08:30:00",
        "D": f"{day.year}年{day.month}月{day.day}日",
        "E": f"{day:%Y%m%d}",
        "F": str(serial),
        "G": f"{serial}.75",
    }[form]
    found, bad = values.dates(pd.Series([written]))
    assert (found[0], bad[0]) == (pd.Timestamp(day), False)


NAMES = st.lists(
    st.one_of(
        st.text(max_size=8),
        st.sampled_from(
            sorted(
                {"geometry", "bbox", "hilbert", "source_row", "prefecture_adcode"}
                | {c.zh for k in schema.KINDS for c in schema.columns(k)}
                | {c.column for k in schema.KINDS for c in schema.columns(k)}
                | {c.code.lower() + "_" for k in schema.KINDS for c in schema.columns(k)}
            )
        ),
    ),
    max_size=12,
)
KINDS = st.sampled_from(schema.KINDS)


@settings(max_examples=120)
@given(names=NAMES, kind=KINDS, codec=st.sampled_from(["utf-8", "gb18030", "big5"]), data=st.data())
def test_every_field_is_mapped_or_kept(names, kind, codec, data):
    names = list(unique(names))
    assert len(set(names)) == len(names)
    known = [c.column for c in schema.columns(kind)]
    chosen = data.draw(
        st.dictionaries(st.sampled_from(known), st.sampled_from([*names, "", "不存在"]), max_size=3)
    )
    how = mapping.plan(names, kind, chosen, codec=codec)
    used = [field for field, _ in how.sources.values()]
    assert Counter([*set(used), *how.rest]) == Counter(names)
    assert set(how.sources) <= set(known)
    for column, field in chosen.items():
        assert how.source_of(column) == (field if field in names else "")
    reserved = {*known, "geometry", "bbox", "hilbert"}
    if schema.is_spatial(kind):
        reserved |= set(schema.computed(kind))
    kept = list(how.rest.values())
    assert len(set(kept)) == len(kept)
    assert not set(kept) & reserved
    cells = {name: [f"{name}·{i}" for i in range(2)] for name in names}
    fields = pd.DataFrame(cells, index=range(3, 5), dtype="object")
    frame = mapping.apply(fields, how).frame
    assert frame.columns.is_unique
    assert set(frame.columns) == set(how.sources) | set(kept)
    assert frame.index.equals(fields.index)
    for field, name in how.rest.items():
        pd.testing.assert_series_equal(frame[name], values.text(fields[field]), check_names=False)
    told_ = mapping.matches(how, fields)
    assert [match.column for match in told_] == known
    json.dumps([match.model_dump() for match in told_])


FOUND = st.lists(
    st.one_of(
        st.builds(
            lambda code, row: Finding(code=code, row=row),
            st.sampled_from(["GEO-001", "PLC-004"]),
            st.integers(1, 9),
        ),
        st.builds(
            lambda code, n: Found(code, np.arange(1, n + 1, dtype=np.int64)),
            st.sampled_from(["GEO-001", "PLC-004", "VAL-005"]),
            st.integers(1, MOST // 2 + 7),
        ),
    ),
    max_size=8,
)


def _n(one: Finding | Found) -> int:
    return 1 if isinstance(one, Finding) else len(one.rows)


@settings(max_examples=25)
@given(FOUND)
def test_all_findings_are_counted_and_the_first_kept(found: list[Finding | Found]):
    true: Counter[str] = Counter()
    for one in found:
        true[one.code] += _n(one)
    kept = FindingList()
    for one in found:
        kept.add([one])
    together = FindingList()
    together.add(found)
    assert kept.kept == together.kept
    listed = Counter(f.code for f in kept.kept)
    assert listed == {code: min(n, MOST) for code, n in true.items()}
    assert kept.counts == {code: n for code, n in true.items() if n > MOST}


def _systems() -> list[tuple[int, bool]]:
    prefixed = [
        (crs_candidates.epsg_of_zone(z, prefixed=True), s) for z in (38, 39) for s in (0, 1)
    ]
    plain = [(crs_candidates.epsg_of_zone(z, prefixed=False), s) for z in (38, 39) for s in (0, 1)]
    six = [(4498, 0), (4498, 1)]
    return [(e, bool(s)) for e, s in (*prefixed, *plain, *six, (4490, 0), (4490, 1), (3857, 0))]


PROVINCE = geometry_of("360000")
WEST, SOUTH, EAST, NORTH = PROVINCE.bounds
shapely.prepare(PROVINCE)


@pytest.mark.parametrize(("epsg", "swapped"), _systems())
@settings(max_examples=40)
@given(lon=st.floats(WEST, EAST), lat=st.floats(SOUTH, NORTH))
@example(lon=118.25, lat=28.5)
def test_the_true_system_is_among_the_guesses(epsg: int, swapped: bool, lon: float, lat: float):  # noqa: FBT001
    if not shapely.contains_xy(PROVINCE, lon, lat):
        return
    source = 4326 if epsg == 3857 else 4490
    there = Transformer.from_crs(source, epsg, always_xy=True).transform(lon, lat)
    a, b = there[::-1] if swapped else there
    found = crs_candidates.guesses(a, b)
    assert (epsg, swapped) in found
    assert len(found) == len(set(found))
    back = crs_candidates.degrees(np.array([[a, b]]), epsg, swapped=swapped)
    assert back[0] == pytest.approx([lon, lat], abs=1e-8)
    assert crs_candidates.inside(back)[0]
    best = crs_candidates.candidate(np.array([[a, b]]), epsg, swapped=swapped, county=None)
    assert best.inside == 1.0


@given(st.floats(allow_nan=True), st.floats(allow_nan=True))
def test_guesses_of_any_numbers_are_systems(a: float, b: float):
    for epsg, swapped in crs_candidates.guesses(a, b):
        assert crs_candidates.name_zh(epsg)
        assert crs_candidates.degrees(np.array([[a, b]]), epsg, swapped=swapped).shape == (1, 2)


@settings(max_examples=25, deadline=None)
@given(
    at=st.lists(st.tuples(st.floats(113.2, 118.8), st.floats(24.2, 30.8)), min_size=1, max_size=40),
    rows=st.sampled_from([1, 50_000, 400_000, 10_000_000]),
    cuts=st.lists(st.integers(0, 40), max_size=3),
)
def test_rows_come_out_of_their_buckets_once_along_the_curve(tmp_path_factory, at, rows, cuts):
    west, south = np.array(at).T
    frame = gpd.GeoDataFrame(
        {"parcel_id": [str(i) for i in range(len(at))], "source_row": range(1, len(at) + 1)},
        geometry=shapely.box(west, south, west + 0.001, south + 0.001),
        crs=4490,
    )
    columns = version_schema("parcels", [])
    plan = BucketPlan(columns, curve(frame.geometry), rows)
    assert 1 <= plan.count <= 200
    folder = tmp_path_factory.mktemp("buckets")
    writer = BucketWriter(plan, folder)
    borders = sorted({0, len(at), *(min(cut, len(at)) for cut in cuts)})
    for start, stop in pairwise(borders):
        writer.add(frame.iloc[start:stop])
    writer.close()
    tables = list(buckets(plan, [folder]))
    out = [row for table in tables for row in table["source_row"].to_pylist()]
    assert sorted(out) == list(range(1, len(at) + 1))
    along = curve(frame.geometry).astype(np.int64)[np.array(out) - 1]
    assert (np.diff(along) >= 0).all()
    assert list(folder.iterdir()) == []


LEDGER_CELLS = st.one_of(
    st.sampled_from(
        ["", "10", "6", "1", "3", "360121", "南昌县", "2019-3-1", "2020.1.1", "x", "-1"]
    ),
    st.text(
        alphabet=st.characters(codec="utf-8", exclude_characters='\r\n",;\t|，\0@{}'), max_size=6
    ),
)
HEADS = {
    "batch": [
        "批次名称",
        "批准日期",
        "行政区代码",
        "批准面积(公顷)",
        "已供面积(公顷)",
        "核销面积(公顷)",
        "未供面积(公顷)",
    ],
    "supply": [
        "电子监管号",
        "行政区代码",
        "供应面积(平方米)",
        "合同签订日期",
        "约定动工",
        "约定竣工",
    ],
    "idle_case": ["案件编号", "电子监管号", "行政区代码", "闲置面积(亩)", "抵押"],
}
GOOD = {
    "batch": ["甲", "2019-3-1", "360121", "10", "6", "1", "3"],
    "supply": ["3601212019B00001", "360121", "1000", "2019-12-1", "2020-6-1", "2022-6-1"],
    "idle_case": ["A1", "3601212019B00001", "360121", "3", "是"],
}


@pytest.mark.parametrize("kind", HEADS)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_every_line_of_a_ledger_is_committed_or_kept_apart(kind: str, data):
    width = len(HEADS[kind])
    lines = data.draw(
        st.lists(
            st.lists(LEDGER_CELLS, min_size=width, max_size=width).filter(
                lambda r: any(c.strip() for c in r)
            ),
            max_size=6,
        )
    )
    table = [HEADS[kind], GOOD[kind], *lines]
    text = "\ufeff" + "".join(",".join(row) + "\r\n" for row in table)
    found = look(text.encode(), name="a.csv", kind=kind)
    report = found.report
    if found.status == "refused":
        # A line that ends in an at sign is one of boundary points, whatever stands before it.
        assert report.refused_by in {"LED-050", "TAB-001", "FIL-002", "FIL-010", "BPT-001"}
        return
    assert found.status == "accepted"
    assert report.kind == kind
    assert report.rows_in_file == report.rows_ok + report.rows_quarantined
    kept = found.records()
    assert len(kept) == report.rows_ok
    assert kept[schema.KEY[kind]].is_unique
    assert kept[schema.KEY[kind]].notna().all()
    errors = {row for severity, rows in told(found).values() if severity == "error" for row in rows}
    apart = found.quarantined()
    assert set(apart["source_row"]) <= errors
    assert set(kept.get("source_row", [])) & errors == set()


@pytest.mark.parametrize("escape", ["\\ud800", "\\udfff\\ud800", "\\ud83d\\ude00", "\\u0000"])
@pytest.mark.parametrize("where", ["value", "name", "id"])
def test_half_characters_of_json_do_no_harm(escape: str, where: str):
    shape = gpd.GeoSeries([square()], crs=4527).to_crs(4490)[0]
    marks = {"value": "甲", "name": "备注", "id": "P1"} | {where: "@"}
    feature = {
        "type": "Feature",
        "properties": {"DKBH": marks["id"], "XMMC": marks["value"], marks["name"]: "好"},
        "geometry": shapely.geometry.mapping(shape),
    }
    text = json.dumps({"type": "FeatureCollection", "features": [feature]}).replace("@", escape)
    found = look(text.encode(), name="a.json")
    assert (found.status, found.report.rows_ok) == ("accepted", 1)
    assert found.report.model_dump_json()
    assert len(found.rows()) == 1
