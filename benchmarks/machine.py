"""What a measurement ran on."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

LIBRARIES: Final = (
    "numpy", "pandas", "geopandas", "shapely", "pyarrow", "pyogrio", "pyproj", "rasterio",
    "streamlit", "sqlalchemy", "rasterstats", "sedonadb",
)  # fmt: skip
_KB_PER_GIB: Final = 1024**2


def machine() -> dict[str, str]:
    """Processor, cores, memory, kernel, Python and libraries, as texts by name."""
    import shapely  # noqa: PLC0415 - what it is linked with is known to it alone

    return {
        "processor": _first("/proc/cpuinfo", "model name") or platform.processor() or "unknown",
        "cores": str(os.cpu_count()),
        "memory": f"{_memory_gib():.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "libraries": ", ".join(
            [f"{name} {found}" for name in LIBRARIES if (found := _version(name))]
            + [f"GEOS {shapely.geos_version_string}"]
        ),
    }


def _first(path: str, name: str) -> str:
    """The first value of a field in a file of lines ``name : value``; empty where there is none."""
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith(name)), "")


def _memory_gib() -> float:
    words = _first("/proc/meminfo", "MemTotal").split()
    return int(words[0]) / _KB_PER_GIB if words else 0.0


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
