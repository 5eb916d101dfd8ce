"""Settings, store, language, navigation: from a request to one page."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Final, get_args

import streamlit as st

from domain.formats import AreaUnit
from domain.i18n import LANGUAGES, Language, Translator, translator
from domain.paths import STATIC
from settings import Settings
from store import Store, Viewer
from views.context import LANGUAGE_NAMES, UNIT_NAMES, Context
from views.downloads import download_words
from views.frame import guarded

PAGES: Final = (
    ("overview", "views.pages.overview"),
    ("map", "views.pages.map"),
    ("browse", "views.pages.browse"),
    ("land-use", "views.pages.land_use"),
    ("idle", "views.pages.idle"),
    ("field", "views.pages.field"),
    ("evaluation", "views.pages.evaluation"),
    ("consolidation", "views.pages.consolidation"),
    ("belt", "views.pages.belt"),
    ("targets", "views.pages.targets"),
    ("upload", "views.pages.upload"),
    ("reports", "views.pages.reports"),
    ("audit", "views.pages.audit"),
)
"""URL path and module of every page, in the order of the navigation."""

UNITS: Final[tuple[AreaUnit, ...]] = get_args(AreaUnit)


def run() -> None:
    """Draw the page that the URL asks for."""
    st.set_page_config(
        page_title="赣园 Ganyuan",
        page_icon=STATIC / "ganyuan" / "mark.svg",
        layout="wide",
        initial_sidebar_state="auto",
    )
    settings = Settings()
    st.html(STATIC / "ganyuan" / "app.css")
    st.logo(STATIC / "ganyuan" / "logo.svg", size="medium")
    t, unit = _switches(settings.language)
    download_words(t)
    pages: dict[str, st.Page] = {}
    context = Context(
        settings=settings,
        store=open_store(str(settings.store)),
        viewer=Viewer(settings.user),
        t=t,
        unit=unit,
        pages=pages,
    )
    pages.update({path: _page(path, module, context) for path, module in PAGES})
    st.navigation(list(pages.values()), position="top").run()


@st.cache_resource(max_entries=4)
def open_store(root: str) -> Store:
    """The store of an installation, one for all sessions of the process."""
    return Store(Path(root))


def _page(path: str, module: str, context: Context) -> st.Page:
    def show() -> None:
        guarded(import_module(module).page)(context)

    key = path.replace("-", "_")
    return st.Page(show, title=context.t(f"nav.{key}"), url_path=path, default=path == PAGES[0][0])


def _switches(default_language: Language) -> tuple[Translator, AreaUnit]:
    """Language and area unit of the whole product, in the bar on top; both live in the URL."""
    _take_codes("lang", LANGUAGES)
    _take_codes("unit", UNITS)
    with st.container(key="gy-switches", horizontal=True):
        language = st.segmented_control(
            "Language / 语言",
            LANGUAGES,
            default=default_language,
            required=True,
            format_func=lambda name: LANGUAGE_NAMES[name],
            key="lang",
            label_visibility="collapsed",
            bind="query-params",
        )
        t = translator(language or default_language)
        unit = st.segmented_control(
            t("nav.unit"),
            UNITS,
            default=UNITS[0],
            required=True,
            format_func=lambda name: UNIT_NAMES[name],
            key="unit",
            label_visibility="collapsed",
            bind="query-params",
        )
    return t, unit or UNITS[0]


def _take_codes(name: str, options: tuple[str, ...]) -> None:
    """Let a hand-written ``?lang=en`` or ``?unit=mu`` do what the switch writes as a name."""
    asked = st.query_params.get(name)
    if asked in options and name not in st.session_state:
        st.session_state[name] = asked
