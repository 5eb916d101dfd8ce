"""Running one part of the idle-land page without the page around it."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

SCRIPT = """
from domain.i18n import translator
from settings import Settings
from store import Store, Viewer
from views import data
from views.context import Context
from views.frame import guarded
from views.idle.run import prepared
from views.places import LEVELS, Place

from views.idle.{module} import {show}


def page(ctx):
    version = data.choose_version(ctx)
    day = data.choose_day(ctx, version)
    everything = data.judged(ctx, version, day)
    place = Place({prefecture!r}, {county!r}, {zone!r})
    {show}(ctx, prepared(ctx, version, day, place, LEVELS[{level!r}], everything))


page.__module__ = {module!r}
settings = Settings(store={store!r})
guarded(page)(
    Context(settings, Store(settings.store), Viewer("t"), translator({language!r}), {unit!r})
)
"""


def open_part(
    show,
    root,
    *,
    language="zh_CN",
    unit="ha",
    prefecture="",
    county="",
    zone="",
    level="prefecture",
    state=None,
):
    """A part, given as ``module.show_function``, drawn once for one place."""
    module, function = show.split(".")
    script = SCRIPT.format(
        module=module,
        show=function,
        store=str(root),
        language=language,
        unit=unit,
        prefecture=prefecture,
        county=county,
        zone=zone,
        level=level,
    )
    app = AppTest.from_string(script, default_timeout=120)
    for key, value in (state or {}).items():
        app.session_state[key] = value
    return app.run()
