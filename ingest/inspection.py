"""The door itself: hand a file to the sandbox and take plain data back."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import logging
import shutil
import threading
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from ingest import sandbox
from ingest.known import Known
from ingest.model import Choices, Finding, Inspection, Job, Report
from ingest.passport import passport_number
from ingest.results import result_paths
from ingest.workdir import WorkFolder

_log = logging.getLogger(__name__)

_COMPANIONS: Final = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_MODULE: Final = "ingest.worker"

Progress = Callable[[str, float], None]
"""Called with ``unpack``, ``read``, ``place``, ``check`` or ``write``, and the share of it done."""


def inspect(
    path: Path,
    *,
    choices: Choices | None = None,
    name: str | None = None,
    limits: sandbox.Limits | None = None,
    on_stage: Progress | None = None,
    cancel: threading.Event | None = None,
    known: Known | None = None,
) -> Inspection:
    """Find out what a file holds. Nothing is saved anywhere.

    Args:
        path: The file; a ``.shp`` brings the files of the same name beside it.
        choices: What a person decided about it.
        name: Name that the sender gave it; the name of ``path`` by default.
        limits: What the child process may use.
        on_stage: Told how far the inspection is.
        cancel: Ends the inspection when it is set.
        known: What the rows may refer to.

    Returns:
        The inspection; a file that is turned away gives one with status ``refused``.

    Raises:
        FileNotFoundError: There is no such file.
        CancelledError: It was ended through ``cancel``.
    """
    folder = WorkFolder()
    upload = folder.path / "upload"
    shown = path.name
    if path.suffix.lower() == ".shp" and _companions(path):
        upload.write_bytes(bundle(_companions(path)))
        shown = path.with_suffix(".zip").name
    else:
        shutil.copyfile(path, upload)
    (known or Known()).write(folder.path)
    return _inspect(folder, name or shown, choices, limits, on_stage, cancel)


def inspect_bytes(
    data: bytes,
    *,
    name: str,
    choices: Choices | None = None,
    limits: sandbox.Limits | None = None,
    on_stage: Progress | None = None,
    cancel: threading.Event | None = None,
    known: Known | None = None,
) -> Inspection:
    """Find out what uploaded bytes hold; see :func:`inspect`."""
    folder = WorkFolder()
    (folder.path / "upload").write_bytes(data)
    (known or Known()).write(folder.path)
    return _inspect(folder, name, choices, limits, on_stage, cancel)


def _inspect(
    folder: WorkFolder,
    name: str,
    choices: Choices | None,
    limits: sandbox.Limits | None,
    on_stage: Progress | None,
    cancel: threading.Event | None,
) -> Inspection:
    choices = choices or Choices()
    upload = folder.path / "upload"
    today = dt.datetime.now(tz=dt.UTC).date()
    with upload.open("rb") as f:
        sha256 = hashlib.file_digest(f, "sha256").hexdigest()
    facts: dict[str, object] = {"sha256": sha256, "size": upload.stat().st_size, "name": name}
    facts["number"] = passport_number(sha256, choices, today)
    job = Job(source=str(upload), name=name, workdir=str(folder.path), choices=choices, as_of=today)
    try:
        sandbox.run(
            _MODULE,
            {"job": job.model_dump_json()},
            workdir=folder.path,
            limits=limits or sandbox.Limits(),
            on_line=None if on_stage is None else lambda line: _tell(on_stage, line),
            cancel=cancel,
        )
    except (sandbox.TimeLimitError, sandbox.ResourceLimitError) as error:
        # As text: a record that keeps the error keeps its frames, and with them the folder.
        _log.warning("%s: %s", name, str(error))
        report = _stopped(error, facts)
    else:
        written = result_paths(folder.path).report.read_bytes()
        report = Report.model_validate_json(written).model_copy(update=facts)
    return Inspection(report, choices, original=(name, upload), folder=folder)


def _tell(on_stage: Progress, line: str) -> None:
    stage, _, share = line.partition(" ")
    on_stage(stage, float(share or 0.0))


def _stopped(
    error: sandbox.TimeLimitError | sandbox.ResourceLimitError, facts: Mapping[str, object]
) -> Report:
    """Report of a file on which the parser was ended."""
    finding = Finding.model_validate({"code": error.code, "values": error.values})
    return Report.model_validate({**facts, "refused_by": error.code, "findings": (finding,)})


def _companions(path: Path) -> list[Path]:
    """The files of a shapefile that lie beside its main file, in any case."""
    return sorted(
        p
        for p in path.parent.iterdir()
        if p.stem == path.stem and p.suffix.lower() in _COMPANIONS and p.is_file()
    )


def bundle(paths: Sequence[Path]) -> bytes:
    """Files of one shapefile as an archive, as if they had been sent zipped."""
    return bundle_bytes({path.name: path.read_bytes() for path in paths})


def bundle_bytes(parts: Mapping[str, bytes]) -> bytes:
    """Named files as an archive; the same files always give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(parts):
            archive.writestr(zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0)), parts[name])
    return buffer.getvalue()
