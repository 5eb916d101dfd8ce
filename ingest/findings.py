"""Findings as they come: all counted, the first of each kind kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from ingest.model import Finding

MOST: Final = 5000
"""Findings of one code that are kept with their rows; the others are counted."""


class FindingList:
    """Findings of one inspection."""

    def __init__(self) -> None:
        self._kept: list[Finding] = []
        self._seen: Counter[str] = Counter()

    def add(self, found: Iterable[Finding]) -> None:
        """Take findings in; beyond :data:`MOST` of a code they are only counted."""
        for finding in found:
            self._seen[finding.code] += 1
            if self._seen[finding.code] <= MOST:
                self._kept.append(finding)

    @property
    def kept(self) -> tuple[Finding, ...]:
        """The findings that are listed, in the order in which they came."""
        return tuple(self._kept)

    @property
    def counts(self) -> dict[str, int]:
        """Number of findings of each code that has more than are listed."""
        return {code: n for code, n in self._seen.items() if n > MOST}
