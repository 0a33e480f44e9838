"""Indexes by which a source's and an author's finished posts are found: what is usual for them, and what to learn."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Apply the change."""
    op.create_index("ix_posts_source", "posts", ["source", "created_at", "seq"])
    op.create_index("ix_posts_author", "posts", ["source", "author_id", "created_at"])


def downgrade() -> None:
    """Take the change back."""
    op.drop_index("ix_posts_author", "posts")
    op.drop_index("ix_posts_source", "posts")
