"""The guard around the parser. Each test shows first that without the guard the attack works."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ingest import inspect_bytes, sandbox
from scripts.build_samples import archive, parcels, shapefile_parts
from tests.attack_world import CANARY

ROOT = Path(__file__).resolve().parents[2]
READ = """
import sys, pyogrio
try:
    meta, _, _, columns = pyogrio.raw.read(sys.argv[1])
    print([list(map(str, c)) for c in columns])
except Exception as error:
    print("refused", type(error).__name__)
"""
PATIENCE = sandbox.Limits(wall_s=60)


def vrt(source: str) -> bytes:
    return (
        f'<OGRVRTDataSource><OGRVRTLayer name="secret"><SrcDataSource>{source}</SrcDataSource>'
        "</OGRVRTLayer></OGRVRTDataSource>"
    ).encode()


def gdal_reads(path: Path, *, guarded: bool) -> str:
    """What GDAL makes of a file in a process with or without the guard."""
    env = sandbox.environment(path.parent)
    if not guarded:
        del env["GDAL_SKIP"]
    done = subprocess.run(
        [sys.executable, "-c", READ, str(path)], capture_output=True, text=True, env=env, check=True
    )
    return done.stdout


@pytest.mark.parametrize("name", ["parcels.shp", "parcels.json", "parcels.geojson", "parcels.vrt"])
def test_guard_keeps_a_renamed_vrt_from_reading_files(tmp_path: Path, canary: Path, name: str):
    attack = tmp_path / name
    attack.write_bytes(vrt(str(canary)))
    assert CANARY in gdal_reads(attack, guarded=False)
    assert CANARY not in gdal_reads(attack, guarded=True)


def test_guard_keeps_a_vrt_from_calling_the_network(
    tmp_path: Path, listener: tuple[str, list[str]]
):
    url, hits = listener
    attack = tmp_path / "parcels.shp"
    attack.write_bytes(vrt(f"/vsicurl/{url}/secret.csv"))
    gdal_reads(attack, guarded=False)
    assert hits
    hits.clear()
    gdal_reads(attack, guarded=True)
    assert hits == []


def test_no_upload_shows_a_canary_or_calls_out(canary: Path, listener: tuple[str, list[str]]):
    url, hits = listener
    for source in (str(canary), f"/vsicurl/{url}/x.csv"):
        bare = vrt(source)
        parts = shapefile_parts(parcels(code="360121", east=39_391_000.0, north=3_158_500.0))
        zipped = archive({"a.shp": bare, "a.shx": parts[".shx"], "a.dbf": parts[".dbf"]})
        for data in (bare, zipped):
            found = inspect_bytes(data, name="p.shp", limits=PATIENCE)
            assert found.status == "refused"
            assert CANARY not in json.dumps(found.as_json("zh_CN"))
    assert hits == []


def test_prj_and_cpg_are_text_and_nothing_else(canary: Path, listener: tuple[str, list[str]]):
    url, hits = listener
    parts = shapefile_parts(parcels(code="360121", east=39_391_000.0, north=3_158_500.0))
    for prj in (f"{url}/x.prj", str(canary), f"@{canary}"):
        members = {f"a{s}": parts[s] for s in (".shp", ".shx", ".dbf")}
        members |= {"a.prj": prj.encode(), "a.cpg": prj.encode()}
        found = inspect_bytes(archive(members), name="a.zip", limits=PATIENCE)
        assert CANARY not in json.dumps(found.as_json("zh_CN"))
    assert hits == []


def test_child_without_its_guard_refuses_to_work():
    code = "from ingest.child import require_guard; require_guard()"
    env = {k: v for k, v in os.environ.items() if k != "GDAL_SKIP"} | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=env, check=False
    )
    assert done.returncode != 0
    assert "SBX-003" in done.stderr


def test_child_gets_nothing_of_the_servers_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("GANYUAN_SECRET", "s3cret")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    env = sandbox.environment(tmp_path)
    assert "s3cret" not in env.values()
    assert "http_proxy" not in env
    skipped = set(env["GDAL_SKIP"].split(","))
    assert {"OGR_VRT", "WFS", "HTTP", "GML"} <= skipped
    assert not skipped & sandbox.ALLOWED_DRIVERS


def run_module(tmp_path: Path, body: str, limits: sandbox.Limits) -> None:
    """Run a module of the test under the limits of the sandbox."""
    module = tmp_path / "hostile.py"
    prelude = (
        "import json, sys\nfrom ingest.worker import limit\n"
        "limit(json.loads(json.loads(sys.stdin.read())['limits']))\n"
    )
    module.write_text(prelude + body, encoding="utf-8")
    sandbox.run("hostile", {}, workdir=tmp_path, limits=limits)


def gone(pid: int) -> bool:
    """Whether a process has ended; one that nobody has collected yet counts as ended."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except FileNotFoundError:
        return True
    return stat.rpartition(")")[2].split()[0] in {"Z", "X"}


def test_hung_parser_is_killed_with_its_children(tmp_path: Path):
    mark = tmp_path / "grandchild"
    body = (
        "import pathlib, subprocess, time\n"
        "started = subprocess.Popen(['sleep', '600'])\n"
        f"pathlib.Path({str(mark)!r}).write_text(str(started.pid))\n"
        "time.sleep(600)\n"
    )
    # A busy machine may need more than the first limit to come as far as the grandchild.
    for wall_s in (1.5, 6.0, 30.0):
        with pytest.raises(sandbox.TimeLimitError) as error:
            run_module(tmp_path, body, sandbox.Limits(wall_s=wall_s))
        assert error.value.code == "SBX-001"
        if mark.exists() and mark.read_text():
            break
    pid = int(mark.read_text(encoding="utf-8"))
    until = time.monotonic() + 60
    while not gone(pid) and time.monotonic() < until:
        time.sleep(0.05)
    assert gone(pid)


def test_memory_is_limited(tmp_path: Path):
    with pytest.raises(sandbox.ResourceLimitError):
        run_module(tmp_path, "b = bytearray(3 * 1024**3)\n", sandbox.Limits(memory_bytes=1024**3))


def test_processor_time_is_limited(tmp_path: Path):
    with pytest.raises(sandbox.ResourceLimitError) as error:
        run_module(tmp_path, "while True: pass\n", sandbox.Limits(cpu_s=1, wall_s=60))
    assert error.value.values["reason"] in {"SIGXCPU", "SIGKILL"}


def test_size_of_written_files_is_limited(tmp_path: Path):
    body = "open('big', 'wb').write(bytes(2_000_000))\n"
    with pytest.raises(sandbox.ResourceLimitError):
        run_module(tmp_path, body, sandbox.Limits(file_bytes=1_000_000))
    assert (tmp_path / "big").stat().st_size <= 1_000_000


def test_stopped_parser_is_a_refusal_in_words():
    found = inspect_bytes(b"x", name="a.zip", limits=sandbox.Limits(wall_s=0.01))
    assert found.report.refused_by == "SBX-001"
    assert "拆分" in found.issues[0].message("zh_CN")
