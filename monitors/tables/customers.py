"""Lists of customers: source, account, value_per_year and, if known, since."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from monitors.parsing import storable
from monitors.tables.cells import read_time
from monitors.tables.files import open_table
from monitors.tables.rows import BadRow, Place

COLUMNS: Final = ("source", "account", "value_per_year", "since")
_AMOUNT: Final = re.compile(r"\d{1,12}(\.\d{1,6})?")


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """A row that is understood; ``since`` is a day in ISO form."""

    source: str
    account: str
    value_per_year: float
    since: str | None


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that is not, and why."""

    line: int
    why: str


def read_customers(path: Path) -> Iterator[CustomerRow | Refused]:
    """Each row of a list; ``ValueError`` where it is no such list."""
    with open_table(path) as table:
        missing = [name for name in COLUMNS[:3] if table.columns and name not in table.columns]
        if missing:
            raise ValueError(f"it has no column {', '.join(missing)}; the columns are {', '.join(COLUMNS)}")
        for row in table.rows(Place()):
            if isinstance(row, BadRow):
                yield Refused(row.start.line, f"the row cannot be read: {row.reason}")
            else:
                yield _customer(row.values, row.start.line)


def _customer(values: Mapping[str, Any], line: int) -> CustomerRow | Refused:
    source, account = (str(values.get(name) or "").strip() for name in ("source", "account"))
    if not source or not account:
        return Refused(line, "it names no source or no account")
    if storable(source + account) != source + account:
        return Refused(line, "its source or account has characters that cannot be kept")
    if len(source) > 80 or len(account) > 200:
        return Refused(line, "its source or account is too long")
    value = _amount(values.get("value_per_year"))
    if value is None:
        return Refused(line, "value_per_year is no amount; write it like 480 or 479.50")
    written = str(values.get("since") or "").strip()
    try:
        since = read_time(written).date().isoformat() if written else None
    except ValueError:
        return Refused(line, "since is no day; write it like 2021-03-15")
    return CustomerRow(source, account, value, since)


def _amount(cell: Any) -> float | None:
    plain = re.sub(r"[\s\u00a0\u202f€']", "", str(cell)[:40]).replace(",", ".")
    value = float(plain) if _AMOUNT.fullmatch(plain) else None
    return value if value is not None and math.isfinite(value) else None
