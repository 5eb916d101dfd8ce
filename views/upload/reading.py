"""How a file was read: its parts, kind, text and coordinates, each with its evidence."""

from __future__ import annotations

from html import escape
from typing import Final, get_args

import streamlit as st

from domain import formats, schema
from ingest import Choices, Inspection
from ingest.land_class import STANDARDS
from ingest.source import Format
from views.context import Context
from views.markup import plain
from views.upload.cards import choose_card
from views.upload.crs import contrast, crs_card, crs_name, pictures
from views.upload.questions import ENCODINGS, UNITS
from views.upload.shelf import Held

FORMATS: Final = get_args(Format)
_FILES_SHOWN: Final = 12
_MOST: Final = 4


def show_reading(ctx: Context, held: Held, inspection: Inspection) -> None:
    """Evidence, and fields that change a decision; a change checks the file again."""
    st.html(_facts(ctx, inspection))
    wanted = _changes(ctx, inspection, key=f"upload_{held.digest[:12]}")
    if wanted != inspection.choices:
        held.start(wanted)
        st.rerun()
    _encoding(ctx, inspection)
    _crs(ctx, held, inspection)


def format_name(ctx: Context, name: str) -> str:
    """Name of a file format."""
    return ctx.t(f"upload.format_{name}") if name in FORMATS else name


def _facts(ctx: Context, inspection: Inspection) -> str:
    """Passport number, format, files, layer as a table."""
    t, report = ctx.t, inspection.report
    files = ctx.t.pick("、", ", ").join(
        f"{f.name} {formats.number(f.size / 1024, 1)} KB" for f in report.files[:_FILES_SHOWN]
    )
    rows = (
        (t("upload.number"), report.number),
        (t("upload.format"), format_name(ctx, report.format)),
        (t("upload.files"), files),
        (t("upload.layer"), report.layer),
        ("SHA-256", report.sha256),
    )
    lines = "".join(f"<tr><th>{escape(a)}</th><td>{escape(b)}</td></tr>" for a, b in rows if b)
    return f'<table class="gy-contrast">{lines}</table>'


def _changes(ctx: Context, inspection: Inspection, *, key: str) -> Choices:
    """Decisions that can be taken back: kind, layer, unit, standard."""
    t, report, choices = ctx.t, inspection.report, inspection.choices
    update: dict[str, object] = {}
    one, two, three, four = st.columns(4)
    kind = one.selectbox(
        t("upload.kind"),
        schema.KINDS,
        index=schema.KINDS.index(report.kind),
        format_func=lambda k: t(f"upload.rows_{k}"),
        key=f"{key}_kind_{report.kind}",
        help=t("upload.kind_help"),
    )
    if kind != report.kind:
        update |= {"kind": kind, "fields": {}, "repair_rows": ()}
    if len(report.layers) > 1:
        layer = two.selectbox(
            t("upload.layer"),
            report.layers,
            index=report.layers.index(report.layer) if report.layer in report.layers else None,
            key=f"{key}_layer_{report.layer}",
        )
        if layer and layer != report.layer:
            update |= {"layer": layer, "repair_rows": ()}
    if report.area_unit or choices.area_unit:
        unit = three.selectbox(
            t("upload.stated_unit"),
            UNITS,
            index=UNITS.index(report.area_unit) if report.area_unit in UNITS else None,
            format_func=lambda u: t(f"upload.unit_{u}"),
            key=f"{key}_unit_{report.area_unit}",
        )
        if unit and unit != report.area_unit:
            update["area_unit"] = unit
    if report.class_standard or choices.class_standard:
        now = report.class_standard
        standard = four.selectbox(
            t("upload.standard"),
            STANDARDS,
            index=STANDARDS.index(now) if now in STANDARDS else None,
            key=f"{key}_standard_{now}",
        )
        if standard and standard != now:
            update["class_standard"] = standard
    return choices.model_copy(update=update)


def _encoding(ctx: Context, inspection: Inspection) -> None:
    """How the text was read, with the first values and the field names."""
    evidence = inspection.report.encoding
    if evidence is None:
        return
    name = ENCODINGS.get(evidence.chosen or "", evidence.chosen or ctx.t("upload.open"))
    why = ctx.t(f"upload.encoding_{evidence.source}")
    st.markdown(f"**{ctx.t('upload.encoding')}** {name} :gray[{why}]")
    samples = "".join(f"<li>{escape(s)}</li>" for s in evidence.samples)
    names = escape(ctx.t.pick("、", ", ").join(evidence.field_names[:30]))
    st.html(
        f'<div class="gy-samples"><ul>{samples}</ul>'
        + (f"<p>{escape(ctx.t('upload.field_names'))} {names}</p>" if names else "")
        + "</div>"
    )


def _crs(ctx: Context, held: Held, inspection: Inspection) -> None:
    """Where the coordinates are and why; another system can be chosen."""
    evidence = inspection.report.crs
    if evidence is None:
        return
    if inspection.report.datum:
        st.markdown(f"**{ctx.t('upload.crs')}** {plain(inspection.report.datum)}")
        st.html(contrast(ctx, evidence, fits=False))
        return
    best = next(
        (
            c
            for c in evidence.candidates
            if c.epsg == evidence.chosen and c.swapped == evidence.swapped
        ),
        None,
    )
    name = f"{crs_name(ctx, best)} EPSG:{best.epsg}" if best else ctx.t("upload.open")
    why = ctx.t(f"upload.crs_{evidence.source}") if best else ""
    st.markdown(f"**{ctx.t('upload.crs')}** {plain(name)} :gray[{why}]")
    shown = contrast(ctx, evidence)
    if best:
        drawn = pictures(ctx, best, inspection.choices.county_adcode or "")
        shown = f'<div class="gy-evidence"><div class="gy-sketches">{drawn}</div>{shown}</div>'
    st.html(shown)
    others = [c for c in evidence.candidates if c is not best and c.inside > 0][:_MOST]
    if not others:
        return
    with st.expander(ctx.t("upload.other_crs")):
        county = inspection.choices.county_adcode or ""
        cards = [crs_card(ctx, evidence, c, county=county, best=False) for c in others]
        chosen = choose_card(ctx, cards, key="upload_other_crs")
    if chosen is not None:
        taken = others[chosen]
        update = {"crs_epsg": taken.epsg, "swap_axes": taken.swapped, "repair_rows": ()}
        held.start(inspection.choices.model_copy(update=update))
        st.rerun()
