"""What stands in the store already and uploads are checked against: ledgers, outlines of zones.

The ingest never sees the store; whoever calls it hands over what the sender's rows may refer to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import pandas as pd

from domain.schema import LEDGER, LedgerKind

_ZONES = "known-zones.parquet"


@dataclass(frozen=True)
class Known:
    """Rows that an upload may refer to.

    Attributes:
        ledgers: Rows of each ledger that is known, schema of its kind; a ledger that is absent is
            unknown, and links to it are not checked.
        zones: Outlines of development zones in EPSG:4490 with ``name``; None where there are none.
    """

    ledgers: Mapping[LedgerKind, pd.DataFrame] = field(default_factory=dict)
    zones: gpd.GeoDataFrame | None = None

    def write(self, folder: Path) -> None:
        """Leave the rows in the private folder of an inspection."""
        for kind, rows in self.ledgers.items():
            rows.to_parquet(folder / _name(kind))
        if self.zones is not None and len(self.zones):
            self.zones[["name", "geometry"]].to_parquet(folder / _ZONES)


def ledgers_left(folder: Path) -> dict[LedgerKind, pd.DataFrame]:
    """The ledgers that were left in a private folder."""
    paths = {kind: folder / _name(kind) for kind in LEDGER}
    return {kind: pd.read_parquet(path) for kind, path in paths.items() if path.exists()}


def zones_left(folder: Path) -> gpd.GeoDataFrame | None:
    """The outlines of zones that were left in a private folder; None where none were."""
    path = folder / _ZONES
    return gpd.read_parquet(path) if path.exists() else None


def _name(kind: LedgerKind) -> str:
    return f"known-{kind}.parquet"
