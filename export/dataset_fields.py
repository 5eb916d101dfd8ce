"""The fields of exported rows: every column with its names, code, unit and kind of value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from domain import schema
from domain.i18n import translator
from domain.schema import Kind
from export.dataset_types import UnknownColumnError

Value = Literal["string", "float64", "int64", "bool", "date", "time"]

_COMPUTED_CODES: Final = {
    "source_row": "YSHH",
    "prefecture_adcode": "SQSDM",
    "analysis_class": "FXDL",
    "area_planar_m2": "PMMJ",
    "area_ellipsoidal_m2": "TQMJ",
    "demonstration": "YSSJ",
    "revision": "XDH",
    "changed_by": "XGR",
    "changed_at": "XGSJ",
}
"""Short codes of the columns that the product adds: the initials of their Chinese names."""

_PREFIXES: Final[tuple[tuple[str, Value], ...]] = (
    ("datetime", "time"),
    ("float", "float64"),
    ("Float", "float64"),
    ("int", "int64"),
    ("uint", "int64"),
    ("Int", "int64"),
    ("bool", "bool"),
)


@dataclass(frozen=True)
class Field:
    """One column of exported rows.

    Attributes:
        column: Name in the product.
        value: Kind of value; ``date`` has no time of day.
        zh: Chinese name; the sender's own name for what no schema knows.
        en: English name; the same.
        code: Short ASCII code; empty for what no schema knows.
        unit: Unit of a number; empty where there is none.
    """

    column: str
    value: Value
    zh: str
    en: str
    code: str = ""
    unit: str = ""


def fields(kind: Kind, dtypes: Mapping[str, str], wanted: tuple[str, ...] | None) -> list[Field]:
    """Fields of rows, in their stored order.

    Args:
        kind: What a row is.
        dtypes: Columns of the rows with their pandas dtypes.
        wanted: Columns to keep; None for all. The key of the rows is always kept.

    Raises:
        UnknownColumnError: A wanted column is not among them.
    """
    key = schema.KEY[kind]
    if wanted is not None:
        unknown = [name for name in wanted if name not in dtypes]
        if unknown:
            raise UnknownColumnError(
                f"there is no column {', '.join(unknown)}",
                values={"columns": ", ".join(unknown), "known": ", ".join(dtypes)},
            )
    kept = [n for n in dtypes if wanted is None or n in wanted or n == key]
    return [_field(kind, name, dtypes[name]) for name in kept]


def _field(kind: Kind, name: str, dtype: str) -> Field:
    known = schema.column(kind, name)
    if known is not None:
        return Field(name, known.dtype, known.zh, known.en, known.code, known.unit)
    value: Value = next((v for start, v in _PREFIXES if dtype.startswith(start)), "string")
    code = _COMPUTED_CODES.get(name, "")
    if not code:
        return Field(name, value, name, name)
    zh, en = (translator(language)(f"exports.col_{name}") for language in ("zh_CN", "en"))
    return Field(name, value, zh, en, code, "m2" if name.endswith("_m2") else "")
