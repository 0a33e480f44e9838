"""Media pick-up: who took a post up and how, how likely that is, and whether we were told before the first article.

Nothing here depends on the order in which posts come in: whether one post takes another up is asked of the two alone.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from urllib.parse import parse_qsl, urlencode, urlsplit

from models.accounts import spelled
from models.denominator import Rate, rate
from models.post import Kind, Post
from models.scores import Signal
from models.visible import LONGEST_SCORED, visible

RUN = 8
"""Consecutive words that an article must share with a post to quote it: fewer are boilerplate or chance."""

LONGEST = 100_000
"""Characters of an article that are looked at."""

WITHIN = timedelta(hours=48)
"""The time within which the rule below says how likely a pick-up is."""

ENOUGH = 50
"""Cases from which it can be said how often the rule came true."""

AUTHORITIES = ("ttja.ee", "ptac.gov.lv", "kkv.fi", "kuluttajariita.fi")
"""Consumer authorities and disputes boards of Estonia, Latvia and Finland, by the domain of what they publish."""

REGULATORS = ("aki.ee", "konkurentsiamet.ee", "fi.ee", "traficom.fi", "finanssivalvonta.fi", "tietosuoja.fi")
"""Other authorities that companies there answer to: data protection, competition, finance, transport."""


class By(StrEnum):
    """Who takes a post up, the weightiest last."""

    ARTICLE = "article"
    JOURNALIST = "journalist"
    EDITOR = "editor"
    REGULATOR = "regulator"
    AUTHORITY = "authority"


class How(StrEnum):
    """How it is taken up, the surest sign first."""

    LINKED = "linked"
    QUOTED = "quoted"
    SHARED = "shared"
    REPLIED = "replied"
    SAME_MATTER = "same_matter"


STRENGTH = tuple(How)
"""Of two signs of one pick-up the earlier one here is kept."""


_DOMAINS = {**dict.fromkeys(REGULATORS, By.REGULATOR), **dict.fromkeys(AUTHORITIES, By.AUTHORITY)}


@dataclass(frozen=True)
class Press:
    """The accounts of those who are listened to when they take something up.

    An account is a handle or an id, with or without ``@``, in any case; ``source:handle`` means one source only. A
    domain, such as ``ttja.ee``, also means the articles that are published there; of ``AUTHORITIES`` and ``REGULATORS``
    it means nothing else, as anybody may call themselves so.
    """

    journalists: tuple[str, ...] = ()
    editors: tuple[str, ...] = ()
    regulators: tuple[str, ...] = ()
    authorities: tuple[str, ...] = ()

    def by(self, post: Post) -> By | None:
        """Who the author of a post is, or None for anybody else."""
        names = [plain_account(name) for name in (post.author.handle, post.author.native_id) if name]
        source = post.source.casefold()
        found = [by for name in names for one in (name, f"{source}:{name}") if (by := self._known.get(one))]
        if post.kind is Kind.ARTICLE:
            parts = _host(post.url).split(".")
            domains = (".".join(parts[at:]) for at in range(len(parts) - 1))
            found += [by for one in domains if (by := self._known.get(one) or _DOMAINS.get(one))]
            found.append(By.ARTICLE)
        return max(found, key=tuple(By).index, default=None)

    @cached_property
    def accounts(self) -> tuple[str, ...]:
        """Every account of the lists, as ``plain_account`` writes it and without its source, for looking them up."""
        return tuple(sorted({name for one in self._known for name in (one, plain_account(one, bare=True))}))

    @cached_property
    def _known(self) -> dict[str, By]:
        """Who each account is; of two lists with the same account the weightier one counts."""
        lists = (
            (By.JOURNALIST, self.journalists),
            (By.EDITOR, self.editors),
            (By.REGULATOR, self.regulators),
            (By.AUTHORITY, self.authorities),
        )
        return {plain_account(account): by for by, accounts in lists for account in accounts}


def plain_account(account: str, *, bare: bool = False) -> str:
    """An account in one spelling; ``bare`` leaves its source out."""
    source, colon, name = account.strip().rpartition(":")
    plain = spelled(name)
    return plain if bare or not colon else f"{source.casefold()}:{plain}"


@dataclass(frozen=True)
class Told:
    """A post as pick-ups are recognised: its words and links are read once, when they are first asked for."""

    post: Post

    @cached_property
    def runs(self) -> frozenset[int]:
        """Each run of ``RUN`` words of the text, whatever its case and punctuation; addresses are no words."""
        # Thousands of complaints are held against an article: as much of each as is scored, or they take all memory.
        is_article = self.post.kind is Kind.ARTICLE
        seen = _ADDRESS.sub(" ", self.post.text[: LONGEST if is_article else LONGEST_SCORED])
        # Nobody hides words in a long article, and only the start of it would be looked at.
        text = seen if len(seen) > LONGEST_SCORED else visible(seen).text
        words = _WORD.findall(unicodedata.normalize("NFKC", text).casefold())
        return frozenset(hash(tuple(words[at : at + RUN])) for at in range(len(words) - RUN + 1))

    @cached_property
    def links(self) -> frozenset[str]:
        """Where the text leads, and what was embedded in it, each as ``address`` writes it."""
        found = [*_ADDRESS.findall(self.post.text[:LONGEST]), *_urls(self.post.raw)]
        return frozenset(known for one in found if (known := address(one))) - {self.address}

    @cached_property
    def address(self) -> str:
        """Where the post itself stands, as ``address`` writes it."""
        return address(self.post.url)


_ADDRESS = re.compile(r"(?:https?://|(?<![\w.@/])(?:x|twitter)\.com/)[^\s<>\"'“”«»]+", re.IGNORECASE)
_WORD = re.compile(r"\w+")
_STATUS = re.compile(r"/status(?:es)?/(\d+)")
_TOOT = re.compile(r"^/(?:@[^/]+|users/[^/]+/statuses|web/statuses|deck/@[^/]+)/(\d+)$")
_TRACKING = re.compile(r"^(?:utm_.*|fbclid|gclid|igshid|mc_.*|ref|ref_src)$")
_TWITTER = frozenset({"x.com", "twitter.com"})
_MOST_LINKS = 2_000


def address(url: str) -> str:
    """A web address in the one form in which links to the same post meet; empty where it names no page.

    A post of X is its id, whoever's name stands before it; ``www.``, ``m.`` and what only tracks readers are left out.
    """
    try:
        parts = urlsplit(url.strip().rstrip(".,;:!?)]}'\"") if "://" in url else f"https://{url.strip()}")
        host, query = _plain_host(parts.hostname or ""), parse_qsl(parts.query)
    except ValueError:
        return ""
    path = parts.path.rstrip("/")
    if host in _TWITTER and (status := _STATUS.search(path)):
        return f"x.com/status/{status[1]}"
    if toot := _TOOT.match(path):
        return f"{host}/{toot[1]}"
    kept = sorted((name, value) for name, value in query if not _TRACKING.match(name))
    return f"{host}{path}{'?' + urlencode(kept) if kept else ''}" if host and (path or kept) else ""


def _plain_host(host: str) -> str:
    return re.sub(r"^(?:www|m|mobile|amp)\.", "", host.casefold())


def _host(url: str) -> str:
    try:
        # Browsers read a backslash as a slash: what follows it is no host.
        return _plain_host(urlsplit(url.replace("\\", "/")).hostname or "")
    except ValueError:
        return ""


def _urls(raw: object) -> Iterable[str]:
    """Every address in what the source sent: embedded posts stand there, not in the text."""
    waiting, left = [raw], _MOST_LINKS
    while waiting and left > 0:
        one = waiting.pop()
        left -= 1
        if isinstance(one, str) and one.startswith(("http://", "https://")) and len(one) <= _MOST_LINKS:
            yield one
        elif isinstance(one, dict):
            waiting.extend(one.values())
        elif isinstance(one, list | tuple):
            waiting.extend(one)


def how(taker: Told, other: Told) -> How | None:
    """How a post of somebody known takes up another one, which was written before it; None where it does not.

    That both are in one story is asked elsewhere: it is the weakest sign, ``SAME_MATTER``.
    """
    post, target = taker.post, other.post
    is_article = post.kind is Kind.ARTICLE
    if post.created_at <= target.created_at or author_of(post) == author_of(target):
        return None
    here = post.source == target.source
    if here and post.parent_id and post.parent_id in {target.native_id, target.native_id.rpartition("#")[2]}:
        return How.SHARED if post.kind is Kind.QUOTE else How.REPLIED
    if other.address and other.address in taker.links:
        return How.LINKED if is_article else How.SHARED
    if here and not is_article and post.thread_id and post.thread_id in {target.thread_id, target.native_id}:
        return How.REPLIED
    return None if taker.runs.isdisjoint(other.runs) else How.QUOTED


def author_of(post: Post) -> tuple[str, str]:
    """An author across posts: the source and their id there."""
    return post.source, post.author.native_id


def surest(signs: Iterable[How]) -> How | None:
    """The surest of several signs of one pick-up; their order does not matter."""
    return min(signs, key=STRENGTH.index, default=None)


def lead_time(alerted_at: datetime | None, article_at: datetime | None) -> timedelta | None:
    """From our first alert to the first article; negative where the article was there before us, None without either.

    Both are times of the posts themselves, when the one that alerted was read and when the article was published, so
    that an article that we find late does not flatter us.
    """
    return None if alerted_at is None or article_at is None else article_at - alerted_at


@dataclass(frozen=True, slots=True)
class Standing:
    """What the rule asks about a story. ``expected`` is the most interactions that a post of it is expected to get."""

    expected: float = 0.0
    severity: int = 0
    signals: frozenset[Signal] = frozenset()
    press_replied: bool = False
    sources: int = 1
    complaints: int = 1


@dataclass(frozen=True, slots=True)
class Chance:
    """The probability of an article within 48 hours, and the points that it is made of, by name."""

    probability: float
    points: Sequence[tuple[str, int]] = field(default_factory=tuple)

    @property
    def total(self) -> int:
        """All points."""
        return sum(points for _, points in self.points)


BANDS: tuple[tuple[int, float], ...] = ((0, 0.02), (2, 0.05), (4, 0.12), (6, 0.25), (8, 0.4), (10, 0.6))
"""From so many points, so likely. Judgement, not learnt: nobody publishes how often complaints become articles."""

_STEPS: dict[str, tuple[tuple[float, int], ...]] = {
    "reach": ((100, 1), (1_000, 2), (10_000, 3)),
    "severity": ((3, 1), (4, 2)),
    "sources": ((2, 1), (3, 2)),
    "complaints": ((5, 1), (20, 2)),
}
_SIGNALS = {
    "media_threat": Signal.MEDIA_THREAT,
    "vulnerable_person": Signal.VULNERABLE_PERSON,
    "safety_issue": Signal.SAFETY_ISSUE,
}
_BY_SIGNAL = 2
_PRESS = 3


def chance(story: Standing) -> Chance:
    """How likely an article is within 48 hours, by a stated rule: points for what newsrooms look for, then a table.

    The rule is judgement and was not learnt from cases. ``observed`` says how often it came true, once there are
    ``ENOUGH`` of them; until then whoever shows it must call it uncalibrated. More of anything never lowers it.
    """
    counts = {
        "reach": story.expected,
        "severity": story.severity,
        "sources": story.sources,
        "complaints": story.complaints,
    }
    points = {name: _worth(name, count) for name, count in counts.items()}
    points |= {name: _BY_SIGNAL * (signal in story.signals) for name, signal in _SIGNALS.items()}
    points["press_replied"] = _PRESS * story.press_replied
    return Chance(probability(sum(points.values())), tuple((name, worth) for name, worth in points.items() if worth))


def _worth(name: str, count: float) -> int:
    return max((worth for least, worth in _STEPS[name] if count >= least), default=0)


def probability(points: int) -> float:
    """What the table gives for so many points."""
    return max(likely for least, likely in BANDS if max(points, 0) >= least)


@dataclass(frozen=True, slots=True)
class Kept:
    """How often a probability of the rule came true: ``came`` of ``cases``, with the Wilson 95 % interval."""

    probability: float
    cases: int
    came: int
    rate: Rate | None


def observed(cases: Collection[tuple[int, bool]]) -> list[Kept]:
    """Count how often each band of the rule came true; a case is its points and whether an article came in time."""
    kept = []
    for _, likely in BANDS:
        told = [came for points, came in cases if probability(points) == likely]
        if told:
            kept.append(Kept(likely, len(told), sum(told), rate(sum(told), len(told))))
    return kept


def is_calibrated(cases: int) -> bool:
    """Whether there are enough cases to say how often the rule comes true."""
    return cases >= ENOUGH
