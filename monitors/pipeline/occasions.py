"""Occasions: holidays and our own campaigns, on which more is said of a brand than on other days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from models.moments import in_zone


@dataclass(frozen=True, slots=True)
class Campaign:
    """Something of our own that people will talk about, from its first day to its last."""

    name: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Occasions:
    """What days are known as where a brand is at home: ``countries`` are ISO 3166 codes."""

    zone: ZoneInfo
    countries: Sequence[str] = ()
    campaigns: Sequence[Campaign] = ()

    def on(self, at: datetime) -> str | None:
        """What the day is known as, our own campaigns first; None for an ordinary day."""
        day = in_zone(at, self.zone).date()
        names = [one.name for one in self.campaigns if one.first <= day <= one.last]
        names += [name for country in self.countries if (name := holidays_of(country, day.year).get(day))]
        return ", ".join(dict.fromkeys(names)) or None


@lru_cache(maxsize=64)
def holidays_of(country: str, year: int) -> Mapping[date, str]:
    """The public holidays of a country, by the names that they have there."""
    # Half a second that only those wait for who set countries.
    from holidays import country_holidays

    plain = country_holidays(country, years=year)
    own = getattr(plain, "default_language", None)
    return country_holidays(country, years=year, language=own) if own else plain
