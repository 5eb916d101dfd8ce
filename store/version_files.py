"""Where the file of a version lies, for kernels that read its row groups themselves."""

from __future__ import annotations

from pathlib import Path

from store.datasets import DatasetStore, damaged
from store.errors import StoreError
from store.types import Version, Viewer


class WholeFileError(StoreError):
    """The viewer may see a part of the rows only; a file holds them all."""

    code = "SCL-012"


def file_of(store: DatasetStore, version: Version, viewer: Viewer) -> Path:
    """The GeoParquet file of a version; nobody may write to it.

    Args:
        store: Holds the version.
        version: What to read.
        viewer: Who reads.

    Returns:
        Absolute path. Workers on other machines need the folder of the store under the same path.

    Raises:
        WholeFileError: The viewer may see a part of the rows only.
        UnknownDatasetError: There is no such version with rows of the viewer.
        DamagedVersionError: The version's file is gone.
    """
    row = store._visible_row(version, viewer)  # noqa: SLF001 - one room
    if viewer.prefectures is not None:
        raise WholeFileError(
            f"{viewer.name} may see a part of {version.id} only, but its file holds all rows",
            values={"viewer": viewer.name, "dataset": version.id},
        )
    path = store._folder / row.file  # noqa: SLF001 - one room
    if not path.exists():
        raise damaged(version)
    return path.absolute()
