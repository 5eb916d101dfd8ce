"""Upload: hand a file in, see what was found out, decide, publish a version."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import partial
from pathlib import PurePath
from typing import Any, Final

import streamlit as st

from domain import formats
from domain.schema import is_spatial
from geo.errors import GanyuanError
from ingest import Inspection
from ingest.inspection import bundle_bytes
from views import address
from views.context import Context
from views.frame import show_error, title_line
from views.known import known_of
from views.markup import plain
from views.upload import correction as upload_correction
from views.upload import datasets as upload_datasets
from views.upload import mapping as upload_mapping
from views.upload import questions as upload_questions
from views.upload import welcome as upload_welcome
from views.upload.conflict import show_conflict
from views.upload.findings import look_at, row_key, show_findings, show_row
from views.upload.findings_list import counts
from views.upload.map import places_line, show_preview, show_upload_map
from views.upload.mapping import show_mapping
from views.upload.progress import show_progress
from views.upload.publish import accounting_html, show_publish, tell_published
from views.upload.reading import format_name, show_reading
from views.upload.repairs import show_repairs
from views.upload.shelf import Held, shelf

_HELD: Final = "check"
_ROUND: Final = "upload_round"
_MAP_PX: Final = 400
_MAP_BESIDE_ROW_PX: Final = 260


def page(ctx: Context) -> None:
    """Upload page."""
    today = dt.datetime.now(tz=dt.UTC).astimezone().date()
    title_line(ctx, ctx.t("upload.title"), place=ctx.t("upload.place"), as_of=today.isoformat())
    held = _held(ctx)
    if held is None:
        upload_welcome.show_samples(ctx)
        upload_datasets.tell_done()
        upload_datasets.show_datasets(ctx)
        return
    held.take()
    _file_line(ctx, held)
    if held.check is not None:
        show_progress(ctx, held)
        return
    if held.inspection is None:
        _nothing_found(ctx, held)
        return
    inspection = held.inspection
    again = upload_correction.apply_choices(ctx, held, inspection)
    if again or upload_mapping.apply_recalled(ctx, held, inspection):
        st.rerun()
    _outcome(ctx, held, inspection)


def _held(ctx: Context) -> Held | None:
    """The file in hand: just chosen, or handed in before a reload or a visit to another page."""
    kept = shelf().get(address.chosen(_HELD), ctx.viewer.name)
    if kept is None:
        files = _chosen_files(ctx)
        if not files:
            return None
        name, content = _as_one(files)
        known = partial(known_of, ctx.store, ctx.viewer)
        fresh = Held(name, content, ctx.viewer.name, known)
        fresh.start()
        address.choose(_HELD, shelf().put(fresh))
        st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
        st.rerun()
    address.write(_HELD, address.chosen(_HELD))
    return kept


def _chosen_files(ctx: Context) -> Sequence[Any]:
    """The field for files; the words in it that Streamlit knows in English only are replaced."""
    upload_welcome.field_words(ctx)
    with st.container(key="gy-upload"):
        files = st.file_uploader(
            ctx.t("upload.choose_files"),
            accept_multiple_files=True,
            key=f"upload_files_{st.session_state.get(_ROUND, 0)}",
            help=ctx.t("upload.choose_help"),
        )
    return files or ()


def _as_one(files: Sequence[Any]) -> tuple[str, bytes]:
    """One file as it is; the loose files of a shapefile as one archive."""
    if len(files) == 1:
        return files[0].name, files[0].getvalue()
    parts = {file.name: file.getvalue() for file in files}
    main = next((name for name in parts if name.lower().endswith(".shp")), files[0].name)
    return PurePath(main).with_suffix(".zip").name, bundle_bytes(parts)


def _discard() -> None:
    """Let go of the file in hand."""
    shelf().drop(address.chosen(_HELD))
    address.choose(_HELD, "")
    st.query_params.pop(_HELD, None)


def _file_line(ctx: Context, held: Held) -> None:
    """Which file this is about, how it is understood, and the way to let go of it."""
    with st.container(horizontal=True, vertical_alignment="center", key="upload_file_line"):
        size = formats.number(held.size / 1024, 1)
        said = ctx.t("upload.in_hand", name=plain(held.name), size=size)
        found = held.inspection
        if found is not None and found.report.format and held.check is None:
            details = [format_name(ctx, found.report.format), found.report.number]
            if "kind" not in found.report.decisions:
                details.insert(1, ctx.t(f"upload.rows_{found.report.kind}"))
            said += f" :gray[{plain(' · '.join(details))}]"
        st.markdown(said)
        label = "upload.another" if held.published is not None else "upload.discard"
        st.button(ctx.t(label), key="upload_discard", on_click=_discard)


def _nothing_found(ctx: Context, held: Held) -> None:
    """A check that was cancelled or broke off before it found anything."""
    failure = held.failure
    if isinstance(failure, GanyuanError) and failure.code != GanyuanError.code:
        show_error(ctx, failure)
    elif failure is not None:
        st.error(ctx.t("frame.unexpected"))
    else:
        st.info(ctx.t("upload.cancelled"))
    if st.button(ctx.t("upload.check_again"), key="upload_check_again", type="primary"):
        held.start()
        st.rerun()


def _outcome(ctx: Context, held: Held, inspection: Inspection) -> None:
    """The verdict, then what belongs to it."""
    if held.conflict is not None:
        show_conflict(ctx, held, inspection)
        return
    if held.is_published:
        tell_published(ctx, held, inspection)
    else:
        verdict(ctx, inspection)
    if inspection.status == "refused":
        upload_questions.offer_anyway(ctx, held, inspection)
        _evidence(ctx, held, inspection)
    elif inspection.status == "display_only":
        _display_only(ctx, held, inspection)
    elif not upload_questions.ask(ctx, held, inspection):
        _work(ctx, held, inspection)
    else:
        with st.expander(ctx.t("upload.so_far")):
            show_reading(ctx, held, inspection)


def verdict(ctx: Context, inspection: Inspection) -> None:
    """The outcome in one sentence that says what to do."""
    t = ctx.t
    if inspection.status == "refused":
        said = plain(inspection.issues[0].message(t.language))
        st.error(f"**{t('upload.refused')}** {said} {t('upload.nothing_saved')}")
    elif inspection.status == "display_only":
        said = plain(inspection.issues[0].message(t.language))
        st.warning(f"**{t('upload.display_only')}** {said}")
    elif inspection.status == "needs_decision":
        st.warning(f"**{t('upload.needs_decision')}** {t('upload.needs_decision_text')}")
    else:
        _accepted(ctx, inspection)


def _accepted(ctx: Context, inspection: Inspection) -> None:
    """How many rows can be taken, and how many stay out for which reason."""
    t, report = ctx.t, inspection.report
    wrong = report.rows_quarantined - report.rows_unfilled
    empty = ""
    if report.rows_unfilled:
        empty = " " + t("upload.unfilled", n=f"{report.rows_unfilled:,}")
    if wrong:
        values = {"ok": f"{report.rows_ok:,}", "out": f"{wrong:,}"}
        st.warning(t("upload.accepted_partly", **values) + empty)
    else:
        st.success(t("upload.accepted", n=f"{report.rows_ok:,}") + empty)


def _evidence(ctx: Context, held: Held, inspection: Inspection) -> None:
    """What is known of a file that is turned away."""
    if len(inspection.report.findings) > 1:
        show_findings(ctx, held, inspection)
    if inspection.report.crs is not None or inspection.report.encoding is not None:
        show_reading(ctx, held, inspection)


def _display_only(ctx: Context, held: Held, inspection: Inspection) -> None:
    """Shapes in a superseded datum: a map, the reason, and no way to publish."""
    st.html(f'<div class="gy-stripe">{ctx.t("upload.display_banner")}</div>')
    left, right = st.columns([3, 2], gap="medium")
    with left:
        show_preview(ctx, inspection, height=_MAP_PX)
    with right:
        show_reading(ctx, held, inspection)


def _work(ctx: Context, held: Held, inspection: Inspection) -> None:
    """What became of the rows, the part that is worked on, and the map beside it."""
    st.html(accounting_html(ctx, inspection))
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _PARTS[_part(ctx, held, inspection)](ctx, held, inspection)
    if not is_spatial(inspection.report.kind):
        with right:
            _row_beside(ctx, held, inspection, None)
        return
    with right:
        row = st.session_state.get(row_key(held))
        height = _MAP_BESIDE_ROW_PX if row else _MAP_PX
        clicked = show_upload_map(ctx, held, height=height, row=row)
        if look_at(held, clicked, source="map"):
            st.rerun()
        _row_beside(ctx, held, inspection, row)


def _row_beside(ctx: Context, held: Held, inspection: Inspection, row: int | None) -> None:
    number = row or st.session_state.get(row_key(held))
    if number:
        show_row(ctx, held, inspection, number)
    else:
        places_line(ctx, inspection)


_PARTS: Final = {
    "publish": show_publish,
    "findings": show_findings,
    "repairs": show_repairs,
    "mapping": show_mapping,
    "reading": show_reading,
}


def _part(ctx: Context, held: Held, inspection: Inspection) -> str:
    """The part that is worked on; publishing comes first."""
    numbers = {
        "findings": sum(counts(inspection).values()),
        "repairs": len(inspection.report.repairs),
    }
    parts = [p for p in _PARTS if p != "repairs" or numbers["repairs"]]
    chosen = st.segmented_control(
        ctx.t("upload.part"),
        parts,
        default="publish",
        required=True,
        format_func=lambda p: (
            ctx.t(f"upload.part_{p}") + (f" {numbers[p]:,}" if numbers.get(p) else "")
        ),
        key=f"upload_part_{held.digest[:12]}",
        label_visibility="collapsed",
    )
    return chosen if chosen in parts else "publish"
