"""The simulated network as a function of time: who wrote what by now, and what it counts, says or no longer says."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import resources
from random import Random
from typing import Any, Final

from monitors.ports import Gone, Json

# One telling of all the stories, in seconds of the script.
ROUND: Final = 960
BRAND: Final = "Paklo"
_COUNTS: Final = ("likes", "shares", "replies", "views")


@dataclass(frozen=True, slots=True)
class Line:
    """One post of a story; times are seconds of the script, counts are what it reaches in the end."""

    key: str
    at: float
    lang: str
    author: str
    followers: int
    text: str
    name: str | None = None
    kind: str = "post"
    reply_to: str | None = None
    quotes_of: str | None = None
    half: float = 90
    edit_at: float | None = None
    edit_text: str = ""
    gone_at: float | None = None
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KnownBlowUp:
    """What a story comes to: the line with which it begins, the one that gets it out of hand, and the first article."""

    post: str
    when: str
    article: str


@cache
def script() -> Sequence[Line]:
    """All lines of all stories in the order in which they are written."""
    posts = [post for story in _stories().values() for post in story["post"]]
    return sorted((_line(post) for post in posts), key=lambda line: line.at)


@cache
def blow_ups() -> Mapping[str, KnownBlowUp]:
    """The stories that get out of hand, by name."""
    return {name: KnownBlowUp(**story["blow_up"]) for name, story in _stories().items() if "blow_up" in story}


def _stories() -> dict[str, Any]:
    files = sorted(part.name for part in resources.files(__package__).iterdir() if part.name.endswith(".toml"))
    told = ((name, resources.files(__package__).joinpath(name).read_text(encoding="utf-8")) for name in files)
    return {name.removesuffix(".toml"): tomllib.loads(text) for name, text in told}


def _line(post: dict[str, Any]) -> Line:
    counts = {name: post.pop(name, 0) for name in _COUNTS}
    if "quotes" in post:
        counts["quotes"] = post.pop("quotes")
    return Line(**post, counts=counts)


@dataclass(frozen=True, slots=True)
class Network:
    """The network as it is with one seed; it runs ``speed`` times faster than people do."""

    speed: float
    seed: int
    brand: str = BRAND

    @property
    def length(self) -> timedelta:
        """How long one telling takes at the most."""
        return timedelta(seconds=ROUND / self.speed)

    def rounds(self, start: datetime, now: datetime) -> int:
        """How many tellings are over by ``now``."""
        return int(((now - start) * self.speed).total_seconds() // ROUND)

    def written_at(self, line: Line, start: datetime, number: int) -> datetime:
        """When a line of the telling ``number`` is written: every telling has a pace of its own, none is slower."""
        pace = Random(f"{self.seed} {number}").uniform(0.94, 1)
        return start + timedelta(seconds=(number * ROUND + line.at * pace) / self.speed)

    def show(self, native_id: str, now: datetime) -> Json | Gone:
        """A post as the network shows it at ``now``, or that it is not there."""
        found = self._find(native_id)
        if found is None:
            return Gone(native_id, "not_found", now)
        line, start, number = found
        written = self.written_at(line, start, number)
        if written > now:
            return Gone(native_id, "not_found", now)
        age = (now - written).total_seconds() * self.speed
        if line.gone_at is not None and age >= line.gone_at - line.at:
            return Gone(native_id, "deleted", now)
        edited = line.edit_at is not None and age >= line.edit_at - line.at
        moment = written + timedelta(seconds=((line.edit_at or 0) - line.at) / self.speed)
        root = self._root(line)
        return {
            "id": native_id,
            "url": f"https://drill.invalid/{line.author}/{native_id}",
            "text": self._branded(line.edit_text if edited else line.text),
            "created_at": written.isoformat(),
            "edited_at": moment.isoformat() if edited else None,
            "kind": line.kind,
            "lang": line.lang,
            "author": {"handle": self._branded(line.author), "name": line.name, "followers": line.followers},
            "counts": self._counts(line, number, age),
            "reply_to": line.reply_to and native_id_of(line.reply_to, start, number),
            "quotes_of": line.quotes_of and native_id_of(line.quotes_of, start, number),
            "thread": native_id_of(root.key, start, number),
        }

    def _counts(self, line: Line, number: int, age: float) -> Mapping[str, int]:
        """Counts rise slowly, then fast, then slowly: half of the end is reached at the age ``half``."""
        luck = Random(f"{self.seed} {number} {line.key}").uniform(0.9, 1.1)
        share = age**2 / (age**2 + line.half**2)
        return {name: int(final * luck * share) for name, final in line.counts.items()}

    def _branded(self, text: str) -> str:
        if self.brand == BRAND:
            return text
        return text.replace(BRAND, self.brand).replace("Пакло", self.brand).replace(BRAND.lower(), self.brand.lower())

    @staticmethod
    def _find(native_id: str) -> tuple[Line, datetime, int] | None:
        key, _, rest = native_id.partition(".")
        number, _, start = rest.partition(".")
        line = _by_key().get(key)
        if line is None or not (number.isdecimal() and start.isdecimal() and len(rest) < 20):
            return None
        return line, datetime.fromtimestamp(int(start) % 2**35, UTC), int(number) % 2**20

    @staticmethod
    def _root(line: Line) -> Line:
        while above := line.reply_to or line.quotes_of:
            line = _by_key()[above]
        return line


@cache
def _by_key() -> Mapping[str, Line]:
    return {line.key: line for line in script()}


def native_id_of(key: str, start: datetime, number: int) -> str:
    """The id of a line in one telling: it holds all that is needed to show the post again."""
    return f"{key}.{number}.{int(start.timestamp())}"
