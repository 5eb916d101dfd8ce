"""Which ways of disposal the cause of non-supply leaves open (未供原因, 处置路径).

The table is a product default after practice wording (rule DISP-CAUSE); a way that the ledger
records is open as well, unless the land may not be built on.
"""

from __future__ import annotations

from typing import Final

import pandas as pd

CONFLICT: Final = "生态红线/永久基本农田冲突"
PLAN_CHANGED: Final = "规划调整"
BUILT: Final = "已建未办供地手续"
ACQUIRED: Final = "完成"
"""Entry of ``acquisition`` where the compensation plan has been carried out."""

OPEN: Final[dict[str, tuple[str, ...]]] = {
    "征地拆迁未完成": ("S1", "S3", "S6"),
    PLAN_CHANGED: ("S3", "S4", "S5", "S6"),
    "招商项目未落地": ("S1", "S6"),
    "基础设施未配套": ("S1", "S6"),
    BUILT: ("S2",),
    "边角零星地": ("S1", "S3", "S5"),
    "储备待供": ("S1", "S6"),
    CONFLICT: ("S3", "S5", "S6"),
    "资金不足": ("S1", "S3", "S6"),
    "其他": ("S1", "S3", "S6"),
}
"""Ways by cause; a missing cause is treated like ``其他``."""

PATHS: Final[dict[str, str]] = {
    "加快供应": "S1",
    "补办供地手续": "S2",
    "撤回/核销批文": "S3",
    "调整规划后供应": "S4",
    "转增减挂钩复垦": "S5",
    "置换": "S6",
}
"""Option by the wording of the ledger."""

_CAUSE_NEED: Final = {
    "招商项目未落地": "project",
    "基础设施未配套": "infrastructure",
    "资金不足": "funds",
    "边角零星地": "neighbour",
}
_NEEDS: Final = {
    "S1": "clear_land",
    "S2": "past_settled;plan_fits",
    "S3": "ground_unchanged;original_authority;record_in_system",
    "S4": "plan_amended;clear_land",
    "S5": "reclaim_accepted;original_authority",
    "S6": "other_land;original_authority",
}
_BUILDING: Final = ("S1", "S2", "S4")
_AFTER_ACQUISITION: Final = ("S1", "S4")


def batch_options(items: pd.DataFrame) -> pd.DataFrame:
    """Every way for every unsupplied item, open or barred.

    Barred by ``conflict`` (the land may not be built on), ``acquired`` (an approval whose
    acquisition is complete is withdrawn only where plan or policy changed) or ``cause`` (the cause
    leads elsewhere).

    Args:
        items: n rows with ``item``, ``cause``, ``path``, ``acquisition`` (texts or missing).

    Returns:
        6 n rows: the columns of ``items`` (without those three) and ``option``, ``permitted``,
        ``barred_by``, ``needs``, ``rule``, ``certainty``, ``recorded``, ``assumed``, ``suspected``,
        ``acquire`` (bool: acquisition has to be finished first).
    """
    rows = items.merge(pd.DataFrame({"option": list(PATHS.values())}), how="cross")
    cause = rows["cause"].astype("object").fillna("其他")
    cause = cause.where(cause.isin(OPEN), "其他")
    acquired = rows["acquisition"].astype("object").fillna("") == ACQUIRED
    recorded = rows["path"].astype("object").map(PATHS) == rows["option"]
    listed = pd.MultiIndex.from_arrays([cause, rows["option"]]).isin(
        [(name, option) for name, options in OPEN.items() for option in options]
    )
    conflict = (cause == CONFLICT) & rows["option"].isin(_BUILDING)
    kept = (rows["option"] == "S3") & acquired & ~cause.isin([PLAN_CHANGED, CONFLICT])
    elsewhere = ~pd.Series(listed, index=rows.index) & ~recorded
    barred = pd.Series("", index=rows.index).mask(elsewhere, "cause")
    barred = barred.mask(kept, "acquired").mask(conflict, "conflict")
    acquire = rows["option"].isin(_AFTER_ACQUISITION) & ~acquired
    return rows.drop(columns=["cause", "path", "acquisition"]).assign(
        permitted=barred == "",
        barred_by=barred,
        needs=_needs(rows["option"], cause, acquire),
        rule="DISP-CAUSE",
        certainty="default",
        recorded=recorded,
        assumed=False,
        suspected=False,
        acquire=acquire,
    )


def _needs(option: pd.Series, cause: pd.Series, acquire: pd.Series) -> pd.Series:
    own = option.map(_NEEDS)
    first = cause.map(_CAUSE_NEED).fillna("").where(option == "S1", "")
    first = first.mask(cause == "其他", "find_cause")
    words = (first + ";" + own).str.strip(";")
    return words.mask(acquire, "acquisition;" + words)
