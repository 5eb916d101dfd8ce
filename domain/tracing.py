"""Which batch each supply comes from: by its links, or by the batch it names, never by both."""

from __future__ import annotations

from typing import Final

import pandas as pd

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
    numbers = pd.Index(supplies["supply_no"])
    if numbers.has_duplicates:
        twice = str(numbers[numbers.duplicated()][0])
        raise SchemaError(
            f"supply {twice} stands in several rows; keep one row a supply beside its links",
            values={"columns": "supply_no"},
        )
    at = numbers.get_indexer(pd.Index(links["supply_no"]))
    mine, at = links[at >= 0], at[at >= 0]
    linked = supplies.iloc[at].assign(
        batch_id=mine["batch_id"].array,
        supplied_m2=mine["area_m2"].to_numpy(dtype="float64"),
        traced_by="link",
    )
    total = mine.groupby("supply_no")["area_m2"].sum()
    has = supplies["supply_no"].isin(total.index)
    own = supplies[~has].assign(traced_by=_own(supplies[~has]))
    rest = _rest(supplies[has], total)
    out = pd.concat([part for part in (linked, own, rest) if len(part)] or [own])
    order = pd.Series(numbers.get_indexer(pd.Index(out["supply_no"]))).sort_values(kind="stable")
    traced: pd.DataFrame = out.iloc[order.index]
    return traced


def orphans(supplies: pd.DataFrame, links: pd.DataFrame) -> pd.DataFrame:
    """Links of supplies that are not recorded; their area is in no sum.

    Args:
        supplies: Rows with ``supply_no``.
        links: Rows with ``supply_no``.
    """
    return links[~links["supply_no"].isin(supplies["supply_no"])]


def _own(supplies: pd.DataFrame) -> pd.Series:
    by = pd.Series("batch", index=supplies.index, dtype="string")
    return by.mask(supplies["batch_id"].isna(), "none")


def _rest(supplies: pd.DataFrame, linked: pd.Series) -> pd.DataFrame:
    """What links leave of their supplies, or take too much."""
    left = supplies["supplied_m2"] - supplies["supply_no"].map(linked).astype("float64")
    rest = supplies.assign(batch_id=supplies["batch_id"].mask(left.notna()), supplied_m2=left)
    by = pd.Series("remainder", index=rest.index, dtype="string").mask(left < 0, "excess")
    return rest.assign(traced_by=by)[left.abs() > _HAIR_M2]


def _require(frame: pd.DataFrame, columns: tuple[str, ...]) -> None:
    absent = ", ".join(name for name in columns if name not in frame.columns)
    if absent:
        raise SchemaError(f"missing columns: {absent}", values={"columns": absent})
