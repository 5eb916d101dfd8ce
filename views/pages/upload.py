"""Upload: hand a file in, see what was found out, decide, commit a version."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any, Final

import streamlit as st

from domain import formats
from geo.errors import GanyuanError
from ingest import Choices, Inspection, deliver, inspect_bytes
from ingest.inspection import bundle_bytes
from store import Version, Viewer
from views import address, data, upload_datasets, upload_evidence, upload_welcome
from views.context import Context
from views.frame import Figure, key_figures, section, show_error, title_line
from views.markup import plain
from views.publishing import publish
from views.upload_map import show_thumbnail
from views.upload_shelf import Held, shelf

_HELD: Final = "check"
_ROUND: Final = "upload_round"
_SEEN: Final = "upload_seen"
_NOT_IN_NAME: Final = re.compile(r"[^0-9a-z\u4e00-\u9fff]+")
_LONGEST_NAME: Final = 80


def page(ctx: Context) -> None:
    """Upload page."""
    today = dt.datetime.now(tz=dt.UTC).astimezone().date()
    title_line(ctx, ctx.t("upload.title"), place=ctx.t("upload.place"), as_of=today.isoformat())
    held = _held(ctx, _chosen_files(ctx))
    if held is None:
        upload_welcome.show_samples(ctx)
        upload_datasets.tell_restored(ctx)
        upload_datasets.show_datasets(ctx)
        return
    _file_line(ctx, held)
    inspection = held.inspection or _run(ctx, held, Choices())
    if held.published is None or held.published[0] != inspection.choices:
        upload_evidence.verdict(ctx, inspection)
    if inspection.status == "refused":
        _refused(ctx, inspection)
        return
    wanted = _ask(ctx, inspection, held)
    if wanted != inspection.choices:
        _run(ctx, held, wanted)
        st.rerun()
    _show(ctx, inspection, held)


def _chosen_files(ctx: Context) -> Sequence[Any]:
    """The field for files; the words in it that Streamlit knows in English only are replaced."""
    upload_welcome.field_words(ctx)
    with st.container(key="gy-upload"):
        files = st.file_uploader(
            ctx.t("upload.choose_files"),
            accept_multiple_files=True,
            key=f"upload_files_{st.session_state.get(_ROUND, 0)}",
            help=ctx.t("upload.choose_help"),
            on_change=_forget,
        )
    return files or ()


def _forget() -> None:
    """Let go of the file in hand: the person chose other files, or none."""
    shelf().drop(address.chosen(_HELD))
    address.choose(_HELD, "")
    st.query_params.pop(_HELD, None)


def _discard() -> None:
    """The same, and empty the field."""
    _forget()
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


def _held(ctx: Context, files: Sequence[Any]) -> Held | None:
    """The file in hand: just chosen, or checked before a reload or a visit to another page."""
    kept = shelf().get(address.chosen(_HELD), ctx.viewer.name)
    if kept is None and files:
        name, content = _as_one(files)
        kept = Held(name, content, ctx.viewer.name)
        address.choose(_HELD, shelf().put(kept))
    if kept is not None:
        address.write(_HELD, address.chosen(_HELD))
    return kept


def _file_line(ctx: Context, held: Held) -> None:
    """Which file this is about, and the way to let go of it."""
    with st.container(horizontal=True, vertical_alignment="center", key="upload_file_line"):
        size = formats.number(len(held.data) / 1024, 1)
        st.markdown(ctx.t("upload.in_hand", name=plain(held.name), size=size))
        done = held.published is not None
        label = "upload.another" if done else "upload.discard"
        st.button(ctx.t(label), key="upload_discard", on_click=_discard)


def _as_one(files: Sequence[Any]) -> tuple[str, bytes]:
    """One file as it is; the loose files of a shapefile as one archive."""
    if len(files) == 1:
        return files[0].name, files[0].getvalue()
    parts = {file.name: file.getvalue() for file in files}
    main = next((name for name in parts if name.lower().endswith(".shp")), files[0].name)
    return PurePath(main).with_suffix(".zip").name, bundle_bytes(parts)


def _run(ctx: Context, held: Held, choices: Choices) -> Inspection:
    """Inspect with the stages told as they begin."""
    holder = st.empty()
    with holder.status(ctx.t("upload.checking"), expanded=False) as status:

        def tell(stage: str, _share: float) -> None:
            key = f"upload.stage_{stage}"
            if key in ctx.t:
                status.update(label=ctx.t(key))

        inspection = inspect_bytes(held.data, name=held.name, choices=choices, on_stage=tell)
    holder.empty()
    held.inspection = inspection
    return inspection


def _refused(ctx: Context, inspection: Inspection) -> None:
    st.caption(ctx.t("upload.nothing_saved"))
    if inspection.report.crs is not None or inspection.report.encoding is not None:
        upload_evidence.evidence_card(ctx, inspection)


def _ask(ctx: Context, inspection: Inspection, held: Held) -> Choices:
    """Open questions, above everything else."""
    key = f"upload_{held.digest[:12]}"
    asked = upload_evidence.choose(ctx, inspection, key)
    county = upload_evidence.county_choice(ctx, inspection, key)
    standard = upload_evidence.class_choice(ctx, inspection, key)
    return asked.model_copy(
        update={
            "county_adcode": county.county_adcode,
            "class_standard": standard.class_standard,
        }
    )


def _show(ctx: Context, inspection: Inspection, held: Held) -> None:
    """What was published; figures, map and evidence, findings, mapping; the form that publishes."""
    published = held.published is not None and held.published[0] == inspection.choices
    if held.published is not None and published:
        _published(ctx, inspection, held.published[1])
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
        key = f"upload_{held.digest[:12]}_{len(inspection.choices.fields)}"
        wanted = upload_evidence.mapping_card(ctx, inspection, key)
        if wanted != inspection.choices:
            _run(ctx, held, wanted)
            st.rerun()
    if inspection.status == "accepted" and not published:
        _commit(ctx, inspection, held)


def _figures(ctx: Context, inspection: Inspection) -> None:
    report, t = inspection.report, ctx.t
    figures = [
        Figure(t("upload.rows_in_file"), formats.count(report.rows_in_file)),
        Figure(t("upload.rows_ok"), _count(inspection, report.rows_ok)),
        Figure(t("upload.rows_quarantined"), _count(inspection, report.rows_quarantined)),
    ]
    if report.places:
        area = report.area_m2
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


def _commit(ctx: Context, inspection: Inspection, held: Held) -> None:
    """The form that publishes."""
    section(ctx.t("upload.commit"))
    existing = {v.dataset: v for v in ctx.store.datasets(ctx.viewer, "parcels")}
    fresh = _as_name(PurePath(inspection.report.name).stem) or "parcels-upload"
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
        name = _meant(str(dataset or ""), options)
        _publish(ctx, held, name, who=who, reason=reason, seen=before)


def _as_name(text: str) -> str:
    """A dataset name from a file name or from what was typed."""
    return _NOT_IN_NAME.sub("-", text.lower())[:_LONGEST_NAME].strip("-")


def _meant(text: str, options: Sequence[str]) -> str:
    """The dataset that was picked or typed.

    A field that takes new words hands back the label of the run before as if it had been typed,
    when labels change meanwhile: ``name（新建）`` once somebody else has published that name.
    """
    if text in options:
        return text
    labelled = (name for name in options if text.startswith((f"{name}（", f"{name} (")))
    return max(labelled, key=len, default="") or _as_name(text)


def _dataset_label(ctx: Context, name: str, existing: dict[str, Version]) -> str:
    version = existing.get(name)
    if version is None:
        return ctx.t("upload.new_dataset", name=_as_name(name))
    key = "upload.replaces_demonstration" if version.demonstration else "upload.replaces"
    return ctx.t(key, name=name, version=version.number, n=version.rows)


def _publish(
    ctx: Context, held: Held, dataset: str, *, who: str, reason: str, seen: dict[str, int]
) -> None:
    """Commit the rows; whatever fails leaves the store as it was and the file in hand."""
    inspection = held.inspection
    if inspection is None or not (dataset and who.strip() and reason.strip()):
        st.error(ctx.t("upload.fill_in"))
        return
    delivery = deliver([inspection])
    try:
        with st.spinner(ctx.t("upload.publishing")):
            done = publish(
                ctx.store,
                delivery,
                dataset,
                viewer=Viewer(who.strip(), ctx.viewer.prefectures),
                reason=reason.strip(),
                seen=seen.get(dataset, 0),
            )
    except GanyuanError as error:
        show_error(ctx, error)
        st.caption(ctx.t("upload.still_in_hand"))
        return
    if done.version is not None:
        held.published = inspection.choices, done.version
        data.choose_dataset(done.version.dataset)
    st.rerun()


def _published(ctx: Context, inspection: Inspection, version: Version) -> None:
    """What stands now, and where it is seen."""
    st.success(ctx.t("upload.published", version=plain(version.id), n=version.rows))
    places = {f"{place.adcode[:4]}00" for place in inspection.report.places}
    only = places.pop() if len(places) == 1 else ""
    upload_datasets.doors(ctx, version, prefecture=only, key="upload_next")
