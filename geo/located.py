"""Stored files by their address: a path, a web server, an object store.

A worker opens the file itself and asks for the bytes that it needs. Addresses may carry keys, so no
message repeats one: files are called by the last part of their path.
"""

from __future__ import annotations

import importlib
import io
import sys
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar, Final, Protocol
from urllib.parse import unquote, urlsplit

from pyarrow.fs import FSSpecHandler, PyFileSystem

from geo.errors import GanyuanError
from geo.range_reader import (
    HostNotAllowedError,
    NoRangesError,
    Position,
    RangeFile,
    RemoteChangedError,
    RemoteRaster,
    RemoteRasterError,
)

_WEB: Final = ("http", "https")
_GONE: Final = ("404", "410")


class AddressError(GanyuanError):
    """A file cannot be read from its address; subclasses say why."""


class UnknownSchemeError(AddressError):
    """No reader is installed for addresses of this kind."""

    code = "SCL-005"


class MissingFileError(AddressError):
    """There is no file at the address."""

    code = "SCL-006"


class UnreadableFileError(AddressError):
    """The file is there or may be, but is not handed out."""

    code = "SCL-007"


class CutFileError(AddressError):
    """Other bytes came than were asked for."""

    code = "SCL-008"


class ReplacedFileError(AddressError):
    """The file was replaced while it was being read."""

    code = "SCL-009"


@dataclass(frozen=True)
class Located:
    """A file as ``geo.tabulate.ParcelFile`` takes it.

    Attributes:
        path: Local path, or the name of the file where a file system goes with it.
        filesystem: A ``pyarrow.fs.FileSystem`` that can be pickled; None for local files.
    """

    path: str
    filesystem: Any = None


def located(address: str) -> Located:
    """Find out how a file is to be read.

    What stands at a remote address is looked at once; a worker that later finds other content there
    refuses it, so that no table mixes two states of a file.

    Args:
        address: A path; ``file://``, ``http://`` or ``https://`` (a server of ranges, no
            redirects); or whatever ``fsspec`` has a reader for, such as ``s3://`` with ``s3fs``.
            Keys of object stores come from the environment of each process that reads.

    Raises:
        AddressError: What the subclasses in this module say.
    """
    scheme, mark, _ = address.partition("://")
    if not mark or scheme == "file":
        path = unquote(urlsplit(address).path) if mark else address
        if not Path(path).is_file():
            raise _missing(Path(path).name)
        return Located(path)
    one = _One(address)
    with closing(one.source()) as source:
        one = replace(one, state=source.state)
    return Located(one.name, PyFileSystem(FSSpecHandler(one)))


class _Source(Protocol):
    """Bytes of one remote file.

    Attributes:
        size: Their number.
        state: Changes with the content, as far as the server tells.
    """

    size: int
    state: str

    def read_at(self, start: int, count: int) -> bytes: ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class _One:
    """What pyarrow asks of a file system of fsspec, for the one file of an address.

    Attributes:
        address: Where it is.
        state: What was found there first; empty before.
    """

    address: str = field(repr=False)
    state: str = ""
    protocol: ClassVar[str] = "one-file"

    @property
    def name(self) -> str:
        return _name_of(self.address)

    def isfile(self, path: str) -> bool:
        """Opening tells better why not."""
        return path == self.name

    def open(self, path: str, mode: str = "rb") -> io.RawIOBase:
        if path != self.name or mode != "rb":
            raise FileNotFoundError(path)
        source = self.source()
        if source.state != self.state:
            source.close()
            raise _replaced(self.name)
        return _Reader(source)

    def source(self) -> _Source:
        """The bytes, opened anew."""
        scheme = self.address.partition("://")[0]
        return _Web(self) if scheme in _WEB else _Stored(self)


class _Web:
    """A file behind a web server; what was read lately is kept."""

    def __init__(self, one: _One) -> None:
        self._name = one.name
        parts = urlsplit(one.address)
        try:
            # Who names an address on the command line names its server too.
            host = frozenset([parts.hostname or ""])
            self._file = RangeFile(RemoteRaster(one.address, host))
        except (RemoteRasterError, ValueError) as err:
            raise self._in_words(err) from err
        self.size = self._file.size
        self.state = f"{self.size} {self._file._mark}"  # noqa: SLF001 - one room

    def read_at(self, start: int, count: int) -> bytes:
        try:
            return self._file.read_at(start, count)
        except RemoteRasterError as err:
            raise self._in_words(err) from err

    def close(self) -> None:
        self._file.__exit__(None, None, None)

    def _in_words(self, err: RemoteRasterError | ValueError) -> AddressError:
        if isinstance(err, NoRangesError):
            return _cut(self._name)
        if isinstance(err, RemoteChangedError):
            return _replaced(self._name)
        if isinstance(err, HostNotAllowedError | ValueError):
            return _unreadable(self._name, "the address names a user or no server")
        reason = str(err.values["reason"])
        return _missing(self._name) if reason in _GONE else _unreadable(self._name, reason)


class _Stored:
    """A file in an object store, through fsspec; nothing is kept and nothing read ahead."""

    def __init__(self, one: _One) -> None:
        self._name = one.name
        self._system, self._path = _object_store(one.address)
        try:
            self.size = int(self._system.size(self._path))
            self.state = str(self._system.ukey(self._path))
        except _failures() as err:
            raise self._in_words(err) from err

    def read_at(self, start: int, count: int) -> bytes:
        end = min(start + count, self.size)
        if end <= start:
            return b""
        try:
            content: bytes = self._system.cat_file(self._path, start=start, end=end)
        except _failures() as err:
            raise self._in_words(err) from err
        if len(content) != end - start:
            raise _cut(self._name)
        return content

    def close(self) -> None:
        """The library keeps connections for all files."""

    def _in_words(self, err: Exception) -> AddressError:
        if isinstance(err, FileNotFoundError):
            return _missing(self._name)
        # The words of a library may repeat the address.
        return _unreadable(self._name, type(err).__name__)


def _object_store(address: str) -> tuple[Any, str]:
    scheme = address.partition("://")[0]
    try:
        # Comes with the extra "cluster" and with every library for an object store.
        core = importlib.import_module("fsspec.core")
        system, path = core.url_to_fs(address)
    except (ImportError, ValueError) as err:
        raise UnknownSchemeError(
            f"no reader is installed for {scheme}://; object stores need a library of their own",
            values={"scheme": scheme},
        ) from err
    except _failures() as err:
        raise _unreadable(_name_of(address), type(err).__name__) from err
    return system, str(path)


def _name_of(address: str) -> str:
    return PurePosixPath(urlsplit(address).path).name or "parcels"


def _failures() -> tuple[type[Exception], ...]:
    """What libraries of object stores raise; Amazon's has a family of its own."""
    amazon = sys.modules.get("botocore.exceptions")
    return (OSError, ValueError, *([amazon.BotoCoreError] if amazon else []))


def _missing(name: str) -> MissingFileError:
    return MissingFileError(
        f"there is no file {name} at this address; check it", values={"name": name}
    )


def _unreadable(name: str, reason: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"{name} is not handed out: {reason}", values={"name": name, "reason": reason}
    )


def _replaced(name: str) -> ReplacedFileError:
    return ReplacedFileError(
        f"{name} was replaced while it was being read; tabulate it again", values={"name": name}
    )


def _cut(name: str) -> CutFileError:
    return CutFileError(
        f"other bytes of {name} came than were asked for: it was cut, or the server sends whole "
        "files only",
        values={"name": name},
    )


class _Reader(Position):
    """A position in a file of an object store, which it closes."""

    def __init__(self, source: _Source) -> None:
        super().__init__(source)
        self._held = source

    def close(self) -> None:
        if not self.closed:
            self._held.close()
        super().close()
