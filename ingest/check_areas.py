"""Areas: stated against computed, which definition a file follows, the arithmetic of surveys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from domain.rules import RuleSet
from ingest.found import Found, Rows, Text, about_file, where

_HAIR: Final = 1e-6
"""Slack for binary fractions in sums of decimal ones, in m2."""
_HALF_DIGIT: Final = 0.00005
"""Half of the last digit of a share that is recorded to four decimals."""


@dataclass(frozen=True)
class AreaTotals:
    """What the areas of a whole file say together; totals of pieces are added.

    Attributes:
        stated: Rows with a stated area.
        planar: Rows of them that only the planar area fits.
        ellipsoidal: Rows of them that only the ellipsoidal area fits.
        both: Rows of them that both fit.
        planar_m2: Planar area of all rows.
        ellipsoidal_m2: Ellipsoidal area of all rows.
    """

    stated: int = 0
    planar: int = 0
    ellipsoidal: int = 0
    both: int = 0
    planar_m2: float = 0.0
    ellipsoidal_m2: float = 0.0

    def __add__(self, other: AreaTotals) -> AreaTotals:
        """Totals of both pieces."""
        return AreaTotals(
            self.stated + other.stated,
            self.planar + other.planar,
            self.ellipsoidal + other.ellipsoidal,
            self.both + other.both,
            self.planar_m2 + other.planar_m2,
            self.ellipsoidal_m2 + other.ellipsoidal_m2,
        )


def area_totals(rows: Rows) -> AreaTotals:
    """Totals of some rows; stated areas in m2."""
    planar, ellipsoidal = rows.frame["area_planar_m2"], rows.frame["area_ellipsoidal_m2"]
    sums = float(planar.sum()), float(ellipsoidal.sum())
    stated = rows.column("area_stated_m2")
    if stated is None:
        return AreaTotals(planar_m2=sums[0], ellipsoidal_m2=sums[1])
    slack = _slack(stated, rows.rules)
    flat = ((planar - stated).abs() <= slack).to_numpy(dtype=bool)
    curved = ((ellipsoidal - stated).abs() <= slack).to_numpy(dtype=bool)
    nearer = ((planar - stated).abs() < (ellipsoidal - stated).abs()).to_numpy(dtype=bool)
    further = ((planar - stated).abs() > (ellipsoidal - stated).abs()).to_numpy(dtype=bool)
    digit = rows.rules.value("ING-AREA-DIGIT") + _HAIR
    # The two definitions differ by less than the slack near the central meridian; there the nearer
    # one counts if it fits to the digit.
    flat_only = flat & (~curved | (nearer & _fits(planar, stated, digit)))
    curved_only = curved & (~flat | (further & _fits(ellipsoidal, stated, digit)))
    return AreaTotals(
        stated=int(stated.notna().sum()),
        planar=int(flat_only.sum()),
        ellipsoidal=int(curved_only.sum()),
        both=int((flat & curved & ~flat_only & ~curved_only).sum()),
        planar_m2=sums[0],
        ellipsoidal_m2=sums[1],
    )


def _slack(stated: pd.Series, rules: RuleSet) -> pd.Series:
    relative = stated * rules.value("ING-AREA-SLACK")
    return relative.clip(lower=rules.value("ING-AREA-SLACK-M2"))


def _fits(area: pd.Series, stated: pd.Series, slack: float) -> npt.NDArray[np.bool_]:
    return ((area - stated).abs() <= slack).to_numpy(dtype=bool)


def file_areas(totals: AreaTotals, rules: RuleSet) -> list[Found]:
    """What the areas of a whole file say: the definition it follows, and a zone far away."""
    out = []
    if totals.stated:
        shares = {
            name: f"{count / totals.stated:.1%}"
            for name, count in (
                ("planar", totals.planar),
                ("ellipsoidal", totals.ellipsoidal),
                ("both", totals.both),
                ("neither", totals.stated - totals.planar - totals.ellipsoidal - totals.both),
            )
        }
        out.append(about_file("ARE-003", n=totals.stated, **shares))
    if totals.ellipsoidal_m2 > 0:
        excess = totals.planar_m2 / totals.ellipsoidal_m2 - 1.0
        if abs(excess) > rules.value("ING-PLANAR-EXCESS"):
            out.append(about_file("ARE-011", percent=f"{excess:.2%}"))
    return out


def area_checks(rows: Rows) -> list[Found]:
    """Everything about the areas of single rows.

    Args:
        rows: m rows of a kind with shapes, stated areas in m2.
    """
    out = _stated(rows) + _odd(rows)
    if rows.kind == "land_use":
        out += _third_survey(rows)
        out += _second_survey(rows)
        out += _deductions(rows)
    return out


def _stated(rows: Rows) -> list[Found]:
    """Stated areas against the planar and the ellipsoidal one; the nearer counts."""
    stated = rows.column("area_stated_m2")
    if stated is None:
        return []
    planar, ellipsoidal = rows.frame["area_planar_m2"], rows.frame["area_ellipsoidal_m2"]
    nearest = np.minimum((planar - stated).abs(), (ellipsoidal - stated).abs())
    slack = _slack(stated, rows.rules)
    far = nearest > np.maximum(stated * rows.rules.value("ING-AREA-WARN"), slack)
    values = {
        "stated": Text(stated, "{:,.2f}"),
        "planar": Text(planar, "{:,.2f}"),
        "ellipsoidal": Text(ellipsoidal, "{:,.2f}"),
    }
    positive = stated > 0
    out = where(rows, "ARE-001", far & positive, **values)
    out += where(rows, "ARE-002", (nearest > slack) & ~far & positive, **values)
    out += where(rows, "ARE-008", stated == 0)
    if rows.kind == "land_use":
        digit = rows.rules.value("ING-AREA-DIGIT") + _HAIR
        flat = ((planar - stated).abs() <= digit) & ((ellipsoidal - stated).abs() > digit)
        out += where(rows, "ARE-007", flat, **values)
    return out


def _odd(rows: Rows) -> list[Found]:
    area = rows.frame["area_ellipsoidal_m2"]
    if rows.kind not in {"parcels", "land_use"}:
        return []
    shown = Text(area, "{:,.1f}")
    huge, tiny = rows.rules.value("ING-AREA-HUGE"), rows.rules.value("ING-AREA-TINY")
    return where(rows, "ARE-009", area > huge, area=shown) + where(
        rows, "ARE-010", area < tiny, area=shown
    )


def _number(rows: Rows, name: str) -> pd.Series | None:
    values = rows.column(name)
    return None if values is None else values.astype("float64")


def _third_survey(rows: Rows) -> list[Found]:
    """TBMJ = TBDLMJ + KCMJ."""
    if rows.column("linear_m2") is not None:
        return []
    whole, own = _number(rows, "area_stated_m2"), _number(rows, "area_class_m2")
    if whole is None or own is None:
        return []
    deducted = _number(rows, "deducted_m2")
    less = 0.0 if deducted is None else deducted.fillna(0.0)
    return _sum(rows, "ARE-004", whole, own + less)


def _second_survey(rows: Rows) -> list[Found]:
    """TBDLMJ = TBMJ - XZDWMJ - LXDWMJ - TKMJ."""
    linear = _number(rows, "linear_m2")
    whole, own = _number(rows, "area_stated_m2"), _number(rows, "area_class_m2")
    if linear is None or whole is None or own is None:
        return []
    parts = own + linear.fillna(0.0)
    for name in ("point_m2", "deducted_m2"):
        part = _number(rows, name)
        if part is not None:
            parts = parts + part.fillna(0.0)
    return _sum(rows, "ARE-005", whole, parts)


def _sum(rows: Rows, code: str, whole: pd.Series, parts: pd.Series) -> list[Found]:
    apart = (whole - parts).abs() > rows.rules.value("ING-SURVEY-SUM") + _HAIR
    return where(rows, code, apart, whole=Text(whole, "{:,.2f}"), parts=Text(parts, "{:,.2f}"))


def _deductions(rows: Rows) -> list[Found]:
    """KCMJ = TBMJ x KCXS, with a share between 0 and 1."""
    share = _number(rows, "deducted_share")
    if share is None:
        return []
    out = where(rows, "ARE-013", (share < 0) | (share >= 1), value=Text(share, "{:g}"))
    whole, deducted = _number(rows, "area_stated_m2"), _number(rows, "deducted_m2")
    if whole is None or deducted is None:
        return out
    usable = (share >= 0) & (share < 1)
    expected = whole * share
    slack = rows.rules.value("ING-SURVEY-SUM") + whole * _HALF_DIGIT + _HAIR
    return out + where(
        rows,
        "ARE-006",
        usable & ((deducted - expected).abs() > slack),
        stated=Text(deducted, "{:,.2f}"),
        expected=Text(expected, "{:,.2f}"),
    )
