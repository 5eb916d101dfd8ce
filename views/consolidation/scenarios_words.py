"""Names and values of what a planner chose, in the words of the page."""

from __future__ import annotations

import datetime as dt

from domain import boundaries, formats
from domain.rules import load_rules
from export.scenario_words import Words
from views.context import Context

_PAIRS = ("locked", "forbidden", "trustees")
_FLAGS = ("demonstration", "across", "national_hosts")


def choice_name(ctx: Context, choice: str, day: dt.date) -> str:
    """Name of a choice as ``side_by_side`` gives it; rules are named as of ``day``."""
    t = ctx.t
    kind, _, key = choice.partition(":")
    if kind == "share":
        return t("scenario.choice.share", place=boundaries.name_of(key, t.language))
    if kind == "rule":
        rule = load_rules("consolidation", as_of=day).get(key)
        return t.pick(rule.title_zh, rule.title_en) if rule is not None else key
    return t(f"scenario.choice.{choice}")


def choice_value(words: Words, choice: str, value: object) -> str:
    """Its value as text; names instead of codes."""
    t, text = words.t, str(value)
    if not text:
        return formats.MISSING
    if choice in _FLAGS:
        return t(f"scenario.flag.{text.lower()}")
    if choice == "place":
        return boundaries.name_of(text, t.language)
    if choice == "goals":
        return words.joiner.join(t(f"conplan.goal.{goal}") for goal in text.split(";"))
    if choice in (*_PAIRS, "barred_hosts", "admitted_hosts"):
        named = [" ← ".join(map(words.brief, one.split(">"))) for one in text.split(";")]
        return words.joiner.join(named)
    return formats.share(float(text)) if choice.startswith("share:") else text
