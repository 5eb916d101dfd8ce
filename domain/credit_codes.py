"""Unified social credit codes of organisations (统一社会信用代码, GB 32100-2015).

Eighteen characters: office, category, six digits of the place, nine of the organisation, one that
checks the others.
"""

from __future__ import annotations

import re
from typing import Final

import pandas as pd

ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""Characters in the order of their values; I, O, S, V and Z are not among them."""

BODY: Final = 17
"""Characters before the one that checks them."""

_BASE: Final = len(ALPHABET)
_FACTOR: Final = 3  # the weight of a place is this to the power of its number, modulo the base
_VALUE: Final = {character: value for value, character in enumerate(ALPHABET)}
_FORM: Final = re.compile(rf"[{ALPHABET}]{{{BODY + 1}}}")


def check_character(body: str) -> str:
    """The last character of a code.

    Args:
        body: The first :data:`BODY` characters.

    Raises:
        ValueError: A character is not of :data:`ALPHABET`, or there are more or fewer.
    """
    if len(body) != BODY or not set(body) <= set(ALPHABET):
        raise ValueError(f"{body!r} is not the beginning of a credit code")
    total = sum(_VALUE[c] * pow(_FACTOR, place, _BASE) for place, c in enumerate(body))
    return ALPHABET[-total % _BASE]


def faults(codes: pd.Series) -> pd.Series:
    """What is wrong with codes.

    Args:
        codes: n texts in capitals, without spaces; may be missing.

    Returns:
        string Series on the same index: ``missing``, ``form`` (not eighteen characters of
        :data:`ALPHABET`), ``check`` (the last character does not fit the others), or empty.
    """
    found = codes.astype("string").map(_fault, na_action="ignore").astype("string")
    return found.fillna("missing")


def _fault(code: str) -> str:
    if not _FORM.fullmatch(code):
        return "form"
    return "" if check_character(code[:BODY]) == code[BODY] else "check"
