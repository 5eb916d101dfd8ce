"""What ``ganyuan consolidate`` is asked, brought to rules and inputs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import geopandas as gpd
import pandas as pd

from analytics import road_distance
from analytics.consolidation import candidates as consolidation
from analytics.consolidation import whatif as consolidation_whatif
from analytics.consolidation.checks import faults, weights
from analytics.consolidation.published import published_inputs
from analytics.road_distance import RoadNetworkError
from domain import reference
from domain.i18n import translator
from domain.rules import RuleSet
from geo.errors import GanyuanError
from ingest import bundle
from ingest.roads import RoadFile, read_roads
from settings import Settings
from store import Store, Viewer
from views.consolidation.road_tables import Roads, default_name, networks, roads_of
from views.context import Context

KEPT: Final = "kept"
"""The network of the store that pages use where nobody chose."""
NONE: Final = "none"
"""Straight distances."""
_SHP: Final = ".shp"
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
        network: Name of the network in the store that counts; empty for a file or for none.
        outlines: The newest outlines of zones, made-up ones too; None without any.
    """

    inputs: consolidation.Inputs
    facts: pd.DataFrame
    faults: list[GanyuanError]
    demonstration: bool = False
    cited: str = ""
    unreached: list[str] = field(default_factory=list)
    network: str = ""
    outlines: gpd.GeoDataFrame | None = field(default=None, repr=False)


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
    store: Path | None,
    roads: str,
    *,
    day: dt.date,
    rules: RuleSet,
    counted: bool,
    lifted: frozenset[str] = frozenset(),
) -> Ground:
    """Read the store, where there is one, and the road network.

    Args:
        store: Folder of the store; None for the one of the settings.
        roads: A file of road lines, the name of a network in the store, :data:`KEPT` for the one
            that pages use, :data:`NONE` for straight distances.
        day: The day that is judged.
        rules: The rules ``consolidation``.
        counted: Made-up figures are counted.
        lifted: Hosts that open cases do not bar.

    Raises:
        RoadNetworkError: The file cannot be used, or there is no such network.
    """
    settings = Settings(store=store) if store else Settings()
    opened = Store(settings.store) if settings.store.exists() else None
    viewer = Viewer(settings.user)
    name = network_name(opened, viewer, roads)
    by_road = _roads(opened, viewer, name, roads, rules=rules)
    unreached = []
    if by_road is not None:
        unreached = road_distance.unreached(reference.zones(), by_road.table)
    if opened is None:
        table = None if by_road is None else by_road.table
        cited = "" if by_road is None else by_road.cited
        inputs = replace(published_inputs(roads=table), lifted=lifted)
        facts = consolidation_whatif.figures(inputs, as_of=day)
        wrong = faults(inputs, None, rules=rules)
        return Ground(inputs, facts, wrong, cited=cited, unreached=unreached)
    # Pages bring much along that a command without a store does not need.
    from views.consolidation import inputs as found  # noqa: PLC0415

    ctx = Context(settings, opened, viewer, translator("zh_CN"), "ha")
    base = found.read_base(ctx, as_of=day, rules=rules, roads=by_road)
    known = found.facts(ctx, base, as_of=day, counted=counted)
    inputs = replace(base.inputs, lifted=lifted)
    outlines = None if base.outlines is None else base.outlines[1]
    return Ground(
        inputs, known, base.faults, base.demonstration, base.cited, unreached, name, outlines
    )


def network_name(store: Store | None, viewer: Viewer, roads: str) -> str:
    """Name of the network in the store that is asked for; empty for a file or for none."""
    if roads == NONE or store is None:
        return ""
    if roads == KEPT:
        return default_name(store, viewer)
    return roads if not Path(roads).is_file() else ""


def _roads(
    store: Store | None, viewer: Viewer, name: str, roads: str, *, rules: RuleSet
) -> Roads | None:
    if name and store is not None:
        network = networks(store, viewer).get(name)
        if network is None:
            raise _unusable(f"{name}: no file and no network of the store")
        return roads_of(store, viewer, network, rules=rules)
    if roads in (KEPT, NONE):
        return None
    if not Path(roads).is_file():
        raise _unusable(f"{roads}: no such file")
    return road_table(Path(roads), rules=rules)


def road_file(path: Path, *, rules: RuleSet) -> RoadFile:
    """Road lines of a file.

    Args:
        path: Zipped or bare shapefile, GeoPackage or GeoJSON, with a CRS.
        rules: The rules ``consolidation``.

    Raises:
        RoadNetworkError: The file cannot be read, has no CRS, or holds no lines.
    """
    content: bytes | Path = path
    if path.suffix.lower() == _SHP:
        content = bundle([one for one in path.parent.glob(f"{path.stem}.*") if one.is_file()])
    read = read_roads(content, path.name, most=int(rules.value("CON-ROAD-VERTICES")))
    if read.refused is not None:
        raise _unusable(f"{path.name}: {read.refused.code} {read.why(Settings().language)}")
    return read


def road_table(path: Path, *, rules: RuleSet) -> Roads:
    """Distances by road between the listed zones, from a file of lines; see :func:`road_file`."""
    lines = road_file(path, rules=rules).lines
    made = road_distance.network(lines, rules=rules)
    table = road_distance.distances(reference.zones(), made, rules=rules, name=path.name)
    return Roads(table, path.name, demonstration=False)


def _unusable(detail: str) -> RoadNetworkError:
    return RoadNetworkError(f"the road network cannot be used: {detail}", values={"detail": detail})
