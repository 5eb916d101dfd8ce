"""What comes: the days ahead as chart, map, table and files, for any day since 2009."""

from __future__ import annotations

import calendar
import datetime as dt
from typing import Final

import altair as alt
import pandas as pd
import streamlit as st

from analytics.idle.calendar import HORIZONS, by_month, event_totals, events
from analytics.idle.deadlines import KINDS
from domain import formats
from domain.rules import Rule, load_rules
from export.calendar_ics import MIME, Entry, write_ics
from export.references import cited
from views import address
from views.charts import show_chart
from views.consolidation.words import brief
from views.context import Context
from views.day import FIRST_DAY
from views.downloads import download, download_table
from views.frame import empty_state, section, source_line
from views.idle.clock_map import COLOURS, coming_map
from views.idle.figures_data import Key, key_of
from views.idle.figures_words import formatted, in_unit
from views.idle.run import IdleRun
from views.places import named

LAST_YEAR: Final = 2030
"""Last year of the slider; the date field goes on."""
_MONTH: Final = "idle-clock-month"
_DAY: Final = "as_of"
_LATE: Final = -1
_ROWS_SHOWN: Final = 2_000
_CHART_HEIGHT: Final = 190
_LEGEND_COLUMNS: Final = 3
_FEW: Final = 9
_MAP_HEIGHT: Final = 360
_TABLE_HEIGHT: Final = 360


def show_clock(ctx: Context, run: IdleRun) -> None:
    """Draw what comes after the day of the run.

    Args:
        ctx: The run of the page.
        run: What the page is about.
    """
    horizon = _controls(ctx, run)
    with st.spinner(ctx.t("clock.working")):
        every = _events(key_of(ctx, run), _run=run)
    found = every[every["days"] <= horizon]
    if found.empty:
        empty_state(ctx.t("clock.empty", days=horizon))
        return
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _months(ctx, found)
        _totals(ctx, run, every)
    with right:
        section(ctx.t("clock.map", days=horizon), help_text=ctx.t("clock.map_help"))
        coming_map(ctx, run, found, height=_MAP_HEIGHT)
    _table(ctx, run, found, horizon)
    source_line(ctx.t("clock.source", version=cited(run.version), date=run.day.isoformat()))


@st.cache_resource(max_entries=12, show_spinner=False)
def _events(key: Key, *, _run: IdleRun) -> pd.DataFrame:
    del key
    return events(
        _run.parcels,
        _run.parcels,
        cases=_run.cases,
        batches=_run.batches,
        as_of=_run.day,
        idle=_run.rules,
        approvals=load_rules("approvals", as_of=_run.day),
    )


def _controls(ctx: Context, run: IdleRun) -> int:
    """The horizon, and the slider that moves the day of the whole page."""
    t = ctx.t
    options = [str(days) for days in HORIZONS]
    address.seed("idle-horizon", options, options[1])
    left, right = st.columns([2, 3], vertical_alignment="bottom", gap="medium")
    with left:
        chosen = st.segmented_control(
            t("clock.horizon"),
            options,
            required=True,
            format_func=lambda days: t("clock.days", days=days),
            key="idle-horizon",
        )
    address.keep("idle-horizon", options[1])
    months = months_of(run.day)
    # The date field leads: whatever moved it, the slider stands on its month.
    st.session_state[_MONTH] = run.day.strftime("%Y-%m")
    with right:
        st.select_slider(
            t("clock.slider"),
            months,
            key=_MONTH,
            on_change=_moved,
            help=t("clock.slider_help"),
        )
    return int(chosen or options[1])


def months_of(day: dt.date) -> list[str]:
    """Months that the slider offers: from the first day to 2030, and that of the day."""
    whole = pd.date_range(FIRST_DAY.replace(day=1), dt.date(LAST_YEAR, 12, 1), freq="MS")
    return sorted({*whole.strftime("%Y-%m"), day.strftime("%Y-%m")})


def _moved() -> None:
    """Let the page judge the last day of the month that the slider was moved to."""
    year, month = map(int, str(st.session_state[_MONTH]).split("-"))
    last = dt.date(year, month, calendar.monthrange(year, month)[1])
    st.session_state[_DAY] = max(last, FIRST_DAY)


def _months(ctx: Context, found: pd.DataFrame) -> None:
    """Events ahead by month and kind."""
    t = ctx.t
    months = by_month(found[found["days"] >= 0])
    kinds = [kind for kind in KINDS if kind in set(months["kind"])]
    names = {kind: t(f"clock.kind.{kind}") for kind in kinds}
    frame = pd.DataFrame(
        {
            "month": months["month"].dt.strftime("%Y-%m"),
            "kind": months["kind"].map(names),
            "order": months["kind"].map({kind: i for i, kind in enumerate(KINDS)}),
            "count": months["count"],
            "area": [
                f"{formats.area(m2, ctx.unit)} {t(f'unit.{ctx.unit}')}" for m2 in months["area_m2"]
            ],
        }
    )
    section(t("clock.months"))
    scale = alt.Scale(domain=list(names.values()), range=[COLOURS[kind] for kind in kinds])
    bar = (
        alt.Chart(frame)
        .mark_bar(size=18)
        .encode(
            x=alt.X("month:O", title=None, axis=alt.Axis(labelAngle=0)),
            y=alt.Y("count:Q", title=t("clock.count")),
            color=alt.Color(
                "kind:N",
                scale=scale,
                sort=list(names.values()),
                legend=alt.Legend(columns=_LEGEND_COLUMNS),
            ),
            order="order:Q",
            tooltip=["month:O", "kind:N", "count:Q", "area:N"],
        )
    )
    show_chart(bar.properties(height=_CHART_HEIGHT), key="idle-clock-months", source="")


def _totals(ctx: Context, run: IdleRun, every: pd.DataFrame) -> None:
    """Count and area by kind: late, and within each horizon."""
    t = ctx.t
    section(t("clock.totals", unit=t(f"unit.{ctx.unit}")))
    sums = event_totals(every).set_index(["kind", "within_days"])
    rows = []
    for kind in sums.index.unique("kind"):
        row = {t("clock.col.kind"): t(f"clock.kind.{kind}")}
        for days in (*HORIZONS, _LATE):
            at = (kind, days)
            count, area = sums.loc[at] if at in sums.index else (0, 0.0)
            name = t("clock.col.late") if days == _LATE else t("clock.days", days=days)
            row[name] = (
                f"{formats.count(count)} · {formats.area(area, ctx.unit)}"
                if count
                else formats.MISSING
            )
        rows.append(row)
    table = pd.DataFrame(rows)
    config = dict.fromkeys(table.columns[1:], st.column_config.TextColumn(alignment="right"))
    st.dataframe(table, hide_index=True, key="idle-clock-totals", column_config=config)
    if run.version.passport.get("as_of") and str(run.version.passport["as_of"]) < str(run.day):
        st.caption(t("clock.projected", date=run.version.passport["as_of"]))


def _table(ctx: Context, run: IdleRun, found: pd.DataFrame, horizon: int) -> None:
    t = ctx.t
    kinds = [kind for kind in KINDS if kind in set(found["kind"])]
    section(t("clock.list", days=horizon, count=formats.count(len(found))))
    chosen = st.pills(
        t("clock.col.kind"),
        kinds,
        selection_mode="multi",
        format_func=lambda kind: t(f"clock.kind.{kind}"),
        key="idle-clock-kinds",
        label_visibility="collapsed",
    )
    listed = found[found["kind"].isin(chosen)] if chosen else found
    # What can still be met comes first; what is late stands behind it.
    listed = pd.concat([listed[listed["days"] >= 0], listed[listed["days"] < 0]])
    area = t("clock.col.area", unit=t(f"unit.{ctx.unit}"))
    st.dataframe(
        formatted(
            ctx,
            events_table(ctx, run, listed.head(_ROWS_SHOWN)),
            areas=[area],
            counts=[t("clock.col.days")],
        ),
        hide_index=True,
        height=_TABLE_HEIGHT if len(listed) > _FEW else "auto",
        key="idle-clock-table",
        placeholder=formats.MISSING,
        column_config={
            t("clock.col.mark"): st.column_config.TextColumn(help=t("idle.mark_help")),
        },
    )
    if len(listed) > _ROWS_SHOWN:
        st.caption(t("clock.shown", shown=formats.count(_ROWS_SHOWN)))
    _files(ctx, run, listed, horizon)


def events_table(ctx: Context, run: IdleRun, found: pd.DataFrame) -> pd.DataFrame:
    """Events as they are listed and exported: words instead of keys, areas in the chosen unit."""
    t, rules = ctx.t, _rules(run)
    article = {key: t.pick(rule.article, rule.article_en) for key, rule in rules.items()}
    marks = {key: t(f"idle.mark.{key}") for key in ("recalled", "default")}
    kinds = {kind: t(f"clock.kind.{kind}") for kind in KINDS}
    return pd.DataFrame(
        {
            t("clock.col.on"): pd.to_datetime(found["on"]).dt.date,
            t("clock.col.days"): found["days"],
            t("clock.col.kind"): found["kind"].map(kinds),
            t("clock.col.key"): found["key"],
            t("clock.col.name"): found["name"],
            t("clock.col.county"): brief(
                ctx, named(ctx, found["county_adcode"].fillna(""), "county_adcode")
            ),
            t("clock.col.zone"): brief(ctx, named(ctx, found["zone_id"].fillna(""), "zone_id")),
            t("clock.col.area", unit=t(f"unit.{ctx.unit}")): in_unit(ctx, found["area_m2"]),
            t("clock.col.rule"): found["rule"],
            t("clock.col.article"): found["rule"].map(article).fillna(t("clock.own")),
            t("clock.col.mark"): found["certainty"].map(marks),
        }
    )


def _rules(run: IdleRun) -> dict[str, Rule]:
    return {**run.rules, **load_rules("approvals", as_of=run.day)}


def _files(ctx: Context, run: IdleRun, found: pd.DataFrame, horizon: int) -> None:
    t, rules = ctx.t, _rules(run)
    name = t("clock.file_name", date=run.day.isoformat(), days=horizon)
    used = {
        key: f"{t.pick(rules[key].title_zh, rules[key].title_en)} · "
        f"{t.pick(rules[key].article, rules[key].article_en)} · "
        + t(f"data.certainty_{rules[key].status}")
        for key in sorted(set(found["rule"]) & set(rules))
    }
    mark = t("case.demonstration") if run.version.demonstration else ""

    def ics() -> bytes:
        entries = entries_of(ctx, run, found)
        return write_ics(entries, name=name, stamp=dt.datetime.now(tz=dt.UTC), mark=mark)

    with st.container(horizontal=True):
        download(
            t("clock.download_ics"),
            ics,
            name=f"{name}.ics",
            key="idle-clock-ics",
            mime=MIME,
            help=t("clock.download_ics_help"),
        )
        download_table(
            ctx,
            lambda: events_table(ctx, run, found),
            key="idle-clock-file",
            name=name,
            kinds={
                t("clock.col.on"): "date",
                t("clock.col.days"): "count",
                t("clock.col.area", unit=t(f"unit.{ctx.unit}")): "area",
            },
            notes={
                t("data.note_version"): cited(run.version),
                t("data.note_day"): run.day.isoformat(),
                t("data.note_place"): run.place.name(ctx),
                t("data.note_area"): t("data.note_area_text"),
                **used,
            },
            demonstration=run.version.demonstration,
        )


def entries_of(ctx: Context, run: IdleRun, found: pd.DataFrame) -> list[Entry]:
    """Events as entries of a calendar file."""
    t, table = ctx.t, events_table(ctx, run, found)
    heads = list(table.columns)
    on, _, kind, key, name, county, zone, area, *_ = heads
    entries = []
    for event, row in zip(found.to_dict("records"), table.to_dict("records"), strict=True):
        subject = row[key] if formats.is_missing(row[name]) else row[name]
        cells = (kind, key, name, county, zone, area, *heads[8:])
        lines = [f"{head}{t('clock.colon')}{_cell(row[head])}" for head in cells]
        entries.append(
            Entry(
                version=run.version.id,
                key=str(event["key"]),
                kind=str(event["kind"]),
                on=row[on],
                title=f"{row[kind]}{t('clock.colon')}{subject}",
                text="\n".join([*lines, cited(run.version)]),
                place=str(row[county]),
                category=str(row[kind]),
            )
        )
    return entries


def _cell(value: object) -> str:
    return formats.MISSING if formats.is_missing(value) else str(value)
