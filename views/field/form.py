"""What was seen on site: state, photograph, note; kept as documents of the case or the supply."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import Any, Final

import streamlit as st

from analytics.cases.file import as_text
from domain.ledgers import Table
from geo.errors import GanyuanError
from ingest.photos import MAX_BYTES, Photo, read_photo
from views.context import Context
from views.field.place import Here, distance_words
from views.file_words import file_words
from views.frame import show_error
from views.idle.case_documents import keep_document
from views.idle.case_read import CaseRead
from views.markup import plain

STATES: Final = ("not_started", "foundations", "building", "stopped", "finished", "other")
_TOLD: Final = "field-told"


@dataclass(frozen=True, slots=True)
class Seen:
    """One visit.

    Attributes:
        state: One of :data:`STATES`.
        note: What was noted.
        who: Who was there.
        at: When it was stored, with a time zone.
    """

    state: str
    note: str
    who: str
    at: dt.datetime


def show_form(
    ctx: Context, read: CaseRead, target: tuple[Table, str] | None, here: Here | None
) -> None:
    """Draw the form of a visit and store it.

    Args:
        ctx: The run.
        read: The case file.
        target: Ledger row that the documents belong to; None where there is none.
        here: Position of the telephone.
    """
    t = ctx.t
    told = st.session_state.pop(_TOLD, "")
    if told:
        st.success(told)
    if target is None:
        st.info(t("field.no_target"))
        return
    # After each visit the fields start empty again.
    key = f"field-{target[1]}-{len(read.documents)}"
    state = st.radio(
        t("field.state"),
        STATES,
        index=None,
        format_func=lambda name: t(f"field.state.{name}"),
        key=f"{key}-state",
    )
    photo = _photo(ctx, key)
    note = st.text_area(t("field.note"), key=f"{key}-note", max_chars=1000, height=90)
    who = st.text_input(t("case.who"), value=ctx.viewer.name, key=f"{key}-who", max_chars=80)
    if not st.button(t("field.save"), type="primary", key=f"{key}-save", width="stretch"):
        return
    if not (state and as_text(who)):
        st.error(t("field.fill_in"))
        return
    seen = Seen(state, as_text(note), as_text(who), dt.datetime.now(tz=dt.UTC))
    try:
        count = keep_visit(ctx, target, seen, photo, here)
    except GanyuanError as error:
        show_error(ctx, error)
        return
    st.session_state[_TOLD] = t("field.saved", n=count)
    st.rerun()


def _photo(ctx: Context, key: str) -> bytes | None:
    """A photograph from the camera or a file, shown with what it says of itself."""
    t = ctx.t
    ways = ("file", "camera")
    way = st.segmented_control(
        t("field.photo"),
        ways,
        default="file",
        required=True,
        format_func=lambda name: t(f"field.photo_{name}"),
        key=f"{key}-way",
    )
    file: Any = _camera(ctx, key) if way == "camera" else _file(ctx, key)
    if file is None:
        return None
    content: bytes = file.getvalue()
    try:
        photo = read_photo(content)
    except GanyuanError as error:
        show_error(ctx, error)
        return None
    st.caption(plain(photo_words(ctx, photo)))
    return content


def _camera(ctx: Context, key: str) -> Any:  # noqa: ANN401 - Streamlit's own type
    """A picture taken now; the camera is asked for only when somebody wants it."""
    return st.camera_input(ctx.t("field.camera"), key=f"{key}-camera", label_visibility="collapsed")


def _file(ctx: Context, key: str) -> Any:  # noqa: ANN401 - Streamlit's own type
    limit = MAX_BYTES // 1_000_000
    file_words(ctx, ctx.t("field.photo_limit", mb=limit))
    with st.container(key="gy-file-photo"):
        return st.file_uploader(
            ctx.t("field.photo_file"),
            ["jpg", "jpeg", "png"],
            key=f"{key}-photo",
            max_upload_size=limit,
            label_visibility="collapsed",
        )


def photo_words(ctx: Context, photo: Photo) -> str:
    """What a photograph says of itself: size, time and place of the camera."""
    t = ctx.t
    parts = [f"{photo.format} {photo.width} × {photo.height}"]
    parts.append(
        t("field.taken", at=photo.taken_at.strftime("%Y-%m-%d %H:%M"))
        if photo.taken_at
        else t("field.taken_unknown")
    )
    if photo.lon is not None and photo.lat is not None:
        parts.append(t("field.taken_where", lon=f"{photo.lon:.6f}", lat=f"{photo.lat:.6f}"))
    else:
        parts.append(t("field.taken_nowhere"))
    return " · ".join(parts)


def keep_visit(
    ctx: Context,
    target: tuple[Table, str],
    seen: Seen,
    photo: bytes | None,
    here: Here | None,
) -> int:
    """Keep a visit: the photograph as it is, and a note in plain text.

    Args:
        ctx: Store and viewer.
        target: Ledger row that the documents belong to.
        seen: What was seen.
        photo: The photograph, unaltered; None for none.
        here: Position of the telephone; None for none.

    Returns:
        Number of documents that were kept.

    Raises:
        StoreError: The store refuses; a photograph that was kept before stays.
    """
    t = ctx.t
    table, row = target
    when = seen.at.astimezone()
    stamp = when.strftime("%Y-%m-%d %H:%M:%S")
    reason = t("field.reason", state=t(f"field.state.{seen.state}"))
    common: dict[str, Any] = {"kind": "evidence", "dated": when.date(), "who": seen.who}
    kept = 0
    if photo is not None:
        ending = "png" if read_photo(photo).format == "PNG" else "jpg"
        keep_document(
            ctx,
            table,
            row,
            number=t("field.number_photo", at=stamp),
            name=f"{when:%Y%m%d-%H%M%S}.{ending}",
            content=photo,
            why=reason,
            **common,
        )
        kept += 1
    keep_document(
        ctx,
        table,
        row,
        number=t("field.number_note", at=stamp),
        name=f"{when:%Y%m%d-%H%M%S}.txt",
        content=note_text(ctx, seen, here).encode(),
        why=reason,
        **common,
    )
    return kept + 1


def note_text(ctx: Context, seen: Seen, here: Here | None) -> str:
    """The note of a visit as it is kept."""
    t = ctx.t
    lines = [
        (t("field.note_at"), seen.at.astimezone().isoformat(timespec="seconds")),
        (t("case.who"), seen.who),
        (t("field.state"), t(f"field.state.{seen.state}")),
    ]
    if here is not None:
        lines.append((t("field.note_place"), f"{here.lon:.7f}, {here.lat:.7f}"))
        if not math.isnan(here.accuracy):
            lines.append((t("field.note_accuracy"), distance_words(ctx, here.accuracy)))
        if here.stands is not None:
            key = "field.note_inside" if here.stands.inside else "field.note_outside"
            words = distance_words(ctx, here.stands.metres)
            lines.append((t("field.note_boundary"), t(key, metres=words)))
    lines.append((t("field.note"), seen.note))
    return "\n".join(f"{name}: {value}" for name, value in lines) + "\n"
