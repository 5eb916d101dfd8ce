"""Drawing the case file of one parcel without the page around it."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

SCRIPT = """
import datetime as dt
from domain.i18n import translator
from settings import Settings
from store import Store, Viewer
from views import data
from views.context import Context
from views.frame import guarded
from views.idle.case import show_case
from views.idle.run import prepared
from views.places import Place

settings = Settings(store={store!r})
ctx = Context(settings, Store(settings.store), Viewer({who!r}), translator({language!r}), "ha")

def page(ctx):
    version = data.current_version(ctx)
    day = dt.date.fromisoformat({day!r})
    judged = data.judged(ctx, version, day)
    run = prepared(ctx, version, day, Place(), "prefecture_adcode", judged)
    show_case(ctx, run, {label!r})

guarded(page)(ctx)
"""


def open_case(root, label=0, *, day="2024-06-15", language="zh_CN", who="李", part="line"):
    """The case file drawn once, opened at a part."""
    script = SCRIPT.format(store=str(root), who=who, language=language, day=day, label=label)
    app = AppTest.from_string(script, default_timeout=60)
    app.session_state["idle-case-part"] = part
    return app.run()
