"""Reports of backtests in the ledger, on each database."""

from collections.abc import Callable
from datetime import datetime

import pytest

from models.post import Post
from monitors.ledger import audit, backtests, posts, removal, replaying
from monitors.ledger.engine import Ledger
from monitors.ledger.refusals import NotPossible
from monitors.ports import Gone


def test_reports_are_kept_and_listed(ledger: Ledger, clock: Callable[[], datetime]) -> None:
    """Newest first, with who ran them in the audit log; a title of any length and sign is cut to what fits."""
    with ledger.write() as tx:
        numbers = [backtests.save(tx, f"{each}\x00{'x' * 300}", {"posts": each}, "ann", clock()) for each in range(3)]
    with ledger.read() as tx:
        assert [row.id for row in backtests.newest(tx, 2)] == numbers[:0:-1]
        assert [row.id for row in backtests.newest(tx, 2, 2)] == numbers[:1]
        assert backtests.count(tx) == 3
        assert backtests.require(tx, numbers[1]).report == {"posts": 1}
        assert len(backtests.require(tx, numbers[1]).title) == 200
        assert [(row.actor, row.action) for row in audit.newest(tx)] == [("ann", "backtested")] * 3
        with pytest.raises(NotPossible):
            backtests.require(tx, 99)


def test_words_are_those_that_are_still_there(
    ledger: Ledger, clock: Callable[[], datetime], post: Callable[..., Post]
) -> None:
    """A post that was deleted at its source, or was never there, has none."""
    with ledger.write() as tx:
        posts.store(tx, [post("1", "one"), post("2", "two")], lambda _post: ["acme"], clock())
        removal.remove(tx, "file", [Gone("2", "deleted", clock())], clock())
    with ledger.read() as tx:
        found = replaying.words_of(tx, ["file:1", "file:2", "file:3"])
    assert {uid: (words.text, words.language) for uid, words in found.items()} == {"file:1": ("one", None)}
