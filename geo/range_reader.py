"""Files behind a web server, read in ranges of bytes.

GDAL never sees the network: it is handed a file object, and only servers that the installation
names are asked. Redirects are not followed, since they would lead past that list.
"""

from __future__ import annotations

import http.client
import io
import re
import uuid
from collections import OrderedDict
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Protocol, Self
from urllib.parse import urlsplit

from geo.errors import GanyuanError

BLOCK: Final = 1 << 18
"""Bytes asked for at least; tiles of a class raster are about this large."""
_KEPT: Final = 128
_TIMEOUT_S: Final = 20.0
_TRIES: Final = 3
_PARTIAL: Final = 206
_RANGE: Final = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
_PORTS: Final = {"http": 80, "https": 443}


class RemoteRasterError(GanyuanError):
    """The server of a remote raster cannot be reached or answers with an error."""

    code = "RAS-008"


class HostNotAllowedError(RemoteRasterError):
    """The address is not on a server that the installation allows."""

    code = "RAS-009"


class NoRangesError(RemoteRasterError):
    """The server sends whole files only, or other bytes than it was asked for."""

    code = "RAS-010"


class RemoteChangedError(RemoteRasterError):
    """The file was replaced while it was being read."""

    code = "RAS-011"


@dataclass(frozen=True)
class RemoteRaster:
    """A GeoTIFF behind a web server.

    Attributes:
        url: Its address, http or https.
        hosts: Servers that may be asked, as ``host`` or ``host:port``.
    """

    url: str
    hosts: frozenset[str]


class RangeFile:
    """The bytes of a remote file, kept in blocks, for one thread.

    Use as a context manager; the connection is closed at its end.

    Attributes:
        name: Last part of the address.
        key: Name under which rasterio opens it, with :meth:`opener`.
        size: Bytes of the whole file.
        requests: Requests sent so far.
        received: Bytes received so far.
        failure: What went wrong in a read that GDAL asked for; GDAL itself only hears that it did.

    Raises:
        HostNotAllowedError: The address is not on the list.
        RemoteRasterError: The server does not answer as it should.
    """

    def __init__(self, source: RemoteRaster) -> None:
        parts = urlsplit(source.url)
        host = parts.hostname or ""
        port = parts.port or _PORTS.get(parts.scheme, 0)
        known = {host, f"{host}:{port}"} & source.hosts
        if parts.scheme not in _PORTS or parts.username is not None or not known:
            raise HostNotAllowedError(
                f"{host or source.url} is not among the servers that rasters may be read from",
                values={"host": host or source.url},
            )
        kind = http.client.HTTPSConnection
        self._connection = (kind if parts.scheme == "https" else http.client.HTTPConnection)(
            host, port, timeout=_TIMEOUT_S
        )
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._host = host
        self._blocks: OrderedDict[int, bytes] = OrderedDict()
        self._mark: str | None = None
        self.name = parts.path.rsplit("/", maxsplit=1)[-1] or "remote.tif"
        # GDAL remembers bytes by the name of a file; another server may have one of this name.
        self.key = f"{uuid.uuid4().hex}/{self.name}"
        self.requests = 0
        self.received = 0
        self.failure: RemoteRasterError | None = None
        self.size = 0
        try:
            self._fetch(0, 1)
        except RemoteRasterError:
            self._connection.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        err: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()

    def opener(self, path: str, mode: str = "rb") -> io.RawIOBase:
        """A handle of its own at the begin of the file, for rasterio.

        Raises:
            FileNotFoundError: Another file is asked for, or to be written.
        """
        if path != self.key or not mode.startswith("r"):
            raise FileNotFoundError(path)
        return _Handle(self)

    def require_whole(self) -> None:
        """Say what went wrong in a read that GDAL asked for.

        Raises:
            RemoteRasterError: A read failed.
        """
        if self.failure is not None:
            raise self.failure

    def read_at(self, start: int, count: int) -> bytes:
        """Bytes ``start`` to ``start + count - 1``, fewer at the end of the file.

        Raises:
            RemoteRasterError: The server does not answer as it should.
        """
        end = min(start + count, self.size)
        if end <= start:
            return b""
        first, last = start // BLOCK, (end - 1) // BLOCK
        # Asked for before anything is dropped, so that a long read finds all its blocks.
        here = {i: self._blocks[i] for i in range(first, last + 1) if i in self._blocks}
        missing = [i for i in range(first, last + 1) if i not in here]
        if missing:
            here |= self._fetch(missing[0], missing[-1] - missing[0] + 1)
        for i in here:
            self._blocks.move_to_end(i)
        while len(self._blocks) > _KEPT:
            self._blocks.popitem(last=False)
        whole = b"".join(here[i] for i in range(first, last + 1))
        return whole[start - first * BLOCK : end - first * BLOCK]

    def _fetch(self, first: int, count: int) -> dict[int, bytes]:
        start = first * BLOCK
        content = self._ask(start, start + count * BLOCK - 1)
        found = {
            first + i: content[i * BLOCK : (i + 1) * BLOCK]
            for i in range(-(-len(content) // BLOCK))
        }
        self._blocks.update(found)
        return found

    def _ask(self, start: int, end: int) -> bytes:
        for left in reversed(range(_TRIES)):
            try:
                self.requests += 1
                self._connection.request(
                    "GET", self._target, headers={"Range": f"bytes={start}-{end}"}
                )
                answer = self._connection.getresponse()
                content = answer.read() if answer.status == _PARTIAL else b""
            except (OSError, http.client.HTTPException) as err:
                self._connection.close()
                if not left:
                    raise self._refused(type(err).__name__) from err
                continue
            return self._checked(answer, content, start, end)
        raise self._refused("no answer")

    def _checked(
        self, answer: http.client.HTTPResponse, content: bytes, start: int, end: int
    ) -> bytes:
        found = _RANGE.fullmatch(answer.getheader("Content-Range", ""))
        if answer.status != _PARTIAL:
            # What is left of the answer would be read as the next one.
            self._connection.close()
            if answer.status < http.client.MULTIPLE_CHOICES:
                raise self._no_ranges()
            raise self._refused(str(answer.status))
        self.size = self.size or (int(found[3]) if found else 0)
        wanted = (start, min(end, self.size - 1), self.size)
        mark = answer.getheader("ETag") or answer.getheader("Last-Modified")
        if self._mark not in {None, mark}:
            raise RemoteChangedError(
                f"{self.name} was replaced while it was being read; read it again",
                values={"name": self.name},
            )
        self._mark = mark
        if (
            not found
            or tuple(map(int, found.groups())) != wanted
            or (len(content) != wanted[1] - wanted[0] + 1)
        ):
            raise self._no_ranges()
        self.received += len(content)
        return content

    def _refused(self, reason: str) -> RemoteRasterError:
        return RemoteRasterError(
            f"{self._host} does not hand out {self.name}: {reason}",
            values={"host": self._host, "name": self.name, "reason": reason},
        )

    def _no_ranges(self) -> NoRangesError:
        return NoRangesError(
            f"{self._host} does not send parts of {self.name}; use a server with range requests",
            values={"host": self._host, "name": self.name},
        )


class Bytes(Protocol):
    """A file that hands out its bytes by place."""

    @property
    def size(self) -> int:
        """Number of bytes."""

    def read_at(self, start: int, count: int) -> bytes:
        """So many bytes from a place on; fewer only at the end."""


class Position(io.RawIOBase):
    """A position in a file that hands out its bytes by place, for readers that seek."""

    def __init__(self, source: Bytes) -> None:
        super().__init__()
        self._source = source
        self._at = 0

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """Where the next read begins."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move; places before the start are the start."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._source.size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def read(self, size: int = -1) -> bytes:
        """So many bytes from here; all that are left for a negative number."""
        count = self._source.size - self._at if size < 0 else size
        content = self._source.read_at(self._at, count)
        self._at += len(content)
        return content


class _Handle(Position):
    """A position that GDAL reads from."""

    def __init__(self, file: RangeFile) -> None:
        super().__init__(file)
        self._file = file

    def read(self, size: int = -1) -> bytes:
        try:
            return super().read(size)
        except RemoteRasterError as err:
            # GDAL cannot pass an exception on: it gets too few bytes, the caller asks afterwards.
            self._file.failure = err
            return b""
