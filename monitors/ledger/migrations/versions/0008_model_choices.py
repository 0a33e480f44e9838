"""Which models were chosen to score posts, for all machines that share the ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "model_choices",
        sa.Column("task", sa.String(20), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("chosen_by", sa.String(80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refused", sa.Text()),
        sa.PrimaryKeyConstraint("task", name="pk_model_choices"),
    )


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("model_choices")
