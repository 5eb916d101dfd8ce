"""What is known of an upload while it is inspected."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from domain import schema
from domain.rules import RuleSet
from ingest import mapping
from ingest.findings import FindingList
from ingest.indicator_headings import Heading
from ingest.model import Decision, Job, Report, Stage
from ingest.source import Source


@dataclass
class Run:
    """What is known so far about one upload."""

    job: Job
    rules: RuleSet
    tell: Callable[[Stage, float], None]
    facts: dict[str, Any] = field(default_factory=dict)
    findings: FindingList = field(default_factory=FindingList)
    decisions: list[Decision] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    started: float = field(default_factory=time.perf_counter)
    running: str = ""

    def stage(self, name: Stage) -> None:
        """Begin a stage."""
        self.lap()
        self.tell(name, 0.0)
        self.running = name

    def lap(self) -> None:
        """Add the time since the last stage began to it."""
        now = time.perf_counter()
        if self.running:
            self.seconds[self.running] = round(now - self.started, 3)
        self.started = now

    def report(self) -> Report:
        """What was found out."""
        self.lap()
        return Report(
            name=self.job.name,
            findings=self.findings.kept,
            more_findings=self.findings.counts,
            decisions=tuple(self.decisions),
            seconds=self.seconds,
            **self.facts,
        )


@dataclass(frozen=True)
class Opened:
    """A layer with what its sample says.

    Attributes:
        source: The layer.
        kind: What a row is.
        mapping: Which source field becomes which column.
        fields: Sampled rows as the sender wrote them.
        frame: The same under the names of the product.
        geometries: Their shapes in the coordinates of the file.
        headings: Of yearly figures, the columns with their units; otherwise none.
    """

    source: Source
    kind: schema.Kind
    mapping: mapping.Plan
    fields: pd.DataFrame
    frame: pd.DataFrame
    geometries: npt.NDArray[np.object_]
    headings: tuple[Heading, ...] = ()
