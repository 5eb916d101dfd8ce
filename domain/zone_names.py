"""Names of development zones in the short forms that everybody uses."""

from __future__ import annotations

from typing import Final

_SHORT: Final = (
    ("江西", ""),
    ("经济技术开发区", "经开区"),
    ("高新技术产业开发区", "高新区"),
    ("高新技术产业园区", "高新区"),
    ("Jiangxi ", ""),
    ("Economic and Technological Development Zone", "ETDZ"),
    ("National High-tech Industrial Development Zone", "HTDZ"),
    ("High-tech Industrial Development Zone", "HTDZ"),
    ("High-tech Industrial Park", "HTIP"),
    ("Economic Development Zone", "EDZ"),
)


def short(name: str) -> str:
    """The common short form of a zone's name; lists use it, cards and letters the full name."""
    for long, brief in _SHORT:
        name = name.replace(long, brief)
    return name
