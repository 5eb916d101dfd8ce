"""What every page is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from domain.formats import AreaUnit
from domain.i18n import Language, Translator
from settings import Settings
from store import Store, Viewer

# Streamlit writes these names into the URL, so they are the same in both languages.
LANGUAGE_NAMES: Final[dict[Language, str]] = {"zh_CN": "中文", "en": "EN"}
UNIT_NAMES: Final[dict[AreaUnit, str]] = {"ha": "公顷 ha", "mu": "亩 mu"}


@dataclass(frozen=True)
class Context:
    """One run of one page for one person.

    Attributes:
        settings: The installation.
        store: Where datasets and ledgers are.
        viewer: Who asks, and for which prefectures.
        t: Texts in the chosen language.
        unit: Unit in which areas are written.
        pages: The pages by URL path, for links between them.
    """

    settings: Settings
    store: Store
    viewer: Viewer
    t: Translator
    unit: AreaUnit
    pages: Mapping[str, Any] = field(default_factory=dict)
