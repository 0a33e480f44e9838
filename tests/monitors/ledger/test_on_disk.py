"""What was deleted is not left in a file: neither the ledger's, nor the index's, nor in the log beside them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from models.post import Post
from models.scores import Scores
from monitors.index.sqlite import SqliteIndex
from monitors.ledger import documents, posts, removal, scoring
from monitors.ledger.engine import Ledger
from monitors.ports import Gone

WORDS = "Möldersepp kaebab zyzzyva üle, " * 500


@pytest.mark.parametrize("ledger", ["sqlite"], indirect=True)
@pytest.mark.parametrize("shared", [True, False], ids=["one file", "two files"])
def test_a_deleted_post_leaves_no_bytes(
    ledger: Ledger,
    tmp_path: Path,
    post: Callable[..., Post],
    scores: Callable[..., Scores],
    clock: Callable[[], datetime],
    *,
    shared: bool,
) -> None:
    """After a deletion and a checkpoint not one rare word of the post is in any file, whole or as the index cut it."""
    file = tmp_path / ("kuula.db" if shared else "index.db")
    index = SqliteIndex(file)
    index.prepare()
    with ledger.write() as tx:
        found = [post(str(number), WORDS if number == 7 else f"a parcel {number}") for number in range(50)]
        posts.store(tx, found, lambda _post: ("acme",), clock())
        batch = scoring.claim(tx, 100, clock(), timedelta(minutes=1))
        scoring.write(tx, [(one, scores(one.text)) for one in batch], clock())
        read = documents.read(tx, [one.uid for one in found])
    index.put(read)
    assert _holds(tmp_path)
    with ledger.write() as tx:
        removal.remove(tx, "file", [Gone("7", "deleted", clock())], clock())
    index.remove(["file:7"])
    index.purge()
    ledger.empty_log()
    assert not _holds(tmp_path)


def _holds(folder: Path) -> set[str]:
    rare = [word.encode() for word in ("ldersepp", "zyzzyva", "kaebab")]
    return {file.name for file in folder.iterdir() if any(word in file.read_bytes() for word in rare)}
