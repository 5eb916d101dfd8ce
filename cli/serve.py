"""``ganyuan serve``: the web application, with the demonstration store on a first start."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import Annotated

import typer

from settings import ROOT, Settings


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("serve")(serve)


def serve(
    *,
    port: Annotated[int, typer.Option(help="Port; 0 lets the system choose.")] = 8501,
    address: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    store: Annotated[Path | None, typer.Option(help="Folder of the store.")] = None,
    demo: Annotated[bool, typer.Option(help="Fill an empty store with demonstration data.")] = True,
) -> None:
    """Serve the pages; prints the address when ready to be opened."""
    settings = Settings(store=store) if store else Settings()
    if demo:
        _fill(settings)
    if port == 0:
        port = _free_port(address)
    typer.echo(f"赣园 Ganyuan: http://{'localhost' if address == '127.0.0.1' else address}:{port}")
    sys.stdout.flush()
    os.environ["GANYUAN_STORE"] = str(settings.store)
    os.chdir(ROOT)
    options = ["--server.port", str(port), "--server.address", address, "--server.headless", "true"]
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "streamlit_app.py"), *options]
    os.execv(sys.executable, command)  # noqa: S606 - the server replaces this process


def _fill(settings: Settings) -> None:
    """Build the demonstration store where nothing stands yet."""
    from demo import ensure  # noqa: PLC0415 - a second start must not pay for this import

    if ensure(settings.store):
        typer.echo("The demonstration store was built: 演示数据 / demonstration data.")


def _free_port(address: str) -> int:
    with socket.socket() as probe:
        probe.bind((address, 0))
        port: int = probe.getsockname()[1]
        return port
