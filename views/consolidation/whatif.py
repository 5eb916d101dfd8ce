"""Before and after of a unit side by side; what is missing stays missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd
import streamlit as st

from analytics.consolidation.land import counted_land
from analytics.consolidation.whatif import Card, Form, card
from domain import formats
from domain.rules import RuleSet
from geo.errors import GanyuanError
from views import places
from views.consolidation import words
from views.consolidation.card_table import before_after_chart, card_file, card_table
from views.consolidation.land import land_of, plan_land, show_land, show_uncounted
from views.consolidation.outlines import (
    Drawn,
    Outlines,
    Unit,
    draw_unit,
    outline_notes,
    show_arithmetic,
)
from views.context import Context
from views.frame import section, show_error

_FORM_KEY: Final = "consolidation-form"


@dataclass(frozen=True)
class Asked:
    """What a card is about.

    Attributes:
        pair: One row of the candidates.
        form: Integration or trusteeship; None lets the reader choose.
        others: Zones that could be studied with the same host, by id: the pairs of it.
        joined: Of them, those that are studied from the start.
    """

    pair: pd.Series
    form: Form | None = None
    others: tuple[str, ...] = ()
    joined: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Names the fields of the card."""
        by = "plan" if self.form else "pair"
        return f"{by}-{self.pair['host_id']}-{self.pair['absorbed_id']}"

    @property
    def land_name(self) -> str:
        """Names the fields of land: a unit of a plan has one set, whichever pair is open."""
        return plan_land(str(self.pair["host_id"])) if self.form else self.name


def others_of(pairs: pd.DataFrame, pair: pd.Series) -> tuple[str, ...]:
    """Zones of the other pairs of a host.

    Args:
        pairs: Candidates.
        pair: One of them.
    """
    mine = (pairs["host_id"] == pair["host_id"]) & (pairs["absorbed_id"] != pair["absorbed_id"])
    return tuple(pairs.loc[mine, "absorbed_id"])


def asked_of_plan(pairs: pd.DataFrame, pair: pd.Series) -> Asked:
    """A pair of a plan with all zones that the plan joins with the same host.

    Args:
        pairs: Pairs of the plan with ``form``.
        pair: One of them; held in trust it stands alone.
    """
    form: Form = "merge" if pair["form"] == "merge" else "trusteeship"
    others = others_of(pairs[pairs["form"] == form], pair)
    return Asked(pair, form, others, others if form == "merge" else ())


def unit_of(ctx: Context, asked: Asked) -> Unit:
    """The unit as the fields of the card say, known before they are drawn in this run."""
    state = st.session_state
    more = [zone for zone in state.get(_more_key(asked), asked.joined) if zone in asked.others]
    chosen = state.get(_FORM_KEY, "merge") if asked.form is None else asked.form
    form: Form = "trusteeship" if chosen == "trusteeship" else "merge"
    pair = asked.pair
    zones = (str(pair["absorbed_id"]), *more)
    return Unit(str(pair["host_id"]), zones, form, land_of(ctx, asked.land_name))


def show_what_if(
    ctx: Context,
    asked: Asked,
    facts: pd.DataFrame,
    rules: RuleSet,
    held: Outlines,
    *,
    demonstration: bool,
    basis: str = "",
) -> None:
    """Draw the card of a unit.

    Args:
        ctx: The run of the page.
        asked: What it is about.
        facts: :func:`analytics.consolidation.whatif.figures`.
        rules: The rules after the sliders.
        held: Outlines of zones.
        demonstration: Demonstration figures are among the facts.
        basis: What the figures rest on, for the file.
    """
    t = ctx.t
    names = {side: words.zone_name(ctx, asked.pair, side) for side in ("host", "absorbed")}
    section(t("conplan.what_if", **names), help_text=t("conplan.what_if_help"))
    _fields(ctx, asked, facts)
    unit = unit_of(ctx, asked)
    drawn = draw_unit(held, unit)
    found = _found(ctx, unit, drawn, facts, rules)
    if found is not None:
        card_table(ctx, found, key=f"consolidation-what-if-{asked.form}")
    outline_notes(ctx, held, drawn.without, {unit.host: drawn.error} if drawn.error else {})
    left, right = st.columns([3, 2], gap="medium")
    with left:
        if found is not None:
            st.markdown(_lines(ctx, found, rules))
        if unit.form == "merge":
            show_arithmetic(ctx, drawn)
            # Land that does not fit is told as a fault already.
            measured = drawn.found is not None or drawn.error is not None
            show_uncounted(ctx, unit.land, outlined=measured)
    with right:
        if found is not None:
            before_after_chart(ctx, found, key=f"consolidation-bars-{asked.form}")
        show_land(ctx, asked.land_name)
    if found is not None:
        notes = _notes(ctx, unit, drawn, found, rules, basis)
        card_file(ctx, found, key="consolidation-card", notes=notes, demonstration=demonstration)
    st.caption(t(f"conplan.what_if_{'demonstration' if demonstration else 'note'}"))


def _found(
    ctx: Context, unit: Unit, drawn: Drawn, facts: pd.DataFrame, rules: RuleSet
) -> Card | None:
    """Figures of the unit; None where land added or taken out cannot be."""
    expanded, removed = counted_land(unit.land, drawn.found)
    try:
        return card(
            unit.host, unit.absorbed, facts, rules=rules, form=unit.form,
            expanded_m2=expanded, removed_m2=removed,
        )  # fmt: skip
    except GanyuanError as error:
        show_error(ctx, error)
        return None


def _more_key(asked: Asked) -> str:
    return f"consolidation-more-{asked.name}"


def _fields(ctx: Context, asked: Asked, facts: pd.DataFrame) -> None:
    """Form, and further zones of the same host."""
    t = ctx.t
    left, right = st.columns([1, 2], vertical_alignment="bottom")
    if asked.form is None:
        options: tuple[Form, ...] = ("merge", "trusteeship")
        left.segmented_control(
            t("conplan.col.form"),
            options,
            default=options[0],
            required=True,
            format_func=lambda name: t(f"conplan.form.{name}"),
            key=_FORM_KEY,
        )
    else:
        left.markdown(t("conunit.form", form=t(f"conplan.form.{asked.form}")))
    listed = [zone for zone in asked.others if zone in facts.index]
    if listed:
        names = places.unit_names(ctx, "zone_id")
        right.multiselect(
            t("conunit.more_zones"),
            listed,
            default=[zone for zone in asked.joined if zone in listed],
            format_func=lambda zone: words.short(names.get(str(zone), str(zone))),
            key=_more_key(asked),
            placeholder=t("conplan.none"),
            help=t("conunit.more_zones_help"),
        )


def _lines(ctx: Context, found: Card, rules: RuleSet) -> str:
    """Sectors gained, and which targets the host and the unit reach."""
    return "\n".join(f"- {line}" for line in _said(ctx, found, rules))


def _said(ctx: Context, found: Card, rules: RuleSet) -> Sequence[str]:
    t = ctx.t
    gained = words.sector_names(ctx, found.sectors["gained"])
    lines = [t("conplan.gained", sectors=gained) if gained else t("conplan.gained_none")]
    for row in found.targets.to_dict("records"):
        rule = rules.rule(str(row["rule"]))
        limit = formats.number(row["limit"], 2)
        if row["figure"] == "idle_share":
            limit = formats.share(row["limit"])
        states = {side: t(f"conplan.reached.{_reached(row[side])}") for side in ("host", "after")}
        status = t(f"consolidation.status.{rule.status}")
        lines.append(t(f"conplan.target.{row['figure']}", limit=limit, status=status, **states))
    return lines


def _reached(value: object) -> str:
    if formats.is_missing(value):
        return "unknown"
    return "yes" if value else "no"


def _notes(
    ctx: Context, unit: Unit, drawn: Drawn, found: Card, rules: RuleSet, basis: str
) -> dict[str, str]:
    """What a card says beside its table, for the file."""
    t, names = ctx.t, places.unit_names(ctx, "zone_id")
    joiner = t.pick("、", ", ")
    out = {
        t("conplan.side.host"): names.get(unit.host, unit.host),
        t("conplan.side.absorbed"): joiner.join(names.get(z, z) for z in unit.absorbed),
        t("conplan.col.form"): t(f"conplan.form.{unit.form}"),
        t("conunit.note.basis"): basis,
        t("conunit.note.nature"): t("conplan.intro"),
    }
    for number, line in enumerate(_said(ctx, found, rules), 1):
        out[t("conunit.note.line", n=number)] = line
    for side, part in (("expanded", unit.land.expanded), ("removed", unit.land.removed)):
        if part.source:
            out[t(f"conunit.file.{side}")] = part.source
    if drawn.found is not None and unit.form == "merge":
        for step, row in drawn.found.areas.iterrows():
            flat, round_ = (formats.number(row[c], 2) for c in ("planar_m2", "ellipsoidal_m2"))
            out[f"{t('conunit.arithmetic_short')} · {t(f'conunit.step.{step}')}"] = (
                f"{flat} / {round_} m2"
            )
    if drawn.without:
        out[t("conunit.note.without")] = joiner.join(names.get(z, z) for z in drawn.without)
    return out
