"""What a page has asked its server for and has not been answered yet.

Streamlit marks a page as running only when the first answer arrives, so between a click and that
moment a page looks as if it had nothing to do. Only what went over the wire tells.
"""

from __future__ import annotations

import time
from typing import Final
from weakref import WeakKeyDictionary

from google.protobuf.message import DecodeError
from playwright.sync_api import Page, WebSocket
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

_STEP_MS: Final = 20
_DONE: Final = frozenset(
    {ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY}
)

_talks: WeakKeyDictionary[Page, Talk] = WeakKeyDictionary()


class Talk:
    """The exchange between one page and its server."""

    def __init__(self, page: Page) -> None:
        self._asked = self._begun = False
        page.on("websocket", self._follow)
        _talks[page] = self

    @property
    def idle(self) -> bool:
        """Every run of the script that was asked for has begun and ended."""
        return not self._asked

    def _follow(self, socket: WebSocket) -> None:
        self._asked = self._begun = False
        socket.on("framesent", self._sent)
        socket.on("framereceived", self._received)

    def _sent(self, payload: str | bytes) -> None:
        if isinstance(payload, bytes) and _kind(BackMsg(), payload) == "rerun_script":
            self._asked, self._begun = True, False

    def _received(self, payload: str | bytes) -> None:
        if not isinstance(payload, bytes):
            return
        message = ForwardMsg()
        kind = _kind(message, payload)
        if kind == "new_session":
            self._begun = True
        elif kind == "script_finished" and message.script_finished in _DONE and self._begun:
            self._asked = False


def _kind(message: BackMsg | ForwardMsg, payload: bytes) -> str | None:
    try:
        message.ParseFromString(payload)
    except DecodeError:
        return None
    found: str | None = message.WhichOneof("type")
    return found


def answered(page: Page, patience_ms: int) -> None:
    """Wait until the server has answered everything that the page asked for.

    Raises:
        AssertionError: It has not after ``patience_ms``.
    """
    talk = _talks.get(page)
    deadline = time.monotonic() + patience_ms / 1000
    # The wait lets messages come in; nothing else would, in this thread.
    page.wait_for_timeout(_STEP_MS)
    while talk is not None and not talk.idle:
        assert time.monotonic() < deadline, "the server still owes the page an answer"
        page.wait_for_timeout(_STEP_MS)
