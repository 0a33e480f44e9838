"""Posts are read again for as long as they are kept, the longest overdue of a source first.

Posts older than a week were never read again: what was deleted at its source after that stayed here.
"""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Apply the change."""
    op.drop_index("ix_posts_refresh_at", table_name="posts")
    op.create_index("ix_posts_refresh", "posts", ["source", "refresh_at"])
    op.execute("UPDATE posts SET refresh_at = stored_at WHERE refresh_at IS NULL AND gone_at IS NULL")


def downgrade() -> None:
    """Take the change back."""
    op.drop_index("ix_posts_refresh", table_name="posts")
    op.create_index("ix_posts_refresh_at", "posts", ["refresh_at"])
