"""Findings as they come: all counted, the first of each kind kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from ingest.found import LISTED, Found
from ingest.model import Finding

MOST: Final = LISTED
"""Findings of one code that are kept with their rows; the others are counted."""


class FindingList:
    """Findings of one inspection."""

    def __init__(self) -> None:
        self._kept: list[Finding] = []
        self._seen: Counter[str] = Counter()

    def add(self, found: Iterable[Finding | Found]) -> None:
        """Take findings in; beyond :data:`MOST` of a code they are only counted."""
        for one in found:
            room = MOST - self._seen[one.code]
            if isinstance(one, Finding):
                self._kept += [one] if room > 0 else []
                self._seen[one.code] += 1
            else:
                self._kept += [one.finding(i) for i in range(min(max(room, 0), len(one.rows)))]
                self._seen[one.code] += len(one.rows)

    @property
    def kept(self) -> tuple[Finding, ...]:
        """The findings that are listed, in the order in which they came."""
        return tuple(self._kept)

    @property
    def counts(self) -> dict[str, int]:
        """Number of findings of each code that has more than are listed."""
        return {code: n for code, n in self._seen.items() if n > MOST}
