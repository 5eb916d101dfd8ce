"""The check of one file as it runs in the background: how far it is, its end, its cancellation."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from geo.errors import GanyuanError
from ingest import Choices, Inspection, Known, inspect
from ingest.sandbox import CancelledError

_log = logging.getLogger(__name__)

_SLOT_POLL_S: Final = 0.1
_SPANS: Final = {
    "wait": (0.0, 0.0),
    "unpack": (0.0, 0.05),
    "read": (0.05, 0.15),
    "place": (0.15, 0.2),
    "check": (0.2, 0.9),
    "write": (0.9, 1.0),
}
"""Where each stage begins and ends on the bar; the checks of the rows take most of the time."""

SLOTS: Final = threading.BoundedSemaphore(max(2, os.cpu_count() or 2))
"""Checks that run at once; the others wait for their turn."""


def overall(stage: str, share: float) -> float:
    """How far a check is, 0 to 1, from the stage and the share of it that is done."""
    first, last = _SPANS.get(stage, (0.0, 0.0))
    return first + (last - first) * min(max(share, 0.0), 1.0)


class Check:
    """One check in a thread of its own.

    It belongs to nobody's session: it goes on when the page is reloaded or closed, and ends by
    itself, by :meth:`cancel`, or by the limits of the sandbox.

    Args:
        path: The upload.
        name: Name that the sender gave it.
        choices: What a person decided.
        known: Finds out what the rows may refer to; asked in the thread of the check.
    """

    def __init__(
        self, path: Path, name: str, choices: Choices, known: Callable[[], Known] = Known
    ) -> None:
        self.choices = choices
        self._known = known
        self.progress: tuple[str, float] = ("wait", 0.0)
        self.inspection: Inspection | None = None
        self.failure: GanyuanError | OSError | None = None
        self._path, self._name = path, name
        self._cancel, self._over = threading.Event(), threading.Event()
        self._started = time.monotonic()
        threading.Thread(target=self._run, daemon=True, name=f"check {name}").start()

    @property
    def done(self) -> bool:
        """It has ended, one way or another."""
        return self._over.is_set()

    @property
    def cancelled(self) -> bool:
        """A person ended it."""
        return isinstance(self.failure, CancelledError)

    @property
    def seconds(self) -> int:
        """Whole seconds since it was asked for."""
        return int(time.monotonic() - self._started)

    def cancel(self) -> None:
        """End it; what it found so far is forgotten."""
        self._cancel.set()

    def wait(self, seconds: float) -> bool:
        """Wait for its end, at most so long, and tell whether it has come."""
        return self._over.wait(seconds)

    def _run(self) -> None:
        try:
            self._take_turn()
            self.progress = ("unpack", 0.0)
            try:
                self.inspection = inspect(
                    self._path,
                    name=self._name,
                    choices=self.choices,
                    on_stage=self._tell,
                    cancel=self._cancel,
                    known=self._known(),
                )
            finally:
                SLOTS.release()
        except CancelledError as error:
            self.failure = error
        except (GanyuanError, OSError) as error:
            _log.warning("check of %s: %s", self._name, error)
            self.failure = error
        finally:
            self._over.set()

    def _take_turn(self) -> None:
        while not SLOTS.acquire(timeout=_SLOT_POLL_S):
            if self._cancel.is_set():
                raise CancelledError("the check was cancelled")

    def _tell(self, stage: str, share: float) -> None:
        self.progress = (stage, share)
