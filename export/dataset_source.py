"""Rows on their way out: of a dataset version or a ledger, piece by piece, the viewer's only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

import pandas as pd

from domain import schema
from domain.schema import Kind, LedgerKind
from export.dataset_fields import Field, fields
from export.dataset_types import NothingToExportError, Options, Tell
from store import Store, Version, Viewer

_PIECE: Final = 20_000
_CODE_LENGTH: Final = 6
GEOMETRY: Final = "geometry"


@dataclass(frozen=True)
class Rows:
    """What is exported.

    Attributes:
        kind: What a row is.
        name: Dataset or ledger.
        total: Rows before places are chosen.
        fields: Fields in order, without the geometry.
        demonstration: Some rows are made up.
        version: The version; None for a ledger.
        pieces: Gives the rows from the start, as frames of some thousand rows with the columns
            of :attr:`fields`; those of a spatial kind with ``geometry`` in EPSG:4490.
    """

    kind: Kind
    name: str
    total: int
    fields: tuple[Field, ...]
    demonstration: bool
    version: Version | None
    pieces: Callable[[], Iterator[pd.DataFrame]]

    def watched(
        self, tell: Tell, start: float = 0.0, end: float = 1.0, *, step: int = _PIECE
    ) -> Iterator[pd.DataFrame]:
        """The pieces; tells how much is done after each.

        Args:
            tell: Takes the share of the work that is done.
            start: Share done before the first piece.
            end: Share done after the last one.
            step: Most rows of a piece; slow formats take small ones, so that they can be stopped.
        """
        done = 0
        tell(start)
        for piece in self.pieces():
            for first in range(0, len(piece), step):
                part = piece.iloc[first : first + step].reset_index(drop=True)
                yield part
                done += len(part)
                tell(start + (end - start) * min(done / max(self.total, 1), 1.0))

    def require_some(self) -> None:
        """Refuse an export without rows.

        Raises:
            NothingToExportError: There is none.
        """
        if next(self.pieces(), None) is None:
            raise NothingToExportError(
                f"{self.name} holds no row of this choice; widen it", values={"dataset": self.name}
            )


def of_version(store: Store, version: Version, viewer: Viewer, options: Options) -> Rows:
    """Rows of a dataset version that are the viewer's and fit the options.

    Raises:
        UnknownDatasetError: There is no such version with rows of the viewer.
        UnknownColumnError: The options name a column that it does not have.
    """
    found = fields(version.kind, store.column_dtypes(version, viewer), options.columns)
    return Rows(
        kind=version.kind,
        name=version.dataset,
        total=version.rows,
        fields=tuple(found),
        demonstration=version.demonstration,
        version=version,
        pieces=partial(
            store.chunks,
            version,
            viewer,
            columns=[field.column for field in found],
            prefectures=options.prefectures,
            counties=options.counties,
        ),
    )


def of_ledger(store: Store, ledger: LedgerKind, viewer: Viewer, options: Options) -> Rows:
    """Rows of a ledger that are the viewer's and fit the options.

    Raises:
        UnknownColumnError: The options name a column that it does not have.
    """
    frame = store.ledger(ledger, viewer)
    if options.prefectures is not None:
        frame = frame[frame["prefecture_adcode"].isin(list(options.prefectures))]
    if options.counties is not None:
        county = frame["county_adcode"].astype("string").str[:_CODE_LENGTH]
        frame = frame[county.isin(list(options.counties))]
    order = [*(c.column for c in schema.columns(ledger)), *_kept_by_store(frame, ledger)]
    frame = frame[order].sort_values(schema.KEY[ledger], ignore_index=True)
    dtypes = {str(name): str(dtype) for name, dtype in frame.dtypes.items()}
    found = fields(ledger, dtypes, options.columns)
    return Rows(
        kind=ledger,
        name=ledger,
        total=len(frame),
        fields=tuple(found),
        demonstration=bool(frame["demonstration"].any()),
        version=None,
        pieces=partial(_pieces, frame[[field.column for field in found]]),
    )


def _kept_by_store(frame: pd.DataFrame, ledger: LedgerKind) -> list[str]:
    known = {c.column for c in schema.columns(ledger)}
    return [name for name in frame.columns if name not in known]


def _pieces(frame: pd.DataFrame) -> Iterator[pd.DataFrame]:
    for start in range(0, len(frame), _PIECE):
        yield frame.iloc[start : start + _PIECE].reset_index(drop=True)
