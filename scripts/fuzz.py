"""Coverage-guided fuzzing of the parsers of our own, for as long as is asked.

``python -m scripts.fuzz dbf --seconds 300`` mutates the samples of one target and stops at the
first input that raises anything but a refusal; the input is left in ``var/fuzz`` and belongs into a
unit test once it is mended. Needs ``atheris``, which runs on Linux with Python 3.11 only.
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Final

import atheris

with atheris.instrument_imports(include=["ingest", "geo", "zipfile"]):
    from geo.formats import boundary_points
    from ingest import identify, readers
    from ingest.model import Choices, RefusedError
    from ingest.readers import dbf, delimited, dxf, geojson, kml, shp
    from ingest.readers.shp_shapes import ShapeReader
    from ingest.source import LayerChoice, Source

from scripts.build_samples import BOUNDARY_POINTS, TARGET, parcels, shapefile_parts

CORPUS: Final = Path(__file__).resolve().parent.parent / "var" / "fuzz"
ANYWAY: Final = Choices(anyway=("FIL-004", "FIL-006", "FIL-008"))
_PARTS: Final = shapefile_parts(parcels(code="360121", east=39_391_000.0, north=3_158_500.0))
_MOST_ROWS: Final = 300


def _rows(source: Source | LayerChoice) -> None:
    """Read a source and check that no row is lost."""
    if isinstance(source, LayerChoice):
        return
    most = min(source.rows, _MOST_ROWS)
    chunk = source.read(0, most)
    if not len(chunk) == len(chunk.geometries) == len(chunk.faults) == most:
        raise AssertionError("rows were lost")


def _text(data: bytes) -> None:
    with contextlib.suppress(boundary_points.NoParcelError):
        boundary_points.parse(data.decode("utf-8", "replace"))


def _dbf(data: bytes, folder: Path) -> None:
    path = folder / "a.dbf"
    path.write_bytes(data)
    table = dbf.open_table(path)
    names = [str(i) for i in range(len(table.fields))]
    dbf.sniff(table)
    stop = min(table.stored, _MOST_ROWS)
    if len(dbf.read(table, names, "gb18030", 0, stop).fields) != stop:
        raise AssertionError("records were lost")


def _shp(data: bytes, folder: Path) -> None:
    path = folder / "a.shp"
    path.write_bytes(data)
    index = shp.open_index(path, None, cut_is_fine=True, shx_is_fine=True)
    stop = min(len(index), _MOST_ROWS)
    if len(ShapeReader(index, folder / "gdal").read(0, stop).faults) != stop:
        raise AssertionError("shapes were lost")


def _shx(data: bytes, folder: Path) -> None:
    (folder / "a.shx").write_bytes(data)
    path = folder / "a.shp"
    path.write_bytes(_PARTS[".shp"])
    index = shp.open_index(path, folder / "a.shx", cut_is_fine=True, shx_is_fine=False)
    ShapeReader(index, folder / "gdal").read(0, min(len(index), _MOST_ROWS))


def _zip(data: bytes, folder: Path) -> None:
    path = folder / "upload"
    path.write_bytes(data)
    _rows(readers.load(path, "upload", folder / "work", ANYWAY))


def _loader(load: Callable[[Path, Choices], Source]) -> Callable[[bytes, Path], None]:
    def target(data: bytes, folder: Path) -> None:
        path = folder / "upload"
        path.write_bytes(data)
        _rows(load(path, ANYWAY))

    return target


def _layered(data: bytes, folder: Path, module: object) -> None:
    path = folder / "upload"
    path.write_bytes(data)
    for layer in module.layers(path, ANYWAY):
        _rows(layer.open())


TARGETS: Final[dict[str, tuple[Callable[[bytes, Path], None], list[bytes]]]] = {
    "txt": (lambda data, _: _text(data), [BOUNDARY_POINTS.encode()]),
    "dbf": (_dbf, [_PARTS[".dbf"]]),
    "shp": (_shp, [_PARTS[".shp"]]),
    "shx": (_shx, [_PARTS[".shx"]]),
    "zip": (_zip, [(TARGET / n).read_bytes() for n in ("zone39_gbk.zip", "with_defects.zip")]),
    "xlsx": (_zip, [(TARGET / n).read_bytes() for n in ("batches.xlsx", "supplies.xlsx")]),
    "csv": (_loader(delimited.load), [(TARGET / "parcels_wkt.csv").read_bytes()]),
    "geojson": (_loader(geojson.load), [(TARGET / "parcels.geojson").read_bytes()[:3000]]),
    "kml": (lambda d, f: _layered(d, f, kml), [(TARGET / "parcels.kml").read_bytes()]),
    "dxf": (lambda d, f: _layered(d, f, dxf), [(TARGET / "parcels.dxf").read_bytes()]),
    "kind": (lambda data, _: identify.kind_of(data) and None, [BOUNDARY_POINTS.encode()]),
}
"""What is fuzzed, and the inputs that it starts from."""


def main() -> None:
    """Fuzz one target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--seconds", type=int, default=120)
    asked = parser.parse_args()
    run, seeds = TARGETS[asked.target]
    corpus = CORPUS / asked.target
    corpus.mkdir(parents=True, exist_ok=True)
    for i, seed in enumerate(seeds):
        (corpus / f"seed{i}").write_bytes(seed)
    home = Path(tempfile.mkdtemp(prefix="fuzz-"))
    warnings.simplefilter("ignore")

    def one(data: bytes) -> None:
        folder = home / "run"
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "work").mkdir(parents=True)
        with contextlib.suppress(RefusedError):
            run(data, folder)

    flags = [f"-max_total_time={asked.seconds}", "-max_len=20000", "-rss_limit_mb=3000"]
    flags += [f"-artifact_prefix={CORPUS}/{asked.target}-", "-timeout=20", "-print_final_stats=1"]
    atheris.Setup([sys.argv[0], *flags, str(corpus)], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
