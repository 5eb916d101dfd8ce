"""Land that the units of a scenario gain or give up, as ``ganyuan consolidate`` is given it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final, NoReturn

import geopandas as gpd
import pandas as pd
import typer

from analytics.consolidation.land import SIDES, Side, UnitLand, kept_land
from analytics.consolidation.outline import no_units, plan_units, zone_outlines
from analytics.consolidation.scenario import LandKept, LandSide, Scenario
from domain.i18n import translator
from domain.rules import RuleSet
from export.land_words import undrawn
from geo.errors import GanyuanError
from geo.units import M2_PER_HA, M2_PER_MU
from ingest import Inspection, inspect
from ingest.whole import POLYGONS, citation, objections, whole_polygons
from settings import Settings

AddedOption = Annotated[
    list[str] | None,
    typer.Option(
        "--added",
        help="Land added to a unit: host=file of polygons, or an area alone, host=12.5ha or 300mu.",
    ),
]
TakenOutOption = Annotated[
    list[str] | None,
    typer.Option("--taken-out", help="Land taken out of a unit, written like --added."),
]
_OPTIONS: Final = dict(zip(SIDES, ("--added", "--taken-out"), strict=True))
_NUMBER: Final = re.compile(r"[-+]?[\d.,]+")
_AREA: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(ha|mu|公顷|亩)", re.IGNORECASE)
_UNIT_M2: Final = {"ha": M2_PER_HA, "公顷": M2_PER_HA, "mu": M2_PER_MU, "亩": M2_PER_MU}
_HOW: Final = "an area is written with its unit, 12.5ha or 300mu"


class LandWishError(GanyuanError):
    """Land of a unit is written in a way that cannot be used."""

    code = "CSC-005"


class NoHostError(GanyuanError):
    """Land is given for a zone that is no host of the plan."""

    code = "CSC-006"


class LandFileError(GanyuanError):
    """A file of land leaves a question open, or holds rows that are not accepted."""

    code = "CSC-007"


def land_asked(added: Sequence[str] | None, taken_out: Sequence[str] | None) -> dict[str, UnitLand]:
    """Land of every unit that was named, files read, by host.

    Args:
        added: ``host=file`` or ``host=area``.
        taken_out: The same.

    Raises:
        LandWishError: One is written wrongly, or a host has two of one side.
        LandFileError: A file cannot be used as a whole.
    """
    sides = {
        side: _by_host(side, given) for side, given in zip(SIDES, (added, taken_out), strict=True)
    }
    hosts = dict.fromkeys(host for texts in sides.values() for host in texts)
    read = {
        host: {
            side: _side(f"{_OPTIONS[side]} {host}={texts[host]}", texts[host])
            for side, texts in sides.items()
            if host in texts
        }
        for host in hosts
    }
    return {host: UnitLand(**found) for host, found in read.items()}


def _by_host(side: LandSide, given: Sequence[str] | None) -> dict[str, str]:
    out: dict[str, str] = {}
    for text in given or []:
        host, _, value = (part.strip() for part in text.partition("="))
        told = f"{_OPTIONS[side]} {text}"
        if not host or not value:
            _refuse(f"{told}: write host=file or host=area")
        if host in out:
            _refuse(f"{told}: {host} has {out[host]} already; give one file or one area a side")
        out[host] = value
    return out


def _side(told: str, value: str) -> Side:
    area = _AREA.fullmatch(value)
    if area is not None:
        found = float(area[1]) * _UNIT_M2[area[2].lower()]
        if not 0.0 < found < math.inf:
            _refuse(f"{told}: an area is above zero")
        return Side(area_m2=found)
    if _NUMBER.fullmatch(value):
        _refuse(f"{told}: {_HOW}")
    path = Path(value)
    if not _is_file(path):
        _refuse(f"{told}: there is no such file; {_HOW}")
    return _polygons(inspect(path, choices=POLYGONS))


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # such as a name that is longer than any file's
        return False


def _polygons(found: Inspection) -> Side:
    """All polygons of a file, as the page takes them."""
    parts = whole_polygons(found)
    if parts is not None:
        return Side(parts, source=citation(found))
    t, name = translator(Settings().language), found.report.name
    said = [f"{one.code} {one.message(t.language)}" for one in objections(found)]
    detail = " ".join(said or [t("conunit.empty")])
    raise LandFileError(
        f"{name} is not used: {detail}; see `ganyuan check --kind overlay`",
        values={"name": name, "findings": detail},
    )


def _refuse(detail: str) -> NoReturn:
    raise LandWishError(f"land that cannot be used: {detail}", values={"detail": detail})


def land_of_plan(
    lands: Mapping[str, UnitLand],
    pairs: pd.DataFrame,
    outlines: gpd.GeoDataFrame | None,
    *,
    rules: RuleSet,
) -> dict[str, tuple[LandKept, ...]]:
    """Land of the units of a plan as its scenario keeps it, by host.

    Args:
        lands: :func:`land_asked`.
        pairs: Chosen pairs with ``host_id``, ``absorbed_id`` and ``form``.
        outlines: Dataset of outlines with ``zone_id``, EPSG:4490; None without any.
        rules: The rules ``consolidation``.

    Raises:
        NoHostError: A zone is no host of the plan.
        GanyuanError: Land does not fit the outline of its unit.
    """
    hosts = list(dict.fromkeys(map(str, pairs["host_id"])))
    for host in lands:
        if host not in hosts:
            named = ", ".join(hosts) or "—"
            raise NoHostError(
                f"{host} is no host of the plan; its hosts are {named}",
                values={"zone": host, "hosts": named},
            )
    drawn = {host: land.shapes for host, land in lands.items() if land.drawn}
    units = no_units()
    if drawn and outlines is not None:
        mine = pairs[pairs["host_id"].isin(drawn)]
        units = plan_units(mine, zone_outlines(outlines), rules=rules, land=drawn)
        for host, fault in units.faults.items():
            fault.add_note(f"land of {host}")
    return kept_land(lands, units)


def uncounted(lands: Mapping[str, UnitLand], scenario: Scenario) -> list[str]:
    """What of the land does not count although it was given, in words.

    Args:
        lands: :func:`land_asked`.
        scenario: The scenario that keeps it.
    """
    kept = {unit.host_id: unit.land for unit in scenario.result.units}
    t = translator(Settings().language)
    out = []
    for host, land in lands.items():
        if not land.drawn:
            continue
        said = [undrawn(t, land, "ha")]
        if any(one.shapes and not one.area_m2 for one in kept[host]):
            said.append(t("conunit.unmeasured"))
        out += [f"{host}: {line}" for line in said if line]
    return out
