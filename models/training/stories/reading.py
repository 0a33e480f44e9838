"""The evaluation set of stories: one file a brand, written by hand, one post a line.

    # Nordvool | telecom | dev
    = annelinn outage
    1 08:10 x et | Tartus Annelinnas jälle nett maas
    = -
    1 09:30 x et | Nordvooli internet Põlvas juba kolmandat päeva nii aeglane

The first line names the brand, its sector and its part. ``=`` opens a story, and ``= -`` posts of which each is a story
of its own. A post has the day, the time, the source, the language and the text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files

_POST = re.compile(
    r"(?P<day>\d+) (?P<hour>\d\d):(?P<minute>\d\d) (?P<source>[a-z]+) (?P<language>et|ru|fi|en) \| (?P<text>.+)"
)
_START = datetime(2026, 3, 1, tzinfo=UTC)
_ALONE = "-"


class MangledError(ValueError):
    """A line that does not follow the format."""


@dataclass(frozen=True, slots=True)
class Told:
    """One post and the story that it tells; ``story`` is unique within the brand."""

    id: str
    brand: str
    part: str
    story: str
    at: datetime
    source: str
    language: str
    text: str


def posts() -> list[Told]:
    """Read the whole set, brand by brand, each in the order of time."""
    folder = files("models.training.stories")
    named = sorted((file for file in folder.iterdir() if file.name.endswith(".txt")), key=lambda file: file.name)
    return [told for file in named for told in sorted(read(file.read_text("utf-8")), key=lambda told: told.at)]


def read(text: str) -> Iterator[Told]:
    """Read the posts of one brand."""
    lines = text.splitlines()
    brand, _sector, part = (field.strip() for field in lines[0].removeprefix("#").split("|"))
    story = _ALONE
    for number, line in enumerate(lines[1:], 2):
        if line.startswith("="):
            story = line.removeprefix("=").strip()
            continue
        match = _POST.fullmatch(line)
        if match is None:
            raise MangledError(f"line {number} of {brand} is no post: {line}")
        at = _START + timedelta(days=int(match["day"]), hours=int(match["hour"]), minutes=int(match["minute"]))
        name = f"{brand}:{number}"
        yield Told(
            name, brand, part, name if story == _ALONE else story, at, match["source"], match["language"], match["text"]
        )
