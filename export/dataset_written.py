"""What a writer of one format reports when it is done."""

from __future__ import annotations

from dataclasses import dataclass

from export.dataset_types import Alias, Finding, Tally


@dataclass(frozen=True)
class Written:
    """The outcome of one writer.

    Attributes:
        rows: Rows written.
        encoding: Encoding of the texts.
        aliases: Names of the fields in the file.
        tallies: Findings gathered while rows passed by.
        findings: Findings about the file.
    """

    rows: int
    encoding: str
    aliases: tuple[Alias, ...]
    tallies: tuple[Tally, ...] = ()
    findings: tuple[Finding, ...] = ()

    def all_findings(self) -> tuple[Finding, ...]:
        """Findings with a row, then those about the file."""
        told = (tally.finding() for tally in self.tallies)
        return (*(finding for finding in told if finding is not None), *self.findings)
