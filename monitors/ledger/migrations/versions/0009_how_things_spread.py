"""Bursts, media pick-up, calibration and backtests; alerts held for the digest, and posts that were paid for today."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0009"
down_revision = "0008"

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply the change; stories from before it have no lead time."""
    op.create_table(
        "bursts",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        sa.Column("brand", sa.String(80), nullable=False),
        sa.Column("counted", sa.String(40), nullable=False),
        sa.Column("shape", sa.String(8), nullable=False),
        sa.Column("began_at", _TIME, nullable=False),
        sa.Column("noticed_at", _TIME, nullable=False),
        sa.Column("last_at", _TIME, nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("usual", sa.Float(), nullable=False),
        sa.Column("story_id", sa.String(600)),
        sa.Column("cause", _DOCUMENT, nullable=False),
        sa.Column("known_as", sa.String(200)),
        sa.PrimaryKeyConstraint("id", name="pk_bursts"),
        sa.UniqueConstraint("brand", "counted", "shape", "began_at", name="uq_bursts_brand_counted_shape_began_at"),
    )
    op.create_index("ix_bursts_brand", "bursts", ["brand", "last_at"])
    op.create_index("ix_bursts_noticed_at", "bursts", ["noticed_at"])
    op.create_table(
        "pickups",
        sa.Column("brand", sa.String(80), nullable=False),
        sa.Column("story_id", sa.String(600), nullable=False),
        sa.Column("post_seq", _KEY, nullable=False),
        sa.Column("by", sa.String(20), nullable=False),
        sa.Column("how", sa.String(20), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["post_seq"], ["posts.seq"], op.f("fk_pickups_post_seq_posts"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("brand", "story_id", "post_seq", name="pk_pickups"),
    )
    op.create_index("ix_pickups_at", "pickups", ["at"])
    op.create_table(
        "calibrations",
        sa.Column("source", sa.String(80), nullable=False),
        sa.Column("age_minutes", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("model", sa.String(80), nullable=False),
        sa.Column("posts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Float(), nullable=False),
        sa.Column("bins", _DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint("source", "age_minutes", "size", "at", name="pk_calibrations"),
    )
    op.create_table(
        "backtests",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("report", _DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_backtests"),
    )
    op.create_index("ix_backtests_at", "backtests", ["at"])
    op.create_table(
        "shifts",
        sa.Column("began_at", _TIME, nullable=False),
        sa.Column("alerts", sa.Integer(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("began_at", name="pk_shifts"),
    )
    op.add_column("stories", sa.Column("alerted_interactions", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("stories", sa.Column("calm_complaints", sa.Integer()))
    op.add_column("stories", sa.Column("alerted_at", _TIME))
    op.add_column("stories", sa.Column("article_at", _TIME))
    op.add_column("posts", sa.Column("paid_on", sa.String(10)))
    op.add_column("incidents", sa.Column("held_at", _TIME))
    op.add_column("incidents", sa.Column("listed_at", _TIME))
    op.create_index("ix_incidents_held_at", "incidents", ["held_at"])
    op.create_index("ix_incidents_opened_at", "incidents", ["opened_at"])


def downgrade() -> None:
    """Take the change back."""
    op.drop_index("ix_incidents_opened_at", "incidents")
    op.drop_index("ix_incidents_held_at", "incidents")
    op.drop_column("incidents", "listed_at")
    op.drop_column("incidents", "held_at")
    op.drop_column("posts", "paid_on")
    op.drop_column("stories", "article_at")
    op.drop_column("stories", "alerted_at")
    op.drop_column("stories", "calm_complaints")
    op.drop_column("stories", "alerted_interactions")
    for name in ("shifts", "backtests", "calibrations", "pickups", "bursts"):
        op.drop_table(name)
