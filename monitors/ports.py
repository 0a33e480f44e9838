"""The three doors of the house, on one page: a source, an index, a channel.

A port says what the pipeline may ask for; the folder of the same name (``sources/``, ``index/``, ``channels/``) has the
implementations, and ``monitors.testing`` has the suite that each of them must pass.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, Protocol, Self, TypeAlias

from models.post import Metric, Post
from models.scores import Scores

Json: TypeAlias = Any


class Can(StrEnum):
    """What a source is able to do, and by which method; the conformance suite and the scheduler choose by it."""

    means: str

    SEARCH = "search", "`collect` is asked for each brand by its names"
    WATCH = "watch", "`collect` is asked once, brings everything, and the brands are found in it"
    REFRESH = "refresh", "`refresh` reads posts again by id: counts, edits, deletions"
    FOLLOW = "follow", "`follow` reads what is said below a post"
    REPLY = "reply", "`reply` answers a post"

    def __new__(cls, value: str, means: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_, member.means = value, means
        return member


@dataclass(frozen=True, slots=True)
class Query:
    """What to look for: a brand, every form of its name, and words that mean another brand.

    A source that can SEARCH gets one query a brand. A source that can only WATCH gets a single query whose ``brand`` is
    None, brings everything, and the pipeline finds the brands in it.
    """

    brand: str | None = None
    names: Sequence[str] = ()
    excluded: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Window:
    """The time to cover: from ``since`` (None: as far as the source goes) up to ``until``, both UTC."""

    since: datetime | None
    until: datetime


@dataclass(frozen=True, slots=True)
class Gone:
    """A post that is no longer at its source."""

    native_id: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Skipped:
    """An item that was not understood: ``reason`` is a short fixed word, ``where`` a line number or an id."""

    reason: str
    where: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """What one step of collecting brought. ``state`` may be stored once the page is stored, never before.

    ``noted`` is what was odd about posts that are in ``found`` all the same, such as a text that was cut.
    """

    found: Sequence[Post] = ()
    gone: Sequence[Gone] = ()
    skipped: Sequence[Skipped] = ()
    state: Json | None = None
    noted: Sequence[Skipped] = ()


@dataclass(frozen=True, slots=True)
class Rereading:
    """What it takes to read posts of a source again; a source whose calls cost only calls may leave it out.

    A call names ``at_once`` posts (1 where each id is a call), and costs ``price`` USD at most for each. A page of new
    posts asks the budget for ``page`` USD: so much is left for collecting. With ``free_same_day`` the first read of a
    post in a UTC day is charged and the others of that day are not: ``refresh`` then takes ``paid`` as well (see
    ``PaidOnce``).
    """

    at_once: int = 100
    price: float = 0.0
    page: float = 0.0
    free_same_day: bool = False


@dataclass(frozen=True, slots=True)
class Conversation:
    """What a customer, who wrote ``post``, and our ``accounts`` say to each other below it.

    The accounts are named by handle or by id, without @, and not all of them need be of this source. All that was
    written up to ``since`` (UTC) is known.
    """

    post: Post
    accounts: Sequence[str]
    since: datetime


@dataclass(frozen=True, slots=True)
class Replying:
    """What a source takes as a reply: at most ``longest``, as ``length`` counts it.

    A source that ``mentions`` puts the author's handle before the text, which counts as well. ``known_for`` is how long
    the service knows a key again and makes no second reply of it; None means that it never does, so that what perhaps
    went out is never sent again by itself.
    """

    longest: int
    length: Callable[[str], int] = len
    mentions: bool = False
    known_for: timedelta | None = None

    def counted(self, text: str, handle: str | None) -> int:
        """How long a reply to somebody would be."""
        return self.length(f"@{handle} {text}" if self.mentions and handle else text)


class Source(Protocol):
    """Where posts come from: a declaration, a generator and a pure parser.

    ``kind`` is the source's file name; ``name`` is what the settings call this one: ``Post.source``.

    ``collect`` starts from ``state`` (opaque JSON that only this source reads, None the first time) and yields pages
    in an order that makes resuming after any page lose nothing. ``refresh`` reads posts again by native id: counts,
    edits and deletions; a source that cannot REFRESH is never asked, and gives an empty page. ``parse`` turns one item
    as the source sent it, read ``at`` a time, into a post, or raises ``SkipRecord``.
    ``overlap`` is how far before the last good sweep the next window begins, for what services show late; a source that
    keeps a floor in its state goes back by it from there, as no window does that.
    ``rereading``, if there is one, is what that costs. One that can REPLY is a ``Replier``,
    one that can FOLLOW a ``Follower``.
    Sources never sleep, retry or store: the framework does.
    """

    name: str
    kind: ClassVar[str]
    can: ClassVar[frozenset[Can]]
    overlap: ClassVar[timedelta]

    def collect(self, query: Query, state: Json | None, window: Window) -> Iterator[Page]: ...

    def refresh(self, ids: Sequence[str]) -> Page: ...

    def parse(self, item: Json, at: datetime) -> Post: ...


class PaidOnce(Source, Protocol):
    """A source that charges for a post once in a UTC day. ``paid`` are those of ``ids`` that were charged today."""

    rereading: Rereading

    def refresh(self, ids: Sequence[str], paid: Collection[str] = ()) -> Page: ...


class Replier(Source, Protocol):
    """A source that can REPLY, once it was given what it takes to: ``replying`` is None while it was not.

    ``reply`` answers the post ``to`` (a native id) and gives the reply's own native id, the same that ``collect`` would
    give it. ``key`` stays the same when a reply is tried again. A ``RetryLater`` says by ``perhaps_done`` whether the
    reply may be out all the same; after any other error of ours it is not.
    """

    replying: Replying | None

    def reply(self, to: str, text: str, key: str) -> str: ...


class Follower(Source, Protocol):
    """A source that can FOLLOW: it finds what is said below a post, whether or not the brand's name is in it.

    ``follow`` gives at least what the customer and our accounts wrote since ``since`` in answer to each other or to
    themselves, each with its parent. It may give more: what others say there is left out by the pipeline, and to find a
    post twice is harmless. ``since`` is a hint, for a source that pays by the post. What was said to a stranger the
    pipeline knows by the stranger's post alone: a source gives both or neither. Elsewhere ``Post.parent_author`` tells
    it too, where the source knows. Where the first post is gone there is nothing to find, and no error: REFRESH tells
    of it. A call counts as any other, and one conversation should take a few at most: it is read every two minutes
    while somebody speaks. What is larger than an answer may be raises ``TooLarge``, and is tried ever more seldom.
    """

    def follow(self, conversation: Conversation) -> Page: ...


def replying_of(source: Source) -> Replying | None:
    """What a source takes as a reply; None for one that cannot reply, or was not given what it takes to."""
    return getattr(source, "replying", None) if Can.REPLY in source.can else None


def rereading_of(source: Source) -> Rereading:
    """What reading posts of a source again takes, also of one that does not say."""
    declared: Rereading = getattr(source, "rereading", Rereading())
    return declared


@dataclass(frozen=True, slots=True)
class Document:
    """One post as the index holds it. ``decision`` and ``risk`` are None until the post was judged."""

    post: Post
    brands: Sequence[str]
    scores: Scores
    story: str | None = None
    decision: str | None = None
    risk: float | None = None


@dataclass(frozen=True, slots=True)
class Search:
    """A question to the index. Empty means no restriction; ``text`` is matched by lemma as well as by form."""

    text: str = ""
    brand: str | None = None
    sources: Sequence[str] = ()
    languages: Sequence[str] = ()
    sentiments: Sequence[str] = ()
    signals: Sequence[str] = ()
    story: str | None = None
    complaint: bool | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """One found post: its uid, when it was written, its relevance and its text with the matched places."""

    uid: str
    created_at: datetime
    score: float
    text: str
    highlights: Sequence[tuple[int, int]] = ()


@dataclass(frozen=True, slots=True)
class Hits:
    """One page of hits, how many there are in all, and where the next page starts (None: this was the last)."""

    hits: Sequence[Hit]
    total: int
    after: str | None


@dataclass(frozen=True, slots=True)
class Bucket:
    """One bar of a histogram: its start (UTC), how many posts, and how many of them are complaints and negative."""

    at: datetime
    posts: int
    complaints: int
    negative: int


class Index(Protocol):
    """Searching and drawing. Derived from the ledger: it may be deleted and rebuilt at any time."""

    def prepare(self) -> None:
        """Create or upgrade whatever the index needs; safe to call again."""

    def put(self, documents: Sequence[Document]) -> Sequence[Skipped]:
        """Write or overwrite by uid, and give those that the index will never take: ``where`` is the uid.

        Raises ``RetryLater`` when the index is down.
        """

    def remove(self, uids: Sequence[str]) -> None: ...

    def purge(self) -> None:
        """Take off the disk what was removed since the last time; this may cost as much as the index is large."""

    def refresh(self) -> None:
        """Make everything written so far visible to searches."""

    def search(self, search: Search, *, size: int = 20, after: str | None = None) -> Hits:
        """Newest first; ``after`` is what the page before gave, and stays valid while posts arrive."""

    def histogram(self, search: Search, *, interval: timedelta) -> Sequence[Bucket]: ...

    def facets(self, search: Search, field: str, *, size: int = 20) -> Mapping[str, int]:
        """How many posts have each value of ``field``: brand, source, language, sentiment, signal, decision, story."""

    def percentiles(self, search: Search, metric: Metric, percents: Sequence[float]) -> Mapping[float, float]: ...

    def count(self, search: Search) -> int: ...

    def clear(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Thread:
    """Which case a message is about, and what the channel called the case's thread (None: this message begins it)."""

    case: str
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """What a channel is to deliver: plain text, always; HTML where the channel can show it. ``key`` never repeats.

    A channel that has threads puts it into that of ``thread``; all subjects begin with the case for those that have
    none.
    """

    key: str
    subject: str
    text: str
    html: str | None = None
    links: Mapping[str, str] = field(default_factory=dict)
    thread: Thread | None = None


class Confirmation(str):
    """What the other side said when it took a message; ``thread`` is what it calls the thread that this began."""

    thread: str | None

    def __new__(cls, said: str, thread: str | None = None) -> "Confirmation":
        """The words, and the thread where there is one."""
        made = super().__new__(cls, said)
        made.thread = thread
        return made


class Channel(Protocol):
    """A way to a person. ``send`` returns the other side's confirmation, or raises ``RetryLater`` or ``StopSource``.

    It must end: a channel gives its other side so much time and no more. It is asked by one thread at a time.
    """

    name: str

    def send(self, message: Message) -> str: ...
