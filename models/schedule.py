"""When a post is read again: often while it is young and risky, then less and less, for as long as it is kept.

Each look is planned from the age at which the one before it took place. A look that comes late thus moves those after
it, and never makes two of them fall together. Old posts are read for what their authors take back: a deletion at the
source has to be found however late it comes.

What customers and our accounts say to each other is read by a schedule of its own: it is of use while it is new,
however old the post is that began it.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WEEK = timedelta(days=7)

RISKY = 15.0
"""Risk, 0 to 100, from which a post is read seven times in its first hour; a plain complaint of some harm has it."""

MATTERS = 5.0
"""Risk from which a post is read four times in its first hour; small talk is below."""

UNJUDGED = MATTERS
"""The risk to reckon with until a post was judged."""

FRESH = HOUR
"""Up to this age the counts of a risky post are urgent: a forecast needs three looks in the first hour."""

SETTLED = WEEK
"""From this age on new counts change no decision."""

YOUTH = ((HOUR, 16.0), (timedelta(hours=6), 4.0), (DAY, 1.0), (WEEK, 0.1))
"""A look is worth the risk times this, by the age of the post; later on times ``AGED``."""

AGED = 0.01

BEFORE_MIDNIGHT = timedelta(minutes=10)
"""A look that is to be on this day is planned no later than so long before its end, as it may come late."""

TALKING = timedelta(minutes=2)
"""How long to wait at least before a conversation is read again: an answer may be due in a quarter of an hour."""

ASIDE = timedelta(minutes=10)
"""The same of what others complained of than the one for whom a clock runs."""

# Up to which age how long to wait, in minutes: on time these are looks at 2, 5, 10, 20, 30, 45 and 60 minutes.
_RISKY = ((2, 2), (5, 3), (10, 5), (30, 10), (60, 15))
_ORDINARY = ((5, 5), (15, 10), (30, 15), (60, 20))
_LEAST = timedelta(minutes=30)


def next_look(age: timedelta, risk: float) -> timedelta:
    """How long to wait before the next look at a post of that age; ``risk`` is 0 to 100.

    After the first hour the wait grows with the age: an ordinary post is read each time its age has doubled, the most
    risky ones three times as often, small talk less. It is a day at most in the first week, and a week from then on.
    """
    age = max(age, timedelta(0))
    if age >= WEEK:
        return WEEK
    if risk < MATTERS:
        return min(max(_LEAST, 2 * age), DAY)
    early = _step(_RISKY if risk >= RISKY else _ORDINARY, age)
    if early is not None:
        return early
    return min(age / (1 + 2 * min(risk, 100.0) / 100) if risk >= RISKY else age, DAY)


def next_reading(quiet: timedelta, least: timedelta = TALKING) -> timedelta:
    """How long to wait before a conversation is read again in which nobody has said anything for so long.

    It is a tenth of the silence, ``least`` at least, and an hour at most until it has lasted for a week; then a day.
    """
    return min(max(least, quiet / 10), HOUR) if quiet < WEEK else DAY


def is_urgent(age: timedelta, risk: float) -> bool:
    """Whether a look may take what is kept from others: the post is risky, and in its first hour."""
    return risk >= RISKY and age < FRESH


def before_midnight(now: datetime, planned: datetime) -> datetime:
    """Move a look from soon after the next midnight UTC to as long before it, where the first of a day is paid for.

    ``now`` is when the post was read and paid for. The wait becomes shorter by half at most; both times are aware.
    """
    midnight = datetime.combine(now.astimezone(UTC).date() + DAY, time(), UTC)
    moved = midnight - max(planned - midnight, BEFORE_MIDNIGHT)
    return moved if moved < planned and moved - now >= (planned - now) / 2 else planned


def _step(steps: Sequence[tuple[int, int]], age: timedelta) -> timedelta | None:
    return next((timedelta(minutes=wait) for until, wait in steps if age < timedelta(minutes=until)), None)
