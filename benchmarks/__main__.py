"""Measure and write ``docs/benchmarks.md``.

``python -m benchmarks`` measures every section at a quick size, ``python -m benchmarks checks``
one, ``--size full`` the large sizes, ``--document`` nothing: it builds the document anew from what
is stored.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import shlex
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks import (
    checks,
    clicks,
    consolidation,
    datasets,
    exports,
    faults,
    idle,
    idle_page,
    ingest,
    map_browser,
    map_server,
    pages,
    peers,
    peers_overlaps,
    peers_raster,
    planner,
    quick,
    raster,
    scale,
    tabulate,
    tiles_kernel,
)
from benchmarks.document import Findings, Result, build, plot_file, read_results, to_json
from benchmarks.machine import machine
from benchmarks.plots import draw

Report = Callable[[], Findings | str]

ROOT: Final = Path(__file__).resolve().parent.parent
RESULTS: Final = ROOT / "benchmarks" / "results"
DOCUMENT: Final = ROOT / "docs" / "benchmarks.md"
PLOTS: Final = ROOT / "docs" / "benchmarks"


@dataclass(frozen=True)
class Section:
    """A measurement in two sizes.

    Attributes:
        quick: Of about a minute.
        full: Of any length; None where the quick one is all there is.
        asked: Whether it runs only when it is named.
    """

    quick: Report
    full: Report | None = None
    asked: bool = False


SECTIONS: Final[dict[str, Section]] = {
    "pages": Section(pages.report),
    "datasets": Section(datasets.report),
    "ingest": Section(quick.upload, ingest.report),
    "checks": Section(checks.report),
    "exports": Section(quick.exports_of_20_000, exports.report),
    "faults": Section(quick.store_faults, faults.report),
    "idle": Section(lambda: idle.report((100_000,), times=2), idle.report),
    "idle-page": Section(lambda: idle_page.report((5,)), idle_page.report),
    "planner": Section(lambda: planner.report((1_000,)), planner.report),
    "consolidation": Section(
        lambda: consolidation.report(budgets=consolidation.FEW_SOLVES, fronts=False),
        consolidation.report,
    ),
    "tabulate": Section(tabulate.report, tabulate.growing),
    "raster": Section(
        lambda: raster.report(6_000, 5_000), lambda: raster.report(with_province=True)
    ),
    "scale": Section(lambda: scale.report(scale.SIZES[:1], country=False), scale.report),
    "tiles": Section(lambda: tiles_kernel.report(1), tiles_kernel.report),
    "map-server": Section(lambda: map_server.report((10_000,)), map_server.report),
    "map-browser": Section(lambda: map_browser.report((10_000,), turns=2), map_browser.report),
    "clicks": Section(
        lambda: clicks.report(minutes=0.3, parcels=20_000),
        lambda: clicks.report(minutes=10, parcels=1_000_000),
    ),
    "peers": Section(peers.report, asked=True),
    "peers-overlaps": Section(peers_overlaps.report, asked=True),
    "peers-raster": Section(peers_raster.report, asked=True),
}


def main(names: list[str], size: str) -> None:
    """Measure sections, keep their results and build the document.

    Args:
        names: Sections; none for all that need not be asked for.
        size: ``quick`` or ``full``; the latter leaves out, unless named, what has no other size.
    """
    for name in names or usual(size):
        result = measured(name, size)
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / f"{result.name}.json").write_text(to_json(result), encoding="utf-8")
        write_document()


def usual(size: str) -> list[str]:
    """Sections that run when none is named."""
    return [
        name
        for name, section in SECTIONS.items()
        if not section.asked and (size == "quick" or section.full)
    ]


def measured(name: str, size: str) -> Result:
    """Measure one section.

    Args:
        name: Its name.
        size: The size that is asked for; a section of one size has that.
    """
    section = SECTIONS[name]
    report = section.full if size == "full" and section.full else section.quick
    taken = "quick" if report is section.quick else "full"
    command = [".venv/bin/python", "-m", "benchmarks", name] + (
        ["--size", "full"] * (taken == "full")
    )
    load = os.getloadavg()[0]
    print(f"{name}, {taken} size, load {load:.1f} ...", flush=True)
    begun = time.perf_counter()
    found = report()
    took = time.perf_counter() - begun
    if isinstance(found, str):
        found = found.strip()
    day = dt.datetime.now(tz=dt.UTC).date().isoformat()
    return Result(name, taken, shlex.join(command), day, load, machine(), found, took)


def write_document() -> None:
    """Build the document and its plots from the stored results."""
    results = read_results(RESULTS)
    PLOTS.mkdir(exist_ok=True)
    for result in results:
        for i, plot in enumerate(result.found.plots if isinstance(result.found, Findings) else ()):
            draw(plot, PLOTS / plot_file(result, i))
    text = build(results, list(SECTIONS), plots=PLOTS.name)
    DOCUMENT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("sections", nargs="*", choices=[[], *SECTIONS], metavar="section")
    parser.add_argument("--size", choices=("quick", "full"), default="quick")
    parser.add_argument("--document", action="store_true", help="build the document only")
    given = parser.parse_args()
    if given.document:
        write_document()
    else:
        main(given.sections, given.size)
