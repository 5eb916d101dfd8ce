"""What a command about idle-approved land is asked, read and judged."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import typer

from analytics.idle.counted import counted
from cli.datasets import opened
from cli.land import day_of, version_of
from domain.i18n import translator
from domain.ledgers import LAND, Table
from domain.rules import RuleSet, load_rules
from settings import Settings
from store import Store, Version, Viewer
from views.context import Context
from views.judged import judged_parcels
from views.kept_ledgers import kept_ledger

if TYPE_CHECKING:
    from views.idle.run import IdleRun


@dataclass(frozen=True)
class Options:
    """What stood before the sub-command.

    Attributes:
        store: Folder of the store.
        dataset: Dataset of parcels.
        as_of: Day that is judged.
        as_json: Print one JSON object.
    """

    store: Path | None = None
    dataset: str | None = None
    as_of: dt.datetime | None = None
    as_json: bool = False


@dataclass(frozen=True)
class Asked:
    """What a command is about, read and judged.

    Attributes:
        store: The store.
        viewer: Who asks.
        version: Version of parcels.
        day: Day that is judged.
        rules: The rules of ``idle`` on that day.
        parcels: n parcels with facts of the ledgers and status
            (:func:`views.judged.judged_parcels`).
        as_json: Print one JSON object.
    """

    store: Store
    viewer: Viewer
    version: Version
    day: dt.date
    rules: RuleSet
    parcels: pd.DataFrame
    as_json: bool

    def ledger(self, table: Table) -> pd.DataFrame:
        """Rows of a ledger that are the viewer's; shared: never change them in place."""
        return kept_ledger(self.store, table, self.viewer)[1]

    def ledgers(self) -> dict[Table, pd.DataFrame]:
        """Rows of every ledger that are the viewer's; shared."""
        return {table: self.ledger(table) for table in LAND}

    def counted(self) -> pd.DataFrame:
        """The parcels that count in figures (:func:`analytics.idle.counted.counted`)."""
        return counted(self.parcels, {"supply": self.ledger("supply")}, as_of=self.day)

    def faults(self) -> pd.DataFrame:
        """What is wrong with rows of the parcels and ledgers."""
        from views.idle.run import faults_of  # noqa: PLC0415 - the page is slow to load

        return faults_of(self.parcels, self.ledgers(), self.day)


def asked(
    ctx: typer.Context,
    store: Path | None,
    dataset: str | None,
    as_of: dt.datetime | None,
    *,
    as_json: bool,
) -> Asked:
    """Read and judge what a command is about; what it leaves open, the group may have said.

    Raises:
        NoParcelsError: There is no dataset of parcels.
        StoreError: The dataset is unknown, or its file is gone.
    """
    before = ctx.obj if isinstance(ctx.obj, Options) else Options()
    target, viewer = opened(store or before.store)
    version = version_of(target, viewer, dataset or before.dataset)
    day = day_of(version, as_of or before.as_of)
    return Asked(
        target,
        viewer,
        version,
        day,
        load_rules("idle", as_of=day),
        judged_parcels(target, viewer, version, day),
        as_json=as_json or before.as_json,
    )


def page_run(about: Asked) -> tuple[Context, IdleRun]:
    """The same as the page has it, in Chinese and hectares, for the whole of what is visible."""
    # The page is slow to load, and few commands need it.
    from views.idle.run import run_of  # noqa: PLC0415
    from views.places import Place  # noqa: PLC0415

    page = Context(Settings(), about.store, about.viewer, translator("zh_CN"), "ha")
    run = run_of(
        about.version,
        about.day,
        Place(),
        "county_adcode",
        about.parcels,
        about.ledgers(),
        about.faults(),
    )
    return page, run
