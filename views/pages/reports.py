"""Maps and reports (出图): choose what a sheet shows, see it, take it away."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Final

import streamlit as st

from export.compose import Composition
from export.filenames import file_name
from export.modes import MODES, Release
from export.painter import render
from export.paper import ORIENTATIONS, PAPERS
from export.references import cited
from export.sheet import MapSheet
from export.tables import workbook
from export.workbook import XLSX
from layers.catalogue.parcels import parcel_status
from layers.catalogue.registry import ENTRIES
from layers.spec import is_demonstration
from views import data
from views.context import Context
from views.day import default_day
from views.downloads import download
from views.frame import demonstration_ribbon, empty_state, section, title_line
from views.pages import reports_parts as parts

_DEFAULT_LAYERS: Final = ("parcels",)
_WITHOUT_STORE: Final = ("zones",)
_DPI: Final = (150, 300, 600)


def page(ctx: Context) -> None:
    """Draw the page."""
    version = data.choose_version(ctx)
    day = data.choose_day(ctx, version) if version else default_day(None)
    with st.sidebar:
        place = parts.choose_place(ctx)
        names = _choose_layers(ctx, stored=version is not None)
        statuses = _choose_statuses(ctx, names)
    title_line(
        ctx,
        ctx.t("reports.title"),
        place=place.name_in(ctx.t),
        as_of=day.isoformat(),
        version=cited(version) if version else "",
    )
    if not names:
        empty_state(ctx.t("reports.no_layers"), next_step=ctx.t("reports.no_layers_next"))
        return
    composition = parts.composed(ctx, names, version, day, place, statuses)
    if is_demonstration(composition.layers):
        demonstration_ribbon(ctx)
    left, right = st.columns([0.68, 0.32], gap="medium")
    with right:
        sheet = _sheet(ctx, composition, place, day)
        slot = st.container(key="reports-downloads")
    with left:
        parts.show_preview(ctx, sheet, key=parts.Key.of(ctx, names, version, day, place, statuses))
    with slot:
        _downloads(ctx, sheet, composition)


def _choose_layers(ctx: Context, *, stored: bool) -> list[str]:
    chosen = st.multiselect(
        ctx.t("reports.layers"),
        list(ENTRIES),
        default=_DEFAULT_LAYERS if stored else _WITHOUT_STORE,
        format_func=lambda name: ctx.t.get(ENTRIES[name].title, name),
        key="reports-layers",
    )
    return list(chosen)


def _choose_statuses(ctx: Context, names: list[str]) -> tuple[str, ...]:
    """Statuses to draw; nothing chosen draws all."""
    if not {"parcels", "land-use"} & set(names):
        return ()
    labels = {c.key: c.label for c in parcel_status().classes}
    chosen = st.multiselect(
        ctx.t("reports.statuses"),
        list(labels),
        format_func=lambda key: ctx.t.get(labels[key], key),
        key="reports-statuses",
        placeholder=ctx.t("reports.all"),
    )
    return tuple(chosen)


def _sheet(ctx: Context, composition: Composition, place: parts.Region, day: dt.date) -> MapSheet:
    """The sheet as the form describes it."""
    t = ctx.t
    section(t("reports.paper_section"))
    first, second, third = st.columns(3)
    paper = first.selectbox(t("reports.paper"), PAPERS, key="reports-paper")
    orientation = second.selectbox(
        t("reports.orientation"),
        ORIENTATIONS,
        index=1 if place.level == "province" else 0,
        format_func=lambda name: t(f"reports.{name}"),
        key=f"reports-orientation-{place.level == 'province'}",
    )
    dpi = third.selectbox(t("reports.dpi"), _DPI, index=1, key="reports-dpi")
    title = st.text_input(
        t("reports.sheet_title"), key="reports-title", placeholder=t("reports.title_hint")
    )
    first, second = st.columns([0.35, 0.65])
    figure = first.text_input(t("reports.figure"), key="reports-figure", placeholder="3-2")
    organisation = second.text_input(
        t("reports.organisation"), value=ctx.settings.organisation, key="reports-organisation"
    )
    return MapSheet(
        region=place,
        layers=composition.layers,
        t=t,
        drawn_at=dt.datetime.now(tz=dt.UTC).astimezone().replace(second=0, microsecond=0),
        data_date=day.isoformat(),
        title=title,
        theme=composition.theme(t),
        paper=paper,
        orientation=orientation,
        dpi=dpi,
        unit=ctx.unit,
        release=_release(ctx),
        organisation=organisation,
        figure_number=figure,
        sources=composition.sources(t),
        notes=composition.notes(t),
        fallback_font=ctx.settings.fallback_font,
    )


def _release(ctx: Context) -> Release:
    t = ctx.t
    mode = st.segmented_control(
        t("reports.mode"),
        MODES,
        default=MODES[0],
        required=True,
        format_func=lambda name: t(f"reports.mode_{name}"),
        key="reports-mode",
    )
    st.caption(t(f"reports.mode_{mode}_help"))
    if mode == "public":
        first, second = st.columns(2)
        number = first.text_input(t("reports.review_number"), key="reports-review")
        issuer = second.text_input(t("reports.issuer"), key="reports-issuer")
        return Release("public", ctx.viewer.name, number, issuer)
    names = mode == "report" and st.toggle(t("reports.company_names"), key="reports-companies")
    return Release(mode or "internal", ctx.viewer.name, company_names=names)


def _downloads(ctx: Context, sheet: MapSheet, composition: Composition) -> None:
    """Files are made when they are asked for, not before."""
    section(ctx.t("reports.download_section"))
    makers: dict[str, tuple[str, Callable[[], bytes]]] = {
        "png": ("image/png", partial(render, sheet, "png")),
        "pdf": ("application/pdf", partial(render, sheet, "pdf")),
        "svg": ("image/svg+xml", partial(render, sheet, "svg")),
        "xlsx": (XLSX, partial(workbook, sheet, composition)),
    }
    try:
        names = {suffix: file_name(sheet, suffix) for suffix in makers}
    except parts.GanyuanError:
        st.caption(ctx.t("reports.not_yet"))
        return
    columns = st.columns(4)
    for column, (suffix, (mime, make)) in zip(columns, makers.items(), strict=True):
        with column:
            download(
                ctx.t(f"reports.get_{suffix}"),
                make,
                name=names[suffix],
                key=f"reports-get-{suffix}",
                mime=mime,
                width="stretch",
            )
    st.caption(ctx.t("reports.files_note", dpi=sheet.dpi, name=names["png"]))
