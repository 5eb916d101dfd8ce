"""Road networks: files of lines with a name; every state of them is kept, as of scenarios."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely

from store import files
from store.base import REFUSALS, checked_reason, remove
from store.errors import DamagedVersionError, NetworkError
from store.scenarios import Keeping, ScenarioStore
from store.types import ROADS, Scenario, Viewer
from store.versions import plain


@dataclass(frozen=True)
class Network:
    """One state of a road network.

    Attributes:
        name: Its name.
        number: State, from 1; a change needs the one that was read.
        digest: SHA-256 of the lines, the same for the same lines.
        file: Name of its file in the store.
        file_sha256: SHA-256 of that file.
        facts: What is known of it: ``file`` as it was sent, ``crs``, ``lines``, ``length_km`` ...
        prefectures: Prefectures in which it lies.
        demonstration: It is invented.
        withdrawn: No longer in use.
        saved_by: Who brought it into this state.
        saved_at: When, UTC.
        reason: Why.
    """

    name: str
    number: int
    digest: str
    file: str
    file_sha256: str
    facts: Mapping[str, Any] = field(hash=False)
    prefectures: tuple[str, ...]
    demonstration: bool
    withdrawn: bool
    saved_by: str
    saved_at: dt.datetime
    reason: str

    @property
    def id(self) -> str:
        """``name@number``, how it is cited."""
        return f"{self.name}@{self.number}"


class NetworkStore(ScenarioStore):
    """The part of the store that keeps road networks."""

    def put_network(
        self,
        name: str,
        lines: gpd.GeoDataFrame,
        *,
        prefectures: Iterable[str],
        viewer: Viewer,
        reason: str,
        facts: Mapping[str, object] | None = None,
        demonstration: bool = False,
        number: int | None = None,
    ) -> Network:
        """Keep a road network, or a further state of one.

        Lines that are kept already, under any name that the viewer sees, are not written again.

        Args:
            name: Its name, 1 to 80 characters.
            lines: Lines, EPSG:4490.
            prefectures: Codes of the prefectures in which it lies.
            viewer: Who keeps it.
            reason: Why; required.
            facts: What is known of it, as JSON keeps it.
            demonstration: It is invented.
            number: State that was read, to replace it (a withdrawn one comes back so); None for a
                new network.

        Raises:
            NetworkError: The name does not serve, a new network stands already, or no line is
                given.
            StaleVersionError: It was changed after it was read.
            OutOfScopeError: It lies in a prefecture that is not the viewer's.
        """
        checked_reason(reason)
        if lines.empty:
            raise _refused(name, "there is no line in it")
        digest = digest_of(lines)
        file, sha256, made = self._file_of(lines, digest, viewer)
        content = {
            "file": file, "file_sha256": sha256, "digest": digest, "facts": plain(facts or {}),
        }  # fmt: skip
        fields = {
            "content": content,
            "prefectures": sorted(set(prefectures)),
            "demonstration": demonstration,
            "withdrawn": False,
        }
        try:
            return _network(self._add_scenario(ROADS, name, fields, viewer, reason, number, _KEPT))
        except (*REFUSALS, NetworkError):
            remove(made)
            raise

    def withdraw_network(self, name: str, *, viewer: Viewer, reason: str, number: int) -> Network:
        """Take a network out of use; all its states are kept.

        Raises:
            NetworkError: There is no such network, or it is withdrawn already.
            StaleVersionError: It was changed after it was read.
            OutOfScopeError: It lies in a prefecture that is not the viewer's.
        """
        fields = {"withdrawn": True}
        return _network(self._add_scenario(ROADS, name, fields, viewer, reason, number, _KEPT))

    def restore_network(
        self, name: str, state: int, *, viewer: Viewer, reason: str, number: int
    ) -> Network:
        """Bring an earlier state of a network back, as a further state.

        Args:
            name: Its name.
            state: The state to bring back.
            viewer: Who restores.
            reason: Why; required.
            number: State that was read.

        Raises:
            NetworkError: There is no such state.
            StaleVersionError: It was changed after it was read.
            OutOfScopeError: It lies in a prefecture that is not the viewer's.
        """
        rows = self.scenario_history(ROADS, name, viewer)
        row = next((one for one in rows if one.number == state), None)
        if row is None:
            raise _refused(name, f"there is no state {state}")
        fields = {
            "content": row.content, "prefectures": row.prefectures,
            "demonstration": row.demonstration, "withdrawn": False,
        }  # fmt: skip
        return _network(self._add_scenario(ROADS, name, fields, viewer, reason, number, _KEPT))

    def networks(self, viewer: Viewer, *, include_withdrawn: bool = False) -> list[Network]:
        """Networks as they stand, by name; those of the viewer's prefectures alone."""
        found = self.scenarios(ROADS, viewer, include_withdrawn=include_withdrawn)
        return [_network(one) for one in found]

    def network_history(self, name: str, viewer: Viewer) -> list[Network]:
        """Every state of a network, newest first; empty where there is none for the viewer."""
        return [_network(one) for one in self.scenario_history(ROADS, name, viewer)]

    def network_lines(self, network: Network, viewer: Viewer) -> gpd.GeoDataFrame:
        """Lines of a state of a network, compared with their digest; RangeIndex, EPSG:4490.

        Raises:
            NetworkError: There is no such state for the viewer.
            DamagedVersionError: The file is gone or is not the one that was kept.
        """
        known = self.network_history(network.name, viewer)
        if not any(one.file == network.file for one in known):
            raise _refused(network.name, f"there is no state {network.number}")
        path = self._folder / network.file
        if not path.exists() or files.digest(path) != network.file_sha256:
            raise DamagedVersionError(
                f"the file of {network.id} is gone or changed; bring it back from the backup",
                values={"dataset": network.id},
            )
        return gpd.read_parquet(path)

    def _file_of(
        self, lines: gpd.GeoDataFrame, digest: str, viewer: Viewer
    ) -> tuple[str, str, list[Path]]:
        """Name and digest of the file with these lines, and what was written for it."""
        for one in self.networks(viewer, include_withdrawn=True):
            path = self._folder / one.file
            if one.digest == digest and path.exists() and files.digest(path) == one.file_sha256:
                return one.file, one.file_sha256, []
        shapes = gpd.GeoDataFrame(geometry=lines.geometry.reset_index(drop=True))
        path = files.write_frame(self._folder, shapes)
        return path.name, files.digest(path), [path]


def digest_of(lines: gpd.GeoDataFrame) -> str:
    """SHA-256 of lines, the same for the same lines in the same order."""
    found = hashlib.sha256()
    for shape in shapely.to_wkb(np.asarray(lines.geometry.to_numpy(), dtype=object)):
        found.update(shape)
    return found.hexdigest()


def _refused(name: str, detail: str) -> NetworkError:
    return NetworkError(f"road network {name!r}: {detail}", values={"name": name, "detail": detail})


_KEPT: Final = Keeping("network", "network", _refused)


def _network(row: Scenario) -> Network:
    content = row.content
    return Network(
        name=row.name,
        number=row.number,
        digest=content["digest"],
        file=content["file"],
        file_sha256=content["file_sha256"],
        facts=content["facts"],
        prefectures=tuple(row.prefectures),
        demonstration=row.demonstration,
        withdrawn=row.withdrawn,
        saved_by=row.saved_by,
        saved_at=row.saved_at,
        reason=row.reason,
    )
