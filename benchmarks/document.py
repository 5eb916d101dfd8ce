"""The document of measurements, built from what each section left behind as JSON.

A section is measured on its own and replaces only its own result, so that what takes long is not
measured each time. Building is pure: the same results give the same text.
"""

from __future__ import annotations

import json
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

HEAD: Final = """# Measurements

Written by `make bench` (every section at a size that takes about twelve minutes in all),
`make bench-full` (large sizes) and `make bench-peers` (against QGIS, PostGIS and SedonaDB); edit
the code, not this page. Every section names its command and the load of the machine before it
began. Figures are comparable within a section; "2.0 (1.8 to 2.3)" is the median of the turns, the
least and the greatest.
"""


@dataclass(frozen=True)
class Spread:
    """Values of several turns.

    Attributes:
        median: Their median.
        least: The least of them.
        greatest: The greatest of them.
    """

    median: float
    least: float
    greatest: float


Cell = str | float | int | Spread | None


def spread(values: Iterable[float]) -> Spread:
    """Median, least and greatest of at least one value."""
    found = list(values)
    return Spread(statistics.median(found), min(found), max(found))


@dataclass(frozen=True)
class Table:
    """A table of figures.

    Attributes:
        columns: Names.
        rows: Cells; a number is printed with the digits of its column.
        digits: Digits behind the point by column, None for a column of texts.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    digits: tuple[int | None, ...]


@dataclass(frozen=True)
class Growth:
    """A plot of how something grows with size.

    Attributes:
        title: What is shown.
        x: What the size is.
        y: What grows.
        series: Points by the name of the line; the first is ours.
    """

    title: str
    x: str
    y: str
    series: dict[str, tuple[tuple[float, float], ...]]


@dataclass(frozen=True)
class Findings:
    """What a section found.

    Attributes:
        title: Heading.
        about: Markdown before the tables: what was measured, on what, how.
        tables: Tables.
        after: Markdown behind them.
        plots: Plots.
    """

    title: str
    about: str
    tables: tuple[Table, ...] = ()
    after: str = ""
    plots: tuple[Growth, ...] = ()


@dataclass(frozen=True)
class Result:
    """A section as it was measured.

    Attributes:
        section: Its name on the command line.
        size: ``quick`` or ``full``.
        command: What measures it again.
        date: ISO day of the measurement.
        load: Mean number of busy processes in the minute before.
        machine: Facts by name; see :func:`benchmarks.machine.machine`.
        found: Structured findings, or Markdown that begins with a heading.
        took_s: Seconds that measuring took, making the data included.
    """

    section: str
    size: str
    command: str
    date: str
    load: float | None
    machine: dict[str, str]
    found: Findings | str = field(repr=False)
    took_s: float | None = None

    @property
    def name(self) -> str:
        """Name of its file, without suffix, and of its plots."""
        return self.section if self.size == "quick" else f"{self.section}-{self.size}"


def to_json(result: Result) -> str:
    """The text of a result's file."""
    return json.dumps(asdict(result), ensure_ascii=False, indent=1) + "\n"


def from_json(text: str) -> Result:
    """The result in the text of a file."""
    told = json.loads(text)
    found = told.pop("found")
    return Result(**told, found=found if isinstance(found, str) else _findings(found))


def _findings(told: dict[str, Any]) -> Findings:
    tables = tuple(
        Table(
            tuple(table["columns"]),
            tuple(tuple(_cell_of(cell) for cell in row) for row in table["rows"]),
            tuple(table["digits"]),
        )
        for table in told["tables"]
    )
    plots = tuple(
        Growth(
            plot["title"],
            plot["x"],
            plot["y"],
            {name: tuple((x, y) for x, y in points) for name, points in plot["series"].items()},
        )
        for plot in told["plots"]
    )
    return Findings(told["title"], told["about"], tables, told["after"], plots)


def _cell_of(told: Any) -> Cell:  # noqa: ANN401 - whatever JSON holds
    return Spread(**told) if isinstance(told, dict) else told


def read_results(folder: Path) -> list[Result]:
    """All results in a folder."""
    return [from_json(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]


def build(results: Sequence[Result], order: Sequence[str], *, plots: str) -> str:
    """The document.

    Args:
        results: Results; one of full size comes before the quick one of the same section.
        order: Names of sections in the order of the document; others follow.
        plots: Folder of the plots, seen from the document.
    """
    place = {name: i for i, name in enumerate(order)}
    ordered = sorted(results, key=lambda r: (place.get(r.section, len(place)), r.section, r.size))
    machines: list[dict[str, str]] = []
    for result in ordered:
        if result.machine not in machines:
            machines.append(result.machine)
    parts = [HEAD, *(_machine(facts, i, len(machines)) for i, facts in enumerate(machines))]
    titles = Counter(r.found.title for r in ordered if isinstance(r.found, Findings))
    for result in ordered:
        which = f", on machine {machines.index(result.machine) + 1}" if len(machines) > 1 else ""
        load = "" if result.load is None else f", load {result.load:.1f} beforehand"
        took = "" if result.took_s is None else f", took {result.took_s:,.0f} s"
        parts.append(
            f"{_body(result, plots, titles).strip()}\n\n"
            f"`{result.command}`, {result.size} size, {result.date}{load}{took}{which}.\n"
        )
    return "\n".join(parts)


def plot_file(result: Result, number: int) -> str:
    """Name of the file of one of a result's plots."""
    return f"{result.name}-{number + 1}.svg"


def _machine(facts: dict[str, str], number: int, count: int) -> str:
    heading = "## Machine" if count == 1 else f"## Machine {number + 1}"
    rows = [f"| {name} | {value} |" for name, value in facts.items()]
    return "\n".join([heading, "", "| what | |", "|---|---|", *rows, ""])


def _body(result: Result, plots: str, titles: Mapping[str, int]) -> str:
    found = result.found
    if isinstance(found, str):
        return found
    size = f" ({result.size} size)" if titles[found.title] > 1 else ""
    parts = [f"## {found.title}{size}", found.about, *(markdown(table) for table in found.tables)]
    parts += [found.after] if found.after else []
    parts += [
        f"![{plot.title}]({plots}/{plot_file(result, i)})" for i, plot in enumerate(found.plots)
    ]
    return "\n\n".join(part.strip() for part in parts)


def markdown(table: Table) -> str:
    """A table as Markdown."""
    marks = ["---" if digits is None else "---:" for digits in table.digits]
    lines = [_line(table.columns), f"|{'|'.join(marks)}|"]
    lines += [
        _line([_text(c, d) for c, d in zip(row, table.digits, strict=True)]) for row in table.rows
    ]
    return "\n".join(lines)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |".replace("|  |", "| |").replace("|  |", "| |")


def _text(cell: Cell, digits: int | None) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    places = digits or 0
    if not isinstance(cell, Spread):
        return _number(cell, places)
    middle, low, high = (_number(v, places) for v in (cell.median, cell.least, cell.greatest))
    return middle if low == high else f"{middle} ({low} to {high})"


def _number(value: float, places: int) -> str:
    # Adding zero takes the sign from what is rounded to it.
    return f"{round(value, places) + 0.0:,.{places}f}"
