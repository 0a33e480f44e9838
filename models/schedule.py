"""When a post is read again: often while it is young or risky, then less and less, for as long as it is kept.

Old posts are read for what their authors take back: a deletion at the source has to be found however late it comes.
"""

from datetime import timedelta

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
STEPS = (
    (timedelta(hours=1), timedelta(minutes=15)),
    (timedelta(hours=6), timedelta(hours=1)),
    (DAY, timedelta(hours=6)),
    (WEEK, DAY),
)
"""Age up to which a post is read again after each pause; three reads in the first hour are what a forecast needs."""

FRESH = DAY
"""Up to this age new counts are urgent: they change forecasts."""

SETTLED = WEEK
"""From this age on new counts change no decision."""


def next_look(age: timedelta, risk: float) -> timedelta:
    """How long to wait before the next look at a post of that age, at most a week; ``risk`` is 0 to 100.

    The most risky posts are looked at three times as often.
    """
    pause = next((pause for until, pause in STEPS if age < until), WEEK)
    return pause / (1 + 2 * min(max(risk, 0.0), 100.0) / 100)
