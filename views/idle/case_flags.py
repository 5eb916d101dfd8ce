"""What else the law attaches to a parcel or its holder: shown in the case file, with article."""

from __future__ import annotations

from collections.abc import Hashable
from html import escape
from typing import Final

import numpy as np
import pandas as pd

from analytics.idle.flags import parcel_flags
from domain import formats
from domain.rules import Rule
from views import data
from views.context import Context
from views.idle.case_timeline import certainty_mark
from views.idle.run import IdleRun

RULE_OF: Final = {
    "hoarding": "IDLE-HOARDING",
    "notify_mortgagee": "IDLE-MORTGAGEE",
    "fee_is_ceiling": "IDLE-FEE-CEILING",
    "farm_again": "IDLE-FARM-1",
    "farm_reclaim": "IDLE-FARM-2",
}
"""Rule that speaks through each flag."""
_NAMED: Final = 5
"""Other parcels of a holder that are named; the worklist finds all by the holder."""


def flags_html(ctx: Context, run: IdleRun, label: Hashable) -> str:
    """The flags of a parcel, one line each; empty where there are none.

    Args:
        ctx: The run of the page.
        run: What the page is about.
        label: Label of the parcel in ``run.everything``.
    """
    judged = data.judged(ctx, run.version, run.day)
    # Only land with a letter can be hoarded: the rest says nothing about the holder.
    rows = judged[(judged["status"] == "determined").to_numpy() | (judged.index == label)]
    flags = parcel_flags(rows, rows, as_of=run.day, rules=run.rules)
    mine, status = flags.loc[[label]].iloc[0], str(rows.loc[[label], "status"].iloc[0])
    others = _others(rows, flags, label)
    shown = {name: bool(mine[name]) for name in RULE_OF}
    shown["hoarding"] |= bool(mine["holder_cases"])
    # On land that is not idle no fee is due, capped or not.
    shown["fee_is_ceiling"] &= status.startswith("suspected") or status == "determined"
    # After two years the land is taken back: farming it again is past.
    shown["farm_again"] &= not shown["farm_reclaim"]
    lines = []
    for name, key in RULE_OF.items():
        rule = run.rules.get(key)
        if shown[name] and rule is not None:
            lines.append(_line(ctx, rule, _what(ctx, others) if name == "hoarding" else ""))
    return f'<ul class="gy-flags">{"".join(lines)}</ul>' if lines else ""


def _others(rows: pd.DataFrame, flags: pd.DataFrame, label: Hashable) -> list[str]:
    """Numbers of the other parcels of the holder with an open hoarding case."""
    if not flags.loc[[label], "holder_cases"].iloc[0]:
        return []
    holder = rows["holder"].astype("string").str.strip()
    same = (holder == holder.loc[[label]].iloc[0]).fillna(value=False).to_numpy(dtype=bool)
    found = rows[flags["hoarding"].to_numpy() & same & np.asarray(rows.index != label)]
    return [str(key) for key in found["parcel_id"]]


def _what(ctx: Context, others: list[str]) -> str:
    """Which other parcels of the holder are meant."""
    t = ctx.t
    if not others:
        return t("case.flag.hoarding_here")
    more = t("figures.more") if len(others) > _NAMED else ""
    names = t.pick("、", ", ").join(others[:_NAMED]) + more
    return t("case.flag.hoarding_others", count=formats.count(len(others)), names=names)


def _line(ctx: Context, rule: Rule, what: str) -> str:
    t = ctx.t
    article = t.pick(rule.article, rule.article_en)
    sign = certainty_mark(t, rule.status)
    more = f"<br>{escape(what)}" if what else ""
    return (
        f"<li>{escape(t.pick(rule.title_zh, rule.title_en))}{more}"
        f"<small>{escape(f'{rule.id} {article}')}{sign}</small></li>"
    )
