"""Which batch each supply comes from: by its links, or by the batch it names, never by both."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from domain.keys import places, within
from geo.errors import SchemaError

LINK_COLUMNS: Final = ("supply_no", "batch_id", "area_m2")

_HAIR_M2: Final = 1e-6


def trace(supplies: pd.DataFrame, links: pd.DataFrame | None = None) -> pd.DataFrame:
    """Supplies broken down by batch, their sum conserved.

    A supply with links is traced by its links alone; one without by its ``batch_id``.

    Args:
        supplies: n rows with ``batch_id`` and ``supplied_m2``; with links also ``supply_no``, once
            each.
        links: Rows of ``supply_batch`` with :data:`LINK_COLUMNS`; those of other supplies are left
            out (see :func:`orphans`). None or empty is no link.

    Returns:
        One row for each supply and batch, in the order and with the labels of ``supplies`` (a
        label may repeat): their columns, ``batch_id`` and ``supplied_m2`` being those of the part,
        and ``traced_by``:

        * ``link``: the part of a link;
        * ``batch``: a whole supply without links, of the batch that it names;
        * ``none``: a whole supply that has neither;
        * ``remainder``: what the links of a supply leave over, of no batch;
        * ``excess``: a negative part, of no batch: the links of a supply are more than it.

    Raises:
        SchemaError: A column is absent, or a supply number is given twice beside links.
    """
    if links is None or links.empty:
        return supplies.assign(traced_by=_own(supplies))
    _require(supplies, ("supply_no", "batch_id", "supplied_m2"))
    _require(links, LINK_COLUMNS)
    again = supplies["supply_no"].duplicated()
    if again.any():
        twice = str(supplies.loc[again.to_numpy(), "supply_no"].iloc[0])
        raise SchemaError(
            f"supply {twice} stands in several rows; keep one row a supply beside its links",
            values={"columns": "supply_no"},
        )
    at = places(links["supply_no"], supplies["supply_no"])
    mine, at = links[at >= 0], at[at >= 0]
    linked = supplies.iloc[at].assign(
        batch_id=mine["batch_id"].array,
        supplied_m2=mine["area_m2"].to_numpy(dtype="float64"),
        traced_by="link",
    )
    total = linked["supplied_m2"].groupby(at).sum()
    has = np.zeros(len(supplies), dtype=bool)
    has[at] = True
    own = supplies[~has].assign(traced_by=_own(supplies[~has]))
    rest, left_over = _rest(supplies.iloc[total.index], total.to_numpy())
    out = pd.concat([part for part in (linked, own, rest) if len(part)] or [own])
    order = np.concatenate([at, np.flatnonzero(~has), total.index.to_numpy()[left_over]])
    traced: pd.DataFrame = out.iloc[np.argsort(order, kind="stable")]
    return traced


def orphans(supplies: pd.DataFrame, links: pd.DataFrame) -> pd.DataFrame:
    """Links of supplies that are not recorded; their area is in no sum.

    Args:
        supplies: Rows with ``supply_no``.
        links: Rows with ``supply_no``.
    """
    return links[~within(links["supply_no"], supplies["supply_no"])]


def _own(supplies: pd.DataFrame) -> pd.Series:
    by = pd.Series("batch", index=supplies.index, dtype="string")
    return by.mask(supplies["batch_id"].isna(), "none")


def _rest(
    supplies: pd.DataFrame, linked: npt.NDArray[np.float64]
) -> tuple[pd.DataFrame, npt.NDArray[np.bool_]]:
    """What links leave of their supplies or take too much, and of which supplies that is."""
    left = supplies["supplied_m2"] - linked
    rest = supplies.assign(batch_id=supplies["batch_id"].mask(left.notna()), supplied_m2=left)
    by = pd.Series("remainder", index=rest.index, dtype="string").mask(left < 0, "excess")
    there = (left.abs() > _HAIR_M2).to_numpy(dtype=bool)
    return rest.assign(traced_by=by)[there], there


def _require(frame: pd.DataFrame, columns: tuple[str, ...]) -> None:
    absent = ", ".join(name for name in columns if name not in frame.columns)
    if absent:
        raise SchemaError(f"missing columns: {absent}", values={"columns": absent})
