"""Settings of one installation, read from the environment (prefix ``GANYUAN_``) or ``.env``."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent
"""Folder of the program, home of ``data/``, ``locale/`` and ``static/``."""


class Settings(BaseSettings):
    """Everything that differs from one installation to the next.

    Attributes:
        store: Folder of the dataset store.
        language: Interface language of a first visit.
        user: Name written into the audit trail where no login is configured.
        organisation: Drawing unit printed on map sheets; empty leaves the line out.
        max_upload_mb: Largest file that the upload page takes.
        attribution: Line printed with every map beside the data source.
        fallback_font: A fuller Chinese font for rare characters on map sheets; None for none.
    """

    model_config = SettingsConfigDict(env_prefix="GANYUAN_", env_file=".env", extra="ignore")

    store: Path = ROOT / "var" / "store"
    language: Literal["zh_CN", "en"] = "zh_CN"
    user: str = "local"
    organisation: str = ""
    max_upload_mb: int = 200
    attribution: str = ""
    fallback_font: Path | None = None
