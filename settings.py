"""Settings of one installation, read from the environment (prefix ``GANYUAN_``) or ``.env``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent
"""Folder of the program, home of ``data/``, ``locale/`` and ``static/``."""


_TIANDITU: Final = (
    "https://t0.tianditu.gov.cn/{layer}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0"
    "&LAYER={layer}&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={{z}}&TILEROW={{y}}"
    "&TILECOL={{x}}&tk={key}"
)


@dataclass(frozen=True)
class Basemap:
    """A layer of picture tiles under the browse map, in Web Mercator.

    Attributes:
        url: Address with ``{z}``, ``{x}``, ``{y}``; without a host it lies on this server.
        attribution: Whose map it is; printed on the map.
        size: Side of a tile in pixels.
        first_zoom: Smallest zoom.
        last_zoom: Greatest zoom.
    """

    url: str
    attribution: str
    size: int = 256
    first_zoom: int = 1
    last_zoom: int = 18


class Settings(BaseSettings):
    """Everything that differs from one installation to the next.

    Attributes:
        store: Folder of the dataset store.
        language: Interface language of a first visit.
        user: Name written into the audit trail where no login is configured.
        organisation: Drawing unit printed on map sheets; empty leaves the line out.
        max_upload_mb: Largest file that the upload page takes.
        attribution: Line printed with every map beside the data source.
        basemap_url: Address of picture tiles under the browse map with ``{z}``, ``{x}``, ``{y}``;
            empty for none.
        basemap_attribution: Whose tiles these are.
        tianditu_key: Key (tk) of the national platform Tianditu (天地图); its vector map and names
            lie under the browse map then. Browsers need a way to it.
        fallback_font: A fuller Chinese font for rare characters on map sheets; None for none.
    """

    model_config = SettingsConfigDict(env_prefix="GANYUAN_", env_file=".env", extra="ignore")

    store: Path = ROOT / "var" / "store"
    language: Literal["zh_CN", "en"] = "zh_CN"
    user: str = "local"
    organisation: str = ""
    max_upload_mb: int = 200
    attribution: str = ""
    basemap_url: str = ""
    basemap_attribution: str = ""
    tianditu_key: str = ""
    fallback_font: Path | None = None

    def basemap(self) -> list[Basemap]:
        """Layers under the browse map, from the lowest; none where nothing is configured."""
        if self.basemap_url:
            return [Basemap(self.basemap_url, self.basemap_attribution)]
        if self.tianditu_key:
            return [
                Basemap(_TIANDITU.format(layer=layer, key=self.tianditu_key), "天地图")
                for layer in ("vec", "cva")
            ]
        return []
