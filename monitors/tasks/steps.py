"""What each task does: it opens the house, takes the step that ``kuula run`` takes too, and closes it.

XComs carry names and counts, never posts. What waits in the ledger is the work: a task that died is made good by the
next one, whichever it is.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta

import structlog
from airflow.sdk.exceptions import AirflowSkipException
from airflow.sdk.log import mask_secret

from monitors.bootstrap import Errand, House
from monitors.ledger import sweeps
from monitors.loop import Loop
from monitors.pipeline.collect import collect
from monitors.pipeline.follow import follow_due
from monitors.pipeline.refresh import refresh_due
from monitors.ports import Can
from monitors.settings import load as load_settings
from monitors.sources import load as load_source
from monitors.tasks.policy import as_airflow

# A sweep starts a little after its tick; without this, "every 60 seconds" would be every second tick too late.
EARLY = timedelta(seconds=15)

log = structlog.get_logger()


def plan_collect() -> list[dict[str, str | None]]:
    """Everything that is due to be collected: a source and a brand, or None for all brands at once."""
    with _house() as house:
        with house.ledger.read() as tx:
            tried = {(row.source, row.brand): row.tried_at for row in sweeps.health(tx)}
        return [
            {"source": errand.source, "brand": errand.brand}
            for errand in house.errands()
            if _is_due(house, errand, tried.get((errand.source, errand.brand or sweeps.EVERYTHING)))
        ]


def collect_one(source: str, brand: str | None) -> Mapping[str, int]:
    """Sweep one source for one brand; skipped when it brought nothing, so that nobody is woken for nothing.

    A sweep that brought posts and then met an error succeeds: its posts must be answered now. The error is in the
    ledger, where the page on sources shows it, and the next plan comes back to it.
    """
    with _house() as house:
        errand = Errand(source, brand)
        collected = collect(house.ledger, house.source(source), house.query(errand), house.brands, house.now)
        if collected is None:
            raise AirflowSkipException(f"{source} is being collected already, or has to wait")
        skipped = dict(collected.skipped)
        error = collected.error and str(collected.error)
        log.info("collected", source=source, brand=brand, new=collected.new, skipped=skipped, error=error)
        if collected.new or collected.changed or collected.gone:
            return {"new": collected.new, "changed": collected.changed, "gone": collected.gone}
        if collected.error is not None:
            raise collected.error
        raise AirflowSkipException("nothing new")


def respond() -> None:
    """Score, judge and deliver whatever waits, and what dead workers held."""
    with _house() as house:
        loop = Loop(house)
        loop.begin()
        loop.respond()


def index() -> None:
    """Bring the index up to date; when it is down, posts wait in line and alerts go out all the same."""
    with _house() as house:
        Loop(house).index()


def plan_refresh() -> list[str]:
    """The sources whose posts can be read again, or what is said below them."""
    with _house() as house:
        able = {Can.REFRESH, Can.FOLLOW}
        return sorted(
            {errand.source for errand in house.errands() if able & load_source(house.kind(errand.source)).can}
        )


def refresh_one(source: str) -> Mapping[str, int]:
    """Read the posts of a source again that are due, and what is said below those that people handle.

    Skipped when nothing is due.
    """
    with _house() as house:
        asked, limits = house.source(source), house.limits(source)
        refreshed = refresh_due(house.ledger, asked, house.now, limits=limits)
        followed = follow_due(house.ledger, asked, house.scope, house.now, limits=limits)
        if error := refreshed.error or followed.error:
            raise error
        if refreshed.doubted:
            log.warning("a source says that nearly all is deleted", source=source, kept_for_now=refreshed.doubted)
        if not (refreshed.read or refreshed.gone or followed.read):
            raise AirflowSkipException("no post is due")
        changed = {"read": refreshed.read, "changed": refreshed.changed, "gone": refreshed.gone}
        return {**changed, "said": followed.new}


def guard_once() -> None:
    """Look at every clock, send what has to go out, finish what a respond that died has left, tell other systems."""
    with _house() as house:
        loop = Loop(house)
        loop.guard(house.now())
        loop.begin()
        loop.respond()
        loop.tell()


def notice_bursts() -> int:
    """Look for bursts of every brand; gives how often people are told, which the next guard sends."""
    with _house() as house:
        return Loop(house).notice()


def housekeeping() -> Mapping[str, int]:
    """Forget what is older than the settings allow; once a week, see whether forecasts come true."""
    with _house() as house:
        return dict(Loop(house).keep_house())


def _is_due(house: House, errand: Errand, tried_at: datetime | None) -> bool:
    every = timedelta(seconds=house.settings.sources[errand.source].every_seconds)
    return tried_at is None or house.now() - tried_at >= every - min(EARLY, every / 2)


@contextmanager
def _house() -> Iterator[House]:
    """A configured house for one task; our errors leave it as Airflow's, and its log shows no secret."""
    with as_airflow():
        settings = load_settings(None, os.environ)
        for secret in settings.secrets():
            mask_secret(secret)
        house = House(settings)
        try:
            yield house
        finally:
            house.close()
