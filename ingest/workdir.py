"""A private folder that lives exactly as long as somebody holds on to it."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path


class WorkFolder:
    """A temporary folder; it goes when the last reference to this object goes.

    Attributes:
        path: The folder.
    """

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="ganyuan-"))
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)
