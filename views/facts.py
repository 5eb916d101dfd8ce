"""Cards: everything known about one feature, each fact with its source and certainty."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Literal

import streamlit as st

from domain import formats
from views.context import Context

Certainty = Literal["sourced", "recalled", "default"]


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of a card.

    Attributes:
        label: What it is.
        value: The value as text.
        source: Where it was read; empty where the record itself is the source.
        certainty: ``recalled`` and ``default`` carry a mark.
        note: Small print behind the value.
    """

    label: str
    value: str
    source: str = ""
    certainty: Certainty = "sourced"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """All facts of one feature.

    Attributes:
        title: Name of the feature.
        kind: What it is.
        facts: Facts by section heading, in order; the first heading may be empty.
        demonstration: The feature is made up.
        source: Where every fact without a source of its own was read.
    """

    title: str
    kind: str
    facts: Sequence[tuple[str, Sequence[Fact]]] = field(default_factory=tuple)
    demonstration: bool = False
    source: str = ""


def fact(
    label: str,
    value: object,
    *,
    source: object = "",
    certainty: Certainty = "sourced",
    note: object = "",
) -> Fact:
    """A fact from raw cells; a missing value is written as a dash, never as 0."""
    missing = formats.is_missing(value)
    return Fact(
        label,
        formats.MISSING if missing else str(value),
        "" if missing or formats.is_missing(source) else str(source),
        "sourced" if missing else certainty,
        "" if formats.is_missing(note) else str(note),
    )


def show_card(ctx: Context, card: Card) -> None:
    """Draw a card; every text is escaped."""
    st.html(card_html(ctx, card))


def card_html(ctx: Context, card: Card) -> str:
    """The card as escaped markup, sources numbered and listed at the end."""
    numbers = _numbered(fact.source for _, facts in card.facts for fact in facts)
    parts = [f'<h3>{escape(card.title)}</h3><p class="gy-card-kind">{escape(card.kind)}</p>']
    if card.demonstration:
        parts.append(f'<p class="gy-card-demo">{escape(ctx.t("map.demonstration"))}</p>')
    for heading, facts in card.facts:
        if heading and facts:
            parts.append(f"<h4>{escape(heading)}</h4>")
        rows = "".join(_row(ctx, fact, numbers) for fact in facts)
        parts.append(f"<table>{rows}</table>")
    if numbers or card.source:
        parts.append(f"<h4>{escape(ctx.t('map.sources'))}</h4>")
    if card.source:
        parts.append(f'<p class="gy-card-kind">{escape(card.source)}</p>')
    if numbers:
        parts.append(f"<ol>{''.join(f'<li>{escape(source)}</li>' for source in numbers)}</ol>")
    return f'<div class="gy-card">{"".join(parts)}</div>'


def _numbered(sources: Iterable[str]) -> dict[str, int]:
    distinct = dict.fromkeys(source for source in sources if source)
    return {source: i for i, source in enumerate(distinct, start=1)}


def _row(ctx: Context, fact: Fact, numbers: dict[str, int]) -> str:
    mark = ""
    if fact.certainty != "sourced":
        text, hint = ctx.t(f"map.mark_{fact.certainty}"), ctx.t(f"map.mark_{fact.certainty}_help")
        mark = f' <abbr class="gy-mark" title="{escape(hint)}">{escape(text)}</abbr>'
    cite = f"<sup>[{numbers[fact.source]}]</sup>" if fact.source else ""
    note = f"<small>{escape(fact.note)}</small>" if fact.note else ""
    return f"<tr><th>{escape(fact.label)}</th><td>{escape(fact.value)}{cite}{mark}{note}</td></tr>"
