"""What each parcel is used for, in codes of the third land survey."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from demo.draws import Flags, Floats, Ints, Texts, chance
from domain import reference

STANDARD: Final = "三调工作分类"

PLANNED: Final = (
    "0601",  # industrial
    "0508",  # warehousing and logistics
    "0701",  # urban housing
    "05H1",  # commercial services
    "08H1",  # offices
    "08H2",  # science, education, culture, health
    "0809",  # utilities
    "0810",  # parks
    "1005",  # stations and car parks
    "1107",  # ditches
)
"""Uses that land is supplied for."""

BEFORE: Final = ("0101", "0103", "0202", "0301", "0307", "0404", "1104", "0702")
"""Uses of land that has been approved but not yet been taken over."""

CLEARED: Final = ("1201", "1206", "0404")
"""Uses of land that has been taken over but not yet been supplied."""

_BEFORE_SHARE: Final = (0.27, 0.16, 0.05, 0.22, 0.12, 0.08, 0.06, 0.04)
_CLEARED_SHARE: Final = (0.62, 0.23, 0.15)

# Share of the uses in the middle of a zone and on its edge; bonded zones are all of one kind.
_MIDDLE: Final = (0.46, 0.06, 0.16, 0.11, 0.04, 0.06, 0.03, 0.05, 0.02, 0.01)
_EDGE: Final = (0.76, 0.09, 0.04, 0.02, 0.01, 0.01, 0.03, 0.02, 0.01, 0.01)
_BONDED: Final = (0.46, 0.44, 0.0, 0.03, 0.02, 0.0, 0.02, 0.01, 0.02, 0.0)

_SAME_AS_BLOCK: Final = 0.88

ROADS: Final = ("1004", "城镇村道路用地")
"""Class of the streets, which are supplied but are no parcels."""

CATEGORY: Final = {
    "0601": "工业用地",
    "0508": "仓储用地",
    "0701": "住宅用地",
    "05H1": "商服用地",
    "08H1": "公共管理与公共服务用地",
    "08H2": "公共管理与公共服务用地",
    "0809": "公用设施用地",
    "0810": "公园与绿地",
    "1005": "交通运输用地",
    "1107": "水域及水利设施用地",
    "1004": "交通运输用地",
}
"""Use as written in a contract."""

ALLOCATED: Final = ("08H1", "08H2", "0809", "0810", "1005", "1107")
"""Uses supplied by allocation (划拨) rather than for a price."""


def of_blocks(rank: Floats, bonded: Flags, rng: np.random.Generator) -> Ints:
    """Use of each block as a position in :data:`PLANNED`."""
    edge = np.clip(rank, 0.0, 1.0)[:, None]
    shares = (1.0 - edge) * np.array(_MIDDLE) + edge * np.array(_EDGE)
    shares = np.where(bonded[:, None], np.array(_BONDED), shares)
    bounds = np.cumsum(shares / shares.sum(axis=1, keepdims=True), axis=1)
    drawn = (rng.random(len(rank))[:, None] > bounds).sum(axis=1)
    return np.asarray(np.minimum(drawn, len(PLANNED) - 1), dtype="int64")


def per_row(use: Ints, rng: np.random.Generator) -> Ints:
    """Parcels in the two rows of each block: large plots for industry, one for a park."""
    few = np.isin(use, [PLANNED.index(code) for code in ("0810", "1107", "08H2")])
    small = np.isin(use, [PLANNED.index(code) for code in ("0701", "05H1")])
    n = 2 * len(use)
    rows = (1 + chance(0.82, n, rng) + chance(0.42, n, rng)).reshape(-1, 2)
    rows = np.where(small[:, None], rows + 1, rows)
    return np.asarray(np.where(few[:, None], 1, rows), dtype="int64")


def of_parcels(block_use: Ints, rng: np.random.Generator) -> Texts:
    """Planned use of each parcel: mostly that of its block."""
    own = rng.choice(len(PLANNED), size=len(block_use), p=np.array(_EDGE) / sum(_EDGE))
    same = chance(_SAME_AS_BLOCK, len(block_use), rng)
    codes: Texts = np.array(PLANNED, dtype=object)[np.where(same, block_use, own)]
    return codes


def on_the_ground(
    planned: Texts,
    supplied: Flags,
    acquired: Flags,
    rng: np.random.Generator,
) -> Texts:
    """Class of each parcel as a survey sees it: the planned use only once supplied."""
    before = rng.choice(np.array(BEFORE, dtype=object), size=len(planned), p=_BEFORE_SHARE)
    cleared = rng.choice(np.array(CLEARED, dtype=object), size=len(planned), p=_CLEARED_SHARE)
    codes: Texts = np.where(supplied, planned, np.where(acquired, cleared, before))
    return codes


def names_and_groups(codes: pd.Series) -> pd.DataFrame:
    """``land_class_name`` and ``analysis_class`` of survey codes, on the same index."""
    classes = reference.table("land_classes")
    table = classes[classes["standard"] == STANDARD].set_index("code")
    return pd.DataFrame(
        {
            "land_class_name": codes.map(table["name_zh"]),
            "analysis_class": codes.map(table["analysis_class"]),
        },
        index=codes.index,
    )
