"""Rows as the checks see them, made by hand."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import shapely
from pyproj import Transformer

from domain import schema
from domain.rules import load_rules
from ingest.drawn import drawn
from ingest.found import Found, Rows

AS_OF = dt.date(2026, 11, 23)
RULES = load_rules("ingest", as_of=AS_OF)
EPSG = 4527
EAST, NORTH = 39_391_000.0, 3_158_500.0
"""A place in 南昌县 (360121), far from any county line."""

_TO_DEGREES = Transformer.from_crs(EPSG, 4490, always_xy=True)


def typed(kind, /, **columns) -> pd.DataFrame:
    """Columns of a kind, with its dtypes."""
    out = {}
    for name, values in columns.items():
        column = schema.column(kind, name)
        dtype = column.pandas_dtype if column else "float64"
        days = dtype.startswith("datetime")
        out[name] = pd.Series(pd.to_datetime(values) if days else values).astype(dtype)
    return pd.DataFrame(out)


def rows(kind, shapes=None, /, *, epsg=EPSG, **columns) -> Rows:
    """Rows numbered from 11, so that a position is not mistaken for a number."""
    if not schema.is_spatial(kind):
        frame = typed(kind, **columns)
        return Rows(kind, frame, numbers(len(frame)), RULES)
    n = max([len(v) for v in columns.values()] + [len(shapes or [])])
    metres = np.array(shapes if shapes is not None else [box(0, 0, 50, 50)] * n, dtype=object)
    frame = typed(kind, **columns)
    frame = frame.reindex(range(n))
    for name in ("area_planar_m2", "area_ellipsoidal_m2"):
        if name not in frame:
            frame[name] = shapely.area(metres)
    reach = RULES.value("ING-COUNTY-LINE")
    return Rows(kind, frame, numbers(n), RULES, drawn(metres, epsg, reach_m=reach))


def numbers(n):
    return np.arange(11, 11 + n, dtype=np.int64)


def box(west, south, east, north):
    """A box in metres from the place."""
    return shapely.box(EAST + west, NORTH + south, EAST + east, NORTH + north)


def polygon(*xy, holes=()):
    """A polygon in metres from the place."""
    origin = np.array([EAST, NORTH])
    return shapely.Polygon(np.array(xy) + origin, [np.array(h) + origin for h in holes])


def degrees(shapes):
    return shapely.transform(
        shapes, lambda xy: np.stack(_TO_DEGREES.transform(xy[:, 0], xy[:, 1]), axis=1)
    )


def told(found: list[Found]) -> dict[str, list[int]]:
    """Row numbers by code."""
    out: dict[str, list[int]] = {}
    for one in found:
        out.setdefault(one.code, []).extend(one.rows.tolist())
    return out


def words(found: list[Found], code: str, language="en") -> list[str]:
    """Texts of a code; a placeholder that nobody filled is an error."""
    texts = []
    for one in found:
        if one.code == code:
            texts += [one.finding(i).message(language) for i in range(len(one.rows))]
    assert not any("{" in text for text in texts), texts
    return texts


def kept_out(found: list[Found]) -> dict[int, str]:
    """First code of each row that an error keeps out."""
    out: dict[int, str] = {}
    for one in found:
        if one.severity == "error":
            for row in one.rows.tolist():
                out.setdefault(row, one.code)
    return out
