"""Score: posts without scores of their present text get them, in the order in which they came in."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from models.scores import Scores
from monitors.ledger import scoring
from monitors.ledger.engine import Ledger

LEASE = timedelta(minutes=5)
BATCH = 500


class Scorer(Protocol):
    """The models as this step sees them."""

    def score(self, texts: Sequence[str], hints: Sequence[str | None]) -> list[Scores]:
        """Score texts, each with the language that its source claims or None."""


def score(ledger: Ledger, scorer: Scorer, now: Callable[[], datetime], *, limit: int = BATCH) -> int:
    """Score the next batch; gives how many posts it had, 0 when there is nothing to do."""
    with ledger.write() as tx:
        batch = scoring.claim(tx, limit, now(), LEASE)
    if batch:
        results = scorer.score([post.text for post in batch], [post.lang_hint for post in batch])
        with ledger.write() as tx:
            scoring.write(tx, list(zip(batch, results, strict=True)), now())
    return len(batch)
