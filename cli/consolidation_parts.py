"""What ``ganyuan consolidate`` can add to its list: robustness, a plan, a pair before and after."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import pandas as pd

from analytics.consolidation import plan as consolidation_plan
from analytics.consolidation import robust as consolidation_robust
from analytics.consolidation import whatif as consolidation_whatif
from analytics.consolidation.task import Conditions, Goal, Pair, PlanInputError, task
from domain import boundaries
from domain.boundaries import UnknownPlaceError
from domain.rules import RuleSet


def robustness(
    pairs: pd.DataFrame, rules: RuleSet, *, demonstration: bool
) -> dict[str, pd.DataFrame]:
    """Standing of every ranked pair, and how far each weight must move.

    Args:
        pairs: Candidates of the province.
        rules: The rules ``consolidation``.
        demonstration: Demonstration figures are counted.

    Returns:
        ``pairs`` and ``moves``.
    """
    told, moves = consolidation_robust.standings(pairs, rules=rules, demonstration=demonstration)
    return {"pairs": told, "moves": moves}


def plan(
    pairs: pd.DataFrame, facts: pd.DataFrame, conditions: Conditions, rules: RuleSet
) -> tuple[dict[str, Any], dict[str, pd.DataFrame]]:
    """The best plan.

    Args:
        pairs: Candidates of the place.
        facts: :func:`analytics.consolidation.whatif.figures` of its zones.
        conditions: What is asked for.
        rules: The rules ``consolidation``.

    Returns:
        Single figures, and tables: ``pairs``, ``goals`` (value, bound, gap), ``conflicts``,
        ``not_known``.

    Raises:
        PlanInputError: A condition cannot be used.
    """
    found = consolidation_plan.solve(task(pairs, facts, conditions, rules=rules), rules=rules)
    single = {
        "outcome": found.outcome,
        "left_out": found.left_out,
        "measures": found.measures.astype(object).where(found.measures.notna(), None).to_dict(),
        "blocks": found.blocks,
    }
    tables = {
        "pairs": found.pairs[["host_id", "absorbed_id", "form", "score", "rank"]],
        "goals": found.goals.reset_index(),
        "conflicts": found.conflicts,
        "not_known": found.unknown,
    }
    return single, tables


def what_if(pair: Pair, facts: pd.DataFrame, rules: RuleSet) -> dict[str, pd.DataFrame]:
    """A pair before and after: ``figures`` and ``targets``; what is missing is null.

    Raises:
        PlanInputError: A zone is not listed.
    """
    unlisted = [zone for zone in pair if zone not in facts.index]
    if unlisted:
        named = ", ".join(unlisted)
        raise PlanInputError(
            f"conditions that cannot be used: {named}; choose among the listed zones",
            values={"detail": named},
        )
    card = consolidation_whatif.card(pair[0], [pair[1]], facts, rules=rules)
    figures = card.figures.rename_axis("figure").reset_index()
    return {"figures": figures, "targets": card.targets}


def pair_of(text: str) -> Pair:
    """``host>absorbed`` as a pair.

    Raises:
        PlanInputError: It is no pair.
    """
    host, _, absorbed = text.partition(">")
    if not host or not absorbed:
        raise PlanInputError(
            f"conditions that cannot be used: {text}; write host>absorbed",
            values={"detail": text},
        )
    return host, absorbed


def conditions(  # noqa: PLR0913 - each argument is a wish of its own
    goals: Sequence[str],
    *,
    per_host: int | None = None,
    lock: Sequence[str] | None = None,
    forbid: Sequence[str] | None = None,
    trust: Sequence[str] | None = None,
    share: Sequence[str] | None = None,
    across: bool = False,
    national: bool = False,
    bar: Sequence[str] | None = None,
    admit: Sequence[str] | None = None,
) -> Conditions:
    """What a plan is asked for; unknown goals are refused by the plan.

    Args:
        goals: In the order of their importance.
        per_host: Zones that a host takes at most; None for the value of the rules.
        lock: Pairs ``host>absorbed`` that must be chosen.
        forbid: Pairs that must not.
        trust: Pairs that are held in trust.
        share: ``prefecture=share`` by name or code, shares between 0 and 1.
        across: Pairs across prefectures may be chosen.
        national: Only national zones may be hosts.
        bar: Zones that may not be hosts, with a reason behind ``=`` or without one.
        admit: Zones that may be hosts although level or an open case would bar them.

    Raises:
        PlanInputError: A pair or a share cannot be read.
    """
    locked, forbidden, trustees = (
        frozenset(map(pair_of, named or [])) for named in (lock, forbid, trust)
    )
    return Conditions(
        goals=cast("tuple[Goal, ...]", tuple(goals)),
        per_host=per_host,
        same_prefecture=not across,
        national_hosts=national,
        barred_hosts=frozenset(reasons_of(bar)),
        admitted_hosts=frozenset(reasons_of(admit)),
        locked=locked,
        forbidden=forbidden,
        trustees=trustees,
        shares=dict(map(share_of, share or [])),
    )


def reasons_of(named: Sequence[str] | None) -> dict[str, str]:
    """Zones with their reasons from ``zone=reason``; an empty reason where none is given."""
    parts = (text.partition("=") for text in named or [])
    return {zone.strip(): reason.strip() for zone, _, reason in parts}


def share_of(text: str) -> tuple[str, float]:
    """``prefecture=share`` as code and number.

    Raises:
        PlanInputError: It is no prefecture with a share.
    """
    place, _, number = text.partition("=")
    try:
        return boundaries.adcode_of(place.strip()), float(number)
    except (ValueError, UnknownPlaceError) as error:
        raise PlanInputError(
            f"conditions that cannot be used: {text}; write prefecture=0.3",
            values={"detail": text},
        ) from error
