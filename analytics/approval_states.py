"""State of each approved batch (批次) on the way to supply, and the two-year clock of lapse.

| state | meaning |
|---|---|
| ``future`` | the approval is dated after the day that is judged |
| ``unknown`` | no date of approval is recorded |
| ``approved`` | approved, acquisition not done or only in part |
| ``lapse_risk`` | two years after approval without any acquisition: may have lapsed, verify |
| ``acquired`` | acquisition done, the ground not ready |
| ``ready`` | acquired and ready for supply (三通一平) |
| ``reserved`` | in the land reserve (储备); still approved, not supplied |
| ``supplied_part`` | some of it supplied, some left |
| ``supplied`` | nothing left: supplied, the rest if any written off |
| ``withdrawn`` | written off as a whole (撤回, 失效) |

A batch has exactly one state. The tool never says that an approval has lapsed, only that it may.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.calendar_years import Days, add_years, day, days
from analytics.coded_texts import bits, joined, texts
from domain.ledgers import AREA_TOLERANCE_M2
from domain.rules import RuleSet
from geo.errors import SchemaError

STATES: Final = (
    "future",
    "unknown",
    "approved",
    "lapse_risk",
    "acquired",
    "ready",
    "reserved",
    "supplied_part",
    "supplied",
    "withdrawn",
)
"""Every state, in the order of a batch's life."""

UNSUPPLIED: Final = (
    "approved",
    "lapse_risk",
    "acquired",
    "ready",
    "reserved",
    "supplied_part",
)
"""States of batches with area that is approved and not supplied (批而未供)."""

REQUIRED: Final = (
    "approved_on",
    "approved_m2",
    "supplied_m2",
    "written_off_m2",
    "written_off_on",
    "acquisition",
    "acquired_on",
    "unsupplied_cause",
)
"""Columns of the batch ledger that the state rests on; ``ready_on`` is used where it is there."""

UNTOUCHED, IN_PART, ACQUIRED = "未实施", "部分", "完成"
"""Entries of ``acquisition``."""
RESERVE: Final = "储备待供"
"""Entry of ``unsupplied_cause`` for land in the reserve."""

_INPUTS: Final = (
    "approved_on",
    "acquisition",
    "acquired_on",
    "ready_on",
    "unsupplied_cause",
    "approved_m2",
    "supplied_m2",
    "written_off_m2",
    "written_off_on",
)
_MISSING: Final = ("approved_on", "acquisition", "acquired_on", "ready_on", "written_off_on")
_RULE_OF: Final = {
    "future": "APPR-APPROVED",
    "unknown": "APPR-APPROVED",
    "approved": "APPR-APPROVED",
    "lapse_risk": "APPR-LAPSE",
    "acquired": "APPR-ACQUIRED",
    "ready": "APPR-READY",
    "reserved": "APPR-RESERVED",
    "supplied_part": "APPR-SUPPLIED",
    "supplied": "APPR-SUPPLIED",
    "withdrawn": "APPR-WITHDRAWN",
}
_CODE: Final = {name: code for code, name in enumerate(STATES)}

Flags = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int8]


def batch_states(
    batches: pd.DataFrame,
    *,
    as_of: dt.date,
    rules: RuleSet,
    supplied_m2: pd.Series | None = None,
) -> pd.DataFrame:
    """State of each batch on a day, with the rule behind it and the day of a possible lapse.

    Facts dated after ``as_of`` have not happened yet. An entry of the ledger without a date (an
    acquisition that is done, an area written off) counts, and its date is named as missing.

    Args:
        batches: n rows of the batch ledger with :data:`REQUIRED` and, where it is there,
            ``ready_on``.
        as_of: The day that is judged.
        rules: The rules of ``approvals`` in force on that day.
        supplied_m2: Area supplied from each batch until that day, on the index of ``batches``; None
            takes what the ledger states, whenever it was supplied.

    Returns:
        n rows on the index of ``batches``: ``state`` (one of :data:`STATES`), ``rest_state`` (of
        the ground that is not supplied: ``approved``, ``acquired``, ``ready``, ``reserved``; empty
        where nothing is left or nothing approved), ``unsupplied_m2`` (float64; negative where more
        is recorded than was approved, zero before the approval), ``rule``, ``article``,
        ``certainty``, ``inputs`` and ``missing`` (columns joined by ``;``), ``next_state`` (text or
        missing), ``next_on`` (datetime64), ``days_to_next`` (Int64, at least 1).

    Raises:
        SchemaError: A column is absent.
        RuleError: A rule is not in force on ``as_of``.
    """
    absent = ", ".join(name for name in REQUIRED if name not in batches.columns)
    if absent:
        raise SchemaError(f"missing columns: {absent}", values={"columns": absent})
    today = day(as_of)
    approved_on = days(batches["approved_on"])
    stated = batches["supplied_m2"] if supplied_m2 is None else supplied_m2
    supplied = _areas(stated.reindex(batches.index))
    off_on = days(batches["written_off_on"])
    off = np.where(off_on > today, 0.0, _areas(batches["written_off_m2"]))
    left = np.where(approved_on <= today, _areas(batches["approved_m2"]) - supplied - off, 0.0)
    ground, untouched = _ground(batches, today)
    lapse_on = add_years(approved_on, rules.value("APPR-LAPSE"))
    state = _states(
        approved_on, today, ground, untouched & (lapse_on <= today), left, supplied, off
    )
    waiting = (state == _CODE["approved"]) & untouched & (lapse_on > today)
    next_on = np.where(waiting, lapse_on, np.datetime64("NaT", "D"))
    some_left = (left > AREA_TOLERANCE_M2) & (approved_on <= today)
    ids = [_RULE_OF[name] for name in STATES]
    return pd.DataFrame(
        {
            "state": texts(state, STATES),
            "rest_state": texts(np.where(some_left, ground, len(STATES)), (*STATES, "")),
            "unsupplied_m2": left,
            "rule": texts(state, ids),
            "article": texts(state, [rules.rule(key).article for key in ids]),
            "certainty": texts(state, [rules.rule(key).status for key in ids]),
            "inputs": joined(_inputs(batches, state, off, off_on), _INPUTS),
            "missing": joined(_missing(batches, state, ground, off, off_on), _MISSING),
            "next_state": texts(np.where(waiting, _CODE["lapse_risk"], -1), STATES),
            "next_on": next_on.astype("datetime64[s]"),
            "days_to_next": pd.arrays.IntegerArray(
                np.where(waiting, (lapse_on - today).astype("int64"), 0), ~waiting
            ),
        },
        index=batches.index,
    )


def _areas(values: pd.Series) -> npt.NDArray[np.float64]:
    known = values.to_numpy(dtype="float64", na_value=np.nan)
    return np.where(np.isnan(known), 0.0, known)


def _texts(values: pd.Series) -> npt.NDArray[np.object_]:
    return values.astype("object").fillna("").to_numpy()


def _ready(batches: pd.DataFrame) -> Days:
    if "ready_on" not in batches:
        return np.full(len(batches), np.datetime64("NaT", "D"))
    return days(batches["ready_on"])


def _ground(batches: pd.DataFrame, today: np.datetime64) -> tuple[Codes, Flags]:
    """How far the ground has come on the day, and whether nothing at all was acquired."""
    entry, acquired_on = _texts(batches["acquisition"]), days(batches["acquired_on"])
    acquired = np.where(np.isnat(acquired_on), entry == ACQUIRED, acquired_on <= today)
    ready = _ready(batches) <= today
    reserved = _texts(batches["unsupplied_cause"]) == RESERVE
    names = ["reserved", "ready", "acquired"]
    ground = np.select([reserved, ready, acquired], [_CODE[n] for n in names], _CODE["approved"])
    untouched = ((entry == UNTOUCHED) & np.isnat(acquired_on)) | (acquired_on > today)
    return ground.astype(np.int8), untouched & ~ready & ~reserved


def _states(
    approved_on: Days,
    today: np.datetime64,
    ground: Codes,
    lapsing: Flags,
    left: npt.NDArray[np.float64],
    supplied: npt.NDArray[np.float64],
    off: npt.NDArray[np.float64],
) -> Codes:
    gone = left <= AREA_TOLERANCE_M2
    some = supplied > AREA_TOLERANCE_M2
    steps = {
        "unknown": np.isnat(approved_on),
        "future": approved_on > today,
        "withdrawn": gone & ~some & (off > AREA_TOLERANCE_M2),
        "supplied": gone & some,
        "supplied_part": some,
        "lapse_risk": lapsing,
    }
    code = np.select(list(steps.values()), [_CODE[name] for name in steps], ground)
    return code.astype(np.int8)


def _inputs(
    batches: pd.DataFrame, state: Codes, off: npt.NDArray[np.float64], off_on: Days
) -> npt.NDArray[np.uint32]:
    at = {name: state == code for name, code in _CODE.items()}
    areas = at["supplied"] | at["supplied_part"] | at["withdrawn"]
    written = areas & (off > 0)
    acquiring = at["approved"] | at["lapse_risk"] | at["acquired"]
    dated = ~np.isnat(days(batches["acquired_on"]))
    used = {
        "approved_on": ~at["unknown"],
        "acquisition": acquiring & ~dated & (_texts(batches["acquisition"]) != ""),
        "acquired_on": acquiring & dated,
        "ready_on": at["ready"],
        "unsupplied_cause": at["reserved"],
        "approved_m2": areas,
        "supplied_m2": at["supplied"] | at["supplied_part"],
        "written_off_m2": written,
        "written_off_on": written & ~np.isnat(off_on),
    }
    return bits(used, _INPUTS, len(state))


def _missing(
    batches: pd.DataFrame,
    state: Codes,
    ground: Codes,
    off: npt.NDArray[np.float64],
    off_on: Days,
) -> npt.NDArray[np.uint32]:
    entry, undated = _texts(batches["acquisition"]), np.isnat(days(batches["acquired_on"]))
    unsupplied = np.isin(state, [_CODE[name] for name in UNSUPPLIED])
    further = np.isin(ground, [_CODE["acquired"], _CODE["ready"]])
    wanted = {
        "approved_on": state == _CODE["unknown"],
        "acquisition": unsupplied & undated & (entry == ""),
        "acquired_on": unsupplied & undated & ((entry == ACQUIRED) | (entry == IN_PART)),
        "ready_on": unsupplied & further & np.isnat(_ready(batches)),
        "written_off_on": (off > 0) & np.isnat(off_on),
    }
    return bits(wanted, _MISSING, len(state))
