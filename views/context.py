"""What every page is given."""

from __future__ import annotations

from dataclasses import dataclass

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
    """

    settings: Settings
    store: Store
    viewer: Viewer
    t: Translator
    unit: AreaUnit
