"""What the store hands out: viewers, versions, rasters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from domain.schema import LedgerKind, SpatialKind
from store.errors import OutOfScopeError

Kind = SpatialKind
"""What a row of a dataset is: ``parcels``, ``zones``, ``land_use`` or ``overlay``."""
Bounds = tuple[float, float, float, float]
"""West, south, east, north in degrees."""


@dataclass(frozen=True)
class Viewer:
    """Who asks, and for which prefectures.

    Attributes:
        name: Written into the audit trail.
        prefectures: Codes of the prefectures entrusted to the viewer; None is the whole province.
    """

    name: str
    prefectures: frozenset[str] | None = None

    def sees(self, prefecture: str) -> bool:
        """Whether rows of a prefecture are the viewer's."""
        return self.prefectures is None or prefecture in self.prefectures

    def require(self, prefectures: Iterable[str]) -> None:
        """Refuse work on prefectures that are not the viewer's.

        Raises:
            OutOfScopeError: At least one of ``prefectures`` is not entrusted to the viewer.
        """
        foreign = sorted({p for p in prefectures if not self.sees(p)})
        if foreign:
            raise OutOfScopeError(
                f"{self.name} may not write rows of {', '.join(foreign)}; take these rows out",
                values={"viewer": self.name, "prefectures": ", ".join(foreign)},
            )


@dataclass(frozen=True)
class Version:
    """One immutable state of a dataset, as far as the viewer may see it.

    Attributes:
        dataset: Name of the dataset.
        number: Running number within the dataset, from 1.
        kind: What a row is.
        rows: Rows that the viewer may see.
        sha256: Digest of the version's file.
        committed_by: Who published it.
        reason: Why, in the publisher's words.
        committed_at: When, UTC.
        demonstration: The rows are invented.
        passport: What is known about the origin (``as_of``, ``sha256`` of the upload, CRS evidence,
            findings ...). A viewer of a part of the rows gets its plain values only.
        bounds: Frame of the rows that the viewer may see; None where there are none.
        has_original: The file as it was sent is kept.
        quarantined: Rows kept apart because they could not be taken over.
        restores: Number of the version whose content this one brought back; None for fresh content.
        ended_at: When the dataset ended with this version, UTC; None where it did not.
    """

    dataset: str
    number: int
    kind: Kind
    rows: int
    sha256: str
    committed_by: str
    reason: str
    committed_at: dt.datetime
    demonstration: bool = False
    passport: dict[str, object] = field(default_factory=dict, hash=False)
    bounds: Bounds | None = None
    has_original: bool = False
    quarantined: int = 0
    restores: int | None = None
    ended_at: dt.datetime | None = None

    @property
    def id(self) -> str:
        """``dataset@number``, what pages, links and reports cite."""
        return f"{self.dataset}@{self.number}"


ROADS: Final = "roads"
"""Kind under which the table of scenarios keeps road networks."""
DocumentKind = Literal["notice", "letter", "disposal", "evidence"]


@dataclass(frozen=True)
class Document:
    """One state of a document of a ledger row.

    Attributes:
        ledger: Ledger of the row.
        key: Key of the row.
        kind: What the document is.
        number: Its number (文号).
        revision: State, from 1; a change needs the one that was read.
        dated: Date of issue.
        name: File name as it was sent.
        sha256: Digest of the file; None where no file was kept.
        size: Bytes of the file.
        withdrawn: No longer in force.
        changed_by: Who brought it into this state.
        changed_at: When, UTC.
        reason: Why.
    """

    ledger: LedgerKind
    key: str
    kind: DocumentKind
    number: str
    revision: int
    dated: dt.date | None
    name: str
    sha256: str | None
    size: int
    withdrawn: bool
    changed_by: str
    changed_at: dt.datetime
    reason: str


@dataclass(frozen=True)
class Scenario:
    """One state of a saved scenario.

    Attributes:
        kind: What it is about, ``consolidation``.
        name: Its name.
        number: State, from 1; a change needs the one that was read.
        prefectures: Codes of the prefectures that it concerns.
        demonstration: It rests on invented figures.
        content: Choices and results as JSON.
        withdrawn: No longer on the list.
        saved_by: Who brought it into this state.
        saved_at: When, UTC.
        reason: Why.
    """

    kind: str
    name: str
    number: int
    prefectures: list[str] = field(hash=False)
    demonstration: bool
    content: dict[str, Any] = field(hash=False)
    withdrawn: bool
    saved_by: str
    saved_at: dt.datetime
    reason: str


@dataclass(frozen=True)
class RasterInfo:
    """A registered raster.

    Attributes:
        name: Unique name (``landcover-2023``).
        path: GeoTIFF in the store; never changed once registered.
        title: Chinese title.
        year: Year that the cells show; None where the raster has none.
        prefecture_adcode: Prefecture covered; None for the whole province.
        source: Origin and licence.
        demonstration: The cells are invented.
        sha256: Digest of the file.
        committed_by: Who registered it.
        committed_at: When, UTC.
        number: Running number within the name, from 1; the highest one is in use.
        legend: Cell value to land-cover class code.
    """

    name: str
    path: Path
    title: str
    year: int | None
    prefecture_adcode: str | None
    source: str
    demonstration: bool
    sha256: str
    committed_by: str
    committed_at: dt.datetime
    number: int = 1
    legend: dict[int, str] = field(default_factory=dict, hash=False)
