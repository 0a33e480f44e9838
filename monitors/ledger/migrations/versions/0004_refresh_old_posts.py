"""Posts are read again for as long as they are kept, the longest overdue of a source first.

Posts older than a week were never read again: what was deleted at its source after that stayed here.
"""

from alembic import op

revision = "0004"
down_revision = "0003"

_SOON = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f000', 'now', '+' || (seq % 168) || ' hours')",
    "postgresql": "now() + (seq % 168) * interval '1 hour'",
}


def upgrade() -> None:
    """Apply the change."""
    op.drop_index("ix_posts_refresh_at", table_name="posts")
    op.create_index("ix_posts_refresh", "posts", ["source", "refresh_at"])
    # Spread over a week: all at once they would take what the budgets of their sources allow for days.
    op.execute(
        f"UPDATE posts SET refresh_at = {_SOON[op.get_bind().dialect.name]} "  # noqa: S608 - our own words
        "WHERE refresh_at IS NULL AND gone_at IS NULL"
    )


def downgrade() -> None:
    """Take the change back."""
    op.drop_index("ix_posts_refresh", table_name="posts")
    op.create_index("ix_posts_refresh_at", "posts", ["refresh_at"])
