"""The day that is judged where nobody asks for another."""

from __future__ import annotations

import datetime as dt
from typing import Final

from store import Version

FIRST_DAY: Final = dt.date(2009, 1, 1)
"""The tasks of approved-not-supplied land count approvals since this year (rule APPR-FIRST-YEAR);
until 2012-06-30 idle land is judged by the Measures of 1999."""


def default_day(version: Version | None) -> dt.date:
    """The cut-off day in the passport of a version, else today."""
    noted = version.passport.get("as_of") if version else None
    try:
        return max(dt.date.fromisoformat(str(noted)), FIRST_DAY)
    except ValueError:
        return dt.datetime.now(tz=dt.UTC).astimezone().date()
