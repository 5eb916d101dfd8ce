"""Text from outside in fields that read Markdown."""

from __future__ import annotations

import re
from typing import Final

_MARKUP: Final = re.compile(r"([\\`*_{}\[\]()#+.!|<>$~:=&^@/-])")
_BREAKS: Final = re.compile(r"\s+")


def plain(text: str) -> str:
    """One line that is shown as it is, never as markup, a formula or a heading."""
    return _MARKUP.sub(r"\\\1", _BREAKS.sub(" ", text))
