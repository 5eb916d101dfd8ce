"""Rows to correct: the sender's fields, and beside them what is wrong and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from domain import correction_marks as marks
from domain.issues import Issue, catalogue
from geo.errors import GanyuanError


class NothingToCorrectError(GanyuanError):
    """No row has an error or a warning that its sender could mend."""

    code = "COR-002"


class SeveralFilesError(GanyuanError):
    """A version was put together from several files, so a row number names several rows."""

    code = "COR-013"


class NoOriginalError(GanyuanError):
    """The file behind a version is not kept, or not the viewer's to see."""

    code = "COR-001"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a row.

    Attributes:
        code: Code of the catalogue.
        values: Values for the placeholders of its words.
    """

    code: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Rows:
    """Rows of one upload as the sender wrote them.

    Attributes:
        fields: m rows under the sender's field names, RangeIndex.
        numbers: m rows of the sender's file, from 1.
        shapes: m shapes in the coordinates of the file, easting or longitude first; None where
            there is none.
        faults: What is wrong with each row.
    """

    fields: pd.DataFrame
    numbers: Sequence[int]
    shapes: npt.NDArray[np.object_]
    faults: Sequence[Sequence[Fault]]


def nothing_to_correct(name: str) -> NothingToCorrectError:
    """The refusal for an upload without a row to mend."""
    return NothingToCorrectError(f"no row of {name} needs correcting", values={"name": name})


def table(rows: Rows, number: str) -> pd.DataFrame:
    """Rows with the fields of the package around those of the sender.

    Args:
        rows: Rows to correct.
        number: Passport number.

    Returns:
        m rows, RangeIndex: row number, what is wrong and what to do (Chinese), the sender's fields,
        both in English, the codes, the passport number. No two names differ in case only.
    """
    issues = catalogue()
    known = [[(f, issues.get(f.code)) for f in faults] for faults in rows.faults]
    sender = rows.fields[[n for n in rows.fields.columns if not marks.is_own(str(n))]]
    front = pd.DataFrame(
        {
            marks.ROW: np.asarray(rows.numbers, dtype=np.int64),
            marks.WHAT: [_joined((_words(i.zh, f) for f, i in row if i), "") for row in known],
            marks.MEND: [_joined((_words(i.mend_zh, f) for f, i in row if i), "") for row in known],
        }
    )
    back = pd.DataFrame(
        {
            marks.ENGLISH: [_joined((_english(i, f) for f, i in row if i), " ") for row in known],
            marks.CODES: [_joined((f.code for f in faults), " ") for faults in rows.faults],
            marks.NUMBER: number,
        },
        index=front.index,
    )
    sender = sender.set_axis(distinct([str(n) for n in sender.columns]), axis="columns")
    return pd.concat([front, sender.reset_index(drop=True), back], axis="columns")


def _joined(parts: Iterable[str], joiner: str) -> str:
    """Texts in a row, each once."""
    return joiner.join(dict.fromkeys(parts))


def _english(issue: Issue, fault: Fault) -> str:
    return f"{_words(issue.en, fault)} {_words(issue.mend_en, fault)}"


class _Open(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "…"


def _words(text: str, fault: Fault) -> str:
    """Words with their values; a value that was not kept is an ellipsis."""
    return text.format_map(_Open(fault.values))


def distinct(names: Sequence[str]) -> list[str]:
    """Field names without empty ones and without two that differ in case only.

    Names of the package's own fields, of the shape and of the row id are taken.
    """
    taken = {name.casefold() for name in (*marks.OWN, marks.WKT, "gy_fid", "gy_geom")}
    out: list[str] = []
    for given in names:
        name, n = given.strip() or "field", 2
        base = name
        while name.casefold() in taken:
            name, n = f"{base}_{n}", n + 1
        taken.add(name.casefold())
        out.append(name)
    return out
