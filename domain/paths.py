"""Where the files that ship with the product lie."""

from __future__ import annotations

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
DATA: Final = ROOT / "data"
LOCALE: Final = ROOT / "locale"
STATIC: Final = ROOT / "static"
