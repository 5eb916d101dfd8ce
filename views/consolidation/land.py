"""Land that a unit gains or gives up with a merger: files of polygons, or areas alone."""

from __future__ import annotations

import hashlib
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd
import streamlit as st

from analytics.consolidation.land import SIDES, Side, UnitLand
from domain import formats
from domain.formats import AreaUnit
from export.land_words import undrawn
from geo.units import M2_PER_HA, M2_PER_MU
from ingest import Inspection, inspect_bytes
from ingest.whole import POLYGONS, citation, objections, whole_polygons
from views.context import Context
from views.file_words import file_words
from views.markup import plain

HELD: Final = "consolidation-land-held"
"""What was read in this session or came with a scenario, by name of the fields and side: the
fields themselves are empty again after another card was open."""
_FILES: Final = "consolidation-land-read"
_ENDINGS: Final = ("geojson", "json", "zip", "gpkg", "kml", "txt", "dxf")
_MOST: Final = 12
_ISSUES: Final = 5
_UNIT_M2: Final = {"ha": M2_PER_HA, "mu": M2_PER_MU}


@dataclass(frozen=True)
class Read:
    """What the fields of one side hold.

    Attributes:
        side: The land.
        refused: What stands in the way of using a file, in words.
    """

    side: Side
    refused: tuple[str, ...] = ()


def land_of(ctx: Context, name: str) -> UnitLand:
    """What is entered for a unit, known before its fields are drawn in this run.

    Args:
        ctx: The run of the page.
        name: Names the unit.
    """
    expanded, removed = (_side(ctx, side, name).side for side in SIDES)
    return UnitLand(expanded, removed)


def plan_land(host: str) -> str:
    """Names the fields of land of a unit of a plan."""
    return f"plan-{host}"


def plan_lands(ctx: Context, pairs: pd.DataFrame) -> dict[str, UnitLand]:
    """Land of every unit of a plan that has any, by host.

    Args:
        ctx: The run of the page.
        pairs: Chosen pairs with ``host_id``.
    """
    every = {str(host): land_of(ctx, plan_land(str(host))) for host in pairs["host_id"].unique()}
    return {host: land for host, land in every.items() if land.given}


def show_uncounted(ctx: Context, land: UnitLand, *, outlined: bool) -> None:
    """Say of land that was given where it does not count.

    Args:
        ctx: The run of the page.
        land: Land of a unit.
        outlined: Whether a zone of the unit has an outline.
    """
    told = undrawn(ctx.t, land, ctx.unit)
    if told:
        st.caption(told)
    if land.drawn and not outlined:
        st.caption(ctx.t("conunit.unmeasured"))


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
                    disabled=bool(len(found.side.parts)),
                    persist_state="session",
                )


def _told(ctx: Context, found: Read) -> None:
    """How a file was read, or why it is not used."""
    t = ctx.t
    if found.refused:
        st.warning("\n".join([t("conunit.refused"), "", *(f"- {plain(x)}" for x in found.refused)]))
    elif len(found.side.parts):
        st.caption(t("conunit.read", n=len(found.side.parts), source=found.side.source))


def _file_key(side: str, name: str) -> str:
    return f"consolidation-file-{side}-{name}"


def area_key(unit: AreaUnit, side: str, name: str) -> str:
    """Key of the field of an area, one for each unit of areas."""
    return f"consolidation-area-{side}-{name}-{unit}"


def _side(ctx: Context, side: str, name: str) -> Read:
    held: Any = st.session_state.get(_file_key(side, name))
    if held is None:
        kept = _held().get((name, side))
        if kept is not None:
            return Read(kept)
        entered = float(st.session_state.get(area_key(ctx.unit, side, name)) or 0.0)
        return Read(Side(area_m2=entered * _UNIT_M2[ctx.unit]))
    found = _read(ctx, held)
    if len(found.side.parts):
        _held()[name, side] = found.side
    return found


def _held() -> MutableMapping[tuple[str, str], Side]:
    held: MutableMapping[tuple[str, str], Side] = st.session_state.setdefault(HELD, {})
    return held


def _changed(side: str, name: str) -> None:
    """What was held of an earlier file counts no more."""
    _held().pop((name, side), None)


def _read(ctx: Context, held: Any) -> Read:  # noqa: ANN401 - a file of the page
    """What a file holds; each is read once in a language."""
    data = held.getvalue()
    digest = hashlib.sha256(data).hexdigest()
    read: MutableMapping[str, Read] = st.session_state.setdefault(_FILES, {})
    known = read.get(f"{digest} {ctx.t.language}")
    if known is None:
        known = _taken(ctx, inspect_bytes(data, name=held.name, choices=POLYGONS))
        if len(read) >= _MOST:
            read.clear()
        read[f"{digest} {ctx.t.language}"] = known
    return known


def _taken(ctx: Context, found: Inspection) -> Read:
    """All polygons of a file; a file that leaves any question open is not used at all."""
    source, parts = citation(found), whole_polygons(found)
    if parts is not None:
        return Read(Side(parts, source=source))
    said = [issue.message(ctx.t.language) for issue in objections(found)]
    left = len(said) - _ISSUES
    more = [ctx.t("conunit.more", n=formats.count(left))] if left > 0 else []
    return Read(Side(source=source), (*said[:_ISSUES], *more) or (ctx.t("conunit.empty"),))
