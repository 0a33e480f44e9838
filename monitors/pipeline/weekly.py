"""Weekly: on the morning of a set day each reader gets a look back on the week, once.

The message knows only which days it is about; what happened in them is read when it is sent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta, tzinfo

from models.denominator import Against
from models.moments import zone_named
from monitors.ledger import outbox, people, weeks
from monitors.ledger.engine import Ledger, Tx
from monitors.ledger.outbox import Letter
from monitors.pipeline.roster import Roster

WEEK = timedelta(days=7)
LATEST = timedelta(hours=24)
"""Who was off for longer than that after the hour does not get last week's message in the middle of the week."""


@dataclass(frozen=True, slots=True)
class Post:
    """When the look back goes out (``weekday`` 0 is Monday), to whom (empty: all who have a channel)."""

    weekday: int = 0
    at: time = time(8)
    names: Sequence[str] = ()
    against: Mapping[str, Against] = field(default_factory=dict)


def last_morning(now: datetime, zone: tzinfo, when: Post) -> datetime:
    """The last set weekday and hour that has come in a zone (aware, in that zone)."""
    here = now.astimezone(zone)
    day = here.date() - timedelta(days=(here.weekday() - when.weekday) % 7)
    morning = datetime.combine(day, when.at, zone)
    return morning if morning <= here else datetime.combine(day - WEEK, when.at, zone)


def send_weekly(ledger: Ledger, roster: Roster, when: Post, now: datetime) -> int:
    """Queue the look back for everybody whose morning it is; gives to how many. Asking twice sends nothing twice."""
    # It is asked every few seconds and has to say something once a week: a look takes no lock.
    with ledger.read() as tx:
        due = _due(tx, roster, when, now)
    if not due:
        return 0
    with ledger.write() as tx:
        return sum(outbox.enqueue(tx, letters, now) > 0 for letters in due)


def _due(tx: Tx, roster: Roster, when: Post, now: datetime) -> list[list[Letter]]:
    """The letters of everybody whose morning it is and who has none yet, of weeks in which something happened."""
    found: list[list[Letter]] = []
    happened: dict[tuple[datetime, datetime], bool] = {}
    for person in people.everybody(tx):
        if not roster.channels.get(person.name) or (when.names and person.name not in when.names):
            continue
        morning = last_morning(now, zone_named(person.timezone) or roster.duty.zone, when)
        if now - morning >= LATEST:
            continue
        # By the calendar: a week with a clock change has an hour more or less.
        until = datetime.combine(morning.date(), time(), morning.tzinfo)
        since = datetime.combine(morning.date() - WEEK, time(), morning.tzinfo)
        letters = roster.letters(person.name, "weekly", f"weekly {morning.date()}", None, _days(since, until, when))
        if outbox.known(tx, [letter.key for letter in letters]):
            continue
        span = (since.astimezone(UTC), until.astimezone(UTC))
        if span not in happened:
            week = weeks.look_back(tx, *span)
            happened[span] = bool(week.complaints) or not week.is_quiet
        if happened[span]:
            found.append(letters)
    return found


def _days(since: datetime, until: datetime, when: Post) -> dict[str, object]:
    against = {brand: {"what": one.what, "per_day": one.per_day} for brand, one in when.against.items()}
    return {"week_from": since.isoformat(), "week_to": until.isoformat(), "against": against}
