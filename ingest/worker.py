"""The child process: takes limits upon itself, then reads the foreign file.

Standard input carries the job, standard output the name of each stage and the share of it that is
done; results go into the private folder (:mod:`ingest.results`).
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Mapping


def limit(limits: Mapping[str, int]) -> None:
    """Set the limits of this process; they cannot be raised again."""
    for kind, value in (
        (resource.RLIMIT_CPU, limits["cpu_s"]),
        (resource.RLIMIT_AS, limits["memory_bytes"]),
        (resource.RLIMIT_FSIZE, limits["file_bytes"]),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (value, value))


def main() -> None:
    """Run one job."""
    payload = json.loads(sys.stdin.buffer.read())
    limit(json.loads(payload["limits"]))
    # Foreign bytes are touched below this line only, by code imported under the limits.
    from ingest.child import serve  # noqa: PLC0415

    serve(payload["job"], tell=_tell)


def _tell(stage: str, share: float) -> None:
    sys.stdout.write(f"{stage} {share:.3f}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
