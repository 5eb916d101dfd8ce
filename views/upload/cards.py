"""Answers to a question as cards side by side, each with its evidence and a button."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

import streamlit as st

from views.context import Context

_LEAST_BESIDE: Final = 3
_MOST_BESIDE: Final = 4


@dataclass(frozen=True, slots=True)
class Card:
    """One possible answer.

    Attributes:
        title: What is chosen.
        text: What speaks for it.
        lines: Samples, one below the other.
        pictures: Image elements, drawn above the words.
        best: It is the most likely one.
        why: Why it is.
    """

    title: str
    text: str = ""
    lines: Sequence[str] = ()
    pictures: str = ""
    best: bool = False
    why: str = ""


def choose_card(ctx: Context, cards: Sequence[Card], *, key: str) -> int | None:
    """Draw the cards in their order and tell which one was chosen in this run."""
    chosen = None
    for first in range(0, len(cards), _MOST_BESIDE):
        beside = cards[first : first + _MOST_BESIDE]
        wide = max(_LEAST_BESIDE, min(len(cards), _MOST_BESIDE))
        for i, (column, card) in enumerate(
            zip(st.columns(wide, gap="small"), beside, strict=False), start=first
        ):
            with column, st.container(border=True, height="stretch"):
                st.html(card_html(ctx, card))
                label = ctx.t("upload.take_this")
                if st.button(label, key=f"{key}_{i}", type="primary" if card.best else "secondary"):
                    chosen = i
    return chosen


def card_html(ctx: Context, card: Card) -> str:
    """The card as escaped markup."""
    mark = f'<em class="gy-best">{escape(ctx.t("upload.likely"))}</em>' if card.best else ""
    lines = "".join(f"<li>{escape(line) or '&nbsp;'}</li>" for line in card.lines)
    parts = [
        f'<div class="gy-sketches">{card.pictures}</div>' if card.pictures else "",
        f"<h4>{escape(card.title)}{mark}</h4>",
        f"<p>{escape(card.text)}</p>" if card.text else "",
        f'<p class="gy-why">{escape(card.why)}</p>' if card.why else "",
        f"<ul>{lines}</ul>" if lines else "",
    ]
    return f'<div class="gy-answer">{"".join(parts)}</div>'
