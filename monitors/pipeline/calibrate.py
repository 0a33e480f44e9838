"""Calibrate: weekly, the forecasts that were due of posts that are finished by now meet what became of them.

A model is only checked by posts that it has not learnt from.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice

import structlog

from models.calibration import CHECKED_AGES, Reliability, refit_needed
from models.forecaster import Forecaster, Watched
from monitors.ledger import calibrations, finished
from monitors.ledger.calibrations import Calibration
from monitors.ledger.engine import Ledger
from monitors.ledger.finished import DAY, Finished

EVERY = timedelta(days=7)
LOOKED_BACK = timedelta(days=30)

log = structlog.get_logger()


def calibrate_weekly(
    ledger: Ledger, forecaster: Forecaster, sources: Iterable[str], sizes: Sequence[int], now: datetime
) -> list[Calibration]:
    """Check every source, unless the newest check is younger than a week."""
    with ledger.read() as tx:
        last = calibrations.newest_at(tx)
    return [] if last is not None and now - last < EVERY else calibrate(ledger, forecaster, sources, sizes, now)


def calibrate(
    ledger: Ledger, forecaster: Forecaster, sources: Iterable[str], sizes: Sequence[int], now: datetime
) -> list[Calibration]:
    """Check the posts of the last 30 days at three ages, keep what was found, and warn where a refit is due."""
    unranked = Forecaster(forecaster.own)
    found = []
    for source in sorted(set(sources)):
        own = forecaster.own.get(source)
        since = now - LOOKED_BACK
        if own is not None and own.learnt_until is not None:
            since = max(since, own.learnt_until + datetime.resolution)
        checked = list(_check(finished.of_source(ledger, source, since, now - DAY), unranked, source, sizes))
        found += [
            Calibration(source, age, size, now, forecaster.method(source), one.posts, round(one.error, 4), one.bins)
            for age, size, one in checked
        ]
        if refit_needed((one.error, one.posts) for *_, one in checked):
            error = max(one.error for *_, one in checked)
            log.warning("forecasts do not come true: refit them", source=source, error=round(error, 3))
    with ledger.write() as tx:
        calibrations.write(tx, found)
    return found


def _check(
    posts: Iterable[Finished], forecaster: Forecaster, source: str, sizes: Sequence[int]
) -> Iterator[tuple[int, int, Reliability]]:
    sums: dict[tuple[int, int], Reliability] = defaultdict(Reliability)
    remaining = iter(posts)
    while page := list(islice(remaining, finished.PAGE)):
        for age in CHECKED_AGES:
            seen = [one for one in page if one.polls.ages[0] <= age]
            watched = [
                Watched(
                    source,
                    one.snapshots,
                    one.followers,
                    one.created_at,
                    one.created_at + timedelta(minutes=age),
                    traits=one.polls.traits,
                )
                for one in seen
            ]
            for one, forecast in zip(seen, forecaster.forecasts(watched, sizes), strict=True):
                for size, chance in forecast.thresholds.items():
                    sums[age, size].add(chance, one.final >= size)
    for (age, size), found in sorted(sums.items()):
        yield age, size, found
