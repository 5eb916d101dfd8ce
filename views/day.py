"""The day that is judged where nobody asks for another."""

from __future__ import annotations

import datetime as dt
from typing import Final

from store import Version

FIRST_DAY: Final = dt.date(2012, 7, 1)
"""The Measures for Disposal of Idle Land are in force since this day."""


def default_day(version: Version | None) -> dt.date:
    """The cut-off day in the passport of a version, else today."""
    noted = version.passport.get("as_of") if version else None
    try:
        return max(dt.date.fromisoformat(str(noted)), FIRST_DAY)
    except ValueError:
        return dt.datetime.now(tz=dt.UTC).astimezone().date()
