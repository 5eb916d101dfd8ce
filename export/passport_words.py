"""Texts of senders as they are printed: on one line, cut in the middle, never turned around."""

from __future__ import annotations

import re
from typing import Final

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_LONG_NAME: Final = 64


def clean(text: str) -> str:
    """Text of a sender on one line: no control characters, none that turn the reading order."""
    return " ".join(_CONTROL.sub(" ", text).split())


def shortened(name: str, most: int = _LONG_NAME) -> str:
    """A long name with its middle left out, so that its ending stays."""
    name = clean(name)
    if len(name) <= most:
        return name
    tail = most // 3
    return f"{name[: most - tail - 1]}…{name[-tail:]}"
