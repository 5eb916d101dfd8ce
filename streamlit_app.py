"""Entry point: one process serves the pages and the product's own routes on one port."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from views.routes import routes
from views.startup import prepare

prepare()

# The script lies here and not in views/: Streamlit takes a folder "pages" beside its script for
# pages of its own and would open them, without the router, at their addresses.
app = st.App(Path(__file__).parent / "page_script.py", routes=routes())
