"""The same table wherever it is made, also when workers die."""

from __future__ import annotations

import contextlib
import socket
import sys

import numpy as np
import pytest

from geo import executors
from geo.executors import (
    TRIES,
    DaskCluster,
    Here,
    NoClusterSupportError,
    NoWorkersError,
    Processes,
    SchedulerUnreachableError,
    WorkerLostError,
    WorkerNumberError,
    WorkersDifferError,
)
from geo.tabulate import tabulate
from tests.cluster_kernels import (
    Deadly,
    Doubler,
    Foreign,
    Heavy,
    Killing,
    Refusing,
    bullets,
    local_cluster,
)
from tests.unit.test_tabulate import crooked, crooked_units, stored


class Wrapped:
    """An executor whose kernel dies once, at one item."""

    def __init__(self, executor, folder, item):
        self.executor, self.folder, self.item = executor, folder, item

    def run(self, kernel, items):
        return self.executor.run(Killing(kernel, self.folder, self.item), items)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    land = crooked(3, side=20)
    units = crooked_units(3, land)
    source = stored(tmp_path_factory.mktemp("land"), land, rows=40)
    return source, units, tabulate(source, units)


@pytest.fixture(scope="module")
def cluster():
    with local_cluster(2) as made:
        yield made.scheduler_address


def assert_same(found, expected):
    """Not to the cent but to the last bit: the parts are added in one order everywhere."""
    for name in ("table", "outside", "repeated", "counts", "outside_counts", "overlaps"):
        assert getattr(found, name).equals(getattr(expected, name)), name


def test_results_keep_the_order_of_the_items():
    items = range(50)
    expected = [2 * i for i in items]
    assert list(Here().run(Doubler(), items)) == expected
    assert list(Processes(2).run(Doubler(0.001), items)) == expected
    assert list(Processes().run(Doubler(), [])) == []


def test_processes_make_the_same_table(world):
    source, units, expected = world
    assert_same(tabulate(source, units, executor=Processes(2)), expected)


def test_a_process_that_dies_in_the_middle_changes_nothing(world, tmp_path):
    source, units, expected = world
    folder = bullets(tmp_path / "one", 1)
    dying = Wrapped(Processes(2), folder, 5)
    assert_same(tabulate(source, units, executor=dying), expected)
    assert not list((tmp_path / "one").iterdir()), "it did die"


def test_a_piece_that_always_ends_its_worker_is_given_up(tmp_path):
    folder = bullets(tmp_path / "many", 50)
    with pytest.raises(WorkerLostError, match="SCL-003") as caught:
        list(Processes(2).run(Deadly(folder, 3), range(8)))
    assert caught.value.values == {"piece": 3, "times": TRIES}


def test_an_error_of_the_kernel_is_the_caller_s():
    with pytest.raises(LookupError):
        list(Processes(1).run(Refusing(), [1, 2]))


@pytest.mark.parametrize("count", [0, -1])
def test_no_processes_are_refused(count):
    with pytest.raises(WorkerNumberError, match="SCL-004"):
        Processes(count)
    assert Processes(1).count == 1


def test_stopping_early_leaves_no_process_behind():
    with contextlib.closing(Processes(2).run(Doubler(0.01), range(200))) as results:
        assert next(results) == 0


def test_without_the_library_it_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(NoClusterSupportError, match="SCL-002"):
        list(DaskCluster("tcp://127.0.0.1:1").run(Doubler(), [1]))


def test_a_scheduler_that_does_not_answer_is_said(monkeypatch):
    pytest.importorskip("distributed", reason="dask.distributed is not installed")
    monkeypatch.setattr(executors, "_CONNECT_S", 0.5)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(SchedulerUnreachableError, match="SCL-001") as caught:
            list(DaskCluster(address).run(Doubler(), [1]))
    assert caught.value.values == {"scheduler": address}


def test_a_cluster_makes_the_same_table(world, cluster):
    source, units, expected = world
    assert_same(tabulate(source, units, executor=DaskCluster(cluster)), expected)
    assert list(DaskCluster(cluster).run(Doubler(), range(30))) == [2 * i for i in range(30)]


def test_a_worker_of_the_cluster_that_dies_changes_nothing(world, cluster, tmp_path):
    source, units, expected = world
    dying = Wrapped(DaskCluster(cluster), bullets(tmp_path / "one", 1), 4)
    assert_same(tabulate(source, units, executor=dying), expected)
    assert not list((tmp_path / "one").iterdir()), "it did die"


def test_a_piece_that_ends_every_worker_of_the_cluster_is_given_up(cluster, tmp_path):
    folder = bullets(tmp_path / "many", 200)
    with pytest.raises(WorkerLostError, match="SCL-003") as caught:
        list(DaskCluster(cluster).run(Deadly(folder, 2), [2]))
    assert caught.value.values["piece"] == 2
    assert np.all(np.array(list(DaskCluster(cluster).run(Doubler(), [1, 2]))) == [2, 4])


def test_a_worker_without_the_package_is_said(cluster):
    with pytest.raises(WorkersDifferError, match=r"SCL-011.*a_package_of_the_client_only"):
        list(DaskCluster(cluster).run(Foreign(), [1, 2]))


def test_a_scheduler_without_workers_is_said_and_not_waited_for(monkeypatch):
    monkeypatch.setattr(executors, "_CONNECT_S", 0.5)
    with local_cluster(0) as empty, pytest.raises(NoWorkersError, match="SCL-010"):
        list(DaskCluster(empty.scheduler_address).run(Doubler(), [1]))


def test_a_scheduler_that_has_lost_all_workers_waits_as_long_as_it_is_told():
    dask = pytest.importorskip("dask", reason="dask.distributed is not installed")
    wait = {"distributed.scheduler.no-workers-timeout": "1s"}
    with dask.config.set(wait), local_cluster(1) as made:
        results = DaskCluster(made.scheduler_address).run(Doubler(0.1), range(60))
        assert next(results) == 0
        made.scale(0)
        with pytest.raises(NoWorkersError, match="SCL-010"):
            list(results)


def test_a_scheduler_that_goes_away_in_the_middle_is_said():
    with local_cluster(1) as made:
        results = DaskCluster(made.scheduler_address).run(Doubler(0.1), range(60))
        assert next(results) == 0
        made.close()
        with pytest.raises(SchedulerUnreachableError, match="SCL-001"):
            list(results)


def test_a_large_kernel_is_sent_without_a_warning(cluster):
    """Outlines of thousands of units take more than the library expects of one task."""
    size = 1 << 24
    assert list(DaskCluster(cluster).run(Heavy(bytes(size)), [1, 2])) == [size + 1, size + 2]
