"""The child process of :mod:`ingest.extraction`: limits first, then the foreign file."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from ingest.worker import limit


def main() -> None:
    """Read the rows that are asked for and write them into the folder."""
    payload = json.loads(sys.stdin.buffer.read())
    limit(json.loads(payload["limits"]))
    # Foreign bytes are touched below this line only, by code imported under the limits.
    from ingest.child import require_guard  # noqa: PLC0415
    from ingest.extraction_rows import extract  # noqa: PLC0415

    require_guard()
    extract(Path.cwd(), payload["name"], payload["choices"])


if __name__ == "__main__":
    main()
