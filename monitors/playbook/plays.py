"""What a file of the playbook says. Its form, of which everything is shown as it stands on GitHub too::

---
when: [refund_demand]        signals, or `plain anger`, `praise`, `general`
priority: 120                the smaller comes first; absent: as grave as its signals
title:
  en: Money back is demanded
  et: Nõutakse raha tagasi
---

## First contact             or `Solving`, `Afterwards`

### Say what you understood  a step; its heading is only for those who edit

- en: Repeat in a sentence what happened.
- et: Korda ühe lausega, mis juhtus.

> en: I am sorry that your parcel did not come. My name is {name}, and I will call you by {time}.
>
> et: Mul on kahju, et teie pakk ei jõudnud kohale. Mina olen {name} ja helistan teile hiljemalt kell {time}.
"""

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from models.scores import GRAVEST_FIRST, Signal
from monitors.errors import KuulaError

LANGUAGES = ("en", "et", "fi", "ru")
PLAIN_ANGER, PRAISE, GENERAL = "plain_anger", "praise", "general"
OTHERWISE = (PLAIN_ANGER, PRAISE, GENERAL)
"""What a file can be for besides signals: a complaint without any, praise, and whatever nothing else fits."""
WHEN = (*(signal.value for signal in Signal), *OTHERWISE)
PLACES = ("name", "time")
LONGEST_FILE = 64_000
LONGEST_TEXT = 2_000
MOST_STEPS = 20
PLACE = re.compile(r"\{([^{}\n]{0,40})\}")


class Stage(StrEnum):
    """When in a case a step is due."""

    FIRST_CONTACT = "first_contact"
    SOLVING = "solving"
    AFTERWARDS = "afterwards"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in a file: at which line (0: the whole file), what, and what to write instead."""

    file: str
    line: int
    message: str
    remedy: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.message}. {self.remedy}"


class BrokenPlay(KuulaError):
    """A file of the playbook that cannot be used, with everything that is wrong in it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda one: one.line))
        super().__init__("\n".join(map(str, self.problems)))


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: ``texts`` by the agent's language, ``words`` to say by the customer's. ``line`` is where."""

    key: str
    stage: Stage
    heading: str
    texts: Mapping[str, str]
    words: Mapping[str, str]
    line: int


@dataclass(frozen=True, slots=True)
class Play:
    """One case of the playbook. ``version`` is the digest of ``text``, the file as it was read."""

    name: str
    when: tuple[str, ...]
    priority: int
    titles: Mapping[str, str]
    steps: tuple[Step, ...]
    version: str
    text: str

    def gaps(self) -> list[Problem]:
        """Languages that are missing: readers get English there, or what there is."""
        found = []
        for line, what, said in self._said():
            missing = [code for code in LANGUAGES if code not in said]
            if missing:
                message = f"{what} is not there in {', '.join(missing)}"
                remedy = f"Add a line that begins with `{missing[0]}:`."
                found.append(Problem(f"{self.name}.md", line, message, remedy))
        return found

    def _said(self) -> Iterable[tuple[int, str, Mapping[str, str]]]:
        yield 0, "the title", self.titles
        for step in self.steps:
            yield step.line, f"the step `{step.heading}`", step.texts
            if step.words:
                yield step.line, f"what to say at `{step.heading}`", step.words


def version_of(text: str) -> str:
    """The digest by which a text is known for ever."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def said_in(texts: Mapping[str, str], language: str | None) -> tuple[str, str]:
    """The language and text for a reader: theirs, else English, else what there is; empty where there is none."""
    for code in (language or "en", "en", *LANGUAGES):
        if code in texts:
            return code, texts[code]
    return "", ""


def filled(text: str, **places: str) -> str:
    """A text with its places filled; a place that nothing is known for stays as it is."""
    return PLACE.sub(lambda found: places.get(found[1], found[0]), text)


def gravity(when: Collection[str]) -> int:
    """The usual priority of what a file is for: that of its gravest signal, in tens."""
    order = (*(signal.value for signal in GRAVEST_FIRST), *OTHERWISE)
    return 10 * (1 + min(order.index(one) for one in when))


def applying(plays: Iterable[Play], signals: Collection[str], otherwise: str) -> list[Play]:
    """The plays for a story with these signals, the gravest first; ``otherwise`` is what it is where it has none."""
    known = sorted(plays, key=lambda play: (play.priority, play.name))
    for wanted in (set(signals), {otherwise}, {GENERAL}):
        found = [play for play in known if wanted & set(play.when)]
        if found:
            return found
    return []


def in_order(plays: Iterable[Play]) -> list[tuple[Play, Step]]:
    """All their steps as they are to be done: by stage, then the gravest case first."""
    listed = list(plays)
    return [(play, step) for stage in Stage for play in listed for step in play.steps if step.stage is stage]
