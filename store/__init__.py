"""Datasets as immutable GeoParquet versions with an SQL catalogue; ledger records as rows."""

from store.errors import (
    DamagedVersionError,
    InvalidDatasetError,
    InvalidFileError,
    LedgerError,
    OutOfScopeError,
    StaleVersionError,
    StoreBusyError,
    StoreError,
    StoreTooNewError,
    UnknownDatasetError,
)
from store.store import Store
from store.types import Bounds, Kind, RasterInfo, Version, Viewer

__all__ = [
    "Bounds",
    "DamagedVersionError",
    "InvalidDatasetError",
    "InvalidFileError",
    "Kind",
    "LedgerError",
    "OutOfScopeError",
    "RasterInfo",
    "StaleVersionError",
    "Store",
    "StoreBusyError",
    "StoreError",
    "StoreTooNewError",
    "UnknownDatasetError",
    "Version",
    "Viewer",
]
