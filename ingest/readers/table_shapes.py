"""Shapes that a table carries: well-known text, well-known binary, or one boundary point a row."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

from geo.formats import boundary_points
from ingest.readers import wkb
from ingest.readers.geojson import geometry_of
from ingest.readers.grid import Cell, Grid, Row
from ingest.readers.json_columns import plain

_WKT: Final = re.compile(
    r"^(?:SRID\s*=\s*(\d{1,6})\s*;)?\s*(?:MULTI)?(?:POLYGON|SURFACE)\s*(?:Z|M|ZM)?\s*(?:\(|EMPTY)"
    r"|^(?:SRID\s*=\s*\d{1,6}\s*;)?\s*(?:CURVEPOLYGON|GEOMETRYCOLLECTION)\s*\(",
    re.IGNORECASE,
)
_HEX: Final = re.compile(r"^0[01][0-9A-Fa-f]{16,}$")
_JSON: Final = re.compile(r'^\{\s*"(type|coordinates)"')
_SHARE: Final = 0.5
_PROBED: Final = 200
_FIRST: Final = re.compile(r"^(x|x坐标|纵坐标|纵坐标x|x纵坐标|北坐标|经度|lon|lng|longitude|东经)$")
_SECOND: Final = re.compile(r"^(y|y坐标|横坐标|横坐标y|y横坐标|东坐标|纬度|lat|latitude|北纬)$")
_POINT: Final = re.compile(r"^(点号|界址点号|界址点|点名|jzdh|point|顺序号|点序号)$")
_RING: Final = re.compile(r"^(圈号|地块圈号|环号|ring|part)$")
_GROUP: Final = re.compile(
    r"^(地块编号|地块号|地块代码|宗地号|宗地编号|宗地代码|图斑编号|地块名称|项目名称|地块|宗地|dkbh|dkmc|zdh|zddm|"
    r"parcel_?id|id|编号)$"
)
_NOISE: Final = re.compile(r"[\s（(\[【].*$")
_LEAST: Final = 3

Objects = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Shaped:
    """Records with their shapes.

    Attributes:
        names: Names of the fields that are left.
        records: Their cells, one list a row.
        codes: Codes of rows; empty text where nothing is known against one.
        geometries: One geometry a row.
        bad_lines: Lines without coordinates of the rows that have such.
        epsg: Code that the text states; empty where it states none.
        points: Boundary points that were put together; 0 where shapes were whole.
        lines: Line of the first record of every row.
    """

    names: tuple[str, ...]
    records: list[Row]
    codes: list[str]
    geometries: Objects
    lines: list[int]
    bad_lines: dict[int, str]
    epsg: str = ""
    points: int = 0


def shaped(grid: Grid) -> Shaped | None:
    """Shapes of a table; None where it has none."""
    for column in range(len(grid.names)):
        probe = [r[column] for r in grid.records if isinstance(r[column], str)][:_PROBED]
        for form in (_WKT, _HEX, _JSON):
            if probe and sum(bool(form.match(str(v))) for v in probe) > _SHARE * len(probe):
                return _whole(grid, column, form)
    return _points(grid)


def _whole(grid: Grid, column: int, form: re.Pattern[str]) -> Shaped:
    """One shape a cell."""
    m = len(grid.records)
    values = [record[column] for record in grid.records]
    geometries = np.full(m, None, dtype=object)
    codes = list(grid.codes)
    epsg = ""
    if form is _HEX:
        read = wkb.read([_bytes(value) for value in values])
        geometries = read.geometries
        found = [str(fault) for fault in read.faults]
    else:
        systems = set()
        found = [""] * m
        for i, value in enumerate(values):
            if isinstance(value, str):
                geometries[i], found[i], stated = _text_shape(value, form)
                systems.add(stated)
        geometries = np.asarray(shapely.force_2d(geometries), dtype=object)
        for i in np.flatnonzero(wkb.endless(geometries)).tolist():
            geometries[i], found[i] = None, "VEC-001"
        # Rows of several systems are told apart by nobody; their numbers then speak.
        epsg = systems.pop() if len(systems) == 1 else ""
    codes = [code or fault for code, fault in zip(codes, found, strict=True)]
    keep = [c for c in range(len(grid.names)) if c != column]
    return Shaped(
        names=tuple(grid.names[c] for c in keep),
        records=[[record[c] for c in keep] for record in grid.records],
        codes=codes,
        geometries=geometries,
        lines=grid.lines,
        bad_lines={},
        epsg=epsg,
    )


def _bytes(value: Cell) -> bytes | None:
    try:
        return bytes.fromhex(value) if isinstance(value, str) else None
    except ValueError:
        return b""


def _text_shape(text: str, form: re.Pattern[str]) -> tuple[shapely.Geometry | None, str, str]:
    """Geometry, fault and stated EPSG code of one cell."""
    epsg = ""
    head, mark, rest = text.partition(";")
    if mark and head.strip().upper().startswith("SRID"):
        text, epsg = rest, head.partition("=")[2].strip()
    try:
        with np.errstate(invalid="ignore"):
            shape = geometry_of(json.loads(text)) if form is _JSON else shapely.from_wkt(text)
    except (ValueError, TypeError, KeyError, IndexError, RecursionError, NotImplementedError):
        return None, "GEO-003", epsg
    except shapely.errors.GEOSException:
        return None, "GEO-003", epsg
    return shape, "", epsg


def _column(grid: Grid, form: re.Pattern[str]) -> int | None:
    names = [_NOISE.sub("", name).casefold() for name in grid.names]
    return next((i for i, name in enumerate(names) if form.match(name)), None)


def _points(grid: Grid) -> Shaped | None:
    """Parcels of a table with one boundary point a row; None where rows are no points."""
    first, second, group = _column(grid, _FIRST), _column(grid, _SECOND), _column(grid, _GROUP)
    name, ring = _column(grid, _POINT), _column(grid, _RING)
    if first is None or second is None or group is None or group in {first, second}:
        return None
    rows = [i for i, code in enumerate(grid.codes) if not code]
    groups = [list(g) for _, g in groupby(rows, key=_group_key(grid, group))]
    if not groups or len(rows) < _LEAST * len(groups):
        return None
    xy = np.array([_point(grid.records[i], first, second) for i in rows], dtype=np.float64)
    finite = np.isfinite(xy).all(axis=1)
    if not finite.any():
        return None
    oriented = xy if boundary_points.is_swapped(xy[finite]) else xy[:, ::-1]
    place = {row: at for at, row in enumerate(rows)}
    left = [c for c in range(len(grid.names)) if c not in {first, second, name, ring}]
    out = Shaped(
        names=tuple(grid.names[c] for c in left),
        records=[],
        codes=[],
        geometries=np.full(len(groups), None, dtype=object),
        lines=[],
        bad_lines={},
        points=len(rows),
    )
    for number, members in enumerate(groups):
        points = oriented[[place[i] for i in members]]
        rings = [plain(grid.records[i][ring]) if ring is not None else "1" for i in members]
        record = _first_cells(grid, members, left)
        out.records.append(record)
        out.lines.append(grid.lines[members[0]])
        bad = [
            grid.lines[i] for i, p in zip(members, points, strict=True) if not np.isfinite(p).all()
        ]
        shape = None if bad else boundary_points.area_of(rings, points)
        out.geometries[number] = shape
        out.codes.append("TAB-011" if bad else "" if shape is not None else "BPT-003")
        if bad:
            out.bad_lines[number] = "、".join(map(str, bad[:5]))
    return out


def _group_key(grid: Grid, group: int) -> Callable[[int], str]:
    """Consecutive records of one parcel; an empty cell belongs to the one above."""
    last: list[str] = [""]

    def key(row: int) -> str:
        value = grid.records[row][group]
        if value is not None:
            last[0] = plain(value)
        return last[0]

    return key


def _first_cells(grid: Grid, members: Sequence[int], columns: Sequence[int]) -> Row:
    """The first cell that is there of every column over the records of one parcel."""
    return [
        next((grid.records[i][c] for i in members if grid.records[i][c] is not None), None)
        for c in columns
    ]


def _point(record: Row, first: int, second: int) -> tuple[float, float]:
    return _number(record[first]), _number(record[second])


def _number(cell: Cell) -> float:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return float(cell)
    try:
        return float(str(cell).replace(",", "")) if cell is not None else float("nan")
    except ValueError:
        return float("nan")
