"""The map of every page: one document per map, kept alive over reruns, fed by messages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import streamlit as st

from domain.paths import STATIC
from layers.spec import BoundLayer
from layers.web import Bounds, LazyLayer, document, payload
from views.address import base_path
from views.context import Context

_HTML: Final = '<div class="gy-host"></div>'
_CSS: Final = """
.gy-host { line-height: 0; }
.gy-host iframe { width: 100%; border: 1px solid #d9dde0; box-sizing: border-box; }
"""


@dataclass(frozen=True, slots=True)
class Click:
    """A feature that was clicked and stays selected until another place is.

    Attributes:
        layer_id: Id of its layer.
        feature_id: Its id in that layer.
    """

    layer_id: str
    feature_id: str


@cache
def _component() -> Any:  # noqa: ANN401 (Streamlit types it as a private protocol)
    code = (STATIC / "ganyuan" / "host.js").read_text(encoding="utf-8")
    return st.components.v2.component("ganyuan.map", html=_HTML, css=_CSS, js=code)


@cache
def _document(base_url: str) -> str:
    """The empty map document; the same text for every map, so that it is never loaded twice."""
    page: str = document({"layers": []}, base_url=base_url).get_root().render()
    return page


def show_map(
    ctx: Context,
    layers: Sequence[BoundLayer],
    *,
    key: str,
    height: int = 560,
    bounds: Bounds | None = None,
    home: Bounds | None = None,
    tall: bool = False,
    lazy_parcels: LazyLayer | None = None,
) -> Click | None:
    """Draw layers and tell which feature is selected.

    Panning and zooming stay in the browser; only a click runs the page again. The view survives
    reruns, filters and visits to other pages; other ``bounds`` than before move it.

    Args:
        ctx: The run.
        layers: Drawn from first to last, the last on top; each at most 5,000 shapes.
        key: Names the map; one per page.
        height: Height in CSS pixels.
        bounds: West, south, east, north of the opening view in degrees; the province if None.
        home: Frame that the home button goes back to, and the opening view of a first visit;
            ``bounds`` if None. A change of it does not move the view.
        tall: Reach down to the lower edge of the window where that is more than ``height``.
        lazy_parcels: Shapes that are drawn per view from a certain zoom on.

    Raises:
        TooManyShapesError: A layer holds more shapes than a page can draw.
    """
    content = payload(layers, t=ctx.t, unit=ctx.unit, bounds=bounds, lazy=lazy_parcels)
    content["home"] = list(home) if home else content["bounds"]
    state = _component()(
        key=key,
        data={
            "name": key,
            "title": ctx.t("layers.ui.map"),
            "document": _document(base_path()),
            "home": str(content["home"]),
            "payload": json.dumps(content, ensure_ascii=False, separators=(",", ":")),
            "height": height,
            "tall": tall,
        },
        default={"selected": None},
        on_selected_change=_noted,
        height="content",
    )
    return _click(state.selected, layers, lazy_parcels)


def _noted() -> None:
    """A selection needs no more than the rerun that it brings."""


def _click(selected: object, layers: Sequence[BoundLayer], lazy: LazyLayer | None) -> Click | None:
    """What the browser reports, as far as it is on this map."""
    if not isinstance(selected, (list, tuple)) or len(selected) != 2:  # noqa: PLR2004
        return None
    layer_id, feature_id = map(str, selected)
    if lazy is not None and layer_id == lazy.spec.id:
        return Click(layer_id, feature_id)
    for layer in layers:
        if layer.spec.id == layer_id and layer.spec.interactive:
            ids = layer.frame[layer.spec.id_column].astype("string")
            return Click(layer_id, feature_id) if (ids == feature_id).any() else None
    return None
