"""Where the pieces of a large piece of work are done: here, in processes, or on a cluster.

All executors hand back the results in the order of the items, so that sums over them come out the
same to the last bit wherever they were made. A kernel is sent to a worker once, not with each item.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import pickle
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

from geo.errors import GanyuanError

Item = TypeVar("Item")
Result = TypeVar("Result")

TRIES: Final = 4
"""An item whose worker has died this often is given up."""
_AHEAD: Final = 3
_CONNECT_S: Final = 20
_LARGE_TASK: Final = "distributed.admin.large-graph-warning-threshold"


class ExecutorError(GanyuanError):
    """The work cannot be handed out; subclasses say why."""


class SchedulerUnreachableError(ExecutorError):
    """The scheduler of the cluster does not answer."""

    code = "SCL-001"


class NoClusterSupportError(ExecutorError):
    """The library of the cluster is not installed."""

    code = "SCL-002"


class WorkerLostError(ExecutorError):
    """One piece of work has ended several workers; most likely it needs too much memory."""

    code = "SCL-003"


class WorkerNumberError(ExecutorError):
    """A pool needs at least one process."""

    code = "SCL-004"


class NoWorkersError(ExecutorError):
    """The scheduler answers but has no workers."""

    code = "SCL-010"


class WorkersDifferError(ExecutorError):
    """The workers lack this package or a library, or have others of them."""

    code = "SCL-011"


class Executor(Protocol):
    """Runs a kernel over items."""

    def run(self, kernel: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
        """Results in the order of the items.

        Args:
            kernel: Can be pickled, and gives the same result wherever and how often it is called.
            items: What to call it with; small, since each is sent to a worker.
        """


@dataclass(frozen=True)
class Telling:
    """Another executor that says how far the work is.

    Attributes:
        executor: Does the work.
        tell: Called with the number of items that are done, in order, and of all; first with none.
    """

    executor: Executor
    tell: Callable[[int, int], None]

    def run(self, kernel: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
        """Results in the order of the items."""
        self.tell(0, len(items))
        for done, result in enumerate(self.executor.run(kernel, items), start=1):
            self.tell(done, len(items))
            yield result


@dataclass(frozen=True)
class Here:
    """The process and thread that asks."""

    def run(self, kernel: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
        """Results in the order of the items."""
        return map(kernel, items)


@dataclass(frozen=True)
class Processes:
    """Processes on this machine; the default for what is worth it.

    A worker that dies takes the others with it; they are started anew and only what was not done is
    done again.

    Attributes:
        count: Number of processes; None takes one for each core.

    Raises:
        WorkerNumberError: ``count`` is below one.
    """

    count: int | None = None

    def __post_init__(self) -> None:
        if self.count is not None and self.count < 1:
            raise WorkerNumberError(
                f"{self.count} processes can do no work; give at least 1",
                values={"count": self.count},
            )

    def run(self, kernel: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
        """Results in the order of the items.

        Raises:
            WorkerLostError: An item has ended its worker again and again.
        """
        payload = pickle.dumps(kernel)
        done, lost = 0, 0
        while done < len(items):
            try:
                for result in self._pass(payload, items[done:]):
                    yield result
                    done, lost = done + 1, 0
            except BrokenProcessPool as err:
                lost += 1
                if lost >= TRIES:
                    raise _given_up(items[done]) from err

    def _pass(self, payload: bytes, items: Sequence[Any]) -> Iterator[Any]:
        workers = self.count or os.cpu_count() or 1
        # Servers run threads; a fork of one would copy locks that nobody opens again.
        start = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
        pool = ProcessPoolExecutor(
            min(workers, len(items)), multiprocessing.get_context(start), _receive, (payload,)
        )
        waiting: deque[Future[Any]] = deque()
        try:
            for item in items:
                waiting.append(pool.submit(_call, item))
                if len(waiting) > _AHEAD * workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


_KERNEL: list[Callable[[Any], Any]] = []
"""What this worker process was given."""


def _receive(payload: bytes) -> None:
    _KERNEL[:] = [pickle.loads(payload)]  # noqa: S301 - written by the process that started this one


def _call(item: object) -> object:
    return _KERNEL[0](item)


def _given_up(item: object) -> WorkerLostError:
    return WorkerLostError(
        f"piece {item} ended its worker {TRIES} times; give the workers more memory or use fewer",
        values={"piece": item, "times": TRIES},
    )


@dataclass(frozen=True)
class DaskCluster:
    """The workers of a ``dask.distributed`` scheduler; they need this package and the files.

    Attributes:
        scheduler: Its address, such as ``tcp://10.0.0.5:8786``.
    """

    scheduler: str

    def run(self, kernel: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
        """Results in the order of the items; work of a worker that dies is done by another.

        Raises:
            NoClusterSupportError: ``distributed`` is not installed.
            SchedulerUnreachableError: The scheduler does not answer, or no longer.
            NoWorkersError: It has no workers, also not after a while; or has lost all, and its
                ``no-workers-timeout`` is over.
            WorkersDifferError: A worker cannot load the kernel.
            WorkerLostError: An item has ended its worker again and again.
        """
        try:
            # An extra that most installations do without.
            distributed = importlib.import_module("distributed")
        except ImportError as err:
            raise NoClusterSupportError(
                "dask.distributed is not installed; install the extra 'cluster'"
            ) from err
        try:
            client = distributed.Client(self.scheduler, timeout=_CONNECT_S, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as err:
            raise self._unreachable(err) from err
        with client:
            try:
                client.wait_for_workers(1, timeout=_CONNECT_S)
            except TimeoutError as err:
                raise self._deserted() from err
            try:
                yield from _on_cluster(client, kernel, items, distributed.KilledWorker)
            except CancelledError as err:
                raise self._unreachable(err) from err
            except distributed.scheduler.NoWorkerError as err:
                raise self._deserted() from err

    def _deserted(self) -> NoWorkersError:
        return NoWorkersError(
            f"the scheduler at {self.scheduler} has no workers; start some",
            values={"scheduler": self.scheduler},
        )

    def _unreachable(self, err: Exception) -> SchedulerUnreachableError:
        return SchedulerUnreachableError(
            f"no scheduler answers at {self.scheduler}: {err}",
            values={"scheduler": self.scheduler},
        )


def _on_cluster(
    client: Any,  # noqa: ANN401 - the library has no types
    kernel: Callable[[Item], Result],
    items: Sequence[Item],
    killed: type[Exception],
) -> Iterator[Result]:
    # Unpacked by a task and not scattered: what a dead worker held can then be made again. The
    # library warns of large tasks, since most are sent many times; this one is sent once.
    with importlib.import_module("dask").config.set({_LARGE_TASK: "1 GiB"}):
        shared = client.submit(pickle.loads, pickle.dumps(kernel), pure=False)
    most = _AHEAD * max(1, sum(client.nthreads().values()))
    waiting: deque[tuple[Any, Any]] = deque()

    def first() -> Result:
        item, future = waiting.popleft()
        try:
            result: Result = future.result()
        except killed as err:
            raise _given_up(item) from err
        except ImportError as err:
            raise WorkersDifferError(
                f"a worker cannot load the work: {err}; install the same release everywhere",
                values={"detail": str(err)},
            ) from err
        return result

    for item in items:
        waiting.append((item, client.submit(_apply, shared, item, pure=False)))
        if len(waiting) > most:
            yield first()
    while waiting:
        yield first()


def _apply(kernel: Callable[[Item], Result], item: Item) -> Result:
    return kernel(item)
