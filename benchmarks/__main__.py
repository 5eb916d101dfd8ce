"""Run measurements and write ``benchmarks/results.md``.

``python -m benchmarks`` runs all of them, ``python -m benchmarks checks ingest`` some: a section
that is measured anew takes the place of the one before.
"""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from benchmarks import (
    checks,
    datasets,
    exports,
    faults,
    ingest,
    pages,
    raster,
    scale,
    tabulate,
)

RESULTS: Final = Path(__file__).parent / "results.md"
REPORTS: Final[dict[str, Callable[[], str]]] = {
    "pages": pages.report,
    "datasets": datasets.report,
    "ingest": ingest.report,
    "checks": checks.report,
    "exports": exports.report,
    "faults": faults.report,
    "tabulate": tabulate.report,
    "raster": raster.report,
    "scale": scale.report,
}
_SECTION: Final = re.compile(r"^(?=## )", re.MULTILINE)


def main(names: list[str]) -> None:
    """Measure and write.

    Args:
        names: Measurements to run; none for all.
    """
    sections = _sections(RESULTS.read_text(encoding="utf-8")) if names else {}
    for name in names or REPORTS:
        load = os.getloadavg()[0]
        text = f"{REPORTS[name]().strip()}\n\nMeasured at a load of {load:.1f} beforehand.\n"
        sections |= _sections(text)
        print(text, flush=True)
    head = (
        "# Measurements\n\nWritten by `make bench`. "
        f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}.\n"
    )
    RESULTS.write_text("\n".join([head, *sections.values()]), encoding="utf-8")


def _sections(text: str) -> dict[str, str]:
    """Sections of a report by their heading."""
    found = [part for part in _SECTION.split(text) if part.startswith("## ")]
    return {part.splitlines()[0]: part.rstrip() + "\n" for part in found}


if __name__ == "__main__":
    main(sys.argv[1:])
