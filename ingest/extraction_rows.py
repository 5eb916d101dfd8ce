"""Picks wanted rows out of an upload. Runs inside the sandbox only."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from ingest import readers
from ingest.extraction import NAMES, NUMBER, RESULT, ROWS, WKB
from ingest.model import Choices, RefusedError
from ingest.source import Chunk, Source

_CHUNK_ROWS: Final = 50_000


def extract(folder: Path, name: str, choices_json: str) -> None:
    """Write the wanted rows of ``folder/upload``.

    Raises:
        RefusedError: The file cannot be read as it was.
    """
    wanted = np.asarray(json.loads((folder / ROWS).read_text(encoding="utf-8")), dtype=np.int64)
    choices = Choices.model_validate_json(choices_json)
    source = readers.load(folder / "upload", name, folder, choices)
    if not isinstance(source, Source):
        raise RefusedError("ZIP-011", n=len(source.layers))
    found = [picked(chunk, wanted - 1) for chunk in source.chunks(_CHUNK_ROWS)]
    frame = pd.concat([f for f in found if len(f)] or found[:1], ignore_index=True)
    text = frame.select_dtypes("object").columns.drop(WKB)
    frame.astype(dict.fromkeys(text, "string")).to_parquet(folder / RESULT)
    names = json.dumps(list(source.names), ensure_ascii=False)
    (folder / NAMES).write_text(names, encoding="utf-8")


def picked(chunk: Chunk, wanted: npt.NDArray[np.int64]) -> pd.DataFrame:
    """The wanted rows of a chunk, numbered over the file.

    Args:
        chunk: A stretch of rows.
        wanted: Rows from 0 over the file, ascending.
    """
    mine = wanted[(wanted >= chunk.start) & (wanted < chunk.start + len(chunk))]
    fields = chunk.fields.iloc[mine - chunk.start]
    columns = {f"f{i}": _storable(fields.iloc[:, i]) for i in range(fields.shape[1])}
    shapes = np.asarray(chunk.geometries, dtype=object)[mine - chunk.start]
    return pd.DataFrame(
        {NUMBER: mine + 1, WKB: pd.Series(shapely.to_wkb(shapes), dtype=object), **columns},
        index=pd.RangeIndex(len(mine)),
    )


def _storable(values: pd.Series) -> pd.Series:
    """A field as one type that Parquet knows: numbers and dates stay, the rest becomes text."""
    kept = pd.api.types.is_numeric_dtype(values) or pd.api.types.is_datetime64_any_dtype(values)
    return (values if kept else values.astype("string")).reset_index(drop=True)
