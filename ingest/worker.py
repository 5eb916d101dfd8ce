"""The child process: takes limits upon itself, then reads the foreign file.

Standard input carries the job, standard output the name of each stage and the share of it that is
done; results go into the private folder (:mod:`ingest.results`).
"""

from __future__ import annotations

import ctypes
import json
import resource
import sys
from collections.abc import Mapping
from typing import Final

_NEW_USER: Final = 0x10000000
_NEW_NETWORK: Final = 0x40000000


def limit(limits: Mapping[str, int]) -> None:
    """Set the limits of this process; they cannot be raised again."""
    for kind, value in (
        (resource.RLIMIT_CPU, limits["cpu_s"]),
        (resource.RLIMIT_AS, limits["memory_bytes"]),
        (resource.RLIMIT_FSIZE, limits["file_bytes"]),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (value, value))


def leave_network() -> bool:
    """Move this process into a network of its own, in which there is nobody.

    Returns:
        Whether the system let it go; where it does not, the other guards stand alone.
    """
    try:
        unshare = ctypes.CDLL(None, use_errno=True).unshare
    except (OSError, AttributeError):
        return False
    return any(unshare(flags) == 0 for flags in (_NEW_NETWORK, _NEW_USER | _NEW_NETWORK))


def main() -> None:
    """Run one job."""
    payload = json.loads(sys.stdin.buffer.read())
    limit(json.loads(payload["limits"]))
    leave_network()
    # Foreign bytes are touched below this line only, by code imported under the limits.
    from ingest.child import serve  # noqa: PLC0415

    serve(payload["job"], tell=_tell)


def _tell(stage: str, share: float) -> None:
    sys.stdout.write(f"{stage} {share:.3f}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
