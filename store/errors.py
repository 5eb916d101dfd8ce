"""What can go wrong between a caller and the store."""

from __future__ import annotations

from geo.errors import GanyuanError


class StoreError(GanyuanError):
    """Base of the store's errors."""

    code = "STO-000"


class UnknownDatasetError(StoreError):
    """No such dataset, version or record, or none that the viewer may see."""

    code = "STO-001"


class StaleVersionError(StoreError):
    """Somebody published after the caller looked."""

    code = "STO-002"


class InvalidDatasetError(StoreError):
    """The frame, its name or its kind cannot be stored as it is."""

    code = "STO-003"


class OutOfScopeError(StoreError):
    """The viewer writes outside the prefectures entrusted to them."""

    code = "STO-004"


class LedgerError(StoreError):
    """Ledger rows contradict themselves."""

    code = "STO-005"


class StoreBusyError(StoreError):
    """Another writer held the catalogue for too long."""

    code = "STO-006"


class DamagedVersionError(StoreError):
    """The file of a version is gone or not the one that was committed."""

    code = "STO-007"


class StoreTooNewError(StoreError):
    """The store was written by a later release."""

    code = "STO-008"


class InvalidFileError(InvalidDatasetError):
    """A file that should become a version as it is, is not in the final form."""

    code = "STO-010"


class EndedDatasetError(UnknownDatasetError):
    """The dataset is no longer in force; its versions can still be read by their number."""

    code = "STO-009"


class NoRoomError(StoreError):
    """The disk is full, or its quota is used up."""

    code = "STO-011"


class ReadOnlyStoreError(StoreError):
    """The folder or the catalogue may not be written."""

    code = "STO-012"


class DamagedCatalogueError(StoreError):
    """The catalogue's file is no longer whole."""

    code = "STO-013"


class NothingToUndoError(StoreError):
    """There is no version before the current one."""

    code = "STO-014"


class DocumentError(StoreError):
    """A document of a ledger row contradicts what is kept."""

    code = "STO-015"


class BackupError(StoreError):
    """A backup cannot be taken, or is not whole."""

    code = "STO-016"


class NotEmptyError(StoreError):
    """A backup or a store would be written over what stands there."""

    code = "STO-017"


class MissingToolError(StoreError):
    """A program that the database needs for this is not installed."""

    code = "STO-018"


class NotComparableError(StoreError):
    """Two versions of different kinds, or of different meaning."""

    code = "STO-019"


class ScenarioError(StoreError):
    """A scenario contradicts what is kept."""

    code = "STO-020"


class NetworkError(StoreError):
    """A road network contradicts what is kept."""

    code = "ROA-006"


class WholeFileError(StoreError):
    """The viewer may see a part of the rows only; a file holds them all."""

    code = "SCL-012"
