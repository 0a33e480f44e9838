"""What depends on the place: time zones, times of day on its clocks, and countries with their public holidays."""

from datetime import time
from typing import Annotated, Any, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, BeforeValidator

from monitors.settings.mistakes import Correctable, did_you_mean


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        near = did_you_mean(name, available_timezones())
        remedy = near or "Write the city of your zone, such as `Europe/Tallinn`."
        raise Correctable("is not a known time zone", remedy) from error
    return name


TimeZone: TypeAlias = Annotated[str, AfterValidator(_known_zone)]


def _wall_clock(value: Any) -> Any:
    # A number would be taken for seconds since midnight, and a time with a zone cannot be compared with others.
    try:
        read = time.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        read = None
    if not isinstance(read, time) or read.tzinfo is not None:
        raise Correctable("must be a time of day without a zone", "Write it like 09:00:00.")
    return read


WallTime: TypeAlias = Annotated[time, BeforeValidator(_wall_clock)]
"""A time of day on somebody's clocks, whose zone is said elsewhere."""


def _known_country(code: str) -> str:
    from holidays import list_supported_countries

    known = list_supported_countries(include_aliases=False)
    if code not in known:
        remedy = f"Write `{code.upper()}`." if code.upper() in known else "Write its two letters, such as `EE`."
        raise Correctable("is not a country whose holidays are known", remedy)
    return code


Country: TypeAlias = Annotated[str, AfterValidator(_known_country)]
