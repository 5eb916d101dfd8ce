"""What the store holds that uploads are checked against; for the page and the command line."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from domain.schema import LEDGER
from ingest import Known
from store import Store, Viewer


def known_of(store: Store, viewer: Viewer) -> Known:
    """Ledgers and outlines of zones that are the viewer's.

    Demonstration data say nothing about real uploads and are left out; a ledger or an outline
    that only they would give counts as unknown.

    Args:
        store: Where to look.
        viewer: Who looks.
    """
    ledgers = {}
    for kind in LEDGER:
        rows = store.ledger(kind, viewer)
        real = rows[~rows["demonstration"].astype(bool)]
        if len(real):
            ledgers[kind] = real.reset_index(drop=True)
    return Known(ledgers, _zones(store, viewer))


def _zones(store: Store, viewer: Viewer) -> gpd.GeoDataFrame | None:
    """Outlines of the newest version of every dataset of zones."""
    versions = [v for v in store.datasets(viewer, "zones") if not v.demonstration]
    frames = [store.read(v, viewer, columns=["zone_id", "name"]) for v in versions]
    if not frames:
        return None
    zones = gpd.GeoDataFrame(pd.concat(frames, ignore_index=True))
    zones["name"] = zones["name"].fillna(zones["zone_id"])
    return zones
