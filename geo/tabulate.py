"""Area of each class inside each unit, straight from a stored GeoParquet file.

Row groups are read one at a time: classes, areas and boxes of all parcels, shapes only where an
outline runs near. Memory is that of one row group a worker, whatever the size of the file.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely
from pyproj import CRS

from geo.crs import require_geographic
from geo.errors import MissingCRSError, NotGeographicError
from geo.executors import Executor, Here
from geo.overlay import BrokenUnitsError, OverlayError, Tabulation, tabulation_of
from geo.tabulate_rows import Floats, Ints, Plan, PreparedUnits, Shapes, Sums, plan_of, tally

_SIDES: Final = ("xmin", "ymin", "xmax", "ymax")
_WORLD: Final = (-180.0, -90.0, 180.0, 90.0)
_LISTED: Final = 1000


class ParcelColumnsError(OverlayError):
    """The file lacks a column, its boxes or its description as GeoParquet."""

    code = "OVL-002"


class DifferentSystemsError(OverlayError):
    """Parcels and units are in different coordinate systems."""

    code = "OVL-003"


class MissingClassError(OverlayError):
    """Parcels have no class."""

    code = "OVL-004"


class BrokenParcelsError(OverlayError):
    """Outlines of parcels on the edge of a unit are invalid."""

    code = "OVL-005"


class ParcelAreasError(OverlayError):
    """Stored areas are absent, negative or not finite."""

    code = "OVL-006"


class ParcelFileError(OverlayError):
    """The file cannot be read."""

    code = "OVL-007"


@dataclass(frozen=True)
class ParcelFile:
    """Stored parcels.

    Attributes:
        path: GeoParquet file in degrees with a box for each row.
        class_column: Column of classes.
        area_column: Column of areas in m2, which a cut shares out.
        filesystem: ``pyarrow.fs.FileSystem`` that the path lies on; None for local files. One made
            from fsspec serves too.
    """

    path: str
    class_column: str
    area_column: str
    filesystem: Any = None


def tabulate(
    parcels: ParcelFile, units: gpd.GeoDataFrame, *, executor: Executor | None = None
) -> Tabulation:
    """Area of each class of stored parcels inside each unit.

    ``table + outside - repeated`` adds up to the stored areas. The result does not depend on the
    executor.

    Args:
        parcels: The file.
        units: k valid polygons in the system of the file; they may overlap, which is reported.
        executor: Where row groups are worked through; None for this process.

    Returns:
        The areas in m2; see :class:`geo.overlay.Tabulation`. Classes are in order.

    Raises:
        MissingCRSError: The file or the units state no system.
        NotGeographicError: They are projected.
        OverlayError: What the subclasses in this module say; rows are positions in the file.
        ExecutorError: The work could not be handed out.
    """
    require_geographic(units)
    outlines: Shapes = units.geometry.to_numpy()
    broken = ~shapely.is_valid(outlines) & ~shapely.is_missing(outlines)
    if broken.any():
        raise BrokenUnitsError(
            f"{int(broken.sum())} units have invalid outlines; repair them at import",
            rows=units.index[broken].tolist(),
            values={"count": int(broken.sum())},
        )
    file = _opened(parcels)
    columns = _columns(file, parcels, units)
    kernel = RowGroups(parcels, columns, outlines, _plan(file, columns))
    groups = range(file.num_row_groups)
    names: list[object] = []
    sums = Sums.nothing(len(units), 0)
    starts = np.cumsum([0, *(file.metadata.row_group(i).num_rows for i in groups)])
    trouble: dict[str, list[int]] = {}
    for start, part in zip(starts.tolist(), (executor or Here()).run(kernel, groups), strict=False):
        for kind, rows in part.trouble.items():
            trouble.setdefault(kind, []).extend(start + row for row in rows)
        if not trouble:
            sums = _grown(sums, names, part)
    _require_no(trouble, parcels)
    order = pd.Index(names).argsort()
    ordered = Sums.nothing(len(units), len(names))
    place = np.empty(len(names), dtype=np.intp)
    place[order] = np.arange(len(names))
    ordered.add(sums, place)
    labels = pd.Index([names[i] for i in order], name=parcels.class_column)
    return tabulation_of(ordered, units.index, labels)


@dataclass(frozen=True)
class Part:
    """Sums of one row group.

    Attributes:
        names: Its classes.
        sums: The sums; empty where there is trouble.
        trouble: Positions of rows that cannot be counted, by kind.
    """

    names: tuple[object, ...]
    sums: Sums
    trouble: dict[str, list[int]]


@dataclass(frozen=True)
class _Columns:
    geometry: str
    box: tuple[tuple[str, str], ...]

    @property
    def boxes(self) -> list[str]:
        return [".".join(path) for path in self.box]


class _BrokenShapesError(Exception):
    """Shapes at these positions are invalid."""


class RowGroups:
    """The kernel: one row group by its number. It can be pickled.

    Args:
        parcels: The file.
        columns: Where its shapes and boxes are.
        outlines: Outlines of the units.
        plan: The parcels to come.
    """

    def __init__(
        self, parcels: ParcelFile, columns: _Columns, outlines: Shapes, plan: Plan
    ) -> None:
        self._given = (parcels, columns, outlines, plan)
        # Prepared geometries must not be shared between threads.
        self._own = threading.local()

    def __reduce__(self) -> tuple[type[RowGroups], tuple[ParcelFile, _Columns, Shapes, Plan]]:
        return RowGroups, self._given

    def __call__(self, group: int) -> Part:
        """Sums of one row group."""
        parcels, columns, outlines, plan = self._given
        if not hasattr(self._own, "units"):
            self._own.file = _opened(parcels)
            self._own.units = PreparedUnits(outlines, plan)
        file, units = self._own.file, self._own.units
        wanted = [parcels.class_column, parcels.area_column, *columns.boxes]
        table = file.read_row_group(group, columns=wanted, use_threads=False)
        codes, names = _classes(table[parcels.class_column])
        area = table[parcels.area_column].to_numpy().astype(np.float64, copy=False)
        bounds = _bounds(table, columns)
        unusable = ~np.isfinite(area) | (area < 0)
        trouble = {"class": np.flatnonzero(codes < 0), "area": np.flatnonzero(unusable)}
        sums = Sums.nothing(units.count, len(names))
        if not any(len(rows) for rows in trouble.values()):
            load = _loader(file, group, columns.geometry)
            try:
                sums = tally(units, bounds, codes, len(names), area, load)
            except _BrokenShapesError as err:
                trouble["shape"] = err.args[0]
        found = {kind: rows.tolist() for kind, rows in trouble.items() if len(rows)}
        return Part(tuple(names), sums, found)


def _loader(file: pq.ParquetFile, group: int, column: str) -> Callable[[Ints], Shapes]:
    def load(rows: Ints) -> Shapes:
        table = file.read_row_group(group, columns=[column], use_threads=False)
        raw = table[column].take(pa.array(rows)).to_numpy()
        shapes: Shapes = np.asarray(shapely.from_wkb(raw, on_invalid="ignore"), dtype=object)
        bad = ~shapely.is_valid(shapes)
        if bad.any():
            raise _BrokenShapesError(rows[bad])
        return shapes

    return load


def _classes(column: pa.ChunkedArray) -> tuple[Ints, list[object]]:
    """Codes of classes, -1 where there is none, and their names."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    array = column.unify_dictionaries().combine_chunks()
    array = array.chunk(0) if isinstance(array, pa.ChunkedArray) else array
    codes = array.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.intp)
    return codes, array.dictionary.to_pylist()


def _bounds(table: pa.Table, columns: _Columns) -> Floats:
    """Boxes that certainly hold their shapes: those of single precision are widened."""
    out = np.empty((table.num_rows, 4), dtype=np.float64)
    for side, (name, field) in enumerate(columns.box):
        values = pc.struct_field(table[name], field).to_numpy()
        if values.dtype == np.float32:
            away = np.float32(-np.inf if side < len(_SIDES) // 2 else np.inf)
            values = np.nextafter(values, away)
        out[:, side] = values
    return out


def _grown(sums: Sums, names: list[object], part: Part) -> Sums:
    """The sums with those of a part, and a column for each class that is new."""
    new = [name for name in part.names if name not in names]
    if new:
        wider = Sums.nothing(len(sums.cells), len(names) + len(new))
        wider.add(sums, np.arange(len(names)))
        names += new
        sums = wider
    sums.add(part.sums, np.array([names.index(name) for name in part.names], dtype=np.intp))
    return sums


def _opened(parcels: ParcelFile) -> pq.ParquetFile:
    try:
        file = pq.ParquetFile(parcels.path, filesystem=parcels.filesystem)
        if parcels.class_column not in file.schema_arrow.names:
            return file
        file.close()
        return pq.ParquetFile(
            parcels.path, filesystem=parcels.filesystem, read_dictionary=[parcels.class_column]
        )
    except (OSError, pa.ArrowException) as err:
        raise ParcelFileError(
            f"{parcels.path} cannot be read: {err}; rebuild or restore it",
            values={"name": parcels.path.rsplit("/", maxsplit=1)[-1]},
        ) from err


def _columns(file: pq.ParquetFile, parcels: ParcelFile, units: gpd.GeoDataFrame) -> _Columns:
    names = file.schema_arrow.names
    absent = [n for n in (parcels.class_column, parcels.area_column) if n not in names]
    told = json.loads((file.schema_arrow.metadata or {}).get(b"geo", b"{}"))
    column = told.get("columns", {}).get(told.get("primary_column"), {})
    covering = column.get("covering", {}).get("bbox", {})
    absent += [f"bbox.{side}" for side in _SIDES if side not in covering]
    if absent or column.get("encoding") != "WKB":
        text = ", ".join(absent) or "geometry (WKB)"
        raise ParcelColumnsError(
            f"{parcels.path} lacks {text}; write it again through the store",
            values={"columns": text},
        )
    _require_same_system(column.get("crs", "OGC:CRS84"), units)
    return _Columns(
        told["primary_column"], tuple((covering[side][0], covering[side][1]) for side in _SIDES)
    )


def _require_same_system(stated: object, units: gpd.GeoDataFrame) -> None:
    if stated is None:
        raise MissingCRSError("the file of parcels states no CRS; write it again with one")
    system = CRS.from_user_input(stated)
    if not system.is_geographic:
        raise NotGeographicError(f"the parcels are in {system.name}; store them in degrees")
    if not system.equals(units.crs, ignore_axis_order=True):
        raise DifferentSystemsError(
            f"parcels are in {system.name}, units in {units.crs.name}; use one system",
            values={"first": system.name, "second": units.crs.name},
        )


def _plan(file: pq.ParquetFile, columns: _Columns) -> Plan:
    """The size of parcels from one row group, their frame from the statistics of all."""
    rows = file.metadata.num_rows
    if not file.num_row_groups:
        return plan_of(np.zeros((0, 4)), 0)
    middle = file.read_row_group(file.num_row_groups // 2, columns=columns.boxes)
    plan = plan_of(_bounds(middle, columns), rows)
    frame = list(_WORLD)
    facts = file.metadata
    first = facts.row_group(0)
    where = {first.column(i).path_in_schema: i for i in range(first.num_columns)}
    for side, name in enumerate(columns.boxes):
        found = [
            facts.row_group(group).column(where[name]).statistics
            for group in range(facts.num_row_groups)
        ]
        if all(one is not None and one.has_min_max for one in found):
            frame[side] = (
                min(one.min for one in found) if side < len(_SIDES) // 2
                else max(one.max for one in found)
            )  # fmt: skip
    return replace(plan, frame=(frame[0], frame[1], frame[2], frame[3]))


def _require_no(trouble: dict[str, list[int]], parcels: ParcelFile) -> None:
    kinds: tuple[tuple[str, type[OverlayError], str], ...] = (
        ("class", MissingClassError, f"have no {parcels.class_column}; fill it"),
        ("area", ParcelAreasError, f"have no usable {parcels.area_column}; import them again"),
        ("shape", BrokenParcelsError, "have invalid outlines; repair them at import"),
    )
    for kind, error, text in kinds:
        rows = trouble.get(kind)
        if rows:
            raise error(
                f"{len(rows)} parcels {text}",
                rows=rows[:_LISTED],
                values={"count": len(rows), "column": parcels.class_column},
            )
