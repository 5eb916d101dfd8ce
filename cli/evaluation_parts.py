"""What the parts of ``ganyuan evaluate`` share: schemes by name, sheets, coded errors."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from domain.permu_schemes import PermuScheme, Subject
from export.workbook import Column, Kind, Sheet
from geo.errors import GanyuanError


class UnknownSchemeError(GanyuanError):
    """There is no scheme of the name that was asked for."""

    code = "EVA-002"


def scheme_named(subject: Subject, name: str) -> PermuScheme:
    """A per-mu scheme of zones or enterprises by its id; the first one without a name.

    Raises:
        UnknownSchemeError: There is none of that name.
    """
    # The page is slow to load, and few commands need it.
    from views.evaluation.scheme import schemes_of  # noqa: PLC0415

    schemes = schemes_of(subject)
    chosen = name or next(iter(schemes))
    if chosen not in schemes:
        known = ", ".join(schemes)
        raise UnknownSchemeError(
            f"no scheme {chosen!r} of {subject}s; there are {known}",
            values={"scheme": chosen, "known": known},
        )
    return schemes[chosen]


def sheet(
    name: str, shown: pd.DataFrame, kinds: Mapping[str, Kind], *, demonstration: bool
) -> Sheet:
    """A table as a sheet whose columns are named as they are printed."""
    columns = tuple(Column(str(c), str(c), kinds.get(str(c), "text")) for c in shown)
    return Sheet(name, shown, columns, demonstration=demonstration)
