"""Layers by name, as the map page, the reports page and the command line call them.

The registry knows what each name needs and how it becomes layers; the tables themselves are
arguments, so that it needs no store.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

import geopandas as gpd
import pandas as pd

from geo.errors import GanyuanError
from layers.catalogue import belt, consolidation, parcels, zones
from layers.spec import BoundLayer, LayerSpec

Need = Literal[
    "zones", "clusters", "sectors", "belt_members", "belt_axis", "belt_stations", "parcels",
    "footprints", "links", "link_zones",
]  # fmt: skip


class UnknownLayerError(GanyuanError):
    """No layer has this name."""

    code = "EXP-005"


@dataclass(frozen=True)
class Tables:
    """What layers are made of; only what the wanted names need has to be there.

    Attributes:
        frames: Tables by need; parcels with their status columns and ``land_group``, zones and
            footprints with ``zone_class``.
        demonstration: Needs whose rows are made up.
        name: Column of names of zones and clusters in the language of the map.
    """

    frames: Mapping[Need, pd.DataFrame]
    demonstration: frozenset[Need] = frozenset()
    name: str = "name_zh"

    def bind(self, spec: LayerSpec, need: Need) -> BoundLayer:
        """A layer of one of the tables; rows without a place are left out."""
        frame = zones.placed(gpd.GeoDataFrame(self.frames[need]))
        return spec.bind(frame, demonstration=need in self.demonstration)


@dataclass(frozen=True, slots=True)
class Entry:
    """One name of the registry.

    Attributes:
        title: Text key of the title.
        needs: Tables that :attr:`make` reads.
        make: From tables to layers, lowest first.
    """

    title: str
    needs: tuple[Need, ...]
    make: Callable[[Tables], list[BoundLayer]]


def _boundaries(_: Tables) -> list[BoundLayer]:
    """Boundaries are the ground of every map and drawn without being asked for."""
    return []


def _clusters(tables: Tables) -> list[BoundLayer]:
    spec = zones.clusters(tables.frames["sectors"], name=tables.name)
    return [tables.bind(spec, "clusters")]


def _belt(tables: Tables) -> list[BoundLayer]:
    return [
        tables.bind(belt.belt_members(), "belt_members"),
        tables.bind(belt.belt_axis(), "belt_axis"),
        tables.bind(belt.belt_stations(), "belt_stations"),
    ]


def _candidates(tables: Tables) -> list[BoundLayer]:
    return [
        tables.bind(consolidation.candidates_links(), "links"),
        tables.bind(consolidation.candidates_zones(), "link_zones"),
    ]


ENTRIES: Final[Mapping[str, Entry]] = MappingProxyType(
    {
        "boundaries": Entry("sheet.layer_boundaries", (), _boundaries),
        "parcels": Entry(
            "idle.layer.status", ("parcels",),
            lambda tables: [tables.bind(parcels.parcel_status(), "parcels")],
        ),
        "land-use": Entry(
            "land_use.layer.parcels", ("parcels",),
            lambda tables: [tables.bind(parcels.land_use(), "parcels")],
        ),
        "zone-footprints": Entry(
            "layers.zone_footprints.title", ("footprints",),
            lambda tables: [tables.bind(zones.zone_footprints(), "footprints")],
        ),
        "belt": Entry("sheet.layer_belt", ("belt_members", "belt_axis", "belt_stations"), _belt),
        "candidates": Entry("sheet.layer_candidates", ("links", "link_zones"), _candidates),
        "clusters": Entry("layers.clusters.title", ("clusters", "sectors"), _clusters),
        "zones": Entry(
            "layers.zones.title", ("zones",),
            lambda tables: [tables.bind(zones.zones(name=tables.name), "zones")],
        ),
    }
)  # fmt: skip
"""Every layer name, in drawing order."""


def ordered(names: Sequence[str]) -> list[str]:
    """Names in drawing order, each once.

    Raises:
        UnknownLayerError: A name is not in the registry.
    """
    unknown = [name for name in names if name not in ENTRIES]
    if unknown:
        raise UnknownLayerError(
            f"no layer {', '.join(unknown)}; choose from {', '.join(ENTRIES)}",
            values={"layers": ", ".join(unknown), "known": ", ".join(ENTRIES)},
        )
    return [name for name in ENTRIES if name in names]


def needs(names: Sequence[str]) -> set[Need]:
    """Tables that these layers read."""
    return {need for name in ordered(names) for need in ENTRIES[name].needs}


def layers(names: Sequence[str], tables: Tables) -> list[BoundLayer]:
    """The layers of these names, lowest first."""
    return [layer for name in ordered(names) for layer in ENTRIES[name].make(tables)]
