"""Work on a large layer, shared out among processes of our own.

The processes are forked from the one that has opened the file, so they share what it has read and
stay under its limits.
"""

from __future__ import annotations

import itertools
import multiprocessing
import os
import pickle
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from pathlib import Path
from typing import Any, Final, Generic, Protocol, TypeVar

from ingest.model import RefusedError

Item = TypeVar("Item")
Result = TypeVar("Result")
Item_contra = TypeVar("Item_contra", contravariant=True)
Result_co = TypeVar("Result_co", covariant=True)

_MOST: Final = 2
_AHEAD: Final = 2
"""Items that wait for each process, so that it never waits for one."""
_MOST_LEFT: Final = 6
"""Items of each process that may be under way or done before the first of them is read."""
_ALONE: Final = 100_000
"""Rows up to which a second process costs more than it saves."""


def alone(rows: int) -> bool:
    """Whether one process works through so many rows faster than several."""
    return rows <= _ALONE or hands() == 1


def hands() -> int:
    """Number of processes that are worth it on this machine."""
    return min(_MOST, os.cpu_count() or 1)


class Worker(Protocol[Item_contra, Result_co]):
    """One process at work."""

    def work(self, item: Item_contra) -> Result_co:
        """Do one piece."""

    def close(self) -> None:
        """Called once when there is nothing more to do."""


class Crew(Generic[Item, Result]):
    """Forked processes that wait for work.

    Args:
        begin: Makes the worker of a process, given a private folder of its own.
        folder: Folder for those folders.
        processes: How many.
    """

    def __init__(
        self, begin: Callable[[Path], Worker[Item, Result]], folder: Path, processes: int
    ) -> None:
        context = multiprocessing.get_context("fork")
        self._pools = [
            ProcessPoolExecutor(1, context, initializer=_begin, initargs=(begin, folder))
            for _ in range(processes)
        ]
        # Forked now, before the caller starts threads whose locks they would inherit.
        for pool in self._pools:
            pool.submit(os.getpid).result()

    def run(self, items: Iterable[Item]) -> Iterator[Result]:
        """Results in the order of the items; the processes end with the last one.

        Raises:
            RefusedError: A worker refuses.
        """
        try:
            for left in self._shared_out(iter(items)):
                if isinstance(left, RefusedError):
                    raise left
                yield _taken(left)
            for pool in self._pools:
                pool.submit(_end).result()
        finally:
            self.close()

    def close(self) -> None:
        """End the processes after what they are doing now."""
        for pool in self._pools:
            pool.shutdown(cancel_futures=True)

    def _shared_out(self, items: Iterator[Item]) -> Iterator[Path | RefusedError]:
        busy: dict[Future[Path | RefusedError], ProcessPoolExecutor] = {}
        order: deque[Future[Path | RefusedError]] = deque()
        free = deque(self._pools * _AHEAD)
        for number in itertools.count():
            item = next(items, None)
            if item is None:
                break
            if not free:
                done, _ = wait(busy, return_when=FIRST_COMPLETED)
                free.extend(busy.pop(future) for future in done)
            future = free[0].submit(_work, number, item)
            busy[future] = free.popleft()
            order.append(future)
            while order and (order[0].done() or len(order) >= _MOST_LEFT * len(self._pools)):
                yield order.popleft().result()
        while order:
            yield order.popleft().result()


_worker: list[tuple[Worker[Any, Any], Path]] = []
"""The worker of this process and its folder; set once, when the process begins."""


def _begin(begin: Callable[[Path], Worker[Any, Any]], folder: Path) -> None:
    mine = folder / str(os.getpid())
    mine.mkdir(parents=True)
    _worker[:] = [(begin(mine), mine)]


def _work(number: int, item: object) -> Path | RefusedError:
    """The file in which a result was left.

    A result of megabytes would keep the pipe between the processes busy, and one that is killed
    in the middle of it would leave the other waiting for the rest for ever.
    """
    worker, folder = _worker[0]
    try:
        result = worker.work(item)
    except RefusedError as refused:
        return refused
    path = folder / f"{number}.done"
    with path.open("wb") as file:
        pickle.dump(result, file, protocol=pickle.HIGHEST_PROTOCOL)
    return path


def _end() -> None:
    _worker[0][0].close()


def _taken(path: Path) -> Any:  # noqa: ANN401
    """A result that a process of ours has left; its file goes."""
    with path.open("rb") as file:
        result = pickle.load(file)  # noqa: S301 - written by our own fork, in our own folder
    path.unlink()
    return result


class Calls(Generic[Item, Result]):
    """A worker that calls a function.

    Args:
        function: Given an item, gives its result.
    """

    def __init__(self, function: Callable[[Item], Result]) -> None:
        self._function = function

    def work(self, item: Item) -> Result:
        """Call the function."""
        return self._function(item)

    def close(self) -> None:
        """Nothing is left open."""
