"""What a person decided about an upload, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from domain import boundaries
from domain.boundaries import UnknownPlaceError
from domain.formats import count
from domain.i18n import Translator
from domain.passport import Passport
from export.passport_words import shortened

_VALUE: Final = 24
_PLAIN: Final = ("layer", "encoding", "class_standard")


def decisions(record: Passport, t: Translator) -> tuple[str, ...]:
    """One phrase for each thing that was decided by a person; empty where nothing was."""
    choices = record.choices
    said = [
        t(f"passport.decided_{name}", value=shortened(str(choices[name]), _VALUE))
        for name in _PLAIN
        if choices.get(name)
    ]
    if choices.get("crs_epsg"):
        said.append(t("passport.decided_crs", value=f"EPSG:{choices['crs_epsg']}"))
    if choices.get("swap_axes"):
        said.append(t("passport.decided_swap"))
    said += _places_and_units(choices, t)
    fields = choices.get("fields")
    if isinstance(fields, Mapping) and fields:
        said.append(t("passport.decided_fields", n=count(len(fields))))
    if choices.get("anyway"):
        said.append(t("passport.decided_anyway", codes=", ".join(map(str, choices["anyway"]))))
    repaired = [r for r in record.repairs if r.accepted]
    if repaired:
        before = sum(r.area_before_m2 for r in repaired)
        after = sum(r.area_after_m2 for r in repaired)
        change = f"{after - before:+,.2f}"
        said.append(t("passport.decided_repairs", n=count(len(repaired)), change=change))
    return tuple(said)


def _places_and_units(choices: Mapping[str, Any], t: Translator) -> list[str]:
    said: list[str] = []
    if choices.get("kind"):
        kind = str(choices["kind"])
        said.append(t("passport.decided_kind", value=t.get(f"passport.kind_{kind}", kind)))
    if choices.get("county_adcode"):
        said.append(t("passport.decided_county", value=_county(str(choices["county_adcode"]), t)))
    if choices.get("area_unit"):
        unit = str(choices["area_unit"])
        said.append(t("passport.decided_unit", value=t.get(f"passport.unit_{unit}", unit)))
    return said


def _county(code: str, t: Translator) -> str:
    try:
        return f"{boundaries.name_of(code, t.language)} {code}"
    except UnknownPlaceError:
        return code
