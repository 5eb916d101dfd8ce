"""The door itself: hand a file to the sandbox and take plain data back."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import logging
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import geopandas as gpd
import pandas as pd

from ingest import sandbox
from ingest.model import Choices, Finding, Inspection, Job, Report
from ingest.results import result_paths

_log = logging.getLogger(__name__)

_COMPANIONS: Final = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_MODULE: Final = "ingest.worker"


def inspect(
    path: Path,
    *,
    choices: Choices | None = None,
    name: str | None = None,
    limits: sandbox.Limits | None = None,
    on_stage: Callable[[str], None] | None = None,
) -> Inspection:
    """Find out what a file holds. Nothing is saved anywhere.

    Args:
        path: The file; a ``.shp`` brings the files of the same name beside it.
        choices: What a person decided about it.
        name: Name that the sender gave it; the name of ``path`` by default.
        limits: What the child process may use.
        on_stage: Called with ``unpack``, ``read``, ``place``, ``check``, ``write`` as they begin.

    Returns:
        The inspection; a file that is turned away gives one with status ``refused``.

    Raises:
        FileNotFoundError: There is no such file.
    """
    if path.suffix.lower() == ".shp" and _companions(path):
        data, shown = bundle(_companions(path)), path.with_suffix(".zip").name
    else:
        data, shown = path.read_bytes(), path.name
    return inspect_bytes(
        data, name=name or shown, choices=choices, limits=limits, on_stage=on_stage
    )


def inspect_bytes(
    data: bytes,
    *,
    name: str,
    choices: Choices | None = None,
    limits: sandbox.Limits | None = None,
    on_stage: Callable[[str], None] | None = None,
) -> Inspection:
    """Find out what uploaded bytes hold; see :func:`inspect`."""
    choices = choices or Choices()
    facts = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data), "name": name}
    with tempfile.TemporaryDirectory(prefix="ganyuan-") as folder:
        workdir = Path(folder)
        upload = workdir / "upload"
        upload.write_bytes(data)
        job = Job(
            source=str(upload),
            name=name,
            workdir=folder,
            choices=choices,
            as_of=dt.datetime.now(tz=dt.UTC).date(),
        )
        try:
            sandbox.run(
                _MODULE,
                {"job": job.model_dump_json()},
                workdir=workdir,
                limits=limits or sandbox.Limits(),
                on_line=on_stage,
            )
        except (sandbox.TimeLimitError, sandbox.ResourceLimitError) as error:
            _log.warning("%s: %s", name, error)
            return Inspection(_stopped(error, facts), choices, original=(name, data))
        return _collect(workdir, facts, choices, (name, data))


def _stopped(
    error: sandbox.TimeLimitError | sandbox.ResourceLimitError, facts: Mapping[str, object]
) -> Report:
    """Report of a file on which the parser was ended."""
    finding = Finding.model_validate({"code": error.code, "values": error.values})  # noqa: PD011
    return Report.model_validate({**facts, "refused_by": error.code, "findings": (finding,)})


def _collect(
    workdir: Path, facts: Mapping[str, object], choices: Choices, original: tuple[str, bytes]
) -> Inspection:
    """Read what the child wrote."""
    report_path, accepted, quarantined = result_paths(workdir)
    report = Report.model_validate_json(report_path.read_bytes())
    return Inspection(
        report=report.model_copy(update=dict(facts)),
        choices=choices,
        parcels=gpd.read_parquet(accepted) if accepted.exists() else None,
        quarantined=pd.read_parquet(quarantined) if quarantined.exists() else None,
        original=original,
    )


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
