"""One zone down to its data: check of the rates, every indicator, every figure and its rows."""

from __future__ import annotations

from html import escape
from typing import Any

import pandas as pd
import streamlit as st

from analytics.evaluation import intensity_score
from analytics.evaluation.intensity import RATES
from domain import formats, indicators
from domain.schemes import IntensityScheme
from views import address, tables
from views.context import Context
from views.evaluation import words
from views.evaluation.rows import show_rows
from views.evaluation.run import ZONE, Run
from views.frame import door, section
from views.markup import plain


def choose_zone(ctx: Context, run: Run, zones: pd.Index) -> str:
    """Draw the choice of a zone; a row that was chosen in a table comes here too."""
    codes = ["", *map(str, zones)]
    address.seed(ZONE, codes, "")
    chosen = st.selectbox(
        ctx.t("evaluation.open"),
        codes,
        format_func=lambda code: (
            words.zone_name(ctx, run, code) if code else ctx.t("evaluation.open_none")
        ),
        key=ZONE,
        help=ctx.t("evaluation.open_help"),
    )
    address.keep(ZONE, "")
    return chosen or ""


def show_zone(
    ctx: Context,
    run: Run,
    scheme: IntensityScheme,
    table: pd.DataFrame,
    score: pd.Series,
    rates: pd.Series,
    zone: str,
) -> None:
    """Draw the chain of one zone.

    Args:
        ctx: The run of the page.
        run: What the page is about.
        scheme: The scheme of intensity.
        table: Indicators of all zones (:func:`analytics.evaluation.intensity_score.indicators`).
        score: Row of the zone in :func:`analytics.evaluation.intensity_score.scores`.
        rates: Row of the zone in :func:`analytics.evaluation.zone_rates.checked`.
        zone: Id of the zone.
    """
    t = ctx.t
    section(plain(t("evaluation.zone.title", zone=words.zone_name(ctx, run, zone))))
    st.markdown(plain(_summary(ctx, score)))
    st.html(_identity(ctx, rates))
    st.caption(plain(_identity_note(ctx, run, rates, zone)))
    mine = table.assign(contribution=intensity_score.contributions(table))
    mine = mine[mine["zone"] == zone]
    columns = _columns(ctx)
    st.dataframe(
        tables.shown(_chain(ctx, run, scheme, mine, zone), columns),
        hide_index=True,
        height="content",
        placeholder=formats.MISSING,
        key="evaluation-chain",
        column_config=columns,
    )
    _missing(ctx, run, zone, mine)
    show_rows(ctx, run, zone)


def _summary(ctx: Context, score: pd.Series) -> str:
    t = ctx.t
    kind = words.type_name(ctx, score["zone_type"])
    if formats.is_missing(score["score"]):
        return t("evaluation.zone.no_score", type=kind)
    text = t(
        "evaluation.zone.score",
        type=kind,
        score=formats.number(score["score"], 1),
        known=formats.share(score["known_share"]),
    )
    if formats.is_missing(score["rank"]):
        return text + t("evaluation.zone.no_rank")
    return text + t("evaluation.zone.rank", rank=score["rank"], of=score["of"])


def _identity(ctx: Context, rates: pd.Series) -> str:
    """The three rates, their product, and built over developable land, as a sum that comes out."""
    t = ctx.t
    cells = []
    for sign, name in zip(("", "×", "×", "=", "="), (*RATES, "product", "use_rate"), strict=True):
        if sign:
            cells.append(f"<td class='gy-op'>{sign}</td>")
        value = formats.share(rates[name])
        label = t(f"evaluation.rate.{name}")
        cells.append(f"<td><b>{escape(value)}</b><span>{escape(label)}</span></td>")
    state = t(f"evaluation.identity.{rates['state']}")
    label = t("evaluation.col.identity")
    cells.append(f"<td class='gy-apart'><b>{escape(state)}</b><span>{escape(label)}</span></td>")
    return f'<table class="gy-sum"><tr>{"".join(cells)}</tr></table>'


def _identity_note(ctx: Context, run: Run, rates: pd.Series, zone: str) -> str:
    t = ctx.t
    text = t(f"evaluation.identity_note.{rates['state']}")
    if rates["differs"]:
        text += " " + t(
            "evaluation.identity_differs",
            names=t("evaluation.joiner").join(
                t(
                    "evaluation.identity_stated",
                    name=t(f"evaluation.rate.{name}"),
                    stated=formats.number(run.figures.stated[name].get(zone), 2),
                )
                for name in str(rates["differs"]).split(";")
            ),
        )
    if rates["state"] != "missing" and not rates["one_source"]:
        text += " " + t("evaluation.identity_mixed")
    return text


def _chain(
    ctx: Context, run: Run, scheme: IntensityScheme, mine: pd.DataFrame, zone: str
) -> pd.DataFrame:
    """Every indicator with what it is made of."""
    t = ctx.t
    by_id = {one.id: one for one in scheme.indicator}
    rows = []
    for row in mine.to_dict("records"):
        figure = by_id[row["indicator"]]
        rows.append(
            {
                "indicator": f"{figure.id} {words.title_of(ctx, figure)}",
                "value": words.quotient_text(ctx, figure, row["value"]),
                "ideal": _ideal(ctx, figure, row),
                "points": row["points"],
                "weight": row["weight"],
                "contribution": row["contribution"],
                "state": t(f"evaluation.state.{row['state']}"),
                "above": words.side_text(ctx, run, zone, figure.numerator, figure.less),
                "below": words.side_text(ctx, run, zone, figure.denominator),
                "formula": t.pick(figure.formula_zh, figure.formula_en),
                "certainty": t(
                    "evaluation.certainties",
                    formula=words.certainty(ctx, row["formula_status"]),
                    ideal=words.certainty(ctx, row["ideal_status"]),
                ),
                "reference": _reference(ctx, scheme, figure),
            }
        )
    out = pd.DataFrame(rows)
    return out.rename(columns={name: t(f"evaluation.chain.{name}") for name in out})


def _ideal(ctx: Context, figure: Any, row: dict[Any, Any]) -> str:  # noqa: ANN401 - one indicator
    if figure.zero_at is not None:
        return ctx.t("evaluation.zero_at", value=formats.share(figure.zero_at))
    return words.quotient_text(ctx, figure, row["ideal"])


def _reference(ctx: Context, scheme: IntensityScheme, figure: Any) -> str:  # noqa: ANN401
    """The newest published mean of an indicator."""
    found = [one for one in scheme.reference if one.indicator == figure.id]
    if not found:
        return ""
    newest = max(found, key=lambda one: one.as_of)
    value = words.quotient_text(ctx, figure, newest.value)
    return f"{value} · {ctx.t.pick(newest.scope_zh, newest.scope_en)} · {newest.as_of.year}"


def _columns(ctx: Context) -> dict[str, Any]:
    t = ctx.t
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    return {
        t("evaluation.chain.points"): st.column_config.ProgressColumn(
            min_value=0, max_value=100, format="%.1f", width=110
        ),
        t("evaluation.chain.weight"): tables.share_column(),
        t("evaluation.chain.contribution"): number(
            format="%.1f", help=t("evaluation.chain.contribution_help")
        ),
        t("evaluation.chain.value"): text(width=140),
        t("evaluation.chain.ideal"): text(width=140),
        t("evaluation.chain.state"): text(width=140),
        t("evaluation.chain.above"): text(width="large"),
        t("evaluation.chain.below"): text(width="large"),
        t("evaluation.chain.formula"): text(width="large"),
    }


def _missing(ctx: Context, run: Run, zone: str, mine: pd.DataFrame) -> None:
    """What has to be filled in for the indicators that lack data."""
    t = ctx.t
    named = ";".join(str(text) for text in mine["missing"] if str(text))
    lacking = [
        name
        for name in indicators.figures()
        if name in named.split(";") and formats.is_missing(run.figures.figures.loc[zone, name])
    ]
    if not lacking:
        return
    joined = words.figure_names(ctx, ";".join(lacking))
    st.warning(plain(t("evaluation.fill_in", n=len(lacking), names=joined)))
    door(ctx, "upload", t("evaluation.to_template"))
