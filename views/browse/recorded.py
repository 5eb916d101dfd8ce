"""What the ledgers record, as a map reads it: the rows that stood after one act.

Tiles are kept for ever under their address, so an address names the state of the ledgers that its
colours rest on; a later act makes other addresses.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import pandas as pd

from domain.ledgers import Table
from store import Store, Viewer
from views.judged import FACTS, Marks
from views.kept_ledgers import kept_ledger

_WHOLE: Final = Viewer("map")
"""Status is worked out for every parcel once; what a viewer sees of it is decided afterwards."""


@dataclass(frozen=True)
class Recorded:
    """The ledgers of a store after certain acts.

    Attributes:
        root: Folder of the store.
        marks: The acts.
    """

    root: Path
    marks: Marks

    def rows(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Supplies and idle cases as they stood; shared, never change them in place."""
        return _rows(self)


def marks_of(store: Store) -> Marks:
    """The acts after which the ledgers stand now."""
    return tuple(store.ledger_mark(table, _WHOLE) for table in FACTS)


@lru_cache(maxsize=2)
def _rows(recorded: Recorded) -> tuple[pd.DataFrame, pd.DataFrame]:
    store = Store(recorded.root)
    marks = zip(FACTS, recorded.marks, strict=True)
    supply, cases = (_read(store, table, mark) for table, mark in marks)
    return supply, cases


def _read(store: Store, table: Table, mark: int) -> pd.DataFrame:
    now, rows = kept_ledger(store, table, _WHOLE)
    if now == mark:
        return rows
    return store.ledger(table, _WHOLE, as_of=store.moment_of(mark))
