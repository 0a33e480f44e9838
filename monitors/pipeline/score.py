"""Score: posts without scores of their present text get them, in the order in which they came in.

A batch on which the models fail is halved until the post that breaks them is alone. That one is set aside: it goes on
without scores, is judged as one that people must read, and is counted among the skips. All others are scored.
"""

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import TypeAlias

import structlog

from models.scores import Scores, missing_scores
from monitors.errors import RetryLater
from monitors.ledger import scoring, setbacks
from monitors.ledger.engine import Ledger
from monitors.ledger.scoring import Unscored, Unstorable
from monitors.ledger.setbacks import Stuck
from monitors.scorers import Scorer, ScoringFailed

LEASE = timedelta(minutes=5)
"""A batch takes seconds: half of this is enough for a machine that scores seven posts a second."""

BATCH = 1000
HARMLESS = "Thank you"
"""Models that fail on this too are broken themselves: no post is to blame."""

log = structlog.get_logger()

Outcome: TypeAlias = Scores | ScoringFailed


def score_all(
    ledger: Ledger, scorer: Scorer, now: Callable[[], datetime], *, limit: int = BATCH
) -> Generator[int, None, None]:
    """Score all that waits, batch by batch; gives how many posts each had.

    While the caller deals with a batch the next one is being scored, so a scorer apart has a core to itself. What was
    claimed and is not finished, because the caller stops or the scores cannot be written, is free again at once.
    """
    _try_again(ledger, scorer)
    held: list[Unscored] = []
    with ThreadPoolExecutor(1) as beside:

        def begin() -> "tuple[list[Unscored], Future[list[Outcome]]]":
            batch = _claim(ledger, now(), limit)
            held.extend(batch)
            texts, hints = [post.text for post in batch], [post.lang_hint for post in batch]
            return batch, beside.submit(outcomes, scorer, texts, hints)

        try:
            batch, results = begin()
            while batch:
                found, scored = results.result(), batch
                batch, results = begin()
                _write(ledger, list(zip(scored, found, strict=True)), scorer, now())
                del held[: len(scored)]
                yield len(scored)
        finally:
            if held:
                with ledger.write() as tx:
                    scoring.release(tx, held)


def outcomes(scorer: Scorer, texts: Sequence[str], hints: Sequence[str | None]) -> list[Outcome]:
    """Score a batch, halved where the models fail until each text that breaks them is alone."""
    if not texts:
        return []
    try:
        return list(scorer.score(texts, hints))
    except ScoringFailed as error:
        if len(texts) == 1:
            _acquit_models(scorer)
            return [error]
    half = len(texts) // 2
    return [*outcomes(scorer, texts[:half], hints[:half]), *outcomes(scorer, texts[half:], hints[half:])]


def _try_again(ledger: Ledger, scorer: Scorer) -> None:
    """Other models may be able to read what these could not."""
    with ledger.read() as tx:
        stuck = setbacks.counts(tx).get(Stuck.SCORE)
    if stuck:
        with ledger.write() as tx:
            setbacks.score_again(tx, unless=scorer.version)


def _claim(ledger: Ledger, now: datetime, limit: int) -> list[Unscored]:
    with ledger.write() as tx:
        return scoring.claim(tx, limit, now, LEASE)


def _acquit_models(scorer: Scorer) -> None:
    try:
        scorer.score([HARMLESS], [None])
    except ScoringFailed as error:
        raise RetryLater(f"the models fail on every text ({error}); posts wait until they work") from error


def _write(ledger: Ledger, scored: Sequence[tuple[Unscored, Outcome]], scorer: Scorer, now: datetime) -> None:
    failed = [(post, outcome) for post, outcome in scored if isinstance(outcome, ScoringFailed)]
    model = scorer.version if failed else ""
    try:
        with ledger.write() as tx:
            scoring.write(tx, [(post, _or_missing(outcome)) for post, outcome in scored], now)
            setbacks.record(tx, Stuck.SCORE, {post.uid: str(error) for post, error in failed}, now, model=model)
    except Unstorable as error:
        half = len(scored) // 2
        parts = [scored[:half], scored[half:]] if half else [[(scored[0][0], ScoringFailed(str(error)))]]
        for part in parts:
            _write(ledger, part, scorer, now)
        return
    for post, _ in failed:
        # The error may quote the post, and logs are not forgotten with it.
        log.warning("a post cannot be scored", post=post.uid)


def _or_missing(outcome: Outcome) -> Scores:
    return missing_scores() if isinstance(outcome, ScoringFailed) else outcome
