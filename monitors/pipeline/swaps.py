"""Who is told of a change in the rota: whoever is asked to take a duty, gets one, or has lost one.

What is told of is between two people, so that nobody hears it in their place, and nothing of it is urgent.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from models.rota import Change, ChangeKind
from monitors.ledger import people
from monitors.ledger.engine import Tx
from monitors.ledger.people import Role
from monitors.ledger.rota import Standing
from monitors.pipeline.personal import News, tell


def tell_asked(tx: Tx, change_id: int, change: Change, away: Collection[str], now: datetime) -> None:
    """Tell who is asked, or else everybody who could take the duty and is there then: once for each request."""
    able = [one for one in people.everybody(tx) if one.role is not Role.VIEWER and one.name != change.person]
    asked = [one for one in able if one.name == (change.substitute or one.name)]
    payload = {**_of(change_id, change), "asker": change.person, "anybody": change.substitute is None}
    for one in asked:
        if change.substitute is not None or one.name not in away:
            tell(tx, one.name, News("swap_asked", f"swap {change_id}", payload), now)


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
        if change.person != actor:
            refused = News("swap_refused", f"swap {one.id} refused", {**_of(one.id, change), "by": actor})
            tell(tx, change.person, refused, now)
    elif change.kind is not ChangeKind.AWAY:
        extra = change.kind is ChangeKind.EXTRA
        has, had = (None, change.person) if extra else (change.person, change.substitute)
        _tell(tx, one, {"has": has, "had": had, "by": actor, "back": True}, now)


def _tell(tx: Tx, one: Standing, said: Mapping[str, Any], now: datetime) -> None:
    for name in (said["has"], said["had"]):
        if name and name != said["by"]:
            key = f"swap {one.id} {'back' if said['back'] else 'made'}"
            tell(tx, name, News("duty_changed", key, {**_of(one.id, one.change), **said}), now)


def _of(change_id: int, change: Change) -> dict[str, Any]:
    return {"change": change_id, "begins_at": change.begins.isoformat(), "ends_at": change.ends.isoformat()}
