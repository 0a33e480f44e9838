"""The tables of the desk: who answers and when, what was told, what was decided, and what came of it.

An incident has at most one row in ``answer_clocks``, ``answer_claims`` and ``after_actions``; it lives as long as the
incident does.
"""

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, Integer, String, Table, Text

from monitors.ledger.columns import Document, Key, UtcTime, metadata
from monitors.ledger.schema import incidents, posts

# Since when the customer waits for us, and by when they must have an answer: both empty while they do not. The customer
# is who wrote ``post_uid``, in ``thread``. ``stopped_by`` is the time that stood when the incident was resolved. What
# is said below the post is read next at ``follow_at`` (empty: at once), and is known up to ``followed_at``.
answer_clocks = Table(
    "answer_clocks",
    metadata,
    Column("incident_id", Key, ForeignKey(incidents.c.id), primary_key=True),
    Column("post_uid", String(600), nullable=False, index=True),
    Column("thread", Text, nullable=False, index=True),
    Column("waits_since", UtcTime),
    Column("answer_by", UtcTime, index=True),
    Column("stopped_by", UtcTime),
    Column("first_answer_at", UtcTime),
    Column("last_answer_at", UtcTime),
    Column("customer_at", UtcTime, nullable=False),
    Column("late_at", UtcTime),
    Column("follow_at", UtcTime),
    Column("followed_at", UtcTime),
)
_in_time = answer_clocks.c.late_at.is_(None)
Index("ix_answer_clocks_due", answer_clocks.c.answer_by, sqlite_where=_in_time, postgresql_where=_in_time)

# What other customers of an open incident's story complained of, the newest few of each source: what they and our
# accounts say to each other below it is read as it is below the post of the clock. Somebody spoke last at ``spoke_at``.
followed_posts = Table(
    "followed_posts",
    metadata,
    Column("incident_id", Key, ForeignKey(incidents.c.id), primary_key=True),
    Column("post_uid", String(600), primary_key=True, index=True),
    Column("source", String(80), nullable=False),
    Column("thread", Text, nullable=False, index=True),
    Column("spoke_at", UtcTime, nullable=False),
    Column("follow_at", UtcTime),
    Column("followed_at", UtcTime),
)

# Which posts a post of our own account answers, whoever wrote them and wherever: they need not be stored.
public_replies = Table(
    "public_replies",
    metadata,
    Column("post_seq", Key, ForeignKey(posts.c.seq, ondelete="CASCADE"), primary_key=True),
    Column("to_uid", String(600), primary_key=True, index=True),
    Column("at", UtcTime, nullable=False),
)

# Who is writing the answer right now: nobody else answers the same story until the lease is over. ``page`` gave the
# last sign of life, of all that person has open.
answer_claims = Table(
    "answer_claims",
    metadata,
    Column("incident_id", Key, ForeignKey(incidents.c.id), primary_key=True),
    Column("person", String(80), nullable=False),
    Column("since", UtcTime, nullable=False),
    Column("until", UtcTime, nullable=False),
    Column("page", String(60)),
)

# What differs from the rota of the settings: somebody is away, or somebody else has the duty.
rota_changes = Table(
    "rota_changes",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("kind", String(12), nullable=False),
    Column("person", String(80), nullable=False),
    Column("substitute", String(80)),
    Column("begins_at", UtcTime, nullable=False),
    Column("ends_at", UtcTime, nullable=False, index=True),
    Column("note", Text, nullable=False),
    Column("made_by", String(80), nullable=False),
    Column("made_at", UtcTime, nullable=False),
    Column("withdrawn_at", UtcTime),
)

# When a person is not to be disturbed (no value: as the settings say), and how long what is not urgent is gathered for
# them.
person_rules = Table(
    "person_rules",
    metadata,
    Column("person", String(80), primary_key=True),
    Column("quiet", Document),
    Column("bundle_minutes", Integer),
)

# What the customer was told: by a person of ours, or by our account at the source (then ``post_uid`` is that post, and
# its words leave with it). Where ``reply_to`` is a post of another customer of the story, that one was told. A reply
# that Kuula sends waits here for its approval and for the source; since ``unsure_since`` it may be out. ``note`` is
# what the one said who approved or refused it.
answers = Table(
    "answers",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("incident_id", Key, ForeignKey(incidents.c.id), nullable=False, index=True),
    Column("at", UtcTime, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("place", String(12), nullable=False),
    Column("source", String(80)),
    Column("language", String(8)),
    Column("text", Text, nullable=False),
    Column("facts", Document, nullable=False),
    Column("findings", Document, nullable=False),
    Column("post_uid", String(600), unique=True),
    Column("reply_to", String(600)),
    Column("state", String(12), nullable=False),
    Column("approved_by", String(80)),
    Column("approved_at", UtcTime),
    Column("key", String(80), unique=True),
    Column("attempts", Integer, nullable=False, default=0),
    Column("not_before", UtcTime),
    Column("claimed_by", String(80)),
    Column("claimed_until", UtcTime),
    Column("last_error", Text),
    Column("unsure_since", UtcTime),
    Column("note", Text),
    Index("ix_answers_state", "state", "not_before"),
)

playbook_ticks = Table(
    "playbook_ticks",
    metadata,
    Column("incident_id", Key, ForeignKey(incidents.c.id), primary_key=True),
    Column("step", String(120), primary_key=True),
    Column("version", String(64), nullable=False),
    Column("person", String(80), nullable=False),
    Column("at", UtcTime, nullable=False),
)

# Every text that a file of the playbook ever had; the version is the digest of the text.
playbook_versions = Table(
    "playbook_versions",
    metadata,
    Column("name", String(120), primary_key=True),
    Column("version", String(64), primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("by", String(80), nullable=False),
    Column("text", Text, nullable=False),
)

# What was decided about a demanded remedy, or only proposed, by whom and why.
concessions = Table(
    "concessions",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("incident_id", Key, ForeignKey(incidents.c.id), nullable=False, index=True),
    Column("at", UtcTime, nullable=False, index=True),
    Column("actor", String(80), nullable=False),
    Column("choice", String(12), nullable=False),
    Column("remedy", String(20), nullable=False),
    Column("cost", Float),
    Column("reason", Text, nullable=False),
    Column("proposed", Boolean, nullable=False),
    Column("figures", Document, nullable=False),
    # The post whose words name the cost: it leaves with them.
    Column("named_in", String(600), index=True),
)

# What an imported list says of customers who write at a source.
customers = Table(
    "customers",
    metadata,
    Column("source", String(80), primary_key=True),
    Column("account", String(200), primary_key=True),
    Column("value_per_year", Float, nullable=False),
    Column("customer_since", String(10)),
    Column("imported_at", UtcTime, nullable=False),
)

# What was learnt when it was over.
after_actions = Table(
    "after_actions",
    metadata,
    Column("incident_id", Key, ForeignKey(incidents.c.id), primary_key=True),
    Column("cause", String(40), nullable=False),
    Column("remedy", String(20), nullable=False),
    Column("cost", Float),
    Column("lesson", Text, nullable=False),
    Column("by", String(80), nullable=False),
    Column("at", UtcTime, nullable=False, index=True),
)

# Links of messages that were pressed; the token is stored hashed.
link_uses = Table(
    "link_uses",
    metadata,
    Column("token", String(64), primary_key=True),
    Column("incident_id", Key, nullable=False),
    Column("person", String(80), nullable=False),
    Column("at", UtcTime, nullable=False, index=True),
)

# Whether a channel still delivers: when it last confirmed, since when it does not, and when people were told.
channel_states = Table(
    "channel_states",
    metadata,
    Column("channel", String(80), primary_key=True),
    Column("confirmed_at", UtcTime),
    Column("silent_since", UtcTime),
    Column("told_at", UtcTime),
    Column("error", Text),
    Column("failures", Integer, nullable=False, default=0),
)

# What a channel calls the thread of an incident, so that news goes into it.
threads = Table(
    "threads",
    metadata,
    Column("channel", String(80), primary_key=True),
    Column("person", String(80), primary_key=True),
    Column("incident_id", Key, ForeignKey(incidents.c.id), primary_key=True),
    Column("reference", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("name", String(80), nullable=False),
    Column("token", String(64), nullable=False, unique=True),
    Column("scopes", Document, nullable=False),
    Column("made_by", String(80), nullable=False),
    Column("made_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime),
    Column("used_at", UtcTime),
    Column("revoked_at", UtcTime),
)

# Events that go to other systems, a row for each system and event.
hook_deliveries = Table(
    "hook_deliveries",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("key", String(200), nullable=False, unique=True),
    Column("hook", String(80), nullable=False),
    Column("incident_id", Key, nullable=False, index=True),
    Column("kind", String(40), nullable=False),
    Column("payload", Document, nullable=False),
    Column("queued_at", UtcTime, nullable=False),
    Column("not_before", UtcTime, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("claimed_by", String(80)),
    Column("claimed_until", UtcTime),
    Column("state", String(12), nullable=False),
    Column("status", Integer),
    Column("last_error", Text),
    Column("reference", Text),
    Column("sent_at", UtcTime),
    Index("ix_hook_deliveries_due", "state", "not_before"),
)

# What a request of another program changed, so that the same request again changes nothing more.
api_answers = Table(
    "api_answers",
    metadata,
    Column("token_id", Key, ForeignKey(api_tokens.c.id), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("request", String(64), nullable=False),
    Column("at", UtcTime, nullable=False, index=True),
    Column("changed", Key),
)
