"""Thresholds as data: every number of a law or a product default, with article and certainty.

One TOML file per subject under ``data/rules``; a rule id may occur several times with adjoining
periods of validity.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from domain.paths import DATA
from geo.errors import GanyuanError

Status = Literal["sourced", "recalled", "default"]
_ONE_DAY: Final = dt.timedelta(days=1)


class RuleError(GanyuanError):
    """A rule is absent, not in force, or given twice for one day."""

    code = "RUL-001"


class RuleOverlapError(GanyuanError):
    """Two rows of one rule are in force on one day."""

    code = "RUL-002"


class RuleGapError(GanyuanError):
    """Between two rows of one rule no row is in force."""

    code = "RUL-003"


class RuleFileError(GanyuanError):
    """A rule file cannot be read, or a row ends before it begins."""

    code = "RUL-004"


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
    try:
        with path.open("rb") as f:
            raw = tomllib.load(f)
        return tuple(Rule(**row) for row in raw["rule"])
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValidationError) as error:
        raise _unreadable(path, str(error).splitlines()[0]) from error


def _unreadable(path: Path, reason: str) -> RuleFileError:
    return RuleFileError(
        f"{path.name} cannot be used: {reason}; correct the file",
        values={"file": path.name, "reason": reason},
    )


def load_rules(subject: str, *, as_of: dt.date) -> RuleSet:
    """Rules of ``data/rules/<subject>.toml`` that are in force on a day.

    Raises:
        FileNotFoundError: There is no such subject.
        RuleFileError: The file cannot be read.
        RuleError: Two rules of one id are in force on ``as_of``.
    """
    rules = _read(DATA / "rules" / f"{subject}.toml")
    return RuleSet([rule for rule in rules if rule.in_force(as_of)])


def subjects() -> list[str]:
    """Names of the rule files that ship with the product."""
    return sorted(path.stem for path in (DATA / "rules").glob("*.toml"))


def check_rules(folder: Path = DATA / "rules") -> int:
    """Refuse rule files whose rows of one id overlap in time or leave days without a rule.

    An id may begin and end; between its first and its last day exactly one row is in force.

    Args:
        folder: Where the files ``<subject>.toml`` are.

    Returns:
        Number of rows that were checked.

    Raises:
        RuleFileError: A file cannot be read, or a row ends before it begins.
        RuleOverlapError: Two rows of one id share a day.
        RuleGapError: Days between two rows of one id have no rule.
    """
    count = 0
    for path in sorted(folder.glob("*.toml")):
        rows: dict[str, list[Rule]] = {}
        for rule in _read(path):
            rows.setdefault(rule.id, []).append(rule)
            count += 1
        for same in rows.values():
            _check_periods(path, same)
    return count


def _check_periods(path: Path, rows: list[Rule]) -> None:
    """The rows of one id, one after the other without a day between or twice."""
    rows = sorted(rows, key=lambda rule: rule.valid_from or dt.date.min)
    for rule in rows:
        if (rule.valid_to or dt.date.max) < (rule.valid_from or dt.date.min):
            raise _unreadable(path, f"{rule.id} ends on {rule.valid_to} before it begins")
    for before, after in pairwise(rows):
        last, first = before.valid_to or dt.date.max, after.valid_from or dt.date.min
        if first <= last:
            until = min(last, after.valid_to or dt.date.max)
            raise _at_odds(RuleOverlapError, "is given twice", path, before.id, first, until)
        if first > last + _ONE_DAY:
            since, until = last + _ONE_DAY, first - _ONE_DAY
            raise _at_odds(RuleGapError, "is missing", path, before.id, since, until)


def _at_odds(
    kind: type[GanyuanError], what: str, path: Path, rule: str, since: dt.date, until: dt.date
) -> GanyuanError:
    return kind(
        f"{path.name}: rule {rule} {what} from {since} to {until}; correct its validity",
        values={"file": path.name, "rule": rule, "since": since, "until": until},
    )
