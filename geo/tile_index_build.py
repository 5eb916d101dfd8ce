"""Making a tile index from a GeoParquet file, row group by row group."""

from __future__ import annotations

import errno
import json
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq
import shapely

from geo.cells import COARSEST, LEVELS, Cells
from geo.mercator import SIDE, World, world_of
from geo.rings import Rings, rings_of
from geo.tile_index_files import (
    SUFFIX,
    ArrayFile,
    DamagedIndexError,
    read,
    settle,
    write_array,
    write_meta,
)

Ints = npt.NDArray[np.intp]
Shapes = npt.NDArray[np.object_]
Progress = Callable[[float], None]

BLOCK: Final = 64
"""Rows of a block, whose common box is looked at first."""
NOTHING: Final = (SIDE - 1, SIDE - 1, 0, 0)
"""Box of a row without a shape: its west lies east of its east."""
_BATCH: Final = 1 << 14
_SLICE: Final = 1 << 20
_READING: Final = 0.9
"""Share of the work that reading the shapes is."""
_TRIES: Final = 3
_THERE: Final = (errno.EEXIST, errno.ENOTEMPTY)


def build(source: Path, folder: Path, *, progress: Progress | None = None) -> None:
    """Write the tile index of a file.

    The files are written aside, forced to disk and put in place at once, so a folder that is there
    is whole. Where another process has put one there in the meantime, that one stays; a damaged
    one is replaced. A process that is killed leaves a folder beside with a dot before its name.

    Args:
        source: GeoParquet of polygons in degrees of EPSG:4490; rows that lie near each other in
            space should lie near each other in the file. Rows without a shape, with an empty one or
            one that is no surface, or with coordinates that are no numbers, are never found.
        folder: Folder to make; its parent has to exist.
        progress: Told the share that is done.

    Raises:
        OSError: A file cannot be read or written.
        pyarrow.ArrowInvalid: The source is no Parquet file.
    """
    tell = progress or _ignore
    aside = _beside(folder)
    try:
        rows = _write_shapes(source, aside, lambda share: tell(share * _READING))
        _write_blocks(aside, rows)
        _write_cells(aside)
        write_meta(aside, {"rows": rows, "levels": list(LEVELS)})
        _put(aside, folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    tell(1.0)


def _ignore(_: float) -> None:
    return


def _write_shapes(source: Path, folder: Path, progress: Progress) -> int:
    """Vertices, rings and boxes of all rows; returns their number."""
    with pq.ParquetFile(source) as parquet, ExitStack() as stack:

        def array(name: str, dtype: npt.DTypeLike, columns: int | None = None) -> ArrayFile:
            return stack.enter_context(ArrayFile(folder / (name + SUFFIX), dtype, columns))

        xy, start, hole = array("xy", "<u4", 2), array("ring_start", "<i8"), array("hole", "?")
        first, boxes = array("first_ring", "<i8"), array("boxes", "<u4", 4)
        start.append(np.zeros(1))
        first.append(np.zeros(1))
        total = parquet.metadata.num_rows
        for shapes in _batches(parquet):
            rings = _rings(shapes)
            world = world_of(rings.xy)
            first.append(np.cumsum(np.bincount(rings.owner, minlength=len(shapes))) + hole.rows)
            start.append(rings.start[1:] + xy.rows)
            boxes.append(_boxes(world, rings, len(shapes)))
            hole.append(rings.hole)
            xy.append(world)
            progress(boxes.rows / total)
        return boxes.rows


def _batches(parquet: pq.ParquetFile) -> Iterator[Shapes]:
    """Geometries of the next rows."""
    about = json.loads((parquet.schema_arrow.metadata or {}).get(b"geo", b"{}"))
    column = about.get("primary_column", "geometry")
    for group in range(parquet.num_row_groups):
        # Over several groups at once Arrow would keep the bytes of all that it has read.
        for batch in parquet.iter_batches(
            _BATCH, row_groups=[group], columns=[column], use_threads=False
        ):
            yield shapely.from_wkb(batch.column(0).to_numpy(zero_copy_only=False))


def _rings(shapes: Shapes) -> Rings:
    """Rings by row; rows with coordinates that are no numbers have none."""
    rings = rings_of(shapes).by_owner()
    wrong = ~np.isfinite(rings.xy).all(axis=1)
    if not wrong.any():
        return rings
    kept = shapes.copy()
    kept[rings.owner[rings.of_vertex[wrong]]] = None
    return rings_of(kept).by_owner()


def _boxes(world: World, rings: Rings, rows: int) -> World:
    """West, north, east, south of each row."""
    out = np.empty((rows, 4), dtype=np.uint32)
    out[:] = NOTHING
    if len(rings.owner):
        begin = np.flatnonzero(np.r_[True, np.diff(rings.owner) > 0])
        at, owner = rings.start[begin], rings.owner[begin]
        for axis in (0, 1):
            values = np.ascontiguousarray(world[:, axis])
            out[owner, axis] = np.minimum.reduceat(values, at)
            out[owner, axis + 2] = np.maximum.reduceat(values, at)
    return out


def _write_blocks(folder: Path, rows: int) -> None:
    """Boxes of blocks of rows, and the middles of the boxes of the rows."""
    boxes = np.load(folder / ("boxes" + SUFFIX), mmap_mode="r")
    with (
        ArrayFile(folder / ("blocks" + SUFFIX), "<u4", 4) as blocks,
        ArrayFile(folder / ("centres" + SUFFIX), "<u4", 2) as centres,
    ):
        for begin in range(0, rows, _SLICE):
            some = np.asarray(boxes[begin : begin + _SLICE])
            low, high = some[:, :2], some[:, 2:]
            at = np.arange(0, len(some), BLOCK)
            blocks.append(np.hstack([np.minimum.reduceat(low, at), np.maximum.reduceat(high, at)]))
            # The sum of two such numbers may not fit into 32 bits, half their difference does.
            middle = low + (high - low) // np.uint32(2)
            middle[low[:, 0] > high[:, 0]] = 0
            centres.append(middle)


def _write_cells(folder: Path) -> None:
    boxes = np.load(folder / ("boxes" + SUFFIX), mmap_mode="r")
    centres = np.asarray(np.load(folder / ("centres" + SUFFIX), mmap_mode="r"))
    cells = Cells.of(centres, np.asarray(boxes[:, 0] <= boxes[:, 2]))
    write_array(folder, "cell", cells.of_row)
    for level, codes in cells.codes.items():
        write_array(folder, f"cells_{level:02}", codes)
        if level > COARSEST:
            write_array(folder, f"parents_{level:02}", cells.parents[level])


def _put(aside: Path, folder: Path) -> None:
    """Give the folder its name, unless a whole one has it already."""
    for _ in range(_TRIES):
        try:
            aside.rename(folder)
        except OSError as error:
            if error.errno not in _THERE:
                raise
        else:
            settle(folder.parent)
            return
        try:
            read(folder)
        except DamagedIndexError:
            _discard(folder)
        else:
            return
    raise FileExistsError(errno.EEXIST, "others replace it all the time", str(folder))


def _beside(folder: Path) -> Path:
    """A new folder beside another one; its rights are those of any folder of this process."""
    made = folder.with_name(f".{folder.name}-{uuid.uuid4().hex}")
    made.mkdir()
    return made


def _discard(folder: Path) -> None:
    """Take a folder away at once; another process may do the same."""
    aside = _beside(folder)
    try:
        folder.rename(aside / "old")
    except FileNotFoundError:
        return
    finally:
        shutil.rmtree(aside, ignore_errors=True)
