"""News for one person, by the channels that the ledger has of them: nobody else is meant, whoever is on duty."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitors.ledger import outbox, people
from monitors.ledger.engine import Tx
from monitors.pipeline.roster import Roster


@dataclass(frozen=True, slots=True)
class News:
    """What somebody is told of: the kind of message, a key that never repeats, what it says, and of which incident."""

    kind: str
    key: str
    payload: Mapping[str, Any]
    incident_id: int | None = None


def tell(tx: Tx, name: str, news: News, now: datetime) -> bool:
    """Queue news for a person, once for its key; says whether any channel reaches them."""
    person = people.get(tx, name)
    own = Roster((name,), {name: person.channels if person else ()})
    letters = own.letters(name, news.kind, news.key, news.incident_id, news.payload)
    outbox.enqueue(tx, letters, now)
    return bool(letters)
