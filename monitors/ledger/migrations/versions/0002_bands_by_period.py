"""Bands are filed by period.

Judging looked through the stories of all years, and took longer with every month that the ledger grew.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

# Weeks since 2000-01-01 UTC.
_PERIOD = {
    "sqlite": "CAST((julianday(stories.last_at) - julianday('2000-01-01')) / 7 AS INTEGER)",
    "postgresql": "CAST(floor((extract(epoch FROM stories.last_at) - 946684800) / 604800) AS INTEGER)",
}


def upgrade() -> None:
    """Apply the change."""
    period = sa.Column("period", sa.Integer(), nullable=False)
    _refile(
        period,
        keys=("brand", "period", "band", "story_id"),
        old=f"SELECT old.brand, {_PERIOD[op.get_bind().dialect.name]}, band, story_id FROM old_bands AS old "  # noqa: S608 - our own words
        "JOIN stories ON stories.id = story_id AND stories.brand = old.brand",
    )


def downgrade() -> None:
    """Take the change back."""
    _refile(keys=("brand", "band", "story_id"), old="SELECT DISTINCT brand, band, story_id FROM old_bands")


def _refile(*more: sa.Column[int], keys: tuple[str, ...], old: str) -> None:
    # A primary key cannot be changed in place on SQLite.
    op.rename_table("story_bands", "old_bands")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE old_bands RENAME CONSTRAINT pk_story_bands TO pk_old_bands")
    op.create_table(
        "story_bands",
        sa.Column("brand", sa.String(length=80), nullable=False),
        *more,
        sa.Column("band", sa.BigInteger(), nullable=False),
        sa.Column("story_id", sa.String(length=600), nullable=False),
        sa.PrimaryKeyConstraint(*keys, name=op.f("pk_story_bands")),
    )
    op.execute(f"INSERT INTO story_bands ({', '.join(keys)}) {old}")
    op.drop_table("old_bands")
