"""Scores say which remedy the author wishes for, and which parts of a post are in which language."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"

_DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Apply the change; posts that were scored before have no remedy and no parts until they are scored again."""
    op.add_column("scores", sa.Column("remedy", sa.String(20), nullable=False, server_default="none"))
    op.add_column("scores", sa.Column("language_parts", _DOCUMENT, nullable=False, server_default="[]"))


def downgrade() -> None:
    """Take the change back."""
    op.drop_column("scores", "language_parts")
    op.drop_column("scores", "remedy")
