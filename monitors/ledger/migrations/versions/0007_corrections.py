"""What people say that the models got wrong about a post."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "corrections",
        sa.Column("post_seq", _KEY, nullable=False),
        sa.Column("field", sa.String(40), nullable=False),
        sa.Column("person", sa.String(80), nullable=False),
        sa.Column("value", sa.String(20), nullable=False),
        sa.Column("span_start", sa.Integer()),
        sa.Column("span_end", sa.Integer()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["post_seq"], ["posts.seq"], op.f("fk_corrections_post_seq_posts"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("post_seq", "field", "person", name=op.f("pk_corrections")),
    )


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("corrections")
