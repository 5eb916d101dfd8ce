"""The batch ledger on the idle-land page: as a whole, batch by batch, its accounts, its gaps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from views import address
from views.context import Context
from views.frame import empty_state
from views.idle.batches_allocate import show_allocation
from views.idle.batches_data import rows_of
from views.idle.batches_file import chosen_batch, show_batch
from views.idle.batches_list import show_batch_list
from views.idle.batches_overview import show_overview
from views.idle.batches_reconcile import show_reconciliation
from views.idle.run import IdleRun

VIEW: Final = "idle-batches-view"
_OVERVIEW: Final = "overview"
VIEWS: Final[dict[str, Callable[[Context, IdleRun], None]]] = {
    _OVERVIEW: show_overview,
    "list": show_batch_list,
    "reconcile": show_reconciliation,
    "allocate": show_allocation,
}
"""What the switch offers, in order."""


def show_batches(ctx: Context, run: IdleRun) -> None:
    """Draw what rests on the ledgers of batches, supplies and links.

    Args:
        ctx: The run of the page.
        run: What the page is about.
    """
    t = ctx.t
    if run.batches.empty:
        empty_state(t("idle.batches.empty"), next_step=t("idle.batches.empty_next"))
        return
    batch_id = chosen_batch(run)
    if batch_id:
        show_batch(ctx, run, rows_of(ctx, run), batch_id)
        return
    chosen = address.switch(
        VIEW,
        list(VIEWS),
        _OVERVIEW,
        label=t("batches.view"),
        names=lambda name: t(f"batches.view_{name}"),
    )
    VIEWS[chosen](ctx, run)
