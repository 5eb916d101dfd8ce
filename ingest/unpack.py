"""Unpacks an archive into a private folder: counted while streaming, under names of our own.

Headers of an archive are claims of whoever wrote it, so sizes are counted as bytes arrive; no name
of the sender ever reaches the file system or GDAL.
"""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from ingest.model import RefusedError

MB: Final = 1024**2
_CHUNK: Final = 1 << 18
_UTF8_FLAG: Final = 0x800
_ENCRYPTED_FLAG: Final = 0x1
_SHAPEFILE_PARTS: Final = frozenset({".shp", ".shx", ".dbf", ".prj", ".cpg"})
_KEPT: Final = _SHAPEFILE_PARTS | {".txt"}
_ARCHIVES: Final = frozenset({".zip", ".rar", ".7z", ".gz", ".tar", ".bz2", ".xz", ".tgz", ".kmz"})


@dataclass(frozen=True, slots=True)
class Caps:
    """How much an archive may hold.

    Attributes:
        packed_bytes: Size of the archive.
        unpacked_bytes: Sum of its members.
        ratio: Unpacked bytes per packed byte of a member, judged beyond ``ratio_free_bytes``.
        ratio_free_bytes: Members up to this size may be packed as tightly as they like.
        entries: Number of members.
    """

    packed_bytes: int = 200 * MB
    unpacked_bytes: int = 2048 * MB
    ratio: float = 100.0
    ratio_free_bytes: int = 8 * MB
    entries: int = 200


@dataclass(frozen=True, slots=True)
class Member:
    """A member to be taken out.

    Attributes:
        name: Name in the archive, decoded.
        info: Its directory entry.
    """

    name: str
    info: zipfile.ZipInfo

    @property
    def suffix(self) -> str:
        """Suffix in lower case."""
        return PurePosixPath(self.name).suffix.lower()

    @property
    def layer(self) -> str:
        """Name of the layer that it belongs to: its path without suffix."""
        return str(PurePosixPath(self.name).with_suffix(""))


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer of an archive.

    Attributes:
        name: Path without suffix, as the sender wrote it.
        members: Its files by suffix.
    """

    name: str
    members: dict[str, Member]

    @property
    def is_text(self) -> bool:
        """A text file instead of a shapefile."""
        return ".txt" in self.members


def layers_of(archive: zipfile.ZipFile, caps: Caps) -> list[Layer]:
    """Layers of an archive, checked against every cap that its directory can show.

    Raises:
        RefusedError: Too many or dangerous members, or none that is a layer.
    """
    infos = archive.infolist()
    if len(infos) > caps.entries:
        raise RefusedError("ZIP-005", n=len(infos), limit=caps.entries)
    members = [Member(_decoded_name(info), info) for info in infos if info.filename]
    members = [member for member in members if not member.name.endswith("/")]
    for member in members:
        _check_member(member)
    claimed = sum(member.info.file_size for member in members)
    if claimed > caps.unpacked_bytes:
        raise RefusedError("ZIP-003", limit_mb=caps.unpacked_bytes // MB)
    layers = _grouped(members)
    if not layers:
        nested = [m.name for m in members if m.suffix in _ARCHIVES]
        if nested:
            raise RefusedError("ZIP-009", name=nested[0])
        raise RefusedError("ZIP-010", names=_shown([m.name for m in members]))
    return layers


def _shown(names: Sequence[str]) -> str:
    return "、".join(names[:5]) or "—"


def _grouped(members: Sequence[Member]) -> list[Layer]:
    """Members by layer; a layer is a .shp with its companions, or a .txt where there is no .shp."""
    groups: dict[str, dict[str, Member]] = {}
    shown: dict[str, str] = {}
    for member in members:
        if member.suffix not in _KEPT or _is_noise(member.name):
            continue
        key = member.layer.casefold()
        shown.setdefault(key, member.layer)
        group = groups.setdefault(key, {})
        if member.suffix in group:
            raise RefusedError("ZIP-012", name=member.name)
        group[member.suffix] = member
    shapefiles = [
        Layer(shown[key], {s: m for s, m in group.items() if s in _SHAPEFILE_PARTS})
        for key, group in groups.items()
        if ".shp" in group
    ]
    texts = [Layer(shown[k], {".txt": g[".txt"]}) for k, g in groups.items() if ".txt" in g]
    return shapefiles or texts


def _is_noise(name: str) -> bool:
    """Files that operating systems put beside the sender's."""
    path = PurePosixPath(name)
    return "__MACOSX" in path.parts or path.name.startswith("._")


def _decoded_name(info: zipfile.ZipInfo) -> str:
    """Member name; without the UTF-8 flag Chinese programs write GBK."""
    if info.flag_bits & _UTF8_FLAG:
        return info.filename.replace("\\", "/")
    try:
        raw = info.orig_filename.encode("cp437")
    except UnicodeEncodeError:
        return info.filename.replace("\\", "/")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding).split("\0", 1)[0].replace("\\", "/")
        except UnicodeDecodeError:
            continue
    return info.filename.replace("\\", "/")


def _check_member(member: Member) -> None:
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts or ":" in "".join(path.parts[:1]):
        raise RefusedError("ZIP-006", name=member.name)
    if stat.S_ISLNK(member.info.external_attr >> 16):
        raise RefusedError("ZIP-007", name=member.name)
    if member.info.flag_bits & _ENCRYPTED_FLAG:
        raise RefusedError("ZIP-008", name=member.name)


def open_archive(path: Path, caps: Caps) -> zipfile.ZipFile:
    """Open an archive for reading.

    Raises:
        RefusedError: It is too large or not readable.
    """
    if path.stat().st_size > caps.packed_bytes:
        raise RefusedError("ZIP-002", limit_mb=caps.packed_bytes // MB)
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, struct.error, ValueError, OSError, NotImplementedError) as err:
        raise RefusedError("ZIP-001") from err


def extract(archive: zipfile.ZipFile, layer: Layer, target: Path, caps: Caps) -> dict[str, Path]:
    """Write the members of one layer into a folder as ``layer.shp``, ``layer.dbf`` ...

    Returns:
        Path by suffix.

    Raises:
        RefusedError: A cap is broken while bytes arrive, or a member is damaged.
    """
    left = caps.unpacked_bytes
    paths: dict[str, Path] = {}
    for suffix, member in layer.members.items():
        path = target / f"layer{suffix}"
        try:
            left -= _copy(archive, member, path, left, caps)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as err:
            raise RefusedError("ZIP-013", name=member.name) from err
        paths[suffix] = path
    return paths


def _copy(archive: zipfile.ZipFile, member: Member, path: Path, left: int, caps: Caps) -> int:
    """Stream one member to a file and count what comes."""
    most = max(caps.ratio_free_bytes, int(caps.ratio * max(member.info.compress_size, 1)))
    written = 0
    with archive.open(member.info) as source, path.open("xb") as target:
        while chunk := source.read(_CHUNK):
            written += len(chunk)
            if written > left:
                raise RefusedError("ZIP-003", limit_mb=caps.unpacked_bytes // MB)
            if written > most:
                raise RefusedError("ZIP-004", name=member.name, ratio=int(caps.ratio))
            target.write(chunk)
    return written
