"""Names and values of what a planner chose, in the words of the page."""

from __future__ import annotations

import datetime as dt

from domain import boundaries, formats
from domain.rules import load_rules
from domain.zone_names import short
from export.docx_parts import clean
from export.scenario_words import Words
from views import places
from views.context import Context

_PAIRS = ("locked", "forbidden", "trustees")
_FLAGS = ("demonstration", "across", "national_hosts")
_LAND = "land_"


def choice_name(ctx: Context, choice: str, day: dt.date) -> str:
    """Name of a choice as ``side_by_side`` gives it; rules are named as of ``day``."""
    t = ctx.t
    kind, _, key = choice.partition(":")
    if kind == "share":
        return t("scenario.choice.share", place=boundaries.name_of(key, t.language))
    if kind == "rule":
        rule = load_rules("consolidation", as_of=day).get(key)
        return t.pick(rule.title_zh, rule.title_en) if rule is not None else key
    if kind.startswith(_LAND):
        host = short(places.unit_names(ctx, "zone_id").get(key, key))
        return t(f"scenario.choice.{kind}", host=host)
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
    return _figure(words, choice, text) if choice.startswith(("share:", _LAND)) else text


def _figure(words: Words, choice: str, text: str) -> str:
    if not choice.startswith(_LAND):
        return formats.share(float(text))
    area, _, source = text.partition(";")
    told = formats.area(float(area) if area else None, "ha")
    return words.t("scenario.land_value", area=told, source=clean(source)) if source else told
