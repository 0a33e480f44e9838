"""Score: posts without scores of their present text get them, in the order in which they came in."""

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta

from models.scores import Scores
from monitors.ledger import scoring
from monitors.ledger.engine import Ledger
from monitors.ledger.scoring import Unscored
from monitors.scorers import Scorer

LEASE = timedelta(minutes=5)
BATCH = 1000


def score_all(
    ledger: Ledger, scorer: Scorer, now: Callable[[], datetime], *, limit: int = BATCH
) -> Generator[int, None, None]:
    """Score all that waits, batch by batch; gives how many posts each had.

    While the caller deals with a batch the next one is being scored, so a scorer apart has a core to itself. What was
    claimed and is not finished, because the caller stops, is free again at once.
    """
    claimed: list[Unscored] = []
    with ThreadPoolExecutor(1) as beside:

        def begin() -> "Future[list[Scores]]":
            claimed[:] = _claim(ledger, now(), limit)
            return beside.submit(_scores, scorer, list(claimed))

        try:
            results = begin()
            while claimed:
                batch, scored = list(claimed), results.result()
                results = begin()
                _write(ledger, batch, scored, now())
                yield len(batch)
        finally:
            if claimed:
                with ledger.write() as tx:
                    scoring.release(tx, claimed)


def _claim(ledger: Ledger, now: datetime, limit: int) -> list[Unscored]:
    with ledger.write() as tx:
        return scoring.claim(tx, limit, now, LEASE)


def _scores(scorer: Scorer, batch: Sequence[Unscored]) -> list[Scores]:
    return scorer.score([post.text for post in batch], [post.lang_hint for post in batch]) if batch else []


def _write(ledger: Ledger, batch: Sequence[Unscored], results: Sequence[Scores], now: datetime) -> None:
    with ledger.write() as tx:
        scoring.write(tx, list(zip(batch, results, strict=True)), now)
