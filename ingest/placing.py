"""In which coordinate system the numbers are: what is declared, weighed against where they fall.

A declaration is believed when its coordinates fall inside Jiangxi. Where they do not, the numbers
say what would fit and a person decides. Xi'an 80 and Beijing 54 are refused: the parameters to
CGCS2000 are state secrets and PROJ would silently shift nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from pyproj import CRS
from pyproj.exceptions import CRSError

from domain.rules import RuleSet
from geo.crs import CGCS2000, central_meridian
from geo.formats.boundary_points import zone_of_header
from ingest.crs_candidates import (
    WEB_MERCATOR,
    ZONES_3,
    Datum,
    Floats,
    candidate,
    datum_of,
    epsg_of_zone,
    guesses,
    is_six_degree,
    zone_of_epsg,
)
from ingest.evidence import CrsCandidate, CrsEvidence
from ingest.model import Choices, Finding, RefusedError, Value

_REFUSED_DATUMS: Final = {"xian80": "1980西安坐标系", "beijing54": "1954北京坐标系"}
_COUNTY_SHARE: Final = 0.5


class DatumError(RefusedError):
    """The coordinates are in a datum that nobody may transform; they can be shown only.

    Args:
        datum: Its Chinese name.
        declared: What the file, or a person, states.
    """

    code = "CRS-004"

    def __init__(self, datum: str, declared: str) -> None:
        super().__init__("CRS-004", datum=datum, crs=declared)
        self.datum = datum
        self.declared = declared


@dataclass(frozen=True, slots=True)
class Declared:
    """What a .prj or a header states.

    Attributes:
        text: The statement in words; empty where there is none.
        datum: Which datum; empty where unknown.
        epsg: EPSG code; None where it states none.
        zone: 3-degree zone of a text header, which leaves the prefix to the data.
        unreadable: There was a statement, but it could not be read.
    """

    text: str = ""
    datum: Datum = ""
    epsg: int | None = None
    zone: int | None = None
    unreadable: bool = False


@dataclass(frozen=True, slots=True)
class Placement:
    """Evidence with what has to be said about it."""

    evidence: CrsEvidence
    findings: tuple[Finding, ...]


def declared_by_prj(wkt: str) -> Declared:
    """What a .prj file states.

    Raises:
        RefusedError: It is a system of its own that no EPSG code names, such as a local one.
    """
    text = wkt.strip().strip("\ufeff\0")
    if not text:
        return Declared()
    try:
        crs = CRS.from_user_input(text)
    except CRSError:
        return Declared(text=text[:60], unreadable=True)
    datum = datum_of(crs)
    epsg = crs.to_epsg(min_confidence=70) or _zone_by_parameters(crs, datum)
    if epsg is None and datum not in _REFUSED_DATUMS:
        raise RefusedError("CRS-020", crs=crs.name)
    return Declared(text=crs.name, datum=datum, epsg=epsg)


def _zone_by_parameters(crs: CRS, datum: Datum) -> int | None:
    """EPSG code of a CGCS2000 zone under a name of its own, told from all its parameters.

    Likeness proves nothing: asked for its best guess, PROJ takes a local system on 115.5 degrees
    east for a neighbouring 3-degree zone.
    """
    if datum != "cgcs2000" or crs.coordinate_operation is None:
        return None
    known: dict[str, object] = {p.name: p.value for p in crs.coordinate_operation.params}
    for zone in ZONES_3:
        for prefixed in (True, False):
            expected = {
                "Latitude of natural origin": 0.0,
                "Longitude of natural origin": central_meridian(zone),
                "Scale factor at natural origin": 1.0,
                "False easting": zone * 1e6 * prefixed + 5e5,
                "False northing": 0.0,
            }
            if known == expected:
                return epsg_of_zone(zone, prefixed=prefixed)
    return None


def declared_by_header(header: Mapping[str, str]) -> Declared:
    """What the header of a boundary-point text states."""
    text = header.get("坐标系", "").strip()
    zone = zone_of_header(header)
    datum: Datum = ""
    if "2000" in text:
        datum = "cgcs2000"
    elif "80" in text or "西安" in text:
        datum = "xian80"
    elif "54" in text or "北京" in text:
        datum = "beijing54"
    return Declared(text=text, datum=datum, zone=zone)


def place(
    xy: Floats,
    declared: Declared,
    *,
    dated: dt.date | None,
    county: str | None,
    choices: Choices,
    rules: RuleSet,
) -> Placement:
    """Decide in which system the coordinates are.

    Args:
        xy: Sample of vertices as in the file, n by 2.
        declared: What .prj or header state.
        dated: Date that the file states for itself.
        county: County that the file is about, where known.
        choices: What a person decided.
        rules: Rules ``ingest``.

    Raises:
        DatumError: Xi'an 80 or Beijing 54.
        RefusedError: No system puts the data into Jiangxi.
    """
    if declared.datum in _REFUSED_DATUMS:
        raise DatumError(_REFUSED_DATUMS[declared.datum], declared.text)
    if choices.crs_epsg is not None:
        return _by_choice(xy, declared, county, choices, rules)
    codes = guesses(float(np.median(xy[:, 0])), float(np.median(xy[:, 1]))) if len(xy) else []
    stated = _stated(declared, codes)
    codes = list(dict.fromkeys(([(stated, False)] if stated else []) + codes))
    found = sorted(
        (candidate(xy, epsg, swapped=swapped, county=county) for epsg, swapped in codes),
        key=lambda c: (-c.inside, -(c.in_county or 0.0), c.swapped),
    )
    fitting = _fitting(found, rules)
    if not fitting:
        unknown = {"crs": declared.text or "—", "crs_en": declared.text or "—"}
        named = _named("crs", found[0]) if found else unknown
        raise RefusedError("PLC-002", where=_where(found), **named)
    return _weigh(tuple(found), fitting, declared, stated, dated, rules)


def _where(found: list[CrsCandidate]) -> str:
    """Place of the best candidate in words."""
    if not found or found[0].outline is None:
        return "—"
    west, south, east, north = found[0].outline
    return f"{(west + east) / 2:.3f}°E {(south + north) / 2:.3f}°N"


def _stated(declared: Declared, codes: list[tuple[int, bool]]) -> int | None:
    """EPSG code that is declared; a header's zone takes the prefix that the data shows."""
    if declared.epsg is not None:
        return declared.epsg
    if declared.zone is None or declared.zone not in ZONES_3:
        return None
    possible = {epsg for epsg, _ in codes}
    both = (epsg_of_zone(declared.zone, prefixed=prefixed) for prefixed in (True, False))
    return next((epsg for epsg in both if epsg in possible), None)


def _fitting(found: list[CrsCandidate], rules: RuleSet) -> list[CrsCandidate]:
    sure = [c for c in found if c.inside >= rules.value("ING-INSIDE-SURE")]
    return sure or [c for c in found if c.inside >= rules.value("ING-INSIDE-LEAST")]


def _by_choice(
    xy: Floats, declared: Declared, county: str | None, choices: Choices, rules: RuleSet
) -> Placement:
    """The system that a person chose, if it puts the data into Jiangxi."""
    epsg = choices.crs_epsg or CGCS2000
    try:
        datum = datum_of(CRS.from_epsg(epsg))
    except CRSError as err:
        raise RefusedError("CRS-019", crs=str(epsg), crs_en=str(epsg)) from err
    if datum in _REFUSED_DATUMS:
        raise DatumError(_REFUSED_DATUMS[datum], f"EPSG:{epsg}")
    if datum not in {"cgcs2000", "wgs84"}:
        raise RefusedError("CRS-019", crs=str(epsg), crs_en=str(epsg))
    options = [choices.swap_axes] if choices.swap_axes is not None else [False, True]
    found = [candidate(xy, epsg, swapped=swapped, county=county) for swapped in options]
    best = max(found, key=lambda c: c.inside)
    if best.inside < rules.value("ING-INSIDE-LEAST"):
        raise RefusedError("CRS-019", **_named("crs", best))
    findings = [Finding(code="CRS-014")] if best.swapped else []
    evidence = CrsEvidence(
        chosen=epsg,
        swapped=best.swapped,
        source="choice",
        certain=True,
        declared=declared.text,
        candidates=(best,),
    )
    return Placement(evidence, tuple(findings))


def _weigh(
    found: tuple[CrsCandidate, ...],
    fitting: list[CrsCandidate],
    declared: Declared,
    stated: int | None,
    dated: dt.date | None,
    rules: RuleSet,
) -> Placement:
    """Weigh the systems that fit against what is declared."""
    agreeing = next((c for c in fitting if c.epsg == stated and not c.swapped), None)
    if agreeing is not None and declared.datum:
        return _settled(agreeing, found, declared, [], source="declared")
    best, open_question = _best(fitting)
    if open_question:
        return _open(found, declared, Finding(code="CRS-015", values={"n": len(fitting)}))
    if declared.epsg is not None:
        return _against_prj(best, found, declared)
    findings = [Finding(code="CRS-016")] if declared.unreadable else []
    if declared.datum == "cgcs2000":
        return _settled(best, found, declared, findings, source="numbers")
    since = str(int(rules.value("ING-CGCS2000-SINCE")))
    if dated is None or f"{dated:%Y%m%d}" < since:
        return _open(
            found,
            declared,
            *findings,
            Finding(code="CRS-012", values={"date": str(dated or "—"), **_named("crs", best)}),
        )
    values = {"date": dated.isoformat(), **_named("crs", best)}
    findings.append(Finding(code="CRS-010", values=values))
    return _settled(best, found, declared, findings, source="numbers", certain=False)


def _named(key: str, system: CrsCandidate) -> dict[str, Value]:
    """Name of a system for the texts of both languages."""
    return {key: system.name_zh, f"{key}_en": system.name}


def _best(fitting: list[CrsCandidate]) -> tuple[CrsCandidate, bool]:
    """The best fitting system, and whether another is about as good."""
    if len(fitting) == 1:
        return fitting[0], False
    in_county = [c for c in fitting if (c.in_county or 0.0) >= _COUNTY_SHARE]
    if len(in_county) == 1:
        return in_county[0], False
    return fitting[0], True


def _against_prj(
    best: CrsCandidate, found: tuple[CrsCandidate, ...], declared: Declared
) -> Placement:
    """The numbers contradict the .prj: a missing prefix is harmless, all else is a question."""
    stated_zone = zone_of_epsg(declared.epsg or 0)
    values = {"declared": declared.text, **_named("found", best)}
    if stated_zone is not None and stated_zone == zone_of_epsg(best.epsg):
        code = "CRS-014" if best.epsg == declared.epsg else "CRS-021"
        return _settled(
            best,
            found,
            declared,
            [Finding(code=code, values=values)],
            source="numbers",
            say_swapped=code != "CRS-014",
        )
    return _open(found, declared, Finding(code="CRS-013", values=values))


def _settled(
    chosen: CrsCandidate,
    found: tuple[CrsCandidate, ...],
    declared: Declared,
    findings: list[Finding],
    *,
    source: Literal["declared", "numbers"],
    certain: bool = True,
    say_swapped: bool = True,
) -> Placement:
    if chosen.swapped and say_swapped:
        findings = [*findings, Finding(code="CRS-014")]
    if is_six_degree(chosen.epsg):
        findings = [*findings, Finding(code="CRS-018", values=_named("crs", chosen))]
    if chosen.epsg == WEB_MERCATOR:
        findings = [*findings, Finding(code="CRS-022")]
    evidence = CrsEvidence(
        chosen=chosen.epsg,
        swapped=chosen.swapped,
        source=source,
        certain=certain,
        declared=declared.text,
        candidates=found,
    )
    return Placement(evidence, tuple(findings))


def _open(found: tuple[CrsCandidate, ...], declared: Declared, *findings: Finding) -> Placement:
    """A question for a person."""
    evidence = CrsEvidence(chosen=None, declared=declared.text, candidates=found)
    return Placement(evidence, findings)
