"""Single rows of an upload: their names, their fields as sent, their shapes in degrees."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.dataset as ds
import shapely

from domain import schema
from geo.crs import CGCS2000
from ingest import Inspection
from ingest.crs_candidates import to_geographic

_FIELD: Final = "field_"
_HIDDEN: Final = frozenset({"geometry", "bbox", "source_row"})


@dataclass(frozen=True)
class Row:
    """One row of an upload.

    Attributes:
        number: Row in the sender's file, from 1.
        name: Its name as sent; empty where it has none.
        fields: Name of the field as sent, and the value as text.
        shape: Its shape in EPSG:4490; None where there is none that can be placed.
        kept: It can be committed; False for a row that is kept apart.
    """

    number: int
    name: str
    fields: tuple[tuple[str, str], ...]
    shape: shapely.Geometry | None
    kept: bool


def row(inspection: Inspection, number: int) -> Row | None:
    """A row by its number; None where the file has none of this number."""
    kept = _kept(inspection, [number])
    if len(kept):
        return _kept_row(inspection, number, kept.iloc[0])
    apart = inspection.quarantined()
    if len(apart):
        found = apart[apart["source_row"] == number]
        if len(found):
            return _apart_row(inspection, number, found.iloc[0])
    return None


def names(inspection: Inspection, numbers: Collection[int]) -> dict[int, str]:
    """Names of rows as sent, by row number; a row without a name is left out."""
    key = schema.KEY[inspection.report.kind]
    out: dict[int, str] = {}
    kept = _kept(inspection, numbers, columns=[key])
    if len(kept):
        out |= _texts(kept["source_row"], kept[key])
    apart = inspection.quarantined()
    if len(apart):
        out |= _texts(apart["source_row"], apart["row_id"])
    return {n: name for n, name in out.items() if n in set(numbers) and name}


def shapes(inspection: Inspection, numbers: Collection[int]) -> gpd.GeoDataFrame:
    """Shapes of rows.

    Returns:
        ``source_row``, ``name``, ``kept`` and geometry in EPSG:4490; rows without a shape that can
        be placed are left out.
    """
    frames = []
    key = schema.KEY[inspection.report.kind]
    if schema.is_spatial(inspection.report.kind):
        kept = _kept(inspection, numbers, columns=[key, "geometry"])
        if len(kept):
            at = shapely.from_wkb(kept["geometry"].to_numpy())
            frames.append(_frame(kept["source_row"], kept[key], at, kept=True))
        apart = inspection.quarantined()
        if len(apart):
            wanted = apart[apart["source_row"].isin(list(numbers))]
            at = _in_degrees(inspection, wanted["geometry_wkb"].to_numpy())
            frames.append(_frame(wanted["source_row"], wanted["row_id"], at, kept=False))
    if not frames:
        return _frame(pd.Series(dtype="int64"), pd.Series(dtype="string"), np.empty(0), kept=True)
    return gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), crs=CGCS2000)


def _frame(numbers: pd.Series, ids: pd.Series, at: np.ndarray, *, kept: bool) -> gpd.GeoDataFrame:
    there = ~(shapely.is_missing(at) | shapely.is_empty(at))
    plain = {
        "source_row": numbers.astype("int64").to_numpy()[there],
        "name": ids.astype("string").fillna("").to_numpy()[there],
        "kept": kept,
    }
    return gpd.GeoDataFrame(plain, geometry=list(at[there]), crs=CGCS2000)


def _in_degrees(inspection: Inspection, raw: np.ndarray) -> np.ndarray:
    """Shapes of rows kept apart, from the coordinates of the file; None where they cannot be."""
    at = np.asarray(shapely.from_wkb(raw, on_invalid="ignore"), dtype=object)
    crs = inspection.report.crs
    out = np.full(len(at), None, dtype=object)
    if crs is None or crs.chosen is None:
        return out
    good = np.flatnonzero(~shapely.is_missing(at) & ~shapely.is_empty(at))
    placed = to_geographic(at[good], crs.chosen, swapped=crs.swapped)
    finite = [bool(np.isfinite(shapely.get_coordinates(g)).all()) for g in placed]
    out[good] = [g if fine else None for g, fine in zip(placed, finite, strict=True)]
    return out


def _kept(
    inspection: Inspection, numbers: Collection[int], *, columns: Sequence[str] | None = None
) -> pd.DataFrame:
    """Accepted rows by number, shapes as WKB; none where nothing is accepted."""
    path = inspection.accepted_file
    if path is None:
        return pd.DataFrame({"source_row": []})
    data = ds.dataset(path)
    if "source_row" in data.schema.names:
        wanted = None if columns is None else ["source_row", *columns]
        table = data.to_table(columns=wanted, filter=ds.field("source_row").isin(list(numbers)))
        return pd.DataFrame(table.to_pandas())
    # Records of a ledger carry no number: those kept apart are missing from the count.
    apart = inspection.quarantined()
    taken = apart["source_row"].to_numpy() if len(apart) else np.empty(0, dtype=np.int64)
    frame = pd.DataFrame(data.to_table(columns=columns).to_pandas())
    every = np.setdiff1d(np.arange(1, inspection.report.rows_in_file + 1), taken)
    frame.insert(0, "source_row", every[: len(frame)])
    return frame[frame["source_row"].isin(list(numbers))]


def _kept_row(inspection: Inspection, number: int, values: pd.Series) -> Row:
    kind = inspection.report.kind
    sources = {m.column: m.source for m in inspection.report.mapping if m.source}
    own = {c.column for c in schema.columns(kind)}
    made = set(schema.computed(kind)) if schema.is_spatial(kind) else set()
    fields = [
        (sources.get(str(name), str(name)), _text(value))
        for name, value in values.items()
        if name not in _HIDDEN | made and (name in sources or name not in own)
    ]
    raw = values.get("geometry")
    shape = shapely.from_wkb(raw) if isinstance(raw, bytes) else None
    return Row(number, _text(values.get(schema.KEY[kind])), tuple(fields), shape, kept=True)


def _apart_row(inspection: Inspection, number: int, values: pd.Series) -> Row:
    fields = tuple(
        (str(name).removeprefix(_FIELD), _text(value))
        for name, value in values.items()
        if str(name).startswith(_FIELD)
    )
    shape = _in_degrees(inspection, np.array([values.get("geometry_wkb")], dtype=object))[0]
    return Row(number, _text(values.get("row_id")), fields, shape, kept=False)


def _texts(numbers: pd.Series, ids: pd.Series) -> dict[int, str]:
    return {int(n): _text(i) for n, i in zip(numbers, ids, strict=True)}


def _text(value: object) -> str:
    """A cell as text: a date without a time of day, nothing for a missing value."""
    if value is None or value is pd.NaT or value is pd.NA:
        return ""
    if isinstance(value, float) and np.isnan(value):
        return ""
    if isinstance(value, pd.Timestamp):
        return value.strftime("%Y-%m-%d")
    return f"{value:.10g}" if isinstance(value, float) else str(value)
