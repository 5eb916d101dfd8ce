"""What the process reads before it answers, so that the first person does not wait for it."""

from __future__ import annotations

from importlib import import_module

from domain import boundaries, reference
from domain.i18n import LANGUAGES, translator
from domain.issues import catalogue
from domain.rules import check_rules
from views.router import PAGES


def prepare() -> None:
    """Import every page and read boundaries, reference tables, rules and texts once.

    Errors in any of them end the start: a server with a broken table must not come up.
    """
    for _, module in PAGES:
        import_module(module)
    for language in LANGUAGES:
        translator(language)
    for layer in ("province", "prefecture", "county", "neighbour"):
        boundaries.layer(layer)
    for name in reference.SCHEMAS:
        reference.table(name)
    catalogue()
    check_rules()
