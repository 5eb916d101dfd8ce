"""Entry point: one process serves the pages and the product's own routes on one port."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from views.routes import routes

app = st.App(Path(__file__).parent / "views" / "main.py", routes=routes())
