"""Take the pictures of the clerk's guide: the upload page in every state, with sample files.

Run ``python scripts/screenshots.py --guide``; each state is a step of one walk over an installation
of its own, so that the pictures show what a clerk would see.
"""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import geopandas as gpd
from playwright.sync_api import Page
from shapely import affinity

from ingest import deliver, inspect
from scripts.build_samples import archive, parcels, shapefile_parts, shapefile_zip
from scripts.served import ROOT, Server
from store import Store, Viewer
from views.corrections import package_of_version
from views.publishing import publish

SAMPLES: Final = ROOT / "data" / "samples"
QUIET: Final = (
    "document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"
)
SETTLE_MS: Final = 1_500
PATIENCE_MS: Final = 120_000
HEAD, ROW, TICK = 34, 31, 16
"""Of a table in pixels: height of the head, height of a row, middle of the column of ticks."""

OTHER: Final = Viewer("王科长")


def take_guide(page: Page, server: Server, language: str, out: Path) -> None:
    """Walk through the page in one language and save a picture of each state."""
    store = Store(server.store)
    _stock(store, language)
    for name, step in STEPS.items():
        page.goto(server.page("upload", lang=language))
        _quiet(page)
        step(page, store, language)
        target = out / language / f"{name}.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=target)
        print(target)


def _dataset(language: str) -> str:
    return "南昌县供地" if language == "zh_CN" else "nanchang-supply"


def _stock(store: Store, language: str) -> None:
    """Two versions of a dataset."""
    for sample in ("zone39_gbk", "with_defects"):
        _publish(store, SAMPLES / f"{sample}.zip", _dataset(language), language)


def _publish(store: Store, path: Path, dataset: str, language: str) -> None:
    reason = "第三季度供地台账" if language == "zh_CN" else "Supply ledger, third quarter"
    found = inspect(path)
    publish(store, deliver([found]), dataset, viewer=OTHER, reason=reason)


def _quiet(page: Page) -> None:
    page.wait_for_selector(".gy-title", timeout=PATIENCE_MS)
    page.wait_for_function(QUIET, timeout=PATIENCE_MS)
    page.wait_for_timeout(SETTLE_MS)


def _give(page: Page, name: str, data: bytes) -> None:
    """Hand a file in and wait for the end of its check."""
    file = {"name": name, "mimeType": "application/octet-stream", "buffer": data}
    page.locator("input[type=file]").set_input_files([file])  # type: ignore[arg-type]
    page.wait_for_selector(".st-key-upload_file_line", timeout=PATIENCE_MS)
    page.wait_for_selector(".st-key-upload_cancel", state="detached", timeout=PATIENCE_MS)
    _quiet(page)


def _sample(page: Page, name: str) -> None:
    _give(page, name, (SAMPLES / name).read_bytes())


def _part(page: Page, position: int) -> None:
    """Turn to a part of the work by its place in the switch."""
    page.locator("[class*=st-key-upload_part_] button").nth(position).click()
    _quiet(page)


def _tick(page: Page, table: int, row: int) -> None:
    """Pick a row of a table, which is drawn on a canvas."""
    drawn = page.get_by_test_id("stDataFrame").nth(table)
    place = {"x": TICK, "y": HEAD + ROW * row + ROW / 2}
    drawn.scroll_into_view_if_needed()
    drawn.hover(position=place)  # type: ignore[arg-type]
    page.wait_for_timeout(SETTLE_MS // 3)
    drawn.click(position=place)  # type: ignore[arg-type]
    _quiet(page)


def _start(page: Page, store: Store, language: str) -> None:
    del page, store, language


def _crs(page: Page, store: Store, language: str) -> None:
    """Eastings without a zone number, and no word about the county."""
    del store, language
    frame = parcels(code="DK", east=600_000.0, north=3_158_500.0).drop(columns="行政区代码")
    parts = shapefile_parts(frame)
    members = {f"a{suffix}": parts[suffix] for suffix in (".shp", ".shx", ".dbf")}
    _give(page, "parcels.zip", archive(members))


def _findings(page: Page, store: Store, language: str) -> None:
    del store, language
    _sample(page, "with_defects.zip")
    _part(page, 1)
    _tick(page, 1, 0)
    page.mouse.wheel(0, -2000)
    page.wait_for_timeout(SETTLE_MS)


def _repairs(page: Page, store: Store, language: str) -> None:
    del store, language
    _sample(page, "with_defects.zip")
    _part(page, 2)


def _publish_form(page: Page, store: Store, language: str) -> None:
    del store, language
    _sample(page, "zone38_gbk.zip")


def _later() -> bytes:
    """The twelve parcels some time later: one is gone, one has moved, two have other owners."""
    frame = parcels(code="360121", east=39_391_000.0, north=3_158_500.0)
    frame.loc[3:4, "使用权人"] = "示例科技有限公司"
    shapes = frame.geometry.copy()
    shapes.iloc[8] = affinity.translate(shapes.iloc[8], -40.0, 5.0)
    return shapefile_zip(frame.set_geometry(shapes).drop(index=11), stem="a")


def _conflict(page: Page, store: Store, language: str) -> None:
    """The file is checked, then somebody else is quicker."""
    name = f"{_dataset(language)}.zip"
    _give(page, name, (SAMPLES / "zone39_gbk.zip").read_bytes())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "later.zip"
        path.write_bytes(_later())
        _publish(store, path, _dataset(language), language)
    reason = "第四季度供地台账" if language == "zh_CN" else "Supply ledger, fourth quarter"
    page.locator(".st-key-upload_reason input").fill(reason)
    page.locator(".stFormSubmitButton button").first.click()
    page.wait_for_selector(".gy-totals", timeout=PATIENCE_MS)
    _quiet(page)


def _correction(page: Page, store: Store, language: str) -> None:
    """The layer of a package, sent back with one shape drawn again."""
    package = package_of_version(store, store.version(_dataset(language), OTHER), OTHER)
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(io.BytesIO(package.content)) as members:
            members.extractall(folder)
        layer = next(p for p in Path(folder).glob("*.gpkg") if "positions" not in p.name)
        frame = gpd.read_file(layer)
        right = parcels(code="360121", east=39_391_000.0, north=3_158_500.0)
        at = frame["GYHH"].to_numpy() - 1
        frame = frame.set_geometry(list(right.geometry.iloc[at]), crs=frame.crs)
        for field in ("签订日期", "供应面积", "地块编号", "行政区代码"):
            frame[field] = right[field].to_numpy()[at]
        layer.unlink()
        frame.to_file(layer, layer="GY_ROWS", engine="pyogrio")
        _give(page, layer.name, layer.read_bytes())
    page.wait_for_selector(".gy-correction", timeout=PATIENCE_MS)
    _quiet(page)


def _history(page: Page, store: Store, language: str) -> None:
    newest = sorted(store.datasets(OTHER), key=lambda v: v.committed_at, reverse=True)
    _tick(page, 0, [v.dataset for v in newest].index(_dataset(language)))
    page.locator("[class*=st-key-upload_history_part_] button").nth(2).click()
    page.wait_for_selector(".gy-totals", timeout=PATIENCE_MS)
    _quiet(page)
    page.locator(".gy-totals").scroll_into_view_if_needed()
    page.wait_for_timeout(SETTLE_MS)


STEPS: Final[dict[str, Callable[[Page, Store, str], None]]] = {
    "start": _start,
    "crs": _crs,
    "findings": _findings,
    "repairs": _repairs,
    "publish": _publish_form,
    "correction": _correction,
    "conflict": _conflict,
    "history": _history,
}
