"""Files appear under their name whole or not at all: written aside, forced to disk, renamed."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pyogrio.errors import DataLayerError, DataSourceError
from xlsxwriter.exceptions import XlsxFileError

from export.dataset_types import NoRoomError, UnwritableTargetError
from geo.errors import GanyuanError

_ASIDE: Final = ".ganyuan-export-"
_ORPHAN_SECONDS: Final = 86_400.0
_FULL: Final = (errno.ENOSPC, errno.EDQUOT)
_LEAST_FREE: Final = 1_048_576
_REFUSALS: Final = (OSError, sqlite3.Error, DataSourceError, DataLayerError, XlsxFileError)


@contextmanager
def placed(target: Path, suffix: str) -> Iterator[Path]:
    """A path to write to; what stands there at the end appears as ``target`` at once.

    The path lies in a folder of its own beside the target, so that side files of a format stay
    together and a writer that is killed leaves nothing under the final name. Such folders are
    taken away by an export into the same place a day later.

    Args:
        target: Where the file shall stand; one that stands there already is replaced.
        suffix: End of the name while it is written, which some libraries go by.

    Raises:
        NoRoomError: The disk is full.
        UnwritableTargetError: The folder is missing or closed, or the target is a folder.
    """
    aside: Path | None = None
    try:
        _sweep(target.parent)
        aside = Path(tempfile.mkdtemp(prefix=_ASIDE, dir=target.parent))
        part = aside / f"export{suffix}"
        yield part
        _sync(part)
        part.replace(target)
        _sync(target.parent)
    except GanyuanError:
        raise
    except _REFUSALS as err:
        raise _refusal(err, target) from err
    finally:
        if aside is not None:
            shutil.rmtree(aside, ignore_errors=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _refusal(err: Exception, target: Path) -> GanyuanError:
    number = err.errno if isinstance(err, OSError) else None
    if number in _FULL or (number is None and _is_full(target.parent)):
        return NoRoomError(
            f"no room left for {target}; free some space", values={"path": str(target)}
        )
    detail = (err.strerror if isinstance(err, OSError) else "") or str(err)
    return UnwritableTargetError(
        f"cannot write {target}: {detail}", values={"path": str(target), "detail": detail}
    )


def _is_full(folder: Path) -> bool:
    """Whether a library that gives no error number failed for want of room."""
    try:
        return shutil.disk_usage(folder).free < _LEAST_FREE
    except OSError:
        return False


def _sweep(folder: Path) -> None:
    """Take away what a killed writer left long ago."""
    deadline = time.time() - _ORPHAN_SECONDS
    for left in folder.glob(f"{_ASIDE}*"):
        try:
            newest = max(path.stat().st_mtime for path in (left, *left.iterdir()))
        except OSError:
            continue
        if newest < deadline:
            shutil.rmtree(left, ignore_errors=True)
