"""Audit: who did what, when and why, with what stood before and after."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable
from typing import Any, Final

import pandas as pd
import streamlit as st

from domain import boundaries, formats, ledgers
from domain.boundaries import PROVINCE_ADCODE
from domain.paths import STATIC
from views import address
from views.context import Context
from views.downloads import download_table
from views.facts import Card, fact, show_card
from views.frame import Figure, door, empty_state, key_figures, section, source_line, title_line
from views.markup import plain

PERIODS: Final = {"week": 7, "month": 30, "year": 365, "all": 0}
"""Period of the filter and its days; 0 is without limit."""
ACTIONS: Final = (
    "commit",
    "undo",
    "restore",
    "end",
    "ledger",
    "document",
    "scenario",
    "network",
    "raster",
)
MOST: Final = 5_000
"""Acts that the page reads; a narrower period shows older ones."""

_OWN_FIELDS: Final = ("prefecture_adcode", "demonstration")
_PUBLISHING: Final = ("commit", "undo", "restore")
_ALL: Final = "*"  # an empty choice would be taken for none made yet
_HEIGHT: Final = 400
_FEW: Final = 10
_LOW: Final = 178
_FEW_LOW: Final = 4
_LIST: Final = "audit-list"
_HASH: Final = 12  # figures of a digest that tell two files apart in a table

Row = dict[Hashable, Any]


def page(ctx: Context) -> None:
    """Draw the page."""
    t = ctx.t
    known = ctx.store.audit(ctx.viewer, limit=MOST)
    title_line(
        ctx,
        t("audit.title"),
        place=t("audit.place"),
        as_of=_moment(known["at"].iloc[0]) if len(known) else formats.MISSING,
        help_text=t("audit.help"),
    )
    if known.empty:
        empty_state(t("audit.empty"), next_step=t("audit.empty_next"))
        return
    acts = _filtered(ctx, known)
    _key_figures(ctx, acts)
    section(t("audit.list"), help_text=t("audit.list_help"))
    if acts.empty:
        empty_state(t("audit.none"), next_step=t("audit.none_next"))
        return
    shown = _shown(ctx, acts)
    chosen = _table(ctx, acts, shown)
    if chosen is not None:
        _detail(ctx, acts.iloc[chosen].to_dict())
    _files(ctx, shown)


def _filtered(ctx: Context, known: pd.DataFrame) -> pd.DataFrame:
    """The row of filters, and the acts that they leave."""
    t = ctx.t
    subjects = known["subject"].map(_subject).drop_duplicates().sort_values().tolist()
    people = known["viewer"].drop_duplicates().sort_values().tolist()
    periods, persons, actions, things = st.columns([3, 2, 2, 2], vertical_alignment="bottom")
    with periods:
        period = _choice(
            ctx, "period", tuple(PERIODS), "all", lambda code: t(f"audit.period.{code}"), wide=True
        )
    with persons:
        person = _choice(ctx, "person", (_ALL, *people), _ALL, lambda name: name)
    with actions:
        present = tuple(code for code in ACTIONS if (known["action"] == code).any())
        action = _choice(
            ctx, "action", (_ALL, *present), _ALL, lambda code: t(f"audit.action.{code}")
        )
    with things:
        subject = _choice(ctx, "subject", (_ALL, *subjects), _ALL, lambda name: _named(ctx, name))
    days = PERIODS[period]
    since = dt.datetime.now(dt.UTC) - dt.timedelta(days=days) if days else None
    return ctx.store.audit(
        ctx.viewer,
        limit=MOST,
        person=None if person == _ALL else person,
        action=None if action == _ALL else action,
        subject=None if subject == _ALL else subject,
        since=since,
    )


def _choice(
    ctx: Context,
    name: str,
    options: tuple[str, ...],
    default: str,
    word: Any,  # noqa: ANN401 - str to str
    *,
    wide: bool = False,
) -> str:
    """One filter, kept in the address."""
    key = f"audit_{name}"
    address.seed(key, options, default)
    draw: Any = st.segmented_control if wide else st.selectbox
    more: dict[str, Any] = {"required": True} if wide else {}
    draw(
        ctx.t(f"audit.filter.{name}"),
        options,
        format_func=lambda code: ctx.t("audit.filter.all") if code == _ALL else word(code),
        key=key,
        **more,
    )
    address.keep(key, default)
    return str(st.session_state[key] or default)


def _key_figures(ctx: Context, acts: pd.DataFrame) -> None:
    t = ctx.t
    counts = acts["action"].value_counts()
    published = int(sum(counts.get(code, 0) for code in _PUBLISHING))
    figures = {
        "acts": len(acts),
        "people": acts["viewer"].nunique(),
        "versions": published,
        "ledger": int(counts.get("ledger", 0) + counts.get("document", 0)),
        "ended": int(counts.get("end", 0)),
    }
    key_figures(
        [
            Figure(t(f"audit.figure.{name}"), formats.count(n), note=t(f"audit.figure_note.{name}"))
            for name, n in figures.items()
        ]
    )


def _table(ctx: Context, acts: pd.DataFrame, shown: pd.DataFrame) -> int | None:
    """The list; the position of the selected act."""
    t = ctx.t
    cut = shown.assign(**{t("audit.col.sha256"): acts["sha256"].str[:_HASH]})
    number = st.column_config.NumberColumn
    event: Any = st.dataframe(
        cut,
        hide_index=True,
        height=_height(len(cut)),
        key=_LIST,
        placeholder=formats.MISSING,
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            t("audit.col.rows_before"): number(format="localized"),
            t("audit.col.rows_after"): number(format="localized"),
            t("audit.col.reason"): st.column_config.TextColumn(width="large"),
        },
    )
    rows = _selected(event)
    # A selection may outlive a filter that made the list shorter.
    return int(rows[0]) if rows and rows[0] < len(acts) else None


def _height(count: int) -> Any:  # noqa: ANN401 - pixels or a word
    """Height of the list: low beside an open act, so that its detail comes into view."""
    if _selected(st.session_state.get(_LIST)):
        return _LOW if count > _FEW_LOW else "auto"
    return _HEIGHT if count > _FEW else "auto"


def _selected(state: Any) -> list[int]:  # noqa: ANN401 - Streamlit's own state
    return list(state["selection"]["rows"]) if state else []


def _files(ctx: Context, shown: pd.DataFrame) -> None:
    """The list as files."""
    t = ctx.t
    source_line(t("audit.source", n=formats.count(len(shown)), zone=_zone()))
    download_table(
        ctx,
        shown,
        key="audit-download",
        name=t("audit.file"),
        kinds={t("audit.col.rows_before"): "count", t("audit.col.rows_after"): "count"},
        notes={t("audit.title"): t("audit.help")},
        demonstration=False,
    )


def _shown(ctx: Context, acts: pd.DataFrame) -> pd.DataFrame:
    """The acts in words, in the order of the columns."""
    t = ctx.t
    actions = {code: t(f"audit.action.{code}") for code in ACTIONS}
    return pd.DataFrame(
        {
            t("audit.col.at"): acts["at"].map(_moment),
            t("audit.col.viewer"): acts["viewer"],
            t("audit.col.action"): acts["action"].map(actions).fillna(acts["action"]),
            t("audit.col.subject"): acts["subject"].map(lambda name: _named(ctx, name)),
            t("audit.col.reason"): acts["reason"],
            t("audit.col.rows_before"): acts["rows_before"],
            t("audit.col.rows_after"): acts["rows_after"],
            t("audit.col.prefectures"): acts["prefectures"].map(lambda codes: _places(ctx, codes)),
            t("audit.col.sha256"): acts["sha256"],
        },
        index=acts.index,
    )


def _detail(ctx: Context, act: Row) -> None:
    """Everything about one act: the facts, and what it changed."""
    t = ctx.t
    left, right = st.columns([2, 3], gap="medium")
    names = ("at", "viewer", "reason", "rows_before", "rows_after", "prefectures", "sha256")
    words = {
        "at": f"{_moment(act['at'])} ({_zone()})",
        "rows_before": formats.count(act["rows_before"]),
        "rows_after": formats.count(act["rows_after"]),
        "prefectures": _places(ctx, act["prefectures"]),
    }
    facts = [fact(t(f"audit.col.{name}"), words.get(name, act[name])) for name in names]
    st.html(STATIC / "ganyuan" / "card.css")
    with left:
        kind = t("audit.card", action=t(f"audit.action.{act['action']}"), number=act["id"])
        show_card(ctx, Card(_named(ctx, str(act["subject"])), kind, (("", facts),)))
        if act["action"] in _PUBLISHING:
            dataset = _subject(str(act["subject"]))
            door(ctx, "map", t("audit.to_map", name=plain(dataset)), query={"ds": dataset})
    with right:
        if act["action"] == "ledger":
            _changes(ctx, act)


def _changes(ctx: Context, act: Row) -> None:
    """What an act did to ledger rows, field by field."""
    t = ctx.t
    changes = ctx.store.act_changes(int(act["id"]), ctx.viewer)
    section(t("audit.changes", n=formats.count(changes["key"].nunique())))
    table: Any = act["subject"]
    heads = {name: t(f"audit.field.{name}") for name in _OWN_FIELDS}
    for c in ledgers.columns(table):
        heads[c.column] = t.pick(c.zh, c.en) + (f" ({c.unit})" if c.unit else "")
    shown = pd.DataFrame(
        {
            t("audit.col.key"): changes["key"],
            t("audit.col.field"): changes["field"].map(heads).fillna(changes["field"]),
            t("audit.col.before"): changes["before"].map(lambda v: _value(ctx, v)),
            t("audit.col.after"): changes["after"].map(lambda v: _value(ctx, v)),
        }
    )
    st.dataframe(
        shown,
        hide_index=True,
        height=_HEIGHT if len(shown) > _FEW else "auto",
        key="audit-changes",
        placeholder=formats.MISSING,
    )


def _value(ctx: Context, value: object) -> str | None:
    """A cell of the trail as text; numbers as they are written in tables."""
    if isinstance(value, bool):
        return ctx.t("audit.yes" if value else "audit.no")
    if isinstance(value, float):
        return formats.number(value)
    return None if value is None else str(value)


def _subject(name: str) -> str:
    """Dataset, ledger or raster that an act was about."""
    return name.partition("@")[0].partition(":")[0]


def _named(ctx: Context, subject: str) -> str:
    """A ledger by its name in words; everything else as it is called."""
    base, mark, rest = subject.partition(":")
    if base not in ledgers.TABLES:
        return subject
    return ctx.t(f"audit.ledger.{base}") + (f" {rest}" if mark else "")


def _places(ctx: Context, codes: list[str]) -> str:
    """Names of prefectures; the province where all of them, or its own code, are meant."""
    layer = boundaries.layer("prefecture").set_index("adcode")
    if PROVINCE_ADCODE in codes or len(codes) == len(layer):
        return ctx.t("audit.province")
    column_of = ctx.t.pick("short_name", "name_en")
    return ctx.t.pick("、", ", ").join(str(layer[column_of].get(code, code)) for code in codes)


def _moment(at: dt.datetime) -> str:
    return pd.Timestamp(at).to_pydatetime().astimezone().strftime("%Y-%m-%d %H:%M")


def _zone() -> str:
    offset = dt.datetime.now().astimezone().strftime("%z")
    return f"UTC{offset[:3]}:{offset[3:]}"
