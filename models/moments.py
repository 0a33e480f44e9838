"""Times at the ends of the calendar, where plain arithmetic raises: a stranger may date a post to the first day."""

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""No service is older: a date before it is a broken one."""

_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def shifted(moment: datetime, by: timedelta) -> datetime:
    """The time so much later or earlier, or the end of the calendar where there is none."""
    try:
        return moment + by
    except OverflowError:
        return _FIRST if by < timedelta(0) else _LAST


def in_zone(moment: datetime, zone: tzinfo) -> datetime:
    """The time as clocks in a zone show it; at the ends of the calendar, where they could not, with its own digits."""
    try:
        return moment.astimezone(zone)
    except (OverflowError, ValueError):
        return moment.replace(tzinfo=zone)


def zone_named(name: str) -> ZoneInfo | None:
    """The zone of an IANA name, or None: names were kept that this machine's list of zones does not have."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
