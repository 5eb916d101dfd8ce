"""DXF drawings: closed polylines are parcels, texts inside them their names.

Every polyline is a row. One that does not close is a row with a fault, because in CAD nobody sees
the gap; hatches, blocks and single lines are counted and said, not taken for areas.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from ingest.evidence import EncodingEvidence
from ingest.model import Choices, Finding, RefusedError
from ingest.placing import Declared
from ingest.readers.columns import texts
from ingest.readers.curves import arc
from ingest.readers.layer import Layer
from ingest.readers.names import unique
from ingest.readers.point_text import text_of
from ingest.readers.whole import Rows, whole
from ingest.source import Source

CLOSE_M: Final = 0.001
"""First and last vertex closer than this, in metres, are one."""

_CLOSED, _MESH, _FRAME = 1, 16 | 64, 16
_UNICODE: Final = re.compile(r"\\U\+([0-9A-Fa-f]{4})")
_FORMATTING: Final = re.compile(r"\\[ACcFfHhLlOoQTWpK][^;\\]{0,60};|[{}]|\\P|\\~")
_MOST_TEXTS: Final = 10
_MOST_DATA: Final = 12
_LEAST: Final = 3

Pairs = Sequence[tuple[int, str]]
Floats = npt.NDArray[np.float64]


@dataclass
class _Line:
    """A polyline: layer, handle, vertices with the bulge of the segment that follows each."""

    layer: str = ""
    handle: str = ""
    closed: bool = False
    mirrored: bool = False
    odd: bool = False
    vertices: list[list[float]] = field(default_factory=list)
    data: list[str] = field(default_factory=list)


@dataclass
class _Drawing:
    """What a drawing holds."""

    lines: list[_Line] = field(default_factory=list)
    words: list[tuple[float, float, str]] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)


def layers(path: Path, choices: Choices) -> list[Layer]:
    """Layers of a drawing: the CAD layers that hold closed polylines.

    Raises:
        RefusedError: It is too large or damaged, or no polyline closes.
    """
    text, encoding, findings = text_of(path, choices)
    drawing = _drawing(text)
    if drawing.others["HATCH"]:
        findings.append(Finding(code="VEC-013", values={"n": drawing.others.pop("HATCH")}))
    left = {kind: n for kind, n in drawing.others.items() if n}
    if left:
        shown = "、".join(f"{kind}×{n}" for kind, n in sorted(left.items())[:8])
        findings.append(Finding(code="VEC-014", values={"n": sum(left.values()), "kinds": shown}))
    names = dict.fromkeys(line.layer for line in drawing.lines if _closes(line))
    if not names:
        raise RefusedError("VEC-015", n=len(drawing.lines))
    return [
        Layer(shown or "0", partial(_source, drawing, name, encoding, tuple(findings)))
        for shown, name in zip(unique(names), names, strict=True)
    ]


def _pairs(text: str) -> Iterator[tuple[int, str]]:
    """Group codes and values, two lines each."""
    lines = text.lstrip("\ufeff").split("\n")
    for number in range(0, len(lines) - 1, 2):
        try:
            code = int(lines[number])
        except ValueError as err:
            if not lines[number].strip() and not any(line.strip() for line in lines[number:]):
                return
            raise RefusedError("VEC-016", line=number + 1) from err
        yield code, lines[number + 1].strip("\r")


def _drawing(text: str) -> _Drawing:
    """Entities of a drawing."""
    drawing = _Drawing()
    entity: list[tuple[int, str]] = []
    section, heading = "", False
    polyline: _Line | None = None
    for code, value in _pairs(text):
        if heading and code == 2:  # noqa: PLR2004 - group code of a name
            section, heading = value.strip().upper(), False
        if code != 0:
            entity.append((code, value))
            continue
        if section == "ENTITIES":
            polyline = _take(drawing, entity, polyline)
        entity = [(0, value.strip().upper())]
        heading = entity[0][1] == "SECTION"
        if entity[0][1] == "ENDSEC":
            section = ""
    return drawing


def _take(drawing: _Drawing, entity: Pairs, polyline: _Line | None) -> _Line | None:
    """Take one entity; returns the polyline whose vertices follow."""
    kind = entity[0][1] if entity else ""
    if kind == "VERTEX" and polyline is not None:
        _add_vertex(polyline, entity)
        return polyline
    if kind == "LWPOLYLINE":
        drawing.lines.append(_light(entity))
    elif kind == "POLYLINE":
        line = _begun(entity)
        if _flags(entity) & _MESH:
            drawing.others["MESH"] += 1
            return None
        drawing.lines.append(line)
        return line
    elif kind in {"TEXT", "MTEXT"}:
        words = "".join(value for code, value in entity if code in {1, 3})
        drawing.words.append((_number(entity, 10), _number(entity, 20), _plain(words)))
    elif kind not in {"SECTION", "ENDSEC", "EOF", "SEQEND", "POINT", "", "ATTRIB", "VIEWPORT"}:
        drawing.others[kind[:20]] += 1
    return None


def _begun(entity: Pairs) -> _Line:
    """A polyline without its vertices."""
    line = _Line(closed=bool(_flags(entity) & _CLOSED))
    normal = [_number(entity, code, default) for code, default in ((210, 0), (220, 0), (230, 1))]
    line.mirrored = normal == [0.0, 0.0, -1.0]
    line.odd = not line.mirrored and normal != [0.0, 0.0, 1.0]
    for code, value in entity:
        if code == 8 and not line.layer:  # noqa: PLR2004 - group code of the layer
            line.layer = _plain(value)
        elif code == 5 and not line.handle:  # noqa: PLR2004 - group code of the handle
            line.handle = value.strip()
        elif code == 1000 and len(line.data) < _MOST_DATA:  # noqa: PLR2004 - extended text
            line.data.append(_plain(value))
    return line


def _light(entity: Pairs) -> _Line:
    """A polyline that holds its vertices itself."""
    line = _begun(entity)
    for code, value in entity:
        if code == 10:  # noqa: PLR2004 - group code of x
            line.vertices.append([_float(value), float("nan"), 0.0])
        elif line.vertices and code in {20, 42}:
            line.vertices[-1][1 if code == 20 else 2] = _float(value)  # noqa: PLR2004 - y or bulge
    return line


def _add_vertex(line: _Line, entity: Pairs) -> None:
    if not _flags(entity) & _FRAME:
        line.vertices.append([_number(entity, 10), _number(entity, 20), _number(entity, 42)])


def _number(entity: Pairs, wanted: int, default: float = 0.0) -> float:
    return next((_float(value) for code, value in entity if code == wanted), default)


def _flags(entity: Pairs) -> int:
    """Flags of an entity; none where they are no number."""
    value = _number(entity, 70)
    return int(value) if np.isfinite(value) else 0


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _plain(text: str) -> str:
    """Text without the escapes and formatting of CAD."""
    readable = _UNICODE.sub(lambda match: chr(int(match[1], 16)), text)
    return _FORMATTING.sub("", readable).strip()


def _gap(line: _Line) -> float:
    first, last = line.vertices[0], line.vertices[-1]
    return float(np.hypot(first[0] - last[0], first[1] - last[1]))


def _closes(line: _Line) -> bool:
    if len(line.vertices) < _LEAST:
        return False
    return line.closed or _gap(line) <= CLOSE_M


def _path(line: _Line) -> Floats:
    """Vertices with arcs drawn as chords.

    A bulge is the tangent of a quarter of the angle of the arc to the next vertex, positive where
    the arc runs counter-clockwise (DXF reference, group code 42).
    """
    vertices = np.array(line.vertices, dtype=np.float64)
    if line.mirrored:
        vertices[:, [0, 2]] *= -1.0
    xy, bulges = vertices[:, :2], vertices[:, 2]
    if line.closed and len(xy) and (xy[0] != xy[-1]).any():
        xy = np.vstack([xy, xy[:1]])
    pieces = [xy[:1]]
    for i in range(len(xy) - 1):
        start, end, bulge = xy[i], xy[i + 1], bulges[i]
        if bulge and np.isfinite(bulge) and (start != end).any():
            dx, dy = end - start
            middle = (start + end) / 2 + np.array([dy, -dx]) * (bulge / 2)
            pieces.append(arc(start, middle, end))
        else:
            pieces.append(xy[i + 1 : i + 2])
    return np.vstack(pieces)


def _source(
    drawing: _Drawing, name: str, encoding: EncodingEvidence, findings: tuple[Finding, ...]
) -> Source:
    lines = [line for line in drawing.lines if line.layer == name]
    m = len(lines)
    geometries = np.full(m, None, dtype=object)
    faults = np.full(m, "", dtype=object)
    told = []
    for i, line in enumerate(lines):
        geometries[i], faults[i] = _shape(line)
        if faults[i]:
            gap = round(_gap(line), 3) if faults[i] == "VEC-012" else None
            values = {"gap": gap} if gap is not None else {}
            told.append(Finding(code=str(faults[i]), row=i + 1, values=values))
    columns: dict[str, object] = {
        "图层": texts([line.layer for line in lines]),
        "句柄": texts([line.handle for line in lines]),
        "文字": texts(_names(drawing, geometries)),
    }
    for j in range(max((len(line.data) for line in lines), default=0)):
        data = [line.data[j] if j < len(line.data) else None for line in lines]
        columns[f"扩展数据{j + 1}"] = texts(data)
    return whole(
        Rows(pd.DataFrame(columns, index=pd.RangeIndex(m)), geometries, faults, tuple(told)),
        format="dxf",
        encoding=encoding,
        declared=Declared(),
        findings=findings,
    )


def _shape(line: _Line) -> tuple[shapely.Geometry | None, str]:
    """Shape of a polyline and the code of what is wrong with it."""
    if not np.isfinite(np.array(line.vertices, dtype=np.float64)).all():
        return None, "VEC-001"
    if line.odd or len(line.vertices) < 2:  # noqa: PLR2004 - no line either
        return None, "GEO-003"
    path = _path(line)
    if not _closes(line):
        return shapely.LineString(path), "VEC-012"
    if (path[0] != path[-1]).any():
        path[-1] = path[0]
    if len(path) <= _LEAST:
        return shapely.LineString(path), "GEO-003"
    return shapely.Polygon(path), ""


def _names(drawing: _Drawing, geometries: npt.NDArray[np.object_]) -> list[str | None]:
    """Texts that stand inside each polygon; a text belongs to the smallest around it."""
    names: list[list[str]] = [[] for _ in geometries]
    words = [(x, y, text) for x, y, text in drawing.words if text and np.isfinite([x, y]).all()]
    areal = np.flatnonzero(shapely.get_type_id(geometries) == shapely.GeometryType.POLYGON)
    if words and len(areal):
        points = shapely.points([word[:2] for word in words])
        inside = geometries[areal]
        tree = shapely.STRtree(inside)
        at, around = tree.query(points, predicate="intersects")
        order = np.lexsort((shapely.area(inside)[around], at))
        at, around = at[order], around[order]
        first = np.concatenate([[True], at[1:] != at[:-1]]) if len(at) else np.empty(0, dtype=bool)
        for word, place in zip(at[first].tolist(), areal[around[first]].tolist(), strict=True):
            if len(names[place]) < _MOST_TEXTS:
                names[place].append(words[word][2])
    return ["；".join(found) or None for found in names]
