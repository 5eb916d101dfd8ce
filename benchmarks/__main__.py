"""Run every measurement and write ``benchmarks/results.md``."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from benchmarks import datasets, pages

RESULTS = Path(__file__).parent / "results.md"


def main() -> None:
    """Measure and write."""
    head = (
        "# Measurements\n\nWritten by `make bench`. "
        f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}.\n"
    )
    text = f"{head}\n{pages.report()}\n\n{datasets.report()}\n"
    RESULTS.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
