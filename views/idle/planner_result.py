"""A plan on the page: what stands in its way, its choices with reasons, what it brings, files."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd
import streamlit as st

from analytics.disposal.plan import LEAVE, Plan
from analytics.disposal.reasons import Topic, reasons, topics
from analytics.idle.benefits import land_by_zone, quota, tax_per_mu
from domain import formats, reference
from export.references import cited
from views.context import Context
from views.downloads import download_table
from views.frame import section
from views.idle import planner_data as kept
from views.idle.planner_data import Asked, Ground
from views.idle.planner_words import mark, option_name, sentence, why_not
from views.idle.run import IdleRun
from views.markup import plain
from views.places import named

_HEIGHT: Final = 352
_FEW: Final = 9
_CONFLICTS: Final = 12


def show_conflicts(ctx: Context, found: Plan) -> None:
    """Draw what makes a plan impossible, and each way out."""
    if not found.conflicts:
        return
    t = ctx.t
    missed = [c for c in found.conflicts if c.kind in ("target", "permitted")]
    ways = [c for c in found.conflicts if c not in missed]
    for title, group in (("missed", missed), ("ways", ways)):
        if not group:
            continue
        lines = [f"- {why_not(ctx, conflict)}" for conflict in group[:_CONFLICTS]]
        more = len(group) - _CONFLICTS
        if more > 0:
            lines.append(f"- {t('planner.conflict.more', n=more)}")
        st.markdown("\n".join([f"**{t(f'planner.conflict.{title}')}**", "", *lines]))


def show_choices(ctx: Context, run: IdleRun, land: Ground, asked: Asked) -> None:
    """Draw the table of choices; a selected row opens its reasons, lock and ban."""
    t, rows = ctx.t, asked.plan.choices
    section(t("planner.choices", n=len(rows)), help_text=t("planner.choices_help"))
    _standing(ctx, land)
    table = choice_table(ctx, land, asked.plan)
    number = st.column_config.NumberColumn
    config: dict[str, Any] = {
        label: number(format="accounting")
        for label in table.columns
        if pd.api.types.is_float_dtype(table[label])
    }
    event = st.dataframe(
        table,
        hide_index=True,
        height=_HEIGHT if len(table) > _FEW else "auto",
        column_config=config,
        on_select="rerun",
        selection_mode="single-row",
        key="idle-plan-choices",
    )
    picked = event.selection.rows
    if picked and picked[0] < len(rows):
        _card(ctx, land, asked.plan, str(rows["item"].iloc[picked[0]]))
    else:
        st.caption(t("planner.pick_row"))
    _download(ctx, run, land, asked, table)


def choice_table(ctx: Context, land: Ground, found: Plan) -> pd.DataFrame:
    """The choices as they are printed, one row each, in the order of the plan."""
    t, rows, unit = ctx.t, found.choices, ctx.t(f"unit.{ctx.unit}")
    why = []
    for item in rows["item"]:
        said = topics(reasons(land.candidates, found, item))
        why.append(t.pick("；", "; ").join(sentence(ctx, r) for r in said["why"]))
    needs = [
        t.pick("、", ", ").join(t(f"planner.need.{word}") for word in words.split(";") if word)
        for words in rows["needs"]
    ]
    return pd.DataFrame(
        {
            t("planner.col.county"): named(ctx, rows["county_adcode"], "county_adcode"),
            t("planner.col.item"): rows["ref"],
            t("planner.col.option"): [option_name(ctx, option) for option in rows["option"]],
            t("planner.col.area", unit=unit): [
                round(formats.in_unit(m2, ctx.unit), 2) for m2 in rows["area_m2"]
            ],
            t("planner.col.months"): rows["months"],
            t("planner.col.cost"): rows["cost_wan"].round(2),
            t("planner.col.days"): rows["staff_days"],
            t("planner.col.why"): why,
            t("planner.col.needs"): needs,
            t("planner.col.own"): rows["own_wan"].round(2),
            t("planner.col.income"): rows["income_wan"].round(2),
            t("planner.col.kind"): [t(f"planner.kind.{kind}") for kind in rows["kind"]],
            t("planner.col.name"): rows["name"],
            t("planner.col.rule"): [
                mark(ctx, rule, certainty)
                for rule, certainty in zip(rows["rule"], rows["certainty"], strict=True)
            ],
            t("planner.col.locked"): [t("planner.locked") if x else "" for x in rows["locked"]],
        }
    )


def _standing(ctx: Context, land: Ground) -> None:
    """How many locks and bans stand, and how to undo them."""
    locked, forbidden = kept.standing(land.candidates)
    if not locked and not forbidden:
        return
    left, right = st.columns([4, 1])
    left.caption(ctx.t("planner.standing", locks=len(locked), bans=len(forbidden)))
    if right.button(ctx.t("planner.undo"), key="idle-plan-undo"):
        st.session_state[kept.LOCKS] = {}
        st.session_state[kept.BANS] = set()
        _again()


def _again() -> None:
    """Solve once more, with what was just locked or forbidden."""
    st.session_state["idle-plan-again"] = True
    st.rerun()


def _card(ctx: Context, land: Ground, found: Plan, item: str) -> None:
    """The reasons of one choice, and what the officer may do about it."""
    t = ctx.t
    mine = found.choices[found.choices["item"] == item].iloc[0]
    option = str(mine["option"])
    with st.container(border=True):
        st.markdown(f"**{plain(str(mine['ref']))} · {plain(option_name(ctx, option))}**")
        said = topics(reasons(land.candidates, found, item))
        columns = st.columns(2)
        for i, (topic, group) in enumerate(said.items()):
            with columns[1 if topic == "others" else min(i, 3) % 2 if topic != "why" else 0]:
                _topic(ctx, topic, [sentence(ctx, reason) for reason in group])
        a, b, c = st.columns(3)
        if a.button(t("planner.lock"), key="idle-plan-lock", disabled=bool(mine["locked"])):
            kept.locks()[item] = option
            _again()
        if b.button(t("planner.ban"), key="idle-plan-ban", disabled=bool(mine["locked"])):
            kept.bans().add((item, option))
            _again()
        if c.button(t("planner.leave"), key="idle-plan-leave"):
            kept.locks()[item] = LEAVE
            _again()


def _topic(ctx: Context, topic: Topic, lines: list[str]) -> None:
    heading = ctx.t(f"planner.topic.{topic}")
    st.markdown("\n".join([f"**{heading}**", "", *(f"- {plain(line)}" for line in lines)]))


def _download(ctx: Context, run: IdleRun, land: Ground, asked: Asked, table: pd.DataFrame) -> None:
    t, found = ctx.t, asked.plan
    unit = t(f"unit.{ctx.unit}")
    none = t("planner.no_limit")
    notes = {
        t("data.note_version"): cited(run.version),
        t("data.note_day"): run.day.isoformat(),
        t("data.note_place"): run.place.name(ctx),
        t("planner.note.status"): t(f"planner.note.{found.status}"),
        t("planner.horizon"): formats.count(found.horizon_months),
        t("planner.budget"): formats.count(asked.budget) if asked.budget is not None else none,
        t("planner.staff"): formats.count(asked.staff) if asked.staff is not None else none,
        t("planner.start_share"): formats.share(asked.share),
        t("planner.cause"): t(f"planner.cause_{asked.cause or 'none'}"),
        t("planner.note.money"): t("planner.default_note"),
        **_target_notes(ctx, found),
        **_figures_notes(ctx, land, found),
    }
    counts = [t("planner.col.months"), t("planner.col.days")]
    money = [t(f"planner.col.{name}") for name in ("cost", "own", "income")]
    download_table(
        ctx,
        table,
        key="idle-plan-download",
        name=t("planner.file_name", date=run.day.isoformat()),
        kinds={
            t("planner.col.area", unit=unit): "area",
            **dict.fromkeys(counts, "plain"),
            **dict.fromkeys(money, "number"),
        },
        notes=notes,
        demonstration=run.version.demonstration,
    )


def _target_notes(ctx: Context, found: Plan) -> dict[str, str]:
    """Every target with what the plan reaches of it."""
    t = ctx.t
    names = named(ctx, found.outcomes["county"], "county_adcode")
    out = {}
    for name, row in zip(names, found.outcomes.to_dict("records"), strict=True):
        form = formats.number if row["metric"] == "cycle" else formats.share
        out[f"{name} · {t('planner.metric.' + str(row['metric']))}"] = t(
            "planner.note.target", asked=form(row["value"]), reached=form(row["reached"])
        )
    return out


def _figures_notes(ctx: Context, land: Ground, found: Plan) -> dict[str, str]:
    """The rules behind the figures of the options that were chosen."""
    pick, used = ctx.t.pick, set(found.choices["option"])
    return {
        rule.id: f"{pick(rule.title_zh, rule.title_en)} = {rule.value:g} {rule.unit} · "
        + ctx.t(f"data.certainty_{rule.status}")
        for rule in land.rules.values()
        if rule.id.split("-")[1] in used
    }


def show_benefits(ctx: Context, run: IdleRun, land: Ground, found: Plan) -> None:
    """Draw quota, land by zone and the estimate of tax."""
    t, unit = ctx.t, ctx.t(f"unit.{ctx.unit}")
    section(t("planner.benefits"))
    del run
    met = found.outcomes.groupby("metric")["met"].all()
    seen = {name: bool(met[name]) if name in met else None for name in ("idle_rate", "old_rate")}
    said = quota(unsupplied_met=seen["old_rate"], idle_met=seen["idle_rate"], rules=land.approvals)
    change = f"{formats.per_cent(said.change):+.0f} %"
    st.markdown(t(f"planner.quota.{said.verdict}", change=change, rule=said.rule))
    done = found.choices[found.choices["in_time"]]
    zones = land_by_zone(done, tax_per_mu(reference.table("zone_indicators")))
    if zones.empty:
        st.caption(t("planner.no_land"))
        return
    table = pd.DataFrame(
        {t("planner.col.zone"): named(ctx, pd.Series(zones.index), "zone_id").to_numpy()}
    )
    for name in ("freed", "supplied", "used"):
        table[t(f"planner.col.{name}", unit=unit)] = [
            round(formats.in_unit(m2, ctx.unit), 2) for m2 in zones[f"{name}_m2"]
        ]
    table[t("planner.col.tax")] = zones["tax_wan"].round(1).to_numpy()
    table[t("planner.col.tax_source")] = [
        formats.MISSING
        if formats.is_missing(source)
        else t("planner.tax_source", year=year, area=t(f"planner.area.{area}"), source=source)
        for year, area, source in zip(zones["year"], zones["area"], zones["source"], strict=True)
    ]
    st.dataframe(
        table,
        hide_index=True,
        height=_HEIGHT if len(table) > _FEW else "auto",
        placeholder=formats.MISSING,
        key="idle-plan-zones",
    )
    st.caption(t("planner.tax_note"))
