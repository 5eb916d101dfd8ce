"""The store: one object that pages, commands and tests talk to."""

from __future__ import annotations

from store.chunks import ChunkStore
from store.documents import DocumentStore
from store.ledger_store import LedgerStore
from store.map_index import MapStore
from store.networks import NetworkStore
from store.publishing import PublishingStore
from store.rasters import RasterStore
from store.remembered import MemoryStore
from store.trail import TrailStore


class Store(
    PublishingStore,
    ChunkStore,
    LedgerStore,
    DocumentStore,
    RasterStore,
    MapStore,
    MemoryStore,
    NetworkStore,
    TrailStore,
):
    """Datasets as immutable versions, ledgers as rows, rasters as files; all with an audit trail.

    A store may be opened by several processes and threads at once. Every method takes the viewer
    and gives or changes rows of the viewer's prefectures only.

    Args:
        root: Folder of the store; made when absent.
        clock: Gives the moment that is written into records, with a time zone.
        url: SQLAlchemy URL of the catalogue; None is the one that the file ``catalogue.url`` in
            ``root`` names, or else an SQLite file in ``root``.

    Raises:
        StoreTooNewError: A later release wrote the store.
    """
