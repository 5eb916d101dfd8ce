"""Work shared out among forked processes: in order, with one worker each, and no hanging."""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures.process import BrokenProcessPool

import pytest

from ingest.crew import _MOST_LEFT, Calls, Crew
from ingest.model import RefusedError


class Counting:
    """A worker that leaves a file when it ends."""

    def __init__(self, folder):
        self.folder = folder
        self.done = 0

    def work(self, item):
        self.done += 1
        return os.getpid(), item * item

    def close(self):
        (self.folder / "closed").write_text(str(self.done))


def test_results_come_in_the_order_of_the_items(tmp_path):
    results = list(Crew(Counting, tmp_path, 3).run(range(40)))
    assert [square for _, square in results] == [i * i for i in range(40)]
    assert os.getpid() not in {pid for pid, _ in results}


def test_every_process_has_a_folder_and_is_closed_once(tmp_path):
    results = list(Crew(Counting, tmp_path, 2).run(range(30)))
    counts = {int(f.parent.name): int(f.read_text()) for f in tmp_path.glob("*/closed")}
    assert sum(counts.values()) == 30
    assert set(counts) >= {pid for pid, _ in results}
    assert not list(tmp_path.glob("*/*.done"))


def test_what_the_parent_holds_need_not_be_sent(tmp_path):
    rows = {i: lambda i=i: i + 1 for i in range(5)}  # cannot be pickled
    crew = Crew(lambda _: Calls(lambda i: rows[i]()), tmp_path, 2)
    assert list(crew.run(rows)) == [1, 2, 3, 4, 5]


def test_a_refusal_is_raised_where_the_results_are_read(tmp_path):
    def work(item):
        if item == 3:
            raise RefusedError("FIL-020")
        return item

    seen = []
    with pytest.raises(RefusedError):
        seen.extend(Crew(lambda _: Calls(work), tmp_path, 2).run(range(6)))


def test_another_error_is_not_swallowed(tmp_path):
    with pytest.raises(ZeroDivisionError):
        list(Crew(lambda _: Calls(lambda item: 1 / item), tmp_path, 2).run([1, 0, 2]))


def test_a_process_that_is_killed_ends_the_work_with_an_error(tmp_path):
    def work(item):
        if item == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return item

    with pytest.raises(BrokenProcessPool):
        list(Crew(lambda _: Calls(work), tmp_path, 2).run(range(8)))


def test_few_items_are_drawn_while_the_first_result_is_waited_for(tmp_path):
    drawn = []

    def items():
        for i in range(50):
            drawn.append(i)
            yield i

    def work(item):
        if item == 0:  # the other process could do all the rest in the meantime
            time.sleep(1.0)
        return item

    results = Crew(lambda _: Calls(work), tmp_path, 2).run(items())
    assert next(results) == 0
    assert len(drawn) <= 2 * _MOST_LEFT
    assert list(results) == list(range(1, 50))
