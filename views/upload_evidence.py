"""What was found out about an upload: encoding, coordinates, fields, findings, open choices."""

from __future__ import annotations

from html import escape
from typing import Final

import pandas as pd
import streamlit as st

from domain import boundaries, parcels
from domain.issues import catalogue
from ingest import Choices, CrsCandidate, Inspection
from ingest.land_class import STANDARDS
from views.context import Context
from views.markup import plain

_NONE: Final = ""
_LISTED: Final = 2000
_ENCODINGS: Final = {"gb18030": "GB18030 / GBK", "utf-8": "UTF-8", "big5": "Big5"}


def verdict(ctx: Context, inspection: Inspection) -> None:
    """The outcome in one sentence that says what to do."""
    report = inspection.report
    language = ctx.t.language
    if inspection.status == "refused":
        st.error(f"**{ctx.t('upload.refused')}** {plain(inspection.issues[0].message(language))}")
    elif inspection.status == "needs_decision":
        st.warning(f"**{ctx.t('upload.needs_decision')}** {_questions(inspection, ctx)}")
    elif report.rows_quarantined:
        values = {"ok": report.rows_ok, "out": report.rows_quarantined}
        st.warning(ctx.t("upload.accepted_partly", **values))
    else:
        st.success(ctx.t("upload.accepted", n=report.rows_ok))


def _questions(inspection: Inspection, ctx: Context) -> str:
    asking = [i for i in inspection.issues if i.code in _ASKING]
    return plain(" ".join(issue.message(ctx.t.language) for issue in asking))


_ASKING: Final = frozenset({"ZIP-011", "ENC-002", "ENC-005", "CRS-012", "CRS-013", "CRS-015"})


def choose(ctx: Context, inspection: Inspection, key: str) -> Choices:
    """Widgets for what a person may decide; the open questions come first and stay in sight."""
    report, choices = inspection.report, inspection.choices
    update: dict[str, object] = {}
    if len(report.layers) > 1:
        update["layer"] = st.radio(
            ctx.t("upload.choose_layer"),
            report.layers,
            index=_index(report.layers, choices.layer or report.layer),
            format_func=plain,
            key=f"{key}_layer",
        )
    if "encoding" in report.decisions or choices.encoding:
        update["encoding"] = _choose_encoding(ctx, inspection, key)
    if "crs" in report.decisions or choices.crs_epsg:
        update |= _choose_crs(ctx, inspection, key)
    return choices.model_copy(update=update)


def _index(options: tuple[str, ...], value: str | None) -> int | None:
    return options.index(value) if value in options else None


def _choose_encoding(ctx: Context, inspection: Inspection, key: str) -> str | None:
    evidence = inspection.report.encoding
    samples = {c.name: c.samples for c in evidence.candidates} if evidence else {}
    names = tuple(samples)
    return st.radio(
        ctx.t("upload.choose_encoding"),
        names,
        index=_index(names, inspection.choices.encoding),
        format_func=lambda name: _ENCODINGS.get(name, name),
        captions=[plain(" | ".join(samples[name])) for name in names],
        key=f"{key}_encoding",
    )


def _choose_crs(ctx: Context, inspection: Inspection, key: str) -> dict[str, object]:
    """Radio over the possible systems, best first; remembered over runs of the page."""
    found = inspection.report.crs.candidates if inspection.report.crs else ()
    options = tuple(c for c in found if c.inside > 0)
    chosen = st.radio(
        ctx.t("upload.choose_crs"),
        range(len(options)),
        index=next(
            (i for i, c in enumerate(options) if c.epsg == inspection.choices.crs_epsg), None
        ),
        format_func=lambda i: _crs_label(ctx, options[i]),
        captions=[_crs_caption(ctx, c) for c in options],
        key=f"{key}_crs",
    )
    if chosen is None:
        return {}
    return {"crs_epsg": options[chosen].epsg, "swap_axes": options[chosen].swapped}


def _crs_label(ctx: Context, candidate: CrsCandidate) -> str:
    name = ctx.t.pick(candidate.name_zh, candidate.name)
    swapped = ctx.t("upload.swapped") if candidate.swapped else ""
    return f"EPSG:{candidate.epsg} {name}{swapped}"


def _crs_caption(ctx: Context, candidate: CrsCandidate) -> str:
    share = ctx.t("upload.inside", share=f"{candidate.inside:.0%}")
    if candidate.in_county is None:
        return share
    return share + ctx.t("upload.in_county", share=f"{candidate.in_county:.0%}")


def evidence_card(ctx: Context, inspection: Inspection) -> None:
    """How text and coordinates were read, and why."""
    report = inspection.report
    if report.encoding is not None:
        chosen = report.encoding.chosen or ctx.t("upload.open")
        why = ctx.t(f"upload.encoding_{report.encoding.source}")
        st.markdown(
            f"**{ctx.t('upload.encoding')}**　{_ENCODINGS.get(chosen, chosen)}　:gray[{why}]"
        )
        if report.encoding.samples:
            samples = pd.DataFrame({ctx.t("upload.samples"): list(report.encoding.samples)})
            st.dataframe(samples, hide_index=True, key="upload_samples", height="content")
    if report.crs is not None:
        _crs_card(ctx, inspection)


def _crs_card(ctx: Context, inspection: Inspection) -> None:
    crs = inspection.report.crs
    if crs is None:
        return
    best = next((c for c in crs.candidates if c.epsg == crs.chosen), None)
    name = _crs_label(ctx, best) if best else ctx.t("upload.open")
    why = ctx.t(f"upload.crs_{crs.source}") if best else ctx.t("upload.crs_open")
    st.markdown(f"**{ctx.t('upload.crs')}**　{name}　:gray[{why}]")
    table = pd.DataFrame(
        {
            ctx.t("upload.candidate"): [_crs_label(ctx, c) for c in crs.candidates],
            ctx.t("upload.share_inside"): [c.inside * 100 for c in crs.candidates],
        }
    )
    st.dataframe(
        table,
        hide_index=True,
        key="upload_candidates",
        height="content",
        column_config={
            ctx.t("upload.share_inside"): st.column_config.NumberColumn(format="%.1f %%")
        },
    )
    declared = crs.declared or ctx.t("upload.nothing_declared")
    st.caption(ctx.t("upload.declared", declared=plain(declared)))


def mapping_card(ctx: Context, inspection: Inspection, key: str) -> Choices:
    """Which field of the file became which column; a wrong one can be changed."""
    report, choices = inspection.report, inspection.choices
    known = {c.column: c for c in parcels.columns()}
    fields = [
        _NONE,
        *dict.fromkeys([*(m.source for m in report.mapping if m.source), *report.unmapped]),
    ]
    rows = pd.DataFrame(
        [
            {
                "column": m.column,
                "name": ctx.t.pick(known[m.column].zh, known[m.column].en),
                "source": m.source or _NONE,
                "sample": m.sample,
            }
            for m in report.mapping
        ]
    )
    edited = st.data_editor(
        rows,
        hide_index=True,
        key=f"{key}_mapping",
        disabled=["column", "name", "sample"],
        column_order=["name", "source", "sample"],
        height=320,
        column_config={
            "name": ctx.t("upload.column"),
            "source": st.column_config.SelectboxColumn(
                ctx.t("upload.source_field"), options=fields
            ),
            "sample": ctx.t("upload.sample"),
        },
    )
    if report.unmapped:
        st.caption(ctx.t("upload.unmapped", names=plain("、".join(report.unmapped[:20]))))
    changed = edited[edited["source"].fillna(_NONE) != rows["source"]]
    asked = dict(zip(changed["column"], changed["source"].fillna(_NONE), strict=True))
    return choices.model_copy(update={"fields": {**choices.fields, **asked}})


def class_choice(ctx: Context, inspection: Inspection, key: str) -> Choices:
    """The standard of the class codes, where the codes do not tell."""
    asked = any(i.code == "CLS-001" for i in inspection.issues)
    if not asked and inspection.choices.class_standard is None:
        return inspection.choices
    standard = st.selectbox(
        ctx.t("upload.choose_standard"),
        STANDARDS,
        index=_index(STANDARDS, inspection.choices.class_standard),
        key=f"{key}_standard",
    )
    return inspection.choices.model_copy(update={"class_standard": standard})


def county_choice(ctx: Context, inspection: Inspection, key: str) -> Choices:
    """County of the file, where it tells two zones apart."""
    if not any(i.code == "CRS-015" for i in inspection.issues):
        return inspection.choices
    counties = boundaries.layer("county")
    names = dict(zip(counties["adcode"], counties["city_name"] + counties["name"], strict=True))
    code = st.selectbox(
        ctx.t("upload.choose_county"),
        list(names),
        index=None,
        placeholder=ctx.t("upload.choose"),
        format_func=lambda c: names[c],
        key=f"{key}_county",
    )
    return inspection.choices.model_copy(update={"county_adcode": code})


def findings_table(ctx: Context, inspection: Inspection) -> None:
    """Findings of the file in full, then those of the rows as a table that sorts by its heads."""
    t, issues = ctx.t, catalogue()
    ranked = sorted(inspection.report.findings, key=lambda f: (_RANK[f.severity], f.row))
    if not ranked:
        st.caption(t("upload.no_findings"))
        return
    for finding in (f for f in ranked if f.row == 0):
        head = f"{t(f'upload.severity_{finding.severity}')} {finding.code}"
        text = escape(finding.message(t.language))
        st.html(f'<div class="gy-finding"><b>{escape(head)}</b>　{text}</div>')
    findings = [f for f in ranked if f.row]
    if not findings:
        return
    shown = findings[:_LISTED]
    table = pd.DataFrame(
        {
            t("upload.severity"): [t(f"upload.severity_{f.severity}") for f in shown],
            t("upload.row"): [f.row for f in shown],
            t("upload.message"): [f.message(t.language) for f in shown],
            t("upload.actor"): [t(f"upload.actor_{issues[f.code].actor}") for f in shown],
            t("upload.code"): [f.code for f in shown],
        }
    )
    st.dataframe(
        table,
        hide_index=True,
        key="upload_findings",
        height=320 if len(table) > 8 else "content",  # noqa: PLR2004 - rows that fit
        column_config={
            t("upload.severity"): st.column_config.TextColumn(width=70),
            t("upload.row"): st.column_config.NumberColumn(width=60),
            t("upload.message"): st.column_config.TextColumn(width=940),
            t("upload.actor"): st.column_config.TextColumn(width=90),
            t("upload.code"): st.column_config.TextColumn(width=80),
        },
    )
    if len(findings) > _LISTED:
        st.caption(t("upload.more_findings", n=len(findings) - _LISTED))


_RANK: Final = {"error": 0, "warning": 1, "info": 2}
