"""File geodatabases in an archive: their data files alone, under names that the format gives."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

import pyogrio

from ingest.evidence import FileEntry
from ingest.model import RefusedError
from ingest.readers import spool
from ingest.readers.layer import Layer
from ingest.source import Source
from ingest.unpack import Archive, Member

_CATALOGUE: Final = "a00000001.gdbtable"
_DATA: Final = re.compile(r"^a[0-9a-f]{8}\.(gdbtable|gdbtablx)$")
_COMPRESSED: Final = re.compile(r"^a[0-9a-f]{8}\.cdf$")


def folders(members: Sequence[Member]) -> list[str]:
    """Folders of an archive that are file geodatabases, by the catalogue that each holds."""
    return sorted({m.folder for m in members if m.name.rpartition("/")[2].casefold() == _CATALOGUE})


def layers(archive: Archive, folder: str, target: Path) -> list[Layer]:
    """Layers of one database.

    Args:
        archive: The archive.
        folder: Its folder in the archive.
        target: Private folder that does not exist yet.

    Raises:
        RefusedError: It is damaged, compressed or holds no layer.
    """
    target.mkdir()
    copy = target / "data.gdb"
    copy.mkdir()
    size = 0
    for member in archive.members:
        name = member.name.rpartition("/")[2].casefold()
        if member.folder != folder:
            continue
        if _COMPRESSED.match(name):
            raise RefusedError("FIL-034")
        if _DATA.match(name):
            archive.extract(member, copy / name)
            size += member.size
    try:
        listed = [(str(n), k) for n, k in pyogrio.list_layers(copy)]
    except (pyogrio.errors.DataSourceError, UnicodeDecodeError, ValueError) as err:
        raise RefusedError("FIL-034") from err
    entry = (FileEntry(name=folder, size=size),)
    return [
        Layer(
            name,
            partial(_open, copy, name, target / f"layer{number}.arrow"),
            rank=2 if kind is None else 0,
            files=entry,
        )
        for number, (name, kind) in enumerate(listed)
    ]


def _open(path: Path, name: str, target: Path) -> Source:
    return spool.source(spool.stream(path, name, target), format="filegdb")
