"""A layer gives the same whether one process works through it or two, and in whatever chunks."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from domain import schema
from ingest import crew, layer, work
from scripts.build_samples import parcels, shapefile_zip, with_defects
from tests.upload_world import look

NORTH = {"code": "360121", "east": 39_391_000.0, "north": 3_158_500.0}


def plain(frame: pd.DataFrame | gpd.GeoDataFrame) -> pd.DataFrame:
    return pd.DataFrame(frame).sort_values("source_row", ignore_index=True)


@pytest.mark.parametrize("frame", [parcels(**NORTH), with_defects()])
@pytest.mark.parametrize(("chunk", "alone"), [(1, 10**6), (5, 10**6), (1, 0), (5, 0)])
def test_chunks_and_processes_change_nothing(monkeypatch, frame, chunk: int, alone: int):
    data = shapefile_zip(frame, stem="a")
    whole = look(data)
    monkeypatch.setattr(work, "CHUNK_ROWS", chunk)
    monkeypatch.setattr(crew, "_ALONE", alone)
    pieces = look(data)
    drop = {"seconds", "findings", "repairs"}
    assert pieces.report.model_dump(exclude=drop) == whole.report.model_dump(exclude=drop)
    key = lambda f: (f.code, f.row, str(f.values))  # noqa: E731
    assert sorted(pieces.report.findings, key=key) == sorted(whole.report.findings, key=key)
    assert pieces.report.repairs == whole.report.repairs
    pd.testing.assert_frame_equal(plain(pieces.rows()), plain(whole.rows()))
    pd.testing.assert_frame_equal(pieces.quarantined(), whole.quarantined())
    assert pieces.report.rows_in_file == len(pieces.rows()) + len(pieces.quarantined())


def test_a_folder_goes_with_its_inspection():
    found = look(shapefile_zip(parcels(**NORTH), stem="a"))
    place: Path = found.original[1].parent
    assert place.exists()
    del found
    assert not place.exists()


def bow_tie_zip() -> bytes:
    frame = parcels(**NORTH)
    x, y = 39_391_000.0, 3_158_500.0
    crossed = f"POLYGON(({x} {y}, {x + 100} {y + 50}, {x + 100} {y}, {x} {y + 50}, {x} {y}))"
    frame.loc[0, "geometry"] = gpd.GeoSeries.from_wkt([crossed])[0]
    return shapefile_zip(frame, stem="a")


def test_a_repair_is_shown_before_anybody_consents():
    found = look(bow_tie_zip())
    (repair,) = found.report.repairs
    assert (repair.row, repair.accepted, repair.parts) == (1, False, 2)
    assert repair.area_before_m2 == pytest.approx(0.0, abs=1e-3)
    assert repair.area_after_m2 == pytest.approx(2500.0, abs=1e-3)
    assert found.report.rows_quarantined == 1


@pytest.mark.parametrize(("consent", "committed"), [((), 11), ((2,), 11), ((1,), 12)])
def test_only_consent_repairs(consent: tuple[int, ...], committed: int):
    found = look(bow_tie_zip(), repair_rows=consent)
    assert found.report.rows_ok == committed
    told = [f.row for f in found.report.findings if f.code == "GEO-050"]
    assert told == ([1] if committed == 12 else [])
    assert found.report.repairs[0].accepted == (committed == 12)
    area = found.rows().loc[found.rows()["source_row"] == 1, "area_planar_m2"]
    assert area.tolist() == pytest.approx([2500.0] if committed == 12 else [], abs=1e-3)


def test_rows_of_no_known_county_are_counted_too():
    square = shapely.box(115.9, 28.5, 115.901, 28.501)
    rows = gpd.GeoDataFrame(
        {
            "county_adcode": pd.array(["360121", pd.NA, "360121"], dtype="string"),
            schema.AREA: [1.0, 2.0, 4.0],
        },
        geometry=[square] * 3,
        crs=4490,
    )
    found = work._by_county(rows, shapely.bounds(rows.geometry.to_numpy()))
    assert found["rows"].to_dict() == {"360121": 2, "—": 1}
    assert found["area"].to_dict() == {"360121": 5.0, "—": 2.0}


@pytest.mark.parametrize("rows", [10, 10**6])
def test_what_is_done_beside_is_done_once_it_is_waited_for(tmp_path, rows: int):
    with layer._beside(rows, (tmp_path / "done").touch) as done:
        done()
        assert (tmp_path / "done").exists()


@pytest.mark.parametrize("rows", [10, 10**6])
def test_rows_that_cannot_be_written_are_not_taken_for_written(rows: int):
    def fail():
        raise OSError("no room")

    with (
        pytest.raises(OSError, match=r"no room|could not be written"),
        layer._beside(rows, fail) as done,
    ):
        done()
