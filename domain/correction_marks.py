"""Fields that a correction package adds to the sender's, by which a returned file is recognised.

All names are at most ten ASCII bytes, so that a shapefile keeps them.
"""

from __future__ import annotations

import re
from typing import Final

NUMBER: Final = "GYTZH"
"""Number of the passport (护照号 of the upload that the row came from)."""
ROW: Final = "GYHH"
"""Row in the sender's file, from 1."""
CODES: Final = "GYDM"
"""Codes of the findings about the row."""
WHAT: Final = "GYWT"
"""What is wrong, in Chinese."""
MEND: Final = "GYCL"
"""What to do, in Chinese."""
ENGLISH: Final = "GYEN"
"""Both in English."""
SHAPE: Final = "GYWKB"
"""Shape that the layer cannot hold, as hexadecimal WKB."""
WKT: Final = "WKT"
"""Shape as text, in the workbook only."""

OWN: Final = (NUMBER, ROW, CODES, WHAT, MEND, ENGLISH, SHAPE)
"""Every field that is the package's own."""
LAYER: Final = "GY_ROWS"
"""Name of the layer and of the sheet that hold the rows to correct."""

PASSPORT_NUMBER: Final = re.compile(r"GY\d{8}-[0-9A-F]{8}")


def is_own(name: str) -> bool:
    """Whether a field is one that the package added; software changes the case of names."""
    return name.strip().upper() in OWN
