"""Land that a unit gains or gives up with a merger: files of polygons, or areas alone."""

from __future__ import annotations

import hashlib
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any, Final

import geopandas as gpd
import pandas as pd
import streamlit as st

from analytics.consolidation.outline import Merged
from domain import formats
from domain.formats import AreaUnit
from geo.crs import CGCS2000
from geo.units import M2_PER_HA, M2_PER_MU
from ingest import Choices, Inspection, inspect_bytes
from views.context import Context
from views.file_words import file_words
from views.markup import plain

SIDES: Final = ("expanded", "removed")
HELD: Final = "consolidation-land-held"
"""What was read in this session or came with a scenario, by name of the fields and side: the
fields themselves are empty again after another card was open."""
_FILES: Final = "consolidation-land-read"
_ENDINGS: Final = ("geojson", "json", "zip", "gpkg", "kml", "txt", "dxf")
_MOST: Final = 12
_ISSUES: Final = 5
_UNIT_M2: Final = {"ha": M2_PER_HA, "mu": M2_PER_MU}


@dataclass(frozen=True)
class Side:
    """Land of one side.

    Attributes:
        parts: Polygons, EPSG:4490; empty where only an area is given.
        area_m2: Area that was entered; counts only without polygons.
        source: Name of the file and its checksum, empty without one.
        refused: What stands in the way of using the file, in words.
    """

    parts: gpd.GeoSeries = field(repr=False)
    area_m2: float = 0.0
    source: str = ""
    refused: tuple[str, ...] = ()


@dataclass(frozen=True)
class Land:
    """Land added and taken out.

    Attributes:
        expanded: Land added.
        removed: Land taken out.
    """

    expanded: Side
    removed: Side

    @property
    def drawn(self) -> bool:
        """Whether there is a polygon on either side."""
        return bool(len(self.expanded.parts) + len(self.removed.parts))

    @property
    def given(self) -> bool:
        """Whether there is anything on either side."""
        return self.drawn or bool(self.expanded.area_m2 + self.removed.area_m2)

    @property
    def key(self) -> tuple[str, str]:
        """Tells polygons apart from others."""
        return self.expanded.source, self.removed.source


def land_of(ctx: Context, name: str) -> Land:
    """What is entered for a unit, known before its fields are drawn in this run.

    Args:
        ctx: The run of the page.
        name: Names the unit.
    """
    expanded, removed = (_side(ctx, side, name) for side in SIDES)
    return Land(expanded, removed)


def plan_land(host: str) -> str:
    """Names the fields of land of a unit of a plan."""
    return f"plan-{host}"


def plan_lands(ctx: Context, pairs: pd.DataFrame) -> dict[str, Land]:
    """Land of every unit of a plan that has any, by host.

    Args:
        ctx: The run of the page.
        pairs: Chosen pairs with ``host_id``.
    """
    every = {str(host): land_of(ctx, plan_land(str(host))) for host in pairs["host_id"].unique()}
    return {host: land for host, land in every.items() if land.given}


def counted_land(land: Land, found: Merged | None) -> tuple[float, float]:
    """Areas added and taken out in m2: of the outline where land is drawn, else as entered."""
    if not land.drawn:
        return land.expanded.area_m2, land.removed.area_m2
    if found is None:
        return 0.0, 0.0
    areas = found.areas["ellipsoidal_m2"]
    return float(areas["expanded"]), float(areas["removed"])


def show_undrawn(ctx: Context, land: Land) -> None:
    """Say of areas that were entered without polygons where they count, and where not.

    Args:
        ctx: The run of the page.
        land: Land of a unit.
    """
    t = ctx.t
    told = [
        t(f"conunit.undrawn.{name}", area=formats.area(side.area_m2, ctx.unit),
          unit=t(f"unit.{ctx.unit}"))
        for name, side in zip(SIDES, (land.expanded, land.removed), strict=True)
        if side.area_m2 and not len(side.parts)
    ]  # fmt: skip
    if told:
        areas = t.pick("、", ", ").join(told)
        st.caption(t(f"conunit.undrawn_{'beside' if land.drawn else 'alone'}", areas=areas))


def show_land(ctx: Context, name: str) -> None:
    """Draw the fields of a unit: one file and one area a side; a file comes before an area."""
    t = ctx.t
    with st.expander(t("conunit.land"), key=f"consolidation-land-{name}"):
        st.caption(t("conunit.land_help"))
        file_words(ctx, t("conunit.file_limit", mb=ctx.settings.max_upload_mb))
        for side in SIDES:
            with st.container(key=f"gy-file-{side}-{name}"):
                st.file_uploader(
                    t(f"conunit.file.{side}"),
                    type=list(_ENDINGS),
                    key=_file_key(side, name),
                    on_change=_changed,
                    args=(side, name),
                )
                found = _side(ctx, side, name)
                _told(ctx, found)
                if (name, side) in _held() and st.session_state.get(_file_key(side, name)) is None:
                    st.button(
                        t("conunit.drop", side=t(f"conunit.step.{side}")),
                        key=f"consolidation-land-drop-{side}-{name}",
                        on_click=_changed,
                        args=(side, name),
                    )
                st.number_input(
                    t(f"conunit.area.{side}", unit=t(f"unit.{ctx.unit}")),
                    min_value=0.0,
                    key=area_key(ctx.unit, side, name),
                    disabled=bool(len(found.parts)),
                    persist_state="session",
                )


def _told(ctx: Context, found: Side) -> None:
    """How a file was read, or why it is not used."""
    t = ctx.t
    if found.refused:
        st.warning("\n".join([t("conunit.refused"), "", *(f"- {plain(x)}" for x in found.refused)]))
    elif len(found.parts):
        st.caption(t("conunit.read", n=len(found.parts), source=found.source))


def _file_key(side: str, name: str) -> str:
    return f"consolidation-file-{side}-{name}"


def area_key(unit: AreaUnit, side: str, name: str) -> str:
    """Key of the field of an area, one for each unit of areas."""
    return f"consolidation-area-{side}-{name}-{unit}"


def _side(ctx: Context, side: str, name: str) -> Side:
    none = gpd.GeoSeries([], crs=CGCS2000)
    entered = float(st.session_state.get(area_key(ctx.unit, side, name)) or 0.0)
    area = entered * _UNIT_M2[ctx.unit]
    held: Any = st.session_state.get(_file_key(side, name))
    if held is None:
        kept = _held().get((name, side))
        return Side(none, area) if kept is None else kept
    found = _read(ctx, held)
    if len(found.parts):
        _held()[name, side] = found
    return found


def _held() -> MutableMapping[tuple[str, str], Side]:
    held: MutableMapping[tuple[str, str], Side] = st.session_state.setdefault(HELD, {})
    return held


def _changed(side: str, name: str) -> None:
    """What was held of an earlier file counts no more."""
    _held().pop((name, side), None)


def _read(ctx: Context, held: Any) -> Side:  # noqa: ANN401 - a file of the page
    """What a file holds; each is read once in a language."""
    data = held.getvalue()
    digest = hashlib.sha256(data).hexdigest()
    read: MutableMapping[str, Side] = st.session_state.setdefault(_FILES, {})
    known = read.get(f"{digest} {ctx.t.language}")
    if known is None:
        found = inspect_bytes(data, name=held.name, choices=Choices(kind="overlay"))
        known = _taken(ctx, found, f"{held.name} · SHA-256 {digest[:12]}")
        if len(read) >= _MOST:
            read.clear()
        read[f"{digest} {ctx.t.language}"] = known
    return known


def _taken(ctx: Context, found: Inspection, source: str) -> Side:
    """All polygons of a file; a file that leaves any question open is not used at all."""
    none = gpd.GeoSeries([], crs=CGCS2000)
    whole = found.status == "accepted" and not found.report.rows_quarantined
    if whole and found.report.rows_ok:
        rows = found.rows()
        numbers = pd.Index(rows["source_row"].to_numpy(), name="source_row")
        return Side(
            gpd.GeoSeries(rows.geometry.to_numpy(), index=numbers, crs=rows.crs), 0.0, source
        )
    said = [
        issue.message(ctx.t.language) for issue in found.issues if issue.severity == "error"
    ] or [issue.message(ctx.t.language) for issue in found.issues]
    left = len(said) - _ISSUES
    more = [ctx.t("conunit.more", n=formats.count(left))] if left > 0 else []
    return Side(none, 0.0, source, (*said[:_ISSUES], *more) or (ctx.t("conunit.empty"),))
