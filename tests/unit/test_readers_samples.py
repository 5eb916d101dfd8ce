"""Every sample that ships is read as what it is, and the same parcels give the same rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely

from scripts.build_samples import parcels
from tests.readers_world import opened

SAMPLES = Path(__file__).resolve().parents[2] / "data" / "samples"
NORTH = parcels(code="360121", east=39_391_000.0, north=3_158_500.0)


@pytest.mark.parametrize(
    ("name", "kind", "codes"),
    [
        ("zone39_gbk.zip", "shapefile", {"ENC-004"}),
        ("parcels.gpkg", "geopackage", set()),
        ("parcels_gdb.zip", "filegdb", set()),
        ("parcels.geojson", "geojson", set()),
        ("parcels.kml", "kml", set()),
        ("parcels.dxf", "dxf", {"ENC-004", "VEC-012", "VEC-013"}),
        ("parcels_wkt.csv", "csv", {"ENC-004"}),
    ],
)
def test_the_same_parcels_in_every_format(name: str, kind: str, codes: set[str]):
    source, chunk = opened((SAMPLES / name).read_bytes())
    assert source.format == kind
    assert source.has_shapes
    assert {f.code for f in (*source.findings, *chunk.findings)} == codes
    sound = np.flatnonzero(chunk.faults == "")
    if kind == "dxf":
        assert len(sound) == 13, "the hole of one parcel is an outline of its own"
        names = chunk.fields["文字"].dropna()
        assert sorted(names) == sorted(NORTH["项目名称"])
        return
    assert chunk.fields["项目名称"].tolist() == NORTH["项目名称"].tolist()
    assert chunk.fields["地块编号"].tolist() == NORTH["地块编号"].tolist()
    metres = NORTH.set_crs(4527)
    expected = metres.to_crs(4326) if kind in {"geojson", "kml"} else metres
    tolerance = 2e-9 if kind in {"geojson", "kml"} else 1e-3
    for ours, theirs in zip(chunk.geometries, expected.geometry, strict=True):
        assert shapely.hausdorff_distance(ours, theirs) < tolerance


@pytest.mark.parametrize(
    ("name", "rows", "kept_out", "first"),
    [
        ("batches.xlsx", 4, ["TAB-003"], "序号"),
        ("supplies.xlsx", 3, [], "电子监管号"),
        ("idle_cases.xlsx", 2, [], "案件编号"),
    ],
)
def test_ledgers(name: str, rows: int, kept_out: list[str], first: str):
    source, chunk = opened((SAMPLES / name).read_bytes())
    assert (source.format, source.rows, source.has_shapes) == ("xlsx", rows, False)
    assert source.names[0] == first
    assert [code for code in chunk.faults if code] == kept_out
