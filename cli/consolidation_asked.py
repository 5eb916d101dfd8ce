"""What ``ganyuan consolidate`` is asked, brought to rules and inputs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import geopandas as gpd
import pandas as pd
import pyogrio.errors

from analytics import road_distance
from analytics.consolidation import candidates as consolidation
from analytics.consolidation import whatif as consolidation_whatif
from analytics.consolidation.checks import faults, weights
from analytics.consolidation.published import published_inputs
from analytics.road_distance import RoadNetworkError
from domain import reference
from domain.i18n import translator
from domain.rules import RuleSet
from geo.crs import CGCS2000
from geo.errors import GanyuanError
from settings import Settings
from store import Store, Viewer
from views.context import Context

_SAYS_NOTHING: Final = "a weight is written term=points, several joined by commas"


@dataclass(frozen=True)
class Ground:
    """What a run of the command rests on.

    Attributes:
        inputs: For :func:`analytics.consolidation.candidates.candidates`.
        facts: :func:`analytics.consolidation.whatif.figures`; made-up figures only where they are
            counted.
        faults: Faults of the inputs.
        demonstration: Something of it is made up.
        cited: What it rests on, as it is cited.
        unreached: Zones that the road network does not reach; empty without one.
    """

    inputs: consolidation.Inputs
    facts: pd.DataFrame
    faults: list[GanyuanError]
    demonstration: bool = False
    cited: str = ""
    unreached: list[str] = field(default_factory=list)


def moved(rules: RuleSet, given: str, *, across: bool) -> RuleSet:
    """The rules with weights and the limit to one prefecture as they were asked.

    Args:
        rules: The rules ``consolidation``.
        given: A full set of weights, ``level=10,size=5,...``; empty for those of the rules.
        across: Pairs across prefectures are listed.

    Raises:
        WeightsError: The set cannot be used.
    """
    values = {"CON-ACROSS": 1.0} if across else {}
    if given:
        values |= weights(_points(given), rules=rules)
    return consolidation.with_values(rules, values)


def _points(given: str) -> dict[str, float]:
    out = {}
    for part in given.split(","):
        term, sign, text = part.partition("=")
        try:
            value = float(text)
        except ValueError:
            value = None
        if value is None or not sign or term.strip() in out:
            raise consolidation.WeightsError(
                f"the weights cannot be used: {part!r}; {_SAYS_NOTHING}, each term once",
                values={"detail": f"{part}: {_SAYS_NOTHING}"},
            )
        out[term.strip()] = value
    return out


def ground(
    store: Path | None, roads: Path | None, *, day: dt.date, rules: RuleSet, counted: bool
) -> Ground:
    """Read the store, where there is one, and the road network.

    Args:
        store: Folder of the store; None for the one of the settings.
        roads: File with road lines; None for none.
        day: The day that is judged.
        rules: The rules ``consolidation``.
        counted: Made-up figures are counted.
    """
    by_road = road_table(roads, rules=rules) if roads is not None else None
    settings = Settings(store=store) if store else Settings()
    unreached = []
    if by_road is not None:
        unreached = road_distance.unreached(reference.zones(), by_road)
    if not settings.store.exists():
        inputs = published_inputs(roads=by_road)
        facts = consolidation_whatif.figures(inputs, as_of=day)
        return Ground(inputs, facts, faults(inputs, None, rules=rules), unreached=unreached)
    # Pages bring much along that a command without a store does not need.
    from views.consolidation import inputs as found  # noqa: PLC0415

    ctx = Context(settings, Store(settings.store), Viewer(settings.user), translator("zh_CN"), "ha")
    base = found.read_base(ctx, as_of=day, rules=rules, roads=by_road)
    known = found.facts(ctx, base, as_of=day, counted=counted)
    return Ground(base.inputs, known, base.faults, base.demonstration, base.cited, unreached)


def road_table(path: Path, *, rules: RuleSet) -> pd.DataFrame:
    """Distances by road between the listed zones, from a file of lines.

    Args:
        path: GeoJSON, GeoPackage or shapefile with a CRS.
        rules: The rules ``consolidation``.

    Raises:
        RoadNetworkError: The file cannot be read, has no CRS, or holds no lines.
    """
    try:
        lines = gpd.read_file(path)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, OSError) as error:
        raise _unreadable(f"{path.name}: not a file of lines") from error
    if not isinstance(lines, gpd.GeoDataFrame) or lines.crs is None:
        raise _unreadable(f"{path.name}: no coordinate system")
    made = road_distance.network(lines.to_crs(CGCS2000), rules=rules)
    return road_distance.between(reference.zones(), made, rules=rules)


def _unreadable(detail: str) -> RoadNetworkError:
    return RoadNetworkError(
        f"the road network cannot be used: {detail}; give a layer of road lines with its CRS",
        values={"detail": detail},
    )
