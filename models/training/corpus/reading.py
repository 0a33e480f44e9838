"""The corpus as its authors wrote it: one file a writer, one post a line, the words that show a signal marked in place.

A line that begins with ``#`` opens an author; every other line is a post of that author:

    # et-a01 | 61 F | Valga | facebook | formal, long sentences, never an emoji
    c|neg|2|money_back|parcels|typos|Pakk on kadunud ja {noa:keegi ei vasta}. {ref:Raha tagasi!}

The seven fields are kind (``c`` complaint, ``o`` other), sentiment, severity (0 to 4), the remedy wished for, sector,
flags, and the text, in which ``\\n`` is a line break and ``{code:words}`` marks a span. Marks may nest.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files

from models.scores import FoundSignal, Remedy, Sentiment, Signal

CODES: Mapping[str, Signal] = {
    "ref": Signal.REFUND_DEMAND,
    "leg": Signal.LEGAL_THREAT,
    "reg": Signal.REGULATOR_THREAT,
    "med": Signal.MEDIA_THREAT,
    "sha": Signal.CALL_TO_SHARE,
    "vul": Signal.VULNERABLE_PERSON,
    "saf": Signal.SAFETY_ISSUE,
    "noa": Signal.NO_ANSWER,
    "bro": Signal.BROKEN_PROMISE,
    "con": Signal.CONTRADICTORY_ANSWERS,
    "rud": Signal.RUDE_STAFF,
    "rep": Signal.REPEAT_COMPLAINT,
    "chu": Signal.CHURN_THREAT,
    "fra": Signal.FRAUD_ACCUSATION,
}
"""What stands in a mark for each signal."""

SENTIMENTS: Mapping[str, Sentiment] = {
    "neg": Sentiment.NEGATIVE,
    "neu": Sentiment.NEUTRAL,
    "pos": Sentiment.POSITIVE,
}

FLAGS = frozenset({"sarcasm", "negation", "mixed", "nodia", "typos"})
"""How a post is written: sarcastic, negated, code-switched, without diacritics or transliterated, with typos."""

_PLAIN = frozenset("fghpq")
"""Writers whose authors all write plainly."""

_AUTHOR = re.compile(r"(?:et|ru|fi|en)-[a-z]\d\d")
_PIECE = re.compile(r"\{(?P<code>[a-z]{3}):|(?P<end>\})|(?P<stray>\{)|(?P<line>\\n)|(?P<text>[^{}\\]+|\\)")
_HARD_NEGATIVE = "hn="
_FIELDS = 7


class Split(StrEnum):
    """What a post may be used for. All posts of an author are in the same part."""

    TRAIN = "train"
    DEV = "dev"
    TEST = "test"


_PARTS = (Split.DEV, Split.TEST, Split.TRAIN, Split.TRAIN, Split.TRAIN)


class MangledError(ValueError):
    """A line that does not follow the format: says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes: an invented person with a hand of their own."""

    id: str
    who: str
    region: str
    platform: str
    hand: str

    @property
    def language(self) -> str:
        """ISO 639-1."""
        return self.id[:2]

    @property
    def plain(self) -> bool:
        """Whether the author writes as most people do: short and direct. The others are full of look-alikes."""
        return self.id[3] in _PLAIN

    @property
    def split(self) -> Split:
        """Of five authors three are learnt from, one tunes and one measures; by the number, so that none ever moves."""
        return _PARTS[int(self.id[-2:]) % len(_PARTS)]


@dataclass(frozen=True, slots=True)
class LabelledPost:
    """A post with its labels; ``hard_negative_for`` names what it may be mistaken for (a signal, or ``complaint``)."""

    id: str
    author: Author
    text: str
    complaint: bool
    sentiment: Sentiment
    severity: int
    remedy: Remedy
    sector: str
    flags: frozenset[str]
    hard_negative_for: frozenset[str]
    signals: tuple[FoundSignal, ...]


def posts(part: Split | None = None) -> Iterator[LabelledPost]:
    """Read the corpus that lies beside this module, writer by writer: one part of it, or all."""
    for file in sorted(files(__package__).iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".txt"):
            found = read(file.read_text("utf-8").splitlines())
            yield from (post for post in found if part in {None, post.author.split})


def read(lines: Iterable[str]) -> Iterator[LabelledPost]:
    """Read one writer's file; ``MangledError`` names the number of the first line that is wrong."""
    author, written = None, Counter[str]()
    for number, line in enumerate(lines, start=1):
        try:
            if line.startswith("#"):
                author = _author(line)
            elif line.strip():
                if author is None:
                    raise MangledError("a post without an author above it")
                written[author.id] += 1
                yield _post(line.rstrip("\n"), author, f"{author.id}.{written[author.id]}")
        except MangledError as error:
            raise MangledError(f"line {number}: {error}") from error


def unmark(marked: str) -> tuple[str, tuple[FoundSignal, ...]]:
    """Give the text without its marks, and the spans that they enclosed, in the order of their ends."""
    text, opened, found = "", [], []
    for piece in _PIECE.finditer(marked):
        if code := piece["code"]:
            if code not in CODES:
                raise MangledError(f"there is no signal {code!r}")
            opened.append((CODES[code], len(text)))
        elif piece["end"]:
            if not opened:
                raise MangledError("a mark ends that did not begin")
            signal, start = opened.pop()
            if not text[start:].strip():
                raise MangledError("a mark encloses nothing")
            found.append(FoundSignal(signal, start, len(text)))
        elif piece["stray"]:
            raise MangledError("a brace that opens no mark")
        else:
            text += "\n" if piece["line"] else piece["text"]
    if opened:
        raise MangledError("a mark does not end")
    return text, tuple(found)


def _author(line: str) -> Author:
    parts = [part.strip() for part in line.lstrip("#").split("|")]
    if len(parts) != len(Author.__slots__) or not _AUTHOR.fullmatch(parts[0]):
        raise MangledError("an author is `# id | age and sex | region | platform | hand`")
    return Author(*parts)


def _post(line: str, author: Author, name: str) -> LabelledPost:
    fields = line.split("|", _FIELDS - 1)
    if len(fields) != _FIELDS:
        raise MangledError(f"a post has {_FIELDS} fields, not {len(fields)}")
    kind, sentiment, severity, remedy, sector, flags, marked = (field.strip() for field in fields)
    text, signals = unmark(marked)
    fitting = kind in {"c", "o"} and sentiment in SENTIMENTS and severity in set("01234")
    if not fitting or (kind == "o") != (severity == "0"):
        raise MangledError(f"no labels: {kind}|{sentiment}|{severity}")
    hard, plain = _flags(flags)
    if hard & {found.signal.value for found in signals} or (kind == "c" and "complaint" in hard):
        raise MangledError("a hard negative for what it is")
    try:
        wished = Remedy(remedy)
    except ValueError as error:
        raise MangledError(f"there is no remedy {remedy!r}") from error
    return LabelledPost(
        id=name,
        author=author,
        text=text,
        complaint=kind == "c",
        sentiment=SENTIMENTS[sentiment],
        severity=int(severity),
        remedy=wished,
        sector=sector,
        flags=plain,
        hard_negative_for=hard,
        signals=signals,
    )


def _flags(listed: str) -> tuple[frozenset[str], frozenset[str]]:
    given = {flag.strip() for flag in listed.split(",")} - {""}
    hard = frozenset(flag.removeprefix(_HARD_NEGATIVE) for flag in given if flag.startswith(_HARD_NEGATIVE))
    plain = frozenset(flag for flag in given if not flag.startswith(_HARD_NEGATIVE))
    if unknown := (plain - FLAGS) | (hard - {"complaint", *Signal}):
        raise MangledError(f"there is no flag {min(unknown)!r}")
    return hard, plain
