"""What was found out about an upload, as plain data that crosses the border of the sandbox."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict


class Plain(BaseModel):
    """Base of everything that is handed over: never changed, no unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class EncodingCandidate(Plain):
    """One way to read the bytes.

    Attributes:
        name: Python codec name.
        score: Share of the foreign characters that are common Chinese, 0 to 1.
        samples: Up to five values read this way.
    """

    name: str
    score: float
    samples: tuple[str, ...] = ()


class EncodingEvidence(Plain):
    """How the text was read and why.

    Attributes:
        chosen: Python codec name; None while a decision is open.
        source: What decided: ``declared``, ``content``, ``ascii`` or ``choice``.
        certain: Nobody needs to look.
        declared: What .cpg or the language byte state; empty where nothing does.
        candidates: Ways to read the bytes, best first.
        samples: Up to five values as read.
        field_names: Field names as read.
    """

    chosen: str | None
    source: Literal["declared", "content", "ascii", "choice"]
    certain: bool
    declared: str = ""
    candidates: tuple[EncodingCandidate, ...] = ()
    samples: tuple[str, ...] = ()
    field_names: tuple[str, ...] = ()


class CrsCandidate(Plain):
    """One CRS that the coordinates may be in.

    Attributes:
        epsg: EPSG code.
        name: Its name.
        name_zh: Its name in Chinese.
        swapped: The first coordinate is the northing.
        inside: Share of vertices that fall inside Jiangxi, 0 to 1.
        in_county: Share inside the declared county; None where none is declared.
        outline: Bounds of the data in this CRS, west, south, east, north in degrees.
    """

    epsg: int
    name: str
    name_zh: str = ""
    swapped: bool = False
    inside: float = 0.0
    in_county: float | None = None
    outline: tuple[float, float, float, float] | None = None


class CrsEvidence(Plain):
    """Where the coordinates are and why.

    Attributes:
        chosen: EPSG code; None while a decision is open.
        swapped: The axes of the file are exchanged.
        source: What decided: ``declared``, ``numbers`` or ``choice``.
        certain: Nobody needs to look.
        declared: Name that .prj or header state; empty where nothing does.
        candidates: Possible CRS, best first.
    """

    chosen: int | None
    swapped: bool = False
    source: Literal["declared", "numbers", "choice"] = "numbers"
    certain: bool = False
    declared: str = ""
    candidates: tuple[CrsCandidate, ...] = ()


class FieldMatch(Plain):
    """Where one column comes from.

    Attributes:
        column: Column of the kind.
        source: Field of the sender's file; empty where none fits.
        sample: A value of it.
        how: ``synonym``, ``cut`` (name cut at ten bytes) or ``choice``.
        unit: Unit in which the numbers of a yearly figure are read; empty otherwise.
    """

    column: str
    source: str
    sample: str = ""
    how: Literal["synonym", "cut", "choice", "none"] = "none"
    unit: str = ""


class Repair(Plain):
    """What would become of an invalid shape; nothing is repaired without consent.

    Attributes:
        row: Row in the sender's file, from 1.
        reason: What is wrong with it, as GEOS says it.
        area_before_m2: Planar area of the shape as drawn, by the surveyor's formula.
        area_after_m2: Planar area after the repair.
        parts: Polygons after the repair.
        accepted: A person consented.
        before_wkb: The shape as drawn, hexadecimal WKB in degrees; empty where it cannot be shown.
        after_wkb: The repaired shape, likewise.
    """

    row: int
    reason: str
    area_before_m2: float
    area_after_m2: float
    parts: int
    accepted: bool = False
    before_wkb: str = ""
    after_wkb: str = ""


class PlaceTotal(Plain):
    """Rows of one county.

    Attributes:
        adcode: Its code.
        rows: Good rows that lie in it, or that the file puts there.
        area_m2: Their ellipsoidal area.
        frame: Their bounds, west, south, east, north in degrees.
    """

    adcode: str
    rows: int
    area_m2: float
    frame: tuple[float, float, float, float]


class FileEntry(Plain):
    """One file of an upload.

    Attributes:
        name: Name that the sender gave it.
        size: Bytes, unpacked.
    """

    name: str
    size: int
