"""The front of two goals in words and as a table, for the page and the command."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pandas as pd

from analytics.consolidation.pareto import Front
from analytics.consolidation.task import GOALS, Goal
from domain import formats
from domain.i18n import Translator
from export.docx_parts import clean
from export.workbook import Kind

_SMALLEST: Final = 0.0005
"""Shares below this would be printed as nothing."""


def front_said(front: Front, t: Translator, *, unknown: Mapping[str, int]) -> str:
    """How many plans there are, whether they are all, which are proven, and what is left.

    Args:
        front: The front.
        t: Texts.
        unknown: Number of zones that a goal leaves out, by goal.
    """
    n, m = front.known, len(front.points)
    proven = int(front.points["proven"].sum())
    if front.complete:
        lines = [t("conpareto.complete", n=formats.count(n))]
        lines += [t("conpareto.listed", m=formats.count(m))] if m < n else []
    else:
        lines = [
            t("conpareto.found", n=formats.count(n), m=formats.count(m), p=formats.count(proven)),
            t("conpareto.left", share=_share(front.left, t)),
            t(f"conpareto.stopped.{front.stopped}"),
        ]
        if proven < m:
            goal = t(f"conplan.goal.{front.bounded}")
            worst = formats.share(front.points["gap"].max())
            lines.append(t("conpareto.gap", goal=goal, gap=worst))
    if n == 1 and front.complete:
        lines.append(t("conpareto.one"))
    for goal, count in unknown.items():
        lines.append(t("conpareto.unknown", goal=t(f"conplan.goal.{goal}"), n=count))
    return t.pick("", " ").join(lines)


def goal_named(goal: Goal, t: Translator) -> str:
    """A goal with its unit, as the head of a column or axis."""
    return t("conpareto.axis", goal=t(f"conpareto.goal.{goal}"), unit=t(f"conplan.unit.{goal}"))


def front_table(front: Front, names: Mapping[str, str], t: Translator) -> pd.DataFrame:
    """The points as they are printed.

    Args:
        front: The front.
        names: Host and absorbed zone by ``host>absorbed``.
        t: Texts.

    Returns:
        One row a point; columns are named in words, see :func:`front_kinds`.
    """
    rows, joiner = front.points, t.pick("；", "; ")
    listed = [
        joiner.join(clean(names[key]) for key in keys.split(";") if key) for keys in rows["pairs"]
    ]
    said = {True: t("conpareto.is_proven"), False: t("conpareto.not_proven")}
    return pd.DataFrame(
        {
            t("conpareto.col.point"): range(1, len(rows) + 1),
            **{goal_named(goal, t): rows[goal] for goal in GOALS},
            t("conpareto.col.proven"): [said[bool(mark)] for mark in rows["proven"]],
            _bound_title(front, t): rows["bound"],
            t("conpareto.col.gap"): rows["gap"],
            t("conpareto.col.left"): rows["left"],
            t("conpareto.col.count"): rows["count"],
            t("conpareto.col.pairs"): listed,
        }
    )


def front_kinds(front: Front, t: Translator) -> dict[str, Kind]:
    """Kinds of the columns of :func:`front_table` that are no texts."""
    return {
        t("conpareto.col.point"): "plain",
        **{goal_named(goal, t): "number" for goal in GOALS},
        _bound_title(front, t): "number",
        t("conpareto.col.gap"): "share",
        t("conpareto.col.left"): "share",
        t("conpareto.col.count"): "count",
    }


def _bound_title(front: Front, t: Translator) -> str:
    return t("conpareto.col.bound", goal=goal_named(front.bounded, t))


def _share(share: float, t: Translator) -> str:
    if 0.0 < share < _SMALLEST:
        return t("conpareto.below", share=formats.share(2 * _SMALLEST))
    return formats.share(share)
