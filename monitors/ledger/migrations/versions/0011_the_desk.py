"""The desk: clocks and claims, the rota, what was told and decided, the playbook, links, tokens, hooks, and lessons."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0011"
down_revision = "0010"

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply the change; what happened before it is announced to no other system."""
    ours = sa.text("reason = 'own_post'")
    op.create_index("ix_decisions_own", "decisions", ["brand", "at"], sqlite_where=ours, postgresql_where=ours)
    _listing()
    _answering()
    _deciding()
    _telling()
    op.add_column("posts", sa.Column("parent_author", sa.Text()))
    op.add_column("incidents", sa.Column("urgent", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("promises", sa.Column("promised_by", sa.String(80)))
    op.add_column("outbox", sa.Column("bundle", sa.String(300)))
    op.add_column("outbox", sa.Column("due_at", _TIME))
    # What was queued before goes as it would have: alone, and when it was meant to.
    op.execute(sa.text("UPDATE outbox SET due_at = not_before"))
    op.create_index("ix_outbox_person", "outbox", ["channel", "person", "due_at"])
    op.add_column("incident_events", sa.Column("announced", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(sa.text("UPDATE incident_events SET announced = true"))
    # SQLite takes a partial index only for a condition written as its own is: there 0 and 1 are not false and true.
    op.create_index(
        "ix_incident_events_unannounced",
        "incident_events",
        ["id"],
        sqlite_where=sa.text("announced IS 0"),
        postgresql_where=sa.text("announced IS false"),
    )


def _listing() -> None:
    """Indexes that hold what the pages narrow their lists to, so that they are counted without the rows."""
    unresolved = sa.text("resolved_at IS NULL")
    op.create_index(
        "ix_incidents_unresolved",
        "incidents",
        ["risk", "id", "status", "brand", "assignee", "held_at", "escalate_at"],
        sqlite_where=unresolved,
        postgresql_where=unresolved,
    )
    over = sa.text("resolved_at IS NOT NULL")
    op.create_index("ix_incidents_resolved", "incidents", ["resolved_at"], sqlite_where=over, postgresql_where=over)
    op.drop_index("ix_incidents_list", "incidents")
    listed = ["status", "risk", "id", "brand", "assignee", "held_at", "escalate_at"]
    op.create_index("ix_incidents_list", "incidents", listed)
    held = sa.text("held_at IS NOT NULL AND resolved_at IS NULL")
    waiting = ["status", "risk", "id", "brand", "assignee", "held_at", "escalate_at", "resolved_at"]
    op.drop_index("ix_incidents_held_at", "incidents")
    op.create_index("ix_incidents_held", "incidents", waiting, sqlite_where=held, postgresql_where=held)
    op.create_index("ix_incidents_story_id", "incidents", ["story_id"])
    op.create_index("ix_promises_due", "promises", ["due_at", "status", "owner", "incident_id"])
    op.create_index("ix_corrections_at", "corrections", ["at"])
    op.create_index(
        "ix_decisions_complaints",
        "decisions",
        ["at", "brand"],
        sqlite_where=sa.text("complaint IS 1"),
        postgresql_where=sa.text("complaint IS true"),
    )
    written = sa.text("article_at IS NOT NULL")
    op.create_index("ix_stories_article", "stories", ["article_at"], sqlite_where=written, postgresql_where=written)


def _answering() -> None:
    op.create_table(
        "answer_clocks",
        sa.Column("incident_id", _KEY, nullable=False),
        sa.Column("post_uid", sa.String(600), nullable=False),
        sa.Column("thread", sa.Text(), nullable=False),
        sa.Column("waits_since", _TIME),
        sa.Column("answer_by", _TIME),
        sa.Column("stopped_by", _TIME),
        sa.Column("first_answer_at", _TIME),
        sa.Column("last_answer_at", _TIME),
        sa.Column("customer_at", _TIME, nullable=False),
        sa.Column("late_at", _TIME),
        sa.Column("follow_at", _TIME),
        sa.Column("followed_at", _TIME),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], op.f("fk_answer_clocks_incident_id_incidents")),
        sa.PrimaryKeyConstraint("incident_id", name="pk_answer_clocks"),
    )
    for column in ("answer_by", "post_uid", "thread"):
        op.create_index(f"ix_answer_clocks_{column}", "answer_clocks", [column])
    in_time = sa.text("late_at IS NULL")
    op.create_index(
        "ix_answer_clocks_due", "answer_clocks", ["answer_by"], sqlite_where=in_time, postgresql_where=in_time
    )
    _others()
    op.create_table(
        "answer_claims",
        sa.Column("incident_id", _KEY, nullable=False),
        sa.Column("person", sa.String(80), nullable=False),
        sa.Column("since", _TIME, nullable=False),
        sa.Column("until", _TIME, nullable=False),
        sa.Column("page", sa.String(60)),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], op.f("fk_answer_claims_incident_id_incidents")),
        sa.PrimaryKeyConstraint("incident_id", name="pk_answer_claims"),
    )
    op.create_table(
        "rota_changes",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("person", sa.String(80), nullable=False),
        sa.Column("substitute", sa.String(80)),
        sa.Column("begins_at", _TIME, nullable=False),
        sa.Column("ends_at", _TIME, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_by", sa.String(80), nullable=False),
        sa.Column("made_at", _TIME, nullable=False),
        sa.Column("withdrawn_at", _TIME),
        sa.PrimaryKeyConstraint("id", name="pk_rota_changes"),
    )
    op.create_index("ix_rota_changes_ends_at", "rota_changes", ["ends_at"])
    op.create_table(
        "person_rules",
        sa.Column("person", sa.String(80), nullable=False),
        sa.Column("quiet", _DOCUMENT),
        sa.Column("bundle_minutes", sa.Integer()),
        sa.PrimaryKeyConstraint("person", name="pk_person_rules"),
    )
    op.create_table(
        "answers",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        sa.Column("incident_id", _KEY, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("place", sa.String(12), nullable=False),
        sa.Column("source", sa.String(80)),
        sa.Column("language", sa.String(8)),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("facts", _DOCUMENT, nullable=False),
        sa.Column("findings", _DOCUMENT, nullable=False),
        sa.Column("post_uid", sa.String(600)),
        sa.Column("reply_to", sa.String(600)),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("approved_by", sa.String(80)),
        sa.Column("approved_at", _TIME),
        sa.Column("key", sa.String(80)),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", _TIME),
        sa.Column("claimed_by", sa.String(80)),
        sa.Column("claimed_until", _TIME),
        sa.Column("last_error", sa.Text()),
        sa.Column("unsure_since", _TIME),
        sa.Column("note", sa.Text()),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], op.f("fk_answers_incident_id_incidents")),
        sa.PrimaryKeyConstraint("id", name="pk_answers"),
        sa.UniqueConstraint("post_uid", name="uq_answers_post_uid"),
        sa.UniqueConstraint("key", name="uq_answers_key"),
    )
    op.create_index("ix_answers_incident_id", "answers", ["incident_id"])
    op.create_index("ix_answers_state", "answers", ["state", "not_before"])


def _others() -> None:
    """What other customers of a story were answered: also what our accounts replied to before, as far as it is kept."""
    op.create_table(
        "followed_posts",
        sa.Column("incident_id", _KEY, nullable=False),
        sa.Column("post_uid", sa.String(600), nullable=False),
        sa.Column("source", sa.String(80), nullable=False),
        sa.Column("thread", sa.Text(), nullable=False),
        sa.Column("spoke_at", _TIME, nullable=False),
        sa.Column("follow_at", _TIME),
        sa.Column("followed_at", _TIME),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], op.f("fk_followed_posts_incident_id_incidents")),
        sa.PrimaryKeyConstraint("incident_id", "post_uid", name="pk_followed_posts"),
    )
    for column in ("post_uid", "thread"):
        op.create_index(f"ix_followed_posts_{column}", "followed_posts", [column])
    op.create_table(
        "public_replies",
        sa.Column("post_seq", _KEY, nullable=False),
        sa.Column("to_uid", sa.String(600), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["post_seq"], ["posts.seq"], op.f("fk_public_replies_post_seq_posts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("post_seq", "to_uid", name="pk_public_replies"),
    )
    op.create_index("ix_public_replies_to_uid", "public_replies", ["to_uid"])
    op.execute(
        sa.text(
            "INSERT INTO public_replies (post_seq, to_uid, at) "
            "SELECT DISTINCT posts.seq, substr(posts.source || ':' || posts.parent_id, 1, 600), posts.created_at "
            "FROM decisions JOIN posts ON posts.seq = decisions.post_seq "
            "WHERE decisions.reason = 'own_post' AND posts.parent_id IS NOT NULL"
        )
    )


def _deciding() -> None:
    op.create_table(
        "playbook_ticks",
        sa.Column("incident_id", _KEY, nullable=False),
        sa.Column("step", sa.String(120), nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("person", sa.String(80), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], op.f("fk_playbook_ticks_incident_id_incidents")),
        sa.PrimaryKeyConstraint("incident_id", "step", name="pk_playbook_ticks"),
    )
    op.create_table(
        "playbook_versions",
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", "version", name="pk_playbook_versions"),
    )
    op.create_table(
        "concessions",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        sa.Column("incident_id", _KEY, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("choice", sa.String(12), nullable=False),
        sa.Column("remedy", sa.String(20), nullable=False),
        sa.Column("cost", sa.Float()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed", sa.Boolean(), nullable=False),
        sa.Column("figures", _DOCUMENT, nullable=False),
        sa.Column("named_in", sa.String(600)),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], op.f("fk_concessions_incident_id_incidents")),
        sa.PrimaryKeyConstraint("id", name="pk_concessions"),
    )
    op.create_index("ix_concessions_at", "concessions", ["at"])
    op.create_index("ix_concessions_incident_id", "concessions", ["incident_id"])
    op.create_index("ix_concessions_named_in", "concessions", ["named_in"])
    op.create_table(
        "customers",
        sa.Column("source", sa.String(80), nullable=False),
        sa.Column("account", sa.String(200), nullable=False),
        sa.Column("value_per_year", sa.Float(), nullable=False),
        sa.Column("customer_since", sa.String(10)),
        sa.Column("imported_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("source", "account", name="pk_customers"),
    )
    op.create_table(
        "after_actions",
        sa.Column("incident_id", _KEY, nullable=False),
        sa.Column("cause", sa.String(40), nullable=False),
        sa.Column("remedy", sa.String(20), nullable=False),
        sa.Column("cost", sa.Float()),
        sa.Column("lesson", sa.Text(), nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], op.f("fk_after_actions_incident_id_incidents")),
        sa.PrimaryKeyConstraint("incident_id", name="pk_after_actions"),
    )
    op.create_index("ix_after_actions_at", "after_actions", ["at"])


def _telling() -> None:
    op.create_table(
        "link_uses",
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("incident_id", _KEY, nullable=False),
        sa.Column("person", sa.String(80), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("token", name="pk_link_uses"),
    )
    op.create_index("ix_link_uses_at", "link_uses", ["at"])
    op.create_table(
        "channel_states",
        sa.Column("channel", sa.String(80), nullable=False),
        sa.Column("confirmed_at", _TIME),
        sa.Column("silent_since", _TIME),
        sa.Column("told_at", _TIME),
        sa.Column("error", sa.Text()),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("channel", name="pk_channel_states"),
    )
    op.create_table(
        "threads",
        sa.Column("channel", sa.String(80), nullable=False),
        sa.Column("person", sa.String(80), nullable=False),
        sa.Column("incident_id", _KEY, nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], op.f("fk_threads_incident_id_incidents")),
        sa.PrimaryKeyConstraint("channel", "person", "incident_id", name="pk_threads"),
    )
    op.create_table(
        "api_tokens",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("scopes", _DOCUMENT, nullable=False),
        sa.Column("made_by", sa.String(80), nullable=False),
        sa.Column("made_at", _TIME, nullable=False),
        sa.Column("expires_at", _TIME),
        sa.Column("used_at", _TIME),
        sa.Column("revoked_at", _TIME),
        sa.PrimaryKeyConstraint("id", name="pk_api_tokens"),
        sa.UniqueConstraint("token", name="uq_api_tokens_token"),
    )
    op.create_table(
        "hook_deliveries",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("hook", sa.String(80), nullable=False),
        sa.Column("incident_id", _KEY, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("payload", _DOCUMENT, nullable=False),
        sa.Column("queued_at", _TIME, nullable=False),
        sa.Column("not_before", _TIME, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_by", sa.String(80)),
        sa.Column("claimed_until", _TIME),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("last_error", sa.Text()),
        sa.Column("reference", sa.Text()),
        sa.Column("sent_at", _TIME),
        sa.PrimaryKeyConstraint("id", name="pk_hook_deliveries"),
        sa.UniqueConstraint("key", name="uq_hook_deliveries_key"),
    )
    op.create_index("ix_hook_deliveries_due", "hook_deliveries", ["state", "not_before"])
    op.create_index("ix_hook_deliveries_incident_id", "hook_deliveries", ["incident_id"])
    op.create_table(
        "api_answers",
        sa.Column("token_id", _KEY, nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("request", sa.String(64), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("changed", _KEY),
        sa.ForeignKeyConstraint(["token_id"], ["api_tokens.id"], name="fk_api_answers_token_id"),
        sa.PrimaryKeyConstraint("token_id", "key", name="pk_api_answers"),
    )
    op.create_index("ix_api_answers_at", "api_answers", ["at"])
    op.create_index("ix_incidents_changes", "incidents", ["status", "changed_at", "id"])


def downgrade() -> None:
    """Take the change back."""
    op.drop_index("ix_incidents_changes", "incidents")
    op.drop_index("ix_incident_events_unannounced", "incident_events")
    op.drop_column("incident_events", "announced")
    op.drop_index("ix_outbox_person", "outbox")
    op.drop_column("outbox", "due_at")
    op.drop_column("outbox", "bundle")
    op.drop_column("promises", "promised_by")
    op.drop_column("incidents", "urgent")
    op.drop_column("posts", "parent_author")
    op.drop_index("ix_stories_article", "stories")
    op.drop_index("ix_decisions_complaints", "decisions")
    op.drop_index("ix_corrections_at", "corrections")
    op.drop_index("ix_promises_due", "promises")
    op.drop_index("ix_incidents_story_id", "incidents")
    op.drop_index("ix_incidents_held", "incidents")
    op.create_index("ix_incidents_held_at", "incidents", ["held_at"])
    op.drop_index("ix_incidents_list", "incidents")
    op.create_index("ix_incidents_list", "incidents", ["status", "risk", "id"])
    op.drop_index("ix_incidents_unresolved", "incidents")
    op.drop_index("ix_incidents_resolved", "incidents")
    op.drop_index("ix_decisions_own", "decisions")
    for name in (
        "api_answers",
        "hook_deliveries",
        "api_tokens",
        "threads",
        "channel_states",
        "link_uses",
        "after_actions",
        "customers",
        "concessions",
        "playbook_versions",
        "playbook_ticks",
        "answers",
        "person_rules",
        "rota_changes",
        "answer_claims",
        "public_replies",
        "followed_posts",
        "answer_clocks",
    ):
        op.drop_table(name)
