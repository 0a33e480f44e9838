"""The tables of what spreads: bursts, media pick-up, how well forecasts came true, and rules tried on the past."""

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, String, Table, UniqueConstraint

from monitors.ledger.columns import Document, Key, UtcTime, metadata
from monitors.ledger.schema import posts

# What was counted is posts, complaints or one signal; the shape is a sudden burst or a slow rise. A holiday or a
# campaign of our own that explains it is named.
bursts = Table(
    "bursts",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("brand", String(80), nullable=False),
    Column("counted", String(40), nullable=False),
    Column("shape", String(8), nullable=False),
    Column("began_at", UtcTime, nullable=False),
    Column("noticed_at", UtcTime, nullable=False, index=True),
    Column("last_at", UtcTime, nullable=False),
    Column("score", Float, nullable=False),
    Column("seen", Integer, nullable=False),
    Column("usual", Float, nullable=False),
    Column("story_id", String(600)),
    Column("cause", Document, nullable=False),
    Column("known_as", String(200)),
    UniqueConstraint("brand", "counted", "shape", "began_at", name="uq_bursts_brand_counted_shape_began_at"),
    Index("ix_bursts_brand", "brand", "last_at"),
)

# Who took a story up: an article, a journalist, an editor, a regulator or a consumer authority; and how: it quoted,
# linked, told the same matter, replied or shared.
pickups = Table(
    "pickups",
    metadata,
    Column("brand", String(80), primary_key=True),
    Column("story_id", String(600), primary_key=True),
    Column("post_seq", Key, ForeignKey(posts.c.seq, ondelete="CASCADE"), primary_key=True),
    Column("by", String(20), nullable=False),
    Column("how", String(20), nullable=False),
    Column("at", UtcTime, nullable=False, index=True),
)

# One row a source, age and size: how often posts that were given a chance at that age did reach that size.
calibrations = Table(
    "calibrations",
    metadata,
    Column("source", String(80), primary_key=True),
    Column("age_minutes", Integer, primary_key=True),
    Column("size", Integer, primary_key=True),
    Column("at", UtcTime, primary_key=True),
    Column("model", String(80), nullable=False),
    Column("posts", Integer, nullable=False),
    Column("error", Float, nullable=False),
    Column("bins", Document, nullable=False),
)

# How often people were called in a shift, and how many alerts waited for the digest instead.
shifts = Table(
    "shifts",
    metadata,
    Column("began_at", UtcTime, primary_key=True),
    Column("alerts", Integer, nullable=False),
    Column("held", Integer, nullable=False),
)

backtests = Table(
    "backtests",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("at", UtcTime, nullable=False, index=True),
    Column("actor", String(80), nullable=False),
    Column("title", String(200), nullable=False),
    Column("report", Document, nullable=False),
)
