"""Coded errors outside the upload: each is provoked for real, and its neighbour is not refused."""

from __future__ import annotations

import datetime as dt
import pickle
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin

from analytics import adjustments, belt, targets
from cli import main as command
from domain import i18n, reference, rules
from domain.i18n import LANGUAGES
from domain.issues import catalogue, explain
from geo.errors import GanyuanError
from geo.raster import class_areas
from layers.spec import LayerClass, LayerSpec, Symbol
from store import Store, Viewer
from tests.store_world import parcels

DAY = dt.date(2026, 1, 1)
WEST, EAST = shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)


@dataclass(frozen=True)
class Refusal:
    """What an error says of itself."""

    rows: tuple[object, ...]
    said: dict[str, object]
    zh: str
    en: str


def refused(code: str, act: Callable[[], object]) -> Refusal:
    """The error of an act, after a look at its code and at its words in both languages."""
    with pytest.raises(GanyuanError) as caught:
        act()
    error = caught.value
    assert error.code == code
    assert str(error).startswith(f"[{code}] ")
    texts = [explain(error, language) for language in LANGUAGES]
    assert all(text and "{" not in text and "}" not in text for text in texts), texts
    assert texts[0] != texts[1]
    return Refusal(error.rows, vars(error)["values"], *texts)


def areas(*numbers: float) -> tuple[pd.Series, pd.Series, pd.Series]:
    """One zone that stands well and one with these areas."""
    old, expanded, removed = ([10.0, n] for n in numbers)
    index = pd.Index(["Z1", "Z2"])
    return tuple(pd.Series(values, index=index) for values in (old, expanded, removed))


@pytest.mark.parametrize(
    ("numbers", "good"),
    [
        ((10.0, 5.0, 10.0), True),
        ((10.0, 5.0, 10.01), False),
        ((0.0, 0.0, 0.0), True),
        ((-0.01, 0.0, 0.0), False),
        ((1.0, -0.01, 0.0), False),
        ((1.0, 0.0, -0.01), False),
    ],
)
def test_adj_001_areas_of_an_adjustment(numbers: tuple[float, ...], good: bool):  # noqa: FBT001
    if good:
        assert adjustments.new_area(*areas(*numbers)).loc["Z1"] == 10.0
        return
    error = refused("ADJ-001", lambda: adjustments.new_area(*areas(*numbers)))
    assert error.rows == ("Z2",)
    assert "Z2" in error.zh


@pytest.mark.parametrize(
    ("expanded", "removed", "good"),
    [
        (EAST, shapely.box(0, 0, 1, 10), True),
        (shapely.box(9.9, 0, 20, 10), shapely.Polygon(), True),
        (shapely.box(9.8, 0, 20, 10), shapely.Polygon(), False),
        (EAST, shapely.box(-0.1, 0, 1, 10), True),
        (EAST, shapely.box(-0.2, 0, 1, 10), False),
    ],
)
def test_adj_001_boundaries_within_a_square_metre(expanded, removed, good: bool):  # noqa: FBT001
    if good:
        whole = adjustments.new_boundary(WEST, expanded, removed)
        assert whole.area == pytest.approx(200.0 - WEST.intersection(removed).area)
    else:
        refused("ADJ-001", lambda: adjustments.new_boundary(WEST, expanded, removed))


def axis_table(gap_deg: float) -> pd.DataFrame:
    """The three shapes of the axis as short lines, the second beginning some way off the first."""
    ends = ((0.0, 1.0), (1.0 + gap_deg, 2.0), (2.0, 3.0))
    rows = [
        (name, order, 115.0, 29.0 - at)
        for name, span in zip(belt.SHAPES, ends, strict=True)
        for order, at in enumerate(span)
    ]
    return pd.DataFrame(rows, columns=["line", "order", "lon", "lat"])


def test_blt_001_axis_with_a_gap_or_a_missing_part():
    limits = rules.load_rules("belt", as_of=DAY)
    degrees = limits.value("BELT-GAP") / 110.8  # km of one degree of latitude at 28 N
    assert belt.axis(axis_table(0.99 * degrees), rules=limits).length_km > 300
    torn = refused("BLT-001", lambda: belt.axis(axis_table(1.01 * degrees), rules=limits))
    assert torn.said["line"] == belt.SHAPES[1]
    short = axis_table(0.0)
    short = short[short["line"] != belt.SHAPES[2]]
    assert (
        refused("BLT-001", lambda: belt.axis(short, rules=limits)).said["line"] == (belt.SHAPES[2])
    )


def layer(keys: list[object]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"id": range(len(keys)), "kind": keys}, geometry=[WEST] * len(keys))


def test_lyr_001_class_without_legend():
    spec = LayerSpec(
        id="ground",
        title="t",
        geometry="polygon",
        column="kind",
        classes=(LayerClass("a", "a", Symbol()),),
        source="s",
    )
    assert [row.count for row in spec.bind(layer(["a", "a"])).legend] == [2]
    error = refused("LYR-001", lambda: spec.bind(layer(["a", "b", "a", "c"])))
    assert error.rows == (1, 3)
    assert error.said["classes"] == "b, c"


def raster(path: Path, **profile: object) -> Path:
    given = {"dtype": "uint8", "crs": "EPSG:4490"} | profile
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=2,
        height=2,
        count=1,
        transform=from_origin(115.0, 28.0, 0.01, 0.01),
        **given,
    ) as out:
        out.write(np.ones((2, 2), given["dtype"]), 1)
    return path


@pytest.mark.parametrize(
    ("profile", "code"),
    [
        ({}, None),
        ({"dtype": "uint16"}, None),
        ({"crs": "EPSG:4326"}, None),
        ({"dtype": "int32"}, "RAS-006"),
        ({"dtype": "float32"}, "RAS-006"),
        ({"crs": None}, "RAS-004"),
        ({"crs": "EPSG:4610"}, "RAS-005"),
    ],
)
def test_rasters_that_hold_no_classes(tmp_path: Path, profile, code):
    path = raster(tmp_path / "a.tif", **profile)
    units = gpd.GeoDataFrame(geometry=[shapely.box(115.0, 27.98, 115.02, 28.0)], crs=4490)
    if code is None:
        assert class_areas(path, units).cells.to_numpy().tolist() == [[4]]
    else:
        assert refused(code, lambda: class_areas(path, units)).said["name"] == "a.tif"


RULE = """[[rule]]
id = "X-1"
value = 2.0
unit = "years"
title_zh = "期限"
title_en = "term"
article = "条"
article_en = "article"
status = "default"
source = ""
"""


@pytest.mark.parametrize(
    ("text", "key", "good"),
    [
        (RULE, "X-1", True),
        (RULE, "X-2", False),
        (RULE + "valid_from = 2026-01-02\n", "X-1", False),
        (RULE + "valid_from = 2026-01-01\n", "X-1", True),
        (RULE + "valid_to = 2025-12-31\n", "X-1", False),
        (RULE + RULE, "X-1", False),
        (RULE + "valid_to = 2025-12-31\n" + RULE + "valid_from = 2026-01-01\n", "X-1", True),
        (RULE + "valid_to = 2026-01-01\n" + RULE + "valid_from = 2026-01-01\n", "X-1", False),
    ],
)
def test_rul_001_rules_of_a_file(tmp_path: Path, monkeypatch, text: str, key: str, good: bool):  # noqa: FBT001
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "mine.toml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(rules, "DATA", tmp_path)

    def act() -> float:
        return rules.load_rules("mine", as_of=DAY).value(key)

    if good:
        assert act() == 2.0
    else:
        assert refused("RUL-001", act).said == {"rule": key}


@pytest.mark.parametrize("value", ["many", "12-", "1e3"])
def test_tgt_001_targets_without_a_readable_value(value: str):
    table = reference.table("targets")
    assert len(targets.parse_targets(table)) == len(table)
    which = table.index[table["value"].str.fullmatch(r"\d+")][0]
    broken = table.assign(value=table["value"].mask(table.index == which, value))
    assert refused("TGT-001", lambda: targets.parse_targets(broken)).rows == (
        table.loc[which, "target_id"],
    )


PO = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "a.b"\nmsgstr "{}"\n'


@pytest.mark.parametrize(
    ("files", "key", "good"),
    [
        ({"a.po": PO.format("文")}, "a.b", True),
        ({"a.po": PO.format("文")}, "a.c", False),
        ({"a.po": PO.format("")}, "a.b", False),
        ({"a.po": PO.format("文"), "b.po": PO.format("字")}, "a.b", False),
    ],
)
def test_txt_001_texts_of_the_interface(tmp_path: Path, monkeypatch, files, key, good: bool):  # noqa: FBT001
    (tmp_path / "en").mkdir()
    for name, text in files.items():
        (tmp_path / "en" / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(i18n, "LOCALE", tmp_path)
    i18n.translator.cache_clear()
    try:
        if good:
            assert i18n.translator("en")(key) == "文"
        else:
            error = refused("TXT-001", lambda: i18n.translator.__wrapped__("en")(key))
            assert error.said == {"key": key, "language": "en"}
    finally:
        i18n.translator.cache_clear()


def ganyuan(*args: str, root: Path) -> subprocess.CompletedProcess[str]:
    """Run the command as the shell does."""
    return subprocess.run(
        [sys.executable, "-m", "cli", *args, "--store", str(root)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )


def test_cli_010_analysis_of_an_empty_store(tmp_path: Path):
    root = tmp_path / "store"
    Store(root)
    empty = ganyuan("idle", root=root)
    assert empty.returncode == command.EXIT_REFUSED
    assert empty.stderr.startswith("[CLI-010] ")
    assert "Traceback" not in empty.stderr
    Store(root).commit("land", parcels(1), kind="parcels", viewer=Viewer("ann"), reason="first")
    assert ganyuan("idle", root=root).returncode == command.EXIT_FINE


def test_gen_000_an_error_without_a_code_of_its_own():
    error = GanyuanError("the moon is in the way")
    told = refused("GEN-000", lambda: (_ for _ in ()).throw(error))
    assert "the moon is in the way" in told.zh
    assert "the moon is in the way" in told.en


def test_explain_falls_back_on_the_message_of_an_unknown_code():
    class StrayError(GanyuanError):
        code = "ZZZ-999"

    assert "ZZZ-999" not in catalogue()
    assert explain(StrayError("as it is"), "zh_CN") == "as it is"


class _StrangeError(GanyuanError):
    """An error whose class takes other arguments than the base."""

    code = "GEN-000"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is strange", rows=[3], values={"name": name})


@pytest.mark.parametrize(
    "error", [GanyuanError("cut", rows=(1, 2), values={"n": 2}), _StrangeError("x")]
)
def test_an_error_of_another_process_says_the_same_here(error):
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - written here
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert vars(copy) == vars(error)
