"""Words of the planner: options, reasons, needs and conflicts in the language of the page."""

from __future__ import annotations

from typing import Final

from analytics.disposal.conflict import Conflict
from analytics.disposal.options import IDLE_OPTIONS
from analytics.disposal.reasons import Reason
from domain import formats
from views.context import Context
from views.places import unit_names

_AREAS: Final = ("target", "permitted", "start")


def mark(ctx: Context, text: str, certainty: str) -> str:
    """A text with its mark, where it is no sourced one."""
    if certainty == "sourced":
        return text
    return ctx.t.pick(
        f"{text}（{ctx.t('planner.mark_' + certainty)}）",
        f"{text} ({ctx.t('planner.mark_' + certainty)})",
    )


def option_name(ctx: Context, option: str) -> str:
    """Code and name of an option."""
    subject = "idle.route" if option in IDLE_OPTIONS else "planner.option"
    return f"{option} {ctx.t(f'{subject}.{option}')}"


def sentence(ctx: Context, reason: Reason) -> str:
    """One reason as a sentence of the page."""
    t = ctx.t
    values: dict[str, str] = {}
    for name, value in reason.values.items():
        if name == "option":
            values[name] = option_name(ctx, str(value))
        elif name == "bars":
            words = [t(f"planner.bar.{word}") for word in str(value).split(";") if word]
            values[name] = t.pick("、", ", ").join(words)
        elif name == "m2":
            values["area"] = formats.area(float(value), ctx.unit)
            values["unit"] = t(f"unit.{ctx.unit}")
        else:
            values[name] = formats.number(float(value), 1)
    return t(reason.key, **values)


def why_not(ctx: Context, conflict: Conflict) -> str:
    """One thing that stands in the way as a sentence of the page."""
    t = ctx.t
    names = unit_names(ctx, "county_adcode")
    place = names.get(conflict.county, conflict.county) or t("planner.everything")
    numbers = {"need": conflict.need, "reach": conflict.reach, "short": conflict.short}
    if conflict.kind in _AREAS:
        values = {name: formats.area(value, ctx.unit) for name, value in numbers.items()}
    else:
        values = {name: formats.number(value, 1) for name, value in numbers.items()}
    metric = t(f"planner.metric.{conflict.metric}") if conflict.metric else ""
    return t(
        f"planner.conflict.{conflict.kind}",
        place=place,
        metric=metric,
        unit=t(f"unit.{ctx.unit}"),
        **values,
    )
