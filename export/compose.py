"""From layer names to layers: reads reference tables and the store's current datasets."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import geopandas as gpd
import pandas as pd
from shapely.geometry.base import BaseGeometry

from analytics import belt
from analytics.consolidation import candidates as consolidation
from analytics.consolidation import card as consolidation_card
from analytics.consolidation.published import published_inputs
from analytics.idle.status import parcel_status
from domain import boundaries, land_classes, reference
from domain.i18n import Translator
from domain.rules import load_rules
from export.references import cited
from export.region import Region
from geo.crs import CGCS2000
from geo.errors import GanyuanError
from layers.catalogue import registry, zones
from layers.catalogue.registry import Need, Tables
from layers.spec import BoundLayer
from store import Kind, Store, Version, Viewer

LINKS_DRAWN: Final = 20
"""Best pairs that a sheet of consolidation candidates shows."""
_STORED: Final[dict[Need, Kind]] = {"parcels": "parcels", "footprints": "zones"}


class NoDatasetError(GanyuanError):
    """The store holds no dataset that a wanted layer is drawn from."""

    code = "EXP-006"


@dataclass(frozen=True)
class Composition:
    """Layers with where they come from.

    Attributes:
        layers: From lowest to highest.
        as_of: The day that is judged.
        versions: Dataset versions that were read.
        themes: Text keys of the layers that were asked for.
        statuses: Parcels of these statuses only; empty for all.
    """

    layers: tuple[BoundLayer, ...]
    as_of: dt.date
    versions: tuple[Version, ...] = ()
    themes: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()

    def sources(self, t: Translator) -> tuple[str, ...]:
        """One line for each dataset version, as a sheet prints it."""
        return tuple(
            t(
                "sheet.source_version",
                version=cited(v),
                who=v.committed_by,
                date=v.committed_at.date().isoformat(),
            )
            for v in self.versions
        )

    def notes(self, t: Translator) -> tuple[str, ...]:
        """What a sheet says about its filters; empty where nothing is left out."""
        if not self.statuses:
            return ()
        names = [t.get(f"idle.status.{status}", status) for status in self.statuses]
        return (t("sheet.filtered", list=t("sheet.name_joint").join(names)),)

    def theme(self, t: Translator) -> str:
        """The theme of the title."""
        texts = [t.get(key, key) for key in self.themes]
        return t("sheet.and").join(texts) if texts else t("sheet.layer_boundaries")


@dataclass
class _Reader:
    """Reads what layers need, once each."""

    store: Store
    viewer: Viewer
    as_of: dt.date
    dataset: str
    region: Region | None
    versions: dict[Need, Version] = field(default_factory=dict)
    frames: dict[Need, pd.DataFrame] = field(default_factory=dict)

    def read(self, wanted: set[Need]) -> None:
        for need in sorted(wanted):
            if need not in self.frames:
                _READERS[need](self)

    def stored(self, need: Need) -> gpd.GeoDataFrame:
        """Rows of the newest dataset of a kind, or of the one that was named."""
        version = current(self.store, self.viewer, _STORED[need], self.dataset)
        self.versions[need] = version
        box = self.region.geometry.bounds if self.region else None
        return self.store.read(version, self.viewer, bbox=box)


def current(store: Store, viewer: Viewer, kind: Kind, dataset: str = "") -> Version:
    """The newest version of a kind, or the one of a named dataset of that kind.

    Raises:
        NoDatasetError: There is none.
    """
    found = store.datasets(viewer, kind)
    named = [v for v in found if v.dataset == dataset]
    if not found:
        raise NoDatasetError(
            f"the store holds no dataset of kind {kind}; import one or run `ganyuan demo`",
            values={"kind": kind},
        )
    return named[0] if named else max(found, key=lambda v: (v.committed_at, v.dataset))


def _parcels(reader: _Reader) -> None:
    frame = reader.stored("parcels")
    status = parcel_status(frame, as_of=reader.as_of, rules=load_rules("idle", as_of=reader.as_of))
    frame = frame.assign(**{str(name): status[name] for name in status.columns})
    reader.frames["parcels"] = frame.assign(land_group=land_classes.groups(frame["analysis_class"]))


def _footprints(reader: _Reader) -> None:
    frame = reader.stored("footprints")
    english = reference.table("zones").set_index("zone_id")["name_en"]
    reader.frames["footprints"] = frame.assign(
        name_en=frame["zone_id"].map(english), **{zones.ZONE_CLASS: zones.zone_classes(frame)}
    )


def _zones(reader: _Reader) -> None:
    frame = reference.zones()
    reader.frames["zones"] = frame.assign(**{zones.ZONE_CLASS: zones.zone_classes(frame)})


def _clusters(reader: _Reader) -> None:
    reader.frames["clusters"] = reference.clusters()
    reader.frames["sectors"] = reference.table("sectors")


def _belt(reader: _Reader) -> None:
    stations = reference.table("belt_stations")
    line = belt.axis(stations, rules=load_rules("belt", as_of=reader.as_of))
    places = pd.concat([boundaries.layer("prefecture"), boundaries.layer("county")])
    members = belt.members(reference.table("belt_members"), places, reference.zones(), line)
    zones_en = reference.table("zones").rename(columns={"zone_id": "adcode"})
    english = pd.concat([places, zones_en]).set_index("adcode")["name_en"]
    members["name_en"] = members["key"].map(english)
    ticks = belt.stations(stations, line)
    ticks["tick"] = ticks["proxy"].map({True: "proxy", False: "station"})
    reader.frames["belt_stations"] = ticks
    reader.frames["belt_members"] = members[members["member_type"] == "prefecture"]
    axis = {"id": ["axis"], "name": ["京九电子信息产业带"], "length_km": [line.length_km]}
    reader.frames["belt_axis"] = gpd.GeoDataFrame(axis, geometry=[line.line], crs=CGCS2000)


def _candidates(reader: _Reader) -> None:
    inputs = published_inputs()
    rules = load_rules("consolidation", as_of=reader.as_of)
    pairs = consolidation.candidates(inputs, as_of=reader.as_of, rules=rules)
    if reader.region is not None and reader.region.level != "province":
        pairs = pairs[
            pairs["host_prefecture_adcode"] == boundaries.prefecture_of(reader.region.code)
        ]
    best = pairs[pairs["enough_known"]].head(LINKS_DRAWN)
    linked = consolidation.links(inputs.zones, inputs.merges)
    lines = [
        consolidation_card.link_lines(linked, inputs.zones, link="existing"),
        consolidation_card.link_lines(best, inputs.zones, link="candidate"),
    ]
    joined = pd.concat(lines, ignore_index=True)
    reader.frames["links"] = gpd.GeoDataFrame(joined, crs=CGCS2000)
    reader.frames["link_zones"] = consolidation_card.zone_parts(best, linked, inputs.zones)


_READERS: Final[Mapping[Need, Callable[[_Reader], None]]] = {
    "parcels": _parcels,
    "footprints": _footprints,
    "zones": _zones,
    "clusters": _clusters,
    "sectors": _clusters,
    "belt_axis": _belt,
    "belt_members": _belt,
    "belt_stations": _belt,
    "links": _candidates,
    "link_zones": _candidates,
}


def compose(
    names: Sequence[str],
    *,
    store: Store,
    viewer: Viewer,
    as_of: dt.date,
    chinese: bool = True,
    region: Region | None = None,
    dataset: str = "",
    statuses: Sequence[str] = (),
) -> Composition:
    """Layers by name from the reference tables and the store.

    Args:
        names: Names of :data:`layers.catalogue.registry.ENTRIES`.
        store: Where the datasets are.
        viewer: Who asks; sees no rows of other prefectures.
        as_of: The day that parcels are judged on.
        chinese: Whether names of zones and clusters are Chinese.
        region: Rows whose frame lies outside its bounds need not be read.
        dataset: Parcel dataset; empty takes the newest.
        statuses: Parcels of these statuses only; empty takes all.

    Raises:
        UnknownLayerError: A name is not in the registry.
        NoDatasetError: The store holds no dataset that a layer needs.
    """
    reader = _Reader(store, viewer, as_of, dataset, region)
    reader.read(registry.needs(names))
    if statuses and "parcels" in reader.frames:
        rows = reader.frames["parcels"]
        reader.frames["parcels"] = rows[rows["status"].isin(list(statuses))]
    tables = Tables(
        reader.frames,
        frozenset(need for need, v in reader.versions.items() if v.demonstration),
        "name_zh" if chinese else "name_en",
    )
    themes = tuple(registry.ENTRIES[name].title for name in _themes(names))
    made = tuple(registry.layers(names, tables))
    versions = tuple(reader.versions.values())
    return Composition(made, as_of, versions, themes, tuple(statuses))


def _themes(names: Sequence[str]) -> list[str]:
    """What a title names: what was asked for, without the ground that it lies on."""
    asked = [name for name in registry.ordered(names) if name != "boundaries"]
    above = [name for name in asked if name != "zone-footprints"]
    return above or asked


def region_of(place: str, *, store: Store, viewer: Viewer) -> Region:
    """A region by code or name: the province, a prefecture, a county, or a zone with an outline.

    Raises:
        UnknownPlaceError: Neither a unit of the province nor a zone with an outline.
    """
    try:
        return Region.of(place)
    except boundaries.UnknownPlaceError:
        found = store.datasets(viewer, "zones")
        for version in found:
            rows = store.read(version, viewer, columns=["zone_id", "name", "geometry"])
            hit = rows[(rows["zone_id"] == place) | (rows["name"] == place)]
            if len(hit):
                outline: BaseGeometry = hit.geometry.iloc[0]
                return Region.zone(str(hit["zone_id"].iloc[0]), str(hit["name"].iloc[0]), outline)
        raise


def default_day(store: Store, viewer: Viewer, dataset: str, today: dt.date) -> dt.date:
    """The cut-off day in the passport of the parcels that would be drawn, else today."""
    found = store.datasets(viewer, "parcels")
    if not found:
        return today
    noted = current(store, viewer, "parcels", dataset).passport.get("as_of")
    try:
        return dt.date.fromisoformat(str(noted))
    except ValueError:
        return today
