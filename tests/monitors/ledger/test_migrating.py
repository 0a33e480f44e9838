"""Bringing the tables up to date is all or nothing, and done once by those who start together."""

import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from alembic import command
from sqlalchemy import insert, select, update

from models.post import Post
from models.story import PLACES, WINDOW, bands
from monitors.ledger import looks, posts, removal
from monitors.ledger.crowd import LONGEST_UID
from monitors.ledger.desk_schema import public_replies
from monitors.ledger.engine import Ledger
from monitors.ledger.schema import decisions, stories, story_bands
from monitors.ledger.schema import posts as table
from monitors.ledger.scoring import pack
from monitors.ledger.stories import period_of
from monitors.ports import Gone

MIGRATE = "import sys; from monitors.ledger.engine import Ledger; Ledger(sys.argv[1]).migrate()"


def test_a_start_that_is_killed_leaves_no_half_tables(tmp_path: Path) -> None:
    """Whoever looks while the first process makes the tables sees none or all of them, so that a kill does no harm."""
    file = tmp_path / "kuula.db"
    seen: set[int] = set()
    with subprocess.Popen([sys.executable, "-c", MIGRATE, f"sqlite:///{file}"]) as process:
        while process.poll() is None:
            if file.exists():
                connection = sqlite3.connect(file)
                seen.add(connection.execute("SELECT count(*) FROM sqlite_master WHERE type = 'table'").fetchone()[0])
                connection.close()
            time.sleep(0.001)
    assert process.returncode == 0
    assert len(seen - {0}) <= 1, f"half of the tables were there: {seen}"


def test_those_who_start_together_do_not_collide(tmp_path: Path) -> None:
    """Four processes that open a new ledger at once all find it whole."""
    url = f"sqlite:///{tmp_path / 'kuula.db'}"
    started = [subprocess.Popen([sys.executable, "-c", MIGRATE, url]) for _ in range(4)]
    assert [process.wait(60) for process in started] == [0] * 4
    ledger = Ledger(url)
    ledger.migrate()
    ledger.close()


def test_bands_are_refiled_by_the_week_of_their_story(ledger: Ledger) -> None:
    """Going back to the first ledger and forward again files each band where the code looks for it."""
    command.downgrade(ledger.migrations(), "0002")
    moments = [datetime(2026, 1, day, 12, tzinfo=UTC) for day in (1, 2, 3, 30)]
    story = {"brand": "acme", "signature": b"", "posts": 1, "complaints": 1, "signals": [], "authors": [], "recent": []}
    with ledger.write() as tx:
        for number, at in enumerate(moments):
            tx.execute(insert(stories).values(**story, id=f"s{number}", first_at=at, last_at=at))
            filed = {"brand": "acme", "period": period_of(at), "band": -number, "story_id": f"s{number}"}
            tx.execute(insert(story_bands).values(**filed))
        before = tx.execute(select(story_bands).order_by(story_bands.c.story_id)).all()
    command.downgrade(ledger.migrations(), "0001")
    command.upgrade(ledger.migrations(), "0002")
    with ledger.read() as tx:
        assert tx.execute(select(story_bands).order_by(story_bands.c.story_id)).all() == before
    assert len({row.period for row in before}) > 1


def test_stories_that_go_on_are_found_by_their_new_bands(ledger: Ledger) -> None:
    """An update must not tell a story twice: the bands of a ledger from before it are those that judging looks for."""
    now = datetime(2026, 1, 30, 12, tzinfo=UTC)
    story = {"brand": "acme", "posts": 1, "complaints": 1, "signals": [], "authors": [], "recent": []}
    told = {f"s{number:04}": tuple(range(number, number + PLACES)) for number in range(1100)}
    with ledger.write() as tx:
        for name, signature in told.items():
            row = {**story, "id": name, "signature": pack(signature), "first_at": now, "last_at": now}
            tx.execute(insert(stories).values(**row))
        tx.execute(insert(stories).values(**story, id="short", signature=b"", first_at=now, last_at=now))
        over = {**story, "id": "over", "signature": pack(told["s0000"]), "first_at": now - WINDOW * 4}
        tx.execute(insert(stories).values(**over, last_at=now - WINDOW * 4))
    command.downgrade(ledger.migrations(), "0004")
    with ledger.read() as tx:
        old = set(tx.execute(select(story_bands.c.band)).scalars())
    ledger.migrate()
    with ledger.read() as tx:
        filed = {(row.story_id, row.period, row.band) for row in tx.execute(select(story_bands))}
    assert filed == {(name, period_of(now), band) for name, signature in told.items() for band in bands(signature)}
    assert old
    assert not old & {band for _, _, band in filed}


def test_posts_that_were_given_up_are_looked_at_again(
    ledger: Ledger, post: Callable[..., Post], clock: Callable[[], datetime]
) -> None:
    """What an older version had planned no more looks at is due within a week, the tombstones among it are not."""
    with ledger.write() as tx:
        posts.store(tx, [post("old"), post("gone")], lambda _post: ("acme",), clock())
        removal.remove(tx, "file", [Gone("gone", "deleted", clock())], clock())
    command.downgrade(ledger.migrations(), "0003")
    with ledger.write() as tx:
        tx.execute(update(table).values(refresh_at=None))
    ledger.migrate()
    with ledger.read() as tx:
        due = looks.due(tx, "file", datetime.now(UTC) + timedelta(days=7), 10)
        assert [look.uid for look in due.waiting] == ["file:old"]
        assert tx.execute(select(table.c.refresh_at).where(table.c.uid == "file:gone")).scalar_one() is None


def test_what_our_accounts_replied_to_before_is_known(
    ledger: Ledger, post: Callable[..., Post], clock: Callable[[], datetime]
) -> None:
    """After an update no customer waits who was answered before it: replies that are kept are those of the code."""
    with ledger.write() as tx:
        ours, theirs = post("2", parent_id="1"), post("3", parent_id="1")
        posts.store(tx, [ours, theirs, post("4"), post("5", parent_id="x" * 2000)], lambda _post: ("acme",), clock())
        for seq, reason in ((1, "own_post"), (2, "threat"), (3, "own_post"), (4, "own_post")):
            said = {"post_seq": seq, "brand": "acme", "reason": reason, "story_id": "s", "action": "drop", "risk": 0.0}
            when = {"at": clock(), "decided_at": clock()}
            tx.execute(insert(decisions).values(**said, **when, complaint=False, figures={}, forecast={}))
    command.downgrade(ledger.migrations(), "0010")
    ledger.migrate()
    with ledger.read() as tx:
        known = tx.execute(select(public_replies).order_by(public_replies.c.post_seq)).all()
    assert [(row.post_seq, row.to_uid, row.at) for row in known] == [
        (1, "file:1", ours.created_at),
        (4, "file:" + "x" * (LONGEST_UID - len("file:")), ours.created_at),
    ]
