"""What every page is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.formats import AreaUnit
from domain.i18n import Translator
from settings import Settings
from store import Store, Viewer


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
