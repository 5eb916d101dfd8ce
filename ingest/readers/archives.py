"""Layers of an archive: shapefiles by their parts, databases by folder, all else by content."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from ingest import identify
from ingest.evidence import FileEntry
from ingest.model import Choices, RefusedError
from ingest.readers import file_gdb, shapefile, single
from ingest.readers.layer import Layer
from ingest.source import Source
from ingest.unpack import Archive, Member, shown

_PARTS: Final = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_BESIDE: Final = frozenset(
    {".sbn", ".sbx", ".xml", ".qix", ".qpj", ".fix", ".atx", ".ain", ".aih", ".lyr", ".qml", ".sld"}
)
_DOCUMENT: Final = "[Content_Types].xml"


def is_document(path: Path) -> bool:
    """Whether a zip file is an office document or a KMZ, which are read as one file."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _DOCUMENT in archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False


def layers(archive: Archive, target: Path, choices: Choices) -> tuple[list[Layer], tuple[str, ...]]:
    """Layers of an archive and the names of files that are none.

    Raises:
        RefusedError: It holds no layer.
    """
    found = _shapefiles(archive, target, choices)
    databases = file_gdb.folders(archive.members)
    for number, folder in enumerate(databases):
        found.extend(_of_database(archive, folder, target / f"database{number}"))
    rest = [
        member
        for member in archive.members
        if member.folder not in databases and not _is_part(member, found)
    ]
    left_out: list[str] = []
    codes: list[tuple[str, str]] = []
    for number, member in enumerate(rest):
        try:
            found.extend(_single(archive, member, target / f"member{number}", choices))
        except RefusedError as refused:
            left_out.append(member.name)
            codes.append((refused.issue, member.name))
    if not found:
        raise _refusal(archive.members, codes)
    return found, tuple(left_out)


def _refusal(members: Sequence[Member], codes: Sequence[tuple[str, str]]) -> RefusedError:
    """Why there is no layer: what the first telling member says."""
    for code, name in codes:
        if code in {"FIL-011", "ZIP-009"}:
            return RefusedError("ZIP-009", name=name)
    telling = [code for code, _ in codes if code not in {"FIL-001", "FIL-002"}]
    if telling:
        return RefusedError(telling[0])
    return RefusedError("ZIP-010", names=shown([member.name for member in members]))


def _is_part(member: Member, found: Sequence[Layer]) -> bool:
    """Whether a member belongs to a shapefile or lies beside one."""
    if any(entry.name == member.name for layer in found for entry in layer.files):
        return True
    return member.suffix in _BESIDE


def _shapefiles(archive: Archive, target: Path, choices: Choices) -> list[Layer]:
    """Shapefiles of an archive: members of one stem."""
    groups: dict[str, dict[str, Member]] = {}
    for member in archive.members:
        if member.suffix in _PARTS:
            group = groups.setdefault(member.stem.casefold(), {})
            if member.suffix in group:
                raise RefusedError("ZIP-012", name=member.name)
            group[member.suffix] = member
    whole = [group for group in groups.values() if ".shp" in group]
    return [
        Layer(
            group[".shp"].stem,
            partial(_open_shapefile, archive, group, target / f"layer{number}", choices),
            files=tuple(FileEntry(name=m.name, size=m.size) for m in group.values()),
        )
        for number, group in enumerate(whole)
    ]


def _open_shapefile(
    archive: Archive, group: dict[str, Member], folder: Path, choices: Choices
) -> Source:
    folder.mkdir()
    paths = {suffix: folder / f"layer{suffix}" for suffix in group}
    archive.extract_all({path: group[suffix] for suffix, path in paths.items()})
    return shapefile.load(paths, choices)


def _of_database(archive: Archive, folder: str, target: Path) -> list[Layer]:
    """Layers of a file geodatabase under names that tell it from the rest of the archive."""
    stem = folder.rpartition("/")[2]
    return [
        replace(layer, name=f"{stem}/{layer.name}")
        for layer in file_gdb.layers(archive, folder, target)
    ]


def _single(archive: Archive, member: Member, folder: Path, choices: Choices) -> list[Layer]:
    """Layers of a member that is a file of its own."""
    kind = identify.kind_of(archive.head(member, identify.HEAD))
    folder.mkdir()
    path = archive.extract(member, folder / "member")
    if kind == "zip" and not is_document(path):
        raise RefusedError("ZIP-009", name=member.name)
    entry = FileEntry(name=member.name, size=member.size)
    return [
        replace(
            layer,
            name=f"{member.stem}/{layer.name}" if layer.name else member.stem,
            files=(entry,),
        )
        for layer in single.layers(path, kind, folder, choices)
    ]
