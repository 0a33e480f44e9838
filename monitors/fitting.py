"""A team's own forecasts: fitted to the finished posts of each source that has enough, kept beside the settings."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from models.calibration import ENOUGH_POSTS
from models.training.own_growth import Fitted, Progress, TooFew, fit_own
from models.training.spread.sets import Followed
from monitors import own_models
from monitors.errors import BadSettings
from monitors.ledger import finished
from monitors.ledger.engine import Ledger
from monitors.own_models import VIRALITY, LearntFrom, OfSource, OwnModel


@dataclass(frozen=True, slots=True)
class Order:
    """What to fit: these sources, by posts since a time; ``sizes`` are those whose chances are checked."""

    name: str
    sources: Sequence[str]
    since: datetime
    sizes: Sequence[int]


def fit_virality(order: Order, ledger: Ledger, home: Path, now: datetime, heard: Progress) -> OwnModel:
    """Fit every source that has enough finished posts, and keep the models in ``home``.

    ``BadSettings`` says what is missing. Whatever stops it, no half model is left behind.
    """
    with own_models.making(home, order.name, option="--out") as folder:
        fitted, left_out = [], []
        for number, source in enumerate(order.sources):
            try:
                fitted.append(_fit(source, number, order, folder, _Reading(ledger, now, heard)))
            except TooFew as error:
                left_out.append(f"{source}: {error}")
        if not fitted:
            remedy = f"A source needs {ENOUGH_POSTS} posts that were read again a day after they were written."
            raise BadSettings("nothing can be fitted yet; " + "; ".join(left_out), remedy=remedy)
        model = OwnModel(
            name=order.name,
            task=VIRALITY,
            kind="growth",
            base="snapshots",
            trained_at=now,
            learnt_from=[LearntFrom(name=one.name, texts=one.posts) for one in fitted],
            sources=fitted,
        )
        own_models.write(folder, model)
    return model


@dataclass(frozen=True, slots=True)
class _Reading:
    ledger: Ledger
    now: datetime
    heard: Progress


def _fit(source: str, number: int, order: Order, folder: Path, reading: _Reading) -> OfSource:
    def heard(doing: str, share: float) -> None:
        reading.heard(f"{source}: {doing}", share)

    posts, newest = [], order.since
    for followed, at in _followed(source, order.since, reading):
        posts.append(followed)
        newest = at
        if len(posts) % finished.PAGE == 0:
            heard(f"{len(posts)} posts", 0.3 * ((at - order.since) / (reading.now - order.since)))
    fitted: Fitted = fit_own(posts, order.sizes, lambda doing, share: heard(doing, 0.3 + 0.7 * share))
    file = f"growth-{number}.npz"
    (folder / file).write_bytes(fitted.content)
    return OfSource(
        name=source,
        file=file,
        sha256=hashlib.sha256(fitted.content).hexdigest(),
        posts=fitted.posts,
        held=fitted.held,
        learnt_until=newest,
        before=fitted.before,
        after=fitted.after,
        reliability=fitted.reliability,
    )


def _followed(source: str, since: datetime, reading: _Reading) -> Iterator[tuple[Followed, datetime]]:
    for one in finished.of_source(reading.ledger, source, since, reading.now - finished.DAY):
        yield Followed(one.author, one.polls, one.final), one.created_at
