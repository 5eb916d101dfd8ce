"""The guard has to stand before GDAL is loaded, so each test asks a fresh process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from geo.gdal_guard import DENIED

ROOT = Path(__file__).parents[2]
VRT = """<OGRVRTDataSource><OGRVRTLayer name="x">
<SrcDataSource>{canary}</SrcDataSource><SrcLayer>canary</SrcLayer>
</OGRVRTLayer></OGRVRTDataSource>"""


def ask(code, **environment):
    env = {k: v for k, v in os.environ.items() if k != "GDAL_SKIP"} | environment
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    "drivers",
    [
        "import pyogrio; d = list(pyogrio.list_drivers())",
        "import rasterio\nwith rasterio.Env() as e: d = list(e.drivers())",
    ],
)
def test_virtual_and_network_drivers_are_gone(drivers):
    code = f"import geo\n{drivers}\nimport json; print(json.dumps(d))"
    loaded = set(json.loads(ask(code)[1]))
    assert not loaded & set(DENIED)
    assert "GPKG" in loaded


@pytest.fixture
def disguised(tmp_path):
    canary = tmp_path / "canary.csv"
    canary.write_text("secret\n42\n", encoding="utf-8")
    (tmp_path / "parcels.shp").write_text(VRT.format(canary=canary), encoding="utf-8")
    return tmp_path / "parcels.shp"


def test_a_recipe_named_like_a_shapefile_reads_no_file(disguised):
    read = f"import pyogrio; print(pyogrio.read_dataframe({str(disguised)!r}))"
    code, out, err = ask("import geo\n" + read)
    assert code != 0
    assert "42" not in out + err
    unguarded = ask(read)
    assert "42" in unguarded[1], "without the guard the file is read: the test can fail"


def test_a_list_of_the_installation_is_kept():
    code = "import os, geo; print(os.environ['GDAL_SKIP'])"
    assert ask(code, GDAL_SKIP="CSV")[1].strip() == "CSV"
