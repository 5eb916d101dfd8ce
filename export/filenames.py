"""Names of exported files: place, theme, paper and day, safe on every system."""

from __future__ import annotations

import re
from typing import Final

from export.sheet import MapSheet
from layers.spec import is_demonstration

_UNSAFE: Final = re.compile(r"[^\w\u4e00-\u9fff.-]+")
_LONGEST: Final = 80


def file_name(sheet: MapSheet, suffix: str) -> str:
    """Name of a file with this sheet or its table.

    Args:
        sheet: The sheet.
        suffix: ``png``, ``pdf``, ``svg`` or ``xlsx``.

    Returns:
        For example ``赣州市地块状态图_2026-06-30_A4横_内部.pdf``; a file with made-up data says
        so in its name.
    """
    t = sheet.t
    title = re.sub(r"[(\uff08].*?[)\uff09]", "", sheet.full_title)
    parts = [title, sheet.data_date]
    if suffix != "xlsx":
        parts.append(sheet.paper + t(f"sheet.short_{sheet.orientation}"))
    parts.append(t(f"sheet.short_{sheet.release.mode}"))
    if is_demonstration(sheet.shown):
        parts.append(t("sheet.short_demonstration"))
    stem = "_".join(_UNSAFE.sub("-", part).strip("-.") for part in parts if part)
    return f"{stem[:_LONGEST]}.{suffix}"
