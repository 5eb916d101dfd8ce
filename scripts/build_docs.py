"""Write the reference pages of ``docs/reference`` from the data that the product itself reads.

Run ``make docs``; a test compares the pages with their data.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import typer

from domain.issues import catalogue
from domain.rules import load_rules, subjects
from domain.schema import KINDS, columns, computed, is_spatial
from scripts.idle_clock import drawing
from settings import Settings

TARGET = Path(__file__).resolve().parent.parent / "docs" / "reference"
NOTE = "Written by `make docs` from {source}; edit that instead.\n"
RULES_DAY = dt.date(2026, 11, 23)
"""Day on which the listed rules are in force."""


def main() -> None:
    """Write every page."""
    TARGET.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (TARGET / name).write_text(text, encoding="utf-8")


def pages() -> dict[str, str]:
    """Name and text of every reference page."""
    return {
        "issues.md": _issues(),
        "rules.md": _rules(),
        "kinds.md": _kinds(),
        "settings.md": _settings(),
        "commands.md": _commands(),
        "idle-clock.svg": drawing("en", as_of=RULES_DAY),
        "idle-clock.zh-CN.svg": drawing("zh_CN", as_of=RULES_DAY),
    }


def _table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    heads = list(head)
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    lines += ["| " + " | ".join(_cell(v) for v in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _cell(value: object) -> str:
    return str("" if value is None else value).replace("|", "\\|").replace("\n", " ")


def _issues() -> str:
    rows = (
        (i.code, i.severity, i.actor, i.zh + i.mend_zh, f"{i.en} {i.mend_en}")
        for i in catalogue().values()
    )
    return (
        "# Errors and findings\n\n"
        + NOTE.format(source="`data/issues.csv`")
        + "\n"
        + _table(("code", "severity", "who acts", "中文", "English"), rows)
    )


def _rules() -> str:
    parts = ["# Rules and thresholds\n\n" + NOTE.format(source="`data/rules/*.toml`")]
    for subject in subjects():
        rules = load_rules(subject, as_of=RULES_DAY)
        rows = (
            (r.id, r.title_zh, r.title_en, f"{r.value:g} {r.unit}", r.article, r.status, r.source)
            for r in rules.values()
        )
        head = ("id", "名称", "title", "value", "依据", "certainty", "source")
        parts.append(f"\n## {subject}\n\n" + _table(head, rows))
    return "".join(parts)


def _kinds() -> str:
    parts = ["# Columns of every kind\n\n" + NOTE.format(source="`data/schemas/<kind>.csv`")]
    head = ("column", "中文", "English", "type", "unit", "short code", "required", "synonyms")
    for kind in KINDS:
        rows = (
            (c.column, c.zh, c.en, c.dtype, c.unit, c.code, "yes" if c.required else "",
             "、".join(c.synonyms))
            for c in columns(kind)
        )  # fmt: skip
        parts.append(f"\n## {kind}\n\n" + _table(head, rows))
        if is_spatial(kind):
            parts.append("\nWorked out at ingest: " + ", ".join(computed(kind)) + ".\n")
    return "".join(parts)


def _settings() -> str:
    prefix = Settings.model_config["env_prefix"]
    rows = (
        (f"`{prefix}{name.upper()}`", "" if name == "store" else field.default)
        for name, field in Settings.model_fields.items()
    )
    return (
        "# Settings\n\n"
        + NOTE.format(source="`settings.py`")
        + "\n"
        + _table(("variable", "default"), rows)
    )


def _commands() -> str:
    from cli.main import app  # noqa: PLC0415 - the command line imports every room

    parts = ["# Command line\n\n" + NOTE.format(source="the commands' own help")]
    for name, command in _all_commands("ganyuan", typer.main.get_command(app)):
        summary = (command.help or "").strip().split("\n\n")[0].replace("\n", " ")
        rows = [
            (", ".join(f"`{o}`" for o in p.opts), (p.help or "") if hasattr(p, "help") else "")
            for p in command.params
            if p.name != "help"
        ]
        parts.append(f"\n## {name}\n\n{summary}\n\n" + _table(("argument", "help"), rows))
    return "".join(parts)


def _all_commands(name: str, group: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - click's
    """The commands below a group by their full names, those of inner groups behind the group."""
    for key, command in sorted(group.commands.items()):
        full = f"{name} {key}"
        yield full, command
        if hasattr(command, "commands"):
            yield from _all_commands(full, command)


if __name__ == "__main__":
    main()
