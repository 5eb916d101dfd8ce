"""The catalogue of coded errors and findings, read by code, documentation and tests."""

from __future__ import annotations

import csv
from functools import cache
from typing import Literal

from pydantic import BaseModel, ConfigDict

from domain.i18n import Language
from domain.paths import DATA
from geo.errors import GanyuanError

Severity = Literal["error", "warning", "info"]
Actor = Literal["sender", "office", "administrator"]


class Issue(BaseModel):
    """One kind of error or finding.

    Attributes:
        code: Stable identifier.
        severity: ``error`` keeps the row or file out, ``warning`` wants a look, ``info`` tells.
        actor: Who can mend it: the ``sender`` of the file, the ``office`` that imports it, or the
            ``administrator`` of the installation.
        zh: What happened, in Chinese, with ``{placeholders}``.
        en: The same in English.
        mend_zh: What to do next, in Chinese.
        mend_en: The same in English.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    severity: Severity
    actor: Actor
    zh: str
    en: str
    mend_zh: str
    mend_en: str

    def text(self, language: Language, /, **values: object) -> str:
        """What happened and what to do next, as one sentence each."""
        joiner = "" if language == "zh_CN" else " "
        return self.what(language, **values) + joiner + self.mend(language, **values)

    def what(self, language: Language, /, **values: object) -> str:
        """What happened."""
        return (self.zh if language == "zh_CN" else self.en).format_map(_Lenient(values))

    def mend(self, language: Language, /, **values: object) -> str:
        """What to do next."""
        text = self.mend_zh if language == "zh_CN" else self.mend_en
        return text.format_map(_Lenient(values))


class _Lenient(dict[str, object]):
    """Leaves a placeholder visible instead of hiding the whole message."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


@cache
def catalogue() -> dict[str, Issue]:
    """Every issue by code, in the order of ``data/issues.csv``.

    Raises:
        ValueError: A code is given twice.
    """
    issues: dict[str, Issue] = {}
    with (DATA / "issues.csv").open(encoding="utf-8", newline="") as f:
        for row in csv.DictReader(f):
            issue = Issue.model_validate(row)
            if issue.code in issues:
                raise ValueError(f"data/issues.csv: {issue.code} is given twice")
            issues[issue.code] = issue
    return issues


def explain(error: GanyuanError, language: Language) -> str:
    """The catalogue text of an error; its own English message where none is recorded."""
    issue = catalogue().get(error.code)
    if issue is None:
        return error.message
    return issue.text(language, **{"detail": error.message, **error.values})
