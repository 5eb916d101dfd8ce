"""The workbooks for yearly figures of zones and of enterprises, to be taken away."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Final

import streamlit as st

from domain import boundaries, indicators, schema
from export.indicator_template import standing_template
from export.workbook import XLSX
from views.context import Context
from views.downloads import download

_YEARS: Final = 6


def show_template(ctx: Context, *, key: str) -> None:
    """Choose whose figures, year and place, and take the workbook away.

    Args:
        ctx: The run.
        key: Beginning of the keys of the fields.
    """
    last = indicators.last_year(dt.datetime.now(tz=dt.UTC).astimezone().date())
    codes = [str(code) for code in boundaries.layer("prefecture")["adcode"]]
    seen = [code for code in codes if ctx.viewer.sees(code)]
    kind = st.segmented_control(
        ctx.t("upload.template_kind"),
        schema.YEARLY,
        default=schema.YEARLY[0],
        required=True,
        format_func=lambda name: ctx.t(f"upload.template_kind_{name}"),
        key=f"{key}_kind",
        label_visibility="collapsed",
    )
    kind = kind or schema.YEARLY[0]
    one, two = st.columns(2, gap="small")
    year = one.selectbox(
        ctx.t("upload.template_year"),
        list(range(last, last - _YEARS, -1)),
        key=f"{key}_year",
    )
    place = two.selectbox(
        ctx.t("upload.template_place"),
        ["", *seen],
        format_func=lambda code: (
            boundaries.name_of(code, ctx.t.language) if code else ctx.t("upload.template_all")
        ),
        key=f"{key}_place",
    )
    # Written only once somebody takes it.
    content = partial(
        standing_template,
        ctx.store,
        ctx.viewer,
        year=year,
        prefecture=place,
        language=ctx.t.language,
        kind=kind,
    )
    where = boundaries.name_of(place, ctx.t.language) if place else ctx.t("upload.template_all")
    download(
        ctx.t("upload.template_take"),
        content,
        name=ctx.t(f"upload.template_name_{kind}", year=year, place=where),
        key=f"{key}_take",
        mime=XLSX,
        icon=":material/download:",
    )
