"""A store with the demonstration province copied many times: parcels and ledgers that agree.

Every parcel is drawn so many times, small, within its own box; every batch, contract, case and link
is there as often. Areas and money are shared out among the copies, so that the figures of counties
and zones are those of the demonstration and every rule of the ledgers still holds.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

import demo
from domain.ledgers import KEY, TABLES
from geo.area import ellipsoidal_areas
from store import Store, Version, Viewer

DATASET: Final = "parcels"
BENCH: Final = Viewer("bench")
_NUMBERS: Final = (
    "parcel_id",
    "supply_no",
    "batch_id",
    "approval_no",
    "contract_no",
    "permit_no",
    "case_id",
    "notice_no",
    "letter_no",
    "decision_no",
    "link_id",
)
"""What names one thing; each copy has its own."""
_SHARED_OUT: Final = ("_m2", "_wan")
_NOT_SHARED: Final = "intensity_wan_ha"
_COPIED: Final = ("batch", "supply", "idle_case", "supply_batch")


def province(root: Path, copies: int) -> tuple[Store, Version]:
    """A store with 20,048 parcels times the number of copies.

    Args:
        root: Folder of the store.
        copies: At most 100; each has its share of the area, so one with a divisor near its root.
    """
    store, world = Store(root), demo.world()
    for table in TABLES:
        rows = getattr(world, table)
        rows = copied(rows, copies) if table in _COPIED else rows
        assert rows[KEY[table]].is_unique, table
        store.put_ledger(table, rows, viewer=BENCH, reason="bench", demonstration=True)
    passport = {"as_of": demo.AS_OF.isoformat()}
    for dataset, kind, frame in (
        ("zone-footprints", "zones", world.zones),
        (DATASET, "parcels", parcels(world.parcels, copies)),
    ):
        version = store.commit(
            dataset,
            frame,
            kind=kind,  # type: ignore[arg-type]
            viewer=BENCH,
            reason="bench",
            demonstration=True,
            passport=passport,
        )
    return store, version


def copied(rows: pd.DataFrame, copies: int) -> pd.DataFrame:
    """Rows so many times, one copy after the other, with numbers of their own.

    Args:
        rows: n rows of a ledger or of parcels.
        copies: At most 100: a copy adds two digits to every number.

    Returns:
        n times ``copies`` rows, RangeIndex.
    """
    out = pd.DataFrame(rows).loc[np.tile(rows.index, copies)].reset_index(drop=True)
    copy = np.repeat(np.arange(copies), len(rows)).astype(str)
    tail = pd.Series(np.char.zfill(copy, 2), dtype="string")
    for name in out.columns:
        if name in _NUMBERS:
            out[name] = out[name].astype("string") + tail
        elif name.endswith(_SHARED_OUT) and name != _NOT_SHARED:
            out[name] = out[name] / copies
    return out


def parcels(rows: gpd.GeoDataFrame, copies: int) -> gpd.GeoDataFrame:
    """Parcels so many times (:func:`copied`), each in its part of the box of its original."""
    out = copied(rows.drop(columns="geometry"), copies)
    down = max(side for side in range(1, 11) if copies % side == 0)
    across = copies // down
    shapes = rows.geometry.to_numpy()
    placed = [
        _placed(shapes, copy % across, copy // across, across, down) for copy in range(copies)
    ]
    frame = gpd.GeoDataFrame(out, geometry=np.concatenate(placed), crs=rows.crs)
    frame["area_ellipsoidal_m2"] = ellipsoidal_areas(frame.geometry.to_numpy())
    frame["source_row"] = np.arange(1, len(frame) + 1)
    return frame


def _placed(
    shapes: npt.NDArray[np.object_], x: int, y: int, across: int, down: int
) -> npt.NDArray[np.object_]:
    """Shapes in one part of a grid laid over the box of each."""
    box = shapely.bounds(shapes)
    corner, size = box[:, :2], box[:, 2:] - box[:, :2]
    of = np.repeat(np.arange(len(shapes)), shapely.get_num_coordinates(shapes))
    at = shapely.get_coordinates(shapes)
    share = np.array([across, down], dtype=np.float64)
    moved = corner[of] + (at - corner[of]) / share + size[of] * np.array([x, y]) / share
    return np.asarray(shapely.set_coordinates(shapes.copy(), moved), dtype=object)
