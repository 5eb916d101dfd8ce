"""Rows as a boundary-point text."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from domain import schema
from domain.i18n import translator
from export import dataset_crs
from export.dataset_crs import System
from export.dataset_notes import one_line
from export.dataset_source import GEOMETRY, Rows
from export.dataset_types import Alias, Options, Tally, Tell
from export.dataset_written import Written
from geo.formats.boundary_points import PointParcel
from geo.formats.boundary_points_writer import Encoding as PointEncoding
from geo.formats.boundary_points_writer import PointWriter, encode
from geo.units import M2_PER_HA

_STEP: Final = 2000
_ATTRIBUTES: Final = {
    "name": ("name",),
    "use": ("land_class_name", "category", "level"),
    "land_class": ("land_class",),
}
"""Attribute of a parcel line and the columns that may give it, the first one that is there."""


def write(rows: Rows, path: Path, options: Options, to: System, tell: Tell) -> Written:
    """Write rows as parcels of one text; areas are those of the written coordinates."""
    encoding = options.encoding or "gb18030"
    writer = PointWriter()
    far = Tally("EXP-022", {"zone": to.zone})
    counted = 0
    with path.open("wb") as out:

        def put(text: str) -> None:
            # The choice was checked: this format takes no third encoding.
            codec: PointEncoding = "utf-8" if encoding == "utf-8" else "gb18030"
            out.write(encode(text, encoding=codec, line_end=options.line_end))

        put(writer.head(_header(rows, options, to)))
        for piece in rows.watched(tell, step=_STEP):
            shapes = np.asarray(piece[GEOMETRY], dtype=object)
            outside = np.flatnonzero(dataset_crs.outside(shapes, to)) + counted + 1
            far.add(outside.tolist())
            put(writer.parcels(_parcels(piece, rows, dataset_crs.project(shapes, to), counted)))
            counted += len(piece)
    tallies = {code: Tally(code) for code in ("EXP-024", "EXP-025", "EXP-026")}
    for note in writer.notes:
        tallies[note.code].add([note.row])
    return Written(counted, encoding, _aliases(rows), (far, *tallies.values()))


def _header(rows: Rows, options: Options, to: System) -> dict[str, str]:
    t = translator("zh_CN")
    producer = t("exports.producer_demonstration") if rows.demonstration else options.organisation
    return {
        "格式版本号": "1.01",
        "数据产生单位": one_line(producer),
        "数据产生日期": f"{options.made_at:%Y-%m-%d}",
        "坐标系": "2000国家大地坐标系",
        "几度分带": "3",
        "投影类型": "高斯克吕格",
        "计量单位": "米",
        "带号": str(to.zone),
        "精度": "0.001",
        "转换参数": ",,,,,,",
    }


def _parcels(
    piece: pd.DataFrame, rows: Rows, shapes: npt.NDArray[np.object_], done: int
) -> list[PointParcel]:
    columns = {f.column for f in rows.fields}
    texts = {
        name: _texts(piece, next((c for c in given if c in columns), ""))
        for name, given in _ATTRIBUTES.items()
    }
    keys = _texts(piece, schema.KEY[rows.kind])
    areas = (shapely.area(shapes) / M2_PER_HA).tolist()
    return [
        PointParcel(
            row=done + i + 1,
            line=0,
            parcel_id=keys[i],
            name=texts["name"][i],
            use=texts["use"][i],
            land_class=texts["land_class"][i],
            area_stated=areas[i],
            geometry=shape,
        )
        for i, shape in enumerate(shapes)
    ]


def _texts(piece: pd.DataFrame, column: str) -> list[str]:
    if not column:
        return [""] * len(piece)
    found: list[str] = piece[column].astype("string").fillna("").tolist()
    return found


def _aliases(rows: Rows) -> tuple[Alias, ...]:
    names = {schema.KEY[rows.kind]: "地块编号"}
    for attribute, zh in (("name", "地块名称"), ("use", "地块用途"), ("land_class", "地类编码")):
        given = (c for c in _ATTRIBUTES[attribute] if any(f.column == c for f in rows.fields))
        column = next(given, "")
        if column:
            names[column] = zh
    return tuple(
        Alias(names[f.column], f.column, f.zh, f.en, f.unit)
        for f in rows.fields
        if f.column in names
    )
