"""The templates and words of one language, read once."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton, format_time
from babel.numbers import format_decimal, format_percent
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from models.moments import in_zone

LANGUAGES = ("et", "ru", "fi", "en")
KINDS = (
    "alert",
    "again",
    "escalation",
    "reminder",
    "broken_promise",
    "unanswered",
    "customer_wrote",
    "handed_over",
    "manager_asked",
    "manager_answered",
    "approval_asked",
    "answer_news",
    "swap_asked",
    "swap_refused",
    "duty_changed",
    "silent_source",
    "digest",
    "burst",
    "silent_channel",
    "test",
    "weekly",
)


@dataclass(frozen=True, slots=True)
class Wording:
    """How one reader is spoken to: a language of ``LANGUAGES``, a time zone, and when it is written."""

    language: str
    zone: ZoneInfo
    now: datetime

    def text(self, kind: str, values: Mapping[str, Any]) -> tuple[str, str]:
        """The subject and the body of a message of that kind."""
        written = (
            _templates()
            .get_template(f"{self.language}/{kind}.txt")
            .render(
                **values,
                words=words(self.language),
                now=self.now,
                number=self.number,
                decimal=self.decimal,
                percent=self.percent,
                share=self.share,
                label=self.label,
                moment=self.moment,
                minute=self.minute,
            )
        )
        subject, _, body = written.strip().partition("\n")
        return subject.strip(), re.sub(r"\n{3,}", "\n\n", body.strip())

    def label(self, group: str, name: str) -> str:
        """The name of a reason, signal, step, link or language; its plain key where there is none."""
        return str(words(self.language).get(group, {}).get(name, name))

    def number(self, value: float) -> str:
        """A whole number as the reader writes it: nobody reacts one and a half times."""
        return str(format_decimal(round(value), locale=self._locale))

    def decimal(self, value: float) -> str:
        """A number as the reader writes it, below ten with one decimal."""
        return str(format_decimal(round(value, 1 if value < 10 else None), locale=self._locale))

    def percent(self, share: float) -> str:
        """A share (0 to 1) as a whole percentage."""
        return str(format_percent(share, locale=self._locale))

    def share(self, value: float) -> str:
        """A small share (0 to 1) as a percentage to a hundredth."""
        return str(format_percent(round(value, 4), decimal_quantization=False, locale=self._locale))

    def day(self, at: datetime) -> str:
        """A day in the reader's zone, without its year."""
        return str(format_skeleton("MMMd", in_zone(at, self.zone), tzinfo=self.zone, locale=self._locale))

    def moment(self, at: datetime) -> str:
        """A day and time in the reader's zone, with the year when it is not the present one."""
        here = in_zone(at, self.zone)
        same_year = here.year == in_zone(self.now, self.zone).year
        day = format_skeleton("MMMd" if same_year else "yMMMd", here, tzinfo=self.zone, locale=self._locale)
        return f"{day}, {self.minute(at)}"

    def minute(self, at: datetime) -> str:
        """A time of day in the reader's zone."""
        return str(format_time(in_zone(at, self.zone), "short", tzinfo=self.zone, locale=self._locale))

    @property
    def _locale(self) -> str:
        return "en_GB" if self.language == "en" else self.language


def as_html(language: str, body: str, links: Mapping[str, str]) -> str:
    """The body as HTML with everything in it escaped, and the links as buttons.

    Apprise makes a mail's plain part from this page and drops where links lead, so their addresses are also text.
    """
    page = _templates().get_template("message.html")
    paragraphs = [paragraph.splitlines() for paragraph in body.split("\n\n")]
    return page.render(language=language, paragraphs=paragraphs, links=links)


@cache
def words(language: str) -> Mapping[str, Mapping[str, str]]:
    """The words of a language by group: reason, signal, step, link, language."""
    return tomllib.loads((files(__package__) / "templates" / language / "words.toml").read_text("utf-8"))


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("monitors.messages"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
