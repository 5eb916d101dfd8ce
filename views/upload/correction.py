"""A correction package that came back: said so, compared with what stands, published into it."""

from __future__ import annotations

from html import escape

import streamlit as st

from domain.passport import NoPassportError
from geo.errors import GanyuanError
from ingest import Inspection
from ingest.correction import Plan, choices_for, marks_of, plan
from store import StaleVersionError, UnknownDatasetError, Version, Viewer
from views.browse.ready import ready_after_publishing
from views.context import Context
from views.frame import progress_bar, show_error
from views.markup import plain
from views.upload.shelf import Done, Held

_ASKED = "correction"


def currents_of(ctx: Context, number: str) -> list[Version]:
    """Versions that stand and go back to an upload with this passport, the latest first.

    One file may have been published into several datasets. Where none of them goes back to it any
    more, the dataset that it went into first.
    """
    if not number:
        return []
    standing = ctx.store.datasets(ctx.viewer)
    found = [v for v in standing if number in _lineage(v)]
    if found:
        return sorted(found, key=lambda v: v.committed_at, reverse=True)
    first = ctx.store.by_passport(number, ctx.viewer)
    try:
        return [] if first is None else [ctx.store.version(first.dataset, ctx.viewer)]
    except UnknownDatasetError:
        return []


def _lineage(version: Version) -> list[object]:
    """Passport numbers that a version goes back to."""
    kept = version.passport.get("lineage")
    return list(kept) if isinstance(kept, list) else [version.passport.get("number")]


def apply_choices(ctx: Context, held: Held, inspection: Inspection) -> bool:
    """Check a returned package again as its upload was checked: same fields, unit and system.

    Returns:
        Whether a check was started.
    """
    report = inspection.report
    names = [*(m.source for m in report.mapping if m.source), *report.unmapped]
    if not report.corrects or _ASKED in held.asked or marks_of(names) is None:
        return False
    held.asked.add(_ASKED)
    found = currents_of(ctx, report.corrects)
    if not found:
        return False
    try:
        wanted = choices_for(found[0].passport, names, report.crs)
    except NoPassportError:
        return False
    held.asked.add(report.fingerprint)
    if wanted == inspection.choices:
        return False
    held.start(wanted)
    return True


def show_correction(ctx: Context, held: Held, inspection: Inspection) -> bool:
    """Say what the package would do, and publish it into the version that it corrects.

    Returns:
        Whether the package was dealt with; False where its version is not known here.
    """
    found = currents_of(ctx, inspection.report.corrects)
    if not found:
        st.warning(ctx.t("upload.correction_unknown", number=plain(inspection.report.corrects)))
        return False
    current = found[0]
    if len(found) > 1:
        current = st.selectbox(
            ctx.t("upload.correction_which"),
            found,
            format_func=lambda version: version.id,
            key="upload_correction_which",
        )
    made = _plan(ctx, held, inspection, current)
    for finding in made.findings:
        if finding.code == made.refused_by:
            st.error(f"**{finding.code}** {plain(finding.message(ctx.t.language))}")
    if made.refused_by or made.merged is None:
        return True
    st.html(summary_html(ctx, made))
    for finding in made.findings:
        if finding.severity != "info":
            st.caption(f"{finding.code} {plain(finding.message(ctx.t.language))}")
    _form(ctx, held, inspection, made, current)
    return True


def _plan(ctx: Context, held: Held, inspection: Inspection, current: Version) -> Plan:
    """The comparison with the version that stands; worked out once for each version."""
    name = f"correction:{current.id}"
    if name not in held.memory:
        history = ctx.store.history(current.dataset, ctx.viewer)
        earlier = [str(v.passport.get("number") or "") for v in history[1:]]
        held.memory[name] = plan(
            inspection,
            current.passport,
            ctx.store.read(current, ctx.viewer),
            ctx.store.quarantined(current, ctx.viewer),
            version=current.id,
            earlier=[n for n in earlier if n],
        )
    made: Plan = held.memory[name]
    return made


def summary_html(ctx: Context, made: Plan) -> str:
    """Which rows are taken over, and what becomes of the findings, as markup."""
    t = ctx.t
    replaced = len(made.merged.replaced) if made.merged else 0
    added = len(made.merged.added) if made.merged else 0
    said = t("upload.corrects", n=replaced + added, version=made.version, number=made.number)
    then = t("upload.corrects_then", n=made.count("closed"))
    rows = (
        (t("upload.correction_replaced"), replaced),
        (t("upload.correction_added"), added),
        (t("upload.correction_closed"), made.count("closed")),
        (t("upload.correction_remaining"), made.count("remaining")),
        (t("upload.correction_new"), made.count("new")),
    )
    cells = "".join(f"<tr><th>{escape(a)}</th><td>{b:,}</td></tr>" for a, b in rows)
    return (
        f'<div class="gy-correction"><p><b>{escape(said)}</b> {escape(then)}</p>'
        f'<table class="gy-contrast">{cells}</table></div>'
    )


def _form(ctx: Context, held: Held, inspection: Inspection, made: Plan, current: Version) -> None:
    t = ctx.t
    with st.form("upload_correction", border=False):
        one, two = st.columns([2, 3])
        who = one.text_input(t("upload.who"), value=ctx.viewer.name, key="upload_correction_who")
        why = two.text_input(
            t("upload.reason"),
            value=t("upload.correction_reason", number=made.number),
            key="upload_correction_why",
        )
        pressed = st.form_submit_button(
            t("upload.correction_publish", version=f"{current.dataset}@{current.number + 1}"),
            type="primary",
            width="stretch",
        )
    if not pressed:
        return
    if not (who.strip() and why.strip()):
        st.error(t("upload.restore_fill_in"))
        return
    try:
        done = _commit(ctx, inspection, made, current, Viewer(who.strip()), why.strip())
    except StaleVersionError as error:
        held.memory.clear()
        show_error(ctx, error)
        st.caption(t("upload.correction_again"))
        return
    except GanyuanError as error:
        show_error(ctx, error)
        return
    with progress_bar(t("upload.indexing")) as told:
        ready_after_publishing(ctx.store, done, ctx.viewer, progress=told)
    held.published = Done(inspection.choices, done, 0, done.dataset)
    st.rerun()


def _commit(
    ctx: Context, inspection: Inspection, made: Plan, current: Version, by: Viewer, why: str
) -> Version:
    if made.merged is None:
        raise NoPassportError("the package cannot be published", values={"detail": made.number})
    return ctx.store.commit(
        current.dataset,
        made.merged.frame,
        kind=current.kind,
        viewer=Viewer(by.name, ctx.viewer.prefectures),
        reason=why,
        seen=current.number,
        passport=dict(made.passport),
        original=inspection.original,
        quarantined=made.quarantined,
    )
