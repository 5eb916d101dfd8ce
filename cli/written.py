"""Files that commands write: whole or not at all, and a refusal in words."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from geo.errors import GanyuanError


class UnwritableFileError(GanyuanError):
    """A file cannot be written where it was asked for."""

    code = "EXP-007"


@contextmanager
def writing(path: Path) -> Iterator[Path]:
    """Write beside the target, then put in its place: never half a file.

    What is no ordinary file, such as a pipe, is written to as it is.

    Args:
        path: File that was asked for.

    Yields:
        The file to write to; it has the ending of ``path``.

    Raises:
        UnwritableFileError: The folder is missing, closed or full, or ``path`` is a folder.
    """
    plain = path.is_file() or not path.exists()
    beside = path.with_name(f".{os.getpid()}-{path.name}") if plain else path
    try:
        if plain:
            beside.touch()  # libraries tell of a closed folder in errors of their own
        yield beside
        if plain:
            beside.replace(path)
    except OSError as error:
        raise UnwritableFileError(
            f"cannot write {path}: {error}", values={"path": str(path), "detail": str(error)}
        ) from error
    finally:
        if plain:
            with suppress(OSError):
                beside.unlink()


def write_file(path: Path, content: bytes) -> None:
    """Write a file that is in memory.

    Args:
        path: File that was asked for.
        content: All of it.

    Raises:
        UnwritableFileError: See :func:`writing`.
    """
    with writing(path) as target, target.open("wb") as file:
        file.write(content)
        file.flush()
        if target != path:
            os.fsync(file.fileno())
