"""The upload page before a file is chosen: what can be handed in, with an example of each kind."""

from __future__ import annotations

import json
from typing import Final

import streamlit as st

from domain.paths import DATA
from views.context import Context
from views.downloads import download
from views.frame import section
from views.upload.template import show_template

_SAMPLES: Final = (
    (
        "shapes",
        (
            "zone38_gbk.zip",
            "zone39_gbk.zip",
            "parcels.gpkg",
            "parcels_gdb.zip",
            "parcels.geojson",
            "parcels.kml",
            "parcels.dxf",
        ),
    ),
    ("points", ("boundary_points.txt", "boundary_points_gbk.txt", "parcels_wkt.csv")),
    (
        "ledgers",
        (
            "batches.xlsx",
            "supplies.xlsx",
            "idle_cases.xlsx",
            "zone_indicators.xlsx",
            "enterprises.xlsx",
        ),
    ),
    ("defects", ("with_defects.zip",)),
)
"""Kinds of files and the samples of each under ``data/samples``."""


def field_words(ctx: Context) -> None:
    """Words of the field for files, handed to ``app.css``: Streamlit has them in English only."""
    words = {
        "button": ctx.t("upload.field_button"),
        "limit": ctx.t("upload.field_limit", mb=st.get_option("server.maxUploadSize")),
    }
    # JSON escapes what CSS would end a string at.
    rules = "".join(
        f"--gy-upload-{name}: {json.dumps(text, ensure_ascii=False)};"
        for name, text in words.items()
    )
    st.html(f"<style>.st-key-gy-upload {{ {rules} }}</style>")


def show_samples(ctx: Context) -> None:
    """Kinds side by side: what it is, what the system finds out, files to try."""
    section(ctx.t("upload.what"))
    for column, (kind, names) in zip(st.columns([3, 2, 2, 2], gap="small"), _SAMPLES, strict=True):
        with column, st.container(border=True, height="stretch"):
            st.markdown(f"**{ctx.t(f'upload.kind_{kind}')}**")
            st.caption(ctx.t(f"upload.kind_{kind}_text"))
            with st.container(horizontal=True, gap="xsmall", key=f"gy-files-{kind}"):
                for name in names:
                    download(
                        name,
                        (DATA / "samples" / name).read_bytes,
                        name=name,
                        key=f"upload_sample_{name}",
                        type="tertiary",
                        icon=":material/download:",
                    )
    with st.container(border=True, key="gy-template"):
        words, fields = st.columns([3, 2], gap="medium", vertical_alignment="center")
        with words:
            st.markdown(f"**{ctx.t('upload.template_title')}**")
            st.caption(ctx.t("upload.template_text"))
        with fields:
            show_template(ctx, key="upload_template")
    st.caption(ctx.t("upload.not_taken"))
