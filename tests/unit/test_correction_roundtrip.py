"""From a defective file to a clean version: package out, mended as a clerk would, and back in."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest

from domain.passport import read
from export.correction_rows import NoOriginalError, NothingToCorrectError, SeveralFilesError
from ingest import deliver, inspect
from ingest.correction import choices_for, plan
from ingest.extraction import sender_rows
from ingest.model import Choices
from scripts.build_samples import parcels as made_parcels
from scripts.build_samples import shapefile_parts
from store import Store, Viewer
from views.corrections import package_of_inspection, package_of_version, rows_of_version

SAMPLES = Path(__file__).resolve().parents[2] / "data" / "samples"
CLERK = Viewer("李工")
RIGHT = made_parcels(code="360121", east=39_391_000.0, north=3_158_500.0)
BAD = (1, 2, 3, 4, 5, 7, 8, 9, 10, 12)
KEPT_APART = (1, 2, 12)


def published(store, inspections, **options):
    delivery = deliver(inspections)
    commit = store.commit_file if isinstance(delivery.rows, Path) else store.commit
    return commit(
        "gd", delivery.rows, kind="parcels", viewer=CLERK, reason="来文",
        passport=delivery.passport, original=delivery.original,
        quarantined=delivery.quarantined, **options,
    )  # fmt: skip


@pytest.fixture(scope="module")
def sent():
    return inspect(SAMPLES / "with_defects.zip")


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


@pytest.fixture
def version(store, sent):
    return published(store, [sent])


def unpacked(package, folder):
    with zipfile.ZipFile(io.BytesIO(package.content)) as archive:
        archive.extractall(folder)
    return next(p for p in folder.glob("*.gpkg") if "positions" not in p.name)


def mended(path, rows=BAD):
    """The layer as a clerk mends it in a GIS: shapes drawn again, cells filled in."""
    frame = gpd.read_file(path)
    frame = frame[frame["GYHH"].isin(rows)].reset_index(drop=True)
    at = frame["GYHH"].to_numpy() - 1
    shapes = np.asarray(RIGHT.geometry.to_numpy(), dtype=object)[at]
    frame = frame.set_geometry(gpd.GeoSeries(list(shapes), crs=frame.crs))
    for field in ("签订日期", "供应面积", "地块编号", "行政区代码"):
        frame[field] = RIGHT[field].to_numpy()[at]
    return frame


def taken_back(store, path, version, crs=None):
    """Inspect a returned file and compare it with what stands."""
    names = list(gpd.read_file(path, rows=1)) if path.suffix != ".xlsx" else []
    back = inspect(path, choices=choices_for(version.passport, names, crs))
    assert back.report.corrects == read(version.passport)[0].number
    assert back.status == "accepted", [i.message("en") for i in back.issues]
    current = store.read(version, CLERK)
    return back, plan(
        back, version.passport, current, store.quarantined(version, CLERK), version=version.id
    )


def publish_plan(store, made, back, version):
    return store.commit(
        "gd", made.merged.frame, kind="parcels", viewer=CLERK, reason="更正", seen=version.number,
        passport=made.passport, original=(back.original[0], back.original[1].read_bytes()),
        quarantined=made.quarantined,
    )  # fmt: skip


def test_the_package_holds_the_rows_as_they_were_sent(store, version, sent, tmp_path):
    wanted = rows_of_version(store, version, CLERK)
    assert tuple(wanted) == BAD
    package = package_of_version(store, version, CLERK)
    assert package.content == package_of_inspection(sent).content
    frame = gpd.read_file(unpacked(package, tmp_path)).set_index("GYHH")
    original = sender_rows(SAMPLES / "with_defects.zip", "a.zip", Choices(), BAD)
    for name in original.names:
        mine = frame[name].astype("string").fillna("")
        assert mine.tolist() == original.fields[name].astype("string").fillna("").tolist(), name
    assert frame.loc[5, "签订日期"] == "二〇一八年"
    assert frame.crs.to_epsg() == 4527


@pytest.mark.parametrize("form", ["geopackage", "shapefile"])
def test_a_mended_package_closes_its_findings(store, version, tmp_path, form):
    source = unpacked(package_of_version(store, version, CLERK), tmp_path)
    frame = mended(source)
    if form == "geopackage":
        path = tmp_path / "back.gpkg"
        frame.to_file(path, layer="GY_ROWS", driver="GPKG")
    else:
        path = tmp_path / "back.shp"
        frame["GYEN"] = frame["GYEN"].str.replace("²", "2")
        for suffix, data in shapefile_parts(frame, encoding="GBK").items():
            path.with_suffix(suffix).write_bytes(data)
    before = store.read(version, CLERK)
    back, made = taken_back(store, path, version)
    assert back.report.corrects == read(version.passport)[0].number
    assert [f.code for f in made.findings] == ["COR-010"]
    assert (made.merged.added, made.merged.replaced) == (KEPT_APART, (3, 4, 5, 7, 8, 9, 10))
    assert made.effects["remaining"] == {}
    assert made.effects["new"] == {}
    assert made.effects["closed"]["GEO-002"] == (1,)
    assert made.effects["closed"]["VAL-001"] == (5,)
    after = made.merged.frame.set_index("source_row")
    assert sorted(after.index) == list(range(1, 13))
    untouched = before.set_index("source_row").loc[[6, 11]]
    assert after.loc[[6, 11], "area_ellipsoidal_m2"].equals(untouched["area_ellipsoidal_m2"])
    assert after.loc[[6, 11]].geometry.geom_equals(untouched.geometry).all()
    right = RIGHT.geometry.area.to_numpy()
    assert after["area_planar_m2"].sort_index().to_numpy() == pytest.approx(right, abs=0.01)
    assert pd.Timestamp("2018-01-16") == after.loc[5, "signed_on"]

    new = publish_plan(store, made, back, version)
    (record,) = read(new.passport)
    record.rows.require_balance()
    assert (new.rows, new.quarantined) == (12, 0)
    assert record.closes.version == "gd@1"
    with pytest.raises(NothingToCorrectError):
        package_of_version(store, new, CLERK)


def test_a_package_that_software_transformed_finds_its_place(store, version, tmp_path):
    source = unpacked(package_of_version(store, version, CLERK), tmp_path)
    mended(source).to_crs(4490).to_file(tmp_path / "back.gpkg", layer="any", driver="GPKG")
    seen = inspect(tmp_path / "back.gpkg")
    assert seen.report.corrects == read(version.passport)[0].number
    back, made = taken_back(store, tmp_path / "back.gpkg", version, seen.report.crs)
    assert back.report.crs.chosen == 4490
    assert made.merged.added == KEPT_APART
    after = made.merged.frame.set_index("source_row")["area_planar_m2"].sort_index()
    assert after.to_numpy() == pytest.approx(RIGHT.geometry.area.to_numpy(), abs=0.01)


@pytest.mark.slow
def test_what_is_left_can_be_sent_out_again_from_both_files(store, version, tmp_path):
    source = unpacked(package_of_version(store, version, CLERK), tmp_path / "one")
    frame = mended(source, rows=(1, 5, 10))
    frame.loc[frame["GYHH"] == 10, "供应面积"] = 8.8  # still wrong
    path = tmp_path / "back.gpkg"
    frame.to_file(path, layer="GY_ROWS", driver="GPKG")
    back, made = taken_back(store, path, version)
    assert "COR-023" in [f.code for f in made.findings]
    second = publish_plan(store, made, back, version)
    left = rows_of_version(store, second, CLERK)
    assert tuple(left) == (2, 3, 4, 7, 8, 9, 10, 12)
    package = package_of_version(store, second, CLERK)
    again = gpd.read_file(unpacked(package, tmp_path / "two")).set_index("GYHH")
    assert set(again["GYTZH"]) == {back.report.number}
    assert float(again.loc[10, "供应面积"]) == 8.8
    assert again.loc[9, "行政区代码"] == "360102"
    assert again["地块编号"].notna().all()

    last = mended(next((tmp_path / "two").glob("*.gpkg")), rows=tuple(left))
    last.to_file(tmp_path / "last.gpkg", layer="GY_ROWS", driver="GPKG")
    back, made = taken_back(store, tmp_path / "last.gpkg", second)
    third = publish_plan(store, made, back, second)
    assert (third.rows, third.quarantined, made.open) == (12, 0, ())
    assert len(read(third.passport)[0].lineage) == 3


def test_a_workbook_comes_back_too(store, version, tmp_path):
    package = package_of_version(store, version, CLERK)
    unpacked(package, tmp_path)
    book = openpyxl.load_workbook(next(tmp_path.glob("*.xlsx")))
    sheet = book["GY_ROWS"]
    heads = {cell.value: i for i, cell in enumerate(sheet[1])}
    for row in sheet.iter_rows(min_row=2):
        if row[heads["GYHH"]].value == 5:
            row[heads["签订日期"]].value = "2018-01-16"
    book.save(tmp_path / "back.xlsx")
    _, made = taken_back(store, tmp_path / "back.xlsx", version)
    assert made.effects["closed"] == {"VAL-001": (5,)}
    said = [(f.code, dict(f.values).get("source")) for f in made.findings]
    assert {("COR-019", 1), ("COR-019", 2), ("COR-019", 12)} <= set(said)


def test_without_the_file_that_was_sent_there_is_no_package(store, sent):
    delivery = deliver([sent])
    bare = store.commit_file(
        "gd", delivery.rows, kind="parcels", viewer=CLERK, reason="来文",
        passport=delivery.passport, quarantined=delivery.quarantined,
    )  # fmt: skip
    with pytest.raises(NoOriginalError) as caught:
        package_of_version(store, bare, CLERK)
    assert caught.value.code == "COR-001"


def test_a_version_of_several_files_has_no_package(store, sent):
    both = published(store, [sent, sent])
    with pytest.raises(SeveralFilesError) as caught:
        package_of_version(store, both, CLERK)
    assert caught.value.code == "COR-013"


def test_rows_are_read_again_by_their_numbers():
    rows = sender_rows(SAMPLES / "with_defects.zip", "a.zip", Choices(), [12, 2, 99, 2])
    assert rows.frame["row"].tolist() == [2, 12]
    assert rows.frame["geometry_wkb"].isna().tolist() == [True, False]
    assert json.dumps(list(rows.names), ensure_ascii=False).startswith('["地块编号"')
