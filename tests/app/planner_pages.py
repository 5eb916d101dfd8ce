"""Drawing the planner without the rest of its page."""

from __future__ import annotations

SCRIPT = """
import datetime as dt
from domain.i18n import translator
from settings import Settings
from store import Store, Viewer
from views import data
from views.context import Context
from views.frame import guarded
from views.idle.planner import show_planner
from views.idle.run import prepared
from views.places import Place

def page(ctx):
    version = data.current_version(ctx)
    day = dt.date.fromisoformat({day!r})
    place, judged = Place({prefecture!r}), data.judged(ctx, version, day)
    show_planner(ctx, prepared(ctx, version, day, place, "county_adcode", judged))

settings = Settings(store={store!r})
guarded(page)(
    Context(settings, Store(settings.store), Viewer("t"), translator({language!r}), {unit!r})
)
"""


def script(root, *, language="zh_CN", unit="ha", day="2024-06-01", prefecture=""):
    """The text of a script that draws the planner of a store."""
    return SCRIPT.format(
        store=str(root), language=language, unit=unit, day=day, prefecture=prefecture
    )
