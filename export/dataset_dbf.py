"""Columns of exported rows as fields of a shapefile's table: first measured, then written."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from export.dataset_fields import Field
from export.dataset_types import MOST_ROWS, Encoding, Tally
from geo.formats import dbf_writer
from geo.formats.dbf_writer import TEXT_BYTES, Bytes, DbfField

_NUMBER_WIDTH: Final = 20
_WHOLE_WIDTH: Final = 18
_DECIMALS: Final = 6
_AREA_DECIMALS: Final = 4


@dataclass(frozen=True)
class Loss:
    """A value that could not be written as it is.

    Attributes:
        row: Number of the row, from 1.
        key: What names the row.
        code: Code of the issue catalogue.
        text: The whole value.
    """

    row: int
    key: str
    code: str
    text: str


@dataclass
class Measured:
    """One field while the rows pass by for the first time.

    Attributes:
        field: The column.
        name: Name in the table.
        encoding: Encoding of the table.
        longest: Bytes of the longest text that is written.
        losses: Values that are written otherwise, the first ones of each code.
        tallies: How many there are.
    """

    field: Field
    name: str
    encoding: Encoding
    longest: int = 1
    losses: list[Loss] = dataclasses.field(default_factory=list)
    tallies: dict[str, Tally] = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        values = {"field": self.field.zh, "encoding": self.encoding.upper()}
        codes = ("EXP-020", "EXP-021", "EXP-027", "EXP-028")
        self.tallies = {code: Tally(code, values) for code in codes}

    def look(self, values: pd.Series, keys: Sequence[str], done: int) -> None:
        """Measure the values of the next rows.

        Args:
            values: Column of a piece.
            keys: What names its rows.
            done: Rows before it.
        """
        if self.field.value == "string":
            self._look_at_texts(values, keys, done)
        elif self.field.value == "time":
            with_time = values.notna() & (values != values.dt.normalize())
            self._lose("EXP-027", np.flatnonzero(with_time), values.astype(str), keys, done)
        elif self.field.value in {"float64", "int64"}:
            limit = 10.0 ** (self.dbf.width - self.dbf.decimals - 2)
            large = np.abs(_floats(values)) >= limit
            self._lose("EXP-028", np.flatnonzero(large), values.astype(str), keys, done)

    def _look_at_texts(self, values: pd.Series, keys: Sequence[str], done: int) -> None:
        long, odd = [], []
        texts = values.astype("string").fillna("").tolist()
        for i, text in enumerate(texts):
            try:
                size = len(text.encode(self.encoding))
            except UnicodeEncodeError:
                odd.append(i)
                size = len(text.encode(self.encoding, "replace"))
            if size > TEXT_BYTES:
                long.append(i)
            self.longest = max(self.longest, min(size, TEXT_BYTES))
        shown = pd.Series(texts)
        self._lose("EXP-020", np.array(long, dtype=np.intp), shown, keys, done)
        self._lose("EXP-021", np.array(odd, dtype=np.intp), shown, keys, done)

    def _lose(
        self,
        code: str,
        places: npt.NDArray[np.intp],
        values: pd.Series,
        keys: Sequence[str],
        done: int,
    ) -> None:
        tally = self.tallies[code]
        room = max(MOST_ROWS - tally.count, 0)
        self.losses += [
            Loss(done + int(i) + 1, keys[i], code, str(values.iloc[i])) for i in places[:room]
        ]
        tally.add((places + done + 1).tolist())

    @property
    def dbf(self) -> DbfField:
        """The field of the table, wide enough for what was seen."""
        match self.field.value:
            case "string":
                return DbfField(self.name, "C", self.longest)
            case "date" | "time":
                return DbfField(self.name, "D", 8)
            case "bool":
                return DbfField(self.name, "L", 1)
            case "int64":
                return DbfField(self.name, "N", _WHOLE_WIDTH)
            case "float64":
                decimals = _AREA_DECIMALS if self.field.unit == "m2" else _DECIMALS
                return DbfField(self.name, "N", _NUMBER_WIDTH, decimals)

    def column(self, values: pd.Series) -> Bytes:
        """Values as bytes of the field."""
        shape = self.dbf
        if shape.type == "C":
            texts = values.astype("string").fillna("").tolist()
            fitted = [dbf_writer.fitted(text, self.encoding, shape.width) for text in texts]
            return dbf_writer.texts(fitted, shape.width)
        if shape.type == "D":
            return dbf_writer.dates(values.to_numpy(dtype="datetime64[ms]"))
        if shape.type == "L":
            known = values.astype("object").where(values.notna(), None)
            return dbf_writer.flags(known.tolist())
        return dbf_writer.numbers(_floats(values), shape.width, shape.decimals)


def measured(fields: Sequence[Field], encoding: Encoding) -> list[Measured]:
    """Fields with their short names, nothing measured yet."""
    # A code stands for itself; a sender's own name makes way for it.
    order = sorted(range(len(fields)), key=lambda i: not fields[i].code)
    wanted = [fields[i].code or fields[i].zh for i in order]
    short = dict(zip(order, dbf_writer.short_names(wanted, encoding), strict=True))
    return [Measured(f, short[i], encoding) for i, f in enumerate(fields)]


def _floats(values: pd.Series) -> npt.NDArray[np.float64]:
    return values.to_numpy(dtype="float64", na_value=np.nan)
