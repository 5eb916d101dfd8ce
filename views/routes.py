"""The product's own routes beside the pages: vendored files, shapes by view, the browse map."""

from __future__ import annotations

import mimetypes
from typing import Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from domain.paths import STATIC
from views import features
from views.address import base_path
from views.browse import routes as browse

_DAY: Final = 86_400
_PINNED: Final = ("vendor/", "fonts/")

mimetypes.add_type("font/woff2", ".woff2")
mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("text/javascript", ".mjs")


def routes() -> list[BaseRoute]:
    """Every route, for :class:`streamlit.App`; they come before those of Streamlit itself."""
    prefix = base_path()
    files = Mount(f"{prefix}/app/static", _Static(directory=STATIC), name="static-files")
    return [files, *features.routes(prefix), *browse.routes(prefix)]


class _Static(StaticFiles):
    """The folder ``static``, wherever the script that runs the pages lies.

    Map documents are sandboxed without an origin of their own, so fonts need the open CORS header.
    """

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        pinned = path.startswith(_PINNED)
        response.headers["Cache-Control"] = f"public, max-age={_DAY}" if pinned else "no-cache"
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response
