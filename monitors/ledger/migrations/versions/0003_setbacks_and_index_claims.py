"""Posts that a step cannot take, and claims on the line before the index.

One post that no model can read held up its batch for ever. Two workers that indexed the same post at once could bring
it back after it was deleted.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "setbacks",
        sa.Column("post_seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("step", sa.String(length=12), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_seq"], ["posts.seq"], name=op.f("fk_setbacks_post_seq_posts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("post_seq", "step", name=op.f("pk_setbacks")),
    )
    op.add_column("index_queue", sa.Column("claimed_by", sa.String(length=80), nullable=True))
    op.add_column("index_queue", sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_index_queue_claimed",
        "index_queue",
        ["claimed_by"],
        sqlite_where=sa.text("claimed_by IS NOT NULL"),
        postgresql_where=sa.text("claimed_by IS NOT NULL"),
    )


def downgrade() -> None:
    """Take the change back."""
    op.drop_index("ix_index_queue_claimed", "index_queue")
    op.drop_column("index_queue", "claimed_until")
    op.drop_column("index_queue", "claimed_by")
    op.drop_table("setbacks")
