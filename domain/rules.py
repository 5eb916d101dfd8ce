"""Thresholds as data: every number of a law or a product default, with article and certainty.

One TOML file per subject under ``data/rules``; a rule id may occur several times with adjoining
periods of validity.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from domain.paths import DATA
from geo.errors import GanyuanError

Status = Literal["sourced", "recalled", "default"]


class RuleError(GanyuanError):
    """A rule is absent, not in force, or given twice for one day."""

    code = "RUL-001"


class Rule(BaseModel):
    """One threshold.

    Attributes:
        id: Stable name (``IDLE-A1``), printed beside every result that used it.
        value: The number.
        unit: Unit of ``value`` (``years``, ``ratio``, ``days``, ``km`` ...).
        title_zh: What it decides, in Chinese.
        title_en: The same in English.
        article: Legal basis in Chinese, or who set the default.
        article_en: The same in English.
        status: ``sourced`` from a text that was read, ``recalled`` from memory, or a product
            ``default``; the last two are marked wherever the rule is shown.
        source: Where the text was read.
        valid_from: First day in force; None means without a known beginning.
        valid_to: Last day in force; None means open.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    value: float
    unit: str
    title_zh: str
    title_en: str
    article: str
    article_en: str
    status: Status
    source: str = ""
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None

    def in_force(self, day: dt.date) -> bool:
        """Whether the rule is in force on ``day``."""
        after = self.valid_from is None or day >= self.valid_from
        return after and (self.valid_to is None or day <= self.valid_to)


class RuleSet(Mapping[str, Rule]):
    """The rules of one subject that are in force on one day, by id."""

    def __init__(self, rules: list[Rule]) -> None:
        self._rules: dict[str, Rule] = {}
        for rule in rules:
            if rule.id in self._rules:
                raise RuleError(
                    f"rule {rule.id} is given twice for one day", values={"rule": rule.id}
                )
            self._rules[rule.id] = rule

    def __getitem__(self, key: str) -> Rule:
        return self._rules[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rules)

    def __len__(self) -> int:
        return len(self._rules)

    def rule(self, key: str) -> Rule:
        """One rule.

        Raises:
            RuleError: No rule of this id is in force.
        """
        if key not in self._rules:
            raise RuleError(
                f"no rule {key} is in force; add it to data/rules", values={"rule": key}
            )
        return self._rules[key]

    def value(self, key: str) -> float:
        """The number of one rule.

        Raises:
            RuleError: The rule is absent.
        """
        return self.rule(key).value


@cache
def _read(path: Path) -> tuple[Rule, ...]:
    with path.open("rb") as f:
        raw = tomllib.load(f)
    return tuple(Rule(**row) for row in raw["rule"])


def load_rules(subject: str, *, as_of: dt.date) -> RuleSet:
    """Rules of ``data/rules/<subject>.toml`` that are in force on a day.

    Raises:
        FileNotFoundError: There is no such subject.
        RuleError: Two rules of one id are in force on ``as_of``.
    """
    rules = _read(DATA / "rules" / f"{subject}.toml")
    return RuleSet([rule for rule in rules if rule.in_force(as_of)])


def subjects() -> list[str]:
    """Names of the rule files that ship with the product."""
    return sorted(path.stem for path in (DATA / "rules").glob("*.toml"))
