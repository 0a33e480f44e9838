"""What a cell says: times in every notation that exports use, and counts."""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Any, Final

from dateutil import parser as dateutil_parser

_EXPORTED_EPOCH: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - spreadsheets count days from here, without a zone
_UNIX_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SERIAL_DAYS: Final = range(20_000, 80_000)  # 1954 to 2119
_NUMBER: Final = re.compile(r"[+-]?\d+([.,]\d+)?([eE][+-]?\d+)?")
_COMPACT: Final = re.compile(r"(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(\d{6})?")
# Names of zones have no standard; these are what exports of web services and mails use.
_HOURS: Final = {
    "UTC": 0, "GMT": 0, "Z": 0, "BST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3,
    "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
}  # fmt: skip
_SUFFIXES: Final = {"k": 1e3, "m": 1e6, "b": 1e9}
# Two times that differ in every part: a text that lacks the year, month or day reads differently against each.
_DEFAULTS: Final = (datetime(2001, 2, 3), datetime(2004, 5, 6))  # noqa: DTZ001 - the zone is added after reading


def read_time(value: Any, *, zone: tzinfo = UTC, day_first: bool | None = None) -> datetime:
    """The time in UTC that a cell says, or ``ValueError``; a time without a zone is in ``zone``.

    Numbers are seconds, milliseconds, microseconds or nanoseconds since 1970, or a spreadsheet's days since 1900.
    Without ``day_first`` a date with dots starts with the day, as it does where dates are written with dots.
    """
    try:
        moment = _read(value, day_first)
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, LookupError, OverflowError, TypeError, AttributeError) as error:
        raise ValueError(f"not a time: {str(value)[:40]!r}") from error


def _read(value: Any, day_first: bool | None) -> datetime:  # noqa: FBT001 - passed on as it came
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time())
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _from_number(float(value))
    text = str(value).strip()
    if _COMPACT.fullmatch(text):
        return datetime.fromisoformat(text if len(text) == 8 else f"{text[:8]}T{text[8:]}")
    if _NUMBER.fullmatch(text):
        return _from_number(float(text.replace(",", ".")))
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return _from_words(text, "." in text if day_first is None else day_first)


def _from_number(number: float) -> datetime:
    size = abs(number)
    if int(number) in _SERIAL_DAYS:
        # A spreadsheet keeps seconds as a fraction of a day: what rounding took from them is given back.
        return _EXPORTED_EPOCH + timedelta(seconds=round(number * 86_400, 3))
    for least, per_second in ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3), (1e8, 1.0)):
        if size >= least:
            return _UNIX_EPOCH + timedelta(seconds=number / per_second)
    raise ValueError("too small for seconds, too large for days")


def _from_words(text: str, day_first: bool) -> datetime:  # noqa: FBT001 - decided by the caller
    if len(text) > 64:
        raise ValueError("too long")
    first, second = (_parse(text, day_first, default) for default in _DEFAULTS)
    if first != second:
        raise ValueError("not a whole date")
    return first


def _parse(text: str, day_first: bool, default: datetime) -> datetime:  # noqa: FBT001 - as above
    return dateutil_parser.parse(text, dayfirst=day_first, default=default, tzinfos=_zone)


def _zone(name: str | None, offset: int | None) -> tzinfo | None:
    if offset is None:
        if not name:
            return None
        offset = _HOURS[name] * 3600
    return timezone(timedelta(seconds=offset))


def read_count(value: Any) -> int | None:
    """A count such as 12, "1,234", "1 234" or "1.2K"; None where the cell does not hold one."""
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if 0 <= value < 2**63 else None
    text = str(value).strip().lower()
    if text.isdecimal() and len(text) < 19:
        return int(text)
    factor = _SUFFIXES.get(text[-1:], 1.0)
    digits = text[:-1] if factor > 1 else text
    digits = re.sub(r"[\s,](?=\d{3}\b)", "", digits).replace(",", ".")
    if not re.fullmatch(r"\d{1,15}(\.\d{1,15})?", digits):
        return None
    return round(float(digits) * factor)
