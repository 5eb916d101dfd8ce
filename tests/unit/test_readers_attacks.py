"""Uploads that reach for files of the server or for the network, under every name that is taken.

Each kind of attack that GDAL falls for is shown to work on an unguarded GDAL first, so that a
guard that goes missing is seen here.
"""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from ingest import inspect_bytes, sandbox
from scripts.build_samples import archive, parcels, shapefile_parts
from tests.attack_world import CANARY
from tests.readers_world import refusal, zipped
from tests.unit.test_readers_geopackage import ENDLESS, gpkg

ROOT = Path(__file__).resolve().parents[2]
SUFFIXES = (
    *(".shp", ".dbf", ".shx", ".prj", ".cpg", ".gpkg", ".geojson", ".json", ".kml", ".kmz", ".dxf"),
    *(".txt", ".csv", ".xlsx", ".zip", ".vrt", ".gml", ".xml", ".gdb", ""),
)
PARTS = shapefile_parts(parcels(code="360121", east=39_391_000.0, north=3_158_500.0))
POINT = {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [1, 2]}}


def geojson(**members: object) -> str:
    return json.dumps({"type": "FeatureCollection", "features": [POINT], **members})


def attacks(url: str, secret: Path) -> dict[str, str]:
    """Documents by name of the attack."""
    layer = '<OGRVRTDataSource><OGRVRTLayer name="secret"><SrcDataSource>{}</SrcDataSource>'
    vrt = layer + "</OGRVRTLayer></OGRVRTDataSource>"
    entity = f'<!DOCTYPE kml [<!ENTITY x SYSTEM "file://{secret}">]>'
    return {
        "vrt of a file": vrt.format(secret),
        "vrt of a host": vrt.format(f"/vsicurl/{url}/secret.csv"),
        "wfs": f"<OGRWFSDataSource><URL>{url}/wfs</URL></OGRWFSDataSource>",
        "crs link": geojson(crs={"type": "link", "properties": {"href": f"{url}/crs"}}),
        "crs url": geojson(crs={"type": "url", "properties": {"url": f"{url}/crs"}}),
        "hidden crs link": geojson(
            crs={"type": "link", "properties": {"href": f"{url}/crs"}}
        ).replace('"crs"', '"\\u0063rs"'),
        "next page": geojson(links=[{"rel": "next", "href": f"{url}/next"}]),
        "connection to wfs": f"WFS:{url}/wfs",
        "connection to oapif": f"OAPIF:{url}/collections",
        "path to curl": f"/vsicurl/{url}/x.geojson",
        "path to a file": str(secret),
        "network link": (
            '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>a</name>'
            f"</Placemark><NetworkLink><Link><href>{url}/n.kml</href></Link></NetworkLink>"
            "</Document></kml>"
        ),
        "entity": f"<?xml version='1.0'?>{entity}<kml><Folder><name>&x;</name></Folder></kml>",
        "gml": (
            '<?xml version="1.0"?><ogr:FeatureCollection xmlns:ogr="http://ogr.maptools.org/" '
            'xmlns:gml="http://www.opengis.net/gml" xmlns:xlink="http://www.w3.org/1999/xlink" '
            'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
            f'xsi:schemaLocation="http://ogr.maptools.org/ {url}/s.xsd"><gml:featureMember>'
            f'<ogr:a gml:id="a.0"><ogr:g xlink:href="{url}/x.gml#a"/></ogr:a>'
            "</gml:featureMember></ogr:FeatureCollection>"
        ),
        "csv with a path": f"编号,WKT\n1,{secret}\n2,/vsicurl/{url}/a.csv\n",
        "dxf with a reference": (
            f"0\nSECTION\n2\nBLOCKS\n0\nBLOCK\n1\n{secret}\n0\nENDSEC\n0\nSECTION\n2\nENTITIES\n"
            f"0\nINSERT\n2\n{url}/x.dxf\n0\nENDSEC\n0\nEOF\n"
        ),
    }


READ = """
import sys, pyogrio
try:
    meta, _, _, columns = pyogrio.raw.read(sys.argv[1])
    print([list(map(str, c)) for c in columns])
except Exception as error:
    print("refused", type(error).__name__)
"""


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("vrt of a file", ".shp"),
        ("vrt of a host", ".kml"),
        ("wfs", ".gpkg"),
        ("crs link", ".json"),
        ("crs url", ".shp"),
        ("hidden crs link", ".json"),
    ],
)
def test_the_attack_works_on_gdal_without_a_guard(
    tmp_path: Path, canary: Path, listener: tuple[str, list[str]], name: str, suffix: str
):
    url, hits = listener
    path = tmp_path / f"parcels{suffix}"
    path.write_text(attacks(url, canary)[name], encoding="utf-8")
    env = sandbox.environment(tmp_path)
    del env["GDAL_SKIP"]
    command = [sys.executable, "-c", READ, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=True)
    assert hits or CANARY in done.stdout


LOAD_ALL = """
import json, sys
from pathlib import Path
from ingest.child import require_guard
from ingest import readers
from ingest.model import Choices, RefusedError
from ingest.source import Source
require_guard()
folder = Path(sys.argv[1])
for path in sorted(folder.glob("*.upload")):
    target = path.with_suffix(".work")
    target.mkdir()
    name = path.with_suffix(".name").read_text(encoding="utf-8")
    try:
        found = readers.load(path, name, target, Choices())
        if isinstance(found, Source):
            chunk = found.read(0, found.rows)
            print(path.name, found.findings, chunk.findings, chunk.fields.to_dict(), found.declared)
        else:
            print(path.name, found)
    except RefusedError as refused:
        print(path.name, refused.issue, refused.values)
    print("done")
"""


def test_no_name_and_no_archive_lets_an_upload_reach_out(
    tmp_path: Path, canary: Path, listener: tuple[str, list[str]]
):
    url, hits = listener
    uploads = []
    for document in attacks(url, canary).values():
        data = document.encode()
        uploads.append(("c.zip", archive({"a.gdb/a00000001.gdbtable": data, "a.prj": data})))
        for suffix in SUFFIXES:
            uploads.append((f"parcels{suffix}", data))
            uploads.append((f"a{suffix}.zip", archive({f"夹/地块{suffix}": data})))
            beside = {f"a{s}": PARTS[s] for s in (".shp", ".shx", ".dbf")}
            uploads.append(("b.zip", archive(beside | {f"a{suffix or '.x'}": data})))
    folder = tmp_path / "uploads"
    folder.mkdir()
    for i, (name, data) in enumerate(uploads):
        (folder / f"{i:05d}.upload").write_bytes(data)
        (folder / f"{i:05d}.name").write_text(name, encoding="utf-8")
    command = [sys.executable, "-c", LOAD_ALL, str(folder)]
    env = sandbox.environment(tmp_path)
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.count("done\n") == len(uploads)
    assert CANARY not in done.stdout + done.stderr
    assert hits == []


def virtual(module: str) -> bytes:
    """A GeoPackage whose catalogue was edited to hold a virtual table of a module."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.gpkg"
        path.write_bytes(gpkg())
        with sqlite3.connect(path) as database:
            database.execute("PRAGMA writable_schema = ON")
            sql = f"CREATE VIRTUAL TABLE v USING {module}"
            row = ("table", "v", "v", 0, sql)
            database.execute("INSERT INTO sqlite_master VALUES (?, ?, ?, ?, ?)", row)
        database.close()
        return path.read_bytes()


@pytest.mark.parametrize(
    "module",
    [
        "VirtualOGR('/etc/passwd')",
        "VirtualOGR('/vsicurl/http://127.0.0.1:9/x.json')",
        "VirtualShape('/etc/passwd', 'UTF-8', 4490)",
        "VirtualText('/etc/passwd', 'UTF-8')",
        "csv(filename='/etc/passwd')",
        "rtreex(a, b, c)",
    ],
)
def test_virtual_tables_of_any_module_are_refused(module: str):
    assert refusal(virtual(module)) == "VEC-003"
    assert refusal(zipped({"a/b.shp.gpkg": virtual(module)})) == "VEC-003"


HANG = """
import json, sys
from ingest.worker import limit
job = json.loads(sys.stdin.read())
limit(json.loads(job["limits"]))
import pyogrio
print(pyogrio.read_info(job["path"], layer="endless"))
"""


def test_gdal_hangs_on_an_endless_view_and_the_clock_ends_it(tmp_path: Path):
    registered = (
        "INSERT INTO gpkg_contents (table_name, data_type, identifier) "
        "VALUES ('endless', 'attributes', 'endless')"
    )
    path = tmp_path / "a.gpkg"
    path.write_bytes(gpkg(None, ENDLESS, registered))
    (tmp_path / "hang.py").write_text(HANG, encoding="utf-8")
    with pytest.raises(sandbox.TimeLimitError) as error:
        sandbox.run("hang", {"path": str(path)}, workdir=tmp_path, limits=sandbox.Limits(wall_s=5))
    assert error.value.code == "SBX-001"


@pytest.mark.parametrize(
    "data",
    [
        b'{"type": "FeatureCollection", "features": ' + b"[" * 200_000,
        b"<kml>" + b"<Document>" * 200_000,
        b"0\nSECTION\n2\nENTITIES\n" + b"0\nLWPOLYLINE\n10\n1e999\n20\nnan\n" * 20_000,
        ("a,b\n" + '"' * 100_001).encode(),
        b"[" + "地块坐标".encode("gbk") + b"]\n1,2,3,4," + "面".encode("gbk") + b",,,@\n" * 20_000,
    ],
)
def test_deep_and_degenerate_documents_end_in_words(data: bytes):
    found = inspect_bytes(data, name="a.shp", limits=sandbox.Limits(wall_s=60))
    assert found.status == "refused"
    assert found.report.refused_by[:3] in {"VEC", "FIL", "TAB", "BPT", "CRS", "PLC"}


CALL = """
import socket, sys
from ingest.worker import leave_network
left = leave_network()
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=5).close()
    print(left, "connected")
except OSError:
    print(left, "alone")
"""


def test_the_child_has_no_network_where_the_system_lets_it_go():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        env = os.environ | {"PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", CALL, port]
        done = subprocess.run(command, capture_output=True, text=True, env=env, check=True)
    left, outcome = done.stdout.split()
    if left == "False":
        pytest.skip("this system does not let a process leave its network")
    assert outcome == "alone"
