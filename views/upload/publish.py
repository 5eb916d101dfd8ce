"""Publishing what was checked: the form, the accounting of every row, and what stands then."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import PurePath
from typing import Final

import streamlit as st

from domain import formats
from domain.schema import is_spatial
from geo.errors import GanyuanError
from ingest import Inspection, deliver
from ingest.passport import accounting
from store import StaleVersionError, Version, Viewer
from views import data
from views.browse.ready import ready_after_publishing
from views.context import Context
from views.frame import progress_bar, show_error
from views.markup import plain
from views.passport_panel import show_passport
from views.publishing import publish
from views.upload import correction as upload_correction
from views.upload import datasets as upload_datasets
from views.upload.findings_list import counts
from views.upload.ledger import show_changes
from views.upload.shelf import Conflict, Done, Held

_SEEN: Final = "upload_seen"
_NOT_IN_NAME: Final = re.compile(r"[^0-9a-z\u4e00-\u9fff]+")
_LONGEST_NAME: Final = 80


def show_publish(ctx: Context, held: Held, inspection: Inspection) -> None:
    """The form, and the papers; of what is published already the papers of its version."""
    done = held.published
    if done is not None and held.is_published:
        if done.version is not None:
            show_passport(ctx, done.version, key="upload_passport")
        return
    if not (
        inspection.report.corrects and upload_correction.show_correction(ctx, held, inspection)
    ):
        show_changes(ctx, held, inspection)
        _form(ctx, held, inspection)
    show_passport(ctx, inspection, key="upload_passport")


def accounting_html(ctx: Context, inspection: Inspection) -> str:
    """What became of every row of the file, as a sum that comes out; then findings and area."""
    t, report = ctx.t, inspection.report
    rows, found = accounting(report), counts(inspection)
    parts = [
        ("=", "upload.rows_ok", rows.committed),
        ("+", "upload.rows_quarantined", rows.quarantined - report.rows_unfilled),
        ("+", "upload.rows_refused", rows.refused),
    ]
    if report.rows_unfilled:
        parts.append(("+", "upload.rows_unfilled", report.rows_unfilled))
    cells = _cell(formats.count(rows.file), t("upload.rows_in_file")) + "".join(
        f"<td class='gy-op'>{sign}</td>{_cell(formats.count(n), t(key))}" for sign, key, n in parts
    )
    said = f"{formats.count(found['error'])} / {formats.count(found['warning'])}"
    cells += _cell(said, t("upload.errors_warnings"), apart=True)
    if report.places:
        area = f"{formats.area(report.area_m2, ctx.unit)} {t(f'upload.unit_{ctx.unit}')}"
        cells += _cell(area, t("upload.area"), hint=t("upload.area_note"))
    return f'<table class="gy-sum"><tr>{cells}</tr></table>'


def _cell(value: str, label: str, *, apart: bool = False, hint: str = "") -> str:
    first = " class='gy-apart'" if apart else ""
    title = f' title="{escape(hint, quote=True)}"' if hint else ""
    return f"<td{first}{title}><b>{escape(value)}</b><span>{escape(label)}</span></td>"


def _form(ctx: Context, held: Held, inspection: Inspection) -> None:
    """Dataset, person, reason, button; a ledger has its own place."""
    t, report = ctx.t, inspection.report
    existing: dict[str, Version] = {}
    if is_spatial(report.kind):
        existing = {v.dataset: v for v in ctx.store.datasets(ctx.viewer, report.kind)}
    fresh = as_name(PurePath(report.name).stem) or f"{report.kind}-upload"
    options = [*dict.fromkeys([fresh, *existing])]
    with st.form("upload_commit", border=False):
        one, two = st.columns([3, 2])
        dataset: str | None = report.kind
        if is_spatial(report.kind):
            dataset = one.selectbox(
                t("upload.dataset"),
                options,
                key=f"upload_dataset_{report.kind}",
                accept_new_options=True,
                format_func=lambda name: _dataset_label(ctx, name, existing),
                help=t("upload.dataset_help"),
            )
        else:
            one.text_input(t("upload.ledger"), value=t(f"upload.rows_{report.kind}"), disabled=True)
        who = two.text_input(t("upload.who"), value=ctx.viewer.name, key="upload_who")
        reason = st.text_input(
            t("upload.reason"), key="upload_reason", placeholder=t("upload.reason_example")
        )
        pressed = st.form_submit_button(
            t("upload.publish", n=f"{report.rows_ok:,}"), type="primary", width="stretch"
        )
    # What stood when the form was drawn is what the publisher saw; somebody else may be quicker.
    seen = {name: version.number for name, version in existing.items()}
    before = st.session_state.get(_SEEN, seen)
    st.session_state[_SEEN] = seen
    apart = report.rows_quarantined - report.rows_unfilled
    if apart:
        hint = "upload.apart_hint" if is_spatial(report.kind) else "upload.apart_hint_ledger"
        st.caption(t(hint, n=apart))
    if pressed:
        name = meant(str(dataset or ""), options)
        wanted = Conflict(name, before.get(name, 0), 0, who.strip(), reason.strip())
        publish_held(ctx, held, wanted)


def as_name(text: str) -> str:
    """A dataset name from a file name or from what was typed."""
    return _NOT_IN_NAME.sub("-", text.lower())[:_LONGEST_NAME].strip("-")


def meant(text: str, options: Sequence[str]) -> str:
    """The dataset that was picked or typed.

    A field that takes new words hands back the label of the run before as if it had been typed,
    when labels change meanwhile: ``name（新建）`` once somebody else has published that name.
    """
    if text in options:
        return text
    labelled = (name for name in options if text.startswith((f"{name}（", f"{name} (")))
    return max(labelled, key=len, default="") or as_name(text)


def _dataset_label(ctx: Context, name: str, existing: Mapping[str, Version]) -> str:
    version = existing.get(name)
    if version is None:
        return ctx.t("upload.new_dataset", name=as_name(name))
    key = "upload.replaces_demonstration" if version.demonstration else "upload.replaces"
    return ctx.t(key, name=name, version=version.number, n=f"{version.rows:,}")


def publish_held(ctx: Context, held: Held, wanted: Conflict) -> None:
    """Publish the rows; whatever fails leaves the store as it was and the file in hand.

    Args:
        ctx: The run.
        held: The file, accepted.
        wanted: Where to, by whom, why, and after which version.
    """
    inspection = held.inspection
    if inspection is None or not (wanted.dataset and wanted.who and wanted.reason):
        st.error(ctx.t("upload.fill_in"))
        return
    delivery = deliver([inspection])
    try:
        with st.spinner(ctx.t("upload.publishing")):
            done = publish(
                ctx.store,
                delivery,
                wanted.dataset,
                viewer=Viewer(wanted.who, ctx.viewer.prefectures),
                reason=wanted.reason,
                seen=wanted.seen,
            )
    except StaleVersionError as error:
        _note_conflict(ctx, held, wanted, error)
        return
    except GanyuanError as error:
        show_error(ctx, error)
        st.caption(ctx.t("upload.still_in_hand"))
        return
    with progress_bar(ctx.t("upload.indexing")) as told:
        ready_after_publishing(ctx.store, done.version, ctx.viewer, progress=told)
    held.conflict = None
    settle(held, Done(inspection.choices, done.version, done.records, wanted.dataset))


def settle(held: Held, done: Done) -> None:
    """Note what stands, and draw the page anew."""
    held.published = done
    if done.version is not None and done.version.kind == "parcels":
        data.choose_dataset(done.version.dataset)
    st.rerun()


def _note_conflict(ctx: Context, held: Held, wanted: Conflict, error: StaleVersionError) -> None:
    """Keep what the publisher wanted, so that the difference can be shown and decided on."""
    current = error.values.get("current")
    if not isinstance(current, int) or not current:
        show_error(ctx, error)
        st.caption(ctx.t("upload.still_in_hand"))
        return
    held.conflict = Conflict(wanted.dataset, wanted.seen, current, wanted.who, wanted.reason)
    st.rerun()


def tell_published(ctx: Context, held: Held, inspection: Inspection) -> None:
    """What stands now, its passport number, and where it is seen."""
    done = held.published
    if done is None:
        return
    if done.version is None:
        ledger = ctx.t(f"upload.rows_{done.dataset}")
        st.success(ctx.t("upload.recorded", ledger=ledger, n=f"{done.records:,}"))
        return
    version = done.version
    number = str(version.passport.get("number") or "")
    st.success(
        ctx.t("upload.published", version=plain(version.id), n=f"{version.rows:,}")
        + (" " + ctx.t("upload.published_number", number=plain(number)) if number else "")
    )
    places = {f"{place.adcode[:4]}00" for place in inspection.report.places}
    only = places.pop() if len(places) == 1 else ""
    upload_datasets.doors(ctx, version, prefecture=only, key="upload_next")
