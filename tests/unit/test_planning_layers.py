"""Layers of belt and consolidation: words for every class, the manners of the look, charts."""

from __future__ import annotations

import altair as alt
import geopandas as gpd
import pandas as pd
import pytest
import shapely

from domain.i18n import LANGUAGES, translator
from layers.catalogue import belt, consolidation
from layers.palette import ACCENT
from layers.spec import UnknownClassError
from views.charts import bars, styled

SPECS = [
    belt.belt_axis(),
    belt.belt_stations(),
    belt.belt_members(),
    belt.belt_counties(),
    belt.belt_places(),
    consolidation.candidates_links(),
    consolidation.candidates_zones(),
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.id)
def test_every_layer_has_words_in_both_languages(spec, language):
    t = translator(language)
    keys = [spec.title, spec.source, *(c.label for c in spec.classes)]
    keys += [field.label for field in spec.fields]
    assert [key for key in keys if key not in t] == []


def test_ids_are_unique():
    assert len({spec.id for spec in SPECS}) == len(SPECS)


def test_the_axis_is_three_pixels_in_the_accent():
    symbol = belt.belt_axis().classes[0].symbol
    assert (symbol.stroke, symbol.weight, symbol.fill) == (ACCENT, 3.0, None)


@pytest.mark.parametrize(
    ("spec", "key"),
    [
        (belt.belt_stations(), "proxy"),
        (belt.belt_counties(), "off_axis_cluster"),
        (consolidation.candidates_links(), "existing"),
    ],
)
def test_what_stands_in_is_dashed(spec, key):
    dashed = {c.key: bool(c.symbol.dash) for c in spec.classes}
    assert dashed[key]
    assert not all(dashed.values())


def test_an_unknown_role_is_refused():
    frame = gpd.GeoDataFrame(
        {"key": ["1"], "name_zh": ["x"], "role_group": ["capital"]},
        geometry=[shapely.box(115, 26, 116, 27)],
        crs=4490,
    )
    with pytest.raises(UnknownClassError):
        belt.belt_members().bind(frame)


def test_bars_begin_at_zero_and_wear_the_style_of_the_product():
    frame = pd.DataFrame({"name": ["a", "b"], "value": [1.0, 2.0]})
    chart = bars(frame, value="value", category="name", value_title="v")
    spec = styled(chart).to_dict()
    assert spec["layer"][0]["encoding"]["x"]["scale"]["zero"] is True
    assert "Noto Sans SC" in spec["config"]["font"]
    assert spec["config"]["bar"]["color"] == ACCENT
    assert chart.config is alt.Undefined
