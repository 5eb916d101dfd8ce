"""Readers of everything that a land office sends, one module a format.

A file is told by its content, its layers are listed, and the chosen one becomes a
:class:`ingest.source.Source`. Runs inside the sandbox only.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from domain import correction_marks
from ingest import identify, unpack
from ingest.evidence import FileEntry
from ingest.model import Choices, Finding, RefusedError
from ingest.readers import archives, single
from ingest.readers.layer import Layer
from ingest.source import LayerChoice, Source

__all__ = ["load"]


def load(path: Path, name: str, target: Path, choices: Choices) -> Source | LayerChoice:
    """Read an uploaded file.

    Args:
        path: The bytes as uploaded.
        name: Name that the sender gave them.
        target: Private folder for unpacked files.
        choices: What a person decided.

    Returns:
        The layer, or the layers to choose from where there are several.

    Raises:
        RefusedError: The file is turned away as a whole.
    """
    with path.open("rb") as f:
        head = f.read(identify.HEAD)
    kind = identify.kind_of(head)
    if kind == "zip" and not archives.is_document(path):
        with unpack.Archive(path, unpack.Caps()) as archive:
            layers, left_out = archives.layers(archive, target, choices)
            return _pick(layers, choices, left_out)
    entry = FileEntry(name=name, size=path.stat().st_size)
    layers = single.layers(path, kind, target, choices)
    return _pick([replace(layer, files=(entry,)) for layer in layers], choices, ())


def _pick(layers: list[Layer], choices: Choices, left_out: tuple[str, ...]) -> Source | LayerChoice:
    """Open the only layer or the chosen one."""
    if not layers:
        raise RefusedError("FIL-010")
    names = tuple(layer.name for layer in layers if layer.name)
    wanted = (choices.layer, correction_marks.LAYER)
    chosen = next((layer for name in wanted for layer in layers if layer.name == name), None)
    if chosen is None:
        first = min(layer.rank for layer in layers)
        best = [layer for layer in layers if layer.rank == first]
        if len(best) > 1:
            files = dict.fromkeys(entry for layer in layers for entry in layer.files)
            return LayerChoice(names, tuple(files))
        chosen = best[0]
    source = chosen.open()
    findings = source.findings
    unread = list(left_out)
    if choices.layer is None:
        unread = [*(layer.name for layer in layers if layer is not chosen), *unread]
    if unread:
        told = Finding(code="ZIP-014", values={"n": len(unread), "names": unpack.shown(unread)})
        findings += (told,)
    return replace(source, layers=names, layer=chosen.name, files=chosen.files, findings=findings)
