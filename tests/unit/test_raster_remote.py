"""Rasters behind a web server on this machine: the same figures, few bytes, coded refusals."""

from __future__ import annotations

import os

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin
from shapely import box

from geo import raster_bands
from geo.range_reader import (
    BLOCK,
    HostNotAllowedError,
    NoRangesError,
    RangeFile,
    RemoteChangedError,
    RemoteRaster,
    RemoteRasterError,
)
from geo.raster import change_matrix, class_areas
from geo.raster_source import DamagedRasterError
from tests.range_server import range_server

STEP = 0.0001
PLACE = gpd.GeoDataFrame(geometry=[box(115.01, 27.86, 115.03, 27.87)], crs=4490)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two years of noise, so that tiles are as large as they can be."""
    root = tmp_path_factory.mktemp("rasters")
    rng = np.random.default_rng(2)
    for name in ("old.tif", "new.tif"):
        with rasterio.open(
            root / name, "w", driver="GTiff", width=2048, height=1536, count=1, dtype="uint8",
            crs="EPSG:4490", nodata=0, transform=from_origin(115.0, 28.0, STEP, STEP),
            tiled=True, blockxsize=256, blockysize=256, compress="deflate",
        ) as raster:  # fmt: skip
            raster.write(rng.integers(0, 200, (1536, 2048)).astype("uint8"), 1)
    return root


def remote(server, name="old.tif"):
    return RemoteRaster(f"http://{server.host}/{name}", frozenset({server.host}))


def test_remote_figures_are_those_of_the_file(folder):
    with range_server(folder) as server:
        here = class_areas(remote(server), PLACE)
        change = change_matrix(remote(server), remote(server, "new.tif"), within=PLACE)
    local = class_areas(folder / "old.tif", PLACE)
    assert here.cells.equals(local.cells)
    assert here.area_m2.equals(local.area_m2)
    same = change_matrix(folder / "old.tif", folder / "new.tif", within=PLACE)
    assert change.cells.equals(same.cells)
    assert local.cells.to_numpy().sum() > 15_000


def test_one_thread_reads_from_a_server_however_many_bands_there_are(folder, monkeypatch):
    whole = change_matrix(folder / "old.tif", folder / "new.tif")
    monkeypatch.setattr(raster_bands, "BAND_CELLS", 1)
    monkeypatch.setattr(raster_bands, "_THREADS", 2)
    with range_server(folder) as server:
        found = change_matrix(remote(server), remote(server, "new.tif"))
        asked = server.asked.copy()
    assert found.cells.equals(whole.cells)
    assert len(asked) == len(set(asked)), "nothing is fetched twice"


def test_only_the_tiles_of_the_unit_are_fetched(folder):
    whole = (folder / "old.tif").stat().st_size
    with range_server(folder) as server:
        class_areas(remote(server), PLACE)
        assert server.sent < whole / 2
        assert all(asked.startswith("bytes=") for _, asked in server.asked)
        assert {path for path, _ in server.asked} == {"/old.tif"}, "no file beside it is asked for"


def test_bytes_are_those_of_the_file_wherever_one_reads(folder):
    content = (folder / "old.tif").read_bytes()
    with range_server(folder) as server, RangeFile(remote(server)) as file:
        assert file.size == len(content)
        for start, count in [
            (0, 10), (BLOCK - 3, 6), (5, 3 * BLOCK), (len(content) - 4, 100), (len(content), 5),
        ]:  # fmt: skip
            assert file.read_at(start, count) == content[start : start + count]
        handle = file.opener(file.key)
        handle.seek(-8, os.SEEK_END)
        assert handle.read() == content[-8:]
        with pytest.raises(FileNotFoundError):
            file.opener(f"{file.key}.aux.xml")
        before = file.requests
        file.read_at(0, 3 * BLOCK)
        assert file.requests == before, "what was read is kept"


def test_a_read_longer_than_the_cache_is_whole(folder, monkeypatch):
    monkeypatch.setattr("geo.range_reader._KEPT", 2)
    content = (folder / "old.tif").read_bytes()
    with range_server(folder) as server, RangeFile(remote(server)) as file:
        file.read_at(BLOCK * 2, BLOCK)
        assert file.read_at(0, len(content)) == content


def test_other_servers_are_not_asked(folder):
    with range_server(folder) as server:
        for url in (
            f"http://{server.host}/old.tif", "file:///etc/passwd", "ftp://127.0.0.1/old.tif",
            f"http://somebody@{server.host}/old.tif",
        ):  # fmt: skip
            with pytest.raises(HostNotAllowedError, match="RAS-009"):
                class_areas(RemoteRaster(url, frozenset({"example.org"})), PLACE)
        assert not server.asked


@pytest.mark.parametrize("status", [301, 302, 403, 404, 500])
def test_a_refusal_or_a_way_elsewhere_is_said(folder, status):
    with (
        range_server(folder, lambda _n: status) as server,
        pytest.raises(RemoteRasterError, match="RAS-008") as caught,
    ):
        class_areas(remote(server), PLACE)
    assert caught.value.values["reason"] == str(status)


@pytest.mark.parametrize("behaviour", ["whole", "short"])
def test_a_server_without_ranges_is_said(folder, behaviour):
    with (
        range_server(folder, lambda _n: behaviour) as server,
        pytest.raises(NoRangesError, match="RAS-010"),
    ):
        class_areas(remote(server), PLACE)


def test_a_raster_that_is_replaced_meanwhile_is_said(folder):
    with (
        range_server(folder, lambda _n: "replaced") as server,
        pytest.raises(RemoteChangedError, match="RAS-011"),
    ):
        class_areas(remote(server), PLACE)


def test_a_refusal_in_the_middle_is_the_server_s_and_not_the_file_s(folder):
    with (
        range_server(folder, lambda n: "ranges" if n < 3 else 503) as server,
        pytest.raises(RemoteRasterError, match="RAS-008"),
    ):
        class_areas(remote(server), PLACE)


def test_a_lost_connection_is_tried_again(folder):
    with range_server(folder, lambda n: "drop" if n in {2, 4} else "ranges") as server:
        here = class_areas(remote(server), PLACE)
    assert here.cells.equals(class_areas(folder / "old.tif", PLACE).cells)
    with (
        range_server(folder, lambda _n: "drop") as server,
        pytest.raises(RemoteRasterError, match="RAS-008"),
    ):
        class_areas(remote(server), PLACE)


def test_a_remote_file_that_is_no_raster_is_said(tmp_path):
    (tmp_path / "page.tif").write_text("<html>not found</html>")
    with (
        range_server(tmp_path) as server,
        pytest.raises(DamagedRasterError, match="RAS-007"),
    ):
        class_areas(remote(server, "page.tif"), PLACE)
