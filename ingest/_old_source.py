"""From an uploaded file to rows as the sender wrote them: unpack, identify, decode."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.formats import boundary_points
from ingest import identify, shapefile, unpack
from ingest.encoding import decode_text
from ingest.evidence import EncodingEvidence, FileEntry
from ingest.model import Choices, Finding, RefusedError
from ingest.placing import Declared, declared_by_header, declared_by_prj

_TEXT_FIELDS = ("地块编号", "地块名称", "土地用途", "地类编码", "地块面积", "图幅号")
_LARGEST_TEXT = 100 * 1024**2


@dataclass(frozen=True)
class Source:
    """Rows of one layer as the sender wrote them.

    Attributes:
        kind: ``shapefile`` or ``boundary_points``.
        fields: n rows of the sender's fields, RangeIndex from 0.
        geometries: n geometries in the coordinates of the file; None where there is none.
        faults: n codes of rows that cannot be used; empty text where nothing is known against one.
        encoding: How the text was read.
        declared: CRS that the file states.
        dated: Date that the file states for itself.
        findings: What was odd.
        layers: Layers to choose from.
        layer: The layer that was read.
        files: Its files.
    """

    kind: str
    fields: pd.DataFrame
    geometries: npt.NDArray[np.object_]
    faults: npt.NDArray[np.object_]
    encoding: EncodingEvidence
    declared: Declared
    dated: dt.date | None
    findings: tuple[Finding, ...]
    layers: tuple[str, ...] = ()
    layer: str = ""
    files: tuple[FileEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class LayerChoice:
    """An archive with several layers, before one is chosen."""

    layers: tuple[str, ...]
    files: tuple[FileEntry, ...] = field(default=())


def load(path: Path, target: Path, choices: Choices) -> Source | LayerChoice:
    """Read an uploaded file.

    Args:
        path: The bytes as uploaded.
        target: Private folder for unpacked files.
        choices: What a person decided.

    Raises:
        RefusedError: The file is turned away as a whole.
    """
    if identify.kind_of(path) == "boundary_points":
        entry = FileEntry(name=path.name, size=path.stat().st_size)
        return _text(path, choices, layers=(), layer="", files=(entry,))
    caps = unpack.Caps()
    with unpack.open_archive(path, caps) as archive:
        layers = unpack.layers_of(archive, caps)
        names = tuple(layer.name for layer in layers)
        files = tuple(
            FileEntry(name=m.name, size=m.info.file_size)
            for layer in layers
            for m in layer.members.values()
        )
        chosen = _chosen(layers, choices.layer)
        if chosen is None:
            return LayerChoice(names, files)
        paths = unpack.extract(archive, chosen, target, caps)
    used = tuple(
        FileEntry(name=m.name, size=paths[s].stat().st_size) for s, m in chosen.members.items()
    )
    if chosen.is_text:
        return _text(paths[".txt"], choices, layers=names, layer=chosen.name, files=used)
    return _shapefile(paths, choices, layers=names, layer=chosen.name, files=used)


def _chosen(layers: list[unpack.Layer], name: str | None) -> unpack.Layer | None:
    if len(layers) == 1:
        return layers[0]
    return next((layer for layer in layers if layer.name == name), None)


def _shapefile(
    paths: Mapping[str, Path],
    choices: Choices,
    *,
    layers: tuple[str, ...],
    layer: str,
    files: tuple[FileEntry, ...],
) -> Source:
    header = shapefile.read_header(paths)
    evidence, findings = shapefile.judge_encoding(paths, header, choice=choices.encoding)
    read = shapefile.read(paths, header, evidence)
    wkt = paths[".prj"].read_bytes()[:65536].decode("utf-8", "replace") if ".prj" in paths else ""
    return Source(
        kind="shapefile",
        fields=read.fields,
        geometries=read.geometries,
        faults=read.faults,
        encoding=read.encoding,
        declared=declared_by_prj(wkt),
        dated=header.updated,
        findings=(*findings, *read.findings),
        layers=layers,
        layer=layer,
        files=files,
    )


def _text(
    path: Path,
    choices: Choices,
    *,
    layers: tuple[str, ...],
    layer: str,
    files: tuple[FileEntry, ...],
) -> Source:
    if path.stat().st_size > _LARGEST_TEXT:
        raise RefusedError("ZIP-003", limit_mb=_LARGEST_TEXT // unpack.MB)
    text, evidence = decode_text(path.read_bytes(), choice=choices.encoding)
    try:
        parsed = boundary_points.parse(text)
    except boundary_points.NoParcelError as err:
        raise RefusedError("BPT-001") from err
    found = parsed.parcels
    faults = np.full(len(found), "", dtype=object)
    for note in parsed.notes:
        if note.code in {"BPT-002", "BPT-003", "BPT-008"}:
            faults[note.row - 1] = note.code
    geometries = np.full(len(found), None, dtype=object)
    geometries[:] = [parcel.geometry for parcel in found]
    findings = [
        Finding.model_validate({"code": n.code, "row": n.row, "values": dict(n.values)})
        for n in parsed.notes
    ]
    if evidence.chosen and evidence.source == "content" and evidence.chosen != "utf-8":
        findings.append(Finding(code="ENC-004", values={"found": evidence.chosen}))
    return Source(
        kind="boundary_points",
        fields=_attributes(found),
        geometries=geometries,
        faults=faults,
        encoding=evidence,
        declared=declared_by_header(parsed.header),
        dated=_date_of(parsed.header),
        findings=tuple(findings),
        layers=layers,
        layer=layer,
        files=files,
    )


def _attributes(found: tuple[boundary_points.PointParcel, ...]) -> pd.DataFrame:
    """The attribute fields of the parcels under their names in the format."""
    rows = [(p.parcel_id, p.name, p.use, p.land_class, p.area_stated, p.sheet) for p in found]
    return pd.DataFrame(rows, columns=list(_TEXT_FIELDS))


def _date_of(header: Mapping[str, str]) -> dt.date | None:
    """Date of a text file, from its header."""
    parts = re.findall(r"\d+", header.get("数据产生日期", ""))
    try:
        return dt.date(*(int(part) for part in parts[:3]))
    except (TypeError, ValueError):
        return None
