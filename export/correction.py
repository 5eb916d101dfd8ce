"""The correction package: the rows that a sender has to mend, in the sender's own form, with words.

One archive: a GeoPackage to work in, a workbook and a CSV of the same rows, and what to do in
Chinese and English. Every row carries the passport number and its row number, by which the returned
file is recognised.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from domain import correction_marks as marks
from domain.i18n import translator
from domain.passport import Passport
from export.correction_layer import geopackage, held, points_package
from export.correction_rows import Fault, Rows, nothing_to_correct, table
from export.correction_tables import csv, csv_codec, workbook

__all__ = ["Fault", "Package", "Rows", "correction_package"]

_DATE: Final = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Package:
    """An archive ready to be handed out.

    Attributes:
        name: File name.
        content: Its bytes.
        rows: Rows in it.
    """

    name: str
    content: bytes
    rows: int


def correction_package(record: Passport, rows: Rows) -> Package:
    """Make the package for one upload.

    Args:
        record: Passport of the upload, or of the version that was made from it.
        rows: Rows to correct as the sender wrote them, with what is wrong.

    Returns:
        The archive; the same rows give the same bytes.

    Raises:
        NothingToCorrectError: There is no row.
    """
    if not len(rows.fields):
        raise nothing_to_correct(record.file)
    full = table(rows, record.number)
    stem = record.number or "GY"
    members: dict[str, bytes] = {}
    shaped = record.crs is not None and record.crs.chosen is not None
    if shaped and record.crs is not None and record.crs.chosen is not None:
        members[f"{stem}.gpkg"] = geopackage(full, rows.shapes, record.crs.chosen)
        if not held(rows.shapes).all():
            places = points_package(full, rows.shapes, record.crs.chosen)
            members |= {f"{stem}_positions.gpkg": places} if places else {}
    members[f"{stem}.xlsx"] = workbook(full, rows, record)
    members[f"{stem}.csv"] = csv(full, record)
    for language in ("zh_CN", "en"):
        members[f"README_{language[:2]}.txt"] = _readme(record, rows, members, language)
    return Package(f"{stem}_corrections.zip", _archive(members), len(full))


def _readme(record: Passport, rows: Rows, members: Mapping[str, bytes], language: str) -> bytes:
    t = translator("zh_CN" if language == "zh_CN" else "en")
    values = {
        "number": record.number,
        "file": record.file,
        "n": len(rows.fields),
        "row": marks.ROW,
        "mark": marks.NUMBER,
        "layer": marks.LAYER,
        "encoding": csv_codec(record).upper(),
    }
    parts = [t("correction.readme_head", **values), t("correction.readme_what", **values)]
    names = sorted(members)
    parts += [t(f"correction.readme_{_part(name)}", name=name, **values) for name in names]
    parts.append(t("correction.readme_how", **values))
    if record.crs is not None and record.crs.swapped:
        parts.append(t("correction.readme_swapped"))
    text = "\n\n".join(parts).replace("\n", "\r\n") + "\r\n"
    return text.encode("utf-8-sig")


def _part(name: str) -> str:
    if name.endswith("_positions.gpkg"):
        return "positions"
    return name.rpartition(".")[2].replace("txt", "other")


def _archive(members: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(members):
            entry = zipfile.ZipInfo(name, date_time=_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, members[name])
    return buffer.getvalue()
