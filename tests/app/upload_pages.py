"""The upload page as a script of its own, and the steps that several tests walk on it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from ingest import deliver, inspect
from scripts.build_samples import archive, parcels, shapefile_parts
from store import Store, Version, Viewer
from views.publishing import publish as publish_rows
from views.upload.shelf import Held, shelf

SAMPLES = Path(__file__).resolve().parents[2] / "data" / "samples"
NORTH = {"code": "360121", "east": 39_391_000.0, "north": 3_158_500.0}
CLERK = Viewer("测试员")


def script(store: str, language: str) -> None:
    import streamlit as st  # noqa: PLC0415 - runs as a script of its own

    from domain.i18n import translator  # noqa: PLC0415
    from settings import Settings  # noqa: PLC0415
    from store import Store, Viewer  # noqa: PLC0415
    from views.context import Context  # noqa: PLC0415
    from views.frame import guarded  # noqa: PLC0415
    from views.pages import upload  # noqa: PLC0415

    st.set_page_config(layout="wide")
    context = Context(
        settings=Settings(store=store),
        store=Store(Settings(store=store).store),
        viewer=Viewer("测试员"),
        t=translator(language),
        unit="ha",
    )
    guarded(upload.page)(context)


def opened(store: Path, language: str = "zh_CN") -> AppTest:
    return AppTest.from_function(script, args=(str(store), language), default_timeout=60).run()


def held_by(app: AppTest) -> Held:
    """The file in hand on a page."""
    asked = app.query_params["check"]
    held = shelf().get(asked if isinstance(asked, str) else asked[0], CLERK.name)
    assert held is not None
    return held


def checked(app: AppTest) -> AppTest:
    """The page once no check runs any more."""
    for _ in range(600):
        if "upload_cancel" not in {button.key for button in app.button}:
            return app
        check = held_by(app).check
        if check is not None:
            check.wait(0.5)
        app.run()
    raise AssertionError("the check did not end")


def given(app: AppTest, name: str, data: bytes) -> AppTest:
    return checked(app.file_uploader[0].upload(name, data).run())


def publishing(app: AppTest) -> list[Any]:
    """The button that publishes, where there is one."""
    return [button for button in app.button if button.label.startswith("入库 ")]


def publish(app: AppTest) -> None:
    publishing(app)[0].click().run()


def part(app: AppTest, name: str) -> AppTest:
    """Turn to a part of the work: findings, repairs, mapping, reading."""
    control = next(g for g in app.button_group if str(g.key).startswith("upload_part_"))
    return control.set_value(name).run()


def words(app: AppTest) -> str:
    shown = [*app.error, *app.warning, *app.success, *app.info, *app.caption, *app.markdown]
    texts = [str(element.value) for element in shown]
    texts += [str(element.proto.body) for element in app.get("html")]
    return "\n".join(texts).replace("\\", "")


def published(store: Store, dataset: str, *samples: str) -> list[Version]:
    """Each sample as the next version of a dataset."""
    made = []
    for name in samples:
        # The files of a delivery live as long as its inspection.
        found = inspect(SAMPLES / f"{name}.zip")
        done = publish_rows(store, deliver([found]), dataset, viewer=Viewer("李工"), reason="台账")
        assert done.version is not None
        made.append(done.version)
    return made


def without_system(*, east: float = NORTH["east"], year: int = 116) -> bytes:
    """A shapefile without .prj that is too old to be CGCS2000 by its date alone."""
    parts = shapefile_parts(parcels(code="360121", east=east, north=3_158_500.0))
    table = bytearray(parts[".dbf"])
    table[1:4] = bytes([year, 1, 1])
    return archive({"a.shp": parts[".shp"], "a.shx": parts[".shx"], "a.dbf": bytes(table)})
