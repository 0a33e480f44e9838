"""Questions of the pages that stay quick among 100,000 incidents: each has the index that was made for it."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from servers.ledgers import postgres_database
from sqlalchemy import event
from sqlalchemy.schema import CreateIndex

from monitors.ledger import (
    conversations,
    crowd,
    desk,
    digest,
    incidents,
    judging,
    listing,
    pickups,
    promise_report,
    weeks,
)
from monitors.ledger.columns import metadata
from monitors.ledger.engine import Ledger, Tx
from monitors.ledger.incidents import Listing, Status

Ask = Callable[[Tx, datetime], object]
DAY = timedelta(days=1)
STORY: Any = SimpleNamespace(id=1, brand="acme", story_id="town:1")
"""What a question asks of the row of an incident."""


def _week(tx: Tx, now: datetime) -> object:
    """Look back on one brand: of all that it ever had, only what happened in the period is read."""
    return weeks.look_back(tx, now - DAY, now, "acme")


QUESTIONS: tuple[tuple[str, Ask, str], ...] = (
    ("all", lambda tx, _: incidents.find(tx, Listing(held=False)), "USING INDEX ix_incidents_unresolved"),
    ("pressing", lambda tx, now: incidents.find(tx, Listing(promised_by=now)), "USING INDEX ix_incidents_unresolved"),
    ("brand", lambda tx, _: incidents.find(tx, Listing(brand="acme")), "USING INDEX ix_incidents_unresolved"),
    ("mine", lambda tx, _: incidents.find(tx, Listing(assignee="ann")), "USING INDEX ix_incidents_unresolved"),
    ("over", lambda tx, _: incidents.find(tx, Listing(Status.RESOLVED, "acme", "ann")), "INDEX ix_incidents_list"),
    ("states", lambda tx, _: desk.status_counts(tx, "acme", "ann"), "COVERING INDEX ix_incidents_list"),
    ("digest", lambda tx, _: digest.count(tx, "acme", 1), "COVERING INDEX ix_incidents_held (status=?"),
    ("held", lambda tx, _: incidents.find(tx, Listing(Status.OPEN, held=True)), "INDEX ix_incidents_held (status=?"),
    ("due", lambda tx, _: desk.next_promises(tx, [1, 2]), "INDEX ix_promises_incident_id"),
    ("brands", lambda tx, _: listing.incidents_of_brands(tx), "COVERING INDEX ix_incidents_list"),
    ("promised", lambda tx, _: desk.waiting_promises(tx, None), "INDEX ix_promises_open (status=?)"),
    ("kept", lambda tx, now: promise_report.by_owner(tx, now - DAY, now), "COVERING INDEX ix_promises_due"),
    ("share", lambda tx, now: desk.kept_share(tx, now - DAY, now), "COVERING INDEX ix_promises_due"),
    ("ours", lambda tx, now: promise_report.by_owner(tx, now - DAY, now, "acme"), "COVERING INDEX ix_promises_due"),
    ("complaints", lambda tx, now: weeks.look_back(tx, now - DAY, now), "INDEX ix_decisions_complaints"),
    ("its week", _week, "INDEX ix_decisions_complaints (at>? AND at<?)"),
    ("its lessons", _week, "after_actions USING INDEX ix_after_actions_at (at>? AND at<?)"),
    ("its promises", _week, "promises USING COVERING INDEX ix_promises_due (due_at>? AND due_at<?)"),
    ("its corrections", _week, "corrections USING INDEX ix_corrections_at (at>? AND at<?)"),
    ("its news", _week, "stories USING INDEX ix_stories_article (article_at>? AND article_at<?)"),
    ("articles", lambda tx, now: pickups.in_the_news(tx, ["acme"], now), "INDEX ix_stories_article"),
    ("news", lambda tx, now: pickups.in_the_news(tx, ["acme"], now), "INDEX ix_incidents_story_id"),
    ("talks", lambda tx, now: conversations.due(tx, "toots", now, 20), "INDEX ix_incidents_resolved (resolved_at>?)"),
    ("others", lambda tx, now: conversations.due_aside(tx, "toots", now, 20), "INDEX ix_incidents_unresolved"),
    ("customers", lambda tx, _: crowd.of_incident(tx, STORY), "INDEX ix_decisions_story (brand=? AND story_id=?)"),
    ("replies", lambda tx, _: crowd.of_incident(tx, STORY), "INDEX ix_public_replies_to_uid (to_uid=?)"),
    ("before", lambda tx, _: conversations.begin_all_aside(tx, 1, "acme", "town:1"), "INDEX ix_decisions_story"),
    ("forecasts", lambda tx, _: judging.outlooks_of(tx, "acme", "town:1", 10), "INDEX ix_decisions_story"),
)


@pytest.fixture
def embedded(tmp_path: Path) -> Ledger:
    """A ledger in SQLite, which has no statistics and goes by rules of thumb."""
    ledger = Ledger(f"sqlite:///{tmp_path / 'kuula.db'}")
    ledger.migrate()
    return ledger


def test_partial_indexes_say_their_condition_as_questions_do(embedded: Ledger) -> None:
    """SQLite passes over a partial index whose condition is not, to the letter, what the question says."""
    with embedded.read() as tx:
        rows = tx.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'index'").all()
    there: dict[str, str] = {str(row[0]): str(row[1]) for row in rows}
    meant = [index for table in metadata.tables.values() for index in table.indexes]
    assert {str(index.name): _condition(there[str(index.name)]) for index in meant} == {
        str(index.name): _condition(str(CreateIndex(index).compile(embedded.engine))) for index in meant
    }


def _condition(statement: str) -> str:
    _, _, condition = re.sub(r"[\s\"]+", " ", statement).partition(" WHERE ")
    return condition.strip()


@pytest.mark.parametrize(("ask", "index"), [one[1:] for one in QUESTIONS], ids=[one[0] for one in QUESTIONS])
def test_questions_go_by_their_index(embedded: Ledger, clock: Callable[[], datetime], ask: Ask, index: str) -> None:
    """No page goes through all incidents, or sorts them, to show 25 of them or a number."""
    asked: list[tuple[str, object]] = []
    event.listen(embedded.engine, "before_cursor_execute", lambda *said: asked.append((said[2], said[3])))
    with embedded.read() as tx:
        ask(tx, clock())
        questions = [one for one in asked if one[0].startswith("SELECT")]
        plans = [tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {said}", given).all() for said, given in questions]  # type: ignore[arg-type]
    steps = [str(row[-1]) for plan in plans for row in plan]
    assert [step for step in steps if index in step], steps


def test_pressing_incidents_are_no_join(postgres_url: str, clock: Callable[[], datetime]) -> None:
    """Until PostgreSQL has statistics of new tables it would read all late clocks for each incident."""
    with postgres_database(postgres_url) as url:
        ledger = Ledger(url)
        try:
            ledger.migrate()
            asked: list[tuple[str, object]] = []
            event.listen(ledger.engine, "before_cursor_execute", lambda *said: asked.append((said[2], said[3])))
            with ledger.read() as tx:
                incidents.find(tx, Listing(brand="acme", promised_by=clock()))
                questions = [one for one in asked if one[0].startswith("SELECT incidents")]
                plans = [tx.exec_driver_sql(f"EXPLAIN {said}", given).scalars().all() for said, given in questions]  # type: ignore[arg-type]
        finally:
            ledger.close()
    steps = "\n".join(step for plan in plans for step in plan)
    assert len(plans) == 2
    assert "Nested Loop" not in steps
    assert steps.count("hashed SubPlan") == 4, steps
