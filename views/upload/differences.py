"""The difference between two states of a dataset: totals that add up, a map, a list, a file."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any, Final

import geopandas as gpd
import pandas as pd
import streamlit as st

from analytics.differences import STATUSES, Differences, compare
from domain import boundaries, formats, schema
from layers.catalogue import base
from layers.palette import ACCENT, DIVERGING, STATUS
from layers.spec import LayerClass, LayerSpec, Symbol
from store import Kind, Version
from views import data
from views.context import Context
from views.downloads import download_table
from views.map_panel import show_map
from views.markup import plain

MOST_COMPARED: Final = 300_000
"""Rows of a state that are compared one by one; of more, only the totals are shown."""
_MOST_SHAPES: Final = 3000
_LIST_PX: Final = 300
_TOTALS: Final = (
    "before",
    "added",
    "gone",
    "moved",
    "changed",
    "moved_and_changed",
    "same",
    "after",
)
_LOOKS: Final = {
    "added": Symbol(fill=DIVERGING[0], stroke=ACCENT, weight=1.0, opacity=0.6),
    "gone": Symbol(fill=DIVERGING[4], stroke="#7d3c0e", weight=1.0, opacity=0.6),
    "moved": Symbol(fill=STATUS["overdue"], stroke="#8a6d00", weight=1.0, opacity=0.7),
    "changed": Symbol(fill=STATUS["not_due"], stroke="#5f686f", weight=1.0, opacity=0.7),
    "moved_and_changed": Symbol(fill=STATUS["completed"], stroke="#123f43", weight=1.0),
}


def show_comparison(ctx: Context, versions: Sequence[Version], chosen: Version) -> None:
    """Compare a version with another one of the same dataset, the one before it to begin with."""
    others = [v for v in versions if v.number != chosen.number]
    if not others:
        st.caption(ctx.t("upload.compare_one"))
        return
    older = [v for v in others if v.number < chosen.number]
    first = older[0] if older else others[-1]
    other = st.selectbox(
        ctx.t("upload.compare_with", version=chosen.id),
        others,
        index=others.index(first),
        format_func=lambda v: ctx.t(
            "upload.compare_option",
            version=v.id,
            who=v.committed_by,
            when=v.committed_at.astimezone().strftime("%Y-%m-%d %H:%M"),
        ),
        key=f"upload_compare_{chosen.id}",
        width=520,
    )
    before, after = sorted((chosen, other), key=lambda v: v.number)
    found = between(ctx, before, after)
    if found is None:
        st.caption(ctx.t("upload.compare_many", n=f"{MOST_COMPARED:,}"))
        return
    show_differences(
        ctx,
        found,
        key=f"{before.id}_{after.number}",
        words=ctx.t("upload.compare_words", before=plain(before.id), after=plain(after.id)),
        kind=after.kind,
        demonstration=after.demonstration,
    )


def between(ctx: Context, before: Version, after: Version) -> Differences | None:
    """The difference between two versions; None where there are too many rows."""
    if max(before.rows, after.rows) > MOST_COMPARED:
        return None
    key = (before.id, before.sha256, after.id, after.sha256, _scope(ctx))
    return _between(key, _ctx=ctx, _before=before, _after=after)


def _scope(ctx: Context) -> tuple[str, ...] | None:
    scope = ctx.viewer.prefectures
    return None if scope is None else tuple(sorted(scope))


@st.cache_resource(max_entries=4, show_spinner=False)
def _between(
    key: tuple[object, ...], *, _ctx: Context, _before: Version, _after: Version
) -> Differences:
    del key
    return compare_rows(data.parcels(_ctx, _before), data.parcels(_ctx, _after), _after.kind)


def compare_rows(before: gpd.GeoDataFrame, after: gpd.GeoDataFrame, kind: Kind) -> Differences:
    """The difference between rows of one kind."""
    return compare(before, after, key=schema.KEY[kind])


def layer() -> LayerSpec:
    """Rows that differ; needs ``number``, ``name`` and ``status``."""
    return LayerSpec(
        id="upload_differences",
        title="upload.compare_map",
        geometry="polygon",
        column="status",
        classes=tuple(LayerClass(s, f"upload.diff_{s}", _LOOKS[s]) for s in STATUSES),
        source="upload.compare_source",
        id_column="number",
        name_column="name",
        area_column="area",
    )


def show_differences(
    ctx: Context,
    found: Differences,
    *,
    key: str,
    words: str,
    kind: Kind,
    demonstration: bool = False,
) -> None:
    """Totals beside the map, then the rows that differ, and all of it as a file.

    Args:
        ctx: The run.
        found: The difference.
        key: Names the widgets.
        words: What is compared with what.
        kind: What a row is.
        demonstration: The rows are made up.
    """
    st.markdown(words)
    left, right = st.columns([2, 3], gap="medium")
    with left:
        st.html(totals_html(ctx, found.totals))
        st.caption(ctx.t("upload.compare_paired", id=found.by_id, shape=found.by_shape))
    with right:
        _map(ctx, found, key)
    if found.none:
        st.info(ctx.t("upload.compare_none"))
        return
    table = rows_table(ctx, found, kind)
    st.dataframe(
        table,
        hide_index=True,
        key=f"upload_differences_{key}",
        height=_LIST_PX if len(table) > 8 else "content",  # noqa: PLR2004 - rows that fit
        placeholder="—",
        alt=ctx.t("upload.compare_map"),
        column_config=_columns(ctx),
    )
    download_table(
        ctx,
        table,
        key=f"upload_differences_{key}",
        name=ctx.t("upload.compare_file"),
        kinds={ctx.t("upload.diff_area_before"): "area", ctx.t("upload.diff_area_after"): "area"},
        notes={ctx.t("upload.compare_file"): words.replace("\\", "").replace("*", "")},
        demonstration=demonstration,
    )


def totals_html(ctx: Context, totals: pd.DataFrame) -> str:
    """Rows and areas of each group, as a sum that comes out; markup."""
    t = ctx.t
    unit = t(f"upload.unit_{ctx.unit}")
    lines = []
    groups: dict[str, dict[str, float]] = totals.astype(float).to_dict("index")  # type: ignore[assignment]
    for name in _TOTALS:
        line = groups[name]
        shown = [
            ""
            if side == _NOT_THERE.get(name) or not line["rows"]
            else formats.area(float(line[f"area_{side}_m2"]), ctx.unit)
            for side in ("before", "after")
        ]
        strong = ' class="gy-strong"' if name in {"before", "after"} else ""
        cells = "".join(f"<td>{escape(text)}</td>" for text in (f"{int(line['rows']):,}", *shown))
        lines.append(f"<tr{strong}><th>{escape(t(f'upload.diff_{name}'))}</th>{cells}</tr>")
    head = (
        f"<tr><th></th><td>{escape(t('upload.rows'))}</td>"
        f"<td>{escape(t('upload.diff_before_in', unit=unit))}</td>"
        f"<td>{escape(t('upload.diff_after_in', unit=unit))}</td></tr>"
    )
    return f'<table class="gy-totals">{head}{"".join(lines)}</table>'


_NOT_THERE: Final = {"before": "after", "added": "before", "gone": "after", "after": "before"}
"""Of a group whose rows stand on one side only, the other side."""


def rows_table(ctx: Context, found: Differences, kind: Kind) -> pd.DataFrame:
    """The rows that differ, as they are printed: state, name, areas in m2, changed attributes."""
    t, rows = ctx.t, found.rows
    return pd.DataFrame(
        {
            t("upload.diff_status"): [t(f"upload.diff_{s}") for s in rows["status"]],
            t("upload.row_name"): rows["id"].astype("string"),
            t("upload.diff_area_before"): rows["area_before_m2"].round(2),
            t("upload.diff_area_after"): rows["area_after_m2"].round(2),
            t("upload.diff_what"): _changes(found, _names(ctx, kind)),
        }
    )


def _names(ctx: Context, kind: Kind) -> dict[str, str]:
    """Names of the attributes in the language of the page."""
    return {c.column: ctx.t.pick(c.zh, c.en) for c in schema.columns(kind)}


def _changes(found: Differences, names: dict[str, str]) -> list[str]:
    """What changed in each row: attribute, value before and after."""
    cells = found.cells
    named = cells["column"].astype(str).map(lambda column: names.get(column, column))
    said = named + ": " + cells["before"].map(_cell)
    said = said + " → " + cells["after"].map(_cell)
    by_row = said.groupby(cells["id"].astype("string")).agg("; ".join).to_dict()
    return [
        by_row.get(str(name), ", ".join(names.get(c, c) for c in columns)) if len(columns) else ""
        for name, columns in zip(found.rows["id"], found.rows["columns"], strict=True)
    ]


def _cell(value: object) -> str:
    if formats.is_missing(value):
        return formats.MISSING
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return f"{value:,.2f}" if isinstance(value, float) else str(value)


def _columns(ctx: Context) -> dict[str, Any]:
    t, config = ctx.t, st.column_config
    return {
        t("upload.diff_status"): config.TextColumn(width=90),
        t("upload.row_name"): config.TextColumn(width=150),
        t("upload.diff_area_before"): config.NumberColumn(width=120, format="localized"),
        t("upload.diff_area_after"): config.NumberColumn(width=120, format="localized"),
        t("upload.diff_what"): config.TextColumn(width=700),
    }


def _map(ctx: Context, found: Differences, key: str) -> None:
    rows = found.rows
    ground = [
        base.province().bind(boundaries.layer("province")),
        base.county().bind(boundaries.layer("county")),
        base.prefecture().bind(boundaries.layer("prefecture")),
    ]
    shown = rows[~(rows.geometry.is_empty | rows.geometry.isna())].head(_MOST_SHAPES)
    bounds = None
    if len(shown):
        area = shown["area_after_m2"].fillna(shown["area_before_m2"])
        frame = gpd.GeoDataFrame(
            {
                "number": [str(n) for n in range(len(shown))],
                "name": shown["id"].astype("string").fillna("—").to_numpy(),
                "status": shown["status"].astype(str).to_numpy(),
                "area": area.to_numpy(),
            },
            geometry=shown.geometry.to_numpy(),
            crs=rows.crs,
        )
        ground.append(layer().bind(frame))
        west, south, east, north = (float(v) for v in shown.total_bounds)
        bounds = (west, south, east, north)
    show_map(ctx, ground, key=f"upload_differences_map_{key}", height=300, bounds=bounds)
    if len(rows) > _MOST_SHAPES:
        st.caption(ctx.t("upload.compare_drawn", n=f"{_MOST_SHAPES:,}"))
