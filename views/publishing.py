"""From a delivery of the ingest to the store: the one way for the page and the command line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd

from domain.schema import is_ledger, is_spatial
from ingest import Delivery
from store import Store, Version, Viewer


@dataclass(frozen=True, slots=True)
class Published:
    """What stands after a publication.

    Attributes:
        version: The new version of a dataset; None for a ledger.
        records: Ledger records that were inserted or changed; 0 for a dataset.
    """

    version: Version | None
    records: int = 0


def publish(
    store: Store,
    delivery: Delivery,
    dataset: str,
    *,
    viewer: Viewer,
    reason: str,
    seen: int | None = None,
) -> Published:
    """Publish rows as a version of a dataset, or put records into their ledger.

    Args:
        store: Where to.
        delivery: What the ingest hands over.
        dataset: Dataset that gets the version; a ledger has its own place.
        viewer: Who publishes.
        reason: Why.
        seen: Number of the version that the publisher took for the current one; None publishes
            after whatever is current.

    Raises:
        StoreError: The store refuses; nothing has changed then.
    """
    rows, kind = delivery.rows, delivery.kind
    if not is_spatial(kind):
        if not is_ledger(kind) or isinstance(rows, Path):
            raise TypeError("records of a ledger come as a frame")
        return Published(None, store.put_ledger(kind, rows, viewer=viewer, reason=reason))
    if isinstance(rows, Path):
        version = store.commit_file(
            dataset,
            rows,
            kind=kind,
            viewer=viewer,
            reason=reason,
            seen=seen,
            passport=delivery.passport,
            original=delivery.original,
            quarantined=delivery.quarantined,
        )
        return Published(version)
    version = store.commit(
        dataset,
        gpd.GeoDataFrame(rows),
        kind=kind,
        viewer=viewer,
        reason=reason,
        seen=seen,
        passport=delivery.passport,
        original=delivery.original,
        quarantined=delivery.quarantined,
    )
    return Published(version)
