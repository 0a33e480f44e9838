"""Who is told of a change in the rota: whoever is asked to take a duty, gets one, or has lost one.

What is told of is between two people, so that nobody hears it in their place, and nothing of it is urgent.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from models.rota import Change, ChangeKind
from monitors.ledger import outbox, people
from monitors.ledger.engine import Tx
from monitors.ledger.people import Person, Role
from monitors.ledger.rota import Standing
from monitors.pipeline.roster import Roster


def tell_asked(tx: Tx, change_id: int, change: Change, away: Collection[str], now: datetime) -> None:
    """Tell who is asked, or else everybody who could take the duty and is there then: once for each request."""
    able = [one for one in people.everybody(tx) if one.role is not Role.VIEWER and one.name != change.person]
    asked = [one for one in able if one.name == (change.substitute or one.name)]
    payload = {**_of(change_id, change), "asker": change.person, "anybody": change.substitute is None}
    for one in asked:
        if change.substitute is not None or one.name not in away:
            _queue(tx, one, "swap_asked", f"swap {change_id}", payload, now)


def tell_changed(tx: Tx, one: Standing, actor: str, now: datetime) -> None:
    """Tell whose duty a swap made somebody else's, and whose it is now, but not who did it; somebody besides alike."""
    extra = one.change.kind is ChangeKind.EXTRA
    has, had = (one.change.person, None) if extra else (one.change.substitute, one.change.person)
    _tell(tx, one, {"has": has, "had": had, "by": actor, "back": False}, now)


def tell_undone(tx: Tx, one: Standing, actor: str, now: datetime) -> None:
    """Tell of a change that was taken back: whose the duty is again, and whose it is not, unless they did it.

    Where it was only asked for, that is a no to whoever asked.
    """
    change = one.change
    if change.kind is ChangeKind.ASK:
        asker = people.get(tx, change.person) if change.person != actor else None
        if asker is not None:
            _queue(tx, asker, "swap_refused", f"swap {one.id} refused", {**_of(one.id, change), "by": actor}, now)
    elif change.kind is not ChangeKind.AWAY:
        extra = change.kind is ChangeKind.EXTRA
        has, had = (None, change.person) if extra else (change.person, change.substitute)
        _tell(tx, one, {"has": has, "had": had, "by": actor, "back": True}, now)


def _tell(tx: Tx, one: Standing, said: Mapping[str, Any], now: datetime) -> None:
    for name in (said["has"], said["had"]):
        person = people.get(tx, name) if name and name != said["by"] else None
        if person is not None:
            key = f"swap {one.id} {'back' if said['back'] else 'made'}"
            _queue(tx, person, "duty_changed", key, {**_of(one.id, one.change), **said}, now)


def _of(change_id: int, change: Change) -> dict[str, Any]:
    return {"change": change_id, "begins_at": change.begins.isoformat(), "ends_at": change.ends.isoformat()}


def _queue(tx: Tx, person: Person, kind: str, key: str, payload: Mapping[str, Any], now: datetime) -> None:
    own = Roster((person.name,), {person.name: person.channels})
    outbox.enqueue(tx, own.letters(person.name, kind, key, None, payload), now)
