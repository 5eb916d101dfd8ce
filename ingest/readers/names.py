"""Names of fields as a source hands them on: trimmed, never empty, never twice."""

from __future__ import annotations

from collections.abc import Iterable

_SHORT = 200


def unique(names: Iterable[str]) -> tuple[str, ...]:
    """Field names without repetition; cut names may have become equal."""
    taken: set[str] = set()
    out: list[str] = []
    for i, name in enumerate(names, start=1):
        plain = "".join(c for c in name if c.isprintable())[:_SHORT].strip() or f"field_{i}"
        candidate, n = plain, 1
        while candidate in taken:
            n += 1
            candidate = f"{plain}_{n}"
        taken.add(candidate)
        out.append(candidate)
    return tuple(out)
