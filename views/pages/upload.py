"""Upload: hand a file in, see what was found out, decide, commit a version."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any, Final

import streamlit as st

from domain import formats
from ingest import Choices, Inspection, deliver, inspect_bytes
from ingest.inspection import bundle_bytes
from store import Version
from views import upload_evidence
from views.context import Context
from views.frame import Figure, empty_state, key_figures, section, title_line
from views.upload_map import show_thumbnail

_STATE: Final = "upload_inspection"
_SEEN: Final = "upload_seen"
_DONE: Final = "upload_done"
_NOT_IN_NAME: Final = re.compile(r"[^0-9a-z\u4e00-\u9fff]+")
_NEXT: Final = ("map", "land-use", "idle")


def page(ctx: Context) -> None:
    """Upload page."""
    today = dt.datetime.now(tz=dt.UTC).astimezone().date()
    title_line(ctx, ctx.t("upload.title"), place=ctx.t("upload.place"), as_of=today.isoformat())
    files = st.file_uploader(
        ctx.t("upload.choose_files"),
        accept_multiple_files=True,
        key="upload_files",
        help=ctx.t("upload.choose_help"),
    )
    if not files:
        st.session_state.pop(_STATE, None)
        empty_state(ctx.t("upload.empty"), next_step=ctx.t("upload.empty_next"))
        return
    name, data = _as_one(files)
    digest = hashlib.sha256(data).hexdigest()
    inspection = _inspected(ctx, name, data, digest)
    upload_evidence.verdict(ctx, inspection)
    if inspection.status == "refused":
        _refused(ctx, inspection)
        return
    wanted = _ask(ctx, inspection, digest)
    if wanted != inspection.choices:
        st.session_state[_STATE] = _run(ctx, name, data, wanted)
        st.rerun()
    _show(ctx, inspection, digest)


def _as_one(files: Sequence[Any]) -> tuple[str, bytes]:
    """One file as it is; the loose files of a shapefile as one archive."""
    if len(files) == 1:
        return files[0].name, files[0].getvalue()
    parts = {file.name: file.getvalue() for file in files}
    main = next((name for name in parts if name.lower().endswith(".shp")), files[0].name)
    return PurePath(main).with_suffix(".zip").name, bundle_bytes(parts)


def _inspected(ctx: Context, name: str, data: bytes, digest: str) -> Inspection:
    """The inspection of this file, made once and again after a choice."""
    kept: Inspection | None = st.session_state.get(_STATE)
    if kept is None or kept.report.sha256 != digest:
        kept = _run(ctx, name, data, Choices())
        st.session_state[_STATE] = kept
        st.session_state.pop(_DONE, None)
    return kept


def _run(ctx: Context, name: str, data: bytes, choices: Choices) -> Inspection:
    """Inspect with the stages told as they begin."""
    holder = st.empty()
    with holder.status(ctx.t("upload.checking"), expanded=False) as status:

        def tell(stage: str) -> None:
            key = f"upload.stage_{stage}"
            if key in ctx.t:
                status.update(label=ctx.t(key))

        inspection = inspect_bytes(data, name=name, choices=choices, on_stage=tell)
    holder.empty()
    return inspection


def _refused(ctx: Context, inspection: Inspection) -> None:
    st.caption(ctx.t("upload.nothing_saved"))
    if inspection.report.crs is not None or inspection.report.encoding is not None:
        upload_evidence.evidence_card(ctx, inspection)


def _ask(ctx: Context, inspection: Inspection, digest: str) -> Choices:
    """Open questions, above everything else."""
    key = f"upload_{digest[:12]}"
    asked = upload_evidence.choose(ctx, inspection, key)
    county = upload_evidence.county_choice(ctx, inspection, key)
    standard = upload_evidence.class_choice(ctx, inspection, key)
    return asked.model_copy(
        update={
            "county_adcode": county.county_adcode,
            "class_standard": standard.class_standard,
        }
    )


def _show(ctx: Context, inspection: Inspection, digest: str) -> None:
    """Figures, map and evidence, findings, mapping, commit."""
    _figures(ctx, inspection)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        show_thumbnail(ctx, inspection, height=400)
    with right:
        upload_evidence.evidence_card(ctx, inspection)
    tabs = st.tabs([ctx.t("upload.findings"), ctx.t("upload.mapping")])
    with tabs[0]:
        upload_evidence.findings_table(ctx, inspection)
    with tabs[1]:
        key = f"upload_{digest[:12]}_{len(inspection.choices.fields)}"
        wanted = upload_evidence.mapping_card(ctx, inspection, key)
        if wanted != inspection.choices:
            name, data = inspection.original
            st.session_state[_STATE] = _run(ctx, name, data, wanted)
            st.rerun()
    if inspection.status == "accepted":
        _commit(ctx, inspection)


def _figures(ctx: Context, inspection: Inspection) -> None:
    report, t = inspection.report, ctx.t
    figures = [
        Figure(t("upload.rows_in_file"), formats.count(report.rows_in_file)),
        Figure(t("upload.rows_ok"), _count(inspection, report.rows_ok)),
        Figure(t("upload.rows_quarantined"), _count(inspection, report.rows_quarantined)),
    ]
    if inspection.parcels is not None:
        area = float(inspection.parcels["area_ellipsoidal_m2"].sum())
        figures.append(
            Figure(
                t("upload.area"),
                formats.area(area, ctx.unit),
                unit=t(f"upload.unit_{ctx.unit}"),
                note=t("upload.area_note"),
            )
        )
    key_figures(figures)


def _count(inspection: Inspection, value: int) -> str:
    return formats.count(value) if inspection.status == "accepted" else formats.MISSING


def _commit(ctx: Context, inspection: Inspection) -> None:
    """The form that publishes, or the links to what was published."""
    section(ctx.t("upload.commit"))
    done: Version | None = st.session_state.get(_DONE)
    if done is not None:
        _published(ctx, done)
        return
    existing = {v.dataset: v for v in ctx.store.datasets(ctx.viewer, "parcels")}
    fresh = _suggestion(inspection.report.name)
    options = [*dict.fromkeys([fresh, *existing])]
    with st.form("upload_commit", border=False):
        one, two, three = st.columns([2, 1, 3])
        dataset = one.selectbox(
            ctx.t("upload.dataset"),
            options,
            key="upload_dataset",
            accept_new_options=True,
            format_func=lambda name: _dataset_label(ctx, name, existing),
            help=ctx.t("upload.dataset_help"),
        )
        who = two.text_input(ctx.t("upload.who"), value=ctx.viewer.name, key="upload_who")
        reason = three.text_input(
            ctx.t("upload.reason"), key="upload_reason", placeholder=ctx.t("upload.reason_example")
        )
        pressed = st.form_submit_button(
            ctx.t("upload.publish", n=inspection.report.rows_ok), type="primary"
        )
    # What stood when the form was drawn is what the publisher saw; somebody else may be quicker.
    seen = {name: version.number for name, version in existing.items()}
    before = st.session_state.get(_SEEN, seen)
    st.session_state[_SEEN] = seen
    if pressed:
        _publish(ctx, inspection, str(dataset or ""), who=who, reason=reason, seen=before)


def _suggestion(name: str) -> str:
    """A dataset name from a file name."""
    return _NOT_IN_NAME.sub("-", PurePath(name).stem.lower()).strip("-") or "parcels-upload"


def _dataset_label(ctx: Context, name: str, existing: dict[str, Version]) -> str:
    version = existing.get(name)
    if version is None:
        return ctx.t("upload.new_dataset", name=name)
    return ctx.t("upload.replaces", name=name, version=version.number, n=version.rows)


def _publish(
    ctx: Context,
    inspection: Inspection,
    dataset: str,
    *,
    who: str,
    reason: str,
    seen: dict[str, int],
) -> None:
    """Commit the rows; whatever fails leaves the store as it was."""
    if not (dataset and who.strip() and reason.strip()):
        st.error(ctx.t("upload.fill_in"))
        return
    delivery = deliver([inspection])
    with st.spinner(ctx.t("upload.publishing")):
        version = ctx.store.commit(
            dataset,
            delivery.parcels,
            kind="parcels",
            viewer=type(ctx.viewer)(who.strip(), ctx.viewer.prefectures),
            reason=reason.strip(),
            seen=seen.get(dataset, 0),
            passport=delivery.passport,
            original=delivery.original,
            quarantined=delivery.quarantined,
        )
    st.session_state[_DONE] = version
    st.rerun()


def _published(ctx: Context, version: Version) -> None:
    st.success(ctx.t("upload.published", version=version.id, n=version.rows))
    with st.container(horizontal=True, key="upload_next"):
        for path in _NEXT:
            if path in ctx.pages:
                st.page_link(
                    ctx.pages[path],
                    label=ctx.t("upload.open_page", page=ctx.t(f"nav.{path.replace('-', '_')}")),
                    query_params={"ds": version.dataset},
                )
