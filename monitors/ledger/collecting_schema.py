"""The tables of collecting: where each sweep stands, what was skipped, and what calls and money were spent."""

from sqlalchemy import BigInteger, Column, Float, String, Table, Text

from monitors.ledger.columns import Document, UtcTime, metadata

sweeps = Table(
    "sweeps",
    metadata,
    Column("source", String(80), primary_key=True),
    Column("brand", String(80), primary_key=True),
    Column("state", Document),
    Column("claimed_until", UtcTime),
    Column("claimed_by", String(80)),
    Column("tried_at", UtcTime),
    Column("good_at", UtcTime),
    Column("retry_at", UtcTime),
    Column("error_kind", String(20)),
    Column("error", Text),
    Column("read", BigInteger, nullable=False, default=0),
    Column("skipped", BigInteger, nullable=False, default=0),
)

skips = Table(
    "skips",
    metadata,
    Column("source", String(80), primary_key=True),
    Column("reason", String(80), primary_key=True),
    Column("count", BigInteger, nullable=False),
    Column("last_at", UtcTime, nullable=False),
    Column("last_where", Text, nullable=False),
    Column("last_detail", Text, nullable=False),
)

spending = Table(
    "spending",
    metadata,
    Column("source", String(80), primary_key=True),
    Column("period", String(20), primary_key=True),
    Column("calls", BigInteger, nullable=False),
    Column("cost", Float, nullable=False),
)
