"""When a post's counts are read again: often while it is young or risky, then less and less, then never."""

from datetime import timedelta

DAY = timedelta(days=1)
STEPS = (
    (timedelta(hours=1), timedelta(minutes=15)),
    (timedelta(hours=6), timedelta(hours=1)),
    (DAY, timedelta(hours=6)),
    (timedelta(days=7), DAY),
)
"""Age up to which a post is read again after each pause; three reads in the first hour are what a forecast needs."""


def next_look(age: timedelta, risk: float) -> timedelta | None:
    """How long to wait before the next look at a post of that age; ``risk`` is 0 to 100. None: do not look again.

    The most risky posts are looked at three times as often.
    """
    for until, pause in STEPS:
        if age < until:
            return pause / (1 + 2 * min(max(risk, 0.0), 100.0) / 100)
    return None
