"""How the ledger's columns are kept alike on SQLite and PostgreSQL: aware times, small JSON documents, growing keys."""

from collections.abc import Mapping
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Integer, MetaData, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB


class UtcTime(TypeDecorator[datetime]):
    """An aware UTC time on both databases; SQLite itself would give naive ones back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times: they would be read as another zone's."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Give every time back as aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Document = JSON().with_variant(JSONB(), "postgresql")
Key = BigInteger().with_variant(Integer(), "sqlite")


def storable(text: Any) -> Any:
    """The text without what no database can hold: NUL characters and halves of surrogate pairs."""
    if text is None:
        return None
    return str(text).replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def storable_document(value: Any) -> Any:
    """A value that a stranger wrote as JSON that both databases hold; what is no number to them becomes text."""
    if isinstance(value, Mapping):
        return {storable(key): storable_document(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [storable_document(inner) for inner in value]
    if value is None or isinstance(value, bool | int) or (isinstance(value, float) and isfinite(value)):
        return value
    return storable(value)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
