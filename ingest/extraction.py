"""Chosen rows of an upload as the sender wrote them, read again from the file that was kept.

A version holds typed columns under the names of the product; whoever is to correct a row wants to
see the own fields, texts and coordinates.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from ingest import sandbox
from ingest.model import Choices
from ingest.workdir import WorkFolder

_MODULE: Final = "ingest.extraction_child"
RESULT: Final = "rows.parquet"
NAMES: Final = "names.json"
ROWS: Final = "rows.json"
WKB: Final = "geometry_wkb"
NUMBER: Final = "row"


@dataclass(frozen=True)
class SenderRows:
    """Rows of one upload.

    Attributes:
        names: The sender's fields.
        frame: m rows in the order of the file, RangeIndex: ``row`` (from 1), ``geometry_wkb``
            (coordinates of the file, None where there is no shape), then one column ``f0``,
            ``f1`` ... for each field, text or number as read.
    """

    names: tuple[str, ...]
    frame: pd.DataFrame

    @property
    def fields(self) -> pd.DataFrame:
        """The sender's fields under their own names, on the index of :attr:`frame`."""
        columns = [f"f{i}" for i in range(len(self.names))]
        return self.frame[columns].set_axis(list(self.names), axis="columns")


def sender_rows(
    original: Path | bytes,
    name: str,
    choices: Choices,
    rows: Sequence[int],
    *,
    limits: sandbox.Limits | None = None,
) -> SenderRows:
    """Read rows of a file again, under the same decisions, inside the sandbox.

    Args:
        original: The upload as it was sent.
        name: Name that the sender gave it.
        choices: What was decided about it.
        rows: Rows to read, from 1; those that the file does not have are passed over.
        limits: What the child process may use.

    Raises:
        TimeLimitError: The file kept the parser busy for too long.
        ResourceLimitError: The parser was ended.
    """
    folder = WorkFolder()
    upload = folder.path / "upload"
    if isinstance(original, bytes):
        upload.write_bytes(original)
    else:
        shutil.copyfile(original, upload)
    (folder.path / ROWS).write_text(json.dumps(sorted(set(rows))), encoding="utf-8")
    sandbox.run(
        _MODULE,
        {"name": name, "choices": choices.model_dump_json()},
        workdir=folder.path,
        limits=limits or sandbox.Limits(),
    )
    names = json.loads((folder.path / NAMES).read_text(encoding="utf-8"))
    return SenderRows(tuple(names), pd.read_parquet(folder.path / RESULT))
