"""Area of class within units: ours against geopandas, PostGIS, QGIS and SedonaDB.

All engines are given the same coordinates in degrees and cut them as a plane, so their pieces are
the same. QGIS and geopandas leave pieces, whose ellipsoidal areas are added up; the queries share
out the stored area of a parcel by areas in the plane, which is what SQL does best. That they cut
the same pieces is shown by a run that is not measured: it fetches the pieces, and their ellipsoidal
areas are added up as ours are.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely

from benchmarks import peers_postgis, peers_qgis, tabulate
from benchmarks.alone import Alone, in_turns, once
from benchmarks.document import Cell, Findings, Table, spread
from geo.tabulate_rows import polygon_areas

EQUAL_M2: Final = 0.01
PLAIN: Final = """
select z.unit, p.land_class,
       sum(p.area_m2 * ST_Area(ST_Intersection(p.{geom}, z.{geom})) / ST_Area(p.{geom}))
from {parcels} p join {units} z on ST_Intersects(p.{geom}, z.{geom}) group by 1, 2"""
CASE: Final = """
select z.unit, p.land_class, sum(case when ST_Contains(z.{geom}, p.{geom}) then p.area_m2
       else p.area_m2 * ST_Area(ST_Intersection(p.{geom}, z.{geom})) / ST_Area(p.{geom}) end)
from {parcels} p join {units} z on ST_Intersects(z.{geom}, p.{geom}) group by 1, 2"""
PIECES: Final = """
select z.unit, p.land_class, ST_AsBinary(ST_Intersection(p.{geom}, z.{geom}))
from {parcels} p join {units} z on ST_Intersects(p.{geom}, z.{geom})"""
_SUBDIVIDED: Final = "create table {0}_sub as select unit, ST_Subdivide(geom, 64) geom from {0}"
_PARTS: Final = "select unit, ST_AsBinary(geom) from {0}_sub"
_SEDONA_IMPORTS: Final = """
import pyarrow as pa, sedonadb
path, units, query = sys.argv[1:4]
"""
_SEDONA: Final = """
engine = sedonadb.connect()
engine.read_parquet(path).to_view("p")
engine.read_parquet(units).to_view("z")
said = pa.table(engine.sql(query)).to_pandas().values.tolist()
"""
_IN_SQL: Final = {"geom": "geom", "parcels": "p"}
_IN_SEDONA: Final = {"geom": "geometry", "parcels": "p", "units": "z"}
GOALS: Final = {
    ("counties", "geopandas.overlay"): 20.0,
    ("counties", "QGIS"): 50.0,
    ("zones", "geopandas.overlay"): 6.0,
    ("zones", "QGIS"): 25.0,
}

Ways = dict[str, Callable[[], Alone]]


def report() -> Findings:
    """Both kinds of units over 100,000 parcels."""
    rows: list[tuple[Cell, ...]] = []
    engines, absent = [], []
    with ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        count = tabulate.prepare(root, 1)
        database = None
        if reason := peers_postgis.missing():
            absent.append(reason)
        else:
            database = stack.enter_context(peers_postgis.cluster())
            engines.append(database.version())
            _load(database, root)
        if peers_qgis.program() is None:
            absent.append("QGIS is not installed")
        else:
            engines.append(peers_qgis.version())
            engines.append(f"start of QGIS alone {peers_qgis.start().cpu_s:.1f} CPU s")
            _packages(root)
        for units in tabulate.UNITS:
            rows += _compare(root, units, database)
    return Findings(
        "Area of class within units, against other engines",
        f"{count:,} parcels, 100 counties or zones, the same coordinates in degrees for all. Ours, "
        "geopandas and SedonaDB go from GeoParquet to a table; PostGIS has its tables loaded, "
        "indexed and subdivided before; QGIS goes from GeoPackage to GeoPackage, its start "
        "included, and adding up its pieces is not counted. CPU s are of all processes, those of "
        "the database too. "
        + "; ".join([*engines, *(f"left out: {reason}" for reason in absent)])
        + ".",
        (
            Table(
                ("units", "way", "CPU s", "wall s", "CPU: times ours", "wall: times ours", "goal",
                 "total off by m2", "pieces: total off by m2", "greatest cell off by m2"),
                tuple(rows),
                (None, None, 2, 2, 1, 1, 0, 3, 4, 4),
            ),
        ),
        _HOW,
    )  # fmt: skip


_HOW: Final = (
    "*Total off* is the difference of a way's own total from ours: queries share out the stored "
    "area by areas in the plane of degrees, ours by ellipsoidal ones, a difference of 1e-5 within "
    "a parcel that is cut. *Pieces* are the pieces that the engine cut, fetched in a run that is "
    "not measured and added up by their ellipsoidal areas as ours are: equal to 0.01 m2 in total "
    "and in every unit and class. Subdivided units cut off no other parts, but put vertices in "
    "their edges, so these are compared with the plain query of the same engine, by areas in the "
    "plane."
)


def _load(database: peers_postgis.PostGIS, root: Path) -> None:
    parcels = gpd.read_parquet(root / "parcels.parquet")
    database.load(
        "p", parcels.geometry.to_numpy(), 4490,
        land_class=("text", parcels["land_class"]), area_m2=("float8", parcels["area_m2"]),
    )  # fmt: skip
    for units in tabulate.UNITS:
        frame = gpd.read_parquet(root / f"{units}.parquet")
        database.load(units, frame.geometry.to_numpy(), 4490, unit=("int", frame["unit"]))
        database.connection.execute(_SUBDIVIDED.format(units))
        database.ready(f"{units}_sub")
        cut = database.run(_PARTS.format(units)).said
        gpd.GeoDataFrame(
            {"unit": [row[0] for row in cut]},
            geometry=shapely.from_wkb([bytes(row[1]) for row in cut]),
            crs=4490,
        ).to_parquet(root / f"{units}_sub.parquet")


def _packages(root: Path) -> None:
    parcels = gpd.read_parquet(root / "parcels.parquet")
    parcels[["land_class", "geometry"]].to_file(root / "parcels.gpkg")
    for units in tabulate.UNITS:
        gpd.read_parquet(root / f"{units}.parquet").to_file(root / f"{units}.gpkg")


def _compare(
    root: Path, units: str, database: peers_postgis.PostGIS | None
) -> list[tuple[Cell, ...]]:
    ways: Ways = {
        name: partial(tabulate.run, name, root, units)
        for name in (tabulate.OURS_NAME, "geopandas.overlay")
    }
    # Ways whose pieces are fetched once more, and what their own table is compared with.
    pieces: Ways = {}
    plain: dict[str, str] = {}
    sedona = partial(_sedona, root)
    ways["SedonaDB"] = partial(sedona, units, PLAIN)
    pieces["SedonaDB"] = partial(sedona, units, PIECES)
    if database is not None:
        ways["PostGIS"] = partial(database.run, PLAIN.format(units=units, **_IN_SQL))
        pieces["PostGIS"] = partial(database.run, PIECES.format(units=units, **_IN_SQL))
        sub = f"{units}_sub"
        ways["PostGIS, ST_Subdivide"] = partial(database.run, CASE.format(units=sub, **_IN_SQL))
        ways["SedonaDB on these parts"] = partial(sedona, sub, CASE)
        plain |= {"PostGIS, ST_Subdivide": "PostGIS", "SedonaDB on these parts": "SedonaDB"}
    if peers_qgis.program() is not None:
        ways["QGIS"] = partial(_qgis, root, units)
    taken = in_turns(ways)
    tables = {name: runs[0].said for name, runs in taken.items()}
    tables["QGIS"] = _of_file(root / "out.gpkg") if "QGIS" in taken else None
    return [_row(units, name, taken, tables, pieces, plain) for name in taken]


def _row(
    units: str,
    name: str,
    taken: dict[str, list[Alone]],
    tables: dict[str, tabulate.Triples],
    pieces: Ways,
    plain: dict[str, str],
) -> tuple[Cell, ...]:
    ours = taken[tabulate.OURS_NAME]
    cpu, wall = (spread(getattr(run, kind) for run in taken[name]) for kind in ("cpu_s", "wall_s"))
    ratios = [
        spread(getattr(run, kind) for run in taken[name]).median
        / spread(getattr(run, kind) for run in ours).median
        for kind in ("cpu_s", "wall_s")
    ]
    own = tabulate.differences(tables[tabulate.OURS_NAME], tables[name])[0]
    if name in pieces:
        total, cell = tabulate.differences(tables[tabulate.OURS_NAME], added(pieces[name]().said))
    else:
        against = plain.get(name, tabulate.OURS_NAME)
        total, cell = tabulate.differences(tables[against], tables[name])
    if name not in plain:
        assert max(abs(total), cell) < EQUAL_M2, (name, total, cell)
    return units, name, cpu, wall, *ratios, GOALS.get((units, name)), own, total, cell


def added(rows: list[Any]) -> tabulate.Triples:
    """Ellipsoidal areas of pieces by unit and class, from rows of unit, class and WKB."""
    raw = [bytes.fromhex(row[2]) if isinstance(row[2], str) else bytes(row[2]) for row in rows]
    areas = polygon_areas(np.asarray(shapely.from_wkb(raw), dtype=object))
    sums: dict[tuple[int, str], float] = defaultdict(float)
    for (unit, kind, _), area in zip(rows, areas.tolist(), strict=True):
        sums[int(unit), str(kind)] += area
    return [[unit, kind, m2] for (unit, kind), m2 in sums.items() if m2 > 0]


def _sedona(root: Path, units: str, query: str) -> Alone:
    text = query.format(**_IN_SEDONA)
    work = _SEDONA
    if query is PIECES:
        work = work.replace(
            ".values", ".map(lambda x: x.hex() if isinstance(x, bytes) else x).values"
        )
    files = str(root / "parcels.parquet"), str(root / f"{units}.parquet")
    return once(_SEDONA_IMPORTS, work, *files, text)


def _qgis(root: Path, units: str) -> Alone:
    (root / "out.gpkg").unlink(missing_ok=True)
    return peers_qgis.algorithm(
        "native:intersection",
        INPUT=root / "parcels.gpkg",
        OVERLAY=root / f"{units}.gpkg",
        OUTPUT=root / "out.gpkg",
    )


def _of_file(path: Path) -> tabulate.Triples:
    frame = gpd.read_file(path)
    wkb = shapely.to_wkb(frame.geometry.to_numpy())
    return added(list(zip(frame["unit"], frame["land_class"], wkb, strict=True)))
