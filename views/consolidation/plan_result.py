"""What a plan of consolidation comes to: value, bound, gap, map, table, alternatives, conflicts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import geopandas as gpd
import pandas as pd
import streamlit as st

from analytics.consolidation import card as consolidation_card
from analytics.consolidation.outline import placed, unit_bounds
from analytics.consolidation.pareto import Pool, pool
from analytics.consolidation.plan import Plan
from analytics.consolidation.task import GOALS, Task
from domain import boundaries, digests, formats
from domain.rules import RuleSet
from views import places, tables
from views.consolidation import words
from views.consolidation.land import plan_lands
from views.consolidation.opened import Opened, pair_of
from views.consolidation.outlines import (
    Outlines,
    draw_plan,
    held_outlines,
    map_layers,
    outline_notes,
    pair_line,
)
from views.consolidation.robust import Standing
from views.consolidation.whatif import asked_of_plan, show_what_if
from views.context import Context
from views.frame import Figure, key_figures, section, source_line
from views.map_panel import show_map
from views.markup import plain

_MAP_HEIGHT: Final = 380
_TABLE_HEIGHT: Final = 352
_PLAN: Final = "consolidation-plan"
_TABLE: Final = "consolidation-plan-table"
_FEW: Final = 9
_NAMED: Final = 12
_DECIMALS: Final = {"score": 1, "large": 0, "bodies": 0, "balance": 0}


@dataclass(frozen=True)
class Ground:
    """What plans are made from.

    Attributes:
        pairs: Candidates of the chosen place, best first.
        facts: :func:`analytics.consolidation.whatif.figures` of the zones of the place.
        rules: The rules after the sliders.
        zones: Development zones.
        linked: Existing links of the place.
        standing: How far the ranks depend on the weights.
        key: Version and day that all rests on, as they are cited.
        place: Code of the chosen prefecture; empty for the province.
        demonstration: Demonstration figures are counted.
        day: Day that is judged.
        outlines: Outlines of zones; None without any.
    """

    pairs: pd.DataFrame
    facts: pd.DataFrame
    rules: RuleSet
    zones: gpd.GeoDataFrame
    linked: pd.DataFrame
    standing: Standing
    key: str
    place: str
    demonstration: bool
    day: dt.date
    outlines: Outlines | None = None

    @cached_property
    def content(self) -> str:
        """Digest of pairs and facts: two viewers may see other rows under one citation."""
        return digests.of_frame(self.pairs) + digests.of_frame(self.facts)


def show_result(ctx: Context, ground: Ground, asked: Task, found: Plan) -> None:
    """Draw a plan, or why there is none."""
    t = ctx.t
    section(t("conplan.result"))
    if found.outcome == "infeasible":
        st.warning(t("conplan.infeasible"))
        _conflicts(ctx, ground, found)
        return
    if found.outcome == "unknown":
        st.warning(t("conplan.unknown"))
        return
    _figures(ctx, ground, found)
    _proof(ctx, found)
    _left_out(ctx, found)
    if found.pairs.empty:
        st.info(t("conplan.nothing" if len(asked.pairs) else "conplan.none_admitted"))
        return
    _map(ctx, ground, found)
    shared = _alternatives(ctx, ground, asked)
    _table(ctx, ground, found, shared)


def _figures(ctx: Context, ground: Ground, found: Plan) -> None:
    t = ctx.t
    base_points = formats.number(ground.rules.value("CON-PLAN-BASE"), 0)
    limit = formats.count(ground.rules.value("CON-PLAN-LARGE"))
    asked = set(found.goals.index)
    shown = [name for name in GOALS if name != "balance" or name in asked]
    key_figures(
        [
            Figure(
                t("conplan.figure.pairs"), formats.count(len(found.pairs)),
                unit=t("consolidation.unit.pairs"), note=t("conplan.figure.pairs_note"),
            ),
            *(
                Figure(
                    t(f"conplan.figure.{name}", limit=limit),
                    formats.number(found.measures[name], _DECIMALS[name]),
                    unit=t(f"conplan.unit.{name}"),
                    note=t(f"conplan.figure.{name}_note", base=base_points),
                )
                for name in shown
            ),
        ]
    )  # fmt: skip


def _proof(ctx: Context, found: Plan) -> None:
    """Value, bound and gap of every goal that was asked for."""
    t = ctx.t
    lines = [
        t(
            "conplan.proof",
            goal=t(f"conplan.goal.{goal}"),
            value=formats.number(row["value"], 2),
            bound=formats.number(row["bound"], 2),
            gap=formats.share(row["gap"]),
        )
        for goal, row in found.goals.iterrows()
    ]
    st.markdown("\n".join([f"**{t(f'conplan.outcome.{found.outcome}')}**", "", *lines]))
    st.caption(t("conplan.parts", blocks=found.blocks, remembered=found.remembered))


def _left_out(ctx: Context, found: Plan) -> None:
    """Pairs that were not admitted, and zones that a goal cannot count."""
    t = ctx.t
    told = [t(f"conplan.left_out.{reason}", n=n) for reason, n in found.left_out.items() if n]
    if told:
        st.caption(t("conplan.left_out", reasons=t.pick("；", "; ").join(told)))
    names = places.unit_names(ctx, "zone_id")
    for goal, rows in found.unknown.groupby("goal", sort=False):
        zones = [names.get(zone, zone) for zone in rows["zone_id"]]
        listed = t.pick("、", ", ").join(zones[:_NAMED])
        goal_name = t(f"conplan.goal.{goal}")
        st.caption(t("conplan.not_known", goal=goal_name, n=len(zones), zones=listed))


def _map(ctx: Context, ground: Ground, found: Plan) -> None:
    held = ground.outlines or held_outlines(None, ground.rules)
    units = draw_plan(held, found.pairs, plan_lands(ctx, found.pairs))
    zones = placed(ground.zones, units.shapes)
    lines = [
        consolidation_card.link_lines(ground.linked, zones, link="existing"),
        consolidation_card.link_lines(found.pairs, zones, link="candidate"),
    ]
    links = gpd.GeoDataFrame(pd.concat(lines, ignore_index=True), crs=ground.zones.crs)
    trust = found.pairs.loc[found.pairs["form"] == "trusteeship", ["host_id", "absorbed_id"]]
    opened = _opened(found)
    chosen = opened.before_click(_selected(found)) or opened.keys.iloc[0]
    held_in_trust = links["id"].isin(trust["host_id"] + ">" + trust["absorbed_id"])
    links["link"] = links["link"].mask(held_in_trust & (links["link"] == "candidate"), "trust")
    is_open = (links["id"] == chosen) & (links["link"] == "candidate")
    links["link"] = links["link"].mask(is_open, "selected")
    parts = consolidation_card.zone_parts(found.pairs, ground.linked, zones)
    drawn = map_layers(ctx, held, units.shapes, links=links, parts=parts, pairs=found.pairs)
    shape = boundaries.layer("province").total_bounds
    if ground.place:
        shape = boundaries.geometry_of(ground.place).bounds
    west, south, east, north = map(float, shape)
    bounds = _unit_view(ground, found, units.shapes) or (west, south, east, north)
    click = show_map(ctx, drawn, key="consolidation-plan", height=_MAP_HEIGHT, bounds=bounds)
    opened.choose(_selected(found), pair_of(click, opened.keys, units.shapes))
    line = pair_line(ctx, found.pairs.iloc[opened.position])
    st.markdown(ctx.t("conunit.open_pair", pair=line))
    pairs = found.pairs
    unlinked = pairs["same_point"] & ~(pairs["host_id"] + ">" + pairs["absorbed_id"]).isin(
        links["id"]
    )
    st.caption(ctx.t("conplan.map_note", n=int(unlinked.sum())))
    outline_notes(ctx, held, units.without, units.faults)


def _opened(found: Plan) -> Opened:
    """The pair of the plan whose card is open: the last row, link or outline."""
    return Opened(_PLAN, found.pairs["host_id"] + ">" + found.pairs["absorbed_id"])


def _selected(found: Plan) -> int | None:
    """The selected row, known before the table is drawn; None without one."""
    state = st.session_state.get(_TABLE)
    rows = state["selection"]["rows"] if state else []
    return int(rows[0]) if rows and rows[0] < len(found.pairs) else None


def _unit_view(
    ground: Ground, found: Plan, shapes: gpd.GeoDataFrame
) -> tuple[float, float, float, float] | None:
    """Bounds of the unit of the selected row; None without one."""
    row = _selected(found)
    if row is None:
        return None
    host = found.pairs["host_id"].iloc[row]
    mine = found.pairs[found.pairs["host_id"] == host]
    zones = ground.zones
    places_of = zones[zones["zone_id"].isin([host, *mine["absorbed_id"]])].geometry
    return unit_bounds(shapes[shapes["host_id"] == host], places_of)


def _table(ctx: Context, ground: Ground, found: Plan, shared: pd.DataFrame | None) -> None:
    """The chosen pairs, all of them for study."""
    t, pairs = ctx.t, found.pairs
    section(t("conplan.table", n=len(pairs)))
    pick = "zh" if t.language == "zh_CN" else "en"
    keys = pairs["host_id"] + ">" + pairs["absorbed_id"]
    standing = ground.standing.pairs["standing"].reindex(keys)
    shown = pd.DataFrame(
        {
            "host": [words.short(name) for name in pairs[f"host_name_{pick}"]],
            "absorbed": [words.short(name) for name in pairs[f"absorbed_name_{pick}"]],
            "form": [t(f"conplan.form.{form}") for form in pairs["form"]],
            "score": pairs["score"],
            "rank": pairs["rank"],
            "standing": [t(f"conplan.standing.{name}") for name in standing],
            "distance": pairs["distance_km"],
        }
    )
    if shared is not None:
        in_plans = shared.set_index(shared["host_id"] + ">" + shared["absorbed_id"])["share"]
        # Beside the pair: further right it would stand out of sight.
        shown.insert(2, "in_plans", in_plans.reindex(keys).to_numpy())
    own = {"form", "standing", "in_plans"}
    config: dict[str, Any] = {
        str(c): st.column_config.Column(t(f"{'conplan' if c in own else 'consolidation'}.col.{c}"))
        for c in shown
    }
    number = st.column_config.NumberColumn
    config["score"] = number(t("consolidation.col.score"), format="%.1f")
    config["distance"] = number(t("consolidation.col.distance"), format="%.1f")
    config["in_plans"] = tables.share_column(t("conplan.col.in_plans"))
    st.dataframe(
        tables.shown(shown, config),
        column_config=config,
        hide_index=True,
        height=_TABLE_HEIGHT if len(shown) > _FEW else "auto",
        placeholder=formats.MISSING,
        on_select="rerun",
        selection_mode="single-row",
        key=_TABLE,
    )
    source_line(t("conplan.source", version=ground.key))


def show_card(ctx: Context, ground: Ground, found: Plan) -> None:
    """Draw the selected unit of a plan before and after; the first one without a selection."""
    if found.pairs.empty:
        return
    show_what_if(
        ctx,
        asked_of_plan(found.pairs, found.pairs.iloc[_opened(found).position]),
        ground.facts,
        ground.rules,
        ground.outlines or held_outlines(None, ground.rules),
        demonstration=ground.demonstration,
        basis=ground.key,
    )


def _alternatives(ctx: Context, ground: Ground, asked: Task) -> pd.DataFrame | None:
    """Near-optimal plans and what they share; only when asked for."""
    t, rules = ctx.t, ground.rules
    near = formats.share(rules.value("CON-PLAN-NEAR"))
    most = formats.count(rules.value("CON-PLAN-POOL"))
    title = t("conplan.alternatives", near=near, most=most)
    if not st.toggle(title, key="consolidation-alternatives", help=t("conplan.alternatives_help")):
        return None
    found: Pool = pool(asked, rules=rules)
    told = {
        "plans": len(found.plans),
        "all": int(found.pairs["in_all"].sum()),
        "any": len(found.pairs),
        "goal": t(f"conplan.goal.{asked.goals[0]}"),
    }
    st.markdown(t("conplan.shared", **told))
    st.caption(t(f"conplan.pool.{'complete' if found.complete else 'cut'}", near=near, most=most))
    table = found.plans[["loss", "pairs", "score", "large", "bodies"]].copy()
    config = {
        name: st.column_config.NumberColumn(
            t(f"conplan.col.plan_{name}"), format="%.1f" if name in ("loss", "score") else "%.0f"
        )
        for name in table.columns
    }
    with st.expander(t("conplan.plans", n=len(table))):
        st.dataframe(table, column_config=config, hide_index=True, key="consolidation-plans")
    return found.pairs


def _conflicts(ctx: Context, ground: Ground, found: Plan) -> None:
    """The rules that cannot hold together, and the cheapest way out, in words."""
    t = ctx.t
    zones = places.unit_names(ctx, "zone_id")
    cities = places.unit_names(ctx, "prefecture_adcode")
    lines = []
    for row in found.conflicts.to_dict("records"):
        sides = [zones.get(name, cities.get(name, name)) for name in str(row["subject"]).split(">")]
        taken = formats.count(ground.facts["taken"].get(row["subject"], 0))
        named = plain(" ← ".join(sides))
        said = t(f"conplan.conflict.{row['kind']}", subject=named, taken=taken)
        give = row["give_way"]
        if not formats.is_missing(give) and give > 0:
            said += t(f"conplan.give_way.{row['kind']}", n=formats.number(give, 0))
        lines.append(f"- {said}")
    st.markdown("\n".join([f"**{t('conplan.conflicts')}**", "", *lines]))
