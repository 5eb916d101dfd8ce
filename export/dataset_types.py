"""What an export of rows is asked for, what it gives back, and how it can fail."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, get_args

from domain.i18n import Language
from domain.issues import Severity, catalogue
from geo.errors import GanyuanError

Format = Literal["gpkg", "geoparquet", "shapefile", "boundary_points", "xlsx", "csv"]
Encoding = Literal["gbk", "gb18030", "utf-8"]
LineEnd = Literal["crlf", "lf"]
Tell = Callable[[float], None]
"""Takes the share of the work that is done, 0 to 1; raising an error in it ends the export."""

FORMATS: Final[tuple[Format, ...]] = get_args(Format)
SUFFIX: Final[dict[Format, str]] = {
    "gpkg": ".gpkg",
    "geoparquet": ".parquet",
    "shapefile": ".zip",
    "boundary_points": ".txt",
    "xlsx": ".xlsx",
    "csv": ".csv",
}
ENCODINGS: Final[dict[Format, tuple[Encoding, ...]]] = {
    "shapefile": ("gbk", "utf-8"),
    "boundary_points": ("gb18030", "utf-8"),
}
"""Encodings to choose from, the usual one first; the other formats have one each."""
WITHOUT_SHAPES: Final[tuple[Format, ...]] = ("xlsx", "csv")
MOST_ROWS: Final = 1000
"""Row numbers that a finding keeps; its count is exact."""


class ChoiceError(GanyuanError):
    """A format, CRS or encoding that does not fit the rows or each other."""

    code = "EXP-008"


class NothingToExportError(GanyuanError):
    """No row fits the choice, or none is the viewer's."""

    code = "EXP-009"


class NoRoomError(GanyuanError):
    """The disk is full."""

    code = "EXP-010"


class UnwritableTargetError(GanyuanError):
    """The file system refuses the target."""

    code = "EXP-011"


class TooLargeError(GanyuanError):
    """A part of a shapefile would pass its limit."""

    code = "EXP-012"


class TooManyRowsError(GanyuanError):
    """More rows than a worksheet holds."""

    code = "EXP-013"


class CancelledError(GanyuanError):
    """Somebody stopped the export."""

    code = "EXP-014"


class UnknownColumnError(GanyuanError):
    """A column that the rows do not have."""

    code = "EXP-015"


@dataclass(frozen=True)
class Options:
    """How rows are written.

    Attributes:
        made_at: When, with a time zone; noted in the file.
        made_by: Who asks; noted in the file.
        crs: EPSG code; None takes the usual one (:func:`export.dataset_crs.usual`).
        encoding: None takes the usual one of the format.
        line_end: Line ends of a boundary-point text.
        prefectures: Codes of prefectures to keep; None for all.
        counties: Codes of counties to keep; None for all.
        columns: Columns to write, in their stored order; None for all.
        language: Language of headings and notes.
        organisation: Producer of the data, for the head of a boundary-point text.
    """

    made_at: dt.datetime
    made_by: str = ""
    crs: int | None = None
    encoding: Encoding | None = None
    line_end: LineEnd = "crlf"
    prefectures: frozenset[str] | None = None
    counties: frozenset[str] | None = None
    columns: tuple[str, ...] | None = None
    language: Language = "zh_CN"
    organisation: str = ""


@dataclass(frozen=True)
class Finding:
    """Something that the receiver of a file should know.

    Attributes:
        code: Code of the issue catalogue.
        count: Rows concerned; 0 means the file.
        rows: Their numbers in the file, from 1, the first :data:`MOST_ROWS`.
        values: Values for the placeholders of the catalogue text.
    """

    code: str
    count: int = 0
    rows: tuple[int, ...] = ()
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def severity(self) -> Severity:
        """Severity by the catalogue."""
        return catalogue()[self.code].severity

    def message(self, language: Language) -> str:
        """What happened and what to do next."""
        return catalogue()[self.code].text(language, n=self.count, **self.values)


@dataclass
class Tally:
    """Findings of one kind while rows pass by."""

    code: str
    values: Mapping[str, object] = field(default_factory=dict)
    count: int = 0
    rows: list[int] = field(default_factory=list)

    def add(self, numbers: list[int]) -> None:
        """Note rows by their numbers in the file."""
        self.count += len(numbers)
        self.rows.extend(numbers[: MOST_ROWS - len(self.rows)])

    def finding(self) -> Finding | None:
        """The finding; None where no row was noted."""
        if not self.count:
            return None
        return Finding(self.code, self.count, tuple(self.rows), dict(self.values))


@dataclass(frozen=True)
class Alias:
    """A field under the name that it has in a file.

    Attributes:
        name: Name in the file.
        column: Name in the product.
        zh: Chinese name.
        en: English name.
        unit: Unit; empty where there is none.
    """

    name: str
    column: str
    zh: str
    en: str
    unit: str


@dataclass(frozen=True)
class ExportResult:
    """A file that stands.

    Attributes:
        path: Where.
        format: What it is.
        rows: Rows in it.
        size: Bytes.
        crs: EPSG code; None for tables without shapes.
        encoding: Encoding of its texts.
        findings: What its receiver should know.
        aliases: Names of its fields, in order.
    """

    path: Path
    format: Format
    rows: int
    size: int
    crs: int | None
    encoding: str
    findings: tuple[Finding, ...]
    aliases: tuple[Alias, ...]
