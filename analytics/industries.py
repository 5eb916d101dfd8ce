"""Free words for industries, as zones write them, brought to the sectors of the plan."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pandas as pd

Bools = npt.NDArray[np.bool_]


def sectors(texts: pd.Series, words: pd.DataFrame) -> pd.DataFrame:
    """Which sectors each text names.

    The longest word wins where words overlap (``新能源汽车`` is automotive, not new energy); words
    without a sector are known and deliberately left open (``新材料`` can be anything).

    Args:
        texts: n texts, industries separated by ``;``; missing ones are allowed.
        words: The table ``industry_words`` of :mod:`domain.reference`.

    Returns:
        bool frame on the index of ``texts``, one column for each sector in ``words``.
    """
    ordered = words.sort_values("word", key=lambda column: column.str.len(), ascending=False)
    pattern = re.compile("|".join(re.escape(word) for word in ordered["word"]))
    sector_of = words.dropna(subset=["sector_code"]).set_index("word")["sector_code"].to_dict()
    columns = sorted(set(sector_of.values()))
    found = [
        {sector_of[word] for word in pattern.findall(text) if word in sector_of}
        for text in texts.astype("string").fillna("")
    ]
    hits = {column: [column in sectors for sectors in found] for column in columns}
    return pd.DataFrame(hits, index=texts.index, columns=columns, dtype=bool)


def with_clusters(
    zone_sectors: pd.DataFrame, zone_names: pd.Series, clusters: pd.DataFrame
) -> pd.DataFrame:
    """Add the sectors of the clusters that a zone hosts.

    Args:
        zone_sectors: Result of :func:`sectors` for zones.
        zone_names: ``name_zh`` of the same zones on the same index.
        clusters: The table ``clusters``; ``host_zone`` is spelled as ``name_zh``.

    Returns:
        A new bool frame of the same shape.
    """
    known = clusters[clusters["sector_code"].isin(zone_sectors.columns)]
    hosted = pd.crosstab(known["host_zone"], known["sector_code"]).astype(bool)
    hosted = hosted.reindex(index=zone_names, columns=zone_sectors.columns, fill_value=False)
    return zone_sectors | hosted.to_numpy()


def shared(left: pd.DataFrame, right: pd.DataFrame) -> pd.Series:
    """Names of the sectors that rows of two frames have in common, joined by ``;``.

    Args:
        left: bool frame of n rows.
        right: bool frame of n rows and the same columns; rows are paired by position.

    Returns:
        string Series on the index of ``left``; empty text where nothing is shared.
    """
    both: Bools = left.to_numpy() & right.to_numpy()
    names = left.columns.to_numpy(dtype=object)
    return pd.Series([";".join(names[row]) for row in both], index=left.index, dtype="string")
