"""Running the land pages without a browser."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

SCRIPT = """
from domain.i18n import translator
from settings import Settings
from store import Store, Viewer
from views.context import Context
from views.frame import guarded
from views.pages import {page}

settings = Settings(store={store!r})
guarded({page}.page)(
    Context(settings, Store(settings.store), Viewer("t"), translator({language!r}), {unit!r})
)
"""


def open_page(page, root, *, language="zh_CN", unit="ha", state=None):
    """The page drawn once; ``state`` is what the widgets hold before."""
    script = SCRIPT.format(page=page, store=str(root), language=language, unit=unit)
    app = AppTest.from_string(script, default_timeout=60)
    for key, value in (state or {}).items():
        app.session_state[key] = value
    return app.run()


def html(app):
    """Everything that the page wrote as markup."""
    return " ".join(block.proto.body for block in app.get("html"))


def words(app):
    """Everything that the page wrote as text."""
    parts = [*app.markdown, *app.caption, *app.info, *app.error]
    return html(app) + " ".join(part.value for part in parts)
