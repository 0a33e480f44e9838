"""The tables of the ledger, one truth for SQLite and PostgreSQL.

Times are stored as aware UTC. JSON columns hold small values that are read whole. A post is keyed by ``seq``, the order
in which it came in: all later steps work in that order, so that the same posts give the same decisions.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    false,
    literal_column,
)

from monitors.ledger.columns import Document, Key, UtcTime, metadata


def _index_of(rows: ColumnElement[bool], name: str, *columns: ColumnElement[Any], unique: bool = False) -> None:
    """Add an index that holds only some rows, on both databases."""
    Index(name, *columns, unique=unique, sqlite_where=rows, postgresql_where=rows)


posts = Table(
    "posts",
    metadata,
    Column("seq", Key, primary_key=True, autoincrement=True),
    Column("uid", String(600), nullable=False, unique=True),
    Column("source", String(80), nullable=False),
    Column("native_id", String(500), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("url", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False, index=True),
    Column("observed_at", UtcTime, nullable=False),
    Column("stored_at", UtcTime, nullable=False, index=True),
    Column("author_id", Text, nullable=False),
    Column("author_handle", Text),
    Column("author_name", Text),
    Column("author_followers", BigInteger),
    Column("thread_id", Text),
    Column("parent_id", Text),
    Column("parent_author", Text),
    Column("edited_at", UtcTime),
    Column("lang_hint", Text),
    Column("rating", Float),
    Column("raw", Document, nullable=False),
    Column("has_raw", Boolean, nullable=False),
    Column("version", Integer, nullable=False, default=1),
    Column("scored_version", Integer, nullable=False, default=0),
    Column("claimed_by", String(80)),
    Column("claimed_until", UtcTime),
    Column("gone_at", UtcTime),
    Column("gone_reason", String(80)),
    Column("refresh_at", UtcTime),
    Column("paid_on", String(10)),
    Index("ix_posts_refresh", "source", "refresh_at"),
    Index("ix_posts_source", "source", "created_at", "seq"),
    Index("ix_posts_author", "source", "author_id", "created_at"),
    sqlite_autoincrement=True,
)
_index_of(posts.c.scored_version < posts.c.version, "ix_posts_to_score", posts.c.seq)

_index_of(posts.c.claimed_by.is_not(None), "ix_posts_claimed", posts.c.claimed_by)

mentions = Table(
    "mentions",
    metadata,
    Column("post_seq", Key, ForeignKey("posts.seq", ondelete="CASCADE"), primary_key=True),
    Column("brand", String(80), primary_key=True),
    Column("judged", Boolean, nullable=False, default=False),
)
_index_of(mentions.c.judged.is_(False), "ix_mentions_to_judge", mentions.c.brand, mentions.c.post_seq)

snapshots = Table(
    "snapshots",
    metadata,
    Column("post_seq", Key, ForeignKey("posts.seq", ondelete="CASCADE"), primary_key=True),
    Column("at", UtcTime, primary_key=True),
    Column("engagement", Document, nullable=False),
)

scores = Table(
    "scores",
    metadata,
    Column("post_seq", Key, ForeignKey("posts.seq", ondelete="CASCADE"), primary_key=True),
    Column("model", String(200), nullable=False),
    Column("language", String(8)),
    Column("language_confidence", Float, nullable=False),
    Column("sentiment", String(12), nullable=False),
    Column("sentiment_probabilities", Document, nullable=False),
    Column("complaint", Boolean, nullable=False),
    Column("complaint_probability", Float, nullable=False),
    Column("severity", Integer, nullable=False),
    Column("signals", Document, nullable=False),
    Column("remedy", String(20), nullable=False),
    Column("language_parts", Document, nullable=False),
    Column("lemmas", Text, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("scored_at", UtcTime, nullable=False),
)

corrections = Table(
    "corrections",
    metadata,
    Column("post_seq", Key, ForeignKey("posts.seq", ondelete="CASCADE"), primary_key=True),
    Column("field", String(40), primary_key=True),
    Column("person", String(80), primary_key=True),
    Column("value", String(20), nullable=False),
    Column("span_start", Integer),
    Column("span_end", Integer),
    Column("version", Integer, nullable=False),
    Column("model", String(200), nullable=False),
    Column("at", UtcTime, nullable=False, index=True),
)

setbacks = Table(
    "setbacks",
    metadata,
    Column("post_seq", Key, ForeignKey("posts.seq", ondelete="CASCADE"), primary_key=True),
    Column("step", String(12), primary_key=True),
    Column("model", String(200), nullable=False),
    Column("error", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
)

stories = Table(
    "stories",
    metadata,
    Column("id", String(600), primary_key=True),
    Column("brand", String(80), primary_key=True),
    Column("signature", LargeBinary, nullable=False),
    Column("thread", Text),
    Column("first_at", UtcTime, nullable=False),
    Column("last_at", UtcTime, nullable=False),
    Column("posts", Integer, nullable=False),
    Column("complaints", Integer, nullable=False),
    Column("alerted_complaints", Integer, nullable=False, default=0),
    Column("alerted_interactions", BigInteger, nullable=False, server_default="0"),
    Column("calm_complaints", Integer),
    Column("signals", Document, nullable=False),
    Column("authors", Document, nullable=False),
    Column("recent", Document, nullable=False),
    Column("articles", Integer, nullable=False, default=0),
    Column("incident_id", Key),
    Column("alerted_at", UtcTime),
    Column("article_at", UtcTime),
    Index("ix_stories_last", "brand", "last_at"),
    Index("ix_stories_thread", "brand", "thread"),
)

_index_of(stories.c.article_at.is_not(None), "ix_stories_article", stories.c.article_at)

story_bands = Table(
    "story_bands",
    metadata,
    Column("brand", String(80), primary_key=True),
    # Before the band: what is written and looked for lies together, however long ago the first story began.
    Column("period", Integer, primary_key=True),
    Column("band", BigInteger, primary_key=True),
    Column("story_id", String(600), primary_key=True),
)

decisions = Table(
    "decisions",
    metadata,
    Column("post_seq", Key, ForeignKey("posts.seq", ondelete="CASCADE"), primary_key=True),
    Column("brand", String(80), primary_key=True),
    Column("story_id", String(600), nullable=False),
    Column("action", String(8), nullable=False),
    Column("reason", String(40), nullable=False),
    Column("complaint", Boolean, nullable=False),
    Column("risk", Float, nullable=False),
    Column("figures", Document, nullable=False),
    Column("forecast", Document, nullable=False),
    Column("incident_id", Key),
    Column("at", UtcTime, nullable=False),
    Column("decided_at", UtcTime, nullable=False),
    Index("ix_decisions_story", "brand", "story_id"),
    Index("ix_decisions_at", "brand", "at"),
    Index("ix_decisions_risk", "brand", "risk"),
)
_index_of(decisions.c.reason == literal_column("'own_post'"), "ix_decisions_own", decisions.c.brand, decisions.c.at)
_index_of(decisions.c.complaint.is_(True), "ix_decisions_complaints", decisions.c.at, decisions.c.brand)

incidents = Table(
    "incidents",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("brand", String(80), nullable=False),
    Column("story_id", String(600), nullable=False, index=True),
    Column("status", String(16), nullable=False),
    Column("reason", String(40), nullable=False),
    Column("risk", Float, nullable=False),
    Column("severity", Integer, nullable=False),
    Column("language", String(8)),
    Column("headline", Text, nullable=False),
    Column("posts", Integer, nullable=False),
    Column("opened_at", UtcTime, nullable=False, index=True),
    Column("first_post_at", UtcTime, nullable=False),
    Column("acknowledged_at", UtcTime),
    Column("acknowledged_by", String(80)),
    Column("assignee", String(80), index=True),
    Column("resolved_at", UtcTime),
    Column("verdict", String(20)),
    Column("escalate_at", UtcTime, index=True),
    Column("escalation", Integer, nullable=False, default=0),
    Column("urgent", Boolean, nullable=False, default=False, server_default=false()),
    Column("held_at", UtcTime),
    Column("listed_at", UtcTime),
    Column("changed_at", UtcTime, nullable=False, index=True),
    Column("figures", Document, nullable=False),
    # What lists are narrowed to is in their index: rows that are not shown are not read, and all are counted in it.
    Index("ix_incidents_list", "status", "risk", "id", "brand", "assignee", "held_at", "escalate_at"),
    Index("ix_incidents_changes", "status", "changed_at", "id"),
    Index("ix_incidents_brand", "brand", "opened_at"),
)
_index_of(
    incidents.c.resolved_at.is_(None), "uq_incidents_open_story", incidents.c.brand, incidents.c.story_id, unique=True
)
_index_of(incidents.c.resolved_at.is_not(None), "ix_incidents_resolved", incidents.c.resolved_at)
_index_of(
    incidents.c.resolved_at.is_(None),
    "ix_incidents_unresolved",
    *(incidents.c[name] for name in ("risk", "id", "status", "brand", "assignee", "held_at", "escalate_at")),
)

_index_of(
    incidents.c.held_at.is_not(None) & incidents.c.resolved_at.is_(None),
    "ix_incidents_held",
    *(
        incidents.c[name]
        for name in ("status", "risk", "id", "brand", "assignee", "held_at", "escalate_at", "resolved_at")
    ),
)

incident_events = Table(
    "incident_events",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("incident_id", Key, ForeignKey("incidents.id"), nullable=False, index=True),
    Column("at", UtcTime, nullable=False),
    Column("actor", String(80), nullable=False),
    Column("kind", String(30), nullable=False),
    Column("data", Document, nullable=False),
    Column("announced", Boolean, nullable=False, default=False, server_default=false()),
)
_index_of(incident_events.c.announced.is_(False), "ix_incident_events_unannounced", incident_events.c.id)

# ``owner`` answers for it; ``promised_by`` told the customer, where that is somebody else.
promises = Table(
    "promises",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("incident_id", Key, ForeignKey("incidents.id"), nullable=False, index=True),
    Column("owner", String(80), nullable=False),
    Column("promised_by", String(80)),
    Column("what", Text, nullable=False),
    Column("made_at", UtcTime, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("remind_at", UtcTime, nullable=False),
    Column("reminded_at", UtcTime),
    Column("escalated_at", UtcTime),
    Column("kept_at", UtcTime),
    Column("status", String(12), nullable=False),
    Index("ix_promises_open", "status", "due_at"),
    Index("ix_promises_due", "due_at", "status", "owner", "incident_id"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("key", String(300), nullable=False, unique=True),
    Column("incident_id", Key, ForeignKey("incidents.id"), index=True),
    Column("person", String(80), nullable=False),
    Column("channel", String(80), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("payload", Document, nullable=False),
    Column("queued_at", UtcTime, nullable=False),
    Column("not_before", UtcTime, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("claimed_by", String(80)),
    Column("claimed_until", UtcTime),
    Column("state", String(12), nullable=False),
    Column("last_error", Text),
    Column("bundle", String(300)),
    # When it was first meant to go; empty until it was decided whether it goes alone.
    Column("due_at", UtcTime),
    Index("ix_outbox_due", "state", "not_before"),
    Index("ix_outbox_person", "channel", "person", "due_at"),
)

receipts = Table(
    "receipts",
    metadata,
    Column("key", String(300), primary_key=True),
    Column("channel", String(80), nullable=False),
    Column("person", String(80), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("confirmation", Text, nullable=False),
)

people = Table(
    "people",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("display", String(200), nullable=False),
    Column("role", String(12), nullable=False),
    Column("language", String(8), nullable=False),
    Column("timezone", String(64), nullable=False),
    Column("channels", Document, nullable=False),
    Column("password", Text),
    Column("active", Boolean, nullable=False, default=True),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token", String(64), primary_key=True),
    Column("person", String(80), ForeignKey("people.name"), nullable=False),
    Column("expires_at", UtcTime, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("at", UtcTime, nullable=False, index=True),
    Column("actor", String(80), nullable=False),
    Column("action", String(40), nullable=False),
    Column("object", String(700), nullable=False),
    Column("detail", Document, nullable=False),
)

locks = Table(
    "locks",
    metadata,
    Column("name", String(120), primary_key=True),
)

keys = Table(
    "keys",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)

index_queue = Table(
    "index_queue",
    metadata,
    Column("post_uid", String(600), primary_key=True),
    Column("queued_at", UtcTime, nullable=False),
    Column("removed", Boolean, nullable=False, default=False),
    Column("claimed_by", String(80)),
    Column("claimed_until", UtcTime),
)
_index_of(index_queue.c.claimed_by.is_not(None), "ix_index_queue_claimed", index_queue.c.claimed_by)

progress = Table(
    "progress",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("total", BigInteger, nullable=False),
)

deletions = Table(
    "deletions",
    metadata,
    Column("post_uid", String(600), primary_key=True),
    Column("reason", String(80), nullable=False),
    Column("told_at", UtcTime, nullable=False),
    Column("ledger_at", UtcTime),
    Column("index_at", UtcTime),
)

model_choices = Table(
    "model_choices",
    metadata,
    Column("task", String(20), primary_key=True),
    Column("name", String(40), nullable=False),
    Column("chosen_by", String(80), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("refused", Text),
)
