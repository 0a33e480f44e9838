"""How the pages speak: the reader's language and zone, from catalogs that are plain ``.po`` files.

English texts are the keys. Catalogs are compiled in memory at the first use, so that nothing has to be built.
"""

import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_datetime, format_skeleton, format_time, format_timedelta, get_day_names
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal
from babel.support import NullTranslations, Translations

from models.moments import in_zone, zone_named

LANGUAGES = {"et": "Eesti", "ru": "Русский", "fi": "Suomi", "en": "English"}
DEFAULT_LANGUAGE = "en"
DEFAULT_ZONE = "Europe/Tallinn"
_QUOTES = {"et": ("„", "”"), "ru": ("«", "»"), "fi": ("”", "”"), "en": ("“", "”")}
_PERCENT = "\u00a0%"


def mark(msgid: str) -> str:
    """Mark a text for the catalogs where it is written, to be translated where it is shown."""
    return msgid


def mark_plural(one: str, many: str) -> tuple[str, str]:
    """The same for a text that depends on a number."""
    return one, many


@dataclass(frozen=True, slots=True)
class Speech:
    """One reader's language and zone; ``now`` is when they read, so that days of other years show theirs."""

    code: str
    locale: Locale
    zone: ZoneInfo
    catalog: NullTranslations
    now: datetime | None = None

    def text(self, msgid: str, **values: object) -> str:
        """A text in the reader's language, with ``%(name)s`` places filled."""
        # The empty key is the catalog's own header.
        said = self.catalog.gettext(msgid) if msgid else ""
        return said % values if values else said

    def plural(self, one: str, many: str, n: int, **values: object) -> str:
        """A text that depends on a number, which itself is the place ``%(n)s``."""
        return str(self.catalog.ngettext(one, many, n) % {"n": self.number(n), **values})

    @property
    def quotes(self) -> tuple[str, str]:
        """The marks that the reader's language puts around quoted words."""
        return _QUOTES[self.code]

    def number(self, value: float, digits: int = 0) -> str:
        """A number with the reader's separators."""
        return format_decimal(round(value, digits), locale=self.locale, decimal_quantization=False)

    def money(self, amount: float, currency: str) -> str:
        """An amount in a currency (ISO 4217 code), with cents only where there are some."""
        pattern = self.locale.currency_formats["standard"].pattern
        if amount == round(amount):
            pattern = pattern.replace("0.00", "0")
        return str(format_currency(amount, currency, pattern, locale=self.locale, currency_digits=False))

    def counted(self, value: int, most: int) -> str:
        """A number that was counted up to ``most``: of more than that "1,000+", as all four languages write it."""
        return f"{self.number(most)}+" if value > most else self.number(value)

    def percent(self, share: float) -> str:
        """A share of 0 to 1 as percent, with two meaningful digits where it is small."""
        value = share * 100
        digits = 0 if value >= 10 else sum(value < bound for bound in (10, 1, 0.1, 0.01))
        return self.number(value, digits) + _PERCENT

    def percents(self, low: float, high: float) -> str:
        """A range of shares."""
        return f"{self.percent(low).removesuffix(_PERCENT)}–{self.percent(high)}"

    def moment(self, at: datetime) -> str:
        """Day and time, short."""
        return f"{self.day(at)}, {self.clock(at)}"

    def full_moment(self, at: datetime) -> str:
        """Day, year, time and zone, for titles."""
        return format_datetime(in_zone(at, self.zone), "long", tzinfo=self.zone, locale=self.locale)

    def day(self, at: datetime) -> str:
        """The reader's calendar day, with its year when that is not the present one."""
        here = in_zone(at, self.zone)
        skeleton = "MMMd" if here.year == in_zone(self.now or at, self.zone).year else "yMMMd"
        return str(format_skeleton(skeleton, here, tzinfo=self.zone, locale=self.locale))

    def weekday(self, number: int) -> str:
        """A day of the week, short; 0 is Monday."""
        return str(get_day_names("abbreviated", locale=self.locale)[number])

    def day_of_week(self, at: datetime) -> str:
        """The reader's calendar day with the day of the week."""
        here = in_zone(at, self.zone)
        return str(format_skeleton("MMMEd", here, tzinfo=self.zone, locale=self.locale))

    def clock(self, at: datetime) -> str:
        """The reader's time of day."""
        return format_time(in_zone(at, self.zone), "HH:mm", tzinfo=self.zone, locale=self.locale)

    def ago(self, at: datetime, now: datetime) -> str:
        """How long ago, or in how long."""
        return format_timedelta(at - now, add_direction=True, locale=self.locale, threshold=1.1)

    def length(self, span: timedelta) -> str:
        """How long something takes, or has been due."""
        return format_timedelta(abs(span), locale=self.locale, threshold=1.1)

    def language_name(self, code: str | None) -> str:
        """What a language of posts is called in the reader's language."""
        if code is None:
            return self.text("language unknown")
        return str(self.locale.languages.get(code, code))

    def local_day_start(self, at: datetime) -> datetime:
        """The midnight (UTC) at which the reader's day began."""
        return in_zone(in_zone(at, self.zone).replace(hour=0, minute=0, second=0, microsecond=0), UTC)

    def from_typed(self, typed: str) -> datetime | None:
        """The UTC time that a reader means by a typed local one (``2026-11-22T14:20``), or None."""
        try:
            return datetime.fromisoformat(typed).replace(tzinfo=self.zone).astimezone(UTC)
        except (ValueError, OverflowError):
            return None

    def from_written(self, written: str) -> datetime | None:
        """The time that a log holds in ISO form, or None."""
        try:
            at = datetime.fromisoformat(written)
        except ValueError:
            return None
        return at if at.tzinfo else at.replace(tzinfo=UTC)

    def to_typed(self, at: datetime) -> str:
        """The same, the other way."""
        return in_zone(at, self.zone).strftime("%Y-%m-%dT%H:%M")


def speech(language: str, timezone: str = DEFAULT_ZONE, now: datetime | None = None) -> Speech:
    """Speak a language in a zone; what is not known becomes English and Tallinn."""
    code = language if language in LANGUAGES else DEFAULT_LANGUAGE
    return Speech(code, _locale(code), zone_named(timezone) or ZoneInfo(DEFAULT_ZONE), catalog(code), now)


def accepted(header: str) -> str:
    """The language that a browser asks for (``Accept-Language``), as far as the pages speak it."""
    wanted: list[tuple[float, str]] = []
    for part in header[:1000].split(","):
        tag, _, quality = part.partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            continue
        wanted.append((weight, tag.strip().lower().split("-")[0]))
    known = [(weight, tag) for weight, tag in wanted if tag in LANGUAGES and weight > 0]
    return max(known, key=lambda each: each[0])[1] if known else DEFAULT_LANGUAGE


@cache
def catalog(code: str) -> NullTranslations:
    """The compiled catalog of a language; English texts are their own."""
    source = files("dashboards").joinpath("locale", code, "LC_MESSAGES", "kuula.po")
    compiled = io.BytesIO()
    with source.open("rb") as lines:
        write_mo(compiled, read_po(lines, locale=code))
    compiled.seek(0)
    return Translations(compiled)


@cache
def _locale(code: str) -> Locale:
    return Locale("en", "GB") if code == "en" else Locale(code)
