"""Follow: what customers and our accounts say to each other below the posts that people handle, whoever they name.

An answer that was given in another program seldom has the brand's name in it, nor has what the customer says to it: no
search finds them. So the conversation below the post that began an answer clock is read again and again, often while
somebody speaks, and on for a while after its incident was resolved: a customer to whom nothing happened says so there.
With what is left of a turn, and of the budget as ordinary posts may use it, the conversations below what other
customers of open incidents complained of are read too, less often: people who were never answered are news.

Of all that stands there this is kept: what the two say to each other or to themselves, and what names a watched brand,
which would be kept wherever it stood. What strangers say besides, and what is said to them, is nobody's business here:
it is neither stored nor counted, and stops and starts no clock.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias, cast

from models.decision import Policy
from models.post import Post
from models.schedule import ASIDE, TALKING, next_reading
from monitors.errors import RetryLater, StopSource, TooLarge
from monitors.ledger import conversations, looks, posts, spending, sweeps
from monitors.ledger.conversations import Talk
from monitors.ledger.engine import Ledger
from monitors.ledger.spending import Limits
from monitors.pipeline.allowance import KEPT, KEPT_IF_URGENT, Used, spare
from monitors.pipeline.asking import asking
from monitors.pipeline.collect import CLOCK_SKEW, Brands
from monitors.ports import Can, Conversation, Follower, Query, Skipped, Source, rereading_of

BATCH = 20
"""Conversations that are read in one turn. With a turn each half minute that is below what services allow."""

LEASE = timedelta(minutes=5)
"""For how long a conversation is kept from others, and from us after an error."""

SOONEST, LATEST = timedelta(hours=1), timedelta(days=1)
"""When a conversation is tried again that is larger than an answer may be: it seldom becomes smaller."""

NO_LIMITS = Limits()

Kept: TypeAlias = Mapping[str, tuple[Post, Sequence[str]]]
"""Posts by uid, each with the brands that it counts for."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What is kept: posts about a watched brand, and those of the brand's own accounts, which its policy has."""

    brands: Brands
    policy: Callable[[str], Policy]


@dataclass(frozen=True, slots=True)
class Followed:
    """What a turn brought: conversations read, posts that are new, and why it ended early."""

    read: int = 0
    new: int = 0
    error: RetryLater | StopSource | None = None


def follow_due(
    ledger: Ledger,
    source: Source,
    scope: Scope,
    now: Callable[[], datetime],
    *,
    limits: Limits = NO_LIMITS,
    stop: Callable[[], bool] = lambda: False,
) -> Followed:
    """Read the conversations of a source that are due, as far as its budget has room for them."""
    if Can.FOLLOW not in source.can:
        return Followed()
    with ledger.read() as tx:
        due = conversations.due(tx, source.name, now(), BATCH)
        aside = conversations.due_aside(tx, source.name, now(), BATCH - len(due)) if len(due) < BATCH else []
        calls, _ = spending.used(tx, source.name, spending.hour(now()))
        _, money = spending.used(tx, source.name, spending.day(now()))
    used, at = Used(calls, money), now()
    read = new = 0
    for talk in _within(source, limits, used, at, due, aside):
        if stop():
            break
        at = now()
        with ledger.write() as tx:
            taken = conversations.take(tx, talk, at, at + LEASE)
        if not taken:
            continue
        try:
            kept = _ask(cast("Follower", source), talk, scope, at)
        except TooLarge as error:
            _put_off(ledger, source, talk, error, at)
            continue
        except (RetryLater, StopSource) as error:
            return Followed(read, new, error)
        new += _store(ledger, source, talk, kept, at)
        read += 1
    return Followed(read, new)


def _within(
    source: Source, limits: Limits, used: Used, now: datetime, due: Sequence[Talk], aside: Sequence[Talk]
) -> list[Talk]:
    """What the budget has room for: of what is ``aside`` no more than is left where all others are read."""
    terms = rereading_of(source)
    room, usual = (spare(limits, used, terms.page, now, kept) for kept in (KEPT_IF_URGENT, KEPT))
    first = int(min(len(due), room.calls)) if room.money >= terms.price else 0
    left = int(min(len(aside), max(0, usual.calls - len(due)))) if usual.money >= terms.price else 0
    return [*due[:first], *aside[:left]]


def _ask(source: Follower, talk: Talk, scope: Scope, now: datetime) -> Kept:
    """What is kept of a conversation."""
    policy = scope.policy(talk.brand)
    with asking(source.name):
        page = source.follow(Conversation(talk.post, policy.own_at(source.name), talk.since - source.overlap))
    found = [post for post in page.found if post.uid != talk.post.uid and post.created_at <= now + CLOCK_SKEW]
    part = said_to_each_other(found, talk.post, policy)
    kept = {}
    for post in found:
        brands = {*scope.brands.of(post, Query()), *([talk.brand] if post.uid in part else [])}
        if brands:
            kept[post.uid] = (post, sorted(brands))
    return kept


def said_to_each_other(found: Sequence[Post], first: Post, policy: Policy) -> set[str]:
    """The uids of what the author of a first post and our accounts say to each other, or to themselves.

    What answers a stranger is none of it, nor is anything below that. A parent that was not found counts as one of the
    two: it may be older than what was asked for, and a source gives no answer to a stranger without the stranger's post
    (``monitors.ports.Follower``, and the suite looks at it).
    """
    customer = first.author.native_id
    ours = {post.uid for post in found if post.author.native_id == customer or policy.is_own(post)}
    parents = {post.uid: f"{post.source}:{post.parent_id}" for post in found}
    below: dict[str, list[str]] = {}
    for uid, parent in parents.items():
        below.setdefault(parent, []).append(uid)
    out, ahead = set[str](), list(parents.keys() - ours)
    while ahead:
        if (uid := ahead.pop()) not in out:
            out.add(uid)
            ahead.extend(below.get(uid, ()))
    return set(parents.keys() - out)


def _store(ledger: Ledger, source: Source, talk: Talk, kept: Kept, at: datetime) -> int:
    found = [post for post, _ in kept.values()]
    last_at = max([talk.last_at, *(post.created_at for post in found)])
    with ledger.write() as tx:
        posts.hold(tx, kept)
        stored = posts.store(tx, found, lambda post: kept[post.uid][1], at)
        if rereading_of(source).free_same_day:
            looks.pay(tx, found, at)
        again = at + next_reading(at - last_at, ASIDE if talk.aside else TALKING)
        conversations.plan(tx, talk, at, again, last_at)
    return stored.new


def _put_off(ledger: Ledger, source: Source, talk: Talk, error: TooLarge, at: datetime) -> None:
    """What is said there is not seen: people are told among the skips, and it is tried ever more seldom.

    It stays known up to when it was read last, which is how long it has failed by now.
    """
    again = at + min(max(at - talk.since, SOONEST), LATEST)
    with ledger.write() as tx:
        conversations.put_off(tx, talk, again)
        sweeps.count_skips(tx, source.name, [Skipped("talk_too_large", talk.post.uid, str(error))], at)
