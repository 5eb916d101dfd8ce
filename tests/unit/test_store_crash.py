"""A writer that is killed leaves the old version or the new one, and nothing to mend by hand."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from store import Store, Viewer
from tests.store_world import batches, parcels

ROOT = Path(__file__).resolve().parents[2]
ANN = Viewer("ann")
MOMENTS = (0.08, 0.33, 0.97)  # seconds after the writer began

# The writer ends itself with SIGKILL at a chosen step of a commit.
AT_STEP = """
import os, signal, sys
from pathlib import Path
import store.publishing, store.engine, store.files
from store import Store, Viewer
from tests.store_world import parcels

def die(*_args, **_facts):
    os.kill(os.getpid(), signal.SIGKILL)

root, step, url = sys.argv[1:]
target = Store(Path(root), url=url or None)
if step == "file half written":
    store.files.settle = die
elif step == "file renamed":
    store.files.digest = die
elif step == "row written":
    store.publishing.note_act = die
elif step == "published":
    target.sweep = die
target.commit("land", parcels(40), kind="parcels", viewer=Viewer("bo"), reason="second")
"""

# The writer publishes larger versions one after the other until it is killed from outside.
FOR_EVER = """
import sys
from pathlib import Path
from store import Store, Viewer
from tests.store_world import parcels

target = Store(Path(sys.argv[1]), url=sys.argv[2] or None)
frame = parcels(15000)
print("ready", flush=True)
while True:
    version = target.commit("land", frame, kind="parcels", viewer=Viewer("bo"), reason="more")
    print(version.number, flush=True)
"""


@pytest.fixture
def store(open_store):
    store = open_store()
    store.commit("land", parcels(3), kind="parcels", viewer=ANN, reason="first")
    return store


def run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def whole(store: Store) -> int:
    """Check that every version can be read and is the one committed; number of the current one."""
    history = store.history("land", ANN)
    for version in history:
        store.verify(version, ANN)
        assert len(store.read(version, ANN)) == version.rows
    current = store.version("land", ANN)
    assert [v.number for v in history] == list(range(current.number, 0, -1))
    commits = store.audit(ANN)
    assert (commits["action"] == "commit").sum() == current.number
    return current.number


@pytest.mark.parametrize(
    ("step", "number"),
    [("file half written", 1), ("file renamed", 1), ("row written", 1), ("published", 2)],
)
def test_killed_at_a_step(store, open_store, database, step, number):
    done = run(AT_STEP, str(store.root), step, database or "")
    assert done.returncode == -signal.SIGKILL, done.stderr
    again = open_store()
    assert whole(again) == number
    strays = again.sweep(older_than=0.0)
    assert bool(strays) == (number == 1)
    assert whole(again) == number
    # The next writer needs no help.
    assert (
        again.commit("land", parcels(5), kind="parcels", viewer=ANN, reason="next").number
        == number + 1
    )


@pytest.mark.slow
@pytest.mark.parametrize("trial", range(len(MOMENTS)))
def test_killed_at_any_moment_nothing_acknowledged_is_lost(store, open_store, database, trial):
    writer = subprocess.Popen(
        [sys.executable, "-c", FOR_EVER, str(store.root), database or ""],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    assert writer.stdout is not None
    assert writer.stdout.readline() == "ready\n"
    time.sleep(MOMENTS[trial])
    writer.kill()
    acknowledged = [int(line) for line in writer.stdout.read().split() if line.strip()]
    writer.wait()
    writer.stdout.close()
    last = max(acknowledged, default=1)
    # The very last version may have been published without the answer having been read.
    assert last <= whole(open_store()) <= last + 1


def test_a_ledger_change_is_whole_or_absent(store, open_store, database):
    code = AT_STEP.replace(
        'target.commit("land", parcels(40), kind="parcels", viewer=Viewer("bo"), reason="second")',
        "import store.ledgers\n"
        "store.ledgers.note_changes = die\n"
        "from tests.store_world import batches\n"
        'target.put_ledger("batch", batches("360100"), viewer=Viewer("bo"), reason="second")',
    )
    assert run(code, str(store.root), "-", database or "").returncode == -signal.SIGKILL
    again = open_store()
    assert again.ledger("batch", ANN).empty
    assert (again.audit(ANN)["action"] == "commit").all()
    assert again.put_ledger("batch", batches("360100"), viewer=ANN, reason="again") == 1
