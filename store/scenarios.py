"""Saved scenarios: choices with a name; every state of them is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, func, insert, select

from store.base import StoreBase, checked_reason, note_act
from store.engine import reading, writing
from store.errors import ScenarioError, StoreError
from store.model import ScenarioRow
from store.states import Last, check_follows
from store.types import Scenario, Viewer

_LONGEST: Final = 80
"""Characters of a name."""
_SUBJECT: Final = 120  # what the trail has room for


@dataclass(frozen=True)
class Keeping:
    """How what is kept under a name is called.

    Attributes:
        what: In a refusal.
        action: On the trail.
        refused: Makes the refusal from the name and what is wrong.
    """

    what: str
    action: str
    refused: Callable[[str, str], StoreError]


class ScenarioStore(StoreBase):
    """The part of the store that keeps scenarios."""

    def put_scenario(
        self,
        kind: str,
        name: str,
        content: Mapping[str, Any],
        *,
        prefectures: Iterable[str],
        viewer: Viewer,
        reason: str,
        demonstration: bool = False,
        number: int | None = None,
    ) -> Scenario:
        """Save a scenario, or a further state of one.

        Args:
            kind: What it is about, ``consolidation``.
            name: Its name, unique among its kind; 1 to 80 characters.
            content: Choices and results as JSON.
            prefectures: Codes of the prefectures that it concerns.
            viewer: Who saves it.
            reason: Why; required.
            demonstration: It rests on invented figures.
            number: State that was read, to change it (a withdrawn one comes back so); None for a
                new scenario.

        Returns:
            The scenario as it now stands.

        Raises:
            ScenarioError: The name does not serve, or a new scenario stands already.
            StaleVersionError: The scenario was changed after it was read.
            OutOfScopeError: It concerns a prefecture that is not the viewer's.
            StoreBusyError: Another writer kept the catalogue locked.
        """
        fields = {
            "content": dict(content),
            "prefectures": sorted(set(prefectures)),
            "demonstration": demonstration,
            "withdrawn": False,
        }
        return self._add_scenario(kind, name, fields, viewer, reason, number)

    def withdraw_scenario(
        self, kind: str, name: str, *, viewer: Viewer, reason: str, number: int
    ) -> Scenario:
        """Take a scenario off the list; all its states are kept.

        Args:
            kind: What it is about.
            name: Its name.
            viewer: Who withdraws it.
            reason: Why; required.
            number: State that was read.

        Raises:
            ScenarioError: There is no such scenario, or it is withdrawn already.
            StaleVersionError: The scenario was changed after it was read.
            OutOfScopeError: It concerns a prefecture that is not the viewer's.
        """
        return self._add_scenario(kind, name, {"withdrawn": True}, viewer, reason, number)

    def scenarios(
        self, kind: str, viewer: Viewer, *, include_withdrawn: bool = False
    ) -> list[Scenario]:
        """Scenarios as they stand, by name; those of the viewer's prefectures alone.

        Args:
            kind: What they are about.
            viewer: Who asks.
            include_withdrawn: Also those that have been withdrawn.
        """
        row = ScenarioRow
        last = (
            select(row.name, func.max(row.number).label("number"))
            .where(row.kind == kind)
            .group_by(row.name)
            .subquery()
        )
        query = (
            select(row.__table__)
            .join(last, (last.c.name == row.name) & (last.c.number == row.number))
            .where(row.kind == kind)
            .order_by(row.name)
        )
        found = self._seen_scenarios(query, viewer)
        return [one for one in found if include_withdrawn or not one.withdrawn]

    def scenario_history(self, kind: str, name: str, viewer: Viewer) -> list[Scenario]:
        """Every state of a scenario, newest first; empty where there is none for the viewer."""
        row = ScenarioRow
        query = (
            select(row.__table__)
            .where(row.kind == kind, row.name == name)
            .order_by(row.number.desc())
        )
        return self._seen_scenarios(query, viewer)

    def _add_scenario(
        self,
        kind: str,
        name: str,
        fields: dict[str, Any],
        viewer: Viewer,
        reason: str,
        number: int | None,
        keeping: Keeping | None = None,
    ) -> Scenario:
        """Write a further state of a scenario, or of what else is kept in states under a name."""
        keeping = keeping or _KEPT
        reason, name = checked_reason(reason), _checked(name, keeping)
        with writing(self._engine) as connection:
            before = _last(connection, kind, name)
            check_follows(
                _state(before),
                number,
                what=keeping.what,
                name=name,
                refused=keeping.refused,
                withdraws=bool(fields["withdrawn"]),
            )
            at = self._moment(connection)
            row = {
                **(before or {}),
                **fields,
                "kind": kind, "name": name,
                "number": 1 if before is None else before["number"] + 1,
                "saved_by": viewer.name, "saved_at": at, "reason": reason,
            }  # fmt: skip
            viewer.require([*row["prefectures"], *(before["prefectures"] if before else [])])
            connection.execute(insert(ScenarioRow).values(**row))
            note_act(
                connection,
                at=at,
                viewer=viewer,
                action=keeping.action,
                subject=f"{kind}:{name}"[:_SUBJECT],
                reason=reason,
                prefectures=row["prefectures"],
                rows_before=int(before is not None and not before["withdrawn"]),
                rows_after=int(not row["withdrawn"]),
                sha256=None,
            )
        return Scenario(**row)

    def _seen_scenarios(self, query: Any, viewer: Viewer) -> list[Scenario]:  # noqa: ANN401 - select
        with reading(self._engine) as connection:
            rows = [dict(row) for row in connection.execute(query).mappings()]
        return [Scenario(**row) for row in rows if all(map(viewer.sees, row["prefectures"]))]


def _checked(name: str, keeping: Keeping) -> str:
    """The name of a scenario that may be kept."""
    text = name.strip()
    if not 0 < len(text) <= _LONGEST or not text.isprintable():
        raise keeping.refused(text, f"1 to {_LONGEST} printable characters")
    return text


def _refused(name: str, detail: str) -> ScenarioError:
    return ScenarioError(f"scenario {name!r}: {detail}", values={"name": name, "detail": detail})


_KEPT: Final = Keeping("scenario", "scenario", _refused)


def _last(connection: Connection, kind: str, name: str) -> dict[str, Any] | None:
    row = ScenarioRow
    query = (
        select(row.__table__)
        .where(row.kind == kind, row.name == name)
        .order_by(row.number.desc())
        .limit(1)
    )
    found = connection.execute(query).mappings().first()
    return None if found is None else dict(found)


def _state(row: dict[str, Any] | None) -> Last | None:
    if row is None:
        return None
    record = {"changed_by": row["saved_by"], "changed_at": row["saved_at"]}
    return Last(row["number"], row["withdrawn"], record)
