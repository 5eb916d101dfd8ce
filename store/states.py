"""The order of states: a further state follows the one that was read, and none is hidden unseen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from store import ledgers
from store.errors import StoreError


@dataclass(frozen=True)
class Last:
    """The last state of something that is kept in states.

    Attributes:
        number: Its number, from 1.
        withdrawn: It is no longer in force.
        record: ``changed_by`` and ``changed_at`` of it, as a ledger row has them.
    """

    number: int
    withdrawn: bool
    record: ledgers.Record


def check_follows(
    last: Last | None,
    seen: int | None,
    *,
    what: str,
    name: str,
    refused: Callable[[str, str], StoreError],
    withdraws: bool,
) -> None:
    """Refuse a state that does not follow the one that was read.

    Args:
        last: The last state; None where there is none.
        seen: Number of the state that was read; None for something new.
        what: What it is, for the refusal: ``document``, ``scenario``.
        name: What it is called.
        refused: Makes the refusal from the name and what is wrong.
        withdraws: The new state takes it out of force.

    Raises:
        StoreError: What is new stands already, what is not there is to be changed, or what is
            withdrawn is to be withdrawn again; of the kind that ``refused`` makes.
        StaleVersionError: It was changed after it was read.
    """
    if last is None:
        if seen is not None:
            raise refused(name, f"there is no such {what}")
        return
    if seen is None:
        raise refused(name, f"it is kept already, as state {last.number}")
    if seen != last.number:
        raise ledgers.stale(name, seen, last.record | {"revision": last.number})
    if withdraws and last.withdrawn:
        raise refused(name, "it is withdrawn already")
