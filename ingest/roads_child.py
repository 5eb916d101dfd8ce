"""The child process of :mod:`ingest.roads`: limits first, then the foreign file."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from ingest.worker import leave_network, limit


def main() -> None:
    """Read the lines of the file and write them into the folder."""
    payload = json.loads(sys.stdin.buffer.read())
    limit(json.loads(payload["limits"]))
    leave_network()
    # Foreign bytes are touched below this line only, by code imported under the limits.
    from ingest.child import require_guard  # noqa: PLC0415
    from ingest.roads_rows import write_roads  # noqa: PLC0415

    require_guard()
    write_roads(Path.cwd(), payload["name"], most=int(payload["most"]))


if __name__ == "__main__":
    main()
