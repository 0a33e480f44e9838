"""Bands are checksums of their values.

They were cryptographic hashes, which cost more than they gave. Stories that go on are filed anew: a complaint that was
looked for under its checksum would not find them, and would open its story and its incident a second time.
"""

import struct
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from zlib import crc32

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_WIDTH = 12
_BATCH = 1000
# A story that was silent for longer than 72 hours is over.
_WEEK = timedelta(days=7)
_START = datetime(2000, 1, 1, tzinfo=UTC)

_stories = sa.table(
    "stories",
    sa.column("brand", sa.String),
    sa.column("id", sa.String),
    sa.column("signature", sa.LargeBinary),
    sa.column("last_at", sa.DateTime(timezone=True)),
)
_bands = sa.table(
    "story_bands",
    sa.column("brand", sa.String),
    sa.column("period", sa.Integer),
    sa.column("band", sa.BigInteger),
    sa.column("story_id", sa.String),
)


def upgrade() -> None:
    """Apply the change."""
    _refile(lambda place, values: place << 32 | crc32(values))


def downgrade() -> None:
    """Take the change back."""
    _refile(_hashed)


def _hashed(place: int, values: bytes) -> int:
    digest = blake2b(place.to_bytes(2, "big") + values, digest_size=8).digest()
    return int(struct.unpack(">q", digest)[0])


def _refile(band_of: Callable[[int, bytes], int]) -> None:
    bind = op.get_bind()
    bind.execute(sa.delete(_bands))
    newest = bind.execute(sa.select(sa.func.max(_stories.c.last_at))).scalar()
    if newest is None:
        return
    key = sa.tuple_(_stories.c.brand, _stories.c.id)
    going_on = sa.select(_stories).where(_stories.c.last_at >= newest - _WEEK)
    after = ("", "")
    while rows := bind.execute(going_on.where(key > after).order_by(*key).limit(_BATCH)).all():
        after = (rows[-1].brand, rows[-1].id)
        filed = [
            {"brand": row.brand, "period": (_aware(row.last_at) - _START) // _WEEK, "band": band, "story_id": row.id}
            for row in rows
            for band in {band_of(end // _WIDTH - 1, row.signature[end - _WIDTH : end]) for end in _ends(row.signature)}
        ]
        if filed:
            bind.execute(sa.insert(_bands), filed)


def _ends(signature: bytes) -> range:
    return range(_WIDTH, len(signature) + 1, _WIDTH)


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
