"""What checks find: columns of rows and values, which become findings only where they are shown.

A file of a million rows may be wrong in every row; one object a row and check would cost more than
all checks together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from domain.issues import Severity, catalogue
from domain.rules import RuleSet
from domain.schema import Kind
from ingest.drawn import Drawn
from ingest.model import Finding, Value

Bools = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]
Shapes = npt.NDArray[np.object_]


LISTED: Final = 5000
"""Findings of one code that are listed with their rows; the others are counted."""


@dataclass(frozen=True)
class Rows:
    """Some rows of a file as checks see them.

    Attributes:
        kind: What a row is.
        frame: m rows with the columns of the kind that the file has, typed, as the sender states
            them; for rows with a shape also ``area_planar_m2`` and ``area_ellipsoidal_m2``.
        numbers: m row numbers of the sender, from 1.
        drawn: The m shapes; None for a ledger.
        blank: Columns that are empty in the whole file; None where these rows are all of it.
        rules: Rules ``ingest``.
    """

    kind: Kind
    frame: pd.DataFrame
    numbers: Numbers
    rules: RuleSet
    drawn: Drawn | None = None
    blank: frozenset[str] | None = None

    def column(self, name: str) -> pd.Series | None:
        """A column; None where the file has none or it is empty throughout the file."""
        if name not in self.frame:
            return None
        values: pd.Series = self.frame[name]
        empty = values.isna().all() if self.blank is None else name in self.blank
        return None if empty else values


@dataclass(frozen=True)
class Found:
    """Everything that one check has to say about some rows.

    Attributes:
        code: Code of the catalogue.
        rows: k row numbers of the sender, from 1; 0 means the file.
        values: Values of the rows for each placeholder of the catalogue text; of many rows only
            the first :data:`LISTED` have them, since no more are ever listed.
    """

    code: str
    rows: Numbers
    values: Mapping[str, Sequence[Value]] = field(default_factory=dict)

    @property
    def severity(self) -> Severity:
        """Severity that the catalogue gives the code."""
        return catalogue()[self.code].severity

    def finding(self, i: int) -> Finding:
        """One of the k findings."""
        values = {name: column[i] for name, column in self.values.items()}
        return Finding(code=self.code, row=int(self.rows[i]), values=values)


def _plain(value: object) -> Value:
    if isinstance(value, np.generic):
        value = value.item()
    return value if isinstance(value, str | int | float) else str(value)


def about_file(code: str, **values: Value) -> Found:
    """A single thing about the whole file."""
    return Found(code, np.zeros(1, dtype=np.int64), {name: [v] for name, v in values.items()})


@dataclass(frozen=True)
class Text:
    """Numbers or days that are written out only for the rows that are listed.

    Attributes:
        values: m values, or m rows of a table of numbers.
        form: Format of one, as for ``str.format``.
    """

    values: npt.NDArray[Any] | pd.Series
    form: str

    def pick(self, at: npt.NDArray[np.intp]) -> list[Value]:
        """The texts at some positions."""
        values = self.values.iloc[at] if isinstance(self.values, pd.Series) else self.values[at]
        return [self.form.format(value) for value in values]


def where(
    rows: Rows,
    code: str,
    mask: npt.NDArray[Any] | np.bool_ | pd.Series,
    **values: Value | npt.NDArray[Any] | np.generic | pd.Series | Text,
) -> list[Found]:
    """The rows of a mask, as none or one :class:`Found`.

    Args:
        rows: m rows.
        code: Code of the catalogue.
        mask: m booleans; missing ones are false.
        values: For each placeholder m values, or one for all rows.
    """
    if isinstance(mask, pd.Series):
        mask = mask.fillna(value=False).to_numpy(dtype=bool)
    at = np.flatnonzero(mask)
    if not len(at):
        return []
    told = {name: _picked(value, at[:LISTED]) for name, value in values.items()}
    return [Found(code, rows.numbers[at], told)]


def _picked(
    values: Value | npt.NDArray[Any] | np.generic | pd.Series | Text, at: npt.NDArray[np.intp]
) -> list[Value]:
    if isinstance(values, Text):
        return values.pick(at)
    if isinstance(values, pd.Series):
        return [_plain(value) for value in values.iloc[at]]
    if isinstance(values, np.ndarray):
        return [_plain(value) for value in values[at]]
    return [_plain(values)] * len(at)
