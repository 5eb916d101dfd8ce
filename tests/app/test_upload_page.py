"""The upload page with good, open and bad files, without a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from streamlit.testing.v1 import AppTest

from ingest import deliver, inspect
from scripts.build_samples import archive, parcels, shapefile_parts
from store import StaleVersionError, Store, Viewer
from tests.unit.bad_uploads import BAD_FILES
from views.upload_datasets import restore
from views.upload_shelf import Held, Shelf

SAMPLES = Path(__file__).resolve().parents[2] / "data" / "samples"
NORTH = {"code": "360121", "east": 39_391_000.0, "north": 3_158_500.0}


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


def given(app: AppTest, name: str, data: bytes) -> AppTest:
    return app.file_uploader(key="upload_files_0").upload(name, data).run()


def publishing(app: AppTest) -> list[Any]:
    """The button that publishes, where there is one."""
    return [button for button in app.button if button.label.startswith("入库 ")]


def publish(app: AppTest) -> None:
    publishing(app)[0].click().run()


def words(app: AppTest) -> str:
    shown = [*app.error, *app.warning, *app.success, *app.info, *app.caption, *app.markdown]
    return "\n".join(str(element.value) for element in shown).replace("\\", "")


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_empty_page_says_what_to_do(tmp_path: Path, language: str):
    app = opened(tmp_path, language)
    assert not app.exception
    assert "boundary_points_gbk.txt" in [b.label for b in app.get("download_button")]
    assert not app.error


def test_good_file_is_published_once(tmp_path: Path):
    app = given(opened(tmp_path), "zone39_gbk.zip", (SAMPLES / "zone39_gbk.zip").read_bytes())
    assert not app.exception
    assert "12 宗地块可以入库" in words(app)
    publish(app)
    assert "请填写" in words(app)
    assert Store(tmp_path).datasets(Viewer("x")) == []
    app.text_input(key="upload_reason").input("第三季度台账")
    publish(app)
    assert not app.exception
    assert "zone39-gbk@1" in words(app)
    (version,) = Store(tmp_path).datasets(Viewer("x"))
    assert (version.rows, version.committed_by) == (12, "测试员")


def test_bad_file_is_refused_in_words_and_nothing_is_saved(tmp_path: Path):
    app = given(opened(tmp_path), "a.zip", (SAMPLES / "not_a_shapefile.zip").read_bytes())
    assert not app.exception
    assert "内容不是 shapefile" in words(app)
    assert not publishing(app)
    assert Store(tmp_path).datasets(Viewer("x")) == []


def test_open_question_is_asked_and_answered(tmp_path: Path):
    parts = shapefile_parts(parcels(**NORTH))
    table = bytearray(parts[".dbf"])
    table[1:4] = bytes([116, 1, 1])
    data = archive({"a.shp": parts[".shp"], "a.shx": parts[".shx"], "a.dbf": bytes(table)})
    app = given(opened(tmp_path), "a.zip", data)
    assert not app.exception
    assert not publishing(app)
    app.radio[0].set_value(0).run()
    assert not app.exception
    assert "12 宗地块可以入库" in words(app)


def test_foreign_text_is_no_markup():
    from views.markup import plain  # noqa: PLC0415 - beside the pages it serves

    assert plain("![x](http://a) $b$ `c`") == r"\!\[x\]\(http\:\/\/a\) \$b\$ \`c\`"


@pytest.mark.parametrize("name", BAD_FILES)
def test_each_bad_file_is_one_sentence_on_the_page(tmp_path: Path, name: str):
    store = Store(tmp_path)
    before = sorted(store.root.rglob("*"))
    app = given(opened(tmp_path), name, BAD_FILES[name][0])
    assert not app.exception
    assert [e.value.startswith("**不能入库。**") for e in app.error] == [True]
    assert "Traceback" not in words(app)
    assert not publishing(app)
    assert sorted(store.root.rglob("*")) == before


def test_an_older_version_comes_back_as_a_new_one(tmp_path: Path):
    store, clerk = Store(tmp_path), Viewer("李工")
    first, second = (inspect(SAMPLES / f"{n}.zip") for n in ("zone39_gbk", "with_defects"))
    for found in (first, second):
        delivery = deliver([found])
        store.commit(
            "gd",
            gpd.read_parquet(delivery.rows),
            kind="parcels",
            viewer=clerk,
            reason="台账",
            passport=delivery.passport,
            original=delivery.original,
            quarantined=delivery.quarantined,
        )
    old = store.version("gd", clerk, 1)
    made = restore(store, old, viewer=Viewer("王科长"), reason="第 2 版有误", seen=2)
    assert (made.id, made.rows, made.committed_by) == ("gd@3", 12, "王科长")
    assert made.passport["repeats"] == "gd@1"
    assert made.sha256 == old.sha256
    assert store.original(made, clerk) == store.original(old, clerk)
    with pytest.raises(StaleVersionError):
        restore(store, store.version("gd", clerk, 2), viewer=clerk, reason="再来", seen=2)


def test_the_shelf_gives_a_file_to_its_owner_and_lets_the_oldest_go():
    shelf = Shelf(most_files=2, most_bytes=10)
    keys = [shelf.put(Held(str(n), b"1234", "李工")) for n in range(3)]
    assert shelf.get(keys[0], "李工") is None
    assert shelf.get(keys[2], "王科长") is None
    assert shelf.get(keys[2], "李工") is not None
    large = shelf.put(Held("large", bytes(50), "李工"))
    assert shelf.get(large, "李工") is not None
    assert shelf.get(keys[2], "李工") is None
    shelf.drop(large)
    assert shelf.get(large, "李工") is None
