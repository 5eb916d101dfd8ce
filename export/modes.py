"""Who a sheet is for, what it may show, and what it must carry."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

from geo.errors import GanyuanError
from layers.spec import BoundLayer

Mode = Literal["internal", "report", "public"]
MODES: Final[tuple[Mode, ...]] = get_args(Mode)

PUBLIC_GENERALISATION_M: Final = 50.0
"""Least generalisation of outlines on public maps, in metres (product default)."""

PARCEL_COLUMN: Final = "parcel_id"
PERSONAL: Final = ("holder",)
"""Columns that name companies and persons."""

# The form of a number ("GS(2024)0650", "赣S(2026)012") with any brackets; the form for provinces
# and cities is recalled, so only its skeleton is asked for.
_REVIEW_NUMBER: Final = re.compile(
    "^\\S{0,6}S\\s*[(\uff08\\[\u3014]\\d{4}[)\uff09\\]\u3015]\\s*\\d+\\s*\u53f7$"
)


class ReviewNumberError(GanyuanError):
    """A public map was asked for without review number and issuer."""

    code = "EXP-001"


class NotForPublicError(GanyuanError):
    """A layer holds content that public maps must not show."""

    code = "EXP-002"


@dataclass(frozen=True, slots=True)
class Release:
    """How a sheet is released.

    Attributes:
        mode: ``internal`` shows everything, ``report`` is for limited circulation, ``public`` needs
            a review number.
        user: Who drew it; printed on internal sheets.
        review_number: 审图号 of a public map.
        issuer: Authority that gave the number.
        company_names: Whether names of companies may appear in report mode.
    """

    mode: Mode = "internal"
    user: str = ""
    review_number: str = ""
    issuer: str = ""
    company_names: bool = False

    def check(self, layers: Sequence[BoundLayer]) -> None:
        """Refuse a release that lacks what its mode asks for.

        Raises:
            ReviewNumberError: Public without a well-formed review number and an issuer.
            NotForPublicError: Public with parcels.
        """
        if self.mode != "public":
            return
        number = self.review_number.strip()
        if not _REVIEW_NUMBER.match(number) or not self.issuer.strip():
            raise ReviewNumberError(
                "a public map needs its review number and the authority that gave it",
                values={"number": number or "\u2014", "issuer": self.issuer.strip() or "\u2014"},
            )
        barred = [la.spec.id for la in layers if PARCEL_COLUMN in la.frame.columns]
        if barred:
            raise NotForPublicError(
                f"parcels must not be on public maps: leave out {', '.join(barred)}",
                values={"layers": ", ".join(barred)},
            )

    def hides(self, column: str) -> bool:
        """Whether a column must not leave the house in this mode."""
        return column in PERSONAL and self.mode != "internal" and not self.company_names
