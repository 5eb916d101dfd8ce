"""Opens an archive: counted while streaming, unpacked under names of our own.

Headers of an archive are claims of whoever wrote it, so sizes are counted as bytes arrive; no name
of the sender ever reaches the file system or GDAL.
"""

from __future__ import annotations

import stat
import struct
import threading
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import IO, Final, Self

from ingest.model import RefusedError

MB: Final = 1024**2
_CHUNK: Final = 1 << 18
_AT_ONCE: Final = 2
"""Members that are unpacked at a time."""
_UTF8_FLAG: Final = 0x800
_ENCRYPTED_FLAG: Final = 0x1
_NOISE: Final = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
_DATABASE: Final = ".gdb"
_SHOWN: Final = 5
_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
    RuntimeError,
)


@dataclass(frozen=True, slots=True)
class Caps:
    """How much an archive may hold.

    Attributes:
        packed_bytes: Size of the archive.
        unpacked_bytes: Sum of its members.
        ratio: Unpacked bytes per packed byte of a member, judged beyond ``ratio_free_bytes``.
        ratio_free_bytes: Members up to this size may be packed as tightly as they like.
        entries: Number of members, those of file geodatabases aside.
        database_entries: Number of members in folders named ``*.gdb``.
    """

    packed_bytes: int = 512 * MB
    unpacked_bytes: int = 2048 * MB
    ratio: float = 100.0
    ratio_free_bytes: int = 8 * MB
    entries: int = 200
    database_entries: int = 5000


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive.

    Attributes:
        name: Name in the archive, decoded, with forward slashes.
        info: Its directory entry.
    """

    name: str
    info: zipfile.ZipInfo

    @property
    def suffix(self) -> str:
        """Suffix in lower case."""
        return PurePosixPath(self.name).suffix.lower()

    @property
    def stem(self) -> str:
        """Path without suffix."""
        return str(PurePosixPath(self.name).with_suffix(""))

    @property
    def folder(self) -> str:
        """Path of the folder that it lies in."""
        return str(PurePosixPath(self.name).parent)

    @property
    def size(self) -> int:
        """Bytes that the directory claims."""
        return self.info.file_size


class Archive:
    """A zip file whose directory has passed every check that can be made on it.

    Args:
        path: The file.
        caps: How much it may hold.

    Attributes:
        members: Its files, without folders and what operating systems put beside them.

    Raises:
        RefusedError: It cannot be opened, is too large, or holds too many or dangerous members.
    """

    def __init__(self, path: Path, caps: Caps) -> None:
        if path.stat().st_size > caps.packed_bytes:
            raise RefusedError("ZIP-002", limit_mb=caps.packed_bytes // MB)
        try:
            self._zip = zipfile.ZipFile(path)
        except _BROKEN as err:
            raise RefusedError("ZIP-001") from err
        self._caps = caps
        self._left = caps.unpacked_bytes
        self._counting = threading.Lock()
        try:
            self.members = self._checked()
        except RefusedError:
            self._zip.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._zip.close()

    def _checked(self) -> tuple[Member, ...]:
        infos = self._zip.infolist()
        most = self._caps.entries + self._caps.database_entries
        if len(infos) > most:
            raise RefusedError("ZIP-005", n=len(infos), limit=self._caps.entries)
        members = [Member(_decoded_name(info), info) for info in infos if info.filename]
        members = [m for m in members if not m.name.endswith("/") and m.name]
        loose = [m for m in members if _DATABASE not in m.name.casefold()]
        if len(loose) > self._caps.entries:
            raise RefusedError("ZIP-005", n=len(loose), limit=self._caps.entries)
        for member in members:
            _check_member(member)
        claimed = sum(member.size for member in members)
        if claimed > self._caps.unpacked_bytes:
            raise RefusedError("ZIP-003", limit_mb=self._caps.unpacked_bytes // MB)
        return tuple(member for member in members if not _is_noise(member.name))

    def head(self, member: Member, size: int) -> bytes:
        """The first bytes of a member.

        Raises:
            RefusedError: It is damaged.
        """
        try:
            with self._zip.open(member.info) as source:
                return source.read(size)
        except _BROKEN as err:
            raise RefusedError("ZIP-013", name=member.name) from err

    def extract(self, member: Member, target: Path) -> Path:
        """Write a member to a file that does not exist yet.

        Raises:
            RefusedError: A cap is broken while bytes arrive, or the member is damaged.
        """
        try:
            with target.open("xb") as sink:
                self._copy(member, sink)
        except _BROKEN as err:
            raise RefusedError("ZIP-013", name=member.name) from err
        return target

    def extract_all(self, members: Mapping[Path, Member]) -> None:
        """Write members to files that do not exist yet, some at a time.

        Raises:
            RefusedError: A cap is broken while bytes arrive, or a member is damaged.
        """
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for _ in pool.map(self.extract, members.values(), members):
                pass

    def count(self) -> None:
        """Unpack every member into nothing, which proves that none breaks a cap.

        Raises:
            RefusedError: One does, or is damaged.
        """
        for member in self.members:
            try:
                self._copy(member, None)
            except _BROKEN as err:
                raise RefusedError("ZIP-013", name=member.name) from err

    def _copy(self, member: Member, sink: IO[bytes] | None) -> None:
        """Stream one member and count what comes."""
        caps = self._caps
        most = max(caps.ratio_free_bytes, int(caps.ratio * max(member.info.compress_size, 1)))
        written = 0
        with self._zip.open(member.info) as source:
            while chunk := source.read(_CHUNK):
                written += len(chunk)
                with self._counting:
                    self._left -= len(chunk)
                if self._left < 0:
                    raise RefusedError("ZIP-003", limit_mb=caps.unpacked_bytes // MB)
                if written > most:
                    raise RefusedError("ZIP-004", name=member.name, ratio=int(caps.ratio))
                if sink is not None:
                    sink.write(chunk)


def shown(names: Sequence[str]) -> str:
    """A few names for a message."""
    listed = "、".join(name[:80] for name in names[:_SHOWN])
    return (listed + " …" if len(names) > _SHOWN else listed) or "—"


def _is_noise(name: str) -> bool:
    """Files that operating systems put beside the sender's."""
    path = PurePosixPath(name)
    lower = path.name.casefold()
    return "__MACOSX" in path.parts or lower.startswith("._") or lower in _NOISE


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
