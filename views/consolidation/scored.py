"""Pairs with their scores: the terms are kept, so that moving a weight only weighs them again."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Final

import pandas as pd
from cachetools import LRUCache

from analytics.consolidation import candidates as consolidation
from domain import digests
from domain.rules import RuleSet

_KEPT: Final = 8
_WEIGHT: Final = "CON-W-"

Key = tuple[object, ...]
_termed: LRUCache[Key, pd.DataFrame] = LRUCache(_KEPT)
_working = threading.Lock()


def scored(
    inputs: consolidation.Inputs,
    *,
    as_of: dt.date,
    rules: RuleSet,
    counted: bool = False,
    replay: bool = False,
) -> pd.DataFrame:
    """:func:`analytics.consolidation.candidates.candidates`, weighed from terms that are kept.

    Args:
        inputs: What the score rests on; the tables that ship with the product stay as they are.
        as_of: The day that is judged.
        rules: The rules after the sliders.
        counted: Demonstration figures are counted.
        replay: Zones that are linked today are admitted as absorbed ones.
    """
    others = tuple((r.id, r.value) for r in rules.values() if not r.id.startswith(_WEIGHT))
    frames = (inputs.evidence, inputs.outlines, inputs.areas, inputs.roads)
    told = tuple(None if one is None else digests.of_frame(one) for one in frames)
    key = (told, inputs.lifted, as_of, others, counted, replay)
    with _working:
        pairs = _termed.get(key)
        if pairs is None:
            pairs = _termed[key] = consolidation.termed(
                inputs, as_of=as_of, rules=rules, demonstration=counted, replay=replay
            )
    return consolidation.rescore(pairs, rules=rules, demonstration=counted)
